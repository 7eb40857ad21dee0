package check

import (
	"context"
	"strings"

	"github.com/openedx/advisory-reminders/internal/config"
	"github.com/openedx/advisory-reminders/internal/ghsa"
	"github.com/openedx/advisory-reminders/internal/ledger"
	"github.com/openedx/advisory-reminders/internal/owner"
	"github.com/openedx/advisory-reminders/internal/run"
)

// prospects asks whom runs will open drafts to, where the configuration lets them.
func (c *checkup) prospects(ctx context.Context, f *ownerFacts) run.Prospect {
	if c.Config.Access == config.AccessNone {
		return run.Prospect{}
	}
	l := f.ledger.Ledger
	if f.ledger.err != nil || l == nil {
		l = ledger.New()
	}
	seen := run.Snapshot{Drafts: ghsa.Drafts{All: f.drafts}, Now: c.Now, Owners: f.owners}
	return run.Prospects(ctx, c.Owners, c.Config, seen, f.doors, l)
}

// opened are the lines about whom runs will open drafts to.
func (f ownerFacts) opened() group {
	var g group
	p := f.prospect
	if len(p.Next) > 0 {
		g = append(g, line{what: "access", detail: "with their next reminders, runs open drafts to " + strings.Join(p.Next, ", ")})
	}
	if len(p.First) > 0 {
		g = append(g, line{what: "access", detail: "the report of a run announces, and a run of a later day opens drafts to " + strings.Join(p.First, ", ")})
	}
	for _, text := range p.Not {
		g = append(g, line{finding: warn, what: "access", detail: strings.TrimSuffix(text, "."), do: "add them to the drafts by hand, if they are the right ones, or name others in the configuration"})
	}
	for _, text := range p.Fails {
		g = append(g, line{finding: fail, what: "access", detail: text, do: "run the check again"})
	}
	return g
}

// willOpen reports whether runs will open a draft to somebody.
func (f ownerFacts) willOpen(id string, p owner.Party) bool {
	return f.prospect.Open != nil && f.prospect.Open(ledger.Pair{To: p.Recipient, Advisory: id})
}
