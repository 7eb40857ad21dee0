package github

import (
	"cmp"
	"encoding/base64"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"
)

// gitRoute serves what is below /repos/{owner}/{repo}/git: objects with the
// ids that git gives them, and branches.
func (g *Server) gitRoute(method, tail string, answer func(*call, *Repository) reply) {
	g.repositoryRoute(method, "/git"+tail, func(c *call, r *Repository) reply {
		if method != http.MethodGet && !c.token.writes(r) {
			return c.notAccessible().permission(c, "contents=write")
		}
		if r.Empty {
			return problem(http.StatusConflict, "Git Repository is empty.")
		}
		if method != http.MethodGet && r.Archived {
			return problem(http.StatusForbidden, "Repository was archived so is read-only.")
		}
		return answer(c, r).permission(c, "contents="+map[bool]string{true: "read", false: "write"}[method == http.MethodGet])
	})
}

func (c *call) gitURL(r *Repository, kind, id string) string {
	return c.base + "/repos/" + r.FullName() + "/git/" + kind + "/" + id
}

func (c *call) gitPage(r *Repository, id string) string {
	return c.pages + "/" + r.FullName() + "/commit/" + id
}

func (c *call) ref(r *Repository, ref string) map[string]any {
	sha := r.store().refs[ref]
	return map[string]any{
		"ref": "refs/" + ref, "node_id": nodeID("REF", number("ref", r.FullName()+ref)),
		"url":    c.gitURL(r, "refs", ref),
		"object": map[string]any{"type": "commit", "sha": sha, "url": c.gitURL(r, "commits", sha)},
	}
}

func getRef(c *call, r *Repository) reply {
	ref := c.PathValue("ref")
	if _, ok := r.store().refs[ref]; !ok {
		return notFound
	}
	return found(c.ref(r, ref))
}

func createRef(c *call, r *Repository) reply {
	var body struct{ Ref, SHA string }
	if !c.read(&body) {
		return unreadable
	}
	ref, ok := strings.CutPrefix(body.Ref, "refs/")
	if !ok || !strings.Contains(ref, "/") {
		return unprocessable("Reference name must start with 'refs/' and contain at least two slashes.")
	}
	s := r.store()
	if !s.has("commit", body.SHA) {
		return unprocessable("Object does not exist")
	}
	if _, exists := s.refs[ref]; exists {
		return unprocessable("Reference already exists")
	}
	r.point(ref, body.SHA)
	return created(c.ref(r, ref))
}

func createBlob(c *call, r *Repository) reply {
	var body struct{ Content, Encoding string }
	if !c.read(&body) {
		return unreadable
	}
	data := []byte(body.Content)
	switch body.Encoding {
	case "", "utf-8":
	case "base64":
		var err error
		data, err = base64.StdEncoding.DecodeString(strings.Join(strings.Fields(body.Content), ""))
		if err != nil {
			return unprocessable("content is not valid Base64")
		}
	default:
		return unprocessable("encoding must be utf-8 or base64")
	}
	id := r.store().add("blob", data)
	return created(map[string]any{"sha": id, "url": c.gitURL(r, "blobs", id)})
}

func getBlob(c *call, r *Repository) reply {
	id, s := c.PathValue("sha"), r.store()
	if !s.has("blob", id) {
		return notFound
	}
	data := s.objects[id].data
	if strings.Contains(c.Header.Get("Accept"), "raw") {
		return raw(data)
	}
	return found(map[string]any{
		"sha": id, "node_id": nodeID("B", number("blob", id)), "size": len(data),
		"url": c.gitURL(r, "blobs", id), "encoding": "base64", "content": wrapped(data),
	})
}

// getContents serves a file at a ref that is a commit or a branch, by default
// the default one: raw, or in JSON, which leaves the content out past 1 MB.
func getContents(c *call, r *Repository) reply {
	if r.Empty {
		return notFound
	}
	s, file := r.store(), c.PathValue("path")
	ref := cmp.Or(c.URL.Query().Get("ref"), r.branch())
	if at, ok := s.refs["heads/"+ref]; ok {
		ref = at
	}
	if !s.has("commit", ref) {
		return problem(http.StatusNotFound, "No commit found for the ref "+ref)
	}
	entry, ok := s.files(s.commit(ref).Tree)[file]
	if !ok {
		return notFound
	}
	data := s.objects[entry.SHA].data
	if strings.Contains(c.Header.Get("Accept"), "raw") {
		return raw(data)
	}
	at := (&url.URL{Path: file}).EscapedPath()
	self := c.base + "/repos/" + r.FullName() + "/contents/" + at + "?ref=" + ref
	blob, page := c.gitURL(r, "blobs", entry.SHA), c.pages+"/"+r.FullName()+"/blob/"+ref+"/"+at
	body := map[string]any{
		"type": "file", "name": path.Base(file), "path": file, "sha": entry.SHA, "size": len(data),
		"encoding": "base64", "content": wrapped(data),
		"url": self, "git_url": blob, "html_url": page, "download_url": c.pages + "/" + r.FullName() + "/raw/" + ref + "/" + at,
		"_links": map[string]any{"self": self, "git": blob, "html": page},
	}
	if len(data) > 1<<20 {
		body["encoding"], body["content"] = "none", ""
	}
	return found(body)
}

// raw answers with a file as it is, which may be empty.
func raw(data []byte) reply {
	return reply{status: http.StatusOK, raw: append([]byte{}, data...),
		header: http.Header{"Content-Type": {"application/vnd.github.raw+json; charset=utf-8"}}}
}

// wrapped is base64 in lines of 60, as GitHub sends it.
func wrapped(data []byte) string {
	text := base64.StdEncoding.EncodeToString(data)
	var b strings.Builder
	for len(text) > 60 {
		b.WriteString(text[:60] + "\n")
		text = text[60:]
	}
	if text != "" {
		b.WriteString(text + "\n")
	}
	return b.String()
}

func createCommit(c *call, r *Repository) reply {
	var body struct {
		Message           string
		Tree              string
		Parents           []string
		Author, Committer *gitSignature
	}
	if !c.read(&body) {
		return unreadable
	}
	s := r.store()
	if !s.has("tree", body.Tree) {
		return unprocessable("Tree SHA does not exist")
	}
	for _, p := range body.Parents {
		if !s.has("commit", p) {
			return unprocessable("Parent SHA does not exist or is not a commit object")
		}
	}
	commit := gitCommit{Tree: body.Tree, Parents: body.Parents, Message: body.Message, Author: c.signature()}
	commit.Author = commit.Author.or(body.Author)
	commit.Committer = commit.Author.or(body.Committer)
	return created(c.commit(r, s.addCommit(commit)))
}

// or returns what was given, with the date of s where none was.
func (s gitSignature) or(given *gitSignature) gitSignature {
	if given == nil {
		return s
	}
	g := *given
	if g.Date.IsZero() {
		g.Date = s.Date
	}
	g.Date = g.Date.UTC().Truncate(time.Second)
	return g
}

func getCommit(c *call, r *Repository) reply {
	id := c.PathValue("sha")
	if !r.store().has("commit", id) {
		return notFound
	}
	return found(c.commit(r, id))
}

func (c *call) commit(r *Repository, id string) map[string]any {
	commit, parents := r.store().commit(id), []any{}
	for _, p := range commit.Parents {
		parents = append(parents, map[string]any{"sha": p, "url": c.gitURL(r, "commits", p), "html_url": c.gitPage(r, p)})
	}
	return map[string]any{
		"sha": id, "node_id": nodeID("C", number("commit", id)), "url": c.gitURL(r, "commits", id),
		"html_url": c.gitPage(r, id), "author": commit.Author, "committer": commit.Committer,
		"tree":    map[string]any{"sha": commit.Tree, "url": c.gitURL(r, "trees", commit.Tree)},
		"message": commit.Message, "parents": parents,
		"verification": map[string]any{
			"verified": false, "reason": "unsigned", "signature": nil, "payload": nil, "verified_at": nil,
		},
	}
}
