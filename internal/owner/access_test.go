package owner_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/owner"
	"github.com/openedx/advisory-reminders/internal/sandbox"
	"github.com/openedx/advisory-reminders/internal/transport"
)

// large is an organization of 250 repositories.
func large(t *testing.T, token sandbox.Token) (*sandbox.GitHub, *owner.Client) {
	t.Helper()
	return started(t, largeWorld(token))
}

func largeWorld(token sandbox.Token) *sandbox.World {
	w := &sandbox.World{
		Organizations: []*sandbox.Organization{{
			Login: "acme", Members: []string{"ann", "bob"}, Admins: []string{"dora"},
			Teams: []*sandbox.Team{
				{Slug: "core", Members: []string{"ann"}},
				{Slug: "oncall", Parent: "core", Members: []string{"bob"}},
			},
		}},
		Users:  []*sandbox.User{{Login: "ann"}, {Login: "bob"}, {Login: "dora"}},
		Tokens: map[string]*sandbox.Token{"t": &token},
	}
	for i := range 250 {
		w.Repositories = append(w.Repositories, &sandbox.Repository{Owner: "acme", Name: fmt.Sprintf("r%03d", i),
			Roles: map[string]string{"bob": "admin", "ann": "maintain"}})
	}
	return w
}

func started(t *testing.T, w *sandbox.World) (*sandbox.GitHub, *owner.Client) {
	t.Helper()
	g, err := sandbox.StartGitHub(w)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { g.Close() })
	return g, owner.NewClient(transport.Authorized(&http.Client{}, "t"), g.GraphQLURL())
}

func TestRepositories(t *testing.T) {
	g, c := large(t, sandbox.Token{Login: "dora", Members: true})
	for _, tt := range []struct{ pages, want, requests int }{{1, 100, 1}, {2, 200, 2}, {0, 250, 3}} {
		g.ResetRequests()
		list, total, err := c.Repositories(t.Context(), "acme", tt.pages)
		if err != nil || len(list) != tt.want || total != 250 || len(g.Requests()) != tt.requests {
			t.Errorf("%d pages: %d of %d in %d requests, %v", tt.pages, len(list), total, len(g.Requests()), err)
		}
		if last := list[len(list)-1]; last.Name != fmt.Sprintf("r%03d", tt.want-1) {
			t.Errorf("%d pages: the last is %s", tt.pages, last)
		}
	}
	if _, _, err := c.Repositories(t.Context(), "nowhere", 0); err == nil {
		t.Error("the repositories of an organization that is none were listed")
	}
}

// A stranger learns nothing of who administers what, or is in which team.
func TestAStrangerLearnsNothing(t *testing.T) {
	_, c := large(t, sandbox.Token{Login: "stranger"})
	seat := owner.Seat{Repository: advisory.Repository{Owner: "acme", Name: "r001"}, Login: "bob"}
	if known, refused := c.Administer(t.Context(), []owner.Seat{seat}); known[seat] || !refused {
		t.Errorf("a seat: %v, %v", known, refused)
	}
	core := advisory.Owner{Kind: advisory.Team, Org: "acme", Name: "core"}
	if m := c.MembersOf(t.Context(), []advisory.Owner{core}); len(m[owner.TeamKey(core)].Logins) != 0 {
		t.Errorf("a team: %v", m)
	}
}

// A list of GitHub's that is none, or goes on where nobody can follow, is not the
// whole one: an app would look as if it saw every repository, and people as if they
// could not open a draft.
func TestListsAreWholeOrNotKnown(t *testing.T) {
	repositories := func(nodes, info string) string {
		return `{"organization":{"repositories":{"totalCount":1,"nodes":` + nodes + `,"pageInfo":` + info + `}}}`
	}
	const last = `{"hasNextPage":false,"endCursor":null}`
	const one = `[{"nameWithOwner":"acme/r1"}]`
	for name, tt := range map[string]struct {
		data string
		want int // repositories; -1: an error
	}{
		"one":                              {repositories(one, last), 1},
		"none":                             {repositories("[]", last), 0},
		"null":                             {repositories("null", last), -1},
		"no list":                          {`{"organization":{"repositories":{"totalCount":1}}}`, -1},
		"null in place of it":              {`{"organization":{"repositories":null}}`, -1},
		"not a word of how it goes on":     {repositories(one, "null"), -1},
		"a next page without a cursor":     {repositories(one, `{"hasNextPage":true,"endCursor":null}`), -1},
		"a next page with an empty cursor": {repositories(one, `{"hasNextPage":true,"endCursor":""}`), -1},
		"the same cursor again":            {repositories(one, `{"hasNextPage":true,"endCursor":"Y1"}`), -1},
	} {
		g, c := large(t, sandbox.Token{Login: "dora", Members: true})
		g.Fault = func(*http.Request) http.Handler { return graph(tt.data) }
		list, _, err := c.Repositories(t.Context(), "acme", 0)
		if n := len(list); tt.want < 0 && err == nil || tt.want >= 0 && (err != nil || n != tt.want) {
			t.Errorf("%s: %d repositories, %v, want %d", name, n, err, tt.want)
		}
	}

	team := func(members string) string {
		return `{"q0":{"team":{"name":"Core","slug":"core","members":` + members + `},"known":{"slug":"core"}},"__typename":"Query"}`
	}
	core := advisory.Owner{Kind: advisory.Team, Org: "acme", Name: "core"}
	for name, tt := range map[string]struct {
		data string
		want owner.Members
	}{
		"one":                          {team(`{"nodes":[{"login":"ann"}],"pageInfo":` + last + `}`), owner.Members{Logins: map[string]bool{"ann": true}}},
		"null":                         {team(`{"nodes":null,"pageInfo":` + last + `}`), owner.Members{Logins: map[string]bool{}, NotNow: true}},
		"a next page without a cursor": {team(`{"nodes":[{"login":"ann"}],"pageInfo":{"hasNextPage":true,"endCursor":null}}`), owner.Members{Logins: map[string]bool{"ann": true}, NotNow: true}},
	} {
		g, c := large(t, sandbox.Token{Login: "dora", Members: true})
		g.Fault = func(*http.Request) http.Handler { return graph(tt.data) }
		if diff := cmp.Diff(tt.want, c.MembersOf(t.Context(), []advisory.Owner{core})[owner.TeamKey(core)]); diff != "" {
			t.Errorf("members, %s (-want +got):\n%s", name, diff)
		}
	}

	door := owner.Door{Draft: advisory.Advisory{ID: "GHSA-2222-3333-4444"}, Repository: advisory.Repository{Owner: "acme", Name: "r1"}, Logins: []string{"ann"}}
	for collaborators, want := range map[string]owner.Knowledge{
		`{"edges":[{"permission":"ADMIN","node":{"login":"ann"}}]}`:                  owner.Yes,
		`{"edges":[{"permission":"ADMIN","node":{"login":"ann"}},{"permission":1}]}`: owner.Later,
		`{"edges":[]}`: owner.No, `{"edges":null}`: owner.Unknown, `{}`: owner.Unknown, `null`: owner.Unknown,
	} {
		g, c := large(t, sandbox.Token{Login: "dora", Members: true})
		g.Fault = func(*http.Request) http.Handler {
			return graph(`{"q0":{"collaborators":` + collaborators + `},"__typename":"Query"}`)
		}
		if got := c.Doors(t.Context(), []owner.Door{door}).Of(door.Draft.ID, "ann").Admin; got != want {
			t.Errorf("collaborators %s: %d, want %d", collaborators, got, want)
		}
	}
}

// graph answers a GraphQL query with this data.
func graph(data string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintf(w, `{"data":%s}`, data) })
}

// A token that may read no team is blind; one that may is not, whatever is
// named, nor is one that was asked for nothing but people.
func TestBlind(t *testing.T) {
	team := func(name string) advisory.Owner { return advisory.Owner{Kind: advisory.Team, Name: name} }
	for _, tt := range []struct {
		name   string
		token  sandbox.Token
		owners []advisory.Owner
		want   bool
	}{
		{"app", sandbox.Token{App: true, Organization: "acme", Members: true}, []advisory.Owner{team("core")}, false},
		{"app, no such team", sandbox.Token{App: true, Organization: "acme", Members: true}, []advisory.Owner{team("none")}, false},
		{"app without members", sandbox.Token{App: true, Organization: "acme"}, []advisory.Owner{team("core"), team("oncall")}, true},
		{"app without members, people alone", sandbox.Token{App: true, Organization: "acme"}, []advisory.Owner{{Kind: advisory.User, Name: "ann"}}, false},
		{"classic without read:org", sandbox.Token{Login: "dora", Scopes: []string{"repo"}}, []advisory.Owner{team("core")}, true},
		{"fine-grained without members", sandbox.Token{Login: "dora"}, []advisory.Owner{team("core")}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, c := large(t, tt.token)
			repo := advisory.Repository{Owner: "acme", Name: "r001"}
			q := c.Begin(t.Context(), owner.Request{Organization: "acme", Owners: map[string][]advisory.Owner{repo.Key(): tt.owners}})
			got, err := q.Result([]advisory.Advisory{{ID: "GHSA-2222-3333-4444", Repository: repo, State: advisory.Draft}})
			if err != nil {
				t.Fatal(err)
			}
			if got.Blind != tt.want {
				t.Errorf("blind: %v, want %v; failures %q", got.Blind, tt.want, got.Failures)
			}
		})
	}
}
