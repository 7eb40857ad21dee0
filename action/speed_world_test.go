package action_test

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/openedx/advisory-reminders/action"
	"github.com/openedx/advisory-reminders/internal/sandbox"
	"github.com/openedx/advisory-reminders/internal/transport"
)

// A scale is the size of an organization.
type scale struct {
	drafts, repositories, people int
}

func (s scale) teams() int { return s.people / 5 }
func (s scale) pages() int { return ceil(s.drafts, 100) }
func (s scale) String() string {
	return fmt.Sprintf("%d-drafts", s.drafts)
}

func ceil(n, by int) int { return (n + by - 1) / by }

// allowed is how many requests a run may make of GitHub, the writes of the
// ledger in between apart: pages of drafts, files, teams and people by fifty,
// three for the ledger's reading, and six for its two writes.
func (s scale) allowed() int {
	return s.pages() + 3 + ceil(s.repositories, 50) + ceil(s.teams()+2*s.people, 50) + 6
}

// first is how many requests a first run may make besides: three for whether the
// token of the ledger may see the repository where there is no branch yet, and for
// what the token covers; and those for who can open the drafts, by a hundred pairs of
// a repository and somebody who is told.
func (s scale) first() int {
	persons := ceil(s.repositories, 10) // repositories of one person; see world
	return 3 + ceil(5*(s.repositories-persons)+persons, 100)
}

// writeSteps is how many requests have to follow one another to write the
// ledger: a tree that holds the file, a commit, and the branch.
const writeSteps = 3

// chain is how many requests have to follow one another at the least: the
// pages, then files, teams, addresses, the claims, the report and the settling.
func (s scale) chain() int { return s.pages() + 3 + writeSteps + 1 + writeSteps }

// world is an organization of that size. Every person is in one team, nine
// repositories of ten are a team's and the tenth is a person's, and drafts are
// spread evenly over repositories and severities.
func (s scale) world() *sandbox.World {
	w := newWorld()
	org := w.Organizations[0]
	org.Members, org.Teams = []string{"dora"}, nil
	w.Repositories = w.Repositories[:1]
	for i := range s.people {
		login := fmt.Sprintf("person-%03d", i)
		org.Members = append(org.Members, login)
		w.Users = append(w.Users, &sandbox.User{Login: login, Name: fmt.Sprint("Person ", i), Email: login + "@example.org"})
	}
	for i := range s.teams() {
		slug := fmt.Sprintf("team-%02d", i)
		team := &sandbox.Team{Slug: slug, Name: fmt.Sprint("Team ", i)}
		for n := i; n < s.people; n += s.teams() {
			team.Members = append(team.Members, fmt.Sprintf("person-%03d", n))
		}
		org.Teams = append(org.Teams, team)
	}
	for i := range s.repositories {
		owner := fmt.Sprintf("group:team-%02d", i%s.teams())
		if i%10 == 9 {
			owner = fmt.Sprintf("user:person-%03d", i/10%max(1, s.people/10))
		}
		w.Repositories = append(w.Repositories, &sandbox.Repository{Owner: org.Login, Name: fmt.Sprintf("repository-%04d", i), Files: catalog(owner)})
	}
	severities := [...]string{"critical", "high", "medium", "low"}
	for i := range s.drafts {
		// The hour keeps the order of the list apart from that of the severities.
		created := wednesday.AddDate(-1, 0, -i%300).Add(-time.Duration(i) * time.Minute)
		w.Advisories = append(w.Advisories, &sandbox.Advisory{
			ID:         "GHSA-2222-" + quad(i/160_000) + "-" + quad(i),
			Repository: fmt.Sprintf("%s/repository-%04d", org.Login, i%s.repositories),
			Summary:    fmt.Sprint("Secret title ", i),
			State:      "draft",
			Severity:   severities[i/s.repositories%len(severities)],
			Created:    created, Updated: created,
		})
	}
	return w
}

// quad is a part of an advisory's id: a number in the twenty signs of GitHub's.
func quad(n int) string {
	const signs = "23456789cfghjmpqrvwx"
	return string([]byte{signs[n/8000%20], signs[n/400%20], signs[n/20%20], signs[n%20]})
}

// A lab is a world whose services take their time.
type lab struct {
	tb testing.TB
	*sandbox.Services
	scale   scale
	latency time.Duration // of every request of GitHub's and Slack's
	perMail time.Duration // that the mail server takes for a message
	late    atomic.Int32  // requests that the sandbox itself took longer for
	now     time.Time     // of the next run

	mu    sync.Mutex
	began time.Time // of the first mail, by the machine's clock
	ended time.Time // of the last one
}

func newLab(tb testing.TB, s scale, latency, perMail time.Duration) *lab {
	tb.Helper()
	w := s.world()
	w.SetTime(wednesday)
	services, err := sandbox.Start(w, home)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = services.Close() })
	services.Slack.Burst = -1
	l := &lab{tb: tb, Services: services, scale: s, latency: latency, perMail: perMail, now: wednesday}
	if latency > 0 {
		l.GitHub.Fault = func(*http.Request) http.Handler { return l.slowly(l.GitHub.Healthy()) }
		l.Slack.Break(func(string, *http.Request) http.Handler { return l.slowly(l.Slack.Serving()) })
	}
	l.Mail.Break(func(at sandbox.MailStep, _ string) sandbox.MailAnswer {
		switch at {
		case sandbox.MailAtSender:
			l.mu.Lock()
			if l.began.IsZero() {
				l.began = time.Now()
			}
			l.mu.Unlock()
		case sandbox.MailAtData:
			time.Sleep(perMail)
			l.mu.Lock()
			l.ended = time.Now()
			l.mu.Unlock()
		}
		return sandbox.MailAnswer{}
	})
	return l
}

// slowly answers exactly the latency after a request came, whatever the answer
// itself took.
func (l *lab) slowly(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		due := time.Now().Add(l.latency)
		answer := httptest.NewRecorder()
		h.ServeHTTP(answer, r)
		if left := time.Until(due); left > 0 {
			time.Sleep(left)
		} else {
			l.late.Add(1)
		}
		maps.Copy(w.Header(), answer.Header())
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes())
	})
}

// env is the environment of a run: in a private repository, with the ledger on
// its branch.
func (l *lab) env() map[string]string {
	dir := l.tb.TempDir()
	event := filepath.Join(dir, "event.json")
	if err := os.WriteFile(event, []byte(`{"repository":{"visibility":"private"}}`), 0o600); err != nil {
		l.tb.Fatal(err)
	}
	env := l.Env()
	env["GITHUB_EVENT_PATH"], env["GITHUB_WORKSPACE"] = event, dir
	env["GITHUB_STEP_SUMMARY"], env["GITHUB_OUTPUT"] = filepath.Join(dir, "summary.md"), filepath.Join(dir, "output")
	env["INPUT_MAX-RECIPIENTS"] = "0"
	env["INPUT_AS-OF"] = l.now.Format(time.RFC3339)
	return env
}

// reset forgets what was asked and sent, but not the ledger.
func (l *lab) reset() {
	l.GitHub.ResetRequests()
	l.late.Store(0)
	l.mu.Lock()
	l.began, l.ended = time.Time{}, time.Time{}
	l.mu.Unlock()
}

// nextDay lets a day go by, on which one draft is found that is due for the
// people of one team. Everybody has been told of all the others.
func (l *lab) nextDay() {
	l.now = l.now.AddDate(0, 0, 1)
	l.World.Lock()
	defer l.World.Unlock()
	l.World.Advisories = append(l.World.Advisories, &sandbox.Advisory{
		ID:         "GHSA-xxxx-xxxx-xxxx",
		Repository: home[:strings.Index(home, "/")] + "/repository-0000",
		Summary:    "Secret title", State: "draft", Severity: "critical",
		Created: wednesday.AddDate(0, 0, -10), Updated: wednesday.AddDate(0, 0, -10),
	})
}

// run makes a run in this process.
func (l *lab) run() {
	l.tb.Helper()
	env := l.env()
	var out bytes.Buffer
	status := action.Main(l.tb.Context(), action.Process{
		Getenv: func(k string) string { return env[k] },
		Stdout: &out, Stderr: &out,
		Patience:  transport.Options{Retries: 2, MinWait: time.Millisecond, MaxWait: 3 * time.Second},
		Wait:      func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
		SlackPace: time.Nanosecond,
	})
	if status != action.ExitOK {
		l.tb.Fatalf("exit status %d\n%s", status, tail(out.String()))
	}
}

func tail(text string) string { return text[max(0, len(text)-3000):] }

// asked counts the requests of GitHub's.
type asked struct {
	all     int
	writes  int // of the ledger
	interim int // those beside the claims and the settling
}

func (l *lab) asked() asked {
	var a asked
	for _, r := range l.GitHub.Requests() {
		a.all++
		if isWrite(r) {
			a.writes++
		}
	}
	a.interim = max(0, a.writes-2)
	return a
}

// isWrite reports whether a request writes the ledger: the mutation, or for the
// branch's first commit what makes the branch.
func isWrite(r sandbox.Request) bool {
	return strings.Contains(r.Query, "createCommitOnBranch") || r.Method == http.MethodPost && strings.HasSuffix(r.Path, "/git/refs")
}
