package owner

import (
	"context"
	"fmt"
	"strings"

	"github.com/openedx/advisory-reminders/internal/advisory"
)

// maxPages is how many pages of 100 members of a team are read.
const maxPages = 50

// Questions are all the teams and users that GitHub is asked for.
type questions struct {
	inquiry   *Inquiry
	own       map[string]bool // organizations whose repositories have drafts
	known     known
	teams     []teamKey // as they were asked for
	users     []userKey
	hidden    []teamKey          // of organizations that GitHub does not show
	more      map[teamKey]string // the cursor of the next page of members
	teamBatch batch[teamFields]
	userBatch batch[userFields]
}

// teamField is where a team stands.
const teamField = "organization(login: $org#)"

func newQuestions(of *Inquiry) *questions {
	q := &questions{
		inquiry:   of,
		own:       make(map[string]bool),
		known:     known{teams: make(map[teamKey]team), users: make(map[userKey]person)},
		more:      make(map[teamKey]string),
		teamBatch: newBatch[teamFields](teamField, teamsPerCall),
		userBatch: newBatch[userFields]("user(login: $login#)", usersPerCall),
	}
	q.teamBatch.take, q.userBatch.take = q.takeTeam, q.takeUser
	return q
}

// add notes whom the routes of a draft name. A bare name is asked as both.
func (q *questions) add(d advisory.Advisory, repo repository, routes []route) {
	org := q.inquiry.request.organization(d)
	q.own[strings.ToLower(org)] = true
	search := search{request: &q.inquiry.request, org: org}
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
		q.teamBatch.add(q.inquiry, map[string]string{"org": key.org, "slug": key.slug})
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
	q.userBatch.add(q.inquiry, map[string]string{"login": key.login, "org": key.org})
}

// userFields is what is asked of a user that an owner names.
type userFields struct {
	Login        string
	Name         *string
	Organization *struct {
		Login string
	} `graphql:"organization(login: $org#)"`
}

func (q *questions) takeUser(n int, r reply[userFields]) {
	key := q.users[n]
	switch v := r.value; {
	case r.fault != nil:
		q.known.users[key] = person{why: r.fault.reason, refused: r.fault.refused}
	case v == nil:
		q.known.users[key] = person{status: missing}
	case v.Login == "":
		q.known.users[key] = person{why: "GitHub's answer names no user"}
	default:
		q.known.users[key] = person{
			status:  found,
			account: newAccount(v.Login, v.Name),
			member:  v.Organization != nil && strings.EqualFold(v.Organization.Login, key.org),
		}
	}
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
	PageInfo *pageInfo
}

func (q *questions) takeTeam(n int, r reply[teamFields]) {
	key := q.teams[n]
	if r.value == nil && r.fault == nil {
		q.hidden = append(q.hidden, key)
		return
	}
	t, next := newTeam(r)
	q.known.teams[key] = t
	whole := advisory.Owner{Kind: advisory.Team, Org: key.org, Name: key.slug}
	if next != "" && !q.inquiry.request.hasContact(whole) {
		q.more[key] = next
	}
}

// answers returns what GitHub says. An organization with drafts of its own
// exists, so that its absence is a refusal.
func (q *questions) answers() known {
	for _, key := range q.hidden {
		q.known.teams[key] = team{status: missing}
		if q.own[key.org] {
			q.known.teams[key] = team{why: "GitHub shows no such organization to this token", refused: true}
		}
	}
	return q.known
}

// blind reports whether GitHub refused every team of the organizations that
// have drafts.
func (q *questions) blind() bool {
	refused := false
	for _, key := range q.teams {
		switch t := q.known.teams[key]; {
		case !q.own[key.org]:
		case t.status == found, !t.refused:
			return false
		default:
			refused = true
		}
	}
	return refused
}

// readPages asks, round by round, for the further pages of members of all teams
// that have any.
func (q *questions) readPages(ctx context.Context, s *session) {
	more := q.more
	for page := 2; len(more) > 0; page++ {
		var keys []teamKey
		var items []map[string]string
		for _, key := range q.teams {
			if after, ok := more[key]; ok {
				keys = append(keys, key)
				items = append(items, map[string]string{"org": key.org, "slug": key.slug, "after": after})
			}
		}
		for i, r := range askAll[pageFields](ctx, s, teamField, teamsPerCall, items) {
			key := keys[i]
			t := q.known.teams[key]
			before := more[key]
			delete(more, key)
			switch {
			case r.fault != nil:
				t.incomplete, t.refused = r.fault.reason, r.fault.refused
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
// page.
func newTeam(r reply[teamFields]) (team, string) {
	switch v := r.value; {
	case r.fault != nil:
		return team{why: r.fault.reason, refused: r.fault.refused}, ""
	case v.Team == nil && v.Known == nil:
		return team{status: missing}, ""
	case v.Team == nil:
		return team{why: "GitHub does not show its members to this token", refused: true}, ""
	default:
		t := team{status: found, name: v.Team.Name}
		return t, t.add(v.Team.Members)
	}
}

// add adds a page of members and returns the cursor of the next one, or nothing.
func (t *team) add(page memberPage) string {
	for _, n := range page.Nodes {
		if n.Login != "" {
			t.members = append(t.members, newAccount(n.Login, n.Name))
		}
	}
	next, ok := page.PageInfo.next()
	if !ok || page.Nodes == nil {
		t.incomplete = noWholeList
		return ""
	}
	return next
}
