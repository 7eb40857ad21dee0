// Package github is a GitHub on loopback that answers as the real one does, as
// far as this program asks it.
//
// A World is plain data. Start serves it; tests change it between or
// during requests, with the world locked.
package github

import (
	"cmp"
	"sync"
	"time"
)

// A World is what the services know. Whoever reads or writes its fields while
// a service runs holds its lock; the methods say where they take it
// themselves.
type World struct {
	mu sync.Mutex

	Organizations []*Organization
	Users         []*User
	Repositories  []*Repository
	Advisories    []*Advisory
	Tokens        map[string]*Token // by the secret itself

	// Events have not happened yet, in the order of their time.
	Events []Event

	Discussions Discussions

	clock    clock
	comments int64 // how many there are, on advisories and issues
}

// Lock takes the world for the caller alone. No request is answered until
// Unlock.
func (w *World) Lock() { w.mu.Lock() }

// Unlock gives the world back.
func (w *World) Unlock() { w.mu.Unlock() }

// An Organization is an account that has members and teams.
type Organization struct {
	Login           string
	Name            string
	Members         []string // logins
	Admins          []string // logins of the members who own the organization
	VerifiedDomains []string
	Teams           []*Team

	// SecurityManagers are slugs of the teams that see and manage every advisory.
	SecurityManagers []string

	// BasePermission is what members may do in every repository: read (also when
	// empty), or none.
	BasePermission string
}

// A Team is a team of an organization.
type Team struct {
	Slug        string
	Name        string // what people call it; may hold dots and spaces
	Description string
	Parent      string // slug, or empty
	Members     []string
}

// A User is a personal account, or that of an app.
type User struct {
	// ID is the account's number, which outlives the login. Where it is 0 there is
	// one that follows from the login: RenameUser keeps it, and two users who bear
	// a login one after the other need one each.
	ID int64

	Login string
	Name  string
	Email string // public, on the profile; empty: none

	// Addresses are those that the user has confirmed, by the login of an
	// organization. GitHub tells those in a domain that the organization has
	// verified, and only while the user is a member.
	Addresses map[string][]string

	Bot bool
}

// A Repository is a repository with its files at HEAD.
type Repository struct {
	Owner       string
	Name        string
	Former      []string // owner/name of before, the oldest first
	Description string
	Visibility  string // public (also when empty), private or internal
	Archived    bool
	Parent      string // owner/name of what it was forked from, or empty
	Empty       bool   // no commit yet
	Created     time.Time

	DefaultBranch string            // main when empty
	Files         map[string]string // by path

	// Rules are the types of the rules that apply to branches, such as
	// pull_request, by the name of the branch. They are told, and not enforced.
	Rules map[string][]string

	// Roles are what people and teams may do here beyond reading: admin,
	// maintain, write, triage, by login or team:SLUG.
	Roles map[string]string

	Issues   []*Issue // in the order of their numbers
	NoIssues bool     // are switched off

	git *objectStore
}

// FullName returns owner/name.
func (r *Repository) FullName() string { return r.Owner + "/" + r.Name }

// Private reports whether the public can't see the repository.
func (r *Repository) Private() bool { return r.visibility() != "public" }

func (r *Repository) visibility() string { return cmp.Or(r.Visibility, "public") }

func (r *Repository) branch() string { return cmp.Or(r.DefaultBranch, "main") }

// An Advisory is a repository security advisory, with all that GitHub's REST
// API tells about one. Empty texts and zero times are null there.
type Advisory struct {
	ID string // GHSA-xxxx-xxxx-xxxx

	// Repository is the owner/name under which the advisory is listed. It may
	// be a former name, for an advisory whose repository has just moved.
	Repository string

	CVE         string
	Summary     string
	Description string
	State       string // draft, triage, published, closed, withdrawn

	Severity string  // critical, high, medium, low, or empty
	Score    float64 // CVSS 3.1; told only with a vector
	Vector   string
	ScoreV4  float64 // CVSS 4.0, likewise
	VectorV4 string

	Created, Updated, Published, Closed, Withdrawn time.Time

	Author    string // login
	Publisher string
	Reported  bool // came as a private vulnerability report

	Vulnerabilities []Vulnerability
	CWEs            []string // such as CWE-79
	Credits         []Credit

	CollaboratingUsers []string // logins
	CollaboratingTeams []string // slugs of teams of the repository's owner
	PrivateFork        string   // owner/name of the temporary private fork

	Comments []*Comment // the oldest first
}

// A Vulnerability is a package that an advisory is about.
type Vulnerability struct {
	Ecosystem string // such as pip or npm
	Package   string
	Affected  string // version range
	Patched   string
	Functions []string
}

// A Credit names somebody who helped with an advisory.
type Credit struct {
	Login string
	Type  string // such as reporter
	State string // accepted, declined, pending
}
