// Package ghsa lists draft repository security advisories over GitHub's REST
// API, reads and writes their comments, and adds their collaborators. GitHub's
// public GraphQL schema has no field for any of it.
//
// A list is whole or it is an error: a page that can't be read or is no list, a
// next page that can't be followed, a cursor that goes in circles or an advisory
// without a repository or a state stops it. Whether the token can see all drafts
// is another question, which the list can't answer: a token that lacks the right
// gets a short or empty list and no error.
package ghsa

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/google/go-github/v60/github"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/transport"
)

const perPage = 100

// maxPages bounds a list at 100,000 advisories, so that a server that never
// ends can't hold the run.
const maxPages = 1000

// Client asks for advisories.
type Client struct {
	rest *github.Client
}

// NewClient returns a client of the REST API at apiURL. The HTTP client sends
// the token.
func NewClient(client *http.Client, apiURL string) (*Client, error) {
	rest, err := transport.GitHub(client, apiURL)
	if err != nil {
		return nil, err
	}
	return &Client{rest: rest}, nil
}

// A place is what has a list of advisories: an organization, or else a repository.
type place struct {
	organization string
	repository   advisory.Repository
}

// places are the organization, or the repositories where some are named.
func places(org string, repositories []advisory.Repository) []place {
	if len(repositories) == 0 {
		return []place{{organization: org}}
	}
	list := make([]place, len(repositories))
	for i, r := range repositories {
		list[i].repository = r
	}
	return list
}

// String returns its name.
func (p place) String() string {
	if p.organization != "" {
		return p.organization
	}
	return p.repository.String()
}

// scope is what a place is called in Drafts.
func (p place) scope() string {
	if p.organization != "" {
		return "org:" + strings.ToLower(p.organization)
	}
	return "repo:" + p.repository.Key()
}

// path is that of its list.
func (p place) path() string {
	if p.organization != "" {
		return "orgs/" + url.PathEscape(p.organization) + "/security-advisories"
	}
	return repositoryPath(p.repository) + "/security-advisories"
}

func repositoryPath(r advisory.Repository) string {
	return "repos/" + url.PathEscape(r.Owner) + "/" + url.PathEscape(r.Name)
}

func advisoryPath(r advisory.Repository, id string) string {
	return repositoryPath(r) + "/security-advisories/" + url.PathEscape(id)
}

// One returns an advisory by name, whatever its state is. A *transport.StatusError
// with status 404 means that it is gone or that the token may not see it.
func (c *Client) One(ctx context.Context, repo advisory.Repository, id string) (advisory.Advisory, error) {
	var w wire
	if _, err := c.get(ctx, advisoryPath(repo, id), &w); err != nil {
		return advisory.Advisory{}, fmt.Errorf("ask for %s in %s: %w", id, repo, err)
	}
	a, err := w.advisory()
	if err == nil && !strings.EqualFold(a.ID, id) {
		err = errors.New("GitHub sent another advisory")
	}
	if err != nil {
		return advisory.Advisory{}, fmt.Errorf("read %s in %s: %w", id, repo, err)
	}
	return a, nil
}

// drafts returns every draft of a place, each once, in the order of GitHub's list, but
// those of temporary private forks. Where a repository was renamed, they bear its
// present name.
func (c *Client) drafts(ctx context.Context, p place, page func([]advisory.Advisory)) ([]advisory.Advisory, error) {
	drafts, err := c.list(ctx, p, advisory.Draft, page)
	if err != nil {
		return nil, fmt.Errorf("list draft advisories of %s: %w", p, err)
	}
	return drafts, nil
}

// list returns the advisories of a place in one state. It shows those of each page as
// they come; that a list is whole is known only at its end.
//
// Source: https://docs.github.com/en/rest/security-advisories/repository-advisories#list-repository-security-advisories-for-an-organization
// and https://docs.github.com/en/rest/security-advisories/repository-advisories#list-repository-security-advisories
func (c *Client) list(ctx context.Context, p place, state advisory.State, show func([]advisory.Advisory)) ([]advisory.Advisory, error) {
	var list []advisory.Advisory
	var doubtful []advisory.Advisory // may be those of temporary private forks
	seen := make(map[string]bool)    // ids: an advisory that is touched while pages are read may come twice
	cursors := make(map[string]bool) // a cursor that comes again would never end
	after := ""
	for range maxPages {
		q := url.Values{"state": {string(state)}, "per_page": {fmt.Sprint(perPage)}}
		if after != "" {
			q.Set("after", after)
		}
		page, resp, err := askPage[wire](ctx, c, p.path(), q)
		if err != nil {
			return nil, err
		}
		before := len(list)
		for i := range page {
			a, err := page[i].advisory()
			if err != nil {
				return nil, err
			}
			if a.State != state || seen[a.ID] {
				continue
			}
			seen[a.ID] = true
			if mayBeFork(a.Repository) {
				doubtful = append(doubtful, a)
			} else {
				list = append(list, a)
			}
		}
		show(list[before:])
		if after, err = nextCursor(resp); err != nil {
			return nil, err
		}
		if after == "" {
			doubtful = c.withoutForks(ctx, doubtful, list)
			show(doubtful)
			return append(list, doubtful...), nil
		}
		if cursors[after] {
			return nil, errors.New("GitHub's pages go in circles")
		}
		cursors[after] = true
	}
	return nil, fmt.Errorf("GitHub's list has more than %d pages", maxPages)
}

// repositoryOf reads the repository out of an advisory's addresses, since the
// answer doesn't name it: https://HOST/OWNER/NAME/security/advisories/GHSA or
// https://HOST/repos/OWNER/NAME/security-advisories/GHSA.
func repositoryOf(htmlURL, apiURL string) (advisory.Repository, bool) {
	if r, ok := before(htmlURL, "/security/advisories/"); ok {
		return r, true
	}
	return before(apiURL, "/security-advisories/")
}

// before returns the last two elements of the path that stands before marker.
func before(address, marker string) (advisory.Repository, bool) {
	u, err := url.Parse(address)
	if err != nil {
		return advisory.Repository{}, false
	}
	path, _, ok := strings.Cut(u.Path, marker)
	parts := strings.Split(path, "/")
	if !ok || len(parts) < 2 {
		return advisory.Repository{}, false
	}
	return advisory.ParseRepository(strings.Join(parts[len(parts)-2:], "/"))
}
