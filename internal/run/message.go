package run

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/owner"
	"github.com/openedx/advisory-reminders/internal/reminder"
)

// message is a digest with all that it shows.
func message(a Assignment, s Snapshot, id string, d reminder.Digest) notify.Digest {
	party, _ := partyOf(s.Owners, d.Reminders[0].ID, d.To)
	m := notify.Digest{
		ID:       id,
		Name:     cmp.Or(party.Name, party.Login, party.Owner.Name),
		Team:     party.Login == "",
		Cadence:  d.Cadence,
		Now:      s.Now,
		Next:     d.Next,
		Location: a.Config.Policy.Location,
		Texts:    a.Config.Messages,
	}
	for _, r := range d.Reminders {
		party, _ := partyOf(s.Owners, r.ID, d.To)
		i := item(a, s, r.Draft, r.Told.Times)
		i.New, i.Why = r.New, why(party, i.Repository)
		m.Items = append(m.Items, i)
	}
	return m
}

// item is one draft as messages show it.
func item(a Assignment, s Snapshot, d *reminder.Draft, reminders int) notify.Item {
	i := notify.Item{
		ID:          d.ID,
		Repository:  d.Repository,
		URL:         d.URL,
		Severity:    d.Severity,
		Score:       d.Score,
		OpenDays:    reminder.Days(d.Opened, s.Now, a.Config.Policy.Location),
		Reminders:   reminders,
		PrivateFork: d.PrivateFork,
		Patched:     d.Patched,
		LastWord:    d.Answered,
		Release:     s.Heard.releases[d.ID],
	}
	if r := s.Owners.Of(d.ID).Repository; r.Name != "" {
		i.Repository = r
	}
	if a.Config.Privacy.ShowSummary {
		i.Summary = d.Summary
	}
	return i
}

// why says why somebody gets a reminder about a repository.
func why(p owner.Party, repo advisory.Repository) string {
	named := fmt.Sprintf("%s, which %s names as an owner of %s", p.Owner, p.Route, repo)
	switch {
	case p.Route == owner.FromAccount:
		return fmt.Sprintf("%s is a repository of your account", repo)
	case p.Login == "":
		return "this is the address of " + named
	case p.Owner.Kind == advisory.User, strings.EqualFold(p.Owner.Name, p.Login):
		return "you are " + named
	}
	return "you are a member of " + named
}
