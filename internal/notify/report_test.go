package notify_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/notify/notifytest"
)

// A list that is not whole is one thing for a human, first, however many drafts it
// leaves out; by itself it makes a report until an accepted one has said so.
func TestLeftOut(t *testing.T) {
	const title = "GitHub's list is not whole"
	for _, tt := range []struct {
		drafts int
		said   bool
		quiet  bool
		rows   int
		intro  string
	}{
		{0, false, true, 0, ""},
		{0, true, true, 0, ""},
		{1, false, false, 1, "GitHub leaves this draft out of its list, although it can be read by name. Its reminders go on"},
		{1, true, true, 1, "this draft"},
		{2, false, false, 2, "these 2 drafts out of its list, although each can be read by name. Their reminders go on"},
		{10, false, false, 10, "these 10 drafts"},
		{11, false, false, 10, "GitHub leaves 11 drafts out of its list, although each can be read by name; the 10 most severe are below. Their"},
	} {
		t.Run(fmt.Sprint(tt.drafts, tt.said), func(t *testing.T) {
			r := notifytest.Heartbeat()
			r.LeftOut, r.LeftOutSaid = notifytest.Many(tt.drafts).Items, tt.said
			if r.Quiet() != tt.quiet {
				t.Errorf("Quiet() = %v, want %v", r.Quiet(), tt.quiet)
			}
			working := slices.ContainsFunc(notify.NewReport(r).Lines, func(l notify.Line) bool {
				return strings.HasPrefix(l.String(), "Reminders are working; none were due.")
			})
			if working != (tt.drafts == 0) {
				t.Errorf("it says that none were due: %v", working)
			}
			groups := notify.Groups(r)
			first := groups[0].Sections[0]
			if found := first.Title == title; found != (tt.drafts > 0) {
				t.Errorf("the first section is %q", first.Title)
			}
			if tt.drafts == 0 {
				return
			}
			if got := notify.ReportTitle(r); got != "1 thing needs you" {
				t.Errorf("the title is %q", got)
			}
			intro := ""
			for _, s := range first.Intro {
				intro += s.Text
			}
			if len(first.Rows) != tt.rows || !strings.Contains(intro, tt.intro) {
				t.Errorf("%d rows, want %d; the intro is %q, want %q", len(first.Rows), tt.rows, intro, tt.intro)
			}
		})
	}
}

// Whoever is on duty is called where something new needs a human, and not for what
// lasts, or for what happened.
func TestWhenSomebodyIsCalled(t *testing.T) {
	item, known := notify.Item{}, notify.Item{Known: true}
	for name, tt := range map[string]struct {
		r            notify.Report
		calls, quiet bool
	}{
		"nothing":                 {notify.Report{}, false, true},
		"a failed run":            {notify.Report{Alarm: []string{"x"}}, true, false},
		"a first ledger":          {notify.Report{FirstRun: true}, true, false},
		"a digest":                {notify.Report{Digests: make([]notify.Sent, 1)}, false, false},
		"a draft resolved":        {notify.Report{Resolved: make([]notify.Resolved, 1)}, false, false},
		"a note":                  {notify.Report{Notes: []string{"x"}}, false, true},
		"what is open":            {notify.Report{LongestOpen: []notify.Item{item}, Snoozed: make([]notify.Snooze, 1), Ownerless: 2}, false, true},
		"no owner":                {notify.Report{NeedsOwner: []notify.Item{item}}, true, false},
		"no answer":               {notify.Report{NoAnswer: []notify.Item{item}}, true, false},
		"no answer, known":        {notify.Report{NoAnswer: []notify.Item{known}}, false, true},
		"one known, one new":      {notify.Report{NoAnswer: []notify.Item{known, item}}, true, false},
		"triage":                  {notify.Report{Triage: []notify.Item{item}}, true, false},
		"triage, known":           {notify.Report{Triage: []notify.Item{known}}, false, true},
		"an administrator":        {notify.Report{NeedsAdmin: []notify.Item{item}}, true, false},
		"an administrator, known": {notify.Report{NeedsAdmin: []notify.Item{known}}, false, true},
		"a warning":               {notify.Report{Warnings: []string{"x"}}, true, false},
		"a warning, known":        {notify.Report{Warnings: []string{"x"}, WarningsKnown: 1}, false, true},
		"duty":                    {notify.Report{LeftDuty: []string{"x"}}, true, false},
		"duty, known":             {notify.Report{LeftDuty: []string{"x"}, LeftDutyKnown: 1}, false, true},
		"a list not whole":        {notify.Report{LeftOut: []notify.Item{item, item}}, true, false},
		"a list not whole, known": {notify.Report{LeftOut: []notify.Item{item, item}, LeftOutSaid: true}, false, true},
	} {
		tt.r.OnDuty = "octocat"
		if tt.r.Calls() != tt.calls || tt.r.Quiet() != tt.quiet || (notify.Calls(tt.r) == "octocat") != tt.calls {
			t.Errorf("%s: calls %v (%q), quiet %v", name, tt.r.Calls(), notify.Calls(tt.r), tt.r.Quiet())
		}
	}
}
