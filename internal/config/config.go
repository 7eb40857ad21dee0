// Package config reads the configuration file: one strict YAML document.
//
// An unknown key, a wrong type and a value out of range are each an error with
// the key's path and its line, and all of them are reported at once.
package config

import (
	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/reminder"
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
