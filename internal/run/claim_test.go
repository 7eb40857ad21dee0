package run

import (
	"testing"
	"time"

	"github.com/openedx/advisory-reminders/internal/ledger"
	"github.com/openedx/advisory-reminders/internal/reminder"
)

// A report may have been sent before if it was claimed and nobody knows that it was
// refused: by a run that died, at any time until its claim ended.
func TestWhenAReportMayHaveBeenSent(t *testing.T) {
	noon := time.Date(2026, 11, 18, 12, 0, 0, 0, time.UTC)
	week := reminder.Weekly.Start(noon, time.UTC)
	report := ledger.Delivery{Kind: ledger.Report, To: []reminder.Recipient{reminder.SWG}, Sum: "x"}
	first := ledger.Claimant{Holder: ledger.Holder{Run: "1", Attempt: 1, Process: "a"}}
	again := ledger.Claimant{Holder: ledger.Holder{Run: "1", Attempt: 2, Process: "b"}}
	for name, tt := range map[string]struct {
		then  func(*ledger.Delivery)
		after time.Duration
		want  time.Time
	}{
		"it was never claimed":     {func(d *ledger.Delivery) { d.Sum = "y" }, time.Hour, time.Time{}},
		"its run has just died":    {func(*ledger.Delivery) {}, 6 * time.Minute, noon.Add(6 * time.Minute)},
		"its run died long ago":    {func(*ledger.Delivery) {}, time.Hour, noon.Add(ledger.ClaimLife)},
		"its answer was lost":      {func(d *ledger.Delivery) { d.Outcome, d.At = ledger.Unclear, noon.Add(time.Minute) }, time.Hour, noon.Add(time.Minute)},
		"by a clock in the future": {func(d *ledger.Delivery) { d.Outcome, d.At = ledger.Unclear, noon.AddDate(1, 0, 0) }, time.Hour, week},
		"it was refused":           {func(d *ledger.Delivery) { d.Outcome = ledger.Refused }, time.Hour, time.Time{}},
		"it was refused, at last":  {func(d *ledger.Delivery) { d.Outcome, d.Perhaps, d.Tried = ledger.Refused, true, noon }, time.Hour, noon},
	} {
		l := ledger.New()
		tt.then(l.Claim(report, first, noon, week))
		if got := tried(l.Claim(report, again, noon.Add(tt.after), week), week); !got.Equal(tt.want) {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
}
