// Package yamlfile reads YAML that anybody may have written: it bounds what a
// file can cost, and its errors quote nothing from the file.
package yamlfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"sort"
	"strings"

	"go.yaml.in/yaml/v3"
)

// The limits of a file beside its size, which is the caller's: real ones have
// four levels and a few hundred entries. An alias counts once, since nothing
// here follows it.
const (
	maxDepth   = 100
	maxEntries = 60_000
)

// An Error is why a file cannot be read.
type Error struct {
	Line  int    // from 1
	Fault string // such as: not valid YAML (a [ without its ])
}

func (e *Error) Error() string { return fmt.Sprintf("line %d is %s", e.Line, e.Fault) }

// What the library lacks of YAML: a document that ends with three dots and is
// followed by another, and the version that everybody writes.
var (
	documentEnd = regexp.MustCompile(`(?m)^\.\.\.(\s|$)`)
	versionLine = regexp.MustCompile(`(?m)^%YAML[ \t].*$`)
)

// Documents returns the root of each document of a file. It is a null where the
// document is empty. Every error is an Error.
func Documents(text []byte) ([]*yaml.Node, error) {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	text = documentEnd.ReplaceAll(versionLine.ReplaceAll(text, nil), []byte("---$1"))
	docs, err := decode(text)
	if err != nil {
		return nil, &Error{Line: lineOf(err, text), Fault: fault(err)}
	}
	entries := 0
	for _, doc := range docs {
		if err := check(doc, doc.Line, 0, &entries); err != nil {
			return nil, err
		}
	}
	return docs, nil
}

func decode(text []byte) (docs []*yaml.Node, err error) {
	// A text that makes the library panic must not end the run for all others.
	defer func() {
		if recover() != nil {
			err = errors.New("panic")
		}
	}()
	for d := yaml.NewDecoder(bytes.NewReader(text)); ; {
		var doc yaml.Node
		if err := d.Decode(&doc); err == io.EOF {
			return docs, nil
		} else if err != nil {
			return nil, err
		}
		docs = append(docs, doc.Content[0])
	}
}

// lineOf returns the first line with which a text fails as it does. The library
// itself names that of the block around the fault, or none.
func lineOf(err error, text []byte) int {
	lines := bytes.SplitAfter(text, []byte("\n"))
	return 1 + sort.Search(len(lines)-1, func(i int) bool {
		_, e := decode(bytes.Join(lines[:i+1], nil))
		return e != nil && e.Error() == err.Error()
	})
}

const noAnchor = "not valid YAML (an alias that leads nowhere)"

// fault says in other words what the library says, which may quote the file.
func fault(err error) string {
	for _, f := range []struct{ text, fault string }{
		{"escape", `not valid YAML (a \ in double quotation marks: use single ones)`},
		{"UTF-", "not UTF-8 text"},
		{"Unicode", "not UTF-8 text"},
		{"control characters", "not plain text (it holds a control character)"},
		{"max depth", "nested too deeply"},
		{"cannot start any token", "not valid YAML (a tab in the indentation, or text that begins with @ or ` without quotation marks)"},
		{"tab character", "not valid YAML (a tab in the indentation)"},
		{"',' or ']'", "not valid YAML (a [ without its ], or text with a ? without quotation marks)"},
		{"',' or '}'", "not valid YAML (a { without its }, or text with a ? without quotation marks)"},
		{"expected ':'", "not valid YAML (a key without a colon)"},
		{"end of stream", "not valid YAML (a quotation mark without its other half)"},
		{"unknown anchor", noAnchor},
	} {
		if strings.Contains(err.Error(), f.text) {
			return f.fault
		}
	}
	return "not valid YAML (check the quotation marks and indentation)"
}

// check returns an error where a node, or one below it, is beyond the limits, or
// an alias of something above the first line of its document.
func check(n *yaml.Node, first, depth int, entries *int) error {
	switch *entries++; {
	case depth > maxDepth:
		return &Error{Line: n.Line, Fault: "nested too deeply"}
	case *entries > maxEntries:
		return &Error{Line: n.Line, Fault: "one entry more than a file can have"}
	case n.Alias != nil && n.Alias.Line < first:
		return &Error{Line: n.Line, Fault: noAnchor}
	}
	for _, c := range n.Content {
		if err := check(c, first, depth+1, entries); err != nil {
			return err
		}
	}
	return nil
}
