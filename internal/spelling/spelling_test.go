package spelling_test

import (
	"testing"

	"github.com/openedx/advisory-reminders/internal/spelling"
)

// A name is near as long as no more than a third of the word are slips.
func TestNearest(t *testing.T) {
	known := []string{"snooze", "Channels", "owners", "acme/frontend-app", "on-duty"}
	for word, want := range map[string]string{
		"snoze":             "snooze",
		"snoooze":           "snooze",
		"snoozs":            "snooze",
		"snozoe":            "snooze", // two that changed places
		"channels":          "Channels",
		"SNOOZ":             "snooze",
		"snxxze":            "snooze", // two of six
		"sxxxze":            "",       // three of six
		"acme/front-endapp": "acme/frontend-app",
		"onduty":            "on-duty",
		"":                  "",
		"xy":                "",
	} {
		if got := spelling.Nearest(word, known); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", word, got, want)
		}
	}
	if got := spelling.Nearest("abcf", []string{"abcd", "abce"}); got != "abcd" {
		t.Errorf("of two that are equally near: %q", got)
	}
	if got := spelling.Nearest("snooze", nil); got != "" {
		t.Errorf("of nothing: %q", got)
	}
}

func TestDidYouMean(t *testing.T) {
	if got := spelling.DidYouMean("snoze", []string{"snooze"}); got != "did you mean snooze?" {
		t.Errorf("%q", got)
	}
	// What is known by that very name is no help.
	if got := spelling.DidYouMean("snooze", []string{"Snooze"}); got != "" {
		t.Errorf("%q", got)
	}
}
