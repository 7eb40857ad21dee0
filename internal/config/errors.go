package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// An Error is one mistake in the configuration. Its text quotes nothing from
// the file, since addresses, logins, repositories and advisories are secret in
// public logs: where a key is a name of the organization's, the path has its
// position instead, counted from 0.
type Error struct {
	Path    string // such as grace.weekly or contacts[2].email; empty for the file as a whole
	Line    int    // from 1
	Column  int    // from 1, in characters
	Message string

	// Frank is the message for a private terminal: it quotes the file. Empty where
	// there is no more to say than Message does.
	Frank string
}

// Error returns the line, the path and the message.
func (e Error) Error() string {
	if e.Path == "" {
		return fmt.Sprintf("line %d: %s", e.Line, e.Message)
	}
	return fmt.Sprintf("line %d: %s: %s", e.Line, e.Path, e.Message)
}

// Franker returns the mistake with what it quotes from the file, for a private
// terminal alone.
func (e Error) Franker() Error {
	e.Message = cmp.Or(e.Frank, e.Message)
	return e
}

// Errors are all mistakes of a configuration, in the order of its lines.
type Errors []Error

// Franker returns the mistakes with what they quote from the file.
func (e Errors) Franker() Errors {
	frank := make(Errors, len(e))
	for i, mistake := range e {
		frank[i] = mistake.Franker()
	}
	return frank
}

// Error returns the mistakes, one a line.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, mistake := range e {
		lines[i] = mistake.Error()
	}
	return strings.Join(lines, "\n")
}

func (e Errors) sort() {
	slices.SortStableFunc(e, func(a, b Error) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
}
