package reminder

import (
	"slices"
	"time"
)

// setNext fills in when each digest's recipient will be reminded again of its
// advisories if nothing happens: as soon as one of theirs of that cadence is due in
// a later period, since all that are pending go along with it.
func (r Request) setNext(digests []Digest, decisions []Decision) {
	byKey := make(map[key]*Digest, len(digests))
	held := make(map[key]time.Time, len(digests)) // until when all of its reminders are held back
	for i := range digests {
		d := &digests[i]
		k := key{d.To, d.Cadence}
		byKey[k] = d
		for n, m := range d.Reminders {
			last := r.Policy.lastTold(m.Draft, Told{At: r.Now})
			until := r.heldUntil(m.Draft, d.To)
			d.Next = Earlier(d.Next, Later(r.Policy.after(d.Cadence, r.Now, last), until))
			if n == 0 || until.Before(held[k]) {
				held[k] = until
			}
		}
	}
	for _, decision := range decisions {
		k := key{decision.To, decision.Cadence}
		d := byKey[k]
		if d == nil || decision.Reason.Sent() {
			continue
		}
		last := r.Policy.lastTold(decision.Draft, r.History(decision.ID, k.to))
		until := r.heldUntil(decision.Draft, k.to)
		end := r.Policy.after(k.cadence, r.Now, time.Time{})
		if last.Before(d.Period) && Later(r.Policy.graceEnd(k.cadence, last), until).Before(end) {
			continue // it will be told of in this period, and is due after those of this digest
		}
		if next := Later(r.Policy.after(k.cadence, r.Now, last), until); !next.Before(held[k]) {
			d.Next = Earlier(d.Next, next)
		}
	}
}

// heldUntil returns until when a snooze or an answer holds a draft back from a
// recipient who has been told of it; the zero time is not at all.
func (r Request) heldUntil(d *Draft, to Recipient) time.Time {
	quiet := r.Policy.Quiet[d.Cadence]
	if to == SWG || quiet == 0 || d.Answered.IsZero() || d.Answered.After(r.Now) {
		return d.SnoozedUntil
	}
	return Later(d.SnoozedUntil, AddDays(d.Answered, quiet, r.Policy.Location))
}

// Upcoming is what is due next by one cadence.
type Upcoming struct {
	Cadence Cadence
	At      time.Time
	To      []Recipient // in the order of the drafts
}

// Ahead returns what will be due on the first day on which anything is, if nothing
// happens until then: one for each cadence. The decisions are those of Plan about the
// same request; what is sent now is left out.
func Ahead(r Request, decisions []Decision) []Upcoming {
	var first [len(Cadences)]Upcoming
	var earliest time.Time
	due := make([]time.Time, len(decisions))
	for i, d := range decisions {
		if d.Reason.Sent() || !r.selects(d.Severity) {
			continue
		}
		last := r.Policy.lastTold(d.Draft, r.History(d.ID, d.To))
		due[i] = Later(r.Policy.graceEnd(d.Cadence, last), r.heldUntil(d.Draft, d.To))
		if !last.Before(d.Cadence.Start(r.Now, r.Policy.Location)) {
			due[i] = Later(due[i], r.Policy.after(d.Cadence, r.Now, last))
		}
		earliest = Earlier(earliest, due[i])
	}
	for i, d := range decisions {
		if due[i].IsZero() || Days(earliest, due[i], r.Policy.Location) > 0 {
			continue
		}
		u := &first[d.Cadence]
		u.Cadence, u.At = d.Cadence, Earlier(u.At, due[i])
		if !slices.Contains(u.To, d.To) {
			u.To = append(u.To, d.To)
		}
	}
	return slices.DeleteFunc(first[:], func(u Upcoming) bool { return u.At.IsZero() })
}
