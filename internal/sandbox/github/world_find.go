package github

import (
	"cmp"
	"hash/fnv"
	"slices"
	"strings"
	"time"
)

// Organization returns the organization of that login in any case, or nil. The
// world must be locked, as for all that looks something up.
func (w *World) Organization(login string) *Organization {
	for _, o := range w.Organizations {
		if strings.EqualFold(o.Login, login) {
			return o
		}
	}
	return nil
}

// User returns the user of that login in any case, or nil.
func (w *World) User(login string) *User {
	for _, u := range w.Users {
		if strings.EqualFold(u.Login, login) {
			return u
		}
	}
	return nil
}

// Repository returns the repository that is called owner/name or, where none
// is, the one that was; or nil.
func (w *World) Repository(fullName string) *Repository {
	owner, name, _ := strings.Cut(fullName, "/")
	for _, r := range w.Repositories {
		if strings.EqualFold(r.Name, name) && strings.EqualFold(r.Owner, owner) {
			return r
		}
	}
	for _, r := range w.Repositories {
		if containsFold(r.Former, fullName) {
			return r
		}
	}
	return nil
}

// Advisory returns the advisory of that id in any case, or nil.
func (w *World) Advisory(id string) *Advisory {
	for _, a := range w.Advisories {
		if strings.EqualFold(a.ID, id) {
			return a
		}
	}
	return nil
}

// Rename gives a repository another name, or another owner, as people do on
// GitHub: the former name goes on leading to it. Its advisories follow. It does
// nothing where there is no such repository.
func (w *World) Rename(from, to string) {
	r := w.Repository(from)
	owner, name, ok := strings.Cut(to, "/")
	if r == nil || !ok {
		return
	}
	for _, a := range w.Advisories {
		if strings.EqualFold(a.Repository, r.FullName()) {
			a.Repository = to
		}
	}
	r.Former = append(r.Former, r.FullName())
	r.Owner, r.Name = owner, name
}

// RenameUser gives a user another login, as people do on GitHub: memberships, roles
// and advisories follow, the files of repositories don't, and the former login is
// free. It does nothing where there is no such user.
func (w *World) RenameUser(from, to string) {
	u := w.User(from)
	if u == nil {
		return
	}
	u.ID, u.Login = u.number(), to
	follow := func(login *string) {
		if strings.EqualFold(*login, from) {
			*login = to
		}
	}
	followAll := func(logins []string) {
		for i := range logins {
			follow(&logins[i])
		}
	}
	for _, o := range w.Organizations {
		followAll(o.Members)
		followAll(o.Admins)
		for _, t := range o.Teams {
			followAll(t.Members)
		}
	}
	for _, r := range w.Repositories {
		if strings.EqualFold(r.Owner, from) {
			w.Rename(r.FullName(), to+"/"+r.Name)
		}
		for _, i := range r.Issues {
			follow(&i.Author)
			for _, c := range i.Comments {
				follow(&c.Author)
			}
		}
		r.renameInRoles(from, to)
	}
	for _, a := range w.Advisories {
		follow(&a.Author)
		follow(&a.Publisher)
		followAll(a.CollaboratingUsers)
		for _, c := range a.Comments {
			follow(&c.Author)
		}
		for i := range a.Credits {
			follow(&a.Credits[i].Login)
		}
	}
	for _, t := range w.Tokens {
		follow(&t.Login)
	}
}

func (r *Repository) renameInRoles(from, to string) {
	for login, role := range r.Roles {
		if strings.EqualFold(login, from) {
			delete(r.Roles, login)
			r.Roles[to] = role
		}
	}
}

// HasMember reports whether the login is a member of the organization.
func (o *Organization) HasMember(login string) bool {
	return containsFold(o.Members, login) || containsFold(o.Admins, login)
}

// AllMembers returns the logins of everybody in the organization, once each.
func (o *Organization) AllMembers() []string { return union(o.Members, o.Admins) }

// Team returns the team of that slug in any case, or nil.
func (o *Organization) Team(slug string) *Team {
	for _, t := range o.Teams {
		if strings.EqualFold(t.Slug, slug) {
			return t
		}
	}
	return nil
}

// children returns all teams below t.
func (o *Organization) children(t *Team) []*Team {
	var found []*Team
	for _, c := range o.Teams {
		if c.Parent != "" && strings.EqualFold(c.Parent, t.Slug) {
			found = append(append(found, c), o.children(c)...)
		}
	}
	return found
}

// TeamMembers returns the logins of a team's members, once each. Membership is
// GitHub's word: IMMEDIATE, CHILD_TEAM or ALL.
func (o *Organization) TeamMembers(t *Team, membership string) []string {
	var logins []string
	if membership != "CHILD_TEAM" {
		logins = union(logins, t.Members)
	}
	if membership != "IMMEDIATE" {
		for _, c := range o.children(t) {
			logins = union(logins, c.Members)
		}
	}
	return logins
}

// VerifiedAddresses returns those of a member's addresses that are in a domain
// of the organization's.
func (o *Organization) VerifiedAddresses(u *User) []string {
	found := []string{}
	if !o.HasMember(u.Login) {
		return found
	}
	for login, addresses := range u.Addresses {
		if !strings.EqualFold(login, o.Login) {
			continue
		}
		for _, a := range addresses {
			_, domain, _ := strings.Cut(a, "@")
			if containsFold(o.VerifiedDomains, domain) {
				found = append(found, a)
			}
		}
	}
	return found
}

func containsFold(list []string, s string) bool {
	return slices.ContainsFunc(list, func(e string) bool { return strings.EqualFold(e, s) })
}

func union(a, b []string) []string {
	all := slices.Clone(a)
	for _, s := range b {
		if !containsFold(all, s) {
			all = append(all, s)
		}
	}
	return all
}

// number returns the account's id.
func (u *User) number() int64 { return cmp.Or(u.ID, int64(number("account", u.Login))) }

// accountNumber returns the id of the account of that login, which need not be
// known.
func (w *World) accountNumber(login string) int64 {
	if u := w.User(login); u != nil {
		return u.number()
	}
	return int64(number("account", login))
}

// number returns an id that stays the same for as long as the name does.
func number(kind, name string) int {
	h := fnv.New32a()
	h.Write([]byte(kind + ":" + strings.ToLower(name)))
	return int(h.Sum32()>>2) + 1
}

// id returns the repository's number, which outlives its names.
func (r *Repository) id() int {
	if len(r.Former) > 0 {
		return number("repository", r.Former[0])
	}
	return number("repository", r.FullName())
}

// created returns when the repository was made; the zero time would be a
// strange answer.
func (r *Repository) created() time.Time {
	if r.Created.IsZero() {
		return time.Date(2020, time.January, 6, 9, 0, 0, 0, time.UTC)
	}
	return r.Created
}

// AddWorkflowRepository gives an organization a private repository for the
// workflow, and WorkflowToken the right to write to it. It returns its
// owner/name.
func (w *World) AddWorkflowRepository(org string) string {
	w.Lock()
	defer w.Unlock()
	r := &Repository{Owner: org, Name: "security-reminders", Visibility: "private"}
	w.Repositories = append(w.Repositories, r)
	w.Tokens[WorkflowToken] = &Token{App: true, Organization: org, Repositories: []string{r.FullName()}, Write: []string{r.FullName()}}
	return r.FullName()
}

// Number returns GitHub's id of the repository.
func (r *Repository) Number() int { return r.id() }
