package action_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/openedx/advisory-reminders/internal/sandbox"
)

// A private channel that another workspace reads, or is invited to, takes neither
// the report nor a digest.
func TestSharedChannelIsNotPrivate(t *testing.T) {
	for _, shared := range []string{"ext", "pending_ext", "org"} {
		for _, name := range []string{"C0SHARED00", "shared"} {
			t.Run(shared+", report to "+name, func(t *testing.T) {
				w := newWorld()
				draft(w, "orphan", "critical", wednesday.AddDate(0, 0, -30))
				b := newBench(t, w)
				b.Slack.AddChannel(sandbox.SlackChannel{ID: "C0SHARED00", Name: "shared", Private: true, Shared: shared, Members: []string{sandbox.SlackBot}})
				r := b.must(2, map[string]string{"INPUT_SLACK-CHANNEL": name})
				if len(r.slack)+len(r.mails) > 0 || !strings.Contains(r.stdout, "input slack-channel: the channel is shared with another workspace") {
					t.Errorf("%d messages; the log:\n%s", len(r.slack)+len(r.mails), r.stdout)
				}
				if r := b.must(2, map[string]string{"INPUT_SLACK-CHANNEL": name}, "check"); !strings.Contains(r.stdout, "#shared is shared with another workspace") {
					t.Errorf("the check:\n%s", r.stdout)
				}
				if r := b.must(0, map[string]string{"INPUT_SLACK-CHANNEL": name, "INPUT_CONFIG-TEXT": "privacy: {public-channel: true}"}); len(r.slack) != 1 {
					t.Errorf("with privacy.public-channel Slack got %d messages", len(r.slack))
				}
			})
		}
		t.Run(shared+", digest", func(t *testing.T) {
			w := newWorld()
			draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -30))
			b := newBench(t, w)
			b.Slack.AddChannel(sandbox.SlackChannel{ID: "C0SHARED00", Name: "shared", Private: true, Shared: shared, Members: []string{sandbox.SlackBot}})
			r := b.must(0, map[string]string{"INPUT_CONFIG-TEXT": "contacts: {'group:rocketeers': {slack: C0SHARED00}}"})
			if slices.ContainsFunc(r.slack, func(m sandbox.SlackMessage) bool { return m.ChannelName == "shared" }) {
				t.Error("a digest went to a channel that another workspace reads")
			}
			if !strings.Contains(r.reports(), "the channel is shared with another workspace") {
				t.Errorf("the report\n%s", r.reports())
			}
		})
	}
}

// Who can't be written to in Slack, for whatever rule of the workspace, gets the
// same digest by the next channel in the same run.
func TestDirectMessageThatMayNotBePosted(t *testing.T) {
	for _, code := range []string{"restricted_action", "restricted_action_read_only_channel", "restricted_action_thread_only_channel",
		"restricted_action_non_threadable_channel", "restricted_action_thread_locked", "restricted_action_something_new",
		"posting_to_channel_denied", "user_is_deactivated", "user_is_bot", "user_is_restricted", "cannot_dm_bot"} {
		t.Run(code, func(t *testing.T) {
			w := newWorld()
			draft(w, "wheel", "critical", wednesday.AddDate(0, 0, -30))
			b := newBench(t, w)
			b.Slack.Break(func(method string, r *http.Request) http.Handler {
				if method == "chat.postMessage" && isDirect(r) {
					return respond(200, `{"ok":false,"error":"`+code+`"}`)
				}
				return nil
			})
			r := b.must(0, map[string]string{"INPUT_CONFIG-TEXT": "channels: [slack, email]"})
			if !slices.Equal(r.to(), []string{"cleo@example.org"}) {
				t.Errorf("mail went to %v", r.to())
			}
		})
	}
}
