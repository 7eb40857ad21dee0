package action_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/openedx/advisory-reminders/internal/sandbox"
)

// A report by mail is judged likewise, with what the run's digests have shown:
// where the server refuses us it says so, and what the report could not say is said
// by the next one.
func TestReportThatIsRefused(t *testing.T) {
	const one, two = "one@example.org", "one@example.org, two@example.org"
	for _, tt := range []struct {
		answer, to string
		digests    bool // were accepted before
		says       string
	}{
		{"553 5.7.1 <reminders@acme.example>: Sender address rejected: not owned", one, false, "a rule of the server forbids it"},
		{"550 5.1.1 unknown", one, false, "the server answered 550 5.1.1 to RCPT TO (check report-email)"},
		{"550 5.1.1 unknown", two, false, "it refused every address of this run"},
		{"550 no", one, false, "it does not say that the address is wrong"},
		{"450 4.7.1 Relay access denied", one, false, "the server answered 450 4.7.1 to RCPT TO (if it stays so, "},

		{"550 5.1.1 unknown", two, true, "the server answered 550 5.1.1 to RCPT TO (check report-email)"},
		{"550 no", one, true, "the server answered 550 to RCPT TO (check report-email)"},
		{"550 no", two, true, "the server answered 550 to RCPT TO (check report-email)"},
		{"554 5.7.1 Relay access denied", two, true, "a rule of the server forbids it"},
	} {
		t.Run(fmt.Sprint(tt.answer, " to ", tt.to, ", digests ", tt.digests), func(t *testing.T) {
			w := newWorld()
			orphan := draft(w, "orphan", "critical", wednesday.AddDate(0, 0, -30))
			var before []string
			if tt.digests {
				draft(w, "wheel", "critical", wednesday.AddDate(0, 0, -30))
				before = []string{"cleo@example.org"}
			}
			b := newBench(t, w)
			b.inputs = map[string]string{"INPUT_SLACK-TOKEN": "", "INPUT_SLACK-CHANNEL": "", "INPUT_REPORT-EMAIL": tt.to}
			b.Mail.Break(rcpt(nil, map[string]string{"one": tt.answer, "two": tt.answer}))
			if r := b.must(1, nil); len(r.mails) != len(before) || !strings.Contains(r.stdout, "send the report") || !strings.Contains(r.stdout, tt.says) {
				t.Errorf("mails to %v, and\n%s", r.to(), r.stdout)
			}
			b.Mail.Break(nil)
			b.now = b.now.AddDate(0, 0, 1)
			r := b.must(0, nil)
			if !slices.Equal(r.to(), strings.Split(tt.to, ", ")) || !strings.Contains(r.mails[0].Text, orphan.ID) {
				t.Errorf("the next run wrote to %v", r.to())
			}
			b.now = b.now.AddDate(0, 0, 1)
			if r := b.must(0, nil); len(r.mails) != 0 {
				t.Errorf("%d mails a second time", len(r.mails))
			}
		})
	}
}

// Of a report that one address has refused, and another may have got, the next run
// repeats the same message, and no other one.
func TestReportThatMayHaveArrived(t *testing.T) {
	for _, lost := range []string{"one@example.org", "two@example.org"} {
		t.Run(lost, func(t *testing.T) {
			w := newWorld()
			draft(w, "orphan", "critical", wednesday.AddDate(0, 0, -30))
			b := newBench(t, w)
			b.inputs = map[string]string{"INPUT_SLACK-TOKEN": "", "INPUT_SLACK-CHANNEL": "", "INPUT_REPORT-EMAIL": "one@example.org, two@example.org"}
			at := "" // whom the mail is for
			b.Mail.Break(func(step sandbox.MailStep, value string) sandbox.MailAnswer {
				switch {
				case step == sandbox.MailAtRecipient && value != lost:
					return sandbox.MailAnswer{Code: 550, Text: "5.1.1 unknown"}
				case step == sandbox.MailAtRecipient:
					at = value
				case step == sandbox.MailAtData && at == lost:
					return sandbox.MailAnswer{Drop: sandbox.MailDropKept}
				}
				return sandbox.MailAnswer{}
			})
			first := b.must(1, nil)
			b.Mail.Break(nil)
			second := b.must(0, map[string]string{"GITHUB_RUN_ID": "2"})
			if len(first.mails) != 1 || len(second.mails) != 2 || first.mails[0].MessageID != second.mails[0].MessageID {
				t.Errorf("%d mails, then %d", len(first.mails), len(second.mails))
			}
		})
	}
}
