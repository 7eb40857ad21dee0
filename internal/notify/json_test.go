package notify_test

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/notify/notifytest"
)

const fileSchema = "../../examples/report.schema.json"

// Every report as a file is what the published schema says, and each kind of item
// has a name of its own.
func TestFile(t *testing.T) {
	text, err := os.ReadFile(fileSchema)
	if err != nil {
		t.Fatal(err)
	}
	data, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource(fileSchema, data); err != nil {
		t.Fatal(err)
	}
	schema := c.MustCompile(fileSchema)
	for name, r := range map[string]notify.Report{
		"full": notifytest.Full(), "heartbeat": notifytest.Heartbeat(), "routine": notifytest.Routine(),
		"alarm": notifytest.Alarm(), "hostile": notifytest.HostileReport(), "long": notifytest.Long(),
	} {
		text := notify.JSON(r)
		data, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err == nil {
			err = schema.Validate(data)
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		var f notify.File
		if err := json.Unmarshal(text, &f); err != nil {
			t.Fatal(err)
		}
		if f.Version != notify.FileVersion || f.New != r.Calls() {
			t.Errorf("%s: version %d, new %v", name, f.Version, f.New)
		}
		var kinds []string
		for _, g := range f.Groups {
			for _, k := range g.Kinds {
				if slices.Contains(kinds, k.Kind) {
					t.Errorf("%s: two kinds are %s", name, k.Kind)
				}
				kinds = append(kinds, k.Kind)
			}
		}
	}
	if err := schema.Validate(map[string]any{"version": 2}); err == nil {
		t.Error("the schema takes anything")
	}
}
