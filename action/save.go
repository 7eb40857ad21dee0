package action

import (
	"context"
	"errors"
	"time"

	"github.com/openedx/advisory-reminders/internal/ledger"
)

// No more than so many deliveries are unwritten, in the ledger or in its journal,
// while they can be written: a crash can repeat no more than these. After that
// time they are written at any rate. A file, which costs no requests, is written
// as often as writing takes a small part of the time.
const (
	saveAfter = 20
	saveEvery = 5 * time.Second
	saveShare = 4 // of a file: deliveries take at least so many times as long as writing
)

// noteAfter is after how many deliveries they are noted in the journal. As many
// may be delivered while that is on its way.
const noteAfter = saveAfter / 2

// saveWithin is how long a write of the ledger may take otherwise, waiting for
// rate limits included.
const saveWithin = 5 * time.Minute

// writes are what a task knows of the ledger as it was written last.
type writes struct {
	at       time.Time     // by the job's clock: when the claims were last renewed
	unsaved  int           // deliveries that are not written for certain
	finished time.Time     // of the last write, by the machine's clock
	cost     time.Duration // of the last write

	tick <-chan time.Time // when saveEvery is over again
	late bool             // that was so while a note was on its way

	fresh  []ledger.Delivered // deliveries of which no note has been sent, where there is a journal
	noting chan noted         // the note that is on its way; nil: there is none
	due    bool               // a note failed: the ledger has to be written
	whole  bool               // notes don't work here
}

// noted is what became of a note.
type noted struct {
	deliveries int
	err        error
}

// save renews the claims and writes the ledger as it is now. A dry run writes
// none.
func (j *job) save(t *task) error {
	if j.in.DryRun {
		return nil
	}
	if t.writes.noting != nil {
		t.writes.take(<-t.writes.noting)
	}
	// What was delivered has to be written even if the run was told to stop.
	ctx, cancel := context.WithTimeout(j.last, saveWithin)
	defer cancel()
	began, at := time.Now(), j.clock()
	t.memory.Renew(j.holder, at)
	memory, err := ledger.Settle(ctx, j.ledger, t.memory, j.holder)
	t.memory = memory
	if err == nil {
		t.writes.at, t.writes.unsaved, t.writes.fresh, t.writes.due, t.writes.late = at, 0, nil, false, false
	}
	t.writes.finished = time.Now()
	t.writes.cost = t.writes.finished.Sub(began)
	return err
}

// saveInBetween writes what was delivered if it is time to: enough was, or the
// clock has ticked. It does not once the run was told to stop, since the
// end is near, nor where the ledger is encrypted, since how often it is written
// must not tell how much was due: there only the claims are renewed.
//
// On a branch a note in the journal is enough, and deliveries go on meanwhile.
// Where that fails, the ledger is written.
func (j *job) saveInBetween(ctx context.Context, t *task, tick bool) {
	w := &t.writes
	select {
	case n := <-w.noting:
		w.take(n)
	default:
	}
	tick = tick || w.late
	switch {
	case ctx.Err() != nil || j.in.DryRun:
	case j.clock().Sub(w.at) > ledger.ClaimLife/3:
		_ = j.save(t) // if it can't be written at the end either, that is said there
	case w.noting != nil:
		w.late = tick && len(w.fresh) > 0
	case w.unsaved == 0 || j.in.LedgerKey != nil:
	case j.journal != nil && !w.due && !w.whole:
		if tick || len(w.fresh) >= noteAfter {
			j.sendNote(t)
		}
	case tick || w.due || w.unsaved >= saveAfter, j.holder.Alone && time.Since(w.finished) >= saveShare*w.cost:
		_ = j.save(t)
	}
}

// meanwhileSaving calls f, and writes what was delivered while that takes long.
// It panics where f does.
func (j *job) meanwhileSaving(ctx context.Context, t *task, f func() error) error {
	over := make(chan struct{})
	result := meanwhile(func() (struct{}, error) {
		defer close(over)
		return struct{}{}, f()
	})
	for {
		select {
		case <-over:
			_, err := result()
			return err
		case n := <-t.writes.noting:
			t.writes.take(n)
			j.saveInBetween(ctx, t, false)
		case <-t.writes.tick:
			j.saveInBetween(ctx, t, true)
		}
	}
}

// sendNote sends a note of the fresh deliveries on its way.
func (j *job) sendNote(t *task) {
	made, answer := t.writes.fresh, make(chan noted, 1)
	t.writes.fresh, t.writes.noting, t.writes.late = nil, answer, false
	go func() {
		n := noted{len(made), errors.New("the program broke at a note")}
		defer func() {
			_ = recover() // a defect here must not keep the ledger from being written
			answer <- n
		}()
		ctx, cancel := context.WithTimeout(j.flight, saveWithin)
		defer cancel()
		n.err = j.journal(ctx, made)
	}()
}

// take takes in what became of the note that was on its way.
func (w *writes) take(n noted) {
	w.noting = nil
	if n.err == nil {
		w.unsaved -= n.deliveries
		return
	}
	w.due = true
	w.whole = w.whole || !errors.Is(n.err, ledger.ErrJournalFull)
}

// sure reports whether the claims of this run are still alive for certain.
func (j *job) sure(t *task) bool { return j.clock().Sub(t.writes.at) <= ledger.ClaimLife/2 }
