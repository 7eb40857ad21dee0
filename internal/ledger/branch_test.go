package ledger

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/sandbox"
	"github.com/openedx/advisory-reminders/internal/transport"
)

// A hub is a GitHub with a repository for a ledger.
type hub struct {
	*testing.T
	*sandbox.GitHub
	world  *sandbox.World
	repo   *sandbox.Repository
	waited []time.Duration
}

func newHub(t *testing.T) *hub {
	repo := &sandbox.Repository{Owner: "acme", Name: "reminders", Visibility: "private"}
	w := &sandbox.World{
		Organizations: []*sandbox.Organization{{Login: "acme"}},
		Repositories:  []*sandbox.Repository{repo},
		Tokens: map[string]*sandbox.Token{
			sandbox.WorkflowToken: {App: true, Repositories: []string{"acme/reminders"}, Write: []string{"acme/reminders"}},
			"reads-only":          {App: true, Repositories: []string{"acme/reminders"}},
			"sees-nothing":        {App: true, Repositories: []string{}},
		},
	}
	g, err := sandbox.StartGitHub(w)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { g.Close() })
	return &hub{T: t, GitHub: g, world: w, repo: repo}
}

// store returns the store of the branch, as a run with that token has it.
func (h *hub) store(token string, k *Key) *Branch {
	h.Helper()
	client := transport.Authorized(transport.New(transport.Options{Retries: 1, MinWait: time.Millisecond, MaxWait: time.Millisecond}), token)
	b, err := NewBranch(client, h.APIURL(), h.GraphQLURL(), advisory.Repository{Owner: "acme", Name: "reminders"}, 0, "ledger", k,
		func(_ context.Context, d time.Duration) error { h.waited = append(h.waited, d); return nil })
	if err != nil {
		h.Fatal(err)
	}
	return b
}

// elsewhere lets somebody else write a ledger that holds one delivery.
func (h *hub) elsewhere(id string) {
	h.repo.CommitFile("ledger", "ledger.json", string(must(with(digest(func(d *Delivery) { d.ID = id })).encode())), "another run's", h.world.Now())
}

// breaks lets requests that match go wrong, as long as there are faults left.
func (h *hub) breaks(match func(*http.Request, string) bool, faults ...http.Handler) {
	h.world.Lock()
	defer h.world.Unlock()
	h.Fault = func(r *http.Request) http.Handler {
		body, _ := io.ReadAll(r.Body)
		if len(faults) == 0 || !match(r, string(body)) {
			return nil
		}
		next := faults[0]
		faults = faults[1:]
		return next
	}
}

// isMove matches the requests that let others see a write.
func isMove(r *http.Request, body string) bool {
	return strings.Contains(body, "createCommitOnBranch") || strings.HasSuffix(r.URL.Path, "/git/refs")
}

// The ways in which a write can be answered.
func answer(status int, body string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status); io.WriteString(w, body) })
}

// andYet is an answer to a request that was carried out all the same.
func (h *hub) andYet(answer http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.Healthy().ServeHTTP(httptest.NewRecorder(), r)
		answer.ServeHTTP(w, r)
	})
}

// first lets something happen before a request is answered.
func (h *hub) first(f func(), then http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.world.Lock()
		f()
		h.world.Unlock()
		then.ServeHTTP(w, r)
	})
}

var (
	hangUp  = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	bad     = answer(http.StatusBadGateway, "")
	halfway = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "900")
		io.WriteString(w, `{"data":{`)
	})
	vague     = answer(http.StatusOK, `{"errors":[{"message":"Something went wrong while executing your query."}]}`)
	noCommit  = answer(http.StatusOK, `{"data":{"createCommitOnBranch":{"commit":null}}}`)
	unproc    = answer(http.StatusUnprocessableEntity, `{"message":"Validation Failed"}`)
	protected = answer(http.StatusOK, `{"data":{"createCommitOnBranch":null},"errors":[{"type":"FORBIDDEN","path":["createCommitOnBranch"],"message":"Changes must be made through a pull request in acme/reminders."}]}`)
)

func repeat(n int, h http.Handler) []http.Handler { return slices.Repeat([]http.Handler{h}, n) }

// Whatever the answer to a write, what became of it is read back: it is done, or
// tried again, three times in all, or somebody else was there.
func TestAWriteIsReadBack(t *testing.T) {
	const ours, theirs, nobody = "ours", "theirs", ""
	for _, first := range []bool{false, true} { // the branch's first commit, or one on top of another
		for _, tt := range []struct {
			name   string
			faults func(h *hub) []http.Handler
			want   string // whose ledger is on the branch then
			waits  int
			err    error
		}{
			{"no fault", func(h *hub) []http.Handler { return nil }, ours, 0, nil},
			{"502 with effect", func(h *hub) []http.Handler { return repeat(1, h.andYet(bad)) }, ours, 0, nil},
			{"502 with effect, and what is asked again is answered 502 too", func(h *hub) []http.Handler { return []http.Handler{h.andYet(bad), bad} }, ours, 0, nil},
			{"502 without effect, gone when asked again", func(h *hub) []http.Handler { return repeat(1, bad) }, ours, 0, nil},
			{"502 without effect, for two tries", func(h *hub) []http.Handler { return repeat(4, bad) }, ours, 2, nil},
			{"422 without a conflict", func(h *hub) []http.Handler { return repeat(1, unproc) }, ours, 1, nil},
			{"an error of GraphQL without effect", func(h *hub) []http.Handler { return repeat(2, vague) }, ours, 2, nil},
			{"an error of GraphQL with effect", func(h *hub) []http.Handler { return repeat(1, h.andYet(vague)) }, ours, 0, nil},
			{"no commit in the answer, and no effect", func(h *hub) []http.Handler { return repeat(1, noCommit) }, ours, 1, nil},
			{"nothing in the answer, and no effect", func(h *hub) []http.Handler { return repeat(1, answer(http.StatusNoContent, "")) }, ours, 1, nil},
			{"nothing in the answer three times", func(h *hub) []http.Handler { return repeat(3, answer(http.StatusNoContent, "")) }, nobody, 2, errNotWritten},
			{"no answer with effect", func(h *hub) []http.Handler { return []http.Handler{h.andYet(hangUp), hangUp} }, ours, 0, nil},
			{"no answer without effect", func(h *hub) []http.Handler { return repeat(2, hangUp) }, ours, 1, nil},
			{"cut short with effect", func(h *hub) []http.Handler { return repeat(1, h.andYet(halfway)) }, ours, 0, nil},
			{"cut short with effect, and what is asked again is cut short too", func(h *hub) []http.Handler { return []http.Handler{h.andYet(halfway), halfway} }, ours, 0, nil},
			{"cut short without effect, gone when asked again", func(h *hub) []http.Handler { return repeat(1, halfway) }, ours, 0, nil},
			{"cut short without effect", func(h *hub) []http.Handler { return repeat(2, halfway) }, ours, 1, nil},
			{"another run was there", func(h *hub) []http.Handler { return repeat(1, h.first(func() { h.elsewhere(theirs) }, h.Healthy())) }, theirs, 0, ErrConflict},
			{"another run was there, and 502", func(h *hub) []http.Handler { return repeat(2, h.first(func() { h.elsewhere(theirs) }, bad)) }, theirs, 0, ErrConflict},
			{"another run wrote on top of it, and 502", func(h *hub) []http.Handler {
				return []http.Handler{h.andYet(h.first(func() { h.elsewhere(theirs) }, bad)), bad}
			}, theirs, 0, ErrConflict},
			{"502 three times", func(h *hub) []http.Handler { return repeat(6, bad) }, nobody, 2, errNotWritten},
			{"422 three times", func(h *hub) []http.Handler { return repeat(3, unproc) }, nobody, 2, errNotWritten},
			{"an error of GraphQL three times", func(h *hub) []http.Handler { return repeat(3, vague) }, nobody, 2, errNotWritten},
		} {
			t.Run(fmt.Sprintf("%s, first %v", tt.name, first), func(t *testing.T) {
				h := newHub(t)
				if !first {
					h.elsewhere("before")
				}
				s := h.store(sandbox.WorkflowToken, nil)
				l := load(t, s)
				l.Deliveries = append(l.Deliveries, digest(func(d *Delivery) { d.ID = ours }))
				h.breaks(isMove, tt.faults(h)...)
				read, err := write(t, s, l)
				if !errors.Is(err, tt.err) {
					t.Fatalf("%v, want %v", err, tt.err)
				}
				if tt.err == ErrConflict && (read == nil || read.byID(theirs) == nil) {
					t.Errorf("read back %v, want theirs", read)
				}
				if !slices.Equal(h.waited, pauses[:tt.waits]) {
					t.Errorf("waited %v, want %v", h.waited, pauses[:tt.waits])
				}
				h.breaks(nil)
				now := load(t, h.store(sandbox.WorkflowToken, nil))
				for _, id := range []string{ours, theirs} {
					if got := now.byID(id) != nil; got != (id == tt.want) {
						t.Errorf("the branch holds %s: %v", id, got)
					}
				}
				if tt.err == errNotWritten {
					wantError(t, err, "three times", "contents: write", "GitHub's status")
					return
				}
				l.Deliveries = append(l.Deliveries, digest(func(d *Delivery) { d.ID = "next" })) // whatever came before, the store knows where it is
				if _, err := write(t, s, l); err != nil {
					t.Errorf("the next write: %v", err)
				}
				for _, m := range h.log() {
					if m != commitMessage && m != "another run's" {
						t.Errorf("a commit says %q", m)
					}
				}
			})
		}
	}
}

func (h *hub) log() []string {
	h.world.Lock()
	defer h.world.Unlock()
	return h.repo.Log("ledger")
}

// The branch's first commit is made of git objects, has no parent and one file;
// every other one is one request.
func TestHowABranchIsWritten(t *testing.T) {
	h := newHub(t)
	s := h.store(sandbox.WorkflowToken, nil)
	l := load(t, s)
	var asked [][]string
	for range 3 {
		h.ResetRequests()
		if _, err := write(t, s, l); err != nil {
			t.Fatal(err)
		}
		var list []string
		for _, r := range h.Requests() {
			_, tail, _ := strings.Cut(r.Path, "/git/")
			list = append(list, r.Method+" "+tail)
			if r.GraphQL {
				list[len(list)-1] = "GraphQL"
			}
		}
		asked = append(asked, list)
	}
	for i, want := range [][]string{{"POST blobs", "POST trees", "POST commits", "POST refs"}, {"GraphQL"}, {"GraphQL"}} {
		if !slices.Equal(asked[i], want) {
			t.Errorf("write %d: %v, want %v", i+1, asked[i], want)
		}
	}
	if got := h.log(); !slices.Equal(got, slices.Repeat([]string{commitMessage}, 3)) {
		t.Errorf("commits %q", got)
	}
}

// Of two runs that write at the same time, from the same state, one is told.
func TestOfTwoWritersOneIsTold(t *testing.T) {
	for _, first := range []bool{true, false} {
		h := newHub(t)
		if !first {
			h.elsewhere("before")
		}
		a, b := h.store(sandbox.WorkflowToken, nil), h.store(sandbox.WorkflowToken, nil)
		la, lb := load(t, a), load(t, b)
		la.Deliveries = append(la.Deliveries, digest(func(d *Delivery) { d.ID = "a" }))
		if _, err := write(t, a, la); err != nil {
			t.Fatal(err)
		}
		theirs, err := write(t, b, lb)
		if !errors.Is(err, ErrConflict) || theirs.byID("a") == nil {
			t.Errorf("the second: %v, %v", theirs, err)
		}
		if len(h.waited) > 0 {
			t.Errorf("it waited %v", h.waited)
		}
	}
}

// Rules that keep the branch from being written are named, and nothing else that
// GitHub said.
func TestRulesAreNamed(t *testing.T) {
	h := newHub(t)
	h.elsewhere("before")
	s := h.store(sandbox.WorkflowToken, nil)
	l := load(t, s)
	h.breaks(func(r *http.Request, body string) bool {
		return isMove(r, body) || strings.Contains(r.URL.Path, "/rules/branches/")
	}, protected, protected, protected, answer(http.StatusOK, `[{"type":"update","ruleset_id":1},{"type":"pull_request"}]`))
	_, err := write(t, s, l)
	wantError(t, err, "rules of the repository apply to ledger (update, pull_request)", "exempt it", "ledger-branch")
	if strings.Contains(err.Error(), "acme") || strings.Contains(err.Error(), "Changes must") {
		t.Errorf("the error quotes GitHub: %v", err)
	}
	if !slices.Equal(h.waited, pauses[:]) {
		t.Errorf("waited %v", h.waited)
	}
}

// Where the branch is taken away while a run is at work, the run makes it anew out
// of what it knows.
func TestALostBranchIsMadeAnew(t *testing.T) {
	h := newHub(t)
	h.elsewhere("before")
	s := h.store(sandbox.WorkflowToken, nil)
	l := load(t, s)
	h.world.Lock()
	h.repo.DeleteBranch("ledger")
	h.world.Unlock()
	for range 2 {
		if _, err := write(t, s, l); err != nil {
			t.Fatal(err)
		}
	}
	if load(t, h.store(sandbox.WorkflowToken, nil)).byID("before") == nil {
		t.Error("what it knew is not there")
	}
}

// What can't be read stops the run, and says what to do.
func TestABranchThatCannotBeRead(t *testing.T) {
	k := key(t, 1)
	commit := func(name, text string) func(*hub) {
		return func(h *hub) { h.repo.CommitFile("ledger", name, text, "x", noon) }
	}
	plain := string(must(with().encode()))
	sealed := func(id int64, branch string) string { return string(must(form{k, id, branch}.encode(with()))) }
	for _, tt := range []struct {
		name  string
		token string
		key   *Key
		make  func(*hub)
		want  []string
	}{
		{"a token that sees nothing", "sees-nothing", nil, func(*hub) {}, []string{"can't read the repository", "ledger-token"}},
		{"a branch of something else", sandbox.WorkflowToken, nil, commit("README.md", "hello"), []string{"has no ledger.json", "name another one"}},
		{"the same, with a key", sandbox.WorkflowToken, k, commit("README.md", "hello"), []string{"has no ledger.json.age"}},
		{"a plain one in place of a sealed one", sandbox.WorkflowToken, k, commit("ledger.json", plain), []string{"not sealed"}},
		{"a plain one under the name of a sealed one", sandbox.WorkflowToken, k, commit("ledger.json.age", plain), []string{"not sealed"}},
		{"a sealed one without a key", sandbox.WorkflowToken, nil, commit("ledger.json.age", sealed(1, "ledger")), []string{"is sealed", "ledger-key"}},
		{"one of another repository", sandbox.WorkflowToken, k, commit("ledger.json.age", sealed(1, "ledger")), []string{"another repository"}},
		{"another format", sandbox.WorkflowToken, nil, commit("ledger.json", `{"format":1}`), []string{"another version", "delete it"}},
	} {
		h := newHub(t)
		h.world.Lock()
		tt.make(h)
		h.world.Unlock()
		_, err := h.store(tt.token, tt.key).Load(t.Context())
		if err == nil {
			t.Errorf("%s: no error", tt.name)
			continue
		}
		wantError(t, err, tt.want...)
	}
}

// A sealed ledger is bound to its repository and branch, and read by whoever has
// the key.
func TestASealedBranch(t *testing.T) {
	h := newHub(t)
	s := h.store(sandbox.WorkflowToken, key(t, 1))
	l := load(t, s)
	for _, id := range []string{"d1", "d2"} {
		l.Deliveries = append(l.Deliveries, digest(func(d *Delivery) { d.ID = id }))
		if _, err := write(t, s, l); err != nil {
			t.Fatal(err)
		}
	}
	got := load(t, h.store(sandbox.WorkflowToken, key(t, 2, 1)))
	if got.byID("d2") == nil || got.Repository == 0 || got.Branch != "ledger" {
		t.Errorf("read back %+v", got)
	}
	h.world.Lock()
	text, _ := h.repo.BranchFile("ledger", "ledger.json.age")
	h.world.Unlock()
	if !strings.HasPrefix(text, "age-encryption.org/") || strings.Contains(text, "GHSA") {
		t.Errorf("the file begins with %.40q", text)
	}
}

// A token that may not write is told so by its first write, and by the probe,
// which leaves no commit.
func TestATokenThatMayNotWrite(t *testing.T) {
	h := newHub(t)
	s := h.store("reads-only", nil)
	if err := s.Probe(t.Context()); transport.Status(err) != http.StatusForbidden {
		t.Errorf("the probe: %v", err)
	}
	_, err := write(t, s, load(t, s))
	wantError(t, err, "can't write to the repository", "contents: write")
	able := h.store(sandbox.WorkflowToken, nil)
	if err := able.Probe(t.Context()); err != nil {
		t.Errorf("the probe with the right: %v", err)
	}
	if n := len(h.log()); n > 0 {
		t.Errorf("%d commits", n)
	}
}

// Where it can't be found out what became of a write, the run is told so; should it
// go on, the next write finds out.
func TestAWriteThatCannotBeReadBack(t *testing.T) {
	for _, effect := range []bool{false, true} {
		h := newHub(t)
		h.elsewhere("before")
		s := h.store(sandbox.WorkflowToken, nil)
		l := load(t, s)
		l.Deliveries = append(l.Deliveries, digest(func(d *Delivery) { d.ID = "ours" }))
		first := http.Handler(bad)
		if effect {
			first = h.andYet(bad)
		}
		h.breaks(func(r *http.Request, body string) bool {
			return isMove(r, body) || strings.Contains(r.URL.Path, "/branches/")
		},
			first, bad, bad, bad)
		_, err := write(t, s, l)
		wantError(t, err, "read back what became of that")
		if errors.Is(err, ErrConflict) {
			t.Errorf("%v is a conflict", err)
		}
		theirs, err := write(t, s, l)
		if effect { // what another run would have done looks the same
			if !errors.Is(err, ErrConflict) || theirs.byID("ours") == nil {
				t.Errorf("then: %v, %v", theirs, err)
			}
		} else if err != nil {
			t.Errorf("then: %v", err)
		}
	}
}

// A branch that was renamed is not written under its old name.
func TestABranchThatWasRenamed(t *testing.T) {
	h := newHub(t)
	h.breaks(func(r *http.Request, _ string) bool { return strings.Contains(r.URL.Path, "/branches/") },
		answer(http.StatusOK, `{"name":"elsewhere","commit":{"sha":"0123456789012345678901234567890123456789"}}`))
	_, err := h.store(sandbox.WorkflowToken, nil).Load(t.Context())
	wantError(t, err, "the branch ledger was renamed", "ledger-branch")
	if strings.Contains(err.Error(), "elsewhere") {
		t.Errorf("the error quotes GitHub: %v", err)
	}
}
