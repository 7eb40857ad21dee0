package check

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/openedx/advisory-reminders/internal/config"
	"github.com/openedx/advisory-reminders/internal/ghsa"
	"github.com/openedx/advisory-reminders/internal/ledger"
	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/owner"
	"github.com/openedx/advisory-reminders/internal/run"
)

// prospects asks whom runs will open drafts to, where the configuration lets them.
func (f ownerFacts) prospects(ctx context.Context) run.Prospect {
	if f.Config.Access == config.AccessNone {
		return run.Prospect{}
	}
	l := f.load()
	if l.err != nil {
		l.Ledger = ledger.New()
	}
	seen := run.Snapshot{Drafts: ghsa.Drafts{All: f.drafts}, Now: f.Now, Owners: f.owners}
	return run.Prospects(ctx, f.Owners, f.Config, seen, f.doors, l.Ledger)
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

// shut are the drafts of a repository that people can't open who are reminded of them.
type shut struct {
	people []string
	drafts int
}

// whoOpens counts the people and drafts that were asked about, those of which nobody
// knows, and what is shut, by repository; soon is that a run will open some of it.
func (f ownerFacts) whoOpens() (byRepository map[string]shut, asked, unseen int, soon bool) {
	byRepository = make(map[string]shut)
	for _, d := range f.drafts {
		res := f.owners.Of(d.ID)
		s, closed := byRepository[res.Repository.Name], false
		for _, p := range res.Parties {
			if p.Login == "" {
				continue // a team with a contact of its own: whoever reads that can't be asked about
			}
			asked++
			switch opens := f.doors.Of(d.ID, p.Login).Opens; {
			case opens == owner.Yes:
			case opens != owner.No:
				unseen++
			case f.willOpen(d.ID, p):
				soon = true
			case len(f.Channels) > 0 && f.slackErr == nil && !f.reachable(d, p): // is not reminded, and the line of contacts says so
			default:
				closed = true
				s.people = with(s.people, p.Login)
			}
		}
		if closed {
			s.drafts++
			byRepository[res.Repository.Name] = s
		}
	}
	return byRepository, asked, unseen, soon
}

// opening names those who get a reminder of a draft that they can't open.
func (f ownerFacts) opening() group {
	byRepository, asked, unseen, soon := f.whoOpens()
	var g group
	var who []string
	for _, name := range slices.Sorted(maps.Keys(byRepository)) {
		s := byRepository[name]
		slices.SortFunc(s.people, func(a, b string) int { return cmp.Compare(strings.ToLower(a), strings.ToLower(b)) })
		who = append(who, fmt.Sprintf("%s (%s of %s)", strings.Join(s.people, ", "), notify.Plural(s.drafts, "draft", "drafts"), name))
	}
	if len(who) > 0 {
		g = append(g, line{finding: warn, what: "access",
			detail: "will be reminded but can't open the draft: " + strings.Join(who, "; ") + ". They are neither collaborators of the draft nor administrators of the repository (security managers can open it too; this is not checked)",
			do:     "add them, or their team, as collaborators of the advisory"})
	}
	switch {
	case asked == 0:
	case unseen > 0:
		g = append(g, line{finding: unknown, what: "access",
			detail: fmt.Sprintf("of %d of %d people and drafts it can't be known whether they can open them: GitHub does not tell this token who administers the repository", unseen, asked),
			do:     "reminders go out all the same; a token that can write to the repository is told"})
	case len(g) == 0 && !soon:
		g = append(g, line{what: "access", detail: "everybody can open what they are reminded of"})
	}
	return g
}
