package github

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

func getRepository(c *call, r *Repository) reply {
	return found(c.fullRepository(r)).permission(c, "metadata=read")
}

// installationRepositories lists what an app is installed on.
func installationRepositories(c *call) reply {
	if c.token == nil {
		return c.notAccessible()
	}
	if !c.token.App {
		return problem(http.StatusForbidden,
			"You must authenticate with an installation access token in order to list repositories for an installation.").
			permission(c, "metadata=read")
	}
	all := []any{}
	for _, r := range c.world.Repositories {
		if c.token.covers(r) {
			all = append(all, c.repository(r))
		}
	}
	selection := "all"
	if c.token.Repositories != nil {
		selection = "selected"
	}
	from, to, header := c.page(len(all))
	return reply{status: http.StatusOK, header: header, body: map[string]any{
		"total_count": len(all), "repository_selection": selection, "repositories": all[from:to],
	}}
}

// simpleRepository is the form that other things refer to a repository in.
func (c *call) simpleRepository(r *Repository) map[string]any {
	id, api := r.id(), c.base+"/repos/"+r.FullName()
	m := map[string]any{
		"id": id, "node_id": nodeID("R", id), "name": r.Name, "full_name": r.FullName(),
		"owner": c.account(r.Owner), "private": r.Private(), "html_url": c.pages + "/" + r.FullName(),
		"description": orNull(r.Description), "fork": r.Parent != "", "url": api,
	}
	for name, tail := range repositoryLinks {
		m[name] = api + tail
	}
	return m
}

// repositoryLinks are the addresses below a repository's own, as templates.
var repositoryLinks = map[string]string{
	"archive_url": "/{archive_format}{/ref}", "assignees_url": "/assignees{/user}",
	"blobs_url": "/git/blobs{/sha}", "branches_url": "/branches{/branch}",
	"collaborators_url": "/collaborators{/collaborator}", "comments_url": "/comments{/number}",
	"commits_url": "/commits{/sha}", "compare_url": "/compare/{base}...{head}",
	"contents_url": "/contents/{+path}", "contributors_url": "/contributors",
	"deployments_url": "/deployments", "downloads_url": "/downloads", "events_url": "/events",
	"forks_url": "/forks", "git_commits_url": "/git/commits{/sha}", "git_refs_url": "/git/refs{/sha}",
	"git_tags_url": "/git/tags{/sha}", "hooks_url": "/hooks",
	"issue_comment_url": "/issues/comments{/number}", "issue_events_url": "/issues/events{/number}",
	"issues_url": "/issues{/number}", "keys_url": "/keys{/key_id}", "labels_url": "/labels{/name}",
	"languages_url": "/languages", "merges_url": "/merges", "milestones_url": "/milestones{/number}",
	"notifications_url": "/notifications{?since,all,participating}", "pulls_url": "/pulls{/number}",
	"releases_url": "/releases{/id}", "stargazers_url": "/stargazers",
	"statuses_url": "/statuses/{sha}", "subscribers_url": "/subscribers",
	"subscription_url": "/subscription", "tags_url": "/tags", "teams_url": "/teams",
	"trees_url": "/git/trees{/sha}",
}

// repository is the form that lists have.
func (c *call) repository(r *Repository) map[string]any {
	m := c.simpleRepository(r)
	page := c.pages + "/" + r.FullName()
	maps.Copy(m, map[string]any{
		"git_url": "git:" + strings.TrimPrefix(page, "http:") + ".git", "ssh_url": "git@127.0.0.1:" + r.FullName() + ".git",
		"clone_url": page + ".git", "svn_url": page, "mirror_url": nil, "homepage": nil, "language": nil,
		"license": nil, "topics": []string{}, "visibility": r.visibility(), "default_branch": r.branch(),
		"forks": 0, "forks_count": 0, "stargazers_count": 0, "watchers": 0, "watchers_count": 0,
		"open_issues": 0, "open_issues_count": 0, "size": len(r.Files),
		"has_issues": !r.NoIssues, "has_projects": true, "has_wiki": false, "has_pages": false,
		"has_downloads": true, "has_discussions": false, "is_template": false,
		"archived": r.Archived, "disabled": false, "allow_forking": true,
		"web_commit_signoff_required": false,
		"created_at":                  stamp(r.created()), "updated_at": stamp(r.created()), "pushed_at": stamp(r.created()),
		"permissions": c.permissions(r),
	})
	return m
}

// permissions are those of the token's bearer in a repository.
func (c *call) permissions(r *Repository) map[string]any {
	role := -1
	if c.token != nil {
		role = slices.Index(permissions, c.world.permission(r, c.token.Login))
	}
	may := func(p string) bool { return c.token.manages(r) || role >= slices.Index(permissions, p) }
	return map[string]any{
		"admin": may("ADMIN"), "maintain": may("MAINTAIN"),
		"push": may("WRITE") || c.token.writes(r), "triage": may("TRIAGE"), "pull": true,
	}
}

// fullRepository is the form that a repository alone has.
func (c *call) fullRepository(r *Repository) map[string]any {
	m := c.repository(r)
	m["subscribers_count"], m["network_count"] = 0, 0
	if c.world.Organization(r.Owner) != nil {
		m["organization"] = c.account(r.Owner)
	}
	if p := c.world.Repository(r.Parent); r.Parent != "" && p != nil && c.token.sees(p) {
		m["parent"], m["source"] = c.repository(p), c.repository(p)
	}
	return m
}
