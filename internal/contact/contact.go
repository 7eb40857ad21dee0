// Package contact knows how somebody is reached: by the configuration, which
// then stands alone, or by the addresses that GitHub knows.
package contact

import (
	"cmp"
	"strings"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/config"
	"github.com/openedx/advisory-reminders/internal/owner"
)

// A Contact is how to reach one recipient. The zero value is nobody's.
type Contact struct {
	Emails []string       // the best first
	Given  config.Contact // the configuration's own; zero where it has none
	Login  string         // of a person on GitHub, whatever the configuration says
	Shut   bool           // they can't open the draft that this is about, or nobody knows whether they can
}

// A Book is the contacts of one run.
type Book struct {
	Organization string // whose teams the configuration names without one; empty: the repository's owner
	Config       config.Config
}

// Of returns how a party is reached.
func (b Book) Of(p owner.Party) Contact {
	o := advisory.Owner{Kind: advisory.User, Name: p.Login}
	if p.Login == "" {
		o = teamOf(p)
	}
	given, ok := b.configured(o, o.Org) // a team is a party of its own only if Has says so
	c := Contact{Given: given, Login: p.Login}
	switch {
	case !ok:
		c.Emails = p.Emails
	case given.Email != "":
		c.Emails = []string{given.Email}
	}
	return c
}

func teamOf(p owner.Party) advisory.Owner {
	_, name, _ := strings.Cut(string(p.Recipient), ":")
	org, slug, _ := strings.Cut(name, "/")
	return advisory.Owner{Kind: advisory.Team, Org: org, Name: slug}
}

// Has reports whether the configuration has a contact of its own for an owner of a
// repository of org.
func (b Book) Has(o advisory.Owner, org string) bool {
	_, ok := b.configured(o, org)
	return ok
}

// configured returns the configuration's contact. A team that it names without
// an organization is one of the organization of the run, or else of the repository's.
func (b Book) configured(o advisory.Owner, org string) (config.Contact, bool) {
	if o.Kind == advisory.Team && o.Org != "" && !strings.EqualFold(o.Org, cmp.Or(b.Organization, org)) {
		c, ok := b.Config.Contacts[config.ContactKey(o)]
		return c, ok
	}
	return b.Config.ContactOf(o)
}
