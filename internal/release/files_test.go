package main

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

const image = "ghcr.io/openedx/advisory-reminders@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

func TestParseVersion(t *testing.T) {
	for tag, ok := range map[string]bool{
		"v0.0.0": true, "v1.2.3": true, "v10.20.30": true, "v999999.0.0": true,
		"1.2.3": false, "v1.2": false, "v1": false, "v1.2.3-rc.1": false, "v1.2.3+x": false,
		"v01.2.3": false, "v1.2.3\n": false, " v1.2.3": false, "v1000000.0.0": false, "": false, "v1.2.3;x": false,
	} {
		v, err := parseVersion(tag)
		if (err == nil) != ok || ok && v.String() != tag {
			t.Errorf("parseVersion(%q) = %v, %v", tag, v, err)
		}
	}
}

func TestNewest(t *testing.T) {
	tags := map[string]string{"v1": "", "v1.2.3": "", "v1.10.0": "", "v2.0.0": "", "v1.99.0-rc.1": "", "release": ""}
	for tag, want := range map[string]bool{
		"v1.2.4": false, "v1.9.9": false, "v1.10.0": true, "v1.10.1": true, "v1.11.0": true,
		"v2.0.0": true, "v0.1.0": true, "v3.0.0": true,
	} {
		v, err := parseVersion(tag)
		if err != nil {
			t.Fatal(err)
		}
		if got := v.newest(tags); got != want {
			t.Errorf("newest(%s) = %v, want %v", tag, got, want)
		}
	}
}

// The repository's own action.yml, with the image in it, differs in that line
// alone.
func TestPrebuilt(t *testing.T) {
	before, err := os.ReadFile("../../action.yml")
	if err != nil {
		t.Fatal(err)
	}
	after, err := prebuilt(before, image)
	if err != nil {
		t.Fatal(err)
	}
	if restored := strings.Replace(string(after), "docker://"+image, "Dockerfile", 1); restored != string(before) {
		t.Errorf("more than the image changed:\n%s", cmp.Diff(string(before), restored))
	}
	var file struct {
		Runs map[string]any `yaml:"runs"`
	}
	if err := yaml.Unmarshal(after, &file); err != nil {
		t.Fatal(err)
	}
	if file.Runs["image"] != "docker://"+image {
		t.Errorf("runs is %v", file.Runs)
	}
}

func TestPrebuiltRefuses(t *testing.T) {
	const yml = "runs:\n  using: docker\n  image: Dockerfile\n"
	for name, row := range map[string]struct{ yml, image string }{
		"a tag":             {yml, "ghcr.io/openedx/advisory-reminders:v1"},
		"a short digest":    {yml, image[:len(image)-1]},
		"a long digest":     {yml, image + "0"},
		"two lines":         {yml, image + "\n"},
		"no host":           {yml, "advisory-reminders@" + strings.Split(image, "@")[1]},
		"an image already":  {"runs:\n  using: docker\n  image: docker://" + image + "\n", image},
		"two images":        {yml + "other:\n  image: Dockerfile\n", image},
		"another key's end": {"runs:\n  base-image: Dockerfile\n", image},
	} {
		if out, err := prebuilt([]byte(row.yml), row.image); err == nil {
			t.Errorf("%s: no error, and\n%s", name, out)
		}
	}
}

const changelog = `# Changelog

## Unreleased

- later

## [1.10.0] - 2026-12-01

- ten

## 1.2.3 (2026-11-22)

### Added

- one
  [link](https://example.org)

## v1.2.2: 2026-11-21

## [1.2.1] - 2026-11-20 [YANKED]
- oldest

## [1.2.0]

- no date

## [1.1.9] - Unreleased

- no date yet

## [1.1.8] - 2026-11-31

- no such date

[1.10.0]: https://example.org/1.10.0
[1.2.1]: https://example.org/1.2.1
`

func TestSection(t *testing.T) {
	for tag, want := range map[string]string{
		"v1.10.0": "- ten\n",
		"v1.2.3":  "### Added\n\n- one\n  [link](https://example.org)\n",
		"v1.2.2":  "",
		"v1.2.1":  "- oldest\n",
		"v1.2.0":  "", "v1.1.9": "", "v1.1.8": "",
		"v1.10.1": "", "v1.1.0": "", "v0.0.0": "", "v1.2.30": "",
	} {
		v, err := parseVersion(tag)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{changelog, strings.ReplaceAll(changelog, "\n", "\r\n")} {
			got, err := section([]byte(text), v)
			if got != want || (err == nil) != (want != "") {
				t.Errorf("section(%s) = %q, %v, want %q", tag, got, err, want)
			}
		}
	}
}

func TestNotes(t *testing.T) {
	got, err := notes([]byte(changelog), version{1, 2, 1}, image, "openedx/advisory-reminders")
	if err != nil {
		t.Fatal(err)
	}
	want := "- oldest\n\n---\n\n```yaml\n- uses: openedx/advisory-reminders@v1.2.1 # or v1, which moves\n```\n\n" +
		"The image is `" + image + "`. Who built it from what:\n\n```sh\ngh attestation verify oci://" + image + " --repo openedx/advisory-reminders\n```\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
