package demo

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"html"
	"html/template"
	"net/mail"
	"regexp"
	"strings"
	"time"
	"unicode"

	"github.com/openedx/advisory-reminders/internal/sandbox"
)

// item is one message, or the job summary of one run.
type item struct {
	ID      string
	Kind    string // mail, slack, summary or dry-run
	Label   string // the kind in words
	At      time.Time
	Title   string
	Snippet string
	From    string
	To      string
	Who     string // the names of those who got it
	Cadence string // of a digest; of what the working group gets: report
	Failed  string // what went wrong, in few words; or empty
	Replies int
	Alike   int // further job summaries of the same kind, which are left out
	Tabs    []tab
}

// tab is one view of an item: HTML, plain text, or a document of its own.
type tab struct {
	Name  string
	Body  template.HTML
	Frame template.HTMLAttr // the document as the attribute of a frame
	Pre   string
}

// When formats an item's time.
func (i *item) When() string { return i.At.UTC().Format("Mon 2 Jan 2006, 15:04 UTC") }

func mailItem(m sandbox.Mail) *item {
	i := &item{
		Kind: "mail", Label: "Mail", At: m.At, Title: cmp.Or(subject(m), "(no subject)"), Snippet: snippet(m.Text),
		From: sender(m), To: strings.Join(m.To, ", "),
		Cadence: mailCadence(m), Failed: m.Problem,
	}
	if m.HTML != "" {
		i.Tabs = append(i.Tabs, tab{Name: "HTML", Frame: frame(withBase(m.HTML))})
	}
	if m.Text != "" {
		i.Tabs = append(i.Tabs, tab{Name: "Text", Pre: m.Text})
	}
	i.Tabs = append(i.Tabs, tab{Name: "Headers", Pre: header(m)})
	return i
}

// sender is who a mail is from, as mail programs show it.
func sender(m sandbox.Mail) string {
	from := decoded(m.Header.Get("From"))
	if a, err := mail.ParseAddress(m.Header.Get("From")); err == nil && a.Name != "" {
		return a.Name + " <" + a.Address + ">"
	}
	return from
}

// frame makes the attribute of a frame that shows a document. The template's
// own escaping would take the tags out of it.
func frame(document string) template.HTMLAttr {
	return template.HTMLAttr(`srcdoc="` + html.EscapeString(document) + `"`)
}

var headTag = regexp.MustCompile(`(?i)<head[^>]*>`)

// withBase lets the links of a mail open beside it. The base goes where it does
// not change how the document is read.
func withBase(document string) string {
	const base = `<base target="_blank">`
	if at := headTag.FindStringIndex(document); at != nil {
		return document[:at[1]] + base + document[at[1]:]
	}
	return "<!doctype html>" + base + document
}

// header is the header of a message as it was sent.
func header(m sandbox.Mail) string {
	raw, _, found := bytes.Cut(m.Data, []byte("\r\n\r\n"))
	if !found {
		raw, _, _ = bytes.Cut(m.Data, []byte("\n\n"))
	}
	return strings.ReplaceAll(string(raw), "\r\n", "\n")
}

func (b *binder) slackItem(m sandbox.SlackMessage) *item {
	to := "#" + m.ChannelName
	if m.UserID != "" {
		to = "Direct message"
		if p := b.story.slackTo(m); p != m.UserID {
			to += " to " + p
		}
	}
	cadence := slackCadence(m)
	if b.story.slackTo(m) == "" {
		cadence = "report"
	}
	title, words := slackWords(blocksOf(m))
	return &item{
		Kind: "slack", Label: "Slack", At: m.At, Title: cmp.Or(title, "(no text)"), Snippet: snippet(words),
		From: "Advisory Reminders (" + m.Via + ")", To: to, Cadence: cadence,
		Tabs: []tab{
			{Name: "Message", Body: slackHead(m) + slackMessageHTML(m)},
			{Name: "Notification", Pre: slackPlain(m.Text)},
			{Name: "JSON", Pre: slackJSON(m)},
		},
	}
}

// slackHead is what Slack shows above a message: where it is, and the day.
func slackHead(m sandbox.SlackMessage) template.HTML {
	where := "# " + m.ChannelName
	if m.UserID != "" {
		where = "Advisory Reminders"
	}
	return template.HTML(`<p class="s-channel">` + html.EscapeString(where) + `</p><p class="s-day">` + m.At.UTC().Format("Monday, 2 January") + `</p>`)
}

// slackMessageHTML is one message with the sender and the time, as Slack has
// them.
func slackMessageHTML(m sandbox.SlackMessage) template.HTML {
	return template.HTML(`<div class="s-message"><div class="s-avatar" aria-hidden="true">AR</div><div class="s-body">`+
		`<p class="s-from"><strong>Advisory Reminders</strong> <span class="s-app">APP</span> <time>`+
		m.At.UTC().Format("15:04")+`</time></p>`) + slackHTML(blocksOf(m)) + `</div></div>`
}

// slackJSON is what was sent, indented.
func slackJSON(m sandbox.SlackMessage) string {
	raw, err := json.Marshal(struct {
		Channel  string          `json:"channel,omitempty"`
		ThreadTS string          `json:"thread_ts,omitempty"`
		Text     string          `json:"text"`
		Blocks   json.RawMessage `json:"blocks,omitempty"`
		Metadata json.RawMessage `json:"metadata,omitempty"`
	}{m.Channel, m.ThreadTS, m.Text, m.Blocks, m.Metadata})
	if err != nil {
		return m.Text
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if e.Encode(json.RawMessage(raw)) != nil {
		return m.Text
	}
	return strings.TrimSpace(b.String())
}

func summaryItem(d day) *item {
	body := convert(summaries, d.summary)
	title := firstLine(d.summary)
	if m := headingLine.FindStringSubmatch(string(body)); m != nil {
		title = wordsOf(template.HTML(m[1]))
	}
	i := &item{Kind: "summary", Label: "Job summary", At: d.at, Title: cmp.Or(title, "Run without a summary"),
		Snippet: snippet(wordsOf(template.HTML(headingLine.ReplaceAllString(string(body), "")))), From: "Job summary of a run"}
	if d.status != 0 {
		i.Failed = fmt.Sprintf("exit status %d", d.status)
		i.Snippet = cmp.Or(snippet(d.log), i.Snippet)
	}
	if strings.TrimSpace(d.summary) != "" {
		i.Tabs = append(i.Tabs,
			tab{Name: "Summary", Body: `<p class="gh-head">remind summary</p><div class="markdown">` + body + `</div>`},
			tab{Name: "Markdown", Pre: d.summary})
	}
	if d.log != "" || len(i.Tabs) == 0 {
		i.Tabs = append(i.Tabs, tab{Name: "Log", Pre: cmp.Or(d.log, "(the run wrote nothing)")})
	}
	return i
}

// dryRunItem is the dry run, its log before its summary.
func dryRunItem(d day) *item {
	i := summaryItem(d)
	i.Kind, i.Label, i.From = "dry-run", "Dry run", "Log of a run with the input dry-run"
	i.Title, i.Snippet = "Dry run: what the first live run will send", snippet(d.log)
	if n := len(i.Tabs) - 1; i.Tabs[n].Name == "Log" {
		i.Tabs = append([]tab{i.Tabs[n]}, i.Tabs[:n]...)
	}
	return i
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return strings.TrimSpace(line)
}

// snippet is the beginning of a text in one line.
func snippet(s string) string {
	return cut(strings.Join(strings.FieldsFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || strings.ContainsRune("#*|`>", r)
	}), " "), 120)
}
