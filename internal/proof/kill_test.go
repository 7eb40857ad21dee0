package proof

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/openedx/advisory-reminders/internal/sandbox"
)

var kills = flag.Int("kills", 8, "how many processes TestKill kills for each store")

// programPath is the real program, built once.
var programPath = sync.OnceValues(func() (string, error) { return build("") })

// build builds the program, with a clock that is wrong by as much as a text says.
func build(clockShift string) (string, error) {
	path := filepath.Join(scratch, "advisory-reminders"+clockShift)
	flags := "-X github.com/openedx/advisory-reminders/action.clockShift=" + clockShift
	out, err := exec.Command("go", "build", "-ldflags", flags, "-o", path, "../../cmd/advisory-reminders").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build the program: %w\n%s", err, out)
	}
	return path, nil
}

// scratch is a folder for all tests of this package.
var scratch string

func TestMain(m *testing.M) {
	flag.Parse()
	err := flag.Set("test.parallel", "8") // most of these tests wait for a process most of the time
	if err != nil {
		panic(err)
	}
	if scratch, err = os.MkdirTemp("", "proof-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	status := m.Run()
	_ = os.RemoveAll(scratch)
	os.Exit(status)
}

const crowd = 24 // people, each with a repository and a critical draft

// connections is over how many mails go side by side: so many may be on their way
// to the server when a process is killed, and be accepted after that.
const connections = 3

// A battle is a world whose runs are real processes, which get killed.
type battle struct {
	*testing.T
	*sandbox.Services
	store, path string
	now         time.Time
	hub         *httptest.Server // the way to GitHub, which sees the ledger move

	mu     sync.Mutex
	serve  http.HandlerFunc // of the hub
	victim *exec.Cmd
	plan   ending
	count  int  // of what the plan waits for
	fell   bool // the process was killed

	atRecipient, afterMove func() bool // called before an answer to RCPT TO, and to a write of the ledger, until one returns true

	// Mails accepted since the ledger was moved last, and between that and the
	// move before it: a write may have been on its way when they came.
	since, before int
	changed       time.Time // the ledger's file
}

// An ending is where a process is to be killed.
type ending struct {
	at    string // one of the constants below
	n     int
	after time.Duration
}

// Where processes are killed. All but the last lie between a channel's
// acceptance and the write that settles it.
const (
	unanswered = "a mail accepted, its answer on the way"
	unwritten  = "mails accepted and answered, the ledger not yet written"
	unreported = "the report accepted, its answer on the way"
	anytime    = "a random moment"
)

// TestKill kills processes with SIGKILL, most of them between an acceptance and
// the write that settles it, and starts others: a re-run of the same workflow
// run, or another run once the claims are void. Nobody is left out, and nobody
// gets a mail again but those whose mail was accepted after the ledger was
// written last, once for each kill and under the same id.
//
//	go test ./internal/proof -run TestKill -v -kills 60
func TestKill(t *testing.T) {
	for _, store := range []string{"branch", "sealed", "file"} {
		t.Run(store, func(t *testing.T) {
			t.Parallel()
			b := newBattle(t, store)
			r := rand.New(rand.NewPCG(60, uint64(store[0])))
			endings := []string{unanswered, unanswered, unreported, unwritten, unwritten}
			if store == "file" {
				endings = endings[:3] // nobody sees it being written
			}
			began := time.Now()
			if status := b.process(1, 1, ending{}); status != 0 {
				t.Fatalf("a process that is left alone ends with %d", status)
			}
			usual := time.Since(began)
			fell, run, lost, twice, allowed := make(map[string]int), 1, 0, 0, 0
			for week := 1; sum(fell) < *kills; week++ {
				b.now = wednesday.AddDate(0, 0, 7*week)
				from, attempt, late := len(b.Mail.Mails()), 1, 0
				run++
				for try := 0; ; try++ {
					at := endings[r.IntN(len(endings))]
					if sum(fell)%4 == 3 { // a quarter falls anywhere
						at = anytime
					}
					e := ending{at: at, n: 1 + r.IntN(crowd/2), after: time.Duration(r.Int64N(int64(usual)))}
					if sum(fell) >= *kills || try >= 4 {
						e = ending{}
					}
					status := b.process(run, attempt, e)
					if !b.fell {
						if status == 1 && store == "sealed" && late < 5 { // a busy machine can need more time than a public run has
							late++
							attempt++
							continue
						}
						if status != 0 {
							t.Fatalf("the process after %d kills ends with %d", sum(fell), status)
						}
						break
					}
					fell[e.at]++
					b.mu.Lock() // a mail may be on its way still
					allowed += b.since + b.before + connections
					b.mu.Unlock()
					if r.IntN(2) == 0 {
						attempt++
						continue
					}
					run, attempt, b.now = run+1, 1, b.now.Add(claimLife+time.Minute)
				}
				l, d := b.tally(from, true)
				lost, twice = lost+l, twice+d
			}
			t.Logf("%-6s  kills %d %v  mails %d  lost %d  twice %d  accepted after the last write %d", store, sum(fell), fell, len(b.Mail.Mails()), lost, twice, allowed)
			if lost > 0 || twice > allowed {
				t.Errorf("lost %d, twice %d, want 0 and at most %d", lost, twice, allowed)
			}
			if between := sum(fell) - fell[anytime]; 2*between < sum(fell) {
				t.Errorf("only %d of %d kills lie between an acceptance and its write", between, sum(fell))
			}
		})
	}
}

func sum(m map[string]int) (n int) {
	for _, k := range m {
		n += k
	}
	return n
}

func newBattle(t *testing.T, store string) *battle {
	w := drawWorld(rand.New(rand.NewPCG(1, 1)), setting{store: store})
	w.Repositories, w.Advisories = w.Repositories[:1], nil
	for i := range crowd {
		login, name := fmt.Sprintf("one-%02d", i), fmt.Sprintf("r%02d", i)
		w.Organizations[0].Members = append(w.Organizations[0].Members, login)
		w.Users = append(w.Users, &sandbox.User{Login: login, Email: login + "@example.org"})
		w.Repositories = append(w.Repositories, &sandbox.Repository{Owner: "acme", Name: name, Files: map[string]string{
			"CODEOWNERS": "* @" + login + "\n",
		}})
		addDraft(w, name, "critical", wednesday.AddDate(-1, 0, -i))
	}
	s, err := sandbox.Start(w, home)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	b := &battle{T: t, Services: s, store: store, now: wednesday, path: filepath.Join(t.TempDir(), "ledger.json")}
	b.serve = b.github
	b.hub = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.mu.Lock()
		serve := b.serve
		b.mu.Unlock()
		serve(w, r)
	}))
	t.Cleanup(b.hub.Close)
	s.Mail.Break(b.mail)
	s.Slack.Break(b.slack)
	return b
}

// process makes a run as a real process, and returns its exit status.
func (b *battle) process(run, attempt int, e ending) int {
	b.Helper()
	return b.processWith(run, attempt, e, nil)
}

// processWith is process with some changes to the environment.
func (b *battle) processWith(run, attempt int, e ending, changes map[string]string) int {
	b.Helper()
	path, err := programPath()
	if err != nil {
		b.Fatal(err)
	}
	b.World.SetTime(b.now)
	env := map[string]string{"INPUT_AS-OF": b.now.Format(time.RFC3339)}
	maps.Copy(env, changes)
	cmd := b.command(path, run, attempt, env)
	b.mu.Lock()
	b.victim, b.plan, b.count, b.fell, b.since, b.before = cmd, e, 0, false, 0, 0
	err = cmd.Start()
	b.mu.Unlock()
	if err != nil {
		b.Fatal(err)
	}
	if e.at == anytime {
		timer := time.AfterFunc(e.after, func() {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.kill(cmd)
		})
		defer timer.Stop()
	}
	_ = cmd.Wait() // the state says it
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fell = b.fell && cmd.ProcessState.ExitCode() == -1
	b.victim = nil
	return cmd.ProcessState.ExitCode()
}

// command is a run as a real process, with some changes to its environment.
func (b *battle) command(program string, run, attempt int, changes map[string]string) *exec.Cmd {
	env := b.Env()
	env["GITHUB_API_URL"], env["GITHUB_GRAPHQL_URL"] = b.hub.URL, b.hub.URL+"/graphql"
	env["GITHUB_RUN_ID"], env["GITHUB_RUN_ATTEMPT"] = fmt.Sprint(run), fmt.Sprint(attempt)
	switch b.store {
	case "sealed":
		env["INPUT_LEDGER-KEY"], env["ADVISORY_REMINDERS_GRID"] = key(), "5s"
	case "file":
		env["INPUT_LEDGER"], env["GITHUB_ACTIONS"], env["GITHUB_RUN_ID"] = b.path, "", ""
	}
	env["TMPDIR"] = filepath.Dir(b.path) // what a killed process leaves there goes with the test
	maps.Copy(env, changes)
	cmd := exec.Command(program, "run")
	for k, v := range env {
		cmd.Env = append(cmd.Env, k+"="+v)
	}
	return cmd
}

// kill ends a process if it is the present one. The lock must be held.
func (b *battle) kill(cmd *exec.Cmd) {
	if b.victim == cmd {
		b.fell = cmd.Process.Kill() == nil
	}
}

// reached counts what the plan waits for, and kills when it has come.
func (b *battle) reached(at string) bool {
	if b.plan.at != at {
		return false
	}
	if b.count++; b.count == b.plan.n || at != unanswered {
		b.kill(b.victim)
		return true
	}
	return false
}

// mail sees every step of SMTP. A mail is accepted here, and kept right after.
func (b *battle) mail(at sandbox.MailStep, _ string) sandbox.MailAnswer {
	b.mu.Lock()
	defer b.mu.Unlock()
	if at == sandbox.MailAtRecipient && b.atRecipient != nil && b.atRecipient() {
		b.atRecipient = nil
	}
	if at != sandbox.MailAtData {
		return sandbox.MailAnswer{}
	}
	if info, err := os.Stat(b.path); err == nil && info.ModTime() != b.changed {
		b.changed, b.before, b.since = info.ModTime(), b.since, 0
	}
	b.since++
	if b.reached(unanswered) {
		return sandbox.MailAnswer{Drop: sandbox.MailDropKept}
	}
	return sandbox.MailAnswer{}
}

// slack lets the report be accepted and the process die of it.
func (b *battle) slack(method string, _ *http.Request) http.Handler {
	b.mu.Lock()
	defer b.mu.Unlock()
	if method != "chat.postMessage" {
		return nil
	}
	if !b.reached(unreported) {
		return nil
	}
	return b.Slack.AnswerLost()
}

// github passes requests on. One that would move the ledger kills the process
// instead, where that is the plan and mails were accepted before it.
func (b *battle) github(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	moves := githubMoments(r, body)[0] == moveLedger
	b.mu.Lock()
	killed := moves && b.since > 0 && b.reached(unwritten)
	b.mu.Unlock()
	if killed {
		abort()
	}
	rec := httptest.NewRecorder()
	b.GitHub.ServeHTTP(rec, r)
	if moves && rec.Code < 300 && !bytes.Contains(rec.Body.Bytes(), []byte(`"errors"`)) {
		b.mu.Lock()
		b.before, b.since = b.since, 0
		if b.afterMove != nil && b.afterMove() {
			b.afterMove = nil
		}
		b.mu.Unlock()
	}
	for k, v := range rec.Header() {
		w.Header()[k] = v
	}
	w.WriteHeader(rec.Code)
	_, _ = w.Write(rec.Body.Bytes())
}

// tally counts, in mails from an index on, the people who got none, and the mails
// that were one too many. Those have to bear the id of the first, where that is
// still known.
func (b *battle) tally(from int, known bool) (lost, twice int) {
	ids := make(map[string]string)
	for _, m := range b.Mail.Mails()[from:] {
		switch id := ids[m.To[0]]; id {
		case "":
			ids[m.To[0]] = m.MessageID
		case m.MessageID:
			twice++
		default:
			if twice++; known {
				b.Errorf("a mail came again to %s under another id, %s in place of %s", m.To[0], m.MessageID, id)
			}
		}
	}
	return crowd - len(ids), twice
}
