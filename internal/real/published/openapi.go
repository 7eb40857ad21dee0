package published

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

const restURL = "https://api.github.com/openapi.json"

// A route is an operation's path as a pattern.
type route struct {
	path    string
	pattern *regexp.Regexp
	names   []string
	fixed   int // segments that are no parameter
}

// routes returns the paths of a description, those first that leave least open.
func routes(rest object) []route {
	var list []route
	for path := range rest["paths"].(object) {
		r := route{path: path}
		var pattern strings.Builder
		for _, segment := range strings.Split(strings.TrimPrefix(path, "/"), "/") {
			name, isParameter := strings.CutPrefix(segment, "{")
			switch {
			case !isParameter:
				r.fixed++
				pattern.WriteString("/" + regexp.QuoteMeta(segment))
				continue
			case strings.HasSuffix(path, segment) && slices.Contains([]string{"ref}", "path}", "branch}"}, name):
				pattern.WriteString("/(.+)") // holds slashes
			default:
				pattern.WriteString("/([^/]+)")
			}
			r.names = append(r.names, strings.TrimSuffix(name, "}"))
		}
		r.pattern = regexp.MustCompile("^" + pattern.String() + "$")
		list = append(list, r)
	}
	slices.SortFunc(list, func(a, b route) int {
		if a.fixed != b.fixed {
			return b.fixed - a.fixed
		}
		return strings.Compare(a.path, b.path)
	})
	return list
}

// plain turns OpenAPI 3.0's nullable into what JSON Schema says for it.
func plain(v any) {
	switch v := v.(type) {
	case []any:
		for _, inner := range v {
			plain(inner)
		}
	case object:
		for _, inner := range v {
			plain(inner)
		}
		if v["nullable"] != true {
			return
		}
		delete(v, "nullable")
		if kind, ok := v["type"].(string); ok {
			v["type"] = []any{kind, "null"}
			if values, ok := v["enum"].([]any); ok {
				v["enum"] = append(values, nil)
			}
			return
		}
		other := maps.Clone(v)
		clear(v)
		v["anyOf"] = []any{object{"type": "null"}, other}
	}
}

// at returns what a JSON pointer such as /paths/~1user leads to, through
// references.
func (j *Judge) at(pointer string) (object, string) {
	var v any = j.rest
	for _, step := range strings.Split(strings.TrimPrefix(pointer, "/"), "/") {
		switch holder := v.(type) {
		case object:
			v = holder[strings.NewReplacer("~1", "/", "~0", "~").Replace(step)]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i >= len(holder) {
				return nil, pointer
			}
			v = holder[i]
		default:
			return nil, pointer
		}
	}
	o, ok := v.(object)
	if !ok {
		return nil, pointer
	}
	if ref, ok := o["$ref"].(string); ok {
		return j.at(strings.TrimPrefix(ref, "#"))
	}
	return o, pointer
}

func escape(step string) string { return strings.NewReplacer("~", "~0", "/", "~1").Replace(step) }

// conform returns where a value departs from the schema at a pointer, and which
// of its fields the schema does not know.
func (j *Judge) conform(pointer string, v any) []string {
	schema, err := j.schema(pointer)
	if err != nil {
		return []string{err.Error()}
	}
	var list []string
	if err := schema.Validate(v); err != nil {
		list = leaves(err.(*jsonschema.ValidationError))
	}
	described, _ := j.at(pointer)
	return append(list, j.unknown(described, v, "")...)
}

func (j *Judge) schema(pointer string) (*jsonschema.Schema, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if s, ok := j.schemas[pointer]; ok {
		return s, nil
	}
	s, err := j.compile.Compile(restURL + "#" + pointer)
	if err != nil {
		return nil, fmt.Errorf("compile the schema: %w", err)
	}
	j.schemas[pointer] = s
	return s, nil
}

// leaves returns the errors that have no cause but themselves. Numbers in a
// path are left out, so that each kind is said once.
func leaves(e *jsonschema.ValidationError) []string {
	if len(e.Causes) == 0 {
		text := e.Error()
		if _, after, ok := strings.Cut(text, "\n"); ok {
			text = strings.TrimPrefix(strings.TrimSpace(after), "- ")
		}
		return []string{number.ReplaceAllString(text, "/N")}
	}
	var list []string
	for _, c := range e.Causes {
		for _, text := range leaves(c) {
			if !slices.Contains(list, text) {
				list = append(list, text)
			}
		}
	}
	return list
}

var number = regexp.MustCompile(`/\d+`)

// unknown returns the fields of a value that a schema does not describe. Of a
// choice, the part counts that knows most.
func (j *Judge) unknown(schema object, v any, at string) []string {
	if ref, ok := schema["$ref"].(string); ok {
		schema, _ = j.at(strings.TrimPrefix(ref, "#"))
	}
	var list []string
	if parts, ok := schema["allOf"].([]any); ok {
		for i, part := range parts {
			found := j.unknown(part.(object), v, at)
			if i == 0 {
				list = found
			}
			list = slices.DeleteFunc(list, func(s string) bool { return !slices.Contains(found, s) })
		}
		return list
	}
	for _, choice := range []string{"oneOf", "anyOf"} {
		parts, ok := schema[choice].([]any)
		for i, part := range parts {
			if found := j.unknown(part.(object), v, at); i == 0 || len(found) < len(list) {
				list = found
			}
		}
		if ok {
			return list
		}
	}
	switch v := v.(type) {
	case []any:
		items, _ := schema["items"].(object)
		for _, inner := range v {
			for _, found := range j.unknown(items, inner, at+"/N") {
				if !slices.Contains(list, found) {
					list = append(list, found)
				}
			}
		}
	case object:
		return j.unknownFields(schema, v, at)
	}
	return list
}

// unknownFields is unknown of an object.
func (j *Judge) unknownFields(schema, v object, at string) (list []string) {
	properties, ok := schema["properties"].(object)
	if !ok {
		return nil
	}
	for name, inner := range v {
		switch described, ok := properties[name].(object); {
		case ok:
			list = append(list, j.unknown(described, inner, at+"/"+name)...)
		case schema["additionalProperties"] == nil || schema["additionalProperties"] == false:
			list = append(list, fmt.Sprintf("%s/%s is not described", at, name))
		}
	}
	return list
}
