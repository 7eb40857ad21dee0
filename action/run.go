package action

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/openedx/advisory-reminders/internal/config"
	"github.com/openedx/advisory-reminders/internal/ledger"
	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/owner"
	"github.com/openedx/advisory-reminders/internal/transport"
)

// The steps of a run, as a public log names them.
const (
	stepInputs  = "read the inputs and the configuration"
	stepLedger  = "read the ledger"
	stepList    = "list the advisories"
	stepOwners  = "find the owners"
	stepBrake   = "count the recipients"
	stepDeliver = "deliver the digests"
	stepReport  = "send the report"
	stepSettle  = "write the ledger"
	stepShow    = "write the job summary and the outputs"
)

// A job is one run: what it was asked for, and what it talks to.
type job struct {
	in     Inputs
	env    environment
	cfg    config.Config
	source string           // which configuration applies
	now    time.Time        // the time that everything is decided by
	clock  func() time.Time // begins at now, and ticks
	wait   func(ctx context.Context, d time.Duration) error

	slackPace time.Duration
	holder    ledger.Holder
	out       *console

	// Where the run is told to stop, these end some seconds later: the first
	// for what is being delivered, the second for the ledger.
	flight, last context.Context

	services
}

// A task is the work of a run: what it has seen, and what it is going to send.
type task struct {
	memory *ledger.Ledger
	writes writes
	seen   sight
	owners owner.Result
	plan   plan

	coverage func() []string // what the first run's report says of the token
}

// decideWithin is how long a run may take to see everything and to make its
// plan, waiting for rate limits included.
const decideWithin = 10 * time.Minute

// inquireWithin is how much of that finding out whom to tell may take. Who is not
// known by then waits for the next run, and the others are told.
const inquireWithin = 7 * time.Minute

// How often a run begins anew because another one has written the ledger while it
// made its plan, and the pauses in between, which double: one that delivers goes
// on writing until it is done.
const (
	claimTries   = 12
	claimPause   = time.Second
	longestPause = 30 * time.Second
)

// run makes one run, from the inputs to the ledger.
func run(ctx context.Context, p Process, out *console) error {
	j, client, wrong, err := gather(ctx, p, out)
	if err != nil {
		return err
	}
	if j.in.Check {
		return check(ctx, j, client, wrong)
	}
	if err := j.prepare(ctx, client, wrong); err != nil {
		return err
	}
	defer j.close()
	var land, leave context.CancelFunc
	j.flight, land = outlive(ctx, landing)
	defer land()
	j.last, leave = outlive(ctx, lastSave)
	defer leave()

	t, err := j.decideInTime(ctx)
	if err != nil {
		return err
	}
	defer func() {
		if p := recover(); p != nil {
			_ = j.settle(ctx, t) // what was delivered is written whatever broke
			panic(p)
		}
	}()
	done := j.deliver(ctx, t)
	report, said := j.report(ctx, t, &done)
	settled := j.settle(ctx, t)

	shown := j.show(t, done, report)
	return errors.Join(t.seen.trouble(), troubleOf(t.owners), t.plan.trouble, done.trouble(), said, settled, shown)
}

// decideInTime decides, anew where another run was faster.
func (j *job) decideInTime(ctx context.Context) (*task, error) {
	ctx, cancel := context.WithTimeout(ctx, decideWithin)
	defer cancel()
	t, err := j.decide(ctx)
	pause := claimPause
	for try := 1; errors.Is(err, ledger.ErrConflict) && try < claimTries; try++ {
		if !j.holder.Alone { // who had to wait for a file's lock has it now
			j.out.printf("Another run has written the ledger: looking again in %v.", pause)
			if j.wait(ctx, pause) != nil {
				break
			}
			pause = min(2*pause, longestPause)
		}
		t, err = j.decide(ctx)
	}
	return t, err
}

// decide looks at everything, plans, and claims what is to be sent. An error
// that is ledger.ErrConflict says that another run was faster. The ledger is
// read, and owners are asked about, while the drafts are still being listed.
func (j *job) decide(ctx context.Context) (*task, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var t task
	memory := meanwhile(func() (*ledger.Ledger, error) {
		l, err := j.ledger.Load(ctx)
		if err != nil {
			cancel() // without a ledger nothing else is worth while
		}
		return l, err
	})
	asking, stop := context.WithTimeout(ctx, inquireWithin)
	defer stop()
	owners := j.inquire(asking)
	lists, err := j.list(ctx, &t.seen, owners.Add)
	owners.Rest()
	if err != nil {
		cancel()
	}
	var unread error
	if t.memory, unread = memory(); unread != nil && !errors.Is(unread, context.Canceled) {
		return nil, failed(stepLedger, unread)
	}
	if err = cmp.Or(err, unread); err != nil {
		return nil, err
	}
	t.coverage = j.askCoverage(t.memory)
	j.see(ctx, &t, lists)
	if t.owners, err = owners.Result(t.seen.drafts); err != nil {
		return nil, failed(stepOwners, err)
	}
	if err := j.ready(); err != nil {
		return nil, err
	}
	t.plan = j.plan(ctx, &t)
	return &t, j.claim(ctx, &t)
}

// inquire begins to find out who owns what.
func (j *job) inquire(ctx context.Context) *owner.Inquiry {
	return j.owners.Begin(ctx, owner.Request{
		Organization: j.in.Organization,
		Owners:       j.cfg.Owners,
		HasContact:   j.hasContact,
		EveryAddress: j.slackFirst(),
		Unmaintained: j.cfg.Unmaintained,
	})
}

// meanwhile calls f at the same time. The function that it returns waits for
// what f returns, and panics where f did.
func meanwhile[T any](f func() (T, error)) func() (T, error) {
	var value T
	var err error
	var broke any
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() { broke = recover() }()
		value, err = f()
	}()
	return func() (T, error) {
		<-done
		if broke != nil {
			panic(broke)
		}
		return value, err
	}
}

// gather reads the inputs, the configuration and the clock, with all mistakes
// at once.
func gather(ctx context.Context, p Process, out *console) (*job, *http.Client, mistakes, error) {
	j := &job{env: readEnvironment(p), out: out}
	values, err := readFlags(p, out.gha.GetInput)
	if err != nil {
		return nil, nil, nil, &stepError{status: ExitUsage, step: stepInputs, err: err}
	}
	for _, in := range inputs {
		if in.secret && in.name != "config-text" {
			out.mask(values[in.name])
		}
	}
	var wrong mistakes
	j.in, wrong = parseInputs(values, j.env)
	j.wait, j.slackPace = p.Wait, p.SlackPace
	if j.wait == nil {
		j.wait = notify.Wait
	}
	j.in.SMTP.Wait = j.wait
	client := transport.New(p.Patience)
	out.askVisibility(ctx, transport.Authorized(client, cmp.Or(j.in.LedgerToken, j.in.Token)), j.env.apiURL, j.env.repository)

	var more mistakes
	j.cfg, j.source, more = readConfig(j.in, j.env, out.public)
	wrong = append(wrong, more...)
	j.now = p.Now()
	if len(more) == 0 {
		at, more := startTime(j.in.AsOf, j.now, j.cfg.Policy.Location)
		if wrong = append(wrong, more...); len(more) == 0 {
			j.now = at
		}
	}
	if out.public && j.in.Ledger == "branch" && values["ledger-key"] == "" {
		wrong = append(wrong, out.wantsKey())
	}
	began := p.Now()
	j.clock = func() time.Time { return j.now.Add(p.Now().Sub(began)) }
	j.holder = ledger.Holder{Run: j.env.run(), Attempt: j.env.attempt, Process: newID()}
	return j, client, wrong, nil
}

// prepare connects to the services, if nothing is wrong.
func (j *job) prepare(ctx context.Context, client *http.Client, wrong mistakes) error {
	if len(wrong) == 0 {
		j.services, wrong = connect(ctx, j, client)
	}
	if len(wrong) > 0 {
		return &stepError{status: ExitUsage, step: stepInputs, err: wrong}
	}
	return nil
}

// troubleOf is an error where a repository, a team or a person could not be
// looked at.
func troubleOf(r owner.Result) error {
	if len(r.Failures) == 0 {
		return nil
	}
	return failed(stepOwners, errors.New(strings.Join(r.Failures, "\n")))
}
