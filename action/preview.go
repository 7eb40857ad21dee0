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
// then who gets what, then the messages.
type preview struct {
	report   *notify.Report
	messages []shown
	common   string
}

// shown is a message: who gets it and what it is, how it begins, and in full.
type shown struct{ to, title, begins, text string }

func (p *preview) Report(_ context.Context, r notify.Report, _ notify.Refusals) error {
	p.report = &r
	return nil
}

// AddCollaborators adds nobody, and answers as if all were: the report has them.
func (p *preview) AddCollaborators(_ context.Context, _ advisory.Repository, _ string, want ghsa.Collaborators, _ func() bool) (ghsa.Opened, error) {
	return ghsa.Opened{After: want, Written: true}, nil
}

func (p *preview) Reply(_ context.Context, a *advisory.Advisory, _ notify.Delivery, _ time.Time, text string) error {
	answer := notify.PreviewReply(text)
	p.messages = append(p.messages, shown{"Answer on " + a.ID, "", answer, answer})
	return nil
}

// A previewChannel keeps what a channel would send.
type previewChannel struct {
	notify.Channel
	preview *preview
}

func (c previewChannel) Send(_ context.Context, d notify.Delivery) error {
	p := c.preview
	if comment, ok := c.Channel.(interface{ Text(notify.Delivery) string }); ok {
		text := comment.Text(d)
		p.messages = append(p.messages, shown{"Comment on " + d.Address, "", text, text})
		return nil
	}
	for _, digest := range d.Digests {
		p.messages = append(p.messages, shown{"To " + d.Address, notify.Subject(digest), notify.PreviewOwn(digest), notify.PreviewDigest(digest, d.Address)})
		if p.common == "" {
			p.common = notify.PreviewCommon(digest)
		}
	}
	return nil
}

// show prints what was kept. The messages are folded where the log can do that. On a
// terminal one of several is shown as far as it differs from the others, unless all
// were asked for.
func (p *preview) show(out *console, outline []string, all bool) {
	if p.report == nil && len(p.messages) == 0 {
		return
	}
	if p.report != nil {
		out.printf("\n%s", notify.PreviewReport(*p.report))
	}
	if len(outline) > 0 {
		out.printf("%s", strings.Join(outline, "\n"))
	}
	all = all || out.actions
	if all && p.report != nil {
		out.group("The report in full", notify.ReportText(*p.report))
	}
	if all || len(p.messages) == 1 {
		p.whole(out)
	} else {
		p.example(out)
	}
}

// whole shows each message, and what is the same in all of them once.
func (p *preview) whole(out *console) {
	for _, group := range together(p.messages) {
		title, texts := group[0].to, make([]string, len(group))
		for i, m := range group {
			texts[i] = strings.TrimRight(m.text, "\n")
		}
		if len(group) > 1 {
			title += fmt.Sprintf(": %d messages", len(group))
		} else if group[0].title != "" {
			title += ": " + group[0].title
		}
		out.group(title, strings.Join(texts, "\n"+strings.Repeat("-", 76)+"\n\n"))
	}
	if p.common != "" {
		out.group("In each message, but for the names and numbers in the announcement", p.common)
	}
}

// example shows one message, and says how all are shown.
func (p *preview) example(out *console) {
	rest := "-messages shows the report in full too."
	if len(p.messages) > 0 {
		m := p.messages[0]
		out.group("An example: "+notify.LowerFirst(m.to), m.begins)
		rest = "-messages shows each message in full, and the report."
		if p.common != "" {
			rest = "Then: the way from fix to release, an announcement to paste, and why it came.\n" + rest
		}
	}
	out.printf("%s", rest)
}

// together are messages by whom they are to, in the order of the first of each.
func together(list []shown) (groups [][]shown) {
	place := make(map[string]int)
	for _, m := range list {
		if _, ok := place[m.to]; !ok {
			place[m.to] = len(groups)
			groups = append(groups, nil)
		}
		groups[place[m.to]] = append(groups[place[m.to]], m)
	}
	return groups
}
