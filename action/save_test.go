package action

import (
	"context"
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
