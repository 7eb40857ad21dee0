package ghsa

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/google/go-github/v60/github"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/transport"
)

// A Bearer is the kind of a token.
type Bearer int

// The kinds. A fine-grained token and one that an app has in a user's name look
// alike: they have permissions, which GitHub tells nobody.
const (
	UnknownBearer Bearer = iota
	Classic              // of a user, with scopes
	FineGrained          // of a user, with permissions
	Installation         // of an app
)

// Standing is what a user is in an organization.
type Standing string

// The standings. The empty one is not known.
const (
	OwnerOf   Standing = "owner"
	MemberOf  Standing = "member"
	OutsideOf Standing = "outside"
)

// Access is what can be known about a token without using it for anything.
// What could not be asked is empty.
type Access struct {
	Bearer   Bearer
	Login    string   // of the user
	Scopes   []string // of a classic token
	Standing Standing // of the user, in the organization

	All       bool                  // an installation on all repositories
	Installed []advisory.Repository // what the installation sees, as far as it was asked
	Count     int                   // how many it sees
	Admin     map[string]bool       // of single repositories, by key: whether the user administers them
	Missing   []advisory.Repository // single repositories that GitHub shows not at all
	Err       error                 // why not even the kind of the token is known
	Lacks     string                // the permission that GitHub says an installation lacks to list drafts
	Refused   string                // the permission that the question for the standing would have wanted
}

// A Question says what a token is to be used for.
type Question struct {
	Organization string                // empty where single repositories are meant
	Repositories []advisory.Repository // those

	// Unscoped says that the token's form is that of one without scopes,
	// whatever the headers say.
	Unscoped bool

	// Brief allows two requests and no more.
	Brief bool
}

// Access asks GitHub about the token. An installation's is told from a user's
// by who may list an installation's repositories, and a classic one by the
// header that only those get.
//
// Source: https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps
// and https://docs.github.com/en/rest/apps/installations#list-repositories-accessible-to-the-app-installation
func (c *Client) Access(ctx context.Context, q Question) Access {
	a := Access{Admin: make(map[string]bool)}
	var page installed
	header, err := c.get(ctx, "installation/repositories?per_page=100", &page)
	switch status := transport.Status(err); {
	case err == nil && !page.list():
		a.Err = fmt.Errorf("ask about the token: %w", errNoList)
		return a
	case err == nil:
		a.Bearer, a.All, a.Count = Installation, page.Selection == "all", page.Total
		a.add(page)
		if !q.Brief {
			c.permitted(ctx, &a)
		}
		if !q.Brief && !a.All {
			a.Err = c.moreInstalled(ctx, &a)
		}
		return a
	case status != http.StatusForbidden && status != http.StatusNotFound:
		a.Err = fmt.Errorf("ask about the token: %w", err)
		return a
	}
	a.Bearer = FineGrained
	a.scopes(header, q.Unscoped)
	switch {
	case q.Organization != "":
		c.membership(ctx, q, &a)
	case q.Brief && len(q.Repositories) > 0:
		c.administers(ctx, q.Repositories[:1], &a)
	default:
		c.administers(ctx, q.Repositories, &a)
	}
	if a.Login == "" && !q.Brief {
		var user struct{ Login string }
		if _, err := c.get(ctx, "user", &user); err == nil {
			a.Login = user.Login
		}
	}
	return a
}

// installed is a page of what an installation sees.
type installed struct {
	Total        int    `json:"total_count"`
	Selection    string `json:"repository_selection"`
	Repositories []struct {
		FullName string `json:"full_name"`
	} `json:"repositories"`
}

// list reports whether a page is one at all: whatever else a 200 brings would look
// like an app that is installed nowhere.
func (p installed) list() bool { return p.Repositories != nil }

func (a *Access) add(page installed) {
	for _, r := range page.Repositories {
		if repo, ok := advisory.ParseRepository(r.FullName); ok {
			a.Installed = append(a.Installed, repo)
		}
	}
}

// permitted asks for the drafts of one repository. An organization's list is empty
// without the permission; that of a repository is refused, with a header that names
// what it wants.
func (c *Client) permitted(ctx context.Context, a *Access) {
	if len(a.Installed) == 0 {
		return
	}
	r := a.Installed[0]
	var list []struct{}
	header, err := c.get(ctx, repositoryPath(r)+"/security-advisories?state=draft&per_page=1", &list)
	if wanted := header.Get("X-Accepted-GitHub-Permissions"); transport.Status(err) == http.StatusForbidden && strings.Contains(wanted, "repository_advisories") {
		a.Lacks = wanted
	}
}

// moreInstalled reads the pages after the first.
func (c *Client) moreInstalled(ctx context.Context, a *Access) error {
	for n := 2; len(a.Installed) < a.Count && n <= maxPages; n++ {
		var page installed
		if _, err := c.get(ctx, fmt.Sprintf("installation/repositories?per_page=100&page=%d", n), &page); err != nil {
			return fmt.Errorf("list what the app is installed on: %w", err)
		}
		switch {
		case !page.list():
			return fmt.Errorf("list what the app is installed on: %w", errNoList)
		case len(page.Repositories) == 0 && len(a.Installed) < page.Total:
			return fmt.Errorf("list what the app is installed on: %w", errNoNext)
		}
		a.Count = page.Total // it may have changed meanwhile
		a.add(page)
	}
	return nil
}

// scopes reads the header that answers to classic tokens bear, empty where the
// token has no scope.
func (a *Access) scopes(header http.Header, unscoped bool) {
	list, ok := header[http.CanonicalHeaderKey("X-OAuth-Scopes")]
	if !ok || unscoped {
		return
	}
	a.Bearer, a.Scopes = Classic, []string{}
	a.Scopes = append(a.Scopes, strings.FieldsFunc(strings.Join(list, ","), func(r rune) bool { return r == ',' || r == ' ' })...)
}

func (c *Client) membership(ctx context.Context, q Question, a *Access) {
	var m struct {
		State, Role string
		User        struct{ Login string }
	}
	header, err := c.get(ctx, "user/memberships/orgs/"+url.PathEscape(q.Organization), &m)
	a.scopes(header, q.Unscoped)
	switch {
	case err == nil && m.State == "active" && m.Role == "admin":
		a.Login, a.Standing = m.User.Login, OwnerOf
	case err == nil && m.State == "active":
		a.Login, a.Standing = m.User.Login, MemberOf
	case err == nil && m.State != "", transport.Status(err) == http.StatusNotFound:
		a.Login, a.Standing = m.User.Login, OutsideOf
	case transport.Status(err) == http.StatusForbidden:
		a.Refused = header.Get("X-Accepted-GitHub-Permissions")
	}
}

// administers asks for a user's role in single repositories.
func (c *Client) administers(ctx context.Context, repos []advisory.Repository, a *Access) {
	answers := make([]struct {
		Permissions *struct{ Admin bool }
	}, len(repos))
	errs := transport.Each(len(repos), 4, func(i int) error {
		_, err := c.get(ctx, repositoryPath(repos[i]), &answers[i])
		return err
	})
	for i, r := range repos {
		switch {
		case errs[i] == nil && answers[i].Permissions != nil:
			a.Admin[r.Key()] = answers[i].Permissions.Admin
		case transport.Status(errs[i]) == http.StatusNotFound:
			a.Missing = append(a.Missing, r)
		}
	}
}

// get makes one request. The header is that of the answer, be it a refusal.
func (c *Client) get(ctx context.Context, path string, into any) (http.Header, error) {
	req, err := c.rest.NewRequest(http.MethodGet, path, nil)
	if err != nil {
		return nil, transport.CleanGitHub(err)
	}
	resp, err := c.rest.Do(ctx, req, into)
	if resp == nil {
		return nil, transport.CleanGitHub(err)
	}
	if refusal, ok := errors.AsType[*github.ErrorResponse](err); ok && refusal.Response != nil {
		return refusal.Response.Header, transport.CleanGitHub(err)
	}
	return resp.Header, transport.CleanGitHub(err)
}

// MayList reports whether a classic token has a scope that the list of drafts
// wants.
//
// Source: https://docs.github.com/en/rest/security-advisories/repository-advisories#list-repository-security-advisories-for-an-organization
func (a Access) MayList() bool {
	return slices.Contains(a.Scopes, "repo") || slices.Contains(a.Scopes, "repository_advisories:write")
}

// Uncovered returns those of an organization's repositories that an
// installation does not see, temporary private forks left out.
func (a Access) Uncovered(all []advisory.Repository) []advisory.Repository {
	sees := make(map[string]bool)
	for _, r := range a.Installed {
		sees[r.Key()] = true
	}
	var missing []advisory.Repository
	for _, r := range all {
		if !sees[r.Key()] && !mayBeFork(r) {
			missing = append(missing, r)
		}
	}
	return missing
}
