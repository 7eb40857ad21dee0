package action

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/openedx/advisory-reminders/internal/ledger"
)

// A tick that comes while a note is on its way is made up for after it, if
// anything was delivered meanwhile.
func TestTickDuringANote(t *testing.T) {
	now := time.Date(2026, 11, 18, 7, 17, 0, 0, time.UTC)
	for _, tt := range []struct {
		fresh int // delivered while the note is on its way
		tick  bool
		want  int // deliveries in the note that follows
	}{
		{1, true, 1},
		{1, false, 0},
		{0, true, 0},
		{noteAfter - 1, false, 0},
		{noteAfter, false, noteAfter},
	} {
		noted := make(chan int, 1)
		answer := make(chan bool)
		j := &job{now: now, clock: func() time.Time { return now }, flight: t.Context()}
		j.journal = func(_ context.Context, made []ledger.Delivered) error {
			noted <- len(made)
			<-answer
			return nil
		}
		w := &task{writes: writes{at: now, fresh: make([]ledger.Delivered, noteAfter), unsaved: noteAfter}}
		j.saveInBetween(t.Context(), w, false)
		if n := <-noted; n != noteAfter {
			t.Fatalf("the first note has %d deliveries, want %d", n, noteAfter)
		}
		w.writes.fresh, w.writes.unsaved = make([]ledger.Delivered, tt.fresh), noteAfter+tt.fresh
		j.saveInBetween(t.Context(), w, tt.tick)
		answer <- true
		w.writes.take(<-w.writes.noting)
		j.saveInBetween(t.Context(), w, false)
		got := 0
		if w.writes.noting != nil {
			got = <-noted
			answer <- true
		}
		if got != tt.want || w.writes.unsaved != tt.fresh || w.writes.late {
			t.Errorf("%d delivered meanwhile, tick %v: the next note has %d deliveries of %d unsaved, want %d of %d", tt.fresh, tt.tick, got, w.writes.unsaved, tt.want, tt.fresh)
		}
	}
}

// countingLedger counts how often it is written.
type countingLedger struct {
	previewLedger
	writes int
}

func (c *countingLedger) Save(context.Context, *ledger.Ledger) error {
	c.writes++
	return nil
}

// What a note should have said is in no later note, so that the ledger is written
// at once where it fails. That leaves nothing to be noted, and notes go on where
// the journal was merely full. Who was told to stop writes nothing in between.
func TestWritesInBetween(t *testing.T) {
	now := time.Date(2026, 11, 18, 7, 17, 0, 0, time.UTC)
	for name, tt := range map[string]struct {
		since   time.Duration // the claims were renewed so long ago
		fresh   int           // deliveries that were not noted
		answer  error         // to the first note
		stopped bool
		notes   int // in all, with ten more deliveries
		writes  int
		unsaved int
	}{
		"noted when they are enough":   {0, 1, nil, false, 1, 0, 0},
		"noted":                        {0, noteAfter, nil, false, 2, 0, 0},
		"the journal is full":          {0, noteAfter, ledger.ErrJournalFull, false, 2, 1, 0},
		"notes don't work":             {0, noteAfter, errors.New("no such mutation"), false, 1, 1, noteAfter},
		"the claims are to be renewed": {ledger.ClaimLife/3 + 1, 3, nil, false, 1, 1, 0},
		"told to stop":                 {0, noteAfter, nil, true, 0, 0, 2 * noteAfter},
	} {
		t.Run(name, func(t *testing.T) {
			store, notes := new(countingLedger), 0
			j := &job{now: now, clock: func() time.Time { return now }, flight: t.Context(), last: t.Context()}
			j.ledger = store
			j.journal = func(context.Context, []ledger.Delivered) error {
				if notes++; notes == 1 {
					return tt.answer
				}
				return nil
			}
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			if tt.stopped {
				stop()
			}
			w := &task{memory: ledger.New(), writes: writes{at: now.Add(-tt.since)}}
			for _, n := range []int{tt.fresh, noteAfter} {
				w.writes.fresh = append(w.writes.fresh, make([]ledger.Delivered, n)...)
				w.writes.unsaved += n
				j.saveInBetween(ctx, w, false)
				if w.writes.noting != nil {
					w.writes.take(<-w.writes.noting)
					j.saveInBetween(ctx, w, false)
				}
			}
			if notes != tt.notes || store.writes != tt.writes || w.writes.unsaved != tt.unsaved {
				t.Errorf("%d notes, %d writes, %d unsaved, want %d, %d, %d", notes, store.writes, w.writes.unsaved, tt.notes, tt.writes, tt.unsaved)
			}
		})
	}
}
