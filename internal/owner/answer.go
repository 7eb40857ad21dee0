package owner

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// maxAnswer is the size of the largest answer that is read.
const maxAnswer = 64 << 20

// An answer is what an HTTP transport sees of a GraphQL answer and githubv4
// keeps to itself: of which type each error is, and what it is about. The text
// of errors stays behind, since it can quote anything.
type answer struct {
	errors []graphError
}

type graphError struct {
	kind string // such as NOT_FOUND or FORBIDDEN; may be empty
	at   string // the alias that it is about; empty: the answer as a whole
}

// notFound is the one type of error that says something about the thing that
// was asked for, and nothing about the one who asks.
const notFound = "NOT_FOUND"

// A statusError is an answer with another status than 200.
type statusError int

func (e statusError) Error() string { return fmt.Sprintf("GitHub answered %d", int(e)) }

// Errors of answers that cannot be read.
var (
	errTooLong = errors.New("GitHub's answer is too long")
	errBroken  = errors.New("GitHub's answer broke off or is not JSON")
)

type answerKey struct{}

// withAnswer returns a context whose request notes its answer in a.
func withAnswer(ctx context.Context, a *answer) context.Context {
	return context.WithValue(ctx, answerKey{}, a)
}

// A listener is a transport that turns what is no whole answer into a typed
// error, and notes the types of errors in the others.
type listener struct{ base http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (l listener) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := l.base.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, statusError(resp.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return nil, errBroken
	}
	if len(body) > maxAnswer {
		return nil, errTooLong
	}
	a, err := readAnswer(body)
	if err != nil {
		return nil, err
	}
	if noted, ok := req.Context().Value(answerKey{}).(*answer); ok {
		*noted = a
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

// readAnswer reads the errors of an answer. One without a type is of type
// NOT_FOUND where its message begins as GitHub's do.
func readAnswer(body []byte) (answer, error) {
	var wire struct {
		Errors []struct {
			Type    string
			Message string
			Path    []any
		}
	}
	if err := json.Unmarshal(body, &wire); err != nil {
		return answer{}, errBroken
	}
	var a answer
	for _, e := range wire.Errors {
		g := graphError{kind: e.Type}
		if g.kind == "" && strings.HasPrefix(e.Message, "Could not resolve to ") {
			g.kind = notFound
		}
		if len(e.Path) > 0 {
			g.at, _ = e.Path[0].(string)
		}
		a.errors = append(a.errors, g)
	}
	return a, nil
}

// explain returns what a type of error means, in words that quote nothing.
func explain(kind string) string {
	switch kind {
	case "FORBIDDEN":
		return "GitHub refused it to this token"
	case "INSUFFICIENT_SCOPES":
		return "the token lacks a scope"
	case "RATE_LIMITED", "RATE_LIMIT":
		return "GitHub's rate limit is used up"
	}
	return "GitHub could not answer"
}
