package owner

import (
	"cmp"
	"strings"

	"github.com/openedx/advisory-reminders/internal/advisory"
)

// repositoryKind asks for a repository. GitHub looks for CODEOWNERS in three
// places; the first file that exists is the one, whatever it holds.
var repositoryKind = kind{
	field: `repository(owner: $owner#, name: $name#) {...R}`,
	fragment: `fragment R on Repository {
nameWithOwner isArchived visibility owner {__typename}
catalog: object(expression: "HEAD:catalog-info.yaml") {...F}
githubCodeowners: object(expression: "HEAD:.github/CODEOWNERS") {...F}
rootCodeowners: object(expression: "HEAD:CODEOWNERS") {...F}
docsCodeowners: object(expression: "HEAD:docs/CODEOWNERS") {...F}
}
fragment F on Blob {text isBinary isTruncated}`,
}

// A repositoryAnswer is the answer.
type repositoryAnswer struct {
	NameWithOwner string
	IsArchived    bool
	Visibility    string
	Owner         struct {
		Typename string `json:"__typename"`
	}
	Catalog, GitHubCodeowners, RootCodeowners, DocsCodeowners *object
}

// An object is whatever stands at a path.
type object struct {
	Text        *string
	IsBinary    *bool
	IsTruncated *bool // null for what is no file
}

// newRepository returns what an answer says. A repository that is missing may as
// well be one that the token may not see.
func newRepository(a answer, v repositoryAnswer) repository {
	if a.status == missing {
		a = answer{why: "GitHub shows no such repository to this token", refused: true}
	}
	if a.status != found {
		return repository{answer: a}
	}
	name, ok := advisory.ParseRepository(v.NameWithOwner)
	if !ok {
		return repository{answer: answer{why: "GitHub's answer names no repository"}}
	}
	return repository{
		answer:     a,
		name:       name,
		archived:   v.IsArchived,
		personal:   v.Owner.Typename == "User",
		visibility: strings.ToLower(v.Visibility),
		catalog:    v.Catalog.file("catalog-info.yaml"),
		codeowners: cmp.Or(v.GitHubCodeowners.file(".github/CODEOWNERS"), v.RootCodeowners.file("CODEOWNERS"), v.DocsCodeowners.file("docs/CODEOWNERS")),
	}
}

// file returns the file that an object is at a path, or nil where it is none.
func (o *object) file(path string) *file {
	switch {
	case o == nil || o.IsTruncated == nil:
		return nil
	case o.IsBinary != nil && *o.IsBinary:
		return &file{path: path, broken: "binary"}
	case *o.IsTruncated:
		return &file{path: path, broken: "too long for GitHub to show it whole"}
	case o.Text == nil:
		return &file{path: path, broken: "no text"}
	}
	return &file{path: path, text: *o.Text}
}
