package notify_test

import (
	"strings"
	"testing"

	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/notify/inert"
	"github.com/openedx/advisory-reminders/internal/notify/notifytest"
)

// FuzzMarkdown puts texts into every place of a report: GitHub makes of the job
// summary no more than the program's own headings, lists, tables and links.
func FuzzMarkdown(f *testing.F) {
	notifytest.Seed(f)
	f.Fuzz(checkMarkdown)
}

func checkMarkdown(t *testing.T, a, b, c string) {
	_, reports := notifytest.Outside(a, b, c)
	for _, r := range reports {
		for _, p := range inert.Markdown(notify.Markdown(r), notifytest.Links) {
			t.Error(p)
		}
	}
}

// FuzzText puts texts into every place of what a terminal, the text of a mail
// and the variable of a Slack workflow show.
func FuzzText(f *testing.F) {
	notifytest.Seed(f)
	f.Fuzz(checkText)
}

func checkText(t *testing.T, a, b, c string) {
	d, reports := notifytest.Outside(a, b, c)
	for _, p := range inert.Text(notify.PreviewDigest(d, a)) {
		t.Error(p)
	}
	for _, r := range reports {
		text := notify.WorkflowText(r)
		if i := strings.IndexAny(text, "<>&"); i >= 0 {
			t.Errorf("a workflow would read %.40q", text[i:])
		}
		for _, p := range inert.Text(text + notify.ReportText(r) + notify.PreviewReport(r)) {
			t.Error(p)
		}
	}
}

// TestFlood does the same with texts of 65,000 characters.
func TestFlood(t *testing.T) {
	for _, s := range notifytest.Lures() {
		if len(s) < notifytest.TooLong {
			continue
		}
		checkMarkdown(t, s, "x", s)
		checkText(t, s, "x", s)
	}
}
