package run

import (
	"slices"
	"time"

	"github.com/openedx/advisory-reminders/internal/ledger"
	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/reminder"
)

// month returns the numbers of the month before, if no report of this one has been
// accepted; nothing where there was no report before it either.
func month(a Assignment, s Snapshot, l *ledger.Ledger) *notify.Month {
	zone := a.Config.Policy.Location
	y, m, _ := s.Now.In(zone).Date()
	start := reminder.StartOfDay(y, m, 1, zone)
	if last := l.LastReport(); last.IsZero() || !last.Before(start) {
		return nil
	}
	n := notify.Month{First: reminder.StartOfDay(y, m-1, 1, zone)}
	in := func(t time.Time) bool { return !t.Before(n.First) && t.Before(start) }
	var answers, ends []int
	for id, r := range l.Advisories {
		if in(r.Opened) {
			n.Opened++
		}
		if r.State != "" && in(r.LastSeen) {
			n.Resolved++
			ends = append(ends, reminder.Days(r.Opened, r.LastSeen, zone))
		}
		if first := l.FirstAnswer(id); in(first) {
			answers = append(answers, max(0, reminder.Days(r.Opened, first, zone)))
		}
	}
	n.Answer, n.End = median(answers), median(ends)
	return &n
}

// median returns the middle of a list, of two the lower; -1: there is none.
func median(list []int) int {
	if len(list) == 0 {
		return -1
	}
	slices.Sort(list)
	return list[(len(list)-1)/2]
}
