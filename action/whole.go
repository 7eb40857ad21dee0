package action

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/ghsa"
	"github.com/openedx/advisory-reminders/internal/ledger"
	"github.com/openedx/advisory-reminders/internal/transport"
)

// restoreRight is the advice where a list is not whole.
const restoreRight = "give the token its right back: it must belong to an owner or security manager of the organization, or to an app with the permission \"Repository security advisories\" (write) on all repositories; for single repositories, to an administrator or such an app"

// A lookup is a draft of an earlier run that no list holds now, and what GitHub
// says of it by name.
type lookup struct {
	id    string
	scope string              // the list that it was last seen in
	repo  advisory.Repository // where the ledger knows it
	now   advisory.Advisory
	err   error
}

// missing returns every advisory in the scope of these lists that was a draft at
// the last run and is not listed now.
func (j *job) missing(memory *ledger.Ledger, lists []listing, s *sight) []*lookup {
	var list []*lookup
	for id, r := range memory.Advisories {
		repo, ok := advisory.ParseRepository(r.Repository)
		_, listed := s.opened[id]
		if listed || r.State != "" || !ok || !inScope(r, lists) || slices.Contains(j.cfg.Forget, id) {
			continue
		}
		list = append(list, &lookup{id: id, scope: r.Scope, repo: repo})
	}
	slices.SortFunc(list, func(a, b *lookup) int { return strings.Compare(a.id, b.id) })
	return list
}

// askByName asks what became of them.
func (j *job) askByName(ctx context.Context, list []*lookup) {
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	errs := askEach(len(list), func(i int) (err error) {
		list[i].now, err = j.advisories.One(ctx, list[i].repo, list[i].id)
		return err
	})
	for i, err := range errs {
		list[i].err = err
	}
}

// unexplained returns those that a list should hold: drafts still, that have not
// moved out of the organization, nor into a temporary private fork, whose drafts no
// list has.
func (j *job) unexplained(missing []*lookup) []*lookup {
	var list []*lookup
	for _, l := range missing {
		if l.err == nil && l.now.State == advisory.Draft && !ghsa.TemporaryFork(l.now.Repository) &&
			(len(j.in.Repositories) > 0 || strings.EqualFold(l.now.Repository.Owner, j.in.Organization)) {
			list = append(list, l)
		}
	}
	return list
}

// listAgain asks once more for the lists that should hold these: it may be that
// the pages shifted while they were read. Of a single repository it asks by the
// name that it has now. It returns the lists, and those whose list was read: one
// that can't be read proves nothing.
func (j *job) listAgain(ctx context.Context, s *sight, unexplained []*lookup) ([]listing, []*lookup) {
	in := func(l *lookup) advisory.Repository {
		if len(j.in.Repositories) == 0 {
			return advisory.Repository{} // the organization's list has none
		}
		return l.now.Repository
	}
	scopes := make(map[advisory.Repository]string)
	for _, l := range unexplained {
		scopes[in(l)] = l.scope
	}
	repos := slices.SortedFunc(maps.Keys(scopes), func(a, b advisory.Repository) int { return strings.Compare(a.Key(), b.Key()) })
	lists := make([]listing, len(repos))
	errs := askEach(len(repos), func(i int) (err error) {
		ignore := func([]advisory.Advisory) {}
		lists[i].scope = scopes[repos[i]]
		if len(j.in.Repositories) == 0 {
			lists[i].scope = "org:" + strings.ToLower(j.in.Organization)
			lists[i].drafts, err = j.advisories.Organization(ctx, j.in.Organization, ignore)
		} else {
			lists[i].drafts, err = j.advisories.Repository(ctx, repos[i], ignore)
		}
		return err
	})
	for i, err := range errs {
		if err != nil {
			s.unlisted = append(s.unlisted, adviseOnList(err).Error())
			unexplained = slices.DeleteFunc(unexplained, func(l *lookup) bool { return in(l) == repos[i] })
		}
	}
	return lists, unexplained
}

// leftOut returns the drafts that prove a list not to be whole: it does not hold
// them when it is asked for once more, and they are drafts after that, so that
// nobody has published or closed them in between.
func (j *job) leftOut(ctx context.Context, s *sight, unexplained []*lookup) []advisory.Advisory {
	unexplained = slices.DeleteFunc(unexplained, func(l *lookup) bool { return s.listed[l.id] })
	again := make([]*lookup, len(unexplained))
	for i, l := range unexplained {
		again[i] = &lookup{id: l.id, scope: l.scope, repo: l.repo}
	}
	j.askByName(ctx, again)
	for i, l := range again {
		// Where there is no answer now, what was found before stays.
		if status := transport.Status(l.err); l.err == nil || status == http.StatusNotFound || status == http.StatusForbidden {
			*unexplained[i] = *l
		}
	}
	var drafts []advisory.Advisory
	for _, l := range j.unexplained(again) {
		drafts = append(drafts, l.now)
	}
	return drafts
}

// notWhole says which drafts GitHub's list leaves out.
func notWhole(drafts []advisory.Advisory) string {
	var list []string
	for _, a := range drafts {
		list = append(list, a.ID+" in "+a.Repository.String())
	}
	return fmt.Sprintf("GitHub's list leaves out %s that can be read by name (%s), and perhaps others that nobody knows about",
		plural(len(drafts), "draft", "drafts"), firstOf(list))
}

// note notes in the ledger which drafts are listed again, and of lists that are
// empty, what that leaves open.
func (s *sight) note(memory *ledger.Ledger, lists []listing) {
	for id, listed := range s.listed {
		if listed {
			memory.Advisories[id].LeftOut = time.Time{}
		}
	}
	var never, before []string
	for _, l := range lists {
		known, lacked := false, false
		for _, r := range memory.Advisories {
			if !inScope(r, []listing{l}) {
				continue
			}
			known = true
			if r.State != "" && len(l.drafts) > 0 {
				r.LeftOut = time.Time{}
			}
			lacked = lacked || r.State != "" && !r.LeftOut.IsZero()
		}
		_, name, _ := strings.Cut(l.scope, ":")
		switch {
		case len(l.drafts) > 0:
		case !known:
			never = append(never, name)
		case lacked:
			before = append(before, name)
		}
	}
	if len(never) > 0 {
		s.doubts = append(s.doubts, "No draft has ever been seen in "+firstOf(never)+". An empty list is no proof that there is none: a token without the right gets one too.")
	}
	if len(before) > 0 {
		s.doubts = append(s.doubts, "The list of drafts of "+firstOf(before)+" is empty. It has left out drafts before, which have been resolved since: nothing shows that it is whole again. Open a draft for a trial, and run the command check: it has to be listed.")
	}
}
