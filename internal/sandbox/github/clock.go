package github

import (
	"sync"
	"time"
)

// clock has a lock of its own, so that the time can be asked while the world
// is locked.
type clock struct {
	mu   sync.Mutex
	base time.Time // what the clock was set to; zero: never
	set  time.Time // when that was, by the machine's clock
}

// Now returns the world's time. It is the machine's until SetTime is called.
func (w *World) Now() time.Time {
	w.clock.mu.Lock()
	defer w.clock.mu.Unlock()
	if w.clock.base.IsZero() {
		return time.Now()
	}
	return w.clock.base.Add(time.Since(w.clock.set))
}

// second is the second of now, in UTC: what GitHub dates things by.
func (w *World) second() time.Time { return w.Now().UTC().Truncate(time.Second) }

// SetTime sets the world's clock, which ticks on from there. The world needn't
// be locked.
func (w *World) SetTime(t time.Time) {
	w.clock.mu.Lock()
	defer w.clock.mu.Unlock()
	w.clock.base, w.clock.set = t, time.Now()
}

// An Event is something that happens in a world at a time.
type Event struct {
	At   time.Time
	Do   func(*World) // called with the world locked
	What string       // in words for people; names no title of an advisory
}

// Advance lets everything happen that is due at t or before, sets the clock to
// t, and returns what happened. Advisories that an event creates or changes
// bear the event's time. The world must not be locked.
func (w *World) Advance(t time.Time) []Event {
	w.Lock()
	defer w.Unlock()
	n := 0
	for n < len(w.Events) && !w.Events[n].At.After(t) {
		w.SetTime(w.Events[n].At)
		w.Events[n].Do(w)
		n++
	}
	happened := w.Events[:n:n]
	w.Events = w.Events[n:]
	w.SetTime(t)
	return happened
}
