package config_test

import "testing"

// On a private terminal a mistake says what was meant, and elsewhere nothing that
// stands in the file.
func TestFranker(t *testing.T) {
	const days = "expected a duration such as 2d or 1w"
	for text, want := range map[string][2]string{
		"snoze: []": {"line 1: unknown key; the keys here are timezone, cadence, grace, quiet-after-answer, notify-new, channels, access, max-owner, commands, working-group, triage-after, owners, contacts, unmaintained, snooze, forget, on-duty, privacy, messages",
			`line 1: unknown key "snoze": did you mean snooze?`},
		"privacy: {show_summary: true}": {"line 1: privacy: unknown key; the keys here are show-summary, public-channel", `line 1: privacy: unknown key "show_summary": did you mean show-summary?`},
		"privacy: {x: true}":            {"line 1: privacy: unknown key; the keys here are show-summary, public-channel", `line 1: privacy: unknown key "x": the keys here are show-summary, public-channel`},
		"grace: {weekly: 2}":            {"line 1: grace.weekly: " + days + ": a number lacks its unit", "line 1: grace.weekly: " + days + ": write 2d"},
		"grace: {weekly: '2'}":          {"line 1: grace.weekly: " + days, "line 1: grace.weekly: " + days + ": write 2d"},
		"grace: {weekly: 2 days}":       {"line 1: grace.weekly: " + days, "line 1: grace.weekly: " + days + ": write 2d"},
		"grace: {weekly: 1 Week}":       {"line 1: grace.weekly: " + days, "line 1: grace.weekly: " + days + ": write 1w"},
		"grace: {weekly: 02}":           {"line 1: grace.weekly: " + days + ": a number lacks its unit", "line 1: grace.weekly: " + days + ": write 2d"},
		"grace: {weekly: 48h}":          {"line 1: grace.weekly: " + days, "line 1: grace.weekly: " + days},
		"grace: {weekly: -2}":           {"line 1: grace.weekly: " + days, "line 1: grace.weekly: " + days},
		"grace: {weekly: 12345}":        {"line 1: grace.weekly: " + days, "line 1: grace.weekly: " + days},
		"grace: {weekly: 61d}":          {"line 1: grace.weekly: expected 0d to 60d", "line 1: grace.weekly: expected 0d to 60d"},
		"on-duty: {rotation: [user:a], since: 2026-11-02, every: 7}": {"line 1: on-duty.every: " + days + ": a number lacks its unit", "line 1: on-duty.every: " + days + ": write 7d"},
	} {
		errs := parseErrors(t, text)
		if got := [2]string{errs[0].Error(), errs[0].Franker().Error()}; len(errs) != 1 || got != want {
			t.Errorf("%s: %q (of %d), want %q", text, got, len(errs), want)
		}
	}
}
