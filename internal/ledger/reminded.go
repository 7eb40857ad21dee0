package ledger

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/reminder"
)

// watch notes when something about a draft changed that its owners may have done:
// its severity, its fork, its collaborators, or that it is a draft again. Whom this
// program has added is no such change.
func (l *Ledger) watch(r *Advisory, a advisory.Advisory, now time.Time) {
	var who []string
	for _, login := range a.CollaboratingUsers {
		who = append(who, "user:"+strings.ToLower(login))
	}
	for _, t := range a.CollaboratingTeams {
		who = append(who, "team:"+strings.ToLower(a.Repository.Owner)+"/"+advisory.Slug(t.Name))
	}
	slices.Sort(who)
	shape := LastingKey("draft", fmt.Sprint(a.Severity, a.Score, a.PrivateFork != ""))
	switch {
	case r.Shape == "":
		r.Moved = r.Opened
	case r.Shape != shape, r.State != "", l.joined(a.ID, r.Helpers, who):
		r.Moved, r.Before = now.UTC(), l.times(a.ID)
	}
	r.Shape, r.Helpers = shape, who
	if spoke := r.Discussion.Spoke(); spoke.After(r.Moved) {
		r.Moved, r.Before = spoke, l.times(a.ID)
		for to, t := range l.told[a.ID] {
			if t.At.After(spoke) { // before that was known
				r.Before[to]--
			}
		}
	}
}

// joined reports whether somebody else than this program has changed who
// collaborates on a draft.
func (l *Ledger) joined(id string, before, now []string) bool {
	added := make(map[string]bool)
	for _, d := range l.Deliveries {
		if d.Kind == Access && d.accepted() && slices.Contains(d.Advisories, id) {
			for _, to := range d.To {
				added[strings.ToLower(string(to))] = true
			}
		}
	}
	return slices.ContainsFunc(before, func(name string) bool { return !slices.Contains(now, name) }) ||
		slices.ContainsFunc(now, func(name string) bool { return !slices.Contains(before, name) && !added[name] })
}

// FirstAnswer returns when an owner first answered on a draft; the zero time: nobody
// has.
func (l *Ledger) FirstAnswer(id string) time.Time {
	if d := l.advisory(id).Discussion; d != nil {
		return d.First
	}
	return time.Time{}
}

// Unanswered returns how often a recipient was reminded of a draft since somebody did
// something about it, when they did or when it was opened, and when the recipient was
// reminded last.
func (l *Ledger) Unanswered(id string, to reminder.Recipient) (times int, since, last time.Time) {
	a := l.Advisories[id]
	if a == nil {
		return 0, time.Time{}, time.Time{}
	}
	t := l.last(Pair{to, id})
	if t.Delivery == nil {
		return 0, a.Moved, time.Time{}
	}
	if spoke := a.Discussion.Spoke(); spoke.After(a.Moved) {
		if t.At.After(spoke) {
			times = 1 // at least: how often since then is not known before something changes
		}
		return times, spoke, t.At
	}
	return max(0, int(t.nth-a.Before[to])), a.Moved, t.At
}
