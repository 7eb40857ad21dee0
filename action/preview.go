package action

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/ghsa"
	"github.com/openedx/advisory-reminders/internal/notify"
)

// A preview keeps what a dry run would send, to show it at the end: the report first,
// then who gets what, then each message, and what is the same in all of them once.
type preview struct {
	report   string
	messages []shown
	common   string
	opened   []string
}

// shown is one message.
type shown struct{ title, text string }

// Report keeps the report.
func (p *preview) Report(_ context.Context, r notify.Report, _ notify.Refusals) error {
	p.report = notify.ReportText(r)
	return nil
}

// AddCollaborators keeps who would be added to a draft, as if all were.
func (p *preview) AddCollaborators(_ context.Context, repo advisory.Repository, id string, want ghsa.Collaborators, _ func() bool) (ghsa.Opened, error) {
	p.opened = append(p.opened, notify.PreviewAccess(repo, id, want.Users, want.Teams))
	return ghsa.Opened{After: want, Written: true}, nil
}

// Reply keeps an answer to commands.
func (p *preview) Reply(_ context.Context, a *advisory.Advisory, _ notify.Delivery, _ time.Time, text string) error {
	p.messages = append(p.messages, shown{"Answer on " + a.ID, notify.PreviewReply(text)})
	return nil
}

// A previewChannel keeps what a channel would send.
type previewChannel struct {
	notify.Channel
	preview *preview
}

// Send keeps the messages of a delivery.
func (c previewChannel) Send(_ context.Context, d notify.Delivery) error {
	p := c.preview
	if comment, ok := c.Channel.(interface{ Text(notify.Delivery) string }); ok {
		p.messages = append(p.messages, shown{"Comment on " + d.Address, comment.Text(d)})
		return nil
	}
	for _, digest := range d.Digests {
		p.messages = append(p.messages, shown{fmt.Sprintf("To %s: %s", d.Address, notify.Subject(digest)), notify.PreviewDigest(digest, d.Address)})
		if p.common == "" {
			p.common = notify.PreviewCommon(digest)
		}
	}
	return nil
}

// show prints what was kept.
func (p *preview) show(out *console, outline []string) {
	if p.report == "" && len(p.messages) == 0 {
		return
	}
	out.printf("%s", p.report)
	if len(outline) > 0 {
		out.printf("Who gets what\n-------------\n\n%s\n", strings.Join(outline, "\n"))
	}
	for _, line := range p.opened {
		out.printf("%s\n", line)
	}
	for _, m := range p.messages {
		out.group(m.title, m.text)
	}
	if p.common != "" {
		out.group("In each message, but for the names and numbers in the announcement", p.common)
	}
}
