package action

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/config"
	"github.com/openedx/advisory-reminders/internal/ledger"
	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/owner"
	"github.com/openedx/advisory-reminders/internal/reminder"
)

// delivered is what became of the digests.
type delivered struct {
	sent    []notify.Sent
	failed  []notify.Sent // the next run tries again
	refused []refusal     // no channel takes them: the working group is told instead
}

// A refusal is a digest whose recipient no channel will take mail for.
type refusal struct {
	digest reminder.Digest
	why    string
}

// trouble is an error where something that was due did not go out.
func (d delivered) trouble() error {
	if len(d.failed) == 0 {
		return nil
	}
	var lines []string
	for _, f := range d.failed {
		lines = append(lines, fmt.Sprintf("%s, %s: %s", f.To, f.Cadence, f.Failure))
	}
	return failed(stepDeliver, errors.New(strings.Join(lines, "\n")))
}

// deliver sends every digest, whatever becomes of the others, and notes in the
// ledger what was accepted.
func (j *job) deliver(ctx context.Context, memory *ledger.Ledger, p plan) delivered {
	var done delivered
	for _, d := range p.digests {
		j.deliverOne(ctx, memory, p, d, &done)
	}
	return done
}

func (j *job) deliverOne(ctx context.Context, memory *ledger.Ledger, p plan, d reminder.Digest, done *delivered) {
	sent := notify.Sent{To: string(d.To), Cadence: d.Cadence, Items: len(d.Reminders)}
	party := p.party(d)
	id := newID()
	message := j.message(id, d, p, party)
	refused := []string{}
	for _, w := range p.reach.ways(party, true) {
		sent.Channel = string(w.channel)
		err := ctx.Err()
		if err == nil {
			err = j.send(ctx, p.reach, party, w, message)
		}
		if err == nil {
			j.note(memory, p, d, id, sent)
			done.sent = append(done.sent, sent)
			return
		}
		sent.Failure = describe(err)
		if f, ok := errors.AsType[*notify.Failure](err); !ok || f.Outcome != notify.AddressRefused {
			done.failed = append(done.failed, sent)
			return
		}
		refused = append(refused, sent.Channel+": "+sent.Failure)
	}
	done.refused = append(done.refused, refusal{d, strings.Join(refused, "; ")})
}

// send delivers over one way. Who is known to Slack by address only is looked
// up first.
func (j *job) send(ctx context.Context, r *reach, party owner.Party, w way, message notify.Digest) error {
	if w.channel == config.Slack && w.address == "" {
		emails, _ := r.contact(party)
		before := len(r.failures)
		if r.ask(ctx, party) {
			return &notify.Failure{Channel: "slack", Outcome: notify.AddressRefused, Detail: "Slack knows nobody with that address"}
		}
		if len(r.failures) > before {
			return r.failures[before]
		}
		for _, address := range emails {
			if id := r.slackIDs[address]; id != "" {
				w.address = id
				break
			}
		}
	}
	return j.couriers[w.channel].Digest(ctx, w.address, message)
}

// note records a delivery in the ledger.
func (j *job) note(memory *ledger.Ledger, p plan, d reminder.Digest, id string, sent notify.Sent) {
	delivery := ledger.Delivery{ID: id, Run: j.env.run(), At: j.now}
	for _, m := range d.Reminders {
		memory.Record(m.ID, d.To, delivery)
		if party, ok := partyOf(p.reach.owners, m.ID, d.To); ok {
			repo := p.reach.owners.ByAdvisory[m.ID].Repository
			memory.Introduce(repo, d.To, fmt.Sprintf("%s, in %s", party.Owner, party.Route), j.now)
		}
	}
	delivery.To, delivery.Channel, delivery.Cadence, delivery.Items = d.To, sent.Channel, d.Cadence.String(), sent.Items
	memory.Unreported = append(memory.Unreported, delivery)
}

// party returns the recipient of a digest as its first reminder knows it.
func (p plan) party(d reminder.Digest) owner.Party {
	party, _ := partyOf(p.reach.owners, d.Reminders[0].ID, d.To)
	return party
}

// message is a digest with all that it shows.
func (j *job) message(id string, d reminder.Digest, p plan, party owner.Party) notify.Digest {
	m := notify.Digest{
		ID:       id,
		Name:     or(party.Name, party.Login),
		Team:     party.Login == "",
		Cadence:  d.Cadence,
		Now:      j.now,
		Next:     d.Next,
		Location: j.cfg.Policy.Location,
		Texts:    j.texts(),
	}
	if m.Name == "" {
		m.Name = party.Owner.Name
	}
	for _, r := range d.Reminders {
		party, _ := partyOf(p.reach.owners, r.ID, d.To)
		item := j.item(r.Draft, r.Told.Times, p.reach.owners)
		item.Why = why(party, item.Repository)
		m.Items = append(m.Items, item)
	}
	return m
}

// item is one draft as messages show it.
func (j *job) item(d reminder.Draft, reminders int, owners owner.Result) notify.Item {
	item := notify.Item{
		ID:          d.ID,
		Repository:  d.Repository,
		URL:         d.URL,
		Severity:    d.Severity,
		Score:       d.Score,
		OpenDays:    days(d.Opened, j.now, j.cfg.Policy.Location),
		Reminders:   reminders,
		PrivateFork: d.PrivateFork,
	}
	if r := owners.ByAdvisory[d.ID].Repository; r.Name != "" {
		item.Repository = r
	}
	for _, p := range d.Packages {
		if item.Patched == "" {
			item.Patched = p.Patched
		}
	}
	if j.cfg.Privacy.ShowSummary {
		item.Summary = d.Summary
	}
	return item
}

// why says why somebody gets a reminder about a repository.
func why(p owner.Party, repo advisory.Repository) string {
	named := fmt.Sprintf("%s, which %s names as an owner of %s", p.Owner, p.Route, repo)
	switch {
	case p.Route == owner.FromAccount:
		return fmt.Sprintf("%s is a repository of your account", repo)
	case p.Login == "":
		return "this is the address of " + named
	case p.Owner.Kind == advisory.User, strings.EqualFold(p.Owner.Name, p.Login):
		return "you are " + named
	}
	return "you are a member of " + named
}

// days returns how many calendar days of a zone lie between two times.
func days(from, to time.Time, zone *time.Location) int {
	y1, m1, d1 := from.In(zone).Date()
	y2, m2, d2 := to.In(zone).Date()
	span := time.Date(y2, m2, d2, 0, 0, 0, 0, time.UTC).Sub(time.Date(y1, m1, d1, 0, 0, 0, 0, time.UTC))
	return max(int(span.Hours()/24), 0)
}

// describe says what happened to a delivery, without any secret.
func describe(err error) string {
	if f, ok := errors.AsType[*notify.Failure](err); ok {
		if f.Advice != "" {
			return f.Detail + " (" + f.Advice + ")"
		}
		return f.Detail
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return "the run was told to stop; the next one goes on"
	}
	return "the delivery broke off"
}

// newID returns a delivery id: 32 hexadecimal digits.
func newID() string {
	b := make([]byte, 16)
	rand.Read(b) //nolint:errcheck // never fails
	return hex.EncodeToString(b)
}
