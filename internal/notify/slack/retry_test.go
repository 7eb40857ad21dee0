package slack_test

import (
	"context"
	"testing"
	"time"

	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/notify/notifytest"
	"github.com/openedx/advisory-reminders/internal/notify/slack"
	"github.com/openedx/advisory-reminders/internal/transport"
)

// TestWithRetries uses the client that the program uses. It tries again what
// was certainly not accepted, and nothing else: a message must not come twice.
func TestWithRetries(t *testing.T) {
	tests := []struct {
		name    string
		answers []string
		fails   bool
		want    notify.Outcome
	}{
		{"asked to wait", []string{"status 429"}, false, 0},
		{"asked to wait to the end", []string{"status 429", "status 429"}, true, notify.Temporary},
		{"an error that may hide a success", []string{"status 503"}, true, notify.Unknown},
		{"answer lost", []string{"hang up"}, true, notify.Unknown},
		{"asked to wait, then the answer is lost", []string{"status 429", "hang up"}, true, notify.Unknown},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t)
			s.answers["chat.postMessage"] = tt.answers
			client := transport.New(transport.Options{Retries: 1, MinWait: time.Millisecond})
			c := slack.New(slack.Config{Token: token, APIURL: s.URL, HTTP: client, Pace: time.Nanosecond})
			err := c.Digest(context.Background(), "U012AB3CD", notifytest.One())
			if (err != nil) != tt.fails {
				t.Fatalf("error: %v", err)
			}
			if err != nil {
				if f := outcome(t, err); f.Outcome != tt.want {
					t.Errorf("got %d %v, want %d", f.Outcome, f, tt.want)
				}
			}
		})
	}
}

// A part of a long report whose fate is unknown is not posted again, and neither
// are those before it, or after.
func TestUnknownPartIsNotRepeated(t *testing.T) {
	for _, answer := range []string{"status 500", "status 501", "status 502", "status 503", "status 504", "hang up", `{"ok":false,"error":"service_unavailable"}`} {
		for _, way := range []string{"bot", "webhook"} {
			t.Run(way+", "+answer, func(t *testing.T) {
				s := serve(t)
				s.answers["chat.postMessage"], s.answers["secret"] = []string{"take", answer}, []string{"take", answer}
				client := transport.New(transport.Options{Retries: 3, MinWait: time.Millisecond})
				var err error
				if way == "bot" {
					err = slack.New(slack.Config{Token: token, APIURL: s.URL, HTTP: client, Pace: time.Nanosecond}).Report(t.Context(), "C0SECURITY", notifytest.Long())
				} else {
					hook := slack.NewWebhook(s.URL+"/services/T0/B0/secret", client)
					hook.Pace = time.Nanosecond
					err = hook.Report(t.Context(), notifytest.Long())
				}
				if f := outcome(t, err); f.Outcome != notify.Unknown {
					t.Errorf("the outcome is %d, %v", f.Outcome, f)
				}
				if n := len(s.questions()); n != 2 {
					t.Errorf("%d messages were posted", n)
				}
			})
		}
	}
}
