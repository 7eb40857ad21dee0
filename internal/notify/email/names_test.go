package email_test

import (
	"strings"
	"testing"

	"github.com/openedx/advisory-reminders/internal/notify/email"
	"github.com/openedx/advisory-reminders/internal/notify/notifytest"
	"github.com/openedx/advisory-reminders/internal/sandbox"
)

// The name in EHLO is that of the sender's domain, which large relays want to be a
// whole one, unless another is configured.
func TestNameInEHLO(t *testing.T) {
	for _, tt := range []struct{ from, configured, want string }{
		{"Reminders <reminders@openedx.test>", "", "openedx.test"},
		{"reminders@openedx.test", "runner.example.org", "runner.example.org"},
		{"reminders@bücher.example", "", "xn--bcher-kva.example"},
	} {
		s, m := startMail(t, sandbox.MailOptions{}, func(c *email.Config) { c.From, c.LocalName = tt.from, tt.configured })
		said := make(chan string, 9)
		s.Break(func(at sandbox.MailStep, value string) sandbox.MailAnswer {
			if at == sandbox.MailAtHello {
				said <- value
			}
			return sandbox.MailAnswer{}
		})
		if err := m.Check(deadline(t)); err != nil {
			t.Fatal(err)
		}
		if got := <-said; got != tt.want {
			t.Errorf("from %s: EHLO %s, want %s", tt.from, got, tt.want)
		}
	}
}

// Names are as they were written, and domains as every server takes them.
func TestNamesAndDomains(t *testing.T) {
	for _, tt := range []struct{ from, envelope, header, domain string }{
		{"Open edX (Security) <a@b.example>", "a@b.example", `"Open edX (Security)" <a@b.example>`, "b.example"},
		{`"Open edX (Security)" <a@b.example>`, "a@b.example", `"Open edX (Security)" <a@b.example>`, "b.example"},
		{"Open edX <a@b.example> (Security)", "a@b.example", `"Open edX" <a@b.example>`, "b.example"},
		{"Büro (Sicherheit) <a@b.example>", "a@b.example", "=?utf-8?b?QsO8cm8gKFNpY2hlcmhlaXQp?= <a@b.example>", "b.example"},
		{"a@Bücher.example", "a@xn--bcher-kva.example", "<a@xn--bcher-kva.example>", "xn--bcher-kva.example"},
		{"Büro <a@bücher.example>", "a@xn--bcher-kva.example", "=?utf-8?q?B=C3=BCro?= <a@xn--bcher-kva.example>", "xn--bcher-kva.example"},
	} {
		t.Run(tt.from, func(t *testing.T) {
			s, m := startMail(t, sandbox.MailOptions{}, func(c *email.Config) { c.From = tt.from })
			if err := m.Digest(deadline(t), "ada@bücher.example", notifytest.One()); err != nil {
				t.Fatal(err)
			}
			mail := s.Mails()[0]
			if mail.From != tt.envelope || mail.To[0] != "ada@xn--bcher-kva.example" {
				t.Errorf("the envelope is %s to %s", mail.From, mail.To[0])
			}
			if got := mail.Header.Get("From"); !strings.EqualFold(got, tt.header) {
				t.Errorf("From: %s, want %s", got, tt.header)
			}
			if want := "<advisory-reminders." + tt.domain + ">"; mail.Header.Get("List-Id") != want || !strings.HasSuffix(mail.MessageID, "@"+tt.domain) {
				t.Errorf("List-Id %s, Message-ID %s, want the domain %s", mail.Header.Get("List-Id"), mail.MessageID, tt.domain)
			}
		})
	}
	for _, bad := range []string{"a@-ü-.example", "a@b\u2028ü.example"} {
		if a, ok := email.ParseAddress(bad); ok {
			t.Errorf("%q was read as %s", bad, a)
		}
	}
}
