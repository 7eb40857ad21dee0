package owner

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// The limits of a catalog-info.yaml. Real ones have two kilobytes and four
// levels. The parser takes time that grows with the square of the depth.
const (
	maxCatalog = 64 << 10
	maxDepth   = 100
)

// ParseCatalog returns the owners that a catalog-info.yaml names for a
// repository of org: spec.owner of all its Components or, where those name
// nobody, of all its documents. It returns an error where the text is no YAML,
// and where it is larger or nested deeper than such a file can reasonably be.
//
// Source: https://docs.openedx.org/projects/openedx-proposals/en/latest/processes/oep-0055-proc-project-maintainers.html
func ParseCatalog(text []byte, org string) (Named, error) {
	if len(text) > maxCatalog {
		return Named{}, fmt.Errorf("larger than %d KiB", maxCatalog>>10)
	}
	if depth(text) > maxDepth {
		return Named{}, errors.New("nested too deep")
	}
	var components, all Named
	for _, d := range split(text) {
		entity, err := parseEntity(d)
		if err != nil {
			return Named{}, err
		}
		if err := entity.read(&all, org); err != nil {
			return Named{}, err
		}
		if strings.EqualFold(entity.kind, "component") {
			if err := entity.read(&components, org); err != nil {
				return Named{}, err
			}
		}
	}
	if len(components.Owners) > 0 {
		return components, nil
	}
	return all, nil
}

// A document is one YAML document of a file.
type document struct {
	text []byte
	line int // lines of the file before it
}

// split cuts a file into its documents. A marker in the first column ends a
// document wherever it stands; the parser loses what follows an empty one.
func split(text []byte) []document {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	docs := []document{{}}
	for i, line := range bytes.SplitAfter(text, []byte("\n")) {
		last := &docs[len(docs)-1]
		start, end := marker(line, "---"), marker(line, "...")
		switch {
		case start:
			content := append([]byte("   "), line[3:]...)
			docs = append(docs, document{content, i})
		case end:
			docs = append(docs, document{nil, i + 1})
		case bytes.HasPrefix(line, []byte("%")) && len(bytes.TrimSpace(last.text)) == 0:
			last.text = append(last.text, '\n')
		default:
			last.text = append(last.text, line...)
		}
	}
	return docs
}

func marker(line []byte, m string) bool {
	rest, ok := bytes.CutPrefix(line, []byte(m))
	return ok && (len(rest) == 0 || strings.ContainsRune(" \t\r\n", rune(rest[0])))
}

// depth returns an upper bound of how deep a text is nested on purpose: open
// brackets, and what can open a level several times in a line.
func depth(text []byte) int {
	deepest, open := 0, 0
	for line := range bytes.Lines(text) {
		inLine := 0
		for word := range bytes.FieldsSeq(line) {
			if strings.IndexByte("-?!&", word[0]) >= 0 {
				inLine++
			}
		}
		for _, c := range line {
			switch c {
			case '[', '{':
				open++
			case ']', '}':
				open = max(open-1, 0)
			}
			deepest = max(deepest, open)
		}
		deepest = max(deepest, inLine)
	}
	return deepest
}

// An entity is what matters of one document.
type entity struct {
	kind    string
	owner   ast.Node // nil where there is none
	anchors map[string]ast.Node
	line    int
}

// parseEntity walks the syntax tree instead of decoding it, so that aliases
// are followed only where an owner is.
func parseEntity(d document) (e entity, err error) {
	// The text is anybody's, and one that makes the parser panic must not end
	// the run for all other repositories.
	defer func() {
		if recover() != nil {
			err = errors.New("the parser cannot make anything of it")
		}
	}()
	file, err := parser.ParseBytes(d.text, 0)
	if err != nil {
		return entity{}, located(err, d.line)
	}
	e = entity{anchors: make(map[string]ast.Node), line: d.line}
	for _, doc := range file.Docs {
		if doc.Body == nil {
			continue
		}
		ast.Walk(anchors(e.anchors), doc.Body)
		if kind, ok := e.text(e.field(doc.Body, "kind")); ok {
			e.kind = strings.TrimSpace(kind)
		}
		e.owner = e.field(e.field(doc.Body, "spec"), "owner")
	}
	return e, nil
}

// located returns the message of a YAML error with its line in the file, and
// without the piece of the file that the error shows.
func located(err error, before int) error {
	var y yaml.Error
	if !errors.As(err, &y) || y.GetToken() == nil {
		return errors.New("not YAML")
	}
	message := y.GetMessage()
	if strings.Contains(message, "pre-defined") { // a word of the parser's own
		message = "a value stands where none is allowed"
	}
	return fmt.Errorf("line %d: %s", y.GetToken().Position.Line+before, message)
}

// anchors gathers what the anchors of a document stand for.
type anchors map[string]ast.Node

// Visit implements ast.Visitor.
func (a anchors) Visit(n ast.Node) ast.Visitor {
	if n, ok := n.(*ast.AnchorNode); ok {
		a[n.Name.GetToken().Value] = n.Value
	}
	return a
}

// follow returns the node that stands behind anchors, aliases and tags, or nil
// where an alias leads nowhere or round in a circle.
func (e *entity) follow(n ast.Node) ast.Node {
	for range 10 {
		switch node := n.(type) {
		case *ast.AnchorNode:
			n = node.Value
		case *ast.TagNode:
			n = node.Value
		case *ast.AliasNode:
			n = e.anchors[node.Value.GetToken().Value]
		default:
			return n
		}
	}
	return nil
}

// field returns the value of a key of a mapping, or nil. A merged mapping
// counts where the mapping itself has no such key.
func (e *entity) field(n ast.Node, key string) ast.Node {
	for range 10 {
		mapping, ok := e.follow(n).(*ast.MappingNode)
		if !ok {
			return nil
		}
		n = nil
		for _, v := range mapping.Values {
			if _, ok := v.Key.(*ast.MergeKeyNode); ok {
				n = v.Value
			} else if name, ok := e.text(v.Key); ok && name == key {
				return v.Value
			}
		}
	}
	return nil
}

// text returns a scalar as it is written, without quotes.
func (e *entity) text(n ast.Node) (string, bool) {
	switch node := e.follow(n).(type) {
	case *ast.MappingKeyNode:
		return e.text(node.Value)
	case *ast.LiteralNode:
		return node.Value.Value, true
	case *ast.StringNode:
		return node.Value, true
	case *ast.NullNode:
		return "", false
	case *ast.MappingNode:
		// In a list inside braces the parser takes group:x for a mapping,
		// which YAML has only where a blank follows the colon.
		if len(node.Values) != 1 || node.IsFlowStyle {
			return "", false
		}
		v := node.Values[0]
		key, isKey := v.Key.(*ast.StringNode)
		value, isText := v.Value.(*ast.StringNode)
		if !isKey || !isText || value.Token.Position.Offset != v.Start.Position.Offset+1 {
			return "", false
		}
		return key.Value + ":" + value.Value, true
	case ast.ScalarNode:
		return node.GetToken().Value, true
	}
	return "", false
}

// read adds the owners of one entity to what is named. An alias that leads
// nowhere is an error.
func (e *entity) read(n *Named, org string) error {
	if e.owner == nil {
		return nil
	}
	values := []ast.Node{e.owner}
	if list, ok := e.follow(e.owner).(*ast.SequenceNode); ok {
		values = list.Values
	}
	for _, v := range values {
		target := e.follow(v)
		if _, ok := target.(*ast.NullNode); ok {
			continue
		}
		at := fmt.Sprintf("line %d: ", v.GetToken().Position.Line+e.line)
		if target == nil {
			return errors.New(at + "an alias leads nowhere")
		}
		s, ok := e.text(target)
		if !ok {
			n.complain(at + "an owner is neither a name nor a list of names")
			continue
		}
		o, problem := reference(s, org)
		if problem != "" {
			n.complain(at + problem)
			continue
		}
		n.add(o)
	}
	return nil
}
