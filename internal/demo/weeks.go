package demo

import (
	"fmt"
	"strings"
	"time"
)

// week is one column of the chart: how many digests of each cadence were sent
// in the week from a Monday.
type week struct {
	Title string // in words
	Label string // the month, where it begins
	Parts []part
	from  time.Time
	month time.Month // of its first simulated day
	sent  map[string]int
}

// part is one cadence in a column.
type part struct {
	Cadence string
	Height  int // percent of the chart's
}

// weeks counts the digests of every week, those without any included.
func (s *story) weeks() []week {
	var weeks []week
	largest := 0
	for _, d := range s.days {
		monday := d.at.AddDate(0, 0, -(int(d.at.Weekday())+6)%7)
		if last := len(weeks) - 1; last < 0 || !sameDay(weeks[last].from, monday) {
			w := week{from: monday, sent: map[string]int{}}
			if last < 0 || weeks[last].month != d.at.Month() {
				w.Label = d.at.Format("Jan")
			}
			w.month = d.at.Month()
			weeks = append(weeks, w)
		}
		w := weeks[len(weeks)-1]
		for _, v := range s.deliveries(d) {
			if v.to != "" && v.cadence != "" && !v.comment {
				w.sent[v.cadence]++
			}
		}
		largest = max(largest, w.total())
	}
	if largest == 0 {
		return nil
	}
	for i := range weeks {
		weeks[i].lay(largest)
	}
	return weeks
}

// total is how many digests were sent in the week.
func (w *week) total() (total int) {
	for _, n := range w.sent {
		total += n
	}
	return total
}

// lay sets the parts of the column, beside the largest week, and its title.
func (w *week) lay(largest int) {
	var words []string
	for _, c := range cadences {
		if n := w.sent[c.name]; n > 0 {
			w.Parts = append(w.Parts, part{Cadence: c.name, Height: max(2, 100*n/largest)})
			words = append(words, fmt.Sprintf("%d %s", n, c.name))
		}
	}
	w.Title = "Week of " + w.from.Format("2 January") + ": " + strings.Join(words, ", ")
	if len(words) == 0 {
		w.Title += "none"
	}
}
