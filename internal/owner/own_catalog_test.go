package owner_test

import (
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/owner"
)

// This repository names its own maintainers the way that is asked of others.
func TestOwnCatalog(t *testing.T) {
	text, err := os.ReadFile("../../catalog-info.yaml")
	if err != nil {
		t.Fatal(err)
	}
	named, err := owner.ParseCatalog(text, "openedx")
	if err != nil {
		t.Fatal(err)
	}
	want := owner.Named{Owners: []advisory.Owner{{Kind: advisory.Team, Name: "axim-engineering"}}}
	if diff := cmp.Diff(want, named); diff != "" {
		t.Errorf("owners (-want +got):\n%s", diff)
	}
	var file struct {
		APIVersion string `yaml:"apiVersion"`
		Kind       string `yaml:"kind"`
		Metadata   struct {
			Name        string `yaml:"name"`
			Description string `yaml:"description"`
		} `yaml:"metadata"`
		Spec struct {
			Type      string `yaml:"type"`
			Lifecycle string `yaml:"lifecycle"`
		} `yaml:"spec"`
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	module := strings.Fields(readFile(t, "../../go.mod"))[1]
	if file.APIVersion != "backstage.io/v1alpha1" || file.Kind != "Component" ||
		file.Metadata.Name != path.Base(module) || file.Metadata.Description == "" ||
		!slices.Contains([]string{"service", "website", "library"}, file.Spec.Type) ||
		!slices.Contains([]string{"experimental", "production", "deprecated"}, file.Spec.Lifecycle) {
		t.Errorf("%+v", file)
	}
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
