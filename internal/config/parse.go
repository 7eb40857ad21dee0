package config

import (
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
	{"commands", (*decoder).commands},
	{"working-group", (*decoder).workingGroup},
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
	return listed(names, "or")
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
