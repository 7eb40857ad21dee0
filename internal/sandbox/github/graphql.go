package github

import (
	"cmp"
	"context"
	_ "embed"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/graph-gophers/graphql-go"
)

//go:embed graphql_schema.graphql
var schemaText string

var executable = sync.OnceValue(func() *graphql.Schema {
	return graphql.MustParseSchema(schemaText, &queryResolver{})
})

// A graphQLRequest is what a client posts.
type graphQLRequest struct {
	Query         string         `json:"query"`
	OperationName string         `json:"operationName"`
	Variables     map[string]any `json:"variables"`
}

func readGraphQL(body []byte) graphQLRequest {
	var q graphQLRequest
	if json.Unmarshal(body, &q) != nil {
		return graphQLRequest{}
	}
	return q
}

// A graphQLError is an error as GitHub words it: with a type beside the
// message, which the specification has no place for.
type graphQLError struct {
	Type       string         `json:"type,omitempty"`
	Path       []any          `json:"path,omitempty"`
	Extensions map[string]any `json:"extensions,omitempty"`
	Locations  []location     `json:"locations,omitempty"`
	Message    string         `json:"message"`
}

type location struct {
	Line   int `json:"line"`
	Column int `json:"column"`
}

type graphQLAnswer struct {
	Data   json.RawMessage `json:"data,omitempty"`
	Errors []graphQLError  `json:"errors,omitempty"`
}

// graphQL executes a query. Most refusals have the status 200.
func (g *Server) graphQL(c *call) reply {
	if c.token == nil {
		return problem(http.StatusUnauthorized, "This endpoint requires you to be authenticated.")
	}
	var q graphQLRequest
	if !c.read(&q) {
		return unreadable
	}
	if strings.TrimSpace(q.Query) == "" {
		return found(graphQLAnswer{Errors: []graphQLError{{Message: "A query attribute must be specified and must be a string."}}})
	}
	plan, errs := readQuery(q)
	if len(errs) > 0 {
		return found(graphQLAnswer{Errors: errs})
	}
	if refused := plan.refused(c.token); len(refused) > 0 {
		return found(graphQLAnswer{Errors: refused})
	}
	s := &session{call: c, remaining: remaining(g.served.load()), stores: map[*Repository]*objectStore{}}
	ctx := context.WithValue(c.Context(), sessionKey{}, s)
	for _, v := range q.Variables {
		omitNulls(v)
	}
	response := executable().Exec(ctx, q.Query, q.OperationName, q.Variables)
	answer := graphQLAnswer{Data: response.Data}
	for _, e := range response.Errors {
		if e.Path == nil { // of an argument, which GitHub looks at before it executes
			answer.Data = nil
		}
		out := graphQLError{Path: e.Path, Message: e.Message}
		if r, ok := e.ResolverError.(*refusal); ok {
			out.Type, out.Extensions = r.kind, r.extensions
		}
		if at, ok := plan.place(e.Path); ok {
			out.Locations = []location{at}
		}
		answer.Errors = append(answer.Errors, out)
	}
	// Resolvers run side by side, so that errors come in any order.
	slices.SortStableFunc(answer.Errors, func(a, b graphQLError) int {
		if len(a.Locations) == 0 || len(b.Locations) == 0 {
			return cmp.Compare(len(a.Locations), len(b.Locations))
		}
		return cmp.Or(cmp.Compare(a.Locations[0].Line, b.Locations[0].Line),
			cmp.Compare(a.Locations[0].Column, b.Locations[0].Column))
	})
	return found(answer)
}

// omitNulls takes nulls out of an input object, where GitHub has them mean the
// same as nothing. The executor refuses them where there is a default.
func omitNulls(v any) {
	switch v := v.(type) {
	case map[string]any:
		for name, inner := range v {
			if inner == nil {
				delete(v, name)
			}
			omitNulls(inner)
		}
	case []any:
		for _, inner := range v {
			omitNulls(inner)
		}
	}
}

// A refusal is an error of one field.
type refusal struct {
	kind       string // NOT_FOUND, FORBIDDEN, ...
	message    string
	extensions map[string]any
}

func (r *refusal) Error() string { return r.message }

// A session is what the resolvers of one query share.
type session struct {
	*call
	remaining int64 // requests of the hour

	mu     sync.Mutex // resolvers run side by side
	stores map[*Repository]*objectStore
}

// store returns a repository's objects, brought up to date once a query, so
// that they stand still while they are read.
func (s *session) store(r *Repository) *objectStore {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stores[r] == nil {
		s.stores[r] = r.store()
	}
	return s.stores[r]
}

type sessionKey struct{}

func sessionOf(ctx context.Context) *session { return ctx.Value(sessionKey{}).(*session) }

func (s *session) forbidden() error {
	return &refusal{kind: "FORBIDDEN", message: s.refusal(), extensions: map[string]any{"saml_failure": false}}
}
