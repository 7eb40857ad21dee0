package action_test

import (
	"testing"

	"github.com/openedx/advisory-reminders/internal/sandbox"
)

// A report whose answer was lost comes again under its id while it has the same to
// say. One that says something else, or is due anew in another week, has an id of
// its own: of two mails of one id a mail program shows only one.
func TestReportIDs(t *testing.T) {
	for _, tt := range []struct {
		name   string
		days   int // between the two runs
		change func(a *sandbox.Advisory)
		again  bool
	}{
		{name: "the next day", days: 1, again: true},
		{name: "the last day of the week", days: 4, again: true},
		{name: "the next week", days: 5},
		{name: "a week later", days: 7},
		{name: "a severity has changed", days: 1, change: func(a *sandbox.Advisory) { a.Severity = "medium" }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld()
			a := draft(w, "wheel", "low", wednesday.AddDate(0, 0, -1)) // due long after
			b := newBench(t, w)
			b.inputs = map[string]string{"INPUT_SLACK-TOKEN": "", "INPUT_SLACK-CHANNEL": "", "INPUT_REPORT-EMAIL": "swg@example.org"}
			mailAt(sandbox.MailAtData, 1, sandbox.MailAnswer{Drop: sandbox.MailDropKept})(b)
			first := b.must(1, nil)
			b.now = wednesday.AddDate(0, 0, tt.days)
			if tt.change != nil {
				b.World.Lock()
				tt.change(a)
				b.World.Unlock()
			}
			second := b.must(0, nil)
			if len(first.mails) != 1 || len(second.mails) != 1 {
				t.Fatalf("%d and %d mails, want a report each", len(first.mails), len(second.mails))
			}
			if again := first.mails[0].MessageID == second.mails[0].MessageID; again != tt.again {
				t.Errorf("the same id: %v, want %v", again, tt.again)
			}
		})
	}
}
