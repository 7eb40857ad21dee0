package github

import (
	"context"
	"strings"
	"testing"
)

func TestGetBranch(t *testing.T) {
	ctx := context.Background()
	w := campus()
	g := serve(t, w)
	c := restClient(t, g, "workflow")
	w.Lock()
	r := w.Repository("Campus/ops")
	r.CommitFile("ledger/a #1%", "state.json", "1", "one", w.Now())
	r.CommitFile("ledger/a #1%", "state.json", "2", "two", w.Now())
	tip := r.git.refs["heads/ledger/a #1%"]
	want := r.git.commit(tip)
	w.Unlock()
	b, resp, err := c.Repositories.GetBranch(ctx, "Campus", "ops", "ledger/a #1%", 0)
	if err != nil {
		t.Fatal(err)
	}
	commit := b.GetCommit()
	if b.GetName() != "ledger/a #1%" || b.GetProtected() || commit.GetSHA() != tip || commit.Commit.GetMessage() != "two" ||
		commit.Commit.Tree.GetSHA() != want.Tree || len(commit.Parents) != 1 || commit.Parents[0].GetSHA() != want.Parents[0] {
		t.Errorf("branch %+v, want it at %s %+v", b, tip, want)
	}
	if got := resp.Header.Get("X-Accepted-GitHub-Permissions"); got != "contents=read" {
		t.Errorf("accepted permissions %q", got)
	}
	if _, resp, err := c.Repositories.GetBranch(ctx, "Campus", "ops", "ledger", 0); err == nil || resp.StatusCode != 404 {
		t.Errorf("half of a name: %v", err)
	}
	ref, _, err := c.Git.GetRef(ctx, "Campus", "ops", "heads/main")
	if err != nil {
		t.Fatal(err)
	}
	if b, _, err := c.Repositories.GetBranch(ctx, "Campus", "ops", "main", 0); err != nil || b.GetCommit().GetSHA() != ref.GetObject().GetSHA() {
		t.Errorf("main: %v (%v), the ref is at %s", b, err, ref.GetObject().GetSHA())
	}
}

func TestWhoSeesABranch(t *testing.T) {
	g := serve(t, campus())
	for _, tt := range []struct {
		token, path string
		status      int
		contains    string
	}{
		{"", "app/branches/main", 200, `"protected":false`},
		{"weak", "app/branches/main", 200, `"name":"main"`},
		{"full", "secret/branches/main", 200, `"name":"main"`},
		{"full", "secret/branches/other", 404, `"Branch not found"`},
		{"full", "blank/branches/main", 404, `"Branch not found"`},
		{"full", "old-app/branches/main", 301, `/branches/main"`},
		{"full", "none/branches/main", 404, `"Not Found"`},
		{"weak", "ops/branches/main", 404, `"Not Found"`},
		{"weak", "ops/branches/other", 404, `"Not Found"`},
		{"", "ops/branches/main", 404, `"Not Found"`},
	} {
		resp, body := ask(t, g, tt.token, "GET", "/repos/Campus/"+tt.path, "")
		if resp.StatusCode != tt.status || !strings.Contains(body, tt.contains) {
			t.Errorf("%q, %s: %d %s, want %d and %s", tt.token, tt.path, resp.StatusCode, body, tt.status, tt.contains)
		}
	}
}

// Rules are told of the branch that they apply to, be it there or not.
func TestRulesOfABranch(t *testing.T) {
	w := campus()
	g := serve(t, w)
	w.Lock()
	w.Repository("Campus/ops").Rules = map[string][]string{"ledger/a": {"pull_request", "deletion"}}
	w.Unlock()
	c := restClient(t, g, "workflow")
	for branch, want := range map[string]string{"ledger/a": "pull_request deletion", "main": ""} {
		rules, _, err := c.Repositories.GetRulesForBranch(context.Background(), "Campus", "ops", branch)
		var got []string
		for _, r := range rules {
			got = append(got, r.Type)
		}
		if s := strings.Join(got, " "); err != nil || s != want {
			t.Errorf("%s: %q, %v, want %q", branch, s, err, want)
		}
	}
}
