package notify

import (
	"fmt"
	"strings"

	"github.com/openedx/advisory-reminders/internal/advisory"
)

// A Section is a part of a report, for a channel to lay out. Rows have a cell
// for every column; where there are no columns, they are plain points. A cell
// says what it means, so that a row reads well on one line too.
type Section struct {
	Title   string
	Intro   Line
	Columns []string
	Rows    [][]Line
}

// ReportTitle returns a report in one line. It gives no more away than
// numbers.
func ReportTitle(r Report) string {
	dry := ""
	if r.DryRun {
		dry = " (dry run)"
	}
	switch n := needsHuman(r); {
	case n == 1:
		return "1 thing needs a human" + dry
	case n > 1:
		return fmt.Sprintf("%d things need a human", n) + dry
	case len(r.Digests) > 0 && r.DryRun:
		return count(len(r.Digests), "digest", "digests") + " to send, " + lowerFirst(nothing(r)) + dry
	case len(r.Digests) > 0:
		return count(len(r.Digests), "digest", "digests") + " sent, " + lowerFirst(nothing(r)) + dry
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
		parts = append(parts, count(r.Ownerless, "draft", "drafts")+" without an owner")
	}
	if n := r.Open[advisory.Unscored]; n > 0 {
		parts = append(parts, count(n, "draft", "drafts")+" without a score")
	}
	return strings.Join(parts, ", ")
}

// needsHuman counts what somebody of the working group has to look at.
func needsHuman(r Report) int {
	return len(r.NeedsOwner) + len(r.NeedsScore) + len(r.Undelivered) + len(r.Warnings)
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
			Rows: rows(r.Undelivered, func(s Sent) []Line {
				return []Line{{code(s.To)}, sentence(digestOf(s)), outside(s.Channel), outside(s.Failure)}
			}),
		},
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
			Columns: []string{"To", "Digest", "Channel"},
			Rows: rows(r.Digests, func(s Sent) []Line {
				return []Line{{code(s.To)}, sentence(digestOf(s)), outside("by " + s.Channel)}
			}),
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
	var out []Section
	for _, s := range all {
		if len(s.Rows) > 0 {
			out = append(out, s)
		}
	}
	return out
}

// rows lays out a list.
func rows[T any](list []T, cells func(T) []Line) [][]Line {
	var out [][]Line
	for _, v := range list {
		out = append(out, cells(v))
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
	return []Line{itemName(i), sentence(rating(i.Severity, i.Score)), sentence(age(i.OpenDays))}
}

func digestOf(s Sent) string {
	return s.Cadence.String() + ", " + count(s.Items, "advisory", "advisories")
}

// glance is the report in a few lines.
func glance(r Report) Section {
	s := Section{Title: ReportTitle(r)}
	if r.DryRun {
		s.Rows = append(s.Rows, []Line{{bold("This was a dry run: nothing was sent.")}})
	}
	if r.Heartbeat {
		s.Rows = append(s.Rows, []Line{sentence("The reminders run, and none were due. " +
			"This message comes once a week even if there is nothing to say.")})
	}
	s.Rows = append(s.Rows, []Line{labelled("Open drafts", openDrafts(r))})

	advisories := 0
	for _, d := range r.Digests {
		advisories += d.Items
	}
	sent := "nothing"
	if len(r.Digests) > 0 {
		sent = count(len(r.Digests), "digest", "digests") + " with " + count(advisories, "reminder", "reminders")
	}
	verb := "Sent"
	if r.DryRun {
		verb = "Would be sent"
	}
	s.Rows = append(s.Rows, []Line{labelled(verb, sent)})

	human := labelled("Needs a human", wanted(r))
	if r.OnDuty != "" && needsHuman(r) > 0 {
		human = append(human, text("; on duty: "), code(r.OnDuty))
	}
	s.Rows = append(s.Rows, []Line{human})
	if w := waiting(r); w != "" {
		s.Rows = append(s.Rows, []Line{labelled("Waiting in all", w)})
	}
	return s
}

func labelled(label, s string) Line {
	return Line{bold(label + ":"), text(" " + clip(s, longest))}
}

// openDrafts counts drafts by severity, the most severe first.
func openDrafts(r Report) string {
	total := 0
	var parts []string
	for _, s := range append(advisory.Severities[:], advisory.Unscored) {
		if n := r.Open[s]; n > 0 {
			total += n
			parts = append(parts, fmt.Sprintf("%d %s", n, s))
		}
	}
	if total == 0 {
		return "none that this token can see"
	}
	return fmt.Sprintf("%d (%s)", total, strings.Join(parts, ", "))
}

// wanted names what needs a human.
func wanted(r Report) string {
	var parts []string
	add := func(n int, one, many string) {
		if n > 0 {
			parts = append(parts, count(n, one, many))
		}
	}
	add(len(r.NeedsOwner), "advisory without an owner", "advisories without an owner")
	add(len(r.NeedsScore), "advisory without a score", "advisories without a score")
	add(len(r.Undelivered), "digest that could not be delivered", "digests that could not be delivered")
	add(len(r.Warnings), "warning", "warnings")
	if len(parts) == 0 && waiting(r) != "" {
		return "nothing new"
	}
	if len(parts) == 0 {
		return "nothing"
	}
	return strings.Join(parts, ", ")
}

// about says where the report comes from.
func about(r Report) Section {
	s := Section{Title: "About this run"}
	add := func(l Line) { s.Rows = append(s.Rows, []Line{l}) }
	when := r.Now.In(orUTC(r.Location)).Format("Monday, 2 January 2006, 15:04 MST")
	add(labelled("Run", when))
	if r.Organization != "" {
		add(Line{bold("Organization:"), text(" "), code(clip(r.Organization, 200))})
	}
	if r.OnDuty != "" {
		add(Line{bold("On duty:"), text(" "), code(clip(r.OnDuty, 100))})
	}
	if r.ConfigSource != "" {
		add(labelled("Configuration", r.ConfigSource))
	}
	if u, ok := SafeURL(r.RunURL); ok {
		add(Line{bold("Log:"), text(" "), link("workflow run", u)})
	}
	return s
}

func lowerFirst(s string) string { return strings.ToLower(s[:1]) + s[1:] }
