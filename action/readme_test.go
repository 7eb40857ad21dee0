package action

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/openedx/advisory-reminders/internal/config"
)

var (
	fence = regexp.MustCompile("(?ms)^( *)```yaml\n(.*?)^ *```$")
	cell  = regexp.MustCompile("(?m)^\\| (`[a-z-]+`(?:, `[a-z-]+`)*) \\|")
)

// The README's examples are ones that work, and its table has every input.
func TestREADME(t *testing.T) {
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	known := make([]string, 0, len(inputs))
	for _, in := range inputs {
		known = append(known, in.name)
	}
	configurations, workflows := 0, 0
	for _, m := range fence.FindAllStringSubmatch(string(text), -1) {
		example := strings.ReplaceAll("\n"+m[2], "\n"+m[1], "\n")
		if strings.Contains(example, "\ncadence:") {
			configurations++
			example = strings.ReplaceAll(example, "GHSA-xxxx-xxxx-xxxx", "GHSA-2222-3333-4444")
			if _, err := config.Parse([]byte(example)); err != nil {
				t.Errorf("the example of a configuration: %v", err)
			}
			continue
		}
		workflows++
		var workflow struct {
			Jobs map[string]struct {
				Steps []struct {
					Uses string         `yaml:"uses"`
					With map[string]any `yaml:"with"`
				} `yaml:"steps"`
			} `yaml:"jobs"`
		}
		if err := yaml.Unmarshal([]byte(example), &workflow); err != nil {
			t.Errorf("the example of a workflow: %v", err)
		}
		values := make(map[string]string)
		for _, step := range workflow.Jobs["remind"].Steps {
			if strings.HasPrefix(step.Uses, "openedx/advisory-reminders@") {
				for name := range step.With {
					values[name] = "x"
					if !slices.Contains(known, name) {
						t.Errorf("the example of a workflow has the input %q, which there is not", name)
					}
				}
			}
		}
		if values["token"] == "" {
			t.Error("the example of a workflow does not use the action")
		}
	}
	if configurations != 1 || workflows != 2 {
		t.Errorf("found %d configurations and %d workflows, want 1 and 2", configurations, workflows)
	}
	_, table, _ := strings.Cut(string(text), "\n## Inputs\n")
	table, _, _ = strings.Cut(table, "\n## ")
	var listed []string
	for _, m := range cell.FindAllStringSubmatch(table, -1) {
		for name := range strings.SplitSeq(m[1], ", ") {
			listed = append(listed, strings.Trim(name, "`"))
		}
	}
	slices.Sort(listed)
	slices.Sort(known)
	if !slices.Equal(listed, known) {
		t.Errorf("the table lists\n%v\nthe inputs are\n%v", listed, known)
	}
}
