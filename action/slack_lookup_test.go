package action_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/openedx/advisory-reminders/internal/sandbox"
)

// An address that Slack can't look up is one person's: they are told by mail, where
// Slack took others' messages, and everybody else is told as ever.
func TestAnAddressThatSlackCannotLookUp(t *testing.T) {
	for name, tt := range map[string]struct {
		alone  bool
		status int
		to     []string
	}{
		"one of three": {false, 0, []string{"ann@example.org"}},
		"alone":        {true, 1, []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			draft(w, "rocket", "critical", wednesday.AddDate(0, -1, 0))
			if tt.alone {
				w.Organizations[0].Teams[0].Members = []string{"Ann"}
			} else {
				draft(w, "wheel", "critical", wednesday.AddDate(0, -1, 0))
			}
			b := newBench(t, w)
			b.Slack.Break(func(method string, r *http.Request) http.Handler {
				if method == "users.lookupByEmail" && strings.Contains(body(r)+r.URL.RawQuery, "ann") {
					return slackError("invalid_arguments")
				}
				return nil
			})
			r := b.must(tt.status, map[string]string{"INPUT_CONFIG-TEXT": "channels: [slack, email]"})
			direct := slices.DeleteFunc(slices.Clone(r.slack), func(m sandbox.SlackMessage) bool { return m.UserID == "" })
			if !slices.Equal(r.to(), tt.to) || len(direct) != len(tt.to)*2 {
				t.Errorf("mails to %v, %d messages", r.to(), len(direct))
			}
			if tt.alone && !strings.Contains(r.reports(), "Slack can't look it up") {
				t.Errorf("the report gives no advice:\n%s", r.reports())
			}
		})
	}
}
