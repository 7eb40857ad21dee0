package owner

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/transport"
)

// An Inquiry finds out whom to tell about drafts, and begins while they are
// still being listed: a call leaves as soon as there are enough repositories,
// teams or people to fill it. Add may be called by several goroutines; Result is
// called once, when they are done.
//
// For R repositories with drafts, T teams and P people, those of Request.Logins
// among them, it makes no more than 3 + R/50 + T/50 + 2P/50 calls, each quotient
// rounded up, one more for every further page of members, and up to four more for
// what Result adds and for the members of other organizations' teams. What can't be
// looked at hurts only itself and is in the result.
type Inquiry struct {
	ctx     context.Context
	request Request
	session *session
	calls   errgroup.Group

	mu           sync.Mutex                     // guards what is below
	added        map[string]bool                // ids of drafts
	own          map[string]bool                // organizations whose repositories have drafts
	repositories map[string]repository          // by key, once they are answered
	waiting      map[string][]advisory.Advisory // drafts whose repository is not, by its key
	known        known
	guests       map[teamKey][]string // organizations by the teams of others that own repositories of theirs
	rest         bool                 // what does not fill a call is asked, too
	open         int                  // calls under way

	files, teams, users, pages batch // questions about repositories, teams, users and further members
}

// How many things one call asks for.
const (
	repositoriesPerCall = 50
	teamsPerCall        = 50
	usersPerCall        = 100
)

// A batch gathers questions of one kind until they fill a call.
type batch struct {
	size      int
	questions []*question
}

// Begin begins to find out whom to tell. The calls end with ctx: where its time is
// up, what has no answer by then can't be known now.
func (c *Client) Begin(ctx context.Context, r Request) *Inquiry {
	q := &Inquiry{
		ctx:          ctx,
		request:      r,
		session:      c.session(),
		added:        make(map[string]bool),
		own:          make(map[string]bool),
		repositories: make(map[string]repository),
		waiting:      make(map[string][]advisory.Advisory),
		guests:       make(map[teamKey][]string),
		known:        known{teams: make(map[teamKey]team), users: make(map[userKey]person)},
		files:        batch{size: repositoriesPerCall},
		teams:        batch{size: teamsPerCall},
		users:        batch{size: usersPerCall},
		pages:        batch{size: teamsPerCall},
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, login := range r.Logins {
		q.askUser(login, r.Organization)
	}
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
		q.own[strings.ToLower(q.request.organization(d))] = true
		key := d.Repository.Key()
		if repo, ok := q.repositories[key]; ok {
			q.askOwners(d, repo)
			continue
		}
		q.waiting[key] = append(q.waiting[key], d)
		if len(q.waiting[key]) == 1 {
			q.askRepository(d.Repository)
		}
	}
}

// Rest asks for everything that is left, because no more drafts are coming. It
// does not wait for the answers.
func (q *Inquiry) Rest() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.rest = true
	q.send(&q.files)
	q.askRest()
}

// askRest asks for the rest of teams and users once all repositories that can name
// any are known, in one call if they fit. Further pages of members go together once
// every call is answered.
func (q *Inquiry) askRest() {
	if !q.rest || len(q.waiting) > 0 {
		return
	}
	if len(q.teams.questions)+len(q.users.questions) <= usersPerCall {
		q.send(&q.teams, &q.users)
	}
	q.send(&q.teams)
	q.send(&q.users)
	if q.open == 0 {
		q.send(&q.pages)
	}
}

// askRepository asks for a repository, and then for everybody whom its drafts name.
func (q *Inquiry) askRepository(r advisory.Repository) {
	var v repositoryAnswer
	x := newQuestion(repositoryKind, &v, map[string]string{"owner": r.Owner, "name": r.Name})
	q.add(&q.files, x, func() {
		drafts := q.waiting[r.Key()]
		delete(q.waiting, r.Key())
		repo := newRepository(x.answer, v, q.request.organization(drafts[0]))
		q.repositories[r.Key()] = repo
		for _, d := range drafts {
			q.askOwners(d, repo)
		}
	})
}

// askOwners asks for everybody whom the routes of a draft name. A bare name is
// asked for as both a team and a user.
func (q *Inquiry) askOwners(d advisory.Advisory, repo repository) {
	org := q.request.organization(d)
	search := search{request: &q.request, org: org, personal: repo.personal}
	for _, r := range q.request.routes(d, repo) {
		for _, o := range r.owners {
			if search.unmaintained(o) {
				continue
			}
			if o.Kind != advisory.User && !(repo.personal && o.Org == "") {
				q.askTeam(newTeamKey(o, org))
			}
			if key := newTeamKey(o, org); search.guest(o, r.from) && !slices.Contains(q.guests[key], org) {
				q.guests[key] = append(q.guests[key], org)
				q.askGuests(key)
			}
			if o.Kind != advisory.Team {
				q.askUser(o.Name, org)
			}
		}
	}
}

// add adds a question to a batch, which is sent if that fills it. The inquiry is
// locked, and is so again when take is called, after the answer.
func (q *Inquiry) add(b *batch, x *question, take func()) {
	x.take = take
	b.questions = append(b.questions, x)
	if len(b.questions) == b.size {
		q.send(b)
	}
}

// send asks what is in batches, if anything, in one call.
func (q *Inquiry) send(batches ...*batch) {
	var questions []*question
	for _, b := range batches {
		questions = append(questions, b.questions...)
		b.questions = nil
	}
	if len(questions) == 0 {
		return
	}
	q.open++
	q.calls.Go(func() error {
		return transport.Guard(func() error {
			q.session.ask(q.ctx, questions)
			q.mu.Lock()
			defer q.mu.Unlock()
			for _, x := range questions {
				x.take()
			}
			q.open--
			q.askRest()
			return nil
		})
	})
}

// wait waits for all calls. What panicked in one panics in the caller, who can
// recover.
func (q *Inquiry) wait() {
	if err := q.calls.Wait(); err != nil {
		panic(err)
	}
	q.unhide()
}

// Result returns whom to tell about these drafts, which are added where they
// were not yet. It is an error only where the context is canceled or GitHub refuses
// the token as such.
func (q *Inquiry) Result(drafts []advisory.Advisory) (Result, error) {
	q.Add(drafts)
	q.Rest()
	q.wait()
	if err := q.session.over(q.ctx); err != nil {
		return Result{}, err
	}

	result := Result{Blind: q.blind()}
	result.Accounts, result.Outsiders = q.known.accounts(q.request.Logins, q.request.Organization)
	addresses := q.decide(drafts, &result)
	addresses.read(q.ctx, q.session)
	if err := q.session.over(q.ctx); err != nil {
		return Result{}, err
	}
	addresses.fill(q.request.EveryAddress)
	var failures []string
	result.Refused, result.NoVerified, failures = addresses.notes()
	result.Failures = append(result.Failures, failures...)
	slices.Sort(result.Failures)
	result.Failures = slices.Compact(result.Failures)
	return result, nil
}

// decide decides whom to tell about drafts, and returns which addresses that takes.
func (q *Inquiry) decide(drafts []advisory.Advisory, result *Result) addresses {
	result.ByAdvisory = make(map[string]*Resolution, len(drafts))
	addresses := addresses{byKey: make(map[userKey]*address)}
	settled := make(map[string]*Resolution) // by repository, what holds for all of its drafts
	for _, d := range drafts {
		key := d.Repository.Key()
		if r, ok := settled[key]; ok {
			result.ByAdvisory[d.ID] = r
			continue
		}
		repo := q.repositories[key]
		search := search{request: &q.request, known: q.known, org: q.request.organization(d), personal: repo.personal}
		resolution := search.decide(d, repo, q.request.routes(d, repo))
		addresses.want(&search, resolution)
		result.ByAdvisory[d.ID] = &resolution
		if len(resolution.Parties) > 0 && resolution.Route != FromCollaborators {
			settled[key] = &resolution
		}
		result.Failures = append(result.Failures, search.failures...)
		result.Unlooked = append(result.Unlooked, search.unlooked...)
	}
	return addresses
}

// over returns why there is no point in going on, or nil.
func (s *session) over(ctx context.Context) error {
	if err := ctx.Err(); errors.Is(err, context.Canceled) {
		return fmt.Errorf("resolve owners: %w", err)
	}
	if n := s.calls.Load(); n > 0 && n == s.unauthorized.Load() {
		return errors.New("resolve owners: GitHub refuses the token (401): the input token is wrong, revoked or expired: make a new one")
	}
	return nil
}
