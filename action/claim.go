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

	t.writes.at, t.writes.tick = j.clock(), time.Tick(saveEvery)
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
	for _, a := range t.seen.leftOut {
		facts = append(facts, "left out "+a.ID)
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

// settle writes the ledger at the end, and gives back what this run holds.
func (j *job) settle(ctx context.Context, t *task) error {
	t.memory.Release(j.holder)
	if err := j.save(t); err != nil {
		if t.writes.unsaved > 0 || t.plan.reports {
			err = fmt.Errorf("%w\nwhat was sent by this run may be sent again by the next, under the same delivery id", err)
		}
		return failed(stepSettle, err)
	}
	if ctx.Err() != nil {
		return failed(stepDeliver, errors.New("the run was told to stop: the rest follows with the next run"))
	}
	return nil
}
