package config

import (
	"time"

	"github.com/openedx/advisory-reminders/internal/advisory"
)

// Snooze holds back the reminders of one advisory until the first instant of a
// day in the configured time zone.
type Snooze struct {
	Advisory string // GHSA id in canonical form
	Until    time.Time
	Reason   string // empty where none was given
}

func (d *decoder) snooze(v value) {
	var snoozes []Snooze
	seen := make(map[string]bool)
	for _, item := range d.items(v, "") {
		var s Snooze
		if _, ok := d.mapping(item,
			field{name: "advisory", required: true, read: func(v value) { s.Advisory = d.advisory(v, seen) }},
			field{name: "until", required: true, read: func(v value) { s.Until = d.date(v) }},
			field{name: "reason", read: func(v value) { s.Reason, _ = d.text(v) }},
		); !ok {
			continue
		}
		snoozes = append(snoozes, s)
	}
	d.config.Snooze = snoozes
}

func (d *decoder) forget(v value) {
	var ids []string
	seen := make(map[string]bool)
	for _, item := range d.items(v, "") {
		ids = append(ids, d.advisory(item, seen))
	}
	d.config.Forget = ids
}

// advisory reads the id of an advisory that has not been seen yet.
func (d *decoder) advisory(v value, seen map[string]bool) string {
	text, ok := d.text(v)
	if !ok {
		return ""
	}
	id, ok := advisory.CanonicalID(text)
	if !ok {
		d.fail(v, "expected the id of an advisory, in the form GHSA-xxxx-xxxx-xxxx")
		return ""
	}
	d.once(v, seen, id)
	return id
}
