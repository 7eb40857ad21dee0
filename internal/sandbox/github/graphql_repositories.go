package github

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"unicode/utf8"
)

func (*queryResolver) Repository(ctx context.Context, a struct {
	FollowRenames bool
	Name          string
	Owner         string
}) (*repositoryResolver, error) {
	return sessionOf(ctx).repository(a.Owner, a.Name, a.FollowRenames)
}

func (s *session) repository(owner, name string, follow bool) (*repositoryResolver, error) {
	asked := owner + "/" + name
	r := s.world.Repository(asked)
	if r == nil || !s.token.sees(r) || !follow && !strings.EqualFold(r.FullName(), asked) {
		return nil, &refusal{kind: "NOT_FOUND",
			message: fmt.Sprintf("Could not resolve to a Repository with the name '%s'.", asked)}
	}
	return &repositoryResolver{s, r}, nil
}

type repositoryResolver struct {
	s *session
	r *Repository
}

func (r *repositoryResolver) Name() string          { return r.r.Name }
func (r *repositoryResolver) NameWithOwner() string { return r.r.FullName() }
func (r *repositoryResolver) IsArchived() bool      { return r.r.Archived }
func (r *repositoryResolver) Visibility() string    { return strings.ToUpper(r.r.visibility()) }

// Owner is made up where the world doesn't know the account.
func (r *repositoryResolver) Owner() *ownerResolver {
	if o := r.s.owner(r.r.Owner); o != nil {
		return o
	}
	return &ownerResolver{repositoryOwner: &userResolver{r.s, &User{Login: r.r.Owner}}}
}

// Object reads an expression such as HEAD:catalog-info.yaml, main:docs, main,
// or the id of an object. It is nil, without an error, where there is nothing.
func (r *repositoryResolver) Object(a struct{ Expression *string }) (*objectResolver, error) {
	switch {
	case r.r.Private() && r.s.token.NoContents:
		return nil, r.s.forbidden()
	case a.Expression == nil:
		return nil, nil
	}
	return r.object(*a.Expression), nil
}

func (r *repositoryResolver) object(expression string) *objectResolver {
	s := r.s.store(r.r)
	revision, path, hasPath := strings.Cut(expression, ":")
	id := revision
	if revision == "HEAD" {
		revision = r.r.branch()
	}
	if commit, ok := s.refs[strings.TrimPrefix(strings.TrimPrefix(revision, "refs/"), "heads/")]; ok {
		id = commit
	} else if commit, ok := s.refs["heads/"+strings.TrimPrefix(revision, "refs/heads/")]; ok {
		id = commit
	}
	if !hasPath {
		return r.byID(s, id)
	}
	if s.has("commit", id) {
		id = s.commit(id).Tree
	}
	for _, name := range strings.Split(strings.Trim(path, "/"), "/") {
		if name == "" {
			continue
		}
		next := ""
		if s.has("tree", id) {
			for _, e := range s.tree(id) {
				if e.Path == name {
					next = e.SHA
				}
			}
		}
		id = next
	}
	return r.byID(s, id)
}

func (r *repositoryResolver) byID(s *objectStore, id string) *objectResolver {
	o, ok := s.objects[id]
	if !ok {
		return nil
	}
	return &objectResolver{r, s, id, o}
}

// objectResolver is a blob, a tree or a commit.
type objectResolver struct {
	r  *repositoryResolver
	s  *objectStore
	id string
	o  gitObject
}

func (o *objectResolver) OID() scalar { return scalar(o.id) }

func (o *objectResolver) ToBlob() (*blobResolver, bool) {
	return &blobResolver{o}, o.o.kind == "blob"
}

func (o *objectResolver) ToTree() (*treeResolver, bool) {
	return &treeResolver{o}, o.o.kind == "tree"
}

func (o *objectResolver) ToCommit() (*commitResolver, bool) {
	return &commitResolver{o}, o.o.kind == "commit"
}

type blobResolver struct{ *objectResolver }

// maxText is where GitHub cuts the text of a blob, in bytes.
const maxText = 512_000

func (b *blobResolver) IsTruncated() bool { return len(b.o.data) > maxText }
func (b *blobResolver) IsBinary() *bool   { return new(b.binary()) }

func (b *blobResolver) binary() bool {
	return bytes.IndexByte(b.o.data, 0) >= 0 || !utf8.Valid(b.o.data)
}

// Text is nil for a binary blob.
func (b *blobResolver) Text() *string {
	if b.binary() {
		return nil
	}
	text := b.o.data[:min(len(b.o.data), maxText)]
	return new(strings.ToValidUTF8(string(text), ""))
}

type treeResolver struct{ *objectResolver }

type commitResolver struct{ *objectResolver }
