package notify

import (
	"context"
	"slices"
	"time"

	"github.com/openedx/advisory-reminders/internal/contact"
	"github.com/openedx/advisory-reminders/internal/ledger"
	"github.com/openedx/advisory-reminders/internal/reminder"
)

// A Channel delivers digests to the people whom it knows. A further one is a
// package, and a line where the services are connected.
type Channel interface {
	// Name is how the configuration, the ledger and the report call it.
	Name() string

	// Knows returns the address that a contact has here, as far as that is known
	// without asking. Where nobody can say yet, ask is true; see Find.
	Knows(c contact.Contact) (address string, ask bool)

	// Find asks for the addresses of contacts of which Knows has to ask: one
	// Found for each, in their order. It is called by several goroutines.
	Find(ctx context.Context, contacts []contact.Contact) []Found

	// Batch puts digests into deliveries. Each of the digests' reminders is in
	// one of them.
	Batch(digests []Addressed) []Delivery

	// Send asks the channel to accept a delivery. Its error is a *Failure.
	Send(ctx context.Context, d Delivery) error

	// Again lets what was given up in this run be tried once more.
	Again()
}

// Found is what a channel has found out about a contact: an address, or none
// where the channel knows nobody, or why it can't say.
type Found struct {
	Address string
	Err     error // a *Failure: it can't say now
}

// Closer is what channels have found out about recipients of whom nothing was
// known without asking, by the channel's name.
type Closer map[string]map[reminder.Recipient]Found

// Wanted is a recipient who is to be reached.
type Wanted struct {
	To      reminder.Recipient
	Contact contact.Contact
	Refused func(channel, address string) bool // for good; nil: none was

	// Advisory is what they are to be told of, whose id is the address in a channel
	// that is the advisory's own.
	Advisory string
}

// A Route is one channel, and the address to use there.
type Route struct {
	Channel
	Address string // empty: the channel has to be asked for it
}

// Way returns the first channel that knows somebody, or may, and has not refused
// their address for good.
func Way(channels []Channel, w Wanted, closer Closer) (Route, bool) {
	for _, c := range channels {
		if r, ok := w.over(c, closer); ok && !w.refusedBy(r) {
			return r, true
		}
	}
	return Route{}, false
}

// Refusing returns the channels that have refused somebody's address for good.
func Refusing(channels []Channel, w Wanted, closer Closer) (names []string) {
	for _, c := range channels {
		if r, ok := w.over(c, closer); ok && w.refusedBy(r) {
			names = append(names, c.Name())
		}
	}
	return names
}

// over returns the route over one channel, if that knows somebody, or may.
func (w Wanted) over(c Channel, closer Closer) (Route, bool) {
	address, ask := c.Knows(w.Contact)
	found, asked := closer[c.Name()][w.To]
	if ask {
		address = found.Address
	}
	return Route{c, address}, address != "" || ask && (!asked || found.Err != nil)
}

func (w Wanted) refusedBy(r Route) bool {
	return w.Refused != nil && r.Address != "" && (w.Refused(r.Name(), r.Address) || w.Advisory != "" && w.Refused(r.Name(), w.Advisory))
}

// LookCloser asks the channels for those of whose address nothing is known
// without asking, all at once for each channel.
func LookCloser(ctx context.Context, channels []Channel, wanted []Wanted) Closer {
	closer := make(Closer)
	for _, c := range channels {
		var to []reminder.Recipient
		var contacts []contact.Contact
		for _, w := range wanted {
			r, ok := Way(channels, w, nil)
			if ok && r.Address == "" && r.Name() == c.Name() && !slices.Contains(to, w.To) {
				to, contacts = append(to, w.To), append(contacts, w.Contact)
			}
		}
		if len(to) == 0 {
			continue
		}
		closer[c.Name()] = make(map[reminder.Recipient]Found, len(to))
		for i, found := range c.Find(ctx, contacts) {
			closer[c.Name()][to[i]] = found
		}
	}
	return closer
}

// Addressed is a digest and where it goes.
type Addressed struct {
	reminder.Digest
	Address string

	// Again is the id of an earlier delivery that may have arrived. What belonged
	// together then stays together.
	Again string
}

// A Delivery is what a channel is asked to accept at once, with its record in the
// ledger: a digest, or as much of several digests as belongs together.
type Delivery struct {
	ledger.Delivery
	Address string            // where it goes; empty where the channel knows by itself
	Parts   []reminder.Digest // what of which digests it holds
	Digests []Digest          // the same as the message shows it, filled in right before it is sent

	// Addresses are the recipients', as for Parts, where Address is not: in a
	// channel whose deliveries are for several.
	Addresses []string

	// MayGo reports whether the delivery may still take the step by which the
	// channel accepts it; nil is yes.
	MayGo func() bool

	// Found is told when the channel has accepted the delivery, where it finds that
	// an earlier attempt did. It may be nil.
	Found func(at time.Time)
}

// OneEach is the Batch of a channel whose deliveries are a digest each.
func OneEach(digests []Addressed) []Delivery {
	deliveries := make([]Delivery, len(digests))
	for i, d := range digests {
		ids := make([]string, len(d.Reminders))
		for j, r := range d.Reminders {
			ids[j] = r.ID
		}
		deliveries[i] = Delivery{
			Delivery: ledger.Delivery{Kind: ledger.Digest, To: []reminder.Recipient{d.To}, Advisories: ids, Cadence: d.Cadence.String()},
			Address:  d.Address,
			Parts:    []reminder.Digest{d.Digest},
		}
	}
	return deliveries
}

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
