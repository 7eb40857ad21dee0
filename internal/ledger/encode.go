package ledger

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// errFormat says that a ledger is of another version of the program.
var errFormat = errors.New("the ledger has the format of another version of this program: use that version, or begin anew: delete it, and the next run is a first run")

// A damaged ledger can't be read whole: the text says why.
type damaged string

func (d damaged) Error() string { return "the ledger " + string(d) }

// Decode reads a ledger. What it can't read whole is an error: a run must not
// begin with half a memory. Its errors quote nothing of the ledger.
func Decode(text []byte) (*Ledger, error) {
	var version struct {
		Format int `json:"format"`
	}
	if err := json.Unmarshal(text, &version); err != nil {
		return nil, damaged(fmt.Sprintf("is not JSON, or cut short (%d bytes)", len(text)))
	}
	if version.Format != format {
		return nil, errFormat
	}
	l := new(Ledger)
	if err := json.Unmarshal(text, l); err != nil {
		return nil, damaged("holds values of a wrong kind")
	}
	if l.Advisories == nil {
		return nil, damaged("lacks its advisories")
	}
	for _, a := range l.Advisories {
		if lack := a.lack(); lack != "" {
			return nil, damaged("has " + lack)
		}
	}
	ids := make(map[string]bool, len(l.Deliveries))
	for _, d := range l.Deliveries {
		if lack := d.lack(); lack != "" {
			return nil, damaged("has " + lack)
		}
		if ids[d.ID] {
			return nil, damaged("has two deliveries of one id")
		}
		ids[d.ID] = true
	}
	l.index()
	return l, nil
}

// lack says what is wrong with an advisory as it was read, or nothing.
func (a *Advisory) lack() string {
	switch {
	case a == nil || a.Opened.IsZero():
		return "an advisory without the time it was opened"
	case !a.Discussion.Whole():
		return "a command without a time"
	}
	return ""
}

// lack says what is wrong with a delivery as it was read, or nothing.
func (d *Delivery) lack() string {
	switch {
	case d == nil || d.ID == "" || len(d.To) == 0:
		return "a delivery without an id or a recipient"
	case len(d.Accounts) > len(d.To):
		return "a delivery with more accounts than recipients"
	case d.Outcome == Accepted && d.At.IsZero() || d.Since.IsZero():
		return "a delivery without a time"
	}
	return ""
}

// encode writes a ledger, with something random in it, and returns the text and
// what that was.
func (l *Ledger) encode() (text []byte, nonce string, err error) {
	l.Nonce = NewID()
	var b bytes.Buffer // MarshalWrite encodes into it; Marshal would return a copy
	if err := json.MarshalWrite(&b, l, json.Deterministic(true), jsontext.AllowInvalidUTF8(true)); err != nil {
		return nil, "", fmt.Errorf("encode the ledger: %w", err)
	}
	b.WriteByte('\n')
	return b.Bytes(), l.Nonce, nil
}
