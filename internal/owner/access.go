package owner

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"

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
	var after *string
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
		if !ok || page.Nodes == nil || after != nil && next == *after {
			return nil, 0, fmt.Errorf("list the repositories of %s: %w", org, errors.New(noWholeList))
		}
		if next == "" || n == cmp.Or(pages, maxRepositoryPages) {
			return list, page.TotalCount, nil
		}
		after = &next
	}
}

// A repositoryPage is a page of an organization's repositories.
type repositoryPage struct {
	TotalCount int
	Nodes      []struct{ NameWithOwner string }
	PageInfo   *pageInfo
}

// repositories asks for a page, once more where there was no answer.
func (c *Client) repositories(ctx context.Context, org string, after *string) (repositoryPage, error) {
	const query = `query($org: String!, $after: String) {
		organization(login: $org) { repositories(first: 100, after: $after) { totalCount nodes { nameWithOwner } pageInfo { hasNextPage endCursor } } }
	}`
	for try := 1; ; try++ {
		data, errs, err := transport.GraphQL(ctx, c.http, c.url, query, map[string]any{"org": org, "after": after})
		var owner *struct{ Repositories repositoryPage }
		switch {
		case err == nil && len(errs) == 0 && json.Unmarshal(data["organization"], &owner) == nil && owner != nil:
			return owner.Repositories, nil
		case try == 1 && ctx.Err() == nil:
		case err != nil && transport.Status(err) == 0 && !errors.Is(err, transport.ErrLimited) && !errors.Is(err, transport.ErrBroken):
			return repositoryPage{}, err
		default:
			return repositoryPage{}, errors.New("GitHub shows no such list to this token, or could not answer")
		}
	}
}
