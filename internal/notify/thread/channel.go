package thread

import (
	"cmp"
	"context"
	"slices"

	"github.com/openedx/advisory-reminders/internal/contact"
	"github.com/openedx/advisory-reminders/internal/ledger"
	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/reminder"
)

// mostNamed is how many people one comment mentions, so that it stays far below
// 8,000 characters.
const mostNamed = 40

// Name is how the configuration calls the channel.
func (c *Client) Name() string { return channelName }

// Knows returns the login of a person who can open the draft. It knows no team.
func (c *Client) Knows(to contact.Contact) (address string, ask bool) {
	if to.Shut || !notify.Mentionable(to.Login) {
		return "", false
	}
	return to.Login, false
}

// Find finds nobody: a login is known or not.
func (c *Client) Find(_ context.Context, contacts []contact.Contact) []notify.Found {
	return make([]notify.Found, len(contacts))
}

// Batch makes one comment for each advisory, to everybody whose digest holds it,
// or several where there is no room for all, or some of them stood in an earlier one
// that may have been posted. The address of a comment is the
// advisory's id: what is refused is the comment there, and nobody's login. Those
// about the most severe come first, and of these the oldest.
func (c *Client) Batch(digests []notify.Addressed) []notify.Delivery {
	type key struct {
		id      string
		cadence reminder.Cadence
		again   string
	}
	drafts := make(map[key]*reminder.Draft)
	named := make(map[key][]notify.Addressed)
	var order []key
	for _, d := range digests {
		for _, r := range d.Reminders {
			k := key{r.ID, d.Cadence, d.Again}
			if drafts[k] == nil {
				drafts[k], order = r.Draft, append(order, k)
			}
			part := d
			part.Reminders = []reminder.Reminder{r}
			named[k] = append(named[k], part)
		}
	}
	slices.SortFunc(order, func(a, b key) int {
		x, y := drafts[a], drafts[b]
		return cmp.Or(cmp.Compare(y.Severity, x.Severity), cmp.Compare(y.Score, x.Score), x.Opened.Compare(y.Opened), cmp.Compare(a.id, b.id), cmp.Compare(a.cadence, b.cadence), cmp.Compare(a.again, b.again))
	})
	var deliveries []notify.Delivery
	for _, k := range order {
		slices.SortFunc(named[k], func(a, b notify.Addressed) int { return cmp.Compare(a.To, b.To) })
		for people := range slices.Chunk(named[k], mostNamed) {
			d := notify.Delivery{
				Delivery: ledger.Delivery{Kind: ledger.Digest, Advisories: []string{k.id}, Cadence: k.cadence.String()},
				Address:  k.id,
			}
			for _, p := range people {
				d.To, d.Addresses, d.Parts = append(d.To, p.To), append(d.Addresses, p.Address), append(d.Parts, p.Digest)
			}
			deliveries = append(deliveries, d)
		}
	}
	return deliveries
}

// Again lets comments be made once more after GitHub asked to wait.
func (c *Client) Again() { c.pace.again() }
