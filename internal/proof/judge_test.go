package proof

import (
	"fmt"
	"maps"
	"slices"
)

// judgeClean holds a run in which nothing went wrong to what it owed.
func (m *sim) judgeClean(r *run, before map[pair]bool) []string {
	var found []string
	if r.status != 0 {
		found = append(found, fmt.Sprintf("%s: nothing went wrong, and it ends with %d: %s", r.name, r.status, r.output))
	}
	found = append(found, m.missing(r, before, "lost")...)
	for _, e := range m.history {
		for _, id := range e.ids {
			if e.run == r && m.barred[pair{e.to, id}] && !m.wrongClock(r) {
				found = append(found, fmt.Sprintf("%s: told of what a command holds back: %s for %s", r.name, id, e.to))
			}
		}
	}
	return append(found, m.tooSoon(r, before)...)
}

// tooSoon lists what a run delivered and did not owe, where all that was
// accepted before is known to it for certain.
func (m *sim) tooSoon(r *run, before map[pair]bool) []string {
	for _, other := range m.runs {
		if other != r && (other.died || other.unsure || off(other) || other.ahead != 0) {
			return nil
		}
	}
	var found []string
	for _, e := range m.history {
		if e.run != r && e.lost {
			return nil
		}
		for _, id := range e.ids {
			if e.run == r && !before[pair{e.to, id}] && !m.either[pair{e.to, id}] {
				found = append(found, fmt.Sprintf("%s: too soon: %s for %s", r.name, id, e.to))
			}
		}
	}
	return found
}

// missing lists the pairs that a run owed, that it did not deliver, and for which
// no report has spoken in place of an address that was refused.
func (m *sim) missing(r *run, before map[pair]bool, what string) []string {
	got := make(map[pair]bool)
	for _, e := range m.history {
		if e.run == r {
			for _, id := range e.ids {
				got[pair{e.to, id}] = true
			}
		}
	}
	var found []string
	for _, p := range sortedPairs(before) {
		if first := m.refused(p); m.comments && first >= 0 && m.runs[first] == r {
			continue // a comment follows in the next run
		}
		if !got[p] && !m.waived(p) && !m.either[p] {
			found = append(found, fmt.Sprintf("%s: %s: %s for %s", r.name, what, p.id, p.to))
		}
	}
	return found
}

// waived reports whether somebody's address was refused in this period, while that
// of another owner was not, or another owner has been told, or the working group,
// since.
func (m *sim) waived(p pair) bool {
	first := m.refused(p)
	if first < 0 {
		return false
	}
	owners := m.owners(p.id)
	for _, to := range owners {
		if m.refused(pair{to, p.id}) < 0 {
			return true // who is owed the same, which is judged by itself
		}
	}
	for _, e := range m.history {
		switch {
		case e.run.at.Before(m.runs[first].at): // of two runs at once, either may be the later
		case e.to == swg && slices.Contains(e.named, p.id), slices.Contains(owners, e.to) && slices.Contains(e.ids, p.id):
			return true
		}
	}
	return false
}

// refused returns the first run of this period in which somebody's address was
// refused, or -1.
func (m *sim) refused(p pair) int {
	period := startOf(m.severity(p.id), m.now, m.zone)
	return slices.IndexFunc(m.runs, func(r *run) bool { return r.bounced[p.to] && !r.at.Before(period) })
}

func (m *sim) owners(id string) []string {
	m.world.Lock()
	defer m.world.Unlock()
	return owes(m.world, m.world.Advisory(id))
}

func (m *sim) severity(id string) string {
	m.world.Lock()
	defer m.world.Unlock()
	return m.world.Advisory(id).Severity
}

// judgeOne holds a run that had faults, and was alone, to its exit status: what
// it owed and did not deliver must show.
func (m *sim) judgeOne(r *run, before map[pair]bool) []string {
	if r.died || r.status != 0 || r.ahead != 0 {
		return nil
	}
	for _, other := range m.runs { // whose claims are alive by these two clocks
		if other.died && r.at.Add(r.skew).Sub(other.at.Add(other.held+other.skew)) < claimLife {
			return nil
		}
	}
	found := m.missing(r, before, "silent (exit 0) about")
	for _, e := range m.history {
		if e.run == r && e.lost {
			found = append(found, fmt.Sprintf("%s: silent (exit 0) about a delivery to %s without an answer", r.name, e.to))
		}
	}
	return found
}

// judgeTwice looks at every message that told somebody of a draft again in one
// period, or too soon, and asks for an excuse that the promise names.
func (m *sim) judgeTwice() []string {
	var found []string
	last := make(map[pair]event)
	for _, e := range m.history {
		for _, id := range e.ids {
			p := pair{e.to, id}
			before, ok := last[p]
			last[p] = e
			severity := e.severities[id]
			if !ok || severity == gone || before.run.at.Before(startOf(severity, e.run.at, m.zone)) {
				continue
			}
			if why := unexcused(before, e); why != "" && !m.wrongClock(e.run) {
				found = append(found, fmt.Sprintf("%s: twice: %s for %s, after %s: %s", e.run.name, id, e.to, before.run.name, why))
			}
		}
	}
	return found
}

// judgeComments looks for comments that were made twice: whatever excuses a repetition,
// a comment of the same id is looked for before it is made again.
func (m *sim) judgeComments() []string {
	var found []string
	type one struct{ id, to string }
	made := make(map[one]event)
	for _, e := range m.history {
		k := one{e.id, e.to}
		before, ok := made[k]
		if ok && len(e.ids) == 1 && before.run.at.Before(startOf(e.severities[e.ids[0]], e.run.at, m.zone)) {
			ok = false // in another period it reminds anew
		}
		if ok && e.comment && !off(before.run) && !off(e.run) && !m.wrongClock(e.run) {
			found = append(found, fmt.Sprintf("%s: the comment of %s on %s for %s is there twice", e.run.name, before.run.name, e.ids, e.to))
		}
		made[k] = e
	}
	return found
}

// judgeWhom looks at whom every message has reminded. A person is reminded of what
// they own; the working group of what nobody owns, or of what belongs to somebody
// whose address was refused in that run or before.
func (m *sim) judgeWhom() []string {
	var found []string
	for _, e := range m.history {
		for _, id := range e.strange {
			if e.to != swg || !m.bouncedBefore(id, e.run) {
				found = append(found, fmt.Sprintf("%s: told somebody who is no owner: %s of %s", e.run.name, e.to, id))
			}
		}
	}
	return found
}

// bouncedBefore reports whether the address of one of the owners of an advisory was
// refused in a run or one before it.
func (m *sim) bouncedBefore(id string, until *run) bool {
	m.world.Lock()
	defer m.world.Unlock()
	for _, r := range m.runs {
		for _, owner := range owes(m.world, m.world.Advisory(id)) {
			if r.bounced[owner] {
				return true
			}
		}
		if r == until {
			break
		}
	}
	return false
}

// off reports whether a run stood still for longer than its claims live.
func off(r *run) bool { return r.held >= claimLife }

// wrongClock reports whether GitHub's Date was wrong in some run up to that one:
// that may repeat, and never silence.
func (m *sim) wrongClock(until *run) bool {
	for _, r := range m.runs {
		if r.ahead != 0 {
			return true
		}
		if r == until {
			break
		}
	}
	return false
}

// unexcused says why a repetition has no excuse, or nothing where it has one:
// the process died, or an answer was lost, between the acceptance and the write
// that settles it; the ledger could not be written afterwards; a clock was wrong;
// a process stood still. A repetition bears the id of what it repeats, unless a
// severity has changed, and with it what the message says.
func unexcused(first, again event) string {
	switch {
	case first.run == again.run:
		return "in one and the same run"
	case !first.lost && !first.run.died && !first.run.unsure && !off(first.run) && !off(again.run):
		return "nothing excuses it"
	case first.to != swg && first.id != again.id && slices.Equal(first.ids, again.ids) && maps.Equal(first.severities, again.severities):
		return fmt.Sprintf("under another id, %s in place of %s", again.id, first.id)
	}
	return ""
}
