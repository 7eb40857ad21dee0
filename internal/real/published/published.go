// Package published holds requests to GitHub, and answers to them, to what
// GitHub publishes of its APIs: the OpenAPI description of REST, the GraphQL
// schema, and what is known of the comments of an advisory, which are in
// neither. A program that is tried against a sandbox is so tried against what
// GitHub says of itself.
package published

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/vektah/gqlparser/v2/ast"
)

// An Exchange is one request and the answer to it.
type Exchange struct {
	Method       string
	URL          *url.URL
	Header       http.Header
	Body         []byte
	Status       int
	AnswerHeader http.Header
	AnswerBody   []byte
}

// A Judge knows the descriptions. Its methods may be called side by side.
type Judge struct {
	rest    object
	routes  []route
	graph   *ast.Schema
	compile *jsonschema.Compiler

	mu      sync.Mutex
	schemas map[string]*jsonschema.Schema // by where they are in rest
}

// object is a JSON object.
type object = map[string]any

// Load reads the descriptions from a folder: rest.openapi.json, schema.graphql
// and advisory-comments.json.
func Load(dir string) (*Judge, error) {
	j := &Judge{schemas: map[string]*jsonschema.Schema{}}
	var err error
	if j.rest, err = readObject(filepath.Join(dir, "rest.openapi.json")); err != nil {
		return nil, err
	}
	comments, err := readObject(filepath.Join(dir, "advisory-comments.json"))
	if err != nil {
		return nil, err
	}
	if err := addComments(j.rest, comments); err != nil {
		return nil, fmt.Errorf("advisory-comments.json: %w", err)
	}
	plain(j.rest)
	j.compile = jsonschema.NewCompiler()
	j.compile.AssertFormat()
	if err := j.compile.AddResource(restURL, j.rest); err != nil {
		return nil, fmt.Errorf("rest.openapi.json: %w", err)
	}
	j.routes = routes(j.rest)
	text, err := os.ReadFile(filepath.Join(dir, "schema.graphql"))
	if err != nil {
		return nil, err
	}
	if j.graph, err = readSchema(string(text)); err != nil {
		return nil, fmt.Errorf("schema.graphql: %w", err)
	}
	return j, nil
}

func readObject(path string) (object, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	o, ok := value.(object)
	if !ok {
		return nil, fmt.Errorf("%s: is no object", filepath.Base(path))
	}
	return o, nil
}

// Judge returns what kind of exchange it is, such as "GET /user 200", and where
// the request or the answer departs from what GitHub describes.
func (j *Judge) Judge(e Exchange) (kind string, deviations []string) {
	if e.URL.Path == "/graphql" {
		return j.graphQL(e)
	}
	return j.restful(e)
}

// decoded is a body as the schemas take it.
func decoded(body []byte) (any, error) { return jsonschema.UnmarshalJSON(bytes.NewReader(body)) }

// quoted is a value, cut short, for a deviation.
func quoted(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	if len(text) > 80 {
		return string(text[:80]) + "..."
	}
	return string(text)
}
