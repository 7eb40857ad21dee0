// Package run is one run as a line: look, decide, listen, decide, look closer, decide,
// claim, open, deliver, report, settle. What moves stands in every signature: a Snapshot of
// what there is, a Plan of what is to be sent, an Outcome of what became of it.
// What decides changes nothing outside. Until the claims are written, a run changes its
// own copy of the ledger; from then on its Recorder alone does.
package run

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/config"
	"github.com/openedx/advisory-reminders/internal/contact"
	"github.com/openedx/advisory-reminders/internal/ghsa"
	"github.com/openedx/advisory-reminders/internal/ledger"
	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/owner"
	"github.com/openedx/advisory-reminders/internal/transport"
)

// Clients are what a run talks to. In a preview they print instead of sending; it then
// goes one by one, and without pauses.
type Clients struct {
	Advisories *ghsa.Client
	Opener     Opener
	Owners     *owner.Client
	Ledger     ledger.Store
	Channels   []notify.Channel // in the order of preference
	Reporter   Reporter
	Replies    Replier // nil: what people say on drafts is left alone

	// Ready waits for what was asked meanwhile, and says what makes the run
	// impossible, before anything is claimed.
	Ready func(ctx context.Context) error

	// Issue returns which issue holds the reports, by owner/name and number, once
	// that is known; 0 before, and where none does. It may be nil.
	Issue func() (repository string, number int)

	// Coverage says for the first report what is known about the token, and what is
	// unproved as long as no draft is listed.
	Coverage func(ctx context.Context) (list, unproved []string)

	Log    func(format string, args ...any) // a line for a private log
	Redact func(string) string              // takes secrets out of a text
}

// A Reporter delivers the report. It is told what the run's digests have shown of
// addresses. Its error is a *notify.Failure, or a *Partly.
type Reporter interface {
	Report(ctx context.Context, r notify.Report, tried notify.Refusals) error
}

// Partly is a report that some of its places have taken and others have not. It
// counts as said.
type Partly struct{ Err error }

// Error says who did not take it.
func (e *Partly) Error() string { return e.Err.Error() }

// An Assignment is what a run is asked for.
type Assignment struct {
	Organization  string                // whose drafts
	Repositories  []advisory.Repository // or those of these alone
	Config        config.Config
	ConfigSource  string // which configuration applies
	Force         bool
	Severities    []advisory.Severity
	MaxRecipients int

	Holder   ledger.Holder
	Life     time.Duration // of claims; 0: the usual
	RunURL   string        // the page of the workflow run, or empty
	Server   string        // where GitHub's pages are
	Preview  bool          // everything is shown: what is not due too, and a report in any case
	NoLedger bool          // none is wanted, so that one that is missing is nothing to report
	Try      string        // where the report would go, in a preview of which one person gets everything
	Public   bool          // how often the ledger is written must not tell how much was due
	Grid     Grid          // nor when
}

// A Clock is the run's time, and how it waits.
type Clock struct {
	*transport.Clock
	Wait func(ctx context.Context, d time.Duration) error
}

// book returns the contacts of the run.
func (a Assignment) book() contact.Book {
	return contact.Book{Organization: a.Organization, Config: a.Config}
}

// snooze returns the configuration's snooze of a draft, or the zero Snooze.
func (a Assignment) snooze(id string) config.Snooze {
	i := slices.IndexFunc(a.Config.Snooze, func(z config.Snooze) bool { return z.Advisory == id })
	if i < 0 {
		return config.Snooze{}
	}
	return a.Config.Snooze[i]
}

// scope names what the run is about.
func (a Assignment) scope() string {
	if len(a.Repositories) == 0 {
		return a.Organization
	}
	var names []string
	for _, r := range a.Repositories {
		names = append(names, r.String())
	}
	return strings.Join(names, ", ")
}

// A Step is a part of a run, as a public log names it.
type Step string

// The steps.
const (
	Inputs  Step = "read the inputs and the configuration"
	Ledger  Step = "read the ledger"
	List    Step = "list the advisories"
	Owners  Step = "find the owners"
	Brake   Step = "count the recipients"
	Open    Step = "give access to the drafts"
	Deliver Step = "deliver the digests"
	Say     Step = "send the report"
	Settle  Step = "write the ledger"
	Show    Step = "write the job summary and the outputs"
)

// An Error is a failure of one step. In a public log only the step is named.
type Error struct {
	Step  Step
	Err   error
	Usage bool // the inputs or the configuration are wrong
}

// Error returns the step and the cause.
func (e *Error) Error() string { return string(e.Step) + ": " + e.Err.Error() }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// failed is an Error, or nil where there is none.
func failed(step Step, err error) error {
	if err == nil {
		return nil
	}
	return &Error{Step: step, Err: err}
}

// lines is an error of some lines, or nil where there are none.
func lines(list []string) error {
	if len(list) == 0 {
		return nil
	}
	return errors.New(strings.Join(list, "\n"))
}

// A grouping is things by what they have in common, in the order in which that came up.
type grouping[K comparable, V any] struct {
	keys []K
	of   map[K][]V
}

func (g *grouping[K, V]) add(key K, v V) {
	if g.of == nil {
		g.of = make(map[K][]V)
	}
	if g.of[key] == nil {
		g.keys = append(g.keys, key)
	}
	g.of[key] = append(g.of[key], v)
}

// decideWithin is how long a run may take to see everything and to make its
// plan, waiting for rate limits included.
const decideWithin = 10 * time.Minute

// claimWithin is how much of that is kept for the claims, whatever takes long before:
// who has looked and can't claim sends nothing.
const claimWithin = time.Minute

// How often a run begins anew because another one has written the ledger while it
// made its plan, and the pauses in between, which double: one that delivers goes
// on writing until it is done.
const (
	claimTries   = 12
	claimPause   = time.Second
	longestPause = 30 * time.Second
)

// Where there is no grid, a run begins deliveries for so long, ends them soon after,
// and then sends its report within so much more: a run takes half an hour, a third of
// it before all these, and beyond that only what writing the ledger may take.
const (
	beginWithin  = 15 * time.Minute
	sentWithin   = 16 * time.Minute
	reportWithin = 4 * time.Minute
)

// How long things may take once the run was told to stop. The runner kills it
// after ten seconds; all of this is done within seven.
const (
	landing  = 3 * time.Second         // for the deliveries that are under way
	lastSave = 5500 * time.Millisecond // for the ledger, the former included
)

// Run makes one run. The Outcome says what happened even where there is an error, which
// joins what was due and did not go out, and what could not be looked at; it is empty
// where a run ends before its claims are written.
//
// Of the contexts that are handed on, ctx ends when the run is told to stop, flight a
// little later, so that what has begun may end, and last after that, so that the ledger
// can be written once more; deciding ends when the claims have to be written, and looking
// when everything has to be known.
func Run(ctx context.Context, c Clients, a Assignment, clock Clock) (Outcome, error) {
	flight, land := outlive(ctx, landing)
	defer land()
	last, end := outlive(ctx, lastSave)
	defer end()
	last, end = a.Grid.within(last, savedBy, 0)
	defer end()

	seen, plan, recorder, err := prepare(ctx, c, a, clock, last)
	if err != nil {
		if errors.Is(err, context.Canceled) {
			step := Deliver
			if e, ok := errors.AsType[*Error](err); ok {
				step = e.Step
			}
			err = failed(step, errors.New("the run was told to stop, and has sent nothing; the next one goes on"))
		}
		return Outcome{}, err
	}
	a.Config = seen.Config
	defer func() {
		if p := recover(); p != nil {
			_ = recorder.Close() // what was delivered is written whatever broke
			panic(p)
		}
	}()
	done := send(ctx, flight, c, a, clock, seen, plan, recorder)
	done.Open = len(seen.All)
	if a.Preview && a.Try == "" {
		done.Outline = preview(a, seen, plan)
	}
	said := say(ctx, flight, c, a, clock, seen, plan, &done, recorder)
	a.Grid.wait(ctx, clock, settleAt)
	settled := settle(ctx, recorder, plan)
	return done, errors.Join(
		seen.trouble(),
		failed(Owners, lines(append(seen.Owners.Failures, plan.hidden(seen)...))),
		failed(Brake, plan.Brake),
		failed(Open, lines(done.opening.failures)),
		failed(Deliver, lines(done.trouble())),
		said,
		settled,
	)
}

// send opens drafts and delivers the digests, and answers commands meanwhile.
func send(ctx, flight context.Context, c Clients, a Assignment, clock Clock, s Snapshot, p Plan, recorder *ledger.Recorder) Outcome {
	logged := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(logged)
		c.Log("Told to stop: what is under way may finish, the rest follows with the next run.")
	})
	defer func() {
		if !stop() {
			<-logged
		}
	}()
	ctx, end := a.Grid.within(ctx, beginBy, beginWithin)
	defer end()
	flight, cut := a.Grid.within(flight, sentBy, sentWithin)
	defer cut()
	posted := replying(ctx, flight, c, a, clock, p, recorder)
	opened := open(ctx, flight, c, a, clock, &p, recorder)
	done := deliver(ctx, flight, c, a, clock, s, p, recorder)
	answers, err := posted()
	done.opening, done.Unanswered = opened, unanswered(ctx, answers, done.tried, recorder)
	if err != nil {
		done.Unanswered = append(done.Unanswered, "commands not answered: "+err.Error())
	}
	return done
}

// prepare looks, decides, and claims, anew where another run was faster.
func prepare(ctx context.Context, c Clients, a Assignment, clock Clock, last context.Context) (Snapshot, Plan, *ledger.Recorder, error) {
	deciding, cancel := a.Grid.within(ctx, beginBy, decideWithin)
	defer cancel()
	lookBy, pause := claimAt, claimPause
	for try := 1; ; try++ {
		looking, stop := a.Grid.looking(deciding, lookBy)
		seen, plan, recorder, err := prepareOnce(ctx, deciding, looking, c, a, clock, last)
		stop()
		lookBy = againBy
		if !errors.Is(err, ledger.ErrConflict) || try == claimTries {
			return seen, plan, recorder, err
		}
		if !c.Ledger.Alone() { // who had to wait for a file's lock has it now
			c.Log("Another run has written the ledger: looking again in %v.", pause)
			if clock.Wait(deciding, pause) != nil {
				return seen, plan, recorder, err
			}
			pause = min(2*pause, longestPause)
		}
	}
}

// prepareOnce is prepare, in one go.
func prepareOnce(ctx, deciding, looking context.Context, c Clients, a Assignment, clock Clock, last context.Context) (seen Snapshot, plan Plan, recorder *ledger.Recorder, err error) {
	l, seen, err := look(looking, c, a)
	if err != nil {
		return seen, plan, nil, err
	}
	seen.Now = clock.Now()
	seen.note(l, clock, a.Config) // with the logins as they were written
	a.Config = seen.Config        // and from here on as they are now
	plan = decide(a, seen, Closer{}, c.Channels, l)
	if seen.hear(a, listen(looking, c, a, seen, plan, l), l) {
		plan = decide(a, seen, Closer{}, c.Channels, l)
	}
	closer, err := plan.lookCloser(looking, c, a, &seen, l)
	if err != nil {
		return seen, plan, nil, err
	}
	plan = decide(a, seen, closer, c.Channels, l)
	if plan.Unasked {
		seen.Owners.Failures = append(seen.Owners.Failures, closer.Opens.Failures...)
	}
	if err := c.Ready(looking); err != nil { // last, since it may take all the time that is left
		return seen, plan, nil, err
	}
	if seen.First && !a.NoLedger {
		c.Log("There is no ledger yet: this is the first run.")
	}
	explain(c.Log, a, seen, plan)
	recorder, err = claim(ctx, deciding, last, c, a, clock, seen, &plan, l)
	return seen, plan, recorder, err
}

// settle writes the ledger at the end, and gives back what this run holds.
func settle(ctx context.Context, recorder *ledger.Recorder, plan Plan) error {
	if err := recorder.Close(); err != nil {
		if recorder.Unrecorded() > 0 || plan.Report != "" {
			err = fmt.Errorf("%w\nwhat was sent by this run may be sent again by the next, under the same delivery id", err)
		}
		return failed(Settle, err)
	}
	if ctx.Err() != nil {
		return failed(Deliver, errors.New("the run was told to stop: the rest follows with the next run"))
	}
	return nil
}

// outlive returns a context that ends some time after ctx does.
func outlive(ctx context.Context, by time.Duration) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(by, cancel) })
	return longer, func() { stop(); cancel() }
}
