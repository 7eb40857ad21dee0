package action

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/reminder"
)

// A plan is what this run is going to send.
type plan struct {
	due     []reminder.Digest // to people and teams
	digests []reminder.Digest // those of them that this run sends
	swg     []reminder.Digest // to the working group, in the report
	reach   *reach
	trouble error // the brake, where it holds the digests back

	left     int                  // digests that another run is at work on
	ids      map[digestKey]string // of the deliveries
	reports  bool                 // this run sends a report
	reportID string
}

// plan decides what is due. Whom Slack alone might know is looked up first, but
// only if something is due for them: then the plan is made again without those
// whom it doesn't know.
func (j *job) plan(ctx context.Context, t *task) plan {
	p := plan{reach: newReach(j, t.owners)}
	request := func() reminder.Request {
		return reminder.Request{
			Now:        j.now,
			Policy:     j.cfg.Policy,
			Drafts:     j.drafts(t, p.reach),
			History:    t.memory.Told(j.env.run()),
			Force:      j.in.Force,
			Severities: j.in.Severities,
		}
	}
	all, decisions := reminder.Plan(request())
	if p.reach.lookUp(ctx, all) {
		all, decisions = reminder.Plan(request())
	}
	for _, d := range all {
		if d.To == reminder.SWG {
			p.swg = append(p.swg, d)
		} else {
			p.due = append(p.due, d)
		}
	}
	j.explain(decisions)
	if err := j.brake(p.due); err != nil {
		p.trouble = failed(stepBrake, err)
	} else {
		p.digests = p.due
	}
	return p
}

// drafts joins what was seen with who is to be told of it.
func (j *job) drafts(t *task, reach *reach) []reminder.Draft {
	until := make(map[string]time.Time)
	for _, s := range j.cfg.Snooze {
		until[s.Advisory] = s.Until
	}
	drafts := make([]reminder.Draft, 0, len(t.seen.drafts))
	for i := range t.seen.drafts {
		a := &t.seen.drafts[i]
		d := reminder.Draft{Advisory: a, Opened: t.seen.opened[a.ID], SnoozedUntil: until[a.ID]}
		owners := t.owners.Of(a.ID)
		d.Recipients, d.Waits = make([]reminder.Recipient, 0, len(owners.Parties)), owners.Waits
		for _, party := range owners.Parties {
			switch {
			case owners.Waits:
			case party.Waits:
				d.Waits = true
			case reach.possible(party):
				d.Recipients = append(d.Recipients, party.Recipient)
			}
		}
		drafts = append(drafts, d)
	}
	return drafts
}

// brake stops a run that would write to more people than the input allows.
func (j *job) brake(digests []reminder.Digest) error {
	var to []reminder.Recipient
	for _, d := range digests {
		to = append(to, d.To)
	}
	slices.Sort(to)
	if n := len(slices.Compact(to)); j.in.MaxRecipients > 0 && n > j.in.MaxRecipients {
		return fmt.Errorf("%d recipients are due, more than the input max-recipients (%d) allows: nothing was sent to them; look at a dry run, and raise it if that is right", n, j.in.MaxRecipients)
	}
	return nil
}

// explain shows what is going to be sent and why, before it is; in a dry run
// also what is not.
func (j *job) explain(decisions []reminder.Decision) {
	j.out.printf("As of %s, in %s:", j.now.In(j.cfg.Policy.Location).Format("Mon 2 Jan 2006 15:04 MST"), j.cfg.Policy.Location)
	for _, d := range decisions {
		if !j.in.DryRun && !d.Reason.Sent() {
			continue
		}
		j.out.printf("  %s  %-12s  %-40s  %s", d.Advisory, d.Cadence, d.To, d.Reason)
	}
	j.out.printf("")
}

// outputs are the action's outputs.
func (p plan) outputs(seen sight, done delivered, dryRun bool) map[string]int {
	n := map[string]int{
		"open-drafts":    len(seen.drafts),
		"due-reminders":  0,
		"digests-sent":   len(done.sent),
		"digests-failed": len(done.failed),
		"unrouted":       0,
	}
	if dryRun {
		n["digests-sent"] = 0
	}
	if p.trouble != nil {
		n["digests-failed"] = len(p.due)
	}
	if done.unsaid {
		n["digests-failed"] += len(done.refused)
	}
	for _, d := range p.due {
		n["due-reminders"] += len(d.Reminders)
	}
	for _, d := range p.swg {
		n["due-reminders"] += len(d.Reminders)
		for _, r := range d.Reminders {
			if r.Severity != advisory.Unscored {
				n["unrouted"]++
			}
		}
	}
	return n
}

// texts are the organization's names and links, for messages.
func (j *job) texts() notify.Texts {
	m := j.cfg.Messages
	return notify.Texts{
		Organization:    m.Organization,
		WorkingGroup:    m.WorkingGroup,
		Contact:         m.Contact,
		ProcessURL:      m.ProcessURL,
		AnnouncementURL: m.AnnouncementURL,
		TimeZone:        m.TimeZone,
		ReleaseBranches: m.ReleaseBranches,
	}
}
