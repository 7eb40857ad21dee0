package notifytest

import (
	"time"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/discussion"
	"github.com/openedx/advisory-reminders/internal/notify"
)

// Commands are one of every kind, done, and then one with every problem.
func Commands() []discussion.Command {
	later := Now.AddDate(0, 1, 0)
	give := func(k discussion.Kind, p discussion.Problem) discussion.Command {
		return discussion.Command{Kind: k, Problem: p, By: "ada", At: Now, Until: later, Bound: later.Add(time.Second)}
	}
	list := []discussion.Command{
		give(discussion.Snooze, ""), give(discussion.Snooze, ""), give(discussion.SnoozeOff, ""), give(discussion.Release, ""), give(discussion.ReleaseOff, ""),
		give(discussion.Answered, ""), give(discussion.NotMine, ""), give(discussion.NotMine, ""), give(discussion.NotMine, ""), give(discussion.Help, ""),
		give(discussion.Snooze, discussion.Edited), give(discussion.Snooze, discussion.NoDate), give(discussion.Snooze, discussion.Past), give(discussion.Snooze, discussion.TooFar),
		give(discussion.Release, discussion.NoDate), give(discussion.Release, discussion.Weekend), give(discussion.Release, discussion.TooSoon),
	}
	list[0].Reason = "waits for upstream"
	list[7].Nothing, list[8].Nothing = discussion.NotTold, discussion.ByTeam
	return list
}

// Talk is what people said on drafts.
func Talk() notify.Talk {
	i := item("xblock-poll", "GHSA-4v9r-8xw2-m3qp", advisory.High, 7.5, 41, 2)
	i.Release = Now.AddDate(0, 0, 10)
	late := item("edx-ora2", "GHSA-r7r7-4m2p-6xqv", advisory.Critical, 9.1, 96, 5)
	late.Release = Now.Add(-time.Hour)
	t := notify.Talk{
		Refused: map[string]int{i.ID: 2, late.ID: 1},
		Planned: []notify.Item{i},
		Overdue: []notify.Item{late},
		Held: []notify.HeldBack{
			{Item: i, By: "ada", Until: Now.AddDate(0, 0, 3), Answer: true},
			{Item: late, By: "grace", Until: Now.AddDate(0, 1, 0), Reason: "waits for upstream"},
		},
	}
	for n, c := range Commands() {
		t.Commands = append(t.Commands, notify.Given{Item: i, Comment: int64(9_000_000 + n), Command: &c})
	}
	t.Again = t.Commands[1:2]
	return t
}
