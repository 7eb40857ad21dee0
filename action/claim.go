package action

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/openedx/advisory-reminders/internal/ledger"
	"github.com/openedx/advisory-reminders/internal/reminder"
)

// claim claims in one write what this run is going to send. What another run
// has claimed is left to it.
func (j *job) claim(ctx context.Context, t *task) error {
	blocked := t.memory.Blocked(j.holder, j.clock())
	leave := func(digests []reminder.Digest) (mine []reminder.Digest) {
		for _, d := range digests {
			if blocked(d) {
				t.plan.left++
			} else {
				mine = append(mine, d)
			}
		}
		return mine
	}
	t.plan.digests, t.plan.swg = leave(t.plan.digests), leave(t.plan.swg)

	t.writes.at = j.clock()
	t.plan.ids = make(map[digestKey]string)
	for i, id := range t.memory.Claim(t.plan.digests, j.holder, j.clock(), newID) {
		t.plan.ids[keyOf(t.plan.digests[i])] = id
	}
	if j.reportIsDue(t) {
		t.plan.reportID, t.plan.reports = t.memory.ClaimReport(j.holder, j.clock(), newID(), t.sum())
	}
	if !t.plan.reports {
		t.plan.swg = nil
	}
	t.memory.Claim(t.plan.swg, j.holder, j.clock(), func() string { return t.plan.reportID })
	if t.plan.left > 0 {
		j.out.printf("Another run is at work. Digests that are left to it: %d.", t.plan.left)
	}
	// In a public repository a write tells nothing if there is one every time.
	if j.in.DryRun || len(t.plan.digests) == 0 && !t.plan.reports && j.in.LedgerKey == nil {
		return nil
	}
	if err := j.ledger.Save(ctx, t.memory); err != nil {
		return failed(stepLedger, fmt.Errorf("%w\nnothing was sent", err))
	}
	return nil
}

// sum is the same for two reports if they have the same to say of this run: a
// mail program shows only one of two mails that bear the same id.
func (t *task) sum() string {
	var facts []string
	for _, d := range t.plan.swg {
		for _, m := range d.Reminders {
			facts = append(facts, fmt.Sprint(d.Cadence, " ", m.ID))
		}
	}
	for _, id := range t.plan.ids {
		facts = append(facts, id)
	}
	for _, d := range t.memory.Unreported {
		facts = append(facts, d.ID)
	}
	for id, r := range t.memory.Advisories {
		if r.State != "" && !r.ResolvedSaid {
			facts = append(facts, "resolved "+id)
		}
	}
	slices.Sort(facts)
	sum := sha256.Sum256([]byte(strings.Join(facts, "\n")))
	return hex.EncodeToString(sum[:8])
}

// reportIsDue reports whether this run has something to say, as far as can be
// told before anything is delivered.
func (j *job) reportIsDue(t *task) bool {
	return j.in.DryRun || len(t.plan.digests) > 0 || j.weekly(t.memory) || !j.compose(t, delivered{}).Quiet()
}

// weekly reports whether no report of this week has been accepted.
func (j *job) weekly(memory *ledger.Ledger) bool {
	return memory.LastReport.Before(reminder.Weekly.Start(j.now, j.cfg.Policy.Location))
}

// A digestKey tells the digests of a run apart.
type digestKey struct {
	to      reminder.Recipient
	cadence reminder.Cadence
}

func keyOf(d reminder.Digest) digestKey { return digestKey{d.To, d.Cadence} }

// How long things may take once the run was told to stop. The runner kills it
// after ten seconds; all of this is done within seven.
const (
	landing  = 3 * time.Second         // for the delivery that is under way
	lastSave = 5500 * time.Millisecond // for the ledger, the former included
)

// saveWithin is how long a write of the ledger may take otherwise, waiting for
// rate limits included.
const saveWithin = 5 * time.Minute

// writes are what a task knows of the ledger as it was written last.
type writes struct {
	at       time.Time     // by the job's clock: when the claims were last renewed
	unsaved  int           // deliveries since
	finished time.Time     // of the last write, by the machine's clock
	cost     time.Duration // of the last write
}

// save renews the claims and writes the ledger as it is now. A dry run writes
// none.
func (j *job) save(t *task) error {
	if j.in.DryRun {
		return nil
	}
	// What was delivered has to be written even if the run was told to stop.
	ctx, cancel := context.WithTimeout(j.last, saveWithin)
	defer cancel()
	began, at := time.Now(), j.clock()
	t.memory.Renew(j.holder, at)
	memory, err := ledger.Settle(ctx, j.ledger, t.memory, j.holder)
	t.memory = memory
	if err == nil {
		t.writes.at, t.writes.unsaved = at, 0
	}
	t.writes.finished = time.Now()
	t.writes.cost = t.writes.finished.Sub(began)
	return err
}

// saveInBetween writes the ledger if it is time to: enough was delivered, or
// the clock has ticked. It does not once the run was told to stop, since the
// end is near, nor where the ledger is encrypted, since how often it is written
// must not tell how much was due: there only the claims are renewed.
func (j *job) saveInBetween(ctx context.Context, t *task, tick bool) {
	w := t.writes
	aging := j.clock().Sub(w.at) > ledger.ClaimLife/3
	enough := w.unsaved >= saveAfter || tick && w.unsaved > 0 ||
		j.holder.Alone && w.unsaved > 0 && time.Since(w.finished) >= saveShare*w.cost
	if ctx.Err() == nil && (aging || enough && j.in.LedgerKey == nil) {
		_ = j.save(t) // if it can't be written at the end either, that is said there
	}
}

// sure reports whether the claims of this run are still alive for certain.
func (j *job) sure(t *task) bool { return j.clock().Sub(t.writes.at) <= ledger.ClaimLife/2 }

// settle writes the ledger at the end, and gives back what this run holds.
func (j *job) settle(ctx context.Context, t *task) error {
	t.memory.Release(j.holder)
	if err := j.save(t); err != nil {
		return failed(stepSettle, fmt.Errorf("%w\nwhat was sent by this run may be sent again by the next, under the same delivery id", err))
	}
	if ctx.Err() != nil {
		return failed(stepDeliver, errors.New("the run was told to stop: the rest follows with the next run"))
	}
	return nil
}
