package run

import (
	"slices"
	"time"

	"github.com/openedx/advisory-reminders/internal/ledger"
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

// leaveToGroup leaves to the working group those of the refused reminders that nobody
// else is told of, or may be once more is known, or over the thread by the next run,
// and that it was not told of in this period itself.
func leaveToGroup(refused []refusal, follows func(reminder.Reminder, reminder.Recipient) bool, told reminder.History, force bool) {
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
type refusedBy map[reminder.Cadence]func(channel, address string) bool

// refusals returns what the ledger knows of refused addresses.
func refusals(a Assignment, now time.Time, l *ledger.Ledger) refusedBy {
	byCadence := make(refusedBy)
	for _, c := range reminder.Cadences {
		byCadence[c] = l.Refused(c, c.Start(now, a.Config.Policy.Location))
	}
	return byCadence
}
