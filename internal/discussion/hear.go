package discussion

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/reminder"
)

// reach is how far a reading goes back beyond what was read before: GitHub may list
// a comment a while after it was made.
const reach = 10 * time.Minute

// most is how many commands one reading takes. Those beyond wait for the next run,
// so that one comment has room for the answers.
const most = 500

// A Reading is what was read of a discussion, and what is known of those who speak.
type Reading struct {
	Now      time.Time
	Began    time.Time // the first run of the ledger
	Advisory advisory.Advisory
	Comments []Comment // since Record.Since
	Rules    Rules
	Commands bool // they are done; else they are passed over

	Owns func(Account) Knowledge // whether they are an owner of the repository
	Told func(Account) Nothing   // why their not-mine would change nothing, or nothing
	May  func(Account) Knowledge // whether they may give commands
}

// Hear judges what was read: each comment once, in the order in which they were
// made. Whose rights can't be known now, and what lies ahead, is judged by a later
// reading.
func (r *Record) Hear(x Reading) {
	slices.SortFunc(x.Comments, func(a, b Comment) int { return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.ID, b.ID)) })
	h := hearing{Reading: x, answered: x.answered(), since: r.Since(), recent: make(map[int64]time.Time), until: r.Until}
	maps.Copy(h.recent, r.Recent)
	for _, c := range x.Comments {
		r.hear(&h, c)
	}
	if !h.hold.IsZero() && !h.hold.After(x.Now) && (h.hold.Before(h.until) || h.until.IsZero()) {
		h.until = h.hold
	}
	a := x.Advisory
	changed := r.Count != a.Comments || !r.Updated.Equal(a.Updated)
	r.Again = !h.hold.IsZero() || x.Now.Sub(a.Updated) < reach || changed && h.found < a.Comments-r.Count
	r.Count, r.Updated, r.Until = a.Comments, a.Updated.UTC(), h.until.UTC()
	r.remember(h.recent)
}

// remember keeps, of the comments that were judged, those that the next reading shows
// again.
func (r *Record) remember(judged map[int64]time.Time) {
	since := r.Since()
	r.Recent = nil
	for id, at := range judged {
		if at.Before(since) {
			continue
		}
		if r.Recent == nil {
			r.Recent = make(map[int64]time.Time)
		}
		r.Recent[id] = at.UTC()
	}
}

// answered returns the comments that others say they answer. The ledger knows what it
// has answered itself, and anybody can write a marker: only what is older counts.
func (x Reading) answered() map[int64]bool {
	answered := make(map[int64]bool)
	for _, c := range x.Comments {
		if c.Created.Before(x.Began) {
			for _, id := range answers(c.Body) {
				answered[id] = true
			}
		}
	}
	return answered
}

// A hearing is a reading of which comments are judged one after the other.
type hearing struct {
	Reading
	answered map[int64]bool      // comments that the program's own say they answer
	since    time.Time           // from when on comments were read
	recent   map[int64]time.Time // see Record
	until    time.Time           // comments that changed before were judged
	hold     time.Time           // when the first of those that wait changed
	found    int                 // comments that are new
	taken    int                 // commands
}

// hear judges one comment of a hearing, unless it was judged before or has to wait.
func (r *Record) hear(h *hearing, c Comment) {
	_, recent := h.recent[c.ID]
	known := recent || r.Commands[c.ID] != nil || c.Created.Before(h.since)
	if !known || r.madeCommand(h, c) {
		if c.Created.After(h.Now) || h.taken == most || !r.judge(h.Reading, c, known, h.answered[c.ID]) {
			h.wait(c, known)
			return
		}
		if r.Commands[c.ID] != nil {
			h.taken++
		}
	}
	if !known {
		h.found++
	}
	h.recent[c.ID] = c.Updated
	if c.Updated.After(h.until) && !c.Updated.After(h.Now) {
		h.until = c.Updated
	}
}

// madeCommand reports whether a comment that was judged was edited into a command
// since.
func (r *Record) madeCommand(h *hearing, c Comment) bool {
	at, recent := h.recent[c.ID]
	seen := recent && at.Equal(c.Updated)
	return r.Commands[c.ID] == nil && IsCommand(c.Body) && !seen && !c.Updated.Equal(c.Created)
}

// wait leaves a comment to a later reading, which has to reach back to it.
func (h *hearing) wait(c Comment, known bool) {
	from := c.Created
	if known {
		from = c.Updated
	}
	h.hold = reminder.Earlier(h.hold, from)
}

// judge judges one comment, and reports whether that can be done now. An old one is
// known already, but for the command that it was edited into.
func (r *Record) judge(x Reading, c Comment, old, answered bool) bool {
	switch {
	case Ours(c.Body):
		r.Ours = reminder.Earlier(r.Ours, c.Created)
		return true
	case IsCommand(c.Body):
		return !x.Commands || r.command(x, c, answered)
	case old || !c.Author.person():
		return true
	}
	switch x.Owns(c.Author) {
	case NotNow:
		return false
	case Yes:
		r.answer(c)
		if !r.Ours.IsZero() && c.Created.After(r.Ours) {
			r.Heard = reminder.Earlier(r.Heard, c.Created)
		}
	}
	return true
}

// answer notes an answer.
func (r *Record) answer(c Comment) {
	r.First = reminder.Earlier(r.First, c.Created)
	if c.Created.After(r.Last) {
		r.Last, r.LastBy = c.Created, c.Author.Login
	}
}

// command judges a command, and reports whether that can be done now. One that was
// answered is new to a ledger that was begun anew: then what had its time is left.
func (r *Record) command(x Reading, c Comment, answered bool) bool {
	may := No
	if c.Author.person() {
		may = x.May(c.Author)
	}
	switch may {
	case NotNow:
		return false
	case No:
		r.Refused++
		return true
	}
	command := x.Rules.parse(c)
	command.Severity = x.Advisory.Severity.String()
	command.Answered, command.Said = answered, answered
	command.Over = answered && (command.Kind == Snooze || command.Kind == Release) && !x.Now.Before(command.Until)
	switch {
	case command.Problem != "":
	case command.Kind == Answered:
		r.answer(c)
	case command.Kind == NotMine:
		command.Nothing = x.Told(c.Author)
	}
	if r.Commands == nil {
		r.Commands = make(map[int64]*Command)
	}
	r.Commands[c.ID] = &command
	return true
}
