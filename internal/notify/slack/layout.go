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

// lines adds lines, one under the other.
func (p *page) lines(lines ...notify.Line) {
	var texts []string
	for _, l := range lines {
		texts = append(texts, mrkdwn(l, maxText)...)
	}
	p.section(texts...)
}

// context adds a line in small letters.
func (p *page) context(l notify.Line) {
	for _, s := range mrkdwn(l, maxText) {
		p.add(slack.NewContextBlock("", mrkdwnObject(s)), length(s))
	}
}

// mrkdwnObject is a text in which Slack looks for no links, channels or names
// but those that are marked up.
func mrkdwnObject(s string) *slack.TextBlockObject {
	return slack.NewTextBlockObject(slack.MarkdownType, s, false, true)
}

// copied adds a text that is to be copied as it is.
func (p *page) copied(text string) {
	for r := []rune(text); len(r) > 0; {
		part := r[:min(len(r), maxText/2)]
		r = r[len(part):]
		p.add(slack.NewRichTextBlock("", &slack.RichTextPreformatted{
			Type:     slack.RTEPreformatted,
			Elements: []slack.RichTextSectionElement{slack.NewRichTextSectionTextElement(string(part), nil)},
		}), length(string(part)))
	}
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

func prefixed(prefix string, l notify.Line) []string {
	texts := mrkdwn(l, maxText-length(prefix))
	texts[0] = prefix + texts[0]
	return texts
}

// digestMessages lays out a digest, and says how many of its messages the digest
// is: what follows, in their thread, is the same in each.
func digestMessages(d notify.Digest) (messages []message, digest int) {
	l := notify.NewLetter(d, notify.Chat)
	var p page
	p.header(l.Headline())
	p.lines(l.Try)
	for _, e := range l.Entries {
		name := notify.Line{{Kind: notify.Bold, Text: e.Repository}, {Text: " · "}, {Kind: notify.Bold, Text: e.Rating}, {Text: " · " + e.Age + ", " + e.Which}}
		p.lines(name, notify.Line{{Text: e.Summary}}, e.Next, append(e.Draft, notify.Span{Text: " in " + e.Repository}), e.Since)
	}
	p.context(l.Answers)
	p.context(append(l.Sender, notify.Span{Text: " " + notify.InThread}))
	messages = p.messages(l.Headline(), "in the thread")
	return append(messages, threadOf(l)...), len(messages)
}

// threadOf is what stands below a digest.
func threadOf(l notify.Letter) []message {
	var p page
	texts := []string{"*" + notify.ProcessTitle + "*"}
	for i, s := range l.Steps {
		texts = append(texts, prefixed(strconv.Itoa(i+1)+". ", s)...)
	}
	p.section(texts...)
	p.lines(l.Admins, l.Access, l.Further)
	p.lines(l.Private)
	p.section("*" + escape(notify.AnnouncementTitle) + "*")
	for _, a := range l.Full {
		p.copied(a.Title)
		p.copied(a.Body)
	}
	if len(l.More) > 0 {
		texts = []string{escape(notify.MoreTitle)}
		for _, a := range l.More {
			texts = append(texts, prefixed("• ", notify.Line{{Kind: notify.Bold, Text: a.Repository}, {Text: ": " + a.Differs()}})...)
		}
		p.section(texts...)
	}
	p.lines(append(l.Why, notify.Line{{Text: l.Next + "."}})...)
	return p.messages(notify.ProcessTitle, "below")
}

// reportMessages lays out a report.
func reportMessages(r notify.Report, goesOn string) []message {
	var p page
	laid := notify.NewReport(r)
	p.header("Advisory reminders: " + laid.Title)
	p.lines(laid.Lines...)
	for _, g := range laid.Groups {
		p.header(g.Title)
		for _, s := range g.Sections {
			texts := mrkdwn(s.Lead(), maxText)
			for _, l := range s.Points() {
				texts = append(texts, prefixed("• ", l)...)
			}
			p.section(texts...)
		}
	}
	return p.messages("Advisory reminders: "+laid.Title, goesOn)
}
