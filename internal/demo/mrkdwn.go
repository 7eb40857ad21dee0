package demo

import (
	"html"
	"html/template"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// holder keeps finished HTML while the text around it is still worked on: each
// piece is stood in for by one character of the private use area.
type holder struct{ pieces []string }

const firstHolder = '\uE000'

// private is the area whose characters stand for pieces. A text that has them
// of its own loses them.
func private(r rune) bool { return r >= 0xE000 && r <= 0xF8FF }

func withoutPrivate(s string) string {
	return strings.Map(func(r rune) rune {
		if private(r) {
			return -1
		}
		return r
	}, s)
}

// hold keeps a piece of HTML and returns what stands for it.
func (h *holder) hold(piece string) string {
	if len(h.pieces) > 0xF8FF-firstHolder {
		return html.EscapeString("…")
	}
	h.pieces = append(h.pieces, piece)
	return string(rune(firstHolder + len(h.pieces) - 1))
}

// release puts the pieces back, also those within pieces.
func (h *holder) release(s string) string { return h.releaseBelow(s, len(h.pieces)) }

// releaseBelow puts back the first pieces alone: a piece holds only such as are
// older than itself.
func (h *holder) releaseBelow(s string, below int) string {
	var b strings.Builder
	for _, r := range s {
		if i := int(r - firstHolder); private(r) && i < below {
			b.WriteString(h.releaseBelow(h.pieces[i], i))
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// link returns an <a>, or only the label where the address is not one of the
// web or of mail.
func link(address, labelHTML string) string {
	lower := strings.ToLower(address)
	if !strings.HasPrefix(lower, "https://") && !strings.HasPrefix(lower, "http://") && !strings.HasPrefix(lower, "mailto:") {
		return labelHTML
	}
	return `<a href="` + html.EscapeString(address) + `" target="_blank" rel="noopener noreferrer">` + labelHTML + `</a>`
}

var (
	slackFence    = regexp.MustCompile("(?s)```\n?(.*?)\n?```\n?\n?")
	slackCode     = regexp.MustCompile("`([^`\n]+)`")
	slackSpecial  = regexp.MustCompile(`<([^<>\n]+)>`)
	slackEmoji    = regexp.MustCompile(`:([a-z0-9_+-]+):`)
	slackDateForm = regexp.MustCompile(`^!date\^[^|]*\|(.*)$`)
)

var emoji = map[string]string{
	"warning": "⚠️", "rotating_light": "🚨", "lock": "🔒", "white_check_mark": "✅", "x": "❌", "bell": "🔔",
	"calendar": "📅", "hourglass": "⌛", "hourglass_flowing_sand": "⏳", "red_circle": "🔴", "large_orange_circle": "🟠",
	"large_yellow_circle": "🟡", "large_blue_circle": "🔵", "large_green_circle": "🟢", "white_circle": "⚪",
	"shield": "🛡️", "mailbox": "📫", "mag": "🔍", "tada": "🎉", "wave": "👋", "information_source": "ℹ️",
	"email": "✉️", "heartbeat": "💓", "zzz": "💤", "bust_in_silhouette": "👤", "arrow_up": "⬆️", "arrow_down": "⬇️",
}

// slackPlain undoes the three escapes that Slack knows.
func slackPlain(s string) string {
	return strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(s)
}

// slackText returns Slack's escaped text as HTML, without formatting.
func slackText(s string) string { return html.EscapeString(slackPlain(s)) }

// mrkdwn renders Slack's markup as HTML. Everything that is no markup of Slack
// is shown as it is.
func mrkdwn(s string) template.HTML {
	var h holder
	s = withoutPrivate(s)
	s = slackFence.ReplaceAllStringFunc(s, func(m string) string {
		return h.hold("<pre>" + slackText(slackFence.FindStringSubmatch(m)[1]) + "</pre>")
	})
	s = slackCode.ReplaceAllStringFunc(s, func(m string) string {
		return h.hold("<code>" + slackText(strings.Trim(m, "`")) + "</code>")
	})
	s = slackSpecial.ReplaceAllStringFunc(s, func(m string) string {
		if strings.ContainsFunc(m, private) {
			return m // code within, so it is no address
		}
		return h.hold(special(m[1 : len(m)-1]))
	})
	s = slackEmoji.ReplaceAllStringFunc(s, func(m string) string {
		if e, ok := emoji[strings.Trim(m, ":")]; ok {
			return h.hold(e)
		}
		return m
	})

	var out strings.Builder
	quoted := false
	for i, line := range strings.Split(s, "\n") {
		body, quote := strings.CutPrefix(line, "&gt;")
		if !quote {
			body, quote = strings.CutPrefix(line, ">")
		}
		switch {
		case quote && !quoted:
			out.WriteString("<blockquote>")
		case !quote && quoted:
			out.WriteString("</blockquote>")
		case i > 0:
			out.WriteString("<br>")
		}
		quoted = quote
		if quote {
			body = strings.TrimPrefix(body, " ")
		}
		out.WriteString(emphasis(body, "*_~", slackTags, slackText))
	}
	if quoted {
		out.WriteString("</blockquote>")
	}
	return template.HTML(h.release(out.String()))
}

// special renders what stands between < and >: a link, a mention or a date.
func special(s string) string {
	target, label, labelled := strings.Cut(s, "|")
	switch {
	case strings.HasPrefix(s, "@"), strings.HasPrefix(s, "#"), strings.HasPrefix(s, "!subteam^"):
		if !labelled {
			label = target
		}
		if sign := target[:1]; sign != "!" && !strings.HasPrefix(label, sign) {
			label = sign + label
		}
		return `<span class="mention">` + slackText(label) + `</span>`
	case slackDateForm.MatchString(s):
		return slackText(slackDateForm.FindStringSubmatch(s)[1])
	case strings.HasPrefix(s, "!"):
		return `<span class="mention loud">@` + slackText(target[1:]) + `</span>`
	}
	if !labelled {
		label = strings.TrimPrefix(target, "mailto:")
	}
	return link(slackPlain(target), slackText(label))
}

var slackTags = map[byte]string{'*': "strong", '_': "em", '~': "s"}

// emphasis renders runs between two of the same marks, where the first stands
// before and the second after a word. What is left is escaped.
func emphasis(s, marks string, tags map[byte]string, escape func(string) string) string {
	for i := 0; i < len(s); i++ {
		if strings.IndexByte(marks, s[i]) < 0 || !opens(s, i) {
			continue
		}
		for j := i + 2; j < len(s); j++ {
			if s[j] == s[i] && closes(s, j) {
				tag := tags[s[i]]
				return escape(s[:i]) + "<" + tag + ">" + emphasis(s[i+1:j], marks, tags, escape) + "</" + tag + ">" +
					emphasis(s[j+1:], marks, tags, escape)
			}
		}
	}
	return escape(s)
}

// opens reports whether a mark at i can begin a run: it follows no word, and no
// space follows it.
func opens(s string, i int) bool {
	before, _ := utf8.DecodeLastRuneInString(s[:i])
	after, _ := utf8.DecodeRuneInString(s[i+1:])
	return (i == 0 || !word(before)) && i+1 < len(s) && !unicode.IsSpace(after) && after != rune(s[i])
}

// closes reports whether a mark at i can end a run.
func closes(s string, i int) bool {
	before, _ := utf8.DecodeLastRuneInString(s[:i])
	after, _ := utf8.DecodeRuneInString(s[i+1:])
	return !unicode.IsSpace(before) && (i+1 == len(s) || !word(after))
}

func word(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
