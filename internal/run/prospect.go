package run

import (
	"context"
	"fmt"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/config"
	"github.com/openedx/advisory-reminders/internal/ledger"
	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/owner"
	"github.com/openedx/advisory-reminders/internal/reminder"
)

// A Prospect is whom runs will open drafts to, and whom not, for the command check.
type Prospect struct {
	Next  []string               // with the next reminder, such as "group:x (2 drafts of r)"
	First []string               // a day after a report has announced it
	Not   []string               // to whom drafts are not opened, and why
	Open  func(ledger.Pair) bool // a run will open the draft to them
	Fails []string               // what can't be known now
}

// A Lookout is what a Prospect follows from.
type Lookout struct {
	Snapshot
	Drafts []advisory.Advisory
	Doors  owner.Doors
	Ledger *ledger.Ledger
}

// Prospects says what runs will do for all who can't open a draft, when they are
// reminded of it.
func Prospects(ctx context.Context, owners *owner.Client, cfg config.Config, look Lookout) Prospect {
	a := Assignment{Config: cfg}
	drafts := make([]reminder.Draft, len(look.Drafts))
	for i := range look.Drafts {
		drafts[i] = look.draft(a, &look.Drafts[i])
		for _, party := range look.Owners.Of(look.Drafts[i].ID).Parties {
			drafts[i].Recipients = append(drafts[i].Recipients, party.Recipient)
		}
	}
	all := func(string, reminder.Recipient) bool { return true }
	d := apply(a, look.Snapshot, drafts, all, Closer{Opens: look.Doors}.known(look.Snapshot), look.Ledger, ledger.Claimant{})
	p := Prospect{Fails: d.ask(ctx, owners, a, look.Now)}
	p.Next, p.First, p.Not = d.with(doorGive).counted(), d.with(doorAnnounce, doorAnnounced).counted(), d.notes()
	for _, o := range d.with(doorRemoved) {
		p.Not = append(p.Not, fmt.Sprintf("%s: %s is not opened to %s again: somebody removed them.", o.repository.Name, o.draft.ID, o.owner))
	}
	by := d.byPair()
	p.Open = func(pair ledger.Pair) bool {
		m := by[pair]
		return m == doorGive || m == doorAnnounce || m == doorAnnounced
	}
	return p
}

// counted names owners with how many drafts of which repository.
func (d doors) counted() []string {
	type place struct {
		repository string
		owner      string
	}
	var drafts grouping[place, door]
	for _, o := range d {
		drafts.add(place{o.repository.Name, o.owner.String()}, o)
	}
	var list []string
	for _, at := range drafts.keys {
		list = append(list, fmt.Sprintf("%s (%s of %s)", at.owner, notify.Plural(len(drafts.of[at]), "draft", "drafts"), at.repository))
	}
	return list
}
