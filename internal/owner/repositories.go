package owner

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/openedx/advisory-reminders/internal/advisory"
)

// repositoryKind asks for a repository, and for what stands at each path of each of
// the sources, by its alias.
var repositoryKind = kind{
	field: `repository(owner: $owner#, name: $name#) {...R}`,
	fragment: `fragment R on Repository {
nameWithOwner isArchived owner {__typename}
` + fileFields() + `}
fragment F on Blob {text isBinary isTruncated}`,
}

func fileFields() string {
	var fields strings.Builder
	for i, path := range filePaths() {
		fmt.Fprintf(&fields, "%s: object(expression: %q) {...F}\n", fileAlias(i), "HEAD:"+path)
	}
	return fields.String()
}

func filePaths() (paths []string) {
	for _, s := range sources {
		paths = append(paths, s.paths...)
	}
	return paths
}

// fileAlias returns what the i-th path is called in the question and its answer.
func fileAlias(i int) string { return fmt.Sprintf("file%d", i) }

// A repositoryAnswer is the answer.
type repositoryAnswer struct {
	NameWithOwner string
	IsArchived    bool
	Owner         struct {
		Typename string `json:"__typename"`
	}
	objects map[string]*object // by path
}

// UnmarshalJSON reads the fields, and the objects by their aliases.
func (v *repositoryAnswer) UnmarshalJSON(text []byte) error {
	type fields repositoryAnswer
	var all map[string]json.RawMessage
	err := errors.Join(json.Unmarshal(text, (*fields)(v)), json.Unmarshal(text, &all))
	v.objects = make(map[string]*object)
	for i, path := range filePaths() {
		if raw, ok := all[fileAlias(i)]; ok {
			var o *object
			err = errors.Join(err, json.Unmarshal(raw, &o))
			v.objects[path] = o
		}
	}
	return err
}

// newRepository returns what an answer says of a repository, whose teams and members
// are those of org. One that is missing may as well be one that the token may not see.
func newRepository(a answer, v repositoryAnswer, org string) repository {
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
	r := repository{
		answer:   a,
		name:     name,
		archived: v.IsArchived,
		personal: v.Owner.Typename == "User",
	}
	for _, s := range sources {
		r.files = append(r.files, s.read(v.objects, org))
	}
	return r
}
