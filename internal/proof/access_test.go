package proof

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/openedx/advisory-reminders/internal/sandbox"
)

// accessLine is the configuration's.
func (s setting) accessLine() string {
	if s.access {
		return "access: owners\n"
	}
	return ""
}

// grant lets the owners of every second repository write there, and opens every
// second draft of these to others.
func (m *sim) grant() {
	if !m.access {
		return
	}
	org := m.world.Organizations[0]
	org.Teams = append(org.Teams, &sandbox.Team{Slug: "guests", Name: "Guests", Members: []string{"boss"}})
	for i, a := range m.world.Advisories {
		if i%2 == 0 && strings.Contains(a.Repository, "owned") {
			a.CollaboratingUsers, a.CollaboratingTeams = []string{"boss"}, []string{"guests"}
		}
	}
	for i, r := range m.world.Repositories {
		_, owner, _ := strings.Cut(r.Files["catalog-info.yaml"], "owner: ")
		owner = strings.TrimSpace(owner)
		login, person := strings.CutPrefix(owner, "user:")
		switch {
		case owner == "" || i%2 == 0:
		case person:
			r.Roles = map[string]string{login: "write"}
		default:
			r.Roles = map[string]string{"team:crew": "write"}
		}
	}
}

// collaborators returns who collaborates on a draft: logins, and team:SLUG.
func collaborators(w *sandbox.World, id string) (list []string) {
	w.Lock()
	defer w.Unlock()
	if a := w.Advisory(id); a != nil {
		list = slices.Clone(a.CollaboratingUsers)
		for _, slug := range a.CollaboratingTeams {
			list = append(list, "team:"+slug)
		}
	}
	return list
}

// judgeAccess holds a change of who collaborates on a draft to the rule: nobody is
// removed, who is added may write to the repository, and the report of a day before
// has said so.
func (m *sim) judgeAccess(r *run, id string, before []string) {
	after := collaborators(m.world, id)
	m.world.Lock()
	repository := m.world.Repository(m.world.Advisory(id).Repository)
	m.world.Unlock()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.opened++
	wrong := func(format string, args ...any) {
		m.wrong = append(m.wrong, fmt.Sprintf("%s: %s: ", r.name, id)+fmt.Sprintf(format, args...))
	}
	for _, who := range before {
		if !slices.Contains(after, who) {
			wrong("%s was removed", who)
		}
	}
	for _, who := range after {
		if !slices.Contains(before, who) && repository.Roles[who] == "" {
			wrong("%s may not write there, and was added", who)
		}
	}
	if slices.ContainsFunc(m.runs, func(o *run) bool { return o.ahead != 0 }) {
		return // whose day it was nobody knows
	}
	day := func(r *run) string { return r.at.In(m.zone).Format("2006-01-02") }
	if !slices.ContainsFunc(m.history, func(e event) bool { return slices.Contains(e.will, id) && day(e.run) < day(r) }) {
		wrong("opened, and no report of an earlier day has said so")
	}
}

// accessForm are the parts of a report about access, and willForm the one that
// announces it.
var (
	accessForm = regexp.MustCompile(`"\*(Will be given access|Given access|Not added again)\.\*(\\.|[^"\\])*"`)
	willForm   = regexp.MustCompile(`"\*Will be given access\.\*(\\.|[^"\\])*"`)
)

// will returns the advisories of which a report says that they will be opened.
func will(blocks string) []string { return ids(strings.Join(willForm.FindAllString(blocks, -1), "")) }
