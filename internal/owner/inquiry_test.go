package owner

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/transport"
)

// Calls leave while drafts are still being listed, as soon as they are full,
// and there are no more of them than if all had been known.
func TestInquiryBegins(t *testing.T) {
	g := newFake(t)
	var all []advisory.Advisory
	for i := range 120 {
		name, slug := fmt.Sprintf("openedx/repository-%d", i), fmt.Sprintf("team-%d", i)
		g.team(slug, "alice")
		g.repo(name, "catalog-info.yaml", "spec: {owner: 'group:"+slug+"'}\n")
		all = append(all, draft(name))
	}
	arrived := make(chan string, 100)
	g.answer = func(_ http.ResponseWriter, query string, _ int) bool {
		switch {
		case strings.Contains(query, "catalog"):
			arrived <- "repositories"
		case strings.Contains(query, "members"):
			arrived <- "teams"
		}
		return false
	}
	q := g.start().Begin(t.Context(), drafts().Request)
	q.Add(all[:49])
	q.Add(all[:49]) // known already
	select {
	case what := <-arrived:
		t.Fatalf("asked for %s too early", what)
	default:
	}
	q.Add(all[49:60])
	for _, want := range []string{"repositories", "teams"} { // a full call of each
		if got := <-arrived; got != want {
			t.Fatalf("asked for %s, want %s", got, want)
		}
	}
	q.Add(all[60:])
	q.Rest()
	got, err := q.Result(all)
	if err != nil || len(got.ByAdvisory) != 120 || len(got.Failures) > 0 {
		t.Fatalf("Result() = %d advisories, failures %v, error %v", len(got.ByAdvisory), got.Failures, err)
	}
	for id, r := range got.ByAdvisory {
		if len(r.Parties) != 1 {
			t.Errorf("%s has %d parties, want one", id, len(r.Parties))
		}
	}
	if r, p := g.calls("catalog"), g.calls("members"); r != 3 || p != 3 {
		t.Errorf("%d calls for repositories and %d for teams, want three each", r, p)
	}
}

// What comes late, such as a draft that was asked for by name, is asked about
// too.
func TestInquiryLateDraft(t *testing.T) {
	g := newFake(t)
	g.team("x", "alice")
	g.team("y", "bob")
	g.repo("openedx/a", "catalog-info.yaml", "spec: {owner: 'group:x'}\n")
	g.repo("openedx/b", "catalog-info.yaml", "spec: {owner: 'group:y'}\n")
	q := g.start().Begin(t.Context(), drafts().Request)
	q.Add([]advisory.Advisory{draft("openedx/a")})
	q.Rest()
	got, err := q.Result([]advisory.Advisory{draft("openedx/a"), draft("openedx/b")})
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]string{"openedx/a": "alice", "openedx/b": "bob"} {
		if p := got.Of(id).Parties; len(p) != 1 || p[0].Login != want {
			t.Errorf("%s: %v, want %s", id, p, want)
		}
	}
}

// A panic at an answer reaches whoever waits for the result, without what it was
// about, and does not end the program with a trace.
func TestInquiryPanic(t *testing.T) {
	g, r := world(t) // with a team of two pages, of which is asked whether it has a contact
	r.HasContact = func(advisory.Owner, string) bool { panic("broken") }
	defer func() {
		if p := recover(); p != transport.ErrBroke {
			t.Errorf("the panic is %v", p)
		}
	}()
	_, _ = g.start().resolve(t.Context(), r)
}

// A few teams and users go in one call. Where that is refused as a whole, each
// kind is asked for by itself, and the refusal of one does not take the other
// along.
func TestTeamsAndUsersTogether(t *testing.T) {
	for _, refused := range []bool{false, true} {
		g := newFake(t)
		g.team("x", "alice")
		g.member("dave")
		g.repo("openedx/a", "catalog-info.yaml", "spec: {owner: 'group:x'}\n")
		g.repo("openedx/b", "catalog-info.yaml", "spec: {owner: 'user:dave'}\n")
		g.answer = func(w http.ResponseWriter, query string, _ int) bool {
			if refused && strings.Contains(query, aboutTeams) {
				fmt.Fprint(w, `{"errors":[{"type":"INSUFFICIENT_SCOPES","message":"x"}]}`)
				return true
			}
			return false
		}
		got := g.resolve(drafts(draft("openedx/a"), draft("openedx/b")))
		a, b := got.Of("openedx/a"), got.Of("openedx/b")
		calls := g.calls(aboutTeams) + g.calls(aboutUsers)
		if len(b.Parties) != 1 || b.Parties[0].Login != "dave" {
			t.Errorf("refused %t: the user is lost: %+v", refused, b)
		}
		if !refused && (len(a.Parties) != 1 || calls != 2) { // one call that is about both
			t.Errorf("%d parties, and counted %d", len(a.Parties), calls)
		}
		if refused && (len(a.Parties) != 0 || len(got.RefusedOwners()) == 0 || calls != 4) {
			t.Errorf("%d parties, refused %v, and counted %d", len(a.Parties), got.RefusedOwners(), calls)
		}
	}
}
