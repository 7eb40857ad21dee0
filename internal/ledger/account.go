package ledger

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/openedx/advisory-reminders/internal/reminder"
)

// Identify lets people be known by their accounts: what the ledger holds of an
// account goes by the login that it bears now. What was told to another account
// that bore somebody's login before stands under a name that nobody has. Accounts
// are by login; one that is 0 is not known.
//
// Source: a login is free once its holder has renamed,
// https://docs.github.com/en/account-and-profile/how-tos/account-management/changing-your-username
func (l *Ledger) Identify(accounts map[string]int64) {
	l.accounts = accounts
	name := naming(accounts)
	for _, a := range l.Advisories {
		for i, c := range a.Collaborators {
			a.Collaborators[i].Who = name(c.Who, c.Account)
		}
	}
	names := make(map[reminder.Recipient]reminder.Recipient) // new ones, by the old
	for _, d := range l.Deliveries {
		for i, account := range d.Accounts {
			was := d.To[i]
			is := name(was, account)
			if is == was {
				continue
			}
			names[was] = is
			d.To = slices.Clone(d.To)
			d.To[i] = is
			for j, f := range d.First {
				if f.To == was {
					d.First[j].To = is
				}
			}
		}
	}
	if len(names) == 0 {
		return
	}
	for _, a := range l.Advisories {
		before := make(map[reminder.Recipient]int32, len(a.Before))
		for to, n := range a.Before {
			before[cmp.Or(names[to], to)] = n
		}
		a.Before = before
	}
	l.index()
}

// naming returns a function that returns the name by which an account goes that was
// known under a name.
func naming(accounts map[string]int64) func(was reminder.Recipient, account int64) reminder.Recipient {
	now := make(map[int64]reminder.Recipient, len(accounts))
	borne := make(map[reminder.Recipient]bool, len(accounts))
	for login, id := range accounts {
		if to := reminder.UserRecipient(login); id != 0 {
			now[id], borne[to] = to, true
		}
	}
	return func(was reminder.Recipient, account int64) reminder.Recipient {
		is, known := now[account]
		switch {
		case account != 0 && known:
			return is
		case account != 0 && borne[was]: // by another one
			return reminder.Recipient(fmt.Sprintf("%s (account %d)", was, account))
		}
		return was
	}
}

// SeeAccounts records which accounts bear the configuration's logins: the first
// that was seen stays, until a run finds the login in it no more.
func (l *Ledger) SeeAccounts(logins []string, now map[string]int64) {
	first := make(map[string]int64, len(logins))
	for _, login := range logins {
		login = strings.ToLower(login)
		if id := l.Accounts[login]; id != 0 {
			first[login] = id
		} else if now[login] != 0 {
			first[login] = now[login]
		}
	}
	l.before, l.Accounts = l.Accounts, first
}

// mergeAccounts adds theirs, which are those in the store: the first sight is the
// one that is there already. A login that either run has taken out since it was
// loaded stays out.
func (l *Ledger) mergeAccounts(theirs map[string]int64) {
	merged := maps.Clone(theirs)
	for login, id := range l.before {
		if _, ours := l.Accounts[login]; !ours && merged[login] == id {
			delete(merged, login)
		}
	}
	for login, id := range l.Accounts {
		if _, both := theirs[login]; both || l.before[login] == id {
			continue
		}
		if merged == nil {
			merged = make(map[string]int64)
		}
		merged[login] = id
	}
	l.Accounts = merged
}
