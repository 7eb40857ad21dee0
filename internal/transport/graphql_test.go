package transport

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The data, and the type and path of every error, are told apart from having no
// answer, and nothing of a message is.
func TestGraphQL(t *testing.T) {
	const secret = `"message":"SECRET"`
	raw := func(text string) map[string]json.RawMessage {
		return map[string]json.RawMessage{"a": json.RawMessage(text)}
	}
	for name, tt := range map[string]struct {
		status int
		answer string
		data   map[string]json.RawMessage
		errs   []GraphQLError
		err    string
	}{
		"data":                   {answer: `{"data":{"a":{"b":1}}}`, data: raw(`{"b":1}`)},
		"null":                   {answer: `{"data":{"a":null}}`, data: raw(`null`)},
		"no field":               {answer: `{"data":{}}`, data: map[string]json.RawMessage{}},
		"data of null":           {answer: `{"data":null}`},
		"data that is a list":    {answer: `{"data":[1]}`},
		"nothing":                {answer: `{}`},
		"a message alone":        {answer: `{` + secret + `}`},
		"both":                   {answer: `{"data":{"a":null},"errors":[{"type":"FORBIDDEN","path":["a","b",0],` + secret + `}]}`, data: raw(`null`), errs: []GraphQLError{{"FORBIDDEN", []any{"a", "b", 0.0}}}},
		"a type in its places":   {answer: `{"errors":[{"type":"T","code":"C"},{"code":"C"},{"extensions":{"code":"E"}},{` + secret + `}]}`, errs: []GraphQLError{{Type: "T"}, {Type: "C"}, {Type: "E"}, {}}},
		"not found, by its text": {answer: `{"errors":[{"message":"Could not resolve to a User with the login of 'SECRET'."}]}`, errs: []GraphQLError{{Type: NotFound}}},
		"another type than text": {answer: `{"errors":[{"type":"T","message":"Could not resolve to a User"}]}`, errs: []GraphQLError{{Type: "T"}}},
		"rate limit":             {answer: `{"data":{"a":1},"errors":[{"type":"RATE_LIMITED",` + secret + `}]}`, err: ErrLimited.Error()},
		"no JSON":                {answer: `<html>SECRET`, err: ErrBroken.Error()},
		"cut short":              {answer: `{"data":{"a":"SECRET`, err: ErrBroken.Error()},
		"another status":         {status: 403, answer: `{` + secret + `}`, err: "GitHub answered 403"},
		"a redirect":             {status: 302, err: "GitHub answered 302"},
	} {
		t.Run(name, func(t *testing.T) {
			var asked string
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				asked = r.Method + " " + r.Header.Get("Content-Type") + " " + string(body)
				if tt.status != 0 {
					w.WriteHeader(tt.status)
				}
				io.WriteString(w, tt.answer)
			}))
			defer server.Close()
			data, errs, err := GraphQL(t.Context(), server.Client(), server.URL, "query", map[string]any{"a": "b"})
			if want := `POST application/json {"query":"query","variables":{"a":"b"}}`; asked != want {
				t.Errorf("asked %s, want %s", asked, want)
			}
			if diff := cmp.Diff(tt.data, data); diff != "" {
				t.Errorf("data (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.errs, errs); diff != "" {
				t.Errorf("errors (-want +got):\n%s", diff)
			}
			if err == nil && tt.err != "" || err != nil && err.Error() != tt.err {
				t.Errorf("error %v, want %q", err, tt.err)
			}
		})
	}
}

func TestGraphQLTooLong(t *testing.T) {
	for size, want := range map[int]error{maxAnswer: ErrBroken, maxAnswer + 1: ErrTooLong} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			piece := strings.Repeat(" ", 1<<20)
			for n := size; n > 0; n -= len(piece) {
				io.WriteString(w, piece[:min(n, len(piece))])
			}
		}))
		if _, _, err := GraphQL(t.Context(), server.Client(), server.URL, "query", nil); !errors.Is(err, want) {
			t.Errorf("%d bytes: %v, want %v", size, err, want)
		}
		server.Close()
	}
}

// The address can hold a token.
func TestGraphQLQuotesNoAddress(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	for _, url := range []string{server.URL + "/SECRET", ":SECRET"} {
		_, _, err := GraphQL(t.Context(), http.DefaultClient, url, "query", nil)
		if err == nil || strings.Contains(err.Error(), "SECRET") {
			t.Errorf("%v", err)
		}
	}
}
