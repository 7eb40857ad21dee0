package ledger

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/openedx/advisory-reminders/internal/discussion"
	"github.com/openedx/advisory-reminders/internal/reminder"
)

// Answer is the kind of a delivery that answers commands on a draft, in one comment
// there. Nobody is told of anything by it.
const Answer Kind = "answer"

// onDraft is whom an answer is for: everybody who can open the draft.
const onDraft reminder.Recipient = "draft"

// Hear judges what was read of an advisory's discussion.
func (l *Ledger) Hear(x discussion.Reading) {
	a := l.Advisories[x.Advisory.ID]
	if a == nil {
		return
	}
	if a.Discussion == nil {
		a.Discussion = new(discussion.Record)
	}
	x.Began = l.FirstRun
	a.Discussion.Hear(x)
	l.heard(a.Discussion.Heard)
}

// CommentSeen reports whether an owner has ever answered below a comment of the
// program's: then somebody sees them.
func (l *Ledger) CommentSeen() bool { return !l.Heard.IsZero() }

// heard notes the first such answer.
func (l *Ledger) heard(at time.Time) {
	if !at.IsZero() && (l.Heard.IsZero() || at.Before(l.Heard)) {
		l.Heard = at.UTC()
	}
}

// Replies returns the answers that are owed on a draft: what may have been posted by
// an earlier attempt, as it was then, and one answer to all other commands. It is none
// where another run is about to answer there.
func (l *Ledger) Replies(id string, c Claimant, now time.Time) (list []Delivery) {
	a := l.advisory(id)
	if a.State != "" {
		return nil
	}
	owed := a.Discussion.Owed()
	if len(owed) == 0 {
		return nil
	}
	for _, d := range l.open[onDraft] {
		switch {
		case !slices.Contains(d.Advisories, id):
		case c.blocked(d, now):
			return nil
		case d.Outcome == Refused && !d.Perhaps:
		default:
			list = append(list, newAnswer(id, d.Comments))
			owed = slices.DeleteFunc(owed, func(comment int64) bool { return slices.Contains(d.Comments, comment) })
		}
	}
	if len(owed) > 0 {
		list = append(list, newAnswer(id, owed))
	}
	return list
}

// newAnswer returns the delivery that answers comments.
func newAnswer(id string, comments []int64) Delivery {
	return Delivery{
		Kind:       Answer,
		To:         []reminder.Recipient{onDraft},
		Advisories: []string{id},
		Comments:   comments,
		Sum:        strings.Trim(fmt.Sprint(comments), "[]"),
	}
}

// Answered notes that the commands that a delivery answers have their answer, or
// that none is owed to them any more.
func (l *Ledger) Answered(id string) {
	d := l.byID(id)
	if d == nil || d.Kind != Answer {
		return
	}
	for _, advisory := range d.Advisories {
		a := l.Advisories[advisory]
		if a == nil || a.Discussion == nil {
			continue
		}
		for _, comment := range d.Comments {
			if command := a.Discussion.Commands[comment]; command != nil {
				command.Answered = true
			}
		}
	}
}

// answers reports whether an answer still is owed.
func (l *Ledger) answers(d *Delivery) bool {
	return slices.ContainsFunc(d.Advisories, func(id string) bool {
		a := l.advisory(id)
		return a.State == "" && slices.ContainsFunc(a.Discussion.Owed(), func(comment int64) bool { return slices.Contains(d.Comments, comment) })
	})
}
