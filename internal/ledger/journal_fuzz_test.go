package ledger

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Whatever is read as a journal can be replayed, once and again, and written on.
func FuzzJournal(f *testing.F) {
	for _, text := range []string{
		`{"format":1,"deliveries":[]}`,
		`{"format":1,"deliveries":[{"id":"x","at":"2026-11-02T09:00:00Z","to":"user:ann","channel":"email","cadence":"weekly","items":1,"advisories":["` + id + `"],"introduced":{"acme/rocket":"group:crew, in CODEOWNERS"}}]}`,
		`{"format":1,"deliveries":[{"id":"x","at":"2026-11-02T09:00:00Z","to":"swg","earlier":["1"],"refused":true,"advisories":null}]}`,
		`{"format":1,"deliveries":[null]}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		j, err := decodeJournal(text)
		if err != nil {
			return
		}
		l := twoDrafts()
		l.replay(j)
		again := meaning(l)
		l.replay(j)
		written, err := writeOn(nil, j.Deliveries)
		if err != nil {
			return // a time past the year 9999 can't be written
		}
		back, err := decodeJournal(append(written, journalTail...))
		if err != nil {
			t.Fatalf("what was written: %v\n%s", err, written)
		}
		other := twoDrafts()
		other.replay(back)
		if diff := cmp.Diff(again, meaning(other), same); diff != "" {
			t.Errorf("(-read +written and read):\n%s", diff)
		}
	})
}
