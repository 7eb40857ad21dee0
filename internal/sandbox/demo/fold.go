package demo

import "strings"

// rows returns a row for every day on which something happened, and one for
// every span of days between them on which nothing did.
func (t timeline) rows() []row {
	var rows []row
	for _, d := range t.story.days {
		r := row{from: d.at, to: d.at, events: d.events, sent: t.story.deliveries(d), status: d.status}
		if d.dropped {
			r.dropped = 1
		}
		if !r.quiet() {
			rows = append(rows, r)
			continue
		}
		r.runs = 1 - r.dropped
		if last := len(rows) - 1; last >= 0 && rows[last].quiet() {
			rows[last].runs += r.runs
			rows[last].dropped += r.dropped
			rows[last].to = r.to
			continue
		}
		rows = append(rows, r)
	}
	return rows
}

// fold brings rows down to a number of lines. Single quiet days go unsaid, then
// longer spans too, since the dates tell of them. Then neighbours of one month
// are put together, those first that have the least to say.
func fold(rows []row, limit int) []row {
	for least := 2; least == 2 || len(rows) > limit && least <= 7; least++ {
		var kept []row
		for _, r := range rows {
			if !r.quiet() || r.runs+r.dropped >= least {
				kept = append(kept, r)
			}
		}
		rows = kept
	}
	for len(rows) > limit {
		at := cheapest(rows)
		if at < 0 {
			break
		}
		rows[at] = join(rows[at], rows[at+1])
		rows = append(rows[:at+1], rows[at+2:]...)
	}
	return rows
}

// cheapest returns the index of the row that is best joined with the next, or
// -1.
func cheapest(rows []row) int {
	best, cost := -1, 0
	for i := range len(rows) - 1 {
		a, b := rows[i], rows[i+1]
		if a.quiet() || b.quiet() || a.from.Month() != b.to.Month() || a.from.Year() != b.to.Year() {
			continue
		}
		j := join(a, b)
		c := width(strings.Join(j.events, "; ")) + 2*width(sentWith(j, 4))
		if best < 0 || c < cost {
			best, cost = i, c
		}
	}
	return best
}

// join makes one row of two that follow each other.
func join(a, b row) row {
	return row{
		from: a.from, to: b.to,
		events:  append(append([]string(nil), a.events...), b.events...),
		sent:    append(append([]delivery(nil), a.sent...), b.sent...),
		dropped: a.dropped + b.dropped,
		status:  max(a.status, b.status),
	}
}
