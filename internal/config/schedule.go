package config

import (
	"strings"
	"time"

	"github.com/openedx/advisory-reminders/internal/advisory"
)

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
		field{name: "every", required: true, read: func(v value) { duty.Days, _ = d.days(v, 1, maxTurn) }})
	d.config.OnDuty = &duty
}

// date reads a day, and returns its first instant in the configured time zone.
func (d *decoder) date(v value) time.Time {
	text, ok := d.text(v)
	if !ok {
		return time.Time{}
	}
	t, ok := day(text, d.config.Policy.Location)
	if !ok {
		d.fail(v, "expected a date in the form YYYY-MM-DD")
	}
	return t
}

// days reads a duration of whole days.
func (d *decoder) days(v value, low, high int) (int, bool) {
	const want = "a duration such as 2d or 1w"
	if v.node.Tag == "!!int" && meantDays(v.node.Value) != "" {
		d.fail(v, "expected %s: a number lacks its unit", want)
		d.frankly("expected %s: write %s", want, meantDays(v.node.Value))
		return 0, false
	}
	if !d.is(v, want, "!!str") {
		return 0, false
	}
	n, ok := wholeDays(strings.TrimSpace(v.node.Value))
	switch meant := meantDays(v.node.Value); {
	case !ok && meant != "":
		d.fail(v, "expected %s", want)
		d.frankly("expected %s: write %s", want, meant)
	case !ok:
		d.fail(v, "expected %s", want)
	case n < low || n > high:
		d.fail(v, "expected %dd to %dd", low, high)
	default:
		return n, true
	}
	return 0, false
}

// once reports a value that was seen in the same list before.
func (d *decoder) once(v value, seen map[string]bool, key string) bool {
	if seen[key] {
		d.fail(v, "is there twice")
		return false
	}
	seen[key] = true
	return true
}
