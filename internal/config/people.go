package config

import (
	"strings"

	"github.com/openedx/advisory-reminders/internal/advisory"
)

// wantOwner says what an owner looks like, by the kind that is wanted: Bare is
// either.
var wantOwner = map[advisory.OwnerKind]string{
	advisory.Bare: "user:LOGIN or group:TEAM",
	advisory.User: "user:LOGIN",
	advisory.Team: "group:TEAM",
}

func (d *decoder) owners(v value) {
	owners := make(map[string][]advisory.Owner)
	seen := make(map[string]bool)
	for _, e := range d.entries(v, true) {
		repository, ok := advisory.ParseRepository(strings.TrimSpace(e.name))
		if !ok {
			d.fail(e.key, "expected a repository as the key, in the form OWNER/NAME")
		} else {
			ok = d.once(e.key, seen, repository.Key())
		}
		if list := d.ownerList(e.value, advisory.Bare, wantOwner[advisory.Bare]); ok {
			owners[repository.Key()] = list
		}
	}
	d.config.Owners = owners
}

// ownerList reads a list of owners of a kind, each of them once.
func (d *decoder) ownerList(v value, kind advisory.OwnerKind, least string) []advisory.Owner {
	var owners []advisory.Owner
	seen := make(map[string]bool)
	for _, item := range d.items(v, least) {
		if o, ok := d.owner(item, kind); ok && d.once(item, seen, ContactKey(o)) {
			owners = append(owners, o)
		}
	}
	return owners
}

func (d *decoder) owner(v value, kind advisory.OwnerKind) (advisory.Owner, bool) {
	text, ok := d.text(v)
	if !ok {
		return advisory.Owner{}, false
	}
	o, ok := advisory.ParseOwner(text)
	if !ok || kind != advisory.Bare && o.Kind != kind {
		d.fail(v, "expected %s", wantOwner[kind])
		return advisory.Owner{}, false
	}
	return o, true
}

func (d *decoder) contacts(v value) {
	contacts := make(map[string]Contact)
	seen := make(map[string]bool)
	for _, e := range d.entries(v, true) {
		o, ok := advisory.ParseOwner(e.name)
		if !ok {
			d.fail(e.key, "expected %s as the key", wantOwner[advisory.Bare])
		} else {
			ok = d.once(e.key, seen, ContactKey(o))
		}
		if c := d.contact(e.value); ok {
			contacts[ContactKey(o)] = c
		}
	}
	d.config.Contacts = contacts
}

// ContactKey returns the key of an owner in Config.Contacts: Owner.String in
// lower case, with a team's slug in place of its display name.
func ContactKey(o advisory.Owner) string {
	if o.Kind == advisory.Team {
		o.Name = advisory.Slug(o.Name)
	}
	return strings.ToLower(o.String())
}

// ContactOf returns the contact that the configuration has for a user or team.
// A team is looked up with its organization first, then without.
func (c Config) ContactOf(o advisory.Owner) (Contact, bool) {
	contact, ok := c.Contacts[ContactKey(o)]
	if !ok && o.Kind == advisory.Team {
		o.Org = ""
		contact, ok = c.Contacts[ContactKey(o)]
	}
	return contact, ok
}

func (d *decoder) maxOwner(v value) {
	if !d.is(v, wantPeople, "!!int") {
		return
	}
	var n int
	if err := v.node.Decode(&n); err != nil || n < 0 || n > maxPeople {
		d.fail(v, "expected %s", wantPeople)
		return
	}
	d.config.MaxOwner = n
}

// Access says to whom drafts are opened.
type Access string

// The kinds of access: to nobody, to the teams and people whom the configuration's
// owners name, or to other owners too who may write to the repository.
const (
	AccessNone       Access = "none"
	AccessConfigured Access = "configured"
	AccessOwners     Access = "owners"
)

func (d *decoder) access(v value) {
	name, ok := d.text(v)
	if !ok {
		return
	}
	switch a := Access(name); a {
	case AccessNone, AccessConfigured, AccessOwners:
		d.config.Access = a
	default:
		d.fail(v, "expected none, configured or owners")
	}
}
