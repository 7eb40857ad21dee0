package action_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

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
	status = action.Main(t.Context(), action.Process{Args: args, Getenv: func(k string) string { return env[k] }, Stdout: &text, Stderr: &text, Now: func() time.Time { return b.now }})
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
		{"zoe/kite", []string{own.ID, "user:zoe", "weekly", "To: zoe (an address that this token does not show)", "is a repository of your account", "The token can't ask for public addresses of people", "1 digest =="}},
		{"acme/rocket", []string{theirs.ID, "An example: to ann@example.org", "bob, monthly"}},
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
		if n := strings.Count(out, "No ledger is named"); n != 1 {
			t.Errorf("%s: it is said %d times that there is no ledger", tt.repository, n)
		}
		for _, wrong := range []string{"set it right", "does not name", "1 this", "its ledger is lost"} {
			if strings.Contains(out, wrong) {
				t.Errorf("%s: the preview says %q", tt.repository, wrong)
			}
		}
	}
	if list := b.written(); len(list) > 0 {
		t.Errorf("GitHub was asked to change something: %v", list)
	}
	if len(b.Mail.Mails())+len(b.Slack.Messages()) > 0 {
		t.Error("something was sent")
	}
}
