package main_test

import (
	"bytes"
	"os"
	"os/exec"
	"regexp"
	"runtime"
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
		"\nFROM scratch\n", " /etc/ssl/certs/ca-certificates.crt\n", "\nRUN sh /src/.ci/licenses >/licenses.txt\n", " /src/LICENSE /licenses.txt /licenses/\n", "\nENTRYPOINT [\"/advisory-reminders\"]\n",
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the Dockerfile lacks %q", want)
		}
	}
}

// What goes into the image with the program has its license there, too: every
// module that the program is compiled from, Go itself and the certificates.
func TestLicenses(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows starts no script")
	}
	var problem bytes.Buffer
	list := exec.Command("../../.ci/licenses")
	list.Stderr = &problem
	out, err := list.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, &problem)
	}
	modules, err := exec.Command("go", "list", "-deps", "-tags", "nodemo", "-f", "{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}{{end}}{{end}}", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	names := slices.Compact(slices.Sorted(strings.Lines(string(modules))))
	if len(names) < 10 {
		t.Fatalf("only %d modules", len(names))
	}
	parts := strings.Split(string(out), strings.Repeat("=", 64)+"\n")
	for _, name := range append(names, "Go (go1.", "Certificates (") {
		name = strings.TrimSpace(name)
		i := slices.IndexFunc(parts, func(p string) bool { return strings.HasPrefix(p, "\n"+name) })
		if name != "" && (i < 0 || !regexp.MustCompile(`(?i)licen[cs]e|redistribution|permission`).MatchString(parts[max(i, 0)][len(name):])) {
			t.Errorf("%s has no license", name)
		}
	}
}
