package check

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/ghsa"
	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/owner"
	"github.com/openedx/advisory-reminders/internal/reminder"
	"github.com/openedx/advisory-reminders/internal/run"
	"github.com/openedx/advisory-reminders/internal/transport"
)

// ownerFacts are who is to be told of which draft, whether they can be
// reached, and whether they can open it.
type ownerFacts struct {
	*checkup
	drafts   []advisory.Advisory // those with a score: of the others nobody is told
	owners   owner.Result
	found    notify.Closer
	slackErr error // a channel could not be asked for somebody
	doors    owner.Doors
	prospect run.Prospect
}

// maintainers are the lines about owners, contacts, and who can't open a draft.
func (c *checkup) maintainers(ctx context.Context) group {
	switch {
	case c.Advisories == nil:
		return notAsked("owners")
	case c.broken:
		return group{{finding: unknown, what: "owners", detail: "known once the configuration is right"}}
	}
	s := c.see()
	if s.err != nil {
		return group{{finding: unknown, what: "owners", detail: "not asked, since the drafts could not be listed"}}
	}
	if len(s.All) == 0 {
		return group{{what: "owners", detail: "no draft is seen that anybody would have to be found for"}}
	}
	f := ownerFacts{checkup: c}
	for _, d := range s.All {
		if d.Severity != advisory.Unscored {
			f.drafts = append(f.drafts, d)
		}
	}
	inquiry := c.Owners.Begin(ctx, owner.Request{
		Organization: c.Organization,
		Owners:       c.Config.Owners,
		HasContact:   c.book().Has,
		MaxOwner:     c.Config.MaxOwner,
		Unmaintained: c.Config.Unmaintained,
	})
	var err error
	if f.owners, err = inquiry.Result(s.All); err != nil {
		return group{{finding: fail, what: "owners", detail: err.Error(), do: "run the check again; if it stays so, see what is said of the token"}}
	}
	var doors []owner.Door
	for _, d := range f.drafts {
		doors = append(doors, f.owners.Door(d))
	}
	opens := transport.Meanwhile(func() (owner.Doors, error) { return c.Owners.Doors(ctx, doors), nil })
	f.found, f.slackErr = c.find(ctx, f.owners)
	if f.doors, err = opens(); err != nil {
		panic(err) // a line of its own says so
	}
	f.prospect = f.prospects(ctx)
	return f.lines()
}

// lines are the owners' lines of the table.
func (f ownerFacts) lines() group {
	var g group
	blind := f.blind()
	if blind {
		g = append(g, line{finding: fail, what: "owners",
			detail: "the token has no permission to read teams and members, so who owns what is not known; what else concerns owners is known once it may",
			do:     "grant it the permission Members, read (an app, or a fine-grained token), or the scope read:org (a classic one)"})
	}
	for _, text := range append(f.owners.RefusedOwners(), f.owners.Failures...) {
		if blind && slices.Contains(f.owners.Unlooked, text) {
			continue
		}
		g = append(g, line{finding: fail, what: "owners", detail: text,
			do: "run the check again; if it stays so, the token needs the rights to read contents and members"})
	}
	if blind {
		return g
	}
	for _, what := range f.owners.Refused {
		g = append(g, line{finding: warn, what: "owners", detail: "the token can't ask for " + what, do: f.grantAddresses()})
	}
	return slices.Concat(g, f.resolved(), f.secretTeams(), f.contacts(), f.newcomers(), f.opened(), f.threadLine(), f.opening())
}

// repositoryFacts are what is found out about the owners of one repository.
type repositoryFacts struct {
	name     string
	told     []string // who is told, and by which file, in a phrase for each
	nobody   string   // why it has none, or empty
	end      owner.End
	waits    bool // whom to tell can't be known now, and why has a line of its own
	problems []string
}

// repositories returns those that have drafts, by key.
func (f ownerFacts) repositories() map[string]*repositoryFacts {
	byKey := make(map[string]*repositoryFacts)
	for _, d := range f.drafts {
		res, key := f.owners.Of(d.ID), d.Repository.Key()
		r := byKey[key]
		if r == nil {
			r = &repositoryFacts{name: cmp.Or(res.Repository.Name, d.Repository.Name)}
			byKey[key] = r
		}
		r.waits = res.Waits
		r.told = with(r.told, toldBy(res.Parties)...)
		if len(res.Parties) == 0 && !res.Waits {
			r.nobody = cmp.Or(res.Nobody, "nobody is named as an owner")
			r.end = res.End
		}
		r.problems = with(r.problems, res.Problems...)
	}
	return byKey
}

// toldBy names those who are told of a draft, after each group of them what makes them
// its owners.
func toldBy(parties []owner.Party) []string {
	names := make(map[string][]string)
	for _, p := range parties {
		names[p.Why()] = append(names[p.Why()], cmp.Or(p.Login, string(p.Recipient)))
	}
	var list []string
	for _, why := range slices.Sorted(maps.Keys(names)) {
		slices.Sort(names[why])
		list = append(list, fmt.Sprintf("%s (%s)", strings.Join(names[why], ", "), why))
	}
	return list
}

// resolved counts the repositories that have owners, names these and by which file they
// are, and the other repositories, and every owner that does not resolve.
func (f ownerFacts) resolved() group {
	people, teams := make(map[reminder.Recipient]bool), make(map[reminder.Recipient]bool)
	for _, d := range f.drafts {
		for _, p := range f.owners.Of(d.ID).Parties {
			if p.Login != "" {
				people[p.Recipient] = true
			} else {
				teams[p.Recipient] = true
			}
		}
	}
	var g group
	repositories := f.repositories()
	unmaintained, waiting, nobody := 0, 0, 0
	for _, key := range slices.Sorted(maps.Keys(repositories)) {
		r := repositories[key]
		if len(r.told) > 0 {
			g = append(g, line{what: "owners", detail: r.name + ": " + strings.Join(r.told, "; ")})
		}
		switch {
		case r.end == owner.Unmaintained:
			unmaintained++
		case r.waits:
			waiting++
		case r.nobody != "":
			nobody++
			l := line{finding: warn, what: "owners", do: "name an owner in its catalog-info.yaml, or under owners in the configuration"}
			l.detail = r.name + ": " + strings.Join(append([]string{r.nobody}, r.problems...), "; ") + "; so its reminders go to the working group"
			if r.end == owner.Fileless {
				l.do = "name an owner under owners in the configuration"
			}
			g = append(g, l)
		case len(r.problems) > 0:
			g = append(g, line{finding: warn, what: "owners", detail: r.name + ": " + strings.Join(r.problems, "; "),
				do: "correct the file, or name the owners in the configuration"})
		}
	}
	detail := fmt.Sprintf("%s with a score, in %s: %s and %s to write to", notify.Plural(len(f.drafts), "draft", "drafts"),
		notify.Plural(len(repositories), "repository", "repositories"), notify.Plural(len(people), "person", "people"), notify.Plural(len(teams), "team", "teams"))
	if unmaintained > 0 {
		detail += fmt.Sprintf("; %d unmaintained", unmaintained)
	}
	if waiting > 0 {
		detail += fmt.Sprintf("; of %d it can't be known now", waiting)
	}
	if nobody > 0 {
		detail += fmt.Sprintf("; %d without an owner", nobody)
	}
	return append(group{{what: "owners", detail: detail}}, g...)
}

// secretTeams names the owners that may be secret teams, where the token is one that
// is shown none.
//
// Source: https://docs.github.com/en/organizations/organizing-members-into-teams/about-teams#team-visibility
func (f ownerFacts) secretTeams() group {
	var names []string
	for _, d := range f.drafts {
		names = append(names, f.owners.Of(d.ID).Unknown...)
	}
	slices.Sort(names)
	names = slices.Compact(names)
	if f.app() || f.bearer().access.Standing == ghsa.OwnerOf || len(names) == 0 {
		return nil
	}
	verb := "is"
	if len(names) > 1 {
		verb = "are"
	}
	return group{{finding: unknown, what: "owners",
		detail: fmt.Sprintf("whether %s %s missing can't be known: a secret team is shown to its members and to owners of the organization alone", strings.Join(names, ", "), verb),
		do:     "look under Teams as an owner of the organization, and make the team visible"}}
}
