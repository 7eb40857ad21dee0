package action_test

import (
	"net/http"
	"strings"
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

// What the first run's report says is said by the next one where that report did
// not go out.
func TestFirstReportThatDidNotGoOut(t *testing.T) {
	w := newWorld()
	draft(w, "wheel", "critical", wednesday.AddDate(0, 0, -30))
	b := newBench(t, w)
	b.Slack.Break(func(method string, _ *http.Request) http.Handler {
		if method == "chat.postMessage" {
			return respond(200, `{"ok":false,"error":"channel_not_found"}`)
		}
		return nil
	})
	b.must(1, nil)
	b.Slack.Break(nil)
	for day, want := range []bool{true, false} {
		b.now = wednesday.AddDate(0, 0, 7*day+1)
		if r := b.must(0, nil); strings.Contains(r.reports(), "First run") != want {
			t.Errorf("run %d: the report says that there was no ledger: %v\n%s", day+2, !want, r.reports())
		}
	}
}

// A draft that was closed for a day is reminded of under the id of the delivery
// whose answer was lost before.
func TestClosedAndOpenedAgain(t *testing.T) {
	w := newWorld()
	a := draft(w, "wheel", "high", wednesday.AddDate(0, 0, -90))
	b := newBench(t, w)
	mailAt(sandbox.MailAtData, 1, sandbox.MailAnswer{Drop: sandbox.MailDropKept})(b)
	first, last := b.must(1, nil), result{}
	for day, state := range []string{"closed", "draft"} {
		b.World.Lock()
		a.State = state
		b.World.Unlock()
		b.now = wednesday.AddDate(0, 0, day+1)
		last = b.must(0, nil)
	}
	if len(first.mails) != 1 || len(last.mails) != 1 || last.mails[0].MessageID != first.mails[0].MessageID {
		t.Errorf("%d mails, then %d, under another id", len(first.mails), len(last.mails))
	}
}
