package notify_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/ghsa"
	"github.com/openedx/advisory-reminders/internal/ledger"
	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/notify/email"
	"github.com/openedx/advisory-reminders/internal/notify/notifytest"
	"github.com/openedx/advisory-reminders/internal/notify/slack"
	"github.com/openedx/advisory-reminders/internal/notify/thread"
	"github.com/openedx/advisory-reminders/internal/reminder"
	"github.com/openedx/advisory-reminders/internal/transport"
)

// The secrets that a channel knows, or learns from a server that quotes them.
const (
	slackToken  = "xoxb-0000-s3cr3t"
	webhookPath = "/services/T000/B000/s3cr3t"
	mailAddress = "s3cr3t@example.org"
	mailUser    = "s3cr3t-user"
	mailWord    = "s3cr3t-word"
	memberID    = "US3CR3T"
)

// TestNoSecretInErrors lets every channel fail in every way that it can, with
// servers that quote what they were told.
func TestNoSecretInErrors(t *testing.T) {
	ctx := context.Background()
	for name, server := range map[string]http.HandlerFunc{
		"quotes in JSON": func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintf(w, `{"ok":false,"error":%q,"needed":%[1]q}`, slackToken+webhookPath+mailAddress)
		},
		"quotes in the body": func(w http.ResponseWriter, r *http.Request) {
			http.Error(w, slackToken+webhookPath+mailAddress, http.StatusForbidden)
		},
		"fails": func(w http.ResponseWriter, r *http.Request) { http.Error(w, r.URL.String(), 500) },
		"redirects": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, r.URL.Path+"/", http.StatusTemporaryRedirect)
		},
		"hangs up":   func(w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) },
		"is strange": func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, slackToken) },
	} {
		s := httptest.NewServer(server)
		check := func(t *testing.T, address string) {
			c := slack.New(slack.Config{Token: slackToken, APIURL: address + "/s3cr3t/", HTTP: &http.Client{}, Pace: time.Nanosecond})
			noSecret(t, "slack digest", c.Send(ctx, notify.Delivery{Address: memberID, Digests: []notify.Digest{notifytest.One()}}))
			noSecret(t, "slack report", c.Report(ctx, memberID, notifytest.Full()))
			_, err := c.Lookup(ctx, mailAddress)
			noSecret(t, "slack lookup", err)
			_, err = c.Channel(ctx, "CS3CR3T")
			noSecret(t, "slack channel", err)
			_, err = c.Channel(ctx, "s3cr3t")
			noSecret(t, "slack channel name", err)
			drafts, err := ghsa.NewClient(transport.Authorized(&http.Client{}, slackToken), address+"/s3cr3t/")
			if err == nil {
				comments := thread.New(thread.Config{Advisories: drafts, Now: time.Now, Pace: time.Nanosecond})
				reminded := notify.Delivery{Delivery: ledger.Delivery{ID: "s3cr3t", Tried: time.Now().Add(-time.Hour)}, Addresses: []string{memberID}, Digests: []notify.Digest{notifytest.One()},
					Parts: []reminder.Digest{{Reminders: []reminder.Reminder{{Draft: &reminder.Draft{Advisory: &advisory.Advisory{ID: "GHSA-s3cr-s3cr-s3cr", Repository: advisory.Repository{Owner: "s3cr3t", Name: "s3cr3t"}}}}}}}}
				noSecret(t, "comment", comments.Send(ctx, reminded))
				reminded.Perhaps = true
				noSecret(t, "comment again", comments.Send(ctx, reminded))
			}
			hook := slack.NewWebhook(address+webhookPath, &http.Client{})
			if name != "is strange" || strings.Contains(address, "%") { // a webhook takes any answer of 200
				noSecret(t, "webhook", hook.Report(ctx, notifytest.Full()))
			}
		}
		t.Run(name, func(t *testing.T) { check(t, s.URL) })
		s.Close()
		t.Run(name+" and is gone", func(t *testing.T) { check(t, s.URL+"/%") })
	}
	for name, answers := range map[string][]string{
		"refuses the login": {"220 hi", "250-hi\r\n250 AUTH PLAIN", "535 5.7.8 QUOTE", "501 x", "221 x"},
		"refuses at once":   {"554 QUOTE"},
		"hangs up":          {},
		"offers no login":   {"220 hi", "250 hi"},
		"refuses the sender": {"220 hi", "250-hi\r\n250 AUTH PLAIN", "235 ok",
			"550 QUOTE", "250 ok"},
		"refuses the address": {"220 hi", "250-hi\r\n250 AUTH PLAIN", "235 ok", "250 ok",
			"550 5.1.1 QUOTE", "250 ok"},
		"refuses the message": {"220 hi", "250-hi\r\n250 AUTH PLAIN", "235 ok", "250 ok", "250 ok", "554 QUOTE"},
		"talks nonsense":      {"220 hi", "QUOTE"},
	} {
		t.Run("mail server "+name, func(t *testing.T) {
			m := email.New(email.Config{
				Server: "127.0.0.1", Port: quoting(t, answers), Security: email.None, Timeout: 5 * time.Second,
				Username: mailUser, Password: mailWord, From: mailAddress,
				Wait: func(context.Context, time.Duration) error { return nil },
			})
			noSecret(t, "email digest", m.Send(ctx, notify.Delivery{Address: mailAddress, Digests: []notify.Digest{notifytest.One()}}))
			noSecret(t, "email report", m.Report(ctx, mailAddress, notifytest.Full()))
			if err := m.Close(); err != nil {
				noSecret(t, "email close", err)
			}
		})
	}
	m := email.New(email.Config{Server: "s3cr3t.invalid", From: "s3cr3t", ReplyTo: "s3cr3t"})
	noSecret(t, "email from", m.Check(ctx))
}

// noSecret checks every text that an error can be made to show.
func noSecret(t *testing.T, what string, err error) {
	t.Helper()
	var f *notify.Failure
	if !errors.As(err, &f) {
		t.Errorf("%s: %T %v, want a *notify.Failure", what, err, err)
		return
	}
	all := strings.ToLower(fmt.Sprintf("%v %+v %#v %v %#v", err, err, err, *f, *f))
	for e := error(f); e != nil; e = errors.Unwrap(e) {
		all += strings.ToLower(e.Error())
	}
	for _, secret := range []string{"s3cr3t", "xoxb", "127.0.0.1", "/services/", "@example"} {
		if strings.Contains(all, secret) {
			t.Errorf("%s: the error holds %q: %s", what, secret, all)
		}
	}
}

// quoting starts a mail server that answers one line after the other, and
// quotes all secrets in place of QUOTE.
func quoting(t *testing.T, answers []string) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	quote := mailAddress + " " + mailUser + " " + mailWord
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			for i, a := range answers {
				if i > 0 {
					if _, err := conn.Read(make([]byte, 4096)); err != nil {
						break
					}
				}
				fmt.Fprint(conn, strings.ReplaceAll(a, "QUOTE", quote)+"\r\n")
			}
			conn.Close()
		}
	}()
	return l.Addr().(*net.TCPAddr).Port
}
