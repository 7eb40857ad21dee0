package config

import (
	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/reminder"
)

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
