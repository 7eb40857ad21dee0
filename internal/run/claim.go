package run

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/openedx/advisory-reminders/internal/ledger"
	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/reminder"
)

// claim puts the plan's digests into deliveries and claims them, and the report,
// in one write. What another run has claimed is left to it.
func claim(ctx, deciding, last context.Context, c Clients, a Assignment, clock Clock, s Snapshot, p *Plan, l *ledger.Ledger) (*ledger.Recorder, error) {
	me, now := a.claimant(c), clock.Now()
	blocked := l.Blocked(me, now)
	planned := len(p.Send) + len(p.SWG)
	p.Send, p.SWG = slices.DeleteFunc(p.Send, blocked), slices.DeleteFunc(p.SWG, blocked)
	left := planned - len(p.Send) - len(p.SWG)
	p.Deliveries = batches(a, s, *p, c.Channels, l)
	p.Closer.Access.claim(s.Now, l, me)
	introduced := l.Introduced()
	for i := range p.Deliveries {
		d := &p.Deliveries[i]
		d.Accounts = s.accountsOf(d.Delivery)
		d.First = firsts(s, d.Delivery, introduced)
		channel := d.Channel // the record keeps that of an earlier attempt, or none
		d.Delivery = *l.Claim(d.Delivery, me, now, d.Parts[0].Period)
		d.Channel = channel
	}
	p.Replies = claimReplies(c, a, s, l, me, now)
	p.claimReport(c, a, s, l, me, now)
	if left > 0 {
		c.Log("Another run is at work. Digests that are left to it: %d.", left)
	}
	a.Grid.wait(ctx, clock, claimAt)
	recorder, err := ledger.Take(ctx, deciding, last, c.Ledger, l, me, clock.Now, a.Public)
	if err != nil {
		return nil, failed(Ledger, fmt.Errorf("%w\nnothing was sent", err))
	}
	return recorder, nil
}

// claimReport claims the report, if there may be one to send: whether there is, is known
// once all else was sent.
func (p *Plan) claimReport(c Clients, a Assignment, s Snapshot, l *ledger.Ledger, me ledger.Claimant, now time.Time) {
	r, m := compose(c, a, s, *p, Outcome{}, l)
	perhaps := m.all || len(p.Send) > 0 || len(p.Replies) > 0 || len(p.Closer.Access.with(doorGive)) > 0 || !r.Quiet()
	if !perhaps || l.ReportBlocked(me, now) {
		p.SWG = nil
		return
	}
	report := ledger.Delivery{Kind: ledger.Report, To: []reminder.Recipient{reminder.SWG}, Sum: sum(s, *p, r, l)}
	for _, d := range p.SWG {
		for _, m := range d.Reminders {
			report.Advisories = append(report.Advisories, m.ID)
		}
	}
	week := reminder.Weekly.Start(s.Now, a.Config.Policy.Location) // another week's is another
	record := l.Claim(report, me, now, week)
	p.Report, p.Tried = record.ID, tried(record, week)
}

// tried returns when a claimed report may have been sent before; the zero time: it
// was not. If nobody knows when, it is the beginning of the week, before which the
// report had another id.
func tried(report *ledger.Delivery, week time.Time) time.Time {
	switch {
	case !report.Perhaps:
		return time.Time{}
	case report.Tried.IsZero():
		return week
	}
	return report.Tried
}

// claimant is this run with all that it judges other runs' claims by.
func (a Assignment) claimant(c Clients) ledger.Claimant {
	return ledger.Claimant{Holder: a.Holder, Alone: c.Ledger.Alone(), Life: a.Life}
}

// batches puts the digests of a plan into deliveries, channel by channel. A comment
// that may have been posted is repeated for those who stood in it, and nobody else.
func batches(a Assignment, s Snapshot, p Plan, channels []notify.Channel, l *ledger.Ledger) []notify.Delivery {
	byChannel := make(map[string][]notify.Addressed)
	for _, digest := range p.Send {
		for _, d := range p.byWay(a, s, channels, digest) {
			name := d.Name()
			if name != threadChannel {
				byChannel[name] = append(byChannel[name], notify.Addressed{Digest: d.Digest, Address: d.Address})
				continue
			}
			again := make(map[string][]reminder.Reminder) // by the earlier delivery
			for _, m := range d.Reminders {
				id := l.Attempt(ledger.Pair{To: d.To, Advisory: m.ID}, d.Period)
				again[id] = append(again[id], m)
			}
			for _, id := range slices.Sorted(maps.Keys(again)) {
				part := d.Digest
				part.Reminders = again[id]
				byChannel[name] = append(byChannel[name], notify.Addressed{Digest: part, Address: d.Address, Again: id})
			}
		}
	}
	var deliveries []notify.Delivery
	for _, channel := range channels {
		for _, d := range channel.Batch(byChannel[channel.Name()]) {
			d.Channel = channel.Name()
			deliveries = append(deliveries, d)
		}
	}
	return deliveries
}

// firsts returns the repositories of which somebody is told for the first time
// by a delivery, each with the first advisory's route.
func firsts(s Snapshot, d ledger.Delivery, introduced func(reminder.Recipient, string) bool) []ledger.First {
	var list []ledger.First
	for _, to := range d.To {
		seen := make(map[string]bool)
		for _, id := range d.Advisories {
			key := s.Owners.Of(id).Repository.Key()
			party, ok := partyOf(s.Owners, id, to)
			if !ok || seen[key] || introduced(to, key) {
				continue
			}
			seen[key] = true
			route := party.Why()
			at := slices.IndexFunc(list, func(f ledger.First) bool { return f.To == to && f.Route == route })
			if at < 0 {
				at, list = len(list), append(list, ledger.First{To: to, Route: route})
			}
			list[at].Repositories = append(list[at].Repositories, key)
		}
	}
	return list
}
