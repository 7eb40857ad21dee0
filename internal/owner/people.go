package owner

import (
	"context"
	"fmt"
	"strings"

	"github.com/openedx/advisory-reminders/internal/advisory"
)

// maxPages is how many pages of 100 members of a team are read.
const maxPages = 50

// Questions are all the teams and users that GitHub is asked for at once.
type questions struct {
	request *Request
	own     map[string]bool // organizations whose repositories have drafts
	known   known
	teams   []teamKey
	users   []userKey
}

func newQuestions(r *Request) *questions {
	return &questions{
		request: r,
		own:     make(map[string]bool),
		known:   known{teams: make(map[teamKey]team), users: make(map[userKey]person)},
	}
}

// add notes whom the routes of a draft name. A bare name is asked as both.
func (q *questions) add(d advisory.Advisory, repo repository, routes []route) {
	org := q.request.organization(d)
	q.own[strings.ToLower(org)] = true
	search := search{request: q.request, org: org}
	for _, r := range routes {
		for _, o := range r.owners {
			if search.unmaintained(o) {
				continue
			}
			if o.Kind != advisory.User && !(repo.personal && o.Org == "") {
				q.addTeam(newTeamKey(o, org))
			}
			if o.Kind != advisory.Team {
				q.addUser(o.Name, org)
			}
		}
	}
}

func (q *questions) addTeam(key teamKey) {
	if _, ok := q.known.teams[key]; !ok {
		q.known.teams[key] = team{}
		q.teams = append(q.teams, key)
	}
}

func (q *questions) addUser(name, org string) {
	key := newUserKey(name, org)
	if _, ok := q.known.users[key]; ok {
		return
	}
	if !nameable(advisory.Owner{Kind: advisory.User, Name: name}) {
		q.known.users[key] = person{status: missing}
		return
	}
	q.known.users[key] = person{}
	q.users = append(q.users, key)
}

// ask asks for all teams and users.
func (q *questions) ask(ctx context.Context, s *session) known {
	var users []person
	sideBySide(
		func() { q.askTeams(ctx, s) },
		func() { users = q.askUsers(ctx, s) },
	)
	for i, key := range q.users {
		q.known.users[key] = users[i]
	}
	return q.known
}

// userFields is what is asked of a user that an owner names.
type userFields struct {
	Login        string
	Name         *string
	Organization *struct {
		Login string
	} `graphql:"organization(login: $org#)"`
}

func (q *questions) askUsers(ctx context.Context, s *session) []person {
	items := make([]map[string]string, len(q.users))
	for i, key := range q.users {
		items[i] = map[string]string{"login": key.login, "org": key.org}
	}
	people := make([]person, len(items))
	for i, r := range askAll[userFields](ctx, s, "user(login: $login#)", usersPerCall, items) {
		switch v := r.value; {
		case r.fault != nil:
			people[i] = person{why: r.fault.reason}
		case v == nil:
			people[i] = person{status: missing}
		case v.Login == "":
			people[i] = person{why: "GitHub's answer names no user"}
		default:
			people[i] = person{
				status:  found,
				account: newAccount(v.Login, v.Name),
				member:  v.Organization != nil && strings.EqualFold(v.Organization.Login, q.users[i].org),
			}
		}
	}
	return people
}

func newAccount(login string, name *string) account {
	a := account{login: login}
	if name != nil {
		a.name = *name
	}
	return a
}

// teamFields is what is asked of a team. The members cannot be null, so that a
// refusal of them looks like a team that isn't there; known tells the two
// apart.
type teamFields struct {
	Team *struct {
		Name    string
		Slug    string
		Members memberPage `graphql:"members(first: 100, membership: ALL)"`
	} `graphql:"team(slug: $slug#)"`
	Known *struct {
		Slug string
	} `graphql:"known: team(slug: $slug#)"`
}

// pageFields is a further page of members.
type pageFields struct {
	Team *struct {
		Members memberPage `graphql:"members(first: 100, membership: ALL, after: $after#)"`
	} `graphql:"team(slug: $slug#)"`
}

type memberPage struct {
	Nodes []struct {
		Login string
		Name  *string
	}
	PageInfo struct {
		HasNextPage bool
		EndCursor   *string
	}
}

// askTeams asks for the teams and then, round by round, for the further pages
// of members of all that have any.
func (q *questions) askTeams(ctx context.Context, s *session) {
	items := make([]map[string]string, len(q.teams))
	for i, key := range q.teams {
		items[i] = map[string]string{"org": key.org, "slug": key.slug}
	}
	const field = "organization(login: $org#)"
	more := make(map[teamKey]string)
	for i, r := range askAll[teamFields](ctx, s, field, teamsPerCall, items) {
		key := q.teams[i]
		t, next := newTeam(r, q.own[key.org])
		q.known.teams[key] = t
		whole := advisory.Owner{Kind: advisory.Team, Org: key.org, Name: key.slug}
		if next != "" && !q.request.hasContact(whole) {
			more[key] = next
		}
	}
	for page := 2; len(more) > 0; page++ {
		var keys []teamKey
		items := items[:0:0]
		for _, key := range q.teams {
			if after, ok := more[key]; ok {
				keys = append(keys, key)
				items = append(items, map[string]string{"org": key.org, "slug": key.slug, "after": after})
			}
		}
		for i, r := range askAll[pageFields](ctx, s, field, teamsPerCall, items) {
			key := keys[i]
			t := q.known.teams[key]
			before := more[key]
			delete(more, key)
			switch {
			case r.fault != nil:
				t.incomplete = r.fault.reason
			case r.value == nil || r.value.Team == nil:
				t.incomplete = "GitHub did not show the next page"
			default:
				next := t.add(r.value.Team.Members)
				if next == before || next != "" && page == maxPages {
					t.incomplete = fmt.Sprintf("there is no end to them after %d pages", page)
				} else if next != "" {
					more[key] = next
				}
			}
			q.known.teams[key] = t
		}
	}
}

// newTeam returns a team with its first members, and the cursor of the next
// page. Our own organization exists, so that its absence is a refusal.
func newTeam(r reply[teamFields], own bool) (team, string) {
	switch v := r.value; {
	case r.fault != nil:
		return team{why: r.fault.reason}, ""
	case v == nil && own:
		return team{why: "GitHub shows no such organization to this token"}, ""
	case v == nil, v.Team == nil && v.Known == nil:
		return team{status: missing}, ""
	case v.Team == nil:
		return team{why: "GitHub does not show its members to this token"}, ""
	default:
		t := team{status: found, name: v.Team.Name}
		return t, t.add(v.Team.Members)
	}
}

// add adds a page of members and returns the cursor of the next one, or
// nothing.
func (t *team) add(page memberPage) string {
	for _, n := range page.Nodes {
		if n.Login != "" {
			t.members = append(t.members, newAccount(n.Login, n.Name))
		}
	}
	if page.PageInfo.HasNextPage && page.PageInfo.EndCursor != nil {
		return *page.PageInfo.EndCursor
	}
	return ""
}
