package owner

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/shurcooL/githubv4"

	"github.com/openedx/advisory-reminders/internal/transport"
)

// concurrency is how many calls run at a time.
const concurrency = 8

// A Client asks GitHub's GraphQL API.
type Client struct {
	graph *githubv4.Client
}

// NewClient returns a client for the GraphQL endpoint at graphqlURL. The HTTP
// client adds the token, retries and waits for rate limits.
func NewClient(httpClient *http.Client, graphqlURL string) *Client {
	if httpClient == nil {
		httpClient = http.DefaultClient
	}
	listening := *httpClient
	if listening.Transport == nil {
		listening.Transport = http.DefaultTransport
	}
	listening.Transport = listener{listening.Transport}
	return &Client{graph: githubv4.NewEnterpriseClient(graphqlURL, &listening)}
}

// A session is all the calls of one inquiry.
type session struct {
	graph        *githubv4.Client
	slots        chan struct{}
	calls        atomic.Int32
	unauthorized atomic.Int32 // calls that were answered 401
	inVain       atomic.Int32 // things in a row that nothing came of, asked for alone and twice
}

func (c *Client) session() *session {
	return &session{graph: c.graph, slots: make(chan struct{}, concurrency)}
}

// A fault is why something could not be looked at.
type fault struct {
	reason  string
	refused bool // the token may not ask for that
	whole   bool // it is about the whole call
	again   bool // the same or a smaller question may be answered
}

// A reply is the answer to one item of a batch. With neither a value nor a
// fault, GitHub says that there is no such thing.
type reply[T any] struct {
	value *T
	fault *fault
}

// askAll asks for one T for every item, size of them in a call. The field is
// the text of a GraphQL field; in it and in the tags of T, a # stands for the
// number of the item. The items are the variables, without the number.
func askAll[T any](ctx context.Context, s *session, field string, size int, items []map[string]string) []reply[T] {
	replies := make([]reply[T], len(items))
	var calls []func()
	for lo := 0; lo < len(items); lo += size {
		hi := min(lo+size, len(items))
		calls = append(calls, func() { copy(replies[lo:hi], askHalves[T](ctx, s, field, items[lo:hi])) })
	}
	sideBySide(calls...)
	return replies
}

// maxInVain is of how many things in a row nothing may come, asked for alone and
// twice, before nothing is asked again: then GitHub is out of order, and not one of
// the things that it was asked for.
const maxInVain = 12

// askHalves asks one batch, and what came to nothing once more: alone where there
// were other answers, else in two halves, down to one. GitHub gives up on a query
// that takes longer than ten seconds, or on one thing in it, and says nothing
// about the others then.
func askHalves[T any](ctx context.Context, s *session, field string, items []map[string]string) []reply[T] {
	replies := ask[T](ctx, s, field, items)
	var open []int
	for i, r := range replies {
		if r.fault != nil && r.fault.again {
			open = append(open, i)
		}
	}
	if len(open) == 0 || ctx.Err() != nil || s.inVain.Load() >= maxInVain {
		return replies
	}
	rest := make([]map[string]string, len(open))
	for k, i := range open {
		rest[k] = items[i]
	}
	var once []reply[T]
	switch half := len(rest) / 2; {
	case len(items) == 1:
		if once = ask[T](ctx, s, field, rest); once[0].fault != nil && once[0].fault.again {
			s.inVain.Add(1)
		} else {
			s.inVain.Store(0)
		}
	case len(rest) < len(items):
		once = askHalves[T](ctx, s, field, rest)
	default:
		once = append(askHalves[T](ctx, s, field, rest[:half]), askHalves[T](ctx, s, field, rest[half:])...)
	}
	for k, i := range open {
		replies[i] = once[k]
	}
	return replies
}

// ask makes one call.
func ask[T any](ctx context.Context, s *session, field string, items []map[string]string) []reply[T] {
	replies := make([]reply[T], len(items))
	s.call(ctx, part{reflect.TypeFor[T](), field, items, func(i int, value reflect.Value, f *fault) {
		replies[i] = newReply[T](value, f)
	}})
	return replies
}

// askBoth makes one call about two kinds of things. Where that is refused, or
// something comes to nothing, each kind is asked for by itself, so that neither
// takes the other along.
func askBoth[T, U any](ctx context.Context, s *session, fieldT string, ts []map[string]string, fieldU string, us []map[string]string) ([]reply[T], []reply[U]) {
	t, u := make([]reply[T], len(ts)), make([]reply[U], len(us))
	whole := s.call(ctx,
		part{reflect.TypeFor[T](), fieldT, ts, func(i int, value reflect.Value, f *fault) { t[i] = newReply[T](value, f) }},
		part{reflect.TypeFor[U](), fieldU, us, func(i int, value reflect.Value, f *fault) { u[i] = newReply[U](value, f) }},
	)
	again := whole != nil && whole.whole
	for _, r := range t {
		again = again || r.fault != nil && r.fault.again
	}
	for _, r := range u {
		again = again || r.fault != nil && r.fault.again
	}
	if again && ctx.Err() == nil {
		sideBySide(
			func() { t = askHalves[T](ctx, s, fieldT, ts) },
			func() { u = askHalves[U](ctx, s, fieldU, us) },
		)
	}
	return t, u
}

func newReply[T any](value reflect.Value, f *fault) reply[T] {
	if f != nil || value.IsNil() {
		return reply[T]{fault: f}
	}
	return reply[T]{value: value.Convert(reflect.TypeFor[*T]()).Interface().(*T)}
}

// A part of a call asks for things of one kind.
type part struct {
	of    reflect.Type
	field string
	items []map[string]string
	take  func(i int, value reflect.Value, f *fault) // the value may be nil
}

// call makes one call, and returns what is wrong with its answer as a whole.
func (s *session) call(ctx context.Context, parts ...part) *fault {
	s.slots <- struct{}{}
	defer func() { <-s.slots }()

	query, variables := question(parts...)
	n, of := 0, query.Elem().NumField()-1
	if of > 1 { // where it fails its halves are asked for, which is sooner done
		ctx = transport.Once(ctx)
	}
	var a answer
	err := s.graph.Query(withAnswer(ctx, &a), query.Interface(), variables)
	s.calls.Add(1)

	whole := s.wholeFault(query, a, err)
	for _, p := range parts {
		for i := range p.items {
			value := query.Elem().Field(n)
			f := whole
			if f == nil {
				f = a.about(n, of, value.IsNil())
			}
			p.take(i, value, f)
			n++
		}
	}
	return whole
}

// wholeFault returns what is wrong with an answer as a whole. Its last field is
// always there where there is any data.
func (s *session) wholeFault(query reflect.Value, a answer, err error) *fault {
	var transportError *url.Error
	var status statusError
	switch {
	case errors.As(err, &status):
		if status == http.StatusUnauthorized {
			s.unauthorized.Add(1)
		}
		return &fault{reason: status.Error(), again: status >= 500}
	case errors.Is(err, errLimited): // it was waited for, as long as there was time
		return &fault{reason: errLimited.Error()}
	case errors.Is(err, errTooLong):
		return &fault{reason: errTooLong.Error(), again: true}
	case errors.Is(err, errBroken):
		return &fault{reason: errBroken.Error(), again: true}
	case errors.As(err, &transportError):
		return &fault{reason: transport.Clean(err).Error(), again: true}
	}
	data := query.Elem().Field(query.Elem().NumField()-1).String() != ""
	switch {
	case len(a.errors) > 0 && data:
		return nil
	case len(a.errors) > 0:
		return a.refused()
	case err != nil:
		return &fault{reason: "GitHub's answer is not of the form that was asked for", again: true}
	case !data:
		return &fault{reason: "GitHub answered nothing", again: true}
	}
	return nil
}

func alias(i int) string { return "q" + strconv.Itoa(i) }

func isAlias(s string) bool {
	n, err := strconv.Atoi(strings.TrimPrefix(s, "q"))
	return err == nil && s == alias(n)
}

// question builds a pointer to a struct with a pointer for every item, and its
// variables.
func question(parts ...part) (reflect.Value, map[string]any) {
	var fields []reflect.StructField
	variables := make(map[string]any)
	for _, p := range parts {
		for _, item := range p.items {
			n := strconv.Itoa(len(fields))
			text := alias(len(fields)) + ": " + strings.ReplaceAll(p.field, "#", n)
			fields = append(fields, reflect.StructField{
				Name: "Q" + n,
				Type: reflect.PointerTo(numbered(p.of, n)),
				Tag:  reflect.StructTag(fmt.Sprintf("graphql:%q", text)),
			})
			for name, value := range item {
				variables[name+n] = githubv4.String(value)
			}
		}
	}
	fields = append(fields, reflect.StructField{
		Name: "Typename",
		Type: reflect.TypeFor[string](),
		Tag:  `graphql:"__typename"`,
	})
	return reflect.New(reflect.StructOf(fields)), variables
}

// numbered returns t with a number for every # in the tags of its fields, those
// of nameless structs inside it included. It differs from t in tags alone, so
// that values can be converted.
func numbered(t reflect.Type, n string) reflect.Type {
	if t.Kind() == reflect.Pointer && t.Name() == "" && t.Elem().Name() == "" {
		return reflect.PointerTo(numbered(t.Elem(), n))
	}
	if t.Kind() != reflect.Struct {
		return t
	}
	fields := make([]reflect.StructField, t.NumField())
	for i := range fields {
		f := t.Field(i)
		if f.Type.Name() == "" {
			f.Type = numbered(f.Type, n)
		}
		tag := strings.ReplaceAll(string(f.Tag), "#", n)
		fields[i] = reflect.StructField{Name: f.Name, Type: f.Type, Tag: reflect.StructTag(tag)}
	}
	return reflect.StructOf(fields)
}
