package run

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/openedx/advisory-reminders/internal/ledger"
	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/owner"
	"github.com/openedx/advisory-reminders/internal/reminder"
	"github.com/openedx/advisory-reminders/internal/transport"
)

// say tells the working group about the run, if there is something to say or if
// it is the first report of the week. What it says counts as said only once a
// channel has accepted it.
func say(ctx, flight context.Context, c Clients, a Assignment, clock Clock, s Snapshot, p Plan, done *Outcome, recorder *ledger.Recorder) error {
	var m *memory
	var ended bool     // something that lasted does not any more
	var named []string // the deliveries that the report names
	recorder.Read(func(l *ledger.Ledger) {
		done.Report, m = compose(c, a, s, p, *done, l)
		ended = !l.OnlyLasting(m.keys)
		for _, d := range slices.Concat(l.Unreported(), l.Given()) {
			named = append(named, d.ID)
		}
	})
	if ended {
		recorder.Update(func(l *ledger.Ledger) { l.KeepLasting(m.keys) })
	}
	r := done.Report
	if p.Report == "" || r.Quiet() && !m.all {
		return nil
	}
	done.Reports = true
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
	err := transport.Guard(func() error { return c.Reporter.Report(within, r, done.tried) })
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
		l.SayLasting(m.keys, s.Now)
		p.Closer.Access.said(l, clock.Now())
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

// compose gathers what the report says, section by section, and what it has to
// remember. The sections are in section.go and in the files section_TOPIC.go.
func compose(c Clients, a Assignment, s Snapshot, p Plan, done Outcome, l *ledger.Ledger) (notify.Report, *memory) {
	m := &memory{Ledger: l, all: a.Preview || l.LastReport().Before(reminder.Weekly.Start(s.Now, a.Config.Policy.Location))}
	refused, book := refusals(a, s.Now, l), a.book()
	refusing := func(d *reminder.Draft, party owner.Party) []string {
		return notify.Refusing(c.Channels, p.Closer.reach(book, d, party, refused), p.Closer.Found)
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
		CommentSeen:  l.CommentSeen(),
	}
	if a.Try != "" {
		r.Try = &notify.Try{Place: a.Try, Sent: len(done.Sent), More: p.More}
	}
	OnDuty(&r, a.Config)
	r.Open, r.Ownerless = countDrafts(p.Drafts)
	r.NeedsOwner, r.NeedsScore = forGroup(a, s, p, done, l, refusing)
	r.NeedsAdmin = needsAdmin(a, s, p, m)
	r.NoAnswer = noAnswer(a, s, p, m)
	r.Triage = triage(a, s, m)
	r.LeftDuty, r.LeftDutyKnown = leftDuty(a, s, m)
	r.LeftOut, r.LeftOutSaid = leftOut(a, s, p, m)
	r.Digests = digests(l)
	r.FirstTold = firstTold(a, l)
	r.Changed = changed(a, s, p, l)
	r.Resolved = resolved(a, l)
	r.Snoozed, r.SnoozeEnded = snoozes(a, s, p, m)
	r.Talk = talk(a, s, p, m)
	r.Access = accessOf(a, s, p, m)
	r.Month = month(a, s, l)
	r.LongestOpen = longestOpen(a, s, p, m)
	r.Warnings, r.WarningsKnown = m.texts("warning", c.redacted(warnings(s, p, done)))
	r.Notes = m.notes(c.redacted(notes(s, p, done, refusing)))
	r.Standing = m.left
	r.Heartbeat = r.Quiet()
	return r, m
}

// redacted takes secrets out of texts, which may quote GitHub.
func (c Clients) redacted(list []string) []string {
	clean := make([]string, len(list))
	for i, text := range list {
		clean[i] = c.Redact(text)
	}
	return clean
}

// sum is the same for two reports if they have the same to say of this run: a
// mail program shows only one of two mails that bear the same id.
func sum(s Snapshot, p Plan, r notify.Report, l *ledger.Ledger) string {
	facts := slices.Clone(r.Warnings)
	for _, list := range [][]notify.Item{r.NoAnswer, r.Triage} {
		for _, i := range list {
			facts = append(facts, fmt.Sprint("waits ", i.ID))
		}
	}
	for _, c := range r.Changed {
		facts = append(facts, fmt.Sprint("changed ", c.Item.ID, " ", c.From, " ", c.To))
	}
	for _, z := range r.SnoozeEnded {
		facts = append(facts, fmt.Sprint("snooze over ", z.Item.ID, " ", z.Until.Unix()))
	}
	facts = append(facts, talkFacts(r.Talk)...)
	for _, d := range p.SWG {
		for _, m := range d.Reminders {
			facts = append(facts, fmt.Sprint(d.Cadence, " ", m.ID))
		}
	}
	// After an attempt in vain there is something else to say of a delivery. Of one of
	// which nobody knows, such as a dead run's, there is not.
	attempt := func(d *ledger.Delivery) { facts = append(facts, fmt.Sprint(d.ID, " ", d.Vain)) }
	for i := range p.Deliveries {
		attempt(&p.Deliveries[i].Delivery)
	}
	for _, d := range slices.Concat(l.Unreported(), l.Given()) {
		attempt(d)
	}
	facts = append(facts, p.Closer.Access.facts()...)
	for _, a := range s.LeftOut {
		facts = append(facts, "left out "+a.ID)
	}
	for id, a := range l.Advisories {
		if a.State != "" && !a.ResolvedSaid {
			facts = append(facts, "resolved "+id)
		}
	}
	slices.Sort(facts)
	sum := sha256.Sum256([]byte(strings.Join(facts, "\n")))
	return hex.EncodeToString(sum[:8])
}
