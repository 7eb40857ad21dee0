package action

import (
	"slices"
	"strings"
	"time"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/config"
	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/reminder"
)

// stalledAfter is how often somebody was reminded of a draft that has not
// changed on GitHub since, before it is said to be stalled.
const stalledAfter = 3

// stalled lists the drafts of which one of those who are to be told was reminded
// so often in vain. A snoozed one waits for a known reason, and one without
// a score or an owner waits for the working group.
func (j *job) stalled(t *task, drafts []reminder.Draft) []notify.Item {
	var list []notify.Item
	for _, d := range drafts {
		if d.Severity == advisory.Unscored || j.now.Before(d.SnoozedUntil) {
			continue
		}
		most := 0
		var names []string
		for _, to := range d.Recipients {
			n := t.memory.SinceChange(d.ID, to)
			most = max(most, n)
			if n >= stalledAfter {
				names = append(names, string(to))
			}
		}
		if most < stalledAfter {
			continue
		}
		slices.Sort(names)
		item := j.item(&d, most, t.owners)
		item.SinceChange, item.Changed, item.Reason = most, t.memory.Advisories[d.ID].Changed, strings.Join(names, ", ")
		list = append(list, item)
	}
	sortItems(list)
	return list
}

// snoozes lists the drafts that the configuration holds back, and those for
// which that is over since the last accepted report.
func (j *job) snoozes(t *task, drafts []reminder.Draft) (now, ended []notify.Snooze) {
	configured := make(map[string]config.Snooze)
	for _, s := range j.cfg.Snooze {
		configured[s.Advisory] = s
	}
	for _, d := range drafts {
		s, ok := configured[d.ID]
		if !ok {
			continue
		}
		z := notify.Snooze{Item: j.item(&d, 0, t.owners), Until: s.Until, Reason: s.Reason}
		switch {
		case j.now.Before(s.Until):
			now = append(now, z)
		case s.Until.After(t.memory.Advisories[d.ID].SnoozeSaid):
			ended = append(ended, z)
		}
	}
	for _, list := range [][]notify.Snooze{now, ended} {
		slices.SortStableFunc(list, func(a, b notify.Snooze) int { return a.Until.Compare(b.Until) })
	}
	return now, ended
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

// onDuty returns who of the rotation is on duty, and who takes over when, if
// that is somebody else. Before the rotation begins nobody is.
func (j *job) onDuty() (now, next string, handOver time.Time) {
	d, zone := j.cfg.OnDuty, j.cfg.Policy.Location
	if d == nil || len(d.Rotation) == 0 || d.Days < 1 || j.now.Before(d.Since) {
		return "", "", time.Time{}
	}
	turn := days(d.Since, j.now, zone) / d.Days
	member := func(turn int) string { return d.Rotation[turn%len(d.Rotation)].Name }
	for ahead := 1; ahead < len(d.Rotation); ahead++ {
		if member(turn+ahead) != member(turn) {
			return member(turn), member(turn + ahead), startOfTurn(d, turn+ahead, zone)
		}
	}
	return member(turn), "", time.Time{}
}

// startOfTurn returns the first instant of a turn of the rotation.
func startOfTurn(d *config.OnDuty, turn int, zone *time.Location) time.Time {
	y, m, first := d.Since.In(zone).Date()
	return reminder.StartOfDay(y, m, first+turn*d.Days, zone)
}
