package run

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/config"
	"github.com/openedx/advisory-reminders/internal/ghsa"
	"github.com/openedx/advisory-reminders/internal/ledger"
	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/owner"
	"github.com/openedx/advisory-reminders/internal/transport"
)

// A Snapshot is what there is: the drafts, and who is to be told of them.
type Snapshot struct {
	ghsa.Drafts
	Now      time.Time        // by which everything is decided
	First    bool             // there was no ledger
	Clocks   []string         // warnings about times that can't be right
	Identity []string         // warnings about logins whose account is another
	Logins   map[string]int64 // the accounts of the configuration's logins, as written there; see owner.Result
	Config   config.Config    // with the logins of now; see identify
	Owners   owner.Result
	Opened   map[string]time.Time      // by advisory id; see reminder.Draft
	Ended    map[string]advisory.State // advisories that were drafts at the last run
	Unseen   []string                  // warnings about repositories that can't be listed, and drafts that can't be read any more

	Heard     Heard               // what was read on drafts
	Triage    []advisory.Advisory // private reports that nobody has taken up
	Untriaged []error             // why some of them are not known

	Doubts []string // notes: what the first run's report says of the token, and about lists that are empty
}

// trouble is an error where something could not be looked at, or a list is not
// whole.
func (s Snapshot) trouble() error {
	all := s.Unseen
	if len(s.LeftOut) > 0 {
		all = slices.Insert(slices.Clone(all), 0, ghsa.NotWhole(s.LeftOut)+". "+notify.Sentence(ghsa.RestoreRight))
	}
	return failed(List, lines(all))
}

// inquireWithin is how much of the time to decide finding out whom to tell may
// take. Who is not known by then waits for the next run, and the others are told.
const inquireWithin = 7 * time.Minute

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
	asking, stop := a.Grid.within(ctx, askedBy, inquireWithin)
	defer stop()
	type waiting struct {
		list   []advisory.Advisory
		failed []error
	}
	triaged := transport.Meanwhile(func() (w waiting, err error) {
		w.list, w.failed = c.Advisories.Triage(asking, a.Organization, a.Repositories)
		return w, nil
	})
	inquiry := c.inquire(asking, a, nil)
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
	covered := c.covers(ctx, l, len(s.All) > 0)
	var lost []ghsa.Lost
	s.Ended, lost = c.Advisories.Vanished(ctx, &s.Drafts, l.Sightings(a.Config.Forget))
	s.Unseen = slices.Concat(ghsa.Texts(s.Unlisted), ghsa.Warnings(lost, len(s.All) == 0))
	if s.Owners, err = inquiry.Result(s.All); err != nil {
		return nil, s, failed(Owners, err)
	}
	s.Logins = s.Owners.Accounts
	var strangers map[string][]owner.Stranger
	a.Config, strangers, s.Identity = identify(asking, c, a.Config, l.Accounts, s.Logins)
	s.Config = a.Config
	if len(s.Identity) > 0 { // hardly ever
		if s.Owners, err = c.inquire(asking, a, strangers).Result(s.All); err != nil {
			return nil, s, failed(Owners, err)
		}
	}
	if s.Doubts, err = covered(); err != nil {
		s.Doubts = []string{"What the token may see is not known: " + err.Error() + "."}
	}
	t, err := triaged()
	s.Triage, s.Untriaged = t.list, t.failed
	if err != nil {
		s.Untriaged = append(s.Untriaged, err)
	}
	return l, s, nil
}

// inquire begins to ask who owns what, by the configuration's owners but for strangers.
func (c Clients) inquire(ctx context.Context, a Assignment, strangers map[string][]owner.Stranger) *owner.Inquiry {
	return c.Owners.Begin(ctx, owner.Request{
		Organization: a.Organization,
		Owners:       a.Config.Owners,
		HasContact:   a.book().Has,
		EveryAddress: len(c.Channels) > 0 && c.Channels[0].Name() == string(config.Slack), // which finds people by any of them
		MaxOwner:     a.Config.MaxOwner,
		Unmaintained: a.Config.Unmaintained,
		Logins:       a.Config.Logins(),
		Strangers:    strangers,
	})
}

// covers begins to ask what the first report says of the token. The function that it
// returns waits for that.
func (c Clients) covers(ctx context.Context, l *ledger.Ledger, listed bool) func() ([]string, error) {
	return transport.Meanwhile(func() ([]string, error) {
		if !l.LastReport().IsZero() {
			return nil, nil
		}
		list, unproved := c.Coverage(ctx)
		if listed {
			return list, nil
		}
		return append(list, unproved...), nil
	})
}

// clocksApart is by how much two clocks may differ without a word.
const clocksApart = 5 * time.Minute

// note records in the ledger what there is.
func (s *Snapshot) note(l *ledger.Ledger, clock Clock, cfg config.Config) {
	now := s.Now
	l.Identify(s.accounts())
	l.SeeAccounts(cfg.Logins(), s.Logins)
	s.First = l.FirstRun.IsZero()
	if l.Disbelieve(now) && !clock.Told() {
		s.Clocks = append(s.Clocks, "The ledger held times that lie in the future: a clock was wrong when they were written. They count as never, so what was sent then may be sent again.")
	}
	if ahead, known := clock.Off(); !known {
		s.Clocks = append(s.Clocks, "GitHub's answers bore no date, so this run went by the clock of its machine.")
	} else if by := ahead.Abs(); by > clocksApart {
		way := "ahead of"
		if ahead < 0 {
			way = "behind"
		}
		s.Clocks = append(s.Clocks, fmt.Sprintf("The clock of the machine that runs this is %v %s GitHub's, by which the run goes: set it right.", by.Round(time.Minute), way))
	}
	s.Opened = make(map[string]time.Time, len(s.All))
	for _, a := range s.All {
		s.Opened[a.ID] = l.See(a, s.Scope[a.ID], now)
		l.Advisories[a.ID].Discussion.Rate(a.Severity)
		if a.Collaborated {
			l.SeeCollaborators(a.ID, collaborators(a), now)
		}
	}
	for id, state := range s.Ended {
		l.End(id, state, now)
	}
	s.doubt(l)
	l.Ran(now)
	l.Prune(now, cfg.Forget)
}

// doubt notes which drafts are listed again, and of lists that are empty, what
// that leaves open.
func (s *Snapshot) doubt(l *ledger.Ledger) {
	for id := range s.Scope {
		if !s.ByName[id] {
			l.Advisories[id].LeftOut = time.Time{}
		}
	}
	var never, before []string
	for _, scope := range slices.Sorted(maps.Keys(s.Listed)) {
		known, lacked := false, false
		for id, a := range l.Advisories {
			if !ghsa.InList(scope, advisory.Sighting{ID: id, Repository: a.Repository, Scope: a.Scope}) {
				continue
			}
			known = true
			if a.State != "" && s.Listed[scope] > 0 {
				a.LeftOut = time.Time{}
			}
			lacked = lacked || a.State != "" && !a.LeftOut.IsZero()
		}
		_, name, _ := strings.Cut(scope, ":")
		switch {
		case s.Listed[scope] > 0:
		case !known:
			never = append(never, name)
		case lacked:
			before = append(before, name)
		}
	}
	if len(never) > 0 {
		s.Doubts = append(s.Doubts, "No draft has ever been seen in "+notify.FirstOf(never)+". An empty list is no proof that there is none: a token without the right gets one too.")
	}
	if len(before) > 0 {
		s.Doubts = append(s.Doubts, "The list of drafts of "+notify.FirstOf(before)+" is empty. It has left out drafts before, which have been resolved since: nothing shows that it is whole again. Open a draft for a trial, and run the command check: it has to be listed.")
	}
}
