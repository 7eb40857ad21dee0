package thread

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/openedx/advisory-reminders/internal/notify"
)

// mostInRun is how many comments one run makes. GitHub allows 500 an hour of
// whatever a token writes, be it over the API or by hand; a run also opens a hundred
// drafts, and writes a report.
//
// Source: https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits
const mostInRun = 380

// A pace lets comments be made one after the other, with some time between them,
// and not too many of them. While one waits because GitHub asks it to, all do.
type pace struct {
	interval time.Duration
	now      func() time.Time
	wait     func(context.Context, time.Duration) error
	turn     chan struct{} // holds one token, for whoever may comment

	mu    sync.Mutex
	made  int             // comments that were made, or may have been
	until time.Time       // not before
	given *notify.Failure // why none is made until Again
}

func newPace(interval time.Duration, now func() time.Time, wait func(context.Context, time.Duration) error) *pace {
	if interval == 0 {
		interval = time.Second
	}
	if wait == nil {
		wait = notify.Wait
	}
	p := &pace{interval: interval, now: now, wait: wait, turn: make(chan struct{}, 1)}
	p.turn <- struct{}{}
	return p
}

// begin waits until the next comment may be made. The caller ends its turn.
func (p *pace) begin(ctx context.Context) (end func(), f *notify.Failure) {
	select {
	case <-p.turn:
	case <-ctx.Done():
		return nil, stopped(ctx)
	}
	end = func() {
		p.mu.Lock()
		p.until = p.now().Add(p.interval)
		p.mu.Unlock()
		p.turn <- struct{}{}
	}
	p.mu.Lock()
	left, made, given := p.until.Sub(p.now()), p.made, p.given
	p.mu.Unlock()
	switch {
	case given != nil:
		f = given
	case made >= mostInRun:
		f = failure(notify.Held, "a run makes no more than 380 comments, for GitHub's limits; the next run goes on")
	case ctx.Err() != nil, left > 0 && p.wait(ctx, left) != nil:
		f = stopped(ctx)
	}
	if f != nil {
		p.turn <- struct{}{} // nothing was made: the next needs no further wait
		return nil, f
	}
	return end, nil
}

// stopped says what it means that a comment's turn did not come. Where there was no time
// left for it, the pace has held it.
func stopped(ctx context.Context) *notify.Failure {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return failure(notify.Held, "the pace of comments left no time for it; the next run goes on")
	}
	return failure(notify.Temporary, "stopped before it was posted")
}

// count counts a comment.
func (p *pace) count() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.made++
}

// stop lets no comment be made until Again.
func (p *pace) stop(f *notify.Failure) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.given = f
}

func (p *pace) again() { p.stop(nil) }
