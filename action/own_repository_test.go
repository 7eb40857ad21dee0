package action_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/openedx/advisory-reminders/action"
	"github.com/openedx/advisory-reminders/internal/sandbox"
)

// bare runs the program as on a laptop on which nothing is set up: with the token
// that gh has, and the address of GitHub.
func bare(t *testing.T, b *bench, token string, args ...string) (status int, out string) {
	t.Helper()
	env := map[string]string{"GITHUB_TOKEN": token, "GITHUB_API_URL": b.GitHub.APIURL()}
	b.World.SetTime(b.now)
	t.Chdir(t.TempDir())
	var text bytes.Buffer
	status = action.Main(t.Context(), action.Process{Args: args, Getenv: func(k string) string { return env[k] }, Stdout: &text, Stderr: &text})
	return status, text.String()
}

// Whoever has a repository sees in one line what would be sent about it: no
// organization, no ledger, no channel is asked for, and nothing is written.
func TestOwnRepositoryInOneLine(t *testing.T) {
	w := newWorld()
	w.Users = append(w.Users, &sandbox.User{Login: "zoe", Name: "Zoe Zander"})
	w.Repositories = append(w.Repositories, &sandbox.Repository{Owner: "zoe", Name: "kite", Files: map[string]string{}})
	w.Tokens["of-zoe"] = &sandbox.Token{Login: "zoe", Scopes: []string{"gist", "read:org", "repo", "workflow"}, Drafts: true}
	own := draft(w, "kite", "critical", wednesday.AddDate(0, 0, -30))
	own.Repository = "zoe/kite"
	theirs := draft(w, "rocket", "high", wednesday.AddDate(0, 0, -60))
	b := newBench(t, w)

	for _, tt := range []struct {
		repository string
		wants      []string
	}{
		{"zoe/kite", []string{own.ID, "user:zoe", "critical"}},
		{"acme/rocket", []string{theirs.ID}},
	} {
		status, out := bare(t, b, map[string]string{"zoe/kite": "of-zoe", "acme/rocket": sandbox.FullToken}[tt.repository], "run", "-dry-run", "-repositories", tt.repository)
		if status != 0 {
			t.Errorf("%s: exit status %d", tt.repository, status)
		}
		for _, want := range tt.wants {
			if !strings.Contains(out, want) {
				t.Errorf("%s: the preview lacks %q", tt.repository, want)
			}
		}
		t.Logf("%s:\n%s", tt.repository, out)
	}
	for _, r := range b.GitHub.Requests() {
		if r.Method != "GET" && !strings.Contains(r.Path, "graphql") {
			t.Errorf("%s %s", r.Method, r.Path)
		}
	}
}
