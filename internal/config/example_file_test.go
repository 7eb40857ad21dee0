package config_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/config"
	"github.com/openedx/advisory-reminders/internal/reminder"
)

const exampleFile = "../../examples/advisory-reminders.yml"

// switchedOff is YAML behind a # without a blank.
var switchedOff = regexp.MustCompile(`(?m)^#([^ #\n].*|  .*)$`)

// switchedOn is the example with all its keys.
func switchedOn(text string) string {
	return switchedOff.ReplaceAllString(text, "$1")
}

func readExample(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(exampleFile)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// As it stands, the example is what it says: every value is the default.
func TestExampleIsTheDefault(t *testing.T) {
	text := readExample(t)
	agree(t, text)
	got, err := config.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(config.Default(), got, cmpLocation); diff != "" {
		t.Errorf("the default (-) and the example (+):\n%s", diff)
	}
}

// With its examples switched on, it has every key that the schema knows, and
// they say what their comments say.
func TestExampleHasEveryKey(t *testing.T) {
	text := switchedOn(readExample(t))
	agree(t, text)
	c, err := config.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Owners) != 2 || c.Contacts["user:octocat"].Slack == "" || c.Contacts["group:committers-ios"].Slack == "" ||
		len(c.Snooze) != 1 || c.Policy.Quiet[reminder.Monthly] != 14 || c.OnDuty == nil || c.OnDuty.Days != 7 || len(c.OnDuty.Rotation) != 2 {
		t.Errorf("%+v", c)
	}
	if o := c.Owners["openedx/legacy-importer"]; !slices.Equal(o, []advisory.Owner{{Kind: advisory.Team, Org: "other-organization", Name: "importers"}}) {
		t.Errorf("owners outside the organization: %v", o)
	}
	data, ok := config.Tree([]byte(text))
	if !ok {
		t.Fatal("no plain YAML")
	}
	for _, p := range places(t)[1:] {
		if !strings.HasSuffix(p.path, "[]") && !strings.HasSuffix(p.path, ".*") && !holds(data, strings.Split(p.path, ".")[1:]) {
			t.Errorf("the example lacks %s", p.path)
		}
	}
}

// holds reports whether there is something at a path of keys, where * is any
// key and [] any item.
func holds(data any, path []string) bool {
	if len(path) == 0 {
		return true
	}
	name, isList := strings.CutSuffix(path[0], "[]")
	m, _ := data.(object)
	for key, v := range m {
		if key != name && name != "*" {
			continue
		}
		items := []any{v}
		if isList {
			items, _ = v.([]any)
		}
		for _, item := range items {
			if holds(item, path[1:]) {
				return true
			}
		}
	}
	return false
}

var section = regexp.MustCompile(`^#?[a-z-]+:`)

// Every section has a comment above it, and the first line leads an editor to
// the schema.
func TestExampleIsCommented(t *testing.T) {
	text := readExample(t)
	first, rest, _ := strings.Cut(text, "\n")
	root, _ := theSchema()
	if want := "# yaml-language-server: $schema=" + root["$id"].(string); first != want {
		t.Errorf("the first line is %q, want %q", first, want)
	}
	reference, err := os.ReadFile("../../docs/reference.md")
	if err != nil || !strings.Contains(string(reference), root["$id"].(string)) {
		t.Errorf("the reference does not name the schema's address (%v)", err)
	}
	before, sections := "", 0
	for line := range strings.Lines(rest) {
		if section.MatchString(line) {
			sections++
			if !strings.HasPrefix(before, "# ") {
				t.Errorf("no comment above %q", line)
			}
		}
		before = line
	}
	if known := len(root["properties"].(object)); sections != known {
		t.Errorf("%d sections, the schema has %d", sections, known)
	}
}
