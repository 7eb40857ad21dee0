package sandbox

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
