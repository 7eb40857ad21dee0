package proof

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/openedx/advisory-reminders/internal/sandbox"
)

// A tale is what a proof with real processes has counted.
type tale struct {
	*battle
	run, lost, twice, excused int
	forgotten                 bool // the ledger does not know the ids of what was sent
}

func newTale(t *testing.T, store string) *tale {
	x := &tale{battle: newBattle(t, store)}
	x.at(wednesday)
	return x
}

// at sets everybody's time, which goes on from there.
func (x *tale) at(t time.Time) {
	x.now = t
	x.World.SetTime(t)
}

// A process is a run under way.
type process struct {
	*exec.Cmd
	out bytes.Buffer
}

// begin starts another run.
func (x *tale) begin(program string, changes map[string]string) *process {
	x.Helper()
	x.run++
	p := &process{Cmd: x.command(program, x.run, 1, changes)}
	p.Stdout, p.Stderr = &p.out, &p.out
	if err := p.Start(); err != nil {
		x.Fatal(err)
	}
	x.Cleanup(func() { _ = p.Process.Kill() }) // of no effect once it has ended
	return p
}

// end waits for the end of a run, which has to have one of the statuses.
func (x *tale) end(p *process, statuses ...int) {
	x.Helper()
	_ = p.Wait() // the state says it
	for _, s := range statuses {
		if p.ProcessState.ExitCode() == s {
			return
		}
	}
	x.Errorf("a run ends with %d, want one of %v:\n%s", p.ProcessState.ExitCode(), statuses, p.out.String())
}

// one makes a run from its beginning to its end.
func (x *tale) one(program string, changes map[string]string, statuses ...int) {
	x.Helper()
	x.end(x.begin(program, changes), statuses...)
}

// count adds up what came since a mail, each person being owed one: what is lost,
// and what came twice, so many of it with an excuse.
func (x *tale) count(from, excused int) {
	x.Helper()
	lost, twice := x.tally(from, !x.forgotten)
	x.lost, x.twice, x.excused = x.lost+lost, x.twice+max(0, twice-excused), x.excused+min(twice, excused)
}

// mails is how many there are.
func (x *tale) mails() int { return len(x.Mail.Mails()) }

// tell prints the tale in one line.
func (x *tale) tell(what string) {
	x.Helper()
	x.Logf("%-60s processes %2d  mails %3d  lost %d  unexcused twice %d  excused %d", what, x.run, x.mails(), x.lost, x.twice, x.excused)
	if x.lost > 0 || x.twice > 0 {
		x.Errorf("%s: lost %d, unexcused twice %d, want 0 and 0", what, x.lost, x.twice)
	}
}

func right(t *testing.T) string {
	t.Helper()
	path, err := programPath()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// TestWrongClocks makes runs on a machine whose clock is wrong beside runs on one
// whose clock is right: at the same time, and one after the other, whichever goes
// first.
func TestWrongClocks(t *testing.T) {
	t.Parallel()
	for _, shift := range []string{"16m", "26280h", "-16m"} {
		program := sync.OnceValues(func() (string, error) { return build(shift) })
		for _, store := range []string{"branch", "file"} {
			t.Run(shift+" "+store, func(t *testing.T) {
				t.Parallel()
				wrong, err := program()
				if err != nil {
					t.Fatal(err)
				}
				x := newTale(t, store)
				order := [][2]string{{wrong, right(t)}, {right(t), wrong}}
				for week, pair := range order {
					x.at(wednesday.AddDate(0, 0, 14*week))
					from := x.mails()
					a, b := x.begin(pair[0], nil), x.begin(pair[1], nil)
					x.end(a, 0)
					x.end(b, 0)
					x.count(from, 0)

					x.at(wednesday.AddDate(0, 0, 14*week+7))
					from = x.mails()
					for range 2 {
						for _, program := range pair {
							x.one(program, nil, 0)
						}
					}
					x.count(from, 0)
				}
				// The wrong one is killed while it sends, and the right one goes on.
				x.at(wednesday.AddDate(0, 0, 28))
				from := x.mails()
				x.mu.Lock()
				x.plan, x.battle.count, x.since, x.before = ending{at: unanswered, n: 9}, 0, 0, 0
				killed := x.begin(wrong, nil)
				x.victim = killed.Cmd
				x.mu.Unlock()
				x.end(killed, -1)
				x.mu.Lock()
				excused := x.before + x.since + connections
				x.victim, x.plan = nil, ending{}
				x.mu.Unlock()
				x.at(x.now.Add(claimLife + time.Minute))
				for range 2 {
					x.one(right(t), nil, 0)
				}
				x.count(from, excused)
				x.tell("a clock off by " + shift + ", ledger: " + store)
			})
		}
	}
}

// TestLink lets runs come to one file by its path and by links.
func TestLink(t *testing.T) {
	t.Parallel()
	x := newTale(t, "file")
	link := filepath.Join(t.TempDir(), "link.json")
	again := filepath.Join(t.TempDir(), "again.json")
	for at, to := range map[string]string{link: x.path, again: link} {
		if err := os.Symlink(to, at); err != nil {
			t.Fatal(err)
		}
	}
	for week := range 3 {
		x.at(wednesday.AddDate(0, 0, 7*week))
		from := x.mails()
		var list []*process
		for _, path := range []string{link, x.path, again} {
			list = append(list, x.begin(right(t), map[string]string{"INPUT_LEDGER": path}))
		}
		for _, p := range list {
			x.end(p, 0)
		}
		x.count(from, 0)
	}
	for path, want := range map[string]bool{link: true, again: true, x.path: false} {
		if info, err := os.Lstat(path); err != nil || (info.Mode()&os.ModeSymlink != 0) != want {
			t.Errorf("%s: a link is a link no more: %v", filepath.Base(path), err)
		}
	}
	x.tell("a file and links to it, three runs at a time")
}

var atForm = regexp.MustCompile(`"at":"[^"]*"`)

// TestFutureTimes puts times of the future into the ledger: those deliveries count
// as never, so they are repeated once, under their id, and nobody is left out when
// that time has come.
func TestFutureTimes(t *testing.T) {
	t.Parallel()
	for name, ahead := range map[string]time.Duration{"16 minutes": 16 * time.Minute, "30 days": 30 * 24 * time.Hour, "3 years": 3 * 365 * 24 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := newTale(t, "file")
			x.one(right(t), nil, 0)
			text, err := os.ReadFile(x.path)
			if err != nil {
				t.Fatal(err)
			}
			const changed = 5
			n, future := 0, `"at":"`+wednesday.Add(ahead).Format(time.RFC3339)+`"`
			text = atForm.ReplaceAllFunc(text, func(was []byte) []byte {
				if n++; n > changed {
					return was
				}
				return []byte(future)
			})
			if err := os.WriteFile(x.path, text, 0o600); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				x.one(right(t), nil, 0)
			}
			if got := x.mails() - crowd; got < changed-1 || got > changed { // one of the times may be the report's
				t.Errorf("%d mails were repeated, want those of %d deliveries", got, changed)
			}
			x.count(0, changed)
			for _, later := range []time.Duration{7 * 24 * time.Hour, max(ahead, 14*24*time.Hour) + time.Hour} {
				x.at(wednesday.Add(later))
				from := x.mails()
				for range 2 {
					x.one(right(t), nil, 0)
				}
				x.count(from, 0)
			}
			x.tell(fmt.Sprintf("times of deliveries %s ahead in the ledger", name))
		})
	}
}

// TestWrongLedgers puts something else in the place of a sealed ledger. What is
// not that ledger stops the run before it sends anything; an older state of it may
// repeat.
func TestWrongLedgers(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		put     func(old, now string) string
		repeats bool
	}{
		{"sealed with another key", func(string, string) string { return elsewhere(t, strings.Repeat("fedcba9876543210", 4), home) }, false},
		{"sealed for another repository", func(string, string) string { return elsewhere(t, key(), "acme/other") }, false},
		{"plain", func(string, string) string {
			return `{"format":2,"nonce":"x","advisories":{},"deliveries":[]}`
		}, false},
		{"cut short", func(_, now string) string { return now[:len(now)/2] }, false},
		{"empty", func(string, string) string { return "" }, false},
		{"an older state", func(old, _ string) string { return old }, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			x := newTale(t, "sealed")
			x.one(right(t), nil, 0)
			x.count(0, 0)
			old := x.ledger()
			x.at(wednesday.AddDate(0, 0, 7))
			from := x.mails()
			x.one(right(t), nil, 0)
			now := x.ledger()
			x.put(tt.put(old, now))
			if x.forgotten = tt.repeats; tt.repeats {
				x.one(right(t), nil, 0)
				x.count(from, crowd)
			} else {
				x.count(from, 0)
				x.at(wednesday.AddDate(0, 0, 14))
				from = x.mails()
				x.one(right(t), nil, 1)
				if n := x.mails() - from; n > 0 {
					t.Errorf("%d mails were sent by a run whose ledger is another", n)
				}
				x.put(now)
				x.one(right(t), nil, 0)
				x.count(from, 0)
			}
			x.at(wednesday.AddDate(0, 0, 21))
			from = x.mails()
			for range 2 {
				x.one(right(t), nil, 0)
			}
			x.count(from, 0)
			x.tell("in place of the sealed ledger: " + tt.name)
		})
	}
}

const sealedFile = "ledger.json.age"

// ledger returns the sealed ledger, and put replaces it.
func (x *tale) ledger() string {
	x.World.Lock()
	defer x.World.Unlock()
	text, ok := x.World.Repositories[0].BranchFile(branchName, sealedFile)
	if !ok {
		x.Fatal("there is no sealed ledger")
	}
	return text
}

func (x *tale) put(text string) {
	x.World.Lock()
	defer x.World.Unlock()
	x.World.Repositories[0].CommitFile(branchName, sealedFile, text, "put in its place", x.now)
}

// elsewhere returns a ledger that the program itself has sealed, with another key
// or for another repository.
func elsewhere(t *testing.T, secret, repository string) string {
	x := newTale(t, "sealed")
	x.World.Lock()
	if repository != home {
		owner, name, _ := strings.Cut(repository, "/")
		other := &sandbox.Repository{Owner: owner, Name: name, Visibility: "public"}
		x.World.Repositories = append([]*sandbox.Repository{other}, x.World.Repositories...)
		token := x.World.Tokens[sandbox.WorkflowToken]
		token.Repositories, token.Write = append(token.Repositories, repository), append(token.Write, repository)
	}
	x.World.Unlock()
	x.one(right(t), map[string]string{"INPUT_LEDGER-KEY": secret, "GITHUB_REPOSITORY": repository, "GITHUB_REPOSITORY_ID": ""}, 0)
	return x.ledger()
}
