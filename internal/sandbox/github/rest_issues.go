package github

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// An Issue is one of a repository.
type Issue struct {
	Number           int
	Title, Body      string
	Author           string // login
	Labels           []string
	Closed           bool
	Created, Updated time.Time
	Comments         []*Comment // the oldest first
}

const issuePermission = "issues=read; issues=write"

// issueRoute serves an issue and its comments.
func (g *Server) issueRoute(method, tail string, answer func(*call, *Repository, *Issue) reply) {
	g.repositoryRoute(method, "/issues/{number}"+tail, func(c *call, r *Repository) reply {
		i := slices.IndexFunc(r.Issues, func(o *Issue) bool { return fmt.Sprint(o.Number) == c.PathValue("number") })
		switch {
		case !c.token.readsIssues(r):
			return c.notAccessible().permission(c, issuePermission)
		case r.NoIssues:
			return issuesOff
		case i < 0:
			return notFound
		}
		return answer(c, r, r.Issues[i]).permission(c, issuePermission)
	})
}

var issuesOff = problem(http.StatusGone, "Issues has been disabled in this repository.")

// readsIssues reports whether the token may read issues: in public everybody may.
func (t *Token) readsIssues(r *Repository) bool { return !r.Private() || t.writesIssues(r) }

// pushes reports whether the token's bearer may set labels, and close what others
// opened.
func (c *call) pushes(r *Repository) bool {
	return c.token.writesIssues(r) && (c.token.App || c.token.writes(r) ||
		slices.Index(permissions, c.world.permission(r, c.token.Login)) >= slices.Index(permissions, "TRIAGE"))
}

// mayWrite returns how GitHub refuses to have an issue written, or nil.
func (c *call) mayWrite(r *Repository) *reply {
	p := c.notAccessible().permission(c, issuePermission)
	switch {
	case !c.token.writesIssues(r):
	case r.NoIssues:
		p = issuesOff
	case r.Archived:
		p = problem(http.StatusForbidden, "Repository was archived so is read-only.")
	default:
		return nil
	}
	return &p
}

// listIssues lists issues by state, label, creator and last change, the newest
// first.
func listIssues(c *call, r *Repository) reply {
	switch {
	case !c.token.readsIssues(r):
		return c.notAccessible().permission(c, issuePermission)
	case r.NoIssues:
		return issuesOff
	}
	q := c.URL.Query()
	labels := strings.FieldsFunc(q.Get("labels"), func(r rune) bool { return r == ',' })
	list := slices.DeleteFunc(slices.Clone(r.Issues), func(i *Issue) bool {
		since, err := time.Parse(time.RFC3339, q.Get("since"))
		return q.Get("state") != "all" && i.Closed != (q.Get("state") == "closed") ||
			q.Get("creator") != "" && !strings.EqualFold(q.Get("creator"), i.Author) ||
			err == nil && i.Updated.Before(since) ||
			slices.ContainsFunc(labels, func(l string) bool { return !containsFold(i.Labels, l) })
	})
	slices.Reverse(list)
	if q.Get("direction") == "asc" {
		slices.Reverse(list)
	}
	return pageOf(c, list, func(i *Issue) map[string]any { return c.issue(r, i) }).permission(c, issuePermission)
}

// createIssue opens an issue. Whoever may not set labels opens one without.
func createIssue(c *call, r *Repository) reply {
	if p := c.mayWrite(r); p != nil {
		return *p
	}
	var asked struct {
		Title, Body string
		Labels      []string
	}
	switch {
	case !c.read(&asked):
		return unreadable
	case strings.TrimSpace(asked.Title) == "":
		return invalid
	}
	if !c.pushes(r) {
		asked.Labels = nil
	}
	now := c.world.second()
	i := &Issue{Number: len(r.Issues) + 1, Title: asked.Title, Body: asked.Body, Author: c.bearer(), Labels: asked.Labels, Created: now, Updated: now}
	r.Issues = append(r.Issues, i)
	return created(c.issue(r, i)).permission(c, issuePermission)
}

func getIssue(c *call, r *Repository, i *Issue) reply { return found(c.issue(r, i)) }

// updateIssue opens or closes an issue, for its author and for whoever may push.
func updateIssue(c *call, r *Repository, i *Issue) reply {
	if p := c.mayWrite(r); p != nil {
		return *p
	}
	var asked struct{ State string }
	switch {
	case !c.read(&asked):
		return unreadable
	case !c.pushes(r) && !strings.EqualFold(i.Author, c.bearer()):
		return c.notAccessible()
	case asked.State != "open" && asked.State != "closed":
		return invalid
	}
	i.Closed, i.Updated = asked.State == "closed", c.world.second()
	return found(c.issue(r, i))
}

func listIssueComments(c *call, r *Repository, i *Issue) reply {
	return c.commentPage(slices.Clone(i.Comments), func(o *Comment) map[string]any { return c.issueComment(r, i, o) })
}

func createIssueComment(c *call, r *Repository, i *Issue) reply {
	if p := c.mayWrite(r); p != nil {
		return *p
	}
	text, wrong := c.body()
	if wrong != nil {
		return *wrong
	}
	o := c.world.newComment(c.bearer(), text)
	i.Comments, i.Updated = append(i.Comments, o), o.Created
	return created(c.issueComment(r, i, o))
}

// issue is an issue with the fields that a client is likely to read.
func (c *call) issue(r *Repository, i *Issue) map[string]any {
	api := fmt.Sprintf("%s/repos/%s/issues/%d", c.base, r.FullName(), i.Number)
	labels := []any{}
	for _, l := range i.Labels {
		id := number("label", r.FullName()+":"+l)
		labels = append(labels, map[string]any{
			"id": id, "node_id": nodeID("LA", id), "name": l, "color": "ededed", "default": false, "description": nil,
			"url": c.base + "/repos/" + r.FullName() + "/labels/" + l,
		})
	}
	state, closed := "open", any(nil)
	if i.Closed {
		state, closed = "closed", stamp(i.Updated)
	}
	id := number("issue", fmt.Sprint(r.id(), "#", i.Number))
	return map[string]any{
		"id": id, "node_id": nodeID("I", id), "number": i.Number, "title": i.Title, "body": orNull(i.Body),
		"user": c.account(i.Author), "labels": labels, "state": state, "state_reason": nil, "locked": false,
		"active_lock_reason": nil, "assignee": nil, "assignees": []any{}, "milestone": nil,
		"comments": len(i.Comments), "created_at": stamp(i.Created), "updated_at": stamp(i.Updated), "closed_at": closed,
		"author_association": "MEMBER", "url": api, "repository_url": c.base + "/repos/" + r.FullName(),
		"html_url":   fmt.Sprintf("%s/%s/issues/%d", c.pages, r.FullName(), i.Number),
		"labels_url": api + "/labels{/name}", "comments_url": api + "/comments", "events_url": api + "/events",
		"performed_via_github_app": nil,
	}
}

func (c *call) issueComment(r *Repository, i *Issue, o *Comment) map[string]any {
	api := c.base + "/repos/" + r.FullName()
	return map[string]any{
		"id": o.ID, "node_id": nodeID("IC", int(o.ID)), "body": o.Body, "user": c.account(o.Author),
		"created_at": stamp(o.Created), "updated_at": stamp(o.Updated), "author_association": "MEMBER",
		"url":                      fmt.Sprintf("%s/issues/comments/%d", api, o.ID),
		"issue_url":                fmt.Sprintf("%s/issues/%d", api, i.Number),
		"html_url":                 fmt.Sprintf("%s/%s/issues/%d#issuecomment-%d", c.pages, r.FullName(), i.Number, o.ID),
		"performed_via_github_app": nil,
	}
}
