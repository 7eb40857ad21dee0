package slack

import (
	"context"
	"strings"
	"sync"

	"github.com/openedx/advisory-reminders/internal/contact"
	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/transport"
)

// Name is how the configuration calls the channel.
func (c *Client) Name() string { return channelName }

// Knows returns the id that the configuration has for a contact. Who has none is
// looked up by address, where there is a token.
func (c *Client) Knows(to contact.Contact) (address string, ask bool) {
	return to.Given.Slack, to.Given.Slack == "" && len(to.Emails) > 0 && c.token
}

// Find looks up contacts by their addresses.
func (c *Client) Find(ctx context.Context, contacts []contact.Contact) []notify.Found {
	found := make([]notify.Found, len(contacts))
	errs := transport.Each(len(contacts), transport.AtOnce, func(i int) error {
		var err error
		found[i].Address, err = c.people.find(ctx, contacts[i].Emails, c.Lookup)
		return err
	})
	for i, err := range errs {
		found[i].Err = err
	}
	return found
}

// Batch makes a direct message of each digest.
func (c *Client) Batch(digests []notify.Addressed) []notify.Delivery { return notify.OneEach(digests) }

// Send sends a digest as a direct message to a member, or to a team's channel, which
// must be private and not shared: a digest names undisclosed vulnerabilities.
func (c *Client) Send(ctx context.Context, d notify.Delivery) error {
	if isChannel(d.Address) && !c.publicToo {
		ch, err := c.Channel(ctx, d.Address)
		if err != nil {
			return err
		}
		if !ch.Private {
			return failure(notify.AddressRefused, "the channel is "+ch.Readers()+", and the digest names undisclosed vulnerabilities")
		}
	}
	digest := d.Digests[0]
	messages, own := digestMessages(digest)
	metadata := map[string]any{"delivery_id": digest.ID, "cadence": notify.Often(digest.Cadence)}
	return c.post(ctx, d.Address, metadata, messages, own, d.MayGo)
}

// isChannel reports whether an id is that of a channel, which a team may have as
// its contact.
func isChannel(id string) bool { return strings.HasPrefix(id, "C") || strings.HasPrefix(id, "G") }

// Again lets Slack be asked for people once more, unless it has refused for good.
func (c *Client) Again() { c.people.again() }

// people are those whom Slack was asked for. After a failure that is not about one
// address it is not asked for anybody else.
type people struct {
	mu      sync.Mutex
	ids     map[string]string // by address; empty where Slack knows nobody
	trouble error
}

// find returns the id of the first address that Slack knows, or nothing.
func (p *people) find(ctx context.Context, addresses []string, lookup func(context.Context, string) (string, error)) (string, error) {
	for _, address := range addresses {
		id, asked, err := p.known(address)
		if !asked && err == nil {
			id, err = lookup(ctx, address)
			p.learn(address, id, err)
		}
		if err != nil || id != "" {
			return id, err
		}
	}
	return "", nil
}

func (p *people) known(address string) (id string, asked bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if id, asked = p.ids[address]; asked {
		return id, true, nil
	}
	return "", false, p.trouble
}

// learn takes down the answer about an address, or why there is none.
func (p *people) learn(address, id string, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err != nil {
		if notify.AsFailure(channelName, err).Outcome != notify.AddressDoubted {
			p.trouble = err
		}
		return
	}
	if p.ids == nil {
		p.ids = make(map[string]string)
	}
	p.ids[address] = id
}

func (p *people) again() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if f, ok := p.trouble.(*notify.Failure); ok && f.Outcome == notify.Temporary {
		p.trouble = nil
	}
}
