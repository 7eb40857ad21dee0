package run

import (
	"time"

	"github.com/openedx/advisory-reminders/internal/config"
	"github.com/openedx/advisory-reminders/internal/ledger"
	"github.com/openedx/advisory-reminders/internal/owner"
	"github.com/openedx/advisory-reminders/internal/reminder"
)

// A shutOut is, by draft, whom a plan could remind by nothing but a comment. Where they
// can't open the draft they can't be reminded, so every run's plan has them again.
type shutOut map[string][]owner.Party

// shut returns them. A draft that somebody else is reminded of stands there as nil.
func (p Plan) shut(a Assignment, s Snapshot) shutOut {
	out, book := make(shutOut), a.book()
	others := make(map[string]bool)
	for _, d := range p.Due {
		for _, m := range d.Reminders {
			party, ok := partyOf(s.Owners, m.ID, d.To)
			if to := book.Of(party); !ok || party.Account == 0 || len(to.Emails) > 0 || to.Given != (config.Contact{}) {
				others[m.ID] = true
				continue
			}
			out[m.ID] = append(out[m.ID], party)
		}
	}
	for id := range others {
		out[id] = nil
	}
	return out
}

// remembered returns a function that reports whether GitHub has said in this week, of
// all whom the plan reminds of a draft, that they can't open it. By force it is asked
// anew.
func (o shutOut) remembered(a Assignment, s Snapshot, l *ledger.Ledger) func(id string) bool {
	since := reminder.Weekly.Start(s.Now, a.Config.Policy.Location)
	return func(id string) bool {
		for _, party := range o[id] {
			if a.Force || !l.Shut(id, party.Account, since, s.Now) {
				return false
			}
		}
		return len(o[id]) > 0
	}
}

// learn takes what is remembered for known, and remembers what was asked.
func (o shutOut) learn(opens owner.Doors, l *ledger.Ledger, now time.Time) {
	for id, parties := range o {
		var shut []int64
		asked := false
		for _, party := range parties {
			if !opens.Asked(id, party.Login) {
				opens.Remember(id, party.Login)
				continue
			}
			if asked = true; opens.Of(id, party.Login).Opens == owner.No {
				shut = append(shut, party.Account)
			}
		}
		if asked {
			l.SeeShut(id, shut, now)
		}
	}
}
