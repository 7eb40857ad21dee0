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
	"github.com/openedx/advisory-reminders/internal/reminder"
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
	source string // which configuration applies
	now    time.Time
	out    *console
	services
}

// run makes one run, from the inputs to the ledger.
func run(ctx context.Context, p Process, out *console) error {
	j, err := prepare(ctx, p, out)
	if err != nil {
		return err
	}
	defer j.close()

	memory, err := j.ledger.Load(ctx)
	if err != nil {
		return failed(stepLedger, err)
	}
	seen, err := j.look(ctx, memory)
	if err != nil {
		return err
	}
	owners, err := j.owners.Resolve(ctx, owner.Request{
		Organization: j.in.Organization,
		Drafts:       seen.drafts,
		Owners:       j.cfg.Owners,
		HasContact:   j.hasContact,
		Unmaintained: j.cfg.Unmaintained,
	})
	if err != nil {
		return failed(stepOwners, err)
	}
	plan := j.plan(ctx, memory, seen, owners)
	done := j.deliver(ctx, memory, plan)
	said := j.report(ctx, memory, seen, owners, plan, done)
	settled := j.settle(ctx, memory)

	j.out.outputs(plan.outputs(seen, done, j.in.DryRun))
	return errors.Join(seen.trouble(), troubleOf(owners), plan.trouble, done.trouble(), said, settled)
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

// settle writes the ledger. A dry run writes none.
func (j *job) settle(ctx context.Context, memory *ledger.Ledger) error {
	if j.in.DryRun {
		return nil
	}
	// What was delivered has to be written even if the run was told to stop.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	if err := ledger.Settle(ctx, j.ledger, memory); err != nil {
		return failed(stepSettle, fmt.Errorf("%w\nwhat was sent by this run may be sent again by the next", err))
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

// history is what the ledger knows, as this workflow run sees it.
func (j *job) history(memory *ledger.Ledger) reminder.History {
	return memory.Told(j.env.run())
}
