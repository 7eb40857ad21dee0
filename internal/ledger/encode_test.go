package ledger

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// ofLater is a ledger of a version to come, which knows more fields, outcomes and
// kinds.
const ofLater = `{"format":2,"nonce":"n","hue":{"of":["the",1]},
"advisories":{"GHSA-aaaa-2222-3333":{"repository":"acme/widget","scope":"org:acme","opened":"2025-11-18T12:00:00Z","severity":"high","last_seen":"2026-11-18T12:00:00Z","answer":{"by":7}}},
"deliveries":[{"id":"d1","kind":"digest","to":["user:ann"],"advisories":["GHSA-aaaa-2222-3333"],"cadence":"weekly","run":"1/remind","claims":1,"since":"2026-11-18T12:00:00Z","outcome":"carried off","weight":"9.00"}]}`

// Fields that this version does not know stay where they are, of the file, of an
// advisory and of a delivery, through everything that a run does.
func TestUnknownFieldsAreKept(t *testing.T) {
	l, err := Decode([]byte(ofLater))
	if err != nil {
		t.Fatal(err)
	}
	check := func(when string, l *Ledger) {
		t.Helper()
		for _, f := range []struct{ what, got, want string }{
			{"the file", string(l.Unknown), `{"hue":{"of":["the",1]}}`},
			{"an advisory", string(l.Advisories[ghsa].Unknown), `{"answer":{"by":7}}`},
			{"a delivery", string(l.byID("d1").Unknown), `{"weight":"9.00"}`},
			{"the outcome", string(l.byID("d1").Outcome), "carried off"},
		} {
			if f.got != f.want {
				t.Errorf("%s: of %s %s, want %s", when, f.what, f.got, f.want)
			}
		}
	}
	check("loaded", l)
	check("saved and loaded", copyOf(t, l))
	theirs := copyOf(t, l)
	theirs.Advisories[ghsa].LastSeen = noon.Add(time.Minute)
	l.merge(theirs, runB, noon)
	check("merged", copyOf(t, l))
	for _, seen := range []time.Duration{-time.Hour, time.Hour} { // before the one with the fields, and after
		without := func() *Ledger {
			w := copyOf(t, l)
			w.Unknown, w.Advisories[ghsa].Unknown, w.byID("d1").Unknown = nil, nil, nil
			w.Advisories[ghsa].LastSeen = noon.Add(seen)
			return w
		}
		into, with := without(), copyOf(t, l)
		into.merge(copyOf(t, l), runB, noon.Add(time.Hour))
		with.merge(without(), runB, noon.Add(time.Hour))
		check("merged into one without", copyOf(t, into))
		check("merged with one without", copyOf(t, with))
	}
}

// An outcome that this version does not know counts as claimed: the claim holds
// others back as long as it lives, and nobody was told.
func TestAnUnknownOutcomeCountsAsClaimed(t *testing.T) {
	l, err := Decode([]byte(ofLater))
	if err != nil {
		t.Fatal(err)
	}
	if at := l.Told("")(ghsa, ann).At; !at.IsZero() {
		t.Errorf("told at %v", at)
	}
	for _, tt := range []struct {
		after time.Duration
		want  bool
	}{{ClaimLife - 1, true}, {ClaimLife, false}} {
		if got := runB.blocked(l.byID("d1"), noon.Add(tt.after)); got != tt.want {
			t.Errorf("after %v: blocked %v, want %v", tt.after, got, tt.want)
		}
	}
}

// A ledger that can't be read whole is an error, which quotes nothing of it.
func TestWhatCannotBeRead(t *testing.T) {
	valid := string(must(with(digest(ended(Accepted, 0))).encode()))
	replace := func(old, new string) string {
		if !strings.Contains(valid, old) {
			t.Fatalf("no %s in %s", old, valid)
		}
		return strings.Replace(valid, old, new, 1)
	}
	for _, tt := range []struct{ name, text, want string }{
		{"nothing", "", "is not JSON, or cut short (0 bytes)"},
		{"cut short", valid[:len(valid)/2], "is not JSON, or cut short"},
		{"something after it", valid + "x", "is not JSON"},
		{"format 1", replace(`"format":2`, `"format":1`), "format of another version"},
		{"format 3", replace(`"format":2`, `"format":3`), "format of another version"},
		{"no format", replace(`"format":2,`, ``), "format of another version"},
		{"a wrong kind", replace(`"claims":1`, `"claims":"one"`), "values of a wrong kind"},
		{"a key twice", replace(`"claims":1`, `"claims":1,"claims":2`), "is not JSON"},
		{"no advisories", `{"format":2,"nonce":"n","deliveries":[]}`, "lacks its advisories"},
		{"an advisory without its time", replace(`"opened":"2025-11-18T12:00:00Z"`, `"opened":"0001-01-01T00:00:00Z"`), "without the time it was opened"},
		{"a null delivery", replace(`"deliveries":[`, `"deliveries":[null,`), "a delivery without an id"},
		{"a delivery to nobody", replace(`"to":["user:ann"]`, `"to":[]`), "or a recipient"},
		{"two of one id", string(must(with(digest(), digest()).encode())), "two deliveries of one id"},
		{"a delivery without a time", string(must(with(digest(func(d *Delivery) { d.Since = time.Time{} })).encode())), "a delivery without a time"},
		{"one accepted at no time", string(must(with(digest(func(d *Delivery) { d.Outcome = Accepted })).encode())), "a delivery without a time"},
	} {
		_, err := Decode([]byte(tt.text))
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
		for _, secret := range []string{"GHSA", "ann", "acme"} {
			if err != nil && strings.Contains(err.Error(), secret) {
				t.Errorf("%s: the error quotes %s: %v", tt.name, secret, err)
			}
		}
	}
}

// Another format stops the run, and says how to begin anew.
func TestAnotherFormatSaysHowToBeginAnew(t *testing.T) {
	_, err := Decode([]byte(`{"format":1}`))
	if !errors.Is(err, errFormat) {
		t.Errorf("%v, want errFormat", err)
	}
	wantError(t, err, "use that version", "delete it", "the next run is a first run")
}

// Two writes of one ledger are never equal, and what is written is what is read.
func TestEncode(t *testing.T) {
	l := with(digest(ended(Accepted, time.Minute)), digest(func(d *Delivery) { d.ID = "d2" }))
	l.Advisories[ghsa].Repository = "acme/\xff" // GitHub's texts may hold anything
	one, two := string(must(l.encode())), string(must(l.encode()))
	if one == two {
		t.Error("two writes are equal")
	}
	a, err := Decode([]byte(one))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(one, strings.Replace(two, l.Nonce, a.Nonce, 1)); diff != "" {
		t.Errorf("they differ in more than the nonce:\n%s", diff)
	}
	if !strings.HasSuffix(one, "}\n") || strings.Count(one, "\n") != 1 {
		t.Errorf("not one line: %q", one)
	}
}

// must returns the text of an encoded ledger.
func must(text []byte, _ string, err error) []byte {
	if err != nil {
		panic(err)
	}
	return text
}
