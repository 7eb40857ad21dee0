package notify

import (
	"fmt"
	"strings"

	"github.com/openedx/advisory-reminders/internal/advisory"
)

// open are the sections about what is open.
func open(r Report) []Section {
	return []Section{
		counts(r),
		{
			Kind:  "releases-planned",
			Title: "Releases planned",
			Rows:  rows(r.Talk.Planned, func(i Item) []Line { return append(itemCells(i), sentence(moment(i.Release, r.Texts.Zone()))) }),
		},
		{
			Kind:  "held-back",
			Title: "Held back",
			Intro: sentence("Reminders of these wait because of a comment on the draft."),
			Rows: rows(r.Talk.Held, func(h HeldBack) []Line {
				return []Line{itemName(h.Item), sentence(rating(h.Item)), until(h.Until, r.Location), held(h)}
			}),
		},
		{
			Kind:  "held-back",
			Title: "Held back",
			Intro: sentence("Snoozed in the configuration."),
			Rows:  rows(r.Snoozed, func(z Snooze) []Line { return snoozeCells(z, "until ", r.Location) }),
		},
		{Kind: "longest-open", Title: "Longest open", Rows: rows(r.LongestOpen, itemCells), Preview: &Section{}},
	}
}

func counts(r Report) Section {
	s := Section{Kind: "open", Rows: [][]Line{{fact("Open drafts", openDrafts(r))}}}
	if w := waiting(r); w != "" {
		s.Rows = append(s.Rows, []Line{fact("Waiting in all", w)})
	}
	return s
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
