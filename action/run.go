package action

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/config"
	"github.com/openedx/advisory-reminders/internal/ledger"
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
)

// A job is one run: what it was asked for, and what it talks to.
type job struct {
	in     Inputs
	env    environment
	cfg    config.Config
	source string           // which configuration applies
	now    time.Time        // the time that everything is decided by
	clock  func() time.Time // begins at now, and ticks
	holder ledger.Holder
	out    *console
	services
}

// A task is the work of a run: what it has seen, and what it is going to send.
type task struct {
	memory *ledger.Ledger
	seen   sight
	owners owner.Result
	plan   plan
}

// claimTries is how often a run begins anew because another one has written the
// ledger while it made its plan.
const claimTries = 5

// run makes one run, from the inputs to the ledger.
func run(ctx context.Context, p Process, out *console) error {
	j, err := prepare(ctx, p, out)
	if err != nil {
		return err
	}
	defer j.close()

	t, err := j.decide(ctx)
	for try := 1; errors.Is(err, ledger.ErrConflict) && try < claimTries; try++ {
		t, err = j.decide(ctx)
	}
	if err != nil {
		return err
	}
	done := j.deliver(ctx, t)
	said := j.report(ctx, t, done)
	settled := j.settle(ctx, t)

	j.out.outputs(t.plan.outputs(t.seen, done, j.in.DryRun))
	return errors.Join(t.seen.trouble(), troubleOf(t.owners), t.plan.trouble, done.trouble(), said, settled)
}

// decide looks at everything, plans, and claims what is to be sent. An error
// that is ledger.ErrConflict says that another run was faster.
func (j *job) decide(ctx context.Context) (*task, error) {
	var t task
	var err error
	if t.memory, err = j.ledger.Load(ctx); err != nil {
		return nil, failed(stepLedger, err)
	}
	if t.seen, err = j.look(ctx, t.memory); err != nil {
		return nil, err
	}
	t.owners, err = j.owners.Resolve(ctx, owner.Request{
		Organization: j.in.Organization,
		Drafts:       t.seen.drafts,
		Owners:       j.cfg.Owners,
		HasContact:   j.hasContact,
		Unmaintained: j.cfg.Unmaintained,
	})
	if err != nil {
		return nil, failed(stepOwners, err)
	}
	t.plan = j.plan(ctx, &t)
	return &t, j.claim(ctx, &t)
}

// prepare reads the inputs, the configuration and the clock, and connects to
// the services. All mistakes come back at once.
func prepare(ctx context.Context, p Process, out *console) (*job, error) {
	j := &job{env: readEnvironment(p), out: out}
	values, err := readFlags(p, out.gha.GetInput)
	if err != nil {
		return nil, &stepError{status: ExitUsage, step: stepInputs, err: err}
	}
	for _, in := range inputs {
		if in.secret && in.name != "config-text" {
			out.mask(values[in.name])
		}
	}
	var wrong mistakes
	j.in, wrong = parseInputs(values, j.env)
	j.in.SMTP.Wait = p.Wait
	client := transport.New(transport.Options{})
	out.askVisibility(ctx, transport.Authorized(client, or(j.in.LedgerToken, j.in.Token)), j.env.apiURL, j.env.repository)

	var more mistakes
	j.cfg, j.source, more = readConfig(j.in, j.env, out.public)
	wrong = append(wrong, more...)
	if len(more) == 0 {
		j.now, more = startTime(j.in.AsOf, p.Now(), j.cfg.Policy.Location)
		wrong = append(wrong, more...)
	}
	if out.public && j.in.Ledger == "branch" && values["ledger-key"] == "" {
		wrong = append(wrong, "input ledger-key: is missing: the ledger is on a branch of a public repository, and has to be encrypted")
	}
	began := p.Now()
	j.clock = func() time.Time { return j.now.Add(p.Now().Sub(began)) }
	j.holder = ledger.Holder{Run: j.env.run(), Attempt: j.env.attempt}
	if j.holder.Run == "" {
		j.holder.Run = "outside-actions-" + newID()
	}
	if len(wrong) == 0 {
		j.services, more = connect(ctx, j, client)
		wrong = append(wrong, more...)
	}
	if len(wrong) > 0 {
		return nil, &stepError{status: ExitUsage, step: stepInputs, err: wrong}
	}
	return j, nil
}

// sight is what this run sees of the organization.
type sight struct {
	drafts   []advisory.Advisory
	opened   map[string]time.Time // by advisory id; see reminder.Draft
	first    bool                 // nothing was ever seen before
	vanished []string             // warnings about drafts that can't be read any more
}

// trouble is an error where a draft could not be looked at.
func (s sight) trouble() error {
	if len(s.vanished) == 0 {
		return nil
	}
	return failed(stepList, errors.New(strings.Join(s.vanished, "\n")))
}

// look lists the drafts, asks by name for those that have vanished, and notes
// in the ledger what it has seen.
func (j *job) look(ctx context.Context, memory *ledger.Ledger) (sight, error) {
	var s sight
	var err error
	if len(j.in.Repositories) > 0 {
		s.drafts, err = j.advisories.Repositories(ctx, j.in.Repositories)
	} else {
		s.drafts, err = j.advisories.Organization(ctx, j.in.Organization)
	}
	if err != nil {
		return s, failed(stepList, adviseOnList(err))
	}
	s.first = memory.FirstRun.IsZero()
	found, warnings := j.vanished(ctx, memory, s.drafts)
	s.drafts, s.vanished = append(s.drafts, found...), warnings

	s.opened = make(map[string]time.Time)
	for _, a := range s.drafts {
		s.opened[a.ID] = memory.See(a, j.now)
	}
	if s.first {
		memory.FirstRun = j.now.UTC()
	}
	if j.now.After(memory.LastRun) {
		memory.LastRun = j.now.UTC()
	}
	memory.Prune(j.now, j.cfg.Forget)
	return s, nil
}

// adviseOnList says what to do where GitHub refuses the list.
func adviseOnList(err error) error {
	switch transport.Status(err) {
	case http.StatusUnauthorized:
		return fmt.Errorf("%w: the input token is wrong, revoked or expired: make a new one", err)
	case http.StatusForbidden, http.StatusNotFound:
		return fmt.Errorf("%w: the input token may not list draft advisories: it has to be of an owner or security manager of the organization, or of an app with the permission \"Repository security advisories\" (write)", err)
	}
	return err
}

// vanished asks by name for every advisory in the scope of this run that was a
// draft at the last run and isn't listed now. It returns those that are drafts
// still, and a warning for each that can't be read.
func (j *job) vanished(ctx context.Context, memory *ledger.Ledger, listed []advisory.Advisory) (drafts []advisory.Advisory, warnings []string) {
	is := make(map[string]bool)
	for _, a := range listed {
		is[a.ID] = true
	}
	for id, r := range memory.Advisories {
		repo, ok := advisory.ParseRepository(r.Repository)
		if is[id] || r.State != "" || !ok || !j.inScope(repo) || slices.Contains(j.cfg.Forget, id) {
			continue
		}
		a, err := j.advisories.One(ctx, repo, id)
		switch {
		case err == nil && a.State == advisory.Draft:
			drafts = append(drafts, a)
		case err == nil:
			r.State, r.LastSeen, r.Vanished = a.State, j.now.UTC(), false
		default:
			r.Vanished = true
			warnings = append(warnings, fmt.Sprintf("%s in %s was a draft and can't be read any more (%s): the token may have lost its right. If the advisory is gone, write its id under forget in the configuration", id, repo, transport.CleanGitHub(err)))
		}
	}
	return drafts, warnings
}

// inScope reports whether this run is about a repository.
func (j *job) inScope(repo advisory.Repository) bool {
	if len(j.in.Repositories) == 0 {
		return strings.EqualFold(repo.Owner, j.in.Organization)
	}
	for _, r := range j.in.Repositories {
		if r.Key() == repo.Key() {
			return true
		}
	}
	return false
}

// troubleOf is an error where a repository, a team or a person could not be
// looked at.
func troubleOf(r owner.Result) error {
	if len(r.Failures) == 0 {
		return nil
	}
	return failed(stepOwners, errors.New(strings.Join(r.Failures, "\n")))
}
