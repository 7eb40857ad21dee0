package notify

import (
	"fmt"
	"strings"
	"time"
)

// A Month is what became of the drafts in a calendar month.
type Month struct {
	First    time.Time // its first instant
	Opened   int
	Resolved int

	// The medians, in whole days: of those whose owners answered first in that month,
	// and of those that were resolved in it; -1: there are none.
	Answer, End int
}

// month are the numbers of the month before, in the first report of one.
func month(r Report) Section {
	s := Section{Kind: "month"}
	if r.Month == nil {
		return s
	}
	m := *r.Month
	parts := []string{fmt.Sprintf("%d opened, %d resolved", m.Opened, m.Resolved)}
	if m.Answer >= 0 {
		parts = append(parts, "first answer after "+Plural(m.Answer, "day", "days"))
	}
	if m.End >= 0 {
		parts = append(parts, "resolved after "+Plural(m.End, "day", "days"))
	}
	text := strings.Join(parts, "; ")
	if len(parts) > 1 {
		text += " (medians)"
	}
	s.Rows = [][]Line{fact(m.First.In(orUTC(r.Location)).Format("January 2006"), text)}
	return s
}
