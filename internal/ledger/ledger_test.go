package ledger

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/reminder"
)

const id = "GHSA-aaaa-bbbb-cccc"

var (
	monday = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	ann    = reminder.UserRecipient("Ann")
	bob    = reminder.UserRecipient("bob")
)

func draft(change func(*advisory.Advisory)) advisory.Advisory {
	a := advisory.Advisory{
		ID:         id,
		Repository: advisory.Repository{Owner: "acme", Name: "rocket"},
		Severity:   advisory.High,
		Created:    monday.AddDate(0, -1, 0),
		Updated:    monday.AddDate(0, 0, -9),
	}
	if change != nil {
		change(&a)
	}
	return a
}

// full returns a ledger in which every field is set.
func full() *Ledger {
	l := New()
	l.FirstRun, l.LastRun, l.LastReport = monday, monday.AddDate(0, 0, 1), monday
	l.See(draft(nil), "org:acme", monday)
	l.Record(id, ann, Delivery{ID: "d1", Run: "7/remind", At: monday})
	l.Record(id, bob, Delivery{ID: "d2", At: monday, Refused: true})
	l.Introduce("acme/rocket", ann, "group:x, in CODEOWNERS", monday)
	l.Unreported = []Delivery{{ID: "d1", At: monday, To: ann, Channel: "email", Cadence: "monthly", Items: 1}}
	claim(l, digestOf("user:cleo", reminder.Monthly, id), us, monday, "d3")
	l.ClaimReport(us, monday, "d4", "sum")
	l.SaySnoozeEnded(id, monday)
	l.Advisories[id].State, l.Advisories[id].ResolvedSaid = advisory.Closed, true
	return l
}

func TestEncodeAndDecode(t *testing.T) {
	l := full()
	text, err := l.Encode()
	if err != nil {
		t.Fatal(err)
	}
	got, err := Decode(text)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(l, got, cmpopts.IgnoreUnexported(Ledger{}, Told{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	again, err := l.Encode()
	if err != nil || string(again) == string(text) {
		t.Errorf("two writes of the same ledger are equal, or %v: they would make the same commit", err)
	}
}

func TestDecodeRefuses(t *testing.T) {
	text, err := full().Encode()
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct{ text, want string }{
		"empty":          {"", "no JSON"},
		"cut short":      {string(text[:len(text)/2]), "no JSON"},
		"null":           {"null", "no format number"},
		"something else": {`{"a":1}`, "no format number"},
		"newer":          {`{"format":2,"advisories":{}}`, "newer version"},
		"unknown field":  {`{"format":1,"advisories":{},"secret-field":1}`, "does not know"},
		"wrong kind":     {`{"format":1,"advisories":[]}`, "does not know"},
		"no advisories":  {`{"format":1}`, "lacks"},
		"null record":    {`{"format":1,"advisories":{"GHSA-x":null}}`, "record"},
		"no opening":     {`{"format":1,"advisories":{"GHSA-x":{}}}`, "opened"},
		"no delivery":    {`{"format":1,"advisories":{"GHSA-x":{"opened":"2026-01-01T00:00:00Z","told":{"user:a":[0,1,1]}}}}`, "a delivery that it does not hold"},
		"below 0":        {`{"format":1,"advisories":{"GHSA-x":{"opened":"2026-01-01T00:00:00Z","told":{"user:a":[-1,1,1]}}}}`, "a delivery that it does not hold"},
		"two numbers":    {`{"format":1,"advisories":{"GHSA-x":{"opened":"2026-01-01T00:00:00Z","told":{"user:a":[0,1]}}}}`, "does not know"},
		"four numbers":   {`{"format":1,"advisories":{"GHSA-x":{"opened":"2026-01-01T00:00:00Z","told":{"user:a":[0,1,1,1]}}}}`, "does not know"},
		"half a number":  {`{"format":1,"advisories":{"GHSA-x":{"opened":"2026-01-01T00:00:00Z","told":{"user:a":[0,0.5,1]}}}}`, "does not know"},
		"a huge number":  {`{"format":1,"advisories":{"GHSA-x":{"opened":"2026-01-01T00:00:00Z","told":{"user:a":[0,2147483648,1]}}}}`, "does not know"},
		"null told":      {`{"format":1,"advisories":{"GHSA-x":{"opened":"2026-01-01T00:00:00Z","told":{"user:a":null}}}}`, "does not know"},
		"null delivery":  {`{"format":1,"deliveries":[null],"advisories":{}}`, "a delivery without a time"},
		"no claim":       {`{"format":1,"claims":[{"id":"x"}],"advisories":{"GHSA-x":{"opened":"2026-01-01T00:00:00Z","claims":{"user:a":1}}}}`, "a claim that it does not hold"},
		"null claim":     {`{"format":1,"claims":[null],"advisories":{}}`, "a claim without an id"},
		"trailing":       {string(text) + "{}", "no JSON"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := Decode([]byte(tt.text))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("Decode() = %v, want an error with %q", err, tt.want)
			}
			if strings.Contains(err.Error(), "GHSA") || strings.Contains(err.Error(), "secret-field") {
				t.Errorf("error %q quotes the ledger", err)
			}
		})
	}
}

func FuzzDecode(f *testing.F) {
	text, err := full().Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"format":1,"advisories":{}}`))
	f.Add([]byte(`{"format":1,"advisories":{"GHSA-x":{"opened":"2026-01-01T00:00:00Z"}},"introduced":{"a/b":{"user:x":null}}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		l, err := Decode(text)
		if err != nil {
			return
		}
		// What was read can be used, merged, written and read again.
		l.See(draft(nil), "org:acme", monday)
		l.Record(id, ann, Delivery{ID: "d", At: monday})
		l.Introduce("acme/rocket", ann, "r", monday)
		l.Prune(monday, nil)
		out, err := Merge(l, full(), Holder{}).Encode()
		if err != nil {
			return // a time past the year 9999 can't be written
		}
		if _, err := Decode(out); err != nil {
			t.Fatalf("Decode of what was encoded: %v\n%s", err, out)
		}
	})
}

func TestSee(t *testing.T) {
	reported := func(a *advisory.Advisory) { a.Reported = true }
	tests := map[string]struct {
		before func(*Ledger)
		draft  advisory.Advisory
		want   time.Time
	}{
		"first run":                  {func(l *Ledger) {}, draft(nil), monday.AddDate(0, -1, 0)},
		"first run, private report":  {func(l *Ledger) {}, draft(reported), monday.AddDate(0, -1, 0)},
		"later run":                  {func(l *Ledger) { l.FirstRun = monday.AddDate(0, 0, -7) }, draft(nil), monday.AddDate(0, -1, 0)},
		"later run, private report":  {func(l *Ledger) { l.FirstRun = monday.AddDate(0, 0, -7) }, draft(reported), monday},
		"known, with another answer": {func(l *Ledger) { l.See(draft(nil), "org:acme", monday.AddDate(0, 0, -7)); l.FirstRun = monday }, draft(reported), monday.AddDate(0, -1, 0)},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			l := New()
			tt.before(l)
			if got := l.See(tt.draft, "org:acme", monday); !got.Equal(tt.want) {
				t.Errorf("See() = %v, want %v", got, tt.want)
			}
		})
	}
	t.Run("a draft again", func(t *testing.T) {
		l := full()
		l.See(draft(nil), "org:acme", monday)
		if r := l.Advisories[id]; r.State != "" || r.ResolvedSaid {
			t.Errorf("%+v is said to be no draft", r)
		}
	})
}

func TestRecord(t *testing.T) {
	l := New()
	l.See(draft(nil), "org:acme", monday)
	l.Record(id, ann, Delivery{ID: "1", Run: "7/remind", At: monday})
	l.Record(id, ann, Delivery{ID: "2", Run: "8/remind", At: monday.Add(-time.Hour)})
	l.Record(id, ann, Delivery{ID: "3", Run: "8/remind", At: monday, Refused: true})
	for _, run := range []string{"9", "10", "11", "12"} {
		l.Record(id, bob, Delivery{ID: run, Run: run, At: monday})
	}
	l.Record("GHSA-none-none-none", ann, Delivery{ID: "4", At: monday})

	history := l.Told("8/remind")
	want := reminder.Told{At: monday, Times: 2, ThisRun: true}
	if diff := cmp.Diff(want, history(id, ann)); diff != "" {
		t.Errorf("time goes not back, a refusal is no reminder (-want +got):\n%s", diff)
	}
	if got := l.Told("7/remind")(id, ann); !got.ThisRun {
		t.Error("that run 7 has delivered is forgotten, because run 8 has, too")
	}
	if got := l.Told("13")(id, bob); got.ThisRun {
		t.Error("run 13 has delivered nothing")
	}
	for _, run := range []string{"9", "10", "11", "12"} {
		if !l.Told(run)(id, bob).ThisRun {
			t.Errorf("that run %s has delivered is forgotten", run)
		}
	}
	if got := l.Told("")(id, ann); got.ThisRun {
		t.Error("no run is no run's")
	}
	if got := history(id, "user:cleo"); got != (reminder.Told{}) {
		t.Errorf("cleo was told %+v", got)
	}
	if len(l.Advisories) != 1 {
		t.Error("an unknown advisory came into the ledger")
	}
}

// A digest is held once for all that it told, but what differs for one of them
// stays its own, and what comes later changes nothing of it.
func TestRecordOfOneDigest(t *testing.T) {
	l := New()
	ids := make([]string, 7)
	for i := range ids {
		ids[i] = fmt.Sprint("GHSA-aaaa-bbbb-000", i)
		l.See(draft(func(a *advisory.Advisory) { a.ID = ids[i] }), "org:acme", monday)
	}
	later := monday.Add(time.Hour)
	l.Record(ids[2], ann, Delivery{ID: "old", Run: "6/remind", At: monday})
	l.Record(ids[3], ann, Delivery{ID: "old", Run: "7/remind", At: later})
	for i, id := range ids[:6] {
		l.Record(id, ann, Delivery{ID: "one", Run: "7/remind", At: monday, Refused: i == 1})
	}
	l.Record(ids[6], ann, Delivery{ID: "one", Run: "8/remind", At: monday})
	want := []Delivery{
		{ID: "one", Run: "7/remind", At: monday},
		{ID: "one", Run: "7/remind", At: monday, Refused: true},
		{ID: "one", Run: "7/remind", At: monday, Earlier: []string{"6/remind"}},
		{ID: "one", Run: "7/remind", At: later},
		{ID: "one", Run: "7/remind", At: monday},
		{ID: "one", Run: "7/remind", At: monday},
		{ID: "one", Run: "8/remind", At: monday},
	}
	check := func(l *Ledger) {
		t.Helper()
		for i, id := range ids {
			if diff := cmp.Diff(want[i], *l.Advisories[id].Told[ann].Delivery, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%s (-want +got):\n%s", id, diff)
			}
		}
	}
	check(l)
	text, err := l.Encode()
	if err != nil {
		t.Fatal(err)
	}
	read, err := Decode(text)
	if err != nil {
		t.Fatal(err)
	}
	check(read)
	for _, l := range []*Ledger{l, read} {
		if told := l.Advisories; told[ids[4]].Told[ann].Delivery != told[ids[5]].Told[ann].Delivery {
			t.Error("one delivery is held twice")
		}
		l.Record(ids[4], ann, Delivery{ID: "two", Run: "9/remind", At: later})
	}
	want[4] = Delivery{ID: "two", Run: "9/remind", At: later, Earlier: []string{"7/remind"}}
	check(l)
	check(read)
}

func TestPrune(t *testing.T) {
	const other = "GHSA-dddd-dddd-dddd"
	for _, tt := range []struct {
		name   string
		record Record
		forget []string
		kept   bool
	}{
		{"draft, seen long ago", Record{LastSeen: monday.AddDate(-3, 0, 0)}, nil, true},
		{"resolved just under 13 months ago", Record{State: advisory.Closed, LastSeen: monday.AddDate(0, -13, 0).Add(time.Second)}, nil, true},
		{"resolved 13 months ago", Record{State: advisory.Closed, LastSeen: monday.AddDate(0, -13, 0)}, nil, true},
		{"resolved more than 13 months ago", Record{State: advisory.Closed, LastSeen: monday.AddDate(0, -13, 0).Add(-time.Second)}, nil, false},
		{"vanished", Record{}, nil, true},
		{"vanished, another forgotten", Record{}, []string{other}, true},
		{"vanished and forgotten", Record{}, []string{id}, false},
		{"not seen, forgotten before the alarm", Record{LastSeen: monday.Add(-time.Second)}, []string{id}, false},
		{"seen in this run and forgotten", Record{LastSeen: monday}, []string{id}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := New()
			l.Advisories[id] = &tt.record
			l.Prune(monday, tt.forget)
			if kept := l.Advisories[id] != nil; kept != tt.kept {
				t.Errorf("kept: %v, want %v", kept, tt.kept)
			}
		})
	}
}

func TestMerge(t *testing.T) {
	theirs, ours := New(), New()
	for _, l := range []*Ledger{theirs, ours} {
		l.FirstRun = monday
		l.See(draft(nil), "org:acme", monday)
	}
	theirs.Record(id, ann, Delivery{ID: "theirs", At: monday.Add(time.Hour)})
	ours.Record(id, ann, Delivery{ID: "ours", At: monday})
	ours.Record(id, bob, Delivery{ID: "ours", At: monday})
	theirs.See(draft(func(a *advisory.Advisory) { a.ID = "GHSA-only-them-them" }), "org:acme", monday)
	ours.See(draft(func(a *advisory.Advisory) { a.ID = "GHSA-only-ours-ours" }), "org:acme", monday)
	theirs.LastReport = monday.Add(time.Hour)
	ours.Unreported = []Delivery{{ID: "said", At: monday}}
	ours.Reported(monday)
	theirs.Unreported = []Delivery{{ID: "said", At: monday}, {ID: "new", At: monday.Add(-2 * time.Hour)}}
	rocket := advisory.Repository{Owner: "acme", Name: "rocket"}
	theirs.Introduce("acme/rocket", ann, "x", monday)
	ours.Introduce("acme/rocket", bob, "y", monday)
	theirs.Introduce("acme/rocket", "user:cleo", "z", monday)
	theirs.Introduced[rocket.Key()]["user:cleo"].Said = true
	ours.Introduce("acme/rocket", "user:cleo", "z", monday)

	m := Merge(theirs, ours, Holder{})
	if got := m.Advisories[id].Told[ann].ID; got != "theirs" {
		t.Errorf("the later delivery to ann is %s, want theirs", got)
	}
	if m.Advisories[id].Told[bob].Delivery == nil || len(m.Advisories) != 3 || len(m.Unreported) != 1 || m.Unreported[0].ID != "new" || len(m.Introduced[rocket.Key()]) != 3 || !m.Introduced[rocket.Key()]["user:cleo"].Said {
		t.Errorf("something is lost: %+v", m)
	}
	if !m.LastReport.Equal(theirs.LastReport) || !m.FirstRun.Equal(monday) {
		t.Errorf("LastReport %v, FirstRun %v", m.LastReport, m.FirstRun)
	}
	if theirs.Advisories[id].Told[bob].Delivery != nil {
		t.Error("Merge has written into theirs")
	}
}

// Where both have delivered at the same time, as runs with the same as-of do,
// the one that knows of more deliveries is right.
func TestMergeOfTheSameTime(t *testing.T) {
	theirs, ours := New(), New()
	for _, l := range []*Ledger{theirs, ours} {
		l.See(draft(nil), "org:acme", monday)
		l.Record(id, ann, Delivery{ID: "1", Run: "1/remind", At: monday})
	}
	theirs.Record(id, ann, Delivery{ID: "2", Run: "2/remind", At: monday})
	m := Merge(theirs, ours, us)
	if got := m.Told("2/remind")(id, ann); got.Times != 2 || !got.ThisRun {
		t.Errorf("what run 2 has delivered is forgotten: %+v", got)
	}
}

func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.json")
	f := NewFile(path, nil)
	l, err := f.Load(t.Context())
	if err != nil || !l.FirstRun.IsZero() {
		t.Fatalf("Load() of no file = %+v, %v", l, err)
	}
	want := full()
	if err := f.Save(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	if err := f.Save(t.Context(), want); err != nil {
		t.Fatalf("second Save of the same run: %v", err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := NewFile(path, nil).Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(Ledger{}, "Nonce"), cmpopts.IgnoreUnexported(Ledger{}, Told{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v, want 0600", info.Mode(), err)
	}
}

func TestFileThatIsNoLedger(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.json")
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := NewFile(path, nil).Load(t.Context()); err == nil {
		t.Error("a broken ledger was read as none")
	}
	if _, err := NewFile(filepath.Join(t.TempDir(), "none", "ledger.json"), nil).Load(t.Context()); err == nil {
		t.Error("a ledger in a directory that isn't there was read as none")
	}
}

func TestFileChangedByHand(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.json")
	f := NewFile(path, nil)
	l, err := f.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	theirs := full()
	text, err := theirs.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := f.Save(t.Context(), l); !errors.Is(err, ErrConflict) {
		t.Fatalf("Save() = %v, want ErrConflict", err)
	}
	l.See(draft(func(a *advisory.Advisory) { a.ID = "GHSA-only-ours-ours" }), "org:acme", monday)
	if _, err := Settle(t.Context(), f, l, Holder{}); err != nil {
		t.Fatal(err)
	}
	got, err := f.Load(t.Context())
	if err != nil || len(got.Advisories) != 2 {
		t.Errorf("after Settle there are %d advisories, %v, want both sides'", len(got.Advisories), err)
	}
}

// Two runs at once on one file: each waits for the other, and both are kept.
func TestFileIsLocked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.json")
	var wg sync.WaitGroup
	for _, name := range []string{"aaaa", "bbbb", "cccc", "dddd"} {
		wg.Go(func() {
			f := NewFile(path, nil)
			l, err := f.Load(t.Context())
			if errors.Is(err, ErrConflict) { // it has waited
				l, err = f.Load(t.Context())
			}
			if err != nil {
				t.Error(err)
				return
			}
			l.See(draft(func(a *advisory.Advisory) { a.ID = "GHSA-" + name + "-0000-0000" }), "org:acme", monday)
			if err := errors.Join(f.Save(t.Context(), l), f.Close()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	l, err := NewFile(path, nil).Load(t.Context())
	if err != nil || len(l.Advisories) != 4 {
		t.Errorf("%d advisories, %v, want those of all four runs", len(l.Advisories), err)
	}
}
