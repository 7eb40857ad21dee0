package config

import (
	"time"

	"github.com/openedx/advisory-reminders/internal/reminder"
)

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
