package check

import (
	"context"
	"slices"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/owner"
)

// readers is the line about who can read something in a private repository. It warns
// where every member of the organization can, and where others can than its
// administrators and the configuration's working group.
func (s Subject) readers(ctx context.Context, what string, repo advisory.Repository, of string) line {
	l := line{what: what}
	var r owner.Readers
	known := s.Owners != nil
	if known {
		r, known = s.Owners.ReadersOf(ctx, repo)
	}
	if !known {
		l.finding, l.detail = unknown, "how many people can read "+of+" is UNKNOWN, since GitHub does not tell the token"
		l.do = "see the repository's Settings, Collaborators and teams"
		return l
	}
	l.detail = notify.Plural(r.Total, "person", "people") + " can read " + of
	if r.Everybody() {
		l.finding = warn
		l.detail += ", and " + repo.Owner + " has " + notify.Plural(r.Members, "member", "members") + ": it looks as if every member can"
		l.do = "set the organization's Settings, Member privileges, Base permissions to “No permission”, or be sure that all of them may know"
		return l
	}
	if n, group := s.outsiders(ctx, r); n > 0 {
		l.finding = warn
		l.detail += "; " + notify.Plural(n, "of them is neither an administrator nor a member", "of them are neither administrators nor members") + " of " + group
		l.do = "take them out of the repository's Settings, Collaborators and teams, or be sure that they may know"
	}
	return l
}

// homeReaders is the line about who can read the logs of runs, where the repository
// that runs the workflow is private and GitHub tells.
func (s Subject) homeReaders(ctx context.Context) group {
	repo, ok := advisory.ParseRepository(s.Home)
	if !ok {
		return nil
	}
	if l := s.readers(ctx, "readers", repo, "the logs of runs"); l.finding != unknown {
		return group{l}
	}
	return nil
}

// outsiders returns how many readers neither administer the repository nor are of the
// configuration's working group, and what that is called; 0 where it is not known.
func (s Subject) outsiders(ctx context.Context, r owner.Readers) (int, string) {
	team := s.Config.WorkingGroup
	if team.Org == "" {
		team.Org = s.Organization
	}
	if team.Name == "" || team.Org == "" || len(r.Others) == 0 {
		return 0, ""
	}
	group := s.Owners.MembersOf(ctx, []advisory.Owner{team})[owner.TeamKey(team)]
	if group.NotNow || len(group.Logins) == 0 {
		return 0, ""
	}
	others := slices.DeleteFunc(slices.Clone(r.Others), func(login string) bool { return group.Logins[login] })
	return len(others), s.Config.WorkingGroup.String()
}
