package email

import (
	"cmp"
	"embed"
	"html/template"
	"io"
	"regexp"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/notify"
)

//go:embed templates
var files embed.FS

var pages = template.Must(template.New("").Funcs(template.FuncMap{
	"bold":    func() notify.Kind { return notify.Bold },
	"code":    func() notify.Kind { return notify.Code },
	"link":    func() notify.Kind { return notify.Link },
	"mention": func() notify.Kind { return notify.Mention },
	"badge":   badge,
	"whole":   whole,
	"lead":    notify.Section.Lead,
	"head": func(title, glint string) struct{ Title, Glint string } {
		return struct{ Title, Glint string }{title, glint}
	},

	"process":      func() string { return notify.ProcessTitle },
	"announcement": func() string { return notify.AnnouncementTitle },
	"more":         func() string { return notify.MoreTitle },
}).ParseFS(files, "templates/*.html"))

// unbroken finds ids of advisories, and days.
var unbroken = regexp.MustCompile(`GHSA(?:-[0-9A-Za-z]{4}){3}|\b[0-9]{1,2} (?:January|February|March|April|May|June|July|August|September|October|November|December)\b`)

// whole returns a text as HTML in which no id and no day is broken over two
// lines. Where the style sheet is thrown away they may be, since nothing else
// lets a table fit a phone there.
func whole(s string) template.HTML {
	return template.HTML(unbroken.ReplaceAllString(template.HTMLEscapeString(s), `<span class="one">$0</span>`))
}

// badge returns the colours of a severity on a light ground. The dark ones are
// in the style sheet, for the readers that know of dark.
func badge(s advisory.Severity) template.CSS {
	switch s {
	case advisory.Critical:
		return "background:#fde3e6;color:#8f1021;"
	case advisory.High:
		return "background:#fdebd9;color:#7f3d00;"
	case advisory.Medium:
		return "background:#fbf3cf;color:#5e4b00;"
	}
	return "background:#e8ecf1;color:#374252;"
}

func letterHTML(l notify.Letter) string { return render("digest.html", l) }

func reportHTML(r notify.Report) string {
	return render("report.html", struct {
		From string
		notify.LaidOut
	}{cmp.Or(notify.Clean(r.Texts.WorkingGroup), "Security"), notify.NewReport(r)})
}

func render(name string, data any) string {
	return notify.Written(func(w io.Writer) error { return pages.ExecuteTemplate(w, name, data) })
}
