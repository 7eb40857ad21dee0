package run

import (
	"slices"
	"strings"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/config"
	"github.com/openedx/advisory-reminders/internal/ledger"
	"github.com/openedx/advisory-reminders/internal/notify"
)

// stalledAfter is how often somebody was reminded of a draft that has not
// changed on GitHub since, before it is said to be stalled.
const stalledAfter = 3

// stalled lists the drafts of which one of those who are to be told was reminded
// so often in vain. A snoozed one waits for a known reason, and one without
// a score or an owner waits for the working group.
func stalled(a Assignment, s Snapshot, p Plan, l *ledger.Ledger) []notify.Item {
	var list []notify.Item
	for _, d := range p.Drafts {
		if d.Severity == advisory.Unscored || s.Now.Before(d.SnoozedUntil) {
			continue
		}
		most := 0
		var names []string
		for _, to := range d.Recipients {
			n := l.SinceChange(d.ID, to)
			most = max(most, n)
			if n >= stalledAfter {
				names = append(names, string(to))
			}
		}
		if most < stalledAfter {
			continue
		}
		slices.Sort(names)
		i := item(a, s, &d, most)
		i.SinceChange, i.Changed, i.Reason = most, l.Advisories[d.ID].Changed, strings.Join(names, ", ")
		list = append(list, i)
	}
	sortItems(list)
	return list
}

// snoozes lists the drafts that the configuration holds back, and those for
// which that is over since the last accepted report.
func snoozes(a Assignment, s Snapshot, p Plan, l *ledger.Ledger) (held, ended []notify.Snooze) {
	configured := make(map[string]config.Snooze)
	for _, z := range a.Config.Snooze {
		configured[z.Advisory] = z
	}
	for _, d := range p.Drafts {
		c, ok := configured[d.ID]
		if !ok {
			continue
		}
		z := notify.Snooze{Item: item(a, s, &d, 0), Until: c.Until, Reason: c.Reason}
		switch {
		case s.Now.Before(c.Until):
			held = append(held, z)
		case c.Until.After(l.Advisories[d.ID].SnoozeSaid):
			ended = append(ended, z)
		}
	}
	for _, list := range [][]notify.Snooze{held, ended} {
		slices.SortStableFunc(list, func(a, b notify.Snooze) int { return a.Until.Compare(b.Until) })
	}
	return held, ended
}

// sortItems puts the most severe first, then the longest open.
func sortItems(list []notify.Item) {
	slices.SortStableFunc(list, func(a, b notify.Item) int {
		if a.Severity != b.Severity {
			return int(b.Severity) - int(a.Severity)
		}
		return b.OpenDays - a.OpenDays
	})
}
