package run

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/openedx/advisory-reminders/internal/ledger"
	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/owner"
	"github.com/openedx/advisory-reminders/internal/reminder"
)

// accessOf gathers what the report says of whom drafts were opened to, will be, and
// will not. Who was removed is said when that is new, and in the first report of a
// week.
func accessOf(a Assignment, s Snapshot, p Plan, m *memory) notify.Access {
	var r notify.Access
	given := make(map[string][]string)
	for _, d := range m.Given() {
		for pair := range d.Pairs() {
			given[pair.Advisory] = append(given[pair.Advisory], string(pair.To))
		}
	}
	for _, id := range slices.Sorted(maps.Keys(given)) {
		slices.Sort(given[id])
		o := notify.Opened{Item: notify.Item{ID: id}, To: given[id]}
		if i := slices.IndexFunc(p.Drafts, func(d reminder.Draft) bool { return d.ID == id }); i >= 0 {
			o.Item = item(a, s, &p.Drafts[i], 0)
		} else if known := m.Advisories[id]; known != nil { // a draft no longer
			o.Item = gone(a, id, known)
		}
		r.Given = append(r.Given, o)
	}
	r.Will = p.Closer.Access.with(doorAnnounce).items(a, s)
	for _, o := range p.Closer.Access.with(doorRemoved) {
		r.RemovedNew = r.RemovedNew || !o.known.Said()
	}
	if r.RemovedNew || m.all {
		r.Removed = p.Closer.Access.with(doorRemoved).items(a, s)
	}
	for _, list := range [][]notify.Opened{r.Given, r.Will, r.Removed} {
		slices.SortStableFunc(list, func(a, b notify.Opened) int {
			return cmp.Or(cmp.Compare(b.Item.Severity, a.Item.Severity), cmp.Compare(b.Item.OpenDays, a.Item.OpenDays), cmp.Compare(a.Item.ID, b.Item.ID))
		})
	}
	return r
}

// items lists the drafts, each with all whom this is about.
func (d doors) items(a Assignment, s Snapshot) (list []notify.Opened) {
	for _, o := range d {
		i := slices.IndexFunc(list, func(have notify.Opened) bool { return have.Item.ID == o.draft.ID })
		if i < 0 {
			i, list = len(list), append(list, notify.Opened{Item: item(a, s, o.draft, 0)})
		}
		list[i].To = append(list[i].To, string(o.who))
	}
	return list
}

// said notes that an accepted report has named whom drafts will be opened to, and who
// is not added again.
func (d doors) said(l *ledger.Ledger, now time.Time) {
	for _, o := range d {
		switch o.admission {
		case doorAnnounce:
			l.Announce(o.draft.ID, o.who, o.account, now)
		case doorRemoved:
			l.SayRemoved(o.draft.ID, o.who, o.account, now)
		}
	}
}

// facts are what makes a report another one.
func (d doors) facts() (list []string) {
	for _, o := range d.with(doorAnnounce, doorGive) {
		list = append(list, fmt.Sprint("access ", o.admission, " ", o.draft.ID, " ", o.who))
	}
	for _, o := range d.with(doorRemoved) {
		if !o.known.Said() {
			list = append(list, fmt.Sprint("removed ", o.draft.ID, " ", o.who))
		}
	}
	return list
}

// why says why a draft is not opened to an owner, as far as somebody can mend that.
func (m admission) why() string {
	switch m {
	case doorForeign:
		return "a team of another organization can't be a collaborator"
	case doorMany:
		return "the owners are more people than max-owner allows, or can't be counted"
	case doorNoRight:
		return "GitHub gives them no right to write to it"
	case doorHidden:
		return "GitHub does not tell this token whether they can write to it"
	case doorUntold:
		return "GitHub does not say who collaborates on them, and a change would replace those"
	case doorRefused:
		return "GitHub has refused that, and is not asked again in this period"
	}
	return ""
}

// notes says to whom drafts are not opened, by repository.
func (d doors) notes() (list []string) {
	for _, o := range d {
		if why := o.why(); why != "" {
			text := fmt.Sprintf("%s: its drafts are not opened to %s: %s.", o.repository.Name, o.owner, why)
			if !slices.Contains(list, text) {
				list = append(list, text)
			}
		}
	}
	slices.Sort(list)
	var shut doors
	for _, o := range d.with(doorOff) {
		if o.opens == owner.No {
			shut = append(shut, o)
		}
	}
	if len(shut) > 0 {
		list = append(list, "These are reminded, and can't open the draft: "+strings.Join(shut.counted(), ", ")+". Add them to it as collaborators, or let the program do that: see access in the configuration.")
	}
	return list
}
