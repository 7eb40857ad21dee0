package run

import (
	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/reminder"
)

// needsAdmin lists the drafts that have no private fork, and of which nobody is
// reminded who can start one.
func needsAdmin(a Assignment, s Snapshot, p Plan, m *memory) []notify.Item {
	var list []notify.Item
	for _, d := range p.Drafts {
		if d.Severity == advisory.Unscored || d.PrivateFork != "" || s.Now.Before(d.SnoozedUntil) {
			continue
		}
		if d.Waits { // for whom is not known now
			m.remember("administrator", d.ID)
			continue
		}
		if len(d.Recipients) == 0 {
			continue
		}
		none, known := true, true
		for _, to := range d.Recipients {
			can := administers(s, p, d.ID, to)
			none, known = none && can != notify.Yes, known && can != notify.NotKnown
		}
		if none && !known {
			m.remember("administrator", d.ID) // nobody was asked about a draft of which this run does not remind
		} else if none {
			i := item(a, s, &d, 0)
			i.Reason = "start the private fork"
			list = append(list, i)
		}
	}
	sortItems(list)
	return list
}

// administers reports whether somebody administers the repository of a draft, as far
// as this run has asked.
func administers(s Snapshot, p Plan, id string, to reminder.Recipient) notify.Knowledge {
	party, _ := partyOf(s.Owners, id, to)
	if party.Login == "" {
		return notify.NotKnown // a team with a contact of its own
	}
	return knowledge(p.Closer.Opens.Of(id, party.Login).Admin)
}
