package run

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/config"
	"github.com/openedx/advisory-reminders/internal/ledger"
	"github.com/openedx/advisory-reminders/internal/owner"
)

// identify finds the present logins of the accounts that the configuration's logins
// meant when the ledger first saw them there. Owners whose login is another
// account's, or whose account nobody can find now, are taken out, as strangers.
func identify(ctx context.Context, c Clients, cfg config.Config, first, now map[string]int64) (renamed config.Config, strangers map[string][]owner.Stranger, warnings []string) {
	logins := make(map[string]string)
	waits := make(map[string]bool) // by the login of a stranger: see owner.Stranger
	for _, login := range slices.Sorted(maps.Keys(now)) {
		was := first[login]
		if was == 0 || was == now[login] {
			continue
		}
		if now[login] != 0 {
			logins[login], waits[login] = "", false
			warnings = append(warnings, fmt.Sprintf("Another account bears the login of user:%s now than when the configuration was first read: it names nobody until it has been taken out there for one run.", login))
			continue
		}
		is, err := c.Advisories.Login(ctx, was)
		switch {
		case err != nil:
			waits[login] = true
			warnings = append(warnings, fmt.Sprintf("There is no user:%s any more, and what that account, which the configuration names, is called now can't be known: %v.", login, err))
		case is != "":
			logins[login] = strings.ToLower(is)
			warnings = append(warnings, fmt.Sprintf("The account that the configuration calls user:%s is called %s now, and still counts: write user:%s there.", login, is, is))
		}
	}
	strangers = make(map[string][]owner.Stranger)
	known := make(map[string][]advisory.Owner, len(cfg.Owners))
	for key, owners := range cfg.Owners {
		for _, o := range owners {
			if wait, strange := waits[strings.ToLower(o.Name)]; strange && o.Kind == advisory.User {
				strangers[key] = append(strangers[key], owner.Stranger{Owner: o, Waits: wait})
			} else {
				known[key] = append(known[key], o)
			}
		}
	}
	cfg.Owners = known
	return cfg.Renamed(logins), strangers, warnings
}

// accounts returns whose login is whose, as far as this run has seen.
func (s Snapshot) accounts() map[string]int64 {
	known := maps.Clone(s.Owners.Accounts)
	if known == nil {
		known = make(map[string]int64)
	}
	for _, r := range s.Owners.ByAdvisory {
		for _, p := range r.Parties {
			if p.Account != 0 {
				known[strings.ToLower(p.Login)] = p.Account
			}
		}
	}
	return known
}

// accountsOf returns the accounts of recipients, 0 where there is none.
func (s Snapshot) accountsOf(d ledger.Delivery) []int64 {
	list, known := make([]int64, len(d.To)), false
	for i, to := range d.To {
		for _, id := range d.Advisories {
			if p, ok := partyOf(s.Owners, id, to); ok && p.Account != 0 {
				list[i], known = p.Account, true
				break
			}
		}
	}
	if !known {
		return nil
	}
	return list
}
