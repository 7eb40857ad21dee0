package config

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/goccy/go-yaml/ast"
)

// A value is a node of the file and the path of keys that leads to it.
type value struct {
	path string
	node ast.Node
}

// An entry is a key of a mapping and what stands behind it.
type entry struct {
	key  value
	name string
	value
}

// A decoder turns nodes into a Config, and gathers what is wrong with them. A
// method that reports a mistake returns false, or leaves the default.
type decoder struct {
	config Config
	errs   Errors
}

func (d *decoder) fail(v value, format string, args ...any) {
	line, column := position(v.node)
	d.errs = append(d.errs, Error{
		Path:    v.path,
		Line:    line,
		Column:  column,
		Message: fmt.Sprintf(format, args...),
	})
}

// mismatch reports that a node is not of the type that is wanted.
func (d *decoder) mismatch(v value, want string) {
	switch v.node.(type) {
	case *ast.AnchorNode, *ast.AliasNode, *ast.MergeKeyNode:
		d.fail(v, "anchors, aliases and merge keys are not supported")
	case *ast.TagNode, *ast.DirectiveNode:
		d.fail(v, "tags and directives are not supported")
	default:
		d.fail(v, "expected %s", want)
	}
}

// entries returns the pairs of a mapping. Where the keys are free text they can
// be secret: then the path of each is its position, else that of the mapping.
func (d *decoder) entries(v value, secret bool) []entry {
	var pairs []*ast.MappingValueNode
	switch n := v.node.(type) {
	case *ast.MappingNode:
		pairs = n.Values
	case *ast.MappingValueNode:
		pairs = []*ast.MappingValueNode{n}
	default:
		d.mismatch(v, "a mapping of keys to values")
		return nil
	}
	var entries []entry
	for i, pair := range pairs {
		path := v.path
		if secret {
			path = fmt.Sprintf("%s[%d]", v.path, i)
		}
		key := value{path, pair.Key}
		name, ok := pair.Key.(*ast.StringNode)
		if !ok {
			d.mismatch(key, "text as the key")
			continue
		}
		entries = append(entries, entry{key, name.Value, value{path, pair.Value}})
	}
	return entries
}

// fields returns a mapping whose keys are among the known ones.
func (d *decoder) fields(v value, known ...string) map[string]value {
	fields := make(map[string]value)
	lines := make(map[string]int)
	for _, e := range d.entries(v, false) {
		if !slices.Contains(known, e.name) {
			d.fail(e.key, "unknown key; the keys here are %s", strings.Join(known, ", "))
			continue
		}
		path := e.name
		if v.path != "" {
			path = v.path + "." + e.name
		}
		if lines[e.name] > 0 {
			e.key.path = path
			d.fail(e.key, "given twice, first in line %d", lines[e.name])
			continue
		}
		lines[e.name], _ = position(e.key.node)
		fields[e.name] = value{path, e.node}
	}
	return fields
}

// required reports the fields that a mapping lacks.
func (d *decoder) required(v value, fields map[string]value, names ...string) {
	for _, name := range names {
		if _, ok := fields[name]; !ok {
			d.fail(v, "lacks the key %s", name)
		}
	}
}

// items returns the members of a list.
func (d *decoder) items(v value) []value {
	n, ok := v.node.(*ast.SequenceNode)
	if !ok {
		d.mismatch(v, "a list")
		return nil
	}
	items := make([]value, len(n.Values))
	for i, item := range n.Values {
		items[i] = value{fmt.Sprintf("%s[%d]", v.path, i), item}
	}
	return items
}

// text returns a text without the white space around it. It is never empty,
// and holds no control characters.
func (d *decoder) text(v value) (string, bool) {
	var s string
	switch n := v.node.(type) {
	case *ast.StringNode:
		s = n.Value
	case *ast.LiteralNode:
		s = n.Value.Value
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		d.fail(v, "expected text; a number or true and false as text need quotation marks")
		return "", false
	default:
		d.mismatch(v, "text")
		return "", false
	}
	s = strings.TrimSpace(s)
	switch {
	case s == "":
		d.fail(v, "expected text, not an empty one")
	case strings.ContainsFunc(s, unicode.IsControl):
		d.fail(v, "expected text of one line without control characters")
	default:
		return s, true
	}
	return "", false
}

// flag reads true or false into b.
func (d *decoder) flag(v value, b *bool) {
	n, ok := v.node.(*ast.BoolNode)
	if !ok {
		d.mismatch(v, "true or false")
		return
	}
	*b = n.Value
}

func isNull(n ast.Node) bool { return n == nil || n.Type() == ast.NullType }

func isMapping(n ast.Node) bool {
	switch n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return true
	}
	return false
}
