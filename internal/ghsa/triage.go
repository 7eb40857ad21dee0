package ghsa

import (
	"context"
	"fmt"
	"net/url"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/transport"
)

// Triage returns the private reports of an organization that nobody has accepted
// as a draft or closed, or those of each repository where some are named, and why
// a list could not be read. Like a list of drafts it can be short without an
// error.
func (c *Client) Triage(ctx context.Context, org string, repositories []advisory.Repository) ([]advisory.Advisory, []error) {
	paths, names := []string{"orgs/" + url.PathEscape(org)}, []string{org}
	if len(repositories) > 0 {
		paths, names = nil, nil
		for _, r := range repositories {
			paths, names = append(paths, "repos/"+url.PathEscape(r.Owner)+"/"+url.PathEscape(r.Name)), append(names, r.String())
		}
	}
	lists := make([][]advisory.Advisory, len(paths))
	errs := transport.Each(len(paths), transport.AtOnce, func(i int) (err error) {
		lists[i], err = c.list(ctx, paths[i]+"/security-advisories", advisory.Triage, func([]advisory.Advisory) {})
		return err
	})
	var all []advisory.Advisory
	var failed []error
	seen := make(map[string]bool)
	for i, list := range lists {
		if errs[i] != nil {
			failed = append(failed, fmt.Errorf("list private reports of %s: %w", names[i], errs[i]))
		}
		for _, a := range list {
			if !seen[a.ID] {
				seen[a.ID] = true
				all = append(all, a)
			}
		}
	}
	return all, failed
}
