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

// TestWithRetries uses the client that the program uses, which tries again by
// itself.
func TestWithRetries(t *testing.T) {
	tests := []struct {
		name    string
		answers []string
		fails   bool
		want    notify.Outcome
	}{
		{"once busy", []string{"status 503"}, false, 0},
		{"busy to the end", []string{"status 503", "status 503"}, true, notify.Temporary},
		{"answer lost, then accepted", []string{"hang up"}, false, 0},
		{"answer lost, then busy", []string{"hang up", "status 503"}, true, notify.Unknown},
		{"answers lost to the end", []string{"hang up", "hang up"}, true, notify.Unknown},
		{"answer lost, then refused", []string{"hang up", `{"ok":false,"error":"channel_not_found"}`}, true, notify.AddressRefused},
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
