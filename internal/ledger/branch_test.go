package ledger_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/ledger"
	"github.com/openedx/advisory-reminders/internal/reminder"
	"github.com/openedx/advisory-reminders/internal/sandbox"
	"github.com/openedx/advisory-reminders/internal/transport"
)

var home = advisory.Repository{Owner: "acme", Name: "reminders"}

// startGitHub serves a repository for a ledger, and the token that may write
// to it.
func startGitHub(t *testing.T) (*sandbox.GitHub, *sandbox.World) {
	t.Helper()
	w := &sandbox.World{
		Organizations: []*sandbox.Organization{{Login: "acme"}},
		Repositories:  []*sandbox.Repository{{Owner: "acme", Name: "reminders", Visibility: "private"}},
		Tokens: map[string]*sandbox.Token{
			"writer": {App: true, Repositories: []string{"acme/reminders"}, Write: []string{"acme/reminders"}},
			"reader": {App: true, Repositories: []string{"acme/reminders"}},
		},
	}
	g, err := sandbox.StartGitHub(w)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = g.Close() })
	return g, w
}

func newBranch(t *testing.T, g *sandbox.GitHub, token string) *ledger.Branch {
	t.Helper()
	client := transport.New(transport.Options{Retries: 2, MinWait: time.Millisecond})
	b, err := ledger.NewBranch(transport.Authorized(client, token), g.APIURL(), g.GraphQLURL(), home, "advisory-reminders-ledger", nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// see puts a draft with that number into a ledger.
func see(l *ledger.Ledger, n int) {
	l.See(advisory.Advisory{
		ID:         fmt.Sprintf("GHSA-aaaa-bbbb-%04d", n),
		Repository: advisory.Repository{Owner: "acme", Name: "rocket"},
		Severity:   advisory.High,
		Created:    time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
	}, "org:acme", time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC))
}

func TestBranch(t *testing.T) {
	g, _ := startGitHub(t)
	b := newBranch(t, g, "writer")
	l, err := b.Load(t.Context())
	if err != nil || len(l.Advisories) != 0 {
		t.Fatalf("Load() without a branch = %+v, %v, want a new ledger", l, err)
	}
	for n := range 3 {
		see(l, n)
		if err := b.Save(t.Context(), l); err != nil {
			t.Fatalf("Save() %d: %v", n, err)
		}
	}
	got, err := newBranch(t, g, "reader").Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(l, got, cmpopts.IgnoreUnexported(ledger.Ledger{}, ledger.Told{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestBranchOfManyMegabytes(t *testing.T) {
	g, _ := startGitHub(t)
	b := newBranch(t, g, "writer")
	l, err := b.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	see(l, 1)
	for i := range 200000 {
		l.Record("GHSA-aaaa-bbbb-0001", reminder.UserRecipient(fmt.Sprintf("someone-%d", i)), ledger.Delivery{ID: strings.Repeat("0", 32), At: time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)})
	}
	text, err := l.Encode()
	if err != nil || len(text) < 5<<20 {
		t.Fatalf("the ledger has %d bytes, %v, want 5 MB", len(text), err)
	}
	if err := b.Save(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	got, err := newBranch(t, g, "writer").Load(t.Context())
	if err != nil || len(got.Advisories["GHSA-aaaa-bbbb-0001"].Told) != 200000 {
		t.Errorf("Load() = %v, not all of it", err)
	}
}

func TestBranchConflict(t *testing.T) {
	for name, exists := range map[string]bool{"first write": false, "later write": true} {
		t.Run(name, func(t *testing.T) {
			g, _ := startGitHub(t)
			if exists {
				b := newBranch(t, g, "writer")
				l, err := b.Load(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if err := b.Save(t.Context(), l); err != nil {
					t.Fatal(err)
				}
			}
			one, two := newBranch(t, g, "writer"), newBranch(t, g, "writer")
			l1, err1 := one.Load(t.Context())
			l2, err2 := two.Load(t.Context())
			if err := errors.Join(err1, err2); err != nil {
				t.Fatal(err)
			}
			see(l1, 1)
			see(l2, 2)
			if err := one.Save(t.Context(), l1); err != nil {
				t.Fatal(err)
			}
			if err := two.Save(t.Context(), l2); !errors.Is(err, ledger.ErrConflict) {
				t.Fatalf("second Save() = %v, want ErrConflict", err)
			}
			if _, err := ledger.Settle(t.Context(), two, l2, ledger.Holder{}); err != nil {
				t.Fatal(err)
			}
			got, err := one.Load(t.Context())
			if err != nil || len(got.Advisories) != 2 {
				t.Errorf("%d advisories, %v, want both", len(got.Advisories), err)
			}
		})
	}
}

// Two runs that settle at once lose nothing.
func TestBranchRace(t *testing.T) {
	g, _ := startGitHub(t)
	var wg sync.WaitGroup
	for n := range 4 {
		wg.Go(func() {
			b := newBranch(t, g, "writer")
			l, err := b.Load(t.Context())
			if err != nil {
				t.Error(err)
				return
			}
			see(l, n)
			if _, err := ledger.Settle(t.Context(), b, l, ledger.Holder{}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	l, err := newBranch(t, g, "writer").Load(t.Context())
	if err != nil || len(l.Advisories) != 4 {
		t.Errorf("%d advisories, %v, want those of all four", len(l.Advisories), err)
	}
}

func TestBranchFaults(t *testing.T) {
	g, w := startGitHub(t)
	first := newBranch(t, g, "writer")
	l, err := first.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Save(t.Context(), l); err != nil {
		t.Fatal(err)
	}

	t.Run("no right to write", func(t *testing.T) {
		b := newBranch(t, g, "reader")
		l, err := b.Load(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := b.Save(t.Context(), l); err == nil || !strings.Contains(err.Error(), "contents: write") {
			t.Errorf("Save() = %v, want what to do", err)
		}
	})
	t.Run("wrong token", func(t *testing.T) {
		if _, err := newBranch(t, g, "nobody").Load(t.Context()); transport.Status(err) != http.StatusUnauthorized {
			t.Errorf("Load() = %v, want 401 and no new ledger", err)
		}
	})
	t.Run("a repository that the token can't see", func(t *testing.T) {
		client := transport.New(transport.Options{Retries: 2, MinWait: time.Millisecond})
		b, err := ledger.NewBranch(transport.Authorized(client, "writer"), g.APIURL(), g.GraphQLURL(), advisory.Repository{Owner: "acme", Name: "hidden"}, "x", nil)
		if err != nil {
			t.Fatal(err)
		}
		if l, err := b.Load(t.Context()); err == nil || !strings.Contains(err.Error(), "may not read the repository") {
			t.Errorf("Load() = %v, %v, want no new ledger", l, err)
		}
	})
	t.Run("a write that is refused for another reason", func(t *testing.T) {
		b := newBranch(t, g, "writer")
		l, err := b.Load(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		fault(g, w, func(r *http.Request) http.Handler {
			if r.Method != http.MethodPatch {
				return nil
			}
			return answer(http.StatusUnprocessableEntity, `{"message":"Repository rule violations found"}`)
		})
		defer broken(g, w, nil)
		if err := b.Save(t.Context(), l); err == nil || errors.Is(err, ledger.ErrConflict) || !strings.Contains(err.Error(), "rule violations") {
			t.Errorf("Save() = %v, want the reason and no conflict", err)
		}
	})
	t.Run("the answer to the write is lost", func(t *testing.T) {
		b := newBranch(t, g, "writer")
		l, err := b.Load(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		see(l, 7)
		loseMoves(g, w)
		defer broken(g, w, nil)
		if err := b.Save(t.Context(), l); err != nil {
			t.Errorf("Save() = %v, though it has succeeded", err)
		}
		see(l, 8)
		broken(g, w, nil)
		if err := b.Save(t.Context(), l); err != nil {
			t.Errorf("the next Save() = %v", err)
		}
	})
	t.Run("broken for good", func(t *testing.T) {
		broken(g, w, func(*http.Request) bool { return true })
		defer broken(g, w, nil)
		if _, err := newBranch(t, g, "writer").Load(t.Context()); transport.Status(err) != http.StatusBadGateway {
			t.Errorf("Load() = %v, want 502 and no new ledger", err)
		}
	})
}

// fault lets GitHub answer some requests in another way.
func fault(g *sandbox.GitHub, w *sandbox.World, f func(*http.Request) http.Handler) {
	w.Lock()
	defer w.Unlock()
	g.Fault = f
}

// loseMoves loses the answer whenever a branch is moved.
func loseMoves(g *sandbox.GitHub, w *sandbox.World) {
	fault(g, w, func(r *http.Request) http.Handler {
		if r.Method != http.MethodPatch {
			return nil
		}
		return lost(g)
	})
}

// broken lets requests that match be answered with 502.
func broken(g *sandbox.GitHub, w *sandbox.World, match func(*http.Request) bool) {
	fault(g, w, func(r *http.Request) http.Handler {
		if match == nil || !match(r) {
			return nil
		}
		return answer(http.StatusBadGateway, "")
	})
}

// TestBranchRequests counts what a run costs: reading, and one write.
func TestBranchRequests(t *testing.T) {
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	key, err := ledger.NewKey(identity.String())
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		key         *ledger.Key
		size        int  // bytes of ids
		json        bool // GitHub wraps the file in JSON
		read, write string
	}{
		"plain":         {nil, 0, false, "GET branches, GET contents", "POST trees, POST commits, PATCH refs"},
		"large":         {nil, 2 << 20, false, "GET branches, GET contents", "POST blobs, POST trees, POST commits, PATCH refs"},
		"encrypted":     {key, 0, false, "GET branches, GET contents", "POST blobs, POST trees, POST commits, PATCH refs"},
		"JSON contents": {nil, 0, true, "GET branches, GET contents, GET trees, GET blobs", "POST trees, POST commits, PATCH refs"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			g, _ := startGitHub(t)
			first := newCountedBranch(t, g, tt.key, &counter{})
			l, err := first.Load(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			see(l, 1)
			l.Record("GHSA-aaaa-bbbb-0001", reminder.SWG, ledger.Delivery{ID: strings.Repeat("0", tt.size), At: time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)})
			if err := first.Save(t.Context(), l); err != nil {
				t.Fatal(err)
			}

			c := &counter{json: tt.json}
			b := newCountedBranch(t, g, tt.key, c)
			got, err := b.Load(t.Context())
			if err != nil || len(got.Advisories) != 1 {
				t.Fatalf("Load() = %v, %v", got, err)
			}
			if have := strings.Join(c.asked, ", "); have != tt.read {
				t.Errorf("reading: %s, want %s", have, tt.read)
			}
			c.asked = nil
			if err := b.Save(t.Context(), got); err != nil {
				t.Fatal(err)
			}
			if have := strings.Join(c.asked, ", "); have != tt.write {
				t.Errorf("writing: %s, want %s", have, tt.write)
			}
		})
	}
}

// A counter notes what GitHub is asked for.
type counter struct {
	asked []string
	json  bool // ask for files in JSON
}

// RoundTrip passes a request on.
func (c *counter) RoundTrip(r *http.Request) (*http.Response, error) {
	_, tail, _ := strings.Cut(r.URL.Path, "/acme/reminders/")
	c.asked = append(c.asked, r.Method+" "+strings.Split(strings.TrimPrefix(tail, "git/"), "/")[0])
	if c.json && strings.Contains(r.URL.Path, "/contents/") {
		r.Header.Set("Accept", "application/json")
	}
	return http.DefaultTransport.RoundTrip(r)
}

func newCountedBranch(t *testing.T, g *sandbox.GitHub, key *ledger.Key, c *counter) *ledger.Branch {
	t.Helper()
	b, err := ledger.NewBranch(transport.Authorized(&http.Client{Transport: c}, "writer"), g.APIURL(), g.GraphQLURL(), home, "advisory-reminders-ledger", key)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func answer(status int, body string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	})
}

// lost lets a request have its effect and loses the answer.
func lost(g *sandbox.GitHub) http.Handler {
	return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		g.Healthy().ServeHTTP(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler)
	})
}
