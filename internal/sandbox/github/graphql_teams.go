package github

type organizationResolver struct {
	s *session
	o *Organization
}

func (r *organizationResolver) Login() string { return r.o.Login }

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
	After *string
	First *int32
}) (*connection[*teamResolver], error) {
	if err := r.membersAllowed(); err != nil {
		return nil, err
	}
	var list []*teamResolver
	for _, t := range r.o.Teams {
		list = append(list, &teamResolver{r, t})
	}
	return page("teams", list, (*teamResolver).Slug, a.First, a.After)
}

func (r *organizationResolver) MembersWithRole(a struct {
	After *string
	First *int32
}) (*listing[*userResolver], error) {
	if err := r.membersAllowed(); err != nil {
		return nil, err
	}
	role := func(u *userResolver) string {
		if containsFold(r.o.Admins, u.Login()) {
			return "ADMIN"
		}
		return "MEMBER"
	}
	return listed("membersWithRole", r.s.users(r.o.AllMembers()), (*userResolver).Login, role, a.First, a.After)
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

func (r *teamResolver) Slug() string { return r.t.Slug }

func (r *teamResolver) Members(a struct {
	After      *string
	First      *int32
	Membership string
}) (*connection[*userResolver], error) {
	list := r.org.s.users(r.org.o.TeamMembers(r.t, a.Membership))
	return page("members", list, (*userResolver).Login, a.First, a.After)
}
