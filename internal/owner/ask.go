package owner

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/openedx/advisory-reminders/internal/transport"
)

// A Client asks GitHub's GraphQL API.
type Client struct {
	http *http.Client
	url  string
}

// NewClient returns a client for the GraphQL endpoint at graphqlURL. The HTTP
// client adds the token, retries and waits for rate limits.
func NewClient(httpClient *http.Client, graphqlURL string) *Client {
	return &Client{http: httpClient, url: graphqlURL}
}

// A kind is what all questions of one kind have in common.
type kind struct {
	field    string // the GraphQL field; every # in it stands for the question's number
	fragment string // that the field uses, or empty
}

// A question asks for one thing, and has the answer afterwards.
type question struct {
	kind
	variables map[string]string // by name, without the number
	decode    func(json.RawMessage) error
	take      func() // what an inquiry does with the answer
	answer
}

// newQuestion returns a question whose answer is put into value: all of it if it is found,
// and what is left of it beside a refusal. Otherwise the value stays as it is.
func newQuestion[T any](k kind, value *T, variables map[string]string) *question {
	return &question{kind: k, variables: variables, decode: func(raw json.RawMessage) error {
		var v T
		err := json.Unmarshal(raw, &v)
		if err == nil {
			*value = v
		}
		return err
	}}
}

// A session is all the calls of one inquiry.
type session struct {
	*Client
	slots        chan struct{}
	calls        atomic.Int32
	unauthorized atomic.Int32 // calls that were answered 401
	inVain       atomic.Int32 // questions in a row without an answer, each asked alone and twice
}

func (c *Client) session() *session {
	return &session{Client: c, slots: make(chan struct{}, transport.AtOnce)}
}

// askAll asks several lists of questions at the same time, up to size of them in a
// call.
func (s *session) askAll(ctx context.Context, size int, lists ...[]*question) {
	var calls [][]*question
	for _, list := range lists {
		calls = slices.AppendSeq(calls, slices.Chunk(list, size))
	}
	errs := transport.Each(len(calls), transport.AtOnce, func(i int) error {
		s.ask(ctx, calls[i])
		return nil
	})
	if err := errors.Join(errs...); err != nil {
		panic(err) // in the caller, who can recover
	}
}

// maxInVain is how many questions in a row can go without an answer, each asked
// alone and twice, before nothing is asked again: by then GitHub is out of order,
// and not one of the things that it was asked for.
const maxInVain = 12

// ask asks questions in one call, and those without an answer once more: together
// if there were other answers, else in two parts, down to one. GitHub gives up on a
// query that takes longer than ten seconds, or on one thing in it, and then says
// nothing about the others. Where there are several kinds, they are the parts, so a
// refused kind does not take the others along.
func (s *session) ask(ctx context.Context, questions []*question) {
	s.call(ctx, questions)
	part := slices.IndexFunc(questions, func(q *question) bool { return q.kind != questions[0].kind })
	mixed, stop := part > 0, s.inVain.Load() >= maxInVain
	var open []*question
	for _, q := range questions {
		if q.again && !stop || q.whole && mixed {
			open = append(open, q)
		}
	}
	if !mixed {
		part = len(questions) / 2
	}
	switch {
	case len(open) == 0, ctx.Err() != nil:
	case len(questions) == 1:
		if s.call(ctx, questions); questions[0].again {
			s.inVain.Add(1)
		}
	case len(open) < len(questions):
		s.ask(ctx, open)
	default:
		s.ask(ctx, questions[:part])
		s.ask(ctx, questions[part:])
	}
}

// call makes one call.
func (s *session) call(ctx context.Context, questions []*question) {
	s.slots <- struct{}{}
	defer func() { <-s.slots }()
	if len(questions) > 1 { // if it fails, its parts are asked, which is faster
		ctx = transport.Once(ctx)
	}
	query, variables := compose(questions)
	data, errs, err := transport.GraphQL(ctx, s.http, s.url, query, variables)
	s.calls.Add(1)
	if transport.Status(err) == http.StatusUnauthorized {
		s.unauthorized.Add(1)
	}
	whole, none := noAnswer(data, errs, err)
	for i, q := range questions {
		q.answer = whole
		if !none {
			q.answer = q.read(data, errs, i, len(questions))
		}
		if q.status != unseen || q.refused {
			s.inVain.Store(0)
		}
	}
}

// compose returns a query for all questions, and its variables.
func compose(questions []*question) (string, map[string]any) {
	var declarations, fields, fragments []string
	variables := make(map[string]any)
	for i, q := range questions {
		n := strconv.Itoa(i)
		for _, name := range slices.Sorted(maps.Keys(q.variables)) {
			declarations = append(declarations, "$"+name+n+": String!")
			variables[name+n] = q.variables[name]
		}
		fields = append(fields, alias(i)+": "+strings.ReplaceAll(q.field, "#", n))
		if q.fragment != "" && !slices.Contains(fragments, q.fragment) {
			fragments = append(fragments, q.fragment)
		}
	}
	query := "query(" + strings.Join(declarations, ", ") + ") {\n" + strings.Join(fields, "\n") + "\n}\n"
	return query + strings.Join(fragments, "\n"), variables
}

// alias returns what the i-th question is called in a query and its answer.
func alias(i int) string { return "q" + strconv.Itoa(i) }
