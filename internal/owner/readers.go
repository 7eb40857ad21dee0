package owner

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/transport"
)

// Readers are those who can read a private repository.
type Readers struct {
	Total   int
	Others  []string // who do not administer it, by login in lower case, of the first hundred
	Members int      // of the organization that owns it; 0 where there is none, or it is not known
}

// Everybody reports whether there are at least as many readers as the organization
// has members, and not all of them as administrators: the base permission of the
// organization, which few tokens may ask for, lets every member read then.
func (r Readers) Everybody() bool {
	return r.Members > 0 && r.Total >= r.Members && len(r.Others) > 0
}

// ReadersOf asks who can read a private repository, or reports false where it is not
// private, or GitHub does not say.
func (c *Client) ReadersOf(ctx context.Context, repo advisory.Repository) (Readers, bool) {
	const query = `query($owner: String!, $name: String!) {
		repository(owner: $owner, name: $name) { visibility collaborators(first: 100) { totalCount edges { permission node { login } } } }
		organization(login: $owner) { membersWithRole(first: 1) { totalCount } }
	}`
	data, _, err := transport.GraphQL(ctx, c.http, c.url, query, map[string]any{"owner": repo.Owner, "name": repo.Name})
	var place *struct {
		Visibility    string
		Collaborators *struct {
			TotalCount int
			Edges      []struct {
				Permission string
				Node       struct{ Login string }
			}
		}
	}
	if err != nil || json.Unmarshal(data["repository"], &place) != nil || place == nil || place.Visibility != "PRIVATE" || place.Collaborators == nil {
		return Readers{}, false
	}
	r := Readers{Total: place.Collaborators.TotalCount}
	for _, e := range place.Collaborators.Edges {
		if e.Permission != "ADMIN" {
			r.Others = append(r.Others, strings.ToLower(e.Node.Login))
		}
	}
	var org *struct{ MembersWithRole struct{ TotalCount int } }
	if json.Unmarshal(data["organization"], &org) == nil && org != nil {
		r.Members = org.MembersWithRole.TotalCount
	}
	return r, true
}
