package ledger

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/reminder"
)

// odd are texts as others may write them.
var odd = []string{"", "plain", `"quoted" \ back`, "</script>\u2028", "line\nend\x00", "𝒳 ü", "a b"}

// live makes a ledger by what runs do, in an order that chance decides.
func live(r *rand.Rand, holders []Holder) *Ledger {
	l := New()
	at := monday
	text := func() string { return odd[r.IntN(len(odd))] }
	for range 5 + r.IntN(60) {
		at = at.Add(time.Duration(r.Int64N(int64(40 * 24 * time.Hour))))
		id := fmt.Sprintf("GHSA-aaaa-bbbb-%04d", r.IntN(12))
		to := reminder.Recipient(fmt.Sprintf("user:u%d", r.IntN(4)))
		h := holders[r.IntN(len(holders))]
		switch r.IntN(9) {
		case 0, 1:
			l.FirstRun = monday
			a := draft(func(a *advisory.Advisory) { a.ID, a.Reported, a.Severity = id, r.IntN(2) == 0, advisory.High })
			a.Updated = at.In(time.FixedZone("", r.IntN(3)*3600))
			l.See(a, "org:acme", at)
		case 2, 3:
			d := Delivery{ID: fmt.Sprint("d", r.IntN(30)), Run: fmt.Sprintf("%d/remind", r.IntN(8)), At: at}
			for other := range l.Advisories {
				if r.IntN(3) == 0 {
					d.Refused = r.IntN(4) == 0 // a report names those that were told and those that were not
					l.Record(other, to, d)
				}
			}
			l.Deliver(Delivered{Delivery: Delivery{ID: d.ID, At: at, To: to, Channel: text(), Cadence: "weekly", Items: r.IntN(3)}})
		case 4:
			var ids []string
			for other := range l.Advisories {
				if r.IntN(2) == 0 {
					ids = append(ids, other)
				}
			}
			l.Claim([]reminder.Digest{digestOf(to, reminder.Weekly, ids...)}, h, at, func() string { return fmt.Sprint("c", r.IntN(1000)) })
			l.ClaimReport(h, at, "report", text())
		case 5:
			l.Renew(h, at)
		case 6:
			l.Release(h)
		case 7:
			l.Introduce("acme/rocket", to, text(), at)
			if rec := l.Advisories[id]; rec != nil && r.IntN(2) == 0 {
				rec.State, rec.SnoozeSaid, rec.LeftOut = advisory.Published, at, at
			}
		case 8:
			l.LastRun = at.UTC()
			if r.IntN(4) == 0 {
				l.Reported(at)
			}
		}
	}
	return l
}

// meaning is what a ledger says, in the form that Decode gives it.
func meaning(l *Ledger) *Ledger {
	m := *l
	m.Advisories = make(map[string]*Record)
	for id, r := range l.Advisories {
		c := *r
		c.Told, c.Claims = nil, nil
		for to, d := range r.Told {
			if c.Told == nil {
				c.Told = make(map[reminder.Recipient]Told)
			}
			c.Told[to] = Told{Delivery: d.Delivery, Times: d.Times, Since: d.sinceChange(r), changed: r.Changed.UnixMilli()}
		}
		for to, claim := range r.Claims {
			if c.Claims == nil {
				c.Claims = make(map[reminder.Recipient]*Claim)
			}
			e := *claim
			c.Claims[to] = &e
		}
		m.Advisories[id] = &c
	}
	return &m
}

var same = cmp.Options{cmpopts.IgnoreFields(Ledger{}, "Nonce", "Format"), cmpopts.IgnoreUnexported(Ledger{}), cmp.AllowUnexported(Told{}), cmpopts.EquateEmpty()}

func again(t *testing.T, l *Ledger) *Ledger {
	t.Helper()
	text, err := l.Encode()
	if err != nil {
		t.Fatal(err)
	}
	got, err := Decode(text)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return got
}

// What is read is what was written, whatever has happened to the ledger.
func TestDecodeIsTheInverseOfEncode(t *testing.T) {
	for seed := range uint64(100) {
		l := live(rand.New(rand.NewPCG(seed, 1)), []Holder{us, them})
		want := meaning(l)
		got := again(t, l)
		if diff := cmp.Diff(want, got, same); diff != "" {
			t.Fatalf("seed %d (-want +got):\n%s", seed, diff)
		}
		if diff := cmp.Diff(want, again(t, got), same); diff != "" {
			t.Fatalf("seed %d, once more (-want +got):\n%s", seed, diff)
		}
	}
}

// Records share claims. What one holder does to its own changes those of nobody
// else, before a ledger is written and after it was read, and a merge changes
// neither side.
func TestSharedClaims(t *testing.T) {
	for seed := range uint64(100) {
		r := rand.New(rand.NewPCG(seed, 2))
		ours := live(r, []Holder{us, them})
		if seed%2 == 0 {
			ours = again(t, ours)
		}
		claims := func(l *Ledger, h Holder) map[string]Claim {
			held := make(map[string]Claim)
			for id, rec := range l.Advisories {
				for to, c := range rec.Claims {
					if h.owns(c) {
						held[id+" "+string(to)] = *c
					}
				}
			}
			return held
		}
		others := claims(ours, them)
		live := ours.Renew(us, monday.AddDate(20, 0, 0))
		ours.Release(us)
		if diff := cmp.Diff(others, claims(ours, them)); diff != "" {
			t.Fatalf("seed %d: Renew and Release change what others hold (-want +got):\n%s", seed, diff)
		}
		for where, c := range claims(ours, us) {
			if !c.Over {
				t.Fatalf("seed %d: %s is held after Release (there was something to renew: %v)", seed, where, live)
			}
		}

		theirs := again(t, ours)
		theirs.Renew(them, monday.AddDate(20, 0, 0))
		for id := range theirs.Advisories {
			theirs.Record(id, ann, Delivery{ID: "late", Run: "9/remind", At: monday.AddDate(20, 0, 0)})
		}
		before, beside := meaning(theirs), meaning(ours)
		merged := Merge(theirs, ours, us)
		if cmp.Diff(before, meaning(theirs), same) != "" || cmp.Diff(beside, meaning(ours), same) != "" {
			t.Fatalf("seed %d: Merge writes into what it merges", seed)
		}
		if diff := cmp.Diff(claims(theirs, them), claims(merged, them)); diff != "" {
			t.Fatalf("seed %d: Merge changes what others hold (-want +got):\n%s", seed, diff)
		}
		for id, rec := range theirs.Advisories {
			for to := range rec.Told {
				if m := merged.Advisories[id].Told[to]; m.Delivery == nil || m.At.Before(rec.Told[to].At) {
					t.Fatalf("seed %d: Merge loses that %s was told of %s", seed, to, id)
				}
			}
		}
	}
}

// A text that is no UTF-8 comes out mended, and keeps nothing from being written.
func TestEncodeMendsWhatIsNoUTF8(t *testing.T) {
	l := full()
	l.Introduce("acme/rocket", "user:dora", "cut \xff off", monday)
	got := again(t, l).Introduced["acme/rocket"]["user:dora"]
	if got == nil || got.Route != "cut \ufffd off" {
		t.Errorf("%+v", got)
	}
}
