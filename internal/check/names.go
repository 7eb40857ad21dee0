package check

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/config"
	"github.com/openedx/advisory-reminders/internal/ghsa"
	"github.com/openedx/advisory-reminders/internal/owner"
	"github.com/openedx/advisory-reminders/internal/spelling"
	"github.com/openedx/advisory-reminders/internal/transport"
)

// A mention is a place in the configuration that names somebody or something.
type mention struct {
	key     string // of the configuration, such as contacts
	wrong   finding
	so      string // what follows where there is nothing of that name
	users   []string
	teams   []advisory.Owner // each with its organization
	repos   []advisory.Repository
	members bool // the users should be members of the organization
}

// mentions are the places that name accounts, teams and repositories. A team
// without an organization is of the one whose drafts are looked at, or of the owner
// of each repository.
func (c *checkup) mentions() []mention {
	var list []mention
	add := func(m mention, owners []advisory.Owner, orgs []string) {
		for _, o := range owners {
			switch {
			case o.Kind == advisory.User:
				m.users = append(m.users, o.Name)
			case o.Org != "":
				m.teams = append(m.teams, o)
			default:
				for _, org := range orgs {
					o.Org = org
					m.teams = append(m.teams, o)
				}
			}
		}
		list = append(list, m)
	}
	var contacts []advisory.Owner
	for _, key := range slices.Sorted(maps.Keys(c.Config.Contacts)) {
		if o, ok := advisory.ParseOwner(key); ok {
			contacts = append(contacts, o)
		}
	}
	add(mention{key: "contacts", wrong: fail, so: "so nobody is reached by that contact"}, contacts, c.organizations())
	for _, key := range slices.Sorted(maps.Keys(c.Config.Owners)) {
		r, ok := advisory.ParseRepository(key)
		if !ok {
			continue
		}
		m := mention{key: "owners of " + key, wrong: fail, so: "so it is no owner of that repository"}
		add(m, c.Config.Owners[key], []string{cmp.Or(c.Organization, r.Owner)})
		list = append(list, mention{key: "owners", wrong: fail, so: "so these owners count nowhere", repos: []advisory.Repository{r}})
	}
	if !slices.Equal(c.Config.Unmaintained, config.Default().Unmaintained) {
		add(mention{key: "unmaintained", wrong: warn, so: "so no repository counts as unmaintained by it"}, c.Config.Unmaintained, c.organizations())
	}
	if w := c.Config.WorkingGroup; w.Name != "" {
		add(mention{key: "working-group", wrong: warn, so: "so nobody can give commands as a member of it"}, []advisory.Owner{w}, c.organizations())
	}
	if d := c.Config.OnDuty; d != nil {
		add(mention{key: "on-duty", wrong: warn, so: "so nobody is on duty in that turn", members: true}, d.Rotation, nil)
	}
	return list
}

// organizations are those whose teams are meant where none is named.
func (c *checkup) organizations() []string {
	if c.Organization != "" {
		return []string{c.Organization}
	}
	var list []string
	for _, r := range c.Repositories {
		list = union(list, []string{r.Owner}, strings.ToLower)
	}
	return list
}

// asked are the names to look up.
func (c *checkup) asked(places []mention) owner.Names {
	n := owner.Names{Organization: c.Organization}
	for _, m := range places {
		n.Users = union(n.Users, m.users, strings.ToLower)
		n.Teams = union(n.Teams, m.teams, owner.TeamKey)
		n.Repositories = union(n.Repositories, m.repos, advisory.Repository.Key)
		if m.members && c.Organization != "" {
			n.Members = union(n.Members, m.users, strings.ToLower)
		}
	}
	return n
}

// names are the lines about what the configuration names and there is not.
func (c *checkup) names(ctx context.Context) group {
	if c.broken {
		return group{{finding: unknown, what: "names", detail: "known once the configuration is right"}}
	}
	places := c.mentions()
	n := c.asked(places)
	count := len(n.Users) + len(n.Teams) + len(n.Repositories) + len(c.Config.Snooze) + len(c.Config.Forget)
	switch {
	case count == 0:
		return nil
	case c.Advisories == nil:
		return notAsked("names")
	}
	if _, none := errors.AsType[*ghsa.NoSuch](c.see().err); none && c.Organization != "" {
		return group{{finding: unknown, what: "names", detail: "known once the organization is right"}}
	}
	v := verdicts{checkup: c, found: c.Owners.LookUp(ctx, n)}
	if l := c.load(); l.err == nil {
		v.first = l.Accounts
	}
	v.renamed = c.renamed(ctx, v)
	if v.lacks(n) {
		for _, org := range c.organizations() {
			r := c.Owners.Roster(ctx, org)
			v.roster.Users = append(v.roster.Users, r.Users...)
			v.roster.Teams = append(v.roster.Teams, r.Teams...)
			v.roster.Repositories = append(v.roster.Repositories, r.Repositories...)
		}
	}
	var g group
	for _, m := range places {
		g = append(g, v.lines(m)...)
	}
	if len(v.unlooked) > 0 {
		g = append(g, line{finding: unknown, what: "names", detail: "whether these exist can't be known with this token: " + strings.Join(v.unlooked, ", "),
			do: "see for yourself whether they are spelled right"})
	}
	if g = append(g, c.advisoryNames()...); len(g) == 0 {
		return group{{what: "names", detail: "everything that the configuration names exists"}}
	}
	return g
}

// renamed returns the present logins of accounts that the configuration names by
// former ones, which nobody bears now. A run follows them as well.
func (c *checkup) renamed(ctx context.Context, v verdicts) map[string]string {
	var gone []string
	for _, login := range slices.Sorted(maps.Keys(v.found.Users)) {
		if v.found.Users[login] == owner.Absent && v.first[login] != 0 {
			gone = append(gone, login)
		}
	}
	now := make([]string, len(gone))
	errs := transport.Each(len(gone), transport.AtOnce, func(i int) (err error) {
		now[i], err = c.Advisories.Login(ctx, v.first[gone[i]])
		return err
	})
	logins := make(map[string]string)
	for i, login := range gone {
		logins[login] = now[i]
		if errs[i] != nil {
			v.found.Users[login] = owner.Unlooked
		}
	}
	return logins
}

// union adds what is not in a list yet, by its key.
func union[T any](list, more []T, key func(T) string) []T {
	for _, x := range more {
		if !slices.ContainsFunc(list, func(y T) bool { return key(x) == key(y) }) {
			list = append(list, x)
		}
	}
	return list
}

// verdicts are what is known of the names, and what to say of them.
type verdicts struct {
	*checkup
	found    owner.Lookup
	first    map[string]int64  // the accounts that the logins meant when the ledger saw them first
	renamed  map[string]string // their present logins, by those that nobody bears now
	roster   owner.Roster
	unlooked []string // names of which nothing can be known
}

// lacks reports whether there is nothing of some name.
func (v *verdicts) lacks(n owner.Names) bool {
	absent := func(of map[string]owner.Presence) bool {
		return slices.Contains(slices.Collect(maps.Values(of)), owner.Absent)
	}
	return absent(v.found.Users) || absent(v.found.Teams) || absent(v.found.Repositories)
}

// seesTeams reports whether no team is hidden from the token: a secret one is shown
// to its members, the organization's owners, and apps that may read members.
func (v *verdicts) seesTeams() bool {
	return v.bearer().access.Bearer == ghsa.Installation || v.bearer().access.Standing == ghsa.OwnerOf
}

// seesRepositories reports whether no repository of the organization is hidden from
// the token.
func (v *verdicts) seesRepositories() bool {
	a := v.bearer().access
	return a.Bearer == ghsa.Installation && a.All ||
		a.Bearer == ghsa.Classic && a.Standing == ghsa.OwnerOf && slices.Contains(a.Scopes, "repo")
}

// lines are the lines about one place in the configuration.
func (v *verdicts) lines(m mention) group {
	return slices.Concat(v.people(m), v.teams(m), v.repositories(m))
}

// none is the line about a name that there is not.
func (m mention) none(what, name string, known []string) line {
	return line{finding: m.wrong, what: "names", detail: fmt.Sprintf("%s: %s, %s", m.key, what, m.so), do: meant(name, known, m.key)}
}

// people are the lines about logins.
func (v *verdicts) people(m mention) (g group) {
	for _, login := range m.users {
		key := strings.ToLower(login)
		was, is := v.first[key], v.found.Accounts[key]
		switch p := v.found.Users[key]; {
		case v.renamed[key] != "":
			g = append(g, line{finding: warn, what: "names", detail: fmt.Sprintf("%s: %s is called %s now, and still counts", m.key, login, v.renamed[key]), do: "write the present login"})
		case p == owner.Present && was != 0 && is != 0 && was != is:
			g = append(g, line{finding: m.wrong, what: "names", detail: fmt.Sprintf("%s: another account bears the login %s now than when the configuration was first read, %s", m.key, login, m.so),
				do: "correct the login, or take it out for one run if the new account is meant"})
		case p == owner.Absent:
			g = append(g, m.none("GitHub has no user "+login, login, v.roster.Users))
		case p == owner.Unlooked:
			v.unlooked = with(v.unlooked, "user:"+login)
		case m.members && v.found.Members[key] == owner.Absent:
			g = append(g, line{finding: warn, what: "names", detail: fmt.Sprintf("%s: %s is not a member of %s", m.key, login, v.Organization), do: "take them out of the rotation, or invite them"})
		}
	}
	return g
}

// teams are the lines about teams. One without an organization may be that of any.
func (v *verdicts) teams(m mention) (g group) {
	byName := make(map[string][]owner.Presence)
	for _, t := range m.teams {
		slug := advisory.Slug(t.Name)
		byName[slug] = append(byName[slug], v.found.Teams[owner.TeamKey(t)])
	}
	for _, slug := range slices.Sorted(maps.Keys(byName)) {
		switch seen := byName[slug]; {
		case slices.Contains(seen, owner.Present):
		case slices.Contains(seen, owner.Unlooked) || !v.seesTeams():
			v.unlooked = with(v.unlooked, "group:"+slug)
		default:
			g = append(g, m.none("there is no team "+slug, slug, v.roster.Teams))
		}
	}
	return g
}

// repositories are the lines about repositories.
func (v *verdicts) repositories(m mention) (g group) {
	for _, r := range m.repos {
		foreign := v.Organization != "" && !strings.EqualFold(r.Owner, v.Organization)
		switch p := v.found.Repositories[r.Key()]; {
		case v.found.Moved[r.Key()] != advisory.Repository{}:
			now := v.found.Moved[r.Key()]
			g = append(g, line{finding: warn, what: "names", detail: fmt.Sprintf("%s: %s is %s now", m.key, r, now), do: "write its present name"})
		case foreign:
			g = append(g, line{finding: warn, what: "names", detail: fmt.Sprintf("%s: %s is not of %s, %s", m.key, r, v.Organization, m.so),
				do: meant(r.String(), append(v.roster.Repositories, v.Organization+"/"+r.Name), m.key)})
		case p == owner.Absent && v.seesRepositories():
			g = append(g, m.none("there is no repository "+r.String(), r.String(), v.roster.Repositories))
		case p != owner.Present:
			v.unlooked = with(v.unlooked, r.String())
		}
	}
	return g
}

// meant says what to do about a name that is none.
func meant(name string, known []string, key string) string {
	place, _, _ := strings.Cut(key, " ")
	return suggest(name, known, "correct it under "+place+" in the configuration, or take it out")
}

// advisoryNames are the lines about snoozes and what is to be forgotten, held
// against the drafts and what the ledger knows.
func (c *checkup) advisoryNames() group {
	if len(c.Config.Snooze)+len(c.Config.Forget) == 0 {
		return nil
	}
	s := c.see()
	if s.err != nil {
		return group{{finding: unknown, what: "names", detail: "snooze, forget: not looked up, since the drafts could not be listed"}}
	}
	known := make(map[string]advisory.State)
	if l := c.load(); l.err == nil {
		for id, a := range l.Advisories {
			known[id] = cmp.Or(a.State, advisory.Draft)
		}
	}
	for _, d := range s.All {
		known[d.ID] = advisory.Draft
	}
	ids := slices.Sorted(maps.Keys(known))
	var g group
	say := func(key, id string) {
		g = append(g, line{finding: warn, what: "names", detail: fmt.Sprintf("%s: %s is neither a draft that the token sees nor an advisory that the ledger knows", key, id), do: meant(id, ids, key)})
	}
	for _, z := range c.Config.Snooze {
		switch state, ok := known[z.Advisory]; {
		case !c.Now.Before(z.Until): // it has a line of its own
		case !ok:
			say("snooze", z.Advisory)
		case state != advisory.Draft:
			g = append(g, line{finding: warn, what: "names", detail: fmt.Sprintf("snooze: %s is %s, and no draft any more", z.Advisory, state), do: "take it out of the configuration"})
		}
	}
	for _, id := range c.Config.Forget {
		if _, ok := known[id]; !ok {
			say("forget", id)
		}
	}
	return g
}

// suggest puts the name that may have been meant before what to do.
func suggest(name string, known []string, do string) string {
	if q := spelling.DidYouMean(name, known); q != "" {
		return q + " " + strings.ToUpper(do[:1]) + do[1:]
	}
	return do
}
