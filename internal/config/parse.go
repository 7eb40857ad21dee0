package config

import (
	"maps"
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
		names := make([]string, len(sections))
		for i, s := range sections {
			names[i] = s.name
		}
		fields := d.fields(value{"", root}, names...)
		for _, s := range sections {
			if v, ok := fields[s.name]; ok && !isNull(v.node) {
				s.read(&d, v)
			}
		}
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
		d.fail(v, "expected a time zone such as America/New_York or UTC")
	}
}

func (d *decoder) cadence(v value) {
	names := make([]string, len(advisory.Severities))
	for i, s := range advisory.Severities {
		names[i] = s.String()
	}
	fields := d.fields(v, names...)
	for _, s := range advisory.Severities {
		f, ok := fields[s.String()]
		if !ok {
			continue
		}
		if text, ok := d.text(f); ok {
			if c, ok := reminder.ParseCadence(text); ok {
				d.config.Policy.Cadence[s] = c
				continue
			}
			d.fail(f, "expected %s", cadences())
		}
	}
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
	maps.Copy(d.config.Policy.Grace, d.daysByCadence(v, maxGrace))
}

func (d *decoder) quiet(v value) {
	d.config.Policy.Quiet = d.daysByCadence(v, maxQuiet)
}

func (d *decoder) notifyNew(v value) {
	d.flag(v, &d.config.Policy.NotifyNew)
}

// daysByCadence reads durations of whole days, at most the given number, of those
// cadences that have one.
func (d *decoder) daysByCadence(v value, most int) map[reminder.Cadence]int {
	names := make([]string, len(reminder.Cadences))
	for i, c := range reminder.Cadences {
		names[i] = c.String()
	}
	fields := d.fields(v, names...)
	days := make(map[reminder.Cadence]int)
	for _, c := range reminder.Cadences {
		f, ok := fields[c.String()]
		if !ok {
			continue
		}
		if n, ok := d.days(f, 0, most); ok {
			days[c] = n
		}
	}
	return days
}

func (d *decoder) channels(v value) {
	var channels []Channel
	seen := make(map[string]bool)
	for _, item := range d.items(v, "of email and slack") {
		name, ok := d.text(item)
		if !ok {
			continue
		}
		if c := Channel(name); c != Email && c != Slack {
			d.fail(item, "expected email or slack")
		} else if d.once(item, seen, name) {
			channels = append(channels, c)
		}
	}
	d.config.Channels = channels
}

func (d *decoder) privacy(v value) {
	fields := d.fields(v, "show-summary", "public-channel")
	if f, ok := fields["show-summary"]; ok {
		d.flag(f, &d.config.Privacy.ShowSummary)
	}
	if f, ok := fields["public-channel"]; ok {
		d.flag(f, &d.config.Privacy.PublicChannel)
	}
}

func (d *decoder) messages(v value) {
	fields := d.fields(v, "organization", "working-group", "contact", "process-url", "announcement-url", "timezone", "release-branches")
	if f, ok := fields["release-branches"]; ok {
		d.releaseBranches(f)
	}
	m := &d.config.Messages
	for _, f := range []struct {
		name  string
		into  *string
		valid func(string) bool
		want  string
	}{
		{"organization", &m.Organization, shortLine, "at most 200 characters"},
		{"working-group", &m.WorkingGroup, shortLine, "at most 200 characters"},
		{"contact", &m.Contact, mailAddress, wantAddress},
		{"process-url", &m.ProcessURL, webAddress, "an address that begins with https:// or http://"},
		{"announcement-url", &m.AnnouncementURL, webAddress, "an address that begins with https:// or http://"},
		{"timezone", &m.TimeZone, isZone, "a time zone such as America/New_York or UTC"},
	} {
		v, ok := fields[f.name]
		if !ok {
			continue
		}
		if text, ok := d.text(v); ok {
			if !f.valid(text) {
				d.fail(v, "expected %s", f.want)
				continue
			}
			*f.into = text
		}
	}
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
