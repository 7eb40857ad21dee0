package run

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/config"
	"github.com/openedx/advisory-reminders/internal/ledger"
	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/owner"
	"github.com/openedx/advisory-reminders/internal/reminder"
	"github.com/openedx/advisory-reminders/internal/transport"
)

// longest is how many of the longest open drafts a report names.
const longest = 5

// say tells the working group about the run, if there is something to say or if
// it is the first report of the week. What it says counts as said only once a
// channel has accepted it.
func say(ctx, flight context.Context, c Clients, a Assignment, clock Clock, s Snapshot, p Plan, done *Outcome, recorder *ledger.Recorder) error {
	var weekly bool
	var ended bool              // something that lasted does not any more
	var lasting, named []string // keys of what lasts, and the deliveries that the report names
	recorder.Read(func(l *ledger.Ledger) {
		done.Report, lasting = compose(c, a, s, p, *done, l)
		weekly = isWeekly(l, s.Now, a.Config.Policy.Location)
		ended = !l.OnlyLasting(lasting)
		for _, d := range slices.Concat(l.Unreported(), l.Given()) {
			named = append(named, d.ID)
		}
	})
	if ended {
		recorder.Update(func(l *ledger.Ledger) { l.KeepLasting(lasting) })
	}
	r := done.Report
	if p.Report == "" || r.Quiet() && !weekly && !a.Preview {
		return nil
	}
	until, ok := recorder.Begin(p.Report)
	switch {
	case ctx.Err() != nil:
		return failed(Say, errors.New("the run was told to stop; the next run's report says what this one could not"))
	case !ok:
		return failed(Say, errors.New("another run has taken over, or the ledger can't be written; the next run's report says what this one could not"))
	}
	within, cancel := context.WithTimeout(flight, until.Sub(clock.Now()))
	defer cancel()
	within, cut := a.Grid.within(within, settleAt, reportWithin)
	defer cut()
	sent := transport.Meanwhile(func() (struct{}, error) { return struct{}{}, c.Reporter.Report(within, r, done.tried) })
	_, err := sent()
	if c.Issue != nil {
		if repository, number := c.Issue(); number > 0 {
			recorder.Update(func(l *ledger.Ledger) { l.UseIssue(repository, number, clock.Now()) })
		}
	}
	partly, ok := errors.AsType[*Partly](err)
	if err != nil && !ok {
		if notify.AsFailure("", err).Outcome == notify.Unknown {
			recorder.End(p.Report, ledger.Result{Outcome: ledger.Unclear})
		}
		return failed(Say, errors.New(notify.Describe(err)+"; the next run's report says what this one could not"))
	}
	done.Reported = true
	recorder.Update(func(l *ledger.Ledger) {
		said(l, p, *done, s, named)
		l.SayLasting(lasting, s.Now)
		p.Closer.Doors.said(l, clock.Now())
	})
	recorder.End(p.Report, ledger.Result{Outcome: ledger.Accepted})
	if ok {
		return failed(Say, partly)
	}
	return nil
}

// said notes that a channel has accepted the report: what it named is said, and
// nothing else.
func said(l *ledger.Ledger, p Plan, done Outcome, s Snapshot, deliveries []string) {
	r := done.Report
	var named []string
	for _, refused := range done.Refused {
		for _, m := range refused.left {
			named = append(named, m.ID)
		}
	}
	l.Name(p.Report, named)
	for _, id := range deliveries {
		l.Say(id)
	}
	for _, z := range r.Resolved {
		l.SayResolved(z.Item.ID)
	}
	for _, z := range r.SnoozeEnded {
		l.SaySnoozeEnded(z.Item.ID, z.Until)
	}
	sayTalk(l, r.Talk)
	for _, a := range s.All {
		l.Advisories[a.ID].Severity = a.Severity.String()
	}
	for _, a := range s.LeftOut {
		l.SayLeftOut(a.ID, s.Now)
	}
}

// compose gathers what the report says, and the keys of what lasts now.
func compose(c Clients, a Assignment, s Snapshot, p Plan, done Outcome, l *ledger.Ledger) (notify.Report, []string) {
	weekly := isWeekly(l, s.Now, a.Config.Policy.Location)
	m := memory{Ledger: l, all: weekly || a.Preview}
	refused, book := refusals(a, s.Now, l), a.book()
	channels := func(id string, party owner.Party, cadence reminder.Cadence) []string {
		return notify.Refusing(c.Channels, p.Closer.reach(book, id, party, refused[cadence]), p.Closer.Found)
	}
	r := notify.Report{
		ID:           cmp.Or(p.Report, ledger.NewID()),
		Texts:        a.Config.Messages,
		Organization: a.scope(),
		Now:          s.Now,
		Location:     a.Config.Policy.Location,
		DryRun:       a.Preview,
		FirstRun:     (s.First || l.LastReport().IsZero() && !a.Preview) && !a.NoLedger, // nobody has heard of it
		NoLedger:     a.NoLedger,
		ConfigSource: a.ConfigSource,
		RunURL:       a.RunURL,
		Undelivered:  done.Failed,
		Tried:        p.Tried,
		Issue:        l.Issue,
	}
	r.Open, r.Ownerless = countDrafts(p.Drafts)
	OnDuty(&r, a.Config)
	if a.Try != "" {
		r.Try = &notify.Try{Place: a.Try, Sent: len(done.Sent), More: p.More}
	}
	var firsts []ledger.First
	r.CommentSeen = l.CommentSeen()
	for _, d := range l.Unreported() {
		r.Digests = together(r.Digests, d)
		firsts = append(firsts, d.First...)
	}
	r.NeedsOwner, r.NeedsScore = forGroup(a, s, p, done, l, channels)
	r.NeedsAdmin = needsAdmin(a, s, p, &m)
	r.LeftDuty, r.LeftDutyKnown = m.texts("duty", leftDuty(a, s, &m))
	r.NoAnswer = m.items("no answer", noAnswer(a, s, p, &m))
	r.Triage = m.items("triage", triage(a, s))
	if len(s.Untriaged) > 0 {
		m.rememberAll("triage") // some of these may wait still
	}
	r.Snoozed, r.SnoozeEnded = snoozes(a, s, p, &m)
	r.Talk = talk(a, s, p, &m)
	r.Month = month(a, s, l)
	r.Changed = changed(a, s, p, l)
	r.FirstTold = firstTold(a, firsts)
	r.Resolved = resolved(a, l)
	if r.LeftOut, r.LeftOutSaid = leftOut(a, s, p, l); len(r.LeftOut) > 0 && r.LeftOutSaid && !m.all {
		r.LeftOut = nil
		m.left++
	}
	if m.all {
		r.LongestOpen = longestOpen(a, s, p)
	}
	if r.Access = accessOf(a, s, p, l); !r.Access.RemovedNew && !m.all {
		r.Access.Removed = nil
	}
	r.Warnings, r.WarningsKnown = m.texts("warning", c.redacted(warnings(s, p, done)))
	r.Notes = m.notes(c.redacted(notes(a, s, p, done, channels)))
	r.Standing = m.left
	r.Heartbeat = r.Quiet()
	return r, m.keys
}

// countDrafts counts drafts by severity, and those of which nobody can be told.
func countDrafts(drafts []reminder.Draft) (bySeverity map[advisory.Severity]int, ownerless int) {
	bySeverity = make(map[advisory.Severity]int)
	for _, d := range drafts {
		bySeverity[d.Severity]++
		if d.Severity != advisory.Unscored && len(d.Recipients) == 0 && !d.Waits {
			ownerless++
		}
	}
	return bySeverity, ownerless
}

// redacted takes secrets out of texts, which may quote GitHub.
func (c Clients) redacted(list []string) []string {
	clean := make([]string, len(list))
	for i, text := range list {
		clean[i] = c.Redact(text)
	}
	return clean
}

// OnDuty enters who is on duty, by the time of the report.
func OnDuty(r *notify.Report, cfg config.Config) {
	r.OnDuty, r.NextOnDuty, r.HandOver = cfg.Duty(r.Now)
	if c, ok := cfg.ContactOf(advisory.Owner{Kind: advisory.User, Name: r.OnDuty}); ok {
		r.OnDutySlack = c.Slack
	}
}

// together adds a delivery to the digests of a report. Comments are made one for each
// advisory; for who is told of several, they are one digest.
func together(list []notify.Sent, d *ledger.Delivery) []notify.Sent {
	cadence, _ := reminder.ParseCadence(d.Cadence)
	for _, to := range d.To {
		i := slices.IndexFunc(list, func(have notify.Sent) bool {
			return d.Channel == threadChannel && have.Channel == d.Channel && have.To == string(to) && have.Cadence == cadence
		})
		if i < 0 {
			i, list = len(list), append(list, notify.Sent{To: string(to), Channel: d.Channel, Cadence: cadence})
		}
		list[i].Items += len(d.Advisories)
	}
	return list
}

// forGroup gathers what is due for the working group itself.
func forGroup(a Assignment, s Snapshot, p Plan, done Outcome, l *ledger.Ledger, channels spent) (needsOwner, needsScore []notify.Item) {
	for _, d := range p.SWG {
		for _, m := range d.Reminders {
			i := item(a, s, m.Draft, m.Told.Times)
			i.New = m.New
			if m.Severity == advisory.Unscored {
				needsScore = append(needsScore, i)
				continue
			}
			owners, said := disowned(a, l, m.ID, s.Owners.Of(m.ID))
			if i.Reason = said; said == "" || len(owners.Parties) > 0 {
				i.Reason = strings.TrimPrefix(said+"; "+nobody(m.ID, owners, p, d.Cadence, channels), "; ")
			}
			needsOwner = append(needsOwner, i)
		}
	}
	place, told := make(map[string]int), l.Told("") // in needsOwner
	for _, refused := range done.Refused {
		for _, m := range refused.left {
			reason := fmt.Sprintf("%s can't be reached: %s", refused.digest.To, refused.why)
			if at, ok := place[m.ID]; ok {
				needsOwner[at].Reason += "; " + reason
				continue
			}
			place[m.ID] = len(needsOwner)
			group := told(m.ID, reminder.SWG)
			i := item(a, s, m.Draft, group.Times)
			i.New, i.Reason = a.Config.Policy.IsNew(m.Draft, group), reason
			needsOwner = append(needsOwner, i)
		}
	}
	return needsOwner, needsScore
}

// nobody says why an advisory is the working group's.
func nobody(id string, r owner.Resolution, plan Plan, cadence reminder.Cadence, channels spent) string {
	if len(r.Parties) == 0 {
		return cmp.Or(r.Nobody, "nobody is named as an owner")
	}
	var names, reasons []string
	shut := make(map[string][]string) // by why
	for _, p := range r.Parties {
		switch why := plan.Closer.cannotOpen(id, p); {
		case len(channels(id, p, cadence)) > 0:
			reasons = append(reasons, fmt.Sprintf("%s can't be reached: the address was refused", p.Recipient))
		case plan.Thread && why != "":
			shut[why] = append(shut[why], string(p.Recipient))
		default:
			names = append(names, string(p.Recipient))
		}
	}
	if len(names) > 0 {
		reasons = append(reasons, "no owner has a contact: "+strings.Join(names, ", "))
	}
	for _, why := range slices.Sorted(maps.Keys(shut)) {
		reasons = append(reasons, "no contact is known, and whoever owns it "+why+": "+strings.Join(shut[why], ", "))
	}
	return strings.Join(reasons, "; ")
}

// changed lists the drafts whose severity is another than the last accepted
// report had it.
func changed(a Assignment, s Snapshot, p Plan, l *ledger.Ledger) []notify.Change {
	var list []notify.Change
	for _, d := range p.Drafts {
		if was := l.Advisories[d.ID].Severity; was != d.Severity.String() {
			from, _ := advisory.ParseSeverity(was)
			list = append(list, notify.Change{Item: item(a, s, &d, 0), From: from, To: d.Severity})
		}
	}
	return list
}

// firstTold lists the recipients whose first digest about a repository no
// accepted report has named, those of one repository and route together.
func firstTold(a Assignment, firsts []ledger.First) []notify.FirstTold {
	type group struct{ repo, route string }
	names := make(map[group][]string)
	for _, f := range firsts {
		g := group{f.Repository, f.Route}
		if !slices.Contains(names[g], string(f.To)) {
			names[g] = append(names[g], string(f.To))
		}
	}
	var list []notify.FirstTold
	for g, to := range names {
		slices.Sort(to)
		repo, _ := advisory.ParseRepository(g.repo)
		list = append(list, notify.FirstTold{To: strings.Join(to, ", "), Repository: repo, URL: a.Server + "/" + g.repo, Route: g.route})
	}
	slices.SortFunc(list, func(x, y notify.FirstTold) int {
		return cmp.Or(cmp.Compare(x.Repository.Key(), y.Repository.Key()), cmp.Compare(x.Route, y.Route))
	})
	return list
}

// resolved lists the advisories that are drafts no longer, if no accepted report
// has named them.
func resolved(a Assignment, l *ledger.Ledger) []notify.Resolved {
	var list []notify.Resolved
	for id, r := range l.Advisories {
		if r.State == "" || r.ResolvedSaid {
			continue
		}
		repo, _ := advisory.ParseRepository(r.Repository)
		severity, _ := advisory.ParseSeverity(r.Severity)
		list = append(list, notify.Resolved{State: r.State, Item: notify.Item{
			ID:         id,
			Repository: repo,
			URL:        a.Server + "/" + r.Repository + "/security/advisories/" + id,
			Severity:   severity,
			OpenDays:   reminder.Days(r.Opened, r.LastSeen, a.Config.Policy.Location),
		}})
	}
	slices.SortFunc(list, func(a, b notify.Resolved) int { return cmp.Compare(a.Item.ID, b.Item.ID) })
	return list
}

// leftOut lists the drafts that GitHub's list leaves out, and reports whether an
// accepted report has said so of each.
func leftOut(a Assignment, s Snapshot, p Plan, l *ledger.Ledger) (list []notify.Item, said bool) {
	said = true
	is := make(map[string]bool)
	for _, d := range s.LeftOut {
		is[d.ID] = true
		said = said && !l.Advisories[d.ID].LeftOut.IsZero()
	}
	for _, d := range p.Drafts {
		if is[d.ID] {
			list = append(list, item(a, s, &d, 0))
		}
	}
	sortItems(list)
	return list, said
}

func longestOpen(a Assignment, s Snapshot, p Plan) []notify.Item {
	drafts := slices.Clone(p.Drafts)
	slices.SortFunc(drafts, func(a, b reminder.Draft) int {
		return cmp.Or(a.Opened.Compare(b.Opened), cmp.Compare(a.ID, b.ID))
	})
	var list []notify.Item
	for _, d := range drafts[:min(longest, len(drafts))] {
		list = append(list, item(a, s, &d, 0))
	}
	return list
}

// warnings are what else a human should look at now.
func warnings(s Snapshot, p Plan, done Outcome) []string {
	list := slices.Concat(s.Clocks, s.Identity, s.Unseen, s.Owners.Failures)
	if names := s.Owners.Waiting(); len(names) > 0 {
		list = append(list, "GitHub could not say now whom to tell, or at which address, so these wait until the next run: "+notify.FirstOf(names)+".")
	}
	if p.Brake != nil {
		list = append(list, failed(Brake, p.Brake).Error())
	}
	list = append(list, slices.Concat(done.opening.failures, done.opening.notes)...)
	for _, why := range done.Unanswered {
		list = append(list, notify.Sentence(why))
	}
	whose := make(map[string][]string) // by reason
	for _, r := range done.Refused {
		name := string(r.digest.To)
		switch {
		case r.follow > 0:
			list = append(list, fmt.Sprintf("%s can't be reached: %s. The next run tells them by comment.", name, r.why))
		case len(r.left) == 0 && !slices.Contains(whose[r.why], name):
			whose[r.why] = append(whose[r.why], name)
		}
	}
	for _, why := range slices.Sorted(maps.Keys(whose)) {
		list = append(list, fmt.Sprintf("%s can't be reached: %s. Others are told instead.", strings.Join(whose[why], ", "), why))
	}
	return list
}

// notes are what every report says as long as it is so: owners that do not
// resolve or are refused, rights that the token lacks, a list that has always been empty.
func notes(a Assignment, s Snapshot, p Plan, done Outcome, channels spent) []string {
	var list []string
	if p.Mute {
		list = append(list, "No way to write to maintainers is set up (smtp-server or slack-token, and channels in the configuration), so every reminder goes to the working group.")
	}
	for _, what := range s.Owners.Refused {
		list = append(list, "The token can't ask for "+what+": the run went on without them.")
	}
	for _, err := range s.Untriaged {
		list = append(list, "What waits for triage is not known: "+err.Error()+".")
	}
	where := make(map[string][]string) // repositories, by problem
	for _, a := range s.All {
		r := s.Owners.Of(a.ID)
		name := cmp.Or(r.Repository.Name, a.Repository.Name)
		for _, problem := range slices.Concat(r.Problems, r.Refused) {
			if !slices.Contains(where[problem], name) {
				where[problem] = append(where[problem], name)
			}
		}
	}
	var problems []string
	for problem, names := range where {
		slices.Sort(names)
		problems = append(problems, strings.Join(names, ", ")+": "+problem+".")
	}
	slices.Sort(problems)
	list = append(list, problems...)
	list = append(list, p.Closer.Doors.notes()...)
	if done.Paced > 0 {
		list = append(list, notify.Plural(done.Paced, "comment is", "comments are")+" made by the next run: one run makes one a second, and 380 at most.")
	}
	return slices.Concat(list, refusedNotes(s, p, done, channels), s.Doubts, s.Heard.silence())
}
