package ledger

import (
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/openedx/advisory-reminders/internal/reminder"
)

// A stored ledger is the form in which it is written: what many records have in
// common, the deliveries and the claims, stands in a list of its own, and the
// records name its place there, counted from 0.
type stored struct {
	Ledger
	Deliveries []Delivery               `json:"deliveries,omitempty"`
	Claims     []*Claim                 `json:"claims,omitempty"`
	Advisories map[string]*storedRecord `json:"advisories"`
}

type storedRecord struct {
	Record
	Told   map[reminder.Recipient]storedTold `json:"told,omitempty"`
	Claims map[reminder.Recipient]int        `json:"claims,omitempty"`
}

// A storedTold is the place of the last delivery, Delivery.Times, and how many
// of these were made since the advisory changed.
type storedTold [3]int

// ErrFormat says that a ledger was written by a newer version of the program.
var ErrFormat = errors.New("the ledger was written by a newer version of this program: use that version, or a newer one")

var errNoFormat = errors.New("the ledger has no format number: it is not a ledger of this program")

// Decode reads a ledger. What it can't read whole is an error: a run must not
// begin with half a memory. Its errors quote nothing of the ledger.
func Decode(text []byte) (*Ledger, error) {
	var s stored
	if err := json.Unmarshal(text, &s, json.RejectUnknownMembers(true)); err != nil {
		return nil, unreadable(text)
	}
	switch {
	case s.Format > Format:
		return nil, ErrFormat
	case s.Format < 1:
		return nil, errNoFormat
	case s.Advisories == nil:
		return nil, errors.New("the ledger lacks its advisories")
	}
	for _, d := range s.Deliveries {
		if d.At.IsZero() {
			return nil, errors.New("the ledger has a delivery without a time")
		}
	}
	for _, c := range s.Claims {
		if c == nil || c.ID == "" {
			return nil, errors.New("the ledger has a claim without an id")
		}
	}
	l := &s.Ledger
	l.Advisories = make(map[string]*Record, len(s.Advisories))
	for id, r := range s.Advisories {
		if r == nil || r.Opened.IsZero() {
			return nil, errors.New("the ledger has a record without the time it was opened")
		}
		if err := r.connect(s.Deliveries, s.Claims); err != nil {
			return nil, err
		}
		l.Advisories[id] = &r.Record
	}
	if l.Introduced == nil {
		l.Introduced = make(map[string]map[reminder.Recipient]*Introduction)
	}
	for _, known := range l.Introduced {
		for _, i := range known {
			if i == nil {
				return nil, errors.New("the ledger has an empty introduction")
			}
		}
	}
	own := *l // without the lists
	return &own, nil
}

// unreadable says why a ledger can't be decoded.
func unreadable(text []byte) error {
	var version struct {
		Format int `json:"format"`
	}
	switch err := json.Unmarshal(text, &version); {
	case err != nil:
		return fmt.Errorf("the ledger is no JSON, or cut short (%d bytes)", len(text))
	case version.Format > Format:
		return ErrFormat
	case version.Format < 1:
		return errNoFormat
	}
	return errors.New("the ledger holds what this version does not know, or values of a wrong kind")
}

// connect puts deliveries and claims in the places that name them.
func (r *storedRecord) connect(deliveries []Delivery, claims []*Claim) error {
	within := func(place, n int) bool { return 0 <= place && place < n }
	if len(r.Told) > 0 {
		r.Record.Told = make(map[reminder.Recipient]*Delivery, len(r.Told))
		told := make([]Delivery, 0, len(r.Told))
		for to, t := range r.Told {
			if !within(t[0], len(deliveries)) {
				return errors.New("the ledger names a delivery that it does not hold")
			}
			d := deliveries[t[0]]
			d.Times, d.Since, d.Changed = t[1], t[2], r.Changed
			told = append(told, d)
			r.Record.Told[to] = &told[len(told)-1]
		}
	}
	if len(r.Claims) > 0 {
		r.Record.Claims = make(map[reminder.Recipient]*Claim, len(r.Claims))
		for to, place := range r.Claims {
			if !within(place, len(claims)) {
				return errors.New("the ledger names a claim that it does not hold")
			}
			r.Record.Claims[to] = claims[place]
		}
	}
	r.Told, r.Claims = nil, nil
	return nil
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b.UTC()
	}
	return a.UTC()
}
