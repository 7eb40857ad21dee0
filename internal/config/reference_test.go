package config_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/openedx/advisory-reminders/internal/config"
)

var example = regexp.MustCompile("(?s)```yaml\n(timezone:.*?)```")

// The configuration in the reference has every key that the parser knows, and its
// messages are the defaults of openedx.
func TestReference(t *testing.T) {
	text, err := os.ReadFile("../../docs/reference.md")
	if err != nil {
		t.Fatal(err)
	}
	m := example.FindSubmatch(text)
	if m == nil {
		t.Fatal("the reference has no example of a configuration")
	}
	c, err := config.Parse(m[1])
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(config.Default().For("openedx").Messages, c.Messages); diff != "" {
		t.Errorf("its messages are not the defaults (-want +got):\n%s", diff)
	}
	var got map[string]any
	if err := yaml.Unmarshal(m[1], &got); err != nil {
		t.Fatal(err)
	}
	same := func(path, probe string, have any) {
		mapping, ok := have.(map[string]any)
		if !ok {
			t.Errorf("%s is no mapping in the reference", path)
			return
		}
		var keys []string
		for k := range mapping {
			keys = append(keys, k)
		}
		want := known(t, probe)
		slices.Sort(keys)
		slices.Sort(want)
		if diff := cmp.Diff(want, keys); diff != "" {
			t.Errorf("%s: the keys of the reference (-parser +reference):\n%s", path, diff)
		}
	}
	same("the whole", "no-key: 1", got)
	for _, section := range []string{"cadence", "grace", "quiet-after-answer", "commands", "on-duty", "privacy", "messages"} {
		same(section, section+": {no-key: 1}", got[section])
	}
	if list, ok := got["snooze"].([]any); !ok || len(list) != 1 {
		t.Error("the reference has no snooze")
	} else {
		same("snooze", "snooze: [{no-key: 1}]", list[0])
	}
	if contacts, ok := got["contacts"].(map[string]any); !ok {
		t.Error("the reference has no contacts")
	} else {
		same("contacts", "contacts: {'user:a': {no-key: 1}}", contacts["user:octocat"])
	}
}

// known returns the keys that the parser has where a text has one that it
// hasn't.
func known(t *testing.T, probe string) []string {
	t.Helper()
	for _, e := range parseErrors(t, probe) {
		if _, keys, ok := strings.Cut(e.Message, "the keys here are "); ok {
			return strings.Split(keys, ", ")
		}
	}
	t.Fatalf("Parse(%q) names no keys", probe)
	return nil
}
