package action

import "testing"

// Where the runner says nothing, pages and GraphQL are beside the REST API.
func TestServerOfTheAPI(t *testing.T) {
	for _, test := range []struct{ api, server, graphql string }{
		{"", "https://github.com", "https://api.github.com/graphql"},
		{"https://api.github.com", "https://github.com", "https://api.github.com/graphql"},
		{"https://github.example.edu/api/v3", "https://github.example.edu", "https://github.example.edu/api/graphql"},
		{"https://github.example.edu:8443/api/v3/", "https://github.example.edu:8443", "https://github.example.edu:8443/api/graphql"},
		{"https://api.campus.ghe.com", "https://campus.ghe.com", "https://api.campus.ghe.com/graphql"},
	} {
		env := readEnvironment(Process{Getenv: func(k string) string { return map[string]string{"GITHUB_API_URL": test.api}[k] }})
		if env.serverURL != test.server || env.graphqlURL != test.graphql {
			t.Errorf("API at %q: pages at %q, GraphQL at %q; want %q and %q", test.api, env.serverURL, env.graphqlURL, test.server, test.graphql)
		}
	}
}
