package action

import (
	"context"
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
		return s.preview
	}
	return thread.New(thread.Config{Advisories: advisories, Now: s.clock.Now, Commands: s.cfg.Commands.Enabled, Pace: s.pace})
}

// Reply keeps an answer.
func (p *preview) Reply(_ context.Context, a *advisory.Advisory, _ notify.Delivery, _ time.Time, text string) error {
	p.messages = append(p.messages, shown{"Answer on " + a.ID, notify.PreviewReply(text)})
	return nil
}
