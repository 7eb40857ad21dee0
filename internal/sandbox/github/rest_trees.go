package github

import (
	"cmp"
	"strings"
)

func createTree(c *call, r *Repository) reply {
	var body struct {
		BaseTree string `json:"base_tree"`
		Tree     []wantedEntry
	}
	if !c.read(&body) {
		return unreadable
	}
	if len(body.Tree) == 0 {
		return unprocessable("Invalid tree info")
	}
	s, files := r.store(), map[string]treeEntry{}
	if body.BaseTree != "" {
		if s.has("commit", body.BaseTree) {
			body.BaseTree = s.commit(body.BaseTree).Tree
		}
		if !s.has("tree", body.BaseTree) {
			return notFound
		}
		files = s.files(body.BaseTree)
	}
	for _, e := range body.Tree {
		if e.Path == "" || strings.HasPrefix(e.Path, "/") {
			return unprocessable("tree.path cannot be empty or start with a slash")
		}
		remove(files, e.Path)
		if e.SHA == nil && e.Content == nil {
			continue // deleted
		}
		entry, wrong := e.entry(s)
		switch {
		case wrong != "":
			return unprocessable(wrong)
		case entry.kind() == "tree":
			for path, below := range s.files(entry.SHA) {
				files[e.Path+"/"+path] = below
			}
		default:
			files[e.Path] = entry
		}
	}
	return created(c.tree(r, s.addTree(files), false))
}

// A wantedEntry is an entry of a tree that is to be made.
type wantedEntry struct {
	Path, Mode   string
	SHA, Content *string
}

// entry returns the entry, with its content added to the store, or what is wrong.
func (e wantedEntry) entry(s *objectStore) (entry treeEntry, wrong string) {
	entry = treeEntry{Path: e.Path, Mode: e.Mode}
	switch {
	case e.SHA != nil && e.Content != nil:
		return entry, "Must supply either tree.sha or tree.content"
	case e.Content != nil:
		entry.SHA = s.add("blob", []byte(*e.Content))
		entry.Mode = cmp.Or(entry.Mode, "100644")
	case !s.has(entry.kind(), *e.SHA):
		return entry, "tree.sha " + *e.SHA + " is not a valid " + entry.kind()
	default:
		entry.SHA = *e.SHA
	}
	if !validModes[entry.Mode] {
		return entry, "Must supply a valid tree.mode"
	}
	return entry, ""
}

var validModes = map[string]bool{"100644": true, "100755": true, "120000": true, "040000": true, "160000": true}

// remove takes out a file, or a folder with what is in it.
func remove(files map[string]treeEntry, path string) {
	for p := range files {
		if p == path || strings.HasPrefix(p, path+"/") {
			delete(files, p)
		}
	}
}

func getTree(c *call, r *Repository) reply {
	id, s := c.PathValue("sha"), r.store()
	if commit, ok := s.refs["heads/"+id]; ok {
		id = commit
	} else if id == "HEAD" {
		id = s.refs["heads/"+r.branch()]
	}
	if s.has("commit", id) {
		id = s.commit(id).Tree
	}
	if !s.has("tree", id) {
		return notFound
	}
	return found(c.tree(r, id, c.URL.Query().Has("recursive")))
}

func (c *call) tree(r *Repository, id string, recursive bool) map[string]any {
	s, entries := r.store(), []any{}
	var list func(prefix, id string)
	list = func(prefix, id string) {
		for _, e := range s.tree(id) {
			m := map[string]any{
				"path": prefix + e.Path, "mode": e.Mode, "type": e.kind(), "sha": e.SHA,
				"url": c.gitURL(r, e.kind()+"s", e.SHA),
			}
			if e.kind() == "blob" {
				m["size"] = len(s.objects[e.SHA].data)
			}
			entries = append(entries, m)
			if recursive && e.kind() == "tree" {
				list(prefix+e.Path+"/", e.SHA)
			}
		}
	}
	list("", id)
	return map[string]any{"sha": id, "url": c.gitURL(r, "trees", id), "tree": entries, "truncated": false}
}
