package action

import (
	"context"
	"errors"
	"fmt"
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
	unlisted []string             // warnings about repositories that can't be listed
	vanished []string             // warnings about drafts that can't be read any more
}

// trouble is an error where something could not be looked at.
func (s sight) trouble() error {
	if len(s.unlisted)+len(s.vanished) == 0 {
		return nil
	}
	return failed(stepList, errors.New(strings.Join(append(slices.Clone(s.unlisted), s.vanished...), "\n")))
}

// A listing is the drafts of one list of GitHub's: an organization's, or a
// repository's where single ones were named.
type listing struct {
	scope  string // org:LOGIN or repo:OWNER/NAME, in lower case
	drafts []advisory.Advisory
}

// look lists the drafts, asks by name for those that have vanished, and notes
// in the ledger what it has seen.
func (j *job) look(ctx context.Context, memory *ledger.Ledger) (sight, error) {
	var s sight
	lists, err := j.list(ctx, &s)
	if err != nil {
		return s, err
	}
	s.opened = make(map[string]time.Time)
	see := func(a advisory.Advisory, scope string) {
		if _, known := s.opened[a.ID]; !known {
			s.opened[a.ID] = memory.See(a, scope, j.now)
			s.drafts = append(s.drafts, a)
		}
	}
	for _, l := range lists {
		for _, a := range l.drafts {
			see(a, l.scope)
		}
	}
	for _, a := range j.vanished(ctx, memory, lists, &s) {
		see(a, memory.Advisories[a.ID].Scope)
	}
	if memory.FirstRun.IsZero() {
		memory.FirstRun = j.now.UTC()
	}
	if j.now.After(memory.LastRun) {
		memory.LastRun = j.now.UTC()
	}
	memory.Prune(j.now, j.cfg.Forget)
	return s, nil
}

// list asks for the organization's list, which is whole or stops the run, or
// for each repository's, where one that can't be listed hurts only itself.
func (j *job) list(ctx context.Context, s *sight) ([]listing, error) {
	if len(j.in.Repositories) == 0 {
		drafts, err := j.advisories.Organization(ctx, j.in.Organization)
		if err != nil {
			return nil, failed(stepList, adviseOnList(err))
		}
		return []listing{{"org:" + strings.ToLower(j.in.Organization), drafts}}, nil
	}
	var lists []listing
	var last error
	for _, repo := range j.in.Repositories {
		drafts, err := j.advisories.Repository(ctx, repo)
		if err != nil {
			last = adviseOnList(err)
			s.unlisted = append(s.unlisted, last.Error())
			continue
		}
		lists = append(lists, listing{"repo:" + repo.Key(), drafts})
	}
	if len(lists) == 0 {
		return nil, failed(stepList, last)
	}
	return lists, nil
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

// How drafts that have vanished are asked for: so many at a time, and no longer
// than that in all.
const (
	askAtOnce = 8
	askWithin = 3 * time.Minute
)

// vanished asks by name for every advisory in the scope of these lists that was
// a draft at the last run and isn't listed now. It returns those that are
// drafts still, and warns of each that can't be read.
func (j *job) vanished(ctx context.Context, memory *ledger.Ledger, lists []listing, s *sight) []advisory.Advisory {
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	type answer struct {
		id   string
		repo advisory.Repository
		now  advisory.Advisory
		err  error
	}
	var answers []*answer
	var calls errgroup.Group
	calls.SetLimit(askAtOnce)
	for id, r := range memory.Advisories {
		repo, ok := advisory.ParseRepository(r.Repository)
		_, listed := s.opened[id]
		if listed || r.State != "" || !ok || !inScope(r, lists) || slices.Contains(j.cfg.Forget, id) {
			continue
		}
		a := &answer{id: id, repo: repo}
		answers = append(answers, a)
		calls.Go(func() error {
			defer func() {
				if recover() != nil { // a panic here would print what it was about
					a.err = fmt.Errorf("ask for it: %w", errors.New("the program broke, which is a defect of its own"))
				}
			}()
			a.now, a.err = j.advisories.One(ctx, a.repo, a.id)
			return nil
		})
	}
	_ = calls.Wait() // every answer holds its own error
	slices.SortFunc(answers, func(a, b *answer) int { return strings.Compare(a.id, b.id) })

	var drafts []advisory.Advisory
	for _, a := range answers {
		r := memory.Advisories[a.id]
		switch {
		case a.err == nil && a.now.State == advisory.Draft:
			drafts = append(drafts, a.now)
		case a.err == nil:
			r.State, r.LastSeen = a.now.State, j.now.UTC()
		default:
			s.vanished = append(s.vanished, fmt.Sprintf("%s in %s was a draft and can't be read any more: the token may have lost its right. If the advisory is gone, write its id under forget in the configuration. (%v)", a.id, a.repo, errors.Unwrap(a.err)))
		}
	}
	return drafts
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
