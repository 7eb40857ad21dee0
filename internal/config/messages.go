package config

import (
	"cmp"
	"strings"
	"sync"
	"time"
)

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

func (d *decoder) messages(v value) {
	m := &d.config.Messages
	d.mapping(v,
		field{name: "organization", read: d.line(&m.Organization, shortLine, wantShort)},
		field{name: "working-group", read: d.line(&m.WorkingGroup, shortLine, wantShort)},
		field{name: "contact", read: d.line(&m.Contact, mailAddress, wantAddress)},
		field{name: "process-url", read: d.line(&m.ProcessURL, webAddress, wantPage)},
		field{name: "maintainers-url", read: d.line(&m.MaintainersURL, webAddress, wantPage)},
		field{name: "announcement-url", read: d.line(&m.AnnouncementURL, webAddress, wantPage)},
		field{name: "announcement-name", read: d.line(&m.AnnouncementName, shortLine, wantShort)},
		field{name: "announcement-note", read: d.line(&m.AnnouncementNote, shortLine, wantShort)},
		field{name: "release-channel", read: d.line(&m.ReleaseChannel, shortLine, wantShort)},
		field{name: "timezone", read: d.line(&m.TimeZone, isZone, wantZone)},
		field{name: "release-branches", read: d.releaseBranches})
}

func (d *decoder) releaseBranches(v value) {
	var branches []string
	seen := make(map[string]bool)
	for _, item := range d.items(v, "") {
		name, ok := d.text(item)
		if !ok {
			continue
		}
		if !branchName(name) {
			d.fail(item, "expected the name of a branch such as release/ulmo")
		} else if d.once(item, seen, name) {
			branches = append(branches, name)
		}
	}
	d.config.Messages.ReleaseBranches = branches
}
