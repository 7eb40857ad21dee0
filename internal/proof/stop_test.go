//go:build !windows

package proof

import (
	"flag"
	"syscall"
	"testing"
	"time"
)

var fullClaims = flag.Bool("full-claims", false, "let claims live for 15 minutes in TestStop, as they do")

// stop stops a process, and returns once it stands still.
func (x *tale) stop(p *process) {
	var status syscall.WaitStatus
	err := p.Process.Signal(syscall.SIGSTOP)
	if err == nil {
		_, err = syscall.Wait4(p.Process.Pid, &status, syscall.WUNTRACED, nil)
	}
	if err != nil || !status.Stopped() {
		x.Errorf("stop a process: %v, %v", err, status)
	}
}

// TestStop stops a process and lets it go on after the end of its claim. In
// between another run does what is due. Once the first goes on it finds that out,
// sends nothing twice, and nothing is lost.
//
//	go test ./internal/proof -run TestStop -v -full-claims -timeout 30m
func TestStop(t *testing.T) {
	t.Parallel()
	life := 6 * time.Second
	if *fullClaims {
		life = claimLife
	}
	env := map[string]string{"ADVISORY_REMINDERS_CLAIM": life.String()}
	for _, store := range []string{"branch", "sealed"} {
		for _, where := range []struct {
			name string
			nth  int // RCPT TO; 0: after the claims' write
		}{
			{"between claim and first send", 0},
			{"between the first RCPT TO and DATA", 1},
			{"between a later RCPT TO and DATA", 7},
		} {
			t.Run(store+" "+where.name, func(t *testing.T) {
				t.Parallel()
				x := newTale(t, store)
				x.one(right(t), env, 0) // makes the branch
				x.count(0, 0)
				x.at(wednesday.AddDate(0, 0, 7))
				from := x.mails()

				var first *process
				still := make(chan int, 1) // how many mails were accepted by then
				n := 0
				x.mu.Lock()
				reached := func() bool {
					if n++; n < where.nth {
						return false
					}
					x.stop(first)
					still <- x.mails() - from
					return true
				}
				if where.nth > 0 {
					x.atRecipient = reached
				} else {
					x.afterMove = reached
				}
				first = x.begin(right(t), env)
				x.mu.Unlock()

				accepted := <-still
				time.Sleep(life + 2*time.Second) // it is the machine's own time that goes by; GitHub's is told in seconds
				x.one(right(t), env, 0)
				if err := first.Process.Signal(syscall.SIGCONT); err != nil {
					t.Fatal(err)
				}
				x.end(first, 0, 1)
				x.one(right(t), env, 0)
				excused := 0 // what was accepted before it stood still, and not yet written
				if where.nth > 1 {
					excused = accepted + connections - 1
				}
				x.count(from, excused)
				x.at(wednesday.AddDate(0, 0, 14))
				from = x.mails()
				x.one(right(t), env, 0)
				x.count(from, 0)
				x.tell("stopped " + where.name + ", ledger: " + store)
			})
		}
	}
}
