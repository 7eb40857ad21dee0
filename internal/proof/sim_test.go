package proof

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/openedx/advisory-reminders/action"
	"github.com/openedx/advisory-reminders/internal/sandbox"
	"github.com/openedx/advisory-reminders/internal/transport"
)

// claimLife is how long a claim of another run has to be left alone.
const claimLife = 15 * time.Minute

// A sim is one scenario under way.
type sim struct {
	t testing.TB
	setting
	world    *sandbox.World
	services *sandbox.Services
	folder   string
	now      time.Time // of the stage
	jump     atomic.Int64

	mu      sync.Mutex
	history []event
	runs    []*run
	churned []string
	wrong   []string // what was wrong about who was given access; see access_test.go
	opened  int      // changes of who collaborates

	voice     *rand.Rand // draws what people say; nil: nothing
	handling  string     // how GitHub treats comments; see switches
	said      []*saying
	either    map[pair]bool // what a run now may deliver, or not
	barred    map[pair]bool // what people's commands hold back for certain
	refusing  bool          // GitHub has refused comments at some time
	commanded int           // commands that were answered
}

// An event is a message that a channel accepted.
type event struct {
	accepted
	run        *run
	named      []string          // all that it names
	strange    []string          // those of which the recipient is none of whom the rule names
	severities map[string]string // of the drafts that it names, then; see gone
}

// gone stands for the severity of an advisory that is no draft.
const gone = "gone"

// newEvent notes what a message names, as it was then.
func (m *sim) newEvent(a accepted, r *run) event {
	e := event{accepted: a, run: r, named: a.ids, severities: make(map[string]string)}
	m.world.Lock()
	defer m.world.Unlock()
	for _, id := range a.ids {
		e.severities[id] = gone
		if g := m.world.Advisory(id); g != nil && g.State == "draft" {
			e.severities[id] = g.Severity
		}
	}
	e.strange = m.notOwed(a.to, a.ids)
	if a.to == swg { // a report names others too
		e.strange = m.notOwed(swg, a.asks)
		e.ids = slices.DeleteFunc(slices.Clone(a.asks), func(id string) bool {
			return slices.Contains(e.strange, id) || e.severities[id] == gone
		})
	}
	return e
}

// A run is one process of the program, and what became of it.
type run struct {
	name     string
	id       string // of the workflow run
	attempt  int
	faults   []fault
	skew     time.Duration // of its machine's clock
	ahead    time.Duration // by which GitHub's Date is wrong
	plant    string
	begin    string        // the commit that the branch was at before the run beside it; empty: when it began
	clean    bool          // nothing goes wrong and nobody else is at work
	with     bool          // another run is at work at the same time
	at       time.Time     // the true time of its start
	held     time.Duration // how long it stood still
	status   int
	died     bool
	unsure   bool // its last write had no effect, or something was accepted after it
	hit      []string
	bounced  map[string]bool
	output   string
	requests int
}

func newSim(t testing.TB, s setting, w *sandbox.World) *sim {
	m := &sim{t: t, setting: s, world: w}
	var err error
	if m.services, err = sandbox.Start(w, home); err != nil {
		t.Fatal(err)
	}
	m.services.Slack.Burst = -1
	if m.folder, err = os.MkdirTemp("", "proof-"); err != nil {
		t.Fatal(err)
	}
	return m
}

func (m *sim) close() {
	_ = m.services.Close()
	_ = os.RemoveAll(m.folder)
}

// at sets the time of a stage.
func (m *sim) at(t time.Time) {
	m.now = t
	m.jump.Store(0)
	m.world.SetTime(t)
}

// wait lets time go by for everybody.
func (m *sim) wait(d time.Duration) {
	m.jump.Add(int64(d))
	m.world.SetTime(m.now.Add(time.Duration(m.jump.Load())))
}

// key seals the ledger of a public repository.
func key() string { return strings.Repeat("0123456789abcdef", 4) }

// start begins a run. The function that it returns waits for its end.
func (m *sim) start(r *run) (l *link, end func()) {
	ctx, cancel := context.WithCancel(context.Background())
	r.at = m.now.Add(time.Duration(m.jump.Load()))
	m.mu.Lock()
	m.runs = append(m.runs, r)
	m.mu.Unlock()
	l = m.newLink(r, cancel, func(a accepted) {
		e := m.newEvent(a, r)
		m.mu.Lock()
		defer m.mu.Unlock()
		m.history = append(m.history, e)
	})
	path := filepath.Join(m.folder, "ledger.json")
	var asItWas []byte
	l.onDie = func() { asItWas, _ = os.ReadFile(path) }

	env := m.services.Env()
	maps.Copy(env, map[string]string{
		"GITHUB_API_URL":      l.hub.URL,
		"GITHUB_GRAPHQL_URL":  l.hub.URL + "/graphql",
		"GITHUB_RUN_ID":       r.id,
		"GITHUB_RUN_ATTEMPT":  fmt.Sprint(r.attempt),
		"INPUT_SLACK-API-URL": l.slack.URL + "/api/",
		"INPUT_SMTP-PORT":     fmt.Sprint(l.mail.Port),
		"INPUT_CONFIG-TEXT":   "channels: " + m.channels + "\ntimezone: " + m.zone.String() + fmt.Sprintf("\nnotify-new: %t\n", m.notifyNew) + m.accessLine() + m.quietLine(),
	})
	switch m.store {
	case "sealed":
		env["INPUT_LEDGER-KEY"] = key()
	case "file":
		env["INPUT_LEDGER"], env["GITHUB_ACTIONS"], env["GITHUB_RUN_ID"] = path, "", ""
	}
	var out bytes.Buffer
	done := make(chan struct{})
	go func() {
		defer close(done)
		r.status = action.Main(ctx, action.Process{
			Args:   []string{"run"},
			Getenv: func(k string) string { return env[k] },
			Stdout: &out, Stderr: &out,
			Now:       func() time.Time { return m.now.Add(time.Duration(m.jump.Load()) + r.skew) },
			Wait:      func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
			SlackPace: time.Nanosecond,
			Patience:  transport.Options{Retries: 2, MinWait: time.Millisecond, MaxWait: 5 * time.Millisecond},
		})
	}()
	return l, func() {
		<-done
		l.close()
		cancel()
		if l.dead && m.store == "file" {
			m.restore(path, asItWas)
		}
		r.died, r.unsure, r.hit, r.bounced, r.output = l.dead, l.unwritten && m.store != "file", l.hit, l.bounced, out.String()
		r.requests = l.count[anything]
	}
}

// restore puts a file back to what it was when its run died.
func (m *sim) restore(path string, content []byte) {
	var err error
	if content == nil {
		err = os.RemoveAll(path)
	} else {
		err = os.WriteFile(path, content, 0o600)
	}
	if err != nil {
		m.t.Error(err)
	}
}

// one makes one run.
func (m *sim) one(r *run) {
	_, end := m.start(r)
	end()
}

// both makes two runs at the same time. Where the first stands still, the second
// is made while it does, and some time goes by.
func (m *sim) both(first, second *run, gap time.Duration) {
	first.with, second.with = true, true
	begin := tip(m.world)
	l, endFirst := m.start(first)
	if !first.stands() {
		_, endSecond := m.start(second)
		endFirst()
		endSecond()
		return
	}
	over := make(chan struct{})
	go func() { endFirst(); close(over) }()
	select {
	case <-l.still:
		first.held = gap
		m.wait(gap)
	case <-over:
	}
	second.begin = begin
	m.one(second)
	close(l.letGo)
	<-over
}

// stands reports whether the run is to stand still at some moment.
func (r *run) stands() bool {
	for _, f := range r.faults {
		if f.kind == standStill || f.kind == standAfter {
			return true
		}
	}
	return false
}

// told returns when each pair was told last, by the messages up to now. A comment whose
// answer was lost counts from when it was made, whenever a run finds it.
func (m *sim) told() map[pair]time.Time {
	told := make(map[pair]time.Time)
	for _, e := range m.history {
		for _, id := range e.ids {
			told[pair{e.to, id}] = e.run.at
		}
	}
	return told
}

// owed returns what a run would have to deliver now.
func (m *sim) owed(clean bool) map[pair]bool {
	m.world.Lock()
	defer m.world.Unlock()
	m.rate(clean)
	surely, perhaps := m.owedIf(m.told(), true), m.owedIf(m.told(), false)
	m.either, m.barred = make(map[pair]bool), make(map[pair]bool)
	for p := range perhaps {
		m.either[p] = !surely[p]
	}
	for p := range surely {
		m.either[p] = m.either[p] || !perhaps[p]
	}
	for _, a := range m.world.Advisories {
		said := m.hear(a)
		for _, to := range slices.Concat(owes(m.world, a), []string{swg}) {
			m.barred[pair{to, a.ID}] = said.snoozed && !said.perhaps || slices.Contains(said.disowned, to)
		}
	}
	return surely
}

// notOwed is the function of that name, for people who may have said that a draft is
// not theirs.
func (m *sim) notOwed(to string, ids []string) []string {
	return slices.DeleteFunc(notOwed(m.world, to, ids), func(id string) bool {
		a := m.world.Advisory(id)
		return a != nil && to == swg && slices.Contains(m.recipients(a, m.hear(a)), swg)
	})
}

// leaks returns a word of an output that no public log may hold, or nothing.
func leaks(output string) string {
	for _, word := range []string{"GHSA", "person-", "owned-", "orphan", "Secret title", "@example.org"} {
		if strings.Contains(output, word) {
			return word
		}
	}
	return ""
}
