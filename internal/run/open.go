package run

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/ghsa"
	"github.com/openedx/advisory-reminders/internal/ledger"
	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/reminder"
	"github.com/openedx/advisory-reminders/internal/transport"
)

// An Opener lets people and teams open a draft; see ghsa.Client.AddCollaborators.
type Opener interface {
	AddCollaborators(ctx context.Context, repo advisory.Repository, id string, want ghsa.Collaborators, mayGo func() bool) (ghsa.Opened, error)
}

// openWithin is how long a run may take to open drafts, where there is no grid, and
// openPace the time between two of them. GitHub asks for a second between two writes, and
// allows 900 points a minute: an opening counts seven, and 500 discussions and the
// pages of the list may have been read right before.
//
// Source: https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#pause-between-mutative-requests
// and https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits
const (
	openWithin = 5 * time.Minute
	openPace   = 2 * time.Second
)

// mostOpened is how many changes a run makes before it opens no further draft. With the
// comments that it may make, and a report, they stay below the 500 requests an hour that
// GitHub lets make content.
const mostOpened = 100

// An opening is what became of the drafts that a run was to open.
type opening struct {
	failures []string      // the next run tries again
	notes    []string      // what a human should look at, besides
	shut     []ledger.Pair // recipients of drafts that were not opened to them
}

// An opener opens drafts.
type opener struct {
	Clients
	assignment Assignment
	clock      Clock
	plan       *Plan
	recorder   *ledger.Recorder
	done       opening
	refused    grouping[string, string] // to whom GitHub gave no access, by why
}

// open opens the drafts of a plan, each with one change for all whom it is opened to
// (where GitHub refuses one of them, with one for each), and right after reading who
// collaborates. Nobody is ever removed; but GitHub replaces the whole list without a
// condition, so whoever is added by somebody else between that reading and the change
// is lost. Comments to those to whom a draft was not opened are taken out of the
// plan.
func open(ctx, flight context.Context, c Clients, a Assignment, clock Clock, p *Plan, recorder *ledger.Recorder) opening {
	ctx, end := a.Grid.within(ctx, openBy, openWithin)
	defer end()
	o := opener{Clients: c, assignment: a, clock: clock, plan: p, recorder: recorder}
	var todo grouping[*reminder.Draft, door]
	for _, d := range p.Closer.Access.with(doorGive) {
		todo.add(d.draft, d)
	}
	last, opened, over := 0, 0, false // last and opened are changes
	for _, draft := range todo.keys {
		one := todo.of[draft]
		over = over || opened >= mostOpened || last > 0 && !a.Preview && clock.Wait(ctx, openPace) != nil || ctx.Err() != nil || a.Grid.past(openBy)
		if over {
			o.keepShut(one)
			continue
		}
		last = o.openOne(ctx, flight, one)
		opened += last
	}
	for _, why := range o.refused.keys {
		o.done.notes = append(o.done.notes, fmt.Sprintf("%s: %s.", why, notify.FirstOf(o.refused.of[why])))
	}
	o.spare()
	return o.done
}

// keepShut notes whom a draft was not opened to: what is not refused, the next run does.
func (o *opener) keepShut(these doors) {
	o.recorder.Update(func(l *ledger.Ledger) {
		for _, d := range these {
			l.Owe(d.draft.ID, d.who, d.account, o.clock.Now())
		}
	})
	for _, d := range these {
		o.turn(d, doorLater)
		for _, to := range d.outside {
			o.done.shut = append(o.done.shut, ledger.Pair{To: to, Advisory: d.draft.ID})
		}
	}
}

// turn decides anew about those to whom a draft was not opened, so that no message says
// that it is.
func (o *opener) turn(d door, m admission) {
	for _, to := range d.outside {
		o.plan.Closer.admitted[ledger.Pair{To: to, Advisory: d.draft.ID}] = m
	}
}

// openOne opens one draft, and returns how often GitHub was asked to change it: once, and
// once for each of several where it refuses one of them.
func (o *opener) openOne(ctx, flight context.Context, these doors) (changes int) {
	until := time.Time{}
	for _, d := range these {
		var ok bool
		if until, ok = o.recorder.Begin(d.delivery); !ok {
			o.keepShut(these)
			return 0
		}
	}
	within, cancel := context.WithTimeout(flight, until.Sub(o.clock.Now()))
	defer cancel()
	result, err := o.add(within, these)
	if len(these) == 1 || !result.Written || transport.Status(err) != http.StatusUnprocessableEntity {
		o.became(these, result, err)
		return written(result)
	}
	changes = 1
	for i, d := range these {
		if !o.assignment.Preview && o.clock.Wait(ctx, openPace) != nil {
			o.keepShut(these[i:])
			break
		}
		result, err = o.add(within, doors{d})
		o.became(doors{d}, result, err)
		changes += written(result)
	}
	return changes
}

func written(r ghsa.Opened) int {
	if r.Written {
		return 1
	}
	return 0
}

// add asks GitHub to open a draft.
func (o *opener) add(ctx context.Context, these doors) (ghsa.Opened, error) {
	draft := these[0].draft
	return o.Opener.AddCollaborators(ctx, draft.Repository, draft.ID, these.collaborators(), o.recorder.MayGo)
}

// collaborators are all whom a draft is opened to.
func (d doors) collaborators() (all ghsa.Collaborators) {
	for _, one := range d {
		c := one.collaborator()
		all.Users, all.Teams = append(all.Users, c.Users...), append(all.Teams, c.Teams...)
	}
	return all
}

// became notes what became of one change.
func (o *opener) became(these doors, result ghsa.Opened, err error) {
	draft := these[0].draft
	if err == nil || result.Written {
		o.recorder.Update(func(l *ledger.Ledger) {
			l.SeeCollaborators(draft.ID, these.as(result.After, draft.Advisory), o.clock.Now())
		})
	}
	for _, d := range these {
		o.record(d, result, err)
	}
	o.differences(draft.ID, these.collaborators(), result, err)
}

// record tells the recorder what became of one owner's access, and notes what a human
// should know of it.
func (o *opener) record(d door, result ghsa.Opened, err error) {
	refused := refusedAccess(result, err)
	in := (err == nil || result.Written) && d.collaborator().Without(result.After).None()
	switch {
	case in && !result.Written && !o.perhaps(d.delivery): // somebody else has added them since
		o.recorder.Update(func(l *ledger.Ledger) { l.Spare(d.delivery, []reminder.Recipient{d.who}) })
		return
	case in:
		o.recorder.End(d.delivery, ledger.Result{Outcome: ledger.Accepted})
		return
	case refused != "":
		o.recorder.End(d.delivery, ledger.Result{Outcome: ledger.Refused})
	case result.Written:
		o.recorder.End(d.delivery, ledger.Result{Outcome: ledger.Unclear})
	}
	o.keepShut(doors{d})
	switch {
	case refused != "":
		o.turn(d, doorRefused)
		o.refused.add(refused, fmt.Sprintf("%s (%s)", d.draft.ID, d.owner))
	case errors.Is(err, ghsa.ErrNotDraft), errors.Is(err, ghsa.ErrTooLate): // no failure: it has ended, or the next run goes on
	default:
		o.done.failures = append(o.done.failures, fmt.Sprintf("%s could not be given access to a draft: %v", d.owner, err))
	}
}

// collaborator is what an applicant is added as.
func (a applicant) collaborator() ghsa.Collaborators {
	if a.team != "" {
		return ghsa.Collaborators{Teams: []string{a.team}}
	}
	return ghsa.Collaborators{Users: []string{a.login}}
}

// refusedAccess says of a change that GitHub does not make why, or nothing: the same
// request would get the same answer.
func refusedAccess(o ghsa.Opened, err error) string {
	switch status := transport.Status(err); {
	case o.Written && (status == http.StatusForbidden || status == http.StatusNotFound):
		return fmt.Sprintf("GitHub does not let the token give access to drafts (%d): it must belong to an administrator of the repository, or to an owner or security manager of the organization, or to an app with the permission “Repository security advisories” (write)", status)
	case o.Written && status == http.StatusUnprocessableEntity:
		return "GitHub does not take these as collaborators (422)"
	case errors.Is(err, ghsa.ErrNotOpened):
		return "GitHub took the change, and they still do not collaborate"
	case errors.Is(err, ghsa.ErrNotTold):
		return "GitHub does not say who collaborates on a draft, and a change would replace them"
	}
	return ""
}

// differences notes who collaborates and nobody meant it, and who does not any more.
func (o *opener) differences(id string, want ghsa.Collaborators, result ghsa.Opened, err error) {
	if !result.Written || err != nil && !errors.Is(err, ghsa.ErrNotOpened) {
		return
	}
	note := func(list ghsa.Collaborators, what string) {
		var names []string
		for _, login := range list.Users {
			names = append(names, "user:"+login)
		}
		for _, slug := range list.Teams {
			names = append(names, "group:"+slug)
		}
		if len(names) > 0 {
			o.done.notes = append(o.done.notes, fmt.Sprintf("While %s was opened, somebody else changed who collaborates on it: %s %s.", id, strings.Join(names, ", "), what))
		}
	}
	note(result.Removed(), "could open it before, and can't now")
	note(result.Added().Without(want), "can open it now, though this run has not added them")
}

// perhaps reports whether an earlier attempt may have given the same access.
func (o *opener) perhaps(delivery string) (is bool) {
	o.recorder.Read(func(l *ledger.Ledger) {
		i := slices.IndexFunc(l.Deliveries, func(d *ledger.Delivery) bool { return d.ID == delivery })
		is = i >= 0 && l.Deliveries[i].Perhaps
	})
	return is
}

// as returns who collaborates on a draft, with the accounts of those whom GitHub has
// just been asked to add, or has listed.
func (d doors) as(now ghsa.Collaborators, a *advisory.Advisory) []ledger.Collaborator {
	after := advisory.Advisory{Repository: a.Repository, CollaboratingUsers: now.Users, Accounts: make(map[string]int64)}
	for login, id := range a.Accounts {
		after.Accounts[login] = id
	}
	for _, o := range d {
		for _, login := range now.Users {
			if o.login != "" && strings.EqualFold(login, o.login) {
				after.Accounts[login] = o.account
			}
		}
	}
	after.CollaboratingUsers = slices.DeleteFunc(slices.Clone(now.Users), advisory.IsBot)
	for _, slug := range now.Teams {
		after.CollaboratingTeams = append(after.CollaboratingTeams, advisory.Owner{Kind: advisory.Team, Name: slug})
	}
	return collaborators(after)
}

// spare takes those to whom a draft was not opened out of its comments.
func (o *opener) spare() {
	for i := range o.plan.Deliveries {
		d := &o.plan.Deliveries[i]
		if d.Channel != threadChannel {
			continue
		}
		var whom []reminder.Recipient
		for pair := range d.Pairs() {
			if slices.Contains(o.done.shut, pair) && !slices.Contains(whom, pair.To) {
				whom = append(whom, pair.To)
			}
		}
		if len(whom) > 0 {
			o.recorder.Update(func(l *ledger.Ledger) { l.Spare(d.ID, whom) })
			*d = without(*d, whom)
		}
	}
	o.plan.Deliveries = slices.DeleteFunc(o.plan.Deliveries, func(d notify.Delivery) bool { return len(d.To) == 0 })
}

// without returns a delivery to several without some of them.
func without(d notify.Delivery, whom []reminder.Recipient) notify.Delivery {
	rest := d
	rest.To, rest.Addresses, rest.Parts = nil, nil, nil
	for i, to := range d.To {
		if slices.Contains(whom, to) {
			continue
		}
		rest.To = append(rest.To, to)
		if i < len(d.Addresses) {
			rest.Addresses = append(rest.Addresses, d.Addresses[i])
		}
	}
	for _, part := range d.Parts {
		if !slices.Contains(whom, part.To) {
			rest.Parts = append(rest.Parts, part)
		}
	}
	return rest
}
