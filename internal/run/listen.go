package run

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/discussion"
	"github.com/openedx/advisory-reminders/internal/ledger"
	"github.com/openedx/advisory-reminders/internal/owner"
	"github.com/openedx/advisory-reminders/internal/transport"
)

// mostDiscussions is how many a run reads. What is beyond is read by the next one.
const mostDiscussions = 500

// listenWithin is how long that may take. What is not read by then holds nothing
// back.
const listenWithin = 3 * time.Minute

// Heard is what was read on drafts, and what is known of those who speak there.
type Heard struct {
	read []discussed // in the order of their ids

	Silent  bool     // GitHub does not say of any draft how many comments it has
	Unread  []string // ids of those that could not be read
	Beyond  int      // how many were beyond what a run reads
	Waiting []string // ids of those with commands whose authors' rights can't be known now
	NoRoles bool     // GitHub does not tell this token who administers a repository

	teams    map[string]owner.Members // by owner.TeamKey
	admins   map[owner.Seat]bool
	releases map[string]time.Time // planned, by advisory id; see hear
}

// A discussed draft is one with its comments.
type discussed struct {
	*advisory.Advisory
	comments []advisory.Comment
}

// listen reads the discussions of the drafts of which this run is about to remind,
// and of those in which something has changed.
func listen(ctx context.Context, c Clients, a Assignment, s Snapshot, p Plan, l *ledger.Ledger) Heard {
	if c.Replies == nil {
		return Heard{}
	}
	ctx, stop := a.Grid.within(ctx, heardBy, listenWithin)
	defer stop()
	h := Heard{Silent: len(s.All) > 0}
	for i := range s.All {
		h.Silent = h.Silent && !s.All[i].Counted
	}
	drafts := worthReading(a, s, p, l)
	h.Beyond = max(0, len(drafts)-mostDiscussions)
	drafts = drafts[:min(mostDiscussions, len(drafts))]
	read := make([][]advisory.Comment, len(drafts))
	errs := transport.Each(len(drafts), transport.AtOnce, func(i int) error {
		d := drafts[i]
		list, err := c.Advisories.Comments(ctx, d.Repository, d.ID, l.Advisories[d.ID].Discussion.Since())
		read[i] = list
		return err
	})
	for i, d := range drafts {
		if errs[i] != nil {
			h.Unread = append(h.Unread, d.ID)
		} else {
			h.read = append(h.read, discussed{d, read[i]})
		}
	}
	slices.Sort(h.Unread)
	slices.SortFunc(h.read, func(x, y discussed) int { return cmp.Compare(x.ID, y.ID) })
	h.ask(ctx, c, a, s, l)
	return h
}

// worthReading returns the drafts whose discussions are to be read: those that are
// due first, then those that have changed, the most severe first, then the oldest.
func worthReading(a Assignment, s Snapshot, p Plan, l *ledger.Ledger) []*advisory.Advisory {
	due := make(map[string]bool)
	for _, d := range slices.Concat(p.Due, p.SWG) {
		for _, r := range d.Reminders {
			due[r.ID] = true
		}
	}
	var list []*advisory.Advisory
	for i := range s.All {
		d := &s.All[i]
		if a.selects(d.Severity) && d.Counted && d.Comments > 0 && (due[d.ID] || l.Advisories[d.ID].Discussion.Changed(*d)) {
			list = append(list, d)
		}
	}
	slices.SortFunc(list, func(x, y *advisory.Advisory) int {
		if due[x.ID] != due[y.ID] {
			if due[x.ID] {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(y.Severity, x.Severity), s.Opened[x.ID].Compare(s.Opened[y.ID]), cmp.Compare(x.ID, y.ID))
	})
	return list
}

// selects reports whether the run is about drafts of a severity.
func (a Assignment) selects(s advisory.Severity) bool {
	return len(a.Severities) == 0 || slices.Contains(a.Severities, s)
}

// ask finds out about those who speak and are not known to be owners: members of
// teams with a contact of their own, of the working group, and administrators.
func (h *Heard) ask(ctx context.Context, clients Clients, a Assignment, s Snapshot, l *ledger.Ledger) {
	teams := make(map[string]advisory.Owner)
	h.probe(a, s, l, func(c circle, _ advisory.Account, commands bool) {
		for _, t := range c.teams {
			teams[owner.TeamKey(t)] = t
		}
		if commands && c.group.Name != "" {
			teams[owner.TeamKey(c.group)] = c.group
		}
	})
	if len(teams) > 0 {
		var list []advisory.Owner
		for _, key := range slices.Sorted(maps.Keys(teams)) {
			list = append(list, teams[key])
		}
		h.teams = clients.Owners.MembersOf(ctx, list)
	}
	var seats []owner.Seat
	h.probe(a, s, l, func(c circle, who advisory.Account, commands bool) {
		seat := owner.Seat{Repository: c.repository, Login: who.Login}
		if commands && c.may(who) == discussion.NotNow && !slices.Contains(seats, seat) {
			seats = append(seats, seat)
		}
	})
	if len(seats) > 0 {
		h.admins, h.NoRoles = clients.Owners.Administer(ctx, seats)
	}
}

// probe calls f for everybody whose rights decide about a comment that is new, if
// they are not one of the owners: as the author of an answer, or of a command.
func (h *Heard) probe(a Assignment, s Snapshot, l *ledger.Ledger, f func(c circle, who advisory.Account, commands bool)) {
	for _, d := range h.read {
		var trial discussion.Record
		if r := l.Advisories[d.ID].Discussion; r != nil {
			trial = *r
		}
		c := h.circle(a, s, d)
		asks := func(commands bool) func(advisory.Account) discussion.Knowledge {
			return func(who advisory.Account) discussion.Knowledge {
				if _, ok := personOf(c.owners, who); !ok {
					f(c, who, commands)
				}
				return discussion.NotNow
			}
		}
		x := c.reading(a, s.Now)
		x.Owns, x.May = asks(false), asks(true)
		trial.Hear(x)
	}
}

// A circle is who has a say on a draft, as far as is known.
type circle struct {
	discussed
	heard      *Heard
	repository advisory.Repository
	owners     owner.Resolution
	teams      []advisory.Owner // those of the owners that have a contact of their own
	group      advisory.Owner   // the team whose members can give commands everywhere, or nobody
}

// circle returns that of a draft.
func (h *Heard) circle(a Assignment, s Snapshot, d discussed) circle {
	c := circle{discussed: d, heard: h, repository: s.repository(d.Advisory), owners: s.Owners.Of(d.ID), group: a.Config.WorkingGroup}
	org := cmp.Or(a.Organization, c.repository.Owner)
	for _, p := range c.owners.Parties {
		if p.Login == "" {
			t := p.Owner
			t.Kind, t.Org = advisory.Team, cmp.Or(t.Org, org)
			c.teams = append(c.teams, t)
		}
	}
	c.group.Org = cmp.Or(c.group.Org, org)
	return c
}

// reading is what was read on the draft.
func (c circle) reading(a Assignment, now time.Time) discussion.Reading {
	return discussion.Reading{
		Now:      now,
		Advisory: *c.Advisory,
		Comments: slices.Clone(c.comments),
		Rules:    discussion.Rules{Location: a.Config.Policy.Location, Releases: a.Config.Messages.Zone(), SnoozeDays: a.Config.Commands.Snooze},
		Commands: a.Config.Commands.Enabled,
		Owns:     c.owns,
		May:      c.may,
		Told:     c.told,
	}
}

// personOf returns the one of a repository's owners who somebody is, as a person.
func personOf(owners owner.Resolution, who advisory.Account) (owner.Party, bool) {
	i := slices.IndexFunc(owners.Parties, func(p owner.Party) bool {
		if p.Account != 0 && who.ID != 0 {
			return p.Account == who.ID
		}
		return p.Login != "" && strings.EqualFold(p.Login, who.Login)
	})
	if i < 0 {
		return owner.Party{}, false
	}
	return owners.Parties[i], true
}

// inTeam says whether somebody is a member of a team that was asked for.
func (c circle) inTeam(t advisory.Owner, who advisory.Account) discussion.Knowledge {
	m, asked := c.heard.teams[owner.TeamKey(t)]
	switch {
	case m.Logins[strings.ToLower(who.Login)]:
		return discussion.Yes
	case !asked, m.NotNow:
		return discussion.NotNow
	}
	return discussion.No
}

// owns says whether somebody is an owner of the draft's repository.
func (c circle) owns(who advisory.Account) discussion.Knowledge {
	if _, ok := personOf(c.owners, who); ok {
		return discussion.Yes
	}
	known := discussion.No
	if c.owners.Waits {
		known = discussion.NotNow
	}
	for _, t := range c.teams {
		switch c.inTeam(t, who) {
		case discussion.Yes:
			return discussion.Yes
		case discussion.NotNow:
			known = discussion.NotNow
		}
	}
	return known
}

// may says whether somebody may give commands on the draft.
func (c circle) may(who advisory.Account) discussion.Knowledge {
	owns, works := c.owns(who), discussion.No
	if c.group.Name != "" {
		works = c.inTeam(c.group, who)
	}
	administers, asked := c.heard.admins[owner.Seat{Repository: c.repository, Login: who.Login}]
	switch {
	case owns == discussion.Yes, works == discussion.Yes, administers:
		return discussion.Yes
	case owns == discussion.NotNow, works == discussion.NotNow, !asked:
		return discussion.NotNow
	}
	return discussion.No
}

// told says why somebody's not-mine changes nothing, if it does not.
func (c circle) told(who advisory.Account) discussion.Nothing {
	if _, ok := personOf(c.owners, who); ok {
		return ""
	}
	if slices.ContainsFunc(c.teams, func(t advisory.Owner) bool { return c.inTeam(t, who) == discussion.Yes }) {
		return discussion.ByTeam
	}
	return discussion.NotTold
}

// hear notes in the ledger what was read, and reports whether that may change what is
// due.
func (s *Snapshot) hear(a Assignment, h Heard, l *ledger.Ledger) bool {
	s.Heard = h
	for _, d := range h.read {
		x := s.Heard.circle(a, *s, d).reading(a, s.Now)
		may, waits := x.May, false
		x.May = func(who advisory.Account) discussion.Knowledge {
			known := may(who)
			waits = waits || known == discussion.NotNow
			return known
		}
		l.Hear(x)
		if waits {
			s.Heard.Waiting = append(s.Heard.Waiting, d.ID)
		}
	}
	s.Heard.releases = make(map[string]time.Time)
	for i := range s.All {
		id := s.All[i].ID
		if c := l.Advisories[id].Discussion.Release(); c != nil && a.Config.Commands.Enabled {
			s.Heard.releases[id] = c.Until
		}
	}
	return len(h.read) > 0
}
