package check

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/owner"
	"github.com/openedx/advisory-reminders/internal/reminder"
)

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
	w := notify.Wanted{To: p.Recipient, Contact: f.book().Of(p)}
	w.Contact.Shut = p.Login != "" && f.doors.Of(d.ID, p.Login).Opens != owner.Yes && !f.willOpen(d.ID, p)
	_, ok := notify.Way(f.Channels, w, f.found)
	return ok
}

// contacts names the people who can't be reached, and the repositories that
// they leave without anybody.
func (f ownerFacts) contacts() group {
	if len(f.Channels) == 0 {
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
			repositories[name] = with(repositories[name], res.Repository.Name)
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
	l := f.load()
	if f.MaxRecipients == 0 || l.err != nil || f.slackErr != nil {
		return nil
	}
	met, fresh := l.Met(), make(map[reminder.Recipient]bool)
	for _, d := range f.drafts {
		for _, p := range f.owners.Of(d.ID).Parties {
			if !met(p.Recipient) && !p.Waits && f.reachable(d, p) {
				fresh[p.Recipient] = true
			}
		}
	}
	if len(fresh) <= f.MaxRecipients {
		return nil
	}
	return group{{finding: warn, what: "recipients",
		detail: fmt.Sprintf("%d people and teams were never told of anything, and max-recipients allows %d: a run in which more of them are due tells none of them, and fails", len(fresh), f.MaxRecipients),
		do:     fmt.Sprintf("look at a dry run and, if they are the right ones, set max-recipients to %d", len(fresh))}}
}
