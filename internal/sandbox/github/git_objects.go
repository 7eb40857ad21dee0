package github

import (
	"cmp"
	"fmt"
	"time"
)

// objectStore holds a repository's git objects, by the ids that git gives
// them, and its branches.
type objectStore struct {
	objects map[string]gitObject
	refs    map[string]string // such as heads/main, to the id of a commit
}

// A gitObject is a blob, a tree or a commit in git's own encoding.
type gitObject struct {
	kind string
	data []byte
}

// A treeEntry is one line of a tree.
type treeEntry struct {
	Path, Mode, SHA string
}

func (e treeEntry) kind() string {
	switch e.Mode {
	case "040000":
		return "tree"
	case "160000":
		return "commit"
	}
	return "blob"
}

// A gitCommit is a commit, decoded.
type gitCommit struct {
	Tree              string
	Parents           []string
	Author, Committer gitSignature
	Message           string
}

// A gitSignature says who did something, and when, to the second.
type gitSignature struct {
	Name  string    `json:"name"`
	Email string    `json:"email"`
	Date  time.Time `json:"date"`
}

func (s gitSignature) String() string {
	return fmt.Sprintf("%s <%s> %d +0000", s.Name, s.Email, s.Date.Unix())
}

// store returns the repository's objects, with its default branch brought to
// what Files says.
func (r *Repository) store() *objectStore {
	if r.git == nil {
		r.git = &objectStore{objects: map[string]gitObject{}, refs: map[string]string{}}
	}
	if r.Empty {
		return r.git
	}
	s, ref := r.git, "heads/"+r.branch()
	head, ok := s.refs[ref]
	var before map[string]treeEntry
	if ok {
		before = s.files(s.commit(head).Tree)
	}
	entries := map[string]treeEntry{}
	for path, text := range r.Files {
		mode := cmp.Or(before[path].Mode, "100644")
		entries[path] = treeEntry{Path: path, Mode: mode, SHA: s.add("blob", []byte(text))}
	}
	tree := s.addTree(entries)
	if ok && s.commit(head).Tree == tree {
		return s
	}
	who := gitSignature{Name: r.Owner, Email: "noreply@github.com", Date: r.created()}
	c := gitCommit{Tree: tree, Author: who, Committer: who, Message: "State of " + r.Name}
	if ok {
		c.Parents = []string{head}
	}
	s.refs[ref] = s.addCommit(c)
	return s
}

// BranchFile returns a file at the tip of a branch, and reports whether there
// is one.
func (r *Repository) BranchFile(branch, path string) (string, bool) {
	s := r.store()
	head, ok := s.refs["heads/"+branch]
	if !ok {
		return "", false
	}
	e, ok := s.files(s.commit(head).Tree)[path]
	return string(s.objects[e.SHA].data), ok
}

// CommitFile puts a file onto a branch, as somebody with another client would,
// and makes the branch where there is none.
func (r *Repository) CommitFile(branch, path, text, message string, at time.Time) {
	s, ref := r.store(), "heads/"+branch
	who := gitSignature{Name: r.Owner, Email: "noreply@github.com", Date: at}
	c := gitCommit{Author: who, Committer: who, Message: message}
	entries := map[string]treeEntry{}
	if head, ok := s.refs[ref]; ok {
		c.Parents = []string{head}
		entries = s.files(s.commit(head).Tree)
	}
	entries[path] = treeEntry{Path: path, Mode: "100644", SHA: s.add("blob", []byte(text))}
	c.Tree = s.addTree(entries)
	r.point(ref, s.addCommit(c))
}

// DeleteBranch takes a branch away.
func (r *Repository) DeleteBranch(branch string) { delete(r.store().refs, "heads/"+branch) }

// Tip returns the commit that a branch is at, or nothing.
func (r *Repository) Tip(branch string) string { return r.store().refs["heads/"+branch] }

// Log returns the messages of a branch's commits along the first parents, the
// newest first.
func (r *Repository) Log(branch string) []string {
	s := r.store()
	var messages []string
	for id, ok := s.refs["heads/"+branch]; ok; {
		c := s.commit(id)
		messages = append(messages, c.Message)
		if ok = len(c.Parents) > 0; ok {
			id = c.Parents[0]
		}
	}
	return messages
}

// point moves a branch. The files at HEAD follow the default branch.
func (r *Repository) point(ref, commit string) {
	r.git.refs[ref] = commit
	if ref != "heads/"+r.branch() {
		return
	}
	r.Files = map[string]string{}
	for path, e := range r.git.files(r.git.commit(commit).Tree) {
		r.Files[path] = string(r.git.objects[e.SHA].data)
	}
}
