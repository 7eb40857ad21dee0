package ledger

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/google/go-github/v60/github"

	"github.com/openedx/advisory-reminders/internal/transport"
)

// probe is what a probe writes to find out whether it can.
const probe = "Advisory Reminders asks whether it may write here.\n"

// ErrHeld says that another run is at work on the ledger now.
var ErrHeld = errors.New("another run holds the ledger now")

// Probe reports why the ledger could not be written, or nil, and leaves it as
// it is. It writes one blob that nothing refers to: what GitHub says of a token's
// permissions is a user's role, which is absent or misleading for the tokens of
// workflows, apps and fine-grained rights. A blob wants the very permission
// that a ledger's write wants (contents: write), moves no branch, starts
// no workflow and is seen by nobody; the same blob is the same object every
// time.
func (b *Branch) Probe(ctx context.Context) error {
	_, _, err := b.github.Git.CreateBlob(ctx, b.repo.Owner, b.repo.Name, &github.Blob{
		Content:  github.String(base64.StdEncoding.EncodeToString([]byte(probe))),
		Encoding: github.String("base64"),
	})
	if err != nil {
		return fmt.Errorf("write a git object: %w", transport.CleanGitHub(err))
	}
	return nil
}

// Probe reports why the file could not be replaced, or nil, and leaves it as it
// is: it writes a file beside it and takes that away, and takes the lock and
// lets go of it. The error is ErrHeld where another run has the lock. The lock
// file stays, as after a run: a lock whose file can vanish locks nobody out.
func (f *File) Probe(context.Context) error {
	beside, err := os.CreateTemp(filepath.Dir(f.path), ".advisory-reminders-*")
	if err != nil {
		return fmt.Errorf("write beside the ledger: %w", err)
	}
	_, err = beside.WriteString(probe)
	if err = errors.Join(err, beside.Close(), os.Remove(beside.Name())); err != nil {
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
