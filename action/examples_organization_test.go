package action_test

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/openedx/advisory-reminders/internal/sandbox"
)

// organizationBench is a world in which organization.yml runs as it stands: the
// app's token and the workflow's have the permissions that the file names, and
// Slack's has the scopes of slack-app-manifest.yml. Ann and bob are known by
// the organization's domain, cleo by a contact in the workspace.
func organizationBench(t *testing.T, app, job map[string]string, scopes []string) *bench {
	t.Helper()
	w := newWorld()
	w.Organizations[0].VerifiedDomains = []string{"example.org"}
	for _, u := range w.Users[:2] {
		u.Addresses = map[string][]string{"acme": {u.Email}}
	}
	for _, r := range w.Repositories {
		r.Visibility = "private"
	}
	draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -30))
	draft(w, "wheel", "high", wednesday.AddDate(0, -2, 0))
	b := newBench(t, w)
	w.Lock()
	defer w.Unlock()
	w.Tokens = map[string]*sandbox.Token{
		appToken:              w.Installation("acme", nil, app),
		sandbox.WorkflowToken: w.Installation("acme", []string{home}, job),
	}
	b.Slack.AddToken(manifestToken, scopes...)
	return b
}

const manifestToken = "xoxb-of-the-manifest"

// organizationRun is a run of organization.yml in the sandbox, by the number of
// the workflow run. Only what leads to other servers is changed.
func organizationRun(t *testing.T, b *bench, id int, event string, given map[string]string) result {
	t.Helper()
	env := readWorkflow(t, "organization.yml").env(t, event, given, map[string]string{
		"SLACK_TOKEN": manifestToken, "SMTP_USERNAME": "mailer", "SMTP_PASSWORD": "mail-password",
	})
	maps.Copy(env, b.loginServer(t))
	env["GITHUB_RUN_ID"] = fmt.Sprint(id)
	workspace := t.TempDir()
	file := filepath.Join(workspace, ".github/advisory-reminders.yml")
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	const text = "channels: [slack, email]\ncontacts:\n  user:cleo: {email: cleo-at-work@example.org}\n"
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	env["GITHUB_WORKSPACE"] = workspace
	return b.run(env)
}

// all tells whether a live run of organization.yml did everything: a digest to
// each of the team over Slack, a mail to cleo, and the report.
func (r result) all() error {
	var direct []string
	for _, m := range r.slack {
		if m.UserID != "" {
			direct = append(direct, m.UserID)
		}
	}
	slices.Sort(direct)
	ann, bob := sandbox.SlackID(0), sandbox.SlackID(1)
	switch {
	case r.status != 0:
		return fmt.Errorf("exit status %d\n%s\n%s", r.status, r.stdout, r.stderr)
	case !slices.Equal(direct, []string{ann, bob}):
		return fmt.Errorf("direct messages to %v", direct)
	case !slices.Equal(r.to(), []string{"cleo-at-work@example.org"}):
		return fmt.Errorf("mails to %v", r.to())
	case !strings.Contains(r.reports(), "cleo"):
		return fmt.Errorf("the report is\n%s", r.reports())
	case r.outputs["open-drafts"] != "2" || r.outputs["digests-sent"] != "3":
		return fmt.Errorf("outputs %v", r.outputs)
	}
	return nil
}

func manifestScopes(t *testing.T) []string {
	t.Helper()
	var manifest struct {
		Features struct {
			Home struct {
				Messages bool `yaml:"messages_tab_enabled"`
			} `yaml:"app_home"`
			Bot struct {
				Name string `yaml:"display_name"`
			} `yaml:"bot_user"`
		} `yaml:"features"`
		OAuth struct {
			Scopes struct {
				Bot  []string `yaml:"bot"`
				User []string `yaml:"user"`
			} `yaml:"scopes"`
		} `yaml:"oauth_config"`
		Display struct {
			Name, Description string
		} `yaml:"display_information"`
	}
	readYAML(t, "../examples/slack-app-manifest.yml", &manifest)
	if len(manifest.OAuth.Scopes.User) != 0 || !manifest.Features.Home.Messages || manifest.Features.Bot.Name == "" {
		t.Errorf("the manifest: %+v", manifest)
	}
	// Slack's limits.
	if n := len(manifest.Display.Name); n == 0 || n > 35 || len(manifest.Display.Description) > 140 {
		t.Errorf("its names: %+v", manifest.Display)
	}
	return manifest.OAuth.Scopes.Bot
}

// The scheduled run of organization.yml sends everything, over Slack and by
// mail, with the permissions and the scopes of the examples and no more. By
// hand it is a dry run, until that is unticked.
func TestExampleOrganization(t *testing.T) {
	t.Parallel()
	app, job := readWorkflow(t, "organization.yml").both(t)
	b := organizationBench(t, app, job, manifestScopes(t))

	preview := organizationRun(t, b, 1, "workflow_dispatch", nil)
	if preview.status != 0 || len(preview.mails)+len(preview.slack) != 0 || !strings.Contains(preview.stdout, "cleo-at-work@example.org") {
		t.Errorf("by hand: exit status %d, %d mails, %d messages\n%s", preview.status, len(preview.mails), len(preview.slack), preview.stdout)
	}
	check := organizationRun(t, b, 9, "workflow_dispatch", map[string]string{"check": "true"})
	if check.status != 0 || len(check.mails)+len(check.slack) != 0 {
		t.Errorf("a check: exit status %d, %d mails, %d messages\n%s", check.status, len(check.mails), len(check.slack), check.stdout)
	}
	later := organizationRun(t, b, 2, "workflow_dispatch", map[string]string{"as-of": "2027-01-04"})
	if later.status != 0 || !strings.Contains(later.stdout, "2027-01") {
		t.Errorf("as of another day: exit status %d\n%s", later.status, later.stdout)
	}
	if err := organizationRun(t, b, 3, "schedule", nil).all(); err != nil {
		t.Errorf("on schedule: %v", err)
	}
	if r := organizationRun(t, b, 4, "schedule", nil); r.status != 0 || len(r.mails)+len(r.slack) != 0 {
		t.Errorf("once more: exit status %d, %d mails, %d messages", r.status, len(r.mails), len(r.slack))
	}
	live := map[string]string{"dry-run": "false", "force": "true", "severities": "high"}
	if r := organizationRun(t, b, 5, "workflow_dispatch", live); r.status != 0 || !slices.Equal(r.to(), []string{"cleo-at-work@example.org"}) {
		t.Errorf("forced, high only: exit status %d, mails to %v", r.status, r.to())
	}
}

// lowered returns permissions without one of them, and with it as read where it is
// write.
func lowered(all map[string]string, name string) []map[string]string {
	without := maps.Clone(all)
	delete(without, name)
	list := []map[string]string{without}
	if all[name] == "write" {
		read := maps.Clone(all)
		read[name] = "read"
		list = append(list, read)
	}
	return list
}

// Each permission that organization.yml asks for is needed: with one of them
// less, or lowered from write to read, a run does not do everything.
func TestExamplePermissions(t *testing.T) {
	w := readWorkflow(t, "organization.yml")
	scopes := manifestScopes(t)
	app, job := w.both(t)
	try := func(what string, app, job map[string]string) {
		b := organizationBench(t, app, job, scopes)
		r := organizationRun(t, b, 6, "schedule", nil)
		if err := r.all(); err == nil {
			t.Errorf("%s, and nothing is missing", what)
		} else {
			what, _, _ = strings.Cut(what+": "+err.Error(), "\n")
			t.Log(what)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(app)) {
		for _, less := range lowered(app, name) {
			try(fmt.Sprintf("the app with %s %s", name, cmp.Or(less[name], "none")), less, job)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(job)) {
		for _, less := range lowered(job, name) {
			try(fmt.Sprintf("the workflow with %s %s", name, cmp.Or(less[name], "none")), app, less)
		}
	}
}

// Each scope of the manifest is needed. Slack gives users:read.email only
// together with users:read, so that without the one there is neither
// (https://docs.slack.dev/reference/scopes/users.read.email).
func TestExampleScopes(t *testing.T) {
	t.Parallel()
	app, job := readWorkflow(t, "organization.yml").both(t)
	scopes := manifestScopes(t)
	for _, scope := range scopes {
		less := slices.DeleteFunc(slices.Clone(scopes), func(s string) bool {
			return s == scope || scope == "users:read" && s == "users:read.email"
		})
		b := organizationBench(t, app, job, less)
		err := organizationRun(t, b, 7, "schedule", nil).all()
		if err == nil {
			t.Errorf("without %s nothing is missing", scope)
			continue
		}
		what, _, _ := strings.Cut(err.Error(), "\n")
		t.Logf("without %s: %s", scope, what)
	}
	calls := make(map[string]bool)
	b := organizationBench(t, app, job, scopes)
	_ = organizationRun(t, b, 8, "schedule", nil)
	for method := range b.Slack.SlackCalls() {
		calls[method] = true
		if !strings.Contains(read("../examples/slack-app-manifest.yml"), method) {
			t.Errorf("the manifest says nothing of %s", method)
		}
	}
	if len(calls) < 3 {
		t.Errorf("only %v were called", calls)
	}
}
