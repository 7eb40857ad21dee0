package run

import (
	"cmp"
	"slices"
	"time"

	"github.com/openedx/advisory-reminders/internal/discussion"
	"github.com/openedx/advisory-reminders/internal/ledger"
	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/reminder"
)

// talk gathers what the report says of what people said on drafts.
func talk(a Assignment, s Snapshot, p Plan, m *memory) notify.Talk {
	t := notify.Talk{Refused: make(map[string]int)}
	quiet := make(map[string]bool)
	for _, d := range p.Decisions {
		quiet[d.ID] = quiet[d.ID] || d.Reason == reminder.Quiet
	}
	for i := range p.Drafts {
		d := &p.Drafts[i]
		r := m.Advisories[d.ID].Discussion
		if r == nil {
			continue
		}
		it := item(a, s, d, 0)
		if h := heldByAnswer(a, s, d, r, quiet[d.ID], m); h != nil {
			h.Item = it
			t.Held = append(t.Held, *h)
		}
		if !a.Config.Commands.Enabled {
			continue
		}
		if n := r.Refused - r.RefusedSaid; n > 0 {
			t.Refused[d.ID] = n
		}
		commands, again := given(r, it)
		t.Commands, t.Again = append(t.Commands, commands...), append(t.Again, again...)
		if z := r.Snooze(s.Now); z != nil && z.Until.Equal(d.SnoozedUntil) {
			if say, _ := m.lasting("snoozed", d.ID+" "+z.Until.UTC().String()); say {
				t.Held = append(t.Held, notify.HeldBack{Item: it, By: z.By, Until: z.Until, Reason: z.Reason})
			}
		}
		release(&t, r.Release(), it, s.Now, m)
	}
	slices.SortStableFunc(t.Commands, func(x, y notify.Given) int {
		return cmp.Or(x.At.Compare(y.At), cmp.Compare(x.Comment, y.Comment))
	})
	slices.SortStableFunc(t.Held, func(x, y notify.HeldBack) int { return x.Until.Compare(y.Until) })
	slices.SortStableFunc(t.Planned, func(x, y notify.Item) int { return x.Release.Compare(y.Release) })
	sortItems(t.Overdue)
	return t
}

// heldByAnswer returns how an answer holds back reminders of a draft, if the report is
// to say so. A run that is forced, or is not about that severity, changes nothing
// about it.
func heldByAnswer(a Assignment, s Snapshot, d *reminder.Draft, r *discussion.Record, quiet bool, m *memory) *notify.HeldBack {
	until := reminder.AddDays(r.Last, a.Config.Policy.Quiet[d.Cadence], a.Config.Policy.Location)
	what := d.ID + " " + until.UTC().String()
	if !quiet {
		if s.Now.Before(until) {
			m.remember("quiet", what)
		}
		return nil
	}
	if say, _ := m.lasting("quiet", what); !say {
		return nil
	}
	return &notify.HeldBack{By: r.LastBy, Until: until, Answer: true}
}

// given returns the commands on a draft that no report has named, and the last of
// those that snooze it once more.
func given(r *discussion.Record, it notify.Item) (all, again []notify.Given) {
	for _, comment := range r.Unsaid() {
		command := *r.Commands[comment] // the report is read while answers go out
		g := notify.Given{Item: it, Comment: comment, Command: &command}
		all = append(all, g)
		if g.Kind == discussion.Snooze && g.Done() && r.Snoozes(comment) > 1 {
			again = []notify.Given{g}
		}
	}
	return all, again
}

// release adds the planned release of a draft, if there is one, to what is planned or
// overdue.
func release(t *notify.Talk, c *discussion.Command, it notify.Item, now time.Time, m *memory) {
	if c == nil {
		return
	}
	what := it.ID + " " + c.Until.UTC().String()
	if !now.Before(c.Until) {
		if m.item("overdue", what, &it) {
			t.Overdue = append(t.Overdue, it)
		}
	} else if say, _ := m.lasting("planned", what); say {
		t.Planned = append(t.Planned, it)
	}
}

// sayTalk notes that an accepted report has said it.
func sayTalk(l *ledger.Ledger, t notify.Talk) {
	each := func(id string, f func(*discussion.Record)) {
		if a := l.Advisories[id]; a != nil && a.Discussion != nil {
			f(a.Discussion)
		}
	}
	for id, n := range t.Refused {
		each(id, func(r *discussion.Record) { r.RefusedSaid += n })
	}
	for _, g := range t.Commands {
		each(g.Item.ID, func(r *discussion.Record) {
			if c := r.Commands[g.Comment]; c != nil {
				c.Said = true
			}
		})
	}
}

// talkFacts are what a report has to say of it, so that another report is another.
func talkFacts(t notify.Talk) (facts []string) {
	for _, g := range t.Commands {
		facts = append(facts, "command "+g.Item.ID+" "+g.At.UTC().Format(time.RFC3339))
	}
	for _, i := range t.Overdue {
		facts = append(facts, "overdue "+i.ID)
	}
	return facts
}
