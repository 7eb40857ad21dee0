package slack

import (
	"encoding/json"
	"testing"

	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/notify/inert"
	"github.com/openedx/advisory-reminders/internal/notify/notifytest"
)

// FuzzSlack puts texts into every place of a digest and a report: Slack has
// nothing to act on but the program's links, and no limit is broken.
func FuzzSlack(f *testing.F) {
	notifytest.Seed(f)
	f.Fuzz(checkSlack)
}

func checkSlack(t *testing.T, a, b, c string) {
	d, reports := notifytest.Outside(a, b, c)
	messages, _ := digestMessages(d)
	for _, r := range reports {
		messages = append(messages, reportMessages(r, "in the thread")...)
	}
	for _, m := range messages {
		blocks, err := json.Marshal(m.blocks)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range inert.Slack(m.fallback, blocks, notifytest.Links) {
			t.Error(p)
		}
	}
	for _, r := range reports {
		for _, page := range pages(notify.WorkflowText(r)) {
			for _, p := range inert.Workflow(page) {
				t.Error(p)
			}
		}
	}
}

// TestFlood does the same with texts of 65,000 characters.
func TestFlood(t *testing.T) {
	for _, s := range notifytest.Lures() {
		if len(s) < notifytest.TooLong {
			continue
		}
		checkSlack(t, s, "x", s)
	}
}
