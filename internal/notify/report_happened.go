package notify

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/openedx/advisory-reminders/internal/config"
	"github.com/openedx/advisory-reminders/internal/discussion"
	"github.com/openedx/advisory-reminders/internal/reminder"
)

// happened are the sections about what happened.
func happened(r Report) []Section {
	return []Section{
		{
			Kind:  "will-be-given-access",
			Title: "Will be given access",
			Intro: sentence("A file in the repository names these as its owners, and GitHub lets them write there. " +
				"The first run on a later day opens the draft to them. To prevent that, name the owners in the configuration, or set access to configured."),
			Rows: openedRows(r.Access.Will),
			News: true,
		},
		month(r),
		sent(r),
		givenAccess(r),
		commandsGiven(r),
		{
			Kind:  "changed-severity",
			Title: "Changed severity",
			Rows: rows(r.Changed, func(c Change) []Line {
				return []Line{itemName(c.Item), sentence("from " + c.From.String() + " to " + c.To.String())}
			}),
			News: true,
		},
		{
			Kind:  "snooze-ended",
			Title: "Snooze ended",
			Intro: sentence("Reminders go on. To hold them back for longer, give another day in the configuration; else remove the entry. You will not be told again."),
			Rows:  rows(r.SnoozeEnded, func(z Snooze) []Line { return snoozeCells(z, "since ", r.Location) }),
			News:  true,
		},
		{
			Kind:  "resolved",
			Title: "Resolved since the last report",
			Rows: rows(r.Resolved, func(x Resolved) []Line {
				return []Line{itemName(x.Item), outside(string(x.State))}
			}),
			News: true,
		},
	}
}

// month are the numbers of the month before, in the first report of one.
func month(r Report) Section {
	s := Section{Kind: "month"}
	if r.Month == nil {
		return s
	}
	m := *r.Month
	parts := []string{fmt.Sprintf("%d opened, %d resolved", m.Opened, m.Resolved)}
	if m.Answer >= 0 {
		parts = append(parts, "first answer after "+Plural(m.Answer, "day", "days"))
	}
	if m.End >= 0 {
		parts = append(parts, "resolved after "+Plural(m.End, "day", "days"))
	}
	text := strings.Join(parts, "; ")
	if len(parts) > 1 {
		text += " (medians)"
	}
	s.Rows = [][]Line{{fact(m.First.In(orUTC(r.Location)).Format("January 2006"), text)}}
	return s
}

func sent(r Report) Section {
	s := Section{
		Kind:    "digests-sent",
		Title:   "Digests sent",
		Rows:    sentRows(r.Digests, r.CommentSeen, len(r.Digests)),
		Brief:   sentRows(r.Digests, r.CommentSeen, mostSent),
		News:    true,
		Preview: &Section{},
	}
	if r.DryRun {
		s.Title = "Digests that would be sent"
	}
	reminders := 0
	for _, d := range r.Digests {
		reminders += d.Items
	}
	s.Intro = sentence(Plural(len(r.Digests), "digest", "digests") + " with " + Plural(reminders, "reminder", "reminders") + ". Recipients, with the number of advisories each.")
	return s
}

// mostSent is how many recipients of what was sent a row names.
const mostSent = 5

// sentRows lists what was sent, cadence by cadence and channel by channel, with so
// many names each.
func sentRows(list []Sent, seen bool, most int) [][]Line {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b Sent) int {
		return cmp.Or(cmp.Compare(a.Cadence, b.Cadence), cmp.Compare(a.Channel, b.Channel), cmp.Compare(a.To, b.To))
	})
	type kind struct {
		cadence reminder.Cadence
		channel string
	}
	return rows(alike(list, func(s Sent) kind { return kind{s.Cadence, s.Channel} }), func(group []Sent) []Line {
		var to []Line
		for _, s := range group {
			to = append(to, Line{code(s.To), text(fmt.Sprintf(" (%d)", s.Items))})
		}
		return []Line{outside(Often(group[0].Cadence) + " " + by(group[0].Channel, seen)), some(to, most)}
	})
}

// by names a channel. Nobody knows whether GitHub notifies people of comments before
// one of them was answered.
func by(channel string, seen bool) string {
	c := config.Channel(channel)
	if c == config.Thread && !seen {
		return "by " + c.Called() + "; nobody is known to have seen one"
	}
	return "by " + c.Called()
}

func givenAccess(r Report) Section {
	s := Section{
		Kind:  "given-access",
		Title: "Given access",
		Intro: sentence("These can open the draft now, as its collaborators."),
		Rows:  openedRows(r.Access.Given),
		News:  true,
	}
	if r.DryRun {
		s.Title, s.Intro = "Would be given access", sentence("A run would make these collaborators of the draft.")
	}
	return s
}

// commandRows is how many commands are shown one by one.
const commandRows = 30

// commandsGiven lists what people commanded, and counts what was not done because of
// who they are, which is no news.
func commandsGiven(r Report) Section {
	t := r.Talk
	s := Section{Kind: "commands", Title: "Commands", News: len(t.Commands) > 0}
	var notes []string
	if n := len(t.Commands) - commandRows; n > 0 {
		notes = append(notes, "These are the last; "+Plural(n, "earlier one is", "earlier ones are")+" not shown.")
	}
	refused := 0
	for _, n := range t.Refused {
		refused += n
	}
	if refused > 0 {
		notes = append(notes, Plural(refused, "command", "commands")+" by people who are not allowed to give any: not done, and not answered.")
	}
	if len(t.Commands) == 0 {
		s.Rows = rows(notes, func(n string) []Line { return []Line{sentence(n)} })
		return s
	}
	if len(notes) > 0 {
		s.Intro = sentence(strings.Join(notes, " "))
	}
	s.Rows = rows(t.Commands[max(0, len(t.Commands)-commandRows):], func(g Given) []Line {
		return []Line{itemName(g.Item), person(g.By), command(g, r)}
	})
	return s
}

// command says what a command came to.
func command(g Given, r Report) Line {
	switch g.Problem {
	case "":
	case discussion.Edited:
		return sentence("not done: the comment was edited")
	case discussion.NoDate:
		return sentence(string(g.Kind) + " not done: no date that can be read")
	default:
		zone := r.Location
		if g.Kind == discussion.Release {
			zone = r.Texts.Zone()
		}
		return sentence(fmt.Sprintf("%s not done: %s is %s", g.Kind, date(g.Until, zone), map[discussion.Problem]string{
			discussion.Past: "past", discussion.TooFar: "too far ahead", discussion.Weekend: "on a weekend", discussion.TooSoon: "too soon",
		}[g.Problem]))
	}
	switch g.Kind {
	case discussion.Snooze:
		return append(Line{text("snoozed until " + date(g.Until, r.Location) + ": ")}, reason(g.Reason)...)
	case discussion.SnoozeOff:
		return sentence("ended the snooze")
	case discussion.Release:
		return sentence("release planned for " + moment(g.Until, r.Texts.Zone()))
	case discussion.ReleaseOff:
		return sentence("took back the planned release")
	case discussion.Answered:
		return sentence("recorded an answer")
	case discussion.NotMine:
		if g.Nothing != "" {
			return sentence("not-mine changes nothing: they are not reminded")
		}
		return sentence("is not reminded of it any more")
	}
	return sentence("asked for help")
}
