package ledger

import (
	"context"
	"errors"
)

// A Store holds the ledger between runs, such as a branch.
type Store interface {
	// Load returns the ledger as it is now, or a new one where there is none.
	// ErrConflict says that it had to wait for another run: the next call
	// doesn't.
	Load(ctx context.Context) (*Ledger, error)

	// Place says where the ledger is, and what to do where it can't be used.
	Place() Place

	// Alone reports whether no other run can be at work on the ledger between
	// Load and Close.
	Alone() bool

	// Probe reports why the ledger could not be written, or nil, and leaves it
	// as it is.
	Probe(ctx context.Context) error

	// Close lets go of what Load has locked.
	Close() error

	// peek returns the ledger as Load does, without locking it.
	peek(ctx context.Context) (*Ledger, error)

	form() form

	// left returns how many more times the ledger can be written in this hour, as
	// far as is known.
	left() int

	// save replaces the ledger that was loaded or saved last by a text that holds
	// the nonce. If somebody else has written in between it writes nothing, and
	// returns their ledger and ErrConflict.
	save(ctx context.Context, text []byte, nonce string) (theirs *Ledger, err error)
}

// A Place is what a person is told of a store.
type Place struct {
	Name    string // such as "the file ledger.json"
	Restore string // what to do where the ledger can't be read
	Permit  string // what to do where it can't be written
}

// ErrConflict says that somebody else has written the ledger since it was
// loaded.
var ErrConflict = errors.New("another run has written the ledger in the meantime")

// A preview reads a store and never writes it.
type preview struct {
	read func(context.Context) (*Ledger, error)
}

// Preview returns a store that reads another one, without locking it, and
// writes nothing. A nil store is that of a first run.
func Preview(s Store) Store {
	if s == nil {
		return preview{func(context.Context) (*Ledger, error) { return New(), nil }}
	}
	return preview{s.peek}
}

func (p preview) Load(ctx context.Context) (*Ledger, error)           { return p.read(ctx) }
func (p preview) peek(ctx context.Context) (*Ledger, error)           { return p.read(ctx) }
func (preview) Place() Place                                          { return Place{} } // nobody is told where one is
func (preview) Alone() bool                                           { return true }
func (preview) Probe(context.Context) error                           { return nil }
func (preview) Close() error                                          { return nil }
func (preview) left() int                                             { return unknown }
func (preview) form() form                                            { return form{} }
func (preview) save(context.Context, []byte, string) (*Ledger, error) { return nil, nil }
