package discussion

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/reminder"
)

// A Record is what is remembered of a draft's discussion.
type Record struct {
	Count   int       `json:"count"`                // comments, as GitHub counted them when it was read
	Updated time.Time `json:"updated,omitzero"`     // the advisory's updated_at then
	Until   time.Time `json:"read_until,omitzero"`  // comments that changed before were judged
	Again   bool      `json:"read_again,omitempty"` // something is still to be read, whatever GitHub counts

	// Recent are the comments that were judged and that changed since Until, or
	// shortly before: what changed then, by id.
	Recent map[int64]time.Time `json:"recent,omitempty"`

	First  time.Time `json:"first_answer,omitzero"`
	Last   time.Time `json:"last_answer,omitzero"`
	LastBy string    `json:"last_answer_by,omitempty"` // login

	Ours  time.Time `json:"first_ours,omitzero"` // the program's first comment
	Heard time.Time `json:"heard,omitzero"`      // the first answer below one of them

	Commands map[int64]*Command `json:"commands,omitempty"` // by the comment's id

	Refused     int `json:"refused,omitempty"`      // commands by people who may give none
	RefusedSaid int `json:"refused_said,omitempty"` // of them, those that an accepted report has counted

	Unknown jsontext.Value `json:",embed"`
}

// A Command is one that was given by somebody who may.
type Command struct {
	Kind    Kind      `json:"kind"`
	By      string    `json:"by"` // login, as it was then
	Account int64     `json:"account,omitempty"`
	At      time.Time `json:"at"` // when the comment was made

	Until   time.Time `json:"until,omitzero"` // the snooze's end, or the time of the release
	Bound   time.Time `json:"bound,omitzero"` // the last possible end, or the first possible release
	Reason  string    `json:"reason,omitempty"`
	Problem Problem   `json:"problem,omitempty"` // why it is not done

	Severity string  `json:"severity,omitempty"` // the lowest of the draft since a snooze was given
	Ended    bool    `json:"ended,omitempty"`    // the severity has risen, which ends a snooze
	Over     bool    `json:"over,omitempty"`     // its day had passed when the ledger was begun anew
	Nothing  Nothing `json:"nothing,omitempty"`  // why a not-mine changes nothing

	Answered bool `json:"answered,omitempty"` // the program has answered it, or has nothing to answer any more
	Said     bool `json:"said,omitempty"`     // an accepted report has named it

	Unknown jsontext.Value `json:",embed"`
}

// Nothing is why somebody's not-mine changes nothing.
type Nothing string

// The reasons.
const (
	NotTold Nothing = "not told" // they are not reminded of it
	ByTeam  Nothing = "by team"  // they are reminded as a team with a contact of its own
)

// Whole reports whether every command says what it is and when it was given.
func (r *Record) Whole() bool {
	if r != nil {
		for _, c := range r.Commands {
			if c == nil || c.Kind == "" || c.At.IsZero() {
				return false
			}
		}
	}
	return true
}

// Done reports whether a command has an effect.
func (c *Command) Done() bool { return c.Problem == "" && !c.Over }

// Changed reports whether there may be something to read: GitHub counts comments,
// and not those that are known, or the advisory has changed.
func (r *Record) Changed(a advisory.Advisory) bool {
	if !a.Counted || a.Comments == 0 {
		return false
	}
	return r == nil || r.Again || r.Count != a.Comments || !r.Updated.Equal(a.Updated)
}

// Since returns from when on comments are to be read: those that changed then or
// later. The zero time is all.
func (r *Record) Since() time.Time {
	if r == nil || r.Until.IsZero() {
		return time.Time{}
	}
	return r.Until.Add(-reach)
}

// inOrder returns the ids of the commands, the first given first.
func (r *Record) inOrder() []int64 {
	if r == nil {
		return nil
	}
	return slices.SortedFunc(maps.Keys(r.Commands), func(a, b int64) int {
		return cmp.Or(r.Commands[a].At.Compare(r.Commands[b].At), cmp.Compare(a, b))
	})
}

// last returns the last command of two kinds that was done, where it is of the first.
func (r *Record) last(kind, off Kind) *Command {
	var last *Command
	for _, id := range r.inOrder() {
		if c := r.Commands[id]; c.Done() && (c.Kind == kind || c.Kind == off) {
			last = c
		}
	}
	if last == nil || last.Kind == off {
		return nil
	}
	return last
}

// Spoke returns when somebody last answered, or commanded something that was done; the
// zero time: nobody has.
func (r *Record) Spoke() time.Time {
	if r == nil {
		return time.Time{}
	}
	last := r.Last
	for _, c := range r.Commands {
		if c.Done() && c.Kind != Help && c.At.After(last) {
			last = c.At
		}
	}
	return last
}

// Snooze returns the command that holds the draft's reminders back now, or nil.
func (r *Record) Snooze(now time.Time) *Command {
	if c := r.last(Snooze, SnoozeOff); c != nil && !c.Ended && now.Before(c.Until) {
		return c
	}
	return nil
}

// Release returns the command that has planned a release, or nil.
func (r *Record) Release() *Command { return r.last(Release, ReleaseOff) }

// NotMine returns the commands by which people said that a draft is not theirs.
func (r *Record) NotMine() []*Command {
	var list []*Command
	for _, id := range r.inOrder() {
		if c := r.Commands[id]; c.Kind == NotMine && c.Done() && c.Nothing == "" {
			list = append(list, c)
		}
	}
	return list
}

// Snoozes returns how often a draft had been snoozed when a command was given, the
// command itself among them.
func (r *Record) Snoozes(upTo int64) int {
	n := 0
	for _, id := range r.inOrder() {
		if c := r.Commands[id]; c.Done() && c.Kind == Snooze {
			n++
		}
		if id == upTo {
			break
		}
	}
	return n
}

// Owed returns the comments that are to be answered, the first made first.
func (r *Record) Owed() []int64 {
	var list []int64
	for _, id := range r.inOrder() {
		if !r.Commands[id].Answered {
			list = append(list, id)
		}
	}
	return list
}

// Unsaid returns the commands that no accepted report has named, the first given
// first.
func (r *Record) Unsaid() []int64 {
	var list []int64
	for _, id := range r.inOrder() {
		if !r.Commands[id].Said {
			list = append(list, id)
		}
	}
	return list
}

// Rate compares the severity of now with that at which the draft was snoozed: one
// that has risen ends the snooze.
func (r *Record) Rate(now advisory.Severity) {
	c := (*Command)(nil)
	if r != nil {
		c = r.last(Snooze, SnoozeOff)
	}
	if c == nil {
		return
	}
	was, _ := advisory.ParseSeverity(c.Severity)
	if now > was {
		c.Ended = true
	}
	c.Severity = min(was, now).String()
}

// Merge returns what two runs have recorded of one discussion. Theirs is in the
// store: of a command that both have read, it counts what it was there.
func Merge(our, their *Record) *Record {
	switch {
	case our == nil:
		return their
	case their == nil:
		return our
	}
	later, earlier := our, their
	if their.Until.After(our.Until) {
		later, earlier = their, our
	}
	m := *later
	if our.Until.Equal(their.Until) {
		m.Again = our.Again || their.Again
	}
	m.First = reminder.Earlier(our.First, their.First)
	m.Ours = reminder.Earlier(our.Ours, their.Ours)
	m.Heard = reminder.Earlier(our.Heard, their.Heard)
	if earlier.Last.After(m.Last) {
		m.Last, m.LastBy = earlier.Last, earlier.LastBy
	}
	m.Refused, m.RefusedSaid = max(our.Refused, their.Refused), max(our.RefusedSaid, their.RefusedSaid)
	if m.Unknown == nil {
		m.Unknown = earlier.Unknown
	}
	m.Commands = maps.Clone(our.Commands)
	for id, their := range their.Commands {
		if m.Commands == nil {
			m.Commands = make(map[int64]*Command)
		}
		m.Commands[id] = mergeCommand(m.Commands[id], their)
	}
	return &m
}

func mergeCommand(our, their *Command) *Command {
	if our == nil {
		return their
	}
	m := *their
	m.Ended = our.Ended || their.Ended
	m.Answered, m.Said = our.Answered || their.Answered, our.Said || their.Said
	a, _ := advisory.ParseSeverity(our.Severity)
	b, _ := advisory.ParseSeverity(their.Severity)
	m.Severity = min(a, b).String()
	if m.Unknown == nil {
		m.Unknown = our.Unknown
	}
	return &m
}

// Disbelieve forgets the times that lie after a limit, and reports whether there was
// one: a clock was wrong then. What was read is read again.
func (r *Record) Disbelieve(limit time.Time) (found bool) {
	if r == nil {
		return false
	}
	for _, t := range []*time.Time{&r.Updated, &r.Until, &r.First, &r.Last, &r.Ours, &r.Heard} {
		if t.After(limit) {
			*t, found = time.Time{}, true
		}
	}
	return found
}
