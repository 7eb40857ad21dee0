package github

import (
	"strings"
	"testing"
)

// Who may do what in a repository is told to those who may push there.
func TestCollaborators(t *testing.T) {
	w := campus()
	w.Repositories[0].Roles = map[string]string{"team:core": "admin", "cy": "write", "outsider": "triage"}
	w.Tokens["pusher"] = &Token{Login: "cy", Members: true}
	g := serve(t, w)
	for _, tt := range []struct{ name, token, login, want string }{
		{"an owner of the organization", "full", "dee", `"permission":"ADMIN"`},
		{"of a team", "full", "ada", `"permission":"ADMIN"`},
		{"of a child team", "full", "bo", `"permission":"ADMIN"`},
		{"a role of their own", "full", "cy", `"permission":"WRITE"`},
		{"from outside", "full", "outsider", `"permission":"TRIAGE"`},
		{"nobody", "full", "nobody", `"edges":[]`},
		{"one who may push", "pusher", "bo", `"permission":"ADMIN"`},
		{"one who may not", "weak", "bo", `"collaborators":null`},
		{"an app", "app", "bo", `"permission":"ADMIN"`},
		{"a workflow's token", "workflow", "bo", `Resource not accessible by integration`},
	} {
		query := `{"query":"{ repository(owner: \"Campus\", name: \"app\") { collaborators(first: 1, login: \"` + tt.login + `\") { edges { permission node { login } } } } }"}`
		if tt.name == "one who may not" {
			w.Lock()
			w.Repositories[0].Roles = nil
			w.Unlock()
		}
		_, body := ask(t, g, tt.token, "POST", "/graphql", query)
		if !strings.Contains(body, tt.want) {
			t.Errorf("%s: %s, want %s", tt.name, body, tt.want)
		}
		if tt.name == "one who may not" {
			w.Lock()
			w.Repositories[0].Roles = map[string]string{"team:core": "admin"}
			w.Unlock()
		}
	}
}

func TestRepositoriesOfAnOrganization(t *testing.T) {
	g := serve(t, campus())
	const query = `{"query":"{ organization(login: \"campus\") { repositories(first: 2) { totalCount nodes { nameWithOwner } pageInfo { hasNextPage } } } }"}`
	for token, want := range map[string]string{
		"full": `"totalCount":5`, "selected": `"totalCount":2`,
	} {
		if _, body := ask(t, g, token, "POST", "/graphql", query); !strings.Contains(body, want) || !strings.Contains(body, `"nameWithOwner":"Campus/app"`) {
			t.Errorf("%s: %s, want %s", token, body, want)
		}
	}
}
