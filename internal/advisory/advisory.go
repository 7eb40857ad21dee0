// Package advisory holds the domain's own words: a repository security
// advisory, its severity, and the owners of the repository it is about. It
// uses the standard library only, and knows of no service.
package advisory

import (
	"regexp"
	"strings"
	"time"
)

// State is where a repository security advisory stands in its life on GitHub.
type State string

// Draft is the state of the advisories that maintainers are reminded of, and Triage
// that of private reports that nobody has accepted or closed. GitHub's REST API
// names three others: published, closed and withdrawn.
const (
	Draft  State = "draft"
	Triage State = "triage"
)

// An Advisory is a repository security advisory as GitHub told it at one run.
// Everything but the id is read afresh at every run, since the maintainers
// have the final say on it.
type Advisory struct {
	ID         string // GHSA-xxxx-xxxx-xxxx, in the form of CanonicalID
	Repository Repository
	URL        string // the page for people
	Summary    string // the title; secret unless privacy.show-summary is set
	State      State

	Severity Severity
	Score    float64 // CVSS base score; 0 where none was given

	Created time.Time
	Updated time.Time

	Comments int  // in the discussion, as far as they are not confidential
	Counted  bool // GitHub says how many there are

	// Reported says that the advisory came from a private vulnerability
	// report, whose author is not a maintainer by that alone.
	Reported bool
	Author   string   // login
	Credits  []string // logins of those who are credited with anything but the fix or its coordination

	CollaboratingUsers []string // logins, bots left out
	CollaboratingTeams []Owner  // teams of the repository's organization

	// Collaborated says that GitHub has said who collaborates, and Accounts are
	// the ids of those people, by their logins.
	Collaborated bool
	Accounts     map[string]int64

	PrivateFork string // address of the temporary private fork, or empty
	Patched     string // the first fixed version, or empty
}

// A Comment is one in the discussion of an advisory.
type Comment struct {
	ID               int64
	Author           Account // zero where GitHub does not say who it is: nobody, who has no rights
	Body             string
	Created, Updated time.Time
}

// An Account is a person or an app on GitHub. The id outlives the login.
type Account struct {
	ID    int64
	Login string
}

// IsPerson reports whether an account is one that somebody can have rights by.
func (a Account) IsPerson() bool { return a.Login != "" && !IsBot(a.Login) }

// A Repository names a repository on GitHub.
type Repository struct {
	Owner string
	Name  string
}

// String returns the repository as owner/name.
func (r Repository) String() string { return r.Owner + "/" + r.Name }

// Key returns owner/name in lower case: GitHub compares names without regard
// to case.
func (r Repository) Key() string { return strings.ToLower(r.String()) }

// ParseRepository reads owner/name and reports whether s has that form.
func ParseRepository(s string) (Repository, bool) {
	owner, name, ok := strings.Cut(s, "/")
	if !ok || !validName(owner) || !validName(name) {
		return Repository{}, false
	}
	return Repository{Owner: owner, Name: name}, true
}

// nameForm is that of the names of owners and repositories.
var nameForm = regexp.MustCompile(`^[A-Za-z0-9._-]{1,100}$`)

func validName(s string) bool { return nameForm.MatchString(s) && s != "." && s != ".." }

var idForm = regexp.MustCompile(`^[Gg][Hh][Ss][Aa](-[A-Za-z0-9]{4}){3}$`)

// CanonicalID returns a GHSA id in the case that GitHub writes it in
// (GHSA-xxxx-xxxx-xxxx, the tail in lower case) and reports whether s is one.
func CanonicalID(s string) (string, bool) {
	if !idForm.MatchString(s) {
		return "", false
	}
	return "GHSA" + strings.ToLower(s[len("GHSA"):]), true
}

// A Sighting is where a draft was seen last.
type Sighting struct {
	ID         string
	Repository string // owner/name
	Scope      string // the list that it was in: org:LOGIN or repo:OWNER/NAME in lower case
}
