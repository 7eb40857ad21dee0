package github

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

type commitInput struct {
	Branch struct {
		BranchName              *string
		RepositoryNameWithOwner *string
	}
	ExpectedHeadOID scalar
	FileChanges     *fileChanges
	Message         struct {
		Body     *string
		Headline string
	}
}

type fileChanges struct {
	Additions []struct {
		Contents base64Bytes
		Path     string
	}
	Deletions []struct{ Path string }
}

// base64Bytes is a value of GitHub's Base64String, decoded.
type base64Bytes []byte

// ImplementsGraphQLType reports whether a value can be one of that type.
func (base64Bytes) ImplementsGraphQLType(name string) bool { return name == "Base64String" }

// UnmarshalGraphQL reads an argument. GitHub wants the padding, and no
// characters outside of the alphabet, line breaks included.
func (b *base64Bytes) UnmarshalGraphQL(input any) error {
	text, ok := input.(string)
	if !ok {
		return fmt.Errorf("read %T as a string", input)
	}
	data, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || strings.ContainsAny(text, "\r\n") {
		return errors.New("not a valid Base64String")
	}
	*b = data
	return nil
}

type commitPayload struct{ commit *commitResolver }

func (p *commitPayload) Commit() *commitResolver { return p.commit }

// CreateCommitOnBranch puts a commit on top of a branch, if the branch is
// where the caller expects it. The world is locked from the comparison until
// the branch has moved.
func (*queryResolver) CreateCommitOnBranch(ctx context.Context, a struct{ Input commitInput }) (*commitPayload, error) {
	s, in := sessionOf(ctx), a.Input
	if in.Branch.RepositoryNameWithOwner == nil || in.Branch.BranchName == nil {
		return nil, &refusal{kind: "NOT_FOUND",
			message: "Could not resolve to a branch: repositoryNameWithOwner and branchName are needed."}
	}
	owner, name, _ := strings.Cut(*in.Branch.RepositoryNameWithOwner, "/")
	repo, err := s.repository(owner, name, true)
	if err != nil {
		return nil, err
	}
	r := repo.r
	switch {
	case !s.token.writes(r):
		return nil, s.forbidden()
	case r.Archived:
		return nil, unprocessed("Repository was archived so is read-only")
	}
	store, ref := s.store(r), "heads/"+strings.TrimPrefix(*in.Branch.BranchName, "refs/heads/")
	tip, ok := store.refs[ref]
	if !ok {
		return nil, &refusal{kind: "NOT_FOUND", message: fmt.Sprintf("Could not resolve to a Ref with the name 'refs/%s'.", ref)}
	}
	if tip != string(in.ExpectedHeadOID) {
		return nil, &refusal{kind: "STALE_DATA", message: fmt.Sprintf(
			"Expected branch to point to %q but it did not.  Pull and try again.", in.ExpectedHeadOID)}
	}
	files := store.files(store.commit(tip).Tree)
	if in.FileChanges != nil {
		if err := in.FileChanges.apply(store, files, tip); err != nil {
			return nil, err
		}
	}
	message := in.Message.Headline
	if in.Message.Body != nil && *in.Message.Body != "" {
		message += "\n\n" + *in.Message.Body
	}
	author := s.signature()
	id := store.addCommit(gitCommit{
		Tree: store.addTree(files), Parents: []string{tip}, Message: message, Author: author,
		Committer: gitSignature{Name: "GitHub", Email: "noreply@github.com", Date: author.Date},
	})
	r.point(ref, id)
	return &commitPayload{&commitResolver{repo.byID(store, id)}}, nil
}

// apply changes the files of a commit, by path. A file keeps its mode.
func (c *fileChanges) apply(s *objectStore, files map[string]treeEntry, commit string) error {
	seen := map[string]bool{}
	check := func(path string) error {
		if seen[path] {
			return unprocessed(fmt.Sprintf("The path %q is there more than once.", path))
		}
		seen[path] = true
		for _, step := range strings.Split(path, "/") {
			if step == "" || step == "." || step == ".." || strings.EqualFold(step, ".git") {
				return unprocessed(fmt.Sprintf("The path %q can't be in a tree.", path))
			}
		}
		return nil
	}
	for _, d := range c.Deletions {
		if err := check(d.Path); err != nil {
			return err
		}
		if _, ok := files[d.Path]; !ok {
			return &refusal{kind: "NOT_FOUND", message: fmt.Sprintf(
				"A path was requested for deletion which does not exist as of commit oid `%s`", commit)}
		}
		delete(files, d.Path)
	}
	for _, f := range c.Additions {
		if err := check(f.Path); err != nil {
			return err
		}
		mode := cmp.Or(files[f.Path].Mode, "100644")
		remove(files, f.Path)
		for at, letter := range f.Path {
			if letter == '/' {
				delete(files, f.Path[:at]) // a file in the place of a folder
			}
		}
		files[f.Path] = treeEntry{Path: f.Path, Mode: mode, SHA: s.add("blob", f.Contents)}
	}
	return nil
}

func unprocessed(message string) error { return &refusal{kind: "UNPROCESSABLE", message: message} }
