package action_test

import (
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/openedx/advisory-reminders/internal/sandbox"
)

// Whatever is away for some seconds gets its digests in the same run, however
// many were tried meanwhile: "what a channel did not take now is tried twice
// more".
func TestAwayUntilTheSecondPause(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		channel string
		away    func(b *bench, pauses *atomic.Int32)
	}{
		"a mail server that is not ready": {"email", func(b *bench, pauses *atomic.Int32) {
			b.Mail.Break(func(at sandbox.MailStep, _ string) sandbox.MailAnswer {
				if at == sandbox.MailAtHello && pauses.Load() < 2 {
					return sandbox.MailAnswer{Code: 421}
				}
				return sandbox.MailAnswer{}
			})
		}},
		"a mail server that hangs up": {"email", func(b *bench, pauses *atomic.Int32) {
			b.Mail.Break(func(at sandbox.MailStep, _ string) sandbox.MailAnswer {
				if at == sandbox.MailAtHello && pauses.Load() < 2 {
					return sandbox.MailAnswer{Drop: sandbox.MailDropBefore}
				}
				return sandbox.MailAnswer{}
			})
		}},
		"Slack's directory": {"slack", func(b *bench, pauses *atomic.Int32) {
			b.Slack.Break(func(method string, _ *http.Request) http.Handler {
				if method == "users.lookupByEmail" && pauses.Load() < 2 {
					return respond(503, "")
				}
				return nil
			})
		}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -30))
			draft(w, "wheel", "high", wednesday.AddDate(0, 0, -60))
			b := newBench(t, w)
			var pauses atomic.Int32
			b.wait = func() { pauses.Add(1) }
			tt.away(b, &pauses)
			r := b.must(0, map[string]string{"INPUT_CONFIG-TEXT": "channels: [" + tt.channel + "]"})
			if r.outputs["digests-sent"] != "3" || pauses.Load() != 2 {
				t.Errorf("after %d pauses: %v", pauses.Load(), r.outputs)
			}
		})
	}
}
