package notify_test

import (
	"strings"
	"testing"
	"time"

	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/notify/notifytest"
)

func accessed() notify.Report {
	r := notifytest.Routine()
	r.Digests, r.Snoozed, r.Access = nil, nil, notifytest.Access()
	return r
}

// To whom drafts were opened, will be, and won't be, as the report says it.
func TestAccessSections(t *testing.T) {
	golden(t, "report-access.txt", notify.ReportText(accessed()))
	golden(t, "report-access.md", notify.Markdown(accessed()))
	dry := accessed()
	dry.DryRun = true
	if text := notify.ReportText(dry); !strings.Contains(text, "Would be given access") || strings.Contains(text, "Given access") {
		t.Errorf("a dry run says\n%s", text)
	}
}

// What is new makes a report; that somebody is not added again does so once.
func TestAccessThatIsNews(t *testing.T) {
	whole := notifytest.Access()
	for name, tt := range map[string]struct {
		access notify.Access
		quiet  bool
	}{
		"nothing":       {notify.Access{}, true},
		"given":         {notify.Access{Given: whole.Given}, false},
		"will be given": {notify.Access{Will: whole.Will}, false},
		"removed":       {notify.Access{Removed: whole.Removed, RemovedNew: true}, false},
		"removed, said": {notify.Access{Removed: whole.Removed}, true},
	} {
		if r := (notify.Report{Access: tt.access, Location: time.UTC}); r.Quiet() != tt.quiet {
			t.Errorf("%s: quiet %v", name, r.Quiet())
		}
	}
}
