package config

import "github.com/openedx/advisory-reminders/internal/advisory"

// Commands says what becomes of commands in the comments of drafts.
type Commands struct {
	Enabled bool
	Snooze  int // how many calendar days a snooze may last
}

func (d *decoder) commands(v value) {
	d.mapping(v,
		field{name: "enabled", read: d.flag(&d.config.Commands.Enabled)},
		field{name: "snooze-at-most", read: func(v value) {
			if n, ok := d.days(v, 1, maxSnooze); ok {
				d.config.Commands.Snooze = n
			}
		}})
}

func (d *decoder) workingGroup(v value) {
	d.config.WorkingGroup, _ = d.owner(v, advisory.Team)
}
