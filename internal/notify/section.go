package notify

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/openedx/advisory-reminders/internal/advisory"
)

// A Section is a part of a report, for a channel to lay out. Rows have a cell
// for every column; where there are no columns, they are plain points, or facts:
// a name and what it is. A cell says what it means, so that a row reads well on
// one line too.
type Section struct {
	Title   string
	Intro   Line
	Columns []string
	Rows    [][]Line
}

// Facts reports whether every row is a name and what it is.
func (s Section) Facts() bool {
	return len(s.Columns) == 0 && !slices.ContainsFunc(s.Rows, func(row []Line) bool { return len(row) != 2 })
}

// ReportTitle returns a report in one line. It gives no more away than
// numbers.
func ReportTitle(r Report) string {
	dry := ""
	if r.Try != nil {
		dry = " (try)"
	} else if r.DryRun {
		dry = " (dry run)"
	}
	switch n := needsHuman(r); {
	case len(r.Alarm) > 0:
		return "The run failed, and nothing was sent"
	case n == 1:
		return "1 thing needs a human" + dry
	case n > 1:
		return fmt.Sprintf("%d things need a human", n) + dry
	case len(r.Digests) > 0 && r.DryRun:
		return Plural(len(r.Digests), "digest", "digests") + " to send, " + LowerFirst(nothing(r)) + dry
	case len(r.Digests) > 0:
		return Plural(len(r.Digests), "digest", "digests") + " sent, " + LowerFirst(nothing(r)) + dry
	}
	return nothing(r) + dry
}

// nothing says that this run found nothing for a human to do.
func nothing(r Report) string {
	if waiting(r) != "" {
		return "Nothing new needs a human"
	}
	return "Nothing needs a human"
}

// waiting names what waits for a human, whether or not this run has reminded
// of it.
func waiting(r Report) string {
	var parts []string
	if r.Ownerless > 0 {
		parts = append(parts, Plural(r.Ownerless, "draft", "drafts")+" without an owner")
	}
	if n := r.Open[advisory.Unscored]; n > 0 {
		parts = append(parts, Plural(n, "draft", "drafts")+" without a score")
	}
	return strings.Join(parts, ", ")
}

// needsHuman counts what somebody of the working group has to look at.
func needsHuman(r Report) int {
	return len(r.Talk.Again) + len(r.Talk.Overdue) + min(len(r.LeftOut), 1) + len(r.NeedsOwner) + len(r.NeedsScore) + len(r.Undelivered) + len(r.Stalled) + len(r.Warnings)
}

// Sections returns what a report says, the most urgent first. The first one is
// the report at a glance; those that would be empty are left out.
func Sections(r Report) []Section {
	sent := "Digests sent"
	if r.DryRun {
		sent = "Digests that would be sent"
	}
	all := []Section{
		glance(r),
		{
			Title:   "GitHub's list is not whole",
			Intro:   sentence(leftOut(len(r.LeftOut))),
			Columns: []string{"Advisory", "Severity", "Open"},
			Rows:    rows(r.LeftOut[:min(leftOutRows, len(r.LeftOut))], itemCells),
		},
		{
			Title: "Needs an owner",
			Intro: sentence("Nobody can be reminded of these. Find somebody for the fix, or name owners and contacts " +
				"in the configuration. They come up here as often as their reminders are due."),
			Columns: []string{"Advisory", "Severity", "Open", "Why"},
			Rows:    rows(r.NeedsOwner, func(i Item) []Line { return append(itemCells(i), outside(i.Reason)) }),
		},
		{
			Title:   "Needs a score",
			Intro:   sentence("Without a severity nobody is reminded of these. Score them in the draft."),
			Columns: []string{"Advisory", "Open"},
			Rows: rows(r.NeedsScore, func(i Item) []Line {
				return []Line{itemName(i), sentence(age(i.OpenDays))}
			}),
		},
		{
			Title:   "Could not deliver",
			Columns: []string{"To", "Digest", "Channel", "What happened"},
			Rows:    undelivered(r.Undelivered),
		},
		{
			Title: "Stalled",
			Intro: sentence("Reminded three times or more without any change of the advisory on GitHub; commits to its " +
				"private fork don't show there. Ask what is needed, or find somebody else for the fix."),
			Columns: []string{"Advisory", "Severity", "Open", "Reminders"},
			Rows:    rows(r.Stalled, func(i Item) []Line { return append(itemCells(i), sinceChange(i, r.Location)) }),
		},
		releaseOverdue(r),
		snoozedAgain(r),
		{
			Title: "Warnings",
			Rows:  rows(r.Warnings, func(w string) []Line { return []Line{sentence(w)} }),
		},
		{
			Title:   "Changed severity",
			Columns: []string{"Advisory", "Change"},
			Rows: rows(r.Changed, func(c Change) []Line {
				return []Line{itemName(c.Item), sentence("from " + c.From.String() + " to " + c.To.String())}
			}),
		},
		commandsGiven(r),
		releasesPlanned(r),
		heldBack(r),
		{
			Title: "Snooze is over",
			Intro: sentence("Reminders of these go on. Give another day in the configuration, or take the lines out of it. " +
				"This is said once."),
			Columns: []string{"Advisory", "Severity", "Since", "Reason"},
			Rows:    rows(r.SnoozeEnded, func(z Snooze) []Line { return snoozeCells(z, "since ", r.Location) }),
		},
		{
			Title: "Told for the first time",
			Intro: sentence("These recipients were told of a repository for the first time. " +
				"Somebody who may write to a repository can name themself as its owner: is each of them right?"),
			Columns: []string{"Who", "Repository", "Why"},
			Rows: rows(r.FirstTold, func(f FirstTold) []Line {
				return []Line{{code(f.To)}, {bold(clip(f.Repository.String(), 200))}, outside(f.Route)}
			}),
		},
		{
			Title:   "Resolved since the last report",
			Columns: []string{"Advisory", "State"},
			Rows: rows(r.Resolved, func(x Resolved) []Line {
				return []Line{itemName(x.Item), outside(string(x.State))}
			}),
		},
		{
			Title:   sent,
			Intro:   sentence("To whom, with how many advisories."),
			Columns: []string{"Digest", "To"},
			Rows:    sentRows(r.Digests),
		},
		{
			Title:   "Snoozed",
			Intro:   sentence("The configuration holds the reminders of these back."),
			Columns: []string{"Advisory", "Severity", "Until", "Reason"},
			Rows:    rows(r.Snoozed, func(z Snooze) []Line { return snoozeCells(z, "until ", r.Location) }),
		},
		{
			Title:   "Longest open",
			Columns: []string{"Advisory", "Severity", "Open"},
			Rows:    rows(r.LongestOpen, itemCells),
		},
		{
			Title: "Worth knowing",
			Rows:  rows(r.Notes, func(n string) []Line { return []Line{outside(n)} }),
		},
		about(r),
	}
	all = withAccess(all, r)
	var out []Section
	for _, s := range all {
		if len(s.Rows) > 0 {
			out = append(out, s)
		}
	}
	return out
}

// leftOutRows is how many drafts that GitHub's list leaves out are shown.
const leftOutRows = 10

// leftOut says what it means that GitHub's list leaves out that many drafts.
func leftOut(n int) string {
	which := "this draft out of its list, although it can be read by name. Its"
	switch {
	case n > leftOutRows:
		which = fmt.Sprintf("%d drafts out of its list, although each can be read by name; the %d most severe are below. Their", n, leftOutRows)
	case n > 1:
		which = fmt.Sprintf("these %d drafts out of its list, although each can be read by name. Their", n)
	}
	return "GitHub leaves " + which + " reminders go on, but nobody sees a new draft that is left out. " +
		"The token has probably lost a right. It must belong to an owner or security manager of the organization, or to an app " +
		"with the permission “Repository security advisories” (write) on all repositories; for single repositories, " +
		"to an administrator or such an app. Every run fails until the list is whole."
}

// rows lays out a list.
func rows[T any](list []T, cells func(T) []Line) [][]Line {
	var out [][]Line
	for _, v := range list {
		out = append(out, cells(v))
	}
	return out
}

// together is how many recipients one row names.
const together = 10

// undelivered lays out what was not delivered, with what happened once for
// several to whom the same did. Every recipient is named.
func undelivered(list []Sent) [][]Line {
	type reason struct{ channel, failure string }
	same := make(map[reason][]Sent)
	var order []reason
	for _, s := range list {
		r := reason{s.Channel, s.Failure}
		if same[r] == nil {
			order = append(order, r)
		}
		same[r] = append(same[r], s)
	}
	var out [][]Line
	for _, r := range order {
		for group := range slices.Chunk(same[r], together) {
			var who Line
			var named []string
			for _, s := range group {
				if slices.Contains(named, s.To) {
					continue
				}
				if named = append(named, s.To); len(named) > 1 {
					who = append(who, text(", "))
				}
				who = append(who, code(s.To))
			}
			what := digestOf(group[0])
			if len(group) > 1 {
				what = Plural(len(group), "digest", "digests")
			}
			out = append(out, []Line{who, sentence(what), outside(r.channel), outside(r.failure)})
		}
	}
	return out
}

// outside is a line of a text that somebody else wrote.
func outside(s string) Line { return sentence(clip(s, longest)) }

// itemName names an advisory, with its title where that may be shown.
func itemName(i Item) Line {
	l := Line{bold(clip(i.Repository.String(), 200)), text(" "), link(clip(i.ID, 40), i.URL)}
	if s := clip(i.Summary, longest); s != "" {
		l = append(l, text(": "+s))
	}
	return l
}

func itemCells(i Item) []Line {
	return []Line{itemName(i), sentence(rating(i)), sentence(age(i.OpenDays))}
}

// namesPerRow is how many recipients a row of what was sent holds.
const namesPerRow = 20

// sentRows lists what was sent, cadence by cadence and channel by channel.
func sentRows(list []Sent) [][]Line {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b Sent) int {
		return cmp.Or(cmp.Compare(a.Cadence, b.Cadence), cmp.Compare(a.Channel, b.Channel), cmp.Compare(a.To, b.To))
	})
	var out [][]Line
	names := 0
	for i, s := range list {
		if i == 0 || names == namesPerRow || s.Cadence != list[i-1].Cadence || s.Channel != list[i-1].Channel {
			out, names = append(out, []Line{outside(s.Cadence.String() + " " + by(s.Channel)), nil}), 0
		}
		to := &out[len(out)-1][1]
		if names++; names > 1 {
			*to = append(*to, text(", "))
		}
		*to = append(*to, code(s.To), text(fmt.Sprintf(" (%d)", s.Items)))
	}
	return out
}

func digestOf(s Sent) string {
	return s.Cadence.String() + ", " + Plural(s.Items, "advisory", "advisories")
}

// snoozeCells says when a snooze ends or has ended, and why it is there.
func snoozeCells(z Snooze, when string, loc *time.Location) []Line {
	return []Line{itemName(z.Item), sentence(rating(z.Item)),
		sentence(when + date(z.Until, loc)), outside(orElse(z.Reason, "no reason given"))}
}

// sinceChange says how many reminders each owner got since the advisory last changed.
func sinceChange(i Item, loc *time.Location) Line {
	s := Plural(i.SinceChange, "reminder", "reminders") + " since its last change"
	if !i.Changed.IsZero() {
		s += " on " + date(i.Changed, loc)
	}
	l := sentence(s + ", to ")
	for n, name := range strings.Split(orElse(i.Reason, "nobody who is an owner now"), ", ") {
		if n > 0 {
			l = append(l, text(", "))
		}
		l = append(l, code(name))
	}
	return l
}

// by names a channel.
func by(channel string) string {
	if channel == "slack" {
		return "by Slack"
	}
	return "by " + channel
}
