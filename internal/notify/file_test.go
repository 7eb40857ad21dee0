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

// Whoever is on duty is called where something new needs a human, and not for what
// lasts, or for what happened.
func TestWhenSomebodyIsCalled(t *testing.T) {
	item, known := notify.Item{}, notify.Item{Known: true}
	for name, tt := range map[string]struct {
		r            notify.Report
		calls, quiet bool
	}{
		"nothing":                 {notify.Report{}, false, true},
		"a failed run":            {notify.Report{Alarm: []string{"x"}}, true, false},
		"a first ledger":          {notify.Report{FirstRun: true}, true, false},
		"a digest":                {notify.Report{Digests: make([]notify.Sent, 1)}, false, false},
		"a draft resolved":        {notify.Report{Resolved: make([]notify.Resolved, 1)}, false, false},
		"a note":                  {notify.Report{Notes: []string{"x"}}, false, true},
		"what is open":            {notify.Report{LongestOpen: []notify.Item{item}, Snoozed: make([]notify.Snooze, 1), Ownerless: 2}, false, true},
		"no owner":                {notify.Report{NeedsOwner: []notify.Item{item}}, true, false},
		"no answer":               {notify.Report{NoAnswer: []notify.Item{item}}, true, false},
		"no answer, known":        {notify.Report{NoAnswer: []notify.Item{known}}, false, true},
		"one known, one new":      {notify.Report{NoAnswer: []notify.Item{known, item}}, true, false},
		"triage":                  {notify.Report{Triage: []notify.Item{item}}, true, false},
		"triage, known":           {notify.Report{Triage: []notify.Item{known}}, false, true},
		"an administrator":        {notify.Report{NeedsAdmin: []notify.Item{item}}, true, false},
		"an administrator, known": {notify.Report{NeedsAdmin: []notify.Item{known}}, false, true},
		"a warning":               {notify.Report{Warnings: []string{"x"}}, true, false},
		"a warning, known":        {notify.Report{Warnings: []string{"x"}, WarningsKnown: 1}, false, true},
		"duty":                    {notify.Report{LeftDuty: []string{"x"}}, true, false},
		"duty, known":             {notify.Report{LeftDuty: []string{"x"}, LeftDutyKnown: 1}, false, true},
		"a list not whole":        {notify.Report{LeftOut: []notify.Item{item, item}}, true, false},
		"a list not whole, known": {notify.Report{LeftOut: []notify.Item{item, item}, LeftOutSaid: true}, false, true},
	} {
		tt.r.OnDuty = "octocat"
		if tt.r.Calls() != tt.calls || tt.r.Quiet() != tt.quiet || (notify.Calls(tt.r) == "octocat") != tt.calls {
			t.Errorf("%s: calls %v (%q), quiet %v", name, tt.r.Calls(), notify.Calls(tt.r), tt.r.Quiet())
		}
	}
}
