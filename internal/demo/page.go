package demo

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"path/filepath"
	"slices"
	"time"

	"github.com/openedx/advisory-reminders/internal/wholefile"
)

//go:embed page.html
var pageHTML string

//go:embed page.css
var pageCSS string

//go:embed page.js
var pageJS string

// page is what the template shows.
type page struct {
	Title  string
	Span   string
	Policy string // content security policy: no network, no script but ours
	CSS    template.CSS
	JS     template.JS
	Stats  []stat
	Spoken bool // people commented on drafts
	Weeks  []week
	Legend []stat // digests by cadence
	Groups []group
	Items  []*item
	Days   []pageDay
	Begin  []begin
	Packed template.HTML // the messages; see pack
}

// begin is where a reader may begin.
type begin struct{ ID, Words string }

type stat struct{ Value, Label string }

// pageDay is one day in the overview.
type pageDay struct {
	At      time.Time
	Events  []string
	Items   []*item
	Dropped bool
	Quiet   int // days without news that this one stands for
}

// writePage writes index.html into an existing directory.
func writePage(dir string, s *story) error {
	t, err := template.New("page").Parse(pageHTML)
	if err != nil {
		return fmt.Errorf("parse the page's template: %w", err)
	}
	p := newPage(s)
	if p.Packed, err = pack(t, p.Items); err != nil {
		return err
	}
	var b bytes.Buffer
	if err := t.Execute(&b, p); err != nil {
		return fmt.Errorf("fill the page: %w", err)
	}
	if err := wholefile.Write(filepath.Join(dir, "index.html"), b.Bytes(), 0o644); err != nil {
		return fmt.Errorf("write the page: %w", err)
	}
	return nil
}

// pack renders the messages, which are much alike, and packs them to a tenth: the
// page unpacks the one that is looked at.
func pack(t *template.Template, items []*item) (template.HTML, error) {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err == nil {
		err = errors.Join(t.ExecuteTemplate(z, "articles", page{Items: items}), z.Close())
	}
	if err != nil {
		return "", fmt.Errorf("pack the page's messages: %w", err)
	}
	return template.HTML(base64.StdEncoding.EncodeToString(b.Bytes())), nil
}

func newPage(s *story) page {
	hash := sha256.Sum256([]byte(pageJS))
	p := page{
		Title: s.world.Organization,
		Span:  s.world.Start.Format("2 January 2006") + " – " + s.world.End.Format("2 January 2006"),
		Policy: "default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-" +
			base64.StdEncoding.EncodeToString(hash[:]) + "'",
		CSS: template.CSS(pageCSS),
		JS:  template.JS(pageJS),
	}
	p.Stats = []stat{
		{fmt.Sprint(s.runs), "runs"}, {fmt.Sprint(s.dropped), "dropped"},
		{fmt.Sprint(s.mails), "digests by mail"}, {fmt.Sprint(s.directs), "on Slack"},
		{fmt.Sprint(len(s.people)), "recipients"}, {fmt.Sprint(s.reports), "reports"},
	}
	p.Spoken = len(s.drafts) > 0
	for _, c := range cadences {
		p.Legend = append(p.Legend, stat{fmt.Sprint(s.byCadence[c.name]), c.name})
	}
	if s.comments > 0 {
		p.Stats = append(p.Stats, stat{fmt.Sprint(s.comments), "comments on drafts"})
	}

	b := newBinder(s)
	for n, d := range s.days {
		var items []*item
		if n == 0 {
			items = append(items, b.dryRun(s.dry))
		}
		p.Days = addDay(p.Days, d, append(items, b.day(d)...))
	}
	for _, d := range s.drafts {
		b.thread(Draft{ID: d.ID}) // where people alone have spoken
	}
	p.Items = b.items
	p.Groups = b.groups()
	p.Begin = b.begin()
	p.Weeks = s.weeks()
	return p
}

// addDay adds a day to the overview. Days without news are counted together.
func addDay(days []pageDay, d day, items []*item) []pageDay {
	news := slices.DeleteFunc(slices.Clone(items), func(i *item) bool { return i.Kind == "summary" })
	if len(d.events)+len(d.opened) == 0 && len(news) == 0 && d.status == 0 {
		if last := len(days) - 1; last >= 0 && days[last].Quiet > 0 {
			days[last].Quiet++
			return days
		}
		return append(days, pageDay{At: d.at, Quiet: 1})
	}
	if d.status != 0 {
		news = items
	}
	return append(days, pageDay{At: d.at, Events: slices.Concat(d.events, d.opened), Items: news, Dropped: d.dropped})
}
