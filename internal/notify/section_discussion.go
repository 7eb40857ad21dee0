package notify

import (
	"fmt"
	"strings"
	"time"

	"github.com/openedx/advisory-reminders/internal/discussion"
)

// Talk is what people have said on drafts, and what holds because of it.
type Talk struct {
	Commands []Given        // that no accepted report has named
	Again    []Given        // of these, snoozes of drafts that had been snoozed before
	Refused  map[string]int // commands of people who may give none, by advisory id, that no accepted report has counted

	Held    []HeldBack // by a command or an answer
	Planned []Item     // with Release
	Overdue []Item     // with Release, which has passed
}

// Given is a command on a draft.
type Given struct {
	Item    Item
	Comment int64
	*discussion.Command
}

// HeldBack is a draft whose reminders are held back until then.
type HeldBack struct {
	Item   Item
	By     string // login
	Until  time.Time
	Reason string // of a snooze, or empty
	Answer bool   // because somebody has answered, else by a snooze
}

// refused is how many commands people gave who may give none.
func (t Talk) refused() (n int) {
	for _, count := range t.Refused {
		n += count
	}
	return n
}

// commandRows is how many commands are shown one by one.
const commandRows = 30

// releaseOverdue lists releases whose time has passed.
func releaseOverdue(r Report) Section {
	return Section{
		Kind:  "release-overdue",
		Title: "Release overdue",
		Intro: sentence("A release was planned, its time has passed, and the advisory is still a draft. Ask whether it was released, and publish the advisory if it was."),
		Rows: rows(r.Talk.Overdue, func(i Item) []Line {
			return append(itemCells(i), sentence("planned for "+moment(i.Release, r.Texts.Zone())))
		}),
		Known: known(r.Talk.Overdue),
	}
}

// snoozedAgain lists snoozes of what was snoozed before.
func snoozedAgain(r Report) Section {
	return Section{
		Kind:  "snoozed-again",
		Title: "Snoozed again",
		Intro: sentence("These were snoozed before. Is the reason still a good one?"),
		Rows: rows(r.Talk.Again, func(g Given) []Line {
			return []Line{itemName(g.Item), person(g.By), until(g.Until, r.Location), outside(orElse(g.Reason, "no reason given"))}
		}),
	}
}

// commandsGiven lists what people commanded, and counts what was not done because of
// who they are, which is no news.
func commandsGiven(r Report) Section {
	t := r.Talk
	s := Section{Kind: "commands", Title: "Commands", News: len(t.Commands) > 0}
	var notes []string
	if n := len(t.Commands) - commandRows; n > 0 {
		notes = append(notes, "These are the last; "+Plural(n, "earlier one is", "earlier ones are")+" not shown.")
	}
	if n := t.refused(); n > 0 {
		notes = append(notes, Plural(n, "command", "commands")+" by people who are not allowed to give any: not done, and not answered.")
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

// releasesPlanned lists the releases that lie ahead.
func releasesPlanned(r Report) Section {
	return Section{
		Kind:  "releases-planned",
		Title: "Releases planned",
		Rows:  rows(r.Talk.Planned, func(i Item) []Line { return append(itemCells(i), sentence(moment(i.Release, r.Texts.Zone()))) }),
	}
}

// heldBack lists the drafts whose reminders wait because of what was said there.
func heldBack(r Report) Section {
	return Section{
		Kind:  "held-back",
		Title: "Held back",
		Intro: sentence("Reminders of these wait because of a comment on the draft."),
		Rows: rows(r.Talk.Held, func(h HeldBack) []Line {
			return []Line{itemName(h.Item), sentence(rating(h.Item)), until(h.Until, r.Location), held(h)}
		}),
	}
}

// person names somebody.
func person(login string) Line { return Line{code(orElse(login, "somebody"))} }

func until(t time.Time, zone *time.Location) Line { return sentence("until " + date(t, zone)) }

func held(h HeldBack) Line {
	what := "snoozed by "
	if h.Answer {
		what = "answered by "
	}
	line := append(Line{text(what)}, person(h.By)...)
	if reason := Clean(h.Reason); reason != "" {
		line = append(line, text(": "))
		line = append(line, outside(reason)...)
	}
	return line
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
		return sentence(fmt.Sprintf("%s not done: %s is %s", g.Kind, date(g.Until, r.Location), map[discussion.Problem]string{
			discussion.Past: "past", discussion.TooFar: "too far ahead", discussion.Weekend: "on a weekend", discussion.TooSoon: "too soon",
		}[g.Problem]))
	}
	switch g.Kind {
	case discussion.Snooze:
		return append(Line{text("snoozed until " + date(g.Until, r.Location) + ": ")}, outside(orElse(g.Reason, "no reason given"))...)
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
