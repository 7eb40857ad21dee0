package action_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openedx/advisory-reminders/internal/sandbox"
)

// complaints returns what a run complained of, a line each, without the words
// around it.
func (r result) complaints() []string {
	var list []string
	for line := range strings.Lines(r.stdout + r.stderr) {
		line = strings.TrimSpace(line)
		for _, prefix := range []string{"::error::", "advisory-reminders:"} {
			line = strings.TrimSpace(strings.TrimPrefix(line, prefix))
		}
		if line != "" && !strings.HasPrefix(line, "::add-mask::") {
			list = append(list, line)
		}
	}
	return list
}

// Every mistake is named at once with its place, nothing is sent, and no value
// is quoted.
func TestEveryMistakeAtOnce(t *testing.T) {
	w := newWorld()
	draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -30))
	b := newBench(t, w)
	r := b.must(2, map[string]string{
		"INPUT_TOKEN":             "s3cret with space",
		"INPUT_ORGANIZATION":      "s3cret/org",
		"INPUT_DRY-RUN":           "s3cret",
		"INPUT_AS-OF":             "s3cret",
		"INPUT_FORCE":             "yes",
		"INPUT_SEVERITIES":        "high, s3cret",
		"INPUT_CONFIG-TEXT":       "timezone: s3cret/zone\ncadence:\n  high: s3cret\nsnoze: []\n",
		"INPUT_SLACK-TOKEN":       "s3cret",
		"INPUT_SLACK-CHANNEL":     "s3cret <channel>",
		"INPUT_SLACK-WEBHOOK-URL": "http://s3cret.example.org",
		"INPUT_SLACK-API-URL":     "ftp://s3cret",
		"INPUT_SMTP-SERVER":       "s3cret:25",
		"INPUT_SMTP-PORT":         "s3cret",
		"INPUT_SMTP-SECURITY":     "s3cret",
		"INPUT_SMTP-USERNAME":     "s3cret",
		"INPUT_EMAIL-FROM":        "s3cret",
		"INPUT_EMAIL-REPLY-TO":    "s3cret",
		"INPUT_REPORT-EMAIL":      "s3cret",
		"INPUT_LEDGER-BRANCH":     "s3cret..branch",
		"INPUT_LEDGER-KEY":        "s3cret",
		"INPUT_MAX-RECIPIENTS":    "-1",
	})
	var places []string
	for _, line := range r.complaints() {
		place, _, _ := strings.Cut(line, ": ")
		if place == "configuration" {
			place = strings.Join(strings.SplitN(line, ": ", 4)[:3], ": ")
		}
		places = append(places, place)
	}
	want := []string{
		"input token", "input organization", "input dry-run", "input force", "input severities",
		"input slack-token", "input slack-channel", "input slack-webhook-url", "input slack-api-url",
		"input smtp-server", "input smtp-port", "input smtp-security", "input smtp-username",
		"input email-from", "input email-reply-to", "input report-email",
		"input ledger-branch", "input ledger-key", "input max-recipients",
		"configuration: line 1: timezone", "configuration: line 3: cadence.high",
	}
	for i, p := range places {
		if strings.HasPrefix(p, "configuration: line 4") {
			places = append(places[:i], places[i+1:]...)
			break
		}
	}
	if diff := cmp.Diff(want, places); diff != "" {
		t.Errorf("places (-want +got):\n%s\n%s", diff, strings.Join(r.complaints(), "\n"))
	}
	if !strings.Contains(strings.Join(r.complaints(), "\n"), "line 4") {
		t.Errorf("the unknown key is not named with its line:\n%s", strings.Join(r.complaints(), "\n"))
	}
	for _, line := range r.complaints() {
		if strings.Contains(line, "s3cret") {
			t.Errorf("a value is quoted: %s", line)
		}
	}
	if len(r.mails)+len(r.slack) != 0 {
		t.Error("something was sent")
	}
}

func TestMistakes(t *testing.T) {
	for name, tt := range map[string]struct {
		change map[string]string
		want   string
	}{
		"no token":                 {map[string]string{"INPUT_TOKEN": ""}, "input token: is missing"},
		"GITHUB_TOKEN in Actions":  {map[string]string{"INPUT_TOKEN": "", "GITHUB_TOKEN": sandbox.FullToken}, "input token: is missing"},
		"a repository":             {map[string]string{"INPUT_REPOSITORIES": "acme/rocket, wheel"}, "input repositories: entry 2"},
		"as-of, live":              {map[string]string{"INPUT_AS-OF": "2026-11-18", "GITHUB_API_URL": "https://api.github.example", "INPUT_LEDGER-TOKEN": "x"}, "input as-of: is for previews"},
		"as-of":                    {map[string]string{"INPUT_AS-OF": "18.11.2026"}, "input as-of: is neither"},
		"two configurations":       {map[string]string{"INPUT_CONFIG": "other.yml", "INPUT_CONFIG-TEXT": "forget: []"}, "input config-text: and config are both set"},
		"no such configuration":    {map[string]string{"INPUT_CONFIG": "other.yml"}, "input config: there is no such file"},
		"channel without token":    {map[string]string{"INPUT_SLACK-TOKEN": ""}, "input slack-channel: needs slack-token"},
		"nowhere to report":        {map[string]string{"INPUT_SLACK-CHANNEL": ""}, "the report has nowhere to go"},
		"report without a server":  {map[string]string{"INPUT_SMTP-SERVER": "", "INPUT_SMTP-PORT": "", "INPUT_EMAIL-FROM": "", "INPUT_REPORT-EMAIL": "a@example.org"}, "input report-email: needs smtp-server"},
		"no sender":                {map[string]string{"INPUT_EMAIL-FROM": ""}, "input email-from: is missing"},
		"open mail over a network": {map[string]string{"INPUT_SMTP-SERVER": "mail.example.org"}, "input smtp-security: may be none"},
		"password without a name":  {map[string]string{"INPUT_SMTP-PASSWORD": "x"}, "input smtp-username: and smtp-password go together"},
		"file on a hosted runner":  {map[string]string{"INPUT_LEDGER": "ledger.json"}, "input ledger: is a file, which would vanish"},
		"no ledger outside":        {map[string]string{"GITHUB_ACTIONS": "", "GITHUB_REPOSITORY": "", "GITHUB_RUN_ID": ""}, "input ledger: is missing"},
		"no repository":            {map[string]string{"GITHUB_REPOSITORY": ""}, "GITHUB_REPOSITORY: does not name the repository that runs the workflow"},
		"no ledger token":          {map[string]string{"INPUT_LEDGER-TOKEN": ""}, "input ledger-token: is missing"},
		"short ledger key":         {map[string]string{"INPUT_LEDGER-KEY": "short"}, "input ledger-key: each secret, one a line, must have at least 32 characters"},
		"a public channel":         {map[string]string{"INPUT_SLACK-CHANNEL": "general"}, "input slack-channel: the channel is public"},
		"a configuration with a cadence that is none": {map[string]string{"INPUT_CONFIG-TEXT": "cadence: {low: yearly}"}, "configuration: line 1: cadence.low"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -30))
			b := newBench(t, w)
			event := filepath.Join(t.TempDir(), "event.json")
			if err := os.WriteFile(event, []byte(`{"repository":{"visibility":"private"}}`), 0o600); err != nil {
				t.Fatal(err)
			}
			tt.change["GITHUB_EVENT_PATH"] = event
			r := b.must(2, tt.change)
			if all := strings.Join(r.complaints(), "\n"); !strings.Contains(all, tt.want) {
				t.Errorf("want %q among:\n%s", tt.want, all)
			}
			if len(r.complaints()) != 1 {
				t.Errorf("%d complaints, want 1:\n%s", len(r.complaints()), strings.Join(r.complaints(), "\n"))
			}
			if len(r.mails)+len(r.slack) != 0 {
				t.Error("something was sent")
			}
		})
	}
}

func TestCommandLine(t *testing.T) {
	w := newWorld()
	a := draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -30))
	b := newBench(t, w)
	// On a laptop: no Actions, the token in the environment, the rest as flags.
	env := map[string]string{"GITHUB_TOKEN": sandbox.FullToken}
	for k := range b.Env() {
		if strings.HasPrefix(k, "INPUT_") || k == "GITHUB_ACTIONS" || k == "GITHUB_RUN_ID" || strings.HasPrefix(k, "GITHUB_REPOSITORY") {
			env[k] = ""
		}
	}
	r := b.must(0, env, "run", "-organization", "acme", "-dry-run")
	if !strings.Contains(r.stdout, a.ID) {
		t.Errorf("the preview lacks %s:\n%s", a.ID, r.stdout)
	}
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"nonsense"}, "the first argument is no command"},
		{[]string{"run", "-nonsense"}, "argument 1 is no flag"},
		{[]string{"run", "-dry-run", "extra"}, "argument 2 is no flag"},
	} {
		r := b.must(2, env, tt.args...)
		if !strings.Contains(r.stderr, tt.want) {
			t.Errorf("%v: stderr lacks %q:\n%s", tt.args, tt.want, r.stderr)
		}
	}
	if r := b.must(0, env, "-h"); !strings.Contains(r.stdout, "Usage:") {
		t.Errorf("-h prints\n%s", r.stdout)
	}
	if r := b.must(0, env, "run", "-h"); !strings.Contains(r.stdout, "-dry-run") {
		t.Errorf("run -h prints\n%s", r.stdout)
	}
}

func TestConfigurationFile(t *testing.T) {
	w := newWorld()
	draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -30))
	b := newBench(t, w)
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, ".github"), 0o700); err != nil {
		t.Fatal(err)
	}
	text := "contacts:\n  group:rocketeers: {email: rocketeers@example.org}\n"
	if err := os.WriteFile(filepath.Join(dir, ".github", "advisory-reminders.yml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	r := b.must(0, map[string]string{"GITHUB_WORKSPACE": dir})
	if diff := cmp.Diff([]string{"rocketeers@example.org"}, r.to()); diff != "" {
		t.Errorf("mails (-want +got):\n%s", diff)
	}
	if !strings.Contains(r.reports(), ".github/advisory-reminders.yml") {
		t.Errorf("the report doesn't say which configuration applied:\n%s", r.reports())
	}
	if r := b.must(0, map[string]string{"GITHUB_WORKSPACE": t.TempDir(), "INPUT_DRY-RUN": "true"}); !strings.Contains(r.stdout, "the workspace is empty") {
		t.Errorf("an empty workspace is not named:\n%s", r.stdout)
	}
}

func TestWrongToken(t *testing.T) {
	w := newWorld()
	a := draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -30))
	b := newBench(t, w)
	r := b.must(1, map[string]string{"INPUT_TOKEN": "ghp_wrong"})
	text := r.stdout + r.stderr + r.summary
	if !strings.Contains(text, "token is wrong, revoked or expired") {
		t.Errorf("no advice:\n%s", text)
	}
	if strings.Contains(text, a.ID) || strings.Contains(strings.ReplaceAll(text, "::add-mask::ghp_wrong", ""), "ghp_wrong") {
		t.Errorf("an advisory or the token is named:\n%s", text)
	}
	if len(r.mails)+len(r.slack) != 0 {
		t.Error("something was sent")
	}
}
