// Package owner finds out who maintains a repository: from the configuration, from
// files of the repository, or from the advisory's own collaborators, in that order.
// It asks GitHub's GraphQL API in batches, never once per repository, team or person.
package owner

import (
	"fmt"
	"slices"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/reminder"
)

// A Request is what owners are found by.
type Request struct {
	// Organization is the login of the organization whose members and teams
	// count. It is empty where single repositories were named: then it is each
	// repository's owner.
	Organization string

	// Owners are the configuration's, by advisory.Repository.Key.
	Owners map[string][]advisory.Owner

	// HasContact reports whether the configuration has a contact of its own
	// for a user, or a team of an organization, who owns a repository of org. A team
	// with one is not split into its members; a user with one is not asked for
	// addresses.
	HasContact func(o advisory.Owner, org string) bool

	// EveryAddress says that people are found by any of their addresses, not by the
	// best one alone, so that somebody waits of whom any can't be asked for now.
	EveryAddress bool

	// MaxOwner is how many people a file or an advisory's collaborators may come to
	// before nobody is told but the working group; 0: as many as there are.
	MaxOwner int

	// Unmaintained are the teams that end the search: their repositories are
	// the working group's.
	Unmaintained []advisory.Owner

	// Logins are those that stand anywhere in the configuration. Their accounts
	// are asked for along with the owners.
	Logins []string

	// Strangers are owners in the configuration who are not in Owners, since another
	// account bears their login, by advisory.Repository.Key.
	Strangers map[string][]Stranger
}

// A Stranger is a person in the configuration's owners, as written there, whose
// login is another account's now, or nobody's.
type Stranger struct {
	Owner advisory.Owner
	Waits bool // which login the account that was meant has can't be known now
}

// A Result is what was found, for every draft.
type Result struct {
	ByAdvisory map[string]*Resolution // by advisory id; those of one repository may share one

	// Refused names what the token can't ask for, such as "verified
	// addresses of members"; the run goes on without it. NoVerified says that those
	// are among it.
	Refused    []string
	NoVerified bool

	// Blind says that GitHub refused this token every team that was asked for,
	// so that nobody can be said to be a member or not.
	Blind bool

	// Accounts are the ids of the accounts that bear Request.Logins now, by login in
	// lower case: 0 where there is no such account. A login that is not in it could
	// not be looked at.
	Accounts map[string]int64

	// Outsiders are those of Request.Logins, in lower case, who are known not to be
	// members of the organization.
	Outsiders map[string]bool

	// Unlooked are those among Failures and RefusedOwners that speak of a team or a
	// person who was named as an owner.
	Unlooked []string

	// Failures are repositories, teams and people that could not be looked at
	// now, in words for the report. They hurt only themselves.
	Failures []string
}

// Of returns what was found for an advisory, which is nothing for one that was
// not asked about.
func (r Result) Of(id string) Resolution {
	if found := r.ByAdvisory[id]; found != nil {
		return *found
	}
	return Resolution{}
}

// Waiting names the repositories and the recipients about which, or to whom,
// nothing can be sent before the next run.
func (r Result) Waiting() []string {
	var list []string
	for _, found := range r.ByAdvisory {
		if found.Waits {
			list = append(list, found.Repository.String())
		}
		for _, p := range found.Parties {
			if p.Waits {
				list = append(list, string(p.Recipient))
			}
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// RefusedOwners names the owners and the repositories that GitHub refuses to show
// to this token, each once.
func (r Result) RefusedOwners() []string {
	var list []string
	for _, found := range r.ByAdvisory {
		list = append(list, found.Refused...)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// A Resolution says who is to be told of one advisory.
type Resolution struct {
	Repository advisory.Repository // its present name, where it was renamed
	Parties    []Party             // each recipient once; empty: nobody but the working group
	Route      Route
	File       string   // path of the file that names them in the repository, or empty
	Nobody     string   // why there are no parties, for people; empty where there are some
	End        End      // the same as a kind, where one is needed
	Outsider   bool     // somebody who is named is shown as no member, and is no owner for that
	Waits      bool     // whom to tell can't be known now: nobody is told before the next run, the working group included
	Unknown    []string // owners that GitHub shows no team for; to a token that sees no secret teams they may be such
	Refused    []string // what GitHub refuses to show to this token, for people; where there are no parties and nobody waits, the search ended for it
	Problems   []string // owners that do not resolve and files that can't be parsed, for people
}

// An End is why the search ended with nobody.
type End int

// The ends that somebody asks about.
const (
	Otherwise    End = iota
	Unmaintained     // a team that nobody stands behind is named
	Fileless         // the repository is archived, moved or can't be read, so its files don't count
)

// A Party is one recipient and how it came to be one.
type Party struct {
	Recipient reminder.Recipient
	Login     string         // of a person, as GitHub spells it
	Account   int64          // GitHub's id of a person, which outlives the login; 0 where it is not known
	Owner     advisory.Owner // the owner that led here, such as group:committers-frontend
	Route     Route

	// Emails are addresses that GitHub knows, the best first: those in a
	// domain that the organization has verified, then the public one. Always
	// empty for a team, and for a user with a contact of their own.
	Emails []string

	// Waits says that GitHub could not be asked now for an address that may be a
	// better one, or for any where every one is needed, so that nothing goes to them
	// before the next run.
	Waits bool

	// Members is how many people a team with a contact of its own has; 0: they
	// could not all be counted.
	Members int
}

// Why says what makes somebody an owner, such as "group:committers-frontend, in
// catalog-info.yaml".
func (p Party) Why() string { return fmt.Sprintf("%s, in %s", p.Owner, p.Route) }

// A Route is where an owner was named.
type Route string

// The routes that are no files, in the order of the search. The files, of which each
// has its own, come after the configuration.
const (
	FromConfig        Route = "configuration"
	FromCollaborators Route = "the advisory's collaborators"
	FromAccount       Route = "the personal account"
)
