package reminder

import "time"

// NextReminder returns the first instant at which a recipient who is told now
// can be told again by cadence c: the start of the next period, or the end of
// the grace where that is later.
func (p Policy) NextReminder(c Cadence, now time.Time) time.Time { return p.after(c, now, now) }
