package owner

import (
	"context"
	"strings"

	"github.com/openedx/advisory-reminders/internal/advisory"
)

// A Writer is somebody at a repository who may have the right to write to it: a
// person by their login, or else a team of the repository's organization by its slug.
type Writer struct {
	Repository advisory.Repository
	Login      string
	Team       string
}

// teamRightKind asks for a team's role in a repository. GitHub finds all whose names
// hold the given one, so there may be further pages, which pageRightKind asks for.
var (
	teamRightKind = kind{field: `organization(login: $owner#) {team(slug: $team#) {repositories(first: 100, query: $name#) ` + teamRightFields + `}}`}
	pageRightKind = kind{field: `organization(login: $owner#) {team(slug: $team#) {repositories(first: 100, query: $name#, after: $after#) ` + teamRightFields + `}}`}
)

const teamRightFields = `{edges {permission node {name}} pageInfo {hasNextPage endCursor}}`

// maxRightPages is how many pages of 100 repositories are looked at for one.
const maxRightPages = 10

type teamRightAnswer struct {
	Team *struct {
		Repositories struct {
			Edges []struct {
				Permission string
				Node       struct{ Name string }
			}
			PageInfo *pageInfo
		}
	}
}

// MayWrite asks who may write to which repository, each once: people and teams with
// the role write, maintain or admin there.
//
// Source: https://docs.github.com/en/organizations/managing-user-access-to-your-organizations-repositories/managing-repository-roles/repository-roles-for-an-organization
func (c *Client) MayWrite(ctx context.Context, writers []Writer) map[Writer]Knowledge {
	rights := make(map[Writer]Knowledge, len(writers))
	s := c.session()
	after := make(map[Writer]string)
	for page := 1; len(writers) > 0 && page <= maxRightPages; page++ {
		people, teams := make([]seatAnswer, len(writers)), make([]teamRightAnswer, len(writers))
		questions := make([]*question, len(writers))
		var ofPeople, ofTeams []*question
		for i, w := range writers {
			variables := map[string]string{"owner": w.Repository.Owner, "name": w.Repository.Name}
			if w.Login != "" {
				variables["login"] = w.Login
				questions[i] = newQuestion(seatKind, &people[i], variables)
				ofPeople = append(ofPeople, questions[i])
				continue
			}
			variables["team"] = w.Team
			kind := teamRightKind
			if page > 1 {
				kind, variables["after"] = pageRightKind, after[w]
			}
			questions[i] = newQuestion(kind, &teams[i], variables)
			ofTeams = append(ofTeams, questions[i])
		}
		s.askAll(ctx, seatsPerCall, ofPeople, ofTeams)
		var further []Writer
		for i, w := range writers {
			switch a := questions[i].answer; {
			case a.refused, a.status == missing: // or not shown to this token
				rights[w] = Unknown
			case a.status == unseen:
				rights[w] = Later
			case w.Login != "":
				rights[w] = people[i].right(w.Login)
			default:
				var next string
				if rights[w], next = teams[i].right(w.Repository); next != "" && next != after[w] {
					after[w], further = next, append(further, w)
				}
			}
		}
		writers = further
	}
	return rights
}

// right is what an answer about a person says. Where there is no list of
// collaborators, GitHub does not tell.
func (a seatAnswer) right(login string) Knowledge {
	if a.Collaborators.Edges == nil {
		return Unknown
	}
	for _, e := range a.Collaborators.Edges {
		if strings.EqualFold(e.Node.Login, login) {
			return toWrite(e.Permission)
		}
	}
	return No
}

// right is what an answer about a team says, or the cursor of the next page.
func (a teamRightAnswer) right(repo advisory.Repository) (r Knowledge, next string) {
	switch {
	case a.Team == nil:
		return No, ""
	case a.Team.Repositories.Edges == nil:
		return Unknown, ""
	}
	for _, e := range a.Team.Repositories.Edges {
		if strings.EqualFold(e.Node.Name, repo.Name) {
			return toWrite(e.Permission), ""
		}
	}
	next, ok := a.Team.Repositories.PageInfo.next()
	if !ok || next != "" {
		return Later, next
	}
	return No, ""
}

func toWrite(permission string) Knowledge {
	switch permission {
	case "WRITE", "MAINTAIN", "ADMIN":
		return Yes
	}
	return No
}
