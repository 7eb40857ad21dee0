package reminder

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/openedx/advisory-reminders/internal/advisory"
)

// A Recipient is whom a digest goes to: user:LOGIN or team:ORG/SLUG, in lower
// case, or SWG.
type Recipient string

// SWG is the working group itself: it gets the reminders that have nobody else
// to go to, in its report.
const SWG Recipient = "swg"

// UserRecipient returns the recipient for a GitHub login, in any case.
func UserRecipient(login string) Recipient { return Recipient("user:" + strings.ToLower(login)) }

// TeamRecipient returns the recipient for a team that has a contact of its own.
func TeamRecipient(org, slug string) Recipient {
	return Recipient("team:" + strings.ToLower(org) + "/" + strings.ToLower(slug))
}

// A Draft is an advisory with all that the plan has to know of it.
type Draft struct {
	*advisory.Advisory
	Cadence Cadence // by which all of its recipients are reminded; see Policy.CadenceOf

	// Opened is when the advisory became a draft as far as is known: GitHub's
	// created_at, or for one that came from a private report the first sight
	// of it as a draft.
	Opened time.Time

	// Recipients are to be told; none means SWG, unless Waits says that there may
	// be some whom nobody knows now. Of an unscored advisory only SWG is told,
	// whatever stands here.
	Recipients []Recipient
	Waits      bool

	// SnoozedUntil holds back all reminders before that instant. The zero time
	// is no snooze.
	SnoozedUntil time.Time

	// Answered is when somebody answered last. The zero time is never; an answer
	// that lies ahead counts only when its time has come.
	Answered time.Time
}

// Told is what the ledger knows of one advisory and one recipient.
type Told struct {
	At      time.Time // the last delivery; zero if there was none
	Times   int       // deliveries so far
	ThisRun bool      // the last delivery was made by this workflow run, in an earlier attempt
}

// History answers what the ledger knows of an advisory's id and a recipient.
type History func(id string, to Recipient) Told

// A Request is everything that a plan follows from.
type Request struct {
	Now     time.Time
	Policy  Policy
	Drafts  []Draft
	History History

	// Force makes every scored, unsnoozed draft due now, but for what this
	// workflow run has delivered already.
	Force bool

	// Severities limits what is sent; empty is all, the unscored among them.
	Severities []advisory.Severity
}

// selects reports whether drafts of a severity are asked for.
func (r Request) selects(s advisory.Severity) bool {
	return len(r.Severities) == 0 || slices.Contains(r.Severities, s)
}

// A Digest is all reminders of one cadence for one recipient, the most severe
// first, then the oldest.
type Digest struct {
	To        Recipient
	Cadence   Cadence
	Period    time.Time // first instant of the current period
	Next      time.Time // when the next reminder of these comes, if nothing happens
	Reminders []Reminder
}

// A Key is what there is one digest for.
type Key struct {
	To      Recipient
	Cadence Cadence
}

// Compare orders keys by recipient and cadence.
func (k Key) Compare(other Key) int {
	return cmp.Or(cmp.Compare(k.To, other.To), cmp.Compare(k.Cadence, other.Cadence))
}

// Key returns for whom a digest is, and by which cadence.
func (d Digest) Key() Key { return Key{d.To, d.Cadence} }

// A Reminder is one advisory in a digest.
type Reminder struct {
	*Draft // of the request; many recipients share it
	Told   Told
	Reason Reason
	New    bool // the recipient is told of it at once, for the first time
}

// Reason says why a reminder is sent now, or why not.
type Reason int

// The reasons. Due, NeverTold, Batched and Forced are sent; the others are not.
const (
	Due           Reason = iota // not told in this period, and the grace is over
	NeverTold                   // never told, and the policy tells of new ones at once
	Batched                     // not told in this period, still in its grace, but goes along with one that is due
	Forced                      // asked for by hand
	ToldInPeriod                // told, or created, in this period
	InGrace                     // told, or created, too short a time ago
	Snoozed                     // held back by the configuration
	Quiet                       // held back by an answer
	NotSelected                 // its severity was not asked for
	DeliveredByUs               // an earlier attempt of this workflow run has delivered it
)

// String returns the reason as a preview shows it.
func (r Reason) String() string {
	return [...]string{
		Due:           "due",
		NeverTold:     "new",
		Batched:       "goes along with one that is due",
		Forced:        "forced",
		ToldInPeriod:  "told or opened in this period",
		InGrace:       "told or opened only just now",
		Snoozed:       "snoozed",
		Quiet:         "quiet after an answer",
		NotSelected:   "severity not selected",
		DeliveredByUs: "delivered by this workflow run already",
	}[r]
}

// Sent reports whether a reminder with that reason goes out.
func (r Reason) Sent() bool {
	return r == Due || r == NeverTold || r == Batched || r == Forced
}

// A Decision is what was decided about one advisory and one recipient.
type Decision struct {
	*Draft // of the request
	To     Recipient
	Told   Told
	Reason Reason
}

// pending reports whether a reminder goes out as soon as its digest does.
func (d Decision) pending() bool { return d.Reason.Sent() || d.Reason == InGrace }

// Key returns the key of the digest that the pair belongs to.
func (d Decision) Key() Key { return Key{d.To, d.Cadence} }

// A batch is the digest of what is pending for one recipient and cadence.
type batch struct {
	Digest
	size int       // reminders
	due  bool      // one of them is past its grace
	held time.Time // until when all of them are held back once they were sent
}

// Plan decides about every draft and recipient. It returns the digests that are
// to go out, ordered by recipient and cadence, and the decision about every
// pair in the order of the drafts. It takes time linear in drafts times
// recipients, but for the sorting.
func Plan(r Request) ([]Digest, []Decision) {
	decisions, first := r.decisions()
	batches := make(map[Key]*batch)
	for _, d := range decisions {
		if !d.pending() {
			continue
		}
		b := batches[d.Key()]
		if b == nil {
			period := d.Cadence.Start(r.Now, r.Policy.Location)
			b = &batch{Digest: Digest{To: d.To, Cadence: d.Cadence, Period: period}}
			batches[d.Key()] = b
		}
		b.size, b.due = b.size+1, b.due || d.Reason.Sent()
	}
	maps.DeleteFunc(batches, func(_ Key, b *batch) bool { return !b.due })
	for _, i := range inOrder(r.Drafts) {
		for n := first[i]; n < first[i+1]; n++ {
			d := &decisions[n]
			b := batches[d.Key()]
			if b == nil || !d.pending() {
				continue
			}
			if d.Reason == InGrace {
				d.Reason = Batched
			}
			if b.Reminders == nil {
				b.Reminders = make([]Reminder, 0, b.size)
			}
			b.Reminders = append(b.Reminders, Reminder{Draft: d.Draft, Told: d.Told, Reason: d.Reason, New: r.Policy.IsNew(d.Draft, d.Told)})
		}
	}
	r.setNext(batches, decisions)
	var digests []Digest
	for _, b := range batches {
		digests = append(digests, b.Digest)
	}
	slices.SortFunc(digests, func(a, b Digest) int { return a.Key().Compare(b.Key()) })
	return digests, decisions
}

// decisions decides about every draft and recipient alone, and returns where those
// about each draft begin, and end.
func (r Request) decisions() (list []Decision, first []int) {
	pairs := 0 // at the most
	for i := range r.Drafts {
		pairs += max(1, len(r.Drafts[i].Recipients))
	}
	list, first = make([]Decision, 0, pairs), make([]int, len(r.Drafts)+1)
	for i := range r.Drafts {
		d := &r.Drafts[i]
		for _, to := range recipients(d) {
			told := r.History(d.ID, to)
			list = append(list, Decision{Draft: d, To: to, Told: told, Reason: r.decide(d, to, told)})
		}
		first[i+1] = len(list)
	}
	return list, first
}

// inOrder returns the indexes of drafts in the order of a digest, so that each
// digest is filled in its own: the most severe first, then the oldest. The id
// makes the order whole.
func inOrder(drafts []Draft) []int32 {
	type rank struct {
		opened   int64 // seconds
		severity int32
		draft    int32
	}
	ranks := make([]rank, len(drafts))
	for i := range drafts {
		ranks[i] = rank{drafts[i].Opened.Unix(), int32(drafts[i].Severity), int32(i)}
	}
	slices.SortFunc(ranks, func(a, b rank) int {
		switch {
		case a.severity != b.severity:
			return cmp.Compare(b.severity, a.severity)
		case a.opened != b.opened:
			return cmp.Compare(a.opened, b.opened)
		}
		x, y := &drafts[a.draft], &drafts[b.draft]
		return cmp.Or(x.Opened.Compare(y.Opened), cmp.Compare(x.ID, y.ID))
	})
	order := make([]int32, len(drafts))
	for i, r := range ranks {
		order[i] = r.draft
	}
	return order
}

// decide looks at one advisory and one recipient alone. InGrace is pending, but
// not what makes its digest due.
func (r Request) decide(d *Draft, to Recipient, told Told) Reason {
	last := r.Policy.lastTold(d, told)
	forced := r.Force && d.Severity != advisory.Unscored
	switch {
	case r.Now.Before(d.SnoozedUntil):
		return Snoozed
	case !r.selects(d.Severity):
		return NotSelected
	case forced && told.ThisRun:
		return DeliveredByUs
	case forced:
		return Forced
	case r.Policy.IsNew(d, told):
		return NeverTold
	case r.Policy.isQuiet(d, to, told, r.Now):
		return Quiet
	case !last.Before(d.Cadence.Start(r.Now, r.Policy.Location)):
		return ToldInPeriod
	case r.Now.Before(r.Policy.graceEnd(d.Cadence, last)):
		return InGrace
	}
	return Due
}

var swgAlone = []Recipient{SWG}

// recipients returns whom a draft is for, each once. The caller changes nothing
// in it.
func recipients(d *Draft) []Recipient {
	switch {
	case d.Severity == advisory.Unscored:
		return swgAlone
	case len(d.Recipients) == 0 && d.Waits:
		return nil
	case len(d.Recipients) == 0:
		return swgAlone
	}
	if strictlySorted(d.Recipients) {
		return d.Recipients
	}
	to := slices.Clone(d.Recipients)
	slices.Sort(to)
	return slices.Compact(to)
}

func strictlySorted(list []Recipient) bool {
	for i := 1; i < len(list); i++ {
		if list[i-1] >= list[i] {
			return false
		}
	}
	return true
}
