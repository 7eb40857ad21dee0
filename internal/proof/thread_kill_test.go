package proof

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openedx/advisory-reminders/internal/sandbox"
)

// Where processes are killed that comment on drafts.
const (
	commented = "a comment accepted, its answer on the way"
	replied   = "an answer to commands accepted, its answer on the way"
	claimed   = "claims and effects written, nothing posted"
	settling  = "comments accepted, the ledger not yet written"
)

// A gathering is a battle in which nobody has an address: everybody is reminded by
// comments, and some give commands in every week.
type gathering struct {
	*battle
	posted int // comments accepted since the ledger was written last
}

// How GitHub treats comments in which week. Where authors or the count of comments are
// missing nobody can command.
var treatments = []struct {
	name string
	sandbox.Discussions
	mute bool
}{
	{name: "as announced"},
	{name: "listed late", Discussions: sandbox.Discussions{Late: 30 * time.Second}},
	{name: "updated_at stays", Discussions: sandbox.Discussions{Unmoved: true}},
	{name: "no author", Discussions: sandbox.Discussions{AuthorKey: "-"}, mute: true},
	{name: "201 lost", Discussions: sandbox.Discussions{Lose: 1}},
	{name: "403", Discussions: sandbox.Discussions{Refuse: http.StatusForbidden}}, // until a run has met it
	{name: "another author key", Discussions: sandbox.Discussions{AuthorKey: "author"}, mute: true},
	{name: "comments missing", Discussions: sandbox.Discussions{NoCount: true}, mute: true},
}

// TestKillWithComments kills processes around comments, and around the answers to
// commands, in each week under another of the ways in which GitHub may treat comments.
// No comment is there twice, since each is looked for before it is made again; nobody
// is left out; and each command is answered once.
//
//	go test ./internal/proof -run TestKillWithComments -v -kills 120
func TestKillWithComments(t *testing.T) {
	t.Parallel()
	g, most := &gathering{battle: newBattle(t, "branch")}, max(1, *kills/4) // a second goes by between two comments
	g.World.Advisories = g.World.Advisories[:5]
	for i, a := range g.World.Advisories {
		login := fmt.Sprintf("one-%02d", i)
		a.CollaboratingUsers = []string{login}
		g.World.User(login).Email = ""
	}
	g.mu.Lock()
	g.serve = g.github
	g.mu.Unlock()
	r := rand.New(rand.NewPCG(60, 2))
	began := time.Now()
	if status := g.run(1, 1, ending{}); status != 0 {
		t.Fatalf("a process that is left alone ends with %d", status)
	}
	usual := time.Since(began)
	ways := make(map[string]int)
	fell, run, lost, twice, unanswered, again, comments, commands := make(map[string]int), 1, 0, 0, 0, 0, 0, 0
	for week := 1; sum(fell) < most; week++ {
		g.now = wednesday.AddDate(0, 0, 7*week)
		from := g.now
		way := treatments[week%len(treatments)]
		g.treat(way.Discussions)
		ways[way.name]++
		var said map[int64]bool
		if !way.mute {
			said = g.command(week, r)
		}
		commands += len(said)
		run++
		early := 0
		for try, attempt := 0, 1; ; try++ {
			at := []string{commented, replied, claimed, settling}[r.IntN(4)]
			if sum(fell)%5 == 4 {
				at = anytime
			}
			e := ending{at: at, n: 1 + r.IntN(3), after: time.Duration(r.Int64N(int64(usual)))}
			if at == replied {
				e.n = 1 + r.IntN(2)
			}
			if sum(fell) >= most || try >= 4 {
				e = ending{}
			}
			status := g.run(run, attempt, e)
			if !g.fell {
				g.allow()
				if status == 1 && early < 3 { // what was accepted a moment ago is looked for by the next run
					early++
					run, attempt, g.now = run+1, 1, g.now.Add(claimLife+6*time.Minute)
					continue
				}
				if status != 0 {
					t.Fatalf("the process after %d kills ends with %d", sum(fell), status)
				}
				if e.at == "" || g.quiet(from) {
					break
				}
				run, attempt = run+1, 1
				continue
			}
			fell[e.at]++
			if r.IntN(2) == 0 {
				attempt, g.now = attempt+1, g.now.Add(6*time.Minute) // a comment is looked for after five
				continue
			}
			run, attempt, g.now = run+1, 1, g.now.Add(claimLife+6*time.Minute)
		}
		l, d, u, a, n := g.tallyComments(from, said)
		lost, twice, unanswered, again, comments = lost+l, twice+d, unanswered+u, again+a, comments+n
	}
	t.Logf("thread  kills %d %v  weeks %v  comments %d  lost %d  twice %d  commands %d  without an answer %d  answered twice %d", sum(fell), fell, ways, comments, lost, twice, commands, unanswered, again)
	if lost+twice+unanswered+again > 0 {
		t.Errorf("lost %d, twice %d, commands without an answer %d, answered twice %d, want none", lost, twice, unanswered, again)
	}
	for _, at := range []string{commented, replied, claimed, settling} {
		if fell[at] == 0 && most >= 30 {
			t.Errorf("no kill: %s", at)
		}
	}
}

// command lets some people ask for help on their drafts, and returns these comments.
func (g *gathering) command(week int, r *rand.Rand) map[int64]bool {
	g.World.SetTime(g.now.Add(-time.Hour))
	g.World.Lock()
	defer g.World.Unlock()
	said := make(map[int64]bool)
	for range 4 {
		i := r.IntN(len(g.World.Advisories))
		c := g.World.CommentOn(g.World.Advisories[i].ID, fmt.Sprintf("one-%02d", i), fmt.Sprintf("/remind release %s 15:00", g.now.AddDate(0, 0, 5+week%3).Format("2006-01-02")))
		said[c.ID] = true
	}
	return said
}

// treat lets GitHub treat comments in some way from now on.
func (g *gathering) treat(d sandbox.Discussions) {
	g.World.Lock()
	defer g.World.Unlock()
	g.World.Discussions = d
}

// allow lets GitHub take comments again that it refused.
func (g *gathering) allow() {
	g.World.Lock()
	defer g.World.Unlock()
	g.World.Discussions.Refuse = 0
}

// run makes a run that has nowhere to go but the drafts and Slack.
func (g *gathering) run(run, attempt int, e ending) int {
	g.mu.Lock()
	g.posted = 0
	g.mu.Unlock()
	return g.processWith(run, attempt, e, map[string]string{"INPUT_CONFIG-TEXT": "channels: [email, thread]\n"})
}

// quiet reports whether everybody has been reminded since.
func (g *gathering) quiet(from time.Time) bool {
	lost, _, _, _, _ := g.tallyComments(from, nil)
	return lost == 0
}

// github passes requests on, and kills where that is the plan.
func (g *gathering) github(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	what := githubMoments(r, body)[0]
	moves := what == moveLedger
	g.mu.Lock()
	killed := moves && g.posted > 0 && g.reached(settling)
	g.mu.Unlock()
	if killed {
		abort()
	}
	rec := httptest.NewRecorder()
	g.GitHub.ServeHTTP(rec, r)
	g.mu.Lock()
	switch {
	case what == comment && rec.Code == http.StatusCreated:
		g.posted++
		at := commented
		if bytes.Contains(body, []byte("reminders answers: ")) {
			at = replied
		}
		if g.plan.at == at {
			if g.count++; g.count == g.plan.n {
				g.kill(g.victim)
				killed = true
			}
		}
	case moves && rec.Code < 300 && !bytes.Contains(rec.Body.Bytes(), []byte(`"errors"`)):
		killed = g.posted == 0 && g.reached(claimed)
		g.posted = 0
	}
	g.mu.Unlock()
	if killed {
		abort()
	}
	for k, v := range rec.Header() {
		w.Header()[k] = v
	}
	w.WriteHeader(rec.Code)
	_, _ = w.Write(rec.Body.Bytes())
}

// tallyComments counts, since a time, the people who were not reminded, the reminders
// that were one too many, the commands that have no answer, and the answers that were
// one too many.
func (g *gathering) tallyComments(from time.Time, said map[int64]bool) (lost, twice, unanswered, again, comments int) {
	g.World.Lock()
	defer g.World.Unlock()
	answers := make(map[int64]int)
	for i, a := range g.World.Advisories {
		n := 0
		for _, c := range a.Comments {
			list := answered(c.Body)
			for _, id := range list {
				answers[id]++
			}
			if list == nil && markerForm.MatchString(c.Body) && strings.Contains(c.Body, fmt.Sprintf("@one-%02d ", i)) && !c.Created.Before(from) {
				n++
			}
		}
		comments += n
		lost, twice = lost+max(0, 1-n), twice+max(0, n-1)
	}
	for id := range said {
		unanswered, again = unanswered+max(0, 1-answers[id]), again+max(0, answers[id]-1)
	}
	return lost, twice, unanswered, again, comments
}

// TestRaceWithComments makes two runs at once under each way in which GitHub may treat
// comments, one of which stands still around its claims, a comment or an answer. Each
// comment is there once, and each command is answered once.
func TestRaceWithComments(t *testing.T) {
	for _, name := range switchNames {
		t.Run(name, func(t *testing.T) {
			rounds, comments, commands := 0, 0, 0
			for seed := uint64(1); seed <= 12; seed++ {
				m, found := race(t, name, seed)
				rounds++
				commands += m.commanded
				for _, e := range m.history {
					if e.comment && e.answers == nil {
						comments++
					}
				}
				if len(found) > 0 {
					t.Errorf("\n%s", m.story(seed, found))
				}
			}
			t.Logf("%-18s  races %d  reminders by comment %d  commands answered %d", name, rounds, comments, commands)
			if comments == 0 {
				t.Error("nobody was reminded by a comment")
			}
		})
	}
}

// race plays one race and the runs after it, and returns what the judge found.
func race(t *testing.T, name string, seed uint64) (*sim, []string) {
	r := rand.New(rand.NewPCG(seed, 62))
	s := drawSetting(r)
	s.store, s.channels, s.comments, s.talk = []string{"branch", "sealed"}[seed%2], "[email, thread]", true, true
	world := drawWorld(r, s)
	invite(world)
	letOpen(world, s)
	m := newSim(t, s, world)
	defer m.close()
	m.voice, m.handling = r, name
	world.Discussions = switches[name]
	var found []string
	at := wednesday
	for step := range 5 {
		at = at.AddDate(0, 0, []int{0, 1, 7, 1, 30}[step]).Add(time.Hour)
		m.at(at)
		m.letOpen()
		m.speak()
		clean := step%2 == 1 || step == 4
		m.treat(clean)
		before := m.owed(clean)
		one := &run{name: fmt.Sprintf("run %d", 10*step), id: fmt.Sprint(10*step + 1), attempt: 1, clean: clean}
		if clean {
			m.one(one)
			found = append(found, m.judgeClean(one, before)...)
			continue
		}
		two := &run{name: fmt.Sprintf("run %d beside it", 10*step), id: fmt.Sprint(10*step + 2), attempt: 1}
		if seed%4 > 0 {
			where := []string{moveLedger, comment, readComments}[seed%3]
			one.faults = []fault{{at: moment{where, 1 + r.IntN(2)}, kind: []string{standStill, standAfter}[r.IntN(2)]}}
		}
		m.both(one, two, []time.Duration{0, 3 * time.Minute}[r.IntN(2)])
	}
	found = slices.Concat(found, m.judgeTwice(), m.judgeComments(), m.judgeWhom(), m.judgeAnswers(), m.wrong)
	return m, found
}
