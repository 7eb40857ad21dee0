package proof

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"
)

// drawFaults draws what goes wrong with a run: often nothing, at times several
// things.
func drawFaults(r *rand.Rand, store string, mayDie bool) []fault {
	whats := []string{anything, anything, listing, asking, asking, readLedger, writeLedger, moveLedger, moveLedger, slackLook, slackPost, slackPost, mailHello, mailSender, mailTo, mailData, mailData, mailData}
	var list []fault
	for range r.IntN(4) {
		f := fault{at: moment{whats[r.IntN(len(whats))], 1 + r.IntN(4)}, last: r.IntN(5) == 0}
		if f.at.what == anything {
			f.at.n = 1 + r.IntN(45)
		}
		kinds := []string{broken, hangUp, answerLost, answer502, cutShort, limited, dieBefore, dieAfter}
		if f.at.what == mailTo {
			kinds = append(kinds, bounced, bounced)
		}
		f.kind = kinds[r.IntN(len(kinds))]
		if f.kind == dieBefore || f.kind == dieAfter {
			if !mayDie {
				continue
			}
			f.last = false
		}
		list = append(list, f)
	}
	return list
}

// drawStand draws where a run stands still while another is made.
func drawStand(r *rand.Rand) fault {
	what := []string{listing, readLedger, moveLedger, moveLedger, mailTo, mailData, mailData, slackPost}[r.IntN(8)]
	return fault{at: moment{what, 1 + r.IntN(2)}, kind: []string{standStill, standAfter}[r.IntN(2)]}
}

// play plays the scenario of a seed, with a planted bug where one is named, and
// returns it and what the judge found.
func play(t testing.TB, seed uint64, plant string) (*sim, []string) {
	r := rand.New(rand.NewPCG(seed, 60))
	s := drawSetting(r)
	if plant != "" {
		s.store = "branch"
	}
	s.notifyNew = plant == "" && seed%3 == 0 // not drawn, so that seeds keep their stories
	s.access = plant == "" && seed%2 == 0
	if s.comments = plant == "" && seed%4 == 1; s.comments {
		s.channels = strings.TrimSuffix(s.channels, "]") + ", thread]"
	}
	s.talk = seed%4 != 2 && plant == "" || byComment(plant)
	s.quiet = s.talk && plant == "" && seed%5 < 3
	s.comments = s.comments || byComment(plant)
	world := drawWorld(r, s)
	if s.talk {
		invite(world)
	}
	letOpen(world, s)
	m := newSim(t, s, world)
	defer m.close()
	m.grant()
	m.handling = switchNames[0]
	if s.talk {
		m.voice = rand.New(rand.NewPCG(seed, 61)) // apart, so that seeds keep their stories
		if plant == "" {
			m.handling = switchNames[m.voice.IntN(len(switchNames))]
		}
		world.Discussions = switches[m.handling]
	}
	var found []string
	at := wednesday
	step := 0
	next := func(after time.Duration) {
		step++
		at = at.Add(after)
		m.at(at.Add(time.Duration(61*step) * time.Minute))
	}
	id := 100
	newRun := func() *run {
		id++
		return &run{name: fmt.Sprintf("run %d", id), id: fmt.Sprint(id), attempt: 1}
	}
	clean := func() {
		m.speak()
		m.treat(true)
		before := m.owed(true)
		r := newRun()
		if r.clean = true; plant == futureBelieved || plant == markerIgnored {
			r.plant = plant
		}
		m.one(r)
		found = append(found, m.judgeClean(r, before)...)
	}
	days := func(n int) time.Duration { return time.Duration(n) * 24 * time.Hour }

	if r.IntN(2) == 0 || plant != "" {
		at = at.Add(-days([]int{8, 40, 100}[r.IntN(3)]))
		next(0)
		clean()
		at = wednesday
	}
	skews := []time.Duration{0, 0, 0, 0, 4 * time.Minute, -4 * time.Minute, 16 * time.Minute, -16 * time.Minute, days(30), days(-30), days(3 * 365)}
	aheads := []time.Duration{days(30), days(365), days(3 * 365)}
	last := (*run)(nil)
	for range 1 + r.IntN(3) {
		next(days([]int{0, 1, 1, 2, 7}[r.IntN(5)]))
		if what := churn(r, m.world, m.now); what != "" {
			m.churned = append(m.churned, what)
		}
		m.letOpen()
		m.speak()
		m.treat(false)
		before := m.owed(false)
		one := newRun()
		if last != nil && last.died && r.IntN(2) == 0 {
			one.id, one.attempt, one.name = last.id, last.attempt+1, last.name+", re-run"
		}
		one.skew = skews[r.IntN(len(skews))]
		together := r.IntN(3) == 0 || plant == claimIgnored || plant == answeredUnclaimed
		one.faults = m.onComments(drawFaults(r, m.store, !together || m.store != "file"))
		if one.plant = plant; plant == markerIgnored {
			one.faults = []fault{{at: moment{comment, 1}, kind: answerLost, last: true}}
		}
		if plant == futureBelieved || m.store != "file" && r.IntN(12) == 0 {
			one.ahead = aheads[r.IntN(len(aheads))]
		}
		if !together {
			m.one(one)
			found = append(found, m.judgeOne(one, before)...)
			last = one
			continue
		}
		two := newRun()
		two.skew = skews[r.IntN(len(skews))]
		two.faults = m.onComments(drawFaults(r, m.store, m.store != "file"))
		two.plant = plant
		if m.store != "file" && r.IntN(3) > 0 {
			one.faults = append([]fault{drawStand(r)}, one.faults...)
		}
		if plant == claimIgnored {
			one.plant, one.faults, two.faults = "", []fault{{at: moment{moveLedger, 1}, kind: standAfter}}, nil
		}
		switch plant {
		case answeredUnclaimed:
			two.plant, one.faults, two.faults = "", []fault{{at: moment{moveLedger, 1}, kind: standStill}}, nil
		}
		m.both(one, two, []time.Duration{0, 0, 3 * time.Minute, 16 * time.Minute}[r.IntN(4)])
		last = one
	}
	for _, n := range []int{1, 1, 7, 32} {
		next(days(n))
		if what := churn(r, m.world, m.now); what != "" {
			m.churned = append(m.churned, what)
		}
		m.letOpen()
		clean()
	}
	found = append(found, m.judgeTwice()...)
	found = append(found, m.judgeComments()...)
	found = append(found, m.judgeAnswers()...)
	found = append(found, m.judgeWhom()...)
	found = append(found, m.wrong...)
	for _, r := range m.runs {
		if word := leaks(r.output); word != "" && m.store == "sealed" {
			found = append(found, fmt.Sprintf("%s: its public log holds %q", r.name, word))
		}
	}
	return m, found
}

// treat lets GitHub treat comments as the scenario says: what is refused or has no
// answer is so only while things go wrong.
func (m *sim) treat(clean bool) {
	if m.voice == nil {
		return
	}
	m.world.Lock()
	defer m.world.Unlock()
	d := &m.world.Discussions
	d.Lose, d.Refuse = 0, 0
	switch {
	case clean:
	case m.handling == "201 lost":
		d.Lose = 1 + m.voice.IntN(3)
	case m.handling == "403":
		d.Refuse, m.refusing = http.StatusForbidden, true
	}
}

// letOpen lets everybody open a new draft too.
func (m *sim) letOpen() {
	m.world.Lock()
	defer m.world.Unlock()
	letOpen(m.world, m.setting)
}

// onComments lets what would befall Slack's posts befall comments, where these are a
// channel. It is not drawn, so that seeds keep their stories.
func (m *sim) onComments(faults []fault) []fault {
	for i := range faults {
		if what := &faults[i].at.what; m.comments && (*what == slackPost || *what == mailSender) {
			*what = comment
		}
	}
	return faults
}

// story tells a scenario in about ten lines.
func (m *sim) story(seed uint64, found []string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "seed %d: ledger %s, channels %s, %s, notify-new %t, comments %s, quiet %t, %d drafts; %s\n", seed, m.store, m.channels, m.zone, m.notifyNew, m.handling, m.quiet, len(m.world.Advisories), strings.Join(m.churned, ", "))
	for _, r := range m.runs {
		fmt.Fprintf(&b, "  %s at %s", r.name, r.at.Format("2 Jan 15:04"))
		if r.skew != 0 {
			fmt.Fprintf(&b, ", its machine's clock %v off", r.skew)
		}
		if r.ahead != 0 {
			fmt.Fprintf(&b, ", GitHub's %v ahead", r.ahead)
		}
		if r.plant != "" {
			fmt.Fprintf(&b, ", planted: %s", r.plant)
		}
		if len(r.hit) > 0 {
			fmt.Fprintf(&b, "; %s", strings.Join(r.hit, "; "))
		}
		if r.held > 0 {
			fmt.Fprintf(&b, ", for %v", r.held)
		}
		n := 0
		for _, e := range m.history {
			if e.run == r {
				n++
			}
		}
		fmt.Fprintf(&b, "; accepted %d", n)
		if r.died {
			b.WriteString("; died")
		} else {
			fmt.Fprintf(&b, "; exit %d", r.status)
		}
		b.WriteString("\n")
	}
	for i, f := range found {
		if i == 3 {
			fmt.Fprintf(&b, "  and %d more\n", len(found)-i)
			break
		}
		fmt.Fprintf(&b, "  -> %s\n", f)
	}
	return b.String()
}
