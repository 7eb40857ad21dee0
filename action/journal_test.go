package action_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/openedx/advisory-reminders/internal/sandbox"
)

// onNote lets GitHub answer the notes in the ledger's journal in another way,
// and counts them.
func (c *crowd) onNote(answer func(n int32) http.Handler) *atomic.Int32 {
	count := new(atomic.Int32)
	c.fault(func(r *http.Request) http.Handler {
		body, err := io.ReadAll(r.Body)
		if err != nil || !strings.HasSuffix(r.URL.Path, graphql) || !strings.Contains(string(body), `"query":"mutation`) {
			return nil
		}
		return answer(count.Add(1))
	})
	return count
}

// Digests go on while what was delivered is noted, until as many are unwritten
// as are promised.
func TestNotesWhileDelivering(t *testing.T) {
	c := newCrowd(t, "branch")
	var accepted atomic.Int32
	full := newSignal()
	var mu sync.Mutex
	most := 0
	c.Mail.Break(func(at sandbox.MailStep, _ string) sandbox.MailAnswer {
		if at == sandbox.MailAtData && accepted.Add(1) == 20 {
			full.give()
		}
		return sandbox.MailAnswer{}
	})
	notes := c.onNote(func(n int32) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if n == 1 {
				full.wait(t, "digests go on while the first note is on its way")
				time.Sleep(300 * time.Millisecond) // in which no more may come
			}
			unwritten := c.unsettled(0)
			mu.Lock()
			most = max(most, unwritten)
			mu.Unlock()
			c.GitHub.Healthy().ServeHTTP(w, r)
		})
	})
	if status := finish(c.start(1, 1)); status != 0 {
		t.Fatalf("exit status %d:\n%s", status, c.last.Stdout)
	}
	if most != 20 || notes.Load() != 2 {
		t.Errorf("at most %d mails were unwritten, with %d notes, want 20 and 2", most, notes.Load())
	}
	if lost, twice := c.count(0); lost+twice > 0 {
		t.Errorf("lost %d, twice %d", lost, twice)
	}
}

// Where notes fail, the ledger is written as a whole, and neither is anything
// lost nor does it come twice.
func TestNotesFail(t *testing.T) {
	faults := []struct {
		name  string
		note  func(c *crowd, n int32) http.Handler
		tried int32 // notes, with all that the HTTP client tries again
	}{
		{"refused", func(*crowd, int32) http.Handler {
			return respond(200, `{"errors":[{"message":"Field 'createCommitOnBranch' doesn't exist on type 'Mutation'"}]}`)
		}, 1},
		{"an answer that says nothing", func(*crowd, int32) http.Handler { return respond(200, `{"data":{}}`) }, 1},
		{"502, once", func(_ *crowd, n int32) http.Handler {
			if n == 1 {
				return respond(502, "")
			}
			return nil
		}, 3},
		{"502, for good", func(*crowd, int32) http.Handler { return respond(502, "") }, 5},
		{"answer to the second one lost", func(c *crowd, n int32) http.Handler {
			if n >= 2 {
				return lost(c.bench)
			}
			return nil
		}, 6}, // of these five are tries of the second
		{"another run writes before it", func(c *crowd, n int32) http.Handler {
			if n == 1 {
				text, _ := c.World.Repositories[0].BranchFile(branchName, "ledger.json")
				c.World.Repositories[0].CommitFile(branchName, "ledger.json", strings.Replace(text, `"nonce":"`, `"nonce":"x`, 1), "another run", wednesday)
			}
			return nil
		}, 1},
	}
	rows := make([]string, len(faults))
	t.Run("faults", func(t *testing.T) {
		for i, f := range faults {
			t.Run(f.name, func(t *testing.T) {
				t.Parallel()
				c := newCrowd(t, "branch")
				notes := c.onNote(func(n int32) http.Handler { return f.note(c, n) })
				status := finish(c.start(1, 1))
				if status != 0 {
					t.Fatalf("exit status %d:\n%s", status, c.last.Stdout)
				}
				sent, tried := len(c.Mail.Mails()), notes.Load()
				if u := c.unsettled(0); u != 0 {
					t.Errorf("%d mails are not in the ledger", u)
				}
				if tried != f.tried {
					t.Errorf("%d notes were tried, want %d", tried, f.tried)
				}
				if status := finish(c.start(2, 1)); status != 0 {
					t.Errorf("the next run ends with %d", status)
				}
				lost, twice := c.count(0)
				if lost+twice > 0 {
					t.Errorf("lost %d, twice %d", lost, twice)
				}
				rows[i] = fmt.Sprintf("%-30s  %4d  %4d  %5d  %4d  %5d\n", f.name, status, sent, tried, lost, twice)
			})
		}
	})
	t.Logf("\n%-30s  %4s  %4s  %5s  %4s  %5s\n%s", "a note", "exit", "sent", "tried", "lost", "twice", strings.Join(rows, ""))
}

// A dry run notes nothing, however much it would send.
func TestNoNotesInADryRun(t *testing.T) {
	c := newCrowd(t, "branch")
	c.must(0, nil)
	c.now = c.now.AddDate(0, 0, 7)
	writes := c.writes()
	notes := c.onNote(func(int32) http.Handler { return nil })
	c.must(0, map[string]string{"INPUT_DRY-RUN": "true"})
	if n := notes.Load(); n > 0 || c.writes() != writes {
		t.Errorf("a dry run makes %d notes, and the branch has %d commits more", n, c.writes()-writes)
	}
	if r := c.must(0, nil); len(r.mails) != people {
		t.Errorf("after a dry run %d mails are sent, want %d", len(r.mails), people)
	}
}
