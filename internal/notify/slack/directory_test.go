package slack_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openedx/advisory-reminders/internal/contact"
	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/notify/slack"
)

// newTLS starts a server with a certificate that nobody trusts.
func newTLS(t *testing.T) string {
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	return s.URL
}

func TestLookup(t *testing.T) {
	tests := []struct {
		answer string
		id     string
		fails  bool
		want   notify.Outcome
	}{
		{`{"ok":true,"user":{"id":"U1"}}`, "U1", false, 0},
		{`{"ok":true,"user":{"id":"U1","deleted":true}}`, "", false, 0},
		{`{"ok":true,"user":{"id":"U1","is_bot":true}}`, "", false, 0},
		{`{"ok":false,"error":"users_not_found"}`, "", false, 0},
		{`{"ok":false,"error":"missing_scope","needed":"users:read.email"}`, "", true, notify.ChannelRefused},
		{`{"ok":false,"error":"invalid_auth"}`, "", true, notify.ChannelRefused},
		{"hang up", "", true, notify.Temporary},
		{"status 500", "", true, notify.Temporary},
	}
	for _, tt := range tests {
		t.Run(tt.answer, func(t *testing.T) {
			s := serve(t)
			s.answers["users.lookupByEmail"] = []string{tt.answer}
			id, err := s.client().Lookup(context.Background(), "ada@example.org")
			if id != tt.id || (err != nil) != tt.fails {
				t.Errorf("got %q, %v", id, err)
			}
			if err != nil {
				if f := outcome(t, err); f.Outcome != tt.want {
					t.Errorf("got outcome %d, want %d", f.Outcome, tt.want)
				}
			}
			if d := cmp.Diff([]string{"users.lookupByEmail ada@example.org"}, s.questions()); d != "" {
				t.Errorf("asked (-want +got):\n%s", d)
			}
		})
	}
}

func TestChannel(t *testing.T) {
	const denied = `{"ok":false,"error":"missing_scope","needed":"channels:read"}`
	pages := []string{
		`{"ok":true,"channels":[{"id":"C1","name":"general"}],"response_metadata":{"next_cursor":"more"}}`,
		`{"ok":true,"channels":[{"id":"C2","name":"security","is_private":true}],"response_metadata":{"next_cursor":""}}`,
	}
	tests := []struct {
		name    string
		ask     string
		answers map[string][]string
		want    slack.Channel
		fails   notify.Outcome
		detail  string
		asked   []string
	}{
		{name: "by id", ask: "C0SECURITY",
			answers: map[string][]string{"conversations.info": {`{"ok":true,"channel":{"id":"C0SECURITY","name":"security","is_private":true}}`}},
			want:    slack.Channel{ID: "C0SECURITY", Name: "security", Private: true},
			asked:   []string{"conversations.info"}},
		{name: "public by id", ask: "C0SECURITY",
			answers: map[string][]string{"conversations.info": {`{"ok":true,"channel":{"id":"C0SECURITY","name":"general"}}`}},
			want:    slack.Channel{ID: "C0SECURITY", Name: "general"},
			asked:   []string{"conversations.info"}},
		{name: "no such id", ask: "C0SECURITY",
			answers: map[string][]string{"conversations.info": {`{"ok":false,"error":"channel_not_found"}`}},
			fails:   notify.AddressRefused, detail: "Slack answered channel_not_found",
			asked: []string{"conversations.info"}},
		{name: "by name, on the second page", ask: "#Security",
			answers: map[string][]string{"conversations.list": pages},
			want:    slack.Channel{ID: "C2", Name: "security", Private: true},
			asked:   []string{"conversations.list public_channel,private_channel", "conversations.list public_channel,private_channel more"}},
		{name: "no such name", ask: "nowhere",
			answers: map[string][]string{"conversations.list": pages},
			fails:   notify.AddressRefused, detail: "the app sees no channel of that name",
			asked: []string{"conversations.list public_channel,private_channel", "conversations.list public_channel,private_channel more"}},
		{name: "a cursor that does not move", ask: "nowhere",
			answers: map[string][]string{"conversations.list": {pages[0], pages[0]}},
			fails:   notify.AddressRefused, detail: "the app sees no channel of that name",
			asked: []string{"conversations.list public_channel,private_channel", "conversations.list public_channel,private_channel more"}},
		{name: "only private ones may be listed", ask: "security",
			answers: map[string][]string{"conversations.list": {denied, pages[1]}},
			want:    slack.Channel{ID: "C2", Name: "security", Private: true},
			asked:   []string{"conversations.list public_channel,private_channel", "conversations.list private_channel"}},
		{name: "none may be listed", ask: "security",
			answers: map[string][]string{"conversations.list": {denied, denied}},
			fails:   notify.ChannelRefused, detail: "the token can't list channels (Slack answered missing_scope)",
			asked: []string{"conversations.list public_channel,private_channel", "conversations.list private_channel"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t)
			for method, list := range tt.answers {
				s.answers[method] = append([]string(nil), list...)
			}
			got, err := s.client().Channel(context.Background(), tt.ask)
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
			if (err != nil) != (tt.detail != "") {
				t.Fatalf("error: %v", err)
			}
			if err != nil {
				if f := outcome(t, err); f.Outcome != tt.fails || f.Detail != tt.detail {
					t.Errorf("got %d %q, want %d %q", f.Outcome, f.Detail, tt.fails, tt.detail)
				}
			}
			if d := cmp.Diff(tt.asked, s.questions()); d != "" {
				t.Errorf("asked (-want +got):\n%s", d)
			}
			if err != nil && strings.Contains(err.Error(), token) {
				t.Error("the token is in the error")
			}
		})
	}
}

// What Slack has against one address is said of that one: all others are asked for.
// What it has against the app is not asked about again and again.
func TestFindGoesOn(t *testing.T) {
	for code, tt := range map[string]struct {
		all  bool // everybody is asked for
		fail bool // who met the answer is not known now
	}{
		"users_not_found":   {true, false},
		"user_not_visible":  {true, false},
		"invalid_arguments": {true, true},
		"invalid_arg_value": {true, true},
		"invalid_auth":      {false, true},
		"missing_scope":     {false, true},
	} {
		t.Run(code, func(t *testing.T) {
			s := serve(t)
			s.answers["users.lookupByEmail"] = []string{`{"ok":false,"error":"` + code + `"}`}
			var contacts []contact.Contact
			for i := range 40 {
				contacts = append(contacts, contact.Contact{Emails: []string{fmt.Sprintf("ada%d@example.org", i)}})
			}
			failed := 0
			c := s.client()
			for _, found := range append(c.Find(t.Context(), contacts[:1]), c.Find(t.Context(), contacts[1:])...) {
				if found.Err != nil {
					failed++
				}
			}
			if asked := len(s.questions()); (asked == len(contacts)) != tt.all || (failed > 0) != tt.fail || tt.all && failed > 1 {
				t.Errorf("%d of %d asked for, %d failed", asked, len(contacts), failed)
			}
		})
	}
}
