package action_test

import (
	"fmt"
	"io"
	"net/http"
	"os"
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
	if most != 20 || notes.Load() < 2 { // on a slow machine the clock ticks in between
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

// While a run waits before it tries again what was not taken, nothing stays
// unwritten: what was delivered while the last note was on its way is written
// after it, and what that note should have said if it fails.
func TestNotesDuringAPause(t *testing.T) {
	for name, answer := range map[string]func(c *crowd) http.Handler{
		"a note that takes long": func(c *crowd) http.Handler { return c.GitHub.Healthy() },
		"a note that fails":      func(*crowd) http.Handler { return respond(502, "") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCrowd(t, "branch")
			c.Mail.Break(sandbox.MailRefuse(450, "person-00@example.org"))
			waiting := newSignal()
			c.onNote(func(n int32) http.Handler {
				if n == 1 {
					return nil
				}
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					waiting.wait(t, "it waits while a note is on its way")
					answer(c).ServeHTTP(w, r)
				})
			})
			unwritten := -1
			c.wait = func() {
				if unwritten >= 0 {
					return // the first time is enough
				}
				waiting.give()
				unwritten = c.unsettled(0)
				for limit := time.Now().Add(20 * time.Second); unwritten > 0 && time.Now().Before(limit); time.Sleep(20 * time.Millisecond) {
					unwritten = c.unsettled(0)
				}
			}
			c.must(1, nil)
			if unwritten != 0 {
				t.Errorf("%d mails were not written during the pause", unwritten)
			}
		})
	}
}

// Told to stop while a note hangs, the run gives the note up, writes the ledger
// and ends, all within seven seconds.
func TestStopWhileANoteHangs(t *testing.T) {
	t.Parallel()
	c := newCrowd(t, "branch")
	full, hang := newSignal(), make(chan bool)
	defer close(hang)
	var accepted atomic.Int32
	c.Mail.Break(func(at sandbox.MailStep, _ string) sandbox.MailAnswer {
		if at == sandbox.MailAtData && accepted.Add(1) == 20 {
			full.give()
		}
		return sandbox.MailAnswer{}
	})
	c.onNote(func(int32) http.Handler {
		return http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-hang })
	})
	cmd := c.start(1, 1)
	full.wait(t, "digests go on while the note hangs")
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(7*time.Second, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	if status := finish(cmd); status != 1 {
		t.Errorf("exit status %d, want 1 by itself within seven seconds:\n%s", status, cmd.Stdout)
	}
	if sent := len(c.Mail.Mails()); sent != 20 {
		t.Errorf("%d mails were sent, want 20", sent)
	}
	if u := c.unsettled(0); u != 0 {
		t.Errorf("%d mails are not in the ledger", u)
	}
	c.fault(nil)
	if status := finish(c.start(2, 1)); status != 0 {
		t.Errorf("the next run ends with %d", status)
	}
	if lost, twice := c.count(0); lost+twice > 0 {
		t.Errorf("lost %d, twice %d", lost, twice)
	}
}

// A rate limit that is over soon is waited for, and the notes go on.
func TestNoteIsLimited(t *testing.T) {
	t.Parallel()
	c := newCrowd(t, "branch")
	notes := c.onNote(func(n int32) http.Handler {
		if n == 1 {
			return respond(403, `{"message":"You have exceeded a secondary rate limit."}`, "Retry-After", "1")
		}
		return nil
	})
	c.must(0, nil)
	if n := int(notes.Load()); n < 3 || c.writes() != n-1+2 {
		t.Errorf("%d notes were tried, and the branch has %d commits, want the claims, the end, and all notes but one", n, c.writes())
	}
	if lost, twice := c.count(0); lost+twice > 0 {
		t.Errorf("lost %d, twice %d", lost, twice)
	}
}

// Notes don't renew the claims: after a third of their life the ledger is
// written for that. Where it can't be, the run sends no more.
func TestClaimsOfANotingRun(t *testing.T) {
	for name, tt := range map[string]struct {
		passed time.Duration // after the first note
		broken bool          // the ledger can't be written any more then
		status int
		least  int // mails
		most   int
		writes int // of the whole ledger
	}{
		"just before":                         {5 * time.Minute, false, 0, people, people, 2},
		"just after":                          {5*time.Minute + 1, false, 0, people, people, 3},
		"not renewed, and alive for certain":  {15 * time.Minute / 2, true, 1, people, people, 1},
		"not renewed, and not alive for sure": {15*time.Minute/2 + 1, true, 1, 1, 20, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCrowd(t, "branch")
			var n atomic.Int32
			c.fault(func(r *http.Request) http.Handler {
				switch body, _ := io.ReadAll(r.Body); {
				case strings.Contains(string(body), `"query":"mutation`) && n.Add(1) == 1:
					c.passed.Store(int64(tt.passed))
				case tt.broken && n.Load() > 0 && r.Method == http.MethodPatch:
					return respond(502, "")
				}
				return nil
			})
			r := c.must(tt.status, nil)
			if len(r.mails) < tt.least || len(r.mails) > tt.most {
				t.Errorf("%d mails, want %d to %d", len(r.mails), tt.least, tt.most)
			}
			whole := 0
			c.World.Lock()
			for _, message := range c.World.Repositories[0].Log(branchName) {
				if message == "Update the ledger" {
					whole++
				}
			}
			c.World.Unlock()
			if whole != tt.writes {
				t.Errorf("the ledger was written %d times, want %d", whole, tt.writes)
			}
			unwritten := c.unsettled(0)
			c.fault(nil)
			c.now = c.now.Add(time.Hour)
			c.must(0, nil)
			if lost, twice := c.count(0); lost > 0 || twice != unwritten || unwritten > 0 && !tt.broken {
				t.Errorf("lost %d, twice %d, and %d were unwritten", lost, twice, unwritten)
			}
		})
	}
}

// An encrypted ledger is written twice, however much is delivered.
func TestNoNotesWhereEncrypted(t *testing.T) {
	for _, visibility := range []string{"private", "public"} {
		c := newCrowd(t, "branch")
		c.World.Repositories[0].Visibility = visibility
		notes := c.onNote(func(int32) http.Handler { return nil })
		c.must(0, map[string]string{"INPUT_LEDGER-KEY": ageKey(t)})
		if n := notes.Load(); n > 0 || c.writes() != 2 {
			t.Errorf("%s: %d notes, and %d commits, want the claims and the end", visibility, n, c.writes())
		}
		if lost, twice := c.count(0); lost+twice > 0 {
			t.Errorf("%s: lost %d, twice %d", visibility, lost, twice)
		}
	}
}

// Who comes second while another run delivers, and so moves the branch with every
// note, waits until there is room: be it with digests of its own, or with nothing
// to do.
func TestRaceWithNotes(t *testing.T) {
	for name, tt := range map[string]struct{ first, second []string }{
		"the same":         {},
		"other severities": {[]string{"INPUT_SEVERITIES", "high"}, []string{"INPUT_SEVERITIES", "critical"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCrowdOf(t, "branch", 96)
			c.World.Lock()
			for _, a := range c.World.Advisories[:72] {
				a.Severity = "high"
			}
			c.World.Unlock()
			claimed := newSignal()
			c.Mail.Break(func(at sandbox.MailStep, _ string) sandbox.MailAnswer {
				if at == sandbox.MailAtData {
					claimed.give()
					time.Sleep(40 * time.Millisecond) // a mail server's own time, so that notes go on for a while
				}
				return sandbox.MailAnswer{}
			})
			c.fault(func(*http.Request) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					time.Sleep(15 * time.Millisecond)
					c.GitHub.Healthy().ServeHTTP(w, r)
				})
			})
			one := c.start(1, 1, tt.first...)
			claimed.wait(t, "the first run delivers")
			two := c.start(2, 1, tt.second...)
			if a, b := finish(one), finish(two); a != 0 || b != 0 {
				t.Errorf("exit status %d and %d:\n%s\n%s", a, b, one.Stdout, two.Stdout)
			}
			if u := c.unsettled(0); u != 0 {
				t.Errorf("%d mails are not in the ledger", u)
			}
			if lost, twice := c.count(0); lost+twice > 0 {
				t.Errorf("lost %d, twice %d", lost, twice)
			}
		})
	}
}
