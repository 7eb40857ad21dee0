package owner

import (
	"cmp"
	"strings"

	"github.com/openedx/advisory-reminders/internal/advisory"
)

// repositoryFields is what is asked of a repository. GitHub looks for CODEOWNERS
// in three places; the first file that exists is the one, whatever it holds.
type repositoryFields struct {
	NameWithOwner string
	IsArchived    bool
	Visibility    string
	Owner         struct {
		Typename string `graphql:"__typename"`
		Login    string
	}
	Catalog          *object `graphql:"catalog: object(expression: \"HEAD:catalog-info.yaml\")"`
	GitHubCodeowners *object `graphql:"githubCodeowners: object(expression: \"HEAD:.github/CODEOWNERS\")"`
	RootCodeowners   *object `graphql:"rootCodeowners: object(expression: \"HEAD:CODEOWNERS\")"`
	DocsCodeowners   *object `graphql:"docsCodeowners: object(expression: \"HEAD:docs/CODEOWNERS\")"`
}

// An object is whatever stands at a path.
type object struct {
	Blob struct {
		Text        *string
		IsBinary    *bool
		IsTruncated *bool // null for what is no file
	} `graphql:"... on Blob"`
}

func newRepository(r reply[repositoryFields]) repository {
	if r.fault != nil {
		return repository{why: r.fault.reason, refused: r.fault.refused}
	}
	if r.value == nil {
		return repository{why: "GitHub shows no such repository to this token", refused: true}
	}
	v := r.value
	name, ok := advisory.ParseRepository(v.NameWithOwner)
	if !ok {
		return repository{why: "GitHub's answer names no repository"}
	}
	return repository{
		status:     found,
		name:       name,
		archived:   v.IsArchived,
		personal:   v.Owner.Typename == "User",
		visibility: strings.ToLower(v.Visibility),
		catalog:    v.Catalog.file(),
		codeowners: cmp.Or(v.GitHubCodeowners.file(), v.RootCodeowners.file(), v.DocsCodeowners.file()),
	}
}

// file returns the file that an object is, or nil where it is none.
func (o *object) file() *file {
	if o == nil || o.Blob.IsTruncated == nil {
		return nil
	}
	switch b := o.Blob; {
	case b.IsBinary != nil && *b.IsBinary:
		return &file{broken: "binary"}
	case *b.IsTruncated:
		return &file{broken: "too long for GitHub to show it whole"}
	case b.Text == nil:
		return &file{broken: "no text"}
	default:
		return &file{text: *b.Text}
	}
}
