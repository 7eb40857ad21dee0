package owner

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/shurcooL/githubv4"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/transport"
)

// maxRepositoryPages is how many pages of 100 repositories of an organization
// are read.
const maxRepositoryPages = 100

// Repositories returns the repositories of an organization that the token may
// know of, and how many there are. It reads no more than that many pages of
// 100; 0 is all of them.
func (c *Client) Repositories(ctx context.Context, org string, pages int) ([]advisory.Repository, int, error) {
	var list []advisory.Repository
	var after *githubv4.String
	for n := 1; ; n++ {
		page, err := c.repositories(ctx, org, after)
		if err != nil {
			return nil, 0, fmt.Errorf("list the repositories of %s: %w", org, err)
		}
		for _, node := range page.Nodes {
			if r, ok := advisory.ParseRepository(node.NameWithOwner); ok {
				list = append(list, r)
			}
		}
		next, ok := page.PageInfo.next()
		if !ok || page.Nodes == nil || after != nil && next == string(*after) {
			return nil, 0, fmt.Errorf("list the repositories of %s: %w", org, errors.New(noWholeList))
		}
		if next == "" || n == cmp.Or(pages, maxRepositoryPages) {
			return list, page.TotalCount, nil
		}
		after = githubv4.NewString(githubv4.String(next))
	}
}

// A repositoryPage is a page of an organization's repositories.
type repositoryPage struct {
	TotalCount int
	Nodes      []struct{ NameWithOwner string }
	PageInfo   *pageInfo
}

// repositories asks for a page, once more where there was no answer. What GitHub
// says of errors stays behind, since it can quote anything.
func (c *Client) repositories(ctx context.Context, org string, after *githubv4.String) (repositoryPage, error) {
	for try := 1; ; try++ {
		var query struct {
			Organization *struct {
				Repositories repositoryPage `graphql:"repositories(first: 100, after: $after)"`
			} `graphql:"organization(login: $org)"`
		}
		err := c.graph.Query(ctx, &query, map[string]any{"org": githubv4.String(org), "after": after})
		var connection *url.Error
		switch {
		case err == nil && query.Organization != nil:
			return query.Organization.Repositories, nil
		case try == 1 && ctx.Err() == nil:
		case errors.As(err, &connection):
			return repositoryPage{}, transport.Clean(err)
		default:
			return repositoryPage{}, errors.New("GitHub shows no such list to this token, or could not answer")
		}
	}
}
