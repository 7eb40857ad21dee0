package transport

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
)

// A GraphQLError is one error of an answer. Its message is left out, since it can
// quote anything.
type GraphQLError struct {
	Type string // such as NOT_FOUND or FORBIDDEN; may be empty
	Path []any  // of the field that it is about: names and indexes; empty where GitHub does not say
}

// NotFound is the type of error that is about what was asked for, and not about
// whoever asks.
const NotFound = "NOT_FOUND"

// Why an answer with the status 200 can't be used.
var (
	ErrLimited = errors.New("GitHub's rate limit is used up")
	ErrBroken  = errors.New("GitHub's answer broke off or is not JSON")
)

// GraphQL sends a query to the endpoint at url. It returns each field of the
// answer's data as it is, and no data where there is none, beside the errors: an
// answer can have either or both. It returns an error where there is no such
// answer: a *StatusError, ErrLimited after the client has waited without result, or what
// is wrong with the connection.
func GraphQL(ctx context.Context, client *http.Client, url, query string, variables map[string]any) (map[string]json.RawMessage, []GraphQLError, error) {
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		return nil, nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return nil, nil, Clean(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := client.Do(req)
	if err != nil {
		return nil, nil, Clean(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, nil, &StatusError{Status: resp.StatusCode}
	}
	text, err := io.ReadAll(&bounded{ReadCloser: resp.Body, left: maxAnswer})
	switch {
	case errors.Is(err, ErrTooLong):
		return nil, nil, ErrTooLong
	case err != nil:
		return nil, nil, ErrBroken
	case rateLimited(text):
		return nil, nil, ErrLimited
	}
	return readGraphQL(text)
}

// A graphQLError is one error as GitHub sends it, but for its path: a rate limit is
// known whatever that is.
type graphQLError struct {
	Type, Code, Message string
	Extensions          struct{ Code string }
}

// readGraphQL reads an answer. An error without a type is of the type NotFound if
// its message begins as GitHub's of that type do.
func readGraphQL(text []byte) (map[string]json.RawMessage, []GraphQLError, error) {
	var answer struct {
		Data   json.RawMessage
		Errors []struct {
			graphQLError
			Path []any
		}
	}
	if json.Unmarshal(text, &answer) != nil {
		return nil, nil, ErrBroken
	}
	var data map[string]json.RawMessage
	if json.Unmarshal(answer.Data, &data) != nil {
		data = nil // absent, or no object
	}
	var errs []GraphQLError
	for _, e := range answer.Errors {
		kind := cmp.Or(e.Type, e.Code, e.Extensions.Code)
		if kind == "" && strings.HasPrefix(e.Message, "Could not resolve to ") {
			kind = NotFound
		}
		errs = append(errs, GraphQLError{Type: kind, Path: e.Path})
	}
	return data, errs, nil
}
