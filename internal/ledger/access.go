package ledger

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/openedx/advisory-reminders/internal/reminder"
)

// Access is the kind of a delivery that asks GitHub to let somebody open a draft.
// There is one for each pair, since GitHub may take some of those that it is asked
// for at once and not others. Nobody is told of anything by it.
const Access Kind = "access"

// tells reports whether who gets a delivery is told of its advisories.
func (d *Delivery) tells() bool { return d.Kind != Access && d.Kind != Answer }

// A Collaborator is somebody who was seen as a collaborator of a draft, or of whom
// a report has said that they will be one.
type Collaborator struct {
	Who       reminder.Recipient `json:"who"`                // user:LOGIN or team:ORG/SLUG
	Account   int64              `json:"account,omitzero"`   // GitHub's id of a person, by whom they are known; 0: not known
	Announced time.Time          `json:"announced,omitzero"` // the first accepted report that said that they will be given access
	Owed      time.Time          `json:"owed,omitzero"`      // when a run last was to give access, and could not yet
	Seen      time.Time          `json:"seen,omitzero"`      // when they were last read as one
	Gone      time.Time          `json:"gone,omitzero"`      // when they were first read as none again
	GoneSaid  time.Time          `json:"gone_said,omitzero"` // the last accepted report that said that they are not added again
	Unknown   jsontext.Value     `json:",embed"`
}

// Is reports whether somebody was a collaborator when that was last read.
func (c Collaborator) Is() bool { return !c.Seen.IsZero() && !c.Gone.After(c.Seen) }

// Removed reports whether somebody was a collaborator, and was none when that was
// last read.
func (c Collaborator) Removed() bool { return !c.Seen.IsZero() && !c.Is() }

// Said reports whether an accepted report has said so since it is.
func (c Collaborator) Said() bool { return !c.GoneSaid.Before(c.Gone) }

// same reports whether two records are of the same person or team. People are known
// by their accounts, where these are known.
func (c Collaborator) same(o Collaborator) bool {
	if c.Account != 0 && o.Account != 0 {
		return c.Account == o.Account
	}
	return strings.EqualFold(string(c.Who), string(o.Who))
}

// find returns the record of who is meant, or a new one.
func (a *Advisory) find(who Collaborator) *Collaborator {
	i := slices.IndexFunc(a.Collaborators, who.same)
	if i < 0 {
		i, a.Collaborators = len(a.Collaborators), append(a.Collaborators, Collaborator{Who: who.Who, Account: who.Account})
	}
	c := &a.Collaborators[i]
	c.Account = cmp.Or(c.Account, who.Account)
	return c
}

// Collaborator returns what is known of somebody as a collaborator of an advisory.
func (l *Ledger) Collaborator(id string, who reminder.Recipient, account int64) Collaborator {
	want := Collaborator{Who: who, Account: account}
	known := l.advisory(id).Collaborators
	if i := slices.IndexFunc(known, want.same); i >= 0 {
		return known[i]
	}
	return want
}

// SeeCollaborators records who collaborates on an advisory at now: these, of whom
// Who and Account count, and nobody else.
func (l *Ledger) SeeCollaborators(id string, these []Collaborator, now time.Time) {
	a := l.advisory(id)
	for i, c := range a.Collaborators {
		if c.Is() && !slices.ContainsFunc(these, c.same) {
			a.Collaborators[i].Gone = later(c.Gone, now)
		}
	}
	for _, this := range these {
		c := a.find(this)
		c.Who, c.Seen = this.Who, later(c.Seen, now)
		if c.Gone.After(c.Seen) {
			c.Seen = c.Gone
		}
	}
}

// Announce records that an accepted report has said at now that somebody will be
// given access to an advisory. The first one counts.
func (l *Ledger) Announce(id string, who reminder.Recipient, account int64, now time.Time) {
	if c := l.advisory(id).find(Collaborator{Who: who, Account: account}); c.Announced.IsZero() {
		c.Announced = now.UTC()
	}
}

// Owe records that a run was to give somebody access to an advisory at now, and
// could not yet.
func (l *Ledger) Owe(id string, who reminder.Recipient, account int64, now time.Time) {
	c := l.advisory(id).find(Collaborator{Who: who, Account: account})
	c.Owed = later(c.Owed, now)
}

// SayRemoved records that an accepted report has said at now that somebody is not
// given access to an advisory again.
func (l *Ledger) SayRemoved(id string, who reminder.Recipient, account int64, now time.Time) {
	c := l.advisory(id).find(Collaborator{Who: who, Account: account})
	c.GoneSaid = later(c.GoneSaid, now)
}

// Granted settles the access that an earlier run asked for and whose answer was lost:
// who collaborates now was given it. Runs that are at work settle their own.
func (l *Ledger) Granted(c Claimant, now time.Time) {
	for _, d := range l.Deliveries {
		if d.Kind != Access || d.accepted() || d.Outcome == Refused || c.blocked(d, now) || len(d.Advisories) == 0 {
			continue
		}
		account := int64(0)
		if len(d.Accounts) > 0 {
			account = d.Accounts[0]
		}
		if l.Collaborator(d.Advisories[0], d.To[0], account).Is() {
			l.settle(d, Result{Outcome: Accepted}, now)
		}
	}
}

// Given returns the accepted deliveries of access that no accepted report has named.
func (l *Ledger) Given() []*Delivery {
	return l.unsaid(func(d *Delivery) bool { return d.Kind == Access })
}

// AccessRefused reports whether GitHub has refused, at from or later, to let somebody
// open an advisory.
func (l *Ledger) AccessRefused(id string, who reminder.Recipient, from time.Time) bool {
	return slices.ContainsFunc(l.open[who], func(d *Delivery) bool {
		return d.Kind == Access && d.Outcome == Refused && !d.void() && !d.At.Before(from) && slices.Contains(d.Advisories, id)
	})
}

// AccessBlocked returns a function that reports whether another run is about to change
// who collaborates on an advisory.
func (l *Ledger) AccessBlocked(c Claimant, now time.Time) func(id string) bool {
	held := make(map[string]bool)
	for _, d := range l.Deliveries {
		if d.Kind == Access && c.blocked(d, now) {
			for _, id := range d.Advisories {
				held[id] = true
			}
		}
	}
	return func(id string) bool { return held[id] }
}

// Spare takes recipients out of a delivery that the claimant has not begun. Where
// nobody is left, there is no delivery any more.
func (l *Ledger) Spare(id string, whom []reminder.Recipient) {
	d := l.byID(id)
	if d == nil {
		return
	}
	spared := *d
	spared.To, spared.Accounts, spared.Nth, spared.First = nil, nil, nil, nil
	for i, to := range d.To {
		if slices.Contains(whom, to) {
			continue
		}
		spared.To = append(spared.To, to)
		if i < len(d.Accounts) {
			spared.Accounts = append(spared.Accounts, d.Accounts[i])
		}
		if n := len(d.Advisories); (i+1)*n <= len(d.Nth) {
			spared.Nth = append(spared.Nth, d.Nth[i*n:(i+1)*n]...)
		}
	}
	for _, f := range d.First {
		if !slices.Contains(whom, f.To) {
			spared.First = append(spared.First, f)
		}
	}
	if len(spared.To) == 0 {
		l.remove(func(o *Delivery) bool { return o == d })
		return
	}
	*d = spared
	l.index()
}

// mergeCollaborators returns what two records of one advisory know of its
// collaborators: of each what was seen last.
func mergeCollaborators(a, b []Collaborator) []Collaborator {
	merged := slices.Clone(a)
	for _, o := range b {
		i := slices.IndexFunc(merged, o.same)
		if i < 0 {
			merged = append(merged, o)
			continue
		}
		m := merged[i]
		if c := cmp.Or(o.Seen.Compare(m.Seen), cmp.Compare(o.Who, m.Who)); c > 0 {
			m.Who = o.Who
		}
		m.Account = max(m.Account, o.Account)
		if !o.Announced.IsZero() && (m.Announced.IsZero() || o.Announced.Before(m.Announced)) {
			m.Announced = o.Announced
		}
		m.Owed = later(m.Owed, o.Owed)
		m.Seen, m.Gone, m.GoneSaid = later(m.Seen, o.Seen), later(m.Gone, o.Gone), later(m.GoneSaid, o.GoneSaid)
		if m.Unknown == nil {
			m.Unknown = o.Unknown
		}
		merged[i] = m
	}
	slices.SortFunc(merged, func(a, b Collaborator) int {
		return cmp.Or(cmp.Compare(a.Who, b.Who), cmp.Compare(a.Account, b.Account))
	})
	return merged
}

// disbelieve clears the times that lie after limit. That somebody was a collaborator,
// or is none any more, stays true: only when is not known.
func (c *Collaborator) disbelieve(limit, now time.Time) (found bool) {
	found = disbelieve(limit, &c.Announced, &c.Owed, &c.GoneSaid)
	switch is := c.Is(); {
	case !c.Seen.After(limit) && !c.Gone.After(limit):
		return found
	case is:
		c.Seen, c.Gone = now.UTC(), time.Time{}
	default:
		c.Seen, c.Gone = now.UTC().Add(-time.Second), now.UTC()
	}
	return true
}
