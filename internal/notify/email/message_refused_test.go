package email_test

import (
	"strings"
	"testing"

	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/notify/notifytest"
	"github.com/openedx/advisory-reminders/internal/sandbox"
)

// A message that is refused once the server has seen it will be refused in the next
// run, too: what can be done is said.
func TestRefusedMessageGivesAdvice(t *testing.T) {
	const (
		full   = "the recipient's mailbox is full"
		large  = "the message is larger than the server takes"
		filter = "a filter of the server does not like the message"
		log    = "the server's log says why"
	)
	for _, tt := range []struct {
		code         int
		text, advice string
	}{
		{552, "Message size exceeds fixed maximum message size", large},
		{552, "5.3.4 Message size exceeds fixed limit", large},
		{552, "5.2.3 Message size exceeds fixed maximum message size", large},
		{550, "5.2.3 too large for this mailbox", large},
		{552, "5.2.2 over quota", full},
		{552, "5.7.0 This message was blocked because its content presents a potential security issue", filter},
		{552, "5.6.0 bad content", filter},
		{550, "5.7.1 Message rejected as spam by content filtering", filter},
		{550, "content rejected", filter},
		{554, "5.7.1 virus found", filter},
		{554, "5.6.0 bad header", filter},
		{554, "Transaction failed", filter},
		{571, "go away", log},
		{530, "5.7.0 log in", "check smtp-username and smtp-password"},
	} {
		t.Run(tt.text, func(t *testing.T) {
			s, m := startMail(t, sandbox.MailOptions{}, nil)
			s.Break(func(at sandbox.MailStep, _ string) sandbox.MailAnswer {
				if at == sandbox.MailAtData {
					return sandbox.MailAnswer{Code: tt.code, Text: tt.text}
				}
				return sandbox.MailAnswer{}
			})
			f := outcome(t, m.Digest(deadline(t), to, notifytest.One()))
			if f.Outcome != notify.ChannelRefused || !strings.HasPrefix(f.Advice, tt.advice) {
				t.Errorf("got %d %v, %q, want %q", f.Outcome, f, f.Advice, tt.advice)
			}
		})
	}
}
