package github

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
)

// A connection is one page of a list, as GraphQL hands it out.
type connection[T any] struct {
	all   int
	items []T
	info  pageInfo
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
	c := &connection[T]{all: len(list), items: list[from:to], info: pageInfo{next: to < len(list)}}
	if from < to {
		c.info.end = new(base64.StdEncoding.EncodeToString([]byte("cursor:v2:" + key(list[to-1]))))
	}
	return c, nil
}

func compareFold(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) }

func (c *connection[T]) TotalCount() int32 { return int32(c.all) }

func (c *connection[T]) Nodes() *[]T { return &c.items }

func (c *connection[T]) PageInfo() *pageInfo { return &c.info }

type pageInfo struct {
	end  *string
	next bool
}

func (p *pageInfo) EndCursor() *string { return p.end }
func (p *pageInfo) HasNextPage() bool  { return p.next }

// A listing is a connection whose edges say something of each item, such as a role.
type listing[T any] struct {
	*connection[T]
	says func(T) string
}

// listed is page with that.
func listed[T any](field string, list []T, key, says func(T) string, first *int32, after *string) (*listing[T], error) {
	c, err := page(field, list, key, first, after)
	if err != nil {
		return nil, err
	}
	return &listing[T]{c, says}, nil
}

func (l *listing[T]) Edges() *[]*edge[T] {
	edges := []*edge[T]{}
	for _, item := range l.items {
		edges = append(edges, &edge[T]{item, l.says(item)})
	}
	return &edges
}

// An edge has what is said under either name.
type edge[T any] struct {
	node T
	says string
}

func (e *edge[T]) Node() T            { return e.node }
func (e *edge[T]) Permission() string { return e.says }
func (e *edge[T]) Role() *string      { return &e.says }

// A scalar is a GitObjectID, which is written as a string.
type scalar string

// ImplementsGraphQLType reports whether a value can be one of that type.
func (scalar) ImplementsGraphQLType(name string) bool { return name == "GitObjectID" }

// UnmarshalGraphQL reads an argument.
func (s *scalar) UnmarshalGraphQL(input any) error {
	text, ok := input.(string)
	if !ok {
		return fmt.Errorf("read %T as a string", input)
	}
	*s = scalar(text)
	return nil
}
