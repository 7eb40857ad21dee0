package demo

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// row is one line of the timeline or a few: a day on which something happened,
// or several of them, and the days without news that follow.
type row struct {
	from, to time.Time
	events   []string
	sent     []delivery
	dropped  int
	status   int // the worst exit status
	quiet    quiet
}

// quiet counts days without news, by whether there was a run.
type quiet struct{ runs, dropped int }

func (q *quiet) add(d day) {
	if d.dropped {
		q.dropped++
	} else {
		q.runs++
	}
}

// String is the note at the end of a row; empty if there were no such days.
func (q quiet) String() string {
	var parts []string
	if q.runs > 0 {
		parts = append(parts, fmt.Sprintf("%d quiet", q.runs))
	}
	if q.dropped > 0 {
		parts = append(parts, fmt.Sprintf("%d dropped", q.dropped))
	}
	if parts == nil {
		return ""
	}
	return "… " + strings.Join(parts, ", ")
}

// empty reports whether nothing happened on the row's own day. Only the first
// row can be empty: the days before there was news.
func (r row) empty() bool { return len(r.events)+len(r.sent)+r.status == 0 }

// rows returns a row for every day on which something happened.
func (t timeline) rows() []row {
	var rows []row
	for _, d := range t.story.days {
		r := row{from: d.at, to: d.at, events: slices.Concat(d.events, d.opened), sent: t.story.deliveries(d), status: d.status}
		if d.dropped {
			r.dropped = 1
		}
		switch {
		case !r.empty():
			rows = append(rows, r)
			continue
		case len(rows) == 0:
			rows = []row{{}}
		}
		rows[len(rows)-1].quiet.add(d)
	}
	return rows
}

// fold brings rows down to a number of lines: neighbours of one month are put
// together, as long as that saves lines, first those that save most and have
// the least to say.
func fold(rows []row, limit int, height func(row) int) []row {
	lines := 0
	for _, r := range rows {
		lines += height(r)
	}
	for lines > limit {
		at, saved := cheapest(rows, height)
		if saved <= 0 {
			break
		}
		rows[at] = join(rows[at], rows[at+1])
		rows = append(rows[:at+1], rows[at+2:]...)
		lines -= saved
	}
	return rows
}

// cheapest returns the index of the row that is best joined with the next, and
// how many lines that saves.
func cheapest(rows []row, height func(row) int) (best, saved int) {
	cost := 0
	for i := range len(rows) - 1 {
		a, b := rows[i], rows[i+1]
		if a.empty() || a.from.Month() != b.to.Month() || a.from.Year() != b.to.Year() {
			continue
		}
		j := join(a, b)
		s := height(a) + height(b) - height(j)
		c := width(strings.Join(j.events, "; ")) + 2*width(strings.Join(sentParts(j, 4), " "))
		if s > saved || s == saved && s > 0 && c < cost {
			best, saved, cost = i, s, c
		}
	}
	return best, saved
}

// join makes one row of two that follow each other.
func join(a, b row) row {
	j := row{
		from: a.from, to: b.to,
		events:  append(append([]string(nil), a.events...), b.events...),
		sent:    append(append([]delivery(nil), a.sent...), b.sent...),
		dropped: a.dropped + b.dropped,
		status:  max(a.status, b.status),
		quiet:   quiet{a.quiet.runs + b.quiet.runs, a.quiet.dropped + b.quiet.dropped},
	}
	if len(j.sent)+j.status > 0 {
		j.quiet.dropped, j.dropped = j.quiet.dropped+j.dropped, 0
	}
	return j
}
