package github

import (
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

var readable = sync.OnceValue(func() *ast.Schema {
	return gqlparser.MustLoadSchema(&ast.Source{Name: "schema", Input: schemaText})
})

const maxNodes = 500_000

// A queryPlan is what GitHub looks at before it executes a query.
type queryPlan struct {
	places map[string]location // of fields, by their path without indexes
	fields []*ast.Field
	nodes  int // how many the query can ask for at most
	lists  int // how many connections it can have to follow
}

// Cost is what a request to GraphQL counts for GitHub's limit of an hour, by its body.
//
// Source: https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api#predicting-the-point-value-of-a-query
func Cost(body []byte) int {
	plan, errs := readQuery(readGraphQL(body))
	if len(errs) > 0 {
		return 1
	}
	return max(1, (plan.lists+50)/100)
}

// readQuery parses a query and holds it against the schema.
func readQuery(q graphQLRequest) (*queryPlan, []graphQLError) {
	doc, err := parser.ParseQuery(&ast.Source{Name: "query", Input: q.Query})
	if err != nil {
		return nil, worded(err)
	}
	if list := validator.ValidateWithRules(readable(), doc, rules.NewDefaultRules()); len(list) > 0 {
		return nil, worded(list)
	}
	op := doc.Operations.ForName(q.OperationName)
	if op == nil {
		return nil, []graphQLError{{Message: "An operation name is required"}}
	}
	variables, err := validator.VariableValues(readable(), op, q.Variables)
	if err != nil {
		return nil, worded(err)
	}
	p := &queryPlan{places: map[string]location{}}
	p.walk(op.SelectionSet, "", 1, variables)
	return p, nil
}

// walk notes the fields of a selection. times is how often it can come at
// most, by the sizes of the pages around it.
func (p *queryPlan) walk(set ast.SelectionSet, path string, times int, variables map[string]any) {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.InlineFragment:
			p.walk(s.SelectionSet, path, times, variables)
		case *ast.FragmentSpread:
			p.walk(s.Definition.SelectionSet, path, times, variables)
		case *ast.Field:
			at := path + "/" + s.Alias
			if _, ok := p.places[at]; !ok {
				p.places[at] = location{s.Position.Line, s.Position.Column}
			}
			p.fields = append(p.fields, s)
			below := times
			if n := pageSize(s, variables); n > 0 {
				p.lists = min(p.lists+times, 10*maxNodes)
				below = min(times*n, 10*maxNodes)
				p.nodes += below
			}
			p.walk(s.SelectionSet, at, below, variables)
		}
	}
}

// pageSize returns what a connection's first argument says, and 0 for other
// fields.
func pageSize(f *ast.Field, variables map[string]any) int {
	if f.Definition == nil || f.Definition.Arguments.ForName("first") == nil {
		return 0
	}
	var n int
	fmt.Sscan(fmt.Sprint(f.ArgumentMap(variables)["first"]), &n)
	return n
}

// place returns where in the query a field of the answer was asked for.
func (p *queryPlan) place(path []any) (location, bool) {
	var key strings.Builder
	for _, step := range path {
		if name, ok := step.(string); ok {
			key.WriteString("/" + name)
		}
	}
	at, ok := p.places[key.String()]
	return at, ok
}

// refused returns why the query isn't executed at all.
func (p *queryPlan) refused(t *Token) []graphQLError {
	if p.nodes > maxNodes {
		return []graphQLError{{Type: "MAX_NODE_LIMIT_EXCEEDED", Message: fmt.Sprintf(
			"This query requests up to %d possible nodes which exceeds the maximum limit of %d.", p.nodes, maxNodes)}}
	}
	var errs []graphQLError
	for _, f := range p.fields {
		scopes := ""
		switch {
		case t.App:
		case !t.Emails && f.ObjectDefinition.Name == "User" && f.Name == "email":
			scopes = "'user:email', 'read:user'"
		case !t.Members && t.Scopes != nil && needsMembers[f.ObjectDefinition.Name+"."+f.Name]:
			scopes = "'read:org', 'read:discussion'"
		}
		if scopes == "" {
			continue
		}
		has := "''"
		if len(t.Scopes) > 0 {
			has = "'" + strings.Join(t.Scopes, "', '") + "'"
		}
		errs = append(errs, graphQLError{
			Type:      "INSUFFICIENT_SCOPES",
			Locations: []location{{f.Position.Line, f.Position.Column}},
			Message: fmt.Sprintf("Your token has not been granted the required scopes to execute this query. "+
				"The '%s' field requires one of the following scopes: [%s], but your token has only been granted "+
				"the: [%s] scopes. Please modify your token's scopes at: https://github.com/settings/tokens.",
				f.Name, scopes, has),
		})
	}
	return errs
}

// needsMembers are the fields that want the scope read:org of a classic token.
// Tokens of the other kinds are refused by the resolvers, field by field.
var needsMembers = map[string]bool{
	"Organization.team": true, "Organization.teams": true, "Organization.membersWithRole": true,
}

// worded turns errors of the parser and of the validation into GitHub's form.
func worded(err error) []graphQLError {
	var list gqlerror.List
	var single *gqlerror.Error
	if !errors.As(err, &list) && errors.As(err, &single) {
		list = gqlerror.List{single}
	}
	var out []graphQLError
	for _, e := range list {
		g := graphQLError{Message: e.Message}
		for _, l := range e.Locations {
			g.Locations = append(g.Locations, location{l.Line, l.Column})
		}
		if e.Rule == "FieldsOnCorrectType" {
			g.Extensions = map[string]any{"code": "undefinedField"}
		}
		out = append(out, g)
	}
	if len(out) == 0 {
		out = []graphQLError{{Message: err.Error()}}
	}
	return out
}
