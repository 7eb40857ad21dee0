package email

import (
	"context"

	"github.com/openedx/advisory-reminders/internal/notify"
)

// Digest sends a digest to an address.
func (m *Mailer) Digest(ctx context.Context, to string, d notify.Digest) error {
	return m.Send(ctx, notify.Delivery{Address: to, Digests: []notify.Digest{d}})
}
