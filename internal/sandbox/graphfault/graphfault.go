// Package graphfault spoils the sandbox's GraphQL answers in the ways in which
// GitHub is known not to answer: nearly all of them have the status 200. It
// finds what a query asks for by reading the query, so it doesn't depend on how
// a client writes one.
package graphfault

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync/atomic"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/openedx/advisory-reminders/internal/sandbox"
)

// A Kind is what a field at the root of a query asks for.
type Kind string

// The kinds. A field that asks for nothing of this is of no kind.
const (
	Files    Kind = "repositories' files"
	Teams    Kind = "team members"
	Pages    Kind = "further pages of members"
	People   Kind = "memberships"
	Verified Kind = "verified addresses"
	Public   Kind = "public addresses"
)

// Kinds are all of them.
var Kinds = []Kind{Files, Teams, Pages, People, Verified, Public}

// A Question is one field at the root of a query.
type Question struct {
	Kind  Kind
	Alias string
	About string // in lower case: owner/name, org/slug, or a login

	nullable []string // names, in the answer, of what below it can be null
}

// Questions reads what a request asks for. It leaves the request as it was. A
// request that is no query asks for nothing.
func Questions(r *http.Request) []Question {
	text, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(strings.NewReader(string(text)))
	var in struct {
		Query     string
		Variables map[string]any
	}
	if !strings.HasSuffix(r.URL.Path, "/graphql") || json.Unmarshal(text, &in) != nil {
		return nil
	}
	doc, err := parser.ParseQuery(&ast.Source{Input: in.Query})
	if err != nil || len(doc.Operations) != 1 || doc.Operations[0].Operation != ast.Query {
		return nil
	}
	var list []Question
	for _, f := range fields(doc.Operations[0].SelectionSet, doc.Fragments) {
		list = append(list, newQuestion(f, doc.Fragments, in.Variables))
	}
	return list
}

func newQuestion(f *ast.Field, fragments ast.FragmentDefinitionList, variables map[string]any) Question {
	q := Question{Alias: f.Alias}
	argument := func(f *ast.Field, name string) string {
		a := f.Arguments.ForName(name)
		if a == nil {
			return ""
		}
		value, _ := a.Value.Value(variables)
		s, _ := value.(string)
		return strings.ToLower(s)
	}
	switch f.Name {
	case "repository":
		q.About = argument(f, "owner") + "/" + argument(f, "name")
	case "organization", "user":
		q.About = argument(f, "login")
	}
	for _, below := range fields(f.SelectionSet, fragments) {
		switch {
		case below.Name == "object":
			q.Kind = Files
		case below.Name == "team":
			for _, members := range fields(below.SelectionSet, fragments) {
				if members.Name != "members" {
					continue
				}
				q.Kind, q.About = Teams, argument(f, "login")+"/"+argument(below, "slug")
				if argument(members, "after") != "" {
					q.Kind = Pages
				}
			}
		case f.Name == "user" && below.Name == "organization":
			q.Kind = People
		case below.Name == "organizationVerifiedDomainEmails":
			q.Kind = Verified
			continue
		case below.Name == "email":
			q.Kind = Public
			continue
		default:
			continue
		}
		q.nullable = append(q.nullable, below.Alias)
	}
	return q
}

// fields returns the fields of a selection, those of its fragments included.
func fields(set ast.SelectionSet, fragments ast.FragmentDefinitionList) []*ast.Field {
	var list []*ast.Field
	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			list = append(list, s)
		case *ast.InlineFragment:
			list = append(list, fields(s.SelectionSet, fragments)...)
		case *ast.FragmentSpread:
			if f := fragments.ForName(s.Name); f != nil {
				list = append(list, fields(f.SelectionSet, fragments)...)
			}
		}
	}
	return list
}

// A Break spoils answers.
type Break struct {
	Form Form
	Hit  func(Question) bool // which questions bring the fault about
	Most int32               // how many answers are spoilt; 0 is all

	met atomic.Int32
}

// Met returns how many answers were to be spoilt, those beyond Most included.
func (b *Break) Met() int { return int(b.met.Load()) }

// Fault returns a fault for a GitHub that spoils its answers.
func (b *Break) Fault(g *sandbox.GitHub) func(*http.Request) http.Handler {
	return func(r *http.Request) http.Handler {
		var hit []Question
		for _, q := range Questions(r) {
			if b.Hit(q) {
				hit = append(hit, q)
			}
		}
		if len(hit) == 0 {
			return nil
		}
		if n := b.met.Add(1); b.Most > 0 && n > b.Most {
			return nil
		}
		return b.Form.handler(g.Healthy(), hit)
	}
}
