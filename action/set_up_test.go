package action_test

import (
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/openedx/advisory-reminders/internal/sandbox"
)

var (
	setUpFence = regexp.MustCompile("(?ms)^```\n(.*?)^```$")
	setUpLine  = regexp.MustCompile(`(?m)^(OK|WARN|UNKNOWN|FAIL)\b`)
	setUpLink  = regexp.MustCompile(`https://(?:github\.com/organizations|api\.slack\.com/apps)\S*?\?[^\s)]+`)
	anyPort    = regexp.MustCompile(`127\.0\.0\.1:\d+`)
)

// flat is a text on one line, without the ports of this run.
func flat(text string) string {
	return strings.Join(strings.Fields(anyPort.ReplaceAllString(text, "SERVER")), " ")
}

// Every line that the set-up page quotes of a check, and its account of the first
// days, are what the program says when its example is set up with that thing missing.
func TestSetUpQuotes(t *testing.T) {
	t.Parallel()
	example := readWorkflow(t, "github-alone.yml").step(t, "openedx/advisory-reminders").With
	start := time.Date(2026, 11, 30, 14, 17, 0, 0, time.UTC)
	alone := map[string]string{
		"INPUT_SLACK-TOKEN": "", "INPUT_SLACK-CHANNEL": "", "INPUT_SMTP-SERVER": "", "INPUT_SMTP-PORT": "", "INPUT_SMTP-SECURITY": "", "INPUT_EMAIL-FROM": "",
		"INPUT_REPORT-ISSUE": "true", "INPUT_CONFIG-TEXT": example["config-text"].(string),
	}
	begin := func(app map[string]string, installed []string) *bench {
		w := sandbox.Demo(start.Truncate(24 * time.Hour))
		w.SetTime(start)
		organization, _, _ := strings.Cut(sandbox.DemoRepository, "/")
		w.Tokens[sandbox.FullToken] = w.Installation(organization, installed, app)
		w.Tokens[sandbox.WorkflowToken] = w.Installation(organization, []string{sandbox.DemoRepository}, map[string]string{"contents": "write", "issues": "write"})
		s, err := sandbox.Start(w, sandbox.DemoRepository)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		s.Slack.Burst = -1
		return &bench{t: t, Services: s, now: start}
	}
	var said strings.Builder
	check := func(b *bench, status int, changes ...map[string]string) {
		env := make(map[string]string)
		for _, c := range changes {
			maps.Copy(env, c)
		}
		said.WriteString(flat(b.must(status, env, "check").stdout) + "\n")
	}
	permissions := map[string]string{"repository_advisories": "write", "contents": "read", "members": "read"}

	whole := begin(permissions, nil)
	check(whole, 0, alone)
	check(whole, 0, alone, map[string]string{"INPUT_MAX-RECIPIENTS": "3"})
	check(whole, 1, map[string]string{"INPUT_SLACK-TOKEN": "xoxb-wrong"})
	check(whole, 1, map[string]string{"INPUT_SLACK-CHANNEL": "nothere"})
	check(whole, 2, map[string]string{"INPUT_SLACK-CHANNEL": "general"})
	check(whole, 1, map[string]string{"INPUT_SMTP-SECURITY": "starttls"})
	check(begin(permissions, []string{"open-campus/campus-platform", "open-campus/event-bus"}), 0, alone)
	check(begin(map[string]string{"contents": "read", "members": "read"}, nil), 0, alone)
	refused := begin(permissions, nil)
	refused.World.Tokens[sandbox.WorkflowToken].Issues = nil
	check(refused, 2, alone)

	page := read("../docs/set-up.md")
	quoted := 0
	for _, m := range setUpFence.FindAllStringSubmatch(page, -1) {
		block := m[1]
		if at := setUpLine.FindAllStringIndex(block, -1); at != nil {
			for i, from := range at {
				to := len(block)
				if i+1 < len(at) {
					to = at[i+1][0]
				}
				if line := flat(block[from[0]:to]); !strings.Contains(said.String(), line) {
					t.Errorf("no check says\n%s", line)
				}
				quoted++
			}
		}
	}
	if quoted < 12 {
		t.Errorf("found only %d lines of a check", quoted)
	}

	first := whole.must(0, alone)
	commented := 0
	for _, a := range whole.World.Advisories {
		if slices.ContainsFunc(a.Comments, func(c *sandbox.Comment) bool { return strings.Contains(c.Body, "advisory-reminders") }) {
			commented++
		}
	}
	if want := fmt.Sprintf("in comments on %d drafts", commented); !strings.Contains(page, want) {
		t.Errorf("the page does not say %q", want)
	}
	whole.now = start.AddDate(0, 0, 1)
	second := whole.must(0, alone)
	whole.now = start.AddDate(0, 0, 2)
	third := whole.must(0, alone)
	for _, part := range []struct{ said, says, page string }{
		{first.stdout, "Sent 24 digests; 0 failed. The report was sent.", "24 digests"},
		{first.summary, "5 drafts without an owner, 1 draft without a score", "5 drafts without an owner and 1 without a score"},
		{first.summary, "On a first run that is everybody: 9 people in 5 repositories.", "9 people in 5 repositories"},
		{fmt.Sprintf("%d lines", toldLines(first.summary)), "6 lines", `6 lines to confirm under "Told for the first time"`},
		{first.summary, "**Will be given access.**", `"Will be given access": one team`},
		{second.stdout, "Sent 5 digests; 0 failed. The report was sent.", "5 digests"},
		{second.summary, "<code>user:diego-fuentes</code> (1), <code>user:ines-carvalho</code> (1), <code>user:kofi-mensah</code> (1), <code>user:liam-oconnell</code> (1), <code>user:mei-lin-chen</code> (1)", "three people of another"},
		{second.summary, "**November 2026:**", "the month's numbers"},
		{second.summary, "**Given access.** These can open the draft now, as its collaborators.", "was given access to its draft"},
		{third.stdout, "Nothing is due. Next: 7 December (weekly, 5 people and the working group; monthly, 7 people and the working group).",
			"Nothing is due. Next: 7 December (weekly, 5 people and the working group; monthly, 7 people and the working group)."},
	} {
		if !strings.Contains(part.said, part.says) {
			t.Errorf("no run says %q:\n%s", part.says, part.said)
		}
		if !strings.Contains(page, part.page) {
			t.Errorf("the page does not say %q", part.page)
		}
	}
	comment := ""
	for _, a := range whole.World.Advisories {
		if a.Repository == "open-campus/event-bus" && a.State == "draft" {
			for _, c := range a.Comments {
				comment += strings.ReplaceAll(c.Body, whole.GitHub.ServerURL(), "https://github.com")
			}
		}
	}
	_, sample, _ := strings.Cut(read("../docs/messages.md"), "\n```\n@")
	sample, _, _ = strings.Cut(sample, "```")
	if sample == "" || !strings.HasPrefix(comment, "@"+sample) {
		t.Errorf("docs/messages.md shows the comment\n@%s\nit is\n%s", sample, comment)
	}
	try := whole.must(0, map[string]string{"INPUT_SEND-ALL-TO": "you@example.org"}).stdout
	const tried = "A try: 20 digests were sent to the one in send-all-to, and so was the report. Nobody else was sent anything."
	if !strings.Contains(try, tried) || !strings.Contains(page, tried) {
		t.Errorf("a try, and the page, say %q:\n%s", tried, try)
	}
}

// toldLines counts a report's lines below "Told for the first time".
func toldLines(report string) int {
	_, section, _ := strings.Cut(report, "**Told for the first time.**")
	_, section, _ = strings.Cut(section, "\n\n")
	section, _, _ = strings.Cut(section, "\n\n")
	return strings.Count(section+"\n", "\n")
}

// The page's links make an app with the permissions that the example asks for, and a
// Slack app of the manifest.
func TestSetUpLinks(t *testing.T) {
	var app, slack url.Values
	for _, link := range setUpLink.FindAllString(read("../docs/set-up.md"), -1) {
		u, err := url.Parse(link)
		if err != nil {
			t.Fatal(err)
		}
		if u.Host == "github.com" {
			app = u.Query()
		} else {
			slack = u.Query()
		}
	}
	got := map[string]string{}
	for name := range app {
		if value := app.Get(name); value == "read" || value == "write" {
			got[name] = value
		}
	}
	want := map[string]string{"metadata": "read"} // of every app
	for name, value := range readWorkflow(t, "github-alone.yml").step(t, "actions/create-github-app-token").With {
		if permission, ok := strings.CutPrefix(name, "permission-"); ok {
			want[strings.ReplaceAll(permission, "-", "_")] = value.(string)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("permissions of the workflow (-) and of the link (+):\n%s", diff)
	}
	if app.Get("public") != "false" || app.Get("webhook_active") != "false" {
		t.Errorf("the app's link: %v", app)
	}
	var manifest, linked any
	readYAML(t, "../examples/slack-app-manifest.yml", &manifest)
	if err := yaml.Unmarshal([]byte(slack.Get("manifest_yaml")), &linked); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(manifest, linked); diff != "" || slack.Get("new_app") != "1" {
		t.Errorf("the manifest (-) and the link's (+):\n%s", diff)
	}
}
