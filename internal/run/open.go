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
// openPace the time between two of them, as GitHub asks of whoever writes.
//
// Source: https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#pause-between-mutative-requests
const (
	openWithin = 5 * time.Minute
	openPace   = time.Second
)

// mostOpened is how many drafts a run opens. With the comments that it may make they
// stay below the 500 requests an hour that GitHub lets make content.
const mostOpened = 100

// An opening is what became of the drafts that a run was to open.
type opening struct {
	failures []string      // the next run tries again
	notes    []string      // what a human should look at, besides
	shut     []ledger.Pair // recipients of drafts that were not opened to them
}

// open opens the drafts of the plan, each with one change for all whom it is opened
// to, and right after reading who collaborates. Nobody is ever removed: but GitHub
// replaces the whole list without a condition, so that whom somebody else adds in the
// moment between that reading and the change is lost.
func (s *sender) open(ctx, flight context.Context) {
	ctx, end := s.a.Grid.within(ctx, openBy, openWithin)
	defer end()
	written, opened := false, 0
	todo := s.plan.Closer.Doors.with(doorGive)
	for len(todo) > 0 {
		n := 1
		for n < len(todo) && todo[n].draft.ID == todo[0].draft.ID {
			n++
		}
		one := todo[:n]
		todo = todo[n:]
		if opened == mostOpened || written && !s.a.Preview && s.clock.Wait(ctx, openPace) != nil || ctx.Err() != nil || s.a.Grid.past(openBy) {
			s.shut(one)
			continue
		}
		if written = s.openOne(flight, one); written {
			opened++
		}
	}
	s.spare()
}

// shut notes whom a draft was not opened to: what is not refused, the next run does.
func (s *sender) shut(these doors) {
	s.recorder.Update(func(l *ledger.Ledger) {
		for _, o := range these {
			l.Owe(o.draft.ID, o.who, o.account, s.clock.Now())
		}
	})
	for _, o := range these {
		for _, to := range o.outside {
			s.opening.shut = append(s.opening.shut, ledger.Pair{To: to, Advisory: o.draft.ID})
		}
	}
}

// openOne opens one draft, and reports whether GitHub was asked to change it.
func (s *sender) openOne(flight context.Context, these doors) (written bool) {
	until := time.Time{}
	for _, o := range these {
		var ok bool
		if until, ok = s.recorder.Begin(o.delivery); !ok {
			s.shut(these)
			return false
		}
	}
	within, cancel := context.WithTimeout(flight, until.Sub(s.clock.Now()))
	defer cancel()
	var want ghsa.Collaborators
	for _, o := range these {
		if o.team != "" {
			want.Teams = append(want.Teams, o.team)
		} else {
			want.Users = append(want.Users, o.login)
		}
	}
	d := these[0].draft
	result, err := s.c.Opener.AddCollaborators(within, d.Repository, d.ID, want, s.recorder.MayGo)
	refused := refusedAccess(result, err)
	s.recorder.Update(func(l *ledger.Ledger) {
		if err == nil || result.Written {
			l.SeeCollaborators(d.ID, these.as(result.After, d), s.clock.Now())
		}
	})
	for _, o := range these {
		alone := ghsa.Collaborators{Users: []string{o.login}}
		if o.team != "" {
			alone = ghsa.Collaborators{Teams: []string{o.team}}
		}
		in := (err == nil || result.Written) && alone.Without(result.After).None()
		switch {
		case in && !result.Written && !s.perhaps(o.delivery): // somebody else has added them since
			s.recorder.Update(func(l *ledger.Ledger) { l.Spare(o.delivery, []reminder.Recipient{o.who}) })
			continue
		case in:
			s.recorder.End(o.delivery, ledger.Result{Outcome: ledger.Accepted})
			continue
		case refused != "":
			s.recorder.End(o.delivery, ledger.Result{Outcome: ledger.Refused})
		case result.Written:
			s.recorder.End(o.delivery, ledger.Result{Outcome: ledger.Unclear})
		}
		s.shut(doors{o})
		switch who := fmt.Sprintf("%s (%s)", d.ID, o.owner); {
		case refused != "":
			s.noteRefused(refused, who)
		case errors.Is(err, ghsa.ErrNotDraft), errors.Is(err, ghsa.ErrTooLate): // nothing is owed, or the next run goes on
		default:
			s.opening.failures = append(s.opening.failures, fmt.Sprintf("%s could not be given access to a draft: %v", o.owner, err))
		}
	}
	s.differences(d, want, result, err)
	return result.Written
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

// noteRefused adds somebody to the note about a refusal.
func (s *sender) noteRefused(why, who string) {
	for i, r := range s.turnedDown {
		if r.why == why {
			s.turnedDown[i].who = append(r.who, who)
			return
		}
	}
	s.turnedDown = append(s.turnedDown, turnedDown{why, []string{who}})
}

// A turnedDown is why GitHub gave no access, and to whom.
type turnedDown struct {
	why string
	who []string
}

// differences notes who collaborates and nobody meant it, and who does not any more.
func (s *sender) differences(d *advisory.Advisory, want ghsa.Collaborators, o ghsa.Opened, err error) {
	if !o.Written || err != nil && !errors.Is(err, ghsa.ErrNotOpened) {
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
			s.opening.notes = append(s.opening.notes, fmt.Sprintf("While %s was opened, somebody else changed who collaborates on it: %s %s.", d.ID, strings.Join(names, ", "), what))
		}
	}
	note(o.Removed(), "could open it before, and can't now")
	note(o.Added().Without(want), "can open it now, though this run has not added them")
}

// perhaps reports whether an earlier attempt may have given the same access.
func (s *sender) perhaps(delivery string) (is bool) {
	s.recorder.Read(func(l *ledger.Ledger) {
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

// spare takes out of the comments whom the draft was not opened to, and notes what a
// human should know of refusals.
func (s *sender) spare() {
	for _, r := range s.turnedDown {
		s.opening.notes = append(s.opening.notes, fmt.Sprintf("%s: %s.", r.why, notify.FirstOf(r.who)))
	}
	for i := range s.todo {
		d := &s.todo[i].Delivery
		if d.Channel != threadChannel {
			continue
		}
		var whom []reminder.Recipient
		for pair := range d.Pairs() {
			if slices.Contains(s.opening.shut, pair) && !slices.Contains(whom, pair.To) {
				whom = append(whom, pair.To)
			}
		}
		if len(whom) > 0 {
			s.recorder.Update(func(l *ledger.Ledger) { l.Spare(d.ID, whom) })
			*d = without(*d, whom)
		}
	}
	s.todo = slices.DeleteFunc(s.todo, func(t attempt) bool { return len(t.To) == 0 })
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
