package owner_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/owner"
	"github.com/openedx/advisory-reminders/internal/sandbox"
)

func group(name string) advisory.Owner {
	return advisory.Owner{Kind: advisory.Team, Org: "acme", Name: name}
}

// The members of a team, those of the teams below it among them, are known, and so
// is that there is no such team; a token that may not see teams learns that nobody is
// a member, and an outage is no answer.
func TestMembersOf(t *testing.T) {
	g, c := large(t, sandbox.Token{Login: "dora", Members: true})
	got := c.MembersOf(t.Context(), []advisory.Owner{group("Core"), group("oncall"), group("none")})
	for name, want := range map[string][]string{"core": {"ann", "bob"}, "oncall": {"bob"}, "none": nil} {
		m := got["acme/"+name]
		if m.NotNow || len(m.Logins) != len(want) {
			t.Errorf("%s: %+v, want %v", name, m, want)
		}
		for _, login := range want {
			if !m.Logins[login] {
				t.Errorf("%s lacks %s", name, login)
			}
		}
	}
	if n := len(g.Requests()); n != 1 {
		t.Errorf("%d calls", n)
	}
	_, c = large(t, sandbox.Token{Login: "dora"})
	if m := c.MembersOf(t.Context(), []advisory.Owner{group("core")})["acme/core"]; m.NotNow || len(m.Logins) != 0 {
		t.Errorf("refused: %+v", m)
	}
	g, c = large(t, sandbox.Token{Login: "dora", Members: true})
	g.Fault = func(*http.Request) http.Handler { return status(502) }
	if m := c.MembersOf(t.Context(), []advisory.Owner{group("core")})["acme/core"]; !m.NotNow || len(m.Logins) != 0 {
		t.Errorf("an outage: %+v", m)
	}
}

// Who administers a repository is known; where GitHub does not tell, nobody does but
// the organization's owners, and that is said; an outage is no answer.
func TestAdminister(t *testing.T) {
	seat := func(login string) owner.Seat {
		return owner.Seat{Repository: advisory.Repository{Owner: "acme", Name: "r001"}, Login: login}
	}
	seats := []owner.Seat{seat("ann"), seat("BOB"), seat("dora"), seat("stranger")}
	_, c := large(t, sandbox.Token{Login: "dora", Members: true})
	known, refused := c.Administer(t.Context(), seats)
	if refused || len(known) != 4 || known[seat("ann")] || !known[seat("BOB")] || !known[seat("dora")] || known[seat("stranger")] {
		t.Errorf("%v, refused %v", known, refused)
	}
	_, c = large(t, sandbox.Token{Login: "stranger"})
	if known, refused = c.Administer(t.Context(), seats[:2]); !refused || len(known) != 2 || known[seat("BOB")] {
		t.Errorf("refused: %v, %v", known, refused)
	}
	g, c := large(t, sandbox.Token{Login: "dora", Members: true})
	g.Fault = func(r *http.Request) http.Handler {
		text, _ := io.ReadAll(r.Body)
		if r.Body = io.NopCloser(strings.NewReader(string(text))); strings.Contains(string(text), "collaborators(") {
			return status(502)
		}
		return nil
	}
	if known, refused = c.Administer(t.Context(), seats); refused || len(known) != 0 {
		t.Errorf("an outage: %v, %v", known, refused)
	}
}
