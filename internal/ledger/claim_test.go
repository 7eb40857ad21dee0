package ledger

import (
	"testing"
	"time"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/reminder"
)

const second = "GHSA-dddd-eeee-ffff"

var (
	us   = Holder{Run: "7/remind", Attempt: 1}
	them = Holder{Run: "8/remind", Attempt: 1}
)

func digestOf(to reminder.Recipient, c reminder.Cadence, ids ...string) reminder.Digest {
	d := reminder.Digest{To: to, Cadence: c}
	for _, id := range ids {
		d.Reminders = append(d.Reminders, reminder.Reminder{Draft: reminder.Draft{Advisory: advisory.Advisory{ID: id}}})
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
		{"of another job", Holder{Run: "7/other", Attempt: 1}, 0, Holder{Run: us.Run, Attempt: 2}, reminder.Weekly, ann, true},
		{"left behind in a locked file", them, 0, Holder{Run: us.Run, Alone: true}, reminder.Weekly, ann, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := twoDrafts()
			l.Claim(digestOf(ann, reminder.Weekly, id), tt.by, monday.Add(-tt.age), "x")
			if got := l.Blocked(tt.asking, monday)(tt.to, tt.cadence); got != tt.want {
				t.Errorf("blocked: %v, want %v", got, tt.want)
			}
		})
	}
	t.Run("released", func(t *testing.T) {
		l := twoDrafts()
		l.Claim(digestOf(ann, reminder.Weekly, id), them, monday, "x")
		l.Release(them)
		if l.Blocked(us, monday)(ann, reminder.Weekly) {
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
			l.Claim(digestOf(ann, reminder.Weekly, tt.before...), them, monday.Add(-time.Hour), "old")
			if got := l.Claim(digestOf(ann, reminder.Weekly, tt.after...), us, monday, "new"); got != tt.want {
				t.Errorf("id %s, want %s", got, tt.want)
			}
			if !l.Holds(digestOf(ann, reminder.Weekly, tt.after...), us) || l.Holds(digestOf(ann, reminder.Weekly, tt.after...), them) {
				t.Error("the claim is not ours")
			}
		})
	}
	l := twoDrafts()
	l.Claim(digestOf(ann, reminder.Weekly, id), us, monday, "old")
	l.Record(id, ann, Delivery{ID: "old", At: monday})
	if l.Holds(digestOf(ann, reminder.Weekly, id), us) {
		t.Error("a delivered reminder is still claimed")
	}
	if got := l.Claim(digestOf(ann, reminder.Weekly, id), us, monday.AddDate(0, 0, 7), "new"); got != "new" {
		t.Errorf("the next week's digest has the id %s", got)
	}
}

func TestClaimReport(t *testing.T) {
	l := New()
	if got, ok := l.ClaimReport(them, monday, "a"); got != "a" || !ok {
		t.Errorf("first claim: %s, %v", got, ok)
	}
	if _, ok := l.ClaimReport(us, monday.Add(ClaimLife-time.Second), "b"); ok {
		t.Error("a live claim was taken over")
	}
	if got, ok := l.ClaimReport(us, monday.Add(ClaimLife), "b"); got != "a" || !ok {
		t.Errorf("a void claim: %s, %v, want its id", got, ok)
	}
	l.Release(us)
	if got, ok := l.ClaimReport(them, monday.Add(ClaimLife), "c"); got != "a" || !ok {
		t.Errorf("a released claim: %s, %v, want its id", got, ok)
	}
}

func TestRenew(t *testing.T) {
	l := twoDrafts()
	l.Claim(digestOf(ann, reminder.Weekly, id), us, monday, "x")
	l.Claim(digestOf(bob, reminder.Weekly, id), them, monday, "y")
	if !l.Renew(us, monday.Add(time.Minute)) || l.Renew(Holder{Run: "9/x"}, monday) {
		t.Error("Renew doesn't tell whether there was something to renew")
	}
	r := l.Advisories[id]
	if !r.Claims[ann].At.Equal(monday.Add(time.Minute)) || !r.Claims[bob].At.Equal(monday) {
		t.Errorf("claims at %v and %v", r.Claims[ann].At, r.Claims[bob].At)
	}
}

func TestMergeOfClaims(t *testing.T) {
	claim := func(h Holder, d string) *Claim { return &Claim{ID: d, Run: h.Run, Attempt: h.Attempt, At: monday} }
	over := func(c *Claim) *Claim { c.Over = true; return c }
	for _, tt := range []struct {
		name         string
		theirs, ours *Claim
		want         string // id, or empty
	}{
		{"theirs alone", claim(them, "t"), nil, "t"},
		{"ours alone", nil, claim(us, "o"), "o"},
		{"ours in both", claim(us, "o"), claim(us, "o"), "o"},
		{"delivered by us", claim(us, "o"), nil, ""},
		{"taken over by them", claim(them, "t"), claim(us, "o"), "t"},
		{"given back by them", over(claim(them, "t")), claim(us, "o"), "o"},
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
