package notify_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/notify/notifytest"
	"github.com/openedx/advisory-reminders/internal/reminder"
)

// What is long is short for people, and says how much it leaves out; the report as a
// file has all of it.
func TestLongListsAreShort(t *testing.T) {
	r := notify.Report{Now: notifytest.Now, FirstRun: true}
	for i := range 8 {
		to := fmt.Sprintf("user:p%d", i)
		r.Digests = append(r.Digests, notify.Sent{To: to, Channel: "email", Cadence: reminder.Weekly, Items: 1})
		r.FirstTold = append(r.FirstTold, notify.FirstTold{To: to + ", team:acme/x", Repository: advisory.Repository{Owner: "acme", Name: fmt.Sprintf("r%d", i/2)}, Route: "by file " + to})
	}
	r.NoAnswer = []notify.Item{
		{ID: "GHSA-2222-2222-2222", Reason: "user:a, user:b, user:c, user:d", Unanswered: 2, Since: notifytest.Now},
		{ID: "GHSA-2222-2222-3333", Reason: "user:a, user:b, user:c, user:d, user:e", Unanswered: 2, Since: notifytest.Now},
	}
	text, file := strings.Join(strings.Fields(notify.ReportText(r)), " "), string(notify.JSON(r))
	for _, want := range []string{
		"user:p3 (1), user:p4 (1) and 3 others",
		"to user:a, user:b, user:c, user:d -",
		"to user:a, user:b, user:c and 2 others",
		"On a first run that is everybody: 8 people and 1 team in 4 repositories.",
		"4 things need you", // the first run, those who are told for the first time, and two drafts
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the report lacks %q:\n%s", want, text)
		}
	}
	if preview := strings.Join(strings.Fields(notify.PreviewReport(r)), " "); !strings.Contains(preview, "8 people and 1 team") || strings.Contains(preview, "user:p7") {
		t.Errorf("the report of a dry run, in short, is\n%s", preview)
	}
	for _, want := range []string{"user:p7 (1)", "user:d, user:e"} {
		if strings.Contains(text, want) {
			t.Errorf("the report has %q:\n%s", want, text)
		}
		if !strings.Contains(file, want) {
			t.Errorf("the file lacks %q:\n%s", want, file)
		}
	}
	for _, r.FirstRun = range []bool{true, false} {
		if text := notify.ReportText(r); !strings.Contains(text, "by file user:p7") {
			t.Errorf("first run %t: it leaves out who was told for the first time:\n%s", r.FirstRun, text)
		}
	}
}

// One more name than a row holds is named, not counted.
func TestNoSingleOther(t *testing.T) {
	r := notify.Report{Now: notifytest.Now}
	for i := range 6 {
		r.Digests = append(r.Digests, notify.Sent{To: fmt.Sprintf("user:p%d", i), Channel: "email", Cadence: reminder.Weekly, Items: 1})
	}
	if text := notify.ReportText(r); !strings.Contains(text, "user:p5 (1)") || strings.Contains(text, "others") {
		t.Errorf("six recipients:\n%s", text)
	}
}
