package load

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/sandbox/github"
)

// names are the teams and users that the files of a catalog name.
type names struct {
	teams []*github.Team
	users []string
	bare  []string // either, until settle
}

// catalog notes the owners of a catalog-info.yaml. A file that can't be parsed
// names nobody: the program is to find that out by itself.
func (n *names) catalog(text, org string) {
	decoder := yaml.NewDecoder(strings.NewReader(text))
	for {
		var document struct {
			Spec struct {
				Owner any `yaml:"owner"`
			} `yaml:"spec"`
		}
		if decoder.Decode(&document) != nil {
			return // the end, or no YAML
		}
		owners, ok := document.Spec.Owner.([]any)
		if !ok {
			owners = []any{document.Spec.Owner}
		}
		for _, o := range owners {
			if s, ok := o.(string); ok {
				n.owner(s, org)
			}
		}
	}
}

func (n *names) owner(s, org string) {
	kind, name, ok := strings.Cut(strings.TrimSpace(s), ":")
	if !ok {
		n.bare = include(n.bare, strings.TrimSpace(s))
		return
	}
	if namespace, rest, ok := strings.Cut(name, "/"); ok {
		if !strings.EqualFold(namespace, org) && !strings.EqualFold(namespace, "default") {
			return
		}
		name = rest
	}
	switch strings.ToLower(kind) {
	case "user":
		n.users = include(n.users, name)
	case "group":
		n.team(name)
	}
}

// codeowners notes whom a CODEOWNERS file names, on whatever path.
func (n *names) codeowners(text, org string) {
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		for i, field := range strings.Fields(line) {
			name, ok := strings.CutPrefix(field, "@")
			if i == 0 || !ok {
				continue
			}
			owner, team, ok := strings.Cut(name, "/")
			switch {
			case !ok:
				n.users = include(n.users, name)
			case strings.EqualFold(owner, org):
				n.team(team)
			}
		}
	}
}

func (n *names) team(name string) {
	slug := advisory.Slug(name)
	for _, t := range n.teams {
		if t.Slug == slug {
			return
		}
	}
	n.teams = append(n.teams, &github.Team{Slug: slug, Name: name})
}

// settle decides what the bare names are, once all files have been read.
func (n *names) settle() {
	for _, name := range n.bare {
		isTeam := false
		for _, t := range n.teams {
			isTeam = isTeam || t.Slug == advisory.Slug(name)
		}
		for _, end := range []string{"-engineering", "-team", "-maintainers"} {
			isTeam = isTeam || strings.HasSuffix(strings.ToLower(name), end)
		}
		if isTeam {
			n.team(name)
		} else {
			n.users = include(n.users, name)
		}
	}
	n.bare = nil
}

// include adds a name to a list that doesn't hold it yet, in any case.
func include(list []string, name string) []string {
	if slices.ContainsFunc(list, func(have string) bool { return strings.EqualFold(have, name) }) {
		return list
	}
	return append(list, name)
}
