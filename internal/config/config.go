// Package config reads the configuration file: one strict YAML document.
//
// An unknown key, a wrong type and a value out of range are each an error with
// the key's path and its line, and all of them are reported at once.
package config

import (
	"cmp"
	"strings"
	"sync"
	"time"

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

// A Channel is a way to reach a recipient.
type Channel string

// The channels.
const (
	Email  Channel = "email"
	Slack  Channel = "slack"
	Thread Channel = "thread" // the comments of a draft, which is the last one
)

// A Contact is how to reach an owner. At least one field is set.
type Contact struct {
	Email string
	Slack string // member id such as U012AB3CD, or a channel id for a team
}

// Snooze holds back the reminders of one advisory until the first instant of a
// day in the configured time zone.
type Snooze struct {
	Advisory string // GHSA id in canonical form
	Until    time.Time
	Reason   string // empty where none was given
}

// OnDuty is the rotation of the working group's members.
type OnDuty struct {
	Rotation []advisory.Owner
	Since    time.Time // first instant of the first day of the first member
	Days     int       // length of a turn in calendar days
}

// Privacy lifts what is secret by default.
type Privacy struct {
	ShowSummary   bool // titles of advisories in messages
	PublicChannel bool // a report to a public Slack channel
}

// Messages are the names, addresses and links that messages hold. What is empty is
// not configured; see For.
type Messages struct {
	Organization   string // such as Open edX
	WorkingGroup   string // such as Open edX Security Working Group
	Contact        string // address where to ask
	ProcessURL     string // what is expected of maintainers
	MaintainersURL string // the same in steps
	TimeZone       string // time zone of releases and their announcements; see Zone

	AnnouncementURL  string // where to post the announcement of a release
	AnnouncementName string // what that place is called
	AnnouncementNote string // what to know of it, such as: posts are moderated
	ReleaseChannel   string // where pull requests to release branches are linked

	// ReleaseBranches are those that a fix is backported to, the newest first
	// as a rule. The default is none.
	ReleaseBranches []string
}

// zones holds those that were read, which takes a file each.
var zones sync.Map // of *time.Location, by name

// Zone returns the time zone of releases and their announcements; UTC where none is
// configured.
func (m Messages) Zone() *time.Location {
	if known, ok := zones.Load(m.TimeZone); ok {
		return known.(*time.Location)
	}
	loc, err := time.LoadLocation(m.TimeZone)
	if err != nil {
		loc = time.UTC
	}
	zones.Store(m.TimeZone, loc)
	return loc
}

// openEdX are the messages of the organization openedx.
var openEdX = Messages{
	Organization:   "Open edX",
	WorkingGroup:   "Open edX Security Working Group",
	Contact:        "security@openedx.org",
	ProcessURL:     "https://docs.openedx.org/projects/openedx-proposals/en/latest/processes/oep-0060-proc-sec-group.html",
	MaintainersURL: "https://openedx.atlassian.net/wiki/spaces/COMM/pages/3630923873",
	TimeZone:       "America/New_York",

	AnnouncementURL:  "https://discuss.openedx.org/c/announcements/security/19",
	AnnouncementName: "Security Announcements",
	AnnouncementNote: "posts are moderated, which takes a while",
	ReleaseChannel:   "#wg-build-test-release",
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

// For returns the configuration for an organization, by its login, with what the
// messages lack: Open edX's names, addresses and links for openedx alone. Nothing
// points to Open edX elsewhere, where the announcement's time zone is the configured one.
func (c Config) For(login string) Config {
	defaults := Messages{TimeZone: c.Policy.Location.String()}
	if strings.EqualFold(login, "openedx") {
		defaults = openEdX
	}
	m := &c.Messages
	m.Organization = cmp.Or(m.Organization, defaults.Organization)
	m.WorkingGroup = cmp.Or(m.WorkingGroup, defaults.WorkingGroup)
	m.Contact = cmp.Or(m.Contact, defaults.Contact)
	m.ProcessURL = cmp.Or(m.ProcessURL, defaults.ProcessURL)
	m.MaintainersURL = cmp.Or(m.MaintainersURL, defaults.MaintainersURL)
	m.ReleaseChannel = cmp.Or(m.ReleaseChannel, defaults.ReleaseChannel)
	if m.AnnouncementURL == "" { // whoever announces elsewhere has rules of their own there
		m.AnnouncementURL = defaults.AnnouncementURL
		m.AnnouncementName = cmp.Or(m.AnnouncementName, defaults.AnnouncementName)
		m.AnnouncementNote = cmp.Or(m.AnnouncementNote, defaults.AnnouncementNote)
	}
	m.TimeZone = cmp.Or(m.TimeZone, defaults.TimeZone)
	return c
}

// ContactKey returns the key of an owner in Config.Contacts: Owner.String in
// lower case, with a team's slug in place of its display name.
func ContactKey(o advisory.Owner) string {
	if o.Kind == advisory.Team {
		o.Name = advisory.Slug(o.Name)
	}
	return strings.ToLower(o.String())
}

// ContactOf returns the contact that the configuration has for a user or team.
// A team is looked up with its organization first, then without.
func (c Config) ContactOf(o advisory.Owner) (Contact, bool) {
	contact, ok := c.Contacts[ContactKey(o)]
	if !ok && o.Kind == advisory.Team {
		o.Org = ""
		contact, ok = c.Contacts[ContactKey(o)]
	}
	return contact, ok
}
