package ledger

import (
	"context"
	"errors"
	"fmt"
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

// saveTries is how often Settle merges and writes again before it gives up.
const saveTries = 6

// Settle saves l. Where another run has written in between, it reads that,
// merges l into it and tries again. It returns the ledger as it is then, which
// is to be used from there on.
func Settle(ctx context.Context, s Store, l *Ledger, h Holder) (*Ledger, error) {
	for range saveTries {
		err := s.Save(ctx, l)
		if !errors.Is(err, ErrConflict) {
			return l, err
		}
		theirs, err := s.Load(ctx)
		if err != nil {
			return l, fmt.Errorf("read the ledger again after a conflict: %w", err)
		}
		l = Merge(theirs, l, h)
	}
	return l, ErrConflict
}
