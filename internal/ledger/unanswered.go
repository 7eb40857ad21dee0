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
// program has added counts as it did before.
func (l *Ledger) watch(r *Advisory, a advisory.Advisory, now time.Time) {
	users, teams := slices.Clone(a.CollaboratingUsers), make([]string, 0, len(a.CollaboratingTeams))
	for _, t := range a.CollaboratingTeams {
		teams = append(teams, "team:"+t.Name)
	}
	who := slices.Concat(users, teams)
	for i := range who {
		who[i] = strings.ToLower(who[i])
	}
	who = slices.DeleteFunc(who, func(name string) bool { return l.added(a.ID, name) })
	slices.Sort(who)
	shape := LastingKey("draft", fmt.Sprint(a.Severity, a.Score, a.PrivateFork != "", who))
	switch {
	case r.Shape == "":
		r.Moved = r.Opened
	case r.Shape != shape, r.State != "":
		r.Moved, r.Before = now.UTC(), l.times(a.ID)
	}
	r.Shape = shape
}

// added reports whether this program has made somebody a collaborator of a draft.
func (l *Ledger) added(id, name string) bool { return false }

// spoke returns when an owner last answered or commanded on a draft; the zero time:
// nobody has.
func (l *Ledger) spoke(id string) time.Time { return time.Time{} }

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
	if spoke := l.spoke(id); spoke.After(a.Moved) {
		if t.At.After(spoke) {
			times = 1 // at least: how often since then is not known before something changes
		}
		return times, spoke, t.At
	}
	return max(0, int(t.nth-a.Before[to])), a.Moved, t.At
}
