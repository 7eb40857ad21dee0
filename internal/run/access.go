package run

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/config"
	"github.com/openedx/advisory-reminders/internal/ledger"
	"github.com/openedx/advisory-reminders/internal/owner"
	"github.com/openedx/advisory-reminders/internal/reminder"
)

// An admission says whether a draft is opened to one of the owners of its
// repository, and why not.
type admission int

// The admissions.
const (
	doorIdle      admission = iota // nobody is reminded of it now
	doorOpen                       // can open it already
	doorGive                       // is given access by this run
	doorAnnounce                   // the report of this run says that they will be given access
	doorAnnounced                  // a report of today has said so: the next day
	doorLater                      // can't be known now, or another run is at it: the next run
	doorAsk                        // whether they may write to the repository has to be asked

	doorOff     // the configuration gives no access to them
	doorUntold  // GitHub does not say who collaborates, and a change would replace them
	doorForeign // a team of another organization, which can't collaborate
	doorRemoved // somebody has removed them from this draft
	doorRefused // GitHub has refused it in this period
	doorMany    // more people than max-owner allows
	doorNoRight // may not write to the repository
	doorHidden  // GitHub does not tell this token whether they may
)

// waits reports whether reminders by comment wait for it.
func (m admission) waits() bool { return m == doorAnnounce || m == doorAnnounced || m == doorLater }

// An applicant is one owner of a draft's repository, a person or a team, with all
// that decides whether the draft is opened to them.
type applicant struct {
	draft      *reminder.Draft
	owner      advisory.Owner       // as the report names them
	who        reminder.Recipient   // user:LOGIN or team:ORG/SLUG
	account    int64                // of a person
	login      string               // of a person, or
	team       string               // a team's slug
	outside    []reminder.Recipient // those of them who can't open it yet, as far as is known
	repository advisory.Repository  // its present name
	period     time.Time            // the draft's: when it began

	configured   bool            // the configuration's owners name them
	foreign      bool            // a team of another organization
	told         bool            // GitHub says who collaborates
	collaborates bool            // on the draft
	opens        owner.Knowledge // all who are told through them can open the draft
	due          bool            // one of these is reminded of it now
	known        ledger.Collaborator
	refused      bool // GitHub has refused it in this period
	elsewhere    bool // another run is about to change who collaborates
	many         bool // with the others they come to more than max-owner allows
	asked        bool // for the right
	right        owner.Knowledge
}

// reached reports whether the configuration gives access to an owner like this one.
func (a applicant) reached(mode config.Access) bool {
	return mode == config.AccessOwners || mode == config.AccessConfigured && a.configured
}

// owed reports whether an earlier run has announced the access, or could not give it.
func (a applicant) owed() bool {
	return !a.known.Owed.IsZero() || !a.configured && !a.known.Announced.IsZero()
}

// admit decides about an applicant.
func (a applicant) admit(mode config.Access, now time.Time, zone *time.Location) admission {
	switch {
	case a.collaborates, a.opens == owner.Yes:
		return doorOpen
	case !a.reached(mode) && a.due:
		return doorOff
	case !a.reached(mode):
		return doorIdle
	case a.known.Removed(), a.known.Is() && a.told: // though nobody has recorded it yet
		return doorRemoved
	case !a.due && !a.owed():
		return doorIdle
	case !a.told:
		return doorUntold
	case a.foreign:
		return doorForeign
	case a.refused:
		return doorRefused
	}
	if found := a.asFound(now, zone); !a.configured && found != doorGive {
		return found
	}
	if a.elsewhere {
		return doorLater
	}
	return doorGive
}

// asFound decides about an owner whom the configuration does not name: they have the
// right to write to the repository, and a report of an earlier day has announced them.
func (a applicant) asFound(now time.Time, zone *time.Location) admission {
	switch {
	case a.many:
		return doorMany
	case !a.asked:
		return doorAsk
	case a.right == owner.Later:
		return doorLater
	case a.right == owner.Unknown:
		return doorHidden
	case a.right != owner.Yes:
		return doorNoRight
	case a.known.Announced.IsZero():
		return doorAnnounce
	case reminder.Days(a.known.Announced, now, zone) < 1:
		return doorAnnounced
	}
	return doorGive
}

// A door is an applicant who was decided about.
type door struct {
	applicant
	admission
	delivery string // id of the claim; empty: none is needed
}

// doors are those of a run, draft by draft.
type doors []door

// opensTo says what is known of whether a recipient can open a draft.
type opensTo func(id string, to reminder.Recipient) owner.Knowledge

// reminded returns a function that reports whether the plan reminds a recipient of a
// draft.
func (p Plan) reminded() func(id string, to reminder.Recipient) bool {
	due := make(map[ledger.Pair]bool)
	for _, d := range p.Send {
		for _, m := range d.Reminders {
			due[ledger.Pair{To: d.To, Advisory: m.ID}] = true
		}
	}
	return func(id string, to reminder.Recipient) bool { return due[ledger.Pair{To: to, Advisory: id}] }
}

// apply gathers who applies for which draft, and decides as far as that can be
// without asking for rights.
func apply(a Assignment, s Snapshot, drafts []reminder.Draft, due func(id string, to reminder.Recipient) bool, opens opensTo, l *ledger.Ledger, me ledger.Claimant) doors {
	zone, blocked := a.Config.Policy.Location, l.AccessBlocked(me, s.Now)
	var list doors
	for i := range drafts {
		d := &drafts[i]
		if d.Severity == advisory.Unscored || s.Now.Before(d.SnoozedUntil) || !a.selects(d.Severity) {
			continue
		}
		period := d.Cadence.Start(s.Now, zone)
		owners, many := s.Owners.Of(d.ID), a.tooMany(s.Owners.Of(d.ID).Parties)
		for _, o := range applicants(d, s.repository(d.Advisory), owners.Parties, due, opens) {
			o.period = period
			o.known = l.Collaborator(d.ID, o.who, o.account)
			o.refused = !a.Force && l.AccessRefused(d.ID, o.who, period)
			o.elsewhere, o.many = blocked(d.ID), many
			if m := o.admit(a.Config.Access, s.Now, zone); m != doorIdle && m != doorOpen {
				list = append(list, door{applicant: o, admission: m})
			}
		}
	}
	return list
}

// tooMany reports whether the owners of a repository are more people than max-owner
// allows, or can't be counted.
func (a Assignment) tooMany(owners []owner.Party) bool {
	people, uncounted := 0, false
	for _, party := range owners {
		uncounted = uncounted || party.Login == "" && party.Members == 0
		people += max(1, party.Members)
	}
	return a.Config.MaxOwner > 0 && (uncounted || people > a.Config.MaxOwner)
}

// applicants are the people and teams through whom somebody is told of a draft.
func applicants(d *reminder.Draft, repository advisory.Repository, owners []owner.Party, due func(id string, to reminder.Recipient) bool, opens opensTo) []applicant {
	var list []applicant
	for _, party := range owners {
		if !slices.Contains(d.Recipients, party.Recipient) {
			continue // nobody can reach them, or they are told no more
		}
		x := newApplicant(d, repository, party)
		i := slices.IndexFunc(list, func(have applicant) bool { return have.who == x.who })
		first := i < 0
		if first {
			i, list = len(list), append(list, x)
		}
		o := &list[i]
		o.due = o.due || due(d.ID, party.Recipient)
		can := opens(d.ID, party.Recipient)
		if can != owner.Yes {
			o.outside = append(o.outside, party.Recipient)
		}
		if first || can == owner.No || o.opens == owner.Yes { // one who can't is enough
			o.opens = can
		}
	}
	return list
}

// newApplicant returns the owner who makes somebody a party.
func newApplicant(d *reminder.Draft, repository advisory.Repository, p owner.Party) applicant {
	x := applicant{draft: d, owner: p.Owner, repository: repository, configured: p.Route == owner.FromConfig, told: d.Collaborated}
	if p.Owner.Kind != advisory.Team {
		x.who, x.account, x.login = reminder.UserRecipient(p.Login), p.Account, p.Login
		x.collaborates = slices.ContainsFunc(d.CollaboratingUsers, func(u string) bool {
			if id := d.Accounts[u]; id != 0 && p.Account != 0 {
				return id == p.Account
			}
			return strings.EqualFold(u, p.Login)
		})
		return x
	}
	org, slug := cmp.Or(p.Owner.Org, d.Repository.Owner), advisory.Slug(p.Owner.Name)
	x.who, x.team, x.foreign = reminder.TeamRecipient(org, slug), slug, !strings.EqualFold(org, d.Repository.Owner)
	x.collaborates = !x.foreign && slices.ContainsFunc(d.CollaboratingTeams, func(t advisory.Owner) bool { return advisory.Slug(t.Name) == slug })
	return x
}

// writer is whose right is asked for.
func (a applicant) writer() owner.Writer {
	return owner.Writer{Repository: a.repository, Login: a.login, Team: a.team}
}

// ask asks for the rights on which admissions depend, and decides anew. It returns
// of whom that can't be known now.
func (d doors) ask(ctx context.Context, owners *owner.Client, a Assignment, now time.Time) (failures []string) {
	var writers []owner.Writer
	for _, o := range d {
		if w := o.writer(); o.admission == doorAsk && !slices.Contains(writers, w) {
			writers = append(writers, w)
		}
	}
	if len(writers) == 0 {
		return nil
	}
	rights := owners.MayWrite(ctx, writers)
	for i := range d {
		o := &d[i]
		if o.admission != doorAsk {
			continue
		}
		o.asked, o.right = true, rights[o.writer()]
		o.admission = o.admit(a.Config.Access, now, a.Config.Policy.Location)
		text := fmt.Sprintf("whether %s can write to %s could not be asked: its drafts are opened to them once that is known", o.owner, o.repository)
		if o.right == owner.Later && !slices.Contains(failures, text) {
			failures = append(failures, text)
		}
	}
	return failures
}

// claim claims the access that this run gives.
func (d doors) claim(now time.Time, l *ledger.Ledger, me ledger.Claimant) {
	for i := range d {
		o := &d[i]
		if o.admission != doorGive {
			continue
		}
		record := ledger.Delivery{Kind: ledger.Access, To: []reminder.Recipient{o.who}, Advisories: []string{o.draft.ID}}
		if o.account != 0 {
			record.Accounts = []int64{o.account}
		}
		o.delivery = l.Claim(record, me, now, o.period).ID
	}
}

// with returns those of one or several admissions.
func (d doors) with(these ...admission) (list doors) {
	for _, o := range d {
		if slices.Contains(these, o.admission) {
			list = append(list, o)
		}
	}
	return list
}

// byPair returns what is decided for each recipient of each draft who can't open it.
func (d doors) byPair() map[ledger.Pair]admission {
	m := make(map[ledger.Pair]admission)
	for _, o := range d {
		for _, to := range o.outside {
			m[ledger.Pair{To: to, Advisory: o.draft.ID}] = o.admission
		}
	}
	return m
}

// collaborators returns who collaborates on a draft, as the ledger keeps it.
func collaborators(a advisory.Advisory) []ledger.Collaborator {
	var list []ledger.Collaborator
	for _, login := range a.CollaboratingUsers {
		list = append(list, ledger.Collaborator{Who: reminder.UserRecipient(login), Account: a.Accounts[login]})
	}
	for _, t := range a.CollaboratingTeams {
		list = append(list, ledger.Collaborator{Who: reminder.TeamRecipient(a.Repository.Owner, advisory.Slug(t.Name))})
	}
	return list
}
