package github

import (
	"bytes"
	"cmp"
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
)

func objectID(kind string, data []byte) string {
	h := sha1.New()
	fmt.Fprintf(h, "%s %d\x00", kind, len(data))
	h.Write(data)
	return hex.EncodeToString(h.Sum(nil))
}

func (s *objectStore) add(kind string, data []byte) string {
	id := objectID(kind, data)
	s.objects[id] = gitObject{kind, data}
	return id
}

// has reports whether there is an object of that id and kind.
func (s *objectStore) has(kind, id string) bool { return s.objects[id].kind == kind }

// addTree adds the tree of the files by path, with a tree for every folder,
// and returns its id.
func (s *objectStore) addTree(files map[string]treeEntry) string {
	folders := map[string]map[string]treeEntry{}
	var entries []treeEntry
	for path, e := range files {
		folder, rest, deeper := strings.Cut(path, "/")
		if !deeper {
			e.Path = path
			entries = append(entries, e)
			continue
		}
		if folders[folder] == nil {
			folders[folder] = map[string]treeEntry{}
		}
		folders[folder][rest] = e
	}
	for folder, inside := range folders {
		entries = append(entries, treeEntry{Path: folder, Mode: "040000", SHA: s.addTree(inside)})
	}
	slices.SortFunc(entries, func(a, b treeEntry) int { return cmp.Compare(a.sortKey(), b.sortKey()) })
	var b bytes.Buffer
	for _, e := range entries {
		id, _ := hex.DecodeString(e.SHA)
		fmt.Fprintf(&b, "%s %s\x00%s", strings.TrimPrefix(e.Mode, "0"), e.Path, id)
	}
	return s.add("tree", b.Bytes())
}

// sortKey is by which git orders the entries of a tree.
func (e treeEntry) sortKey() string {
	if e.kind() == "tree" {
		return e.Path + "/"
	}
	return e.Path
}

// tree returns the entries of a tree in git's order.
func (s *objectStore) tree(id string) []treeEntry {
	var entries []treeEntry
	for data := s.objects[id].data; len(data) > 0; {
		end := bytes.IndexByte(data, 0)
		mode, path, _ := strings.Cut(string(data[:end]), " ")
		sha := data[end+1 : end+1+sha1.Size]
		entries = append(entries, treeEntry{path, fmt.Sprintf("%06s", mode), hex.EncodeToString(sha)})
		data = data[end+1+sha1.Size:]
	}
	return entries
}

// files returns what is below a tree, by path, without the folders.
func (s *objectStore) files(tree string) map[string]treeEntry {
	all := map[string]treeEntry{}
	for _, e := range s.tree(tree) {
		if e.kind() != "tree" {
			all[e.Path] = e
			continue
		}
		for path, below := range s.files(e.SHA) {
			all[e.Path+"/"+path] = below
		}
	}
	return all
}

func (s *objectStore) addCommit(c gitCommit) string {
	var b bytes.Buffer
	fmt.Fprintf(&b, "tree %s\n", c.Tree)
	for _, p := range c.Parents {
		fmt.Fprintf(&b, "parent %s\n", p)
	}
	fmt.Fprintf(&b, "author %s\ncommitter %s\n\n%s", c.Author, c.Committer, c.Message)
	return s.add("commit", b.Bytes())
}

// commit decodes a commit of the store's own making.
func (s *objectStore) commit(id string) gitCommit {
	var c gitCommit
	head, message, _ := strings.Cut(string(s.objects[id].data), "\n\n")
	c.Message = message
	for line := range strings.Lines(head) {
		key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		switch key {
		case "tree":
			c.Tree = value
		case "parent":
			c.Parents = append(c.Parents, value)
		case "author":
			c.Author = readSignature(value)
		case "committer":
			c.Committer = readSignature(value)
		}
	}
	return c
}

func readSignature(s string) gitSignature {
	name, rest, _ := strings.Cut(s, " <")
	email, when, _ := strings.Cut(rest, "> ")
	var seconds int64
	fmt.Sscan(when, &seconds)
	return gitSignature{Name: name, Email: email, Date: time.Unix(seconds, 0).UTC()}
}
