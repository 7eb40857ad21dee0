package ghsa

import (
	"context"
	"fmt"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/transport"
)

// Triage returns the private reports of an organization that nobody has accepted
// as a draft or closed, or those of each repository where some are named, and why
// a list could not be read. Like a list of drafts it can be short without an
// error.
func (c *Client) Triage(ctx context.Context, org string, repositories []advisory.Repository) ([]advisory.Advisory, []error) {
	from := places(org, repositories)
	lists := make([][]advisory.Advisory, len(from))
	errs := transport.Each(len(from), transport.AtOnce, func(i int) (err error) {
		lists[i], err = c.list(ctx, from[i], advisory.Triage, func([]advisory.Advisory) {})
		return err
	})
	var all []advisory.Advisory
	var failed []error
	seen := make(map[string]bool)
	for i, list := range lists {
		if errs[i] != nil {
			failed = append(failed, fmt.Errorf("list private reports of %s: %w", from[i], errs[i]))
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
