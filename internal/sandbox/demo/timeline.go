package demo

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Sizes of the timeline, in columns and lines.
const (
	timelineWidth = 100
	timelineDate  = 10 // "Mon 06 Jul"
	timelineSent  = 44 // at most, of what was sent
	timelineRows  = 58 // at most, beside the head and the totals
)

// timeline is a story as text for a terminal.
type timeline struct {
	story *story
	color bool
	page  string // where the page was written
}

// row is one line: a day on which something happened, or several of them.
type row struct {
	from, to time.Time
	events   []string
	sent     []delivery
	runs     int // without news, in a row that stands for quiet days
	dropped  int
	status   int // the worst exit status
}

// quiet reports whether nothing happened.
func (r row) quiet() bool { return len(r.events)+len(r.sent)+r.status == 0 }

// String returns the whole timeline: a head, the rows and the totals.
func (t timeline) String() string {
	var b strings.Builder
	w := t.story.world
	fmt.Fprintf(&b, "%s, %s to %s: one run a day, name by mail, @name on Slack\n\n",
		t.paint(bold, w.Organization), w.Start.Format("2 January 2006"), w.End.Format("2 January 2006"))
	rows := fold(t.rows(), timelineRows)
	sentWidth := 0
	for _, r := range rows {
		sentWidth = max(sentWidth, width(sentText(r, timelineSent)))
	}
	eventWidth := timelineWidth - timelineDate - 4 - sentWidth
	for _, r := range rows {
		b.WriteString(strings.TrimRight(t.line(r, eventWidth, sentWidth), " ") + "\n")
	}
	b.WriteString(t.totals())
	return b.String()
}

// line returns one row: the date, what happened, what was sent.
func (t timeline) line(r row, eventWidth, sentWidth int) string {
	if r.quiet() {
		return t.paint(dim, strings.Repeat(" ", timelineDate+2)+quietText(r))
	}
	date := r.from.Format("Mon 02 Jan")
	if !sameDay(r.from, r.to) {
		date = r.from.Format("02") + "–" + r.to.Format("02 Jan")
	}
	date = t.paint(dim, pad(date, timelineDate)) + "  "
	events := strings.Join(r.events, "; ")
	sent := sentText(r, sentWidth)
	switch {
	case sent == "":
		return date + cut(events, eventWidth+2+sentWidth)
	case r.status != 0:
		sent = t.paint(red, sent)
	}
	return date + pad(cut(events, eventWidth), eventWidth) + "  " + sent
}

func quietText(r row) string {
	var parts []string
	if r.runs > 0 {
		parts = append(parts, count(r.runs, "quiet run"))
	}
	if r.dropped > 0 {
		parts = append(parts, count(r.dropped, "run")+" dropped")
	}
	return "… " + strings.Join(parts, ", ")
}

// sentText says in short what was sent: the digests by cadence with as many
// names as fit into a width, and the report.
func sentText(r row, limit int) string {
	if len(r.sent) == 0 && r.status == 0 {
		if r.dropped > 0 {
			return "no run"
		}
		return ""
	}
	for names := 4; ; names-- {
		if text := sentWith(r, names); width(text) <= limit || names == 0 {
			return cut(text, limit)
		}
	}
}

// sentWith is sentText with at most so many names of each cadence.
func sentWith(r row, names int) string {
	groups := map[string][]string{}
	var order []string
	reports := 0
	for _, v := range r.sent {
		if v.to == "" {
			reports++
			continue
		}
		if groups[v.cadence] == nil {
			order = append(order, v.cadence)
		}
		groups[v.cadence] = append(groups[v.cadence], v.short())
	}
	slices.SortStableFunc(order, func(a, b string) int { return cmp.Compare(rank(a), rank(b)) })
	var parts []string
	for _, cadence := range order {
		to := groups[cadence]
		slices.Sort(to)
		to = slices.Compact(to)
		if cadence == "" {
			cadence = "message"
		}
		shown := min(names, len(to))
		text := cadence + " " + strings.Join(to[:shown], ", ")
		switch {
		case shown == 0:
			text = fmt.Sprintf("%s to %d", cadence, len(to))
		case shown < len(to):
			text += fmt.Sprintf(" +%d", len(to)-shown)
		}
		parts = append(parts, text)
	}
	if reports > 0 {
		parts = append(parts, "report")
	}
	if r.status != 0 {
		parts = append(parts, fmt.Sprintf("exit %d", r.status))
	}
	return strings.Join(parts, " · ")
}

// short is whom a delivery went to: a login, or the part of an address before
// the @.
func (v delivery) short() string {
	to, _, _ := strings.Cut(v.to, "@")
	if v.slack && !strings.HasPrefix(to, "#") {
		return "@" + to
	}
	return to
}

// rank orders cadences, the most frequent first.
func rank(cadence string) int {
	for i, c := range cadences {
		if c.name == cadence {
			return i
		}
	}
	return len(cadences)
}

// totals are the last lines.
func (t timeline) totals() string {
	s := t.story
	runs := fmt.Sprintf("%d, and %d dropped", s.runs, s.dropped)
	if s.failed > 0 {
		runs += fmt.Sprintf("; %d failed", s.failed)
	}
	var byCadence []string
	for _, c := range cadences {
		byCadence = append(byCadence, fmt.Sprintf("%s %d", c.name, s.byCadence[c.name]))
	}
	lines := [][2]string{
		{"runs", runs},
		{"digests", fmt.Sprintf("%s and %s to %s", count(s.mails, "mail"), count(s.directs, "Slack message"),
			count(len(s.people), "recipient"))},
		{"", strings.Join(byCadence, " · ")},
		{"reports", count(s.reports, "message") + " to the working group"},
	}
	if s.requests >= 0 && s.runs > 0 {
		lines = append(lines, [2]string{"GitHub",
			fmt.Sprintf("%s, %.1f a run", count(s.requests, "request"), float64(s.requests)/float64(s.runs))})
	}
	lines = append(lines, [2]string{"page", t.page})
	var b strings.Builder
	b.WriteString("\n")
	for _, l := range lines {
		fmt.Fprintf(&b, "%s  %s\n", t.paint(bold, pad(l[0], timelineDate)), l[1])
	}
	return b.String()
}

// Select graphic rendition codes of terminals.
const (
	bold = "1"
	dim  = "2"
	red  = "31"
)

func (t timeline) paint(code, s string) string {
	if !t.color || s == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

// width is how many columns a text takes, were all characters narrow.
func width(s string) int { return utf8.RuneCountInString(s) }

func pad(s string, n int) string { return s + strings.Repeat(" ", max(0, n-width(s))) }

// cut shortens a text to n columns, the last of which then says so. Control
// characters become spaces, since a terminal would obey them.
func cut(s string, n int) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return ' '
		}
		return r
	}, s)
	if width(s) <= n {
		return s
	}
	return strings.TrimRight(string([]rune(s)[:max(0, n-1)]), " ,;") + "…"
}

func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

func sameDay(a, b time.Time) bool { return a.Format(time.DateOnly) == b.Format(time.DateOnly) }
