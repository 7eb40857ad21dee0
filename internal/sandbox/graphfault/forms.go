package graphfault

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
)

// Secret stands in every text with which GitHub explains itself: nothing of that
// may come out anywhere.
const Secret = "5A0D:GHSA-SECRET"

// A Form is a way not to answer.
type Form struct {
	Name string

	// Denied says that the answer is a no to whoever asks, and Limited that it is
	// a rate limit. All others say that GitHub could not answer now.
	Denied, Limited bool

	// Partly says that there is an answer to whatever was asked beside what
	// brings the fault about.
	Partly bool

	status int
	header map[string]string
	body   string // in place of the answer
	spoil  func(a *answer, hit []Question)
	hangUp bool
}

// WithHeader returns the form with a header in its answer.
func (f Form) WithHeader(name, value string) Form {
	f.header = map[string]string{name: value}
	return f
}

const (
	timeout   = `"message":"Something went wrong while executing your query. This may be the result of a timeout, or it could be a GitHub bug. Please include ` + "`" + Secret + "`" + ` when reporting this issue."`
	resources = `"type":"RESOURCE_LIMITS_EXCEEDED","message":"Resource limits for this query exceeded (` + Secret + `)."`
	unheardOf = `"type":"SOMETHING_NEW","message":"` + Secret + `"`
	forbidden = `"type":"FORBIDDEN","message":"Resource not accessible by ` + Secret + `"`
	scopes    = `"type":"INSUFFICIENT_SCOPES","message":"Your token has not been granted the required scopes to execute this query: ` + Secret + `"`
)

// Forms are the ways not to answer.
//
// Source: https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api
var Forms = []Form{
	{Name: "timeout, no data", body: `{"errors":[{` + timeout + `}]}`},
	{Name: "timeout, data null", body: `{"data":null,"errors":[{` + timeout + `}]}`},
	{Name: "resource limits, no data", body: `{"data":null,"errors":[{` + resources + `}]}`},
	{Name: "too many nodes", body: `{"errors":[{"type":"MAX_NODE_LIMIT_EXCEEDED","message":"This query requests up to 1,000,000 possible nodes, ` + Secret + `"}]}`},
	{Name: "unknown type, no data", body: `{"errors":[{` + unheardOf + `}]}`},
	{Name: "a refusal and a timeout, no data", body: `{"data":null,"errors":[{` + forbidden + `},{` + timeout + `}]}`},
	{Name: "data null, errors null", body: `{"data":null,"errors":null}`},
	{Name: "an empty object", body: `{}`},
	{Name: "a message alone", body: `{"message":"Server Error ` + Secret + `"}`},
	{Name: "cut short", body: `{"data":{"q0":{"name":"` + Secret},
	{Name: "502", status: http.StatusBadGateway, body: Secret},
	{Name: "hung up", hangUp: true},

	{Name: "timeout of one, data null", spoil: func(a *answer, hit []Question) {
		a.data = nil
		a.explain(timeout, hit)
	}},
	{Name: "part of the data, resource limits", Partly: true, spoil: func(a *answer, hit []Question) {
		a.null(hit)
		a.errors = append(a.errors, `{`+resources+`}`)
	}},
	{Name: "timeout of one", Partly: true, spoil: func(a *answer, hit []Question) {
		a.null(hit)
		a.explain(timeout, hit)
	}},
	{Name: "unknown type of one", Partly: true, spoil: func(a *answer, hit []Question) {
		a.null(hit)
		a.explain(unheardOf, hit)
	}},
	{Name: "timeout within one", Partly: true, spoil: func(a *answer, hit []Question) {
		a.nullWithin(hit)
		for _, q := range hit {
			for _, name := range q.nullable {
				a.errors = append(a.errors, fmt.Sprintf(`{%s,"path":[%q,%q]}`, timeout, q.Alias, name))
			}
			if len(q.nullable) == 0 {
				a.explain(timeout, []Question{q})
			}
		}
	}},
	{Name: "part of one, resource limits", Partly: true, spoil: func(a *answer, hit []Question) {
		a.nullWithin(hit)
		a.errors = append(a.errors, `{`+resources+`}`)
	}},
	{Name: "a refusal and a timeout of one", Partly: true, spoil: func(a *answer, hit []Question) {
		a.null(hit)
		a.explain(forbidden, hit)
		a.explain(timeout, hit)
	}},
	{Name: "null, and not why", Partly: true, spoil: func(a *answer, hit []Question) { a.null(hit) }},
	{Name: "left out", Partly: true, spoil: func(a *answer, hit []Question) { a.leaveOut(hit) }},

	{Name: "rate limit", Limited: true, body: `{"errors":[{"type":"RATE_LIMITED","message":"API rate limit exceeded for ` + Secret + `"}]}`},
	{Name: "today's rate limit", Limited: true, body: `{"errors":[{"type":"RATE_LIMIT","code":"graphql_rate_limit","message":"API rate limit already exceeded for ` + Secret + `"}]}`},
	{Name: "rate limit by a code", Limited: true, body: `{"data":null,"errors":[{"message":"` + Secret + `","extensions":{"code":"graphql_rate_limit"}}]}`},
	{Name: "secondary rate limit", Limited: true, body: `{"message":"You have exceeded a secondary rate limit. ` + Secret + `"}`},
	{Name: "rate limit of one, behind much data", Limited: true, Partly: true, spoil: func(a *answer, hit []Question) {
		a.null(hit)
		a.between = strings.Repeat(" ", 1<<16)
		a.explain(`"type":"RATE_LIMITED","message":"`+Secret+`"`, hit)
	}},

	{Name: "refused", Denied: true, body: `{"errors":[{` + scopes + `}]}`},
	{Name: "one refused", Denied: true, Partly: true, spoil: func(a *answer, hit []Question) {
		a.null(hit)
		a.explain(forbidden, hit)
	}},
	{Name: "no such field", Denied: true, body: `{"errors":[{"path":["query","q0","field"],"extensions":{"code":"undefinedField"},"message":"Field '` + Secret + `' doesn't exist on type 'User'"}]}`},
}

func (f Form) handler(healthy http.Handler, hit []Question) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if f.hangUp {
			panic(http.ErrAbortHandler)
		}
		body := f.body
		if f.spoil != nil {
			rec := httptest.NewRecorder()
			healthy.ServeHTTP(rec, r)
			a := readAnswer(rec.Body.Bytes())
			f.spoil(&a, hit)
			body = a.String()
		}
		for name, value := range f.header {
			w.Header().Set(name, value)
		}
		if f.status != 0 {
			w.WriteHeader(f.status)
		}
		fmt.Fprint(w, body)
	})
}

// An answer is GitHub's, with its fields in their order.
type answer struct {
	data    []field // nil: null
	between string
	errors  []string
}

type field struct {
	name  string
	value json.RawMessage
}

func readAnswer(text []byte) answer {
	var wire struct {
		Data   json.RawMessage
		Errors []json.RawMessage
	}
	_ = json.Unmarshal(text, &wire) // the sandbox writes JSON
	a := answer{data: readFields(wire.Data)}
	for _, e := range wire.Errors {
		a.errors = append(a.errors, string(e))
	}
	return a
}

// readFields reads an object.
func readFields(text []byte) []field {
	var list []field
	dec := json.NewDecoder(bytes.NewReader(text))
	for _, _ = dec.Token(); dec.More(); { // the first is the brace
		name, err := dec.Token()
		if err != nil {
			return nil
		}
		f := field{name: fmt.Sprint(name)}
		if dec.Decode(&f.value) != nil {
			return nil
		}
		list = append(list, f)
	}
	return list
}

func writeFields(list []field) string {
	var b strings.Builder
	for i, f := range list {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "%q:%s", f.name, f.value)
	}
	return "{" + b.String() + "}"
}

// String returns the answer as GitHub sends it.
func (a answer) String() string {
	text := `{"data":null`
	if a.data != nil {
		text = `{"data":` + writeFields(a.data)
	}
	if len(a.errors) > 0 {
		text += a.between + `,"errors":[` + strings.Join(a.errors, ",") + `]`
	}
	return text + "}"
}

// null makes fields null.
func (a *answer) null(hit []Question) {
	for i, f := range a.data {
		if asked(f, hit) != nil {
			a.data[i].value = json.RawMessage("null")
		}
	}
}

// nullWithin makes null what can be null within fields. Where nothing can, the
// field is null.
func (a *answer) nullWithin(hit []Question) {
	for i, f := range a.data {
		q := asked(f, hit)
		if q == nil {
			continue
		}
		within := readFields(f.value)
		spoilt := false
		for k := range within {
			for _, name := range q.nullable {
				if within[k].name == name {
					within[k].value, spoilt = json.RawMessage("null"), true
				}
			}
		}
		a.data[i].value = json.RawMessage("null")
		if spoilt {
			a.data[i].value = json.RawMessage(writeFields(within))
		}
	}
}

// leaveOut takes fields out.
func (a *answer) leaveOut(hit []Question) {
	kept := []field{}
	for _, f := range a.data {
		if asked(f, hit) == nil {
			kept = append(kept, f)
		}
	}
	a.data = kept
}

// explain adds an error that names each field.
func (a *answer) explain(text string, hit []Question) {
	for _, q := range hit {
		a.errors = append(a.errors, fmt.Sprintf(`{%s,"path":[%q]}`, text, q.Alias))
	}
}

// asked returns the question that a field answers, if it is one of these.
func asked(f field, hit []Question) *Question {
	for i := range hit {
		if hit[i].Alias == f.name {
			return &hit[i]
		}
	}
	return nil
}
