package action_test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openedx/advisory-reminders/action"
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
		"configuration: line 1: timezone", "configuration: line 3: cadence.high", "input as-of",
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
		"no token":                                    {map[string]string{"INPUT_TOKEN": ""}, "input token: is missing"},
		"GITHUB_TOKEN in Actions":                     {map[string]string{"INPUT_TOKEN": "", "GITHUB_TOKEN": sandbox.FullToken}, "input token: is missing"},
		"a name with an underscore":                   {map[string]string{"INPUT_DRY_RUN": "true", "INPUT_DRY-RUN": "false"}, "input dry-run: is not set, but a name much like it, which is no input: correct the name"},
		"a name that lacks a letter":                  {map[string]string{"INPUT_SEVERITES": "critical"}, "input severities: is not set"},
		"a repository":                                {map[string]string{"INPUT_REPOSITORIES": "acme/rocket, wheel"}, "input repositories: entry 2"},
		"as-of, live":                                 {map[string]string{"INPUT_AS-OF": "2026-11-18", "GITHUB_API_URL": "https://api.github.example", "INPUT_LEDGER-TOKEN": "x"}, "input as-of: is for previews"},
		"as-of":                                       {map[string]string{"INPUT_AS-OF": "18.11.2026"}, "input as-of: is neither"},
		"two configurations":                          {map[string]string{"INPUT_CONFIG": "other.yml", "INPUT_CONFIG-TEXT": "forget: []"}, "input config-text: and config are both set"},
		"no such configuration":                       {map[string]string{"INPUT_CONFIG": "other.yml"}, "input config: there is no such file"},
		"channel without token":                       {map[string]string{"INPUT_SLACK-TOKEN": ""}, "input slack-channel: needs slack-token"},
		"nowhere to report":                           {map[string]string{"INPUT_SLACK-CHANNEL": ""}, "the report has nowhere to go"},
		"report without a server":                     {map[string]string{"INPUT_SMTP-SERVER": "", "INPUT_SMTP-PORT": "", "INPUT_EMAIL-FROM": "", "INPUT_REPORT-EMAIL": "a@example.org"}, "input report-email: needs smtp-server"},
		"no sender":                                   {map[string]string{"INPUT_EMAIL-FROM": ""}, "input email-from: is missing"},
		"open mail over a network":                    {map[string]string{"INPUT_SMTP-SERVER": "mail.example.org"}, "input smtp-security: may be none"},
		"password without a name":                     {map[string]string{"INPUT_SMTP-PASSWORD": "x"}, "input smtp-username: is missing, although smtp-password is set"},
		"a name without a password":                   {map[string]string{"INPUT_SMTP-USERNAME": "x"}, "input smtp-username: is set, and smtp-password is missing"},
		"file on a hosted runner":                     {map[string]string{"INPUT_LEDGER": "ledger.json"}, "input ledger: is a file, which would vanish"},
		"no ledger outside":                           {map[string]string{"GITHUB_ACTIONS": "", "GITHUB_REPOSITORY": "", "GITHUB_RUN_ID": ""}, "input ledger: is missing"},
		"no repository":                               {map[string]string{"GITHUB_REPOSITORY": ""}, "GITHUB_REPOSITORY: does not name the repository that runs the workflow"},
		"no ledger token":                             {map[string]string{"INPUT_LEDGER-TOKEN": ""}, "input ledger-token: is missing"},
		"short ledger key":                            {map[string]string{"INPUT_LEDGER-KEY": "short"}, "input ledger-key: each secret, one a line, must have at least 32 characters"},
		"a grid that is none":                         {map[string]string{"ADVISORY_REMINDERS_GRID": "4"}, "ADVISORY_REMINDERS_GRID: is not a duration up to 2m0s"},
		"a grid that is too long":                     {map[string]string{"ADVISORY_REMINDERS_GRID": "121s"}, "ADVISORY_REMINDERS_GRID: is not a duration up to 2m0s"},
		"a grid that takes no time":                   {map[string]string{"ADVISORY_REMINDERS_GRID": "0s"}, "ADVISORY_REMINDERS_GRID: is not a duration up to 2m0s"},
		"a public channel":                            {map[string]string{"INPUT_SLACK-CHANNEL": "general"}, "input slack-channel: the channel is public"},
		"token without a name":                        {map[string]string{"INPUT_SMTP-AUTH": "xoauth2"}, "input smtp-auth: is xoauth2, which needs smtp-username"},
		"unknown login":                               {map[string]string{"INPUT_SMTP-AUTH": "plain"}, "input smtp-auth: must be auto or xoauth2"},
		"no name for EHLO":                            {map[string]string{"INPUT_SMTP-HELLO": "my runner"}, "input smtp-hello: is not a host name"},
		"name without a server":                       {map[string]string{"INPUT_SMTP-SERVER": "", "INPUT_SMTP-PORT": "", "INPUT_EMAIL-FROM": "", "INPUT_SMTP-HELLO": "mail.example.org"}, "input smtp-hello: needs smtp-server"},
		"a person's Slack token":                      {map[string]string{"INPUT_SLACK-TOKEN": "xoxp-1-2-s3cret"}, "input slack-token: is not a bot token"},
		"an app's Slack token":                        {map[string]string{"INPUT_SLACK-TOKEN": "xapp-1-A0-2-s3cret"}, "input slack-token: is not a bot token"},
		"a Slack refresh token":                       {map[string]string{"INPUT_SLACK-TOKEN": "xoxe-1-s3cret"}, "input slack-token: is not a bot token"},
		"a Slack token for config":                    {map[string]string{"INPUT_SLACK-TOKEN": "xoxe.xoxp-1-s3cret"}, "input slack-token: is not a bot token"},
		"a browser's Slack token":                     {map[string]string{"INPUT_SLACK-TOKEN": "xoxc-1-s3cret"}, "input slack-token: is not a bot token"},
		"another Slack token":                         {map[string]string{"INPUT_SLACK-TOKEN": "s3cret"}, "input slack-token: is not a bot token"},
		"GitHub's API over http":                      {map[string]string{"GITHUB_API_URL": "http://github.example/api/v3"}, "GITHUB_API_URL: is not an https address"},
		"GraphQL over http":                           {map[string]string{"GITHUB_GRAPHQL_URL": "http://github.example/api/graphql"}, "GITHUB_GRAPHQL_URL: is not an https address"},
		"GraphQL with a login":                        {map[string]string{"GITHUB_GRAPHQL_URL": "https://user:s3cret@github.example/api/graphql"}, "GITHUB_GRAPHQL_URL: is not an https address"},
		"GraphQL is no address":                       {map[string]string{"GITHUB_GRAPHQL_URL": "github.example/graphql"}, "GITHUB_GRAPHQL_URL: is not an https address"},
		"Slack over http":                             {map[string]string{"INPUT_SLACK-API-URL": "http://slack.example/api/"}, "input slack-api-url: is not an https address"},
		"a webhook over http":                         {map[string]string{"INPUT_SLACK-WEBHOOK-URL": "http://hooks.slack.example/services/s3cret"}, "input slack-webhook-url: is not an https address"},
		"loopback in name alone":                      {map[string]string{"GITHUB_API_URL": "http://localhost.github.example"}, "GITHUB_API_URL: is not an https address"},
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

// A variable that is no input is no mistake where no input can be meant, or the one that
// can be is set.
func TestNamesThatAreNoMistake(t *testing.T) {
	for _, change := range []map[string]string{
		{"INPUT_DRY_RUN": "true", "INPUT_DRY-RUN": "true"},
		{"INPUT_DRY_RUN": "false", "INPUT_DRY-RUN": "false"},
		{"INPUT_DRY_RUN": "false"},
		{"INPUT_DRY_RUN": ""},
		{"INPUT_WHO-TO-GREET": "you"},
		{"NPUT_DRY_RUN": "true"},
	} {
		newBench(t, newWorld()).must(0, change)
	}
}

// What the configuration holds is quoted where the terminal is private, with what
// was meant, and nowhere else.
func TestMistakesQuoteInPrivateAlone(t *testing.T) {
	for visibility, want := range map[string][]string{
		"private": {`configuration: line 1: unknown key "snoze": did you mean snooze?`, "configuration: line 2: grace.weekly: expected a duration such as 2d or 1w: write 2d"},
		"public": {"configuration: line 1: unknown key; the keys here are timezone, cadence, grace, quiet-after-answer, notify-new, channels, access, max-owner, commands, working-group, triage-after, owners, contacts, unmaintained, snooze, forget, on-duty, privacy, messages",
			"configuration: line 2: grace.weekly: expected a duration such as 2d or 1w: a number lacks its unit"},
	} {
		b := newBench(t, newWorld())
		event := filepath.Join(t.TempDir(), "event.json")
		if err := os.WriteFile(event, []byte(`{"repository":{"visibility":"`+visibility+`"}}`), 0o600); err != nil {
			t.Fatal(err)
		}
		r := b.must(2, map[string]string{"GITHUB_EVENT_PATH": event, "INPUT_LEDGER-KEY": strings.Repeat("k", 32), "INPUT_CONFIG-TEXT": "snoze: []\ngrace: {weekly: 2}\n"})
		if diff := cmp.Diff(want, r.complaints()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", visibility, diff)
		}
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
		{[]string{"nonsense"}, "the first argument (nonsense) is not a command"},
		{[]string{"chek"}, "the first argument (chek) is not a command; did you mean check?"},
		{[]string{"s3cret"}, "the first argument is not a command"},
		{[]string{"run", "-nonsense"}, "argument 1 (-nonsense) is not a flag"},
		{[]string{"run", "-orgnization", "acme"}, "argument 1 (-orgnization) is not a flag; did you mean -organization?"},
		{[]string{"run", "--dryrun"}, "argument 1 (--dryrun) is not a flag; did you mean -dry-run?"},
		{[]string{"run", "-s3cret"}, "argument 1 is not a flag; run -h lists the flags"},
		{[]string{"run", "dry-run"}, "argument 1 is not a flag; did you mean -dry-run?"},
		{[]string{"run", "dry-runs"}, "argument 1 is not a flag; run -h lists the flags"},
		{[]string{"run", "-dry-run", "extra"}, "argument 2 is not a flag; run -h lists the flags"},
		{[]string{"run", "-dry-run", "false"}, "argument 2 is not a flag; a flag that is true or false takes it after an equals sign"},
		{[]string{"run", "-force=maybe"}, "argument 1 (-force) is neither true nor false"},
		{[]string{"run", "-config"}, "argument 1 (-config) lacks its value"},
	} {
		r := b.must(2, env, tt.args...)
		if !strings.Contains(r.stderr, tt.want) || strings.Contains(r.stderr, "s3cret") {
			t.Errorf("%v: stderr lacks %q:\n%s", tt.args, tt.want, r.stderr)
		}
	}
	if r := b.must(0, env, "-h"); !strings.Contains(r.stdout, "Usage:") {
		t.Errorf("-h prints\n%s", r.stdout)
	}
	// Without arguments nothing is done outside a workflow; flags alone are those of
	// a run.
	b.GitHub.ResetRequests()
	var out bytes.Buffer
	status := action.Main(t.Context(), action.Process{Getenv: func(k string) string { return env[k] }, Stdout: &out, Stderr: &out})
	if status != 0 || !strings.HasPrefix(out.String(), "Reminds maintainers") || len(b.GitHub.Requests()) > 0 {
		t.Errorf("without arguments: exit status %d, %d requests, and\n%s", status, len(b.GitHub.Requests()), out.String())
	}
	if r := b.must(0, env, "-organization", "acme", "-dry-run"); !strings.Contains(r.stdout, a.ID) {
		t.Errorf("with flags alone:\n%s", r.stdout)
	}
	for _, word := range []string{"--version", "-version", "version"} {
		r := b.must(0, env, word)
		if form := regexp.MustCompile(`^advisory-reminders \S+ go1\.\S+\n$`); !form.MatchString(r.stdout) {
			t.Errorf("%s prints %q", word, r.stdout)
		}
	}
	for _, args := range [][]string{{"run", "-h"}, {"help", "run"}, {"check", "-h"}} {
		r := b.must(0, env, args...)
		for line := range strings.Lines(r.stdout) {
			if len(strings.TrimSpace(line)) > 0 && len(line) > 81 {
				t.Errorf("%v prints %d columns: %s", args, len(line), line)
			}
		}
		for _, want := range []string{"\nWhat to do:\n", "\n  -dry-run\n", "\nMail:\n", "\n  -smtp-server VALUE\n"} {
			if !strings.Contains(r.stdout, want) {
				t.Errorf("%v lacks %q:\n%s", args, want, r.stdout)
			}
		}
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

// A file of a public repository may not say what is nobody's business: who is
// reached where, and which advisories there are.
func TestAPublicFileNamesNoAdvisoryAndNoContact(t *testing.T) {
	b := newBench(t, newWorld())
	b.inputs = map[string]string{"INPUT_LEDGER-KEY": strings.Repeat("secret", 6), "INPUT_CHECK": "true"}
	event := func(visibility string) string {
		path := filepath.Join(t.TempDir(), "event.json")
		if err := os.WriteFile(path, []byte(`{"repository": {"visibility": "`+visibility+`"}}`), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, tt := range []struct {
		text    string
		refused bool
	}{
		{"contacts: {'user:ann': {email: ann@example.org}}", true},
		{"snooze: [{advisory: GHSA-2222-3333-4444, until: 2027-01-15}]", true},
		{"forget: [GHSA-2222-3333-4444]", true},
		{"contacts: {}\nsnooze: []\nforget: []", false},
		{"owners: {acme/rocket: ['user:ann']}", false},
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "c.yml"), []byte(tt.text), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, visibility := range []string{"public", "internal", "private"} {
			env := map[string]string{"GITHUB_WORKSPACE": dir, "INPUT_CONFIG": "c.yml", "GITHUB_EVENT_PATH": event(visibility)}
			if got, want := b.run(env).status == 2, tt.refused && visibility != "private"; got != want {
				t.Errorf("%s, in a file of a repository that is %s: refused %v, want %v", tt.text, visibility, got, want)
			}
			if b.run(map[string]string{"INPUT_CONFIG-TEXT": tt.text, "GITHUB_EVENT_PATH": event(visibility)}).status == 2 {
				t.Errorf("%s, in a secret: refused (%s)", tt.text, visibility)
			}
		}
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
