package ledger

import (
	"slices"
	"time"

	"github.com/openedx/advisory-reminders/internal/reminder"
)

// ClaimLife is how long a claim holds others back. A run that takes longer
// renews its own.
const ClaimLife = 15 * time.Minute

// A Claim says that a run is about to deliver an advisory to a recipient. It is
// written before the delivery, so that no other run delivers the same, and so
// that a delivery whose end nobody knows is repeated under the same id.
type Claim struct {
	ID      string    `json:"id"` // of the delivery
	Run     string    `json:"run"`
	Process string    `json:"process,omitempty"` // random
	Sum     string    `json:"sum,omitempty"`     // of what a report says
	Attempt int       `json:"attempt,omitzero"`
	Cadence string    `json:"cadence,omitempty"`
	At      time.Time `json:"at"` // when it was made or renewed

	// Over says that the delivery was tried and did not succeed for certain:
	// the claim holds nobody back, and is kept for its id alone.
	Over bool `json:"over,omitzero"`
}

// A Holder is a run that claims.
type Holder struct {
	Run     string // workflow run and job; the jobs of a matrix share it
	Attempt int
	Process string // random, so that no two processes take each other's claims for their own

	// Alone says that no other run can be at work, because the ledger is
	// locked. What others have claimed was left behind.
	Alone bool
}

// owns reports whether a claim is the holder's own.
func (h Holder) owns(c *Claim) bool {
	return c.Run == h.Run && c.Attempt == h.Attempt && c.Process == h.Process
}

// blocks reports whether a claim holds the holder back at now: it is another
// run's, and alive. A re-run takes over the claims of the attempts before it.
func (h Holder) blocks(c *Claim, now time.Time) bool {
	if c.Over || h.Alone || h.owns(c) || c.Run == h.Run && c.Attempt < h.Attempt {
		return false
	}
	return now.Sub(c.At).Abs() < ClaimLife // a clock that is wrong holds nobody back for ever
}

// Blocked returns a function that reports whether another run's live claim
// holds a digest back: one on the recipient's cadence, or on a reminder of it
// that had another cadence then.
func (l *Ledger) Blocked(h Holder, now time.Time) func(reminder.Digest) bool {
	type key struct {
		to      reminder.Recipient
		cadence string
	}
	blocked := make(map[key]bool)
	for _, r := range l.Advisories {
		for to, c := range r.Claims {
			if h.blocks(c, now) {
				blocked[key{to, c.Cadence}] = true
			}
		}
	}
	return func(d reminder.Digest) bool {
		return blocked[key{d.To, d.Cadence.String()}] || slices.ContainsFunc(d.Reminders, func(m reminder.Reminder) bool {
			r := l.Advisories[m.ID]
			return r != nil && r.Claims[d.To] != nil && h.blocks(r.Claims[d.To], now)
		})
	}
}

// Claim claims all reminders of these digests and returns the id of each
// delivery: a fresh one, or that of the claim which the same reminders bear
// already in this period, since the message may have arrived under it.
func (l *Ledger) Claim(digests []reminder.Digest, h Holder, now time.Time, fresh func() string) []string {
	type bearer struct {
		to reminder.Recipient
		id string
	}
	bearers := make(map[bearer]int) // how many advisories
	for _, r := range l.Advisories {
		for to, c := range r.Claims {
			bearers[bearer{to, c.ID}]++
		}
	}
	ids := make([]string, len(digests))
	for i, d := range digests {
		old := l.claimed(d)
		// With other content the same id would do harm: mail programs show only
		// one mail of an id.
		if old == "" || bearers[bearer{d.To, old}] != len(d.Reminders) {
			old = fresh()
		}
		ids[i] = old
	}
	for i, d := range digests {
		c := &Claim{ID: ids[i], Run: h.Run, Attempt: h.Attempt, Process: h.Process, Cadence: d.Cadence.String(), At: now.UTC()}
		for _, m := range d.Reminders {
			r := l.Advisories[m.ID]
			if r == nil {
				continue
			}
			if r.Claims == nil {
				r.Claims = make(map[reminder.Recipient]*Claim)
			}
			r.Claims[d.To] = c
		}
	}
	return ids
}

// claimed returns the id under which all reminders of a digest were claimed in
// this period, or nothing.
func (l *Ledger) claimed(d reminder.Digest) string {
	id := ""
	for _, m := range d.Reminders {
		r := l.Advisories[m.ID]
		if r == nil || r.Claims[d.To] == nil || r.Claims[d.To].At.Before(d.Period) || id != "" && r.Claims[d.To].ID != id {
			return ""
		}
		id = r.Claims[d.To].ID
	}
	return id
}

// ClaimReport claims the report, and returns its id and whether the holder may
// send it. The id is fresh, or that of a report whose end nobody knows and that
// said the same, by its sum.
func (l *Ledger) ClaimReport(h Holder, now time.Time, fresh, sum string) (id string, ok bool) {
	if c := l.ReportClaim; c != nil && h.blocks(c, now) {
		return "", false
	} else if c != nil && c.Sum == sum {
		fresh = c.ID
	}
	l.ReportClaim = &Claim{ID: fresh, Run: h.Run, Attempt: h.Attempt, Process: h.Process, Sum: sum, At: now.UTC()}
	return fresh, true
}

// Renew lets the holder's claims begin anew, and reports whether it has any.
func (l *Ledger) Renew(h Holder, now time.Time) bool {
	found := false
	l.own(h, func(c *Claim) {
		c.At, found = later(c.At, now), true
	})
	return found
}

// Release ends the holder's claims, whatever became of their deliveries. Their
// ids are kept for a resend.
func (l *Ledger) Release(h Holder) {
	l.own(h, func(c *Claim) { c.Over = true })
}

// own calls f for all claims of the holder that are not over.
func (l *Ledger) own(h Holder, f func(*Claim)) {
	for _, r := range l.Advisories {
		for _, c := range r.Claims {
			if h.owns(c) && !c.Over {
				f(c)
			}
		}
	}
	if c := l.ReportClaim; c != nil && h.owns(c) {
		f(c)
	}
}

// HoldsReport reports whether the report is still the holder's to send.
func (l *Ledger) HoldsReport(h Holder) bool {
	return l.ReportClaim != nil && h.owns(l.ReportClaim) && !l.ReportClaim.Over
}

// Holds reports whether all reminders of a digest are still the holder's to
// deliver.
func (l *Ledger) Holds(d reminder.Digest, h Holder) bool {
	for _, m := range d.Reminders {
		r := l.Advisories[m.ID]
		if r == nil || r.Claims[d.To] == nil || !h.owns(r.Claims[d.To]) || r.Claims[d.To].Over {
			return false
		}
	}
	return true
}

// mergeClaims returns the claims of one advisory that are left when ours is
// written over theirs: everything that others hold, and of what was ours there
// what we hold now. A claim that is ours no more was taken over, and perhaps
// delivered since.
func mergeClaims(theirs, ours map[reminder.Recipient]*Claim, h Holder) map[reminder.Recipient]*Claim {
	merged := make(map[reminder.Recipient]*Claim)
	for to, c := range theirs {
		if !h.owns(c) {
			merged[to] = c
		}
	}
	for to, c := range ours {
		if their := theirs[to]; h.owns(c) && their != nil && h.owns(their) {
			merged[to] = c
		}
	}
	if len(merged) == 0 {
		return nil
	}
	return merged
}
