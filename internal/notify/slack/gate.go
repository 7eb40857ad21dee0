package slack

import (
	"context"
	"sync"
	"time"

	"github.com/openedx/advisory-reminders/internal/notify"
)

// patience is how long a call waits because another one was asked to, where the
// context has no deadline.
const patience = 90 * time.Second

// A gate keeps back all calls while Slack asks one of them to wait: some of its
// limits are those of the workspace, and calls that are made all the same
// lengthen them.
//
// Source: https://docs.slack.dev/apis/web-api/rate-limits
type gate struct {
	sleep func(context.Context, time.Duration) error

	mu    sync.Mutex
	until time.Time
}

// shut notes that Slack asks to wait.
func (g *gate) shut(d time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if until := time.Now().Add(d); until.After(g.until) {
		g.until = until
	}
}

func (g *gate) left() time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	return time.Until(g.until)
}

// pass waits until calls may be made. Its failure says that this takes too
// long, or that ctx has ended.
func (g *gate) pass(ctx context.Context) *notify.Failure {
	for {
		most := patience
		if end, ok := ctx.Deadline(); ok {
			most = time.Until(end)
		}
		left := g.left()
		switch {
		case ctx.Err() != nil:
			return failure(notify.Temporary, "stopped before Slack was asked")
		case left <= 0:
			return nil
		case left >= most:
			return failure(notify.Temporary, "Slack asks to wait")
		}
		if g.sleep(ctx, left) != nil {
			return failure(notify.Temporary, "stopped while Slack asks to wait")
		}
	}
}
