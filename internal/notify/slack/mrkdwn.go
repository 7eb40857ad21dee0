package slack

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/openedx/advisory-reminders/internal/notify"
)

// escape makes Slack show s as it is, wherever mrkdwn is read. Only & < > can
// be escaped there. The other signs of mrkdwn become their likes, which mean
// nothing; an underscore does so only where a word begins or ends, since it is
// common in names and without effect inside of them.
//
// Source: https://docs.slack.dev/messaging/formatting-message-text#escaping
func escape(s string) string {
	var b strings.Builder
	for i, r := range s {
		escaped, ok := escapes[r]
		switch {
		case ok:
			b.WriteString(escaped)
		case r == ':' && emoji.MatchString(s[i:]):
			b.WriteRune('∶')
		case r == '_' && !insideWord(s, i):
			b.WriteRune('＿')
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// escapes stand for the characters that always mean something.
var escapes = map[rune]string{'&': "&amp;", '<': "&lt;", '>': "&gt;", '*': "∗", '~': "∼", '`': "ˋ"}

// emoji is what Slack shows a picture for, if it knows one of that name.
var emoji = regexp.MustCompile(`^:[^\s:]+:`)

// insideWord reports whether letters or digits stand on both sides of the byte
// at i.
func insideWord(s string, i int) bool {
	before, _ := utf8.DecodeLastRuneInString(s[:i])
	after, _ := utf8.DecodeRuneInString(s[i+1:])
	return wordly(before) && wordly(after)
}

func wordly(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// mrkdwn lays out a line as texts of at most limit characters each; more than
// one only where the line is very long.
func mrkdwn(l notify.Line, limit int) []string { return fit(tokens(l), limit) }

// fit joins tokens to texts of at most limit characters. None begins as a
// quotation does.
func fit(tokens []string, limit int) []string {
	var out []string
	var b strings.Builder
	add := func() {
		s := strings.TrimSpace(b.String())
		if rest, ok := strings.CutPrefix(s, "&gt;"); ok {
			s = "＞" + rest
		}
		out = append(out, s)
		b.Reset()
	}
	for _, token := range tokens {
		if b.Len() > 0 && length(b.String())+length(token) > limit {
			add()
		}
		b.WriteString(token)
	}
	add()
	return out
}

// tokens are the pieces of a line that must not be cut: words, links, and
// stretches of bold or code.
func tokens(l notify.Line) []string {
	var out []string
	for _, s := range l {
		switch s.Kind {
		case notify.Link:
			words := strings.ReplaceAll(s.Text, "|", "¦") // the first | ends the address; what a second one does is not documented
			out = append(out, "<"+strings.ReplaceAll(s.URL, "&", "&amp;")+"|"+escape(words)+">")
		case notify.Bold:
			for _, c := range chunks(s.Text) {
				out = append(out, "*"+escape(c)+"*")
			}
		case notify.Mention:
			out = append(out, "<@"+s.URL+">")
		case notify.Code:
			for _, c := range chunks(s.Text) {
				out = append(out, "`"+escape(c)+"`")
			}
		default:
			for _, word := range strings.SplitAfter(s.Text, " ") {
				for _, c := range chunks(word) {
					out = append(out, escape(c))
				}
			}
		}
	}
	return out
}

// chunks cuts a text so that no piece is longer than 1,000 characters when it
// is escaped.
func chunks(s string) []string {
	const longest = 1000
	if length(escape(s)) <= longest {
		return []string{s}
	}
	var out []string
	runes := []rune(s)
	for n := longest / len("&amp;"); len(runes) > 0; {
		n = min(n, len(runes))
		out = append(out, string(runes[:n]))
		runes = runes[n:]
	}
	return out
}

// length returns the length of a text in UTF-16 units, which is what Slack
// counts at most.
func length(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r > 0xFFFF {
			n++
		}
	}
	return n
}
