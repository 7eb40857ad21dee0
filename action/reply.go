package action

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/ghsa"
	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/notify/thread"
	"github.com/openedx/advisory-reminders/internal/run"
)

// replier returns what answers commands on drafts.
func (s settings) replier(advisories *ghsa.Client) run.Replier {
	if s.in.DryRun {
		return previewReplier{s.out}
	}
	return thread.New(thread.Config{Advisories: advisories, Now: s.clock.Now, Commands: s.cfg.Commands.Enabled, Pace: s.pace})
}

// previewReplier prints answers.
type previewReplier struct{ out io.Writer }

// Reply prints an answer.
func (p previewReplier) Reply(_ context.Context, a *advisory.Advisory, _ notify.Delivery, _ time.Time, text string) error {
	fmt.Fprint(p.out, notify.PreviewReply(a.ID, text))
	return nil
}
