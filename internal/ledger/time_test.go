package ledger

import (
	"slices"
	"testing"
	"time"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/reminder"
)

// aheads are times after the run's clock, and whether they are believed.
var aheads = []struct {
	name string
	time.Duration
	believed bool
}{
	{"just under five minutes", 5*time.Minute - 1, true},
	{"five minutes", 5 * time.Minute, true},
	{"just over five minutes", 5*time.Minute + 1, false},
	{"16 minutes", 16 * time.Minute, false},
	{"30 days", 30 * 24 * time.Hour, false},
	{"3 years", 3 * 365 * 24 * time.Hour, false},
}

// An accepted delivery whose time lies ahead counts as never, and for good: it
// stays so when that time has come, and in every merge.
func TestATimeAheadCountsAsNeverForGood(t *testing.T) {
	for _, tt := range aheads {
		l := with(digest(ended(Accepted, tt.Duration)))
		unmarked := copyOf(t, l)
		if got := l.Disbelieve(noon); got == tt.believed {
			t.Errorf("%s: Disbelieve = %v", tt.name, got)
		}
		later := noon.Add(tt.Duration + time.Hour)
		into := copyOf(t, l)
		into.merge(copyOf(t, unmarked), runB, later)
		from := copyOf(t, unmarked)
		from.merge(copyOf(t, l), runB, later)
		for what, l := range map[string]*Ledger{"marked": l, "written and read": copyOf(t, l), "merged": into, "merged the other way": from} {
			l.Disbelieve(later)
			if told := !l.Told("")(ghsa, ann).At.IsZero(); told != tt.believed {
				t.Errorf("%s, %s: told %v", tt.name, what, told)
			}
			if reported := len(l.Unreported()) == 1; reported != tt.believed {
				t.Errorf("%s, %s: to be reported %v", tt.name, what, reported)
			}
		}
	}
}

// A claim, a report and a refusal of a time ahead hold nothing back either.
func TestNothingOfATimeAheadHoldsBack(t *testing.T) {
	for _, tt := range aheads {
		l := with(
			digest(by(runA, 1, tt.Duration)),
			digest(func(d *Delivery) { d.ID, d.Kind, d.To = "r1", Report, []reminder.Recipient{reminder.SWG} }, ended(Accepted, tt.Duration)),
			digest(func(d *Delivery) {
				d.ID, d.To, d.Outcome, d.At = "d2", []reminder.Recipient{ben}, Refused, noon
				d.Refusals = []Refusal{{"email", AddressSum("ben@example.org"), "weekly", noon.Add(tt.Duration)}}
			}),
		)
		l.Deliveries = append(l.Deliveries, &Delivery{ID: "a1", Kind: Access, To: []reminder.Recipient{ben}, Advisories: []string{ghsa},
			Claims: 1, Since: noon, Outcome: Refused, At: noon.Add(tt.Duration)})
		l.index()
		l.LastRun, l.FirstRun = noon.Add(tt.Duration), noon.Add(tt.Duration)
		l.UseIssue("acme/ops", 7, noon.Add(tt.Duration))
		a := l.Advisories[ghsa]
		a.LeftOut = noon.Add(tt.Duration)
		a.Opened, a.LastSeen, a.Moved, a.SnoozeSaid = noon.Add(tt.Duration), noon.Add(tt.Duration), noon.Add(tt.Duration), noon.Add(tt.Duration)
		l.Disbelieve(noon)
		for _, l := range []*Ledger{l, copyOf(t, l)} {
			digest := reminder.Digest{To: ann, Cadence: reminder.Weekly}
			for _, got := range []struct {
				what string
				is   bool
			}{
				{"a claim holds back", l.Blocked(runB, noon)(digest)},
				{"a report counts", !l.LastReport().IsZero()},
				{"a refusal counts", l.Refused(reminder.Weekly, noon.Add(-time.Hour))("email", "Ben@example.org")},
				{"the last run counts", !l.LastRun.IsZero()},
				{"the first run counts", l.FirstRun.After(noon)},
				{"an opening counts", l.Advisories[ghsa].Opened.After(noon)},
				{"a sight counts", l.Advisories[ghsa].LastSeen.After(noon)},
				{"a change counts", l.Advisories[ghsa].Moved.After(noon)},
				{"that access was refused counts", l.AccessRefused(ghsa, ben, noon.Add(-time.Hour))},
				{"the issue's time counts", !l.Issue.Since.IsZero()},
				{"that the list lacks a draft was said", !l.Advisories[ghsa].LeftOut.IsZero()},
				{"the end of a snooze counts", l.Advisories[ghsa].SnoozeSaid.After(noon)},
			} {
				if got.is != tt.believed {
					t.Errorf("%s ahead: %s: %v", tt.name, got.what, got.is)
				}
			}
		}
	}
}

// A claim holds other runs back for 15 minutes, or for as long as a test says; a
// re-run and a run that is alone are not held back, and nobody by themselves.
func TestHowLongAClaimHoldsBack(t *testing.T) {
	short := func(c Claimant) Claimant { c.Life = 20 * time.Second; return c }
	alone := func(c Claimant) Claimant { c.Alone = true; return c }
	matrix := Claimant{Holder: Holder{Run: runA.Run, Attempt: 1, Process: "another job"}}
	older := Claimant{Holder: Holder{Run: runA.Run, Attempt: 0, Process: "older"}}
	outside := Claimant{Holder: Holder{Process: "outside of Actions"}}
	for _, tt := range []struct {
		name  string
		who   Claimant
		after time.Duration
		want  bool
	}{
		{"another run at once", runB, 0, true},
		{"another run, its clock four minutes behind", runB, -4 * time.Minute, true},
		{"another run, its clock five minutes behind", runB, -5 * time.Minute, true},
		{"another run, its clock further behind", runB, -5*time.Minute - 1, false},
		{"another run just before the end", runB, 15*time.Minute - 1, true},
		{"another run at the end", runB, 15 * time.Minute, false},
		{"another run just before a short end", short(runB), 20*time.Second - 1, true},
		{"another run at a short end", short(runB), 20 * time.Second, false},
		{"a run outside of Actions", outside, 0, true},
		{"a job of the same run", matrix, 0, true},
		{"the re-run", runAAgain, 0, false},
		{"an attempt before", older, 0, true},
		{"the same process", runA, 0, false},
		{"a run that is alone", alone(runB), 0, false},
	} {
		l := with(digest())
		if got := l.Blocked(tt.who, noon.Add(tt.after))(reminder.Digest{To: ann, Cadence: reminder.Weekly}); got != tt.want {
			t.Errorf("%s: held back %v, want %v", tt.name, got, tt.want)
		}
	}
	outsiders := with(digest(func(d *Delivery) { d.Holder = Holder{Process: "x"} }))
	if !outsiders.Blocked(outside, noon)(reminder.Digest{To: ann, Cadence: reminder.Weekly}) {
		t.Error("two runs outside of Actions take each other for attempts of one")
	}
}

// A claim on one reminder holds back the whole digest of that cadence, and one of
// another cadence where that holds the same advisory; nothing else.
func TestWhatAClaimHoldsBack(t *testing.T) {
	reminders := func(ids ...string) (list []reminder.Reminder) {
		for _, id := range ids {
			list = append(list, reminder.Reminder{Draft: &reminder.Draft{Advisory: &advisory.Advisory{ID: id}}})
		}
		return list
	}
	for _, tt := range []struct {
		name   string
		digest reminder.Digest
		want   bool
	}{
		{"of the same cadence", reminder.Digest{To: ann, Cadence: reminder.Weekly, Reminders: reminders(two)}, true},
		{"of another cadence with the same advisory", reminder.Digest{To: ann, Cadence: reminder.Monthly, Reminders: reminders(two, ghsa)}, true},
		{"of another cadence", reminder.Digest{To: ann, Cadence: reminder.Monthly, Reminders: reminders(two)}, false},
		{"to somebody else", reminder.Digest{To: ben, Cadence: reminder.Weekly, Reminders: reminders(ghsa)}, false},
	} {
		if got := with(digest()).Blocked(runB, noon)(tt.digest); got != tt.want {
			t.Errorf("%s: held back %v, want %v", tt.name, got, tt.want)
		}
	}
	for _, o := range []Outcome{Refused, Unclear, Accepted} {
		if with(digest(ended(o, 0))).Blocked(runB, noon)(reminder.Digest{To: ann, Cadence: reminder.Weekly}) {
			t.Errorf("a delivery that is %s holds back", o)
		}
	}
}

// A claim at the same pairs in the same period goes on with the record and the id
// of the former attempt, unless that is known not to have arrived.
func TestAClaimGoesOnWithTheSameDelivery(t *testing.T) {
	from := noon.AddDate(0, 0, -2)
	other := func(change func(*Delivery)) Delivery { return *digest(change) }
	for _, tt := range []struct {
		name          string
		before        *Delivery
		now           Delivery
		same, perhaps bool
	}{
		{"left by a run that died", digest(), *digest(), true, true},
		{"without an answer", digest(ended(Unclear, 0)), *digest(), true, true},
		{"refused", digest(ended(Refused, 0)), *digest(), true, false},
		{"refused after one without an answer", digest(ended(Refused, 0), func(d *Delivery) { d.Perhaps = true }), *digest(), true, true},
		{"accepted", digest(ended(Accepted, 0)), *digest(), false, false},
		{"in the period before", digest(by(runA, 1, -48*time.Hour-1)), *digest(), false, false},
		{"at the beginning of the period", digest(by(runA, 1, -48*time.Hour)), *digest(), true, true},
		{"with another advisory", digest(), other(func(d *Delivery) { d.Advisories = []string{ghsa, two} }), false, false},
		{"to another cadence", digest(), other(func(d *Delivery) { d.Cadence = "monthly" }), true, true},
		{"refused, and to another cadence", digest(ended(Refused, 0)), other(func(d *Delivery) { d.Cadence = "monthly" }), false, false},
		{"of another sum", digest(), other(func(d *Delivery) { d.Sum = "x" }), false, false},
	} {
		l := with(tt.before)
		tt.now.Claims = 0
		d := l.Claim(tt.now, runB, noon.Add(time.Hour), from)
		if (d.ID == "d1") != tt.same || d.Perhaps != tt.perhaps || !runB.holds(d) || !d.Since.Equal(noon.Add(time.Hour)) {
			t.Errorf("%s: %+v", tt.name, d)
		}
		if want := tt.before.Claims + 1; tt.same && d.Claims != want {
			t.Errorf("%s: claimed %d times, want %d", tt.name, d.Claims, want)
		}
	}
}

// What another run has claimed and let lapse is taken from it by whoever claims a
// reminder of it, with whatever else: should that run wake up, it finds so.
func TestAClaimTakesOverWhatHasLapsed(t *testing.T) {
	l := with(digest())
	d := l.Claim(*digest(func(d *Delivery) { d.Advisories = []string{ghsa, two} }), runB, noon.Add(16*time.Minute), noon)
	if old := l.byID("d1"); d.ID == "d1" || old.Outcome != Unclear || old.Claims != 2 {
		t.Errorf("the old one: %+v", old)
	}
	sleeper := with(digest())
	sleeper.merge(copyOf(t, l), runA, noon.Add(20*time.Minute))
	if runA.holds(sleeper.byID("d1")) {
		t.Error("the run that woke up still holds it")
	}
}

// Which reminder it is, and the runs that told the same before, follow from what
// was accepted.
func TestCountsAndEarlierRuns(t *testing.T) {
	l := with()
	for i, run := range []string{"10", "11", "12", "13", "14", "15", "16"} {
		c := Claimant{Holder: Holder{Run: run}}
		at := noon.AddDate(0, 0, 7*i)
		d := l.Claim(*digest(), c, at, at)
		l.settle(d, Result{Outcome: Accepted}, at)
	}
	for run, want := range map[string]bool{"16": true, "15": true, "11": true, "10": false, "9": false, "": false} {
		if got := l.Told(run)(ghsa, ann); got.ThisRun != want || got.Times != 7 {
			t.Errorf("run %q: %+v, want %v", run, got, want)
		}
	}
}

// A person is introduced to a repository by the first delivery that is accepted.
func TestIntroduced(t *testing.T) {
	for _, tt := range []struct {
		d    *Delivery
		want bool
	}{{digest(), false}, {digest(ended(Unclear, 0)), false}, {digest(ended(Accepted, 0)), true}} {
		known := with(tt.d).Introduced()
		if known(ann, "acme/widget") != tt.want || known(ben, "acme/widget") || known(ann, "acme/other") {
			t.Errorf("%s: introduced %v, want %v", tt.d.Outcome, known(ann, "acme/widget"), tt.want)
		}
	}
}

// A report has named a delivery that nobody believes any more, and not the one that
// takes its place; and whose account that is for is known by now.
func TestANewClaimIsNewsAndKnowsTheAccount(t *testing.T) {
	l := with(digest(by(runA, 1, 48*time.Hour), ended(Accepted, 48*time.Hour), func(d *Delivery) { d.Said = true }))
	l.Disbelieve(noon)
	theirs := copyOf(t, l)
	d := l.Claim(*digest(func(d *Delivery) { d.Accounts = []int64{7} }), runB, noon, noon)
	l.settle(d, Result{Outcome: Accepted}, noon)
	l.merge(theirs, runB, noon)
	if list := l.Unreported(); len(list) != 1 || list[0].ID != "d1" || !slices.Equal(list[0].Accounts, []int64{7}) {
		t.Errorf("no report has named %+v", list)
	}
}

// When a delivery that may have arrived was tried last is known at the latest,
// whoever tried it and whatever became of it.
func TestWhenADeliveryWasTried(t *testing.T) {
	now := noon.Add(10 * time.Minute)
	tried := func(at time.Duration) func(*Delivery) {
		return func(d *Delivery) { d.Perhaps, d.Tried = true, noon.Add(at) }
	}
	for _, tt := range []struct {
		name   string
		before *Delivery
		want   time.Time
	}{
		{"never", digest(func(d *Delivery) { d.Claims = 0 }), time.Time{}},
		{"refused", digest(ended(Refused, 0)), time.Time{}},
		{"without an answer", digest(ended(Unclear, time.Minute)), noon.Add(time.Minute)},
		{"refused after one without an answer", digest(ended(Refused, 3*time.Minute), tried(time.Minute)), noon.Add(time.Minute)},
		{"let go after one without an answer", digest(func(d *Delivery) { d.Outcome = Unclear }, tried(-time.Hour)), noon.Add(-time.Hour)},
		{"once more without an answer", digest(ended(Unclear, 2*time.Minute), tried(time.Minute)), noon.Add(2 * time.Minute)},
		{"by a run that died just now", digest(), now},
		{"by one whose claim ends now", digest(by(runA, 1, -5*time.Minute)), now},
		{"by one whose claim has ended", digest(by(runA, 1, -5*time.Minute-time.Second)), now.Add(-time.Second)},
		{"by one that died after one without an answer", digest(tried(-time.Hour)), now},
		{"at a time that nobody knows", digest(func(d *Delivery) { d.Outcome = Unclear }), now},
		{"by a clock that was ahead", digest(ended(Unclear, 15*time.Minute)), now},
		{"by one that was wrong", digest(ended(Unclear, 15*time.Minute+time.Second)), time.Time{}},
		{"by a run whose clock was wrong", digest(by(runA, 1, 15*time.Minute+time.Second)), time.Time{}},
	} {
		l := with(tt.before)
		if d := l.Claim(*digest(), runB, now, noon.AddDate(0, 0, -2)); d.ID != "d1" || !d.Tried.Equal(tt.want) || d.Perhaps != (tt.before.Claims > 0 && tt.before.Outcome != Refused || tt.before.Perhaps) {
			t.Errorf("%s: %s was tried at %v, want %v", tt.name, d.ID, d.Tried, tt.want)
		}
	}
	l := with(digest(tried(time.Hour)))
	if l.Disbelieve(noon); !l.Deliveries[0].Tried.IsZero() {
		t.Error("a time in the future is believed")
	}
}

// What was meant for several, and may have arrived, is repeated under its id for
// those of them for whom it is still due, and for nobody else.
func TestSomeOfSeveralAgain(t *testing.T) {
	two := []reminder.Recipient{ann, ben}
	comment := func(to []reminder.Recipient) Delivery {
		return *digest(func(d *Delivery) { d.ID, d.To, d.Channel, d.Claims = "", to, "thread", 0 })
	}
	from := noon.AddDate(0, 0, -2)
	for _, tt := range []struct {
		name   string
		before Outcome
		now    Delivery
		same   bool
	}{
		{"both", Unclear, comment(two), true},
		{"one of them", Unclear, comment(two[1:]), true},
		{"one of them, after a refusal", Refused, comment(two[:1]), true},
		{"another one too", Unclear, comment([]reminder.Recipient{ann, ben, "user:cy"}), false},
		{"one of them, over another channel", Unclear, *digest(func(d *Delivery) { d.Channel, d.Claims = "email", 0 }), false},
	} {
		before := comment(two)
		before.ID, before.Claims, before.Outcome, before.At, before.Accounts = "d1", 1, tt.before, noon, []int64{1, 2}
		l := with(&before)
		if got := l.Attempt(Pair{ann, ghsa}, from); (got == "d1") != (tt.before == Unclear) {
			t.Errorf("%s: the earlier attempt is %q", tt.name, got)
		}
		d := l.Claim(tt.now, runB, noon.Add(time.Hour), from)
		if (d.ID == "d1") != tt.same || !slices.Equal(d.To, tt.now.To) {
			t.Errorf("%s: %+v", tt.name, d)
		}
		l.settle(d, Result{Outcome: Accepted, Channel: "thread"}, noon.Add(time.Hour))
		for _, to := range append(two, "user:cy") {
			if got := l.last(Pair{to, ghsa}).Delivery == d; got != slices.Contains(tt.now.To, to) {
				t.Errorf("%s: %s was told: %v", tt.name, to, got)
			}
			if tt.same && slices.Contains(l.open[to], d) {
				t.Errorf("%s: it is still open for %s", tt.name, to)
			}
		}
	}
	l := with(digest(func(d *Delivery) { d.Advisories = append(d.Advisories, "GHSA-2222-2222-2222") }))
	if got := l.Attempt(Pair{ann, ghsa}, from); got != "" {
		t.Errorf("a digest of several is taken for a comment: %q", got)
	}
}
