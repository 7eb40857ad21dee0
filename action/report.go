package action

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/ledger"
	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/owner"
	"github.com/openedx/advisory-reminders/internal/reminder"
)

// longest is how many of the longest open drafts a report names.
const longest = 5

// report tells the working group about the run, if there is something to say
// or if it is the first report of the week. What it says counts as said only
// once a channel has accepted it.
func (j *job) report(ctx context.Context, t *task, done *delivered) (notify.Report, error) {
	r := j.compose(t, *done)
	done.unsaid = true
	if !t.plan.reports || r.Quiet() && !j.weekly(t.memory) && !j.in.DryRun {
		return r, nil
	}
	if !j.sure(t) && j.save(t) != nil || !t.memory.HoldsReport(j.holder) {
		return r, failed(stepReport, errors.New("another run has taken over, or the ledger can't be written; the next run's report says what this one could not"))
	}
	if ctx.Err() != nil {
		return r, failed(stepReport, errors.New("the run was told to stop; the next run's report says what this one could not"))
	}
	err := j.sayIt(ctx, t, r)
	half, ok := errors.AsType[*halfDelivered](err)
	switch {
	case ok:
		err = failed(stepReport, half)
	case err != nil:
		return r, failed(stepReport, errors.New(describe(err)+"; the next run's report says what this one could not"))
	}
	done.unsaid = false
	j.said(t, *done, r)
	return r, err
}

// sayIt sends the report, and writes the ledger while that takes long.
func (j *job) sayIt(ctx context.Context, t *task, r notify.Report) error {
	return j.meanwhileSaving(ctx, t, func() (err error) {
		defer func() {
			if recover() != nil {
				err = &notify.Failure{Channel: "report", Detail: "the program broke at the report, which is a defect of its own: please report it"}
			}
		}()
		return j.reporter.Report(j.flight, r)
	})
}

// show writes the job summary and the outputs, in a private repository.
func (j *job) show(t *task, done delivered, r notify.Report) error {
	if j.out.public {
		return nil
	}
	counts := t.plan.outputs(t.seen, done, j.in.DryRun)
	if !j.in.DryRun {
		j.out.printf("%s", outcome(counts, t.plan, done, r))
	}
	r.Heartbeat = false // that is about the channel
	err := errors.Join(
		j.out.summary(notify.Markdown(r)),
		j.out.outputs(counts),
	)
	if err != nil {
		return failed(stepShow, err)
	}
	return nil
}

// outcome says in a line what a live run has done, in the numbers of its outputs.
func outcome(counts map[string]int, p plan, done delivered, r notify.Report) string {
	report := "There was nothing to report."
	switch {
	case p.reports && !done.unsaid:
		report = "The report was sent."
	case p.reports && !r.Quiet():
		report = "The report did not go out."
	}
	return fmt.Sprintf("%s, not delivered: %d. %s", plural(counts["digests-sent"], "digest was sent", "digests were sent"), counts["digests-failed"], report)
}

// compose gathers what the report says.
func (j *job) compose(t *task, done delivered) notify.Report {
	r := notify.Report{
		ID:           cmp.Or(t.plan.reportID, newID()),
		Texts:        j.texts(),
		Organization: j.scope(),
		Now:          j.now,
		Location:     j.cfg.Policy.Location,
		DryRun:       j.in.DryRun,
		ConfigSource: j.source,
		Open:         make(map[advisory.Severity]int),
		Undelivered:  done.failed,
	}
	if j.env.repository != "" && j.env.runID != "" {
		r.RunURL = j.env.serverURL + "/" + j.env.repository + "/actions/runs/" + j.env.runID
	}
	r.OnDuty, r.NextOnDuty, r.HandOver = j.onDuty()
	drafts := j.drafts(t, t.plan.reach)
	for _, d := range drafts {
		r.Open[d.Severity]++
		if d.Severity != advisory.Unscored && len(d.Recipients) == 0 && !d.Waits {
			r.Ownerless++
		}
	}
	for _, d := range t.memory.Unreported {
		cadence, _ := reminder.ParseCadence(d.Cadence)
		r.Digests = append(r.Digests, notify.Sent{To: string(d.To), Channel: d.Channel, Cadence: cadence, Items: d.Items})
	}
	j.composeForGroup(&r, t, done)
	r.Stalled = j.stalled(t, drafts)
	r.Snoozed, r.SnoozeEnded = j.snoozes(t, drafts)
	r.Changed = j.changed(t, drafts)
	r.FirstTold = firstTold(t.memory)
	r.Resolved = j.resolved(t.memory)
	r.LeftOut, r.LeftOutSaid = j.leftOutItems(t, drafts)
	r.LongestOpen = j.longestOpen(drafts, t.owners)
	for _, w := range warnings(t, done) {
		r.Warnings = append(r.Warnings, j.out.redact(w)) // it may quote GitHub
	}
	r.Notes = j.notes(t)
	r.Heartbeat = r.Quiet()
	return r
}

// composeForGroup gathers what is due for the working group itself.
func (j *job) composeForGroup(r *notify.Report, t *task, done delivered) {
	for _, d := range t.plan.swg {
		for _, m := range d.Reminders {
			item := j.item(m.Draft, m.Told.Times, t.owners)
			if m.Severity == advisory.Unscored {
				r.NeedsScore = append(r.NeedsScore, item)
				continue
			}
			item.Reason = nobody(t.owners.Of(m.ID))
			r.NeedsOwner = append(r.NeedsOwner, item)
		}
	}
	for _, refused := range done.refused {
		for _, m := range refused.digest.Reminders {
			item := j.item(m.Draft, m.Told.Times, t.owners)
			item.Reason = fmt.Sprintf("%s can't be reached: %s", refused.digest.To, refused.why)
			r.NeedsOwner = append(r.NeedsOwner, item)
		}
	}
}

// scope names what the run is about.
func (j *job) scope() string {
	if len(j.in.Repositories) == 0 {
		return j.in.Organization
	}
	var names []string
	for _, r := range j.in.Repositories {
		names = append(names, r.String())
	}
	return strings.Join(names, ", ")
}

// nobody says why an advisory is the working group's.
func nobody(r owner.Resolution) string {
	if len(r.Parties) == 0 {
		return cmp.Or(r.Nobody, "nobody is named as an owner")
	}
	var names []string
	for _, p := range r.Parties {
		names = append(names, string(p.Recipient))
	}
	return "no owner has a contact: " + strings.Join(names, ", ")
}

// changed lists the drafts whose severity is another than the last accepted
// report had it.
func (j *job) changed(t *task, drafts []reminder.Draft) []notify.Change {
	var list []notify.Change
	for _, d := range drafts {
		was := t.memory.Advisories[d.ID].Severity
		if was != d.Severity.String() {
			from, _ := advisory.ParseSeverity(was)
			list = append(list, notify.Change{Item: j.item(&d, 0, t.owners), From: from, To: d.Severity})
		}
	}
	return list
}

// firstTold lists the recipients whose first digest about a repository no
// accepted report has named, those of one repository and route together.
func firstTold(memory *ledger.Ledger) []notify.FirstTold {
	type group struct{ repo, route string }
	names := make(map[group][]string)
	for key, known := range memory.Introduced {
		for to, i := range known {
			if !i.Said {
				g := group{key, i.Route}
				names[g] = append(names[g], string(to))
			}
		}
	}
	var list []notify.FirstTold
	for g, to := range names {
		slices.Sort(to)
		repo, _ := advisory.ParseRepository(g.repo)
		list = append(list, notify.FirstTold{To: strings.Join(to, ", "), Repository: repo, Route: g.route})
	}
	slices.SortFunc(list, func(a, b notify.FirstTold) int {
		return cmp.Or(cmp.Compare(a.Repository.Key(), b.Repository.Key()), cmp.Compare(a.Route, b.Route))
	})
	return list
}

// resolved lists the advisories that are drafts no longer, if no accepted
// report has named them.
func (j *job) resolved(memory *ledger.Ledger) []notify.Resolved {
	var list []notify.Resolved
	for id, r := range memory.Advisories {
		if r.State == "" || r.ResolvedSaid {
			continue
		}
		repo, _ := advisory.ParseRepository(r.Repository)
		severity, _ := advisory.ParseSeverity(r.Severity)
		list = append(list, notify.Resolved{State: r.State, Item: notify.Item{
			ID:         id,
			Repository: repo,
			URL:        j.env.serverURL + "/" + r.Repository + "/security/advisories/" + id,
			Severity:   severity,
			OpenDays:   days(r.Opened, r.LastSeen, j.cfg.Policy.Location),
		}})
	}
	slices.SortFunc(list, func(a, b notify.Resolved) int { return cmp.Compare(a.Item.ID, b.Item.ID) })
	return list
}

// leftOutItems lists the drafts that GitHub's list leaves out, and reports whether
// an accepted report has said so of each.
func (j *job) leftOutItems(t *task, drafts []reminder.Draft) (list []notify.Item, said bool) {
	said = true
	leftOut := make(map[string]bool)
	for _, a := range t.seen.leftOut {
		leftOut[a.ID] = true
		said = said && !t.memory.Advisories[a.ID].LeftOut.IsZero()
	}
	for _, d := range drafts {
		if leftOut[d.ID] {
			list = append(list, j.item(&d, 0, t.owners))
		}
	}
	sortItems(list)
	return list, said
}

func (j *job) longestOpen(drafts []reminder.Draft, owners owner.Result) []notify.Item {
	drafts = slices.Clone(drafts)
	slices.SortFunc(drafts, func(a, b reminder.Draft) int {
		return cmp.Or(a.Opened.Compare(b.Opened), cmp.Compare(a.ID, b.ID))
	})
	var list []notify.Item
	for _, d := range drafts[:min(longest, len(drafts))] {
		list = append(list, j.item(&d, 0, owners))
	}
	return list
}

// warnings are what else a human should look at now.
func warnings(t *task, done delivered) []string {
	list := slices.Concat(t.seen.unlisted, t.seen.vanished, t.owners.Failures)
	if t.plan.trouble != nil {
		list = append(list, t.plan.trouble.Error())
	}
	return list
}

// notes are what every report says as long as it is so: owners that do not
// resolve, rights that the token lacks, a list that has always been empty.
func (j *job) notes(t *task) []string {
	var list []string
	if len(t.plan.reach.channels) == 0 {
		list = append(list, "No way to write to maintainers is set up (smtp-server or slack-token, and channels in the configuration), so that every reminder goes to the working group.")
	}
	for _, what := range t.owners.Refused {
		list = append(list, "The token may not ask for "+what+": the run went on without them.")
	}
	byRepository := make(map[string][]string)
	for _, a := range t.seen.drafts {
		r := t.owners.Of(a.ID)
		for _, problem := range r.Problems {
			text := fmt.Sprintf("%s: %s.", cmp.Or(r.Repository.Name, a.Repository.Name), problem)
			if !slices.Contains(byRepository[a.Repository.Key()], text) {
				byRepository[a.Repository.Key()] = append(byRepository[a.Repository.Key()], text)
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(byRepository)) {
		list = append(list, byRepository[key]...)
	}
	return slices.Concat(list, t.coverage(), t.seen.doubts)
}

// said notes that a channel has accepted the report.
func (j *job) said(t *task, done delivered, r notify.Report) {
	memory, delivery := t.memory, ledger.Delivery{ID: r.ID, Run: j.env.run(), At: j.now}
	for _, d := range t.plan.swg {
		for _, m := range d.Reminders {
			memory.Record(m.ID, reminder.SWG, delivery)
		}
	}
	for _, refused := range done.refused {
		for _, m := range refused.digest.Reminders {
			bounced := delivery
			bounced.Refused = true
			memory.Record(m.ID, refused.digest.To, bounced)
		}
	}
	memory.Reported(j.now)
	for _, z := range r.SnoozeEnded {
		memory.SaySnoozeEnded(z.Item.ID, z.Until)
	}
	for _, a := range t.seen.drafts {
		memory.Advisories[a.ID].Severity = a.Severity.String()
	}
	for _, a := range t.seen.leftOut {
		memory.Advisories[a.ID].LeftOut = j.now.UTC()
	}
}
