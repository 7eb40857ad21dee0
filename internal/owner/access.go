package owner

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/openedx/advisory-reminders/internal/advisory"
)

// maxRepositoryPages is how many pages of 100 repositories of an organization
// are read.
const maxRepositoryPages = 100

// repositoryList is a page of an organization's repositories.
type repositoryList struct {
	TotalCount int
	Nodes      []struct{ NameWithOwner string }
	PageInfo   *pageInfo
}

type firstRepositories struct {
	Repositories repositoryList `graphql:"repositories(first: 100)"`
}

type moreRepositories struct {
	Repositories repositoryList `graphql:"repositories(first: 100, after: $after#)"`
}

// Repositories returns the repositories of an organization that the token may
// know of, and how many there are. It reads no more than that many pages of
// 100; 0 is all of them.
func (c *Client) Repositories(ctx context.Context, org string, pages int) ([]advisory.Repository, int, error) {
	if pages == 0 {
		pages = maxRepositoryPages
	}
	const field = "organization(login: $org#)"
	s := c.session()
	items := []map[string]string{{"org": org}}
	first := askAll[firstRepositories](ctx, s, field, 1, items)[0]
	var list []advisory.Repository
	var next string
	page, err := repositoriesOf(org, first.fault, first.value != nil, func() repositoryList { return first.value.Repositories })
	for n := 1; err == nil; n++ {
		for _, node := range page.Nodes {
			if r, ok := advisory.ParseRepository(node.NameWithOwner); ok {
				list = append(list, r)
			}
		}
		before := next
		var ok bool
		if next, ok = page.PageInfo.next(); !ok || page.Nodes == nil || next != "" && next == before {
			return nil, 0, fmt.Errorf("list the repositories of %s: %w", org, errors.New(noWholeList))
		}
		if n == pages || next == "" {
			return list, page.TotalCount, nil
		}
		items[0]["after"] = next
		more := askAll[moreRepositories](ctx, s, field, 1, items)[0]
		page, err = repositoriesOf(org, more.fault, more.value != nil, func() repositoryList { return more.value.Repositories })
	}
	return nil, 0, err
}

func repositoriesOf(org string, f *fault, found bool, page func() repositoryList) (repositoryList, error) {
	switch {
	case f != nil:
		return repositoryList{}, fmt.Errorf("list the repositories of %s: %w", org, errors.New(f.reason))
	case !found:
		return repositoryList{}, fmt.Errorf("list the repositories of %s: %w", org, errors.New("GitHub shows no such organization to this token"))
	}
	return page(), nil
}

// A Seat is one person at one repository.
type Seat struct {
	Repository advisory.Repository
	Login      string
}

// Standing is what is known of a seat.
type Standing int

// The standings.
const (
	Unseen        Standing = iota // GitHub does not tell this token
	Other                         // has a lesser role in the repository, or none
	Administrator                 // administers the repository, as the organization's owners do
)

type seatFields struct {
	Collaborators *struct {
		Edges []struct {
			Permission string
			Node       struct{ Login string }
		}
	} `graphql:"collaborators(first: 1, login: $login#)"`
}

// seatsPerCall is how many seats one call asks for.
const seatsPerCall = 100

// Administrators asks who administers which repository, each seat once.
func (c *Client) Administrators(ctx context.Context, seats []Seat) map[Seat]Standing {
	standings := make(map[Seat]Standing, len(seats))
	items := make([]map[string]string, len(seats))
	for i, seat := range seats {
		items[i] = map[string]string{"owner": seat.Repository.Owner, "name": seat.Repository.Name, "login": seat.Login}
	}
	const field = "repository(owner: $owner#, name: $name#)"
	for i, r := range askAll[seatFields](ctx, c.session(), field, seatsPerCall, items) {
		standings[seats[i]] = r.value.standing(seats[i].Login)
	}
	return standings
}

// standing is Unseen where there is no answer, or none about collaborators.
func (f *seatFields) standing(login string) Standing {
	if f == nil || f.Collaborators == nil || f.Collaborators.Edges == nil {
		return Unseen
	}
	for _, e := range f.Collaborators.Edges {
		if strings.EqualFold(e.Node.Login, login) && e.Permission == "ADMIN" {
			return Administrator
		}
	}
	return Other
}

// TeamMembers returns the logins of the members of teams, child teams
// included, by the team's slug. A team that can't be seen whole is not in it.
func (c *Client) TeamMembers(ctx context.Context, org string, slugs []string) map[string][]string {
	q := c.Begin(ctx, Request{Organization: org})
	q.mu.Lock()
	for _, slug := range slugs {
		q.questions.addTeam(teamKey{strings.ToLower(org), slug})
	}
	q.mu.Unlock()
	q.Rest()
	q.calls.wait()
	q.questions.readPages(ctx, q.session)
	members := make(map[string][]string)
	for key, t := range q.questions.known.teams {
		if t.status != found || t.incomplete != "" {
			continue
		}
		for _, m := range t.members {
			members[key.slug] = append(members[key.slug], m.login)
		}
		slices.Sort(members[key.slug])
	}
	return members
}
