package ledger

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// A Store holds the ledger between runs.
type Store interface {
	// Load returns the ledger as it is now, or a new one where there is none.
	// ErrConflict says that it had to wait for another run: the next call
	// doesn't.
	Load(ctx context.Context) (*Ledger, error)

	// Save replaces the ledger that was loaded or written last. If somebody else
	// has written in between it writes nothing and returns ErrConflict.
	Save(ctx context.Context, l *Ledger) error

	// Locked reports whether no other run can be at work on the ledger between
	// Load and Close.
	Locked() bool

	// Close lets go of what Load has locked.
	Close() error
}

// ErrConflict says that somebody else has written the ledger since it was
// loaded.
var ErrConflict = errors.New("another run has written the ledger in the meantime")

// How often Settle merges and writes again before it gives up, and the pauses in
// between, which double. A run that notes what it delivers moves the branch again
// and again, and who comes in between has to wait until there is room.
const (
	saveTries    = 40
	firstPause   = 50 * time.Millisecond
	longestPause = 3 * time.Second
)

// Settle saves l. Where another run has written in between, it reads that,
// merges l into it and tries again, for about two minutes. It returns the ledger
// as it is then, which is to be used from there on.
func Settle(ctx context.Context, s Store, l *Ledger, h Holder) (*Ledger, error) {
	pause := firstPause
	for range saveTries {
		err := s.Save(ctx, l)
		if !errors.Is(err, ErrConflict) {
			return l, err
		}
		select {
		case <-time.After(pause/2 + rand.N(pause)): // two that wait must not go on meeting
		case <-ctx.Done():
			return l, ErrConflict
		}
		pause = min(2*pause, longestPause)
		theirs, err := s.Load(ctx)
		if err != nil {
			return l, fmt.Errorf("read the ledger again after a conflict: %w", err)
		}
		l = Merge(theirs, l, h)
	}
	return l, ErrConflict
}
