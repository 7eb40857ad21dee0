package ghsa

import (
	"context"
	"net/url"
	"path"
	"regexp"
	"slices"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/transport"
)

// forkName matches the name of a temporary private fork, which GitHub names after
// the repository and the advisory.
var forkName = regexp.MustCompile(`(?i)-ghsa(-[a-z0-9]{4}){3}$`)

// mayBeFork reports whether a repository may be a temporary private fork, by its name.
func mayBeFork(r advisory.Repository) bool { return forkName.MatchString(r.Name) }

// withoutForks returns those of some drafts that are not of temporary private forks: of
// the repositories that may be some, those are which a listed draft calls its own, or
// which GitHub calls private and a fork. Where that can't be known a draft stays: nobody
// would miss it.
func (c *Client) withoutForks(ctx context.Context, drafts, listed []advisory.Advisory) []advisory.Advisory {
	var repos []advisory.Repository
	for _, d := range drafts {
		if mayBeFork(d.Repository) && !slices.Contains(repos, d.Repository) {
			repos = append(repos, d.Repository)
		}
	}
	is := make([]bool, len(repos))
	_ = transport.Each(len(repos), transport.AtOnce, func(i int) error { // one that breaks stays
		names := func(d advisory.Advisory) bool { return forkOf(d).Key() == repos[i].Key() }
		is[i] = slices.ContainsFunc(listed, names) || c.isPrivateFork(ctx, repos[i])
		return nil
	})
	return slices.DeleteFunc(drafts, func(d advisory.Advisory) bool {
		i := slices.Index(repos, d.Repository)
		return i >= 0 && is[i]
	})
}

// forkOf returns the private fork that a draft names, or nothing.
func forkOf(d advisory.Advisory) advisory.Repository {
	u, err := url.Parse(d.PrivateFork)
	if err != nil || d.PrivateFork == "" {
		return advisory.Repository{}
	}
	return advisory.Repository{Owner: path.Base(path.Dir(u.Path)), Name: path.Base(u.Path)}
}

// isPrivateFork asks GitHub whether a repository is a private fork, and reports
// false where it does not say so.
func (c *Client) isPrivateFork(ctx context.Context, r advisory.Repository) bool {
	var repo struct{ Private, Fork bool }
	_, err := c.get(ctx, repositoryPath(r), &repo)
	return err == nil && repo.Private && repo.Fork
}
