package main_test

import (
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The image's program is compiled without the demo and what it needs.
func TestImageHasNoDemo(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "-tags", "nodemo", ".").Output()
	if err != nil {
		t.Fatalf("list the packages: %v", err)
	}
	packages := strings.Fields(string(out))
	foreign := regexp.MustCompile(`/internal/sandbox|^net/http/httptest$|graph-gophers|gqlparser|emersion|progressbar`)
	for _, p := range packages {
		if foreign.MatchString(p) {
			t.Errorf("%s is in the image's program", p)
		}
	}
	for _, want := range []string{"time/tzdata", "github.com/openedx/advisory-reminders/action"} {
		if !slices.Contains(packages, want) {
			t.Errorf("%s is not in the image's program", want)
		}
	}
}

// The Dockerfile's flags are what TestImageHasNoDemo and .ci/container take
// them for.
func TestDockerfile(t *testing.T) {
	text, err := os.ReadFile("../../Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"CGO_ENABLED=0 ", " -C /src -trimpath -buildvcs=false -tags nodemo -gcflags=all=-l -ldflags=\"-s -w -buildid=\" \\\n",
		"\nFROM scratch\n", " /etc/ssl/certs/ca-certificates.crt\n", "\nENTRYPOINT [\"/advisory-reminders\"]\n",
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the Dockerfile lacks %q", want)
		}
	}
}
