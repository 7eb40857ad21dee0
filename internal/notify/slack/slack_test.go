package slack_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/notify/notifytest"
	"github.com/openedx/advisory-reminders/internal/notify/slack"
)

// outcome checks that an error is a failure that gives nothing away.
func outcome(t *testing.T, err error) *notify.Failure {
	t.Helper()
	var f *notify.Failure
	if !errors.As(err, &f) {
		t.Fatalf("the error is %T %v, want a *notify.Failure", err, err)
	}
	for _, secret := range []string{"quoted", "secret", "xoxb", "127.0.0.1", "U012AB3CD", "ada@"} {
		if strings.Contains(f.Error()+f.Advice, secret) {
			t.Errorf("the error holds %q: %v (%s)", secret, f, f.Advice)
		}
	}
	return f
}

func TestLongMessagesGoOnInTheThread(t *testing.T) {
	s := serve(t)
	if err := digest(notifytest.Many(70))(s); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range s.got() {
		got = append(got, p.Channel+" "+p.Thread)
		if want := `{"event_type":"advisory_reminder","event_payload":{"cadence":"twice-yearly","delivery_id":"0123456789abcdef0123456789abcdef"}}`; string(p.Metadata) != want {
			t.Errorf("metadata = %s, want %s", p.Metadata, want)
		}
	}
	want := []string{"U012AB3CD ", "D0DIRECT 1700000000.000001", "D0DIRECT 1700000000.000001", "D0DIRECT 1700000000.000001"}
	got = got[:min(len(got), len(want))]
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("channels and threads (-want +got):\n%s", d)
	}
}

func TestOutcomes(t *testing.T) {
	tests := []struct {
		answer string
		want   notify.Outcome
		detail string
	}{
		{`{"ok":false,"error":"channel_not_found"}`, notify.AddressRefused, "Slack answered channel_not_found"},
		{`{"ok":false,"error":"user_not_found"}`, notify.AddressRefused, "Slack answered user_not_found"},
		{`{"ok":false,"error":"is_inactive"}`, notify.AddressRefused, "Slack answered is_inactive"},
		{`{"ok":false,"error":"user_is_deactivated"}`, notify.AddressRefused, "Slack answered user_is_deactivated"},
		{`{"ok":false,"error":"restricted_action_read_only_channel"}`, notify.AddressRefused, "Slack answered restricted_action_read_only_channel"},
		{`{"ok":false,"error":"team_added_to_org"}`, notify.Temporary, "Slack answered team_added_to_org"},
		{`{"ok":false,"error":"messages_tab_disabled"}`, notify.ChannelRefused, "Slack answered messages_tab_disabled"},
		{`{"ok":false,"error":"invalid_auth"}`, notify.ChannelRefused, "Slack answered invalid_auth"},
		{`{"ok":false,"error":"token_revoked"}`, notify.ChannelRefused, "Slack answered token_revoked"},
		{`{"ok":false,"error":"account_inactive"}`, notify.ChannelRefused, "Slack answered account_inactive"},
		{`{"ok":false,"error":"missing_scope","needed":"chat:write"}`, notify.ChannelRefused, "the token lacks a scope (Slack answered missing_scope)"},
		{`{"ok":false,"error":"missing_scope","needed":"quoted SECRET"}`, notify.ChannelRefused, "the token lacks a scope (Slack answered missing_scope)"},
		{`{"ok":false,"error":"something_new"}`, notify.ChannelRefused, "Slack answered something_new"},
		{`{"ok":false,"error":"No, xoxb-quoted-secret!"}`, notify.ChannelRefused, "Slack refused with an unknown error"},
		{`{"ok":false,"error":"ratelimited"}`, notify.Temporary, "Slack answered ratelimited"},
		{`{"ok":false,"error":"fatal_error"}`, notify.Unknown, "Slack answered fatal_error"},
		{`{"ok":false}`, notify.Unknown, "Slack's answer could not be read"},
		{`<html>quoted`, notify.Unknown, "Slack's answer could not be read"},
		{"status 500quoted", notify.Unknown, "Slack answered with HTTP status 500"},
		{"status 503quoted", notify.Unknown, "Slack answered with HTTP status 503"},
		{"status 429quoted", notify.Temporary, "Slack answered with HTTP status 429"},
		{"status 403quoted", notify.ChannelRefused, "Slack answered with HTTP status 403"},
		{"hang up", notify.Unknown, "Slack's answer was lost"},
	}
	for _, tt := range tests {
		t.Run(tt.answer, func(t *testing.T) {
			s := serve(t)
			s.answers["chat.postMessage"] = []string{tt.answer}
			c := s.client()
			f := outcome(t, c.Digest(context.Background(), "U012AB3CD", notifytest.One()))
			if f.Outcome != tt.want || f.Detail != tt.detail {
				t.Errorf("got %d %q, want %d %q", f.Outcome, f.Detail, tt.want, tt.detail)
			}
			if err := c.Digest(context.Background(), "U012AB3CD", notifytest.One()); err != nil {
				t.Errorf("the next digest: %v", err)
			}
		})
	}
	t.Run("later part", func(t *testing.T) {
		s := serve(t)
		s.answers["chat.postMessage"] = []string{"take", `{"ok":false,"error":"channel_not_found"}`}
		f := outcome(t, report(notifytest.Long())(s))
		if f.Outcome != notify.Unknown || f.Detail != "only 1 of 6 messages were accepted: Slack answered channel_not_found" {
			t.Errorf("got %d %q", f.Outcome, f.Detail)
		}
	})
	t.Run("nobody there", func(t *testing.T) {
		s := serve(t)
		s.Server.Close()
		if f := outcome(t, digest(notifytest.One())(s)); f.Outcome != notify.Temporary {
			t.Errorf("got %v", f)
		}
	})
	t.Run("no address", func(t *testing.T) {
		f := outcome(t, serve(t).client().Digest(context.Background(), "", notifytest.One()))
		if f.Outcome != notify.AddressRefused {
			t.Errorf("got %v", f)
		}
	})
	t.Run("stopped", func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		s := serve(t)
		f := outcome(t, s.client().Digest(ctx, "U012AB3CD", notifytest.One()))
		if f.Outcome != notify.Temporary || len(s.got()) != 0 {
			t.Errorf("got %v and %d messages", f, len(s.got()))
		}
	})
	t.Run("untrusted certificate", func(t *testing.T) {
		s := serve(t)
		secured := newTLS(t)
		c := slack.New(slack.Config{Token: token, APIURL: secured, HTTP: &http.Client{}})
		f := outcome(t, c.Digest(context.Background(), "U012AB3CD", notifytest.One()))
		if f.Outcome != notify.ChannelRefused || len(s.got()) != 0 {
			t.Errorf("got %v", f)
		}
	})
}

func TestWebhookOutcomes(t *testing.T) {
	tests := []struct {
		answer string
		want   notify.Outcome
		detail string
	}{
		{"status 404no_service", notify.ChannelRefused, "Slack answered no_service"},
		{"status 410channel_is_archived", notify.AddressRefused, "Slack answered channel_is_archived"},
		{"status 400quoted: secret", notify.ChannelRefused, "Slack answered with HTTP status 400"},
		{"status 500fatal", notify.Unknown, "Slack answered with HTTP status 500"},
		{"status 429rate_limited", notify.Temporary, "Slack answered with HTTP status 429"},
		{`{"ok":false,"error":"invalid_workflow_input"}`, notify.ChannelRefused, "Slack answered invalid_workflow_input"},
		{"hang up", notify.Unknown, "Slack's answer was lost"},
	}
	for _, tt := range tests {
		t.Run(tt.answer, func(t *testing.T) {
			s := serve(t)
			s.answers["secret"] = []string{tt.answer}
			f := outcome(t, webhook("/services/T0/B0/secret", notifytest.Full())(s))
			if f.Outcome != tt.want || f.Detail != tt.detail {
				t.Errorf("got %d %q, want %d %q", f.Outcome, f.Detail, tt.want, tt.detail)
			}
		})
	}
	f := outcome(t, slack.NewWebhook("://secret", nil).Report(context.Background(), notifytest.Full()))
	if f.Outcome != notify.ChannelRefused {
		t.Errorf("no address: %v", f)
	}
	s := serve(t)
	s.answers["secret"] = []string{"take", "status 500"}
	if f := outcome(t, webhook("/services/T0/B0/secret", notifytest.Long())(s)); f.Outcome != notify.Unknown {
		t.Errorf("second part: %v", f)
	}
}

// A message whose turn has come too late is not posted, and can be tried again.
func TestAMessageThatIsTooLateIsNotPosted(t *testing.T) {
	s := serve(t)
	c := s.client()
	for i, may := range []bool{true, false, true} {
		d := notify.Delivery{Address: "U012AB3CD", Digests: []notify.Digest{notifytest.One()}, MayGo: func() bool { return may }}
		err := c.Send(context.Background(), d)
		if may != (err == nil) {
			t.Fatalf("message %d: %v", i, err)
		}
		if !may && outcome(t, err).Outcome != notify.Temporary {
			t.Errorf("message %d: %v, want one that can be tried again", i, err)
		}
	}
	first := 0
	for _, p := range s.got() {
		if p.Thread == "" {
			first++
		}
	}
	if first != 2 {
		t.Errorf("%d messages, want 2", first)
	}
}

// A digest is accepted with the messages that name its advisories. What is the same
// in each digest follows in the thread as far as it can.
func TestTheThreadIsBestEffort(t *testing.T) {
	for _, answer := range []string{"hang up", "status 500", `{"ok":false,"error":"restricted_action"}`, `{"ok":true}`} {
		s := serve(t)
		s.answers["chat.postMessage"] = []string{"take", answer}
		if err := digest(notifytest.One())(s); err != nil {
			t.Errorf("%s: %v", answer, err)
		}
		if n := len(s.got()); n != 1 {
			t.Errorf("%s: %d messages were taken", answer, n)
		}
		s = serve(t)
		s.answers["chat.postMessage"] = []string{"take", answer}
		if f := outcome(t, digest(notifytest.Many(70))(s)); f.Outcome != notify.Unknown {
			t.Errorf("%s, where further advisories follow: %v", answer, f)
		}
	}
}

// What pops up on a screen, and what stands in its list of messages, names no
// repository, no id and no title.
func TestNothingPopsUp(t *testing.T) {
	d := notifytest.Three()
	for i := range d.Items {
		d.Items[i].Summary = "the secret"
	}
	s := serve(t)
	if err := digest(d)(s); err != nil {
		t.Fatal(err)
	}
	for i, p := range s.got() {
		for _, text := range []string{p.Text, p.Blocks[0].Text.Text} {
			for _, secret := range []string{"frontend", "platform", "GHSA", "secret"} {
				if strings.Contains(text, secret) {
					t.Errorf("message %d: %q", i, text)
				}
			}
		}
	}
	if got := s.got()[0].Text; got != "3 critical advisories wait for you. Next reminder: 9 November" {
		t.Errorf("it pops up as %q", got)
	}
}
