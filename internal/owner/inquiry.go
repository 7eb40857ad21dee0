package owner

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/openedx/advisory-reminders/internal/advisory"
)

// An Inquiry finds out whom to tell about drafts, and begins while they are
// still being listed: a call leaves as soon as there are enough repositories,
// teams or people to fill it. Add may be called by several goroutines; Result is
// called once, when they are done.
//
// For R repositories with drafts, T teams and P people it makes no more than
// 3 + R/50 + T/50 + 2P/50 calls, each quotient rounded up, one more for every
// further page of members, and up to three more for what Result adds. What can't be looked at hurts only itself and
// is in the result.
type Inquiry struct {
	ctx     context.Context
	request Request
	session *session
	calls   crew

	mu           sync.Mutex                     // guards what is below
	added        map[string]bool                // ids of drafts
	repositories map[string]repository          // by key, once they are answered
	waiting      map[string][]advisory.Advisory // drafts whose repository is not, by its key
	batch        batch[repositoryFields]
	keys         []string // of the repositories, as they were asked for
	questions    *questions
	rest         bool // what does not fill a call is asked, too
}

// Begin begins to find out whom to tell. The calls end with ctx: where its time is
// up, what has no answer by then can't be known now.
func (c *Client) Begin(ctx context.Context, r Request) *Inquiry {
	r.Owners = lowerKeys(r.Owners)
	q := &Inquiry{
		ctx:          ctx,
		request:      r,
		session:      c.session(),
		added:        make(map[string]bool),
		repositories: make(map[string]repository),
		waiting:      make(map[string][]advisory.Advisory),
		batch:        newBatch[repositoryFields]("repository(owner: $owner#, name: $name#)", repositoriesPerCall),
	}
	q.batch.take = q.takeRepository
	q.questions = newQuestions(q)
	return q
}

// Add adds drafts, and asks for what it can.
func (q *Inquiry) Add(drafts []advisory.Advisory) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, d := range drafts {
		if q.added[d.ID] {
			continue
		}
		q.added[d.ID] = true
		key := d.Repository.Key()
		if repo, ok := q.repositories[key]; ok {
			q.questions.add(d, repo, q.request.routes(d, repo))
			continue
		}
		if q.waiting[key] == nil {
			q.keys = append(q.keys, key)
			q.batch.add(q, map[string]string{"owner": d.Repository.Owner, "name": d.Repository.Name})
		}
		q.waiting[key] = append(q.waiting[key], d)
	}
}

// Rest asks for everything that is left, because no more drafts are coming. It
// does not wait for the answers.
func (q *Inquiry) Rest() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.rest = true
	q.batch.send(q)
	q.answered()
}

// takeRepository asks about everybody whom a repository's drafts name.
func (q *Inquiry) takeRepository(n int, r reply[repositoryFields]) {
	key := q.keys[n]
	repo := newRepository(r)
	drafts := q.waiting[key]
	delete(q.waiting, key)
	repo.read(q.request.organization(drafts[0]))
	q.repositories[key] = repo
	for _, d := range drafts {
		q.questions.add(d, repo, q.request.routes(d, repo))
	}
}

// answered asks for the rest of teams and people once all repositories that
// can name any are known.
func (q *Inquiry) answered() {
	if q.rest && q.batch.idle() {
		sendBoth(q, &q.questions.teamBatch, &q.questions.userBatch)
	}
}

// Result returns whom to tell about these drafts, which are added where they
// were not yet. It is an error only where the context is canceled or GitHub refuses
// the token as such.
func (q *Inquiry) Result(drafts []advisory.Advisory) (Result, error) {
	q.Add(drafts)
	q.Rest()
	q.calls.wait()
	q.questions.readPages(q.ctx, q.session)
	if err := q.session.over(q.ctx); err != nil {
		return Result{}, err
	}

	known := q.questions.answers()
	result := Result{ByAdvisory: make(map[string]*Resolution, len(drafts))}
	addresses := newAddresses()
	settled := make(map[string]*Resolution) // by repository, what holds for all of its drafts
	for _, d := range drafts {
		key := d.Repository.Key()
		if r, ok := settled[key]; ok {
			result.ByAdvisory[d.ID] = r
			continue
		}
		repo := q.repositories[key]
		search := search{request: &q.request, known: known, org: q.request.organization(d), personal: repo.personal}
		resolution := search.decide(d, repo, q.request.routes(d, repo))
		addresses.want(&search, resolution)
		result.ByAdvisory[d.ID] = &resolution
		if len(resolution.Parties) > 0 && resolution.Route != FromCollaborators {
			settled[key] = &resolution
		}
		result.Failures = append(result.Failures, search.failures...)
	}
	failures := addresses.read(q.ctx, q.session)
	if err := q.session.over(q.ctx); err != nil {
		return Result{}, err
	}
	for _, d := range drafts {
		addresses.fill(result.ByAdvisory[d.ID].Parties, q.request.organization(d), q.request.EveryAddress)
	}
	result.Refused, result.Blind = addresses.refused, q.questions.blind()
	result.Failures = append(result.Failures, failures...)
	slices.Sort(result.Failures)
	result.Failures = slices.Compact(result.Failures)
	return result, nil
}

func lowerKeys(owners map[string][]advisory.Owner) map[string][]advisory.Owner {
	lower := make(map[string][]advisory.Owner, len(owners))
	for k, v := range owners {
		lower[strings.ToLower(k)] = v
	}
	return lower
}

// over returns why there is no point in going on, or nil.
func (s *session) over(ctx context.Context) error {
	if err := ctx.Err(); errors.Is(err, context.Canceled) {
		return fmt.Errorf("resolve owners: %w", err)
	}
	if n := s.calls.Load(); n > 0 && n == s.unauthorized.Load() {
		return errors.New("resolve owners: GitHub refused the token (401)")
	}
	return nil
}
