package action

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

// allowed are the permissions of each job of each workflow, and no wider ones.
var allowed = map[string]map[string]string{
	"ci.yml everything":            {"contents": "read"},
	"ci.yml container":             {"contents": "read"},
	"ci.yml image":                 {"contents": "read"},
	"ci.yml laptop":                {"contents": "read"},
	"ci.yml real":                  {"contents": "read"},
	"codeql.yml analyze":           {"contents": "read", "security-events": "write"},
	"dependency-review.yml review": {"contents": "read"},
	"release.yml check":            {"contents": "read"},
	"release.yml ci":               {"contents": "read"},
	"release.yml image":            {"contents": "read", "packages": "write", "id-token": "write", "attestations": "write"},
	"pages.yml build":              {"contents": "read"},
	"pages.yml deploy":             {"pages": "write", "id-token": "write"},
	"release.yml publish":          {"contents": "write", "id-token": "write", "attestations": "write"},
	"scorecard.yml analyze":        {"contents": "read", "security-events": "write", "id-token": "write"},
	"github-alone.yml remind":      {"contents": "write", "issues": "write"}, // the ledger's branch, and the report
	"organization.yml remind":      {"contents": "write"},                    // the ledger's branch
	"repository.yml remind":        {"contents": "write"},
}

type workflow struct {
	On          any                    `yaml:"on"`
	Permissions *map[string]string     `yaml:"permissions"`
	Concurrency any                    `yaml:"concurrency"`
	Jobs        map[string]workflowJob `yaml:"jobs"`
}

type workflowJob struct {
	Uses        string             `yaml:"uses"`
	Secrets     any                `yaml:"secrets"`
	Minutes     int                `yaml:"timeout-minutes"`
	Permissions *map[string]string `yaml:"permissions"`
	Steps       []struct {
		Uses string         `yaml:"uses"`
		Run  string         `yaml:"run"`
		With map[string]any `yaml:"with"`
	} `yaml:"steps"`
}

// The repository's workflows and the examples take actions by their commit, ask
// for few permissions and end in time.
func TestWorkflows(t *testing.T) {
	own, err := filepath.Glob("../.github/workflows/*.y*ml")
	if err != nil || len(own) == 0 {
		t.Fatalf("found no workflows: %v", err)
	}
	examples, err := filepath.Glob("../examples/*.y*ml")
	if err != nil {
		t.Fatal(err)
	}
	pins := make(map[string]string)
	for _, path := range slices.Concat(own, examples) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if slices.Contains(examples, path) && !regexp.MustCompile(`(?m)^jobs:`).Match(text) {
			continue // of the configuration, or of something else
		}
		for _, wrong := range faults(filepath.Base(path), text, pins) {
			t.Errorf("%s: %s", path, wrong)
		}
	}
}

var (
	usesLine = regexp.MustCompile(`^\s*(?:- )?uses: (\S+)(.*)$`)
	pinned   = regexp.MustCompile(`^([\w.-]+/[\w.-]+)((?:/[\w.-]+)*)@([0-9a-f]{40})$`)
	comment  = regexp.MustCompile(`^ # v\d+\.\d+\.\d+$`)
)

// faults returns what is wrong with a workflow. Pins collects the commit and
// version of each action over all workflows.
func faults(name string, text []byte, pins map[string]string) (wrong []string) {
	say := func(format string, a ...any) { wrong = append(wrong, fmt.Sprintf(format, a...)) }
	var w workflow
	if err := yaml.Unmarshal(text, &w); err != nil {
		return []string{err.Error()}
	}
	if on := fmt.Sprint(w.On); w.On == nil || strings.Contains(on, "pull_request_target") || strings.Contains(on, "workflow_run") {
		say("it is started by %s", on)
	}
	if w.Permissions == nil || len(*w.Permissions) > 0 {
		say("permissions of the workflow are not {}")
	}
	if w.Concurrency == nil {
		say("it has no concurrency")
	}
	steps := 0
	for _, id := range slices.Sorted(maps.Keys(w.Jobs)) {
		job := w.Jobs[id]
		limits, known := allowed[name+" "+id]
		switch {
		case job.Permissions == nil:
			say("job %s declares no permissions", id)
		case !known:
			say("job %s is not in this test's list of permissions", id)
		default:
			for permission, level := range *job.Permissions {
				if limit := limits[permission]; level != limit && (level != "read" || limit != "write") && level != "none" {
					say("job %s has %s: %s, allowed is %q", id, permission, level, limit)
				}
			}
		}
		if job.Uses != "" {
			steps++
			if !strings.HasPrefix(job.Uses, "./.github/workflows/") || job.Secrets != nil {
				say("job %s calls %s, or gives it secrets", id, job.Uses)
			}
			continue // GitHub takes no timeout here; the jobs that it calls have theirs
		}
		if job.Minutes <= 0 || job.Minutes > 60 {
			say("job %s has a timeout of %d minutes", id, job.Minutes)
		}
		for _, step := range job.Steps {
			if step.Uses != "" {
				steps++
			}
			if strings.Contains(step.Run, "${{") {
				say("job %s runs an expression: give it to the script in env", id)
			}
			if keep, ok := step.With["persist-credentials"]; strings.HasPrefix(step.Uses, "actions/checkout@") && (!ok || keep != false) {
				say("job %s keeps its credentials after the checkout", id)
			}
		}
	}
	// The version is in a comment, which only the text has.
	for line := range strings.Lines(string(text)) {
		m := usesLine.FindStringSubmatch(strings.TrimRight(line, "\n"))
		if m == nil {
			continue
		}
		steps--
		if strings.HasPrefix(m[1], "./") {
			continue
		}
		pin := pinned.FindStringSubmatch(m[1])
		if pin == nil || !comment.MatchString(m[2]) {
			say("%q is not pinned by a whole commit with its version in a comment", strings.TrimSpace(line))
			continue
		}
		if other, ok := pins[pin[1]]; ok && other != pin[3]+m[2] {
			say("%s is at %s here and at %s elsewhere", pin[1], pin[3]+m[2], other)
		}
		pins[pin[1]] = pin[3] + m[2]
	}
	if steps != 0 {
		say("%d uses: were not understood", steps)
	}
	return wrong
}

// The check finds what it is for.
func TestWorkflowFaults(t *testing.T) {
	const good = `on: pull_request
permissions: {}
concurrency: x
jobs:
  image:
    timeout-minutes: 5
    permissions:
      contents: read
    steps:
      - uses: actions/checkout@0123456789012345678901234567890123456789 # v1.2.3
        with:
          persist-credentials: false
      - run: echo
`
	const action = "actions/checkout@0123456789012345678901234567890123456789 # v1.2.3"
	for _, row := range []struct{ from, to, want string }{
		{"x", "x", ""},
		{"read", "none", ""},
		{"v1.2.3", "v1", "is not pinned"},
		{" # v1.2.3", "", "is not pinned"},
		{"56789 #", "5678 #", "is not pinned"},
		{action, "actions/checkout@v5", "is not pinned"},
		{action, "docker://alpine", "is not pinned"},
		{"# v1.2.3", "# v1.2.4", "elsewhere"},
		{"@01", "@11", "elsewhere"},
		{"checkout@01", "checkout/part@11", "elsewhere"},
		{"uses: " + action, `"uses": ` + action, "not understood"},
		{"on: pull_request", "on: pull_request_target", "started by"},
		{"on: pull_request", "on: [push, pull_request_target]", "started by"},
		{"on: pull_request", "on:\n  pull_request_target:\n    branches: [main]", "started by"},
		{"permissions: {}", "", "not {}"},
		{"permissions: {}", "permissions: {contents: read}", "not {}"},
		{"permissions: {}", "permissions: write-all", "map"},
		{"concurrency: x", "", "no concurrency"},
		{"contents: read", "contents: write", "allowed is \"read\""},
		{"contents: read", "issues: read", "allowed is \"\""},
		{"    permissions:\n      contents: read\n", "", "declares no permissions"},
		{"image:", "other:", "not in this test's list"},
		{"    timeout-minutes: 5\n", "", "timeout of 0"},
		{"minutes: 5", "minutes: 360", "timeout of 360"},
		{"credentials: false", "credentials: true", "keeps its credentials"},
		{"        with:\n          persist-credentials: false\n", "", "keeps its credentials"},
		{"run: echo", "run: echo ${{ github.head_ref }}", "runs an expression"},
	} {
		text := strings.Replace(good, row.from, row.to, 1)
		if text == good && row.want != "" {
			t.Fatalf("%q is not in the example", row.from)
		}
		pins := map[string]string{"actions/checkout": "0123456789012345678901234567890123456789 # v1.2.3"}
		got := faults("ci.yml", []byte(text), pins)
		if (len(got) > 0) != (row.want != "") || !strings.Contains(strings.Join(got, "\n"), row.want) {
			t.Errorf("with %q for %q: got %q, want %q in it", row.to, row.from, got, row.want)
		}
	}
}

// Dependabot looks after everything that is pinned here.
func TestDependabot(t *testing.T) {
	text, err := os.ReadFile("../.github/dependabot.yml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Updates []struct {
			Ecosystem string         `yaml:"package-ecosystem"`
			Groups    map[string]any `yaml:"groups"`
		} `yaml:"updates"`
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, u := range file.Updates {
		got = append(got, u.Ecosystem)
		if len(u.Groups) == 0 {
			t.Errorf("%s has no group", u.Ecosystem)
		}
	}
	if diff := cmp.Diff([]string{"gomod", "github-actions", "docker"}, got); diff != "" {
		t.Error(diff)
	}
}
