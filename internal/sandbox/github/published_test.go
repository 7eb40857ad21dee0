package github

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/openedx/advisory-reminders/internal/real/published"
)

// The descriptions that GitHub publishes of its APIs, where they are at hand.
const descriptions = "../../../../shared/github"

// Every body must have the fields that GitHub promises, of the right type, and
// no others.
func TestRESTBodies(t *testing.T) {
	if _, err := os.Stat(descriptions); err != nil {
		t.Skip("GitHub's descriptions of its APIs are not at hand")
	}
	judge, err := published.Load(descriptions)
	if err != nil {
		t.Fatal(err)
	}
	w := discussed()
	g := serve(t, w)
	w.Lock()
	w.CommentOn("GHSA-2222-2222-2222", "dee", "x")
	store := w.Repository("Campus/ops").store()
	head := store.refs["heads/main"]
	tree := store.commit(head).Tree
	w.Unlock()
	const ops = "/repos/Campus/ops"
	for _, tt := range []struct{ token, method, path, body string }{
		{"full", "GET", "/orgs/campus/security-advisories", ""},
		{"full", "GET", "/repos/campus/app/security-advisories", ""},
		{"full", "GET", "/repos/campus/app/security-advisories/GHSA-2222-2222-2222", ""},
		{"full", "GET", "/orgs/campus/security-advisories?state=triage", ""},
		{"full", "PATCH", firstDraft, `{"collaborating_users":["wil"],"collaborating_teams":["core"]}`},
		{"full", "PATCH", firstDraft, `{"collaborating_users":["nobody"]}`},
		{"cy", "PATCH", firstDraft, `{"collaborating_users":["wil"]}`},
		{"app-write", "POST", thread, `{"body":"x"}`},
		{"app-write", "POST", thread, `{"body":""}`},
		{"app-read", "POST", thread, `{"body":"x"}`},
		{"app-none", "GET", thread, ""},
		{"app-read", "GET", thread + "?since=2026-03-02T00:00:00Z&per_page=1&page=1", ""},
		{"full", "GET", "/repos/campus/app", ""},
		{"full", "GET", "/repos/campus/app-ghsa-2222-2222-2222", ""},
		{"full", "GET", "/repos/campus/none", ""},
		{"full", "GET", "/repos/campus/old-app", ""},
		{"app-write", "POST", ops + "/issues", `{"title":"t","labels":["l"]}`},
		{"app-write", "POST", ops + "/issues", `{"title":""}`},
		{"app-write", "GET", ops + "/issues?state=all&labels=l&direction=asc&per_page=100&page=1", ""},
		{"app-write", "GET", ops + "/issues/1", ""},
		{"app-write", "PATCH", ops + "/issues/1", `{"state":"open"}`},
		{"app-write", "POST", ops + "/issues/1/comments", `{"body":"b"}`},
		{"app-write", "GET", ops + "/issues/1/comments?since=2026-03-02T00:00:00Z&per_page=100&page=1", ""},
		{"full", "GET", "/user", ""},
		{"full", "GET", "/user/memberships/orgs/campus", ""},
		{"full", "GET", "/rate_limit", ""},
		{"app", "GET", "/installation/repositories", ""},
		{"full", "GET", ops + "/branches/main", ""},
		{"full", "GET", ops + "/branches/none", ""},
		{"full", "GET", ops + "/contents/README.md", ""},
		{"full", "GET", ops + "/git/ref/heads/main", ""},
		{"full", "POST", ops + "/git/blobs", `{"content":"x"}`},
		{"full", "GET", ops + "/git/blobs/" + objectID("blob", []byte("ops\n")), ""},
		{"full", "POST", ops + "/git/trees", `{"tree":[{"path":"a/b","mode":"100644","content":"x"}]}`},
		{"full", "GET", ops + "/git/trees/main", ""},
		{"full", "POST", ops + "/git/commits", fmt.Sprintf(`{"message":"m","tree":%q,"parents":[%q]}`, tree, head)},
		{"full", "POST", ops + "/git/refs", fmt.Sprintf(`{"ref":"refs/heads/b","sha":%q}`, head)},
	} {
		t.Run(tt.method+tt.path, func(t *testing.T) {
			resp, body := ask(t, g, tt.token, tt.method, tt.path, tt.body)
			kind, deviations := judge.Judge(published.Exchange{
				Method: tt.method, URL: resp.Request.URL, Header: http.Header{"User-Agent": {"test"}}, Body: []byte(tt.body),
				Status: resp.StatusCode, AnswerHeader: resp.Header, AnswerBody: []byte(body),
			})
			for _, d := range deviations {
				t.Errorf("%s: %s", kind, d)
			}
		})
	}
}

// What the sandbox's GraphQL has, GitHub's must have too, with the same types
// and nullability, or the program is tested against something that isn't there.
func TestSchemaIsPartOfGitHubs(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(descriptions, "schema.graphql"))
	if err != nil {
		t.Skip("the published GraphQL schema is not at hand")
	}
	theirs, err := parser.ParseSchema(&ast.Source{Name: "theirs", Input: string(text)})
	if err != nil {
		t.Fatal(err)
	}
	ours, err := parser.ParseSchema(&ast.Source{Name: "ours", Input: schemaText})
	if err != nil {
		t.Fatal(err)
	}
	fields := 0
	for _, d := range ours.Definitions {
		real := theirs.Definitions.ForName(d.Name)
		if real == nil || real.Kind != d.Kind {
			t.Errorf("%s %s: GitHub has no such type", d.Kind, d.Name)
			continue
		}
		for _, i := range d.Interfaces {
			if !slices.Contains(real.Interfaces, i) {
				t.Errorf("%s implements %s, and GitHub's doesn't", d.Name, i)
			}
		}
		for _, v := range d.EnumValues {
			if real.EnumValues.ForName(v.Name) == nil {
				t.Errorf("%s.%s: GitHub has no such value", d.Name, v.Name)
			}
		}
		for _, r := range real.Fields {
			if d.Kind == ast.InputObject && r.Type.NonNull && d.Fields.ForName(r.Name) == nil {
				t.Errorf("%s.%s: GitHub requires it", d.Name, r.Name)
			}
		}
		for _, f := range d.Fields {
			fields++
			r := real.Fields.ForName(f.Name)
			if r == nil || r.Type.String() != f.Type.String() {
				t.Errorf("%s.%s: %s, GitHub's is %v", d.Name, f.Name, f.Type, r)
				continue
			}
			if f.DefaultValue.String() != r.DefaultValue.String() {
				t.Errorf("%s.%s: by default %s, GitHub's %s", d.Name, f.Name, f.DefaultValue, r.DefaultValue)
			}
			for _, a := range f.Arguments {
				ra := r.Arguments.ForName(a.Name)
				if ra == nil || ra.Type.String() != a.Type.String() || ra.DefaultValue.String() != a.DefaultValue.String() {
					t.Errorf("%s.%s(%s): GitHub's argument is another", d.Name, f.Name, a.Name)
				}
			}
			for _, ra := range r.Arguments {
				if ra.Type.NonNull && ra.DefaultValue == nil && f.Arguments.ForName(ra.Name) == nil {
					t.Errorf("%s.%s: GitHub requires the argument %s", d.Name, f.Name, ra.Name)
				}
			}
		}
	}
	if fields < 70 {
		t.Errorf("%d fields compared, which can't be all", fields)
	}
}
