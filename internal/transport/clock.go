package transport

import (
	"net/http"
	"sync"
	"time"
)

// A Clock is one time for all runs, whatever their machines say: it starts at
// GitHub's first Date header, and then advances by the time that goes by on the
// machine, or by the advance of GitHub's Date, whichever is greater, so a machine
// that was paused catches up with it. Before the first Date, and where there is
// none, it is the machine's. It may be used by several goroutines.
type Clock struct {
	machine func() time.Time
	asOf    time.Time // where it starts, in place of GitHub's first Date; zero: there

	mu      sync.Mutex
	known   bool          // there was a Date
	began   time.Time     // on the machine, at the first Date
	date    time.Time     // the first Date
	advance time.Duration // of GitHub's Date since
}

// NewClock returns a clock over the machine's. It starts at asOf, unless that is
// the zero time.
func NewClock(machine func() time.Time, asOf time.Time) *Clock {
	return &Clock{machine: machine, asOf: asOf, began: machine()}
}

// Now returns the time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.start().Add(max(c.machine().Sub(c.began), c.advance))
}

// Start returns the time at which the clock started.
func (c *Clock) Start() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.start()
}

func (c *Clock) start() time.Time {
	switch {
	case !c.asOf.IsZero():
		return c.asOf
	case c.known:
		return c.date
	}
	return c.began
}

// Off returns by how much the machine's clock was ahead of GitHub's, and whether
// GitHub has told its time at all. A clock that was told where to start is right.
func (c *Clock) Off() (ahead time.Duration, known bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case !c.asOf.IsZero():
		return 0, true
	case !c.known:
		return 0, false
	}
	return c.began.Sub(c.date), true
}

// Told reports whether the clock was told where to start.
func (c *Clock) Told() bool { return !c.asOf.IsZero() }

// observe takes in the Date of an answer.
func (c *Clock) observe(header string) {
	date, err := http.ParseTime(header)
	if err != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.known {
		c.known, c.date, c.began = true, date, c.machine()
	}
	c.advance = max(c.advance, date.Sub(c.date))
}

// Watch returns a client whose answers the clock goes by.
func (c *Clock) Watch(client *http.Client) *http.Client {
	return Observe(client, func(resp *http.Response) { c.observe(resp.Header.Get("Date")) })
}
