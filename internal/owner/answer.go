package owner

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/openedx/advisory-reminders/internal/transport"
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
	at   string // the alias that it is about; empty: it does not say
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
	errLimited = errors.New("GitHub's rate limit is used up")
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
	if transport.RateLimited(body) {
		return nil, errLimited
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
			Type, Code, Message string
			Extensions          struct{ Code string }
			Path                []any
		}
	}
	if err := json.Unmarshal(body, &wire); err != nil {
		return answer{}, errBroken
	}
	var a answer
	for _, e := range wire.Errors {
		g := graphError{kind: cmp.Or(e.Type, e.Code, e.Extensions.Code)}
		if g.kind == "" && strings.HasPrefix(e.Message, "Could not resolve to ") {
			g.kind = notFound
		}
		if len(e.Path) > 0 {
			if at, _ := e.Path[0].(string); isAlias(at) {
				g.at = at
			}
		}
		a.errors = append(a.errors, g)
	}
	return a, nil
}

// denied reports whether a type of error is a no to whoever asks. A right may be
// missing, or a GitHub of one's own is too old to know a field. Whatever else
// GitHub may say, it could not answer now.
func denied(kind string) bool {
	return kind == "FORBIDDEN" || kind == "INSUFFICIENT_SCOPES" || kind == "undefinedField"
}

// explain returns what a type of error means, in words that quote nothing.
func explain(kind string) string {
	switch kind {
	case "FORBIDDEN":
		return "GitHub refused it to this token"
	case "INSUFFICIENT_SCOPES":
		return "the token lacks a scope"
	case "undefinedField":
		return "this GitHub does not know of it"
	}
	return "GitHub could not answer"
}

// refused returns a fault where an answer without any data is a no, and nothing
// but that.
func (a answer) refused() *fault {
	for _, e := range a.errors {
		if !denied(e.kind) || e.at != "" {
			return nil
		}
	}
	return &fault{reason: explain(a.errors[0].kind), refused: true, whole: true}
}

// about returns why the i-th of several things that were asked for is not known,
// or nil. What is null is missing only where an error says so of it: it may as
// well not have been looked at. An error that does not say what it is about may be
// about everything, and about what is there as well, since anything in it can be
// null for that reason.
func (a answer) about(i, of int, null bool) *fault {
	var refused *fault
	missing := false
	for _, e := range a.errors {
		switch own := e.at == alias(i); {
		case e.at != "" && !own:
		case e.kind == notFound:
			missing = missing || own || of == 1
		case !denied(e.kind), !own && of > 1:
			return &fault{reason: explain(""), again: true}
		default:
			refused = &fault{reason: explain(e.kind), refused: true}
		}
	}
	if refused == nil && null && !missing {
		return &fault{reason: "GitHub answered nothing", again: true}
	}
	return refused
}
