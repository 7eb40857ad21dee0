package advisory

import (
	"regexp"
	"strings"
)

// OwnerKind tells a user from a team.
type OwnerKind int

// The kinds of owners. A Bare owner was written without a kind: it is a team
// or, where there is no such team, a user.
const (
	Bare OwnerKind = iota
	User
	Team
)

// An Owner is a GitHub user or team that is said to maintain a repository. It
// is a name only: whether it resolves to anybody is for GitHub to say.
type Owner struct {
	Kind OwnerKind
	Org  string // organization of a team; empty: the one of the repository
	Name string // login, or the team's slug or display name
}

// String returns the owner as the configuration and catalog-info.yaml write
// it: user:LOGIN, group:TEAM, group:ORG/TEAM, or the bare name.
func (o Owner) String() string {
	name := o.Name
	if o.Org != "" {
		name = o.Org + "/" + o.Name
	}
	switch o.Kind {
	case User:
		return "user:" + name
	case Team:
		return "group:" + name
	}
	return name
}

// ParseOwner reads user:LOGIN, group:TEAM, group:ORG/TEAM or team:TEAM, as the
// configuration file has them, and reports whether s is of that form. The kind
// is read in any case.
func ParseOwner(s string) (Owner, bool) {
	kind, name, ok := strings.Cut(strings.TrimSpace(s), ":")
	if !ok {
		return Owner{}, false
	}
	name = strings.TrimPrefix(strings.TrimSpace(name), "@")
	switch strings.ToLower(kind) {
	case "user":
		if !validName(name) {
			return Owner{}, false
		}
		return Owner{Kind: User, Name: name}, true
	case "group", "team":
		org, team, ok := strings.Cut(name, "/")
		if !ok {
			org, team = "", name
		} else if !validName(org) {
			return Owner{}, false
		}
		if Slug(team) == "" || strings.ContainsAny(team, "/:") {
			return Owner{}, false
		}
		return Owner{Kind: Team, Org: org, Name: team}, true
	}
	return Owner{}, false
}

// Slug returns the slug that GitHub gives to a team of that display name:
// lower case, and a dash for every run of characters that a slug can't hold.
func Slug(name string) string {
	return strings.Trim(notInSlug.ReplaceAllString(strings.ToLower(strings.TrimSpace(name)), "-"), "-")
}

var notInSlug = regexp.MustCompile(`[^a-z0-9_]+`)

// IsBot reports whether a login is that of a GitHub App.
func IsBot(login string) bool { return strings.HasSuffix(strings.ToLower(login), "[bot]") }
