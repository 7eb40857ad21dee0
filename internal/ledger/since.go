package ledger

import (
	"time"

	"github.com/openedx/advisory-reminders/internal/reminder"
)

// SinceChange returns how often a recipient was reminded of an advisory since it
// changed last on GitHub.
func (l *Ledger) SinceChange(id string, to reminder.Recipient) int {
	r := l.Advisories[id]
	if r == nil || r.Told[to].Delivery == nil {
		return 0
	}
	return int(r.Told[to].sinceChange(r))
}

func (t Told) sinceChange(r *Record) int32 {
	if t.changed != r.Changed.UnixMilli() {
		return 0
	}
	return t.Since
}

// SaySnoozeEnded notes that an accepted report has said that the snooze of an
// advisory which ended then is over.
func (l *Ledger) SaySnoozeEnded(id string, until time.Time) {
	if r := l.Advisories[id]; r != nil {
		r.SnoozeSaid = later(r.SnoozeSaid, until)
	}
}
