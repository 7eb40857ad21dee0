package ledger

import (
	"context"
	"errors"
	"time"
)

// alarmTries is how often the note that an alarm was accepted is written anew
// because another run has written in between.
const alarmTries = 3

// Alarm calls send, which says to somebody that a run failed before it could report,
// unless an alarm was accepted since the given start of the day, and notes in the
// ledger that this one was. Where the ledger can't be read, or there is no store, it
// is sent each time; where it can't be written, the next one is sent too.
func Alarm(ctx context.Context, s Store, now, today time.Time, send func() error) error {
	var l *Ledger
	if s != nil {
		l = readable(ctx, s)
	}
	if l != nil && !l.Alarmed.Before(today) && !l.Alarmed.After(now.Add(ahead)) {
		return nil
	}
	if err := send(); err != nil {
		return err
	}
	for try := 0; l != nil && try < alarmTries; try++ {
		l.Alarmed = now.UTC()
		_, err := Take(ctx, ctx, ctx, s, l, Claimant{}, func() time.Time { return now }, true, true)
		if !errors.Is(err, ErrConflict) {
			break
		}
		l = readable(ctx, s)
	}
	return nil
}

// readable returns the ledger, or nil where it can't be read.
func readable(ctx context.Context, s Store) *Ledger {
	l, err := s.Load(ctx)
	if errors.Is(err, ErrConflict) { // it had to wait
		l, err = s.Load(ctx)
	}
	if err != nil {
		return nil
	}
	return l
}
