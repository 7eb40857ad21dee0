package action

import (
	"context"

	"github.com/openedx/advisory-reminders/internal/contact"
	"github.com/openedx/advisory-reminders/internal/notify"
)

// ofSingle reports whether a preview is of single repositories on a laptop on which
// no channel is set up: somebody has a look at what this would be for them.
func (s settings) ofSingle() bool {
	return s.showsAll() && !s.env.actions && len(s.in.Repositories) > 0
}

// unknown is the last channel of such a preview. It knows everybody, so that the
// messages are seen to people whose address the token does not show.
type unknown struct{}

// Name is what the report calls it.
func (unknown) Name() string { return "a channel of your choice" }

// Knows says in place of an address that none is known.
func (unknown) Knows(c contact.Contact) (address string, ask bool) {
	if c.Login == "" {
		return "", false
	}
	return c.Login + " (an address that this token does not show)", false
}

// Find finds nobody: there is nothing to ask.
func (unknown) Find(_ context.Context, contacts []contact.Contact) []notify.Found {
	return make([]notify.Found, len(contacts))
}

func (unknown) Batch(digests []notify.Addressed) []notify.Delivery { return notify.OneEach(digests) }

// Send refuses: a preview never comes to it.
func (unknown) Send(context.Context, notify.Delivery) error {
	return &notify.Failure{Channel: "none", Outcome: notify.ChannelRefused, Detail: "no channel is set up"}
}

func (unknown) Again() {}
