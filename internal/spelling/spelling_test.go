package spelling_test

import (
	"testing"

	"github.com/openedx/advisory-reminders/internal/spelling"
)

// A name is near as long as no more than a third of the word are slips.
func TestDidYouMean(t *testing.T) {
	known := []string{"snooze", "Channels", "owners", "acme/frontend-app", "on-duty", "abcd", "abce"}
	for word, want := range map[string]string{
		"snoze":             "snooze",
		"snoooze":           "snooze",
		"snoozs":            "snooze",
		"snozoe":            "snooze", // two that changed places
		"channel":           "Channels",
		"SNOOZ":             "snooze",
		"snxxze":            "snooze", // two of six
		"sxxxze":            "",       // three of six
		"acme/front-endapp": "acme/frontend-app",
		"onduty":            "on-duty",
		"":                  "",
		"xy":                "",
		"abcf":              "abcd", // of two that are equally near
		"channels":          "",     // what is known by that very name is no help
	} {
		if want != "" {
			want = "did you mean " + want + "?"
		}
		if got := spelling.DidYouMean(word, known); got != want {
			t.Errorf("DidYouMean(%q) = %q, want %q", word, got, want)
		}
	}
	if got := spelling.DidYouMean("snooze", nil); got != "" {
		t.Errorf("of nothing: %q", got)
	}
}
