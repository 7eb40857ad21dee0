package run

import (
	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/owner"
)

// needsAdmin lists the drafts whose next step none of those can take who are reminded:
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
			can := p.Closer.ability(s, d.ID, to).Admin
			none, known = none && can != owner.Yes, known && (can == owner.Yes || can == owner.No)
		}
		switch {
		case !none:
		case !known:
			m.remember("administrator", what) // nobody was asked about a draft of which this run does not remind
		default:
			i := item(a, s, &d, 0)
			i.Reason = step
			if m.item("administrator", what, &i) {
				list = append(list, i)
			}
		}
	}
	sortItems(list)
	return list
}
