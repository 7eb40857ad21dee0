package action_test

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/openedx/advisory-reminders/internal/sandbox"
)

// In a public repository neither the ledger's commits nor the length of the step
// tell how much was due, nor how hard it was to deliver.
func TestPublicTimesTellNothing(t *testing.T) {
	busy := func(people int) func(*bench) {
		return func(b *bench) {
			for i := range people {
				login, name := fmt.Sprintf("person-%02d", i), fmt.Sprintf("r%02d", i)
				b.World.Organizations[0].Members = append(b.World.Organizations[0].Members, login)
				b.World.Users = append(b.World.Users, &sandbox.User{Login: login, Email: login + "@example.org"})
				b.World.Repositories = append(b.World.Repositories, &sandbox.Repository{Owner: "acme", Name: name, Files: catalog("user:" + login)})
				draft(b.World, name, "critical", wednesday.AddDate(-1, 0, -i))
			}
		}
	}
	for _, tt := range []struct {
		name   string
		set    func(*bench)
		args   []string
		status int
		want   []time.Duration // when the ledger is written
	}{
		{name: "no draft", set: func(*bench) {}},
		{name: "a draft that is not due", set: func(b *bench) { draft(b.World, "rocket", "critical", wednesday.AddDate(0, 0, -1)) }},
		{name: "1 digest", set: busy(1)},
		{name: "3 digests", set: busy(3)},
		{name: "24 digests", set: busy(24)},
		{name: "full mailboxes", status: 1, set: func(b *bench) {
			busy(3)(b)
			b.Mail.Break(sandbox.MailRefuse(452, "person-00@example.org", "person-01@example.org"))
		}},
		{name: "GitHub asks to wait for longer than there is time", status: 1, want: []time.Duration{}, set: func(b *bench) {
			b.fault(func(r *http.Request) http.Handler {
				if r.URL.Path == listPath {
					return respond(429, "", "Retry-After", "600")
				}
				return nil
			})
		}},
		{name: "check", args: []string{"check"}, set: busy(3), want: []time.Duration{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld()
			w.Repositories[0].Visibility = "public"
			b := newBench(t, w)
			tt.set(b)
			b.ticks = true
			key := ageKey(t)
			var lock sync.Mutex
			for day := range 2 { // the first commit of the branch is made in another way
				b.now = wednesday.AddDate(0, 0, day)
				b.passed.Store(0)
				var at []time.Duration
				fault := b.GitHub.Fault
				b.fault(func(r *http.Request) http.Handler {
					if isWrite(sandbox.Request{Method: r.Method, Path: r.URL.Path, Query: body(r)}) {
						lock.Lock()
						at = append(at, time.Duration(b.passed.Load()))
						lock.Unlock()
					}
					if fault != nil {
						return fault(r)
					}
					return nil
				})
				r := b.run(map[string]string{"INPUT_LEDGER-KEY": key}, tt.args...)
				b.fault(fault)
				if r.status != tt.status {
					t.Errorf("exit status %d, want %d\n%s", r.status, tt.status, r.stdout)
				}
				want := tt.want
				if want == nil {
					want = []time.Duration{60 * time.Second, 110 * time.Second}
				}
				if at = slices.Compact(at); !slices.Equal(at, want) {
					t.Errorf("day %d: the ledger is written at %v, want %v", day, at, want)
				}
				if took := time.Duration(b.passed.Load()); took != 120*time.Second {
					t.Errorf("day %d: the run takes %v, want 120 s", day, took)
				}
			}
		})
	}
}
