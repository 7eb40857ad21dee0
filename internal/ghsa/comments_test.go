package ghsa

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/sandbox"
	"github.com/openedx/advisory-reminders/internal/transport"
)

const rocketDraft = "GHSA-2222-2222-2222"

var rocket = advisory.Repository{Owner: "acme", Name: "rocket"}

// rocketWorld has one draft, on which ann and the team core collaborate, and an
// app's token.
func rocketWorld() *sandbox.World {
	w := &sandbox.World{
		Organizations: []*sandbox.Organization{{Login: "acme", Members: []string{"ann", "ben", "cy"}, Admins: []string{"dee"},
			Teams: []*sandbox.Team{{Slug: "core", Name: "Core", Members: []string{"cy"}}, {Slug: "docs", Name: "Docs"}}}},
		Users:        []*sandbox.User{{Login: "ann", ID: 11}, {Login: "ben"}, {Login: "cy"}, {Login: "dee"}, {Login: "ci[bot]", Bot: true}},
		Repositories: []*sandbox.Repository{{Owner: "acme", Name: "rocket", Former: []string{"acme/old-rocket"}}},
		Advisories: []*sandbox.Advisory{{ID: rocketDraft, Repository: "acme/rocket", State: "draft", Severity: "high",
			CollaboratingUsers: []string{"ann", "ci[bot]"}, CollaboratingTeams: []string{"core"},
			Created: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Updated: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}},
	}
	w.Tokens = map[string]*sandbox.Token{"t0ken": w.Installation("acme", nil, map[string]string{"repository_advisories": "write"})}
	w.SetTime(time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC))
	return w
}

func sandboxClient(t *testing.T, w *sandbox.World) (*Client, *sandbox.GitHub) {
	t.Helper()
	g, err := sandbox.StartGitHub(w)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { g.Close() })
	c, err := NewClient(transport.Authorized(transport.New(transport.Options{Retries: 2, MinWait: time.Millisecond, MaxWait: 2 * time.Second}), "t0ken"), g.APIURL())
	if err != nil {
		t.Fatal(err)
	}
	return c, g
}

func TestComments(t *testing.T) {
	w := rocketWorld()
	c, g := sandboxClient(t, w)
	for i := range 250 {
		w.SetTime(time.Date(2026, 3, 2, 10, 0, i, 0, time.UTC))
		w.Lock()
		w.CommentOn(rocketDraft, "ann", fmt.Sprint(i))
		w.Unlock()
	}
	all, err := c.Comments(t.Context(), rocket, rocketDraft, time.Time{})
	if err != nil || len(all) != 250 || len(g.Requests()) != 3 {
		t.Fatalf("%d comments in %d requests, %v", len(all), len(g.Requests()), err)
	}
	for i, o := range all {
		at := time.Date(2026, 3, 2, 10, 0, i, 0, time.UTC)
		if want := (advisory.Comment{ID: o.ID, Author: advisory.Account{ID: 11, Login: "ann"}, Body: fmt.Sprint(i), Created: at, Updated: at}); o != want {
			t.Fatalf("%+v, want %+v", o, want)
		}
	}
	g.ResetRequests()
	some, err := c.Comments(t.Context(), advisory.Repository{Owner: "acme", Name: "old-rocket"}, rocketDraft, time.Date(2026, 3, 2, 10, 4, 8, 900, time.FixedZone("", 0)))
	if err != nil || len(some) != 2 || some[0].Body != "248" {
		t.Errorf("since: %v, %v", some, err)
	}
	a, err := c.One(t.Context(), rocket, rocketDraft)
	if err != nil || !a.Counted || a.Comments != 250 {
		t.Errorf("One() counts %d, %v, %v", a.Comments, a.Counted, err)
	}
	if _, err := c.Comments(t.Context(), rocket, "GHSA-9999-9999-9999", time.Time{}); transport.Status(err) != http.StatusNotFound {
		t.Errorf("of no advisory: %v", err)
	}
}

// Nothing that GitHub has not announced is relied on.
func TestCommentsTolerateWhatNobodyKnows(t *testing.T) {
	const plain = `"id":7,"body":"x","created_at":"2026-03-02T10:00:00Z","updated_at":"2026-03-02T10:00:00Z"`
	for _, tt := range []struct {
		name, body string
		author     advisory.Account
		fails      bool
	}{
		{"an author", `{` + plain + `,"user":{"login":"ann","id":11,"type":"User"}}`, advisory.Account{ID: 11, Login: "ann"}, false},
		{"no author", `{` + plain + `}`, advisory.Account{}, false},
		{"a null one", `{` + plain + `,"user":null}`, advisory.Account{}, false},
		{"another key", `{` + plain + `,"author":{"login":"ann","id":11}}`, advisory.Account{}, false},
		{"no id of it", `{` + plain + `,"user":{"login":"ann"}}`, advisory.Account{}, false},
		{"a mere name", `{` + plain + `,"user":"ann"}`, advisory.Account{}, false},
		{"an id that is text", `{` + plain + `,"user":{"login":"ann","id":"11"}}`, advisory.Account{}, false},
		{"no id", `{` + strings.Replace(plain, `"id":7,`, "", 1) + `}`, advisory.Account{}, true},
		{"no text", `{` + strings.Replace(plain, `"body":"x",`, "", 1) + `}`, advisory.Account{}, true},
		{"no time", `{` + strings.Replace(plain, "created_at", "created", 1) + `}`, advisory.Account{}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := newTestClient(t, answer(200, "", "["+tt.body+"]"))
			got, err := c.Comments(t.Context(), rocket, rocketDraft, time.Time{})
			if (err != nil) != tt.fails || err == nil && (len(got) != 1 || got[0].Author != tt.author) {
				t.Errorf("Comments() = %+v, %v", got, err)
			}
		})
	}
	for count, want := range map[any]advisory.Advisory{
		nil: {}, 0: {Counted: true}, 3: {Comments: 3, Counted: true}, -1: {}, "3": {}, 1.5: {}, "many": {},
	} {
		c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
			send(t, w, draft(1, func(m map[string]any) { m["comments"] = count }))
		})
		got, err := c.One(t.Context(), rocket, "GHSA-aaaa-bbbb-0001")
		if err != nil || got.Comments != want.Comments || got.Counted != want.Counted {
			t.Errorf("comments %v: %d, %v, %v", count, got.Comments, got.Counted, err)
		}
	}
}

// A discussion is whole or an error, and its end comes.
func TestCommentsAreWholeOrAnError(t *testing.T) {
	comment := func(id int) string {
		return fmt.Sprintf(`[{"id":%d,"body":"x","created_at":"2026-03-02T10:00:00Z"}]`, id)
	}
	for name, tt := range map[string]struct {
		serve func(n int, w http.ResponseWriter)
		most  int // requests
	}{
		"no list": {func(_ int, w http.ResponseWriter) { fmt.Fprint(w, "{}") }, 1},
		"null":    {func(_ int, w http.ResponseWriter) { fmt.Fprint(w, "null") }, 1},
		"refused": {func(_ int, w http.ResponseWriter) { w.WriteHeader(403) }, 1},
		"elsewhere": {func(_ int, w http.ResponseWriter) {
			w.Header().Set("Link", `<https://evil.example/?page=2>; rel="next"`)
			fmt.Fprint(w, "[]")
		}, 1},
		"in circles": {func(n int, w http.ResponseWriter) {
			w.Header().Set("Link", fmt.Sprintf(`</x?page=%d&per_page=100>; rel="next"`, n%3))
			fmt.Fprint(w, comment(n))
		}, 4},
		"without end": {func(n int, w http.ResponseWriter) {
			w.Header().Set("Link", fmt.Sprintf(`</x?page=%d&per_page=100>; rel="next"`, n+1))
			fmt.Fprint(w, comment(n))
		}, maxCommentPages},
		"the second page fails": {func(n int, w http.ResponseWriter) {
			if n == 2 {
				w.WriteHeader(404)
			}
			w.Header().Set("Link", `</x?page=2>; rel="next"`)
			fmt.Fprint(w, comment(n))
		}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			n := 0
			c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) { n++; tt.serve(n, w) })
			if got, err := c.Comments(t.Context(), rocket, rocketDraft, time.Time{}); err == nil || got != nil || n > tt.most {
				t.Errorf("Comments() = %d, %v after %d requests, want an error after %d", len(got), err, n, tt.most)
			}
		})
	}
}

// A comment is made once, and its error says whether it may have been made.
func TestComment(t *testing.T) {
	const path = "/repos/acme/rocket/security-advisories/" + rocketDraft + "/comments"
	afterwards := func(do func(w http.ResponseWriter)) func(*sandbox.GitHub) {
		return func(g *sandbox.GitHub) {
			g.Fault = func(r *http.Request) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					g.Healthy().ServeHTTP(httptest.NewRecorder(), r)
					do(w)
				})
			}
		}
	}
	instead := func(do func(w http.ResponseWriter)) func(*sandbox.GitHub) {
		return func(g *sandbox.GitHub) {
			g.Fault = func(r *http.Request) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { do(w) })
			}
		}
	}
	status := func(code int) func(http.ResponseWriter) { return func(w http.ResponseWriter) { w.WriteHeader(code) } }
	limit := func(w http.ResponseWriter) { w.Header().Set("Retry-After", "3600"); w.WriteHeader(403) }
	for name, tt := range map[string]struct {
		world    func(*sandbox.World)
		fault    func(*sandbox.GitHub)
		made     int
		ok       bool
		noEffect bool
		status   int
	}{
		"as it should be":     {made: 1, ok: true},
		"without an author":   {world: func(w *sandbox.World) { w.Discussions.AuthorKey = "-" }, made: 1, ok: true},
		"listed late":         {world: func(w *sandbox.World) { w.Discussions.Late = time.Hour }, made: 1, ok: true},
		"lost":                {world: func(w *sandbox.World) { w.Discussions.Lose = 1 }, made: 1},
		"403":                 {world: func(w *sandbox.World) { w.Discussions.Refuse = 403 }, noEffect: true, status: 403},
		"404":                 {world: func(w *sandbox.World) { w.Discussions.Refuse = 404 }, noEffect: true, status: 404},
		"422":                 {world: func(w *sandbox.World) { w.Discussions.Refuse = 422 }, noEffect: true, status: 422},
		"published meanwhile": {world: func(w *sandbox.World) { w.Advisory(rocketDraft).State = "published" }, noEffect: true, status: 404},
		"an app that only reads": {world: func(w *sandbox.World) {
			w.Tokens["t0ken"] = w.Installation("acme", nil, map[string]string{"repository_advisories": "read"})
		}, noEffect: true, status: 403},
		"401":                      {fault: instead(status(401)), noEffect: true, status: 401},
		"a limit that lasts":       {fault: instead(limit), noEffect: true, status: 429},
		"500 instead of it":        {fault: instead(status(500)), status: 500},
		"502 after it":             {fault: afterwards(status(502)), made: 1, status: 502},
		"408":                      {fault: afterwards(status(408)), made: 1, status: 408},
		"a page of something else": {fault: instead(func(w http.ResponseWriter) { fmt.Fprint(w, "<html>sign in</html>") })},
		"a list instead of it":     {fault: instead(func(w http.ResponseWriter) { fmt.Fprint(w, "[]") })},
		"nothing in it":            {fault: instead(func(w http.ResponseWriter) { fmt.Fprint(w, "{}") })},
		"202":                      {fault: afterwards(func(w http.ResponseWriter) { w.WriteHeader(202); fmt.Fprint(w, "{}") }), made: 1},
		"cut short": {fault: afterwards(func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", "500")
			w.WriteHeader(201)
			fmt.Fprint(w, `{"id":`)
		}), made: 1},
		"a limit that passes": {fault: func(g *sandbox.GitHub) {
			n := 0
			g.Fault = func(r *http.Request) http.Handler {
				if n++; n > 1 {
					return nil
				}
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.Header().Set("Retry-After", "0"); w.WriteHeader(429) })
			}
		}, made: 1, ok: true},
		"a limit, and then it is lost": {world: func(w *sandbox.World) { w.Discussions.Lose = 1 }, fault: func(g *sandbox.GitHub) {
			n := 0
			g.Fault = func(r *http.Request) http.Handler {
				if n++; n > 1 {
					return nil
				}
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.Header().Set("Retry-After", "0"); w.WriteHeader(429) })
			}
		}, made: 1},
	} {
		t.Run(name, func(t *testing.T) {
			w := rocketWorld()
			if tt.world != nil {
				tt.world(w)
			}
			c, g := sandboxClient(t, w)
			if tt.fault != nil {
				w.Lock()
				tt.fault(g)
				w.Unlock()
			}
			err := c.Comment(t.Context(), rocket, rocketDraft, "hello")
			made := 0
			w.Lock()
			for _, o := range w.Advisory(rocketDraft).Comments {
				if made++; o.Body != "hello" {
					t.Errorf("the comment is %q", o.Body)
				}
			}
			w.Unlock()
			var failed *transport.PostError
			if (err == nil) != tt.ok || made != tt.made {
				t.Fatalf("%v, and %d comments; want %d", err, made, tt.made)
			}
			if err != nil && (!errors.As(err, &failed) || failed.NoEffect != tt.noEffect || transport.Status(err) != tt.status) {
				t.Errorf("%T %v, status %d; want no effect %v, status %d", err, err, transport.Status(err), tt.noEffect, tt.status)
			}
			if !slices.ContainsFunc(g.Requests(), func(r sandbox.Request) bool { return r.Method == "POST" && r.Path == path }) {
				t.Errorf("asked %v", g.Requests())
			}
		})
	}
}

// Who was never connected has written nothing; who was told to stop before neither.
func TestCommentThatNeverLeft(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	c, err := NewClient(transport.New(transport.Options{Retries: 1, MinWait: time.Millisecond}), "http://"+l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	for _, ctx := range []context.Context{t.Context(), stopped} {
		var failed *transport.PostError
		if err := c.Comment(ctx, rocket, rocketDraft, "hello"); !errors.As(err, &failed) || !failed.NoEffect {
			t.Errorf("%v, want no effect", err)
		}
	}
	// Nor has one that met a limit, and then no server.
	var gone *httptest.Server
	gone = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		gone.Listener.Close()
		w.Header().Set("Connection", "close")
		w.Header().Set("Retry-After", "0")
		w.WriteHeader(429)
	}))
	defer gone.Close()
	if c, err = NewClient(transport.New(transport.Options{Retries: 1, MinWait: time.Millisecond}), gone.URL); err != nil {
		t.Fatal(err)
	}
	var limited *transport.PostError
	if err := c.Comment(t.Context(), rocket, rocketDraft, "hello"); !errors.As(err, &limited) || !limited.NoEffect || transport.Status(err) != 0 {
		t.Errorf("%v, want no effect and no status", err)
	}
	// One whose answer nobody waited for may have been made.
	held := make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	c = newTestClient(t, func(http.ResponseWriter, *http.Request) { cancel(); <-held })
	defer close(held)
	var failed *transport.PostError
	if err := c.Comment(ctx, rocket, rocketDraft, "hello"); !errors.As(err, &failed) || failed.NoEffect {
		t.Errorf("%v, want that it may have been made", err)
	}
}

func TestAddCollaborators(t *testing.T) {
	users := func(logins ...string) Collaborators { return Collaborators{Users: logins} }
	for name, tt := range map[string]struct {
		world   func(*sandbox.World)
		fault   func(*sandbox.World, *sandbox.GitHub)
		want    Collaborators
		added   Collaborators
		removed Collaborators
		writes  int
		err     string // in it; empty: none
	}{
		"a person": {want: users("ben"), added: users("ben"), writes: 1},
		"a person and a team": {want: Collaborators{Users: []string{"ben"}, Teams: []string{"docs"}},
			added: Collaborators{Users: []string{"ben"}, Teams: []string{"docs"}}, writes: 1},
		"who is there already":     {want: Collaborators{Users: []string{"ANN"}, Teams: []string{"Core"}}},
		"nobody":                   {},
		"one twice":                {want: users("ben", "BEN"), added: users("ben"), writes: 1},
		"nobody is there yet":      {world: func(w *sandbox.World) { w.Advisory(rocketDraft).CollaboratingUsers = nil }, want: users("ben"), added: users("ben"), writes: 1},
		"who is unknown to GitHub": {want: users("ben", "nobody"), writes: 1, err: "422"},
		"a token that may not": {world: func(w *sandbox.World) {
			w.Tokens["t0ken"].Drafts = false
			w.Tokens["t0ken"].DraftsIn = []string{"acme/rocket"}
		}, want: users("ben"), writes: 1, err: "403"},
		"no draft any more":         {world: func(w *sandbox.World) { w.Advisory(rocketDraft).State = "closed" }, want: users("ben"), err: "not a draft"},
		"a published one":           {world: func(w *sandbox.World) { w.Advisory(rocketDraft).State = "published" }, want: users("ben"), err: "not a draft"},
		"a list that GitHub hides":  {fault: instead(`{"state":"draft","collaborating_users":null,"collaborating_teams":[]}`), want: users("ben"), err: "does not say"},
		"a list that is not there":  {fault: instead(`{"state":"draft","collaborating_users":[]}`), want: users("ben"), err: "does not say"},
		"somebody without a name":   {fault: instead(`{"state":"draft","collaborating_users":[{}],"collaborating_teams":[]}`), want: users("ben"), err: "does not say"},
		"the answer is lost":        {fault: afterWrite(func(*sandbox.World) {}, true), want: users("ben"), added: users("ben"), writes: 1},
		"somebody else takes one":   {fault: afterWrite(func(w *sandbox.World) { w.Advisory(rocketDraft).CollaboratingUsers = []string{"ben"} }, false), want: users("ben"), added: users("ben"), removed: users("ann", "ci[bot]"), writes: 1},
		"it is not there after all": {fault: afterWrite(func(w *sandbox.World) { w.Advisory(rocketDraft).CollaboratingUsers = []string{"ann", "ci[bot]"} }, false), want: users("ben"), writes: 1, err: "not all of them"},
	} {
		t.Run(name, func(t *testing.T) {
			w := rocketWorld()
			if tt.world != nil {
				tt.world(w)
			}
			c, g := sandboxClient(t, w)
			if tt.fault != nil {
				w.Lock()
				tt.fault(w, g)
				w.Unlock()
			}
			o, err := c.AddCollaborators(t.Context(), rocket, rocketDraft, tt.want, inTime)
			if (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Errorf("error %v, want %q", err, tt.err)
			}
			if diff := cmp.Diff([]Collaborators{tt.added, tt.removed}, []Collaborators{o.Added(), o.Removed()}); diff != "" {
				t.Errorf("added and removed (-want +got)\n%s", diff)
			}
			writes := 0
			for _, r := range g.Requests() {
				if r.Method == "PATCH" {
					writes++
				}
			}
			if writes != tt.writes || o.Written != (writes > 0) {
				t.Errorf("%d writes, want %d; Written %v", writes, tt.writes, o.Written)
			}
			w.Lock()
			defer w.Unlock()
			now := Collaborators{Users: w.Advisory(rocketDraft).CollaboratingUsers, Teams: w.Advisory(rocketDraft).CollaboratingTeams}
			if before := (Collaborators{Users: []string{"ann", "ci[bot]"}, Teams: []string{"core"}}); tt.world == nil && tt.removed.None() && !before.Without(now).None() {
				t.Errorf("it took away %v", before.Without(now))
			}
		})
	}
}

func inTime() bool { return true }

// What comes too late is not written, however much has been read.
func TestAddCollaboratorsInTime(t *testing.T) {
	c, g := sandboxClient(t, rocketWorld())
	o, err := c.AddCollaborators(t.Context(), rocket, rocketDraft, Collaborators{Users: []string{"ben"}}, func() bool { return false })
	if !errors.Is(err, ErrTooLate) || o.Written || len(g.Requests()) != 1 {
		t.Errorf("written %v after %d requests, %v", o.Written, len(g.Requests()), err)
	}
}

// instead answers every request with a body.
func instead(body string) func(*sandbox.World, *sandbox.GitHub) {
	return func(_ *sandbox.World, g *sandbox.GitHub) {
		g.Fault = func(*http.Request) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, body) })
		}
	}
}

// afterWrite lets something happen right after a change, whose answer may be lost.
func afterWrite(do func(*sandbox.World), lost bool) func(*sandbox.World, *sandbox.GitHub) {
	return func(world *sandbox.World, g *sandbox.GitHub) {
		g.Fault = func(r *http.Request) http.Handler {
			if r.Method != http.MethodPatch {
				return nil
			}
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				answer := httptest.NewRecorder()
				g.Healthy().ServeHTTP(answer, r)
				world.Lock()
				do(world)
				world.Unlock()
				if lost {
					panic(http.ErrAbortHandler)
				}
				w.Write(answer.Body.Bytes())
			})
		}
	}
}

func TestTriage(t *testing.T) {
	w := rocketWorld()
	w.Repositories = append(w.Repositories, &sandbox.Repository{Owner: "acme", Name: "engine"},
		&sandbox.Repository{Owner: "acme", Name: "rocket-ghsa-2222-2222-2222", Visibility: "private", Parent: "acme/rocket"})
	for i, repo := range []string{"acme/rocket", "acme/engine", "acme/rocket-ghsa-2222-2222-2222"} {
		w.Advisories = append(w.Advisories, &sandbox.Advisory{ID: fmt.Sprintf("GHSA-3333-3333-333%d", i), Repository: repo, State: "triage", Reported: true, Author: "ben", Created: w.Now()})
	}
	c, _ := sandboxClient(t, w)
	for name, tt := range map[string]struct {
		repositories []advisory.Repository
		want         []string
		failed       int
	}{
		"an organization":  {nil, []string{"GHSA-3333-3333-3330", "GHSA-3333-3333-3331"}, 0},
		"a repository":     {[]advisory.Repository{rocket}, []string{"GHSA-3333-3333-3330"}, 0},
		"one twice":        {[]advisory.Repository{rocket, {Owner: "acme", Name: "old-rocket"}}, []string{"GHSA-3333-3333-3330"}, 0},
		"one that is gone": {[]advisory.Repository{{Owner: "acme", Name: "gone"}, rocket}, []string{"GHSA-3333-3333-3330"}, 1},
	} {
		got, failed := c.Triage(t.Context(), "acme", tt.repositories)
		var ids []string
		for _, a := range got {
			ids = append(ids, a.ID)
		}
		slices.Sort(ids)
		if diff := cmp.Diff(tt.want, ids); diff != "" || len(failed) != tt.failed {
			t.Errorf("%s: %v (-want +got)\n%s", name, failed, diff)
		}
	}
}
