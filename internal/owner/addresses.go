package owner

import (
	"context"
	"fmt"
	"net/mail"
	"slices"
	"strings"

	"github.com/openedx/advisory-reminders/internal/advisory"
)

// addresses gathers which addresses are wanted, and then holds them. The two
// kinds are asked for apart from each other and from everything else, since a
// token may be refused either, and a refusal takes the whole answer along.
type addresses struct {
	logins   []string  // whose public address is wanted, in lower case
	members  []userKey // whose address in a verified domain is wanted
	public   map[string]string
	verified map[userKey][]string
	unknown  map[userKey]bool // whose addresses could not be asked for now; without an organization: the public one
	refused  []string
}

func newAddresses() *addresses {
	return &addresses{public: make(map[string]string), verified: make(map[userKey][]string), unknown: make(map[userKey]bool)}
}

// want notes the people of a resolution that have no contact of their own.
func (a *addresses) want(s *search, r Resolution) {
	for _, p := range r.Parties {
		if p.Login == "" || s.request.hasContact(advisory.Owner{Kind: advisory.User, Name: p.Login}) {
			continue
		}
		key := newUserKey(p.Login, s.org)
		if _, ok := a.public[key.login]; !ok {
			a.public[key.login] = ""
			a.logins = append(a.logins, key.login)
		}
		if _, ok := a.verified[key]; !ok && s.member(p) {
			a.verified[key] = nil
			a.members = append(a.members, key)
		}
	}
}

// member reports whether a party is a member of the organization.
func (s *search) member(p Party) bool {
	switch {
	case s.personal:
		return false
	case p.Route != FromConfig:
		return true
	case p.Owner.Kind == advisory.Team:
		return p.Owner.Org == ""
	}
	return s.known.users[newUserKey(p.Login, s.org)].member
}

// read asks for all addresses and returns what could not be looked at.
func (a *addresses) read(ctx context.Context, s *session) []string {
	var unknown, verifiedUnknown []userKey
	var refused, failures, verifiedRefused, verifiedFailures []string
	sideBySide(
		func() { unknown, refused, failures = a.readPublic(ctx, s) },
		func() { verifiedUnknown, verifiedRefused, verifiedFailures = a.readVerified(ctx, s) },
	)
	for _, key := range append(unknown, verifiedUnknown...) {
		a.unknown[key] = true
	}
	a.refused = append(refused, verifiedRefused...)
	return append(failures, verifiedFailures...)
}

// publicFields is what is asked for the address on a profile; it is empty where
// there is none.
type publicFields struct{ Email string }

func (a *addresses) readPublic(ctx context.Context, s *session) (unknown []userKey, refused, failures []string) {
	items := make([]map[string]string, len(a.logins))
	for i, login := range a.logins {
		items[i] = map[string]string{"login": login}
	}
	var t tally
	for i, r := range askAll[publicFields](ctx, s, "user(login: $login#)", usersPerCall, items) {
		t.count(r.value != nil, r.fault)
		if r.fault != nil && !r.fault.refused {
			unknown = append(unknown, userKey{login: a.logins[i]})
		}
		if r.value != nil && valid(r.value.Email) {
			a.public[a.logins[i]] = r.value.Email
		}
	}
	const what = "public addresses of people"
	if t.refused() {
		refused = []string{what}
	}
	return unknown, refused, t.failures(what)
}

// verifiedFields is what is asked for the addresses in a domain that the
// organization has verified.
type verifiedFields struct {
	Addresses []string `graphql:"organizationVerifiedDomainEmails(login: $org#)"`
}

func (a *addresses) readVerified(ctx context.Context, s *session) (unknown []userKey, refused, failures []string) {
	items := make([]map[string]string, len(a.members))
	for i, key := range a.members {
		items[i] = map[string]string{"login": key.login, "org": key.org}
	}
	tallies := make(map[string]*tally)
	for i, r := range askAll[verifiedFields](ctx, s, "user(login: $login#)", usersPerCall, items) {
		key := a.members[i]
		if tallies[key.org] == nil {
			tallies[key.org] = new(tally)
		}
		tallies[key.org].count(r.value != nil, r.fault)
		if r.fault != nil && !r.fault.refused {
			unknown = append(unknown, key)
		}
		if r.value != nil {
			a.verified[key] = slices.DeleteFunc(r.value.Addresses, func(s string) bool { return !valid(s) })
		}
	}
	for org, t := range tallies {
		what := "verified addresses of members of " + org
		if t.refused() {
			refused = append(refused, what)
		}
		failures = append(failures, t.failures(what)...)
	}
	slices.Sort(refused)
	return unknown, refused, failures
}

// valid reports whether a string is one address and nothing else.
func valid(s string) bool {
	parsed, err := mail.ParseAddress(s)
	return err == nil && parsed.Address == s && parsed.Name == ""
}

// fill gives the parties of a repository of org their addresses. Without every
// one of them, the best is enough.
func (a *addresses) fill(parties []Party, org string, every bool) {
	for i := range parties {
		p := &parties[i]
		key := newUserKey(p.Login, org)
		emails := slices.Clone(a.verified[key])
		if public := a.public[key.login]; public != "" {
			emails = append(emails, public)
		}
		for _, e := range emails {
			same := func(have string) bool { return strings.EqualFold(have, e) }
			if !slices.ContainsFunc(p.Emails, same) {
				p.Emails = append(p.Emails, e)
			}
		}
		needed := every || len(a.verified[key]) == 0 // the public one
		p.Waits = a.unknown[key] || needed && a.unknown[userKey{login: key.login}]
	}
}

// A tally counts the answers about one kind of address.
type tally struct {
	asked, answered int
	denied          bool           // a question as a whole
	faults          map[string]int // people by what went wrong
}

func (t *tally) count(answered bool, f *fault) {
	t.asked++
	switch {
	case answered:
		t.answered++
	case f != nil && f.refused:
		t.denied = t.denied || f.whole
	case f != nil:
		if t.faults == nil {
			t.faults = make(map[string]int)
		}
		t.faults[f.reason]++
	}
}

// refused reports whether the token may not ask for that kind at all: one
// refused person is that person's matter.
func (t *tally) refused() bool {
	return t.denied || t.asked > 0 && t.answered == 0 && len(t.faults) == 0
}

func (t *tally) failures(what string) []string {
	var failures []string
	for reason, n := range t.faults {
		failures = append(failures, fmt.Sprintf("%s could not be asked for (%d of %d): %s", what, n, t.asked, reason))
	}
	return failures
}
