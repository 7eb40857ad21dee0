package reminder

import (
	"time"

	"github.com/openedx/advisory-reminders/internal/advisory"
)

// Policy is what the configuration says about when to remind.
type Policy struct {
	Location *time.Location
	Cadence  map[advisory.Severity]Cadence // of every scored severity
	Grace    map[Cadence]int               // calendar days

	// Quiet is for how many calendar days after an answer those who were told
	// before are not told again. What is not there is no day.
	Quiet map[Cadence]int

	// NotifyNew tells whoever has never been told of a scored draft at once. Else
	// its creation counts as told.
	NotifyNew bool
}

// DefaultPolicy is OEP-60's: critical once a week, high once a month, medium
// once a quarter, low twice a year, in UTC; with the grace of each cadence.
func DefaultPolicy() Policy {
	return Policy{
		Location: time.UTC,
		Cadence: map[advisory.Severity]Cadence{
			advisory.Critical: Weekly,
			advisory.High:     Monthly,
			advisory.Medium:   Quarterly,
			advisory.Low:      Semiannually,
		},
		Grace: defaultGrace(),
	}
}

// CadenceOf returns the cadence of a severity. Unscored advisories are for the
// working group alone, weekly.
func (p Policy) CadenceOf(s advisory.Severity) Cadence {
	if s == advisory.Unscored {
		return Weekly
	}
	return p.Cadence[s]
}

// after returns the first instant after the present period at which a recipient who
// was told last at a time can be told again.
func (p Policy) after(c Cadence, now, last time.Time) time.Time {
	next := c.Next(now, p.Location)
	if !next.After(now) {
		// The clock was set back over midnight, so that the last day of a period
		// goes on after the next one has begun.
		next = c.Next(next, p.Location)
	}
	return Later(next, p.graceEnd(c, last))
}

// IsNew reports whether a recipient is to be told of a draft because they never
// were.
func (p Policy) IsNew(d *Draft, told Told) bool {
	return p.NotifyNew && told.At.IsZero() && d.Severity != advisory.Unscored
}

// lastTold returns when a recipient counts as told of a draft last.
func (p Policy) lastTold(d *Draft, told Told) time.Time {
	creationCounts := !p.NotifyNew || d.Severity == advisory.Unscored
	if creationCounts && d.Opened.After(told.At) {
		return d.Opened
	}
	return told.At
}

// isQuiet reports whether an answer to a draft holds a recipient's reminders back.
// The working group's go on, and so does the first one to anybody.
func (p Policy) isQuiet(d *Draft, to Recipient, told Told, now time.Time) bool {
	return to != SWG && !told.At.IsZero() && !d.Answered.IsZero() && !d.Answered.After(now) &&
		now.Before(AddDays(d.Answered, p.Quiet[d.Cadence], p.Location))
}

// graceEnd returns the first instant at which someone who was told at t may be
// told again.
func (p Policy) graceEnd(c Cadence, t time.Time) time.Time {
	return AddDays(t, p.Grace[c], p.Location)
}
