package contact_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/config"
	"github.com/openedx/advisory-reminders/internal/contact"
	"github.com/openedx/advisory-reminders/internal/owner"
	"github.com/openedx/advisory-reminders/internal/sandbox"
	"github.com/openedx/advisory-reminders/internal/transport"
)

// A team that the contacts name without an organization is one of the repository's
// organization, or of the run's: the team of that name in another organization is not
// reached by its address, but only by one that is given with its organization.
func TestTeamsOfSeveralOrganizations(t *testing.T) {
	core := []*sandbox.Team{{Slug: "core", Members: []string{"ann", "bob"}}}
	w := &sandbox.World{
		Organizations: []*sandbox.Organization{
			{Login: "orga", Members: []string{"ann", "bob"}, Teams: core},
			{Login: "orgb", Members: []string{"ann", "bob"}, Teams: core},
		},
		Users:        []*sandbox.User{{Login: "ann"}, {Login: "bob"}},
		Repositories: []*sandbox.Repository{{Owner: "orga", Name: "own"}, {Owner: "orga", Name: "foreign"}, {Owner: "orgb", Name: "own"}},
		Tokens:       map[string]*sandbox.Token{"t": {Login: "ann", Members: true}},
	}
	g, err := sandbox.StartGitHub(w)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { g.Close() })
	client := owner.NewClient(transport.Authorized(&http.Client{}, "t"), g.GraphQLURL())
	const split = "user:ann, user:bob"
	for _, tt := range []struct {
		name, organization, contacts string
		want                         map[string]string // recipients and their addresses, by repository
	}{
		{"single repositories", "", "group:core: {email: core@example.org}", map[string]string{
			"orga/own": "team:orga/core core@example.org", "orga/foreign": split, "orgb/own": "team:orgb/core core@example.org",
		}},
		{"single repositories, both teams", "", "group:core: {email: core@example.org}\n  group:orgb/core: {email: b@example.org}", map[string]string{
			"orga/own": "team:orga/core core@example.org", "orga/foreign": "team:orgb/core b@example.org", "orgb/own": "team:orgb/core b@example.org",
		}},
		{"an organization", "orga", "group:core: {email: core@example.org}", map[string]string{
			"orga/own": "team:orga/core core@example.org", "orga/foreign": split,
		}},
		{"an organization, its own name", "orga", "group:orga/core: {email: core@example.org}", map[string]string{
			"orga/own": "team:orga/core core@example.org", "orga/foreign": split,
		}},
	} {
		c, err := config.Parse([]byte("owners:\n  orga/own: ['group:core']\n  orga/foreign: ['group:orgb/core']\n  orgb/own: ['group:core']\ncontacts:\n  " + tt.contacts + "\n"))
		if err != nil {
			t.Fatal(err)
		}
		var drafts []advisory.Advisory
		for name := range tt.want {
			r, _ := advisory.ParseRepository(name)
			drafts = append(drafts, advisory.Advisory{ID: name, Repository: r, State: advisory.Draft})
		}
		book := contact.Book{Organization: tt.organization, Config: c}
		found, err := client.Begin(t.Context(), owner.Request{Organization: tt.organization, Owners: c.Owners, HasContact: book.Has}).Result(drafts)
		if err != nil {
			t.Fatal(err)
		}
		got := make(map[string]string)
		for name := range tt.want {
			var told []string
			for _, p := range found.Of(name).Parties {
				told = append(told, strings.Join(append([]string{string(p.Recipient)}, book.Of(p).Emails...), " "))
			}
			got[name] = strings.Join(told, ", ")
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}
