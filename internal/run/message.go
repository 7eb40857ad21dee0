package run

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/ledger"
	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/owner"
	"github.com/openedx/advisory-reminders/internal/reminder"
)

// message is a digest with all that it shows.
func message(a Assignment, s Snapshot, c Closer, id string, d reminder.Digest) notify.Digest {
	party, _ := partyOf(s.Owners, d.Reminders[0].ID, d.To)
	m := notify.Digest{
		ID:       id,
		Team:     party.Login == "",
		Cadence:  d.Cadence,
		Now:      s.Now,
		Next:     d.Next,
		Location: a.Config.Policy.Location,
		Texts:    a.Config.Messages,
		Commands: a.Config.Commands.Enabled,
		Snooze:   a.Config.Commands.Snooze,
	}
	for _, r := range d.Reminders {
		m.Commands = m.Commands && r.Counted // where GitHub shows no discussion, nobody reads one
		party, _ := partyOf(s.Owners, r.ID, d.To)
		found := s.Owners.Of(r.ID)
		i := item(a, s, r.Draft, r.Told.Times)
		i.New, i.Why = r.New, why(party, i.Repository)
		i.File, i.Source = found.File, source(a.Server, i.Repository, found)
		can := c.Opens.Of(r.ID, party.Login)
		i.Opens, i.Admin = can.Opens, can.Admin
		if c.gives(r.ID, party) {
			i.Opens = owner.Yes
		}
		i.Admins = c.administrators(r.ID, found.Parties)
		for _, to := range r.Recipients {
			if other, ok := partyOf(s.Owners, r.ID, to); ok && to != d.To {
				i.Others = append(i.Others, cmp.Or(other.Login, other.Owner.Name))
			}
		}
		m.Items = append(m.Items, i)
	}
	return m
}

// source is the page of the file that names the owners of a repository, or nothing.
func source(server string, repo advisory.Repository, found owner.Resolution) string {
	if server == "" || found.File == "" {
		return ""
	}
	return strings.TrimSuffix(server, "/") + "/" + repo.String() + "/blob/HEAD/" + found.File
}

// item is one draft as messages show it.
func item(a Assignment, s Snapshot, d *reminder.Draft, reminders int) notify.Item {
	i := notify.Item{
		ID:          d.ID,
		Repository:  s.repository(d.Advisory),
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
	if a.Config.Privacy.ShowSummary {
		i.Summary = d.Summary
	}
	return i
}

// gone is a draft that is none any more, as far as the ledger knows it.
func gone(a Assignment, id string, known *ledger.Advisory) notify.Item {
	i := notify.Item{ID: id, URL: a.Server + "/" + known.Repository + "/security/advisories/" + id}
	i.Repository, _ = advisory.ParseRepository(known.Repository)
	i.Severity, _ = advisory.ParseSeverity(known.Severity)
	return i
}

// repository is an advisory's, by its present name.
func (s Snapshot) repository(d *advisory.Advisory) advisory.Repository {
	return cmp.Or(s.Owners.Of(d.ID).Repository, d.Repository)
}

// why says why somebody gets a reminder about a repository; the file is said beside it.
func why(p owner.Party, repo advisory.Repository) string {
	who := "you are in " + p.Owner.Name + ","
	switch {
	case p.Route == owner.FromAccount:
		return fmt.Sprintf("%s is a repository of your account", repo)
	case p.Login == "":
		who = "this is the address of " + p.Owner.Name + ","
	case p.Owner.Kind == advisory.User, strings.EqualFold(p.Owner.Name, p.Login):
		who = "you are named as"
	}
	switch p.Route {
	case owner.FromConfig:
		return fmt.Sprintf("%s an owner of %s in the configuration of these reminders", who, repo)
	case owner.FromCollaborators:
		return fmt.Sprintf("%s a collaborator of the draft in %s", who, repo)
	}
	return fmt.Sprintf("%s an owner of %s", who, repo)
}
