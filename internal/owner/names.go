package owner

import (
	"context"
	"strings"

	"github.com/openedx/advisory-reminders/internal/advisory"
)

// Names are names to look up.
type Names struct {
	Organization string // whose members
	Users        []string
	Members      []string // of the users, those who should be members
	Teams        []advisory.Owner
	Repositories []advisory.Repository
}

// Presence is whether there is something of a name.
type Presence int

// What is known of a name.
const (
	Unlooked Presence = iota // it could not be looked at
	Absent                   // GitHub shows nothing of that name to this token
	Present
)

// A Lookup is what is known of names.
type Lookup struct {
	Users, Members map[string]Presence // by login in lower case
	Teams          map[string]Presence // by TeamKey
	Repositories   map[string]Presence // by advisory.Repository.Key
	Accounts       map[string]int64    // ids of the users who are present, by login in lower case

	// Moved are the present names of repositories that are found by former ones.
	Moved map[string]advisory.Repository
}

// TeamKey returns org/slug of a team, in lower case.
func TeamKey(t advisory.Owner) string { return strings.ToLower(t.Org) + "/" + advisory.Slug(t.Name) }

// teamNameKind and repositoryNameKind ask for no more than the name.
var (
	teamNameKind       = kind{field: `organization(login: $org#) {team(slug: $slug#) {slug}}`}
	repositoryNameKind = kind{field: `repository(owner: $owner#, name: $name#) {nameWithOwner}`}
)

// namesPerCall is how many names one call asks for.
const namesPerCall = 100

// LookUp asks whether names exist, a hundred in a call.
func (c *Client) LookUp(ctx context.Context, n Names) Lookup {
	l := Lookup{
		Users: make(map[string]Presence), Members: make(map[string]Presence), Teams: make(map[string]Presence),
		Repositories: make(map[string]Presence), Accounts: make(map[string]int64), Moved: make(map[string]advisory.Repository),
	}
	var questions []*question
	var after []func()
	ask := func(q *question, note func()) {
		questions, after = append(questions, q), append(after, note)
	}
	user := func(login string, k kind, variables map[string]string, note func(person)) {
		if !nameable(advisory.Owner{Kind: advisory.User, Name: login}) {
			note(person{answer: answer{status: missing}})
			return
		}
		var v userAnswer
		x := newQuestion(k, &v, variables)
		ask(x, func() { note(newPerson(x.answer, v, n.Organization)) })
	}
	for _, login := range n.Users {
		login = strings.ToLower(login)
		user(login, accountKind, map[string]string{"login": login}, func(p person) {
			l.Users[login] = p.presence()
			l.Accounts[login] = p.DatabaseID
		})
	}
	for _, login := range n.Members {
		login = strings.ToLower(login)
		user(login, memberKind, map[string]string{"login": login, "org": n.Organization}, func(p person) {
			l.Members[login] = p.presence()
			if p.status == found && !p.member {
				l.Members[login] = Absent
			}
		})
	}
	for _, t := range n.Teams {
		var v teamAnswer
		x := newQuestion(teamNameKind, &v, map[string]string{"org": t.Org, "slug": advisory.Slug(t.Name)})
		ask(x, func() {
			p := x.presence()
			switch {
			case p == Absent && strings.EqualFold(t.Org, n.Organization): // the organization itself is not shown
				p = Unlooked
			case p == Present && v.Team == nil:
				p = Absent
			}
			l.Teams[TeamKey(t)] = p
		})
	}
	for _, r := range n.Repositories {
		var v repositoryAnswer
		x := newQuestion(repositoryNameKind, &v, map[string]string{"owner": r.Owner, "name": r.Name})
		ask(x, func() {
			l.Repositories[r.Key()] = x.presence()
			if now, ok := advisory.ParseRepository(v.NameWithOwner); ok && now.Key() != r.Key() {
				l.Moved[r.Key()] = now
			}
		})
	}
	c.session().askAll(ctx, namesPerCall, questions)
	for _, note := range after {
		note()
	}
	return l
}

func (a answer) presence() Presence {
	return map[status]Presence{missing: Absent, found: Present}[a.status]
}

// A Roster is the first hundred names of each kind that an organization has, as far
// as the token may know them: what somebody may have meant who wrote another one.
type Roster struct{ Users, Teams, Repositories []string }

var (
	membersKind      = kind{field: `organization(login: $org#) {membersWithRole(first: 100) {nodes {login}}}`}
	teamsKind        = kind{field: `organization(login: $org#) {teams(first: 100) {nodes {slug}}}`}
	repositoriesKind = kind{field: `organization(login: $org#) {repositories(first: 100) {nodes {nameWithOwner}}}`}
)

// Roster asks for an organization's names, in one call.
func (c *Client) Roster(ctx context.Context, org string) Roster {
	type names struct {
		Nodes []struct{ Login, Slug, NameWithOwner string }
	}
	var list Roster
	var answers [3]struct{ MembersWithRole, Teams, Repositories names }
	var questions []*question
	for i, k := range []kind{membersKind, teamsKind, repositoriesKind} {
		questions = append(questions, newQuestion(k, &answers[i], map[string]string{"org": org}))
	}
	c.session().ask(ctx, questions)
	for _, n := range answers[0].MembersWithRole.Nodes {
		list.Users = append(list.Users, n.Login)
	}
	for _, n := range answers[1].Teams.Nodes {
		list.Teams = append(list.Teams, n.Slug)
	}
	for _, n := range answers[2].Repositories.Nodes {
		list.Repositories = append(list.Repositories, n.NameWithOwner)
	}
	return list
}
