package github

import "net/http"

// getBranch serves a branch with the commit at its tip. The repository's files
// as they are now are on the default branch.
func getBranch(c *call, r *Repository) reply {
	name := c.PathValue("branch")
	tip, ok := r.store().refs["heads/"+name]
	if !ok {
		return problem(http.StatusNotFound, "Branch not found").permission(c, "contents=read")
	}
	api := c.base + "/repos/" + r.FullName()
	self := api + "/branches/" + name
	return found(map[string]any{
		"name": name, "commit": c.branchCommit(r, tip),
		"_links":    map[string]any{"self": self, "html": c.pages + "/" + r.FullName() + "/tree/" + name},
		"protected": false, "protection_url": self + "/protection",
		"protection": map[string]any{
			"enabled": false,
			"required_status_checks": map[string]any{
				"enforcement_level": "off", "contexts": []any{}, "checks": []any{},
			},
		},
	}).permission(c, "contents=read")
}

// branchCommit is the form that a commit has outside of git's own routes: what
// git knows of it is one level deeper. Names in commits aren't matched with
// accounts.
func (c *call) branchCommit(r *Repository, id string) map[string]any {
	commit, api := c.commit(r, id), c.base+"/repos/"+r.FullName()+"/commits/"
	parents := []any{}
	for _, p := range r.store().commit(id).Parents {
		parents = append(parents, map[string]any{"sha": p, "url": api + p, "html_url": c.gitPage(r, p)})
	}
	inner := map[string]any{"url": commit["url"], "comment_count": 0}
	for _, name := range []string{"message", "tree", "author", "committer", "verification"} {
		inner[name] = commit[name]
	}
	return map[string]any{
		"sha": id, "node_id": commit["node_id"], "url": api + id, "html_url": commit["html_url"],
		"comments_url": api + id + "/comments", "commit": inner, "parents": parents,
		"author": nil, "committer": nil,
	}
}

// getBranchRules serves the rules that apply to a branch, which need not exist.
//
// Source: https://docs.github.com/en/rest/repos/rules#get-rules-for-a-branch
func getBranchRules(c *call, r *Repository) reply {
	rules := []any{}
	for i, kind := range r.Rules[c.PathValue("branch")] {
		rule := map[string]any{
			"type": kind, "ruleset_source_type": "Repository", "ruleset_source": r.FullName(), "ruleset_id": 42 + i,
		}
		switch kind {
		case "pull_request":
			rule["parameters"] = map[string]any{
				"dismiss_stale_reviews_on_push": false, "require_code_owner_review": false, "require_last_push_approval": false,
				"required_approving_review_count": 1, "required_review_thread_resolution": false,
			}
		case "update":
			rule["parameters"] = map[string]any{"update_allows_fetch_and_merge": false}
		}
		rules = append(rules, rule)
	}
	return found(rules).permission(c, "metadata=read")
}
