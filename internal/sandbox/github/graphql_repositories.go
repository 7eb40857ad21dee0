package github

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/graph-gophers/graphql-go"
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

func (r *repositoryResolver) DatabaseID() *int32    { return pointer(int32(r.r.id())) }
func (r *repositoryResolver) ID() graphql.ID        { return graphqlID("R", r.r.id()) }
func (r *repositoryResolver) Name() string          { return r.r.Name }
func (r *repositoryResolver) NameWithOwner() string { return r.r.FullName() }
func (r *repositoryResolver) Description() *string  { return orNil(r.r.Description) }
func (r *repositoryResolver) IsArchived() bool      { return r.r.Archived }
func (r *repositoryResolver) IsDisabled() bool      { return false }
func (r *repositoryResolver) IsLocked() bool        { return false }
func (r *repositoryResolver) IsEmpty() bool         { return r.r.Empty }
func (r *repositoryResolver) IsFork() bool          { return r.r.Parent != "" }
func (r *repositoryResolver) IsPrivate() bool       { return r.r.Private() }
func (r *repositoryResolver) Visibility() string    { return strings.ToUpper(r.r.visibility()) }
func (r *repositoryResolver) URL() scalar           { return accountURL(r.s, r.r.FullName()) }

// Owner is made up where the world doesn't know the account.
func (r *repositoryResolver) Owner() *ownerResolver {
	if o := r.s.owner(r.r.Owner); o != nil {
		return o
	}
	return &ownerResolver{repositoryOwner: &userResolver{r.s, &User{Login: r.r.Owner}}}
}

func (r *repositoryResolver) Parent() *repositoryResolver {
	if p := r.s.world.Repository(r.r.Parent); r.r.Parent != "" && p != nil && r.s.token.sees(p) {
		return &repositoryResolver{r.s, p}
	}
	return nil
}

func (r *repositoryResolver) DefaultBranchRef() *refResolver {
	if r.r.Empty {
		return nil
	}
	return &refResolver{r}
}

type refResolver struct{ r *repositoryResolver }

func (f *refResolver) ID() graphql.ID {
	return graphqlID("REF", number("ref", f.r.r.FullName()+"heads/"+f.r.r.branch()))
}
func (f *refResolver) Name() string            { return f.r.r.branch() }
func (f *refResolver) Prefix() string          { return "refs/heads/" }
func (f *refResolver) Target() *objectResolver { return f.r.object("HEAD") }

// Object reads an expression such as HEAD:catalog-info.yaml, main:docs, main,
// or the id of an object. It is nil, without an error, where there is nothing.
func (r *repositoryResolver) Object(a struct {
	Expression *string
	OID        *scalar
}) (*objectResolver, error) {
	switch {
	case r.r.Private() && r.s.token.NoContents:
		return nil, r.s.forbidden()
	case a.Expression != nil:
		return r.object(*a.Expression), nil
	case a.OID != nil:
		return r.object(string(*a.OID)), nil
	}
	return nil, nil
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

func (o *objectResolver) AbbreviatedOID() string          { return o.id[:7] }
func (o *objectResolver) OID() scalar                     { return scalar(o.id) }
func (o *objectResolver) Repository() *repositoryResolver { return o.r }
func (o *objectResolver) ID() graphql.ID {
	return graphqlID(strings.ToUpper(o.o.kind[:1]), number(o.o.kind, o.id))
}

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

func (b *blobResolver) ByteSize() int32   { return int32(len(b.o.data)) }
func (b *blobResolver) IsTruncated() bool { return len(b.o.data) > maxText }
func (b *blobResolver) IsBinary() *bool   { return pointer(b.binary()) }

func (b *blobResolver) binary() bool {
	return bytes.IndexByte(b.o.data, 0) >= 0 || !utf8.Valid(b.o.data)
}

// Text is nil for a binary blob.
func (b *blobResolver) Text() *string {
	if b.binary() {
		return nil
	}
	text := b.o.data[:min(len(b.o.data), maxText)]
	return pointer(strings.ToValidUTF8(string(text), ""))
}

type treeResolver struct{ *objectResolver }

func (t *treeResolver) Entries() *[]*entryResolver {
	entries := []*entryResolver{}
	for _, e := range t.s.tree(t.id) {
		entries = append(entries, &entryResolver{t, e})
	}
	return &entries
}

type entryResolver struct {
	t *treeResolver
	e treeEntry
}

func (e *entryResolver) Name() string            { return e.e.Path }
func (e *entryResolver) Path() *string           { return &e.e.Path }
func (e *entryResolver) OID() scalar             { return scalar(e.e.SHA) }
func (e *entryResolver) Type() string            { return e.e.kind() }
func (e *entryResolver) Object() *objectResolver { return e.t.r.byID(e.t.s, e.e.SHA) }

func (e *entryResolver) Mode() int32 {
	mode, _ := strconv.ParseInt(cmp.Or(e.e.Mode, "0"), 8, 32)
	return int32(mode)
}

func (e *entryResolver) Size() int32 {
	if e.e.kind() != "blob" {
		return 0
	}
	return int32(len(e.t.s.objects[e.e.SHA].data))
}

type commitResolver struct{ *objectResolver }

func (c *commitResolver) Message() string { return c.s.commit(c.id).Message }
func (c *commitResolver) URL() scalar     { return scalar(c.r.s.gitPage(c.r.r, c.id)) }

func (c *commitResolver) Tree() *treeResolver {
	id := c.s.commit(c.id).Tree
	return &treeResolver{c.r.byID(c.s, id)}
}
