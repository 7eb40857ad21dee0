package config

import (
	"maps"
	"slices"
	"strings"

	"github.com/openedx/advisory-reminders/internal/advisory"
)

// Logins returns the logins that stand anywhere in the configuration, in lower
// case, each once.
func (c Config) Logins() []string {
	var list []string
	add := func(owners []advisory.Owner) {
		for _, o := range owners {
			if o.Kind == advisory.User {
				list = append(list, strings.ToLower(o.Name))
			}
		}
	}
	for _, owners := range c.Owners {
		add(owners)
	}
	for key := range c.Contacts {
		if login, ok := strings.CutPrefix(key, "user:"); ok {
			list = append(list, login)
		}
	}
	if c.OnDuty != nil {
		add(c.OnDuty.Rotation)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// Renamed returns the configuration with other logins: what was said of one is said
// of another, or where that is empty, of nobody any more: a turn of theirs is
// nobody's then.
func (c Config) Renamed(logins map[string]string) Config {
	rename := func(list []advisory.Owner) []advisory.Owner {
		list = slices.Clone(list)
		for i, o := range list {
			if now, known := logins[strings.ToLower(o.Name)]; known && o.Kind == advisory.User {
				list[i].Name = now
			}
		}
		return list
	}
	c.Owners, c.Contacts = maps.Clone(c.Owners), maps.Clone(c.Contacts)
	for key, owners := range c.Owners {
		c.Owners[key] = rename(owners)
	}
	if c.OnDuty != nil {
		duty := *c.OnDuty
		duty.Rotation = rename(duty.Rotation)
		c.OnDuty = &duty
	}
	moved := make(map[string]Contact)
	for login, now := range logins {
		key := ContactKey(advisory.Owner{Kind: advisory.User, Name: login})
		if contact, ok := c.Contacts[key]; ok {
			delete(c.Contacts, key)
			if now != "" {
				moved[ContactKey(advisory.Owner{Kind: advisory.User, Name: now})] = contact
			}
		}
	}
	maps.Copy(c.Contacts, moved)
	return c
}
