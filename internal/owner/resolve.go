package owner

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/reminder"
)

// known is what GitHub says about all the owners of a request.
type known struct {
	teams map[teamKey]team
	users map[userKey]person
}

// A search decides who is told about one advisory. It is pure: all that it
// needs has been read before.
type search struct {
	request  *Request
	known    known
	org      string
	personal bool
	failures []string
	unlooked []string // see Result
}

// decide follows the routes to the first that gives anybody.
func (s *search) decide(d advisory.Advisory, repo repository, routes []route) Resolution {
	res := Resolution{Repository: d.Repository}
	unread := fmt.Sprintf("%s could not be read: %s", d.Repository, cmp.Or(repo.why, "GitHub shows no such repository"))
	switch {
	case repo.status == found:
		res.Repository = repo.name
	case repo.refused:
		res.Refused = append(res.Refused, unread)
	default:
		s.failures = append(s.failures, unread)
	}
	named := false
	for _, r := range routes {
		named = named || len(r.owners) > 0
		if s.follow(r, &res) {
			return res
		}
	}
	switch why := closed(repo, s.org); {
	case repo.status == unseen && !repo.refused:
		res.Waits = true
	case repo.status != found:
		res.Nobody, res.End = "the repository could not be read: "+repo.why, Fileless
	case why != "":
		res.Nobody, res.End = why, Fileless
	case named || len(res.Problems) > 0:
		res.Nobody = "none of the owners that are named counts"
	default:
		res.Nobody = "no owner is named anywhere"
	}
	return res
}

// follow looks at the owners of one route, and reports whether the search ends
// with it.
func (s *search) follow(r route, res *Resolution) bool {
	var step step
	for _, o := range r.owners {
		step.add(s.candidate(o, r.from))
	}
	for _, o := range r.strange {
		step.add(o.step())
	}
	for _, p := range slices.Concat(r.problems, step.problems) {
		res.complain(p)
	}
	res.Outsider = res.Outsider || step.outsider
	if n := len(step.parties); r.from != FromConfig && s.request.MaxOwner > 0 && n > s.request.MaxOwner { // whoever else there is
		where := string(r.from)
		if r.from != FromCollaborators {
			where = "the owners in " + where
		}
		res.Nobody = fmt.Sprintf("too many people: %s come to %d, and max-owner allows %d", where, n, s.request.MaxOwner)
		return true
	}
	res.Refused = append(res.Refused, step.refused...)
	res.Unknown = append(res.Unknown, step.unknown...)
	s.failures = append(s.failures, step.failures...)
	s.unlooked = append(s.unlooked, slices.Concat(step.refused, step.failures)...)
	switch {
	case len(step.failures) > 0:
		res.Waits = true
	case len(step.parties) > 0:
		res.Parties = step.parties
		s.complainOfOutsiders(res)
	case len(step.refused) > 0:
		res.Nobody = "an owner could not be looked at, and going on could tell the wrong people: " + step.refused[0]
	case step.stranger != "":
		res.Nobody = "not the same account: " + reason(r.from, step.stranger) + ", a login that another account bears now"
	case step.unmaintained != "":
		res.Nobody, res.End = "unmaintained: "+reason(r.from, step.unmaintained), Unmaintained
	default:
		return false
	}
	res.Route, res.File = r.from, r.path
	return true
}

func (r *Resolution) complain(problem string) {
	if !slices.Contains(r.Problems, problem) {
		r.Problems = append(r.Problems, problem)
	}
}

// complainOfOutsiders names the owners through whom the configuration names people
// from outside the organization who can't be reached.
func (s *search) complainOfOutsiders(res *Resolution) {
	byOwner := make(map[advisory.Owner][]string)
	for _, p := range res.Parties {
		if s.outsider(p) && !s.request.hasContact(advisory.Owner{Kind: advisory.User, Name: p.Login}, s.org) {
			byOwner[p.Owner] = append(byOwner[p.Owner], p.Login)
		}
	}
	for _, p := range res.Parties {
		switch who := byOwner[p.Owner]; len(who) {
		case 0:
		case 1:
			res.complain(fmt.Sprintf("the configuration names %s: %s is not a member of %s, and is not reached without a contact in the configuration", p.Owner, who[0], s.org))
		default:
			res.complain(fmt.Sprintf("the configuration names %s: %s and %d more are not members of %s, and are not reached without a contact in the configuration", p.Owner, who[0], len(who)-1, s.org))
		}
	}
}

// reason says where an owner is named.
func reason(from Route, owner string) string {
	switch from {
	case FromCollaborators:
		return owner + " is among " + string(from)
	case FromConfig:
		return "the configuration names " + owner
	}
	return string(from) + " names " + owner
}

// A step is what the owners of one route come to.
type step struct {
	parties      []Party
	problems     []string
	failures     []string // owners that could not be asked for now
	unknown      []string // owners that GitHub shows no team for
	refused      []string // owners that GitHub refuses to show to this token
	unmaintained string   // an owner that ends the search where there is no other
	stranger     string   // likewise
	outsider     bool     // an owner is no member
}

// add joins what one more owner comes to; the first way to a recipient stays.
func (s *step) add(o step) {
	for _, p := range o.parties {
		same := func(have Party) bool { return have.Recipient == p.Recipient }
		if !slices.ContainsFunc(s.parties, same) {
			s.parties = append(s.parties, p)
		}
	}
	s.problems = append(s.problems, o.problems...)
	s.failures = append(s.failures, o.failures...)
	s.refused = append(s.refused, o.refused...)
	s.unknown = append(s.unknown, o.unknown...)
	s.unmaintained = cmp.Or(s.unmaintained, o.unmaintained)
	s.stranger = cmp.Or(s.stranger, o.stranger)
	s.outsider = s.outsider || o.outsider
}

// unseen says of an owner who could not be looked at whether that is so for now, or
// because GitHub refuses it.
func (a answer) unseen(format string, args ...any) step {
	text := []string{fmt.Sprintf(format, args...)}
	if a.refused {
		return step{refused: text}
	}
	return step{failures: text}
}

// step is what an owner comes to whose login is not theirs any more.
func (o Stranger) step() step {
	if o.Waits {
		return answer{}.unseen("%s could not be looked at: which login that account bears now can't be known", o.Owner)
	}
	return step{stranger: o.Owner.String()}
}

// candidate looks at one owner.
func (s *search) candidate(o advisory.Owner, from Route) step {
	switch {
	case s.unmaintained(o):
		return step{unmaintained: o.String()}
	case o.Kind == advisory.User:
		return s.user(o, from)
	case s.personal && o.Org == "" && o.Kind == advisory.Team:
		return step{problems: []string{reason(from, o.String()) + ", but a personal account has no teams"}}
	case s.personal && o.Kind == advisory.Bare:
		return s.user(o, from)
	}
	return s.team(o, from)
}

// unmaintained reports whether an owner is one that nobody stands behind.
func (s *search) unmaintained(o advisory.Owner) bool {
	if o.Kind == advisory.User {
		return false
	}
	for _, u := range s.request.Unmaintained {
		if u.Kind != advisory.User && newTeamKey(u, s.org) == newTeamKey(o, s.org) {
			return true
		}
	}
	return false
}

// team looks at a team or a bare name.
func (s *search) team(o advisory.Owner, from Route) step {
	key := newTeamKey(o, s.org)
	t := s.known.teams[key]
	contact := s.request.hasContact(advisory.Owner{Kind: advisory.Team, Org: cmp.Or(o.Org, s.org), Name: key.slug}, s.org)
	switch {
	case t.status == unseen && !(t.exists && contact):
		return t.unseen("%s of %s could not be looked at: %s", o, cmp.Or(o.Org, s.org), cmp.Or(t.why, "it was not asked for"))
	case t.status == missing && o.Kind == advisory.Bare:
		user := s.user(o, from)
		if len(user.parties) == 0 {
			user.unknown = []string{o.String()}
		}
		return user
	case t.status == missing:
		return step{
			unknown:  []string{o.String()},
			problems: []string{fmt.Sprintf("%s, but %s has no such team", reason(from, o.String()), cmp.Or(o.Org, s.org))},
		}
	}
	written := o.String()
	o.Kind = advisory.Team
	var members []Party
	for _, m := range t.members {
		if !advisory.IsBot(m.Login) {
			members = append(members, m.party(o, from))
		}
	}
	slices.SortFunc(members, func(a, b Party) int { return cmp.Compare(a.Recipient, b.Recipient) })
	switch {
	case len(members) == 0 && t.incomplete == "":
		return step{problems: []string{reason(from, written) + ", but that team has no members"}}
	case contact:
		return step{parties: []Party{{
			Recipient: reminder.TeamRecipient(key.org, key.slug),
			Owner:     o,
			Route:     from,
			Members:   t.count(len(members)),
		}}}
	case len(members) == 0:
		return t.unseen("the members of %s could not be looked at: %s", o, t.incomplete)
	case t.incomplete != "":
		some := t.unseen("some members of %s could not be looked at: %s", o, t.incomplete)
		some.add(s.members(o, from, members))
		return some
	}
	return s.members(o, from, members)
}

// guest reports whether an owner is another organization's team that is told as its
// members, who may be members of this one or not. Only the configuration can name one.
func (s *search) guest(o advisory.Owner, from Route) bool {
	return !s.personal && from == FromConfig && o.Org != "" &&
		!s.request.hasContact(advisory.Owner{Kind: advisory.Team, Org: o.Org, Name: advisory.Slug(o.Name)}, s.org)
}

// members returns a team's members, but for guests of whom it is not known, and
// matters, whether they are members of the organization.
func (s *search) members(o advisory.Owner, from Route, members []Party) (all step) {
	for _, m := range members {
		user := advisory.Owner{Kind: advisory.User, Name: m.Login}
		p := s.known.users[newUserKey(m.Login, s.org)]
		if s.guest(o, from) && p.status == unseen && !s.request.hasContact(user, s.org) {
			all.add(p.unseen("%s could not be looked at: %s", user, cmp.Or(p.why, "it was not asked for")))
			continue
		}
		all.parties = append(all.parties, m)
	}
	return all
}

// user looks at a user, or at a bare name that is no team. Only the
// configuration may name somebody who is not a member.
func (s *search) user(o advisory.Owner, from Route) step {
	p := s.known.users[newUserKey(o.Name, s.org)]
	if p.status == unseen && !advisory.IsBot(o.Name) {
		return p.unseen("%s could not be looked at: %s", o, cmp.Or(p.why, "it was not asked for"))
	}
	switch problem := s.discounts(o, from, p); {
	case problem == "":
		o.Kind = advisory.User
		return step{parties: []Party{p.party(o, from)}}
	case from == FromCollaborators:
		// Those from outside are how an advisory is worked on, and no mistake that
		// somebody could mend.
		return step{}
	default:
		return step{
			problems: []string{reason(from, o.String()) + problem},
			outsider: p.status == found && !s.personal && !advisory.IsBot(o.Name),
		}
	}
}

// discounts says why a user who was looked at is no owner, or nothing.
func (s *search) discounts(o advisory.Owner, from Route, p person) string {
	switch {
	case advisory.IsBot(o.Name):
		return ", but that is a bot"
	case p.status == missing && o.Kind == advisory.Bare && !s.personal:
		return ", but " + s.org + " has no such team or member"
	case p.status == missing:
		return ", but there is no such user"
	case from == FromConfig:
		return ""
	case s.personal && !strings.EqualFold(o.Name, s.org):
		return ", but only " + s.org + " counts in a personal account"
	case !s.personal && !p.member:
		return ", who is not a member of " + s.org
	}
	return ""
}

// party returns the user as a recipient.
func (a account) party(o advisory.Owner, from Route) Party {
	return Party{Recipient: reminder.UserRecipient(a.Login), Login: a.Login, Account: a.DatabaseID, Owner: o, Route: from}
}

func (r *Request) hasContact(o advisory.Owner, org string) bool {
	return r.HasContact != nil && r.HasContact(o, org)
}
