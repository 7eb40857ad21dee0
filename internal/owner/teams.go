package owner

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/openedx/advisory-reminders/internal/advisory"
)

// A teamKey names a team in lower case.
type teamKey struct{ org, slug string }

// newTeamKey returns the key of a team or bare owner in a repository of org.
func newTeamKey(o advisory.Owner, org string) teamKey {
	return teamKey{strings.ToLower(cmp.Or(o.Org, org)), advisory.Slug(o.Name)}
}

// A team is what GitHub says of one.
type team struct {
	answer
	members    []account
	hidden     bool   // GitHub shows no such organization
	exists     bool   // whatever else is refused
	incomplete string // why members beyond those are not known, or empty
	next       string // cursor of the next page of members, or empty
}

// memberFields are what is asked of a page of members.
const memberFields = `{nodes {login databaseId} pageInfo {hasNextPage endCursor}}`

// teamKind asks for a team. The members can't be null, so that a refusal of them
// looks like a team that isn't there; known tells the two apart.
var teamKind = kind{field: `organization(login: $org#) {team(slug: $slug#) {members(first: 100, membership: ALL) ` + memberFields + `} known: team(slug: $slug#) {slug}}`}

// pageKind asks for a further page of members.
var pageKind = kind{field: `organization(login: $org#) {team(slug: $slug#) {members(first: 100, membership: ALL, after: $after#) ` + memberFields + `}}`}

// A teamAnswer is the answer to either.
type teamAnswer struct {
	Team *struct {
		Members memberPage
	}
	Known *struct{}
}

type memberPage struct {
	Nodes    []account
	PageInfo *pageInfo
}

// maxPages is how many pages of 100 members of a team are read.
const maxPages = 50

// askTeam asks for a team.
func (q *Inquiry) askTeam(key teamKey) {
	if _, ok := q.known.teams[key]; ok {
		return
	}
	q.known.teams[key] = team{}
	var v teamAnswer
	x := newQuestion(teamKind, &v, map[string]string{"org": key.org, "slug": key.slug})
	q.add(&q.teams, x, func() {
		t := newTeam(x.answer, v)
		q.known.teams[key] = t
		// Of a team with a contact, that it has members is all that matters, if the
		// contact holds whichever repository the team owns.
		if t.next != "" && !q.request.hasContact(advisory.Owner{Kind: advisory.Team, Org: key.org, Name: key.slug}, q.request.Organization) {
			q.askPage(key, 2)
		}
		q.askGuests(key)
	})
}

// askGuests asks which of a team's members, as far as they are known, are members of
// the other organizations, too, whose repositories it owns.
func (q *Inquiry) askGuests(key teamKey) {
	for _, org := range q.guests[key] {
		for _, m := range q.known.teams[key].members {
			q.askUser(m.Login, org)
		}
	}
}

// askPage asks for a further page of members, and then for the next one.
func (q *Inquiry) askPage(key teamKey, page int) {
	var v teamAnswer
	x := newQuestion(pageKind, &v, map[string]string{"org": key.org, "slug": key.slug, "after": q.known.teams[key].next})
	q.add(&q.pages, x, func() {
		t := q.known.teams[key]
		t.addPage(page, x.answer, v)
		q.known.teams[key] = t
		if t.next != "" {
			q.askPage(key, page+1)
		}
		q.askGuests(key)
	})
}

// newTeam returns a team with its first members.
func newTeam(a answer, v teamAnswer) team {
	if a.status == found && v.Team == nil && v.Known != nil {
		a = answer{why: "GitHub does not show its members to this token", refused: true}
	}
	switch {
	case a.status == missing:
		return team{answer: a, hidden: true}
	case a.status == unseen:
		return team{answer: a, exists: v.Known != nil, incomplete: a.why}
	case v.Team == nil:
		return team{answer: answer{status: missing}}
	}
	t := team{answer: a}
	t.add(v.Team.Members)
	return t
}

// add adds a page of members.
func (t *team) add(page memberPage) {
	for _, m := range page.Nodes {
		if m.Login != "" {
			t.members = append(t.members, m)
		}
	}
	var ok bool
	if t.next, ok = page.PageInfo.next(); !ok || page.Nodes == nil {
		t.next, t.incomplete = "", noWholeList
	}
}

// count returns how many of its members count, if all were seen.
func (t team) count(members int) int {
	if t.next != "" || t.incomplete != "" {
		return 0
	}
	return members
}

// addPage adds a further page of members.
func (t *team) addPage(page int, a answer, v teamAnswer) {
	before := t.next
	t.next = ""
	switch {
	case a.status == unseen:
		t.incomplete, t.refused = a.why, a.refused
		return
	case a.status == missing || v.Team == nil:
		t.incomplete = "GitHub did not show the next page"
		return
	}
	t.add(v.Team.Members)
	if t.next == before || t.next != "" && page == maxPages {
		t.next, t.incomplete = "", fmt.Sprintf("there is no end to them after %d pages", page)
	}
}

// unhide says of the teams of an organization that GitHub does not show what that
// means: one with drafts of its own exists, so its absence is a refusal.
func (q *Inquiry) unhide() {
	for key, t := range q.known.teams {
		if t.hidden && q.own[key.org] {
			q.known.teams[key] = team{answer: answer{why: "GitHub shows no such organization to this token", refused: true}}
		}
	}
}

// blind reports whether GitHub refused every team of the organizations that have
// drafts.
func (q *Inquiry) blind() bool {
	blind := false
	for key, t := range q.known.teams {
		if !q.own[key.org] {
			continue
		}
		if t.status == found || !t.refused {
			return false
		}
		blind = true
	}
	return blind
}
