package config

import (
	"time"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/reminder"
)

// OnDuty is the rotation of the working group's members.
type OnDuty struct {
	Rotation []advisory.Owner
	Since    time.Time // first instant of the first day of the first member
	Days     int       // length of a turn in calendar days
}

func (d *decoder) onDuty(v value) {
	var duty OnDuty
	rotation := func(v value) {
		// Somebody may take two turns of a rotation, so that it is no ownerList.
		for _, item := range d.items(v, wantOwner[advisory.User]) {
			if o, ok := d.owner(item, advisory.User); ok {
				duty.Rotation = append(duty.Rotation, o)
			}
		}
	}
	d.mapping(v,
		field{name: "rotation", required: true, read: rotation},
		field{name: "since", required: true, read: func(v value) { duty.Since = d.date(v) }},
		field{name: "every", required: true, read: d.daysInto(&duty.Days, 1, maxTurn)})
	d.config.OnDuty = &duty
}

// Duty returns who of the rotation is on duty at a time, and who takes over when, if
// that is somebody else. Before the rotation begins nobody is.
func (c Config) Duty(at time.Time) (now, next string, handOver time.Time) {
	d, zone := c.OnDuty, c.Policy.Location
	if d == nil || len(d.Rotation) == 0 || d.Days < 1 || at.Before(d.Since) {
		return "", "", time.Time{}
	}
	turn := reminder.Days(d.Since, at, zone) / d.Days
	member := func(turn int) string { return d.Rotation[turn%len(d.Rotation)].Name }
	for ahead := 1; ahead < len(d.Rotation); ahead++ {
		if member(turn+ahead) != member(turn) {
			return member(turn), member(turn + ahead), startOfTurn(d, turn+ahead, zone)
		}
	}
	return member(turn), "", time.Time{}
}

// startOfTurn returns the first instant of a turn of the rotation.
func startOfTurn(d *OnDuty, turn int, zone *time.Location) time.Time {
	y, m, first := d.Since.In(zone).Date()
	return reminder.StartOfDay(y, m, first+turn*d.Days, zone)
}
