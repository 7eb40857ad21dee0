package ledger

import (
	"fmt"
	"testing"
	"time"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/reminder"
)

const second = "GHSA-dddd-eeee-ffff"

var (
	us   = Holder{Run: "7/remind", Attempt: 1, Process: "a"}
	them = Holder{Run: "8/remind", Attempt: 1, Process: "b"}
)

func digestOf(to reminder.Recipient, c reminder.Cadence, ids ...string) reminder.Digest {
	d := reminder.Digest{To: to, Cadence: c}
	for _, id := range ids {
		d.Reminders = append(d.Reminders, reminder.Reminder{Draft: &reminder.Draft{Advisory: &advisory.Advisory{ID: id}}})
	}
	return d
}

// twoDrafts returns a ledger that knows two drafts.
func twoDrafts() *Ledger {
	l := New()
	l.See(draft(nil), "org:acme", monday)
	l.See(draft(func(a *advisory.Advisory) { a.ID = second }), "org:acme", monday)
	return l
}

// claim claims one digest, and returns its id.
func claim(l *Ledger, d reminder.Digest, h Holder, now time.Time, fresh string) string {
	return l.Claim([]reminder.Digest{d}, h, now, func() string { return fresh })[0]
}

func TestBlocked(t *testing.T) {
	for _, tt := range []struct {
		name    string
		by      Holder
		age     time.Duration
		asking  Holder
		cadence reminder.Cadence
		to      reminder.Recipient
		want    bool
	}{
		{"another run's", them, 0, us, reminder.Weekly, ann, true},
		{"another run's, nearly void", them, ClaimLife - time.Nanosecond, us, reminder.Weekly, ann, true},
		{"another run's, void", them, ClaimLife, us, reminder.Weekly, ann, false},
		{"of another cadence", them, 0, us, reminder.Monthly, ann, false},
		{"of another recipient", them, 0, us, reminder.Weekly, bob, false},
		{"our own", us, 0, us, reminder.Weekly, ann, false},
		{"of an attempt before", us, 0, Holder{Run: us.Run, Attempt: 2}, reminder.Weekly, ann, false},
		{"of a later attempt", Holder{Run: us.Run, Attempt: 2}, 0, us, reminder.Weekly, ann, true},
		{"of another process of the same attempt", Holder{Run: us.Run, Attempt: 1, Process: "c"}, 0, us, reminder.Weekly, ann, true},
		{"by a clock that is minutes ahead", them, -time.Minute, us, reminder.Weekly, ann, true},
		{"by a clock that is days ahead", them, -ClaimLife, us, reminder.Weekly, ann, false},
		{"of another job", Holder{Run: "7/other", Attempt: 1}, 0, Holder{Run: us.Run, Attempt: 2}, reminder.Weekly, ann, true},
		{"left behind in a locked file", them, 0, Holder{Run: us.Run, Alone: true}, reminder.Weekly, ann, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := twoDrafts()
			claim(l, digestOf(ann, reminder.Weekly, id), tt.by, monday.Add(-tt.age), "x")
			if got := l.Blocked(tt.asking, monday)(digestOf(tt.to, tt.cadence, second)); got != tt.want {
				t.Errorf("blocked: %v, want %v", got, tt.want)
			}
		})
	}
	t.Run("a reminder whose cadence has changed", func(t *testing.T) {
		l := twoDrafts()
		claim(l, digestOf(ann, reminder.Weekly, id), them, monday, "x")
		if !l.Blocked(us, monday)(digestOf(ann, reminder.Monthly, second, id)) {
			t.Error("a digest is not blocked, though another run is at work on a reminder in it")
		}
	})
	t.Run("released", func(t *testing.T) {
		l := twoDrafts()
		claim(l, digestOf(ann, reminder.Weekly, id), them, monday, "x")
		l.Release(them)
		if l.Blocked(us, monday)(digestOf(ann, reminder.Weekly, second)) {
			t.Error("a released claim blocks")
		}
	})
}

// The same reminders are sent again under the same id; other ones are not.
func TestClaimKeepsItsID(t *testing.T) {
	for _, tt := range []struct {
		name          string
		before, after []string
		want          string
	}{
		{"the same", []string{id, second}, []string{second, id}, "old"},
		{"one more", []string{id}, []string{id, second}, "new"},
		{"one less", []string{id, second}, []string{id}, "new"},
		{"none before", nil, []string{id}, "new"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := twoDrafts()
			claim(l, digestOf(ann, reminder.Weekly, tt.before...), them, monday.Add(-time.Hour), "old")
			if got := claim(l, digestOf(ann, reminder.Weekly, tt.after...), us, monday, "new"); got != tt.want {
				t.Errorf("id %s, want %s", got, tt.want)
			}
			if !l.Holds(digestOf(ann, reminder.Weekly, tt.after...), us) || l.Holds(digestOf(ann, reminder.Weekly, tt.after...), them) {
				t.Error("the claim is not ours")
			}
		})
	}
	l := twoDrafts()
	claim(l, digestOf(ann, reminder.Weekly, id, second), them, monday, "old")
	split := []reminder.Digest{digestOf(ann, reminder.Weekly, id), digestOf(ann, reminder.Monthly, second)}
	n := 0
	if got := l.Claim(split, us, monday, func() string { n++; return fmt.Sprint("new", n) }); got[0] != "new1" || got[1] != "new2" {
		t.Errorf("what was one digest and is two has the ids %v, want new ones", got)
	}

	l = twoDrafts()
	claim(l, digestOf(ann, reminder.Weekly, id), us, monday, "old")
	l.Record(id, ann, Delivery{ID: "old", At: monday})
	if l.Holds(digestOf(ann, reminder.Weekly, id), us) {
		t.Error("a delivered reminder is still claimed")
	}
	if got := claim(l, digestOf(ann, reminder.Weekly, id), us, monday.AddDate(0, 0, 7), "new"); got != "new" {
		t.Errorf("the next week's digest has the id %s", got)
	}
}

func TestClaimReport(t *testing.T) {
	l := New()
	if got, ok := l.ClaimReport(them, monday, "a", "s"); got != "a" || !ok || !l.HoldsReport(them) || l.HoldsReport(us) {
		t.Errorf("first claim: %s, %v", got, ok)
	}
	if _, ok := l.ClaimReport(us, monday.Add(ClaimLife-time.Second), "b", "s"); ok {
		t.Error("a live claim was taken over")
	}
	if got, ok := l.ClaimReport(us, monday.Add(ClaimLife), "b", "s"); got != "a" || !ok {
		t.Errorf("a void claim: %s, %v, want its id", got, ok)
	}
	l.Release(us)
	if l.HoldsReport(us) {
		t.Error("a released claim is held")
	}
	if got, ok := l.ClaimReport(them, monday.Add(ClaimLife), "c", "s"); got != "a" || !ok {
		t.Errorf("a released claim: %s, %v, want its id", got, ok)
	}
	l.Release(them)
	if got, ok := l.ClaimReport(us, monday.Add(ClaimLife), "d", "other"); got != "d" || !ok {
		t.Errorf("a report that says something else: %s, %v, want an id of its own", got, ok)
	}
}

func TestClaimOfAnotherPeriod(t *testing.T) {
	l := twoDrafts()
	claim(l, digestOf(ann, reminder.Weekly, id), us, monday, "old")
	d := digestOf(ann, reminder.Weekly, id)
	d.Period = monday.AddDate(0, 0, 7)
	if got := claim(l, d, us, d.Period, "new"); got != "new" {
		t.Errorf("the next period's digest has the id %s", got)
	}
}

// What theirs has reported since is not brought back, and what this run made
// is kept.
func TestMergeOfReports(t *testing.T) {
	theirs, ours := twoDrafts(), twoDrafts()
	ours.Unreported = []Delivery{{ID: "loaded, and reported by them since"}}
	ours.Deliver(Delivered{Delivery: Delivery{ID: "ours", To: ann, At: monday}, Advisories: []string{id}})
	reported := Delivered{Delivery: Delivery{ID: "ours, written, and reported by them since", To: bob, At: monday}, Advisories: []string{id}}
	ours.Deliver(reported)
	theirs.Deliver(reported)
	theirs.Reported(monday)
	ours.ReportClaim = &Claim{ID: "settled by them since", Run: them.Run, Attempt: them.Attempt, Process: them.Process}
	m := Merge(theirs, ours, us)
	if len(m.Unreported) != 1 || m.Unreported[0].ID != "ours" || m.ReportClaim != nil {
		t.Errorf("unreported %+v, claim %+v", m.Unreported, m.ReportClaim)
	}
	ours.ReportClaim = &Claim{ID: "o", Run: us.Run, Attempt: us.Attempt, Process: us.Process}
	theirs.ReportClaim = &Claim{ID: "o", Run: us.Run, Attempt: us.Attempt, Process: us.Process}
	if m := Merge(theirs, ours, us); !m.HoldsReport(us) {
		t.Error("our claim of the report is lost")
	}
	theirs.ReportClaim = &Claim{ID: "t", Run: us.Run, Attempt: 2}
	if m := Merge(theirs, ours, us); m.HoldsReport(us) || m.ReportClaim.ID != "t" {
		t.Errorf("claim %+v, want theirs", m.ReportClaim)
	}
}

func TestRenew(t *testing.T) {
	l := twoDrafts()
	claim(l, digestOf(ann, reminder.Weekly, id), us, monday, "x")
	claim(l, digestOf(bob, reminder.Weekly, id), them, monday, "y")
	if !l.Renew(us, monday.Add(time.Minute)) || l.Renew(Holder{Run: "9/x"}, monday) {
		t.Error("Renew doesn't tell whether there was something to renew")
	}
	r := l.Advisories[id]
	if !r.Claims[ann].At.Equal(monday.Add(time.Minute)) || !r.Claims[bob].At.Equal(monday) {
		t.Errorf("claims at %v and %v", r.Claims[ann].At, r.Claims[bob].At)
	}
}

func TestMergeOfClaims(t *testing.T) {
	claim := func(h Holder, d string) *Claim {
		return &Claim{ID: d, Run: h.Run, Attempt: h.Attempt, Process: h.Process, At: monday}
	}
	over := func(c *Claim) *Claim { c.Over = true; return c }
	for _, tt := range []struct {
		name         string
		theirs, ours *Claim
		want         string // id, or empty
	}{
		{"theirs alone", claim(them, "t"), nil, "t"},
		{"taken over and delivered by them", nil, claim(us, "o"), ""},
		{"ours in both", claim(us, "o"), claim(us, "o"), "o"},
		{"delivered by us", claim(us, "o"), nil, ""},
		{"taken over by them", claim(them, "t"), claim(us, "o"), "t"},
		{"taken over and given back by them", over(claim(them, "t")), claim(us, "o"), "t"},
		{"theirs, as we have read it", nil, claim(them, "t"), ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			theirs, ours := twoDrafts(), twoDrafts()
			for l, c := range map[*Ledger]*Claim{theirs: tt.theirs, ours: tt.ours} {
				if c != nil {
					l.Advisories[id].Claims = map[reminder.Recipient]*Claim{ann: c}
				}
			}
			got := Merge(theirs, ours, us).Advisories[id].Claims[ann]
			if (got == nil) != (tt.want == "") || got != nil && got.ID != tt.want {
				t.Errorf("merged claim %+v, want %q", got, tt.want)
			}
		})
	}
}
