package action_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/openedx/advisory-reminders/internal/sandbox"
)

// Slack is known to answer 500 to 504 to messages that it has taken. Whatever
// became of a message, it is not posted again by the same run, over whatever way,
// and takes no other channel; the next run repeats it under the same id.
func TestSlackPostsOnceInARun(t *testing.T) {
	answers := map[string]http.Handler{"lost": nil, "cut short": respond(200, `{"ok":true,"ts":"17`, "Content-Length", "400"), "no JSON": respond(200, "<html>")}
	for _, status := range []int{500, 501, 502, 503, 504, 505, 520, 599} {
		answers[fmt.Sprint(status)] = respond(status, "upstream connect error")
		answers[fmt.Sprint(status, " with Retry-After")] = respond(status, "", "Retry-After", "0")
	}
	for _, code := range []string{"service_unavailable", "internal_error", "fatal_error"} {
		answers[code] = respond(200, `{"ok":false,"error":"`+code+`"}`)
		answers["503 "+code] = respond(503, `{"ok":false,"error":"`+code+`"}`)
	}
	for name, answer := range answers {
		for _, taken := range []bool{false, true} {
			for _, way := range []string{"direct", "channel", "webhook", "workflow"} {
				if name == "cut short" && (way == "webhook" || way == "workflow") {
					continue // their answer is the status
				}
				t.Run(fmt.Sprintf("%s/taken=%v/%s", name, taken, way), func(t *testing.T) {
					t.Parallel()
					w := newWorld()
					draft(w, "wheel", "critical", wednesday.AddDate(0, 0, -30))
					b := newBench(t, w)
					change := map[string]string{"INPUT_CONFIG-TEXT": "channels: [slack, email]"}
					method := "chat.postMessage"
					if way == "webhook" || way == "workflow" {
						method = way
						change = map[string]string{"INPUT_SLACK-TOKEN": "", "INPUT_SLACK-CHANNEL": ""}
						if way == "webhook" {
							change["INPUT_SLACK-WEBHOOK-URL"] = b.Slack.AddWebhook("C0SECURITY")
						} else {
							change["INPUT_SLACK-WEBHOOK-URL"] = b.Slack.AddWorkflow("msg")
						}
					}
					var broken atomic.Int32
					b.Slack.Break(func(m string, r *http.Request) http.Handler {
						if m != method || way == "direct" != isDirect(r) && method == "chat.postMessage" || r.FormValue("thread_ts") != "" {
							return nil
						}
						return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
							broken.Add(1)
							if taken {
								b.Slack.Serving().ServeHTTP(httptest.NewRecorder(), r)
							}
							if answer == nil {
								panic(http.ErrAbortHandler)
							}
							answer.ServeHTTP(rw, r)
						})
					})
					first := b.must(1, change)
					if n := broken.Load(); n != 1 {
						t.Errorf("the run posted %d times", n)
					}
					if way == "direct" && len(first.mails) > 0 {
						t.Errorf("another channel was taken: mail to %v", first.to())
					}
					b.Slack.Break(nil)
					before := len(b.Slack.Messages())
					b.must(0, change)
					repeated := slices.DeleteFunc(b.Slack.Messages()[before:], func(m sandbox.SlackMessage) bool { return way == "direct" && m.UserID == "" || m.ThreadTS != "" })
					if len(repeated) != 1 {
						t.Fatalf("the next run posted %d messages", len(repeated))
					}
					if way == "direct" && taken {
						i := slices.IndexFunc(b.Slack.Messages(), func(m sandbox.SlackMessage) bool { return m.UserID != "" })
						if one := b.Slack.Messages()[i]; string(one.Metadata) != string(repeated[0].Metadata) {
							t.Errorf("the message is repeated under another id: %s, then %s", one.Metadata, repeated[0].Metadata)
						}
					}
				})
			}
		}
	}
}

// isDirect reports whether a post goes to a person.
func isDirect(r *http.Request) bool { return strings.Contains(body(r), "channel=U") }
