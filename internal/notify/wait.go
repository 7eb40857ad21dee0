package notify

import (
	"context"
	"time"
)

// Wait waits, as channels do before they try again or send the next message. It
// returns the error of ctx where that ends before.
func Wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
