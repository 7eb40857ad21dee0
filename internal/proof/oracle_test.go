package proof

import (
	"cmp"
	"slices"
	"time"

	"github.com/openedx/advisory-reminders/internal/sandbox"
)

// swg is the working group, as a recipient.
const swg = "the working group"

// A pair is one advisory and somebody who is to be told of it.
type pair struct{ to, id string }

// startOf returns the first instant of the period that holds t, for drafts of a
// severity; an unscored draft is the working group's, once a week.
func startOf(severity string, t time.Time, zone *time.Location) time.Time {
	t = t.In(zone)
	y, m, d := t.Date()
	switch severity {
	case "high":
		return time.Date(y, m, 1, 0, 0, 0, 0, zone)
	case "medium":
		return time.Date(y, (m-1)/3*3+1, 1, 0, 0, 0, 0, zone)
	case "low":
		return time.Date(y, (m-1)/6*6+1, 1, 0, 0, 0, 0, zone)
	}
	for time.Date(y, m, d, 0, 0, 0, 0, zone).Weekday() != time.Monday {
		d--
	}
	return time.Date(y, m, d, 0, 0, 0, 0, zone)
}

// ripe reports whether a reminder that was told last at told may begin a digest.
func ripe(severity string, told, now time.Time, zone *time.Location) bool {
	days := 7
	if severity == "critical" || severity == "" {
		days = 2
	}
	return !told.In(zone).AddDate(0, 0, days).After(now)
}

// owedIf returns the pairs that a run at now has to deliver, given when each was
// told last. With notify-new, whoever was never told of a scored draft is owed it
// at once. Where it is open whether a snooze has ended, perhaps
// says that it has not. The world must be locked.
func (m *sim) owedIf(told map[pair]time.Time, perhaps bool) map[pair]bool {
	w, s, zone, now := m.world, m.setting, m.zone, m.now
	type group struct{ to, severity string }
	pending := make(map[group][]pair)
	due := make(map[group]bool)
	for _, a := range w.Advisories {
		if a.State != "draft" {
			continue
		}
		said := m.hear(a)
		if said.snoozed && (perhaps || !said.perhaps) {
			continue
		}
		for _, to := range m.recipients(a, said) {
			last, atOnce := a.Created, false
			t, before := told[pair{to, a.ID}]
			switch {
			case before && m.quietFor(a, to, said.answered):
				continue
			case s.notifyNew && a.Severity != "":
				last, atOnce = t, !before
			case t.After(last):
				last = t
			}
			if !last.Before(startOf(a.Severity, now, zone)) {
				continue
			}
			// Critical and unscored drafts have one cadence, and so one digest.
			g := group{to, a.Severity}
			if a.Severity == "" {
				g.severity = "critical"
			}
			pending[g] = append(pending[g], pair{to, a.ID})
			due[g] = due[g] || atOnce || ripe(a.Severity, last, now, zone)
		}
	}
	all := make(map[pair]bool)
	for g, pairs := range pending {
		if due[g] {
			for _, p := range pairs {
				all[p] = true
			}
		}
	}
	return all
}

// notOwed returns those of some advisories of which somebody is not to be reminded,
// whenever that is. The world must be locked.
func notOwed(w *sandbox.World, to string, ids []string) (list []string) {
	for _, id := range ids {
		if a := w.Advisory(id); a == nil || !slices.Contains(owes(w, a), to) {
			list = append(list, id)
		}
	}
	return list
}

// sortedPairs returns the pairs of a set in order.
func sortedPairs(set map[pair]bool) []pair {
	var list []pair
	for p := range set {
		list = append(list, p)
	}
	slices.SortFunc(list, func(a, b pair) int {
		return cmp.Or(cmp.Compare(a.to, b.to), cmp.Compare(a.id, b.id))
	})
	return list
}
