package action

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/openedx/advisory-reminders/internal/run"
)

// The inputs that action.yml declares are those that the program reads, with
// the same defaults.
func TestActionYML(t *testing.T) {
	text, err := os.ReadFile("../action.yml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Inputs map[string]struct {
			Description string `yaml:"description"`
			Default     string `yaml:"default"`
		} `yaml:"inputs"`
		Outputs map[string]struct {
			Description string `yaml:"description"`
		} `yaml:"outputs"`
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	want, got := make(map[string]string), make(map[string]string)
	for _, in := range inputs {
		want[in.name] = in.value
	}
	want["ledger-token"] = "${{ github.token }}"
	for name, in := range file.Inputs {
		got[name] = in.Default
		if in.Description == "" {
			t.Errorf("input %s has no description", name)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("inputs and defaults of the program (-) and of action.yml (+):\n%s", diff)
	}
	outputs := counts(run.Outcome{}, false)
	for name := range file.Outputs {
		if _, ok := outputs[name]; !ok {
			t.Errorf("action.yml has output %s, the program has none", name)
		}
	}
	if len(file.Outputs) != len(outputs) {
		t.Errorf("action.yml has %d outputs, the program %d", len(file.Outputs), len(outputs))
	}
}
