package email

import (
	"context"

	"github.com/openedx/advisory-reminders/internal/contact"
	"github.com/openedx/advisory-reminders/internal/notify"
)

// Name is how the configuration calls the channel.
func (m *Mailer) Name() string { return channel }

// Knows returns the best address of a contact. There is nothing to ask.
func (m *Mailer) Knows(c contact.Contact) (address string, ask bool) {
	if len(c.Emails) == 0 {
		return "", false
	}
	return c.Emails[0], false
}

// Find finds nobody: an address is known or not.
func (m *Mailer) Find(_ context.Context, contacts []contact.Contact) []notify.Found {
	return make([]notify.Found, len(contacts))
}

// Batch makes a mail of each digest.
func (m *Mailer) Batch(digests []notify.Addressed) []notify.Delivery { return notify.OneEach(digests) }

// Send sends the mail of a digest. Its error is a *notify.Failure; one that is
// Temporary can be tried again later in the same run, such as that of a mail that has
// come as far as DATA too late. A server that has not answered three times in a row is
// tried no more before Again, and one that has twice taken all its time and said nothing
// no more in this run.
func (m *Mailer) Send(ctx context.Context, d notify.Delivery) error {
	return m.deliver(ctx, d.Address, digestContent(d.Digests[0]), want{impatient: true, mayGo: d.MayGo})
}
