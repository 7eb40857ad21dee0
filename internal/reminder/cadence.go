package reminder

import (
	"strings"
	"time"
)

// Cadence is how often a recipient is reminded.
type Cadence int

// The cadences of OEP-60.
const (
	Weekly Cadence = iota
	Monthly
	Quarterly
	Semiannually
)

// Cadences are all of them, the most frequent first.
var Cadences = [...]Cadence{Weekly, Monthly, Quarterly, Semiannually}

// cadences say what each of them is.
var cadences = [...]struct {
	name    string     // as the configuration writes it
	months  time.Month // of a period; 0: it is a week
	grace   int        // the default, in calendar days
	promise int        // see Promise
}{
	Weekly:       {"weekly", 0, 2, 8},
	Monthly:      {"monthly", 1, 7, 34},
	Quarterly:    {"quarterly", 3, 7, 95},
	Semiannually: {"semiannually", 6, 7, 187},
}

// String returns the cadence as the configuration writes it.
func (c Cadence) String() string { return cadences[c].name }

// Promise returns within how many days of an advisory's creation the first reminder
// of a cadence comes, given a run every weekday: a period of the longest, and the
// weekend after it, where it does not end with one.
func (c Cadence) Promise() int { return cadences[c].promise }

// LongestGrace returns the grace, in days, by which that promise is kept: it can end
// on a Saturday, and the next run is on Monday then.
func (c Cadence) LongestGrace() int { return c.Promise() - 3 }

func defaultGrace() map[Cadence]int {
	grace := make(map[Cadence]int, len(Cadences))
	for _, c := range Cadences {
		grace[c] = cadences[c].grace
	}
	return grace
}

// ParseCadence reads a cadence in any case, and reports whether s is one.
func ParseCadence(s string) (Cadence, bool) {
	for _, c := range Cadences {
		if strings.EqualFold(s, c.String()) {
			return c, true
		}
	}
	return 0, false
}

// Start returns the first instant of the period of c that contains the local
// day of now in loc: the week from Monday, the month, the quarter from January,
// April, July or October, the half year from January or July.
func (c Cadence) Start(now time.Time, loc *time.Location) time.Time {
	y, m, d := now.In(loc).Date()
	y, m, d = c.firstDay(y, m, d)
	return StartOfDay(y, m, d, loc)
}

// Next returns the first instant of the period after the one that contains the
// local day of now in loc.
func (c Cadence) Next(now time.Time, loc *time.Location) time.Time {
	y, m, d := now.In(loc).Date()
	y, m, d = c.firstDay(y, m, d)
	if c == Weekly {
		return StartOfDay(y, m, d+7, loc)
	}
	return StartOfDay(y, m+cadences[c].months, d, loc)
}

// firstDay returns the first civil day of the period that holds a civil day.
// The day that it returns need not be normalized: 0 May is 30 April.
func (c Cadence) firstDay(y int, m time.Month, d int) (int, time.Month, int) {
	if c == Weekly {
		sinceMonday := (int(civil(y, m, d).Weekday()) + 6) % 7
		return y, m, d - sinceMonday
	}
	return y, m - (m-1)%cadences[c].months, 1
}

// StartOfDay returns the first instant of a local day in loc. Where clocks
// skip midnight that is later than 00:00; where a day was skipped as a whole,
// it is the first instant of the day after. The day is normalized as time.Date
// does: 32 January is 1 February.
func StartOfDay(y int, m time.Month, d int, loc *time.Location) time.Time {
	return firstInstant(civil(y, m, d), loc)
}

// AddDays returns the first instant at which the wall clock of loc shows what
// it shows at t, that many calendar days later, or more.
func AddDays(t time.Time, days int, loc *time.Location) time.Time {
	t = t.In(loc)
	y, m, d := t.Date()
	wall := time.Date(y, m, d+days, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
	return firstInstant(wall, loc)
}

// civil is a day of the calendar, held as midnight in UTC so that it can be
// reckoned with.
func civil(y int, m time.Month, d int) time.Time {
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// firstInstant returns the first instant at which the wall clock of loc shows
// wall or more. time.Date will not do: in a gap or an overlap it does not say
// which of two instants it returns.
func firstInstant(wall time.Time, loc *time.Location) time.Time {
	// No zone is or was further than 16 hours from UTC, so that the search
	// begins before wall is reached.
	t := wall.Add(-36 * time.Hour).In(loc)
	for {
		_, offset := t.Zone()
		at := wall.Add(-time.Duration(offset) * time.Second).In(loc)
		start, end := t.ZoneBounds()
		if at.Before(start) {
			at = start
		}
		if end.IsZero() || at.Before(end) {
			return at
		}
		t = end
	}
}

// Days returns how many calendar days of a zone lie between two times.
func Days(from, to time.Time, zone *time.Location) int {
	y1, m1, d1 := from.In(zone).Date()
	y2, m2, d2 := to.In(zone).Date()
	span := civil(y2, m2, d2).Sub(civil(y1, m1, d1))
	return max(int(span.Hours()/24), 0)
}

// Earlier returns the earlier of two times, of which one that is zero is none.
func Earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// Later returns the later of two times.
func Later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
