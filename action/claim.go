package action

import (
	"context"
	"errors"
	"fmt"
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
			if blocked(d.To, d.Cadence) {
				t.plan.left++
			} else {
				mine = append(mine, d)
			}
		}
		return mine
	}
	t.plan.digests, t.plan.swg = leave(t.plan.digests), leave(t.plan.swg)

	t.plan.ids = make(map[digestKey]string)
	for _, d := range t.plan.digests {
		t.plan.ids[keyOf(d)] = t.memory.Claim(d, j.holder, j.clock(), newID())
	}
	if j.reportIsDue(t) {
		t.plan.reportID, t.plan.reports = t.memory.ClaimReport(j.holder, j.clock(), newID())
	}
	if !t.plan.reports {
		t.plan.swg = nil
	}
	for _, d := range t.plan.swg {
		t.memory.Claim(d, j.holder, j.clock(), t.plan.reportID)
	}
	if t.plan.left > 0 {
		j.out.printf("Another run is at work on %d digests, which are left to it.", t.plan.left)
	}
	// In a public repository a write tells nothing if there is one every time.
	if j.in.DryRun || len(t.plan.digests) == 0 && !t.plan.reports && j.in.LedgerKey == nil {
		return nil
	}
	err := j.ledger.Save(ctx, t.memory)
	if err != nil {
		return failed(stepLedger, fmt.Errorf("%w\nnothing was sent", err))
	}
	return nil
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
	landing  = 3500 * time.Millisecond // for the delivery that is under way
	lastSave = 3 * time.Second         // for the ledger
)

// saveWithin is how long a write of the ledger may take otherwise, waiting for
// rate limits included.
const saveWithin = 5 * time.Minute

// save renews the claims and writes the ledger as it is now. A dry run writes
// none.
func (j *job) save(ctx context.Context, t *task) error {
	if j.in.DryRun {
		return nil
	}
	patience := saveWithin
	if ctx.Err() != nil {
		patience = lastSave
	}
	// What was delivered has to be written even if the run was told to stop.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	t.memory.Renew(j.holder, j.clock())
	memory, err := ledger.Settle(ctx, j.ledger, t.memory, j.holder)
	t.memory = memory
	return err
}

// settle writes the ledger at the end, and gives back what this run holds.
func (j *job) settle(ctx context.Context, t *task) error {
	t.memory.Release(j.holder)
	if err := j.save(ctx, t); err != nil {
		return failed(stepSettle, fmt.Errorf("%w\nwhat was sent by this run may be sent again by the next, under the same delivery id", err))
	}
	if ctx.Err() != nil {
		return failed(stepDeliver, errors.New("the run was told to stop: the rest follows with the next run"))
	}
	return nil
}
