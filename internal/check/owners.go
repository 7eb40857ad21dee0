package check

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/contact"
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
	drafts   []advisory.Advisory // those with a score: of the others nobody is told
	owners   owner.Result
	bearer   tokenFacts
	book     contact.Book
	channels []notify.Channel
	found    notify.Closer
	slackErr error // a channel could not be asked for somebody
	ledger   loaded
	most     int // see Subject.MaxRecipients

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
	f := ownerFacts{book: c.book(), channels: c.Channels, most: c.MaxRecipients}
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
	calls := []func(){
		func() { f.found, f.slackErr = c.find(ctx, f.owners) },
		func() { f.doors = c.Owners.Doors(ctx, doors) },
		func() { f.bearer = c.bearer() },
		func() { f.ledger = c.load() },
	}
	for _, err := range transport.Each(len(calls), len(calls), func(i int) error { calls[i](); return nil }) {
		if err != nil {
			panic(err) // a line of its own says so
		}
	}
	f.prospect = c.prospects(ctx, &f)
	return f.lines()
}

// find asks the channels for everybody of whom they would have to be asked
// first.
func (c *checkup) find(ctx context.Context, owners owner.Result) (notify.Closer, error) {
	ctx, cancel := context.WithTimeout(ctx, askOnce)
	defer cancel()
	var wanted []notify.Wanted
	for _, id := range slices.Sorted(maps.Keys(owners.ByAdvisory)) {
		for _, p := range owners.Of(id).Parties {
			wanted = append(wanted, notify.Wanted{To: p.Recipient, Contact: c.book().Of(p)})
		}
	}
	closer := notify.LookCloser(ctx, c.Channels, wanted)
	for _, found := range closer {
		for _, f := range found {
			if f.Err != nil {
				return closer, f.Err
			}
		}
	}
	return closer, nil
}

// reachable reports whether a channel knows somebody who is to be told of a draft.
func (f ownerFacts) reachable(d advisory.Advisory, p owner.Party) bool {
	w := notify.Wanted{To: p.Recipient, Contact: f.book.Of(p)}
	w.Contact.Shut = p.Login != "" && f.doors.Of(d.ID, p.Login).Opens != owner.Yes && !f.willOpen(d.ID, p)
	_, ok := notify.Way(f.channels, w, f.found)
	return ok
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
	resolved, problems := f.resolved()
	g = append(g, resolved)
	g = append(g, problems...)
	g = append(g, f.secretTeams()...)
	g = append(g, f.contacts()...)
	g = append(g, f.newcomers()...)
	g = append(g, f.opened()...)
	g = append(g, f.threadLine()...)
	return append(g, f.opening()...)
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
		for _, told := range toldBy(res.Parties) {
			if !slices.Contains(r.told, told) {
				r.told = append(r.told, told)
			}
		}
		if len(res.Parties) == 0 && !res.Waits {
			r.nobody = cmp.Or(res.Nobody, "nobody is named as an owner")
			r.end = res.End
		}
		for _, p := range res.Problems {
			if !slices.Contains(r.problems, p) {
				r.problems = append(r.problems, p)
			}
		}
	}
	return byKey
}

// toldBy names those who are told of a draft, after each group of them what makes them
// its owners.
func toldBy(parties []owner.Party) []string {
	names := make(map[string][]string)
	for _, p := range parties {
		name := p.Login
		if name == "" {
			name = string(p.Recipient)
		}
		names[p.Why()] = append(names[p.Why()], name)
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
func (f ownerFacts) resolved() (line, group) {
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
	return line{what: "owners", detail: detail}, g
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
	if f.app() || f.bearer.access.Standing == ghsa.OwnerOf || len(names) == 0 {
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

// contacts names the people who can't be reached, and the repositories that
// they leave without anybody.
func (f ownerFacts) contacts() group {
	if len(f.channels) == 0 {
		return nil
	}
	if f.slackErr != nil {
		detail, _ := failureText(f.slackErr)
		return group{{finding: unknown, what: "contacts", detail: "could not ask Slack whom it knows: " + detail, do: "see what is said of Slack below"}}
	}
	repositories := make(map[string][]string) // by person
	left := make(map[string]bool)             // repositories: nobody can be reached
	for _, d := range f.drafts {
		res := f.owners.Of(d.ID)
		any := false
		for _, p := range res.Parties {
			if p.Waits || f.reachable(d, p) { // who waits has a line that says why
				any = true
				continue
			}
			_, name, _ := strings.Cut(string(p.Recipient), ":")
			if !slices.Contains(repositories[name], res.Repository.Name) {
				repositories[name] = append(repositories[name], res.Repository.Name)
			}
		}
		if !any && len(res.Parties) > 0 {
			left[res.Repository.Name] = true
		}
	}
	if len(repositories) == 0 {
		return group{{what: "contacts", detail: "everybody can be reached"}}
	}
	var who []string
	for _, name := range slices.Sorted(maps.Keys(repositories)) {
		slices.Sort(repositories[name])
		who = append(who, fmt.Sprintf("%s (%s)", name, strings.Join(repositories[name], ", ")))
	}
	l := line{finding: warn, what: "contacts", detail: "no address for " + strings.Join(who, ", "),
		do: f.findContact()}
	if f.comments() {
		l.detail = "no address is known for these, and they can't open the draft, as far as GitHub tells this token: " + strings.Join(who, ", ")
		l.do = "add them, or their team, as collaborators of the advisory, see access in the configuration, or " + l.do
	}
	if len(left) > 0 {
		l.detail += "; no other owner can be reached for " + strings.Join(slices.Sorted(maps.Keys(left)), ", ") + ", so those reminders go to the working group"
	}
	return group{l}
}

// newcomers counts those whom a run would tell for the first time, where they may be
// more than the brake allows. They are told of every draft here, due or not.
func (f ownerFacts) newcomers() group {
	if f.most == 0 || f.ledger.err != nil || f.slackErr != nil {
		return nil
	}
	met, fresh := f.ledger.Met(), make(map[reminder.Recipient]bool)
	for _, d := range f.drafts {
		for _, p := range f.owners.Of(d.ID).Parties {
			if !met(p.Recipient) && !p.Waits && f.reachable(d, p) {
				fresh[p.Recipient] = true
			}
		}
	}
	if len(fresh) <= f.most {
		return nil
	}
	return group{{finding: warn, what: "recipients",
		detail: fmt.Sprintf("%d people and teams were never told of anything, and max-recipients allows %d: a run in which more of them are due tells none of them, and fails", len(fresh), f.most),
		do:     fmt.Sprintf("look at a dry run and, if they are the right ones, set max-recipients to %d", len(fresh))}}
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
			case len(f.channels) > 0 && f.slackErr == nil && !f.reachable(d, p): // is not reminded, and the line of contacts says so
			default:
				closed = true
				if !slices.Contains(s.people, p.Login) {
					s.people = append(s.people, p.Login)
				}
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
