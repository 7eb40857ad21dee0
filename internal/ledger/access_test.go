package ledger

import (
	"slices"
	"testing"
	"time"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/reminder"
)

const core = reminder.Recipient("team:acme/core")

// knowing returns a ledger with these collaborators of one advisory.
func knowing(list ...Collaborator) *Ledger {
	l := with()
	l.Advisories[ghsa].Collaborators = slices.Clone(list)
	return l
}

// Of a collaborator the later observation counts, and the first announcement,
// whichever run merges.
func TestMergeOfCollaborators(t *testing.T) {
	at := func(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute) }
	for name, tt := range map[string]struct{ one, other, want []Collaborator }{
		"nobody and somebody":          {nil, []Collaborator{{Who: ann, Seen: at(1)}}, []Collaborator{{Who: ann, Seen: at(1)}}},
		"two":                          {[]Collaborator{{Who: core, Seen: at(1)}}, []Collaborator{{Who: ann, Seen: at(1)}}, []Collaborator{{Who: core, Seen: at(1)}, {Who: ann, Seen: at(1)}}},
		"seen twice":                   {[]Collaborator{{Who: ann, Seen: at(1)}}, []Collaborator{{Who: ann, Seen: at(2)}}, []Collaborator{{Who: ann, Seen: at(2)}}},
		"seen, and removed later":      {[]Collaborator{{Who: ann, Seen: at(1)}}, []Collaborator{{Who: ann, Seen: at(1), Gone: at(2)}}, []Collaborator{{Who: ann, Seen: at(1), Gone: at(2)}}},
		"removed, and seen later":      {[]Collaborator{{Who: ann, Seen: at(3)}}, []Collaborator{{Who: ann, Seen: at(1), Gone: at(2)}}, []Collaborator{{Who: ann, Seen: at(3), Gone: at(2)}}},
		"announced twice":              {[]Collaborator{{Who: ann, Announced: at(3)}}, []Collaborator{{Who: ann, Announced: at(2)}}, []Collaborator{{Who: ann, Announced: at(2)}}},
		"announced by one":             {[]Collaborator{{Who: ann}}, []Collaborator{{Who: ann, Announced: at(2)}}, []Collaborator{{Who: ann, Announced: at(2)}}},
		"owed twice":                   {[]Collaborator{{Who: ann, Owed: at(3)}}, []Collaborator{{Who: ann, Owed: at(2)}}, []Collaborator{{Who: ann, Owed: at(3)}}},
		"said by one":                  {[]Collaborator{{Who: ann, Gone: at(1), GoneSaid: at(2)}}, []Collaborator{{Who: ann, Gone: at(1)}}, []Collaborator{{Who: ann, Gone: at(1), GoneSaid: at(2)}}},
		"an account that one knows":    {[]Collaborator{{Who: ann, Account: 7}}, []Collaborator{{Who: ann, Seen: at(1)}}, []Collaborator{{Who: ann, Account: 7, Seen: at(1)}}},
		"one who has renamed":          {[]Collaborator{{Who: "user:old", Account: 7, Seen: at(1)}}, []Collaborator{{Who: "user:new", Account: 7, Seen: at(2)}}, []Collaborator{{Who: "user:new", Account: 7, Seen: at(2)}}},
		"two who bore the same login":  {[]Collaborator{{Who: ann, Account: 7}}, []Collaborator{{Who: ann, Account: 8}}, []Collaborator{{Who: ann, Account: 7}, {Who: ann, Account: 8}}},
		"a field of another version":   {[]Collaborator{{Who: ann, Unknown: []byte(`{"later":1}`)}}, []Collaborator{{Who: ann, Seen: at(1)}}, []Collaborator{{Who: ann, Seen: at(1), Unknown: []byte(`{"later":1}`)}}},
		"what one run has written":     {[]Collaborator{{Who: ann, Seen: at(1)}}, []Collaborator{{Who: ann, Seen: at(1)}}, []Collaborator{{Who: ann, Seen: at(1)}}},
		"what a wrong clock announced": {[]Collaborator{{Who: ann, Announced: at(9000)}}, []Collaborator{{Who: ann, Announced: at(2)}}, []Collaborator{{Who: ann, Announced: at(2)}}},
	} {
		for _, pair := range [][2][]Collaborator{{tt.one, tt.other}, {tt.other, tt.one}} {
			l := copyOf(t, knowing(pair[0]...))
			l.merge(copyOf(t, knowing(pair[1]...)), Claimant{}, at(60))
			same(t, name, l.Advisories[ghsa].Collaborators, tt.want)
		}
	}
}

// Who was a collaborator once is known to have been removed, until somebody adds them
// again; an account that bears another's login is somebody else.
func TestCollaborators(t *testing.T) {
	l := with()
	at := noon
	see := func(list ...Collaborator) {
		at = at.Add(time.Hour)
		l.SeeCollaborators(ghsa, list, at)
	}
	check := func(when string, who Collaborator, is, removed bool) {
		t.Helper()
		if c := l.Collaborator(ghsa, who.Who, who.Account); c.Is() != is || c.Removed() != removed {
			t.Errorf("%s, %v collaborates: %v, was removed: %v", when, who, c.Is(), c.Removed())
		}
	}
	a, team := Collaborator{Who: ann, Account: 7}, Collaborator{Who: core}
	check("at first", a, false, false)
	l.Announce(ghsa, ann, 7, at)
	check("announced", a, false, false)
	see(a, team)
	check("seen", a, true, false)
	check("seen", team, true, false)
	check("seen", Collaborator{Who: ann, Account: 8}, false, false)
	see(team)
	check("removed", a, false, true)
	check("removed", Collaborator{Who: "user:renamed", Account: 7}, false, true)
	check("removed", Collaborator{Who: ann, Account: 8}, false, false)
	if c := l.Collaborator(ghsa, ann, 7); c.Said() {
		t.Error("a report has said so already")
	}
	l.SayRemoved(ghsa, ann, 7, at.Add(time.Minute))
	if c := l.Collaborator(ghsa, ann, 7); !c.Said() || c.Announced != noon {
		t.Errorf("%+v, want that a report has said so, and when it was announced first", c)
	}
	see(team)
	see(Collaborator{Who: "user:renamed", Account: 7})
	check("added by hand", a, true, false)
	check("added by hand", team, false, true)
	see()
	if c := l.Collaborator(ghsa, ann, 7); !c.Removed() || c.Said() {
		t.Errorf("removed again: %+v", c)
	}
	l.Announce(ghsa, ann, 7, at)
	if c := l.Collaborator(ghsa, ann, 7); c.Announced != noon {
		t.Errorf("announced %v, want when it was first", c.Announced)
	}
}

// A time that lies ahead does not count as an announcement; that somebody was
// removed stays true.
func TestDisbelievedCollaborators(t *testing.T) {
	far := noon.AddDate(1, 0, 0)
	l := knowing(Collaborator{Who: ann, Announced: far, GoneSaid: far}, Collaborator{Who: core, Seen: far},
		Collaborator{Who: "user:bob", Seen: noon, Gone: far}, Collaborator{Who: "user:cy", Seen: far.Add(-time.Hour), Gone: far}, Collaborator{Who: "user:dee", Announced: noon.Add(5 * time.Minute)})
	if !l.Disbelieve(noon) || l.Disbelieve(noon) {
		t.Error("it says nothing, or once more")
	}
	for who, want := range map[reminder.Recipient][3]bool{ann: {}, core: {true}, "user:bob": {false, true}, "user:cy": {false, true}, "user:dee": {false, false, true}} {
		c := l.Collaborator(ghsa, who, 0)
		if got := [3]bool{c.Is(), c.Removed(), !c.Announced.IsZero()}; got != want {
			t.Errorf("%s collaborates, was removed, was announced: %v, want %v", who, got, want)
		}
	}
}

// Access is claimed like a delivery, and tells nobody of anything.
func TestAccessTellsNobody(t *testing.T) {
	access := func(change ...func(*Delivery)) *Delivery {
		return digest(append([]func(*Delivery){func(d *Delivery) { d.Kind, d.Cadence = Access, "" }}, change...)...)
	}
	l := with(access(ended(Accepted, time.Minute)))
	if told := l.Told("")(ghsa, ann); !told.At.IsZero() || l.Met()(ann) || len(l.Unreported()) != 0 || len(l.Given()) != 1 {
		t.Errorf("told %v, met %v, %d digests and %d times access", told, l.Met()(ann), len(l.Unreported()), len(l.Given()))
	}
	l.Say("d1")
	l.Prune(noon.Add(time.Hour), nil)
	if len(l.Deliveries) != 0 {
		t.Error("access that was given and reported is kept")
	}

	l = with(access())
	weekly := reminder.Digest{To: ann, Cadence: reminder.Weekly, Reminders: []reminder.Reminder{{Draft: &reminder.Draft{Advisory: &advisory.Advisory{ID: ghsa}}}}}
	if l.Blocked(runB, noon)(weekly) {
		t.Error("it holds a digest back")
	}
	for name, tt := range map[string]struct {
		c     Claimant
		after time.Duration
		want  bool
	}{
		"another run":        {runB, 0, true},
		"within its life":    {runB, ClaimLife - time.Second, true},
		"at its end":         {runB, ClaimLife, false},
		"its own":            {runA, 0, false},
		"a later attempt":    {runAAgain, 0, false},
		"one that is locked": {Claimant{Alone: true}, 0, false},
	} {
		if got := l.AccessBlocked(tt.c, noon.Add(tt.after))(ghsa); got != tt.want {
			t.Errorf("%s is held back: %v", name, got)
		}
	}
	if l.AccessBlocked(runB, noon)(two) {
		t.Error("another draft is held back")
	}

	l = with(access(ended(Refused, time.Hour)))
	l.Prune(noon.Add(2*time.Hour), nil)
	for after, want := range map[time.Duration]bool{time.Hour - time.Second: true, time.Hour: true, time.Hour + time.Second: false} {
		if l.AccessRefused(ghsa, ann, noon.Add(after)) != want {
			t.Errorf("refused since %v: not %v", after, want)
		}
	}
	if l.AccessRefused(two, ann, noon) || l.AccessRefused(ghsa, core, noon) || with(digest(ended(Refused, time.Hour))).AccessRefused(ghsa, ann, noon) {
		t.Error("another pair, or a digest, counts as refused")
	}
}

// What an earlier run asked for counts as given where they collaborate now.
func TestGranted(t *testing.T) {
	for name, tt := range map[string]struct {
		record *Delivery
		is     bool
		after  time.Duration
		want   bool
	}{
		"lost":                     {digest(ended(Unclear, time.Minute)), true, time.Hour, true},
		"of a run that died":       {digest(), true, ClaimLife, true},
		"of one that is at work":   {digest(), true, ClaimLife - time.Second, false},
		"lost, and not in":         {digest(ended(Unclear, time.Minute)), false, time.Hour, false},
		"refused, added by hand":   {digest(ended(Refused, time.Minute)), true, time.Hour, false},
		"lost, of another account": {digest(ended(Unclear, time.Minute), func(d *Delivery) { d.Accounts = []int64{8} }), true, time.Hour, false},
	} {
		tt.record.Kind = Access
		l := with(tt.record)
		if tt.is {
			l.SeeCollaborators(ghsa, []Collaborator{{Who: ann, Account: 7}}, noon.Add(tt.after))
		}
		l.Granted(runB, noon.Add(tt.after))
		if got := len(l.Given()) == 1; got != tt.want {
			t.Errorf("%s: given %v", name, got)
		}
	}
}

// Who is spared is taken out of a delivery with all that the record holds of them.
func TestSpare(t *testing.T) {
	full := func() *Delivery {
		return digest(func(d *Delivery) {
			d.To, d.Accounts = []reminder.Recipient{ann, "user:bob", core}, []int64{7, 8, 0}
			d.Advisories, d.Nth = []string{ghsa, two}, []int32{1, 2, 3, 4, 5, 6}
			d.First = []First{{To: "user:bob"}, {To: core}}
		})
	}
	l := with(full())
	l.Spare("d1", []reminder.Recipient{"user:bob", "user:nobody"})
	same(t, "spared", l.Deliveries, []*Delivery{digest(func(d *Delivery) {
		d.To, d.Accounts = []reminder.Recipient{ann, core}, []int64{7, 0}
		d.Advisories, d.Nth = []string{ghsa, two}, []int32{1, 2, 5, 6}
		d.First = []First{{To: core}}
	})})
	if len(l.open["user:bob"])+len(l.open[ann]) != 1 {
		t.Error("who was spared is still claimed")
	}
	l.Spare("d1", []reminder.Recipient{ann, core})
	l.Spare("none", nil)
	if len(l.Deliveries) != 0 {
		t.Error("a delivery to nobody is left")
	}
}

// People go by the login of their account, and whose login another account bears is
// somebody else.
func TestIdentifiedCollaborators(t *testing.T) {
	l := knowing(Collaborator{Who: ann, Account: 7, Seen: noon}, Collaborator{Who: "user:bob", Account: 8}, Collaborator{Who: core})
	l.Identify(map[string]int64{"anna": 7, "ann": 9, "bob": 8})
	var got []reminder.Recipient
	for _, c := range l.Advisories[ghsa].Collaborators {
		got = append(got, c.Who)
	}
	if want := []reminder.Recipient{"user:anna", "user:bob", core}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	told := with(digest(func(d *Delivery) {
		d.Accounts, d.First = []int64{7}, []First{{To: ann, Route: "CODEOWNERS"}, {To: core}}
	}))
	told.Identify(map[string]int64{"anna": 7})
	if first := told.Deliveries[0].First; first[0].To != "user:anna" || first[1].To != core {
		t.Errorf("told for the first time: %+v", first)
	}
	if l.Collaborator(ghsa, ann, 9).Removed() || l.Collaborator(ghsa, ann, 9).Is() {
		t.Error("another account of that login is taken for the one that was seen")
	}
}
