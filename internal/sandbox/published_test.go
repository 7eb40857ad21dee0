package sandbox

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

// The descriptions that GitHub publishes of its APIs, where they are at hand.
const (
	publishedREST   = "../../../shared/github/rest.openapi.json"
	publishedSchema = "../../../shared/github/schema.graphql"
)

// Every body must have the fields that GitHub promises, of the right type, and
// no others.
func TestRESTBodies(t *testing.T) {
	text, err := os.ReadFile(publishedREST)
	if err != nil {
		t.Skip("the published description of the REST API is not at hand")
	}
	var doc map[string]any
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	schemas := doc["components"].(map[string]any)["schemas"].(map[string]any)
	w := campus()
	g := serve(t, w)
	w.Lock()
	store := w.Repository("Campus/ops").store()
	head := store.refs["heads/main"]
	tree := store.commit(head).Tree
	w.Unlock()
	const ops = "/repos/Campus/ops"
	advisories := map[string]any{"type": "array", "items": ref("repository-advisory")}
	for _, tt := range []struct {
		token, method, path, body string
		schema                    map[string]any
	}{
		{"full", "GET", "/orgs/campus/security-advisories", "", advisories},
		{"full", "GET", "/repos/campus/app/security-advisories", "", advisories},
		{"full", "GET", "/repos/campus/app/security-advisories/GHSA-2222-2222-2222", "", ref("repository-advisory")},
		{"full", "GET", "/repos/campus/app", "", ref("full-repository")},
		{"full", "GET", "/repos/campus/app-ghsa-2222-2222-2222", "", ref("full-repository")},
		{"full", "GET", "/repos/campus/none", "", ref("basic-error")},
		{"full", "GET", "/repos/campus/old-app", "", ref("basic-error")},
		{"full", "GET", "/user", "", ref("private-user")},
		{"full", "GET", "/user/memberships/orgs/campus", "", ref("org-membership")},
		{"full", "GET", "/rate_limit", "", ref("rate-limit-overview")},
		{"app", "GET", "/installation/repositories", "", doc["paths"].(map[string]any)["/installation/repositories"].(map[string]any)["get"].(map[string]any)["responses"].(map[string]any)["200"].(map[string]any)["content"].(map[string]any)["application/json"].(map[string]any)["schema"].(map[string]any)},
		{"full", "GET", ops + "/branches/main", "", ref("branch-with-protection")},
		{"full", "GET", ops + "/branches/none", "", ref("basic-error")},
		{"full", "GET", ops + "/git/ref/heads/main", "", ref("git-ref")},
		{"full", "POST", ops + "/git/blobs", `{"content":"x"}`, ref("short-blob")},
		{"full", "GET", ops + "/git/blobs/" + objectID("blob", []byte("ops\n")), "", ref("blob")},
		{"full", "POST", ops + "/git/trees", `{"tree":[{"path":"a/b","mode":"100644","content":"x"}]}`, ref("git-tree")},
		{"full", "GET", ops + "/git/trees/main", "", ref("git-tree")},
		{"full", "POST", ops + "/git/commits", fmt.Sprintf(`{"message":"m","tree":%q,"parents":[%q]}`, tree, head), ref("git-commit")},
		{"full", "GET", ops + "/git/commits/" + head, "", ref("git-commit")},
		{"full", "POST", ops + "/git/refs", fmt.Sprintf(`{"ref":"refs/heads/b","sha":%q}`, head), ref("git-ref")},
		{"full", "PATCH", ops + "/git/refs/heads/b", fmt.Sprintf(`{"sha":%q}`, head), ref("git-ref")},
	} {
		t.Run(tt.method+tt.path, func(t *testing.T) {
			_, body := ask(t, g, tt.token, tt.method, tt.path, tt.body)
			for _, problem := range conform(schemas, tt.schema, decode(t, body), "") {
				t.Error(problem)
			}
		})
	}
}

func ref(name string) map[string]any {
	return map[string]any{"$ref": "#/components/schemas/" + name}
}

// conform returns where v departs from a schema of the OpenAPI description.
// Of a choice, any that fits will do.
func conform(schemas, schema map[string]any, v any, at string) []string {
	if r, ok := schema["$ref"].(string); ok {
		name := r[len("#/components/schemas/"):]
		if _, known := schemas[name]; !known {
			return []string{at + ": no schema " + name}
		}
		return conform(schemas, schemas[name].(map[string]any), v, at)
	}
	if v == nil {
		if schema["nullable"] == true || len(schema) == 0 {
			return nil
		}
		return []string{at + " is null"}
	}
	if all, ok := schema["allOf"].([]any); ok {
		return conform(schemas, merge(schemas, all), v, at)
	}
	for _, choice := range []string{"oneOf", "anyOf"} {
		if list, ok := schema[choice].([]any); ok {
			var problems []string
			for _, one := range list {
				if problems = conform(schemas, one.(map[string]any), v, at); problems == nil {
					return nil
				}
			}
			return problems
		}
	}
	if enum, ok := schema["enum"].([]any); ok && !slices.Contains(enum, v) {
		return []string{fmt.Sprintf("%s is %v, none of %v", at, v, enum)}
	}
	var problems []string
	kind := ""
	switch v := v.(type) {
	case string:
		kind = "string"
	case bool:
		kind = "boolean"
	case float64:
		kind = "number"
		if schema["type"] == "integer" && v == float64(int64(v)) {
			kind = "integer"
		}
	case []any:
		kind = "array"
		items, _ := schema["items"].(map[string]any)
		for i, item := range v {
			problems = append(problems, conform(schemas, items, item, fmt.Sprintf("%s[%d]", at, i))...)
		}
	case map[string]any:
		kind = "object"
		properties, _ := schema["properties"].(map[string]any)
		required, _ := schema["required"].([]any)
		for _, name := range required {
			if _, ok := v[name.(string)]; !ok {
				problems = append(problems, fmt.Sprintf("%s.%s is missing", at, name))
			}
		}
		for name, value := range v {
			p, ok := properties[name].(map[string]any)
			if !ok {
				if properties != nil {
					problems = append(problems, fmt.Sprintf("%s.%s is unknown", at, name))
				}
				continue
			}
			problems = append(problems, conform(schemas, p, value, at+"."+name)...)
		}
	}
	if want, ok := schema["type"]; ok && want != kind {
		problems = append(problems, fmt.Sprintf("%s is of type %s, want %v", at, kind, want))
	}
	return problems
}

// merge lays the parts of an allOf over each other.
func merge(schemas map[string]any, parts []any) map[string]any {
	out := map[string]any{"properties": map[string]any{}, "required": []any{}}
	for _, part := range parts {
		p := part.(map[string]any)
		if r, ok := p["$ref"].(string); ok {
			p = schemas[r[len("#/components/schemas/"):]].(map[string]any)
		}
		if t, ok := p["type"]; ok {
			out["type"] = t
		}
		required, _ := p["required"].([]any)
		out["required"] = append(out["required"].([]any), required...)
		properties, _ := p["properties"].(map[string]any)
		for name, schema := range properties {
			out["properties"].(map[string]any)[name] = schema
		}
	}
	return out
}

// What the sandbox's GraphQL has, GitHub's must have too, with the same types
// and nullability, or the program is tested against something that isn't there.
func TestSchemaIsPartOfGitHubs(t *testing.T) {
	text, err := os.ReadFile(publishedSchema)
	if err != nil {
		t.Skip("the published GraphQL schema is not at hand")
	}
	theirs, err := parser.ParseSchema(&ast.Source{Name: "theirs", Input: string(text)})
	if err != nil {
		t.Fatal(err)
	}
	ours, err := parser.ParseSchema(&ast.Source{Name: "ours", Input: schemaText})
	if err != nil {
		t.Fatal(err)
	}
	fields := 0
	for _, d := range ours.Definitions {
		real := theirs.Definitions.ForName(d.Name)
		if real == nil || real.Kind != d.Kind {
			t.Errorf("%s %s: GitHub has no such type", d.Kind, d.Name)
			continue
		}
		for _, i := range d.Interfaces {
			if !slices.Contains(real.Interfaces, i) {
				t.Errorf("%s implements %s, and GitHub's doesn't", d.Name, i)
			}
		}
		for _, v := range d.EnumValues {
			if real.EnumValues.ForName(v.Name) == nil {
				t.Errorf("%s.%s: GitHub has no such value", d.Name, v.Name)
			}
		}
		for _, r := range real.Fields {
			if d.Kind == ast.InputObject && r.Type.NonNull && d.Fields.ForName(r.Name) == nil {
				t.Errorf("%s.%s: GitHub requires it", d.Name, r.Name)
			}
		}
		for _, f := range d.Fields {
			fields++
			r := real.Fields.ForName(f.Name)
			if r == nil || r.Type.String() != f.Type.String() {
				t.Errorf("%s.%s: %s, GitHub's is %v", d.Name, f.Name, f.Type, r)
				continue
			}
			if f.DefaultValue.String() != r.DefaultValue.String() {
				t.Errorf("%s.%s: by default %s, GitHub's %s", d.Name, f.Name, f.DefaultValue, r.DefaultValue)
			}
			for _, a := range f.Arguments {
				ra := r.Arguments.ForName(a.Name)
				if ra == nil || ra.Type.String() != a.Type.String() || ra.DefaultValue.String() != a.DefaultValue.String() {
					t.Errorf("%s.%s(%s): GitHub's argument is another", d.Name, f.Name, a.Name)
				}
			}
			for _, ra := range r.Arguments {
				if ra.Type.NonNull && ra.DefaultValue == nil && f.Arguments.ForName(ra.Name) == nil {
					t.Errorf("%s.%s: GitHub requires the argument %s", d.Name, f.Name, ra.Name)
				}
			}
		}
	}
	if fields < 80 {
		t.Errorf("%d fields compared, which can't be all", fields)
	}
}
