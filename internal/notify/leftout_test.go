package notify_test

import (
	"fmt"
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
