package action_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/openedx/advisory-reminders/internal/sandbox"
)

// openWorld has a draft of rocket, whose team owns it and may push, and nobody can
// open it.
func openWorld(role string) (*sandbox.World, *sandbox.Advisory) {
	w := newWorld()
	w.Repository("acme/rocket").Roles = map[string]string{"team:rocketeers": role}
	return w, draft(w, "rocket", "critical", wednesday.AddDate(0, -1, 0))
}

// accesses are the bodies of the requests that change who collaborates.
type accesses []map[string][]string

// An answer is what GitHub does with the n-th of these.
type answer func(b *bench, n int, next http.Handler) http.Handler

// patches returns them as they come. Unread drafts can't be read after the first one.
func (b *bench) patches(answer answer, unread *atomic.Bool) *accesses {
	list := new(accesses)
	var mu sync.Mutex // an answer that is lost, and the next request, are in nobody's order
	b.fault(func(r *http.Request) http.Handler {
		mu.Lock()
		defer mu.Unlock()
		switch {
		case !strings.Contains(r.URL.Path, "/security-advisories/"):
			return nil
		case r.Method == http.MethodGet && len(*list) > 0 && unread != nil && unread.Load():
			return respond(502, "")
		case r.Method != http.MethodPatch:
			return nil
		}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			text, _ := io.ReadAll(r.Body)
			var body map[string][]string
			_ = json.Unmarshal(text, &body)
			mu.Lock()
			*list = append(*list, body)
			n := len(*list)
			mu.Unlock()
			r.Body = io.NopCloser(strings.NewReader(string(text)))
			next := b.GitHub.Healthy()
			if answer != nil {
				next = answer(b, n, next)
			}
			next.ServeHTTP(w, r)
		})
	})
	return list
}

// on returns who collaborates on a draft.
func (b *bench) on(a *sandbox.Advisory) string {
	b.World.Lock()
	defer b.World.Unlock()
	return strings.Join(append(slices.Clone(a.CollaboratingUsers), a.CollaboratingTeams...), " ")
}

func (b *bench) later(days int) { b.now = b.now.AddDate(0, 0, days) }

// Who owns a repository by a file in it is announced on one day and given access on
// the next; whom the configuration names, at once.
func TestAccess(t *testing.T) {
	for name, tt := range map[string]struct {
		config string
		role   string
		files  map[string]string
		first  string // who collaborates after the first run
		second string // after one of the same day
		next   string // after that of the next
		report string // in the first one
		last   string // in the last one
	}{
		"none":                        {config: "access: none", role: "write"},
		"configured, and a file":      {config: "access: configured", role: "write"},
		"owners":                      {config: "access: owners", role: "write", next: "rocketeers", report: "Will be given access", last: "Given access"},
		"owners who may triage":       {config: "access: owners", role: "triage", report: "no right to write"},
		"owners who may maintain":     {config: "access: owners", role: "maintain", next: "rocketeers", report: "Will be given access", last: "Given access"},
		"a person":                    {config: "access: owners", role: "write", files: catalog("user:bob"), next: "bob", report: "Will be given access", last: "Given access"},
		"a friend's team":             {config: "access: owners", role: "write", files: catalog("group:friends"), report: "no right to write"},
		"a team of the configuration": {config: "access: configured\nowners: {acme/rocket: [group:rocketeers]}", first: "rocketeers", second: "rocketeers", next: "rocketeers", report: "Given access"},
		"a person whom it names":      {config: "access: configured\nowners: {acme/rocket: [user:cleo]}", first: "cleo", second: "cleo", next: "cleo", report: "Given access"},
		"owners, and it names a team": {config: "access: owners\nowners: {acme/rocket: [group:rocketeers]}", first: "rocketeers", second: "rocketeers", next: "rocketeers", report: "Given access"},
		"the same person, by a file":  {config: "access: owners\nmax-owner: 1", role: "write", report: "too many people"},
		"a team with a contact":       {config: "access: owners\nmax-owner: 1\ncontacts: {group:rocketeers: {email: rocketeers@example.org}}", role: "write", report: "more people than max-owner"},
		"one that is small enough":    {config: "access: owners\nmax-owner: 2\ncontacts: {group:rocketeers: {email: rocketeers@example.org}}", role: "write", next: "rocketeers", report: "Will be given access", last: "Given access"},
	} {
		t.Run(name, func(t *testing.T) {
			w, a := openWorld(tt.role)
			w.Organizations[0].Teams = append(w.Organizations[0].Teams, &sandbox.Team{Slug: "friends", Name: "Friends", Members: []string{"cleo"}})
			if tt.files != nil {
				w.Repository("acme/rocket").Files = tt.files
				w.Repository("acme/rocket").Roles["bob"] = "write"
			}
			b := newBench(t, w)
			b.inputs = map[string]string{"INPUT_CONFIG-TEXT": tt.config}
			patches := b.patches(nil, nil)
			r := b.must(0, nil)
			if got := b.on(a); got != tt.first || !strings.Contains(r.reports(), tt.report) {
				t.Errorf("after the first run %q can open it, want %q; it says\n%s\nwant %q", got, tt.first, r.reports(), tt.report)
			}
			b.now = b.now.Add(time.Hour)
			if r = b.must(0, nil); b.on(a) != tt.second || r.reports() != "" {
				t.Errorf("after another on the same day %q can open it, want %q; it says %s", b.on(a), tt.second, r.reports())
			}
			b.later(1)
			r = b.must(0, nil)
			if got := b.on(a); got != tt.next || tt.last != "" && !strings.Contains(r.reports(), tt.last) || tt.last == "" && r.reports() != "" {
				t.Errorf("after the next day %q can open it, want %q; it says\n%s\nwant %q", got, tt.next, r.reports(), tt.last)
			}
			b.later(1)
			if r = b.must(0, nil); r.reports() != "" {
				t.Errorf("the day after that it says\n%s", r.reports())
			}
			if want := min(1, len(tt.next)); len(*patches) != want {
				t.Errorf("%d changes of who collaborates, want %d", len(*patches), want)
			}
		})
	}
}

// A file that names a friend's team, which may write there, opens nothing where
// somebody puts it right on the day of the announcement.
func TestAnAnnouncementThatIsHeeded(t *testing.T) {
	for heeded, want := range map[bool][3]string{true: {"", "", "rocketeers"}, false: {"", "friends", "friends"}} {
		w, a := openWorld("write")
		w.Organizations[0].Teams = append(w.Organizations[0].Teams, &sandbox.Team{Slug: "friends", Name: "Friends", Members: []string{"cleo"}})
		rocket := w.Repository("acme/rocket")
		rocket.Roles["team:friends"] = "write"
		rocket.Files = catalog("group:friends")
		b := newBench(t, w)
		b.inputs = map[string]string{"INPUT_CONFIG-TEXT": "access: owners"}
		for day, says := range []string{"team:acme/friends", "", ""} {
			r := b.must(0, nil)
			if got := b.on(a); got != want[day] || !strings.Contains(r.reports(), says) {
				t.Errorf("heeded %v, day %d: %q can open it, want %q; it says\n%s", heeded, day+1, got, want[day], r.reports())
			}
			if heeded {
				b.World.Lock()
				rocket.Files = catalog("group:rocketeers")
				b.World.Unlock()
			}
			b.later(1)
		}
	}
}

// Whatever becomes of the change, it is asked for once in a run, nobody is taken from
// the list, and what was given is reported once.
func TestAccessFaults(t *testing.T) {
	with := func(status int) answer {
		return func(*bench, int, http.Handler) http.Handler { return respond(status, `{"message":"no"}`) }
	}
	lost := func(made bool) answer {
		return func(_ *bench, n int, next http.Handler) http.Handler {
			if n > 1 {
				return next
			}
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if made {
					next.ServeHTTP(httptest.NewRecorder(), r)
				}
				panic(http.ErrAbortHandler)
			})
		}
	}
	for name, tt := range map[string]struct {
		answer  answer
		before  func(*sandbox.World, *sandbox.Advisory)
		unread  bool // the list can't be read back in the first run
		between func(*sandbox.World, *sandbox.Advisory)
		change  map[string]string // inputs of the second run

		status  int
		report  string
		changes int
		then    int // status of the second run
		says    string
		all     int
		end     string
	}{
		"all is well":              {report: "Given access", changes: 1, all: 1, end: "zed friends rocketeers"},
		"lost, and made":           {answer: lost(true), report: "Given access", changes: 1, all: 1, end: "zed friends rocketeers"},
		"lost, and not made":       {answer: lost(false), status: 1, report: "could not be given access", changes: 1, says: "Given access", all: 2, end: "zed friends rocketeers"},
		"lost, made, and not read": {answer: lost(true), unread: true, status: 1, report: "could not be given access", changes: 1, says: "Given access", all: 1, end: "zed friends rocketeers"},
		"502":                      {answer: with(502), status: 1, report: "could not be given access", changes: 1, then: 1, all: 2, end: "zed friends"},
		"403":                      {answer: with(403), report: "does not let the token give access", changes: 1, all: 1, end: "zed friends"},
		"403, and forced":          {answer: with(403), report: "does not let the token give access", changes: 1, change: map[string]string{"INPUT_FORCE": "true", "GITHUB_RUN_ID": "2"}, says: "Advisory reminders", all: 2, end: "zed friends"},
		"422":                      {answer: with(422), report: "does not take these as collaborators", changes: 1, all: 1, end: "zed friends"},
		"taken, and nothing came of it": {answer: func(*bench, int, http.Handler) http.Handler { return respond(200, `{}`) },
			report: "still do not collaborate", changes: 1, all: 1, end: "zed friends"},
		"somebody else removes one": {answer: func(b *bench, _ int, next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				next.ServeHTTP(w, r)
				b.World.Lock()
				defer b.World.Unlock()
				b.World.Advisories[0].CollaboratingUsers = nil
			})
		}, report: "user:zed could open it before", changes: 1, all: 1, end: "friends rocketeers"},
		"somebody has added them": {before: func(_ *sandbox.World, a *sandbox.Advisory) {
			a.CollaboratingTeams = append(a.CollaboratingTeams, "rocketeers")
		}, changes: 0, all: 0, end: "zed friends rocketeers"},
		"removed by hand": {report: "Given access", changes: 1, between: func(_ *sandbox.World, a *sandbox.Advisory) { a.CollaboratingTeams = []string{"friends"} },
			says: "Not added again", all: 1, end: "zed friends"},
		"removed by hand, and forced": {report: "Given access", changes: 1, between: func(_ *sandbox.World, a *sandbox.Advisory) { a.CollaboratingTeams = []string{"friends"} },
			change: map[string]string{"INPUT_FORCE": "true", "GITHUB_RUN_ID": "2"}, says: "Not added again", all: 1, end: "zed friends"},
		"published since": {between: func(_ *sandbox.World, a *sandbox.Advisory) { a.State = "published" }, report: "Given access", changes: 1, says: "Resolved", all: 1, end: "zed friends rocketeers"},
	} {
		t.Run(name, func(t *testing.T) {
			w, a := openWorld("write")
			w.Users = append(w.Users, &sandbox.User{Login: "zed"})
			w.Organizations[0].Teams = append(w.Organizations[0].Teams, &sandbox.Team{Slug: "friends", Name: "Friends", Members: []string{"cleo"}})
			a.CollaboratingUsers, a.CollaboratingTeams = []string{"zed"}, []string{"friends"}
			if tt.before != nil {
				tt.before(w, a)
			}
			b := newBench(t, w)
			b.inputs = map[string]string{"INPUT_CONFIG-TEXT": "access: configured\nowners: {acme/rocket: [group:rocketeers]}"}
			var unread atomic.Bool
			unread.Store(tt.unread)
			patches := b.patches(tt.answer, &unread)
			r := b.must(tt.status, nil)
			if got := r.reports(); len(*patches) != tt.changes || !strings.Contains(got, tt.report) {
				t.Errorf("%d changes, want %d; the report says\n%s\nwant %q", len(*patches), tt.changes, got, tt.report)
			}
			for _, p := range *patches {
				if users, ok := p["collaborating_users"]; ok && !slices.Contains(users, "zed") || !slices.Contains(p["collaborating_teams"], "friends") {
					t.Errorf("the change takes somebody away: %v", p)
				}
			}
			for _, m := range r.mails { // what they are told is what came of it
				if shut := !strings.Contains(b.on(a), "rocketeers") || tt.unread; strings.Contains(m.Text, "ask to be added to the draft") != shut {
					t.Errorf("the draft is opened to %q, and the mail says\n%s", b.on(a), m.Text)
				}
			}
			if len(r.mails) == 0 {
				t.Error("no mails")
			}
			if tt.between != nil {
				b.World.Lock()
				tt.between(w, a)
				b.World.Unlock()
			}
			unread.Store(false)
			b.now = b.now.Add(20 * time.Minute)
			r = b.must(tt.then, tt.change)
			if got := r.reports(); !strings.Contains(got, tt.says) || tt.says == "" && strings.Contains(got, "ccess") {
				t.Errorf("the second report says\n%s\nwant %q", got, tt.says)
			}
			b.now = b.now.Add(20 * time.Minute)
			if tt.then == 0 {
				if r = b.must(0, nil); r.reports() != "" {
					t.Errorf("the third report says\n%s", r.reports())
				}
				if len(*patches) != tt.all || b.on(a) != tt.end {
					t.Errorf("%d changes, want %d; %q collaborate, want %q", len(*patches), tt.all, b.on(a), tt.end)
				}
			}
		})
	}
}

// Whom GitHub does not take as a collaborator keeps nobody else from being added, and
// is not asked for again in the period.
func TestAccessOfTheOthers(t *testing.T) {
	for name, tt := range map[string]struct {
		refused string // of bob, cleo and the team
		end     string
	}{
		"a person":   {"bob", "cleo rocketeers"},
		"the team":   {"rocketeers", "bob cleo"},
		"everybody":  {"bob cleo rocketeers", ""},
		"two people": {"bob cleo", "rocketeers"},
	} {
		t.Run(name, func(t *testing.T) {
			w, a := openWorld("write")
			b := newBench(t, w)
			b.inputs = map[string]string{"INPUT_CONFIG-TEXT": "access: configured\nowners: {acme/rocket: [user:bob, user:cleo, group:rocketeers]}"}
			patches := b.patches(func(_ *bench, _ int, next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					text, _ := io.ReadAll(r.Body)
					for login := range strings.FieldsSeq(tt.refused) {
						if strings.Contains(string(text), `"`+login+`"`) {
							respond(422, `{"message":"no"}`).ServeHTTP(w, r)
							return
						}
					}
					r.Body = io.NopCloser(strings.NewReader(string(text)))
					next.ServeHTTP(w, r)
				})
			}, nil)
			r := b.must(0, nil)
			if got := b.on(a); got != tt.end || !strings.Contains(r.reports(), "does not take these as collaborators") {
				t.Errorf("%q collaborate, want %q; the report says\n%s", got, tt.end, r.reports())
			}
			if len(*patches) != 4 {
				t.Errorf("%d changes, want 4", len(*patches))
			}
			b.later(1)
			if r = b.must(0, nil); len(*patches) != 4 || b.on(a) != tt.end || r.reports() != "" {
				t.Errorf("the next day: %d changes, %q collaborate; the report says\n%s", len(*patches), b.on(a), r.reports())
			}
		})
	}
}

// Of two runs at once, one opens the draft.
func TestAccessOfTwoRuns(t *testing.T) {
	w, a := openWorld("write")
	b := newBench(t, w)
	b.inputs = map[string]string{"INPUT_CONFIG-TEXT": "access: configured\nowners: {acme/rocket: [group:rocketeers, user:cleo]}"}
	var other result
	patches := b.patches(func(b *bench, n int, next http.Handler) http.Handler {
		if n == 1 {
			other = b.run(map[string]string{"GITHUB_RUN_ID": "2"})
		}
		return next
	}, nil)
	r := b.must(0, nil)
	if other.status != 0 || len(*patches) != 1 || b.on(a) != "cleo rocketeers" {
		t.Errorf("the other ended with %d, %d changes, %q collaborate\n%s%s", other.status, len(*patches), b.on(a), other.stdout, other.stderr)
	}
	if n := strings.Count(r.reports()+other.reports(), "Given access"); n != 1 || len(r.mails)+len(other.mails) != 3 {
		t.Errorf("%d reports name the access, and there are %d mails", n, len(r.mails)+len(other.mails))
	}
}

// A dry run says what would be done, at any time, and does nothing.
func TestAccessInADryRun(t *testing.T) {
	w, a := openWorld("write")
	b := newBench(t, w)
	b.inputs = map[string]string{"INPUT_CONFIG-TEXT": "access: owners"}
	patches := b.patches(nil, nil)
	dry := map[string]string{"INPUT_DRY-RUN": "true"}
	asOf := func(day string) map[string]string {
		return map[string]string{"INPUT_DRY-RUN": "true", "INPUT_AS-OF": day}
	}
	says := func(when, want, not string, r result) {
		t.Helper()
		if !strings.Contains(r.stdout, want) || strings.Contains(r.stdout, not) {
			t.Errorf("%s:\n%s\nwant %q and not %q", when, r.stdout, want, not)
		}
	}
	const will, would = "Will be given access", "Would be given access"
	says("before the first run", will, would, b.must(0, dry))
	says("the same once more", will, would, b.must(0, asOf("2026-11-20")))
	b.must(0, nil)
	b.now = b.now.Add(time.Hour)
	says("on the day of the announcement", "", would, b.must(0, dry))
	says("on the next day", would, will, b.must(0, asOf("2026-11-19")))
	says("before it", will, would, b.must(0, asOf("2026-11-17")))
	if len(*patches) > 0 || b.on(a) != "" {
		t.Errorf("a dry run changed who collaborates: %v", *patches)
	}
	b.later(1)
	b.must(0, nil)
	if b.on(a) != "rocketeers" {
		t.Errorf("%q collaborate after the day of the announcement and dry runs", b.on(a))
	}
}

// Where it can't be known now who may write, nobody is announced, and the run fails;
// where GitHub refuses to tell, the report says so.
func TestAccessWithoutAnAnswerAboutRights(t *testing.T) {
	for name, tt := range map[string]struct {
		answer string
		status int
		says   string
	}{
		"no answer": {`{"errors":[{"message":"Something went wrong while executing your query. This may be the result of a timeout"}]}`, 1, "could not be asked"},
		"refused":   {`{"data":{"q0":null},"errors":[{"type":"FORBIDDEN","path":["q0"],"message":"no"}]}`, 0, "does not tell this token whether they can write"},
	} {
		t.Run(name, func(t *testing.T) {
			w, a := openWorld("write")
			b := newBench(t, w)
			b.inputs = map[string]string{"INPUT_CONFIG-TEXT": "access: owners"}
			b.fault(func(r *http.Request) http.Handler {
				text, _ := io.ReadAll(r.Body)
				r.Body = io.NopCloser(strings.NewReader(string(text)))
				if strings.Contains(string(text), "repositories(first: 100, query:") {
					return respond(200, tt.answer, "Content-Type", "application/json")
				}
				return nil
			})
			r := b.must(tt.status, nil)
			if !strings.Contains(r.reports(), tt.says) || strings.Contains(r.reports(), "Will be given") || len(r.mails) != 2 {
				t.Errorf("%d mails; it says\n%s\nwant %q", len(r.mails), r.reports(), tt.says)
			}
			b.later(1)
			b.fault(nil)
			r = b.must(0, map[string]string{"INPUT_FORCE": "true", "GITHUB_RUN_ID": "2"})
			if !strings.Contains(r.reports(), "Will be given access") || b.on(a) != "" {
				t.Errorf("%q collaborate; it says\n%s", b.on(a), r.reports())
			}
		})
	}
}

// In a public repository drafts are opened within the grid, and nothing about it gets
// into the log. What there is no time for follows in the next runs.
func TestAccessInPublic(t *testing.T) {
	w := newWorld()
	w.Repositories[0].Visibility = "public"
	for n := range 30 {
		draft(w, "rocket", "critical", wednesday.AddDate(0, -1, -n))
	}
	b := newBench(t, w)
	b.ticks = true
	key := ageKey(t)
	b.inputs = map[string]string{"INPUT_LEDGER-KEY": key, "INPUT_CONFIG-TEXT": "access: configured\nowners: {acme/rocket: [group:rocketeers]}"}
	patches := b.patches(nil, nil)
	opened := 0
	for n := 0; n < 4 && opened < 30; n++ {
		before := b.passed.Load()
		r := b.must(0, nil)
		if len(*patches)-opened > 25 || len(*patches) == opened {
			t.Errorf("run %d opens %d drafts", n, len(*patches)-opened)
		}
		opened = len(*patches)
		if strings.Contains(r.stdout+r.stderr, "GHSA") || strings.Contains(r.stdout+r.stderr, "rocket") {
			t.Errorf("the log says\n%s%s", r.stdout, r.stderr)
		}
		if took := time.Duration(b.passed.Load() - before); took < 119*time.Second || took > 121*time.Second {
			t.Errorf("run %d takes %v", n, took)
		}
		b.later(1)
	}
	if opened != 30 {
		t.Errorf("%d of 30 drafts were opened", opened)
	}
}

// The check says what runs would do about access, and does nothing.
func TestAccessInACheck(t *testing.T) {
	w, a := openWorld("write")
	w.Organizations[0].Teams = append(w.Organizations[0].Teams, &sandbox.Team{Slug: "friends", Name: "Friends", Members: []string{"cleo"}})
	other := draft(w, "wheel", "high", wednesday.AddDate(0, -2, 0))
	w.Repository("acme/wheel").Files = catalog("group:friends")
	b := newBench(t, w)
	patches := b.patches(nil, nil)
	says := func(config string, want, not []string) {
		t.Helper()
		r := b.run(map[string]string{"INPUT_CONFIG-TEXT": config}, "check")
		text := strings.Join(strings.Fields(r.stdout), " ")
		for _, s := range want {
			if !strings.Contains(text, s) {
				t.Errorf("%s:\n%s\nwant %q", config, r.stdout, s)
			}
		}
		for _, s := range not {
			if strings.Contains(text, s) {
				t.Errorf("%s:\n%s\nit should not say %q", config, r.stdout, s)
			}
		}
	}
	next, first, shut := "runs open drafts to", "announces, and a run of a later day opens drafts to", "will be reminded but can't open the draft:"
	says("access: none", []string{shut + " Ann, bob (1 draft of rocket); cleo (1 draft of wheel)"}, []string{next, first})
	says("access: configured", []string{shut + " Ann, bob (1 draft of rocket); cleo (1 draft of wheel)"}, []string{next, first})
	says("access: configured\nowners: {acme/rocket: [group:rocketeers, user:cleo]}",
		[]string{next + " group:rocketeers (1 draft of rocket), user:cleo (1 draft of rocket)", shut + " cleo (1 draft of wheel)"}, []string{first})
	owners := "access: owners"
	says(owners, []string{first + " group:rocketeers (1 draft of rocket)", shut + " cleo (1 draft of wheel)", "wheel: its drafts are not opened to group:friends: GitHub gives them no right to write to it"}, []string{next})
	b.inputs = map[string]string{"INPUT_CONFIG-TEXT": owners}
	b.must(0, nil)
	b.later(1)
	says(owners, []string{next + " group:rocketeers (1 draft of rocket)"}, []string{first})
	b.must(0, nil)
	b.World.Lock()
	a.CollaboratingTeams = nil
	b.World.Unlock()
	says(owners, []string{a.ID + " is not opened to group:rocketeers again: somebody removed them", shut + " Ann, bob"}, []string{next, first})
	if len(*patches) != 1 || b.on(a) != "" || b.on(other) != "" {
		t.Errorf("%d changes, want that of the run alone", len(*patches))
	}
}

// Whom somebody else has added since the drafts were listed is not added once more, and
// is not this run's doing.
func TestAccessGivenByHandMeanwhile(t *testing.T) {
	w, a := openWorld("write")
	b := newBench(t, w)
	b.inputs = map[string]string{"INPUT_CONFIG-TEXT": "access: configured\nowners: {acme/rocket: [group:rocketeers]}"}
	changes := 0
	b.fault(func(r *http.Request) http.Handler {
		if !strings.HasSuffix(r.URL.Path, a.ID) {
			return nil
		}
		if r.Method == http.MethodPatch {
			changes++
		}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			b.World.Lock()
			a.CollaboratingTeams = []string{"rocketeers"}
			b.World.Unlock()
			b.GitHub.Healthy().ServeHTTP(w, r)
		})
	})
	r := b.must(0, nil)
	b.now = b.now.Add(time.Hour)
	again := b.must(0, nil)
	if changes != 0 || strings.Contains(r.reports()+again.reports(), "Given access") {
		t.Errorf("%d changes; it says\n%s%s", changes, r.reports(), again.reports())
	}
}

// In a try no draft is opened.
func TestATryOpensNothing(t *testing.T) {
	w, a := openWorld("write")
	b := newBench(t, w)
	b.must(0, map[string]string{"INPUT_SEND-ALL-TO": me, "INPUT_CONFIG-TEXT": "access: configured\nowners: {acme/rocket: [group:rocketeers]}"})
	if list := b.written(); len(list) > 0 || b.on(a) != "" {
		t.Errorf("GitHub was asked to change something: %v; %q collaborate", list, b.on(a))
	}
}
