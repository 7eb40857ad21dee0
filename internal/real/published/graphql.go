package published

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
)

// readSchema reads GitHub's schema, which has some fields twice.
func readSchema(text string) (*ast.Schema, error) {
	doc, err := parser.ParseSchemas(validator.Prelude, &ast.Source{Name: "schema.graphql", Input: text})
	if err != nil {
		return nil, err
	}
	for _, d := range doc.Definitions {
		seen := map[string]bool{}
		d.Fields = slices.DeleteFunc(d.Fields, func(f *ast.FieldDefinition) bool {
			twice := seen[f.Name]
			seen[f.Name] = true
			return twice
		})
	}
	return validator.ValidateSchemaDocument(doc)
}

// graphQL judges a query and its answer.
func (j *Judge) graphQL(e Exchange) (kind string, deviations []string) {
	var request struct {
		Query         string
		OperationName string
		Variables     map[string]any
	}
	if json.Unmarshal(e.Body, &request) != nil {
		return "GraphQL", []string{"request: the body is no JSON"}
	}
	doc, err := parser.ParseQuery(&ast.Source{Name: "query", Input: request.Query})
	if err != nil {
		return "GraphQL", []string{"request: " + err.Error()}
	}
	op := doc.Operations.ForName(request.OperationName)
	if op == nil {
		return "GraphQL", []string{"request: there is no operation, or it is not said which"}
	}
	var names []string
	for _, s := range op.SelectionSet {
		if f, ok := s.(*ast.Field); ok && !slices.Contains(names, f.Name) {
			names = append(names, f.Name)
		}
	}
	kind = fmt.Sprintf("GraphQL %s {%s} %d", op.Operation, strings.Join(names, " "), e.Status)
	if errs := validator.ValidateWithRules(j.graph, doc, nil); len(errs) > 0 {
		for _, err := range errs {
			deviations = append(deviations, "request: "+err.Message)
		}
		return kind, deviations
	}
	variables, err := validator.VariableValues(j.graph, op, request.Variables)
	if err != nil {
		deviations = append(deviations, "request: variables: "+err.Error())
	}
	w := walker{graph: j.graph, variables: variables, seen: map[string]bool{}}
	w.asked(op.SelectionSet)

	w.answer(e, op)
	return kind, append(deviations, w.deviations...)
}

// answer judges the answer to an operation.
func (w *walker) answer(e Exchange, op *ast.OperationDefinition) {
	var answer struct {
		Data   json.RawMessage
		Errors []struct{ Message string }
	}
	if json.Unmarshal(e.AnswerBody, &answer) != nil {
		w.find("answer: the body is no JSON")
		return
	}
	if e.Status == 200 && answer.Data == nil && len(answer.Errors) == 0 {
		w.find("answer: neither data nor errors")
	}
	for _, err := range answer.Errors {
		if err.Message == "" {
			w.find("answer: an error without a message")
		}
	}
	if data, err := decoded(answer.Data); err == nil && data != nil {
		root := w.graph.Query
		if op.Operation == ast.Mutation {
			root = w.graph.Mutation
		}
		w.object(data, root, op.SelectionSet, "")
	}
}

// A walker collects deviations, each once.
type walker struct {
	graph      *ast.Schema
	variables  map[string]any
	seen       map[string]bool
	deviations []string
}

func (w *walker) find(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !w.seen[text] {
		w.seen[text] = true
		w.deviations = append(w.deviations, text)
	}
}

// asked looks at what only GitHub's documentation says of queries: pages have 1
// to 100 entries, and a deprecated field goes away one day.
func (w *walker) asked(set ast.SelectionSet) {
	for _, f := range fieldsOf(set) {
		if f.Definition.Directives.ForName("deprecated") != nil {
			w.find("request: %s is deprecated", f.Name)
		}
		if f.Definition.Arguments.ForName("first") != nil && strings.HasSuffix(f.Definition.Type.Name(), "Connection") {
			size := f.Arguments.ForName("first")
			if size == nil {
				size = f.Arguments.ForName("last")
			}
			switch n, err := count(size, w.variables); {
			case size == nil && !pageless(f):
				w.find("request: %s has neither first nor last", f.Name)
			case size != nil && (err != nil || n < 1 || n > 100):
				w.find("request: %s asks for %v", f.Name, size.Value)
			}
		}
		w.asked(f.SelectionSet)
	}
}

// pageless reports whether a connection is asked for its total alone.
func pageless(f *ast.Field) bool {
	return !slices.ContainsFunc(fieldsOf(f.SelectionSet), func(f *ast.Field) bool { return f.Name == "nodes" || f.Name == "edges" })
}

func count(a *ast.Argument, variables map[string]any) (int, error) {
	if a == nil {
		return 0, nil
	}
	v, err := a.Value.Value(variables)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(fmt.Sprint(v))
}

// fieldsOf returns the fields of a selection and of its fragments.
func fieldsOf(set ast.SelectionSet) []*ast.Field {
	var list []*ast.Field
	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			list = append(list, s)
		case *ast.InlineFragment:
			list = append(list, fieldsOf(s.SelectionSet)...)
		case *ast.FragmentSpread:
			list = append(list, fieldsOf(s.Definition.SelectionSet)...)
		}
	}
	return list
}

// selected returns by their key the fields that a selection asks of an object of
// a type: what several of them ask of one key belongs together.
func (w *walker) selected(set ast.SelectionSet, typename string, into map[string][]*ast.Field) {
	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			into[s.Alias] = append(into[s.Alias], s)
		case *ast.InlineFragment:
			if w.is(typename, s.TypeCondition) {
				w.selected(s.SelectionSet, typename, into)
			}
		case *ast.FragmentSpread:
			if w.is(typename, s.Definition.TypeCondition) {
				w.selected(s.Definition.SelectionSet, typename, into)
			}
		}
	}
}

// is reports whether a type is, or belongs to, another one.
func (w *walker) is(typename, other string) bool {
	if other == "" || typename == other {
		return true
	}
	return slices.ContainsFunc(w.graph.PossibleTypes[other], func(d *ast.Definition) bool { return d.Name == typename })
}

// object looks at an object of the answer, or a null.
func (w *walker) object(v any, definition *ast.Definition, set ast.SelectionSet, at string) {
	o, ok := v.(object)
	if !ok {
		w.find("answer: %s is %s, no object", at, quoted(v))
		return
	}
	typename := definition.Name
	if definition.IsAbstractType() {
		name, ok := o["__typename"].(string)
		if !ok {
			return // nobody asked what it is
		}
		typename = name
		if !w.is(typename, definition.Name) {
			w.find("answer: %s is a %s, no %s", at, typename, definition.Name)
		}
	}
	fields := map[string][]*ast.Field{}
	w.selected(set, typename, fields)
	for key, same := range fields {
		inner, there := o[key]
		if !there {
			w.find("answer: %s.%s was asked for and isn't there", at, key)
			continue
		}
		if same[0].Name == "__typename" {
			continue
		}
		var below ast.SelectionSet
		for _, f := range same {
			below = append(below, f.SelectionSet...)
		}
		w.value(inner, same[0].Definition.Type, below, at+"."+same[0].Name)
	}
	for key := range o {
		if fields[key] == nil {
			w.find("answer: %s.%s was not asked for", at, key)
		}
	}
}

// value looks at a value of the answer.
func (w *walker) value(v any, of *ast.Type, set ast.SelectionSet, at string) {
	if v == nil {
		if of.NonNull {
			w.find("answer: %s is null, and GitHub's is %s", at, of)
		}
		return
	}
	if of.Elem != nil {
		list, ok := v.([]any)
		if !ok {
			w.find("answer: %s is no list", at)
		}
		for _, inner := range list {
			w.value(inner, of.Elem, set, at+"[]")
		}
		return
	}
	definition := w.graph.Types[of.Name()]
	switch definition.Kind {
	case ast.Enum:
		if text, _ := v.(string); definition.EnumValues.ForName(text) == nil {
			w.find("answer: %s is %s, no %s", at, quoted(v), of.Name())
		}
	case ast.Scalar:
		if !scalar(definition.Name, v) {
			w.find("answer: %s is %s, no %s", at, quoted(v), of.Name())
		}
	default:
		w.object(v, definition, set, at)
	}
}

var scalars = map[string]*regexp.Regexp{
	"Int":         regexp.MustCompile(`^-?\d+$`),
	"DateTime":    regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$`),
	"GitObjectID": regexp.MustCompile(`^[0-9a-f]{40}$`),
	"URI":         regexp.MustCompile(`^https?://`),
}

// scalar reports whether a value can be one of a scalar type.
func scalar(name string, v any) bool {
	var text string
	switch v := v.(type) {
	case bool:
		return name == "Boolean"
	case json.Number:
		if name != "Int" && name != "Float" {
			return false
		}
		text = v.String()
	case string:
		if name == "Int" || name == "Float" || name == "Boolean" {
			return false
		}
		text = v
	default:
		return false
	}
	pattern := scalars[name]
	return pattern == nil || pattern.MatchString(text)
}
