package reminder_test

import (
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/reminder"
)

var seeds = flag.Int("seeds", 2, "simulations of TestTwoYears in each time zone")

// TestTwoYears lives through two years of an organization in each of some
// difficult time zones, and compares every run with the oracle. For a longer
// search: go test -run TestTwoYears -seeds 100.
func TestTwoYears(t *testing.T) {
	for _, place := range []struct {
		zone   string
		from   string
		change string // of the clocks, with many runs around it
	}{
		{"UTC", "2027-01-01T00:00:00Z", "2028-02-29T00:00:00Z"},
		{"America/New_York", "2026-01-01T00:00:00Z", "2026-11-01T06:00:00Z"},
		{"Australia/Lord_Howe", "2026-01-01T00:00:00Z", "2026-04-04T15:00:00Z"},
		{"America/Asuncion", "2022-06-01T00:00:00Z", "2023-10-01T04:00:00Z"}, // no midnight on that day
		{"Pacific/Apia", "2010-12-01T00:00:00Z", "2011-12-30T10:00:00Z"},     // no 30 December
		{"America/St_Johns", "2008-06-01T00:00:00Z", "2009-11-01T02:31:00Z"}, // two midnights on that day
		{"America/Havana", "2025-06-01T00:00:00Z", "2026-11-01T05:00:00Z"},   // likewise
	} {
		for seed := range uint64(*seeds) {
			t.Run(fmt.Sprintf("%s, seed %d", place.zone, seed), func(t *testing.T) {
				t.Parallel()
				newWorld(zone(t, place.zone), at(t, place.from), at(t, place.change), seed).live(t)
			})
		}
	}
}

// A world is an organization with its advisories and its maintainers.
type world struct {
	rand   *rand.Rand
	now    time.Time
	end    time.Time
	visits []time.Time // when there are runs, whatever happens
	policy reminder.Policy
	oracle oracle
	drafts []reminder.Draft
	opened int
	ledger map[pairing]delivery

	runs, sent, batched, forced, lost, fresh, quiet, snoozed int // how much happened
}

func newWorld(loc *time.Location, from, change time.Time, seed uint64) *world {
	w := &world{
		rand:   rand.New(rand.NewPCG(seed, uint64(len(loc.String())))),
		now:    from,
		end:    from.AddDate(2, 0, 0),
		policy: reminder.DefaultPolicy(),
		oracle: oracle{loc, make(map[int]time.Time)},
		ledger: make(map[pairing]delivery),
	}
	w.policy.Location = loc
	for _, minutes := range []int{-3 * 24 * 60, -60, -2, -1, 0, 1, 29, 30, 58, 59, 60, 61, 24 * 60} {
		if w.chance(60) {
			w.visits = append(w.visits, change.Add(time.Duration(minutes)*time.Minute))
		}
	}
	if seed%3 == 1 {
		w.policy.Cadence[advisory.High] = reminder.Weekly
		w.policy.Cadence[advisory.Low] = reminder.Quarterly
	}
	if seed%3 == 2 {
		for _, c := range reminder.Cadences {
			w.policy.Grace[c] = w.rand.IntN(12)
		}
	}
	w.policy.NotifyNew = seed%2 == 1
	w.policy.Quiet = make(map[reminder.Cadence]int)
	for _, c := range reminder.Cadences {
		if w.chance(75) {
			w.policy.Quiet[c] = 1 + w.rand.IntN(40)
		}
	}
	for range 10 {
		w.open()
		w.drafts[len(w.drafts)-1].Opened = from.Add(-time.Duration(w.rand.IntN(300*24*60)) * time.Minute)
	}
	return w
}

func (w *world) chance(percent int) bool { return w.rand.IntN(100) < percent }

func (w *world) live(t *testing.T) {
	r := run{}
	for w.now.Before(w.end) {
		w.wait()
		for range w.rand.IntN(3) {
			w.churn()
		}
		again := r.force && w.chance(40) // somebody runs the forced run once more
		if !again {
			r = run{number: w.runs, force: w.chance(3), severities: w.someSeverities()}
		}
		r.now = w.now
		w.do(t, r)
		if t.Failed() {
			t.Fatalf("at run %d, %v, force %t, severities %v", w.runs, w.now.In(w.policy.Location), r.force, r.severities)
		}
	}
	// A world in which little happens proves little.
	if w.runs < 200 || w.sent < 200 || w.batched == 0 && w.policy.Grace[reminder.Weekly] > 1 || w.forced == 0 || w.lost == 0 ||
		w.quiet == 0 || w.snoozed == 0 || (w.fresh > 0) != w.policy.NotifyNew {
		t.Errorf("%d runs, %d reminders, %d batched, %d forced, %d lost, %d new, %d quiet, %d snoozed", w.runs, w.sent, w.batched, w.forced, w.lost, w.fresh, w.quiet, w.snoozed)
	}
	t.Logf("%d runs, %d reminders, %d failed deliveries, held back by a snooze %d, by an answer %d; lost 0, twice 0", w.runs, w.sent, w.lost, w.snoozed, w.quiet)
}

// wait goes on to the next run: minutes, hours, days or weeks later, and often
// right to where a local day begins.
func (w *world) wait() {
	last := w.now
	defer func() {
		if i := slices.IndexFunc(w.visits, last.Before); i >= 0 && w.visits[i].Before(w.now) {
			w.now = w.visits[i]
		}
	}()
	longest := []int{10, 120, 24 * 60, 2 * 24 * 60, 2 * 24 * 60, 3 * 24 * 60, 4 * 24 * 60, 15 * 24 * 60}
	w.now = w.now.Add(time.Duration(1+w.rand.IntN(longest[w.rand.IntN(len(longest))])) * time.Minute)
	if w.chance(20) {
		y, m, d := w.now.In(w.policy.Location).Date()
		midnight := time.Date(y, m, d+1, 0, 0, 0, 0, w.policy.Location)
		if near := midnight.Add(time.Duration(w.rand.IntN(5)-2) * time.Minute); near.After(w.now) {
			w.now = near.UTC()
		}
	}
}

func (w *world) open() {
	w.opened++
	d := reminder.Draft{Advisory: new(advisory.Advisory), Opened: w.now.Add(-time.Duration(w.rand.IntN(3*24*60)) * time.Minute)}
	d.ID = fmt.Sprintf("%03d", w.rand.IntN(1000)*1000+w.opened)
	d.Severity = advisory.Severity(w.rand.IntN(5))
	d.Recipients = w.someMaintainers()
	w.drafts = append(w.drafts, d)
}

// churn changes something.
func (w *world) churn() {
	if len(w.drafts) < 4 || w.chance(25) && len(w.drafts) < 25 {
		w.open()
		return
	}
	i := w.rand.IntN(len(w.drafts))
	d := &w.drafts[i]
	switch w.rand.IntN(12) {
	case 0:
		w.drafts = slices.Delete(w.drafts, i, i+1)
	case 1, 2: // one that rises ends a snooze by command
		if was := d.Severity; w.rerate(d) > was && w.chance(50) {
			d.SnoozedUntil = time.Time{}
		}
	case 10: // somebody commands not-mine
		if len(d.Recipients) > 0 {
			d.Recipients = slices.Clone(d.Recipients[1:])
		}
	case 11: // a snooze is given, with an answer
		y, m, day := w.now.In(w.policy.Location).Date()
		d.SnoozedUntil = time.Date(y, m, day+1+w.rand.IntN(90), 0, 0, 0, 0, w.policy.Location)
		d.Answered = w.now
	case 3:
		d.Recipients = w.someMaintainers()
	case 4:
		y, m, day := w.now.In(w.policy.Location).Date()
		d.SnoozedUntil = time.Date(y, m, day+w.rand.IntN(20), 0, 0, 0, 0, w.policy.Location)
	case 5:
		d.SnoozedUntil = time.Time{}
	case 6, 7: // now, a while ago, or by a clock that is ahead
		d.Answered = w.now.Add(time.Duration(w.rand.IntN(6*24*60)-4*24*60) * time.Minute)
	case 8:
		d.Answered = w.now
	case 9: // it counts as opened anew
		d.Opened = w.now.Add(-time.Duration(w.rand.IntN(24*60)) * time.Minute)
	}
}

// rerate gives a draft another severity, and returns it.
func (w *world) rerate(d *reminder.Draft) advisory.Severity {
	d.Severity = advisory.Severity(w.rand.IntN(5))
	return d.Severity
}

func (w *world) someMaintainers() []reminder.Recipient {
	var some []reminder.Recipient
	for range w.rand.IntN(4) {
		some = append(some, reminder.UserRecipient(string(rune('a'+w.rand.IntN(4)))))
	}
	return some
}

func (w *world) someSeverities() []advisory.Severity {
	if !w.chance(5) {
		return nil
	}
	return []advisory.Severity{advisory.Severity(w.rand.IntN(5)), advisory.Severity(w.rand.IntN(5))}
}

// do makes one run, checks it, and delivers what it plans.
func (w *world) do(t *testing.T, r run) {
	w.runs++
	for i := range w.drafts {
		w.drafts[i].Cadence = w.policy.CadenceOf(w.drafts[i].Severity)
	}
	digests, decisions := reminder.Plan(reminder.Request{
		Now: r.now, Policy: w.policy, Drafts: w.drafts, Force: r.force, Severities: r.severities,
		History: func(id string, to reminder.Recipient) reminder.Told {
			last, ok := w.ledger[pairing{id, to}]
			return reminder.Told{At: last.at, ThisRun: ok && last.run == r.number}
		},
	})
	// Nothing is lost, and nothing is too much.
	want := w.oracle.digests(r, w.policy, w.drafts, w.ledger)
	if diff := cmp.Diff(want, outline(digests)); diff != "" {
		t.Errorf("digests (-oracle +plan):\n%s", diff)
	}
	checkDecisions(t, digests, decisions)
	w.checkNew(t, r, digests)
	for _, d := range decisions {
		switch d.Reason {
		case reminder.Quiet:
			w.quiet++
		case reminder.Snoozed:
			w.snoozed++
		}
	}
	for _, d := range digests {
		w.check(t, d)
		if w.chance(12) { // the delivery fails: the next run has it again
			w.lost++
			continue
		}
		for _, item := range d.Reminders {
			w.ledger[pairing{item.ID, d.To}] = delivery{r.now, r.number}
		}
	}
}

// checkNew sees to it that a run tells everybody who was never told of a scored
// draft, where that is asked for, and marks these reminders and no others.
func (w *world) checkNew(t *testing.T, r run, digests []reminder.Digest) {
	marked := make(map[pairing]bool)
	for _, d := range digests {
		for _, item := range d.Reminders {
			if item.New {
				marked[pairing{item.ID, d.To}] = true
				w.fresh++
			}
		}
	}
	never := make(map[pairing]bool)
	for _, d := range w.drafts {
		if !w.policy.NotifyNew || d.Severity == advisory.Unscored || r.now.Before(d.SnoozedUntil) ||
			len(r.severities) > 0 && !slices.Contains(r.severities, d.Severity) {
			continue
		}
		for _, to := range append(slices.Clone(d.Recipients), reminder.SWG) {
			if _, told := w.ledger[pairing{d.ID, to}]; !told && isFor(d, to) {
				never[pairing{d.ID, to}] = true
			}
		}
	}
	if !maps.Equal(never, marked) {
		t.Errorf("never told: %v; marked as new: %v", never, marked)
	}
}

// check holds a digest against what must be true of any, by the ledger before
// its delivery.
func (w *world) check(t *testing.T, d reminder.Digest) {
	if start := w.oracle.start(d.Cadence, w.now); !d.Period.Equal(start) {
		t.Errorf("%s %v: the period began at %v, not at %v", d.To, d.Cadence, start, d.Period)
	}
	if !d.Next.After(w.now) {
		t.Errorf("%s %v: the next reminder comes at %v", d.To, d.Cadence, d.Next)
	} else if w.chance(4) {
		w.checkNext(t, d)
	}
	due := false
	for _, item := range d.Reminders {
		w.sent++
		due = due || item.Reason != reminder.Batched
		switch item.Reason {
		case reminder.Forced:
			w.forced++
			continue
		case reminder.Batched:
			w.batched++
		}
		last, ok := w.ledger[pairing{item.ID, d.To}]
		if !ok {
			continue
		}
		if d.To != reminder.SWG && w.oracle.quiet(item.Answered, w.policy.Quiet[d.Cadence], w.now) {
			t.Errorf("%s is told of %s again, answered at %v", d.To, item.ID, item.Answered)
		}
		if !last.at.Before(w.oracle.start(d.Cadence, w.now)) {
			t.Errorf("%s is told of %s twice in one period, first at %v", d.To, item.ID, last.at)
		}
		if item.Reason == reminder.Due && !w.oracle.graceOver(last.at, w.policy.Grace[d.Cadence], w.now) {
			t.Errorf("%s is told of %s within the grace, first at %v", d.To, item.ID, last.at)
		}
	}
	if !due {
		t.Errorf("%s %v: nothing in the digest is due", d.To, d.Cadence)
	}
}

// checkNext plays on, hour by hour, as if nothing happened but these runs: the first
// digest that holds one of the same reminders comes at the time that d gives, and
// none a minute before.
func (w *world) checkNext(t *testing.T, d reminder.Digest) {
	ledger, drafts := maps.Clone(w.ledger), slices.Clone(w.drafts)
	for i := range drafts {
		if drafts[i].Answered.After(w.now) {
			drafts[i].Answered = time.Time{}
		}
	}
	ours := make(map[string]bool)
	for _, item := range d.Reminders {
		ledger[pairing{item.ID, d.To}], ours[item.ID] = delivery{w.now, -1}, true
	}
	again := func(then time.Time) (found bool) {
		digests, _ := reminder.Plan(reminder.Request{Now: then, Policy: w.policy, Drafts: drafts, History: func(id string, to reminder.Recipient) reminder.Told {
			return reminder.Told{At: ledger[pairing{id, to}].at}
		}})
		for _, other := range digests {
			if other.To != d.To || other.Cadence != d.Cadence {
				continue
			}
			for _, item := range other.Reminders {
				found = found || ours[item.ID]
				ledger[pairing{item.ID, d.To}] = delivery{then, -1}
			}
		}
		return found
	}
	for then := w.now.Add(time.Second); then.Before(d.Next.Add(-time.Minute)); then = then.Add(time.Hour) {
		if again(then) {
			t.Errorf("%s %v: the next reminder comes at %v already, not at %v", d.To, d.Cadence, then, d.Next)
			return
		}
	}
	if again(d.Next.Add(-time.Minute)) || !again(d.Next) {
		t.Errorf("%s %v: the next reminder does not come at %v", d.To, d.Cadence, d.Next)
	}
}
