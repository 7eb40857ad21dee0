package ledger

import (
	"slices"
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

// How often somebody was reminded is counted anew when the owners may have done
// something: another severity, a fork, a collaborator, a draft again. That GitHub says
// it was updated is not enough.
func TestRemindersSinceSomethingHappened(t *testing.T) {
	repo := advisory.Repository{Owner: "acme", Name: "widget"}
	opened := noon.AddDate(0, -1, 0)
	for name, tt := range map[string]struct {
		happens func(l *Ledger, a *advisory.Advisory, at time.Time)
		counts  bool
	}{
		"nothing":       {func(*Ledger, *advisory.Advisory, time.Time) {}, false},
		"an update":     {func(_ *Ledger, a *advisory.Advisory, at time.Time) { a.Updated, a.Patched = at, "2.0" }, false},
		"another order": {func(_ *Ledger, a *advisory.Advisory, _ time.Time) { slices.Reverse(a.CollaboratingUsers) }, false},
		"a severity":    {func(_ *Ledger, a *advisory.Advisory, _ time.Time) { a.Severity = advisory.Low }, true},
		"a score":       {func(_ *Ledger, a *advisory.Advisory, _ time.Time) { a.Score = 7.1 }, true},
		"a fork":        {func(_ *Ledger, a *advisory.Advisory, _ time.Time) { a.PrivateFork = "https://x" }, true},
		"a collaborator": {func(_ *Ledger, a *advisory.Advisory, _ time.Time) {
			a.CollaboratingUsers = append(a.CollaboratingUsers, "cy")
		}, true},
		"a team": {func(_ *Ledger, a *advisory.Advisory, _ time.Time) {
			a.CollaboratingTeams = []advisory.Owner{{Kind: advisory.Team, Name: "core"}}
		}, true},
		"a draft again": {func(l *Ledger, _ *advisory.Advisory, at time.Time) { l.End(ghsa, "closed", at.Add(-time.Hour)) }, true},
	} {
		l := New()
		a := advisory.Advisory{ID: ghsa, Repository: repo, Created: opened, Severity: advisory.High, CollaboratingUsers: []string{"ann", "ben"}}
		moved := opened
		for i, want := range []int{1, 2, 1, 2} {
			at := noon.AddDate(0, 0, 7*(i+1))
			if i == 2 {
				tt.happens(l, &a, at)
			}
			if i == 2 && tt.counts {
				moved = at
			}
			l.See(a, "org:acme", at)
			l.See(a, "org:acme", at) // of no effect
			d := l.Claim(Delivery{Kind: Digest, To: []reminder.Recipient{ann}, Advisories: []string{ghsa}, Cadence: "weekly"}, runA, at, at)
			l.settle(d, Result{Outcome: Accepted}, at)
			if !tt.counts {
				want = i + 1
			}
			if got, since, last := l.Unanswered(ghsa, ann); got != want || !since.Equal(moved) || !last.Equal(at) {
				t.Errorf("%s, after reminder %d: %d since %v, the last at %v; want %d since %v", name, i+1, got, since, last, want, moved)
			}
		}
		if got := l.Told("")(ghsa, ann).Times; got != 4 {
			t.Errorf("%s: %d in all, want 4", name, got)
		}
		for _, p := range []Pair{{ann, "unknown"}, {ben, ghsa}} {
			if n, _, _ := l.Unanswered(p.Advisory, p.To); n != 0 {
				t.Errorf("%s: somebody who was never reminded counts", name)
			}
		}
	}
}

// What lasts is news once, until it has ended.
func TestLasting(t *testing.T) {
	l := with()
	one, other := LastingKey("note", "one"), LastingKey("warning", "one")
	if one == other || l.SaidLasting(one) || !l.OnlyLasting(nil) {
		t.Error("something is said in a new ledger")
	}
	l.SayLasting([]string{one, other}, noon)
	for _, l := range []*Ledger{l, copyOf(t, l)} {
		if !l.SaidLasting(one) || !l.SaidLasting(other) || !l.OnlyLasting([]string{other, one, one, "more"}) || l.OnlyLasting([]string{one}) {
			t.Errorf("said: %v", l.Lasting)
		}
	}
	l.KeepLasting([]string{one, "more"})
	if !l.SaidLasting(one) || l.SaidLasting(other) || l.SaidLasting("more") {
		t.Errorf("after one has ended: %v", l.Lasting)
	}
	theirs := with()
	theirs.SayLasting([]string{one, other}, noon.Add(time.Minute))
	theirs.SayLasting([]string{"ahead"}, noon.Add(ahead+time.Second))
	l.merge(theirs, runA, noon)
	if !l.Lasting[one].Equal(noon.Add(time.Minute)) || !l.SaidLasting(other) || l.SaidLasting("ahead") {
		t.Errorf("merged: %v", l.Lasting)
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
