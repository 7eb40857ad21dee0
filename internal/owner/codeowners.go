package owner

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/openedx/advisory-reminders/internal/advisory"
)

// maxCodeowners is the size from which GitHub ignores the file.
const maxCodeowners = 3 << 20

// ParseCodeowners returns the owners of the last rule of a CODEOWNERS file
// whose pattern is a bare *, in a repository of org. A last rule without
// owners says that there are none. As on GitHub, a line that is not valid is
// skipped whole; addresses count for nothing here, since they name no account.
//
// Only the bare * says "whoever owns everything else". Other patterns that
// match a lot (**, /*, /**, *.*) are taken for what they are: patterns of
// files.
//
// Source: https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners
func ParseCodeowners(text []byte, org string) (Named, error) {
	if len(text) > maxCodeowners {
		return Named{}, errors.New("larger than 3 MB, so GitHub ignores it")
	}
	var last, skipped Named
	number := 0
	for line := range bytes.Lines(bytes.TrimPrefix(text, []byte("\ufeff"))) {
		number++
		words := strings.Fields(string(line))
		if len(words) == 0 || words[0] != "*" {
			continue
		}
		at := fmt.Sprintf("line %d: ", number)
		if rule, problem := parseRule(words[1:], org, at); problem == "" {
			last = rule
		} else {
			skipped.complain(at + problem + ", so GitHub skips the line")
		}
	}
	for _, p := range skipped.Problems {
		last.complain(p)
	}
	return last, nil
}

// How a rule writes a user, a team by its slug, and an address. Whatever else is
// in a word, such as a comma behind it, is a mistake.
var (
	ownerWord   = regexp.MustCompile(`^@([A-Za-z0-9][\w-]*)(?:/(\w[\w-]*))?$`)
	addressWord = regexp.MustCompile(`^[^@\s"<>(),:;]+@[A-Za-z0-9][A-Za-z0-9.-]*$`)
)

// parseRule reads the owners of one rule. A problem makes the rule invalid.
func parseRule(words []string, org, at string) (rule Named, problem string) {
	for _, w := range words {
		if strings.HasPrefix(w, "#") {
			break
		}
		if addressWord.MatchString(w) || strings.HasPrefix(w, "@") && advisory.IsBot(w) {
			continue
		}
		m := ownerWord.FindStringSubmatch(w)
		o := advisory.Owner{Kind: advisory.User}
		if m != nil {
			o.Name = m[1]
			if m[2] != "" {
				o = advisory.Owner{Kind: advisory.Team, Name: m[2]}
			}
		}
		switch {
		case !nameable(o):
			return Named{}, quote(w) + " is not an owner"
		case o.Kind == advisory.Team && !strings.EqualFold(m[1], org):
			rule.complain(at + quote(w) + " is not of " + org)
		default:
			rule.add(o)
		}
	}
	return rule, ""
}
