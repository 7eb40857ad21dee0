package ledger

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"github.com/openedx/advisory-reminders/internal/reminder"
)

// ClaimLife is how long a claim holds other runs back, unless a test makes it
// shorter.
const ClaimLife = 15 * time.Minute

// Of a claim's life, no delivery begins in the last fifth (three minutes), and a
// claim is renewed when a third (five minutes) is left.
const (
	noneInLast = 5
	renewAt    = 3
)

// ahead is how far a time may lie after the run's clock and still be believed.
const ahead = 5 * time.Minute

// A Holder is a run that claims.
type Holder struct {
	Run     string `json:"run,omitempty"` // workflow run and job; the jobs of a matrix share it
	Attempt int    `json:"attempt,omitzero"`
	Process string `json:"process,omitempty"` // random, so that no two processes take each other's claims for their own
}

// Claimant is a run with all that it judges other runs' claims by.
type Claimant struct {
	Holder
	Alone bool          // no other run can be at work, because the ledger is locked
	Life  time.Duration // of a claim; default ClaimLife
}

func (c Claimant) life() time.Duration {
	if c.Life > 0 {
		return c.Life
	}
	return ClaimLife
}

// blocked reports whether a delivery is another run's, whose claim is alive at
// now. A re-run takes over the claims of the attempts before it.
func (c Claimant) blocked(d *Delivery, now time.Time) bool {
	if d.Outcome.rank() != 0 || c.Alone || c.Holder == d.Holder || c.Run != "" && c.Run == d.Run && d.Attempt < c.Attempt {
		return false
	}
	age := now.Sub(d.Since)
	return age < c.life() && age >= -ahead
}

// Blocked returns a function that reports whether another run's live claim holds
// a digest back: one on the recipient's cadence, or on a reminder of it that had
// another cadence then.
func (l *Ledger) Blocked(c Claimant, now time.Time) func(reminder.Digest) bool {
	return func(digest reminder.Digest) bool {
		return slices.ContainsFunc(l.open[digest.To], func(d *Delivery) bool {
			return d.tells() && c.blocked(d, now) && (d.Cadence == digest.Cadence.String() || slices.ContainsFunc(digest.Reminders, func(m reminder.Reminder) bool {
				return slices.Contains(d.Advisories, m.ID)
			}))
		})
	}
}

// ReportBlocked reports whether another run is about to send a report.
func (l *Ledger) ReportBlocked(c Claimant, now time.Time) bool {
	return slices.ContainsFunc(l.Deliveries, func(d *Delivery) bool { return d.Kind == Report && c.blocked(d, now) })
}

// Claim enters a delivery that the claimant is about to make, with what it is
// to settle, and returns its record. Where the same pairs were claimed since
// from and nobody knows for certain that the message did not arrive, it bears
// the same id; with other content the same id would do harm, since mail programs
// show only one mail of an id. Where it had more recipients then, it is no longer
// theirs. Refusals since from stay with it.
func (l *Ledger) Claim(d Delivery, c Claimant, now, from time.Time) *Delivery {
	record := l.again(&d, from)
	if record == nil {
		d.ID = NewID()
		record = &d
		l.Deliveries = append(l.Deliveries, record)
		for _, to := range d.To {
			l.open[to] = append(l.open[to], record)
		}
	}
	for _, to := range d.To { // what others have claimed of it and let lapse is theirs no more
		for _, old := range l.open[to] {
			if old != record && old.Outcome.rank() == 0 && old.Kind == d.Kind && old.Holder != c.Holder && slices.ContainsFunc(old.Advisories, func(id string) bool { return slices.Contains(d.Advisories, id) }) {
				old.perhaps(c, now)
				old.Holder, old.Outcome, old.Claims = c.Holder, Unclear, old.Claims+1
			}
		}
	}
	record.Cadence = d.Cadence
	for _, to := range record.To {
		if !slices.Contains(d.To, to) {
			l.open[to] = slices.DeleteFunc(l.open[to], func(o *Delivery) bool { return o == record })
		}
	}
	if record.To = d.To; d.Accounts != nil {
		record.Accounts = d.Accounts
	}
	record.perhaps(c, now)
	record.Holder, record.Since, record.Outcome, record.Claims = c.Holder, now.UTC(), Claimed, record.Claims+1
	record.At, record.Said = time.Time{}, false // those were the former attempt's
	record.Nth, record.Earlier = l.count(&d)
	record.First = d.First
	return record
}

// perhaps notes, before a delivery is claimed anew, whether it may have arrived, and
// when it was tried last at the latest. Of a run that died, or that is taken over
// from, that is now, or the end of its claim. One that has ended without a time was
// not tried since. Where nobody believes the time, it may be any.
func (d *Delivery) perhaps(c Claimant, now time.Time) {
	if d.Claims == 0 || d.Outcome == Refused {
		return
	}
	tried := later(d.Tried, d.At)
	if limit := now.Add(ahead); d.Since.After(limit) || tried.After(limit) {
		d.Perhaps, d.Tried = true, time.Time{}
		return
	}
	if d.Outcome.rank() == 0 || tried.IsZero() || tried.After(now) {
		if tried = d.Since.Add(c.life()); tried.After(now) {
			tried = now
		}
	}
	d.Perhaps, d.Tried = true, tried.UTC()
}

// again returns the record of an earlier attempt at the same pairs, or nil.
func (l *Ledger) again(d *Delivery, from time.Time) *Delivery {
	for _, old := range l.open[d.To[0]] {
		if old.Kind == d.Kind && old.Sum == d.Sum && !old.Since.Before(from) && (old.Cadence == d.Cadence || old.Outcome != Refused) &&
			d.repeats(old) && slices.Equal(old.Advisories, d.Advisories) {
			return old
		}
	}
	return nil
}

// repeats reports whether a delivery has the recipients of an earlier one, or over
// the same channel some of them.
func (d *Delivery) repeats(old *Delivery) bool {
	among := func(to reminder.Recipient) bool { return slices.Contains(old.To, to) }
	return slices.Equal(old.To, d.To) || old.Channel == d.Channel && !slices.ContainsFunc(d.To, func(to reminder.Recipient) bool { return !among(to) })
}

// Attempt returns the id of the delivery of one advisory by which somebody may have
// been told of it since from, though nobody knows; empty: there is none. What was
// meant for several has to be repeated for the same ones.
func (l *Ledger) Attempt(p Pair, from time.Time) string {
	for _, d := range l.open[p.To] {
		if d.Kind == Digest && (d.Perhaps || d.Outcome != Refused) && !d.Since.Before(from) && slices.Equal(d.Advisories, []string{p.Advisory}) {
			return d.ID
		}
	}
	return ""
}

// count returns which reminder each pair of a delivery is, and the runs that
// told the same before, without its own.
func (l *Ledger) count(d *Delivery) (nth []int32, earlier []string) {
	if !d.tells() {
		return nil, nil
	}
	all := true
	for p := range d.Pairs() {
		t := l.last(p)
		nth = append(nth, t.nth+1)
		all = all && t.nth == 0
		if t.Delivery == nil {
			continue
		}
		for _, run := range append([]string{t.Run}, t.Earlier...) {
			if run != "" && len(earlier) < remembered && !slices.Contains(earlier, run) {
				earlier = append(earlier, run)
			}
		}
	}
	if all {
		nth = nil
	}
	return nth, earlier
}

// remembered is how many runs a delivery knows besides its own, so that the
// re-run of one that was forced doesn't repeat it.
const remembered = 5

// Introduced returns a function that reports whether a recipient was ever told
// of a repository, by its key, as far as the ledger goes back.
func (l *Ledger) Introduced() func(to reminder.Recipient, repository string) bool {
	type introduction struct {
		to         reminder.Recipient
		repository string
	}
	known := make(map[introduction]bool)
	for id, byRecipient := range l.told {
		if a := l.Advisories[id]; a != nil {
			key := strings.ToLower(a.Repository)
			for to := range byRecipient {
				known[introduction{to, key}] = true
			}
		}
	}
	return func(to reminder.Recipient, repository string) bool { return known[introduction{to, repository}] }
}

// Met returns a function that reports whether a recipient was ever told of
// anything, as far as the ledger goes back.
func (l *Ledger) Met() func(reminder.Recipient) bool {
	met := make(map[reminder.Recipient]bool)
	for _, byRecipient := range l.told {
		for to := range byRecipient {
			met[to] = true
		}
	}
	return func(to reminder.Recipient) bool { return met[to] }
}

// holds reports whether a record is still the claimant's to deliver.
func (c Claimant) holds(d *Delivery) bool { return d.Holder == c.Holder && d.Outcome == Claimed }

// renew lets the claims that a run still holds begin anew.
func (l *Ledger) renew(c Claimant, now time.Time) {
	for _, d := range l.Deliveries {
		if c.holds(d) {
			d.Since = later(d.Since, now)
		}
	}
}

// release ends the claims that a run still holds: those deliveries it did not make.
func (l *Ledger) release(c Claimant) {
	l.remove(func(d *Delivery) bool { return c.holds(d) && !d.Perhaps && len(d.Refusals) == 0 })
	for _, d := range l.Deliveries {
		switch {
		case !c.holds(d):
		case d.Perhaps:
			d.Outcome = Unclear
		default:
			d.Outcome = Refused // by some of its channels; the others follow with the next run
		}
	}
}

// remove drops deliveries.
func (l *Ledger) remove(drop func(*Delivery) bool) {
	before := len(l.Deliveries)
	l.Deliveries = slices.DeleteFunc(l.Deliveries, drop)
	if len(l.Deliveries) != before {
		l.index()
	}
}

// NewID returns a random id: 32 hexadecimal digits.
func NewID() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

// AddressSum stands for an address, so that the ledger holds none.
func AddressSum(address string) string {
	sum := sha256.Sum256([]byte(strings.ToLower(address)))
	return hex.EncodeToString(sum[:8])
}

// byID returns the record of a delivery, or nil.
func (l *Ledger) byID(id string) *Delivery {
	i := slices.IndexFunc(l.Deliveries, func(d *Delivery) bool { return d.ID == id })
	if i < 0 {
		return nil
	}
	return l.Deliveries[i]
}

// settle notes what became of a delivery.
func (l *Ledger) settle(d *Delivery, result Result, now time.Time) {
	d.Outcome, d.At, d.Channel = result.Outcome, now.UTC(), result.Channel
	if !result.At.IsZero() && result.At.Before(now) {
		d.At = result.At.UTC()
	}
	if d.accepted() {
		l.Answered(d.ID)
	} else {
		d.Vain++
	}
	for _, to := range d.To {
		l.open[to] = slices.DeleteFunc(l.open[to], func(o *Delivery) bool { return o == d })
	}
	l.note(d)
}

// Name adds advisories to what a delivery, such as a report, settles.
func (l *Ledger) Name(id string, advisories []string) {
	d := l.byID(id)
	if d == nil {
		return
	}
	for _, a := range advisories {
		if !slices.Contains(d.Advisories, a) {
			d.Advisories = append(d.Advisories, a)
		}
	}
	d.Nth, _ = l.count(d)
}

// Say notes that an accepted report has named a delivery.
func (l *Ledger) Say(id string) {
	if d := l.byID(id); d != nil {
		d.Said = true
	}
}

// SayResolved notes that an accepted report has said that an advisory is a draft
// no longer.
func (l *Ledger) SayResolved(id string) { l.advisory(id).ResolvedSaid = true }

// SayLeftOut notes that an accepted report has said at now that GitHub's list
// leaves out a draft.
func (l *Ledger) SayLeftOut(id string, now time.Time) { l.advisory(id).LeftOut = now.UTC() }

// SaySnoozeEnded notes that an accepted report has said that the snooze of an
// advisory which ended then is over.
func (l *Ledger) SaySnoozeEnded(id string, until time.Time) {
	a := l.advisory(id)
	a.SnoozeSaid = later(a.SnoozeSaid, until)
}
