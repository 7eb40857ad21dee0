package config

import (
	"strings"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/reminder"
)

// sections are the keys of the file, in the order in which they are read: the
// time zone first, since dates are days in it.
var sections = []struct {
	name string
	read func(*decoder, value)
}{
	{"timezone", (*decoder).timezone},
	{"cadence", (*decoder).cadence},
	{"grace", (*decoder).grace},
	{"quiet-after-answer", (*decoder).quiet},
	{"notify-new", (*decoder).notifyNew},
	{"channels", (*decoder).channels},
	{"access", (*decoder).access},
	{"max-owner", (*decoder).maxOwner},
	{"triage-after", (*decoder).triageAfter},
	{"owners", (*decoder).owners},
	{"contacts", (*decoder).contacts},
	{"unmaintained", (*decoder).unmaintained},
	{"snooze", (*decoder).snooze},
	{"forget", (*decoder).forget},
	{"on-duty", (*decoder).onDuty},
	{"privacy", (*decoder).privacy},
	{"messages", (*decoder).messages},
}

// Parse reads the configuration. An empty text, or one of nothing but comments,
// is the default; so is a key without a value. All other errors are Errors,
// and hold all mistakes of the text at once.
func Parse(text []byte) (Config, error) {
	root, err := parse(text)
	if err != nil {
		return Config{}, err
	}
	d := decoder{config: Default()}
	if root != nil {
		fields := make([]field, len(sections))
		for i, s := range sections {
			fields[i] = field{name: s.name, read: func(v value) {
				if !isNull(v.node) {
					s.read(&d, v)
				}
			}}
		}
		d.mapping(value{"", root}, fields...)
	}
	if len(d.errs) > 0 {
		d.errs.sort()
		return Config{}, d.errs
	}
	return d.config, nil
}

func (d *decoder) timezone(v value) {
	if name, ok := d.text(v); ok {
		if loc, ok := zone(name); ok {
			d.config.Policy.Location = loc
			return
		}
		d.fail(v, "expected %s", wantZone)
	}
}

func (d *decoder) cadence(v value) {
	var fields []field
	for _, s := range advisory.Severities {
		fields = append(fields, field{name: s.String(), read: func(v value) {
			text, ok := d.text(v)
			if c, known := reminder.ParseCadence(text); known {
				d.config.Policy.Cadence[s] = c
			} else if ok {
				d.fail(v, "expected %s", cadences())
			}
		}})
	}
	d.mapping(v, fields...)
}

func cadences() string {
	names := make([]string, len(reminder.Cadences))
	for i, c := range reminder.Cadences {
		names[i] = c.String()
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " or " + names[last]
}

func (d *decoder) grace(v value) {
	d.daysByCadence(v, maxGrace, d.config.Policy.Grace)
}

func (d *decoder) quiet(v value) {
	d.config.Policy.Quiet = make(map[reminder.Cadence]int)
	d.daysByCadence(v, maxQuiet, d.config.Policy.Quiet)
}

func (d *decoder) notifyNew(v value) {
	d.flag(&d.config.Policy.NotifyNew)(v)
}

// daysByCadence reads durations of at most so many days into a map.
func (d *decoder) daysByCadence(v value, most int, days map[reminder.Cadence]int) {
	var fields []field
	for _, c := range reminder.Cadences {
		fields = append(fields, field{name: c.String(), read: func(v value) {
			if n, ok := d.days(v, 0, most); ok {
				days[c] = n
			}
		}})
	}
	d.mapping(v, fields...)
}

func (d *decoder) channels(v value) {
	var channels []Channel
	seen := make(map[string]bool)
	for _, item := range d.items(v, "of email, slack and thread") {
		name, ok := d.text(item)
		if !ok {
			continue
		}
		switch c := Channel(name); {
		case c != Email && c != Slack && c != Thread:
			d.fail(item, "expected email, slack or thread")
		case !d.once(item, seen, name):
		case seen[string(Thread)] && c != Thread:
			d.fail(item, "comes after thread, which has to be the last one")
		default:
			channels = append(channels, c)
		}
	}
	d.config.Channels = channels
}

func (d *decoder) maxOwner(v value) {
	if !d.is(v, wantPeople, "!!int") {
		return
	}
	var n int
	if err := v.node.Decode(&n); err != nil || n < 0 || n > maxPeople {
		d.fail(v, "expected %s", wantPeople)
		return
	}
	d.config.MaxOwner = n
}

func (d *decoder) triageAfter(v value) {
	if n, ok := d.days(v, 0, maxTriage); ok {
		d.config.TriageAfter = n
	}
}

func (d *decoder) privacy(v value) {
	d.mapping(v,
		field{name: "show-summary", read: d.flag(&d.config.Privacy.ShowSummary)},
		field{name: "public-channel", read: d.flag(&d.config.Privacy.PublicChannel)})
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
