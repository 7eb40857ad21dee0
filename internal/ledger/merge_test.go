package ledger

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/reminder"
)

// states are those of one delivery, as one run or the other has it, each of them
// weaker than all after it.
var states = []struct {
	name string
	*Delivery
}{
	{"of an outcome that this version does not know", digest(func(d *Delivery) { d.Outcome = "a new one" })},
	{"claimed", digest()},
	{"claimed and renewed", digest(by(runA, 1, 5*time.Minute))},
	{"refused", digest(ended(Refused, time.Minute))},
	{"unclear", digest(ended(Unclear, time.Minute))},
	{"accepted at a time that is not believed", digest(ended(Accepted, 3*365*24*time.Hour))},
	{"claimed by a later attempt", digest(by(runAAgain, 2, 16*time.Minute))},
	{"refused by a later attempt", digest(by(runAAgain, 2, 16*time.Minute), ended(Refused, 17*time.Minute))},
	{"unclear in a later attempt", digest(by(runAAgain, 2, 16*time.Minute), ended(Unclear, 17*time.Minute))},
	{"claimed by a third", digest(by(runB, 3, 40*time.Minute))},
	{"accepted", digest(ended(Accepted, time.Minute))},
	{"accepted in a later attempt too", digest(by(runAAgain, 2, 16*time.Minute), ended(Accepted, 17*time.Minute))},
}

// Of one delivery, accepted wins over everything, else the later attempt, and
// within an attempt what is known better; whichever run merges.
func TestMergeOfOneDelivery(t *testing.T) {
	now := noon.Add(time.Hour)
	for i, weak := range states {
		for _, strong := range states[i:] {
			want := *strong.Delivery
			for _, d := range []*Delivery{weak.Delivery, strong.Delivery} {
				if d.At.After(now) {
					want.Void = max(want.Void, d.Claims)
				}
			}
			for _, pair := range [][2]*Delivery{{weak.Delivery, strong.Delivery}, {strong.Delivery, weak.Delivery}} {
				l := with(pair[0])
				l.merge(with(pair[1]), Claimant{}, now)
				same(t, weak.name+" and "+strong.name, l.Deliveries, []*Delivery{&want})
			}
		}
	}
}

// Of three records of one delivery the same counts, in whichever order they meet.
// Where only some runs have marked a time as false, the mark wins in any order.
func TestMergeInAnyOrder(t *testing.T) {
	var agreed, disputed []*Delivery
	for _, s := range states {
		d := *s.Delivery
		if d.At.After(noon.AddDate(1, 0, 0)) {
			d.At = noon.Add(time.Minute)
			marked := d
			marked.Void = d.Claims
			disputed = append(disputed, &d, &marked)
			continue
		}
		agreed = append(agreed, &d)
	}
	orders := func(list []*Delivery, check func(want, got *Delivery)) {
		for _, a := range list {
			for _, b := range list {
				for _, c := range list {
					want := better(better(a, b), c)
					for _, got := range []*Delivery{better(a, better(b, c)), better(better(c, b), a), better(better(a, c), b)} {
						check(want, got)
					}
				}
			}
		}
	}
	orders(agreed, func(want, got *Delivery) { same(t, "in another order", got, want) })
	orders(append(disputed, agreed...), func(want, got *Delivery) {
		if want.accepted() != got.accepted() {
			t.Errorf("told %v and in another order %v", want, got)
		}
	})
}

// What one side knows of a delivery besides its outcome is kept: that a report
// has named it, refusals, fields of other versions.
func TestMergeKeepsWhatEitherSideKnows(t *testing.T) {
	accepted := ended(Accepted, time.Minute)
	one, other := Refusal{"slack", "01", "weekly", noon}, Refusal{"email", "02", "weekly", noon}
	ours := digest(accepted, func(d *Delivery) { d.Refusals, d.Tried = []Refusal{one}, noon.Add(-time.Hour) })
	theirs := digest(func(d *Delivery) {
		d.Refusals, d.Said, d.Unknown, d.Tried = []Refusal{one, other}, true, []byte(`{"later":1}`), noon
	})
	want := digest(accepted, func(d *Delivery) {
		d.Refusals, d.Said, d.Unknown, d.Tried = []Refusal{one, other}, true, []byte(`{"later":1}`), noon
	})
	for _, pair := range [][2]*Delivery{{ours, theirs}, {theirs, ours}} {
		l := with(pair[0])
		l.merge(with(pair[1]), runA, noon)
		same(t, "merged", l.Deliveries, []*Delivery{want})
	}
}

// A mark of disbelief is of one attempt: a later one whose time is true counts.
func TestADeliveryThatIsRepeatedIsBelievedAgain(t *testing.T) {
	l := with(digest(ended(Accepted, 400*24*time.Hour)))
	l.Disbelieve(noon)
	branch := copyOf(t, l)
	d := l.Claim(*digest(), runB, noon, noon.AddDate(0, 0, -2))
	if d.ID != "d1" || !d.Perhaps {
		t.Errorf("the repetition has the id %s, want that of the delivery that nobody believes", d.ID)
	}
	claimed := copyOf(t, l)
	l.settle(d, Result{Outcome: Accepted, Channel: "email"}, noon.Add(time.Second))
	for _, theirs := range []*Ledger{branch, claimed} {
		l.merge(copyOf(t, theirs), runB, noon.Add(time.Minute))
		if l.Disbelieve(noon.Add(time.Minute)) || l.Told("")(ghsa, ann).At != noon.Add(time.Second) {
			t.Errorf("told at %v, want %v", l.Told("")(ghsa, ann).At, noon.Add(time.Second))
		}
	}
}

// Of two holders' claims of one reminder the one that is on the branch stays.
func TestTheClaimOnTheBranchStays(t *testing.T) {
	a, b := digest(), digest(by(runB, 1, time.Second))
	for _, tt := range []struct {
		me           Claimant
		ours, branch *Delivery
	}{{runA, a, b}, {runB, b, a}} {
		l := with(tt.ours)
		l.merge(with(tt.branch), tt.me, noon)
		same(t, "merged", l.Deliveries, []*Delivery{tt.branch})
		if tt.me.holds(l.byID("d1")) {
			t.Error("the run believes that it holds the claim")
		}
	}
}

// A claim that another run has dropped, since it told the same meanwhile, is
// nobody's any more, though the run that stood still renews it.
func TestAClaimThatIsGoneIsNotHeld(t *testing.T) {
	l := with(digest())
	branch := with(digest(func(d *Delivery) { d.ID = "d2" }, by(runB, 1, 16*time.Minute), ended(Accepted, 17*time.Minute)))
	l.renew(runA, noon.Add(30*time.Minute))
	l.merge(branch, runA, noon.Add(30*time.Minute))
	if runA.holds(l.byID("d1")) {
		t.Error("the run still holds a claim that is not on the branch")
	}
	if got := l.Told("")(ghsa, ann).At; got != noon.Add(17*time.Minute) {
		t.Errorf("told at %v", got)
	}
}

// What a run has let go does not come back from the branch, and what another has
// taken over does.
func TestAClaimThatWasLetGoStaysAway(t *testing.T) {
	l := with(digest())
	l.release(runA)
	l.merge(with(digest()), runA, noon)
	same(t, "let go", l.Deliveries, []*Delivery{})
	l.merge(with(digest(by(runB, 2, 16*time.Minute))), runA, noon.Add(16*time.Minute))
	same(t, "taken over", l.Deliveries, []*Delivery{digest(by(runB, 2, 16*time.Minute))})
}

// Merging is idempotent, and the same whichever of two ledgers takes in the
// other.
func TestMergeOfTwoLedgers(t *testing.T) {
	now := noon.Add(time.Hour)
	a := with(digest(ended(Accepted, time.Minute)), digest(func(d *Delivery) { d.ID, d.To = "d2", []reminder.Recipient{ben} }))
	a.LastRun, a.Advisories[ghsa].LastSeen = noon, noon
	a.Advisories[ghsa].SnoozeSaid, a.Advisories[ghsa].Moved, a.Advisories[ghsa].Before = noon.Add(-time.Hour), noon, map[reminder.Recipient]int32{ann: 2}
	a.End(two, "published", noon)
	a.SayResolved(two)
	b := with(digest(ended(Unclear, time.Minute)), digest(func(d *Delivery) { d.ID, d.Kind, d.To = "d3", Report, []reminder.Recipient{reminder.SWG} }))
	b.FirstRun, b.LastRun, b.Advisories[ghsa].LastSeen = noon.AddDate(-2, 0, 0), noon.Add(time.Minute), noon.Add(time.Minute)
	b.Advisories[ghsa].Opened = noon.AddDate(-2, 0, 0)
	b.End(two, "published", noon.Add(time.Minute))
	b.Advisories[ghsa].Unknown = []byte(`{"later":1}`)
	b.Unknown = []byte(`{"later":2}`)

	a.Accounts, b.Accounts = map[string]int64{"ann": 1}, map[string]int64{"ben": 2}

	ab, ba := copyOf(t, a), copyOf(t, b)
	ab.merge(copyOf(t, b), Claimant{}, now)
	ba.merge(copyOf(t, a), Claimant{}, now)
	same(t, "the other way round", ba, ab)
	again := copyOf(t, ab)
	again.merge(copyOf(t, b), Claimant{}, now)
	again.merge(copyOf(t, a), Claimant{}, now)
	again.merge(copyOf(t, ab), Claimant{}, now)
	same(t, "once more", again, ab)

	want := &Advisory{
		Repository: "acme/widget", Scope: "org:acme", Opened: noon.AddDate(-2, 0, 0), LastSeen: noon.Add(time.Minute),
		Moved: noon, Before: map[reminder.Recipient]int32{ann: 2}, SnoozeSaid: noon.Add(-time.Hour), Unknown: []byte(`{"later":1}`),
	}
	same(t, "the draft", ab.Advisories[ghsa], want)
	if a := ab.Advisories[two]; !a.ResolvedSaid || a.LastSeen != noon.Add(time.Minute) {
		t.Errorf("the resolved one: %+v", a)
	}
	if len(ab.Accounts) != 2 {
		t.Errorf("accounts %v", ab.Accounts)
	}
	if ab.FirstRun != noon.AddDate(-2, 0, 0) || ab.LastRun != noon.Add(time.Minute) || string(ab.Unknown) != `{"later":2}` {
		t.Errorf("the whole: first run %v, last run %v, %s", ab.FirstRun, ab.LastRun, ab.Unknown)
	}
}

// A state that has been said is not said again because another run has seen it
// too; another state, and a draft that is one again, is news.
func TestMergeOfResolvedSaid(t *testing.T) {
	type side struct {
		state advisory.State
		said  bool
	}
	for _, tt := range []struct {
		name           string
		earlier, later side
		want           bool
	}{
		{"said earlier, seen again", side{"published", true}, side{"published", false}, true},
		{"said later", side{"published", false}, side{"published", true}, true},
		{"in another state since", side{"closed", true}, side{"published", false}, false},
		{"a draft again", side{"published", true}, side{"", false}, false},
		{"said by nobody", side{"published", false}, side{"published", false}, false},
	} {
		make := func(s side, at time.Time) *Ledger {
			l := with()
			l.End(two, s.state, at)
			l.Advisories[two].ResolvedSaid = s.said
			return l
		}
		for _, pair := range [][2]*Ledger{
			{make(tt.earlier, noon), make(tt.later, noon.Add(time.Minute))},
			{make(tt.later, noon.Add(time.Minute)), make(tt.earlier, noon)},
		} {
			pair[0].merge(pair[1], runA, noon)
			if a := pair[0].Advisories[two]; a.State != tt.later.state || a.ResolvedSaid != tt.want {
				t.Errorf("%s: state %q, said %v", tt.name, a.State, a.ResolvedSaid)
			}
		}
	}
}

// A delivery that has been reported and is the last of none of its pairs is
// dropped, and if a merge brings it back, nothing changes.
func TestADroppedDeliveryThatComesBackChangesNothing(t *testing.T) {
	early := digest(ended(Accepted, -14*24*time.Hour), by(runA, 1, -14*24*time.Hour), func(d *Delivery) {
		d.ID, d.First = "old", []First{{To: ann, Route: "CODEOWNERS", Repositories: []string{"acme/widget"}}}
	})
	late := digest(ended(Accepted, -7*24*time.Hour), by(runB, 1, -7*24*time.Hour), func(d *Delivery) { d.ID, d.Nth, d.Earlier = "new", []int32{2}, []string{"1/remind"} })
	ours := with(early, late) // has read it before the report that named it was written
	theirs := with(early, late)
	theirs.Say("old")
	theirs.Say("new")
	theirs.Prune(noon, nil)
	same(t, "what is left", theirs.Deliveries, []*Delivery{digest(func(d *Delivery) { *d = *late; d.Said = true })})

	me := Claimant{Holder: Holder{Run: "3/remind", Attempt: 1, Process: "d"}}
	ours.merge(copyOf(t, theirs), me, noon)
	if n := len(ours.Unreported()); n > 0 {
		t.Errorf("%d deliveries would be reported again", n)
	}
	for _, l := range []*Ledger{ours, theirs} {
		if got, want := l.Told("1/remind")(ghsa, ann), (reminder.Told{At: noon.AddDate(0, 0, -7), Times: 2, ThisRun: true}); got != want {
			t.Errorf("told %+v, want %+v", got, want)
		}
	}
}

// What another run has delivered while a report was on its way is not said by it.
func TestAReportSaysNothingOfWhatCameMeanwhile(t *testing.T) {
	l := with(digest(ended(Accepted, time.Minute)))
	var named []string
	for _, d := range l.Unreported() {
		named = append(named, d.ID)
	}
	first := []First{{To: ben, Route: "CODEOWNERS", Repositories: []string{"acme/widget"}}}
	meanwhile := digest(by(runB, 1, 0), ended(Accepted, 2*time.Minute), func(d *Delivery) { d.ID, d.To, d.First = "d2", []reminder.Recipient{ben}, first })
	l.merge(with(digest(ended(Accepted, time.Minute)), meanwhile), runA, noon)
	for _, id := range named {
		l.Say(id)
	}
	left := l.Unreported()
	if len(left) != 1 || left[0].ID != "d2" || !reflect.DeepEqual(left[0].First, first) {
		t.Errorf("unreported: %+v, want d2 with its first-time notice", left)
	}
}

// Records are dropped when they say nothing any more, and not before.
func TestWhichDeliveriesAreDropped(t *testing.T) {
	said := func(d *Delivery) { d.Said = true }
	report := func(id string) func(*Delivery) {
		return func(d *Delivery) { d.ID, d.Kind, d.To = id, Report, []reminder.Recipient{reminder.SWG} }
	}
	told := digest(func(d *Delivery) { d.ID, d.Said = "told", true }, ended(Accepted, time.Minute))
	refusal := func(d *Delivery) { d.Refusals = []Refusal{{"email", "01", "weekly", noon}} }
	old := by(runA, 1, -218*24*time.Hour) // a little more than seven months
	for _, tt := range []struct {
		name string
		d    *Delivery
		more []*Delivery
		end  bool // the advisory is no draft any more
		want bool
	}{
		{"accepted, reported, the last of its pair", digest(ended(Accepted, 0), said), nil, false, true},
		{"accepted, reported, not the last", digest(ended(Accepted, 0), said), []*Delivery{told}, false, false},
		{"accepted, not reported, not the last", digest(ended(Accepted, 0)), []*Delivery{told}, false, true},
		{"accepted at a time that nobody believes", digest(ended(Accepted, 0), func(d *Delivery) { d.Void = 1 }), nil, false, true},
		{"the same, told since", digest(ended(Accepted, 0), func(d *Delivery) { d.Void = 1 }), []*Delivery{told}, false, false},
		{"claimed, nobody told since", digest(), nil, false, true},
		{"claimed, told since", digest(), []*Delivery{told}, false, false},
		{"claimed, told before", digest(by(runA, 1, 2*time.Minute)), []*Delivery{told}, false, true},
		{"unclear, nobody told since", digest(ended(Unclear, 0)), nil, false, true},
		{"unclear, of what is resolved and may be opened again", digest(ended(Unclear, 0)), nil, true, true},
		{"unclear, seven months ago", digest(ended(Unclear, 0), old), nil, false, false},
		{"a refusal, told since", digest(ended(Refused, 0), refusal), []*Delivery{told}, false, true},
		{"a refusal, seven months ago", digest(ended(Refused, 0), refusal, old), nil, false, false},
		{"the last report", digest(report("d1"), ended(Accepted, 0)), nil, true, true},
		{"a report before the last", digest(report("d1"), ended(Accepted, 0)), []*Delivery{digest(report("later"), ended(Accepted, time.Minute))}, true, false},
	} {
		l := with(append(tt.more, tt.d)...)
		if tt.end {
			l.End(ghsa, "published", noon)
		}
		l.Prune(noon.Add(time.Hour), nil)
		if got := l.byID("d1") != nil; got != tt.want {
			t.Errorf("%s: kept %v, want %v", tt.name, got, tt.want)
		}
	}
}

// An advisory is forgotten 13 months after it was a draft last, or at once where the
// configuration says so and it was not seen.
func TestWhichAdvisoriesAreForgotten(t *testing.T) {
	for _, tt := range []struct {
		name   string
		state  advisory.State
		seen   time.Time
		forget bool
		kept   bool
	}{
		{"a draft, never seen again", "", noon.AddDate(-5, 0, 0), false, true},
		{"resolved 13 months ago", "published", noon.AddDate(0, -13, 0), false, true},
		{"resolved before that", "published", noon.AddDate(0, -13, 0).Add(-1), false, false},
		{"to be forgotten", "", noon.Add(-1), true, false},
		{"to be forgotten, and seen", "", noon, true, true},
	} {
		l := with()
		l.Advisories[ghsa].State, l.Advisories[ghsa].LastSeen = tt.state, tt.seen
		var forget []string
		if tt.forget {
			forget = []string{ghsa}
		}
		l.Prune(noon, forget)
		if kept := l.Advisories[ghsa] != nil; kept != tt.kept {
			t.Errorf("%s: kept %v, want %v", tt.name, kept, tt.kept)
		}
		sought := slices.ContainsFunc(l.Sightings(forget), func(s advisory.Sighting) bool { return s.ID == ghsa })
		if want := tt.kept && tt.state == "" && !tt.forget; sought != want {
			t.Errorf("%s: looked for %v, want %v", tt.name, sought, want)
		}
	}
}
