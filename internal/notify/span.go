package notify

import (
	"regexp"
	"strings"
)

// Kind is how a span is to look.
type Kind int

// The kinds of spans.
const (
	Text Kind = iota
	Bold
	Code
	Link
	Mention // of whoever is on duty, where Slack can call them; elsewhere it looks as Code does
)

// A Span is a piece of a line. Its text is one line without control
// characters, but not escaped: every channel escapes for itself.
type Span struct {
	Kind Kind
	Text string
	URL  string // of a Link: http, https or mailto, free of quotes and brackets; of a Mention: the id of a member in Slack
}

// A Line is a paragraph, a point of a list or the cell of a table.
type Line []Span

// String returns the line as plain text. A link shows its address behind its
// text, in angle brackets, but for one that only helps to write a mail.
func (l Line) String() string {
	var b strings.Builder
	for _, s := range l {
		b.WriteString(s.Text)
		if s.Kind == Link && s.URL != s.Text && !strings.HasPrefix(s.URL, "mailto:") {
			b.WriteString(" <" + s.URL + ">")
		}
	}
	return b.String()
}

// words are a line's, without the addresses of its links.
func (l Line) words() string {
	var b strings.Builder
	for _, s := range l {
		b.WriteString(s.Text)
	}
	return b.String()
}

// joined returns lines one behind the other, as one.
func joined(lines []Line, between string) (all Line) {
	for n, l := range lines {
		if n > 0 {
			all = append(all, text(between))
		}
		all = append(all, l...)
	}
	return all
}

func text(s string) Span { return Span{Kind: Text, Text: oneLine(s)} }
func bold(s string) Span { return Span{Kind: Bold, Text: Clean(s)} }
func code(s string) Span { return Span{Kind: Code, Text: clip(s, longest)} }

// link returns a link, or the text alone where the address is none that a
// reader should follow.
func link(s, to string) Span {
	u, ok := SafeURL(to)
	if !ok {
		return text(s)
	}
	return Span{Kind: Link, Text: Clean(s), URL: u}
}

// address is a mail address that can stand in a link as it is.
var address = regexp.MustCompile(`^[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$`)

// mailbox returns a link to write to a mail address, or the text alone where it
// is none.
func mailbox(s string) Span {
	s = Clean(s)
	if len(s) > 200 || !address.MatchString(s) {
		return text(s)
	}
	return Span{Kind: Link, Text: s, URL: "mailto:" + s}
}

// sentence returns a line of plain text.
func sentence(s string) Line { return Line{text(s)} }
