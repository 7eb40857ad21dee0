package main

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
)

var (
	imageByDigest = regexp.MustCompile(`^[a-z0-9.-]+(:[0-9]+)?(/[a-z0-9._-]+)+@sha256:[0-9a-f]{64}$`)
	builtInPlace  = regexp.MustCompile(`(?m)^( +image: )Dockerfile$`)
	heading       = regexp.MustCompile(`^## +\[?v?([0-9]+\.[0-9]+\.[0-9]+)\]?((?:[ (:-].*)?)$`)
	day           = regexp.MustCompile(`[0-9]{4}-[0-9]{2}-[0-9]{2}`)
)

// prebuilt returns action.yml with the image named by its digest where it was
// built from the Dockerfile. Nothing else is changed.
func prebuilt(actionYML []byte, image string) ([]byte, error) {
	if !imageByDigest.MatchString(image) {
		return nil, fmt.Errorf("%q names no image by its digest", image)
	}
	if n := len(builtInPlace.FindAllIndex(actionYML, -1)); n != 1 {
		return nil, fmt.Errorf("action.yml has %d lines \"image: Dockerfile\", want 1", n)
	}
	return builtInPlace.ReplaceAll(actionYML, []byte("${1}docker://"+image)), nil
}

// section returns what the changelog says of v, without its heading. A version
// that it says nothing of is an error, and so is one without a date.
func section(changelog []byte, v version) (string, error) {
	var lines []string
	found := false
	for line := range strings.Lines(string(bytes.ReplaceAll(changelog, []byte("\r\n"), []byte("\n")))) {
		if strings.HasPrefix(line, "## ") {
			if found {
				break
			}
			m := heading.FindStringSubmatch(strings.TrimSpace(line))
			if found = m != nil && "v"+m[1] == v.String(); !found {
				continue
			}
			if _, err := time.Parse(time.DateOnly, day.FindString(m[2])); err != nil {
				return "", fmt.Errorf("CHANGELOG.md gives %s no date: the heading has to be such as \"## [%s] - 2026-12-01\"", m[1], m[1])
			}
			continue
		}
		if found {
			lines = append(lines, line)
		}
	}
	if !found {
		return "", fmt.Errorf("CHANGELOG.md has no section \"## %s\"", strings.TrimPrefix(v.String(), "v"))
	}
	text := strings.TrimSpace(withoutLinks(lines))
	if text == "" {
		return "", errors.New("CHANGELOG.md says nothing of " + v.String())
	}
	return text + "\n", nil
}

// withoutLinks joins the lines and leaves out the definitions of links, such as
// "[1.2.3]: https://...", that a changelog ends with.
func withoutLinks(lines []string) string {
	end := len(lines)
	for end > 0 {
		line := strings.TrimSpace(lines[end-1])
		if line != "" && !linkDefinition.MatchString(line) {
			break
		}
		end--
	}
	return strings.Join(lines[:end], "")
}

var linkDefinition = regexp.MustCompile(`^\[[^\]]+\]: +\S+$`)

// notes returns the text of the release: the changelog's section, and how to
// use and to verify it. Repository is owner/name.
func notes(changelog []byte, v version, image, repository string) (string, error) {
	text, err := section(changelog, v)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s\n---\n\n```yaml\n- uses: %s@%s # or %s, which moves\n```\n\nThe image is `%s`. Who built it from what:\n\n```sh\ngh attestation verify oci://%s --repo %s\n```\n",
		text, repository, v, v.majorTag(), image, image, repository), nil
}
