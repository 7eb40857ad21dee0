package run

import (
	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/reminder"
)

// needsAdmin lists the drafts whose next step nobody can take who is reminded of them:
// there is no private fork, or it is to be merged at the time of a planned release.
func needsAdmin(a Assignment, s Snapshot, p Plan, m *memory) []notify.Item {
	var list []notify.Item
	for _, d := range p.Drafts {
		what, step := d.ID, "start the private fork"
		if d.PrivateFork != "" {
			what, step = d.ID+" release", "merge the private fork at the time of the planned release"
			if s.Heard.releases[d.ID].IsZero() {
				continue
			}
		}
		if d.Severity == advisory.Unscored || s.Now.Before(d.SnoozedUntil) {
			continue
		}
		if d.Waits { // for whom is not known now
			m.remember("administrator", what)
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
		switch {
		case !none:
		case !known:
			m.remember("administrator", what) // nobody was asked about a draft of which this run does not remind
		default:
			i := item(a, s, &d, 0)
			if i.Reason = step; m.item("administrator", what, &i) {
				list = append(list, i)
			}
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
