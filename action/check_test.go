package action_test

import (
	"bytes"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openedx/advisory-reminders/action"
	"github.com/openedx/advisory-reminders/internal/sandbox"
	"github.com/openedx/advisory-reminders/internal/transport"
)

var update = flag.Bool("update", false, "write the golden files anew")

// demoChecks is a check of the demo's organization, in its first week.
func demoCheck(t *testing.T, change map[string]string) (status int, table string) {
	t.Helper()
	start := time.Date(2026, 6, 1, 7, 17, 0, 0, time.UTC)
	s, err := sandbox.Start(sandbox.Demo(start), sandbox.DemoRepository)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	dir := t.TempDir()
	event := filepath.Join(dir, "event.json")
	if err := os.WriteFile(event, []byte(`{"repository":{"visibility":"private"}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	env := s.Env()
	env["GITHUB_EVENT_PATH"] = event
	env["INPUT_CONFIG-TEXT"] = "timezone: Europe/Berlin\n" +
		"contacts:\n  group:wg-docs.campus: {email: docs@campus.example.org}\n" +
		"snooze:\n  - {advisory: GHSA-3xvr-g9jh-m6fp, until: 2026-05-01}\n" +
		"on-duty: {rotation: [user:julia-hartmann, user:amara-okafor], since: 2026-06-01, every: 1w}\n"
	maps.Copy(env, change)
	var out bytes.Buffer
	status = action.Main(t.Context(), action.Process{
		Args:   []string{"check"},
		Getenv: func(k string) string { return env[k] },
		Stdout: &out, Stderr: &out,
		Now:      func() time.Time { return start },
		Patience: transport.Options{Retries: 1, MinWait: time.Millisecond},
	})
	if len(s.Mail.Mails())+len(s.Slack.Messages()) != 0 {
		t.Error("something was sent")
	}
	var lines []string
	for line := range strings.Lines(printed(out.String())) {
		if !strings.HasPrefix(line, "::add-mask::") {
			lines = append(lines, line)
		}
	}
	for _, r := range s.GitHub.Requests() {
		t.Logf("%s %s %v", r.Method, r.Path, r.GraphQL)
	}
	table = strings.ReplaceAll(strings.Join(lines, ""), s.Mail.Addr(), "127.0.0.1:2525")
	return status, table
}

// A secret team is shown to its members and to owners of the organization: to others
// it looks like one that is missing, and a check doesn't take it for that.
func TestCheckOfTeamsThatMayBeSecret(t *testing.T) {
	for _, tt := range []struct {
		name    string
		token   sandbox.Token
		owner   string
		unknown string
	}{
		{"an owner", sandbox.Token{Login: "dora", Scopes: []string{"repo", "read:org"}}, "group:gone", ""},
		{"a member", sandbox.Token{Login: "cleo", Scopes: []string{"repo", "read:org"}}, "group:gone", "group:gone"},
		{"a member, fine-grained", sandbox.Token{Login: "cleo"}, "group:gone", "group:gone"},
		{"a member, and a bare name", sandbox.Token{Login: "cleo"}, "gone", "gone"},
		{"a member, and a bare name of a user", sandbox.Token{Login: "cleo"}, "bob", ""},
		{"a member, and a team that is there", sandbox.Token{Login: "cleo"}, "group:rocketeers", ""},
		{"a member, and a user who is not there", sandbox.Token{Login: "cleo"}, "user:gone", ""},
		{"an app", sandbox.Token{App: true, Organization: "acme"}, "group:gone", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld()
			w.Repository("acme/rocket").Files = catalog(tt.owner)
			draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -30))
			tt.token.Drafts, tt.token.Members, tt.token.Emails, tt.token.VerifiedEmails = true, true, true, true
			w.Tokens[sandbox.FullToken] = &tt.token
			r := newBench(t, w).run(nil, "check")
			table := strings.Join(strings.Fields(r.stdout), " ")
			want := "UNKNOWN owners whether " + tt.unknown + " is missing can't be known"
			if tt.unknown == "" {
				want = "is missing can't be known"
			}
			if said := strings.Contains(table, want); said != (tt.unknown != "") {
				t.Errorf("it says so: %v\n%s", said, r.stdout)
			}
		})
	}
}

// The whole table of the demo's organization, as a terminal shows it.
func TestCheckDemo(t *testing.T) {
	status, table := demoCheck(t, nil)
	if status != 0 {
		t.Errorf("exit status %d", status)
	}
	golden := filepath.Join("testdata", "check.txt")
	if *update {
		if err := os.WriteFile(golden, []byte(table), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), table); diff != "" {
		t.Errorf("the table (-want +got; -update writes it anew):\n%s", diff)
	}
	for line := range strings.Lines(table) {
		if n := len([]rune(strings.TrimRight(line, "\n"))); n > 100 && !strings.HasPrefix(line, "::") {
			t.Errorf("a line has %d columns: %s", n, line)
		}
	}
}
