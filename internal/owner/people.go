package owner

import (
	"strings"

	"github.com/openedx/advisory-reminders/internal/advisory"
)

// A userKey names a user, and whose member they may be, in lower case.
type userKey struct{ org, login string }

// newUserKey returns the key of a user or bare owner in a repository of org.
func newUserKey(login, org string) userKey {
	return userKey{strings.ToLower(org), strings.ToLower(login)}
}

// An account is a user.
type account struct {
	Login      string
	DatabaseID int64 // outlives the login; 0 where GitHub does not tell it
}

// A person is what GitHub says of a user who is named somewhere.
type person struct {
	answer
	account
	member bool // of the organization that was asked about
}

// accountKind asks for a user, and memberKind whether an organization has them as
// a member, too.
var (
	accountKind = kind{field: `user(login: $login#) {login databaseId}`}
	memberKind  = kind{field: `user(login: $login#) {login databaseId organization(login: $org#) {login}}`}
)

// A userAnswer is the answer to either.
type userAnswer struct {
	account
	Organization struct{ Login string }
}

// askUser asks for a user, and whether they are a member of org, which may be
// empty.
func (q *Inquiry) askUser(login, org string) {
	key := newUserKey(login, org)
	if _, ok := q.known.users[key]; ok {
		return
	}
	if !nameable(advisory.Owner{Kind: advisory.User, Name: login}) {
		q.known.users[key] = person{answer: answer{status: missing}}
		return
	}
	q.known.users[key] = person{}
	k, variables := memberKind, map[string]string{"login": key.login, "org": key.org}
	if org == "" {
		k = accountKind
		delete(variables, "org")
	}
	var v userAnswer
	x := newQuestion(k, &v, variables)
	q.add(&q.users, x, func() { q.known.users[key] = newPerson(x.answer, v, org) })
}

func newPerson(a answer, v userAnswer, org string) person {
	switch {
	case a.status != found:
		return person{answer: a}
	case v.Login == "":
		return person{answer: answer{why: "GitHub's answer names no user"}}
	}
	return person{answer: a, account: v.account, member: org != "" && strings.EqualFold(v.Organization.Login, org)}
}

// accounts returns what is known of logins that were asked for with an organization,
// by login in lower case; see Result.
func (k known) accounts(logins []string, org string) (ids map[string]int64, outsiders map[string]bool) {
	if len(logins) == 0 {
		return nil, nil
	}
	ids, outsiders = make(map[string]int64, len(logins)), make(map[string]bool)
	for _, login := range logins {
		key := newUserKey(login, org)
		p := k.users[key]
		if p.status == missing || p.status == found && p.DatabaseID != 0 {
			ids[key.login] = p.DatabaseID
		}
		if org != "" && (p.status == missing || p.status == found && !p.member) {
			outsiders[key.login] = true
		}
	}
	return ids, outsiders
}
