package ledger

import (
	"testing"
	"time"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/reminder"
)

// An advisory was opened when it was created; one that came from a private report,
// when it was first seen as a draft, unless everything is seen for the first time.
func TestWhenAnAdvisoryWasOpened(t *testing.T) {
	created := noon.AddDate(0, -3, 0)
	for _, tt := range []struct {
		name     string
		reported bool
		firstRun time.Time
		created  time.Time
		want     time.Time
	}{
		{"opened by the working group", false, noon.AddDate(-1, 0, 0), created, created},
		{"reported in private", true, noon.AddDate(-1, 0, 0), created, noon},
		{"reported in private, in the first run", true, time.Time{}, created, created},
		{"reported in private, by a clock ahead of ours", true, noon.AddDate(-1, 0, 0), noon.Add(time.Minute), noon.Add(time.Minute)},
	} {
		l := New()
		l.FirstRun = tt.firstRun
		a := advisory.Advisory{ID: ghsa, Repository: advisory.Repository{Owner: "acme", Name: "widget"}, Created: tt.created, Reported: tt.reported}
		if got := l.See(a, "org:acme", noon); !got.Equal(tt.want) {
			t.Errorf("%s: opened %v, want %v", tt.name, got, tt.want)
		}
		l.Ran(noon)
		if got := l.See(a, "org:acme", noon.AddDate(0, 1, 0)); !got.Equal(tt.want) {
			t.Errorf("%s, a month later: opened %v, want %v", tt.name, got, tt.want)
		}
	}
}

// How often somebody was reminded is counted anew when the advisory changes.
func TestRemindersSinceTheLastChange(t *testing.T) {
	l := with()
	a := advisory.Advisory{ID: ghsa, Repository: advisory.Repository{Owner: "acme", Name: "widget"}, Updated: noon.AddDate(0, -1, 0)}
	l.See(a, "org:acme", noon)
	for i, want := range []int{1, 2, 1, 2} {
		at := noon.AddDate(0, 0, 7*(i+1))
		if i == 2 {
			a.Updated = at.Add(-time.Hour)
		}
		l.See(a, "org:acme", at)
		l.See(a, "org:acme", at) // of no effect
		d := l.Claim(Delivery{Kind: Digest, To: []reminder.Recipient{ann}, Advisories: []string{ghsa}, Cadence: "weekly"}, runA, at, at)
		l.settle(d, Result{Outcome: Accepted}, at)
		if got := l.SinceChange(ghsa, ann); got != want {
			t.Errorf("after reminder %d: %d since the change, want %d", i+1, got, want)
		}
	}
	if got := l.Told("")(ghsa, ann).Times; got != 4 {
		t.Errorf("%d in all, want 4", got)
	}
	if l.SinceChange("unknown", ann) != 0 || l.SinceChange(ghsa, ben) != 0 {
		t.Error("somebody who was never reminded counts")
	}
}

// A state is said once, and is news again after it was a draft in between.
func TestAnAdvisoryThatIsADraftAgain(t *testing.T) {
	l := with()
	l.End(ghsa, "closed", noon)
	l.SayResolved(ghsa)
	if a := l.Advisories[ghsa]; a.State != "closed" || !a.ResolvedSaid || len(l.Sightings(nil)) != 1 {
		t.Errorf("ended: %+v", a)
	}
	l.See(advisory.Advisory{ID: ghsa, Repository: advisory.Repository{Owner: "acme", Name: "widget"}}, "org:acme", noon.Add(time.Hour))
	if a := l.Advisories[ghsa]; a.State != "" || a.ResolvedSaid || len(l.Sightings(nil)) != 2 {
		t.Errorf("a draft again: %+v", a)
	}
}

// A delivery of several people and advisories settles each pair, and each has its
// own count.
func TestADeliveryOfSeveralPairs(t *testing.T) {
	l := with(digest(ended(Accepted, -7*24*time.Hour), func(d *Delivery) { d.Nth = []int32{4} }))
	d := l.Claim(Delivery{Kind: Digest, To: []reminder.Recipient{ben, ann}, Advisories: []string{two, ghsa}, Cadence: "weekly"}, runB, noon, noon)
	l.settle(d, Result{Outcome: Accepted}, noon)
	for _, l := range []*Ledger{l, copyOf(t, l)} {
		for p, want := range map[Pair]int{{ben, two}: 1, {ben, ghsa}: 1, {ann, two}: 1, {ann, ghsa}: 5} {
			if got := l.Told("")(p.Advisory, p.To); got.Times != want || !got.At.Equal(noon) {
				t.Errorf("%v: %+v, want %d times", p, got, want)
			}
		}
	}
}

// What a report has named besides its own is told by it, once it is accepted.
func TestAReportTellsWhatItNames(t *testing.T) {
	l := with()
	d := l.Claim(Delivery{Kind: Report, To: []reminder.Recipient{reminder.SWG}, Advisories: []string{two}}, runA, noon, time.Time{})
	l.Name(d.ID, []string{ghsa, two})
	if !l.Told("")(ghsa, reminder.SWG).At.IsZero() || !l.LastReport().IsZero() {
		t.Error("it counts before it was accepted")
	}
	l.settle(d, Result{Outcome: Accepted}, noon)
	for _, id := range []string{ghsa, two} {
		if got := l.Told("")(id, reminder.SWG); got.Times != 1 {
			t.Errorf("%s: %+v", id, got)
		}
	}
	if l.LastReport() != noon || len(l.Unreported()) > 0 {
		t.Errorf("the last report was at %v, unreported: %v", l.LastReport(), l.Unreported())
	}
}
