package run

import (
	"context"
	"time"
)

// GridLength is how long a command takes whose log is public.
const GridLength = 120 * time.Second

// A Grid is when the parts of a run happen where its log is public, so that neither
// the ledger's commits nor the length of the step tell how much was due. What is
// not done by its mark is the next run's. The zero Grid is none: everything
// happens as soon as it can.
type Grid struct {
	Began  time.Time // on the machine's clock
	Length time.Duration
	Now    func() time.Time // the machine's clock
}

// The marks, in 120ths of the grid's length.
const (
	askedBy  = 50  // finding out whom to tell
	heardBy  = 55  // reading discussions
	claimAt  = 60  // everything is looked at by then
	againBy  = 80  // the same, where another run was faster
	openBy   = 80  // the last draft is opened
	beginBy  = 90  // the last delivery begins
	sentBy   = 100 // the last delivery ends
	settleAt = 110 // the report is sent by then
	savedBy  = 119
	endAt    = 120
)

// left returns how long it is until a mark.
func (g Grid) left(mark int) time.Duration {
	return g.Began.Add(g.Length * time.Duration(mark) / endAt).Sub(g.Now())
}

// past reports whether a mark has passed, by the grid's own clock, which contexts don't
// know.
func (g Grid) past(mark int) bool { return g.Length > 0 && g.left(mark) <= 0 }

// within returns a context that ends at a mark; where there is no grid, after
// otherwise, if that isn't 0.
func (g Grid) within(ctx context.Context, mark int, otherwise time.Duration) (context.Context, context.CancelFunc) {
	switch {
	case g.Length > 0:
		return context.WithTimeout(ctx, g.left(mark))
	case otherwise > 0:
		return context.WithTimeout(ctx, otherwise)
	}
	return context.WithCancel(ctx)
}

// looking returns a context for what a run looks at before its claims, which end with
// deciding.
func (g Grid) looking(deciding context.Context, mark int) (context.Context, context.CancelFunc) {
	if end, ok := deciding.Deadline(); ok && g.Length == 0 {
		return context.WithDeadline(deciding, end.Add(-claimWithin))
	}
	return g.within(deciding, mark, 0)
}

// wait waits until a mark, or until the context ends.
func (g Grid) wait(ctx context.Context, clock Clock, mark int) {
	if g.Length > 0 {
		_ = clock.Wait(ctx, g.left(mark))
	}
}

// End waits until the grid's end. Who is told to stop doesn't wait.
func (g Grid) End(ctx context.Context, clock Clock) { g.wait(ctx, clock, endAt) }

// Whole returns a context for a command that only asks, which ends shortly before
// the grid does.
func (g Grid) Whole(ctx context.Context) (context.Context, context.CancelFunc) {
	return g.within(ctx, settleAt, 0)
}
