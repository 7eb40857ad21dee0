package action_test

import (
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/openedx/advisory-reminders/internal/ledger"
)

// A run that has waited for another one lists the drafts again: what was
// published meanwhile is nobody's task any more.
func TestListedBeforeTheLock(t *testing.T) {
	for range 20 { // until a run comes for the lock before it is free
		if waited(t) {
			return
		}
	}
	t.Error("no run has waited for the lock")
}

// waited makes a run while the ledger is locked, and reports whether it had to wait.
func waited(t *testing.T) bool {
	w := newWorld()
	draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -30))
	gone := draft(w, "wheel", "critical", wednesday.AddDate(0, 0, -30))
	b := newBench(t, w)
	path := filepath.Join(t.TempDir(), "ledger.json")
	other := ledger.NewFile(path, nil)
	if _, err := other.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	var once sync.Once
	b.fault(func(r *http.Request) http.Handler {
		if strings.HasSuffix(r.URL.Path, "/graphql") { // the drafts are listed
			once.Do(func() {
				go func() {
					b.World.Lock()
					gone.State, gone.Published = "published", wednesday
					b.World.Unlock()
					if err := other.Close(); err != nil {
						t.Error(err)
					}
				}()
			})
		}
		return nil
	})
	r := b.must(0, map[string]string{"INPUT_LEDGER": path, "GITHUB_ACTIONS": "", "GITHUB_RUN_ID": ""})
	lists := 0
	for _, asked := range b.GitHub.Requests() {
		if strings.Contains(asked.Path, listPath) {
			lists++
		}
	}
	if lists < 2 {
		return false
	}
	for _, m := range r.mails {
		if strings.Contains(m.Text, gone.ID) {
			t.Errorf("%s was reminded of a draft that was published", m.To)
		}
	}
	if len(r.mails) == 0 {
		t.Error("nobody was reminded of the other draft")
	}
	return true
}
