package run

import (
	"slices"
	"strings"
	"time"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/ledger"
	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/reminder"
)

// A memory knows what lasts and was said by an accepted report. Such things are said
// when they begin, and in the first report of a week.
type memory struct {
	*ledger.Ledger
	all  bool     // everything is said
	keys []string // of what lasts now
	left int      // how many things that need a human are left out
}

// lasting notes that something lasts, and returns whether a report is to say it, and
// whether one has said it before.
func (m *memory) lasting(kind, text string) (say, known bool) {
	key := ledger.LastingKey(kind, text)
	m.keys = append(m.keys, key)
	known = m.SaidLasting(key)
	return m.all || !known, known
}

// remember keeps in mind what may last still.
func (m *memory) remember(kind, text string) {
	if key := ledger.LastingKey(kind, text); m.SaidLasting(key) {
		m.keys = append(m.keys, key)
	}
}

// rememberAll keeps in mind all of a kind.
func (m *memory) rememberAll(kind string) {
	for key := range m.Lasting {
		if strings.HasPrefix(key, kind+" ") {
			m.keys = append(m.keys, key)
		}
	}
}

// texts returns of lasting texts those to be said, and how many of them are known.
func (m *memory) texts(kind string, list []string) (say []string, known int) {
	for _, text := range list {
		switch now, was := m.lasting(kind, text); {
		case !now:
			m.left++
		case was:
			known++
			fallthrough
		default:
			say = append(say, text)
		}
	}
	return say, known
}

// items returns of lasting items those to be said, with which of them are known.
func (m *memory) items(kind string, list []notify.Item) (say []notify.Item) {
	for _, i := range list {
		if m.item(kind, i.ID, &i) {
			say = append(say, i)
		}
	}
	return say
}

// item reports whether an item of which something lasts is to be said, and marks one
// that is known.
func (m *memory) item(kind, what string, i *notify.Item) (say bool) {
	if say, i.Known = m.lasting(kind, what); !say {
		m.left++
	}
	return say
}

// notes returns of lasting notes those to be said. Nobody has to do anything about
// those that are left out.
func (m *memory) notes(list []string) (say []string) {
	for _, text := range list {
		if now, _ := m.lasting("note", text); now {
			say = append(say, text)
		}
	}
	return say
}

// unansweredAfter is how often somebody is reminded of a draft on which nothing
// happens before the report says so.
const unansweredAfter = 2

// noAnswer lists the drafts of which one of those who are to be told was reminded
// so often, or once with a whole period gone by since, and on which nothing happened
// meanwhile. A snoozed one waits for a known reason, and one without a score or an
// owner waits for the working group.
func noAnswer(a Assignment, s Snapshot, p Plan, m *memory) []notify.Item {
	var list []notify.Item
	for _, d := range p.Drafts {
		if d.Severity == advisory.Unscored || s.Now.Before(d.SnoozedUntil) {
			continue
		}
		if d.Waits { // for whom is not known now
			m.remember("no answer", d.ID)
		}
		zone := a.Config.Policy.Location
		most := 0
		var since time.Time
		var names []string
		for _, to := range d.Recipients {
			n, moved, last := m.Unanswered(d.ID, to)
			missed := n > 0 && d.Cadence.Start(s.Now, zone).After(d.Cadence.Next(last, zone))
			if n >= unansweredAfter || missed {
				most, since, names = max(most, n), moved, append(names, string(to))
			}
		}
		if len(names) == 0 {
			continue
		}
		slices.Sort(names)
		i := item(a, s, &d, most)
		i.Unanswered, i.Since, i.Reason = most, since, strings.Join(names, ", ")
		list = append(list, i)
	}
	sortItems(list)
	return list
}

// triage lists the private reports that have waited for longer than the
// configuration allows.
func triage(a Assignment, s Snapshot) []notify.Item {
	var list []notify.Item
	for _, report := range s.Triage {
		if reminder.AddDays(report.Created, a.Config.TriageAfter, a.Config.Policy.Location).After(s.Now) {
			continue
		}
		list = append(list, item(a, s, &reminder.Draft{Advisory: &report, Opened: report.Created}, 0))
	}
	sortItems(list)
	return list
}

// leftDuty lists those in the rotation on duty who are known not to be members of the
// organization.
func leftDuty(a Assignment, s Snapshot, m *memory) []string {
	var list []string
	if a.Config.OnDuty == nil {
		return nil
	}
	for _, o := range a.Config.OnDuty.Rotation {
		if _, known := s.Logins[strings.ToLower(o.Name)]; !known || s.Owners.Blind {
			m.remember("duty", o.Name)
		} else if s.Owners.Outsiders[strings.ToLower(o.Name)] && !slices.Contains(list, o.Name) {
			list = append(list, o.Name)
		}
	}
	return list
}

// snoozes lists the drafts that the configuration holds back, and those for
// which that is over since the last accepted report.
func snoozes(a Assignment, s Snapshot, p Plan, m *memory) (held, ended []notify.Snooze) {
	for _, d := range p.Drafts {
		c := a.snooze(d.ID)
		if c.Advisory == "" {
			continue
		}
		z := notify.Snooze{Item: item(a, s, &d, 0), Until: c.Until, Reason: c.Reason}
		switch {
		case s.Now.Before(c.Until):
			if say, _ := m.lasting("snooze", d.ID+" "+c.Until.UTC().String()); say {
				held = append(held, z)
			}
		case c.Until.After(m.Advisories[d.ID].SnoozeSaid):
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
