package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"

	"github.com/openedx/advisory-reminders/internal/spelling"
)

// A value is a node of the file and the path of keys that leads to it.
type value struct {
	path string
	node *yaml.Node
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
	d.errs = append(d.errs, Error{
		Path:    v.path,
		Line:    v.node.Line,
		Column:  v.node.Column,
		Message: fmt.Sprintf(format, args...),
	})
}

// is reports whether a node is a plain one of a type, and fails where it is not.
// Types are those of YAML, such as !!map.
func (d *decoder) is(v value, want string, types ...string) bool {
	switch n := v.node; {
	case n.Kind == yaml.AliasNode, n.Anchor != "", n.Tag == "!!merge":
		d.fail(v, "anchors, aliases and merge keys are not supported")
	case n.Style&yaml.TaggedStyle != 0:
		d.fail(v, "tags are not supported")
	case !slices.Contains(types, n.Tag):
		d.fail(v, "expected %s", want)
	default:
		return true
	}
	return false
}

// entries returns the pairs of a mapping, or nil where it is none. Where the keys
// are free text they can be secret: then the path of each is its position, else
// that of the mapping.
func (d *decoder) entries(v value, secret bool) []entry {
	if !d.is(v, "a mapping of keys to values", "!!map") {
		return nil
	}
	entries := []entry{}
	for i := 0; i < len(v.node.Content); i += 2 {
		path := v.path
		if secret {
			path = fmt.Sprintf("%s[%d]", v.path, i/2)
		}
		key := value{path, v.node.Content[i]}
		if d.is(key, "text as the key", "!!str", "!!timestamp") {
			entries = append(entries, entry{key, key.node.Value, value{path, v.node.Content[i+1]}})
		}
	}
	return entries
}

// A field is a key of a mapping, and what reads its value.
type field struct {
	name     string
	read     func(value)
	required bool
}

// mapping reads a mapping of these fields, in their order. It returns how many there
// are, and reports whether there is a mapping.
func (d *decoder) mapping(v value, fields ...field) (count int, ok bool) {
	entries := d.entries(v, false)
	if entries == nil {
		return 0, false
	}
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.name
	}
	values := make(map[string]value)
	lines := make(map[string]int)
	for _, e := range entries {
		if !slices.Contains(names, e.name) {
			d.unknown(e, names)
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
		lines[e.name] = e.key.node.Line
		values[e.name] = value{path, e.node}
	}
	for _, f := range fields {
		if given, ok := values[f.name]; ok {
			f.read(given)
		} else if f.required {
			d.fail(v, "lacks the key %s", f.name)
		}
	}
	return len(values), true
}

// group returns what reads a mapping of these fields.
func (d *decoder) group(fields ...field) func(value) {
	return func(v value) { d.mapping(v, fields...) }
}

// unknown reports a key that is not among the known ones.
func (d *decoder) unknown(e entry, known []string) {
	keys := "the keys here are " + strings.Join(known, ", ")
	d.fail(e.key, "unknown key; %s", keys)
	d.frankly("unknown key %s: %s", quote(e.name), cmp.Or(spelling.DidYouMean(e.name, known), keys))
}

// frankly says the last mistake once more, in words that quote the file.
func (d *decoder) frankly(format string, args ...any) {
	d.errs[len(d.errs)-1].Frank = fmt.Sprintf(format, args...)
}

// quote shows what a file says, in one short line.
func quote(s string) string {
	const most = 80
	if r := []rune(s); len(r) > most {
		s = string(r[:most]) + "..."
	}
	return fmt.Sprintf("%q", s)
}

// items returns the members of a list, or nil where it is none. A list that must
// not be empty names what it wants at least one of.
func (d *decoder) items(v value, least string) []value {
	if !d.is(v, "a list", "!!seq") {
		return nil
	}
	if len(v.node.Content) == 0 && least != "" {
		d.fail(v, "expected at least one %s", least)
	}
	items := make([]value, len(v.node.Content))
	for i, item := range v.node.Content {
		items[i] = value{fmt.Sprintf("%s[%d]", v.path, i), item}
	}
	return items
}

// text returns a text without the white space around it. It is never empty,
// and holds no control characters.
func (d *decoder) text(v value) (string, bool) {
	want := "text"
	switch v.node.Tag {
	case "!!int", "!!float", "!!bool":
		want = "text; put a number, or true and false, in quotation marks"
	}
	if !d.is(v, want, "!!str", "!!timestamp") {
		return "", false
	}
	s := strings.TrimSpace(v.node.Value)
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

// flag returns what reads true or false into b.
func (d *decoder) flag(b *bool) func(value) {
	return func(v value) {
		if d.is(v, "true or false", "!!bool") {
			*b = strings.EqualFold(v.node.Value, "true")
		}
	}
}

// line returns what reads a text into s. It reports one that is not valid, which is
// read all the same.
func (d *decoder) line(s *string, valid func(string) bool, want string) func(value) {
	return func(v value) {
		text, ok := d.text(v)
		if ok && !valid(text) {
			d.fail(v, "expected %s", want)
		}
		if ok {
			*s = text
		}
	}
}

func isNull(n *yaml.Node) bool {
	return n.Tag == "!!null" && n.Anchor == "" && n.Style&yaml.TaggedStyle == 0
}

// once reports a value that was seen in the same list before.
func (d *decoder) once(v value, seen map[string]bool, key string) bool {
	if seen[key] {
		d.fail(v, "is there twice")
		return false
	}
	seen[key] = true
	return true
}
