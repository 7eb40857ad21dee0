package run

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/openedx/advisory-reminders/internal/config"
	"github.com/openedx/advisory-reminders/internal/contact"
	"github.com/openedx/advisory-reminders/internal/ledger"
	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/owner"
	"github.com/openedx/advisory-reminders/internal/reminder"
	"github.com/openedx/advisory-reminders/internal/transport"
)

// threadChannel is the channel whose readers have to be able to open the draft. It is
// always the last one.
const threadChannel = string(config.Thread)

// A Closer is what looking closer at those who might be reminded has found out. The
// zero value is that nobody has looked yet.
type Closer struct {
	Found  notify.Closer // by the channels
	Opens  owner.Doors   // who can open which draft, and who administers its repository
	Access doors         // whom drafts are opened to, and whom not

	admitted map[ledger.Pair]admission // the same, for each who can't open a draft
}

// lookCloser asks, for those alone whom the plan would remind, for addresses, and for
// who can open the drafts, and decides whom these are opened to.
func (p Plan) lookCloser(ctx context.Context, c Clients, a Assignment, s *Snapshot, l *ledger.Ledger) (Closer, error) {
	var closer Closer
	asked := transport.Meanwhile(func() (owner.Doors, error) { return c.Owners.Doors(ctx, p.toAsk(*s)), nil })
	closer.Found = notify.LookCloser(ctx, c.Channels, p.wanted(a, *s))
	closer.Opens, _ = asked()
	me := a.claimant(c)
	l.Granted(me, s.Now)
	closer.Access = apply(a, *s, p.Drafts, p.reminded(), closer.known(*s), l, me)
	s.Owners.Failures = append(s.Owners.Failures, closer.Access.ask(ctx, c.Owners, a, s.Now)...)
	closer.admitted = closer.Access.byPair()
	for _, what := range closer.Opens.Refused {
		if !slices.Contains(s.Owners.Refused, what) {
			s.Owners.Refused = append(s.Owners.Refused, what)
		}
	}
	if errors.Is(ctx.Err(), context.Canceled) {
		return closer, ctx.Err()
	}
	return closer, nil // what there was no time for is not known now
}

// toAsk are the drafts that a plan reminds of, each with all people who own its
// repository: whoever does not administer it is told who of them does.
func (p Plan) toAsk(s Snapshot) []owner.Door {
	var list []owner.Door
	known := make(map[string]bool)
	for _, d := range p.Due {
		for _, m := range d.Reminders {
			if known[m.ID] {
				continue
			}
			known[m.ID] = true
			if door := s.Owners.Door(*m.Advisory); len(door.Logins) > 0 {
				list = append(list, door)
			}
		}
	}
	return list
}

// known returns what GitHub has told of whether recipients can open drafts.
func (c Closer) known(s Snapshot) opensTo {
	return func(id string, to reminder.Recipient) owner.Knowledge {
		return c.ability(s, id, to).Opens
	}
}

// ability is what GitHub has told of a recipient and a draft.
func (c Closer) ability(s Snapshot, id string, to reminder.Recipient) owner.Ability {
	party, _ := partyOf(s.Owners, id, to)
	return c.Opens.Of(id, party.Login)
}

// An entry is what is known of whether somebody can open a draft when they are
// reminded of it.
type entry int

const (
	entryYes     entry = iota // or nobody has looked yet
	entryNo                   // or GitHub does not tell this token
	entryWaits                // the next run knows, or a later one opens it to them
	entryUnasked              // it could not be asked now, so that the next run knows
)

// entry returns that of one of an advisory's owners.
func (c Closer) entry(id string, party owner.Party) entry {
	switch m := c.admitted[ledger.Pair{To: party.Recipient, Advisory: id}]; {
	case m == doorGive:
		return entryYes
	case m.waits():
		return entryWaits
	case !c.Opens.Asked(id, party.Login):
		return entryYes
	}
	switch c.Opens.Of(id, party.Login).Opens {
	case owner.Yes:
		return entryYes
	case owner.Later:
		return entryUnasked
	}
	return entryNo
}

// gives reports whether this run opens a draft to one of the advisory's owners.
func (c Closer) gives(id string, party owner.Party) bool {
	return c.admitted[ledger.Pair{To: party.Recipient, Advisory: id}] == doorGive
}

// reach returns how one of a draft's owners can be told of it.
func (c Closer) reach(book contact.Book, d *reminder.Draft, party owner.Party, refused refusedBy) notify.Wanted {
	to := book.Of(party)
	to.Shut = c.entry(d.ID, party) == entryNo
	return notify.Wanted{To: party.Recipient, Contact: to, Refused: refused[d.Cadence], Advisory: d.ID}
}

// cannotOpen says why the thread does not reach one of an advisory's owners, or
// nothing where it may.
func (c Closer) cannotOpen(id string, party owner.Party) string {
	switch {
	case party.Login == "" || c.entry(id, party) != entryNo:
		return ""
	case c.Opens.Of(id, party.Login).Opens == owner.No:
		return "can't open the draft"
	}
	return "may be unable to open the draft, which GitHub does not tell this token"
}

// administrators returns the logins of an advisory's owners who administer its
// repository, as far as that is known.
func (c Closer) administrators(id string, parties []owner.Party) []string {
	var list []string
	for _, party := range parties {
		if c.Opens.Of(id, party.Login).Admin == owner.Yes {
			list = append(list, party.Login)
		}
	}
	slices.SortFunc(list, func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) })
	return list
}
