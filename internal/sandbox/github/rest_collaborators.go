package github

import "slices"

// updateAdvisory replaces the collaborators of an advisory, for whoever manages
// it: no collaborator may. Other changes are refused, since the program makes
// none.
func updateAdvisory(c *call, r *Repository, a *Advisory) reply {
	var asked map[string]*[]string
	switch {
	case !c.token.writesAdvisory(c.world, a, r), !c.token.App && !c.token.manages(r) && !c.world.administers(c.token.Login, r):
		return c.notAccessible()
	case !c.read(&asked):
		return unreadable
	}
	users, teams := a.CollaboratingUsers, a.CollaboratingTeams
	for name, list := range asked {
		switch {
		case list == nil || name != "collaborating_users" && name != "collaborating_teams":
			return invalid
		case name == "collaborating_users":
			users = *list
		default:
			teams = *list
		}
	}
	if !c.world.haveAll(r, users, teams) {
		return invalid
	}
	a.CollaboratingUsers, a.CollaboratingTeams = union(nil, users), union(nil, teams)
	a.Updated = c.world.second()
	return found(c.advisory(a))
}

// haveAll reports whether these users exist, and these teams in the repository's
// organization.
func (w *World) haveAll(r *Repository, users, teams []string) bool {
	org := w.Organization(r.Owner)
	return !slices.ContainsFunc(users, func(login string) bool { return w.User(login) == nil }) &&
		!slices.ContainsFunc(teams, func(slug string) bool { return org == nil || org.Team(slug) == nil })
}
