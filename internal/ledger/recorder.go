package ledger

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"
)

// part is after how many deliveries the ledger is written while a run goes on:
// so many, or where a run has more than a thousand, a fiftieth of them. As many
// may go out while that write is on its way.
func part(deliveries int) int { return max(20, deliveries/50) }

// How often a write begins anew because another run has written in between, and
// the pauses, which double: who comes in between has to wait until there is room.
const (
	saveTries    = 40
	firstPause   = 50 * time.Millisecond
	longestPause = 3 * time.Second
)

// writeWithin is how long a write may take, waiting for rate limits included.
const writeWithin = 5 * time.Minute

// A Recorder has the ledger in hand while a run delivers: it is the only one who
// writes it. It may be used by several goroutines.
type Recorder struct {
	store  Store
	me     Claimant
	now    func() time.Time
	public bool            // the number of writes must not depend on what is due; see Take
	run    context.Context // once it is done, nothing is written before the end either
	last   context.Context // of all writes but the first
	part   int

	mu         sync.Mutex
	idle       sync.Cond // no write is on its way
	ledger     *Ledger
	renewed    time.Time // when the claims that the store holds were claimed or renewed
	unrecorded int       // changes that the store doesn't hold for certain
	writing    bool
	err        error // of the last write
}

// A Result is what became of a delivery.
type Result struct {
	Outcome Outcome
	Channel string // that accepted it

	// At is when the channel did, where that was before; zero: now.
	At time.Time
}

// Take claims in one write what l says a run is going to send; see
// Ledger.Claim. ErrConflict says that another run was faster: nothing is claimed,
// and the run has to decide anew. Where nothing is claimed, nothing is written. In
// a public repository, where the number of writes would tell, it is written all the
// same, and what the run delivers at the end alone.
// This write ends with deciding, all others with last, which may outlive the run's own
// context.
func Take(ctx, deciding, last context.Context, s Store, l *Ledger, me Claimant, now func() time.Time, public bool) (*Recorder, error) {
	r := &Recorder{store: s, me: me, now: now, public: public, run: ctx, last: last, ledger: l, renewed: now()}
	r.idle.L = &r.mu
	claims := 0
	for _, d := range l.Deliveries {
		if me.holds(d) {
			claims++
			if d.Since.Before(r.renewed) {
				r.renewed = d.Since
			}
		}
	}
	r.part = part(claims)
	if claims == 0 && !public {
		return r, nil
	}
	text, nonce, err := s.form().encode(l)
	if err != nil {
		return nil, err
	}
	if _, err := s.save(deciding, text, nonce); err != nil {
		if deciding.Err() != nil && !errors.Is(err, ErrConflict) {
			_ = r.Close() // they may be there all the same
		}
		return nil, err
	}
	if left, want := s.left(), 1+claims/r.part; left < want {
		_ = r.Close() // nobody has to wait until they end
		return nil, fmt.Errorf("GitHub's limit leaves %d requests of this hour to the ledger's token, and noting what is sent takes %d: the next run goes on", left, want)
	}
	return r, nil
}

// Read calls f with the ledger, and Update lets f change it. Neither may keep it.
func (r *Recorder) Read(f func(*Ledger)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f(r.ledger)
}

// left returns how long the claims live on. The lock must be held.
func (r *Recorder) left() time.Duration { return r.me.life() - r.now().Sub(r.renewed) }

// Begin reports whether a delivery may begin, and until when it may go on. It
// waits while too much is unrecorded, and renews the claims where they are about
// to end. It reports false where another run has taken over, the ledger can't be
// written, or the run was told to stop.
func (r *Recorder) Begin(id string) (until time.Time, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for r.writing && !r.public && r.unrecorded >= 2*r.part {
		r.idle.Wait()
	}
	full := !r.public && r.unrecorded >= r.part && r.err != nil
	if full || r.left() <= r.me.life()/noneInLast {
		if r.write() != nil {
			return time.Time{}, false
		}
	}
	d := r.ledger.byID(id)
	if r.run.Err() != nil || d == nil || !r.me.holds(d) {
		return time.Time{}, false
	}
	return r.renewed.Add(r.me.life()), true
}

// MayGo reports whether a delivery that has begun may still take the step by
// which a channel can accept it.
func (r *Recorder) MayGo() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.left() > r.me.life()/noneInLast
}

// End notes what became of a delivery that has begun, and writes the ledger
// meanwhile where it is time to.
func (r *Recorder) End(id string, result Result) {
	r.mu.Lock()
	defer r.mu.Unlock()
	d := r.ledger.byID(id)
	switch {
	case d == nil:
		return
	case d.Outcome == Claimed && !r.me.holds(d) && result.Outcome != Accepted: // another run has it in hand
		if result.Outcome == Unclear {
			d.Perhaps, d.Tried = true, later(d.Tried, r.now())
		}
	default:
		r.ledger.settle(d, result, r.now())
	}
	r.unrecorded++
	due := !r.public && r.unrecorded >= r.part || r.left() <= r.me.life()/renewAt
	if due && !r.writing && r.run.Err() == nil {
		r.writing = true // nobody else begins
		go func() {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.writing = false
			_ = r.write() // if it can't be written at the end either, that is said there
		}()
	}
}

// Update lets f change the ledger, such as what a report has said.
func (r *Recorder) Update(f func(*Ledger)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f(r.ledger)
	r.unrecorded++
}

// Close ends the claims and writes the ledger once more.
func (r *Recorder) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for r.writing {
		r.idle.Wait()
	}
	r.ledger.release(r.me)
	return r.write()
}

// Unrecorded returns how many changes the store doesn't hold for certain.
func (r *Recorder) Unrecorded() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.unrecorded
}

// write renews the claims and writes the ledger as it is now, merged with what
// others have written in between. The lock must be held, and is let go while the
// store is at work.
func (r *Recorder) write() error {
	for r.writing {
		r.idle.Wait()
	}
	r.writing = true
	defer func() { r.writing = false; r.idle.Broadcast() }()
	ctx, cancel := context.WithTimeout(r.last, writeWithin)
	defer cancel()
	pause := firstPause
	for try := 0; ; try++ {
		at, held := r.now(), r.unrecorded
		r.ledger.renew(r.me, at)
		var text []byte
		var nonce string
		if text, nonce, r.err = r.store.form().encode(r.ledger); r.err != nil {
			return r.err
		}
		r.mu.Unlock()
		theirs, err := r.store.save(ctx, text, nonce)
		if errors.Is(err, ErrConflict) && try < saveTries {
			select { // two that wait must not go on meeting
			case <-time.After(pause/2 + rand.N(pause)):
			case <-ctx.Done():
			}
			pause = min(2*pause, longestPause)
		}
		r.mu.Lock()
		r.err = err
		switch {
		case err == nil:
			r.renewed, r.unrecorded = at, r.unrecorded-held
			return nil
		case !errors.Is(err, ErrConflict) || theirs == nil:
			return err
		}
		r.ledger.merge(theirs, r.me, r.now())
		if try == saveTries || ctx.Err() != nil {
			return err
		}
	}
}
