package slack

import (
	"context"

	"github.com/openedx/advisory-reminders/internal/notify"
)

// Digest sends a digest to a member.
func (c *Client) Digest(ctx context.Context, userID string, d notify.Digest) error {
	return c.Send(ctx, notify.Delivery{Address: userID, Digests: []notify.Digest{d}})
}
