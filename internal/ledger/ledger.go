// Package ledger keeps the durable record of who was last told of what, and
// when. A Store holds it in a file or on a branch; both replace it as a whole,
// and only if nobody else has written in between. On a branch that is not
// encrypted, Branch.Note writes beside it what was delivered since, in a journal
// that the next write of the ledger takes away; whoever loads the ledger gets
// both.
//
// The format is one JSON object: see Ledger and Record for its fields, and stored
// for those that name each other. Its number is in the field "format"; a ledger
// with a higher number was written by a newer version of the program, and is
// refused. Times are UTC, and never go backwards.
package ledger

import (
	"maps"
	"slices"
	"time"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/reminder"
)

// Format is the version of the format that this package writes.
const Format = 1

// remembered is how many runs a delivery knows besides its own, so that the
// re-run of one that was forced doesn't repeat it.
const remembered = 5

// keep is how long the record of an advisory that is no longer a draft is
// kept: 13 months, longer than any period.
const keep = 13

// A Ledger is everything that one run hands on to the next.
type Ledger struct {
	Format int    `json:"format"`
	Nonce  string `json:"nonce"` // random, so that no two writes are equal

	FirstRun   time.Time          `json:"first_run,omitzero"`
	LastRun    time.Time          `json:"last_run,omitzero"`
	LastReport time.Time          `json:"last_report,omitzero"` // accepted by a channel
	Advisories map[string]*Record `json:"-"`                    // see stored

	// Introduced holds, by repository key, the recipients who have been told
	// about the repository, with what the report has to say of that.
	Introduced map[string]map[reminder.Recipient]*Introduction `json:"introduced,omitempty"`

	// ReportClaim is held by the run that is about to send a report.
	ReportClaim *Claim `json:"report_claim,omitempty"`

	// Unreported are deliveries that no accepted report has named yet.
	Unreported []Delivery `json:"unreported,omitempty"`

	made     map[string]bool // ids of deliveries that this run has made
	reported map[string]bool // ids of those that this run's report has named
	size     int             // bytes of the last encoding
	last     *Delivery       // that was recorded
}

// A Record is what is remembered of one advisory.
type Record struct {
	Repository string                        `json:"repository"`       // owner/name
	Scope      string                        `json:"scope"`            // the list that it was last seen in
	Opened     time.Time                     `json:"opened"`           // see reminder.Draft
	Severity   string                        `json:"severity"`         // as the last accepted report had it
	LastSeen   time.Time                     `json:"last_seen"`        // the last run that saw it as a draft
	Changed    time.Time                     `json:"changed,omitzero"` // GitHub's updated_at
	Told       map[reminder.Recipient]Told   `json:"-"`                // see stored
	Claims     map[reminder.Recipient]*Claim `json:"-"`                // several may be one and the same

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
}

// Told is what is remembered of one advisory and one recipient.
type Told struct {
	*Delivery       // the last; all that were told by one digest may share it, so that it is not to be changed
	Times     int32 // deliveries so far, this one among them

	// Since counts those of Times that were made after the advisory was changed
	// last on GitHub, as it was known then.
	Since   int32
	changed int64 // Record.Changed then, in milliseconds

	place int32 // of the delivery, while a ledger is being read
}

// A Delivery is one digest that a channel accepted.
type Delivery struct {
	ID      string    `json:"id"`
	Run     string    `json:"run,omitempty"`     // workflow run and job
	Earlier []string  `json:"earlier,omitempty"` // the runs of the deliveries before, the last first
	At      time.Time `json:"at"`

	To      reminder.Recipient `json:"to,omitempty"` // in Unreported and in a journal only, as are the fields below
	Channel string             `json:"channel,omitempty"`
	Cadence string             `json:"cadence,omitempty"`
	Items   int                `json:"items,omitzero"`

	// Refused says that no channel would take the digest, so that the working
	// group was told in the recipient's place, for this period.
	Refused bool `json:"refused,omitzero"`
}

// An Introduction is a recipient's first digest about a repository.
type Introduction struct {
	At    time.Time `json:"at"`
	Route string    `json:"route"`
	Said  bool      `json:"said,omitzero"` // an accepted report has named it
}

// New returns the ledger of a first run.
func New() *Ledger {
	return &Ledger{
		Format:     Format,
		Advisories: make(map[string]*Record),
		Introduced: make(map[string]map[reminder.Recipient]*Introduction),
	}
}

// Told is the reminder.History of the ledger, as the given workflow run sees
// it. An empty run is none.
func (l *Ledger) Told(run string) reminder.History {
	return func(id string, to reminder.Recipient) reminder.Told {
		r := l.Advisories[id]
		if r == nil || r.Told[to].Delivery == nil {
			return reminder.Told{}
		}
		d := r.Told[to]
		return reminder.Told{At: d.At, Times: int(d.Times), ThisRun: run != "" && (d.Run == run || slices.Contains(d.Earlier, run))}
	}
}

// See records that an advisory is a draft at now, in the list of that scope,
// and returns when it was opened. For one that came from a private report that is the first sight of
// it, unless everything is seen for the first time.
func (l *Ledger) See(a advisory.Advisory, scope string, now time.Time) time.Time {
	r := l.Advisories[a.ID]
	if r == nil {
		r = &Record{Opened: a.Created, Severity: a.Severity.String()}
		if a.Reported && !l.FirstRun.IsZero() && now.After(a.Created) {
			r.Opened = now.UTC()
		}
		l.Advisories[a.ID] = r
	}
	r.Repository, r.Scope = a.Repository.String(), scope
	r.LastSeen = later(r.LastSeen, now)
	r.Changed = later(r.Changed, a.Updated)
	r.State, r.ResolvedSaid = "", false
	return r.Opened
}

// Record notes a delivery of one advisory to one recipient. Its time never
// goes back behind the last.
func (l *Ledger) Record(id string, to reminder.Recipient, d Delivery) {
	r := l.Advisories[id]
	if r == nil {
		return
	}
	if r.Told == nil {
		r.Told = make(map[reminder.Recipient]Told)
	}
	d.To, d.Channel, d.Cadence, d.Items = "", "", "", 0
	t := Told{Times: 1, Since: 1, changed: r.Changed.UnixMilli()}
	if d.Refused {
		t.Times, t.Since = 0, 0
	}
	if last := r.Told[to]; last.Delivery != nil {
		d.At = later(last.At, d.At)
		t.Times += last.Times
		t.Since += last.sinceChange(r)
		d.Earlier = last.Earlier
		if last.Run != "" && last.Run != d.Run {
			d.Earlier = append([]string{last.Run}, d.Earlier[:min(len(d.Earlier), remembered-1)]...)
		}
	}
	d.At = d.At.UTC()
	if l.last == nil || !l.last.equal(d) {
		l.last = &d
	}
	t.Delivery = l.last
	r.Told[to] = t
	delete(r.Claims, to)
	if len(r.Claims) == 0 {
		r.Claims = nil
	}
}

// equal reports whether two deliveries are one and the same to a record.
func (d *Delivery) equal(e Delivery) bool {
	return d.ID == e.ID && d.Run == e.Run && d.At.Equal(e.At) && d.Refused == e.Refused && slices.Equal(d.Earlier, e.Earlier)
}

// Introduce notes that a recipient was told about a repository, by its key, and
// does nothing if that is known.
func (l *Ledger) Introduce(key string, to reminder.Recipient, route string, now time.Time) {
	known := l.Introduced[key]
	if known == nil {
		known = make(map[reminder.Recipient]*Introduction)
		l.Introduced[key] = known
	}
	if known[to] == nil {
		known[to] = &Introduction{At: now.UTC(), Route: route}
	}
}

// Prune drops the records of advisories that have been no drafts for 13
// months, and of those that the configuration says to forget, unless this run
// has seen them.
func (l *Ledger) Prune(now time.Time, forget []string) {
	cut := now.AddDate(0, -keep, 0)
	maps.DeleteFunc(l.Advisories, func(id string, r *Record) bool {
		return r.State != "" && r.LastSeen.Before(cut) || r.LastSeen.Before(now) && slices.Contains(forget, id)
	})
}

// Merge returns a ledger with everything that either knows: of two deliveries
// the later (at the same time, the one that knows of more), of two states of a record the one that was seen last, of the
// claims those of others and of the holder as it holds them now.
func Merge(theirs, ours *Ledger, h Holder) *Ledger {
	m := *ours
	if c := theirs.ReportClaim; c == nil || !h.owns(c) {
		m.ReportClaim = c
	}
	m.Advisories = maps.Clone(theirs.Advisories)
	for id, our := range ours.Advisories {
		their := theirs.Advisories[id]
		if their == nil {
			m.Advisories[id] = our
			continue
		}
		r := *their
		if !our.LastSeen.Before(their.LastSeen) {
			r = *our
		}
		r.Changed = later(their.Changed, our.Changed)
		r.SnoozeSaid = later(their.SnoozeSaid, our.SnoozeSaid)
		r.Told = maps.Clone(their.Told)
		if r.Told == nil {
			r.Told = make(map[reminder.Recipient]Told)
		}
		for to, d := range our.Told {
			their := r.Told[to]
			if their.Delivery == nil || d.At.After(their.At) || d.At.Equal(their.At) && d.Times >= their.Times {
				r.Told[to] = d
			}
		}
		r.Claims = mergeClaims(their.Claims, our.Claims, h)
		m.Advisories[id] = &r
	}
	m.Introduced = mergeIntroductions(theirs.Introduced, ours.Introduced)
	m.Unreported = mergeUnreported(theirs, ours)
	if m.FirstRun.IsZero() || !theirs.FirstRun.IsZero() && theirs.FirstRun.Before(m.FirstRun) {
		m.FirstRun = theirs.FirstRun
	}
	m.LastRun = later(theirs.LastRun, ours.LastRun)
	m.LastReport = later(theirs.LastReport, ours.LastReport)
	return &m
}

// mergeUnreported returns what neither has reported: of theirs, what this run has
// not; of what this run has delivered, all but what they know and have reported
// since.
func mergeUnreported(theirs, ours *Ledger) []Delivery {
	var list []Delivery
	waiting, known := make(map[string]bool), make(map[string]bool)
	for _, d := range theirs.Unreported {
		waiting[d.ID] = true
		if !ours.reported[d.ID] && !ours.made[d.ID] {
			list = append(list, d)
		}
	}
	for _, r := range theirs.Advisories {
		for _, t := range r.Told {
			known[t.ID] = true
		}
	}
	for _, d := range ours.Unreported {
		if ours.made[d.ID] && (waiting[d.ID] || !known[d.ID]) {
			list = append(list, d)
		}
	}
	return list
}

// mergeIntroductions returns those of both. What one of them has said is said.
func mergeIntroductions(theirs, ours map[string]map[reminder.Recipient]*Introduction) map[string]map[reminder.Recipient]*Introduction {
	all := make(map[string]map[reminder.Recipient]*Introduction)
	for _, side := range []map[string]map[reminder.Recipient]*Introduction{theirs, ours} {
		for repo, known := range side {
			if all[repo] == nil {
				all[repo] = make(map[reminder.Recipient]*Introduction)
			}
			for to, i := range known {
				merged := *i
				if other := all[repo][to]; other != nil {
					merged.Said = merged.Said || other.Said
				}
				all[repo][to] = &merged
			}
		}
	}
	return all
}

// Reported notes that a report which named all deliveries so far was accepted.
func (l *Ledger) Reported(now time.Time) {
	if l.reported == nil {
		l.reported = make(map[string]bool)
	}
	for _, d := range l.Unreported {
		l.reported[d.ID] = true
	}
	l.Unreported, l.ReportClaim = nil, nil
	l.LastReport = later(l.LastReport, now)
	for _, known := range l.Introduced {
		for _, i := range known {
			i.Said = true
		}
	}
	for _, r := range l.Advisories {
		r.ResolvedSaid = r.State != ""
	}
}
