package config

import (
	"errors"

	"go.yaml.in/yaml/v3"

	"github.com/openedx/advisory-reminders/internal/yamlfile"
)

const maxBytes = 1 << 20

// parse returns the root of the one document in text, or nil where there is
// nothing but comments.
func parse(text []byte) (*yaml.Node, error) {
	if len(text) > maxBytes {
		return nil, Errors{{Line: 1, Column: 1, Message: "the file is larger than 1 MiB"}}
	}
	docs, err := yamlfile.Documents(text)
	if e, ok := errors.AsType[*yamlfile.Error](err); ok {
		return nil, Errors{{Line: e.Line, Column: 1, Message: e.Fault}}
	}
	var root *yaml.Node
	for _, doc := range docs {
		if isNull(doc) {
			continue
		}
		if root != nil {
			return nil, Errors{{Line: doc.Line, Column: doc.Column, Message: "a second document; one is allowed"}}
		}
		root = doc
	}
	return root, nil
}
