package github

import (
	"slices"
	"strings"
	"time"
)

// A Comment is one on an advisory or on an issue.
type Comment struct {
	ID               int64
	Author           string // login
	Body             string
	Created, Updated time.Time

	// Confidential is one that only people with write access to the repository
	// see. The API neither returns nor counts it.
	Confidential bool
}

// Discussions say how GitHub treats the comments of advisories where nobody knows
// how it does, or where it can be either way. The zero value is what is likely:
// all that GitHub has announced works, a comment's author is its user, and a
// comment moves the advisory's updated_at.
type Discussions struct {
	AuthorKey string        // instead of user; "-": none
	Late      time.Duration // how long a list lacks a new comment
	Lose      int           // of so many comments from now on that are made, the answer is lost
	Refuse    int           // the status by which every comment is refused; 0: none is
	Unmoved   bool          // a comment leaves the advisory's updated_at as it is
	NoCount   bool          // an advisory's comments are not counted
}

// CommentOn adds a comment to an advisory as a person does on GitHub's pages, and
// returns it; nil where that person can't see the advisory. The world must be
// locked.
func (w *World) CommentOn(id, login, body string) *Comment {
	a := w.Advisory(id)
	if a == nil {
		return nil
	}
	r := w.Repository(a.Repository)
	if r == nil || a.State == "published" || !w.CanOpen(login, a) {
		return nil
	}
	return w.addComment(a, login, body)
}

// addComment adds a comment to an advisory.
func (w *World) addComment(a *Advisory, login, body string) *Comment {
	c := w.newComment(login, body)
	a.Comments = append(a.Comments, c)
	if !w.Discussions.Unmoved {
		a.Updated = c.Created
	}
	return c
}

// newComment returns a comment of now.
func (w *World) newComment(login, body string) *Comment {
	w.comments++
	now := w.second()
	return &Comment{ID: 9_000_000 + w.comments, Author: login, Body: body, Created: now, Updated: now}
}

// CanOpen reports whether somebody can open an advisory that is not public: an
// administrator of its repository, a security manager, a collaborator of the
// draft, or whoever reported it. The world must be locked.
func (w *World) CanOpen(login string, a *Advisory) bool {
	r := w.Repository(a.Repository)
	return r != nil && (w.administers(login, r) || w.worksOn(login, a, r))
}

// administers reports whether somebody manages all advisories of a repository: its
// administrators, the owners of the organization among them, and the
// organization's security managers.
//
// Source: https://docs.github.com/en/code-security/security-advisories/working-with-repository-security-advisories/permission-levels-for-repository-security-advisories
func (w *World) administers(login string, r *Repository) bool {
	if w.permission(r, login) == "ADMIN" {
		return true
	}
	org := w.Organization(r.Owner)
	return org != nil && login != "" && slices.ContainsFunc(org.SecurityManagers, func(slug string) bool { return org.inTeam(slug, login) })
}

// worksOn reports whether somebody reported an advisory, or is a collaborator of
// it, alone or by a team.
func (w *World) worksOn(login string, a *Advisory, r *Repository) bool {
	if login == "" {
		return false
	}
	if strings.EqualFold(a.Author, login) || containsFold(a.CollaboratingUsers, login) {
		return true
	}
	org := w.Organization(r.Owner)
	return org != nil && slices.ContainsFunc(a.CollaboratingTeams, func(slug string) bool { return org.inTeam(slug, login) })
}

// inTeam reports whether somebody is in a team, or in one below it.
func (o *Organization) inTeam(slug, login string) bool {
	team := o.Team(slug)
	return team != nil && containsFold(o.TeamMembers(team, "ALL"), login)
}

// commentCount is how many comments the API tells of.
func (a *Advisory) commentCount() int {
	n := 0
	for _, c := range a.Comments {
		if !c.Confidential {
			n++
		}
	}
	return n
}
