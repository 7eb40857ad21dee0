package action_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/openedx/advisory-reminders/internal/ledger"
	"github.com/openedx/advisory-reminders/internal/sandbox"
)

var long = flag.Bool("long", false, "the long form of the race test")

// scratch is a folder for all tests of this package.
var scratch string

func TestMain(m *testing.M) {
	flag.Parse()
	err := flag.Set("test.parallel", "8") // many of these tests wait most of the time
	if err != nil {
		panic(err)
	}
	if scratch, err = os.MkdirTemp("", "advisory-reminders-test-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	status := m.Run()
	_ = os.RemoveAll(scratch)
	os.Exit(status)
}

// program builds the real program once.
var program = sync.OnceValues(func() (string, error) {
	path := filepath.Join(scratch, "advisory-reminders")
	if runtime.GOOS == "windows" {
		path += ".exe" // or nothing starts it
	}
	out, err := exec.Command("go", "build", "-o", path, "../cmd/advisory-reminders").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build the program: %w\n%s", err, out)
	}
	return path, nil
})

// people is how many recipients the worlds of these tests have.
const people = 24

// A crowd is a bench with many recipients, whose runs are real processes.
type crowd struct {
	*bench
	path string    // of the ledger; empty: on a branch
	last *exec.Cmd // that was started
	size int       // how many recipients there are
}

func newCrowd(t *testing.T, store string) *crowd { return newCrowdOf(t, store, people) }

func newCrowdOf(t *testing.T, store string, people int) *crowd {
	w := newWorld()
	w.Repositories = w.Repositories[:1]
	for i := range people {
		login, name := fmt.Sprintf("person-%02d", i), fmt.Sprintf("r%02d", i)
		w.Organizations[0].Members = append(w.Organizations[0].Members, login)
		w.Users = append(w.Users, &sandbox.User{Login: login, Email: login + "@example.org"})
		w.Repositories = append(w.Repositories, &sandbox.Repository{Owner: "acme", Name: name, Files: catalog("user:" + login)})
		draft(w, name, "critical", wednesday.AddDate(-1, 0, -i))
	}
	c := &crowd{bench: newBench(t, w), size: people}
	if store == "file" {
		c.path = filepath.Join(t.TempDir(), "ledger.json")
	}
	return c
}

// start starts the program for a run and attempt at c.now.
func (c *crowd) start(run, attempt int, change ...string) *exec.Cmd {
	c.t.Helper()
	path, err := program()
	if err != nil {
		c.t.Fatal(err)
	}
	env := c.Env()
	env["INPUT_AS-OF"] = c.now.Format(time.RFC3339)
	env["GITHUB_RUN_ID"], env["GITHUB_RUN_ATTEMPT"] = fmt.Sprint(run), fmt.Sprint(attempt)
	if c.path != "" {
		env["INPUT_LEDGER"], env["GITHUB_ACTIONS"], env["GITHUB_RUN_ID"] = c.path, "", ""
	}
	for i := 0; i+1 < len(change); i += 2 {
		env[change[i]] = change[i+1]
	}
	cmd := exec.Command(path, "run")
	c.last = cmd
	for k, v := range env {
		cmd.Env = append(cmd.Env, k+"="+v)
	}
	out := &output{word: "Told to stop", said: make(chan bool)}
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	return cmd
}

// output keeps what a process prints, and tells when it has said a word.
type output struct {
	word string
	said chan bool // closed then

	mu   sync.Mutex
	text strings.Builder
	once sync.Once
}

// Write keeps what was printed.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text.Write(p)
	if strings.Contains(o.text.String(), o.word) {
		o.once.Do(func() { close(o.said) })
	}
	return len(p), nil
}

// String returns what was printed so far.
func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// finish waits for a process and returns its exit status, -1 if it was killed.
func finish(cmd *exec.Cmd) int {
	_ = cmd.Wait() // the state says it
	return cmd.ProcessState.ExitCode()
}

// unsettled counts the mails from an index on that the ledger knows nothing of.
func (c *crowd) unsettled(from int) int {
	c.t.Helper()
	var text string
	if c.path != "" {
		text = read(c.path)
	} else {
		c.World.Lock()
		text, _ = c.World.Repositories[0].BranchFile(branchName, "ledger.json")
		c.World.Unlock()
	}
	l, err := ledger.Decode([]byte(text))
	if err != nil {
		return len(c.Mail.Mails()) - from
	}
	settled := make(map[string]bool)
	for _, d := range l.Deliveries {
		if d.Outcome == ledger.Accepted {
			settled[d.ID] = true
		}
	}
	n := 0
	for _, m := range c.Mail.Mails()[from:] {
		if id, _, _ := strings.Cut(m.MessageID, "@"); !settled[id] {
			n++
		}
	}
	return n
}

// count counts, in mails from an index on, the recipients who got none, and
// the mails that were one too many. Those have to bear the id of the first.
func (c *crowd) count(from int) (lost, twice int) {
	ids := make(map[string]string)
	for _, m := range c.Mail.Mails()[from:] {
		if id, ok := ids[m.To[0]]; ok {
			twice++
			if id != m.MessageID {
				c.t.Errorf("a mail came twice to %s, under the ids %s and %s", m.To[0], id, m.MessageID)
			}
			continue
		}
		ids[m.To[0]] = m.MessageID
	}
	return c.size - len(ids), twice
}

// Two processes at once: every digest goes out once.
func TestRace(t *testing.T) {
	rounds := 4
	if *long {
		rounds = 20
	}
	for _, store := range []string{"file", "branch"} {
		t.Run(store, func(t *testing.T) {
			c := newCrowd(t, store)
			lost, twice := 0, 0
			for round := range rounds {
				c.now = wednesday.AddDate(0, 0, 7*round)
				from := len(c.Mail.Mails())
				one, two := c.start(1000+2*round, 1), c.start(1001+2*round, 1)
				if a, b := finish(one), finish(two); a != 0 || b != 0 {
					t.Errorf("round %d: exit status %d and %d:\n%s\n%s", round, a, b, one.Stdout, two.Stdout)
				}
				l, d := c.count(from)
				lost, twice = lost+l, twice+d
			}
			t.Logf("%-6s  rounds %d  mails %d  lost %d  twice %d", store, rounds, len(c.Mail.Mails()), lost, twice)
			if lost+twice > 0 {
				t.Errorf("lost %d, twice %d", lost, twice)
			}
		})
	}
}

// Told to stop, the program lets the delivery that is under way finish, writes
// the ledger, and fails; the next run sends the rest.
func TestStop(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no signals that one process sends to another")
	}
	for _, store := range []string{"file", "branch"} {
		for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
			t.Run(store+" "+sig.String(), func(t *testing.T) {
				c := newCrowd(t, store)
				const under = 5 // the mail from which on none gets an answer; some others are under way
				arrived, carryOn := make(chan bool), make(chan bool)
				var n atomic.Int32 // mails come side by side
				var first sync.Once
				c.Mail.Break(func(at sandbox.MailStep, _ string) sandbox.MailAnswer {
					if at == sandbox.MailAtData && n.Add(1) >= under {
						first.Do(func() { close(arrived) })
						<-carryOn
					}
					return sandbox.MailAnswer{}
				})
				cmd := c.start(1, 1)
				<-arrived
				if err := cmd.Process.Signal(sig); err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithTimeout(t.Context(), 7*time.Second)
				defer cancel()
				defer context.AfterFunc(ctx, func() { _ = cmd.Process.Kill() })()
				select {
				case <-cmd.Stdout.(*output).said:
				case <-ctx.Done():
				}
				close(carryOn)
				if status := finish(cmd); status != 1 || !strings.Contains(fmt.Sprint(cmd.Stdout), "told to stop") {
					t.Errorf("exit status %d, want 1 within seven seconds\n%s", status, cmd.Stdout)
				}
				if sent := len(c.Mail.Mails()); sent < under || sent >= under+lanes {
					t.Errorf("%d mails were sent of %d, want %d or as many more as were under way", sent, people, under)
				}
				if u := c.unsettled(0); u != 0 {
					t.Errorf("%d mails are not in the ledger", u)
				}
				c.Mail.Break(nil)
				if status := finish(c.start(2, 1)); status != 0 {
					t.Errorf("the next run ends with %d", status)
				}
				if lost, twice := c.count(0); lost+twice > 0 {
					t.Errorf("lost %d, twice %d", lost, twice)
				}
			})
		}
	}
}

// While one run is at work on a recipient's digest, another leaves it alone,
// and is no failure for that.
func TestAnotherRunIsAtWork(t *testing.T) {
	c := newCrowd(t, "branch")
	arrived, carryOn := make(chan bool), make(chan bool)
	var once sync.Once
	c.Mail.Break(func(at sandbox.MailStep, _ string) sandbox.MailAnswer {
		if at == sandbox.MailAtData {
			once.Do(func() { arrived <- true; <-carryOn })
		}
		return sandbox.MailAnswer{}
	})
	one := c.start(1, 1)
	<-arrived
	two := c.start(2, 1)
	if status := finish(two); status != 0 || !strings.Contains(fmt.Sprint(two.Stdout), "left to it") {
		t.Errorf("the other run ends with %d:\n%s", status, two.Stdout)
	}
	if n := len(c.Mail.Mails()); n != 0 {
		t.Errorf("the other run sent %d mails", n)
	}
	close(carryOn)
	if status := finish(one); status != 0 {
		t.Errorf("the first run ends with %d:\n%s", status, one.Stdout)
	}
	if lost, twice := c.count(0); lost+twice > 0 {
		t.Errorf("lost %d, twice %d", lost, twice)
	}
	if text, _ := c.World.Repositories[0].BranchFile(branchName, "ledger.json"); strings.Contains(text, `"claimed"`) {
		t.Error("a claim is left behind")
	}
}
