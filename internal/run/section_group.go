package run

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/ledger"
	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/owner"
	"github.com/openedx/advisory-reminders/internal/reminder"
)

// forGroup gathers what is due for the working group itself.
func forGroup(a Assignment, s Snapshot, p Plan, done Outcome, l *ledger.Ledger, refusing refusers) (needsOwner, needsScore []notify.Item) {
	for _, d := range p.SWG {
		for _, m := range d.Reminders {
			i := item(a, s, m.Draft, m.Told.Times)
			i.New = m.New
			if m.Severity == advisory.Unscored {
				needsScore = append(needsScore, i)
				continue
			}
			owners, said := disowned(a, l, m.ID, s.Owners.Of(m.ID))
			i.Reason = said
			if said == "" || len(owners.Parties) > 0 {
				i.Reason = strings.TrimPrefix(said+"; "+nobody(m.Draft, owners, p, refusing), "; ")
			}
			needsOwner = append(needsOwner, i)
		}
	}
	place, told := make(map[string]int), l.Told("") // in needsOwner
	for _, refused := range done.Refused {
		for _, m := range refused.left {
			reason := fmt.Sprintf("%s can't be reached: %s", refused.digest.To, refused.why)
			if at, ok := place[m.ID]; ok {
				needsOwner[at].Reason += "; " + reason
				continue
			}
			place[m.ID] = len(needsOwner)
			group := told(m.ID, reminder.SWG)
			i := item(a, s, m.Draft, group.Times)
			i.New, i.Reason = a.Config.Policy.IsNew(m.Draft, group), reason
			needsOwner = append(needsOwner, i)
		}
	}
	return needsOwner, needsScore
}

// nobody says why an advisory is the working group's.
func nobody(d *reminder.Draft, r owner.Resolution, plan Plan, refusing refusers) string {
	if len(r.Parties) == 0 {
		return cmp.Or(r.Nobody, "nobody is named as an owner")
	}
	var names, reasons []string
	shut := make(map[string][]string) // by why
	for _, p := range r.Parties {
		switch why := plan.Closer.cannotOpen(d.ID, p); {
		case len(refusing(d, p)) > 0:
			reasons = append(reasons, fmt.Sprintf("%s can't be reached: the address was refused", p.Recipient))
		case plan.Thread && why != "":
			shut[why] = append(shut[why], string(p.Recipient))
		default:
			names = append(names, string(p.Recipient))
		}
	}
	if len(names) > 0 {
		reasons = append(reasons, "no owner has a contact: "+strings.Join(names, ", "))
	}
	for _, why := range slices.Sorted(maps.Keys(shut)) {
		reasons = append(reasons, "no contact is known, and whoever owns it "+why+": "+strings.Join(shut[why], ", "))
	}
	return strings.Join(reasons, "; ")
}
