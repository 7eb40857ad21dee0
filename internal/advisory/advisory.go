// Package advisory holds the domain's own words: a repository security
// advisory, its severity, and the owners of the repository it is about. It
// uses the standard library only, and knows of no service.
package advisory

import (
	"strings"
	"time"
)

// State is where a repository security advisory stands in its life on GitHub.
type State string

// The states of a repository security advisory, as GitHub's REST API names
// them.
const (
	Draft     State = "draft"
	Triage    State = "triage"
	Published State = "published"
	Closed    State = "closed"
	Withdrawn State = "withdrawn"
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
	CVE        string // empty where none was assigned

	Severity Severity
	Score    float64 // CVSS base score; 0 where none was given
	Vector   string  // CVSS vector; empty where none was given

	Created time.Time
	Updated time.Time

	Comments int  // in the discussion, as far as they are not confidential
	Counted  bool // GitHub says how many there are

	// Reported says that the advisory came from a private vulnerability
	// report, whose author is not a maintainer by that alone.
	Reported bool
	Author   string   // login
	Credits  []string // logins

	CollaboratingUsers []string // logins, bots left out
	CollaboratingTeams []Owner  // teams of the repository's organization

	PrivateFork string // address of the temporary private fork, or empty
	Packages    []Package
}

// A Package is something that an advisory says is affected.
type Package struct {
	Ecosystem string // such as pip or npm
	Name      string
	Affected  string // version range
	Patched   string // the first fixed version, or empty
}

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

func validName(s string) bool {
	if s == "" || s == "." || s == ".." || len(s) > 100 {
		return false
	}
	for _, r := range s {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
		case r == '-', r == '_', r == '.':
		default:
			return false
		}
	}
	return true
}

// CanonicalID returns a GHSA id in the case that GitHub writes it in
// (GHSA-xxxx-xxxx-xxxx, the tail in lower case) and reports whether s is one.
func CanonicalID(s string) (string, bool) {
	const length = len("GHSA-xxxx-xxxx-xxxx")
	if len(s) != length || !strings.EqualFold(s[:5], "GHSA-") {
		return "", false
	}
	tail := s[5:]
	for i, c := range tail {
		switch {
		case i == 4 || i == 9:
			if c != '-' {
				return "", false
			}
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
		default:
			return "", false
		}
	}
	return "GHSA-" + strings.ToLower(tail), true
}

// A Sighting is where a draft was seen last.
type Sighting struct {
	ID         string
	Repository string // owner/name
	Scope      string // the list that it was in: org:LOGIN or repo:OWNER/NAME in lower case
}
