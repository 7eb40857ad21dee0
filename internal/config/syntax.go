package config

import (
	"bytes"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// The limits of a file. The parser recurses, and takes time in the square of
// the number of entries of a mapping.
const (
	maxBytes  = 1 << 20
	maxTokens = 60_000
	maxDepth  = 20
)

// parse returns the root of the one document in text, or nil where there is
// nothing but comments.
func parse(text []byte) (ast.Node, error) {
	if len(text) > maxBytes {
		return nil, Errors{{Line: 1, Column: 1, Message: "the file is larger than 1 MiB"}}
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	if mistake, ok := checkCharacters(text); !ok {
		return nil, Errors{mistake}
	}
	tokens := tokenize(text)
	if mistake, ok := checkTokens(tokens); !ok {
		return nil, Errors{mistake}
	}
	// The parser's own complaint about a duplicate would be the only one.
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return nil, Errors{syntaxError(err)}
	}
	var root ast.Node
	for _, doc := range file.Docs {
		if doc.Body == nil {
			continue
		}
		if root != nil {
			line, column := position(doc.Body)
			return nil, Errors{{Line: line, Column: column, Message: "a second document; one is allowed"}}
		}
		root = doc.Body
	}
	return root, nil
}

// tokenize is the lexer's, but for a colon within plain text, as that of
// user:octocat: inside braces the lexer takes it for the end of a key, which
// YAML doesn't (https://github.com/goccy/go-yaml/issues/832). Such colons go by
// as a character that the file can't hold, and come back.
func tokenize(text []byte) token.Tokens {
	const hidden = 0x01
	plain := func(c byte) bool { return !strings.ContainsRune(" \t\r\n\"'[]{},", rune(c)) }
	masked := bytes.Clone(text)
	for i := 1; i < len(text)-1; i++ {
		if text[i] == ':' && plain(text[i-1]) && plain(text[i+1]) {
			masked[i] = hidden
		}
	}
	tokens := lexer.Tokenize(string(masked))
	for _, t := range tokens {
		t.Value = strings.ReplaceAll(t.Value, string(rune(hidden)), ":")
		t.Origin = strings.ReplaceAll(t.Origin, string(rune(hidden)), ":")
	}
	return tokens
}

// checkCharacters refuses what YAML does not allow in a file, since the parser
// lets it pass.
func checkCharacters(text []byte) (Error, bool) {
	line, column := 1, 1
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		text = text[size:]
		switch {
		case r == utf8.RuneError && size == 1:
			return Error{Line: line, Column: column, Message: "not UTF-8 text"}, false
		case r == '\n':
			line, column = line+1, 0
		case r < ' ' && r != '\t' && r != '\r', r == 0x7f:
			return Error{Line: line, Column: column, Message: "a control character"}, false
		}
		column++
	}
	return Error{}, true
}

// checkTokens bounds the work of the parser.
func checkTokens(tokens token.Tokens) (Error, bool) {
	depth, line, inLine := 0, 0, 0
	for i, t := range tokens {
		if t.Position.Line != line {
			line, inLine = t.Position.Line, 0
		}
		switch t.Type {
		case token.MappingStartType, token.SequenceStartType:
			depth++
		case token.MappingEndType, token.SequenceEndType:
			depth--
		case token.SequenceEntryType, token.MappingKeyType, token.AnchorType, token.TagType:
			inLine++ // each can open a level without a new line
		}
		message := ""
		switch {
		case depth > maxDepth || inLine > maxDepth:
			message = "nested too deeply"
		case i >= maxTokens:
			message = "the file has too many entries"
		default:
			continue
		}
		return Error{Line: t.Position.Line, Column: t.Position.Column, Message: message}, false
	}
	return Error{}, true
}

// syntaxError keeps the place of a parser's error. Its text quotes the file, so
// that only the known kinds of it are told, in other words.
func syntaxError(err error) Error {
	e := Error{Line: 1, Column: 1, Message: "not valid YAML"}
	var parserError yaml.Error
	if !errors.As(err, &parserError) {
		return e
	}
	if t := parserError.GetToken(); t != nil && t.Position != nil {
		e.Line, e.Column = max(t.Position.Line, 1), max(t.Position.Column, 1)
	}
	for _, hint := range []struct{ text, message string }{
		{"cannot start any token", "a tab where spaces are expected"},
		{"end token ']'", "a [ without its ]"},
		{"end token '}'", "a { without its }"},
		{"could not find end character", "a quotation mark without its other half"},
		{"reserved character", "text that begins with a reserved character needs quotation marks"},
	} {
		if strings.Contains(parserError.GetMessage(), hint.text) {
			e.Message += ": " + hint.message
			break
		}
	}
	return e
}

// position returns where a node begins.
func position(n ast.Node) (line, column int) {
	switch n := n.(type) {
	case *ast.MappingNode:
		if !n.IsFlowStyle && len(n.Values) > 0 {
			return position(n.Values[0].Key)
		}
	case *ast.MappingValueNode:
		return position(n.Key)
	}
	if n != nil && n.GetToken() != nil && n.GetToken().Position != nil {
		p := n.GetToken().Position
		return max(p.Line, 1), max(p.Column, 1)
	}
	return 1, 1
}
