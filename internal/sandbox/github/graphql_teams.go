package github

import (
	"fmt"
	"strings"

	"github.com/graph-gophers/graphql-go"
)

type organizationResolver struct {
	s *session
	o *Organization
}

func (r *organizationResolver) DatabaseID() *int32 {
	return pointer(int32(number("account", r.o.Login)))
}
func (r *organizationResolver) ID() graphql.ID       { return graphqlID("O", number("account", r.o.Login)) }
func (r *organizationResolver) Login() string        { return r.o.Login }
func (r *organizationResolver) Name() *string        { return orNil(r.o.Name) }
func (r *organizationResolver) ResourcePath() scalar { return scalar("/" + r.o.Login) }
func (r *organizationResolver) URL() scalar          { return accountURL(r.s, r.o.Login) }
func (r *organizationResolver) IsVerified() bool     { return len(r.o.VerifiedDomains) > 0 }

func (r *organizationResolver) ViewerCanAdminister() bool {
	return containsFold(r.o.Admins, r.s.token.Login)
}

func (r *organizationResolver) ViewerIsAMember() bool { return r.o.HasMember(r.s.token.Login) }

func (r *organizationResolver) Repository(a byName) (*repositoryResolver, error) {
	return r.s.repository(r.o.Login, a.Name, a.FollowRenames)
}

// membersAllowed refuses teams and members to a token without the right.
func (r *organizationResolver) membersAllowed() error {
	if r.s.token.Members && r.s.token.over(r.o.Login) {
		return nil
	}
	return r.s.forbidden()
}

// Team is nil, without an error, where there is no team of that slug.
func (r *organizationResolver) Team(a struct{ Slug string }) (*teamResolver, error) {
	if err := r.membersAllowed(); err != nil {
		return nil, err
	}
	if t := r.o.Team(a.Slug); t != nil {
		return &teamResolver{r, t}, nil
	}
	return nil, nil
}

func (r *organizationResolver) Teams(a struct {
	After         *string
	First         *int32
	Query         *string
	RootTeamsOnly bool
}) (*connection[*teamResolver], error) {
	if err := r.membersAllowed(); err != nil {
		return nil, err
	}
	var list []*teamResolver
	for _, t := range r.o.Teams {
		if a.RootTeamsOnly && t.Parent != "" ||
			a.Query != nil && !strings.Contains(strings.ToLower(t.Slug+" "+t.Name), strings.ToLower(*a.Query)) {
			continue
		}
		list = append(list, &teamResolver{r, t})
	}
	return page("teams", list, (*teamResolver).key, a.First, a.After)
}

func (r *organizationResolver) MembersWithRole(a struct {
	After *string
	First *int32
}) (*memberConnection, error) {
	if err := r.membersAllowed(); err != nil {
		return nil, err
	}
	c, err := page("membersWithRole", r.s.users(r.o.AllMembers()), (*userResolver).Login, a.First, a.After)
	if err != nil {
		return nil, err
	}
	return &memberConnection{c, r.o}, nil
}

// memberConnection is a connection whose edges have a role.
type memberConnection struct {
	*connection[*userResolver]
	o *Organization
}

func (c *memberConnection) Edges() *[]*memberEdge {
	edges := []*memberEdge{}
	for _, e := range *c.connection.Edges() {
		edges = append(edges, &memberEdge{e, c.o})
	}
	return &edges
}

type memberEdge struct {
	*edge[*userResolver]
	o *Organization
}

func (e *memberEdge) Role() *string {
	if containsFold(e.o.Admins, e.Node().Login()) {
		return pointer("ADMIN")
	}
	return pointer("MEMBER")
}

// users returns the people of these logins whom the world knows.
func (s *session) users(logins []string) []*userResolver {
	var list []*userResolver
	for _, login := range logins {
		if u := s.world.User(login); u != nil && !u.Bot {
			list = append(list, &userResolver{s, u})
		}
	}
	return list
}

type teamResolver struct {
	org *organizationResolver
	t   *Team
}

func (r *teamResolver) key() string          { return r.t.Slug }
func (r *teamResolver) number() int          { return number("team", r.org.o.Login+"/"+r.t.Slug) }
func (r *teamResolver) DatabaseID() *int32   { return pointer(int32(r.number())) }
func (r *teamResolver) ID() graphql.ID       { return graphqlID("T", r.number()) }
func (r *teamResolver) Name() string         { return r.t.Name }
func (r *teamResolver) Slug() string         { return r.t.Slug }
func (r *teamResolver) CombinedSlug() string { return r.org.o.Login + "/" + r.t.Slug }
func (r *teamResolver) Description() *string { return orNil(r.t.Description) }

func (r *teamResolver) Organization() *organizationResolver { return r.org }

func (r *teamResolver) URL() scalar {
	return scalar(fmt.Sprintf("%s/orgs/%s/teams/%s", r.org.s.pages, r.org.o.Login, r.t.Slug))
}

func (r *teamResolver) ParentTeam() *teamResolver {
	if p := r.org.o.Team(r.t.Parent); r.t.Parent != "" && p != nil {
		return &teamResolver{r.org, p}
	}
	return nil
}

func (r *teamResolver) ChildTeams(a struct {
	After         *string
	First         *int32
	ImmediateOnly bool
}) (*connection[*teamResolver], error) {
	var list []*teamResolver
	for _, t := range r.org.o.Children(r.t, !a.ImmediateOnly) {
		list = append(list, &teamResolver{r.org, t})
	}
	return page("childTeams", list, (*teamResolver).key, a.First, a.After)
}

func (r *teamResolver) Members(a struct {
	After      *string
	First      *int32
	Membership string
}) (*connection[*userResolver], error) {
	list := r.org.s.users(r.org.o.TeamMembers(r.t, a.Membership))
	return page("members", list, (*userResolver).Login, a.First, a.After)
}
