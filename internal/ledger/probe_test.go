package ledger

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// A probe of a file tells whether it can be written, and changes nothing.
func TestProbeFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "ledger.json")
	if err := os.WriteFile(path, []byte("what it holds"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := NewFile(path, nil).Probe(t.Context()); err != nil {
		t.Errorf("one that can be written: %v", err)
	}
	if text, _ := os.ReadFile(path); string(text) != "what it holds" {
		t.Errorf("the file holds %q", text)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 2 { // the lock is the other
		t.Errorf("the directory holds %v, %v", entries, err)
	}

	running := NewFile(filepath.Join(dir, "other.json"), nil)
	if _, err := running.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := NewFile(filepath.Join(dir, "other.json"), nil).Probe(t.Context()); !errors.Is(err, ErrHeld) {
		t.Errorf("one that a run holds: %v, want %v", err, ErrHeld)
	}
	if err := running.Close(); err != nil {
		t.Fatal(err)
	}
	if err := NewFile(filepath.Join(dir, "other.json"), nil).Probe(t.Context()); err != nil {
		t.Errorf("one that a run has let go of: %v", err)
	}
	if err := NewFile(filepath.Join(dir, "none", "ledger.json"), nil).Probe(t.Context()); err == nil {
		t.Error("one whose directory is missing can be written")
	}
	if err := NewFile(dir, nil).Probe(t.Context()); err == nil {
		t.Error("a directory can be written as a ledger")
	}
}
