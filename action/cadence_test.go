package action_test

import (
	"slices"
	"testing"
)

// The configuration's cadence is the one that whole runs go by.
func TestCadenceOfTheConfiguration(t *testing.T) {
	w := newWorld()
	draft(w, "wheel", "critical", wednesday.AddDate(0, 0, -60))
	b := newBench(t, w)
	b.inputs = map[string]string{"INPUT_CONFIG-TEXT": "cadence: {critical: monthly}"}
	for _, tt := range []struct {
		days int
		told bool
	}{{0, true}, {7, false}, {5, false}, {1, true}} { // from Wednesday, 18 November, to Tuesday, 1 December
		b.now = b.now.AddDate(0, 0, tt.days)
		r := b.must(0, nil)
		if told := slices.Equal(r.to(), []string{"cleo@example.org"}); told != tt.told || !told && len(r.mails) > 0 {
			t.Errorf("%s: mails to %v", b.now, r.to())
		}
		for _, m := range r.mails {
			if got := m.Header.Get("X-Reminder-Cadence"); got != "monthly" {
				t.Errorf("the cadence of the mail is %q", got)
			}
		}
	}
}
