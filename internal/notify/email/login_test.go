package email_test

import (
	"slices"
	"testing"

	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/notify/email"
	"github.com/openedx/advisory-reminders/internal/notify/notifytest"
	"github.com/openedx/advisory-reminders/internal/sandbox"
)

// The login is the strongest that both sides know, and the one with an access token
// where that is asked for. Nothing else is tried after it.
func TestStrongestLogin(t *testing.T) {
	const (
		account = "check smtp-username and smtp-password"
		token   = "check smtp-username, and whether the access token in smtp-password is still valid and may send mail"
		neither = "leave out smtp-username and smtp-password if it lets us in without, or choose another server"
	)
	for _, tt := range []struct {
		name           string
		auth           email.Auth
		offered        []string
		password       string
		used           string
		detail, advice string
	}{
		{"all", email.Auto, []string{"LOGIN", "PLAIN", "XOAUTH2", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256"}, password, "SCRAM-SHA-256", "", ""},
		{"not said", "", []string{"PLAIN", "SCRAM-SHA-1", "CRAM-MD5"}, password, "SCRAM-SHA-1", "", ""},
		{"CRAM-MD5", email.Auto, []string{"LOGIN", "PLAIN", "CRAM-MD5"}, password, "CRAM-MD5", "", ""},
		{"PLAIN", email.Auto, []string{"XOAUTH2", "LOGIN", "PLAIN"}, password, "PLAIN", "", ""},
		{"LOGIN", email.Auto, []string{"LOGIN"}, password, "LOGIN", "", ""},
		{"token", email.XOAuth2, []string{"SCRAM-SHA-256", "PLAIN", "XOAUTH2"}, password, "XOAUTH2", "", ""},

		{"wrong password, SCRAM", email.Auto, []string{"PLAIN", "SCRAM-SHA-256"}, "another", "SCRAM-SHA-256", "the server answered 535 5.0.0 to the login", account},
		{"wrong password, CRAM-MD5", email.Auto, []string{"PLAIN", "CRAM-MD5"}, "another", "CRAM-MD5", "the server answered 535 5.0.0 to the login", account},
		{"token that is over", email.XOAuth2, []string{"PLAIN", "XOAUTH2"}, "another", "XOAUTH2", "the server answered 535 5.0.0 to the login", token},
		{"no tokens there", email.XOAuth2, []string{"PLAIN"}, password, "", "the server offers no login with XOAUTH2", "set smtp-auth to auto"},
		{"no passwords there", email.Auto, []string{"XOAUTH2"}, password, "", "the server offers no login with a password",
			"set smtp-auth to xoauth2, with an access token as smtp-password"},
		{"nothing known", email.Auto, []string{"GSSAPI"}, password, "", "the server offers no login that this program knows", neither},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := sandbox.MailOptions{Username: username, Password: password, Mechanisms: tt.offered}
			s, m := startMail(t, o, func(c *email.Config) { c.Auth, c.Password = tt.auth, tt.password })
			err := m.Digest(deadline(t), to, notifytest.One())
			if tt.detail == "" {
				if err != nil || len(s.Mails()) != 1 {
					t.Errorf("%d mails, %v", len(s.Mails()), err)
				}
			} else if f := outcome(t, err); f.Outcome != notify.ChannelRefused || f.Detail != tt.detail || f.Advice != tt.advice {
				t.Errorf("got %d %q, %q", f.Outcome, f.Detail, f.Advice)
			}
			want := []string{tt.used}
			if tt.used == "" {
				want = nil
			}
			if got := s.Logins(); !slices.Equal(got, want) {
				t.Errorf("the logins were %q, want %q", got, want)
			}
		})
	}
}

// A server can't have the password hashed until the run's time is over.
func TestRoundsOfSCRAMAreBounded(t *testing.T) {
	o := sandbox.MailOptions{Username: username, Password: password, Mechanisms: []string{"SCRAM-SHA-256"}, Rounds: 1_000_001}
	s, m := startMail(t, o, nil)
	f := outcome(t, m.Digest(deadline(t), to, notifytest.One()))
	if f.Outcome != notify.ChannelRefused || f.Detail != "no agreement with the server on the login" || len(s.Mails()) != 0 {
		t.Errorf("got %d %q", f.Outcome, f.Detail)
	}
}

// Exchange Online says so where passwords are turned off, at the login or later.
func TestServerThatTakesNoPasswords(t *testing.T) {
	for _, at := range []sandbox.MailStep{sandbox.MailAtLogin, sandbox.MailAtData} {
		s, m := startMail(t, sandbox.MailOptions{Username: username, Password: password}, nil)
		s.Break(func(step sandbox.MailStep, _ string) sandbox.MailAnswer {
			if step == at {
				return sandbox.MailAnswer{Code: 550, Text: "5.7.30 Basic authentication is not supported for Client Submission."}
			}
			return sandbox.MailAnswer{}
		})
		f := outcome(t, m.Digest(deadline(t), to, notifytest.One()))
		if want := "the server takes no passwords: set smtp-auth to xoauth2, with an access token as smtp-password"; f.Outcome != notify.ChannelRefused || f.Advice != want {
			t.Errorf("%s: got %d %v, %q", at, f.Outcome, f, f.Advice)
		}
	}
}
