package owner

import (
	"cmp"
	"slices"
	"strings"

	"github.com/openedx/advisory-reminders/internal/advisory"
)

// A repository is what GitHub says of one.
type repository struct {
	answer
	name     advisory.Repository
	archived bool
	personal bool    // it belongs to a user, not to an organization
	files    []route // what the sources say, in their order
}

// A route is what one place says about the owners of an advisory's repository.
type route struct {
	from     Route
	path     string // of the file that it is, or empty
	owners   []advisory.Owner
	strange  []Stranger // beside them
	problems []string
}

// organization returns the login of whom the teams and members are.
func (r *Request) organization(d advisory.Advisory) string {
	return cmp.Or(r.Organization, d.Repository.Owner)
}

// closed returns why nobody but those in the configuration can own a
// repository, or nothing.
func closed(repo repository, org string) string {
	switch {
	case repo.status != found:
		return ""
	case !strings.EqualFold(repo.name.Owner, org):
		return "the repository moved to " + repo.name.String()
	case repo.archived:
		return "the repository is archived"
	}
	return ""
}

// routes returns the places that can name owners of a draft, in the order of
// the search. After the configuration's there is none for a repository that is
// closed or could not be read.
func (r *Request) routes(d advisory.Advisory, repo repository) []route {
	org := r.organization(d)
	routes := []route{r.configured(d, repo, org)}
	if repo.status != found || closed(repo, org) != "" {
		return routes
	}
	routes = append(routes, repo.files...)
	routes = append(routes, route{from: FromCollaborators, owners: collaborators(d, org)})
	if r.Organization == "" && repo.personal {
		account := advisory.Owner{Kind: advisory.User, Name: repo.name.Owner}
		routes = append(routes, route{from: FromAccount, owners: []advisory.Owner{account}})
	}
	return routes
}

// configured returns the configuration's owners, by the name that the
// advisory's repository is listed under, else by its present one.
func (r *Request) configured(d advisory.Advisory, repo repository, org string) route {
	key := d.Repository.Key()
	if len(r.Owners[key])+len(r.Strangers[key]) == 0 {
		key = repo.name.Key()
	}
	var owners []advisory.Owner
	for _, o := range r.Owners[key] {
		owners = addOnce(owners, local(o, org))
	}
	return route{from: FromConfig, owners: owners, strange: r.Strangers[key]}
}

// local returns an owner without its organization where that is org.
func local(o advisory.Owner, org string) advisory.Owner {
	if strings.EqualFold(o.Org, org) {
		o.Org = ""
	}
	return o
}

// collaborators returns the advisory's own teams and users, but for whoever
// reported it or is credited for that. GitHub says nowhere which of the users are
// members; search.user finds out.
func collaborators(d advisory.Advisory, org string) (owners []advisory.Owner) {
	for _, t := range d.CollaboratingTeams {
		owners = addOnce(owners, local(t, org))
	}
	outside := d.Credits
	if d.Reported {
		outside = append([]string{d.Author}, outside...)
	}
	for _, login := range d.CollaboratingUsers {
		if !advisory.IsBot(login) && !slices.ContainsFunc(outside, func(o string) bool { return strings.EqualFold(o, login) }) {
			owners = addOnce(owners, advisory.Owner{Kind: advisory.User, Name: login})
		}
	}
	return owners
}
