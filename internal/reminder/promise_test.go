package reminder_test

import (
	"testing"
	"time"

	"github.com/openedx/advisory-reminders/internal/reminder"
)

// With a run every weekday the first reminder comes within what is promised by the
// default grace and by the longest one, and later than that by a day more.
func TestPromiseOfTheFirstReminder(t *testing.T) {
	worst := func(c reminder.Cadence, grace, hour int) (longest time.Duration) {
		p := reminder.DefaultPolicy()
		p.Grace[c] = grace
		for created := at(t, "2026-01-01T00:30:00Z"); created.Year() < 2030; created = created.Add(6 * time.Hour) {
			due := p.NextReminder(c, created)
			run := time.Date(due.Year(), due.Month(), due.Day(), hour, 17, 0, 0, time.UTC)
			for run.Before(due) || run.Weekday() == time.Saturday || run.Weekday() == time.Sunday {
				run = run.AddDate(0, 0, 1)
			}
			longest = max(longest, run.Sub(created))
		}
		return longest
	}
	const day = 24 * time.Hour
	for c, days := range map[reminder.Cadence]int{reminder.Weekly: 8, reminder.Monthly: 34, reminder.Quarterly: 95, reminder.Semiannually: 187} {
		if c.Promise() != days {
			t.Errorf("%s promises %d days, want %d", c, c.Promise(), days)
		}
		for _, hour := range []int{0, 6, 23} {
			for _, grace := range []int{0, reminder.DefaultPolicy().Grace[c], c.LongestGrace()} {
				if got := worst(c, grace, hour); got > time.Duration(days)*day {
					t.Errorf("%s with a grace of %d days, runs at %d: after %s", c, grace, hour, got)
				}
			}
		}
		if got := worst(c, c.LongestGrace()+1, 6); got <= time.Duration(days)*day {
			t.Errorf("%s keeps its promise with a grace of %d days: after %s", c, c.LongestGrace()+1, got)
		}
	}
}
