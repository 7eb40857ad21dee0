package action

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

// The README's table of inputs says of each input of action.yml, in the same
// order, whether it is required and what its default is.
func TestReadmeInputs(t *testing.T) {
	text, err := os.ReadFile("../action.yml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Inputs yaml.Node `yaml:"inputs"`
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	var want []string
	for pair := range slices.Chunk(file.Inputs.Content, 2) {
		var in struct {
			Required bool   `yaml:"required"`
			Default  string `yaml:"default"`
		}
		if err := pair[1].Decode(&in); err != nil {
			t.Fatal(err)
		}
		required, value := " ", " "
		if in.Required {
			required = " yes "
		}
		if in.Default != "" {
			value = " `" + in.Default + "` "
		}
		want = append(want, "| `"+pair[0].Value+"` |"+required+"|"+value+"|")
	}
	_, section, _ := strings.Cut(pages(t)["README.md"], "\n## Inputs\n")
	section, _, _ = strings.Cut(section, "\n## ")
	got := regexp.MustCompile("(?m)^\\| `.*$").FindAllString(section, -1)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the inputs of action.yml (-) and the README's (+):\n%s", diff)
	}
}
