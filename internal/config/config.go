// Package config reads the configuration file: one strict YAML document.
//
// An unknown key, a wrong type and a value out of range are each an error with
// the key's path and its line, and all of them are reported at once.
package config

import (
	"errors"

	"go.yaml.in/yaml/v3"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/reminder"
	"github.com/openedx/advisory-reminders/internal/yamlfile"
)

// Config is the configuration with every default filled in.
type Config struct {
	Policy   reminder.Policy // timezone, cadence, grace, quiet-after-answer, notify-new
	Channels []Channel       // in the order of preference; default email, slack

	Access Access // to whom drafts are opened; default AccessNone

	// MaxOwner is how many people the owners of a repository may come to, those in
	// Owners not counted, before none of them is told; 0: as many as there are.
	MaxOwner int

	// TriageAfter is for how many calendar days a private report may wait before the
	// report says so; 0: it says so at once.
	TriageAfter int

	// Owners overrides all other sources, by advisory.Repository.Key.
	Owners map[string][]advisory.Owner

	// Contacts of users and teams, by ContactKey. A team without an
	// organization is of the repository's organization.
	Contacts map[string]Contact

	Commands     Commands
	WorkingGroup advisory.Owner // the team whose members can give commands everywhere; zero: none

	Unmaintained []advisory.Owner
	Snooze       []Snooze
	Forget       []string // GHSA ids in canonical form
	OnDuty       *OnDuty  // nil where there is no rotation
	Privacy      Privacy
	Messages     Messages
}

// Commands says what becomes of commands in the comments of drafts.
type Commands struct {
	Enabled bool
	Snooze  int // how many calendar days a snooze may last
}

// Privacy lifts what is secret by default.
type Privacy struct {
	ShowSummary   bool // titles of advisories in messages
	PublicChannel bool // a report to a public Slack channel
}

// Default returns the configuration that an empty file gives: the cadences of
// OEP-60 in UTC.
func Default() Config {
	return Config{
		Policy:       reminder.DefaultPolicy(),
		Channels:     []Channel{Email, Slack},
		Access:       AccessNone,
		MaxOwner:     25,
		Commands:     Commands{Enabled: true, Snooze: 90},
		TriageAfter:  3,
		Unmaintained: []advisory.Owner{{Kind: advisory.Team, Name: "openedx-unmaintained"}},
	}
}

// keys are those of the file, in the order in which they are read: the time zone
// first, since dates are days in it.
func (d *decoder) keys() []field {
	c := &d.config
	return []field{
		{name: "timezone", read: d.timezone},
		{name: "cadence", read: d.cadence},
		{name: "grace", read: func(v value) { d.daysByCadence(v, maxGrace, c.Policy.Grace) }},
		{name: "quiet-after-answer", read: func(v value) {
			c.Policy.Quiet = make(map[reminder.Cadence]int)
			d.daysByCadence(v, maxQuiet, c.Policy.Quiet)
		}},
		{name: "notify-new", read: d.flag(&c.Policy.NotifyNew)},
		{name: "channels", read: d.channels},
		{name: "access", read: d.access},
		{name: "max-owner", read: d.maxOwner},
		{name: "commands", read: d.group(
			field{name: "enabled", read: d.flag(&c.Commands.Enabled)},
			field{name: "snooze-at-most", read: d.daysInto(&c.Commands.Snooze, 1, maxSnooze)})},
		{name: "working-group", read: func(v value) { c.WorkingGroup, _ = d.owner(v, advisory.Team) }},
		{name: "triage-after", read: d.daysInto(&c.TriageAfter, 0, maxTriage)},
		{name: "owners", read: d.owners},
		{name: "contacts", read: d.contacts},
		{name: "unmaintained", read: func(v value) { c.Unmaintained = d.ownerList(v, advisory.Team, "") }},
		{name: "snooze", read: d.snooze},
		{name: "forget", read: d.forget},
		{name: "on-duty", read: d.onDuty},
		{name: "privacy", read: d.group(
			field{name: "show-summary", read: d.flag(&c.Privacy.ShowSummary)},
			field{name: "public-channel", read: d.flag(&c.Privacy.PublicChannel)})},
		{name: "messages", read: d.messages},
	}
}

// Parse reads the configuration. An empty text, or one of nothing but comments,
// is the default; so is a key without a value. All other errors are Errors,
// and hold all mistakes of the text at once.
func Parse(text []byte) (Config, error) {
	root, err := parse(text)
	if err != nil {
		return Config{}, err
	}
	d := &decoder{config: Default()}
	if root != nil {
		keys := d.keys()
		for i, key := range keys {
			keys[i].read = func(v value) {
				if !isNull(v.node) {
					key.read(v)
				}
			}
		}
		d.mapping(value{"", root}, keys...)
	}
	if len(d.errs) > 0 {
		d.errs.sort()
		return Config{}, d.errs
	}
	return d.config, nil
}

const maxBytes = 1 << 20

// parse returns the root of the one document in text, or nil where there is
// nothing but comments.
func parse(text []byte) (*yaml.Node, error) {
	if len(text) > maxBytes {
		return nil, Errors{{Line: 1, Column: 1, Message: "the file is larger than 1 MiB"}}
	}
	docs, err := yamlfile.Documents(text)
	if e, ok := errors.AsType[*yamlfile.Error](err); ok {
		return nil, Errors{{Line: e.Line, Column: 1, Message: e.Fault}}
	}
	var root *yaml.Node
	for _, doc := range docs {
		if isNull(doc) {
			continue
		}
		if root != nil {
			return nil, Errors{{Line: doc.Line, Column: doc.Column, Message: "a second document; one is allowed"}}
		}
		root = doc
	}
	return root, nil
}
