package ledger

import (
	"crypto/rand"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/openedx/advisory-reminders/internal/reminder"
)

// A written ledger is a stored one on its way out. The lists come after the
// records, which fill them, so that nothing is held twice: a ledger of thousands
// of drafts is written many times in a run.
type written struct {
	*Ledger
	Advisories *writtenRecords `json:"advisories"`
	Deliveries *[]Delivery     `json:"deliveries,omitempty"`
	Claims     *[]*Claim       `json:"claims,omitempty"`
}

type writtenRecords struct {
	of         map[string]*Record
	deliveries []Delivery
	claims     []*Claim
	placeOf    map[*Delivery]int   // those of deliveries that were met as they are
	deliveryAt map[deliveryKey]int // and as what they say
	claimAt    map[Claim]int
}

// A deliveryKey is what the deliveries of a place in the list have in common.
type deliveryKey struct {
	id, run, earlier string
	at               int64
	refused          bool
}

// Encode returns the ledger as JSON, with a new nonce.
func (l *Ledger) Encode() ([]byte, error) {
	l.Format, l.Nonce = Format, rand.Text()
	records := &writtenRecords{of: l.Advisories, placeOf: make(map[*Delivery]int), deliveryAt: make(map[deliveryKey]int), claimAt: make(map[Claim]int)}
	w := written{Ledger: l, Advisories: records, Deliveries: &records.deliveries, Claims: &records.claims}
	text := make(growing, 0, l.longest())
	// Text of others that is no UTF-8 must not keep what was delivered from
	// being written.
	if err := json.MarshalWrite(&text, &w, json.Deterministic(true), jsontext.AllowInvalidUTF8(true)); err != nil {
		return nil, fmt.Errorf("encode the ledger: %w", err)
	}
	text = append(text, '\n')
	l.size = len(text)
	return text, nil
}

// growing is a text on its way out. It is no bytes.Buffer, since the encoder
// doubles those.
type growing []byte

// Write adds to the text.
func (g *growing) Write(p []byte) (int, error) {
	*g = append(*g, p...)
	return len(p), nil
}

// longest is about how many bytes the ledger takes as JSON, and rather more: a
// text that has to grow is copied, and for a moment held twice.
func (l *Ledger) longest() int {
	n := 1<<12 + 300*len(l.Unreported)
	for _, r := range l.Advisories {
		n += 280 + 32*(len(r.Told)+len(r.Claims))
	}
	for _, known := range l.Introduced {
		n += 50 + 120*len(known)
	}
	return max(n, l.size+l.size/8)
}

// MarshalJSONTo writes the records in the order of their ids.
func (w *writtenRecords) MarshalJSONTo(enc *jsontext.Encoder) error {
	if err := enc.WriteToken(jsontext.BeginObject); err != nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(w.of)) {
		if err := enc.WriteToken(jsontext.String(id)); err != nil {
			return err
		}
		r := w.of[id]
		if err := json.MarshalEncode(enc, &writtenRecord{r, writtenTold{w, r}, writtenClaims{w, r}}); err != nil {
			return err
		}
	}
	return enc.WriteToken(jsontext.EndObject)
}

type writtenRecord struct {
	*Record
	Told   writtenTold   `json:"told,omitempty"`
	Claims writtenClaims `json:"claims,omitempty"`
}

type writtenTold struct {
	in *writtenRecords
	of *Record
}

// MarshalJSONTo writes what was told to every recipient as Told is read.
func (t writtenTold) MarshalJSONTo(enc *jsontext.Encoder) error {
	return writeByName(enc, t.of.Told, func(d Told) error {
		for _, token := range []jsontext.Token{
			jsontext.BeginArray, jsontext.Int(int64(t.in.delivery(d.Delivery))), jsontext.Int(int64(d.Times)), jsontext.Int(int64(d.sinceChange(t.of))), jsontext.EndArray,
		} {
			if err := enc.WriteToken(token); err != nil {
				return err
			}
		}
		return nil
	})
}

type writtenClaims struct {
	in *writtenRecords
	of *Record
}

// MarshalJSONTo writes the place of the claim of every recipient.
func (c writtenClaims) MarshalJSONTo(enc *jsontext.Encoder) error {
	return writeByName(enc, c.of.Claims, func(claim *Claim) error {
		return enc.WriteToken(jsontext.Int(int64(c.in.claim(claim))))
	})
}

// writeByName writes an object in the order of its names.
func writeByName[T any](enc *jsontext.Encoder, m map[reminder.Recipient]T, write func(T) error) error {
	if err := enc.WriteToken(jsontext.BeginObject); err != nil {
		return err
	}
	for _, to := range slices.Sorted(maps.Keys(m)) {
		if err := enc.WriteToken(jsontext.String(string(to))); err != nil {
			return err
		}
		if err := write(m[to]); err != nil {
			return err
		}
	}
	return enc.WriteToken(jsontext.EndObject)
}

// delivery returns the place of a delivery in the list.
func (w *writtenRecords) delivery(d *Delivery) int {
	if place, ok := w.placeOf[d]; ok {
		return place
	}
	k := deliveryKey{d.ID, d.Run, strings.Join(d.Earlier, " "), d.At.UnixNano(), d.Refused}
	place, ok := w.deliveryAt[k]
	if !ok {
		place = len(w.deliveries)
		w.deliveryAt[k] = place
		w.deliveries = append(w.deliveries, Delivery{ID: d.ID, Run: d.Run, Earlier: d.Earlier, At: d.At, Refused: d.Refused})
	}
	w.placeOf[d] = place
	return place
}

// claim returns the place of a claim in the list.
func (w *writtenRecords) claim(c *Claim) int {
	k := *c
	k.At = k.At.Round(0).UTC()
	place, ok := w.claimAt[k]
	if !ok {
		place = len(w.claims)
		w.claimAt[k] = place
		w.claims = append(w.claims, c)
	}
	return place
}
