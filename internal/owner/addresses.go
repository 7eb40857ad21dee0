package owner

import (
	"context"
	"fmt"
	"net/mail"
	"slices"
	"strings"

	"github.com/openedx/advisory-reminders/internal/advisory"
)

// The two kinds of addresses are asked for apart from each other and from
// everything else, since a token may be refused either, and a refusal takes the
// whole answer along.
var (
	publicKind   = kind{field: `user(login: $login#) {email}`}
	verifiedKind = kind{field: `user(login: $login#) {organizationVerifiedDomainEmails(login: $org#)}`}
)

// addresses are what GitHub is asked for, each once, and then what it says.
type addresses struct {
	list       []*address
	byKey      map[userKey]*address
	addressees []addressee
}

// An addressee is a party, and the addresses that are asked for to reach it.
type addressee struct {
	party            *Party
	public, verified *address // the latter nil for somebody who is no member
}

// An address is a question for somebody's addresses of one kind.
type address struct {
	key userKey // without an organization: on the profile
	*question
	value struct {
		Email                            string // empty where there is none
		OrganizationVerifiedDomainEmails []string
	}
}

// want notes the people of a resolution who have no contact of their own.
func (a *addresses) want(s *search, r Resolution) {
	for i, p := range r.Parties {
		if p.Login == "" || s.request.hasContact(advisory.Owner{Kind: advisory.User, Name: p.Login}, s.org) || s.outsider(p) {
			continue
		}
		to := addressee{party: &r.Parties[i], public: a.add(newUserKey(p.Login, ""), publicKind, map[string]string{"login": p.Login})}
		if s.member(p) {
			to.verified = a.add(newUserKey(p.Login, s.org), verifiedKind, map[string]string{"login": p.Login, "org": s.org})
		}
		a.addressees = append(a.addressees, to)
	}
}

func (a *addresses) add(key userKey, k kind, variables map[string]string) *address {
	if a.byKey[key] == nil {
		wanted := &address{key: key}
		wanted.question = newQuestion(k, &wanted.value, variables)
		a.byKey[key] = wanted
		a.list = append(a.list, wanted)
	}
	return a.byKey[key]
}

// member reports whether a party is a member of the organization.
func (s *search) member(p Party) bool {
	switch {
	case s.personal:
		return false
	case p.Route != FromConfig:
		return true
	case p.Owner.Kind == advisory.Team && p.Owner.Org == "":
		return true
	}
	return s.known.users[newUserKey(p.Login, s.org)].member
}

// outsider reports whether a party is somebody whom only the configuration can make
// an owner. No address of theirs decides that GitHub tells: it is for the
// configuration to say how they are reached.
func (s *search) outsider(p Party) bool {
	own := s.personal && strings.EqualFold(p.Login, s.org)
	return p.Route == FromConfig && p.Login != "" && !s.member(p) && !own
}

// read asks for all addresses.
func (a *addresses) read(ctx context.Context, s *session) {
	var public, verified []*question
	for _, wanted := range a.list {
		if wanted.kind == publicKind {
			public = append(public, wanted.question)
		} else {
			verified = append(verified, wanted.question)
		}
	}
	s.askAll(ctx, usersPerCall, public, verified)
}

// fill gives the parties their addresses. Without every one of them, the best is
// enough.
func (a *addresses) fill(every bool) {
	for _, to := range a.addressees {
		p := to.party
		for _, e := range append(to.verified.known(), to.public.known()...) {
			same := func(have string) bool { return strings.EqualFold(have, e) }
			if !slices.ContainsFunc(p.Emails, same) {
				p.Emails = append(p.Emails, e)
			}
		}
		needed := every || len(to.verified.known()) == 0 // the public one
		p.Waits = to.verified.waits() || needed && to.public.waits()
	}
}

// known returns the addresses that GitHub told, if they were asked for.
func (a *address) known() []string {
	if a == nil || a.status != found {
		return nil
	}
	all := append(slices.Clone(a.value.OrganizationVerifiedDomainEmails), a.value.Email)
	return slices.DeleteFunc(all, func(e string) bool { return !valid(e) })
}

// waits reports whether GitHub could not be asked now.
func (a *address) waits() bool { return a != nil && a.status == unseen && !a.refused }

// valid reports whether a string is one address and nothing else.
func valid(s string) bool {
	parsed, err := mail.ParseAddress(s)
	return err == nil && parsed.Address == s && parsed.Name == ""
}

// notes returns what the token can't ask for, whether verified addresses are among
// that, and what could not be looked at, in words.
func (a *addresses) notes() (refused []string, noVerified bool, failures []string) {
	tallies := make(map[string]*tally)
	for _, wanted := range a.list {
		what := "public addresses of people"
		if wanted.key.org != "" {
			what = "verified addresses of members of " + wanted.key.org
		}
		if tallies[what] == nil {
			tallies[what] = &tally{verified: wanted.key.org != "", faults: make(map[string]int)}
		}
		tallies[what].count(wanted.answer)
	}
	for what, t := range tallies {
		if t.refused() {
			refused, noVerified = append(refused, what), noVerified || t.verified
		}
		for why, n := range t.faults {
			failures = append(failures, fmt.Sprintf("%s could not be asked for (%d of %d): %s", what, n, t.asked, why))
		}
	}
	slices.Sort(refused)
	return refused, noVerified, failures
}

// A tally counts the answers about one kind of addresses.
type tally struct {
	verified        bool // it is about verified ones
	asked, answered int
	whole           bool           // a call was refused as a whole
	faults          map[string]int // people by why they could not be asked for
}

func (t *tally) count(a answer) {
	t.asked++
	switch {
	case a.status == found:
		t.answered++
	case a.refused:
		t.whole = t.whole || a.whole
	case a.status == unseen:
		t.faults[a.why]++
	}
}

// refused reports whether the token can't ask for that kind at all: one refused
// person is that person's matter.
func (t *tally) refused() bool {
	return t.whole || t.answered == 0 && len(t.faults) == 0
}
