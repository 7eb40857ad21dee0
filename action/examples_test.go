package action_test

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/openedx/advisory-reminders/internal/sandbox"
)

// A workflow is what matters of a workflow file.
type workflow struct {
	On struct {
		Schedule []struct {
			Cron string `yaml:"cron"`
		} `yaml:"schedule"`
		Dispatch *struct {
			Inputs map[string]struct {
				Description string `yaml:"description"`
				Type        string `yaml:"type"`
				Default     any    `yaml:"default"`
			} `yaml:"inputs"`
		} `yaml:"workflow_dispatch"`
	} `yaml:"on"`
	Concurrency struct {
		Group  string `yaml:"group"`
		Cancel *bool  `yaml:"cancel-in-progress"`
	} `yaml:"concurrency"`
	Permissions map[string]string `yaml:"permissions"`
	Jobs        map[string]struct {
		RunsOn      string            `yaml:"runs-on"`
		Timeout     int               `yaml:"timeout-minutes"`
		Permissions map[string]string `yaml:"permissions"`
		Steps       []workflowStep    `yaml:"steps"`
	} `yaml:"jobs"`

	text string
}

type workflowStep struct {
	ID   string         `yaml:"id"`
	Uses string         `yaml:"uses"`
	With map[string]any `yaml:"with"`
}

func readWorkflow(t *testing.T, name string) workflow {
	t.Helper()
	var w workflow
	readYAML(t, "../examples/"+name, &w)
	w.text = read("../examples/" + name)
	return w
}

func readYAML(t *testing.T, path string, into any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// step returns the step that uses an action.
func (w workflow) step(t *testing.T, action string) workflowStep {
	t.Helper()
	steps := w.Jobs["remind"].Steps
	i := slices.IndexFunc(steps, func(s workflowStep) bool { return strings.HasPrefix(s.Uses, action+"@") })
	if i < 0 {
		t.Fatalf("no step uses %s", action)
	}
	return steps[i]
}

// appPermissions are those that the app's token is asked for with, by GitHub's
// names.
func (w workflow) appPermissions(t *testing.T) map[string]string {
	permissions := make(map[string]string)
	for key, level := range w.step(t, "actions/create-github-app-token").With {
		if name, ok := strings.CutPrefix(key, "permission-"); ok {
			permissions[strings.ReplaceAll(name, "-", "_")] = fmt.Sprint(level)
		}
	}
	return permissions
}

// both are the permissions of the app's token and of the workflow's own.
func (w workflow) both(t *testing.T) (app, job map[string]string) {
	return w.appPermissions(t), w.Jobs["remind"].Permissions
}

var expression = regexp.MustCompile(`\$\{\{ *(.*?) *\}\}`)

// fill puts values in the place of the expressions of a text. It knows names and
// false, with ! before them, and && and || between them.
func fill(t *testing.T, text string, values map[string]string) string {
	t.Helper()
	return expression.ReplaceAllStringFunc(text, func(e string) string {
		holds := func(value string) bool { return value != "" && value != "false" }
		result := ""
		for either := range strings.SplitSeq(expression.FindStringSubmatch(e)[1], "||") {
			for operand := range strings.SplitSeq(either, "&&") {
				name, not := strings.CutPrefix(strings.TrimSpace(operand), "!")
				value, known := values[name]
				switch {
				case name == "false":
					value = "false"
				case !known:
					t.Errorf("nothing is known of %s", name)
				}
				if not {
					value = fmt.Sprint(!holds(value))
				}
				if result = value; !holds(value) {
					break
				}
			}
			if holds(result) {
				break
			}
		}
		return result
	})
}

// actionInputs are the inputs that action.yml declares, with their defaults.
func actionInputs(t *testing.T) map[string]string {
	t.Helper()
	var file struct {
		Inputs map[string]struct {
			Default string `yaml:"default"`
		} `yaml:"inputs"`
	}
	readYAML(t, "../action.yml", &file)
	defaults := make(map[string]string)
	for name, in := range file.Inputs {
		defaults[name] = in.Default
	}
	return defaults
}

// The steps that the README shows are those of its example.
func TestReadmeSteps(t *testing.T) {
	_, block, _ := strings.Cut(read("../README.md"), "```yaml\n")
	block, _, _ = strings.Cut(block, "```")
	var shown struct {
		Steps []workflowStep `yaml:"steps"`
	}
	if err := yaml.Unmarshal([]byte(block), &shown); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(readWorkflow(t, "github-alone.yml").Jobs["remind"].Steps, shown.Steps); diff != "" {
		t.Errorf("the example's steps (-) and the README's (+):\n%s", diff)
	}
}

// env is what the runner gives to the last step of a workflow. Event is
// "schedule", or "workflow_dispatch" with the given inputs of the workflow;
// secrets are by their names.
func (w workflow) env(t *testing.T, event string, given, secrets map[string]string) map[string]string {
	t.Helper()
	values := map[string]string{
		"github.repository": home, "github.repository_owner": "acme",
		"github.token": sandbox.WorkflowToken, "steps.app.outputs.token": appToken,
	}
	for name, value := range secrets {
		values["secrets."+name] = value
	}
	if w.On.Dispatch != nil {
		for name, in := range w.On.Dispatch.Inputs {
			values["inputs."+name] = "" // where the event is another
			if event == "workflow_dispatch" {
				value, ok := given[name]
				if !ok {
					value = fmt.Sprint(in.Default)
				}
				values["inputs."+name] = value
			}
		}
	}
	env := make(map[string]string)
	defaults := actionInputs(t)
	for name, value := range defaults {
		env["INPUT_"+strings.ToUpper(name)] = fill(t, value, values)
	}
	for name, value := range w.step(t, "openedx/advisory-reminders").With {
		if _, ok := defaults[name]; !ok {
			t.Errorf("there is no input %s", name)
			continue
		}
		env["INPUT_"+strings.ToUpper(name)] = fill(t, fmt.Sprint(value), values)
	}
	return env
}

const appToken = "sandbox-app-token"

var (
	pinned   = regexp.MustCompile(`^[a-z-]+/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$`)
	usesLine = regexp.MustCompile(`(?m)^\s*- uses: (.*)$`)
	cronForm = regexp.MustCompile(`^(\d+) \d+ \* \* 1-5$`)
)

// The example workflows are what they say: pinned, frugal with permissions, on
// weekdays at an off-peak minute, one at a time, never without an end. Their
// scheduled runs are live, and those by hand are none by default.
func TestExampleWorkflows(t *testing.T) {
	for _, name := range []string{"organization.yml", "repository.yml"} {
		t.Run(name, func(t *testing.T) {
			w := readWorkflow(t, name)
			for _, m := range usesLine.FindAllStringSubmatch(w.text, -1) {
				if !pinned.MatchString(m[1]) {
					t.Errorf("%q is not pinned to a commit with its version in a comment", m[1])
				}
			}
			if len(usesLine.FindAllString(w.text, -1)) != len(w.Jobs["remind"].Steps) {
				t.Error("a step was overlooked")
			}
			if len(w.Permissions) != 0 || w.Permissions == nil {
				t.Errorf("permissions of the workflow: %v, want {}", w.Permissions)
			}
			job := w.Jobs["remind"]
			if diff := cmp.Diff(map[string]string{"contents": "write"}, job.Permissions); diff != "" {
				t.Errorf("permissions of the job (-want +got):\n%s", diff)
			}
			if job.Timeout < 15 || job.Timeout > 60 || job.RunsOn != "ubuntu-latest" {
				t.Errorf("timeout %d minutes, on %s", job.Timeout, job.RunsOn)
			}
			if w.Concurrency.Group == "" || w.Concurrency.Cancel == nil || *w.Concurrency.Cancel {
				t.Errorf("concurrency: %+v", w.Concurrency)
			}
			if len(w.On.Schedule) != 1 {
				t.Fatalf("%d schedules", len(w.On.Schedule))
			}
			m := cronForm.FindStringSubmatch(w.On.Schedule[0].Cron)
			if m == nil || slices.Contains([]string{"0", "5", "10", "15", "20", "25", "30", "35", "40", "45", "50", "55"}, m[1]) {
				t.Errorf("cron %q is not on weekdays at an off-peak minute", w.On.Schedule[0].Cron)
			}
			if !strings.Contains(w.text, ".github/workflows/") {
				t.Error("it does not say where it belongs")
			}
			secrets := map[string]string{
				"SLACK_TOKEN": "", "SLACK_WEBHOOK_URL": "", "SMTP_USERNAME": "", "SMTP_PASSWORD": "",
				"REMINDERS_CONFIG": "", "REMINDERS_LEDGER_KEY": "",
			}
			for _, by := range []struct {
				event       string
				given       map[string]string
				check, live bool
			}{
				{event: "schedule", live: true},
				{event: "workflow_dispatch", check: name == "repository.yml"},
				{event: "workflow_dispatch", given: map[string]string{"check": "true"}, check: true},
				{event: "workflow_dispatch", given: map[string]string{"check": "false", "dry-run": "false"}, live: true},
			} {
				env := w.env(t, by.event, by.given, secrets)
				check, dry := env["INPUT_CHECK"] == "true", env["INPUT_DRY-RUN"] == "true"
				if check != by.check || check && dry || (!check && !dry) != by.live {
					t.Errorf("%s with %v: check %v, dry run %v", by.event, by.given, check, dry)
				}
			}
		})
	}
	w := readWorkflow(t, "organization.yml")
	want := []string{"as-of", "check", "dry-run", "force", "severities"}
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(w.On.Dispatch.Inputs))); diff != "" {
		t.Errorf("inputs by hand (-want +got):\n%s", diff)
	}
	for name, in := range w.On.Dispatch.Inputs {
		if in.Description == "" || in.Type == "" || in.Default == nil || !strings.Contains(w.text, "${{ inputs."+name) {
			t.Errorf("input %s: %+v", name, in)
		}
	}
}

// loginServer gives the bench a mail server that wants a login, and returns the
// inputs that lead there, and to the bench's Slack.
func (b *bench) loginServer(t *testing.T) map[string]string {
	t.Helper()
	m, err := sandbox.StartMail(b.World.Now, sandbox.MailOptions{Username: "mailer", Password: "mail-password"})
	if err != nil {
		t.Fatal(err)
	}
	b.Mail.Close()
	b.Mail = m
	return map[string]string{
		"INPUT_SMTP-SERVER": m.Host, "INPUT_SMTP-PORT": fmt.Sprint(m.Port), "INPUT_SMTP-SECURITY": "none",
		"INPUT_SLACK-API-URL": b.Slack.URL,
	}
}

// repository.yml runs in a public repository: the report goes to the webhook,
// mail to the owner by the configuration from the secret, the ledger on its
// branch is encrypted, and the log says nothing.
func TestExampleRepository(t *testing.T) {
	const secretConfig = "contacts: {user:cleo: {email: cleo-at-work@example.org}}"
	for _, row := range []struct {
		what, config string
		mails        []string
		drop         string // permission that the app lacks
		draftsSeen   bool
	}{
		{what: "with a configuration", config: secretConfig, mails: []string{"cleo-at-work@example.org"}, draftsSeen: true},
		{what: "without", mails: []string{"cleo@example.org"}, draftsSeen: true},
		{what: "without the right to drafts", config: secretConfig, mails: []string{}, drop: "repository_advisories"},
		{what: "without the right to members", config: secretConfig, mails: []string{}, drop: "members", draftsSeen: true},
	} {
		t.Run(row.what, func(t *testing.T) {
			w := newWorld()
			w.Organizations[0].VerifiedDomains = []string{"example.org"}
			w.Users[2].Addresses = map[string][]string{"acme": {"cleo@example.org"}}
			here := w.Repositories[0]
			here.Visibility = "public"
			here.Files = catalog("user:cleo")
			a := draft(w, here.Name, "critical", wednesday.AddDate(0, 0, -30))
			other := draft(w, "wheel", "critical", wednesday.AddDate(0, 0, -30))
			b := newBench(t, w)
			file := readWorkflow(t, "repository.yml")
			app, job := file.both(t)
			if _, ok := app[row.drop]; row.drop != "" && !ok {
				t.Fatalf("the example does not ask for %s", row.drop)
			}
			delete(app, row.drop)
			w.Lock()
			w.Tokens = map[string]*sandbox.Token{
				appToken:              w.Installation("acme", []string{home}, app),
				sandbox.WorkflowToken: w.Installation("acme", []string{home}, job),
			}
			w.Unlock()
			env := file.env(t, "schedule", nil, map[string]string{
				"REMINDERS_CONFIG": row.config, "REMINDERS_LEDGER_KEY": ageKey(t),
				"SLACK_WEBHOOK_URL": b.Slack.AddWebhook("C0SECURITY"), "SMTP_USERNAME": "mailer", "SMTP_PASSWORD": "mail-password",
			})
			maps.Copy(env, b.loginServer(t))
			r := b.must(0, env)
			if diff := cmp.Diff(row.mails, r.to()); diff != "" {
				t.Errorf("mails (-want +got):\n%s", diff)
			}
			if got := strings.Contains(r.reports(), a.ID); got != row.draftsSeen || strings.Contains(r.reports(), other.ID) {
				t.Errorf("the report is\n%s", r.reports())
			}
			log := r.summary
			for line := range strings.Lines(r.stdout + r.stderr) {
				if !strings.HasPrefix(line, "::add-mask::") {
					log += line
				}
			}
			for _, secret := range []string{a.ID, "cleo", "example.org", "AGE-", "/services/"} {
				if strings.Contains(log, secret) {
					t.Errorf("the public log holds %q:\n%s", secret, log)
				}
			}
			w.Lock()
			defer w.Unlock()
			if text, ok := here.BranchFile("advisory-reminders-ledger", "ledger.json.age"); !ok || !strings.HasPrefix(text, "age-encryption.org") {
				t.Errorf("the ledger is not encrypted: %.40q", text)
			}
			if len(r.outputs) != 0 {
				t.Errorf("outputs %v", r.outputs)
			}
		})
	}
}
