package demo

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Sizes of the timeline, in columns and lines.
const (
	timelineWidth  = 100 // where the terminal's is not known
	timelineNarrow = 80
	timelineWide   = 140
	timelineDate   = 10 // "Mon 06 Jul"
	timelineLines  = 66 // beside the head and the totals
)

// timeline is a story as text for a terminal.
type timeline struct {
	story *story
	color bool
	width int    // columns of the terminal; 0: not known
	page  string // address of the page
}

// String returns the whole timeline: a head, the rows and the totals.
func (t timeline) String() string {
	var b strings.Builder
	w := t.story.world
	head := fmt.Sprintf("%s, %s to %s: one run a day",
		w.Organization, w.Start.Format("2 January 2006"), w.End.Format("2 January 2006"))
	head = strings.Join(wrap(strings.Fields(head), t.columns()), "\n")
	if rest, ok := strings.CutPrefix(head, w.Organization); ok {
		head = t.paint(bold, w.Organization) + rest
	}
	b.WriteString(head + "\n\n")
	rows := t.rows()
	c := t.layout(rows)
	for _, r := range fold(rows, timelineLines, func(r row) int { return len(t.lines(r, c)) }) {
		b.WriteString(strings.Join(t.lines(r, c), "\n") + "\n")
	}
	b.WriteString(t.totals())
	return b.String()
}

// columns is how wide the timeline is.
func (t timeline) columns() int {
	if t.width == 0 {
		return timelineWidth
	}
	return min(max(t.width, timelineNarrow), timelineWide)
}

// layout is how wide the columns of what happened and of what was sent are.
type layout struct{ events, sent int }

// layout gives what happened as much as it needs beside what was sent, and no
// more than half.
func (t timeline) layout(rows []row) layout {
	longest := 0
	for _, r := range rows {
		if len(sentParts(r, 0)) > 0 {
			longest = max(longest, width(strings.Join(r.events, "; ")))
		}
	}
	total := t.columns() - timelineDate - 4
	c := layout{events: min(longest, total/2)}
	c.sent = total - c.events
	return c
}

// lines returns one row: the date, what happened, what was sent, and how many
// quiet days follow.
func (t timeline) lines(r row, c layout) []string {
	note := r.quiet.String()
	if r.empty() {
		return []string{strings.Repeat(" ", timelineDate+2) + t.paint(dim, note)}
	}
	date := r.from.Format("Mon 02 Jan")
	if !sameDay(r.from, r.to) {
		date = r.from.Format("02") + "–" + r.to.Format("02 Jan")
	}
	var left, right []string
	words := strings.Fields(plain(strings.Join(r.events, "; ")))
	if len(sentParts(r, 0)) == 0 {
		left = wrap(append(words, noteToken(note)...), c.events+2+c.sent)
	} else {
		left = wrap(words, c.events)
		right = sentLines(r, note, c.sent, len(left))
	}

	var lines []string
	for i := range max(len(left), len(right)) {
		line := t.paint(dim, pad(date, timelineDate)) + "  "
		if i > 0 {
			line = strings.Repeat(" ", timelineDate+2)
		}
		if i < len(right) {
			if c.events > 0 {
				line += pad(at(left, i), c.events) + "  "
			}
			line += t.sentPaint(r, right[i], note)
		} else {
			line += t.sentPaint(row{}, at(left, i), note)
		}
		lines = append(lines, strings.TrimRight(line, " "))
	}
	return lines
}

// sentPaint gives what was sent its colours.
func (t timeline) sentPaint(r row, line, note string) string {
	end := ""
	if note != "" && strings.HasSuffix(line, note) {
		line, end = strings.TrimSuffix(line, note), note
	}
	if r.status != 0 {
		line = t.paint(red, line)
	}
	return line + t.paint(dim, end)
}

func at(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return ""
}

// noteToken is a note as it follows other words: two spaces after them, and not
// broken itself.
func noteToken(note string) []string {
	if note == "" {
		return nil
	}
	return []string{" " + note}
}

// sentLines says in lines of n columns what was sent, and a note: in as few
// lines as can be, but those that are taken anyway, and with as many names as
// these hold.
func sentLines(r row, note string, n, height int) []string {
	for height = max(height, 1); ; height++ {
		for names := 4; names >= 0; names-- {
			parts := sentParts(r, names)
			broken := slices.ContainsFunc(parts, func(p string) bool { return width(p) > n })
			if lines := wrap(append(parts, noteToken(note)...), n); len(lines) <= height && (names == 0 || !broken) {
				return lines
			}
		}
	}
}

// sentParts are the digests by cadence, with at most so many names of each or
// their number alone, the report, and how the run failed.
func sentParts(r row, names int) []string {
	if len(r.sent) == 0 && r.status == 0 {
		if r.dropped > 0 {
			return []string{"no run"}
		}
		return nil
	}
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
		shown := min(names, len(to))
		text := strings.Join(to[:shown], ", ")
		switch {
		case shown == 0:
			text = fmt.Sprint(len(to))
		case shown < len(to):
			text += fmt.Sprintf(" +%d", len(to)-shown)
		}
		parts = append(parts, cmp.Or(cadence, "message")+" "+text)
	}
	if reports > 0 {
		parts = append(parts, "report")
	}
	if r.status != 0 {
		parts = append(parts, fmt.Sprintf("exit %d", r.status))
	}
	for i := range len(parts) - 1 {
		parts[i] += " ·"
	}
	return parts
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
		{"", "name = by mail, @name = on Slack, +1 = and one more"},
		{"", "quiet = ran, nothing due; dropped = GitHub skipped the run"},
		{"reports", count(s.reports, "message") + " to the working group"},
	}
	if s.comments > 0 {
		lines = append(lines, [2]string{"comments", fmt.Sprintf("%d of the program, on %s", s.comments, count(len(s.commented), "draft"))})
	}
	if s.runs > 0 {
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

func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

func sameDay(a, b time.Time) bool { return a.Format(time.DateOnly) == b.Format(time.DateOnly) }
