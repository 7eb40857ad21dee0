package action_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/openedx/advisory-reminders/internal/sandbox"
	"github.com/openedx/advisory-reminders/internal/sandbox/github"
)

// What GitHub lets one token do, at its lowest. An app's token has more in a large
// organization, and that of a workflow's job less.
//
// Source: https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
// and https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api
const (
	restAnHour         = 5_000
	workflowAnHour     = 1_000 // over REST, in one repository
	graphAnHour        = 5_000 // points
	restAMinute        = 900   // points: one for each that reads, five for each that writes
	graphAMinute       = 2_000 // points: one for each query, five for each mutation
	contentAnHour      = 500   // requests that make content
	contentAMinute     = 80
	graphMutationPoint = 5
)

// An asking is a request of a run to GitHub.
type asking struct {
	at     time.Time // by the run's clock
	kind   string
	rest   int // 1, or 0 for one to GraphQL
	graph  int // points of GraphQL's limit of an hour
	points int // of the limits of a minute
	makes  int // 1 if it makes content
}

// newAsking tells what a request counts.
func newAsking(r *http.Request, at time.Time) asking {
	one := asking{at: at, rest: 1, points: 1}
	switch path := r.URL.Path; {
	case strings.HasSuffix(path, "/graphql"):
		body, _ := io.ReadAll(r.Body)
		if one.rest, one.graph, one.kind = 0, github.Cost(body), "queries"; strings.Contains(string(body), "mutation") {
			one.kind, one.points, one.makes = "ledger", graphMutationPoint, 1
		}
		return one
	case r.Method == http.MethodGet && strings.HasSuffix(path, "/comments"):
		one.kind = "discussions"
		return one
	case r.Method == http.MethodGet && strings.HasSuffix(path, "/security-advisories"):
		one.kind = "pages"
		return one
	case r.Method == http.MethodGet:
		one.kind = "reads"
		return one
	case strings.Contains(path, "/issues"):
		one.kind = "issue"
	case strings.HasSuffix(path, "/comments"):
		one.kind = "comments"
	case r.Method == http.MethodPatch:
		one.kind = "openings"
	default:
		one.kind = "ledger"
	}
	one.points, one.makes = 5, 1
	return one
}

// An hour is what one token asked of GitHub in a run.
type hour []asking

// sum adds up one of its numbers.
func (h hour) sum(of func(asking) int) (n int) {
	for _, a := range h {
		n += of(a)
	}
	return n
}

// peak is the most that comes together in one minute.
func (h hour) peak(of func(asking) int) (most int) {
	for first, last, n := 0, 0, 0; last < len(h); last++ {
		for n += of(h[last]); h[last].at.Sub(h[first].at) >= time.Minute; first++ {
			n -= of(h[first])
		}
		most = max(most, n)
	}
	return most
}

// of counts the requests of a kind.
func (h hour) of(kind string) (n int) {
	for _, a := range h {
		if a.kind == kind {
			n++
		}
	}
	return n
}

func (a asking) restPoints() int  { return a.rest * a.points }
func (a asking) graphPoints() int { return (1 - a.rest) * a.points }

// row is a line of the table.
func (h hour) row() string {
	return fmt.Sprintf("%5d %5d %5d %5d %5d %5d %5d %5d %5d | %5d %5d %5d | %5d %5d %5d", h.of("pages"), h.of("discussions"), h.of("reads"), h.of("openings"), h.of("comments"), h.of("issue"), h.of("ledger"), h.of("queries"), len(h),
		h.sum(func(a asking) int { return a.rest }), h.sum(func(a asking) int { return a.graph }), h.sum(func(a asking) int { return a.makes }),
		h.peak(asking.restPoints), h.peak(asking.graphPoints), h.peak(func(a asking) int { return a.makes }))
}

const hourHead = "pages talks reads opens comms issue ledgr query   all |  REST graph  made | R/min G/min m/min"

// mustFit fails the test if GitHub would have refused some of it.
func (h hour) mustFit(t *testing.T, what string, rest int) {
	t.Helper()
	for _, l := range []struct {
		what     string
		got, max int
	}{
		{"requests over REST in an hour", h.sum(func(a asking) int { return a.rest }), rest},
		{"points of GraphQL in an hour", h.sum(func(a asking) int { return a.graph }), graphAnHour},
		{"requests that make content in an hour", h.sum(func(a asking) int { return a.makes }), contentAnHour},
		{"points over REST in a minute", h.peak(asking.restPoints), restAMinute},
		{"points of GraphQL in a minute", h.peak(asking.graphPoints), graphAMinute},
		{"requests that make content in a minute", h.peak(func(a asking) int { return a.makes }), contentAMinute},
	} {
		if l.got > l.max {
			t.Errorf("%s: %d %s, and GitHub allows %d", what, l.got, l.what, l.max)
		}
	}
}

// posting is what a request that writes takes at the least.
const posting = 50 * time.Millisecond

// hours makes a run and returns what it asked for with the app's token, and with the
// one of the workflow. Its waits take no time but on its own clock and GitHub's, and so
// does what it writes; what it reads takes none at all, so more comes together in a
// minute than it would.
func (b *bench) hours(t *testing.T, what string) (app, job hour) {
	t.Helper()
	b.ticks = true
	b.passed.Store(0)
	now := func() time.Time { return b.now.Add(time.Duration(b.passed.Load())) }
	b.wait = func() { b.World.SetTime(now()) }
	b.fault(func(r *http.Request) http.Handler {
		if r.Method == http.MethodPatch || strings.HasSuffix(r.URL.Path, "/comments") && r.Method == http.MethodPost {
			b.passed.Add(int64(posting))
			b.World.SetTime(now())
		}
		if one := newAsking(r, now()); strings.HasSuffix(r.Header.Get("Authorization"), sandbox.WorkflowToken) {
			job = append(job, one)
		} else {
			app = append(app, one)
		}
		return nil
	})
	began := time.Now()
	r := b.run(nil)
	took := time.Since(began).Round(100 * time.Millisecond)
	t.Logf("%-24s %s   by the app, exit %d, %v of the run's time, in %v", what, app.row(), r.status, time.Duration(b.passed.Load()).Round(time.Second), took)
	t.Logf("%-24s %s   by the job", "", job.row())
	if r.status != 0 {
		t.Errorf("%s: exit status %d\n%s", what, r.status, tail(r.stdout))
	}
	app.mustFit(t, what+", the app's token", restAnHour)
	job.mustFit(t, what+", the job's token", workflowAnHour)
	return app, job
}

// A run stays within what GitHub allows, however many drafts there are, in an
// organization that has nothing but GitHub and opens drafts to their owners: on the
// first day, on the next ones, on which drafts are opened and comments are made, and
// with many discussions, new and old.
//
//	go test ./action -run TestARunStaysWithinTheHour -v -long
func TestARunStaysWithinTheHour(t *testing.T) {
	s, days := scale{drafts: 1_500, repositories: 200, people: 150}, 2
	if *long {
		s, days = scales[2], 4
	}
	w := s.world()
	for _, u := range w.Users {
		u.Email = ""
	}
	for _, r := range w.Repositories[1:] {
		_, owner, _ := strings.Cut(r.Files["catalog-info.yaml"], "owner: ")
		owner = strings.TrimSpace(owner)
		login, person := strings.CutPrefix(owner, "user:")
		if r.Roles = map[string]string{login: "write"}; !person {
			r.Roles = map[string]string{strings.Replace(owner, "group:", "team:", 1): "write"}
		}
	}
	file := readWorkflow(t, "github-alone.yml")
	app, job := file.both(t)
	w.Tokens = map[string]*sandbox.Token{
		sandbox.FullToken:     w.Installation("acme", nil, app),
		sandbox.WorkflowToken: w.Installation("acme", []string{home}, job),
	}
	for i, a := range w.Advisories {
		if i%2 == 0 { // these can be commented on at once
			for _, team := range w.Organizations[0].Teams[i%s.repositories%s.teams():][:1] {
				a.CollaboratingTeams = []string{team.Slug}
			}
		}
	}
	b := newBench(t, w)
	b.inputs = map[string]string{
		"INPUT_CONFIG-TEXT": "channels: [thread]\naccess: owners\n", "INPUT_MAX-RECIPIENTS": "0", "INPUT_REPORT-ISSUE": "true",
		"INPUT_SLACK-TOKEN": "", "INPUT_SLACK-CHANNEL": "", "INPUT_SMTP-SERVER": "", "INPUT_SMTP-PORT": "", "INPUT_SMTP-SECURITY": "", "INPUT_EMAIL-FROM": "",
	}
	speak := func(n, from int) {
		b.World.SetTime(b.now.Add(-time.Hour))
		b.World.Lock()
		defer b.World.Unlock()
		for i := range n {
			if w.CommentOn(w.Advisories[(from+i)%len(w.Advisories)].ID, "dora", "a word") == nil {
				t.Fatal("nobody can comment")
			}
		}
	}
	t.Logf("%-24s %s", s, hourHead)
	speak(600, 0)
	opened, commented := 0, 0
	for day := range days {
		app, _ := b.hours(t, fmt.Sprintf("day %d", day+1))
		opened, commented = opened+app.of("openings"), commented+app.of("comments")
		b.now = b.now.AddDate(0, 0, 1)
		speak([...]int{20, 700, 20, 0}[day], day*31)
	}
	if want := 100 * min(3, days-1); opened < want || commented < 300 {
		t.Errorf("%d drafts were opened and %d comments made, want at least %d and 300", opened, commented, want)
	}
}

// Owners who can't open a draft and have no address are asked about in every run: that
// costs one batched call for a hundred people and repositories, and no read more.
func TestWhatTheUnreachableCost(t *testing.T) {
	t.Parallel()
	s := scale{drafts: 1_000, repositories: 200, people: 150}
	with := func(address bool) hour {
		w := s.world()
		if !address {
			for _, u := range w.Users {
				u.Email = ""
			}
		}
		b := newBench(t, w)
		b.inputs = map[string]string{"INPUT_CONFIG-TEXT": "channels: [email, thread]\n", "INPUT_MAX-RECIPIENTS": "0", "INPUT_SLACK-TOKEN": "", "INPUT_SLACK-CHANNEL": "", "INPUT_REPORT-EMAIL": "wg@example.org"}
		t.Logf("%-24s %s", map[bool]string{true: "all have an address", false: "nobody can be reached"}[address], hourHead)
		b.hours(t, "the first day")
		b.now = b.now.Add(time.Hour)
		app, _ := b.hours(t, "an hour later")
		return app
	}
	reached, unreached := with(true), with(false)
	if more := unreached.of("queries") - reached.of("queries"); more > 10 || unreached.of("reads") > reached.of("reads") {
		t.Errorf("those who can't be reached cost %d queries and %d reads more in every run, want at most 10 and none", more, unreached.of("reads")-reached.of("reads"))
	}
}
