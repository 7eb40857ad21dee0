package owner

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/openedx/advisory-reminders/internal/advisory"
)

// Named is what one file says about owners.
type Named struct {
	Owners   []advisory.Owner // each once, in the order of the file
	Problems []string         // what it names and cannot be an owner, for people
}

// maxNamed is how many owners one file may name. Each costs a part of a call,
// and whoever may write to a repository writes the file.
const maxNamed = 100

func (n *Named) add(o advisory.Owner) {
	all := addOnce(n.Owners, o)
	if len(all) > maxNamed {
		n.complain(fmt.Sprintf("more than %d owners: the rest is left out", maxNamed))
		return
	}
	n.Owners = all
}

// addOnce adds an owner to a list that does not have it yet.
func addOnce(list []advisory.Owner, o advisory.Owner) []advisory.Owner {
	if slices.ContainsFunc(list, func(have advisory.Owner) bool { return strings.EqualFold(have.String(), o.String()) }) {
		return list
	}
	return append(list, o)
}

func (n *Named) complain(problem string) {
	if len(n.Problems) < maxNamed && !slices.Contains(n.Problems, problem) {
		n.Problems = append(n.Problems, problem)
	}
}

// reference reads an entity reference of Backstage, [KIND:][NAMESPACE/]NAME,
// where the namespace is the organization's or Backstage's default. A leading @
// is tolerated. What it returns instead of an owner is the problem.
//
// Source: https://backstage.io/docs/features/software-catalog/references
func reference(s, org string) (advisory.Owner, string) {
	s = strings.TrimSpace(s)
	if s == "" {
		return advisory.Owner{}, "an owner is empty"
	}
	kind, name, ok := strings.Cut(s, ":")
	if !ok {
		kind, name = "", s
	}
	o := advisory.Owner{}
	switch strings.ToLower(strings.TrimSpace(kind)) {
	case "user":
		o.Kind = advisory.User
	case "group", "team":
		o.Kind = advisory.Team
	case "":
		if ok {
			return o, quote(s) + " names no owner"
		}
	default:
		return o, quote(s) + " is neither a group nor a user"
	}
	name = strings.TrimPrefix(strings.TrimSpace(name), "@")
	if namespace, rest, ok := strings.Cut(name, "/"); ok {
		if !strings.EqualFold(namespace, org) && !strings.EqualFold(namespace, "default") {
			return o, quote(s) + " is not of " + org
		}
		name = rest
	}
	o.Name = name
	if !nameable(o) {
		return o, quote(s) + " names no owner"
	}
	return o, ""
}

// nameable reports whether there can be an owner of that name. A bare name with
// an @ in it is an address, and nobody's slug.
func nameable(o advisory.Owner) bool {
	if advisory.Slug(o.Name) == "" || len(o.Name) > 100 || strings.ContainsFunc(o.Name, unicode.IsControl) {
		return false
	}
	if o.Kind == advisory.Bare && strings.Contains(o.Name, "@") {
		return false
	}
	kind := "group:"
	if o.Kind == advisory.User {
		if strings.Contains(o.Name, ".") {
			return false // no login has a dot
		}
		kind = "user:"
	}
	parsed, ok := advisory.ParseOwner(kind + o.Name)
	return ok && parsed.Org == "" && parsed.Name == o.Name
}

// quote shows what a file says, in one short line.
func quote(s string) string {
	const most = 80
	if r := []rune(s); len(r) > most {
		s = string(r[:most]) + "..."
	}
	return fmt.Sprintf("%q", s)
}
