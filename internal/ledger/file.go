package ledger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
	"github.com/google/renameio/v2"
)

// lockPoll is how often a run asks again for a ledger that another run holds.
const lockPoll = 100 * time.Millisecond

// lockWait is how long a run waits for one that holds the ledger.
const lockWait = 10 * time.Minute

// A File is a ledger in one JSON file. It is locked from Load to Close across
// processes, by a lock file beside it, and replaced atomically.
type File struct {
	path string
	key  *Key // nil: not encrypted
	lock *flock.Flock
	last []byte // what was loaded or saved last; nil: there was no file
}

// NewFile returns the store of a file, which need not exist. Its directory
// must. The key encrypts the ledger; nil does not.
func NewFile(path string, key *Key) *File {
	return &File{path: path, key: key, lock: flock.New(path + ".lock")}
}

// Peek reads the file without locking it, for a preview.
func (f *File) Peek() (*Ledger, error) { return f.read() }

// Load takes the lock, and reads the file. If it had to wait for another run it
// returns ErrConflict: what the caller has seen meanwhile may be minutes old. The
// lock is its own then.
func (f *File) Load(ctx context.Context) (*Ledger, error) {
	if f.lock.Locked() {
		return f.read()
	}
	ctx, cancel := context.WithTimeout(ctx, lockWait)
	defer cancel()
	switch locked, err := f.lock.TryLock(); {
	case err != nil:
		return nil, fmt.Errorf("lock the ledger %s: %w", f.path, err)
	case locked:
		return f.read()
	}
	if _, err := f.lock.TryLockContext(ctx, lockPoll); errors.Is(err, context.DeadlineExceeded) {
		return nil, fmt.Errorf("another run has held the ledger %s for %v: see whether it hangs", f.path, lockWait)
	} else if err != nil {
		return nil, fmt.Errorf("lock the ledger %s: %w", f.path, err)
	}
	return nil, ErrConflict
}

func (f *File) read() (*Ledger, error) {
	text, err := os.ReadFile(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		f.last = nil
		return New(), nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the ledger: %w", err)
	}
	l, err := f.key.decode(text)
	if err != nil {
		return nil, fmt.Errorf("read the ledger %s: %w", f.path, err)
	}
	f.last = text
	return l, nil
}

// Save replaces the file: written beside it, synced to disk, renamed.
func (f *File) Save(_ context.Context, l *Ledger) error {
	now, err := os.ReadFile(f.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("read the ledger before writing it: %w", err)
	}
	if !bytes.Equal(now, f.last) {
		return ErrConflict
	}
	text, err := f.key.encode(l)
	if err != nil {
		return err
	}
	if err := renameio.WriteFile(f.path, text, 0o600); err != nil {
		return fmt.Errorf("write the ledger: %w", err)
	}
	if err := syncDir(filepath.Dir(f.path)); err != nil {
		return fmt.Errorf("write the ledger: %w", err)
	}
	f.last = text
	return nil
}

// syncDir makes a rename in dir durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Locked returns true.
func (f *File) Locked() bool { return true }

// Close lets the next run have the file.
func (f *File) Close() error {
	if err := f.lock.Close(); err != nil {
		return fmt.Errorf("unlock the ledger: %w", err)
	}
	return nil
}
