package ledger

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/openedx/advisory-reminders/internal/discussion"
)

// keep is how long the record of an advisory that is no longer a draft is kept,
// in months: longer than any period.
const keep = 13

// merge adds to l, which a run at work has in hand, what another run has written
// meanwhile: of an advisory the later observation; of a delivery what accepted
// it, else the later claim, else what is known better. Of two runs' claims of
// one reminder, theirs stays.
func (l *Ledger) merge(theirs *Ledger, c Claimant, now time.Time) {
	theirs.Disbelieve(now)
	l.Disbelieve(now)
	for id, their := range theirs.Advisories {
		l.Advisories[id] = mergeAdvisory(l.Advisories[id], their)
	}
	l.mergeDeliveries(theirs.Deliveries, c)
	l.mergeLasting(theirs)
	if !theirs.FirstRun.IsZero() && (l.FirstRun.IsZero() || theirs.FirstRun.Before(l.FirstRun)) {
		l.FirstRun = theirs.FirstRun
	}
	l.LastRun, l.Alarmed = later(l.LastRun, theirs.LastRun), later(l.Alarmed, theirs.Alarmed)
	l.heard(theirs.Heard)
	l.mergeAccounts(theirs.Accounts)
	l.Issue = laterIssue(l.Issue, theirs.Issue)
	if theirs.Unknown != nil {
		l.Unknown = theirs.Unknown
	}
}

// mergeAdvisory returns what two runs know of an advisory: the later observation.
func mergeAdvisory(our, their *Advisory) *Advisory {
	if our == nil {
		return their
	}
	seen, before := our, their
	if their.LastSeen.After(our.LastSeen) {
		seen, before = their, our
	}
	m := *seen
	if before.Moved.After(m.Moved) && m.Shape == before.Shape {
		m.Moved, m.Before = before.Moved, before.Before
	}
	m.SnoozeSaid = later(m.SnoozeSaid, before.SnoozeSaid)
	m.Discussion = discussion.Merge(our.Discussion, their.Discussion)
	m.Collaborators = mergeCollaborators(our.Collaborators, their.Collaborators)
	if before.Opened.Before(m.Opened) {
		m.Opened = before.Opened
	}
	if m.Unknown == nil {
		m.Unknown = before.Unknown
	}
	m.ResolvedSaid = m.ResolvedSaid || m.State != "" && m.State == before.State && before.ResolvedSaid
	return &m
}

// mergeDeliveries merges theirs, which are those in the store, into l. What they
// have in the claimant's own hands, and l has not, was let go. What l has and they
// have not was dropped by another run: a claim that is gone is not held any more,
// and what was reported is not news.
func (l *Ledger) mergeDeliveries(theirs []*Delivery, c Claimant) {
	ours := make(map[string]int, len(l.Deliveries))
	for i, d := range l.Deliveries {
		ours[d.ID] = i
	}
	for _, their := range theirs {
		i, known := ours[their.ID]
		delete(ours, their.ID)
		switch {
		case known:
			l.Deliveries[i] = better(l.Deliveries[i], their)
		case !c.holds(their):
			l.Deliveries = append(l.Deliveries, their)
		}
	}
	for _, i := range ours {
		if d := *l.Deliveries[i]; c.holds(&d) {
			d.Outcome = Unclear
			l.Deliveries[i] = &d
		}
	}
	l.index()
	l.Identify(l.accounts)
	l.remove(func(d *Delivery) bool {
		_, gone := ours[d.ID]
		return gone && d.Holder != c.Holder && d.accepted() && !l.isLast(d)
	})
}

// better returns of two records of one delivery, ours and that of the store, the
// one that counts, with what both say of false times, refusals and reports.
func better(our, their *Delivery) *Delivery {
	void := max(our.Void, their.Void)
	marked := func(d *Delivery) *Delivery { m := *d; m.Void = void; return &m }
	our, their = marked(our), marked(their)
	order := cmp.Or(cmp.Compare(our.Claims, their.Claims), cmp.Compare(our.Outcome.rank(), their.Outcome.rank()))
	if order == 0 && our.Holder == their.Holder {
		order = cmp.Or(our.Since.Compare(their.Since), their.At.Compare(our.At), cmp.Compare(our.Outcome, their.Outcome))
	}
	later, earlier := their, our
	if our.accepted() && !their.accepted() || our.accepted() == their.accepted() && order > 0 {
		later, earlier = our, their
	}
	m := later
	m.Said = our.Said && !our.void() || their.Said && !their.void()
	if earlier.Tried.After(m.Tried) {
		m.Tried = earlier.Tried
	}
	for _, r := range earlier.Refusals {
		if !slices.Contains(m.Refusals, r) {
			m.Refusals = append(slices.Clone(m.Refusals), r)
		}
	}
	if m.Unknown == nil {
		m.Unknown = earlier.Unknown
	}
	return m
}

// Disbelieve marks what lies in the future by the run's clock: such a time was
// written by a wrong one, and counts as never. It reports whether there was any.
func (l *Ledger) Disbelieve(now time.Time) (found bool) {
	limit := now.Add(ahead)
	found = disbelieve(limit, &l.LastRun, &l.FirstRun, &l.Alarmed, &l.Heard)
	found = l.disbelieveLasting(limit) || found
	if l.Issue != nil {
		found = disbelieve(limit, &l.Issue.Since) || found
	}
	if l.FirstRun.IsZero() && len(l.Advisories) > 0 {
		l.FirstRun = now.UTC()
	}
	for _, a := range l.Advisories {
		found = a.disbelieve(limit, now) || found
	}
	for _, d := range l.Deliveries {
		found = d.disbelieve(limit) || found
	}
	if found {
		l.index() // without those that are void now
	}
	return found
}

// disbelieve clears the times that lie after limit, and reports whether there was any.
func disbelieve(limit time.Time, times ...*time.Time) (found bool) {
	for _, t := range times {
		if t.After(limit) {
			*t, found = time.Time{}, true
		}
	}
	return found
}

// disbelieve does so for what is known of an advisory.
func (a *Advisory) disbelieve(limit, now time.Time) (found bool) {
	found = disbelieve(limit, &a.LastSeen, &a.Moved, &a.SnoozeSaid)
	if a.State == "" { // of what has ended it only matters that it was so
		found = disbelieve(limit, &a.LeftOut) || found
	}
	found = a.Discussion.Disbelieve(limit) || found
	for i := range a.Collaborators {
		found = a.Collaborators[i].disbelieve(limit, now) || found
	}
	if a.Opened.After(limit) {
		a.Opened, found = now.UTC(), true
	}
	return found
}

// disbelieve does so for a delivery: one that was made or claimed then is void.
func (d *Delivery) disbelieve(limit time.Time) (found bool) {
	if !d.void() && (d.At.After(limit) || d.Outcome.rank() == 0 && d.Since.After(limit)) {
		d.Void, found = max(1, d.Claims), true
	}
	found = disbelieve(limit, &d.Tried) || found
	before := len(d.Refusals)
	d.Refusals = slices.DeleteFunc(slices.Clone(d.Refusals), func(r Refusal) bool { return r.At.After(limit) })
	return found || len(d.Refusals) < before
}

// Prune drops the records of advisories that have been no drafts for 13 months,
// and of those that the configuration says to forget unless this run has seen
// them; and the deliveries that say nothing any more.
func (l *Ledger) Prune(now time.Time, forget []string) {
	cut := now.AddDate(0, -keep, 0)
	maps.DeleteFunc(l.Advisories, func(id string, a *Advisory) bool {
		return a.State != "" && a.LastSeen.Before(cut) || a.LastSeen.Before(now) && slices.Contains(forget, id)
	})
	last := l.lastReport()
	l.remove(func(d *Delivery) bool {
		old := d.Since.Before(now.AddDate(0, -7, 0)) // a period is six months at the most
		switch {
		case d == last:
			return false
		case d.accepted():
			return (d.Said || d.Kind == Report || d.Kind == Answer) && !l.isLast(d) && (old || len(d.Refusals) == 0)
		}
		return old || !l.matters(d)
	})
}

// isLast reports whether a delivery is the last of one of its pairs.
func (l *Ledger) isLast(d *Delivery) bool {
	for p := range d.Pairs() {
		if l.Advisories[p.Advisory] != nil && l.last(p).Delivery == d {
			return true
		}
	}
	return false
}

// matters reports whether a delivery that was not accepted holds a refusal, or
// is of a pair that nobody was told of since, or of access to what still is a draft.
func (l *Ledger) matters(d *Delivery) bool {
	if len(d.Refusals) > 0 || d.Kind == Report {
		return true
	}
	if d.Kind == Answer {
		return l.answers(d)
	}
	for p := range d.Pairs() {
		a := l.Advisories[p.Advisory]
		if a != nil && (d.tells() && !l.last(p).since(d) || !d.tells() && a.State == "") {
			return true
		}
	}
	return false
}

// since reports whether a delivery was accepted after another one was claimed.
func (t told) since(d *Delivery) bool { return t.Delivery != nil && t.At.After(d.Since) }
