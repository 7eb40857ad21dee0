package github

import (
	"slices"
	"strings"
)

// permissions are the roles in a repository, from the least to the most.
var permissions = []string{"READ", "TRIAGE", "WRITE", "MAINTAIN", "ADMIN"}

// permission returns somebody's role in a repository, as GraphQL spells it, or
// nothing: the most of what the repository gives to them and to their teams.
// Owners of the organization administer all, and every member reads all.
func (w *World) permission(r *Repository, login string) string {
	if login == "" {
		return ""
	}
	org := w.Organization(r.Owner)
	if strings.EqualFold(r.Owner, login) || org != nil && containsFold(org.Admins, login) {
		return "ADMIN"
	}
	most := -1
	if org != nil && org.HasMember(login) && (org.BasePermission != "none" || r.visibility() == "public") {
		most = 0
	}
	for to, role := range r.Roles {
		if org.means(to, login) {
			most = max(most, slices.Index(permissions, strings.ToUpper(role)))
		}
	}
	if most < 0 {
		return ""
	}
	return permissions[most]
}

// means reports whether a role that is given to a login, or to team:SLUG, is somebody's.
func (o *Organization) means(to, login string) bool {
	slug, isTeam := strings.CutPrefix(to, "team:")
	if !isTeam {
		return strings.EqualFold(to, login)
	}
	return o != nil && o.Team(slug) != nil && containsFold(o.TeamMembers(o.Team(slug), "ALL"), login)
}

// Repositories are those of the organization that the token may know of.
func (r *organizationResolver) Repositories(a struct {
	After *string
	First *int32
}) (*connection[*repositoryResolver], error) {
	var list []*repositoryResolver
	for _, repo := range r.s.world.Repositories {
		if strings.EqualFold(repo.Owner, r.o.Login) && r.s.token.sees(repo) {
			list = append(list, &repositoryResolver{r.s, repo})
		}
	}
	return page("repositories", list, (*repositoryResolver).Name, a.First, a.After)
}

// Collaborators are for those who may push.
func (r *repositoryResolver) Collaborators(a struct {
	After *string
	First *int32
	Login *string
}) (*listing[*userResolver], error) {
	t := r.s.token
	switch mine := r.s.world.permission(r.r, t.Login); {
	case t.App && !(t.Members && t.covers(r.r)):
		return nil, r.s.forbidden()
	case !t.App && !t.writes(r.r) && !t.manages(r.r) && slices.Index(permissions, mine) < slices.Index(permissions, "WRITE"):
		return nil, &refusal{kind: "FORBIDDEN", message: "Must have push access to view repository collaborators.",
			extensions: map[string]any{"saml_failure": false}}
	}
	permission := func(u *userResolver) string { return r.s.world.permission(r.r, u.Login()) }
	var list []*userResolver
	for _, u := range r.s.world.Users {
		if u := (&userResolver{r.s, u}); !u.u.Bot && permission(u) != "" && (a.Login == nil || strings.EqualFold(*a.Login, u.Login())) {
			list = append(list, u)
		}
	}
	return listed("collaborators", list, (*userResolver).Login, permission, a.First, a.After)
}

// Repositories are those in which a team has a role, of its own or of a parent's.
func (r *teamResolver) Repositories(a struct {
	After *string
	First *int32
	Query *string
}) (*listing[*repositoryResolver], error) {
	var list []*repositoryResolver
	for _, repo := range r.org.s.world.Repositories {
		repo := &repositoryResolver{r.org.s, repo}
		if strings.EqualFold(repo.r.Owner, r.org.o.Login) && r.org.s.token.sees(repo.r) && r.permission(repo) != "" &&
			(a.Query == nil || strings.Contains(strings.ToLower(repo.Name()), strings.ToLower(*a.Query))) {
			list = append(list, repo)
		}
	}
	return listed("repositories", list, (*repositoryResolver).Name, r.permission, a.First, a.After)
}

// permission returns a team's role in a repository, or nothing.
func (r *teamResolver) permission(repo *repositoryResolver) string {
	most := -1
	for t := r.t; t != nil; t = r.org.o.Team(t.Parent) {
		for to, role := range repo.r.Roles {
			if slug, isTeam := strings.CutPrefix(to, "team:"); isTeam && strings.EqualFold(slug, t.Slug) {
				most = max(most, slices.Index(permissions, strings.ToUpper(role)))
			}
		}
		if t.Parent == "" {
			break
		}
	}
	if most < 0 {
		return ""
	}
	return permissions[most]
}
