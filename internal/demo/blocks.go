package demo

import (
	"encoding/json"
	"html"
	"html/template"
	"strings"

	"github.com/openedx/advisory-reminders/internal/sandbox"
)

// slackObject is the part of Slack's blocks, elements and texts that is shown.
type slackObject struct {
	Type      string          `json:"type"`
	Text      json.RawMessage `json:"text"` // a text object; a string in texts and markdown blocks
	Fields    []slackObject   `json:"fields"`
	Elements  []slackObject   `json:"elements"`
	Accessory *slackObject    `json:"accessory"`
	URL       string          `json:"url"`
	Style     json.RawMessage `json:"style"`
	AltText   string          `json:"alt_text"`
	Name      string          `json:"name"` // of an emoji
}

// textOf returns the text of an object: its own, or that of its text object.
func (o slackObject) textOf() (text string, isMrkdwn bool) {
	if len(o.Text) == 0 {
		return "", false
	}
	var s string
	if json.Unmarshal(o.Text, &s) == nil {
		return s, o.Type == "mrkdwn"
	}
	var inner slackObject
	if json.Unmarshal(o.Text, &inner) != nil {
		return "", false
	}
	return inner.textOf()
}

// textHTML returns the text as HTML, formatted where Slack would.
func (o slackObject) textHTML() string {
	text, formatted := o.textOf()
	if formatted {
		return string(mrkdwn(text))
	}
	return strings.ReplaceAll(plainEmoji(text), "\n", "<br>")
}

// plainEmoji escapes a plain text, and shows its emoji.
func plainEmoji(s string) string {
	return slackEmoji.ReplaceAllStringFunc(slackText(s), func(m string) string {
		if e, ok := emoji[strings.Trim(m, ":")]; ok {
			return e
		}
		return m
	})
}

// slackHTML renders one message as Slack would: its blocks, or its text where
// it has none.
func slackHTML(m sandbox.SlackMessage) template.HTML {
	var blocks []slackObject
	if m.Blocks == nil || json.Unmarshal(m.Blocks, &blocks) != nil {
		return `<div class="s-section">` + mrkdwn(m.Text) + `</div>`
	}
	var b strings.Builder
	for _, o := range blocks {
		b.WriteString(blockHTML(o))
	}
	return template.HTML(b.String())
}

func blockHTML(o slackObject) string {
	switch o.Type {
	case "header":
		return `<p class="s-header">` + o.textHTML() + `</p>`
	case "divider":
		return `<hr>`
	case "section":
		return sectionHTML(o)
	case "context":
		var b strings.Builder
		for _, e := range o.Elements {
			b.WriteString(`<span>` + elementHTML(e) + `</span>`)
		}
		return `<div class="s-context">` + b.String() + `</div>`
	case "actions":
		var b strings.Builder
		for _, e := range o.Elements {
			b.WriteString(buttonHTML(e))
		}
		return `<div class="s-actions">` + b.String() + `</div>`
	case "markdown":
		text, _ := o.textOf()
		return `<div class="s-section markdown">` + string(markdown(text)) + `</div>`
	case "rich_text":
		return `<div class="s-section">` + richText(o.Elements) + `</div>`
	case "image":
		return `<p class="s-context">[image: ` + html.EscapeString(o.AltText) + `]</p>`
	}
	return `<p class="s-context">[` + html.EscapeString(o.Type) + `]</p>`
}

func sectionHTML(o slackObject) string {
	var b strings.Builder
	b.WriteString(`<div class="s-section">`)
	if len(o.Text) > 0 {
		b.WriteString(`<div>` + o.textHTML() + `</div>`)
	}
	if len(o.Fields) > 0 {
		b.WriteString(`<div class="s-fields">`)
		for _, f := range o.Fields {
			b.WriteString(`<div>` + f.textHTML() + `</div>`)
		}
		b.WriteString(`</div>`)
	}
	if o.Accessory != nil {
		b.WriteString(`<div class="s-accessory">` + elementHTML(*o.Accessory) + `</div>`)
	}
	b.WriteString(`</div>`)
	return b.String()
}

func elementHTML(o slackObject) string {
	switch o.Type {
	case "image":
		return `[` + html.EscapeString(o.AltText) + `]`
	case "button":
		return buttonHTML(o)
	}
	return o.textHTML()
}

// buttonHTML is a button's looks; with an address it is a link, as in Slack.
func buttonHTML(o slackObject) string {
	class := "s-button"
	switch string(o.Style) {
	case `"primary"`:
		class += " primary"
	case `"danger"`:
		class += " danger"
	}
	label := `<span class="` + class + `">` + o.textHTML() + `</span>`
	return link(o.URL, label)
}

// richText renders Slack's own tree of formatted text.
func richText(elements []slackObject) string {
	var b strings.Builder
	for _, e := range elements {
		text, _ := e.textOf()
		switch e.Type {
		case "rich_text_section":
			b.WriteString(`<div>` + richText(e.Elements) + `</div>`)
		case "rich_text_list":
			b.WriteString(`<ul>`)
			for _, item := range e.Elements {
				b.WriteString(`<li>` + richText(item.Elements) + `</li>`)
			}
			b.WriteString(`</ul>`)
		case "rich_text_quote":
			b.WriteString(`<blockquote>` + richText(e.Elements) + `</blockquote>`)
		case "rich_text_preformatted":
			b.WriteString(`<pre>` + richText(e.Elements) + `</pre>`)
		case "link":
			if text == "" {
				text = e.URL
			}
			b.WriteString(link(e.URL, html.EscapeString(text)))
		case "emoji":
			b.WriteString(plainEmoji(":" + e.Name + ":"))
		default:
			b.WriteString(styled(html.EscapeString(text), e.Style))
		}
	}
	return b.String()
}

// styled wraps escaped text in the tags of a rich text's style.
func styled(escaped string, raw json.RawMessage) string {
	var style struct{ Bold, Italic, Strike, Code bool }
	if json.Unmarshal(raw, &style) != nil {
		return escaped
	}
	for _, s := range []struct {
		on  bool
		tag string
	}{{style.Code, "code"}, {style.Strike, "s"}, {style.Italic, "em"}, {style.Bold, "strong"}} {
		if s.on {
			escaped = "<" + s.tag + ">" + escaped + "</" + s.tag + ">"
		}
	}
	return escaped
}

// slackTitle is a message's first line of text, without markup.
func slackTitle(m sandbox.SlackMessage) string {
	var blocks []slackObject
	if m.Blocks != nil && json.Unmarshal(m.Blocks, &blocks) == nil {
		for _, b := range blocks {
			if b.Type == "header" {
				text, _ := b.textOf()
				return slackPlain(text)
			}
		}
	}
	return firstLine(plainMrkdwn(m.Text))
}

// slackWords are the words of a message's sections, or of its text where it has
// none.
func slackWords(m sandbox.SlackMessage) string {
	var blocks []slackObject
	if m.Blocks == nil || json.Unmarshal(m.Blocks, &blocks) != nil {
		return plainMrkdwn(m.Text)
	}
	var words []string
	for _, b := range blocks {
		if text, _ := b.textOf(); b.Type == "section" && text != "" {
			words = append(words, plainMrkdwn(text))
		}
	}
	return strings.Join(words, "\n")
}

// plainMrkdwn returns the words of a text with markup.
func plainMrkdwn(s string) string {
	s = slackSpecial.ReplaceAllStringFunc(s, func(m string) string {
		target, label, ok := strings.Cut(strings.Trim(m, "<>"), "|")
		if !ok {
			return target
		}
		return label
	})
	s = slackEmoji.ReplaceAllStringFunc(s, func(m string) string { return emoji[strings.Trim(m, ":")] })
	// A tag without a name is easily taken out again.
	s = emphasis(s, "*_~", nil, func(t string) string { return t })
	return slackPlain(strings.NewReplacer("<>", "", "</>", "", "`", "").Replace(s))
}
