package github

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"
)

// updateAdvisory replaces the collaborators of an advisory, for whoever manages
// it: no collaborator may. Other changes are refused, since the program makes
// none.
func updateAdvisory(c *call, r *Repository) reply {
	a := c.world.Advisory(c.PathValue("ghsa"))
	if a == nil || c.world.Repository(a.Repository) != r || !c.token.reads(c.world, a, r) {
		return notFound
	}
	var asked map[string]*[]string
	switch err := json.NewDecoder(c.Body).Decode(&asked); {
	case !c.token.writesAdvisory(c.world, a, r), !c.token.App && !c.token.manages(r) && !c.world.administers(c.token.Login, r):
		return c.notAccessible().permission(c, advisoryPermission)
	case err != nil:
		return problem(http.StatusBadRequest, "Problems parsing JSON")
	}
	users, teams := a.CollaboratingUsers, a.CollaboratingTeams
	for name, list := range asked {
		switch {
		case list == nil || name != "collaborating_users" && name != "collaborating_teams":
			return unprocessable("Validation Failed")
		case name == "collaborating_users":
			users = *list
		default:
			teams = *list
		}
	}
	if !c.world.haveAll(r, users, teams) {
		return unprocessable("Validation Failed")
	}
	a.CollaboratingUsers, a.CollaboratingTeams = once(users), once(teams)
	a.Updated = c.world.Now().UTC().Truncate(time.Second)
	return found(c.advisory(a)).permission(c, advisoryPermission)
}

// haveAll reports whether these users exist, and these teams in the repository's
// organization.
func (w *World) haveAll(r *Repository, users, teams []string) bool {
	org := w.Organization(r.Owner)
	return !slices.ContainsFunc(users, func(login string) bool { return w.User(login) == nil }) &&
		!slices.ContainsFunc(teams, func(slug string) bool { return org == nil || org.Team(slug) == nil })
}

// once returns a list without what stands in it a second time.
func once(list []string) []string {
	var out []string
	for _, s := range list {
		if !slices.ContainsFunc(out, func(o string) bool { return strings.EqualFold(o, s) }) {
			out = append(out, s)
		}
	}
	return out
}
