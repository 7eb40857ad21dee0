package run

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/config"
	"github.com/openedx/advisory-reminders/internal/ledger"
	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/reminder"
)

// countDrafts counts drafts by severity, and those of which nobody can be told.
func countDrafts(drafts []reminder.Draft) (bySeverity map[advisory.Severity]int, ownerless int) {
	bySeverity = make(map[advisory.Severity]int)
	for _, d := range drafts {
		bySeverity[d.Severity]++
		if d.Severity != advisory.Unscored && len(d.Recipients) == 0 && !d.Waits {
			ownerless++
		}
	}
	return bySeverity, ownerless
}

// OnDuty enters who is on duty, by the time of the report.
func OnDuty(r *notify.Report, cfg config.Config) {
	r.OnDuty, r.NextOnDuty, r.HandOver = cfg.Duty(r.Now)
	if c, ok := cfg.ContactOf(advisory.Owner{Kind: advisory.User, Name: r.OnDuty}); ok {
		r.OnDutySlack = c.Slack
	}
}

// digests lists the digests that no accepted report has named. Comments are made one
// for each advisory; for who is told of several, they are one digest.
func digests(l *ledger.Ledger) (list []notify.Sent) {
	for _, d := range l.Unreported() {
		cadence, _ := reminder.ParseCadence(d.Cadence)
		for _, to := range d.To {
			i := slices.IndexFunc(list, func(have notify.Sent) bool {
				return d.Channel == threadChannel && have.Channel == d.Channel && have.To == string(to) && have.Cadence == cadence
			})
			if i < 0 {
				i, list = len(list), append(list, notify.Sent{To: string(to), Channel: d.Channel, Cadence: cadence})
			}
			list[i].Items += len(d.Advisories)
		}
	}
	return list
}

// changed lists the drafts whose severity is another than the last accepted
// report had it.
func changed(a Assignment, s Snapshot, p Plan, l *ledger.Ledger) []notify.Change {
	var list []notify.Change
	for _, d := range p.Drafts {
		if was := l.Advisories[d.ID].Severity; was != d.Severity.String() {
			from, _ := advisory.ParseSeverity(was)
			list = append(list, notify.Change{Item: item(a, s, &d, 0), From: from, To: d.Severity})
		}
	}
	return list
}

// firstTold lists the recipients whose first digest about a repository no
// accepted report has named, those of one repository and route together.
func firstTold(a Assignment, l *ledger.Ledger) []notify.FirstTold {
	type group struct{ repo, route string }
	names := make(map[group][]string)
	for _, d := range l.Unreported() {
		for _, f := range d.First {
			for _, repository := range f.Repositories {
				g := group{repository, f.Route}
				if !slices.Contains(names[g], string(f.To)) {
					names[g] = append(names[g], string(f.To))
				}
			}
		}
	}
	var list []notify.FirstTold
	for g, to := range names {
		slices.Sort(to)
		repo, _ := advisory.ParseRepository(g.repo)
		list = append(list, notify.FirstTold{To: strings.Join(to, ", "), Repository: repo, URL: a.Server + "/" + g.repo, Route: g.route})
	}
	slices.SortFunc(list, func(x, y notify.FirstTold) int {
		return cmp.Or(cmp.Compare(x.Repository.Key(), y.Repository.Key()), cmp.Compare(x.Route, y.Route))
	})
	return list
}

// resolved lists the advisories that are drafts no longer, if no accepted report
// has named them.
func resolved(a Assignment, l *ledger.Ledger) []notify.Resolved {
	var list []notify.Resolved
	for id, r := range l.Advisories {
		if r.State == "" || r.ResolvedSaid {
			continue
		}
		i := gone(a, id, r)
		i.OpenDays = reminder.Days(r.Opened, r.LastSeen, a.Config.Policy.Location)
		list = append(list, notify.Resolved{State: r.State, Item: i})
	}
	slices.SortFunc(list, func(a, b notify.Resolved) int { return cmp.Compare(a.Item.ID, b.Item.ID) })
	return list
}

// leftOut lists the drafts that GitHub's list leaves out, and reports whether an
// accepted report has said so of each.
func leftOut(a Assignment, s Snapshot, p Plan, m *memory) (list []notify.Item, said bool) {
	said = true
	is := make(map[string]bool)
	for _, d := range s.LeftOut {
		is[d.ID] = true
		said = said && !m.Advisories[d.ID].LeftOut.IsZero()
	}
	for _, d := range p.Drafts {
		if is[d.ID] {
			list = append(list, item(a, s, &d, 0))
		}
	}
	if len(list) > 0 && said && !m.all {
		m.left++
		return nil, said
	}
	sortItems(list)
	return list, said
}

// longest is how many of the longest open drafts a report names.
const longest = 5

// longestOpen lists the drafts that have been open longest, in the first report of a week.
func longestOpen(a Assignment, s Snapshot, p Plan, m *memory) []notify.Item {
	if !m.all {
		return nil
	}
	drafts := slices.Clone(p.Drafts)
	slices.SortFunc(drafts, func(a, b reminder.Draft) int {
		return cmp.Or(a.Opened.Compare(b.Opened), cmp.Compare(a.ID, b.ID))
	})
	var list []notify.Item
	for _, d := range drafts[:min(longest, len(drafts))] {
		list = append(list, item(a, s, &d, 0))
	}
	return list
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
	return m.items("no answer", list)
}

// triage lists the private reports that have waited for longer than the
// configuration allows.
func triage(a Assignment, s Snapshot, m *memory) []notify.Item {
	if len(s.Untriaged) > 0 {
		m.rememberAll("triage") // some of these may wait still
	}
	var list []notify.Item
	for _, report := range s.Triage {
		if reminder.AddDays(report.Created, a.Config.TriageAfter, a.Config.Policy.Location).After(s.Now) {
			continue
		}
		list = append(list, item(a, s, &reminder.Draft{Advisory: &report, Opened: report.Created}, 0))
	}
	sortItems(list)
	return m.items("triage", list)
}

// leftDuty lists those in the rotation on duty who are known not to be members of the
// organization, and says how many of them a report has named before.
func leftDuty(a Assignment, s Snapshot, m *memory) (say []string, known int) {
	var list []string
	if a.Config.OnDuty == nil {
		return nil, 0
	}
	for _, o := range a.Config.OnDuty.Rotation {
		if _, known := s.Logins[strings.ToLower(o.Name)]; !known || s.Owners.Blind {
			m.remember("duty", o.Name)
		} else if s.Owners.Outsiders[strings.ToLower(o.Name)] && !slices.Contains(list, o.Name) {
			list = append(list, o.Name)
		}
	}
	return m.texts("duty", list)
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
