package notify

import (
	"bytes"
	"embed"
	"fmt"
	"io"
	"strings"
	"sync"
	"text/template"
	"unicode/utf8"
)

// width is how long a line of plain text may get, in characters. A longer
// word, such as an address, stays whole.
const width = 76

//go:embed templates
var files embed.FS

var plain = template.Must(template.New("").Funcs(template.FuncMap{
	"wrap":    func(indent string, v any) string { return wrap(indent, fmt.Sprint(v)) },
	"heading": heading,
	"inc":     func(n int) int { return n + 1 },
	"lead":    Section.Lead,

	"process":      func() string { return ProcessTitle },
	"announcement": func() string { return AnnouncementTitle },
	"more":         func() string { return MoreTitle },
}).ParseFS(files, "templates/*.txt"))

// heading is a title with a rule below it.
func heading(s string) string { return s + "\n" + strings.Repeat("-", utf8.RuneCountInString(s)) }

// LetterText returns a digest as plain text of about 76 columns.
func LetterText(l Letter) string { return render("digest.txt", l) }

// ReportText returns a report as plain text of about 76 columns.
func ReportText(r Report) string { return render("report.txt", NewReport(r)) }

func render(name string, data any) string {
	return Written(func(w io.Writer) error { return plain.ExecuteTemplate(w, name, data) })
}

// buffers are used again: what a template writes is long.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// Written returns what a template of the program writes. Such a template can't
// fail: its data has no methods that could.
func Written(execute func(io.Writer) error) string {
	b := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(b)
	b.Reset()
	if err := execute(b); err != nil {
		panic("a template of the program: " + err.Error())
	}
	return b.String()
}

// WorkflowText returns a report for the one variable of a Slack workflow: plain
// text in which nothing can be a mention, a link or a channel.
func WorkflowText(r Report) string {
	var b strings.Builder
	laid := NewReport(r)
	b.WriteString(laid.Title + "\n")
	for _, l := range laid.Lines {
		b.WriteString(l.String() + "\n")
	}
	for _, g := range laid.Groups {
		b.WriteString("\n" + g.Title + "\n")
		for _, s := range g.Sections {
			if lead := s.Lead(); len(lead) > 0 {
				b.WriteString(lead.String() + "\n")
			}
			for _, l := range s.Points() {
				b.WriteString("• " + l.String() + "\n")
			}
		}
	}
	return workflowEscapes.Replace(b.String())
}

// Where a workflow puts its variable, < may begin a command of Slack's, and &lt;
// may show as it is: so there must be neither.
var workflowEscapes = strings.NewReplacer("<", "(", ">", ")", "&", "＆")

// wrap breaks s for plain text, and puts indent before all lines but the first.
func wrap(indent, s string) string {
	return strings.Join(Wrap(s, width, width-utf8.RuneCountInString(indent)), "\n"+indent)
}

// Wrap breaks a text between its words into lines of at most so many characters: the
// first, and all others. A longer word has a line of its own. There is always a line.
func Wrap(text string, first, others int) []string {
	lines, most := []string{""}, first
	for _, word := range strings.Fields(text) {
		last := &lines[len(lines)-1]
		switch {
		case *last == "":
			*last = word
		case utf8.RuneCountInString(*last)+1+utf8.RuneCountInString(word) > most:
			lines, most = append(lines, word), others
		default:
			*last += " " + word
		}
	}
	return lines
}
