package config_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/openedx/advisory-reminders/internal/config"
	"github.com/openedx/advisory-reminders/internal/reminder"
)

const schemaFile = "../../examples/advisory-reminders.schema.json"

// object is a part of the schema.
type object = map[string]any

// theSchema is the schema as data, and as a judge of other data.
var theSchema = sync.OnceValues(func() (object, *jsonschema.Schema) {
	text, err := os.ReadFile(schemaFile)
	if err != nil {
		panic(err)
	}
	data, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		panic(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat() // as editors do
	id := data.(object)["$id"].(string)
	if err := c.AddResource(id, data); err != nil {
		panic(err)
	}
	return data.(object), c.MustCompile(id)
})

// exceptions are the texts of which the schema and the program think
// differently, and why. All but those about the
// case of letters are refused by the program alone.
var exceptions = map[string]string{
	"timezone: Mars/Olympus": "a schema can't hold the list of time zones",

	"messages: {process-url: 'https://[::1'}": "a schema doesn't take addresses apart",

	"contacts: {user:a: {email: a..b@example.org}}": "a schema doesn't take addresses apart",

	"owners: {a/b: [user:a, user:A]}":                                             "a schema compares letter by letter",
	"owners:\n  a/b: [user:a]\n  A/B: [user:b]\n":                                 "a schema compares letter by letter",
	"contacts:\n  user:a: {slack: U0000001}\n  User:A: {slack: U0000001}\n":       "a schema compares letter by letter",
	"contacts:\n  group:a b: {slack: U0000001}\n  group:a-b: {slack: U0000001}\n": "a schema compares letter by letter",
	"unmaintained: [group:x, group:X]":                                            "a schema compares letter by letter",
	"forget:\n- GHSA-xxxx-xxxx-xxxx\n- GHSA-xxxx-xxxx-xxxX\n":                     "a schema compares letter by letter",
	snoozeTwice: "a schema compares whole entries",

	"cadence: {high: Weekly}\ngrace:\n  weekly: 0d\n  quarterly: 60d\n  semiannually: 8w\n": "an editor proposes the names in lower case; the program takes any",
}

const snoozeTwice = "snooze:\n  - advisory: GHSA-xxxx-xxxx-xxxx\n    until: 2027-01-15\n  - {advisory: ghsa-XXXX-xxxx-xxxx, until: 2027-01-15}"

// agree fails unless the schema takes a text where the program does, and
// refuses it where the program does. The tests of this package call it with
// every text that they try.
func agree(t *testing.T, text string) {
	t.Helper()
	if _, known := exceptions[text]; !known {
		if p, s, why := judge(text); p != s {
			t.Errorf("the program takes it: %t, the schema: %t (%v)\n%s\nMend %s, or list the text among the exceptions in schema_test.go with the reason.", p, s, why, text, schemaFile)
		}
	}
}

// judge tells whether the program and the schema take a text. Of what is not
// plain YAML, the schema has nothing to say: it is refused.
func judge(text string) (program, schema bool, why error) {
	_, err := config.Parse([]byte(text))
	data, ok := config.Tree([]byte(text))
	if !ok {
		return err == nil, false, errors.New("no plain YAML")
	}
	_, s := theSchema()
	why = s.Validate(data)
	return err == nil, why == nil, why
}

// What is listed as an exception is one.
func TestSchemaExceptions(t *testing.T) {
	for text, why := range exceptions {
		if p, s, _ := judge(text); p == s {
			t.Errorf("no exception (%s), both say %t:\n%s", why, p, text)
		}
	}
}

func TestSchemaOnFuzzCorpus(t *testing.T) {
	files, err := filepath.Glob("testdata/fuzz/FuzzParse/*")
	if err != nil || len(files) == 0 {
		t.Fatal("no corpus", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		_, quoted, _ := strings.Cut(string(text), "[]byte(")
		text2, err := strconv.Unquote(strings.TrimSuffix(strings.TrimSpace(quoted), ")"))
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		agree(t, text2)
	}
}

// The durations of the schema are those of the program, all of them.
func TestSchemaDurations(t *testing.T) {
	for n := range 1000 {
		for _, unit := range []string{"d", "w"} {
			agree(t, fmt.Sprintf("grace: {monthly: %d%s}", n, unit))
			agree(t, fmt.Sprintf("quiet-after-answer: {monthly: %d%s}", n, unit))
			agree(t, fmt.Sprintf("triage-after: %d%s", n, unit))
			agree(t, fmt.Sprintf("on-duty: {rotation: [user:a], since: 2026-11-02, every: %d%s}", n, unit))
		}
	}
}

// More texts of both kinds.
func TestSchemaAgrees(t *testing.T) {
	for _, text := range []string{
		"timezone: Etc/GMT+5", "timezone: America/Port-au-Prince", "timezone: EST5EDT", "timezone: 'New York'", "timezone: /UTC", "timezone: UTC/",
		"contacts: {user:a: {email: a@b@example.org}}", "contacts: {user:a: {email: 'a b@example.org'}}", "contacts: {user:a: {email: a.b+c@mail.example.org}}",
		"contacts: {user:a: {email: \"o'hara@example.org\"}}", "contacts: {user:a: {email: a@localhost}}", "contacts: {'user:a/b': {slack: U0000001}}",
		"contacts: {'group:a/b': {slack: G0000001}}", "contacts: {'group:../b': {slack: G0000001}}", "contacts: {'group:a/..': {slack: G0000001}}",
		"contacts: {'user:..': {slack: U0000001}}", "contacts: {'user:...': {slack: U0000001}}", "contacts: {'user:@octocat': {slack: U0000001}}",
		"contacts: {'group:-': {slack: C0000001}}", "contacts: {'group:': {slack: C0000001}}", "contacts: {'group:a:b': {slack: C0000001}}",
		"contacts: {'user: octocat': {slack: U0000001}}", "contacts: {'group: @acme/Axim Engineering': {slack: U0000001}}",
		"contacts: {'user:" + strings.Repeat("a", 101) + "': {slack: U0000001}}", "contacts: {'user:" + strings.Repeat("a", 100) + "': {slack: U0000001}}",
		"owners: {a/b: [user:a, user:a]}", "owners: {./b: [user:a]}", "owners: {.../b: [user:a]}", "owners: {a b/c: [user:a]}",
		"messages: {process-url: http://example.org:8080}", "messages: {process-url: 'https://:80/'}", "messages: {process-url: 'https://example.org?a=b c'}",
		"messages: {process-url: 'ftp://example.org/'}", "messages: {process-url: 'https://example.org/@a'}", "messages: {process-url: 'https://[::1]:8080/a'}",
		"messages: {organization: '  '}", "messages: {organization: \"a\\tb\"}", "messages: {organization: " + strings.Repeat("ä", 200) + "}",
		"messages: {organization: " + strings.Repeat("ä", 201) + "}", "messages: ", "messages: {}", "messages: {contact: }", "on-duty: {}", "snooze: [{}]",
		"forget: [GHSA-2222-3333-4444, GHSA-2222-3333-4444]", "forget: [GHSA-2222-3333-44444]", "forget: ['GHSA-2222-3333-444ä']",
		"snooze: [{advisory: GHSA-2222-3333-4444, until: 2028-02-29}]", "snooze: [{advisory: GHSA-2222-3333-4444, until: 2027-04-31}]",
		"channels: ", "channels: [email, email]", "channels: [thread]", "channels: [email, slack, thread]", "channels: [slack, thread]",
		"channels: [thread, email]", "channels: [email, thread, slack]", "channels: [thread, thread]", "channels: [thread, slack, email]", "unmaintained: [team:x]", "unmaintained: ['group:a/b']", "privacy: {}", "cadence: {}", "grace: {}",
		"contacts: {}", "owners: {}", "unmaintained: ['group:ä']", "unmaintained: ['group:Näme']", "unmaintained: ['group:команда']",
		"access: ", "access: none", "access: configured", "access: owners", "access: all", "access: {}", "access: true",
		"max-owner: 0x19", "max-owner: 10000", "max-owner: 10001", "max-owner: +5", "max-owner: 1_000", "max-owner: true",
		"quiet-after-answer: {}", "quiet-after-answer: ", "notify-new: ", "notify-new: True", "notify-new: {}",
	} {
		agree(t, text)
	}
}

// A place is a part of the schema, and how a value gets to that part in a text.
type place struct {
	path string
	part object
	wrap func(any) any
}

// places returns all parts of the schema, the root first.
func places(t *testing.T) []place {
	t.Helper()
	root, _ := theSchema()
	var all []place
	var walk func(p place)
	walk = func(p place) {
		p.part = resolve(root, p.part)
		all = append(all, p)
		properties, _ := p.part["properties"].(object)
		for _, name := range slices.Sorted(maps.Keys(properties)) {
			// What stands beside a key that is required, must be there too.
			beside := object{}
			required, _ := p.part["required"].([]any)
			for _, r := range required {
				beside[r.(string)] = exampleOf(t, root, properties[r.(string)].(object))
			}
			walk(place{p.path + "." + name, properties[name].(object), func(v any) any {
				m := maps.Clone(beside)
				m[name] = v
				return p.wrap(m)
			}})
		}
		if items, ok := p.part["items"].(object); ok {
			walk(place{p.path + "[]", items, func(v any) any { return p.wrap([]any{v}) }})
		}
		if values, ok := p.part["additionalProperties"].(object); ok {
			key := exampleOf(t, root, p.part["propertyNames"].(object)).(string)
			walk(place{p.path + ".*", values, func(v any) any { return p.wrap(object{key: v}) }})
		}
	}
	walk(place{"", root, func(v any) any { return v }})
	return all
}

// resolve puts what a reference leads to under the keys of a part.
func resolve(root, part object) object {
	ref, ok := part["$ref"].(string)
	if !ok {
		return part
	}
	defs := root["$defs"].(object)
	whole := maps.Clone(resolve(root, defs[strings.TrimPrefix(ref, "#/$defs/")].(object)))
	maps.Copy(whole, part)
	delete(whole, "$ref")
	return whole
}

// exampleOf returns a value that a part of the schema names as one.
func exampleOf(t *testing.T, root, part object) any {
	t.Helper()
	part = resolve(root, part)
	for _, key := range []string{"examples", "enum"} {
		if list, ok := part[key].([]any); ok {
			return list[0]
		}
	}
	t.Fatalf("a part of the schema has neither examples nor an enum: %v", part)
	return nil
}

// text writes data as the program reads it: JSON is YAML.
func text(t *testing.T, data any) string {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(data); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Every key that the program knows is in the schema, in the same place, and the
// other way round; so are the keys that are required. What the program knows
// is told by its own complaint about a key that it doesn't.
func TestSchemaKeys(t *testing.T) {
	mappings := 0
	for _, p := range places(t) {
		properties, ok := p.part["properties"].(object)
		if !ok {
			continue
		}
		mappings++
		known, required := []string{}, []string{}
		for _, m := range parseErrors(t, text(t, p.wrap(object{"no-such-key": 1}))) {
			if list, ok := strings.CutPrefix(m.Message, "unknown key; the keys here are "); ok {
				known = append(known, strings.Split(list, ", ")...)
			}
			if key, ok := strings.CutPrefix(m.Message, "lacks the key "); ok {
				required = append(required, key)
			}
		}
		inSchema := []string{}
		list, _ := p.part["required"].([]any)
		for _, key := range list {
			inSchema = append(inSchema, key.(string))
		}
		if diff := cmp.Diff(slices.Sorted(slices.Values(known)), slices.Sorted(maps.Keys(properties))); diff != "" {
			t.Errorf("keys of %q in the program (-) and in %s (+):\n%s", p.path, schemaFile, diff)
		}
		if diff := cmp.Diff(slices.Sorted(slices.Values(required)), slices.Sorted(slices.Values(inSchema))); diff != "" {
			t.Errorf("required keys of %q in the program (-) and in the schema (+):\n%s", p.path, diff)
		}
		if p.part["additionalProperties"] != false {
			t.Errorf("the schema takes any key in %q", p.path)
		}
	}
	if mappings < 8 {
		t.Errorf("only %d mappings were found in the schema", mappings)
	}
}

// Every key of the schema is explained, and has examples or a default that both
// take.
func TestSchemaExplains(t *testing.T) {
	for _, p := range places(t)[1:] {
		if s, _ := p.part["description"].(string); p.part["enum"] == nil && len(s) < 10 {
			t.Errorf("%s has no description", p.path)
		}
		var values []any
		for _, key := range []string{"examples", "enum"} {
			list, _ := p.part[key].([]any)
			values = append(values, list...)
		}
		if v, ok := p.part["default"]; ok {
			values = append(values, v)
		}
		_, isMapping := p.part["properties"]
		_, isMap := p.part["additionalProperties"].(object)
		_, isList := p.part["items"]
		if len(values) == 0 && !isMapping && !isMap && !isList && p.part["pattern"] == nil {
			t.Errorf("%s has neither examples nor a default", p.path)
		}
		for _, v := range values {
			document := text(t, p.wrap(v))
			if p, s, why := judge(document); !p || !s {
				t.Errorf("the program takes it: %t, the schema: %t (%v)\n%s", p, s, why, document)
			}
		}
	}
}

// The defaults of the schema are those of the program: all of them together
// change nothing.
func TestSchemaDefaults(t *testing.T) {
	var defaults func(p object) (any, bool)
	root, _ := theSchema()
	count := 0
	defaults = func(part object) (any, bool) {
		part = resolve(root, part)
		if v, ok := part["default"]; ok {
			count++
			return v, true
		}
		all := object{}
		properties, _ := part["properties"].(object)
		for name, p := range properties {
			if v, ok := defaults(p.(object)); ok {
				all[name] = v
			}
		}
		return all, len(all) > 0
	}
	document, _ := defaults(root)
	got, err := config.Parse([]byte(text(t, document)))
	if err != nil {
		t.Fatal(err)
	}
	want := config.Default()
	if diff := cmp.Diff(want, got, cmpLocation); diff != "" {
		t.Errorf("the program's defaults (-) and the schema's (+):\n%s", diff)
	}
	if count < 15 {
		t.Errorf("only %d defaults were found", count)
	}
}

// Every list of names in the schema is that of the program.
func TestSchemaEnums(t *testing.T) {
	cadences := []any{}
	for _, c := range reminder.Cadences {
		cadences = append(cadences, c.String())
	}
	want := map[string][]any{
		".cadence.critical": cadences, ".cadence.high": cadences, ".cadence.medium": cadences, ".cadence.low": cadences,
		".access":     {string(config.AccessNone), string(config.AccessConfigured), string(config.AccessOwners), nil},
		".channels[]": {string(config.Email), string(config.Slack), string(config.Thread)},
	}
	got := make(map[string][]any)
	for _, p := range places(t) {
		if list, ok := p.part["enum"].([]any); ok {
			got[p.path] = list
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the program's names (-) and the schema's (+):\n%s", diff)
	}
}
