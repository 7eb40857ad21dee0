// Package transport builds the one HTTP client that all services share: it
// retries what can be retried, waits for rate limits within reason, reads no
// answer beyond a bound, and its errors quote no address, since an address can be a
// secret.
package transport

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// Options says how patient a client is. The zero value is the program's own.
type Options struct {
	Retries int           // tries after the first; default 4
	MinWait time.Duration // before the first retry; default 500 ms, doubled every time
	MaxWait time.Duration // longest wait for a retry, and for a rate limit where the context has no deadline; default 90 s
	Timeout time.Duration // of one try; default 60 s
}

// New returns a client that retries broken connections, 5xx answers and rate
// limits of GitHub and Slack. What it returns after the last try is the last
// answer, so that callers see the status.
func New(o Options) *http.Client {
	r := retryablehttp.NewClient()
	r.Logger = nil
	r.RetryMax = cmp.Or(o.Retries, 4)
	r.RetryWaitMin = cmp.Or(o.MinWait, 500*time.Millisecond)
	r.RetryWaitMax = cmp.Or(o.MaxWait, 90*time.Second)
	r.HTTPClient.Timeout = cmp.Or(o.Timeout, 60*time.Second)
	r.HTTPClient.Transport = whole(r.HTTPClient.Transport)
	r.ErrorHandler = func(resp *http.Response, err error, _ int) (*http.Response, error) {
		if err != nil && resp != nil { // net/http would say on stderr that it ignores one of them
			resp.Body.Close()
			resp = nil
		}
		return resp, err
	}
	r.CheckRetry = func(ctx context.Context, resp *http.Response, err error) (bool, error) {
		if resp != nil && limited(resp) {
			asked := wait(resp, r.RetryWaitMin)
			if tell, ok := ctx.Value(limitKey{}).(func(time.Duration)); ok {
				tell(asked)
			}
			patience := r.RetryWaitMax
			if end, ok := ctx.Deadline(); ok {
				patience = time.Until(end)
			}
			return ctx.Err() == nil && asked < patience, ctx.Err()
		}
		if ctx.Value(onceKey{}) != nil && !neverSent(err) || errors.Is(err, ErrTooLong) {
			return false, ctx.Err()
		}
		return retryablehttp.DefaultRetryPolicy(ctx, resp, err)
	}
	r.Backoff = func(low, high time.Duration, attempt int, resp *http.Response) time.Duration {
		if resp != nil && limited(resp) {
			return wait(resp, low<<attempt)
		}
		return min(low<<attempt, high)
	}
	r.HTTPClient.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	client := r.StandardClient()
	client.CheckRedirect = sameHost
	return client
}

// Observe returns a client of which every answer is shown to see, before anybody
// else has it. See may be called by several goroutines, and must leave the body
// alone.
func Observe(client *http.Client, see func(*http.Response)) *http.Client {
	observed, next := *client, cmp.Or(client.Transport, http.DefaultTransport)
	observed.Transport = roundTrip(func(req *http.Request) (*http.Response, error) {
		resp, err := next.RoundTrip(req)
		if err == nil {
			see(resp)
		}
		return resp, err
	})
	return &observed
}

// roundTrip is a function that is an http.RoundTripper.
type roundTrip func(*http.Request) (*http.Response, error)

// RoundTrip calls f.
func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

type onceKey struct{}

// Once marks the requests of a context as ones that must not be carried out
// twice, such as the post of a message: they are repeated only if they have
// certainly had no effect, that is after a rate limit or where there was no
// connection.
func Once(ctx context.Context) context.Context { return context.WithValue(ctx, onceKey{}, true) }

type limitKey struct{}

// OnLimit returns a context whose requests call tell every time that they meet
// a rate limit, with how long they are asked to wait.
func OnLimit(ctx context.Context, tell func(time.Duration)) context.Context {
	return context.WithValue(ctx, limitKey{}, tell)
}

// neverSent reports whether an error came up before there was a connection.
func neverSent(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

// sameHost lets a client follow redirects within a host only, so that a token
// or what is sent can't leave with one.
func sameHost(req *http.Request, via []*http.Request) error {
	if len(via) >= 5 || req.URL.Host != via[0].URL.Host || req.URL.Scheme != via[0].URL.Scheme {
		return http.ErrUseLastResponse
	}
	return nil
}

// limited reports whether an answer is a rate limit: 429 anywhere; on GitHub 403
// with one of its headers, or with a message that says so; and over GraphQL 200
// with such a message, or with an error of that type.
//
// Source: https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
// and https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api
func limited(r *http.Response) bool {
	if known, ok := r.Body.(peeked); ok { // drained, perhaps
		return known.limited
	}
	most, told := int64(peek), saysLimit
	switch {
	case r.StatusCode == http.StatusTooManyRequests:
		return true
	case r.StatusCode == http.StatusForbidden && (r.Header.Get("X-Ratelimit-Remaining") == "0" || r.Header.Get("Retry-After") != ""):
		return true
	case r.StatusCode == http.StatusForbidden:
	case graphQL(r):
		most, told = maxAnswer, rateLimited
	default:
		return false
	}
	begin, err := io.ReadAll(io.LimitReader(r.Body, most))
	is := err == nil && told(begin)
	r.Body = peeked{io.MultiReader(bytes.NewReader(begin), failing{err}, r.Body), r.Body, is}
	return is
}

// graphQL reports whether an answer is one of GraphQL's, by the path that it has
// on every GitHub. Slack answers a post too, and quotes it.
func graphQL(r *http.Response) bool {
	return r.StatusCode == http.StatusOK && r.Request != nil && r.Request.Method == http.MethodPost && strings.HasSuffix(r.Request.URL.Path, "/graphql")
}

// peek is how much of a refusal is read, in bytes, to learn whether it is a rate
// limit. GraphQL's answers are read to the end, since errors come last.
const peek = 2 << 10

// rateLimited reports whether an answer of GraphQL's is a rate limit, by the types
// and messages of its errors or by the message that stands in its place. GitHub
// has called the type RATE_LIMITED, and calls it RATE_LIMIT.
func rateLimited(text []byte) bool {
	if !slices.ContainsFunc(limitWords, func(w []byte) bool { return bytes.Contains(text, w) }) { // nearly always
		return false
	}
	var a struct {
		Message string
		Errors  []graphQLError
	}
	if json.Unmarshal(text, &a) != nil {
		return false
	}
	isLimit := func(kind string) bool {
		return kind == "RATE_LIMITED" || kind == "RATE_LIMIT" || kind == "graphql_rate_limit"
	}
	return saysLimit([]byte(a.Message)) || slices.ContainsFunc(a.Errors, func(e graphQLError) bool {
		return isLimit(e.Type) || isLimit(e.Code) || isLimit(e.Extensions.Code) || saysLimit([]byte(e.Message))
	})
}

// limitWords are what one of which stands in every answer that is a limit.
var limitWords = [][]byte{[]byte("RATE_LIMIT"), []byte("rate_limit"), []byte("rate limit")}

// saysLimit reports whether a message is that of a rate limit.
func saysLimit(message []byte) bool {
	return bytes.Contains(message, []byte("exceeded a secondary rate limit")) || bytes.Contains(message, []byte("API rate limit"))
}

// peeked is a body whose beginning was read, and what that told.
type peeked struct {
	io.Reader
	io.Closer
	limited bool
}

// failing returns the error with which a body ended, if that was not its end.
type failing struct{ err error }

// Read returns the error, or io.EOF.
func (f failing) Read([]byte) (int, error) {
	if f.err == nil {
		return 0, io.EOF
	}
	return 0, f.err
}

// wait returns how long a limited answer asks to wait.
func wait(r *http.Response, otherwise time.Duration) time.Duration {
	if s, err := strconv.Atoi(r.Header.Get("Retry-After")); err == nil && s >= 0 {
		return time.Duration(s) * time.Second
	}
	if r.Header.Get("X-Ratelimit-Remaining") == "0" {
		if s, err := strconv.ParseInt(r.Header.Get("X-Ratelimit-Reset"), 10, 64); err == nil {
			return max(time.Until(time.Unix(s, 0)), 0) + time.Second
		}
	}
	if r.StatusCode != http.StatusTooManyRequests {
		return max(otherwise, time.Minute) // as GitHub asks where it names no time
	}
	return otherwise
}

// Clean returns err without the address that net/http puts into it. Errors
// that hold no address come back as they are.
func Clean(err error) error {
	var u *url.Error
	if !errors.As(err, &u) {
		return err
	}
	switch {
	case errors.Is(u.Err, ErrTooLong):
		return ErrTooLong
	case errors.Is(u.Err, context.DeadlineExceeded), u.Timeout():
		return errors.New("no answer in time")
	case errors.Is(u.Err, io.EOF), errors.Is(u.Err, io.ErrUnexpectedEOF):
		return errors.New("the connection broke")
	}
	return fmt.Errorf("no connection: %w", u.Err)
}
