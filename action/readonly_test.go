package action

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// What a try asks of GitHub gets through, and nothing that changes anything.
func TestATryAsksAndChangesNothing(t *testing.T) {
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	defer server.Close()
	client := &http.Client{Transport: readOnly{http.DefaultTransport}}
	for _, tt := range []struct {
		method, path, body string
		through            bool
	}{
		{"GET", "/repos/a/b", "", true},
		{"HEAD", "/repos/a/b", "", true},
		{"POST", "/graphql", `{"query":"{viewer{login}}"}`, true},
		{"POST", "/api/graphql", `{"query":"query($mutation:String!){x}","variables":{"mutation":"mutation"}}`, true},
		{"POST", "/graphql", `{"query":"mutation($input:X!){createCommitOnBranch(input:$input){clientMutationId}}"}`, false},
		{"POST", "/graphql", `{"query":"\n mutation{x}"}`, false},
		{"POST", "/graphql", `no JSON`, false},
		{"POST", "/repos/a/b/issues", "{}", false},
		{"PATCH", "/repos/a/b", `{"query":"{viewer{login}}"}`, false},
		{"DELETE", "/repos/a/b", "", false},
	} {
		before := asked
		request, err := http.NewRequest(tt.method, server.URL+tt.path, strings.NewReader(tt.body))
		if err != nil {
			t.Fatal(err)
		}
		answer, err := client.Do(request)
		if err == nil {
			answer.Body.Close()
		}
		if (err == nil) != tt.through || (asked > before) != tt.through {
			t.Errorf("%s %s %s: %v, asked %d times", tt.method, tt.path, tt.body, err, asked-before)
		}
	}
}
