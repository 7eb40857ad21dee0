package transport

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"

	"github.com/google/go-github/v60/github"
)

// A PostError is an error of a post that GitHub is not known to have carried out.
type PostError struct {
	NoEffect bool // it has certainly had none
	Err      error
}

// Error says what happened, and Unwrap why.
func (e *PostError) Error() string { return e.Err.Error() }

// Unwrap returns the cause, such as a *StatusError.
func (e *PostError) Unwrap() error { return e.Err }

// NoEffect reports whether a post whose error this is has certainly had no effect. One
// that may have had is not to be made again before somebody has looked.
func NoEffect(err error) bool {
	e, ok := errors.AsType[*PostError](err)
	return ok && e.NoEffect
}

var errNotMade = errors.New("GitHub's answer does not show what was made")

// Post makes something on GitHub that can't be taken back, such as a comment. It
// is posted once, and again only where it has certainly had no effect. The answer
// is read into made; shown reports whether it holds what was asked for. An error is
// a *PostError, and says what was tried.
func Post(ctx context.Context, rest *github.Client, path, what string, body, made any, shown func() bool) error {
	fail := func(noEffect bool, err error) error {
		return &PostError{NoEffect: noEffect, Err: fmt.Errorf("%s: %w", what, err)}
	}
	if ctx.Err() != nil {
		return fail(true, ctx.Err())
	}
	req, err := rest.NewRequest(http.MethodPost, path, body)
	if err != nil {
		return fail(true, CleanGitHub(err))
	}
	var out outgoing
	resp, err := rest.Do(out.watch(Once(ctx)), req, made)
	switch status := Status(CleanGitHub(err)); {
	case err == nil && shown():
		return nil
	case err == nil, resp != nil && resp.StatusCode < 300:
		return fail(false, errNotMade) // it may be there all the same
	case status == http.StatusRequestTimeout, status >= 500:
		return fail(false, CleanGitHub(err))
	case status > 0:
		return fail(true, CleanGitHub(err))
	}
	return fail(!out.gone.Load(), CleanGitHub(err))
}

// outgoing sees whether a request left that nobody has answered.
type outgoing struct{ gone atomic.Bool }

// watch returns the context for the request. One that meets a rate limit is
// answered, and may be sent again.
func (o *outgoing) watch(ctx context.Context) context.Context {
	ctx = OnLimit(ctx, func(time.Duration) { o.gone.Store(false) })
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaders: func() { o.gone.Store(true) }})
}
