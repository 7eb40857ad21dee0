package demo

import (
	"cmp"
	"encoding/json"
	"html"
	"html/template"
	"regexp"
	"strings"

	"github.com/openedx/advisory-reminders/internal/sandbox"
)

// slackBlock is the part of a Slack block that is shown, for the kinds of blocks
// that the program sends.
type slackBlock struct {
	Type     string
	Text     struct{ Text string }
	Elements []struct {
		Text     string
		Elements []struct{ Text string } // of what is to be copied
	}
}

// blocksOf returns a message's blocks. The text of a message without blocks is
// its one section.
func blocksOf(m sandbox.SlackMessage) []slackBlock {
	var blocks []slackBlock
	_ = json.Unmarshal(m.Blocks, &blocks) // a field of an unexpected type stays empty
	if len(blocks) == 0 {
		blocks = []slackBlock{{Type: "section"}}
		blocks[0].Text.Text = m.Text
	}
	return blocks
}

// slackHTML renders blocks as Slack would.
func slackHTML(blocks []slackBlock) template.HTML {
	var b strings.Builder
	for _, o := range blocks {
		switch o.Type {
		case "header":
			b.WriteString(`<p class="s-header">` + slackText(o.Text.Text) + `</p>`)
		case "section":
			b.WriteString(`<div class="s-section">` + string(mrkdwn(o.Text.Text)) + `</div>`)
		case "context":
			b.WriteString(`<div class="s-context">`)
			for _, e := range o.Elements {
				b.WriteString(`<span>` + string(mrkdwn(e.Text)) + `</span>`)
			}
			b.WriteString(`</div>`)
		case "rich_text":
			for _, e := range o.Elements {
				b.WriteString(`<pre>`)
				for _, part := range e.Elements {
					b.WriteString(html.EscapeString(part.Text))
				}
				b.WriteString(`</pre>`)
			}
		case "divider":
			b.WriteString(`<hr>`)
		default:
			b.WriteString(`<p class="s-context">[` + html.EscapeString(o.Type) + `]</p>`)
		}
	}
	return template.HTML(b.String())
}

// slackWords returns a message's title, and the words of its sections.
func slackWords(blocks []slackBlock) (title, words string) {
	for _, o := range blocks {
		switch {
		case o.Type == "header" && title == "":
			title = slackPlain(o.Text.Text)
		case o.Type == "section":
			words += wordsOf(mrkdwn(o.Text.Text)) + "\n"
		}
	}
	return cmp.Or(title, firstLine(words)), words
}

// slackPlain undoes the three escapes that Slack knows.
func slackPlain(s string) string {
	return strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(s)
}

// slackText returns Slack's escaped text as HTML, without formatting.
func slackText(s string) string { return html.EscapeString(slackPlain(s)) }

// slackToken matches the markup that the program writes (preformatted text, code,
// links, bold words, ends of lines), and the text up to the next.
var slackToken = regexp.MustCompile("(?s:```\n?(.*?)\n?```\n?\n?)|`([^`\n]+)`|<([^<>|\n]+)(?:\\|([^<>\n]*))?>|\\*([^*\n]+)\\*|\n|[^`<*\n]+|.")

// mrkdwn renders Slack's markup as HTML. Anything else is shown as it is.
func mrkdwn(s string) template.HTML {
	return template.HTML(slackToken.ReplaceAllStringFunc(s, func(token string) string {
		switch g := slackToken.FindStringSubmatch(token); {
		case g[1] != "":
			return "<pre>" + slackText(g[1]) + "</pre>"
		case g[2] != "":
			return "<code>" + slackText(g[2]) + "</code>"
		case g[3] != "":
			start, end := anchor(slackPlain(g[3]), "https://", "http://", "mailto:")
			return start + slackText(cmp.Or(g[4], g[3])) + end
		case g[5] != "":
			return "<strong>" + string(mrkdwn(g[5])) + "</strong>"
		case token == "\n":
			return "<br>"
		}
		return slackText(token)
	}))
}
