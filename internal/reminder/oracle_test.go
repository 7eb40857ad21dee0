package reminder_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/reminder"
)

// An oracle knows the rules of DESIGN, section 3, and nothing of how the
// package goes about them. It finds everything out by looking at the clock on
// the wall minute by minute, so that all instants it is asked about have to be
// whole minutes.
type oracle struct {
	loc    *time.Location
	starts map[int]time.Time // the first instant of a local day, by number
}

// dayNumber is 20261102 for 2 November 2026.
func dayNumber(y int, m time.Month, d int) int { return y*10000 + int(m)*100 + d }

// start returns the first instant of the first local day of the period that
// contains now.
func (o *oracle) start(c reminder.Cadence, now time.Time) time.Time {
	y, m, d := now.In(o.loc).Date()
	// Noon in UTC is a safe place to go back through the calendar from.
	day := time.Date(y, m, d, 12, 0, 0, 0, time.UTC)
	for !o.opensPeriod(c, day) {
		day = day.Add(-24 * time.Hour)
	}
	number := dayNumber(day.Date())
	if at, ok := o.starts[number]; ok {
		return at
	}
	// No clock is ahead of UTC by more than 14 hours.
	at := day.Add(-(12 + 15) * time.Hour)
	for dayNumber(at.In(o.loc).Date()) < number {
		at = at.Add(time.Minute)
	}
	o.starts[number] = at
	return at
}

func (o *oracle) opensPeriod(c reminder.Cadence, day time.Time) bool {
	switch c {
	case reminder.Weekly:
		return day.Weekday() == time.Monday
	case reminder.Monthly:
		return day.Day() == 1
	case reminder.Quarterly:
		return day.Day() == 1 && strings.Contains("January April July October", day.Month().String())
	}
	return day.Day() == 1 && (day.Month() == time.January || day.Month() == time.July)
}

// graceOver reports whether the clock on the wall has shown, by now, what it
// showed at told, that many calendar days later.
func (o *oracle) graceOver(told time.Time, days int, now time.Time) bool {
	target := wall(told, o.loc).AddDate(0, 0, days)
	// What it showed before it was set back counts too.
	for back := time.Duration(0); back < 4*time.Hour; back += time.Minute {
		if !wall(now.Add(-back), o.loc).Before(target) {
			return true
		}
		if wall(now, o.loc).Sub(wall(now.Add(-4*time.Hour), o.loc)) == 4*time.Hour {
			return false // it was not set back of late
		}
	}
	return false
}

// quiet reports whether an answer is younger than so many days on the wall's
// calendar; one that is yet to come isn't an answer.
func (o *oracle) quiet(answered time.Time, days int, now time.Time) bool {
	return !answered.IsZero() && !now.Before(answered) && !o.graceOver(answered, days, now)
}

// A delivery is what the test's ledger holds of an advisory and a recipient.
type delivery struct {
	at  time.Time
	run int
}

// A pairing is one advisory and one recipient.
type pairing struct {
	id string
	to reminder.Recipient
}

// run is what one run is asked for.
type run struct {
	number     int // a re-run has the number of the first attempt
	now        time.Time
	force      bool
	severities []advisory.Severity
}

// digests returns what a run has to send, outlined. All of it follows from the
// sentences of the design, for each recipient and cadence on its own.
func (o *oracle) digests(r run, p reminder.Policy, drafts []reminder.Draft, ledger map[pairing]delivery) []string {
	var recipients []reminder.Recipient
	for _, d := range drafts {
		recipients = append(recipients, d.Recipients...)
	}
	recipients = append(recipients, reminder.SWG)
	slices.Sort(recipients)
	recipients = slices.Compact(recipients)

	var lines []string
	for _, to := range recipients {
		for _, c := range reminder.Cadences {
			var pending []reminder.Draft
			reasons := make(map[string]string)
			due := false
			for _, d := range drafts {
				if !isFor(d, to) || cadenceOf(p, d) != c || r.now.Before(d.SnoozedUntil) {
					continue
				}
				if len(r.severities) > 0 && !slices.Contains(r.severities, d.Severity) {
					continue
				}
				last, before := ledger[pairing{d.ID, to}]
				told := d.Opened
				if before && (p.NotifyNew && d.Severity != advisory.Unscored || last.at.After(told)) {
					told = last.at
				}
				switch {
				case r.force && d.Severity != advisory.Unscored:
					if before && last.run == r.number {
						continue
					}
					reasons[d.ID] = "forced"
					due = true
				case !before && p.NotifyNew && d.Severity != advisory.Unscored:
					reasons[d.ID] = "new"
					due = true
				case before && to != reminder.SWG && o.quiet(d.Answered, p.Quiet[c], r.now):
					continue
				case !told.Before(o.start(c, r.now)):
					continue
				case o.graceOver(told, p.Grace[c], r.now):
					reasons[d.ID] = "due"
					due = true
				default:
					reasons[d.ID] = "goes along with one that is due"
				}
				pending = append(pending, d)
			}
			if !due {
				continue
			}
			slices.SortFunc(pending, func(a, b reminder.Draft) int {
				return cmp.Or(-cmp.Compare(a.Severity, b.Severity), a.Opened.Compare(b.Opened), strings.Compare(a.ID, b.ID))
			})
			var items []string
			for _, d := range pending {
				items = append(items, d.ID+" "+reasons[d.ID])
			}
			lines = append(lines, fmt.Sprintf("%s %v: %s", to, c, strings.Join(items, ", ")))
		}
	}
	return lines
}

func isFor(d reminder.Draft, to reminder.Recipient) bool {
	if d.Severity == advisory.Unscored || len(d.Recipients) == 0 {
		return to == reminder.SWG
	}
	return slices.Contains(d.Recipients, to)
}

func cadenceOf(p reminder.Policy, d reminder.Draft) reminder.Cadence {
	if d.Severity == advisory.Unscored {
		return reminder.Weekly
	}
	return p.Cadence[d.Severity]
}
