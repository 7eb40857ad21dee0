package ledger

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/openedx/advisory-reminders/internal/reminder"
)

// noon is the time of most tests.
var noon = time.Date(2026, 11, 18, 12, 0, 0, 0, time.UTC)

// Two runs, and a later attempt at the first one.
var (
	runA      = Claimant{Holder: Holder{Run: "1/remind", Attempt: 1, Process: "a"}}
	runB      = Claimant{Holder: Holder{Run: "2/remind", Attempt: 1, Process: "b"}}
	runAAgain = Claimant{Holder: Holder{Run: "1/remind", Attempt: 2, Process: "c"}}
)

const (
	ann  reminder.Recipient = "user:ann"
	ben  reminder.Recipient = "user:ben"
	ghsa                    = "GHSA-aaaa-2222-3333"
	two                     = "GHSA-bbbb-2222-3333"
)

// with returns a ledger of two drafts and copies of some deliveries.
func with(list ...*Delivery) *Ledger {
	l := New()
	l.FirstRun = noon.AddDate(-1, 0, 0)
	for _, id := range []string{ghsa, two} {
		l.Advisories[id] = &Advisory{Repository: "acme/widget", Scope: "org:acme", Opened: noon.AddDate(-1, 0, 0), LastSeen: noon.Add(-time.Hour)}
	}
	for _, d := range list {
		c := *d
		l.Deliveries = append(l.Deliveries, &c)
	}
	l.index()
	return l
}

// digest returns a digest to ann, claimed once by run A at noon, and changed.
func digest(change ...func(*Delivery)) *Delivery {
	d := &Delivery{
		ID: "d1", Kind: Digest, To: []reminder.Recipient{ann}, Advisories: []string{ghsa}, Cadence: "weekly",
		Holder: runA.Holder, Claims: 1, Since: noon, Outcome: Claimed,
	}
	for _, f := range change {
		f(d)
	}
	return d
}

// ended gives a delivery an outcome some time after noon.
func ended(o Outcome, after time.Duration) func(*Delivery) {
	return func(d *Delivery) { d.Outcome, d.At = o, noon.Add(after) }
}

// by gives a delivery another holder, with so many claims, at some time after noon.
func by(c Claimant, claims int, after time.Duration) func(*Delivery) {
	return func(d *Delivery) { d.Holder, d.Claims, d.Since = c.Holder, claims, noon.Add(after) }
}

// copyOf returns the ledger as another run would read it.
func copyOf(t *testing.T, l *Ledger) *Ledger {
	t.Helper()
	text, _, err := l.encode()
	if err != nil {
		t.Fatal(err)
	}
	c, err := Decode(text)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// same compares two ledgers or records, whatever the order of deliveries and the
// nonce.
func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got,
		cmpopts.IgnoreUnexported(Ledger{}), cmpopts.IgnoreFields(Ledger{}, "Nonce"), cmpopts.EquateEmpty(),
		cmpopts.SortSlices(func(a, b *Delivery) bool { return a.ID < b.ID }),
		cmpopts.SortSlices(func(a, b Refusal) bool { return a.Address < b.Address }),
	); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func wantError(t *testing.T, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one with %q", words)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("the error does not say %q: %v", w, err)
		}
	}
}
