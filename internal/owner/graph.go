package owner

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/openedx/advisory-reminders/internal/advisory"
)

// How many things one call asks for.
const (
	repositoriesPerCall = 50
	teamsPerCall        = 50
	usersPerCall        = 100
)

// Resolve finds out whom to tell about every draft of the request. For R
// repositories with drafts, T teams and P people it makes no more than
// 3 + R/50 + T/50 + 2P/50 calls, each quotient rounded up, and one more for
// every further page of members. What can't be looked at hurts only itself and
// is in the result. Resolve returns an error only where the context is done or
// GitHub refuses the token as such.
func (c *Client) Resolve(ctx context.Context, r Request) (Result, error) {
	s := c.session()
	r.Owners = lowerKeys(r.Owners)
	result := Result{ByAdvisory: make(map[string]Resolution, len(r.Drafts))}

	repositories := s.readRepositories(ctx, r.Drafts)
	if err := s.over(ctx); err != nil {
		return Result{}, err
	}
	questions := newQuestions(&r)
	routes := make([][]route, len(r.Drafts))
	for i, d := range r.Drafts {
		repo := repositories[d.Repository.Key()]
		routes[i] = r.routes(d, repo)
		questions.add(d, repo, routes[i])
	}
	known := questions.ask(ctx, s)
	if err := s.over(ctx); err != nil {
		return Result{}, err
	}

	addresses := newAddresses()
	for i, d := range r.Drafts {
		repo := repositories[d.Repository.Key()]
		search := search{request: &r, known: known, org: r.organization(d), personal: repo.personal}
		resolution := search.decide(d, repo, routes[i])
		addresses.want(&search, resolution)
		result.ByAdvisory[d.ID] = resolution
		result.Failures = append(result.Failures, search.failures...)
	}
	failures := addresses.read(ctx, s)
	if err := s.over(ctx); err != nil {
		return Result{}, err
	}
	for _, d := range r.Drafts {
		resolution := result.ByAdvisory[d.ID]
		addresses.fill(resolution.Parties, r.organization(d))
	}
	result.Refused = addresses.refused
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
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("resolve owners: %w", err)
	}
	if n := s.calls.Load(); n > 0 && n == s.unauthorized.Load() {
		return errors.New("resolve owners: GitHub refused the token (401)")
	}
	return nil
}
