package slack

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/slack-go/slack"

	"github.com/openedx/advisory-reminders/internal/notify"
)

// The limits that a message keeps, below Slack's own: 3,000 characters a text,
// 150 a header, 50 blocks and about 13,000 characters a message.
//
// Source: https://docs.slack.dev/reference/block-kit/blocks
const (
	maxText       = 2900
	maxHeader     = 150
	maxBlocks     = 46
	maxCharacters = 11000
)

// A message is one of Slack's, which is a part of a delivery.
type message struct {
	fallback string // for notifications, and where blocks can't be shown
	blocks   []slack.Block
}

// A page gathers blocks.
type page struct {
	blocks []slack.Block
	sizes  []int // characters of each
}

func (p *page) add(b slack.Block, size int) {
	p.blocks = append(p.blocks, b)
	p.sizes = append(p.sizes, size)
}

// header adds a heading, which is plain text.
func (p *page) header(s string) {
	if r := []rune(s); len(r) > maxHeader/2 {
		s = string(r[:maxHeader/2]) + "…"
	}
	p.add(slack.NewHeaderBlock(slack.NewTextBlockObject(slack.PlainTextType, s, false, false)), length(s))
}

// section adds texts, one under the other, as few blocks as they fit in.
func (p *page) section(texts ...string) {
	var b strings.Builder
	flush := func() {
		if b.Len() > 0 {
			p.add(slack.NewSectionBlock(mrkdwnObject(b.String()), nil, nil), length(b.String()))
		}
		b.Reset()
	}
	for _, s := range texts {
		if s == "" {
			continue
		}
		for r := []rune(s); length(s) > maxText; s = string(r) {
			flush()
			b.WriteString(string(r[:maxText/2]))
			r = r[maxText/2:]
		}
		if b.Len() > 0 && length(b.String())+1+length(s) > maxText {
			flush()
		}
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(s)
	}
	flush()
}

// small adds a text in small letters.
func (p *page) small(s string) {
	p.add(slack.NewContextBlock("", mrkdwnObject(s)), length(s))
}

// mrkdwnObject is a text in which Slack looks for no links, channels or names
// but those that are marked up.
func mrkdwnObject(s string) *slack.TextBlockObject {
	return slack.NewTextBlockObject(slack.MarkdownType, s, false, true)
}

// block is text that is to be copied. It is short and free of backticks.
func block(s string) string {
	return "```\n" + strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "`", "'").Replace(s) + "\n```"
}

// messages deals the blocks out to as many messages as they need. Every one
// but the last says where it goes on.
func (p *page) messages(fallback, goesOn string) []message {
	var parts [][]slack.Block
	var part []slack.Block
	characters := 0
	for i, b := range p.blocks {
		if len(part) == maxBlocks || characters+p.sizes[i] > maxCharacters {
			parts = append(parts, part)
			part, characters = nil, 0
		}
		part = append(part, b)
		characters += p.sizes[i]
	}
	parts = append(parts, part)

	out := make([]message, len(parts))
	for i, part := range parts {
		out[i] = message{fallback: escape(fallback), blocks: part}
		if len(parts) == 1 {
			break
		}
		which := fmt.Sprintf("Part %d of %d", i+1, len(parts))
		if i > 0 {
			out[i].fallback = which + ": " + out[i].fallback
		}
		if i < len(parts)-1 {
			which += ", goes on " + goesOn
		}
		out[i].blocks = append(part, slack.NewContextBlock("", mrkdwnObject(which+".")))
	}
	return out
}

// points lays out lines as a list.
func points(lines []notify.Line) []string {
	var out []string
	for _, l := range lines {
		out = append(out, prefixed("• ", l)...)
	}
	return out
}

func prefixed(prefix string, l notify.Line) []string {
	texts := mrkdwn(l, maxText-length(prefix))
	texts[0] = prefix + texts[0]
	return texts
}

// digestMessages lays out a digest.
func digestMessages(d notify.Digest) []message {
	l := notify.NewLetter(d)
	var p page
	p.header(l.Headline)
	p.section(mrkdwn(l.Try, maxText)...)
	p.section(append(append([]string{escape(l.Greeting)}, mrkdwn(l.Ask, maxText)...), mrkdwn(l.Because, maxText)...)...)
	for _, e := range l.Entries {
		name := notify.Line{{Kind: notify.Bold, Text: e.Repository}, {Text: "  "}, {Kind: notify.Code, Text: e.Rating}}
		texts := mrkdwn(name, maxText)
		if e.Summary != "" {
			texts = append(texts, mrkdwn(notify.Line{{Text: e.Summary}}, maxText)...)
		}
		texts = append(texts, mrkdwn(e.Draft, maxText)...)
		texts = append(texts, escape(e.Age+", "+e.Before))
		p.section(append(texts, mrkdwn(e.Next, maxText)...)...)
	}
	p.add(slack.NewDividerBlock(), 0)

	texts := []string{"*What is expected*"}
	for i, s := range l.Steps {
		texts = append(texts, prefixed(strconv.Itoa(i+1)+". ", s)...)
	}
	if len(l.Process) > 0 {
		texts = append(texts, mrkdwn(l.Process, maxText)...)
	}
	p.section(texts...)

	texts = []string{"*Good to know*"}
	for _, n := range l.Notes {
		line := append(notify.Line{{Kind: notify.Bold, Text: notify.Question(n.Title)}, {Text: " "}}, n.Body...)
		texts = append(texts, prefixed("• ", line)...)
	}
	p.section(texts...)

	p.section(append([]string{"*The announcement, ready to post*"}, mrkdwn(l.Announce, maxText)...)...)
	for _, a := range l.Full {
		p.section(block(a.Title), block(a.Body))
	}
	if len(l.More) > 0 {
		texts = []string{"The text for these is the same, but for:"}
		for _, a := range l.More {
			line := notify.Line{{Kind: notify.Bold, Text: a.Repository}, {Text: fmt.Sprintf(": %s; version %s; severity %s", a.Title, a.Version, a.Severity)}}
			texts = append(texts, prefixed("• ", line)...)
		}
		p.section(texts...)
	}
	if len(l.Why) > 0 {
		p.section(append([]string{"*Why you got this*"}, points(l.Why)...)...)
	}
	p.small(escape(l.From + ", " + l.Kind))
	return p.messages(notify.Subject(d), "in the thread")
}

// reportMessages lays out a report.
func reportMessages(r notify.Report, goesOn string) []message {
	var p page
	for n, s := range notify.Sections(r) {
		var texts []string
		if n == 0 {
			p.header("Advisory reminders: " + s.Title)
		} else {
			texts = []string{"*" + escape(s.Title) + "*"}
		}
		if len(s.Intro) > 0 {
			texts = append(texts, mrkdwn(s.Intro, maxText)...)
		}
		for _, row := range s.Rows {
			var line notify.Line
			between := " · "
			if len(s.Columns) == 0 {
				between = " "
			}
			for i, cell := range row {
				if i > 0 {
					line = append(line, notify.Span{Text: between})
				}
				line = append(line, cell...)
			}
			texts = append(texts, prefixed("• ", line)...)
		}
		p.section(texts...)
	}
	return p.messages("Advisory reminders: "+notify.ReportTitle(r), goesOn)
}
