package run

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/openedx/advisory-reminders/internal/ledger"
	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/owner"
	"github.com/openedx/advisory-reminders/internal/reminder"
)

// A refusal is a digest that no channel takes for its recipient.
type refusal struct {
	digest reminder.Digest
	why    string
	left   []reminder.Reminder // those of which the working group is told instead
	follow int                 // how many the next run tells of over the thread
}

// forGroup returns the refusals of which the working group is told instead.
func (o Outcome) forGroup() []refusal {
	return slices.DeleteFunc(slices.Clone(o.Refused), func(r refusal) bool { return len(r.left) == 0 })
}

// Unsaid is how many digests went to nobody: no channel takes them, and neither
// did the working group hear of it.
func (o Outcome) Unsaid() int {
	if o.Reported {
		return 0
	}
	return len(o.forGroup())
}

// leave leaves to the working group those of the refused reminders that nobody
// else is told of, or may be once more is known, or over the thread by the next run,
// and that it was not told of in this period itself.
func leave(refused []refusal, follows func(reminder.Reminder, reminder.Recipient) bool, told reminder.History, force bool) {
	is := make(map[ledger.Pair]bool)
	for _, r := range refused {
		for _, m := range r.digest.Reminders {
			is[ledger.Pair{To: r.digest.To, Advisory: m.ID}] = !follows(m, r.digest.To)
		}
	}
	for i := range refused {
		r := &refused[i]
		for _, m := range r.digest.Reminders {
			if !is[ledger.Pair{To: r.digest.To, Advisory: m.ID}] {
				r.follow++
				continue
			}
			others := slices.ContainsFunc(m.Recipients, func(to reminder.Recipient) bool { return !is[ledger.Pair{To: to, Advisory: m.ID}] })
			group := told(m.ID, reminder.SWG)
			known := !group.At.Before(r.digest.Period)
			if force {
				known = group.ThisRun
			}
			if !others && !m.Waits && !known {
				r.left = append(r.left, m)
			}
		}
	}
}

// A refusedBy reports whether a channel has refused an address for good, for
// digests of a cadence, in the current period.
type refusedBy func(channel, address string) bool

// refusals returns what the ledger knows of refused addresses.
func refusals(a Assignment, now time.Time, l *ledger.Ledger) map[reminder.Cadence]refusedBy {
	byCadence := make(map[reminder.Cadence]refusedBy)
	for _, c := range reminder.Cadences {
		byCadence[c] = l.Refused(c, c.Start(now, a.Config.Policy.Location))
	}
	return byCadence
}

// spent returns the channels that have refused one of the owners in this period.
type spent func(id string, p owner.Party, c reminder.Cadence) (channels []string)

// refusedNotes names the addresses that were refused in this period, but for those
// of which the report tells elsewhere.
func refusedNotes(s Snapshot, p Plan, done Outcome, channels spent) []string {
	type address struct {
		channel string
		cadence reminder.Cadence
	}
	whose := make(map[address][]string)
	for _, d := range p.Drafts {
		for _, party := range s.Owners.Of(d.ID).Parties {
			if slices.ContainsFunc(done.Refused, func(r refusal) bool { return r.digest.To == party.Recipient && r.digest.Cadence == d.Cadence }) {
				continue
			}
			for _, channel := range channels(d.ID, party, d.Cadence) {
				k, name := address{channel, d.Cadence}, string(party.Recipient)
				if channel == threadChannel {
					k, name = address{channel: channel}, d.ID
				}
				if !slices.Contains(whose[k], name) {
					whose[k] = append(whose[k], name)
				}
			}
		}
	}
	var list []string
	for k, names := range whose {
		slices.Sort(names)
		if k.channel == threadChannel {
			list = append(list, "GitHub takes no comment on "+strings.Join(names, ", ")+". That is not tried again in this period.")
			continue
		}
		text := "address of %s was refused. It is"
		if len(names) > 1 {
			text = "addresses of %s were refused. They are"
		}
		list = append(list, fmt.Sprintf("The %s "+text+" not tried again for %s reminders in this period.", k.channel, strings.Join(names, ", "), notify.Often(k.cadence)))
	}
	slices.Sort(list)
	return list
}
