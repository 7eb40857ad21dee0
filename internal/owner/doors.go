package owner

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/transport"
)

// A Door is a draft, and the people of whom is asked whether they can open it.
type Door struct {
	Draft      advisory.Advisory   // with its collaborators
	Repository advisory.Repository // its present name
	Logins     []string
}

// Door returns a draft with all people who own its repository.
func (r Result) Door(draft advisory.Advisory) Door {
	found := r.Of(draft.ID)
	door := Door{Draft: draft, Repository: found.Repository}
	if door.Repository.Name == "" {
		door.Repository = draft.Repository
	}
	for _, party := range found.Parties {
		if party.Login != "" {
			door.Logins = append(door.Logins, party.Login)
		}
	}
	return door
}

// A Knowledge is what is known of whether somebody may do something.
type Knowledge int

// What may be known of it. Later waits for the next run; nothing is to be guessed
// from either of the first two.
const (
	Unknown Knowledge = iota // it was not asked for, or GitHub refuses to tell this token
	Later                    // GitHub could not be asked now
	Yes
	No
)

// Ability is what is known of one person and one draft.
type Ability struct {
	Opens Knowledge // as its author, a collaborator, alone or by a team, or as an administrator
	Admin Knowledge // administers the repository, as the organization's owners do
}

// Doors say who can open which drafts, and who administers their repositories.
type Doors struct {
	rights map[doorKey]Ability

	// Refused names what the token can't ask for; see Result.Refused.
	Refused []string

	// Failures are what could not be asked for now, in words for the report.
	Failures []string
}

type doorKey struct{ id, login string } // the login in lower case

// Of returns what is known of somebody and a draft, which is nothing where that
// was not asked.
func (d Doors) Of(id, login string) Ability { return d.rights[doorKey{id, strings.ToLower(login)}] }

// Asked reports whether that was asked.
func (d Doors) Asked(id, login string) bool {
	_, asked := d.rights[doorKey{id, strings.ToLower(login)}]
	return asked
}

// Doors asks who can open drafts and who administers their repositories, each
// person and repository once, and each team: for S pairs of them and T teams that
// collaborate, in S/100 + T/50 calls, each quotient rounded up, and one more for
// every further page of members. Where GitHub refuses to tell who works on a
// repository, the owners of its organization are asked for, which takes a call for
// every page of members. A security manager can open drafts, too, which is not
// asked. Where it breaks, nobody can be asked now.
func (c *Client) Doors(ctx context.Context, doors []Door) (found Doors) {
	err := transport.Guard(func() error {
		found = c.askDoors(ctx, doors)
		return nil
	})
	if err != nil {
		found = Doors{rights: make(map[doorKey]Ability), Failures: []string{"who can open the drafts could not be asked for: " + err.Error()}}
		for _, d := range doors {
			for _, login := range d.Logins {
				found.rights[doorKey{d.Draft.ID, strings.ToLower(login)}] = Ability{Opens: Later, Admin: Later}
			}
		}
	}
	return found
}

func (c *Client) askDoors(ctx context.Context, doors []Door) Doors {
	q := c.Begin(ctx, Request{})
	q.mu.Lock()
	for _, d := range doors {
		q.own[strings.ToLower(d.Repository.Owner)] = true
		for _, t := range d.Draft.CollaboratingTeams {
			q.askTeam(newTeamKey(t, d.Repository.Owner))
		}
	}
	q.mu.Unlock()
	q.Rest()
	var list []Seat
	for _, d := range doors {
		for _, login := range d.Logins {
			list = append(list, Seat{d.Repository, login})
		}
	}
	seats := askSeats(ctx, q.session, list)
	q.wait()

	found := Doors{rights: make(map[doorKey]Ability)}
	refusals, faults := make(tallyOf), make(tallyOf)
	for _, d := range doors {
		for _, login := range d.Logins {
			s := seats[Seat{d.Repository, login}.key()]
			r := s.ability()
			refusals.count(s.refused, "who administers the repositories")
			faults.count(r.Admin == Later, "who administers the repositories could not be asked for")
			r.Opens = r.Admin
			teamsLater := false
			for _, t := range d.Draft.CollaboratingTeams {
				team := q.known.teams[newTeamKey(t, d.Repository.Owner)]
				in := team.has(login)
				refusals.count(in == Unknown, "the members of teams that collaborate on drafts")
				teamsLater = teamsLater || in == Later
				r.Opens = either(r.Opens, in)
			}
			if slices.ContainsFunc(append(slices.Clone(d.Draft.CollaboratingUsers), d.Draft.Author), func(u string) bool { return strings.EqualFold(u, login) }) {
				r.Opens = Yes
			}
			faults.count(teamsLater && r.Opens != Yes, "the members of teams that collaborate on drafts could not be asked for")
			found.rights[doorKey{d.Draft.ID, strings.ToLower(login)}] = r
		}
	}
	found.Refused = slices.Sorted(maps.Keys(refusals))
	for _, what := range slices.Sorted(maps.Keys(faults)) {
		found.Failures = append(found.Failures, fmt.Sprintf("%s (for %d of %d people and drafts)", what, faults[what], len(found.rights)))
	}
	return found
}

// either returns what is known of who has it by one of two ways.
func either(a, b Knowledge) Knowledge {
	for _, r := range []Knowledge{Yes, Later, Unknown} {
		if a == r || b == r {
			return r
		}
	}
	return No
}

// A tallyOf counts by text.
type tallyOf map[string]int

func (t tallyOf) count(is bool, text string) {
	if is {
		t[text]++
	}
}

// has says whether somebody is in a team. One that collaborates exists, so where
// GitHub shows none it is one that this token can't see.
func (t team) has(login string) Knowledge {
	switch {
	case slices.ContainsFunc(t.members, func(m account) bool { return strings.EqualFold(m.Login, login) }):
		return Yes
	case t.refused, t.status == missing:
		return Unknown
	case t.status == unseen, t.incomplete != "":
		return Later
	}
	return No
}

// A Seat is one person at one repository.
type Seat struct {
	Repository advisory.Repository
	Login      string
}

// key returns the seat in lower case.
func (s Seat) key() seatKey { return seatKey{s.Repository.Key(), strings.ToLower(s.Login)} }

type seatKey struct{ repository, login string }

// seatKind asks for somebody's role in a repository.
var seatKind = kind{field: `repository(owner: $owner#, name: $name#) {collaborators(first: 1, login: $login#) {edges {permission node {login}}}}`}

// seatsPerCall is how many seats one call asks for.
const seatsPerCall = 100

type seatAnswer struct {
	Collaborators struct {
		Edges []struct {
			Permission string
			Node       struct{ Login string }
		}
	}
}

// seat reads what was answered about a login.
func (v *seatAnswer) seat(a answer, login string) seat {
	s := seat{answer: a, told: a.status == found && v.Collaborators.Edges != nil}
	for _, e := range v.Collaborators.Edges {
		if s.told && strings.EqualFold(e.Node.Login, login) {
			s.permission = e.Permission
		}
	}
	s.refused = !s.told && (a.refused || a.status != unseen)
	return s
}

// A seat is what GitHub says of one.
type seat struct {
	answer
	told       bool // there is a list of who works on the repository
	permission string
}

func (s seat) ability() Ability {
	switch {
	case s.permission == "ADMIN":
		return Ability{Admin: Yes}
	case s.told:
		return Ability{Admin: No}
	case s.status == unseen && !s.refused:
		return Ability{Admin: Later}
	}
	return Ability{}
}

// askSeats asks for people's roles in repositories, each seat once, and for owners of
// organizations where that is refused.
func askSeats(ctx context.Context, s *session, list []Seat) map[seatKey]seat {
	values := make(map[seatKey]*seatAnswer)
	byKey := make(map[seatKey]*question)
	var questions []*question
	for _, one := range list {
		key := one.key()
		if values[key] != nil {
			continue
		}
		v := new(seatAnswer)
		q := newQuestion(seatKind, v, map[string]string{"owner": one.Repository.Owner, "name": one.Repository.Name, "login": one.Login})
		values[key], byKey[key], questions = v, q, append(questions, q)
	}
	s.askAll(ctx, seatsPerCall, questions)
	seats := make(map[seatKey]seat, len(questions))
	closed := make(map[string]bool) // organizations
	for key, q := range byKey {
		seat := values[key].seat(q.answer, key.login)
		seats[key] = seat
		org, _, _ := strings.Cut(key.repository, "/")
		closed[org] = closed[org] || seat.refused
	}
	maps.DeleteFunc(closed, func(_ string, is bool) bool { return !is })
	owners, later := askOwnersOf(ctx, s, slices.Sorted(maps.Keys(closed)))
	for key, seat := range seats {
		org, _, _ := strings.Cut(key.repository, "/")
		switch {
		case !seat.refused:
		case owners[org][key.login]:
			seat.permission, seat.refused = "ADMIN", false
		case later[org]:
			seat.answer = answer{}
		}
		seats[key] = seat
	}
	return seats
}

// roleKind asks for a page of an organization's members and their roles in it, and
// nextRoleKind for a further one.
var (
	roleKind     = kind{field: `organization(login: $org#) {membersWithRole(first: 100) ` + roleFields + `}`}
	nextRoleKind = kind{field: `organization(login: $org#) {membersWithRole(first: 100, after: $after#) ` + roleFields + `}`}
)

const roleFields = `{edges {role node {login}} pageInfo {hasNextPage endCursor}}`

// askOwnersOf returns the logins, in lower case, of the owners of organizations, as
// far as GitHub tells them, and the organizations whose others it can't tell now.
func askOwnersOf(ctx context.Context, s *session, orgs []string) (owners map[string]map[string]bool, later map[string]bool) {
	type roles struct {
		MembersWithRole struct {
			Edges []struct {
				Role string
				Node struct{ Login string }
			}
			PageInfo *pageInfo
		}
	}
	owners, later = make(map[string]map[string]bool), make(map[string]bool)
	after := make(map[string]string)
	for page := 1; len(orgs) > 0 && page <= maxPages; page++ {
		pages := make([]roles, len(orgs))
		questions := make([]*question, len(orgs))
		for i, org := range orgs {
			k, variables := roleKind, map[string]string{"org": org}
			if after[org] != "" {
				k, variables["after"] = nextRoleKind, after[org]
			}
			questions[i] = newQuestion(k, &pages[i], variables)
		}
		s.askAll(ctx, teamsPerCall, questions)
		var open []string
		for i, org := range orgs {
			if owners[org] == nil {
				owners[org] = make(map[string]bool)
			}
			later[org] = questions[i].status == unseen && !questions[i].refused
			for _, e := range pages[i].MembersWithRole.Edges {
				if e.Role == "ADMIN" {
					owners[org][strings.ToLower(e.Node.Login)] = true
				}
			}
			if next, _ := pages[i].MembersWithRole.PageInfo.next(); next != "" && next != after[org] {
				after[org], open = next, append(open, org)
			}
		}
		orgs = open
	}
	return owners, later
}
