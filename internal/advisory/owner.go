package advisory

import (
	"strings"
	"unicode"
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
// lower case, Latin letters without their marks, and a dash for every run of
// characters that a slug can't hold. "My TEam Näme" becomes my-team-name.
//
// Source: https://docs.github.com/en/rest/teams/teams#get-a-team-by-name
func Slug(name string) string {
	var b strings.Builder
	dash := false
	for _, r := range strings.ToLower(name) {
		plain := plainLetters(r)
		switch {
		case plain != "":
			if dash && b.Len() > 0 {
				b.WriteByte('-')
			}
			dash = false
			b.WriteString(plain)
		case !unicode.Is(unicode.Mn, r): // a mark belongs to the letter before it
			dash = true
		}
	}
	return b.String()
}

// latin are the lower-case letters beyond ASCII that have plain ones in their
// place: those of Latin-1 and of the block after it.
var latin = [...]struct{ letters, plain string }{
	{"àáâãäåāăą", "a"}, {"çćĉċč", "c"}, {"ðďđ", "d"}, {"èéêëēĕėęě", "e"}, {"ĝğġģ", "g"}, {"ĥħ", "h"},
	{"ìíîïĩīĭįı", "i"}, {"ĵ", "j"}, {"ķĸ", "k"}, {"ĺļľŀł", "l"}, {"ñńņňŉ", "n"}, {"òóôõöøōŏő", "o"},
	{"ŕŗř", "r"}, {"śŝşš", "s"}, {"ţťŧ", "t"}, {"ùúûüũūŭůűų", "u"}, {"ŵ", "w"}, {"×", "x"}, {"ýÿŷ", "y"}, {"źżž", "z"},
	{"æ", "ae"}, {"ĳ", "ij"}, {"ŋ", "ng"}, {"œ", "oe"}, {"ß", "ss"}, {"þ", "th"},
}

// plainLetters returns what stands for a lower-case character in a slug, or
// nothing where it can't be in one.
func plainLetters(r rune) string {
	if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '_' {
		return string(r)
	}
	for _, l := range latin {
		if strings.ContainsRune(l.letters, r) {
			return l.plain
		}
	}
	return ""
}

// IsBot reports whether a login is that of a GitHub App.
func IsBot(login string) bool { return strings.HasSuffix(strings.ToLower(login), "[bot]") }
