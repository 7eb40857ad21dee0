package run

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/ghsa"
	"github.com/openedx/advisory-reminders/internal/ledger"
	"github.com/openedx/advisory-reminders/internal/owner"
	"github.com/openedx/advisory-reminders/internal/transport"
)

// A Snapshot is what there is: the drafts, and who is to be told of them.
type Snapshot struct {
	ghsa.Drafts
	Now      time.Time // by which everything is decided
	Owners   owner.Result
	Opened   map[string]time.Time      // by advisory id; see reminder.Draft
	Ended    map[string]advisory.State // advisories that were drafts at the last run
	Unlisted []string                  // warnings about repositories that can't be listed
	Vanished []string                  // warnings about drafts that can't be read any more

	Coverage []string // what the first run's report says of the token
}

// trouble is an error where something could not be looked at.
func (s Snapshot) trouble() error {
	return failed(List, lines(slices.Concat(s.Unlisted, s.Vanished)))
}

// look returns the ledger and what there is, and notes nothing. The ledger is
// read, and owners are asked about, while the drafts are still being listed.
func look(ctx context.Context, c Clients, a Assignment) (*ledger.Ledger, Snapshot, error) {
	var s Snapshot
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	loaded := transport.Meanwhile(func() (*ledger.Ledger, error) {
		l, err := c.Ledger.Load(ctx)
		if err != nil {
			cancel() // without a ledger nothing else is worth while
		}
		return l, err
	})
	inquiry := c.Owners.Begin(ctx, owner.Request{
		Organization: a.Organization,
		Owners:       a.Config.Owners,
		HasContact:   a.book().Has,
		Unmaintained: a.Config.Unmaintained,
	})
	var err error
	s.Drafts, err = c.Advisories.List(ctx, a.Organization, a.Repositories, inquiry.Add)
	inquiry.Rest()
	if err != nil {
		cancel()
	}
	l, unread := loaded()
	if unread != nil && !errors.Is(unread, context.Canceled) {
		return nil, s, failed(Ledger, unread)
	}
	if err != nil {
		return nil, s, failed(List, err)
	}
	if unread != nil {
		return nil, s, unread
	}
	coverage := transport.Meanwhile(func() ([]string, error) {
		if !l.FirstRun.IsZero() {
			return nil, nil
		}
		return c.Coverage(ctx), nil
	})
	var lost []ghsa.Lost
	s.Ended, lost = c.Advisories.Vanished(ctx, &s.Drafts, l.Sightings(a.Config.Forget))
	s.Vanished = ghsa.Warnings(lost, len(s.All) == 0)
	s.Unlisted = ghsa.Texts(s.Drafts.Unlisted)
	if s.Owners, err = inquiry.Result(s.All); err != nil {
		return nil, s, failed(Owners, err)
	}
	s.Coverage, _ = coverage()
	return l, s, nil
}

// note records in the ledger what there is.
func (s *Snapshot) note(l *ledger.Ledger, forget []string) {
	now := s.Now
	l.Disbelieve(now)
	s.Opened = make(map[string]time.Time, len(s.All))
	for _, a := range s.All {
		s.Opened[a.ID] = l.See(a, s.Scope[a.ID], now)
	}
	for id, state := range s.Ended {
		l.End(id, state, now)
	}
	l.Ran(now)
	l.Prune(now, forget)
}
