package reminder_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/reminder"
)

// TestFirstReminder opens advisories all through two years and runs
// once every weekday, at any hour of the day. Nobody waits longer for the first
// reminder than the design says, and somebody waits that long. With notify-new
// that is from Saturday to Monday, whatever the severity.
func TestFirstReminder(t *testing.T) {
	most := map[advisory.Severity]int{ // days
		advisory.Critical: 8, advisory.High: 34, advisory.Medium: 95, advisory.Low: 187,
	}
	runs := []time.Duration{0, 24*time.Hour - time.Second}
	for s, days := range most {
		for _, notifyNew := range []bool{false, true} {
			policy := reminder.DefaultPolicy()
			policy.Location, policy.NotifyNew = zone(t, "America/New_York"), notifyNew
			most := days
			if notifyNew {
				most = 3
			}
			t.Run(fmt.Sprintf("%v, notify-new %t", s, notifyNew), func(t *testing.T) {
				t.Parallel()
				longest := time.Duration(0)
				for _, run := range runs {
					longest = max(longest, longestWait(t, s, policy, run))
				}
				const day = 24 * time.Hour
				if limit := time.Duration(most) * day; longest > limit || longest <= limit-day {
					t.Errorf("the longest wait is %v, want more than %d days and at most %d", longest, most-1, most)
				}
			})
		}
	}
}

// longestWait returns the longest time by the clock on the wall between the
// creation of an advisory and the first digest that holds it.
func longestWait(t *testing.T, s advisory.Severity, policy reminder.Policy, run time.Duration) time.Duration {
	loc := policy.Location
	history := memory{}.history
	var waiting []reminder.Draft
	longest := time.Duration(0)
	for day := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC); day.Before(time.Date(2028, 7, 20, 0, 0, 0, 0, time.UTC)); day = day.AddDate(0, 0, 1) {
		if day.Year() < 2028 {
			for _, hour := range []time.Duration{0, 24*time.Hour - time.Second} {
				id := day.Add(hour).Format(time.RFC3339)
				waiting = append(waiting, draft(id, s, local(day.Add(hour), loc), reminder.UserRecipient(id)))
			}
		}
		if day.Weekday() == time.Saturday || day.Weekday() == time.Sunday {
			continue
		}
		now := local(day.Add(run), loc)
		digests, _ := reminder.Plan(reminder.Request{Now: now, Policy: policy, Drafts: waiting, History: history})
		told := make(map[string]bool)
		for _, d := range digests {
			for _, r := range d.Reminders {
				told[r.ID] = true
				longest = max(longest, wall(now, loc).Sub(wall(r.Opened, loc)))
			}
		}
		var left []reminder.Draft
		for _, d := range waiting {
			if !told[d.ID] {
				left = append(left, d)
			}
		}
		waiting = left
	}
	if len(waiting) > 0 {
		t.Errorf("%d advisories were never told", len(waiting))
	}
	return longest
}

// local returns an instant at which clocks in loc show what w shows in UTC, on
// days without a switch.
func local(w time.Time, loc *time.Location) time.Time {
	return time.Date(w.Year(), w.Month(), w.Day(), w.Hour(), w.Minute(), w.Second(), 0, loc)
}

// wall returns what clocks in loc show at t, as a time in UTC, so that the
// difference of two of them counts calendar days.
func wall(t time.Time, loc *time.Location) time.Time {
	t = t.In(loc)
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
}
