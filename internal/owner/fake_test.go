package owner

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"

	"github.com/openedx/advisory-reminders/internal/advisory"
)

// object is what a GraphQL field can hold.
type fields = map[string]any

// A fakeGitHub answers queries the way GitHub does: a field of the query is a
// call of a function, and what it does not find is null with an error.
type fakeGitHub struct {
	t      *testing.T
	schema *ast.Schema // nil where it isn't there

	repositories map[string]fields   // by owner/name, in lower case
	teams        map[string]fields   // by org/slug
	members      map[string][]string // by org/slug
	orgs         map[string][]string // members by organization
	emails       map[string]string
	verified     map[string][]string
	forbidden    map[string]string // a root field with its arguments, to the path below it

	// answer, where it is set, may answer a call in the fake's place.
	answer func(w http.ResponseWriter, query string, call int) bool

	mu      sync.Mutex
	queries []string
}

// accountID returns the account id of a login.
func accountID(login string) int64 {
	return 1000 + int64(crc32.ChecksumIEEE([]byte(strings.ToLower(login)))>>2)
}

// newFake starts a fake with an organization and nobody in it.
func newFake(t *testing.T) *fakeGitHub {
	return &fakeGitHub{
		t:            t,
		schema:       loadSchema(t),
		repositories: make(map[string]fields),
		teams:        make(map[string]fields),
		members:      make(map[string][]string),
		orgs:         map[string][]string{"openedx": nil},
		emails:       make(map[string]string),
		verified:     make(map[string][]string),
		forbidden:    make(map[string]string),
	}
}

// repo adds a public repository with files.
func (g *fakeGitHub) repo(name string, files ...string) fields {
	owner, _, _ := strings.Cut(name, "/")
	r := fields{
		"nameWithOwner": name,
		"isArchived":    false,
		"owner":         fields{"__typename": "Organization", "login": owner},
	}
	for i := 0; i < len(files); i += 2 {
		r["HEAD:"+files[i]] = fields{"text": files[i+1], "isBinary": false, "isTruncated": false}
	}
	g.repositories[strings.ToLower(name)] = r
	return r
}

// team adds a team of openedx. Its members become members of the organization.
func (g *fakeGitHub) team(slug string, members ...string) {
	g.teams["openedx/"+slug] = fields{"name": "The " + slug, "slug": slug}
	g.members["openedx/"+slug] = members
	g.member(members...)
}

// member adds members of openedx, with an address in a verified domain and a
// public one.
func (g *fakeGitHub) member(logins ...string) {
	for _, login := range logins {
		g.user(login)
		g.orgs["openedx"] = append(g.orgs["openedx"], strings.ToLower(login))
		g.verified[strings.ToLower(login)] = []string{strings.ToLower(login) + "@openedx.example"}
	}
}

// user adds a user with a public address.
func (g *fakeGitHub) user(login string) {
	g.emails[strings.ToLower(login)] = login + "@public.example"
}

// start serves the fake and returns a client of it.
func (g *fakeGitHub) start() *Client {
	server := httptest.NewServer(g)
	g.t.Cleanup(server.Close)
	return NewClient(server.Client(), server.URL)
}

// An asked is a request, and the drafts that it is about.
type asked struct {
	Request
	Drafts []advisory.Advisory
}

// resolve asks about drafts that are all known.
func (c *Client) resolve(ctx context.Context, r asked) (Result, error) {
	return c.Begin(ctx, r.Request).Result(r.Drafts)
}

// resolve asks about one draft for every repository.
func (g *fakeGitHub) resolve(r asked) Result {
	g.t.Helper()
	result, err := g.start().resolve(context.Background(), r)
	if err != nil {
		g.t.Fatal(err)
	}
	return result
}

// calls returns how many queries hold a text.
func (g *fakeGitHub) calls(text string) int {
	n := 0
	for _, q := range g.queries {
		if strings.Contains(q, text) {
			n++
		}
	}
	return n
}

// ServeHTTP implements http.Handler.
func (g *fakeGitHub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Query     string
		Variables map[string]any
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		g.t.Errorf("request: %v", err)
		return
	}
	g.mu.Lock()
	g.queries = append(g.queries, in.Query)
	call := len(g.queries)
	g.mu.Unlock()
	doc, err := parser.ParseQuery(&ast.Source{Input: in.Query})
	if err != nil {
		g.t.Errorf("parse %s: %v", in.Query, err)
		return
	}
	if g.schema != nil {
		if errs := validator.ValidateWithRules(g.schema, doc, nil); len(errs) > 0 {
			g.t.Errorf("%s is not valid against GitHub's schema: %v", in.Query, errs)
		}
		if _, err := validator.VariableValues(g.schema, doc.Operations[0], in.Variables); err != nil {
			g.t.Errorf("variables of %s: %v", in.Query, err)
		}
	}
	if g.answer != nil && g.answer(w, in.Query, call) {
		return
	}
	// Built by hand, since the fields of an answer come in the order of the query.
	var data strings.Builder
	var errs []fields
	for i, s := range doc.Operations[0].SelectionSet {
		f := s.(*ast.Field)
		if i > 0 {
			data.WriteString(",")
		}
		value, e := g.root(doc, f, in.Variables)
		if e != nil {
			errs = append(errs, e)
		}
		b, _ := json.Marshal(value)
		fmt.Fprintf(&data, "%q:%s", f.Alias, b)
	}
	b, _ := json.Marshal(errs)
	if errs == nil {
		fmt.Fprintf(w, `{"data":{%s}}`, data.String())
		return
	}
	fmt.Fprintf(w, `{"data":{%s},"errors":%s}`, data.String(), b)
}

// root answers one field of a query.
func (g *fakeGitHub) root(doc *ast.QueryDocument, f *ast.Field, variables map[string]any) (any, fields) {
	arg := func(f *ast.Field, name string) string {
		v, err := f.Arguments.ForName(name).Value.Value(variables)
		if err != nil {
			g.t.Error(err)
		}
		return v.(string)
	}
	var value any
	what := ""
	switch f.Name {
	case "__typename":
		return "Query", nil
	case "repository":
		what = arg(f, "owner") + "/" + arg(f, "name")
		if r, ok := g.repositories[strings.ToLower(what)]; ok {
			value = r
		}
	case "organization":
		what = arg(f, "login")
		if _, ok := g.orgs[what]; ok {
			value = fields{"team": func(f *ast.Field) any {
				key := what + "/" + arg(f, "slug")
				t, ok := g.teams[key]
				if !ok {
					return nil
				}
				t = fields{"name": t["name"], "slug": t["slug"]}
				t["members"] = func(f *ast.Field) any {
					after := ""
					if f.Arguments.ForName("after") != nil {
						after = arg(f, "after")
					}
					return g.page(key, after)
				}
				return t
			}}
		}
	case "user":
		what = strings.ToLower(arg(f, "login"))
		if email, ok := g.emails[what]; ok {
			value = fields{
				"login": strings.TrimSuffix(email, "@public.example"),

				"databaseId": accountID(what),
				"name":       "Name of " + what,
				"email":      email,
				"organization": func(f *ast.Field) any {
					org := arg(f, "login")
					if slices.Contains(g.orgs[org], what) {
						return fields{"login": org}
					}
					return nil
				},
				"organizationVerifiedDomainEmails": func(f *ast.Field) any { return append([]string{}, g.verified[what]...) },
			}
		}
	}
	if value == nil {
		return nil, fields{"type": "NOT_FOUND", "path": []string{f.Alias}, "message": "Could not resolve to it: SECRET"}
	}
	if below, ok := g.forbidden[f.Name+" "+what]; ok && strings.Contains(fmt.Sprint(selected(doc, f.SelectionSet)), below) {
		return nil, fields{"type": "FORBIDDEN", "path": []string{f.Alias, below}, "message": "Resource not accessible: SECRET"}
	}
	return project(doc, f.SelectionSet, value), nil
}

// selected returns the names of what is selected, in fragments too.
func selected(doc *ast.QueryDocument, set ast.SelectionSet) []string {
	var names []string
	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			names = append(names, s.Name)
		case *ast.FragmentSpread:
			names = append(names, selected(doc, doc.Fragments.ForName(s.Name).SelectionSet)...)
		}
	}
	return names
}

// page returns 100 members at a time, with a cursor.
func (g *fakeGitHub) page(key, after string) fields {
	from := 0
	if after != "" {
		if _, err := fmt.Sscanf(after, "from-%d", &from); err != nil {
			g.t.Error(err)
		}
	}
	all := g.members[key]
	to := min(from+100, len(all))
	var nodes []fields
	for _, m := range all[from:to] {
		nodes = append(nodes, fields{"login": m, "databaseId": accountID(m), "name": nil})
	}
	info := fields{"hasNextPage": to < len(all), "endCursor": nil}
	if to > from {
		info["endCursor"] = fmt.Sprintf("from-%d", to)
	}
	return fields{"nodes": nodes, "pageInfo": info}
}

// project returns what a query selects of a value.
func project(doc *ast.QueryDocument, set ast.SelectionSet, value any) any {
	switch v := value.(type) {
	case fields:
		out := make(fields)
		for _, s := range set {
			switch s := s.(type) {
			case *ast.InlineFragment:
				add(out, project(doc, s.SelectionSet, v).(fields))
			case *ast.FragmentSpread:
				add(out, project(doc, doc.Fragments.ForName(s.Name).SelectionSet, v).(fields))
			case *ast.Field:
				inner := v[s.Name]
				if s.Name == "object" {
					inner = v[s.Arguments.ForName("expression").Value.Raw]
				}
				if call, ok := inner.(func(*ast.Field) any); ok {
					inner = call(s)
				}
				out[s.Alias] = project(doc, s.SelectionSet, inner)
			}
		}
		return out
	case []fields:
		list := []any{}
		for _, e := range v {
			list = append(list, project(doc, set, e))
		}
		return list
	}
	return value
}

// add adds what a fragment selects, which is nothing of a value of another type.
func add(out, more fields) {
	for k, v := range more {
		if v != nil {
			out[k] = v
		}
	}
}

const schemaFile = "../../../shared/github/schema.graphql"

var schema = sync.OnceValues(func() (*ast.Schema, error) {
	text, err := os.ReadFile(schemaFile)
	if err != nil {
		return nil, nil
	}
	doc, err := parser.ParseSchemas(validator.Prelude, &ast.Source{Name: schemaFile, Input: string(text)})
	if err != nil {
		return nil, err
	}
	// GitHub's file defines two fields twice, which the validator refuses.
	for _, d := range doc.Definitions {
		seen := make(map[string]bool)
		d.Fields = slices.DeleteFunc(d.Fields, func(f *ast.FieldDefinition) bool {
			again := seen[f.Name]
			seen[f.Name] = true
			return again
		})
	}
	s, gerr := validator.ValidateSchemaDocument(doc)
	if gerr != nil {
		return nil, gerr
	}
	return s, nil
})

// loadSchema returns GitHub's schema, or nil where it isn't there.
func loadSchema(t *testing.T) *ast.Schema {
	t.Helper()
	s, err := schema()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// draft returns a draft in a repository, whose id is the repository's name.
func draft(name string) advisory.Advisory {
	r, _ := advisory.ParseRepository(name)
	return advisory.Advisory{ID: name, Repository: r, State: advisory.Draft}
}

// drafts returns a request of the organization for drafts.
func drafts(all ...advisory.Advisory) asked {
	return asked{Drafts: all, Request: Request{
		Organization: "openedx",
		Unmaintained: []advisory.Owner{{Kind: advisory.Team, Name: "openedx-unmaintained"}},
	}}
}
