package ledger

import (
	"maps"
	"slices"
	"time"
)

// keep is how long the record of an advisory that is no longer a draft is kept,
// in months: longer than any period.
const keep = 13

// Merge adds to l, which a run at work has in hand, what another run has written
// meanwhile: of an advisory the later observation; of a delivery what accepted
// it, else the later claim, else what is known better. Of two runs' claims of
// one reminder, theirs stays.
func (l *Ledger) Merge(theirs *Ledger, c Claimant, now time.Time) {
	theirs.Disbelieve(now)
	l.Disbelieve(now)
	for id, their := range theirs.Advisories {
		our := l.Advisories[id]
		if our == nil {
			l.Advisories[id] = their
			continue
		}
		later, earlier := our, their
		if their.LastSeen.After(our.LastSeen) {
			later, earlier = their, our
		}
		m := *later
		if earlier.Changed.After(m.Changed) {
			m.Changed, m.Before = earlier.Changed, earlier.Before
		}
		if earlier.SnoozeSaid.After(m.SnoozeSaid) {
			m.SnoozeSaid = earlier.SnoozeSaid
		}
		if earlier.Opened.Before(m.Opened) {
			m.Opened = earlier.Opened
		}
		m.ResolvedSaid = m.State != "" && m.State == earlier.State && (our.ResolvedSaid || their.ResolvedSaid) || m.ResolvedSaid
		l.Advisories[id] = &m
	}
	l.mergeDeliveries(theirs.Deliveries, c)
	if !theirs.FirstRun.IsZero() && (l.FirstRun.IsZero() || theirs.FirstRun.Before(l.FirstRun)) {
		l.FirstRun = theirs.FirstRun
	}
	l.LastRun, l.Alarmed = later(l.LastRun, theirs.LastRun), later(l.Alarmed, theirs.Alarmed)
	for login, id := range theirs.Accounts {
		if l.Accounts == nil {
			l.Accounts = make(map[string]int64)
		}
		l.Accounts[login] = id // the first sight is the one that is on the branch already
	}
	if theirs.Unknown != nil {
		l.Unknown = theirs.Unknown
	}
}

// mergeDeliveries merges theirs into l. What they have in the claimant's own
// hands, and l has not, was let go.
func (l *Ledger) mergeDeliveries(theirs []*Delivery, c Claimant) {
	ours := make(map[string]int, len(l.Deliveries))
	for i, d := range l.Deliveries {
		ours[d.ID] = i
	}
	for _, their := range theirs {
		i, known := ours[their.ID]
		switch {
		case known:
			l.Deliveries[i] = better(l.Deliveries[i], their)
		case !c.holds(their):
			l.Deliveries = append(l.Deliveries, their)
		}
	}
	l.index()
	l.Identify(l.accounts)
}

// better returns of two records of one delivery the one that counts, with what
// both say of refusals, reports and false times.
func better(a, b *Delivery) *Delivery {
	later, earlier := a, b
	switch {
	case a.accepted() != b.accepted():
		if b.accepted() {
			later, earlier = b, a
		}
	case a.Claims != b.Claims:
		if b.Claims > a.Claims {
			later, earlier = b, a
		}
	case b.Outcome.rank() > a.Outcome.rank(), b.Outcome == a.Outcome && b.Since.After(a.Since):
		later, earlier = b, a
	}
	m := *later
	m.Said, m.Void = a.Said || b.Said, a.Void || b.Void
	for _, r := range earlier.Refusals {
		if !slices.Contains(m.Refusals, r) {
			m.Refusals = append(slices.Clone(m.Refusals), r)
		}
	}
	return &m
}

// Disbelieve marks what lies in the future by the run's clock: such a time was
// written by a wrong one, and counts as never. It reports whether there was any.
func (l *Ledger) Disbelieve(now time.Time) bool {
	limit, found := now.Add(ahead), false
	clear := func(times ...*time.Time) {
		for _, t := range times {
			if t.After(limit) {
				*t, found = time.Time{}, true
			}
		}
	}
	clear(&l.LastRun, &l.FirstRun, &l.Alarmed)
	if l.FirstRun.IsZero() && len(l.Advisories) > 0 {
		l.FirstRun = now.UTC()
	}
	for _, a := range l.Advisories {
		clear(&a.LastSeen, &a.Changed, &a.SnoozeSaid)
		if a.Opened.After(limit) {
			a.Opened, found = now.UTC(), true
		}
	}
	void := false
	for _, d := range l.Deliveries {
		if slices.ContainsFunc(d.Refusals, func(r Refusal) bool { return r.At.After(limit) }) {
			d.Refusals = slices.DeleteFunc(slices.Clone(d.Refusals), func(r Refusal) bool { return r.At.After(limit) })
			found = true
		}
		if !d.Void && (d.At.After(limit) || d.Outcome.rank() == 0 && d.Since.After(limit)) {
			d.Void, void = true, true
		}
	}
	if void {
		l.index()
	}
	return found || void
}

// Prune drops the records of advisories that have been no drafts for 13 months,
// and of those that the configuration says to forget unless this run has seen
// them; and the deliveries that say nothing any more.
func (l *Ledger) Prune(now time.Time, forget []string) {
	cut := now.AddDate(0, -keep, 0)
	maps.DeleteFunc(l.Advisories, func(id string, a *Advisory) bool {
		return a.State != "" && a.LastSeen.Before(cut) || a.LastSeen.Before(now) && slices.Contains(forget, id)
	})
	var last *Delivery // report
	for _, d := range l.Deliveries {
		if d.Kind == Report && d.accepted() && (last == nil || d.At.After(last.At)) {
			last = d
		}
	}
	l.remove(func(d *Delivery) bool {
		old := d.Since.Before(now.AddDate(0, -7, 0)) // a period is six months at the most
		switch {
		case d == last:
			return false
		case d.accepted():
			return (d.Said || d.Kind == Report) && !l.isLast(d) && (old || len(d.Refusals) == 0)
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
// is of a pair that nobody was told of since.
func (l *Ledger) matters(d *Delivery) bool {
	if len(d.Refusals) > 0 || d.Kind == Report {
		return true
	}
	for p := range d.Pairs() {
		if a := l.Advisories[p.Advisory]; a != nil && a.State == "" && !l.last(p).since(d) {
			return true
		}
	}
	return false
}

// since reports whether a delivery was accepted after another one was claimed.
func (t told) since(d *Delivery) bool { return t.Delivery != nil && t.At.After(d.Since) }
