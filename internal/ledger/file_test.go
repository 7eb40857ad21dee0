package ledger

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"
)

// write saves a ledger as a run does.
func write(t *testing.T, s Store, l *Ledger) (*Ledger, error) {
	t.Helper()
	text, nonce, err := s.form().encode(l)
	if err != nil {
		t.Fatal(err)
	}
	return s.save(t.Context(), text, nonce)
}

func load(t *testing.T, s Store) *Ledger {
	t.Helper()
	l, err := s.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// ways are ways to one file, which need not exist.
func ways(t *testing.T) (file string, list map[string]string) {
	t.Helper()
	home, other := t.TempDir(), t.TempDir()
	file = filepath.Join(home, "ledger.json")
	list = map[string]string{
		"the file":              file,
		"a link":                filepath.Join(other, "link"),
		"a link to a link":      filepath.Join(other, "again"),
		"a relative link":       filepath.Join(home, "beside"),
		"a folder that is one":  filepath.Join(other, "folder", "ledger.json"),
		"a link in such folder": filepath.Join(other, "folder", "beside"),
	}
	for link, to := range map[string]string{
		list["a link"]: file, list["a link to a link"]: list["a link"], list["a relative link"]: "ledger.json", filepath.Join(other, "folder"): home,
	} {
		if err := os.Symlink(to, link); err != nil {
			if runtime.GOOS == "windows" {
				t.Skip("this account may not make links")
			}
			t.Fatal(err)
		}
	}
	return file, list
}

// By whatever way a run comes to a file, it finds the same lock, whether the file
// exists already or not; and a link stays a link.
func TestEveryWayToAFileHasOneLock(t *testing.T) {
	file, list := ways(t)
	for _, exists := range []bool{false, true} {
		for first, one := range list {
			holder := NewFile(one, nil)
			l := load(t, holder)
			for second, other := range list {
				late := NewFile(other, nil)
				if err := late.Probe(t.Context()); !errors.Is(err, ErrHeld) {
					t.Errorf("held through %s, then through %s (file there: %v): %v, want ErrHeld", first, second, exists, err)
				}
			}
			if exists {
				if _, err := write(t, holder, l); err != nil {
					t.Errorf("written through %s: %v", first, err)
				}
			}
			if err := holder.Close(); err != nil {
				t.Fatal(err)
			}
		}
		if !exists {
			if err := os.WriteFile(file, must(with(digest()).encode()), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, way := range list {
		info, err := os.Lstat(way)
		if err != nil {
			t.Fatal(err)
		}
		link := name == "a link" || name == "a link to a link" || name == "a relative link" || name == "a link in such folder"
		if got := info.Mode()&os.ModeSymlink != 0; got != link {
			t.Errorf("%s: is a link %v, want %v", name, got, link)
		}
		if l := load(t, Preview(NewFile(way, nil))); l.byID("d1") == nil {
			t.Errorf("%s: the ledger is not there", name)
		}
	}
}

// untilItWaits is a context that calls f when somebody begins to wait for its end.
type untilItWaits struct {
	context.Context
	f func()
}

func (c untilItWaits) Done() <-chan struct{} { c.f(); return c.Context.Done() }

// Who has to wait for another run begins anew, and then sees what that has
// written.
func TestWhoHadToWaitForALockBeginsAnew(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.json")
	first, second := NewFile(path, nil), NewFile(path, nil)
	l := load(t, first)
	l.Deliveries = append(l.Deliveries, digest())
	goes := sync.OnceFunc(func() {
		if _, err := write(t, first, l); err != nil {
			t.Error(err)
		}
		if err := first.Close(); err != nil {
			t.Error(err)
		}
	})
	if _, err := second.Load(untilItWaits{t.Context(), goes}); !errors.Is(err, ErrConflict) {
		t.Errorf("%v, want ErrConflict", err)
	}
	if load(t, second).byID("d1") == nil {
		t.Error("it does not see what the other has written")
	}

	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	_, err := first.Load(ctx)
	wantError(t, err, "another run has held the ledger", path)
	if err := second.Close(); err != nil {
		t.Fatal(err)
	}
}

// A file is replaced as a whole, with the mode that it had.
func TestAFileIsReplacedWithTheModeThatItHad(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no modes, and replaces no file that is open")
	}
	path := filepath.Join(t.TempDir(), "ledger.json")
	s := NewFile(path, nil)
	defer s.Close()
	if _, err := write(t, s, load(t, s)); err != nil {
		t.Fatal(err)
	}
	for _, mode := range []os.FileMode{0o600, 0o640, 0o664} {
		if mode != 0o600 { // which is that of a new one
			if err := os.Chmod(path, mode); err != nil {
				t.Fatal(err)
			}
		}
		open, err := os.Open(path) // whoever reads meanwhile reads the old one to its end
		if err != nil {
			t.Fatal(err)
		}
		before, _ := os.ReadFile(path)
		if _, err := write(t, s, load(t, s)); err != nil {
			t.Fatal(err)
		}
		text := make([]byte, len(before)+1)
		n, _ := open.Read(text)
		open.Close()
		if string(text[:n]) != string(before) {
			t.Error("the file was written over")
		}
		if info, _ := os.Stat(path); info.Mode() != mode {
			t.Errorf("mode %v, want %v", info.Mode(), mode)
		}
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 2 {
		t.Errorf("there are %v, want the ledger and its lock", entries)
	}
}

// Somebody else's write in between is a conflict, and is not overwritten; so is a
// file that has come up or has gone.
func TestAFileThatChangedInBetween(t *testing.T) {
	theirs := must(with(digest(func(d *Delivery) { d.ID = "theirs" })).encode())
	for _, tt := range []struct {
		name   string
		before []byte
		change func(path string) error
		want   string // delivery
	}{
		{"written", must(with(digest()).encode()), func(p string) error { return os.WriteFile(p, theirs, 0o600) }, "theirs"},
		{"come up", nil, func(p string) error { return os.WriteFile(p, theirs, 0o600) }, "theirs"},
		{"gone", must(with(digest()).encode()), os.Remove, ""},
	} {
		path := filepath.Join(t.TempDir(), "ledger.json")
		if tt.before != nil {
			if err := os.WriteFile(path, tt.before, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		s := NewFile(path, nil)
		l := load(t, s)
		if err := tt.change(path); err != nil {
			t.Fatal(err)
		}
		got, err := write(t, s, l)
		if !errors.Is(err, ErrConflict) || got == nil || tt.want != "" && got.byID(tt.want) == nil {
			t.Errorf("%s: %v, %v", tt.name, got, err)
		}
		if _, err := write(t, s, l); err != nil { // having merged
			t.Errorf("%s, then: %v", tt.name, err)
		}
		s.Close()
	}
}

// A file that can't be read stops the run, which says what to do, and is left as it
// is; a preview takes no lock and writes nothing.
func TestAFileThatCannotBeRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.json")
	sealed, _, err := form{key: key(t, 1)}.encode(New())
	if err != nil {
		t.Fatal(err)
	}
	for text, tt := range map[string]struct {
		key  *Key
		says []string
	}{
		`{"format":1}`:                 {nil, []string{"format of another version", "delete it"}},
		`{`:                            {nil, []string{"not JSON", "restore it from a backup"}},
		string(sealed[:len(sealed)-1]): {key(t, 1), []string{"cut short", "restore it from a backup"}},
		string(sealed):                 {key(t, 2), []string{"does not open with this key"}},
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		s := NewFile(path, tt.key)
		_, err := s.Load(t.Context())
		wantError(t, err, append(tt.says, path)...)
		if now, _ := os.ReadFile(path); string(now) != text {
			t.Errorf("it holds %q, want %q", now, text)
		}
		s.Close()
	}
	p := Preview(NewFile(filepath.Join(filepath.Dir(path), "none"), nil))
	if _, err := write(t, p, load(t, p)); err != nil {
		t.Fatal(err)
	}
	if entries, _ := os.ReadDir(filepath.Dir(path)); len(entries) != 2 {
		t.Errorf("a preview leaves %v", entries)
	}
}
