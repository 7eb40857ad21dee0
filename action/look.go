package action

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/ledger"
	"github.com/openedx/advisory-reminders/internal/transport"
)

// sight is what this run sees of the organization.
type sight struct {
	drafts   []advisory.Advisory
	opened   map[string]time.Time // by advisory id; see reminder.Draft
	listed   map[string]bool      // ids of drafts that a list holds
	leftOut  []advisory.Advisory  // drafts that GitHub's list should hold and does not
	unlisted []string             // warnings about repositories that can't be listed
	vanished []string             // warnings about drafts that can't be read any more
	doubts   []string             // notes about lists that are empty
}

// trouble is an error where something could not be looked at, or a list is not
// whole.
func (s sight) trouble() error {
	all := slices.Concat(s.unlisted, s.vanished)
	if len(s.leftOut) > 0 {
		all = slices.Insert(all, 0, notWhole(s.leftOut)+". "+sentence(restoreRight))
	}
	if len(all) == 0 {
		return nil
	}
	return failed(stepList, errors.New(strings.Join(all, "\n")))
}

// A listing is the drafts of one list of GitHub's: an organization's, or a
// repository's where single ones were named.
type listing struct {
	scope  string // org:LOGIN or repo:OWNER/NAME, in lower case
	drafts []advisory.Advisory
}

// list asks for the organization's list, which is whole or stops the run, or
// for each repository's, where one that can't be listed hurts only itself. The
// drafts of every page are shown to page as they come.
func (j *job) list(ctx context.Context, s *sight, page func([]advisory.Advisory)) ([]listing, error) {
	if len(j.in.Repositories) == 0 {
		drafts, err := j.advisories.Organization(ctx, j.in.Organization, page)
		if err != nil {
			return nil, failed(stepList, adviseOnList(err))
		}
		return []listing{{"org:" + strings.ToLower(j.in.Organization), drafts}}, nil
	}
	lists := make([]listing, len(j.in.Repositories))
	errs := askEach(len(lists), func(i int) (err error) {
		repo := j.in.Repositories[i]
		lists[i].scope = "repo:" + repo.Key()
		lists[i].drafts, err = j.advisories.Repository(ctx, repo, page)
		return err
	})
	var last error
	var listed []listing
	for i, err := range errs {
		if err != nil {
			last = adviseOnList(err)
			s.unlisted = append(s.unlisted, last.Error())
			continue
		}
		listed = append(listed, lists[i])
	}
	if len(listed) == 0 {
		return nil, failed(stepList, last)
	}
	return listed, nil
}

// see asks by name for the drafts that have vanished from the lists, and notes
// in the ledger what there is.
func (j *job) see(ctx context.Context, t *task, lists []listing) {
	s, memory := &t.seen, t.memory
	s.opened = make(map[string]time.Time)
	s.listed = make(map[string]bool)
	add := func(l listing) {
		for _, a := range l.drafts {
			s.listed[a.ID] = s.listed[a.ID] || l.scope != ""
			if _, known := s.opened[a.ID]; known {
				continue
			}
			scope := l.scope
			if scope == "" {
				scope = memory.Advisories[a.ID].Scope
			}
			s.opened[a.ID] = memory.See(a, scope, j.now)
			s.drafts = append(s.drafts, a)
		}
	}
	for i, l := range lists {
		if i == 0 {
			s.drafts = l.drafts[:0] // in place: most runs have one list, and it can be long
		}
		add(l)
	}
	missing := j.missing(memory, lists, s)
	j.askByName(ctx, missing)
	if unexplained := j.unexplained(missing); len(unexplained) > 0 {
		again, unexplained := j.listAgain(ctx, s, unexplained)
		for _, l := range again {
			add(l)
		}
		s.leftOut = j.leftOut(ctx, s, unexplained)
	}
	add(listing{drafts: j.vanished(memory, missing, s)})
	s.note(memory, lists)
	if memory.FirstRun.IsZero() {
		memory.FirstRun = j.now.UTC()
	}
	if j.now.After(memory.LastRun) {
		memory.LastRun = j.now.UTC()
	}
	memory.Prune(j.now, j.cfg.Forget)
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

// How many things GitHub is asked for at a time, and how long drafts that have
// vanished may take in all.
const (
	askAtOnce = 8
	askWithin = 3 * time.Minute
)

// askEach calls ask for 0 to n-1, some at a time, and returns their errors. A
// panic in one of them, which would print what it was about, is an error.
func askEach(n int, ask func(i int) error) []error {
	errs := make([]error, n)
	var calls errgroup.Group
	calls.SetLimit(askAtOnce)
	for i := range n {
		calls.Go(func() error {
			defer func() {
				if recover() != nil {
					errs[i] = fmt.Errorf("ask GitHub: %w", errors.New("the program broke, which is a defect of its own"))
				}
			}()
			errs[i] = ask(i)
			return nil
		})
	}
	_ = calls.Wait() // every call has its own error
	return errs
}

// vanished says what became of the drafts that are not listed. It returns those
// that are drafts still, and warns of each that can't be read.
func (j *job) vanished(memory *ledger.Ledger, missing []*lookup, s *sight) []advisory.Advisory {
	var drafts []advisory.Advisory
	gone := make(map[string][]string) // ids of those that can't be read, by why
	for _, a := range missing {
		r := memory.Advisories[a.id]
		_, listed := s.opened[a.id]
		switch {
		case listed: // once more was enough
		case a.err == nil && a.now.State == advisory.Draft:
			drafts = append(drafts, a.now)
		case a.err == nil:
			r.State, r.LastSeen = a.now.State, j.now.UTC()
		default:
			reason := errors.Unwrap(a.err)
			s.vanished = append(s.vanished, fmt.Sprintf("%s in %s was a draft and can't be read any more: the token may have lost its right. If the advisory is gone, write its id under forget in the configuration. (%v)", a.id, a.repo, reason))
			why := fmt.Sprint(reason)
			if status := transport.Status(a.err); status == http.StatusForbidden || status == http.StatusNotFound {
				why = "the token has lost its right, so that nothing is to be forgotten (" + why + ")"
			}
			gone[why] = append(gone[why], a.id)
		}
	}
	all := len(s.opened)+len(drafts) == 0
	if n := len(s.vanished); n > fewVanished || n > 1 && all {
		s.vanished = manyVanished(gone, all)
	}
	return drafts
}

// fewVanished is how many drafts may vanish, each with a warning of its own.
const fewVanished = 3

// manyVanished is one warning for each reason, where so many drafts have
// vanished that it is not the advisories which are gone.
func manyVanished(gone map[string][]string, all bool) []string {
	var list []string
	for _, why := range slices.Sorted(maps.Keys(gone)) {
		ids := gone[why]
		how := fmt.Sprintf("%d drafts that were known", len(ids))
		if all && len(gone) == 1 {
			how = fmt.Sprintf("all %d drafts that were known", len(ids))
		}
		list = append(list, fmt.Sprintf("%s can't be read any more: %s: %s", how, why, strings.Join(ids, ", ")))
	}
	return list
}

// inScope reports whether an advisory would be in one of the lists if it were
// listed. A repository may have moved since, so that it is the list in which
// the advisory was seen that counts.
func inScope(r *ledger.Record, lists []listing) bool {
	owner, _, _ := strings.Cut(strings.ToLower(r.Repository), "/")
	for _, l := range lists {
		org, isOrg := strings.CutPrefix(l.scope, "org:")
		if l.scope == r.Scope ||
			isOrg && strings.HasPrefix(r.Scope, "repo:") && owner == org ||
			l.scope == "repo:"+strings.ToLower(r.Repository) {
			return true
		}
	}
	return false
}
