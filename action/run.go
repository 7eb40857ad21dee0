package action

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/openedx/advisory-reminders/internal/check"
	"github.com/openedx/advisory-reminders/internal/config"
	"github.com/openedx/advisory-reminders/internal/ledger"
	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/run"
	"github.com/openedx/advisory-reminders/internal/transport"
)

// settings are what a run or a check is asked for, read once.
type settings struct {
	in     Inputs
	env    environment
	cfg    config.Config
	source string // which configuration applies
	clock  run.Clock
	pace   time.Duration // see Process.SlackPace
	out    *console
	client *http.Client
	wrong  check.Mistakes
	grid   run.Grid // where the log is public

	preview *preview // of a dry run
}

// perform carries out run or check, from reading the inputs on.
func perform(ctx context.Context, p Process, out *console) (err error) {
	s := settings{preview: new(preview), env: readEnvironment(p), out: out, pace: p.SlackPace, client: transport.New(p.Patience)}
	defer func() { // whatever broke
		if failed, _ := errors.AsType[*run.Error](err); failed == nil || !failed.Usage {
			s.grid.End(ctx, s.clock)
		}
	}()
	err = s.gather(ctx, p)
	if err == nil && ctx.Err() != nil { // what could not be asked is no mistake
		err = &run.Error{Step: run.Inputs, Err: errors.New("the run was told to stop; the next one goes on")}
		out.elsewhere = nowhere
	}
	if err != nil {
		return err
	}
	return s.command(ctx)
}

// broken sends the alarm of a panic, unless a report was begun, and goes on with it.
func (s *settings) broken(ctx context.Context, reporter *watched) {
	broke := recover()
	if broke == nil {
		return
	}
	if !reporter.begun {
		_ = transport.Guard(func() error { s.alarm(ctx, nil, transport.ErrBroke); return nil })
	}
	panic(broke)
}

// command carries out run or check once the inputs are read; connect refuses mistakes in
// them.
func (s settings) command(ctx context.Context) error {
	if s.in.Check {
		return s.check(ctx)
	}
	var reporter watched
	defer s.broken(ctx, &reporter)
	clients, wrong := s.connect(ctx)
	if len(wrong) > 0 {
		err := &run.Error{Step: run.Inputs, Err: wrong, Usage: true}
		s.alarm(ctx, nil, err)
		return err
	}
	defer s.close(clients)
	reporter.Reporter = clients.Reporter
	clients.Reporter = &reporter
	outcome, err := run.Run(ctx, clients, s.assignment(), s.clock)
	s.preview.show(s.out, outcome.Outline, s.in.Messages)
	if err != nil && outcome.Report.ID == "" {
		s.alarm(ctx, clients.Ledger, err)
	}
	return errors.Join(err, s.show(outcome))
}

// gather reads the inputs, the configuration and the clock. Mistakes in their values are
// gathered in wrong, and no error here.
func (s *settings) gather(ctx context.Context, p Process) error {
	began, out := p.Now(), s.out
	defer s.broken(ctx, new(watched))
	s.clock.Wait = p.Wait
	s.clock.Clock = transport.NewClock(p.Now, time.Time{})
	if s.clock.Wait == nil {
		s.clock.Wait = notify.Wait
	}
	if s.env.actions { // until the log is known to be private
		s.grid = run.Grid{Began: began, Length: s.env.grid, Now: p.Now}
	}
	values, err := readFlags(p, out.gha.GetInput)
	if err != nil {
		return &run.Error{Step: run.Inputs, Err: err, Usage: true}
	}
	for _, in := range inputs {
		if in.secret && in.name != "config-text" {
			out.mask(values[in.name])
		}
	}
	s.in, s.wrong = parseInputs(values, s.env)
	s.wrong = slices.Concat(s.wrong, misspelt(p), s.env.wrong)
	s.in.SMTP.Wait = s.clock.Wait
	out.askVisibility(ctx, s.github(cmp.Or(s.in.LedgerToken, s.in.Token)), s.env.apiURL, s.env.repository)
	if !out.public {
		s.grid = run.Grid{}
	}
	p.Hush(out.public)

	var more check.Mistakes
	s.cfg, s.source, more = readConfig(s.in, s.env, out.public)
	s.cfg = s.cfg.For(s.in.organization())
	s.wrong = append(s.wrong, more...)
	zone := time.UTC
	if len(more) == 0 {
		zone = s.cfg.Policy.Location
	}
	at, more := startTime(s.in.AsOf, zone)
	s.wrong = append(s.wrong, more...)
	if !at.IsZero() {
		s.clock.Clock = transport.NewClock(p.Now, at)
	}
	s.wrong = append(s.wrong, s.wrongInPublic()...)
	return nil
}

// github returns a client that sends a token to GitHub, and by whose answers the
// clock goes.
func (s settings) github(token string) *http.Client {
	client := transport.Authorized(s.clock.Watch(s.client), token)
	if s.in.SendAllTo != "" {
		client.Transport = readOnly{client.Transport}
	}
	return client
}

// assignment is what the run is asked for.
func (s settings) assignment() run.Assignment {
	a := run.Assignment{
		Organization:  s.in.Organization,
		Repositories:  s.in.Repositories,
		Config:        s.cfg,
		ConfigSource:  s.source,
		Force:         s.in.Force,
		Severities:    s.in.Severities,
		MaxRecipients: s.in.MaxRecipients,
		Holder:        ledger.Holder{Run: s.env.run(), Attempt: s.env.attempt, Process: ledger.NewID()},
		Life:          s.env.claim,
		Server:        s.env.serverURL,
		Preview:       s.in.DryRun || s.in.SendAllTo != "",
		NoLedger:      s.in.SendAllTo != "" || s.in.DryRun && s.homeless(),
		Try:           s.tryInsteadOf(),
		Public:        s.out.public,
		Grid:          s.grid,
	}
	if a.Try != "" {
		a.Holder.Run = "" // what this workflow run has delivered is shown too
	}
	if s.env.repository != "" && s.env.runID != "" {
		a.RunURL = s.env.serverURL + "/" + s.env.repository + "/actions/runs/" + s.env.runID
	}
	return a
}

// show writes the job summary and the outputs, in a private repository.
func (s settings) show(o run.Outcome) error {
	if s.out.public || o.Report.ID == "" {
		return nil
	}
	n := counts(o, s.in.DryRun || s.in.SendAllTo != "")
	if s.in.SendAllTo != "" {
		s.out.printf("%s", tryInALine(o))
	} else if !s.in.DryRun {
		s.out.printf("%s", inALine(n, o))
	}
	r := o.Report
	s.out.annotate(r.Warnings, s.out.gha.Warningf)
	r.Heartbeat = false // that is about the channel
	err := errors.Join(s.out.summary(notify.Markdown(r)), s.out.outputs(n), s.writeReport(o.Report))
	if err != nil {
		return &run.Error{Step: run.Show, Err: err}
	}
	return nil
}

// counts are the action's outputs.
func counts(o run.Outcome, dryRun bool) map[string]int {
	n := map[string]int{
		"open-drafts":    o.Open,
		"due-reminders":  o.Due,
		"digests-sent":   len(o.Sent),
		"digests-failed": len(o.Failed) + o.Braked + o.Unsaid(),
		"unrouted":       o.Unrouted,
	}
	if dryRun {
		n["digests-sent"] = 0
	}
	return n
}

// inALine says in a line what a live run has done, in the numbers of its outputs.
func inALine(counts map[string]int, o run.Outcome) string {
	report := "There was nothing to report."
	switch {
	case o.Reported:
		report = "The report was sent."
	case o.Reports:
		report = "The report did not go out."
	}
	if counts["digests-sent"]+counts["digests-failed"] == 0 {
		return report
	}
	return fmt.Sprintf("Sent %s; %d failed. %s", notify.Plural(counts["digests-sent"], "digest", "digests"), counts["digests-failed"], report)
}
