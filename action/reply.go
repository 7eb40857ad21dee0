package action

import (
	"context"
	"time"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/notify"
)

// Reply keeps an answer.
func (p *preview) Reply(_ context.Context, a *advisory.Advisory, _ notify.Delivery, _ time.Time, text string) error {
	p.messages = append(p.messages, shown{"Answer on " + a.ID, notify.PreviewReply(text)})
	return nil
}
