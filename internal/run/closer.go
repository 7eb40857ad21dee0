package run

import (
	"context"

	"github.com/openedx/advisory-reminders/internal/contact"
	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/reminder"
)

// lookCloser asks channels for those recipients of a plan of whose address
// nothing is known without asking, all at once for each channel.
func lookCloser(ctx context.Context, book contact.Book, s Snapshot, p Plan, channels []notify.Channel) Closer {
	type question struct {
		to []reminder.Recipient
		of []contact.Contact
	}
	questions := make(map[notify.Channel]*question)
	asked := make(map[reminder.Recipient]bool)
	for _, d := range p.Due {
		party, ok := partyOf(s.Owners, d.Reminders[0].ID, d.To)
		if !ok || asked[d.To] {
			continue
		}
		asked[d.To] = true
		c := book.Of(party)
		r, ok := way(c, d.To, p.Closer, channels, nobodyRefused)
		if !ok || r.address != "" {
			continue
		}
		if questions[r.Channel] == nil {
			questions[r.Channel] = new(question)
		}
		q := questions[r.Channel]
		q.to, q.of = append(q.to, d.To), append(q.of, c)
	}
	closer := make(Closer)
	for channel, q := range questions {
		closer[channel.Name()] = make(map[reminder.Recipient]notify.Found, len(q.to))
		for i, found := range channel.Find(ctx, q.of) {
			closer[channel.Name()][q.to[i]] = found
		}
	}
	return closer
}

func nobodyRefused(channel, address string) bool { return false }
