package action_test

import (
	"strings"
	"testing"
	"time"
)

// A run goes by GitHub's clock, and its report says where the machine's is more
// than five minutes off.
func TestTwoClocks(t *testing.T) {
	for _, tt := range []struct {
		off  time.Duration
		says string
		asOf bool
	}{
		{off: 5 * time.Minute},
		{off: -5 * time.Minute},
		{off: 5*time.Minute + time.Second, says: "is 5m0s ahead of GitHub's"},
		{off: -16 * time.Minute, says: "is 16m0s behind GitHub's"},
		{off: 3 * 365 * 24 * time.Hour, says: "is 26280h0m0s ahead of GitHub's"},
		{off: 3 * 365 * 24 * time.Hour, asOf: true},
	} {
		w := newWorld()
		draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -1)) // of this week
		b := newBench(t, w)
		b.passed.Store(int64(tt.off))
		change := map[string]string{}
		if tt.asOf {
			change["INPUT_AS-OF"] = wednesday.Format(time.RFC3339)
		}
		r := b.must(0, change)
		if len(r.mails) > 0 {
			t.Errorf("%v off: %d mails of what is not due", tt.off, len(r.mails))
		}
		if says := strings.Contains(r.reports(), "The clock of the machine"); says != (tt.says != "") || !strings.Contains(r.reports(), tt.says) {
			t.Errorf("%v off: want %q in\n%s", tt.off, tt.says, r.reports())
		}
	}
}

// The first run says that it is one, before anything else; no other does.
func TestFirstRunSaysSo(t *testing.T) {
	w := newWorld()
	draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -30))
	b := newBench(t, w)
	for day := range 2 {
		b.now = wednesday.AddDate(0, 0, 7*day)
		r := b.must(0, nil)
		for where, text := range map[string]string{"log": r.stdout, "report": r.reports(), "summary": r.summary} {
			if first := strings.Contains(strings.ToLower(text), "first run"); first != (day == 0) {
				t.Errorf("day %d: the %s speaks of a first run: %v\n%s", day, where, first, text)
			}
		}
	}
}

// A preview of a day before the ledger's first run leaves out what was sent since, and
// does not say that there was no ledger.
func TestAPreviewOfTheTimeBefore(t *testing.T) {
	w := newWorld()
	draft(w, "wheel", "critical", wednesday.AddDate(0, -2, 0))
	b := newBench(t, w)
	b.must(0, nil)
	r := b.must(0, map[string]string{"INPUT_DRY-RUN": "true", "INPUT_AS-OF": "2026-11-01"})
	if !strings.Contains(r.stdout, "To: cleo@example.org") || strings.Contains(r.stdout, "no ledger") {
		t.Errorf("it shows\n%s", r.stdout)
	}
}
