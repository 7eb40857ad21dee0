package github

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/graph-gophers/graphql-go"
)

const hour = time.Hour

// A connection is one page of a list, as GraphQL hands it out.
type connection[T any] struct {
	all      int
	items    []T
	cursors  []string
	previous bool
	next     bool
}

// page returns the first items after a cursor. GitHub wants to be told how
// many, and gives 100 at most. The cursor holds the last item's key, so that
// it stays right when others come and go.
func page[T any](field string, list []T, key func(T) string, first *int32, after *string) (*connection[T], error) {
	if first == nil {
		return nil, &refusal{kind: "MISSING_PAGINATION_BOUNDARIES", message: fmt.Sprintf(
			"You must provide a `first` or `last` value to properly paginate the `%s` connection.", field)}
	}
	if *first < 0 {
		return nil, &refusal{kind: "INVALID_PAGINATION_BOUNDARIES", message: fmt.Sprintf(
			"`first` on the `%s` connection cannot be less than zero.", field)}
	}
	if *first > 100 {
		return nil, &refusal{kind: "EXCESSIVE_PAGINATION", message: fmt.Sprintf(
			"Requesting %d records on the `%s` connection exceeds the `first` limit of 100 records.", *first, field)}
	}
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b T) int { return compareFold(key(a), key(b)) })
	from := 0
	if after != nil && *after != "" {
		text, err := base64.StdEncoding.DecodeString(*after)
		last, ok := strings.CutPrefix(string(text), "cursor:v2:")
		if err != nil || !ok {
			return nil, &refusal{kind: "INVALID_CURSOR_ARGUMENTS",
				message: fmt.Sprintf("`%s` does not appear to be a valid cursor.", *after)}
		}
		for from < len(list) && compareFold(key(list[from]), last) <= 0 {
			from++
		}
	}
	to := min(from+int(*first), len(list))
	c := &connection[T]{all: len(list), items: list[from:to], previous: from > 0, next: to < len(list)}
	for _, item := range c.items {
		c.cursors = append(c.cursors, base64.StdEncoding.EncodeToString([]byte("cursor:v2:"+key(item))))
	}
	return c, nil
}

func compareFold(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) }

func (c *connection[T]) TotalCount() int32 { return int32(c.all) }

func (c *connection[T]) Nodes() *[]T { return &c.items }

func (c *connection[T]) Edges() *[]*edge[T] {
	edges := []*edge[T]{}
	for i := range c.items {
		edges = append(edges, &edge[T]{c.cursors[i], c.items[i]})
	}
	return &edges
}

func (c *connection[T]) PageInfo() *pageInfo {
	p := &pageInfo{next: c.next, previous: c.previous}
	if len(c.cursors) > 0 {
		p.start, p.end = &c.cursors[0], &c.cursors[len(c.cursors)-1]
	}
	return p
}

type edge[T any] struct {
	cursor string
	node   T
}

func (e *edge[T]) Cursor() string { return e.cursor }
func (e *edge[T]) Node() T        { return e.node }

type pageInfo struct {
	start, end     *string
	next, previous bool
}

func (p *pageInfo) StartCursor() *string  { return p.start }
func (p *pageInfo) EndCursor() *string    { return p.end }
func (p *pageInfo) HasNextPage() bool     { return p.next }
func (p *pageInfo) HasPreviousPage() bool { return p.previous }

// A scalar is a value of one of GitHub's own scalar types, which are all
// written as strings.
type scalar string

// ImplementsGraphQLType reports whether a value can be one of that type.
func (scalar) ImplementsGraphQLType(name string) bool {
	return name == "DateTime" || name == "GitObjectID" || name == "URI"
}

// UnmarshalGraphQL reads an argument.
func (s *scalar) UnmarshalGraphQL(input any) error {
	text, ok := input.(string)
	if !ok {
		return fmt.Errorf("read %T as a string", input)
	}
	*s = scalar(text)
	return nil
}

func graphqlID(kind string, n int) graphql.ID { return graphql.ID(nodeID(kind, n)) }

func pointer[T any](v T) *T { return &v }

func orNil(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
