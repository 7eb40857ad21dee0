package ledger

import (
	"testing"
	"time"

	"github.com/openedx/advisory-reminders/internal/advisory"
)

func changedAt(at time.Time) advisory.Advisory {
	return draft(func(a *advisory.Advisory) { a.Updated = at })
}

func TestSinceChange(t *testing.T) {
	l := New()
	day := func(n int) time.Time { return monday.AddDate(0, 0, n) }
	see := func(changed int) func() { return func() { l.See(changedAt(day(changed)), "org:acme", day(40)) } }
	tell := func(d Delivery) func() { return func() { d.At = day(40); l.Record(id, ann, d) } }
	for _, step := range []struct {
		name  string
		do    func()
		want  int
		times int
	}{
		{"seen", see(-9), 0, 0},
		{"told", tell(Delivery{ID: "1"}), 1, 1},
		{"seen again, unchanged", see(-9), 1, 1},
		{"told again", tell(Delivery{ID: "2"}), 2, 2},
		{"a refusal is no reminder", tell(Delivery{ID: "3", Refused: true}), 2, 2},
		{"told a third time", tell(Delivery{ID: "4"}), 3, 3},
		{"GitHub gives an older answer", see(-10), 3, 3},
		{"changed", see(-8), 0, 3},
		{"refused after the change", tell(Delivery{ID: "5", Refused: true}), 0, 3},
		{"told after the change", tell(Delivery{ID: "6"}), 1, 4},
	} {
		step.do()
		if got := l.SinceChange(id, ann); got != step.want {
			t.Errorf("%s: told %d times since the change, want %d", step.name, got, step.want)
		}
		if got := l.Told("")(id, ann).Times; got != step.times {
			t.Errorf("%s: told %d times in all, want %d", step.name, got, step.times)
		}
	}
	if l.SinceChange(id, bob) != 0 || l.SinceChange("GHSA-none-none-none", ann) != 0 {
		t.Error("who was told nothing was told since the change")
	}
}

func TestMergeKeepsWhatChanged(t *testing.T) {
	theirs, ours := New(), New()
	ours.See(changedAt(monday), "org:acme", monday)
	ours.Record(id, ann, Delivery{ID: "1", At: monday})
	ours.SaySnoozeEnded(id, monday)
	theirs.See(changedAt(monday.Add(-time.Hour)), "org:acme", monday.Add(time.Hour))
	theirs.SaySnoozeEnded(id, monday.Add(-time.Hour))
	theirs.SaySnoozeEnded("GHSA-none-none-none", monday)

	for name, m := range map[string]*Ledger{"ours": Merge(theirs, ours, Holder{}), "theirs": Merge(ours, theirs, Holder{})} {
		r := m.Advisories[id]
		if !r.Changed.Equal(monday) || !r.SnoozeSaid.Equal(monday) {
			t.Errorf("%s over the other: changed %v, snooze said %v, want both %v", name, r.Changed, r.SnoozeSaid, monday)
		}
		if m.SinceChange(id, ann) != 1 {
			t.Errorf("%s over the other: the delivery since the change is lost", name)
		}
	}
	if ours.SaySnoozeEnded(id, monday.Add(-time.Hour)); !ours.Advisories[id].SnoozeSaid.Equal(monday) {
		t.Error("the end of an older snooze takes the place of the later one's")
	}
}
