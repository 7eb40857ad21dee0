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

	"github.com/openedx/advisory-reminders/internal/wholefile"
)

// lockPoll is how often a run asks again for a ledger that another run holds,
// and lockWait for how long.
const (
	lockPoll = 100 * time.Millisecond
	lockWait = 10 * time.Minute
)

// A File is a ledger in one JSON file. It is locked from Load to Close across
// processes, by a lock file beside it, and replaced atomically.
type File struct {
	name string // as it was given
	path string // without links
	key  *Key   // nil: plain
	lock *flock.Flock
	last []byte // what was loaded or saved last; nil: there was no file
}

// NewFile returns the store of a file, which need not exist. Its directory must.
// Links are followed first, so that whoever comes by another name finds the same
// lock.
func NewFile(path string, key *Key) *File {
	real := target(path)
	return &File{name: path, path: real, key: key, lock: flock.New(real + ".lock")}
}

// Place names the file.
func (f *File) Place() Place {
	return Place{
		Name:    "the file " + f.name,
		Restore: "restore the file from a backup, or see who can read it; without it the next run is a first one, and reminds everybody anew",
		Permit:  "make the directory, and let this user write to it",
	}
}

// target returns what a path leads to in the end, whether that exists or not.
func target(path string) string {
	const links = 40 // as many as Linux follows
	for range links {
		if real, err := filepath.EvalSymlinks(path); err == nil {
			return real
		}
		next, err := os.Readlink(path)
		if err != nil {
			break
		}
		if !filepath.IsAbs(next) {
			next = filepath.Join(filepath.Dir(path), next)
		}
		path = next
	}
	if dir, err := filepath.EvalSymlinks(filepath.Dir(path)); err == nil {
		return filepath.Join(dir, filepath.Base(path))
	}
	return path
}

// Load takes the lock, and reads the file. If it had to wait for another run it
// returns ErrConflict: what the caller has seen meanwhile may be minutes old. The
// lock is its own then.
func (f *File) Load(ctx context.Context) (*Ledger, error) {
	if f.lock.Locked() {
		return f.peek(ctx)
	}
	switch locked, err := f.lock.TryLock(); {
	case err != nil:
		return nil, fmt.Errorf("lock the ledger %s: %w", f.path, err)
	case locked:
		return f.peek(ctx)
	}
	ctx, cancel := context.WithTimeout(ctx, lockWait)
	defer cancel()
	if _, err := f.lock.TryLockContext(ctx, lockPoll); errors.Is(err, context.DeadlineExceeded) {
		return nil, fmt.Errorf("another run has held the ledger %s for %v: see whether it hangs", f.path, lockWait)
	} else if err != nil {
		return nil, fmt.Errorf("lock the ledger %s: %w", f.path, err)
	}
	return nil, ErrConflict
}

func (f *File) peek(context.Context) (*Ledger, error) {
	text, err := os.ReadFile(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		f.last = nil
		return New(), nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the ledger: %w", err)
	}
	l, err := f.form().decode(text)
	if _, ok := errors.AsType[damaged](err); ok {
		err = fmt.Errorf("%w: restore it from a backup", err)
	}
	if err != nil {
		return nil, fmt.Errorf("read the ledger %s: %w", f.path, err)
	}
	f.last = text
	return l, nil
}

func (f *File) left() int { return unknown }

func (f *File) form() form { return form{key: f.key} }

// save replaces the file.
func (f *File) save(ctx context.Context, text []byte, _ string) (*Ledger, error) {
	now, err := os.ReadFile(f.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read the ledger before writing it: %w", err)
	}
	if !bytes.Equal(now, f.last) {
		theirs, err := f.peek(ctx)
		if err != nil {
			return nil, err
		}
		return theirs, ErrConflict
	}
	if err := wholefile.Write(f.path, text, 0o600); err != nil {
		return nil, fmt.Errorf("write the ledger: %w", err)
	}
	f.last = text
	return nil, nil
}

// Alone returns true: the file is locked.
func (f *File) Alone() bool { return true }

// Close lets the next run have the file.
func (f *File) Close() error {
	if err := f.lock.Close(); err != nil {
		return fmt.Errorf("unlock the ledger: %w", err)
	}
	return nil
}

// ErrHeld says that another run is at work on the ledger now.
var ErrHeld = errors.New("another run holds the ledger now")

// Probe writes a file beside the ledger and takes that away, and takes the lock
// and lets go of it. The error is ErrHeld where another run has the lock. The
// lock file stays, as after a run: a lock whose file can vanish locks nobody out.
func (f *File) Probe(context.Context) error {
	beside, err := os.CreateTemp(filepath.Dir(f.path), ".advisory-reminders-*")
	if err != nil {
		return fmt.Errorf("write beside the ledger: %w", err)
	}
	if err = errors.Join(beside.Close(), os.Remove(beside.Name())); err != nil {
		return fmt.Errorf("write beside the ledger: %w", err)
	}
	if info, err := os.Stat(f.path); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("the ledger %s is not a file", f.path)
	}
	locked, err := f.lock.TryLock()
	switch {
	case err != nil:
		return fmt.Errorf("lock the ledger: %w", err)
	case !locked:
		return ErrHeld
	}
	return f.Close()
}
