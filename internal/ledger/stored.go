package ledger

import (
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

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
	Told   map[reminder.Recipient]Told `json:"told,omitempty"`
	Claims map[reminder.Recipient]int  `json:"claims,omitempty"`
}

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

// UnmarshalJSONFrom reads the three numbers that stand for it: the place of its
// delivery, Times, and Since as it counts now.
func (t *Told) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	want := [...]jsontext.Kind{'[', '0', '0', '0', ']'}
	var numbers [len(want)]int32
	for i, kind := range want {
		token, err := dec.ReadToken()
		if err != nil {
			return err
		}
		if token.Kind() != kind {
			return errors.New("not three numbers")
		}
		if kind == '0' {
			n, err := token.Int()
			if err != nil {
				return err
			}
			if int64(int32(n)) != n {
				return errors.New("a number that is too large")
			}
			numbers[i] = int32(n)
		}
	}
	*t = Told{place: numbers[1], Times: numbers[2], Since: numbers[3]}
	return nil
}

// connect puts deliveries and claims in the places that name them.
func (r *storedRecord) connect(deliveries []Delivery, claims []*Claim) error {
	within := func(place, n int) bool { return 0 <= place && place < n }
	for to, t := range r.Told {
		if !within(int(t.place), len(deliveries)) {
			return errors.New("the ledger names a delivery that it does not hold")
		}
		r.Told[to] = Told{Delivery: &deliveries[t.place], Times: t.Times, Since: t.Since, changed: r.Changed.UnixMilli()}
	}
	r.Record.Told = r.Told
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
