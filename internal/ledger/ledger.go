// Package ledger keeps the durable record of who was told of what, and when. It
// is a list of deliveries, each an intention and an outcome in one record; who
// was told, who is about to be, and what no report has said yet follow from it.
//
// A run loads the ledger from its Store, claims in one write what it is going to
// send, and hands it to a Recorder, which writes the outcomes while the run goes
// on and settles them at its end. A Store replaces the ledger as a whole, and
// only if nobody else has written in between; then both ledgers are merged.
//
// All times are UTC, by the run's clock, which is GitHub's.
package ledger

import (
	"cmp"
	"iter"
	"slices"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/discussion"
	"github.com/openedx/advisory-reminders/internal/reminder"
)

// format is the version of the format that this package reads and writes.
const format = 2

// A Ledger is everything that one run hands on to the next. Fields that this
// version does not know are kept, here and in its records.
type Ledger struct {
	Format int `json:"format"`

	// Repository and Branch are those that a sealed ledger is bound to: the
	// repository's numeric id, and the branch's name.
	Repository int64  `json:"repository,omitzero"`
	Branch     string `json:"branch,omitempty"`

	Nonce string `json:"nonce"` // random, so that no two writes are equal

	FirstRun   time.Time            `json:"first_run,omitzero"`
	LastRun    time.Time            `json:"last_run,omitzero"`
	Alarmed    time.Time            `json:"alarmed,omitzero"`   // see Alarm
	Heard      time.Time            `json:"heard,omitzero"`     // see CommentSeen
	Accounts   map[string]int64     `json:"accounts,omitempty"` // by login in the configuration, in lower case: the account that bore it first
	Advisories map[string]*Advisory `json:"advisories"`
	Lasting    map[string]time.Time `json:"lasting,omitempty"` // what lasts and an accepted report has said, and when; see LastingKey
	Deliveries []*Delivery          `json:"deliveries"`
	Issue      *Issue               `json:"issue,omitempty"` // that holds the reports
	Unknown    jsontext.Value       `json:",embed"`

	accounts map[string]int64 // see Identify
	before   map[string]int64 // Accounts before SeeAccounts

	// What follows from the deliveries.
	told map[string]map[reminder.Recipient]told // the last accepted one, by advisory
	open map[reminder.Recipient][]*Delivery     // those that are not accepted
}

// An Advisory is what is remembered of one advisory.
type Advisory struct {
	Repository string    `json:"repository"`        // owner/name
	Scope      string    `json:"scope"`             // the list that it was last seen in
	Opened     time.Time `json:"opened"`            // see reminder.Draft
	Severity   string    `json:"severity"`          // as the last accepted report had it
	LastSeen   time.Time `json:"last_seen"`         // the last run that saw it as a draft
	Shape      string    `json:"shape,omitempty"`   // what it was like; see watch
	Helpers    []string  `json:"helpers,omitempty"` // who collaborates on it; see watch
	Moved      time.Time `json:"moved,omitzero"`    // when that changed last, or when it was opened

	// Before holds how often each recipient had been reminded when it changed
	// last.
	Before map[reminder.Recipient]int32 `json:"before,omitempty"`

	// LeftOut is when an accepted report has said last that GitHub's list should
	// hold this draft and does not; zero once it does.
	LeftOut time.Time `json:"left_out,omitzero"`

	// State is the state in which it was found when it was a draft no longer;
	// empty while it is one.
	State        advisory.State `json:"state,omitempty"`
	ResolvedSaid bool           `json:"resolved_said,omitzero"` // an accepted report has named it

	// SnoozeSaid is the end of the last snooze of which an accepted report has
	// said that it is over.
	SnoozeSaid time.Time `json:"snooze_said,omitzero"`

	Collaborators []Collaborator     `json:"collaborators,omitempty"` // those seen, and those announced
	Discussion    *discussion.Record `json:"discussion,omitempty"`    // what was read of its comments
	Unknown       jsontext.Value     `json:",embed"`
}

// An Outcome is what is known of a delivery. One that this version does not know
// counts as Claimed.
type Outcome string

// The outcomes, in the order in which one follows the other.
const (
	Claimed  Outcome = "claimed"  // about to be sent, or perhaps sent by a run that died
	Refused  Outcome = "refused"  // no channel takes it
	Unclear  Outcome = "unknown"  // the answer was lost
	Accepted Outcome = "accepted" // a channel has taken it
)

// rank orders the outcomes of one claim: the later is the better known.
func (o Outcome) rank() int {
	return max(0, slices.Index([]Outcome{Claimed, Refused, Unclear, Accepted}, o))
}

// A Kind is what a delivery is.
type Kind string

// The kinds.
const (
	Digest Kind = "digest"
	Report Kind = "report"
)

// A Delivery is what one channel is asked to accept at once. It settles the pairs
// of each of its recipients with each of its advisories.
type Delivery struct {
	ID         string               `json:"id"` // random; see NewID
	Kind       Kind                 `json:"kind"`
	To         []reminder.Recipient `json:"to"`
	Accounts   []int64              `json:"accounts,omitempty"` // GitHub's ids of them, by whom they are known; 0: of none, such as a team
	Advisories []string             `json:"advisories,omitempty"`
	Comments   []int64              `json:"comments,omitempty"` // that an answer answers
	Cadence    string               `json:"cadence,omitempty"`  // of a digest
	Nth        []int32              `json:"nth,omitempty"`      // which reminder each pair is, the advisories of the first recipient first
	Sum        string               `json:"sum,omitempty"`      // of what a report says

	Holder
	Vain   int       `json:"vain,omitzero"` // attempts that have ended, and were not accepted
	Claims int       `json:"claims"`        // how often it was claimed; of two records the one with more is the later
	Since  time.Time `json:"since"`         // when it was claimed last, or its claim renewed

	Outcome  Outcome   `json:"outcome"`
	Perhaps  bool      `json:"perhaps,omitzero"`  // an earlier attempt may have arrived
	Tried    time.Time `json:"tried,omitzero"`    // of these the last was made then at the latest; zero: nobody knows
	At       time.Time `json:"at,omitzero"`       // of the outcome
	Channel  string    `json:"channel,omitempty"` // that accepted it; before, the one that is meant to, or that of an earlier attempt
	Refusals []Refusal `json:"refusals,omitempty"`
	Earlier  []string  `json:"earlier,omitempty"` // the runs that told the same pairs before, the last first
	First    []First   `json:"first,omitempty"`   // repositories of which the recipients had never been told
	Said     bool      `json:"said,omitzero"`     // an accepted report has named it

	// Void is which of the claims was the last whose outcome had a time in the
	// future: that counts as never. A claim after it is believed.
	Void    int            `json:"void,omitzero"`
	Unknown jsontext.Value `json:",embed"`
}

// A Refusal is the final refusal of one address by one channel.
type Refusal struct {
	Channel string    `json:"channel"`
	Address string    `json:"address"` // a digest of it; see AddressSum
	Cadence string    `json:"cadence"` // of the digest then
	At      time.Time `json:"at"`
}

// A First says that somebody was told of repositories for the first time, and why.
type First struct {
	To           reminder.Recipient `json:"to"`
	Route        string             `json:"route"`        // for the report
	Repositories []string           `json:"repositories"` // each its advisory.Repository.Key
}

// A Pair is one recipient and one advisory.
type Pair struct {
	To       reminder.Recipient
	Advisory string
}

// told is the last accepted delivery of a pair, and which reminder that was.
type told struct {
	*Delivery
	nth int32
}

// New returns the ledger of a first run.
func New() *Ledger {
	l := &Ledger{Format: format, Advisories: make(map[string]*Advisory)}
	l.index()
	return l
}

// Pairs yields the pairs that a delivery settles, each with which reminder it is.
func (d *Delivery) Pairs() iter.Seq2[Pair, int32] {
	return func(yield func(Pair, int32) bool) {
		for i, to := range d.To {
			for j, id := range d.Advisories {
				nth := int32(1)
				if k := i*len(d.Advisories) + j; k < len(d.Nth) {
					nth = d.Nth[k]
				}
				if !yield(Pair{to, id}, nth) {
					return
				}
			}
		}
	}
}

// accepted reports whether a delivery counts as told.
func (d *Delivery) accepted() bool { return d.Outcome == Accepted && !d.void() }

// void reports whether nobody believes the time of the last claim's outcome.
func (d *Delivery) void() bool { return d.Void > 0 && d.Void >= d.Claims }

// index makes the maps that follow from the deliveries.
func (l *Ledger) index() {
	l.told, l.open = make(map[string]map[reminder.Recipient]told), make(map[reminder.Recipient][]*Delivery)
	for _, d := range l.Deliveries {
		l.note(d)
	}
}

// note puts a delivery into these maps.
func (l *Ledger) note(d *Delivery) {
	if !d.accepted() {
		for _, to := range d.To {
			l.open[to] = append(l.open[to], d)
		}
		return
	}
	if !d.tells() {
		return
	}
	for p, nth := range d.Pairs() {
		if last := l.last(p); last.Delivery == nil || !d.At.Before(last.At) {
			if l.told[p.Advisory] == nil {
				l.told[p.Advisory] = make(map[reminder.Recipient]told)
			}
			l.told[p.Advisory][p.To] = told{d, nth}
		}
	}
}

// last returns the last accepted delivery of a pair.
func (l *Ledger) last(p Pair) told { return l.told[p.Advisory][p.To] }

// Told is the reminder.History of the ledger, as the given workflow run sees it.
// An empty run is none.
func (l *Ledger) Told(run string) reminder.History {
	return func(id string, to reminder.Recipient) reminder.Told {
		t := l.last(Pair{to, id})
		if t.Delivery == nil {
			return reminder.Told{}
		}
		return reminder.Told{At: t.At, Times: int(t.nth), ThisRun: run != "" && (t.Run == run || slices.Contains(t.Earlier, run))}
	}
}

// LastReport returns when the last report was accepted, or the zero time.
func (l *Ledger) LastReport() time.Time {
	if last := l.lastReport(); last != nil {
		return last.At
	}
	return time.Time{}
}

func (l *Ledger) lastReport() (last *Delivery) {
	for _, d := range l.Deliveries {
		if d.Kind == Report && d.accepted() && (last == nil || d.At.After(last.At)) {
			last = d
		}
	}
	return last
}

// Unreported returns the accepted digests that no accepted report has named.
func (l *Ledger) Unreported() []*Delivery {
	return l.unsaid(func(d *Delivery) bool { return d.Kind != Report && d.tells() })
}

func (l *Ledger) unsaid(is func(*Delivery) bool) (list []*Delivery) {
	for _, d := range l.Deliveries {
		if is(d) && d.accepted() && !d.Said {
			list = append(list, d)
		}
	}
	return list
}

// Refuse notes a final refusal of a delivery by one channel. Another one may take
// it.
func (l *Ledger) Refuse(id string, r Refusal) {
	d := l.byID(id)
	if d == nil {
		return
	}
	if r.Cadence = d.Cadence; !slices.Contains(d.Refusals, r) {
		d.Refusals = append(d.Refusals, r)
	}
}

// Refused returns a function that reports whether a channel has refused an address
// for good, for digests of a cadence, at from or later: whosever address it is, and
// whoever has taken the digest then.
func (l *Ledger) Refused(cadence reminder.Cadence, from time.Time) func(channel, address string) bool {
	type place struct{ channel, address string }
	refused := make(map[place]bool)
	for _, d := range l.Deliveries {
		for _, r := range d.Refusals {
			if r.Cadence == cadence.String() && !r.At.Before(from) {
				refused[place{r.Channel, r.Address}] = true
			}
		}
	}
	return func(channel, address string) bool {
		return len(refused) > 0 && refused[place{channel, AddressSum(address)}]
	}
}

// See records that an advisory is a draft at now, in the list of that scope, and
// returns when it was opened. For one that came from a private report that is
// the first sight of it, unless everything is seen for the first time.
func (l *Ledger) See(a advisory.Advisory, scope string, now time.Time) time.Time {
	r := l.Advisories[a.ID]
	if r == nil {
		r = &Advisory{Opened: a.Created.UTC(), Severity: a.Severity.String()}
		if a.Reported && !l.FirstRun.IsZero() && now.After(a.Created) {
			r.Opened = now.UTC()
		}
		l.Advisories[a.ID] = r
	}
	l.watch(r, a, now)
	r.Repository, r.Scope = a.Repository.String(), scope
	r.LastSeen = later(r.LastSeen, now)
	r.State, r.ResolvedSaid = "", false
	return r.Opened
}

// Sightings returns where the drafts that the ledger knows of were seen last, but
// for those to be forgotten.
func (l *Ledger) Sightings(forget []string) []advisory.Sighting {
	var list []advisory.Sighting
	for id, a := range l.Advisories {
		if a.State == "" && !slices.Contains(forget, id) {
			list = append(list, advisory.Sighting{ID: id, Repository: a.Repository, Scope: a.Scope})
		}
	}
	return list
}

// End records the state of an advisory that is a draft no longer at now.
func (l *Ledger) End(id string, state advisory.State, now time.Time) {
	a := l.advisory(id)
	a.State, a.LastSeen = state, now.UTC()
}

// advisory returns what is remembered of an advisory, and where that is nothing a
// record that is forgotten again.
func (l *Ledger) advisory(id string) *Advisory { return cmp.Or(l.Advisories[id], new(Advisory)) }

// Ran records a run at now.
func (l *Ledger) Ran(now time.Time) {
	if l.FirstRun.IsZero() {
		l.FirstRun = now.UTC()
	}
	l.LastRun = later(l.LastRun, now)
}

// times returns how often each recipient was reminded of an advisory.
func (l *Ledger) times(id string) map[reminder.Recipient]int32 {
	n := make(map[reminder.Recipient]int32, len(l.told[id]))
	for to, t := range l.told[id] {
		n[to] = t.nth
	}
	return n
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b.UTC()
	}
	return a.UTC()
}
