package action

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/config"
	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/owner"
	"github.com/openedx/advisory-reminders/internal/reminder"
)

// reach knows how recipients are reached.
type reach struct {
	owners    owner.Result
	contactOf func(advisory.Owner) (config.Contact, bool)
	channels  []config.Channel // configured ones, in the order of preference
	lookup    func(ctx context.Context, address string) (id string, found bool, err error)

	mu       sync.Mutex        // guards what is below
	slackIDs map[string]string // by address; empty where Slack knows nobody
	broken   error             // of a look-up; after it Slack is not asked again, but see again
}

func newReach(j *job, owners owner.Result) *reach {
	r := &reach{owners: owners, contactOf: j.contactOf, slackIDs: make(map[string]string)}
	for _, c := range j.cfg.Channels {
		if j.couriers[c] != nil {
			r.channels = append(r.channels, c)
		}
	}
	if j.slack != nil {
		r.lookup = j.slack.Lookup
	}
	return r
}

// A way is one channel and the address to use there.
type way struct {
	channel config.Channel
	address string // mail address or Slack id
}

// contact returns how a party is reached: by the configuration, which then
// stands alone, or by the addresses that GitHub knows.
func (r *reach) contact(p owner.Party) (emails []string, slackID string) {
	if c, ok := r.configured(p); ok {
		if c.Email != "" {
			emails = []string{c.Email}
		}
		return emails, c.Slack
	}
	return p.Emails, ""
}

func (r *reach) configured(p owner.Party) (config.Contact, bool) {
	if p.Login != "" {
		return r.contactOf(advisory.Owner{Kind: advisory.User, Name: p.Login})
	}
	_, name, _ := strings.Cut(string(p.Recipient), ":")
	org, slug, _ := strings.Cut(name, "/")
	return r.contactOf(advisory.Owner{Kind: advisory.Team, Org: org, Name: slug})
}

// ways returns every way to a party, in the order of preference. An address
// that Slack has not been asked about counts as known to it if unasked says so.
func (r *reach) ways(p owner.Party, unasked bool) []way {
	emails, slackID := r.contact(p)
	var ways []way
	for _, c := range r.channels {
		switch c {
		case config.Email:
			if len(emails) > 0 {
				ways = append(ways, way{c, emails[0]})
			}
		case config.Slack:
			if slackID != "" {
				ways = append(ways, way{c, slackID})
				continue
			}
			for _, address := range emails {
				id, asked := r.known(address)
				if id != "" || !asked && unasked && r.lookup != nil {
					ways = append(ways, way{c, id})
					break
				}
			}
		}
	}
	return ways
}

// possible reports whether a party can be reached, as far as is known.
func (r *reach) possible(p owner.Party) bool { return len(r.ways(p, true)) > 0 }

// lookUp asks Slack for those recipients of digests whose first way leads over
// it by an address. It reports whether somebody turned out to be unknown.
func (r *reach) lookUp(ctx context.Context, digests []reminder.Digest) (changed bool) {
	if r.lookup == nil {
		return false
	}
	var parties []owner.Party
	asked := make(map[reminder.Recipient]bool)
	for _, d := range digests {
		for _, m := range d.Reminders {
			party, ok := partyOf(r.owners, m.ID, d.To)
			if !ok || asked[d.To] {
				continue
			}
			if ways := r.ways(party, true); len(ways) > 0 && ways[0] == (way{config.Slack, ""}) {
				asked[d.To] = true
				parties = append(parties, party)
			}
		}
	}
	unknown := make([]bool, len(parties))
	askEach(len(parties), func(i int) error {
		unknown[i] = r.ask(ctx, parties[i])
		return nil
	})
	return slices.Contains(unknown, true)
}

// ask looks up the addresses of a party until Slack knows one. It reports
// whether it knows none. Where Slack does not answer nobody can say; the
// delivery fails then, and is tried by the next run.
func (r *reach) ask(ctx context.Context, p owner.Party) (unknown bool) {
	emails, _ := r.contact(p)
	for _, address := range emails {
		id, asked := r.known(address)
		if !asked && r.trouble() == nil {
			var err error
			if id, _, err = r.lookup(ctx, address); err == nil {
				r.learn(address, id)
			} else {
				r.fail(err)
			}
		}
		if r.trouble() != nil || id != "" {
			return false
		}
	}
	return true
}

// known returns the Slack id that belongs to an address, empty where Slack
// knows nobody, and whether Slack has been asked.
func (r *reach) known(address string) (id string, asked bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	id, asked = r.slackIDs[address]
	return id, asked
}

func (r *reach) learn(address, id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.slackIDs[address] = id
}

func (r *reach) fail(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.broken = err
}

// again lets Slack be asked once more, unless it has refused for good.
func (r *reach) again() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if f, ok := errors.AsType[*notify.Failure](r.broken); ok && f.Outcome == notify.Temporary {
		r.broken = nil
	}
}

// trouble returns why Slack is not asked any more, or nil.
func (r *reach) trouble() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.broken
}

// slackID returns the Slack id of a party that was asked about, or nothing.
func (r *reach) slackID(p owner.Party) string {
	emails, _ := r.contact(p)
	for _, address := range emails {
		if id, _ := r.known(address); id != "" {
			return id
		}
	}
	return ""
}

func partyOf(owners owner.Result, id string, to reminder.Recipient) (owner.Party, bool) {
	parties := owners.Of(id).Parties
	i := slices.IndexFunc(parties, func(p owner.Party) bool { return p.Recipient == to })
	if i < 0 {
		return owner.Party{}, false
	}
	return parties[i], true
}

// slackFirst reports whether Slack is the channel that is tried first: it finds
// people by any of their addresses.
func (j *job) slackFirst() bool {
	for _, c := range j.cfg.Channels {
		if j.couriers[c] != nil {
			return c == config.Slack
		}
	}
	return false
}

// hasContact reports whether the configuration has a contact for an owner.
func (j *job) hasContact(o advisory.Owner) bool {
	_, ok := j.contactOf(o)
	return ok
}

// contactOf returns the contact that the configuration has for an owner. A team
// that it names without an organization is one of the organization of this run.
func (j *job) contactOf(o advisory.Owner) (config.Contact, bool) {
	if o.Kind == advisory.Team && o.Org != "" && j.in.Organization != "" && !strings.EqualFold(o.Org, j.in.Organization) {
		c, ok := j.cfg.Contacts[config.ContactKey(o)]
		return c, ok
	}
	return j.cfg.ContactOf(o)
}
