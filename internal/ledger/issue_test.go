package ledger

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openedx/advisory-reminders/internal/reminder"
)

// Of two issues the one that was first used later is the report's, whoever merges;
// one that is used again keeps its time.
func TestIssueMerges(t *testing.T) {
	one := func() *Ledger { l := New(); l.UseIssue("acme/ops", 1, noon); return l }
	two := func() *Ledger { l := New(); l.UseIssue("acme/ops", 2, noon.Add(time.Hour)); return l }
	for name, tt := range map[string]struct {
		ours, theirs *Ledger
		want         int
	}{
		"neither": {New(), New(), 0},
		"ours":    {one(), New(), 1},
		"theirs":  {New(), one(), 1},
		"later":   {one(), two(), 2},
		"earlier": {two(), one(), 2},
	} {
		tt.ours.Merge(tt.theirs, Claimant{}, noon)
		if got := tt.ours.Issue; got == nil && tt.want != 0 || got != nil && got.Number != tt.want {
			t.Errorf("%s: %+v, want %d", name, got, tt.want)
		}
	}
	l := one()
	l.UseIssue("acme/ops", 1, noon.Add(time.Hour))
	if diff := cmp.Diff(one().Issue, l.Issue); diff != "" {
		t.Errorf("used again (-want +got)\n%s", diff)
	}
	if l.UseIssue("acme/other", 1, noon.Add(time.Hour)); l.Issue.Repository != "acme/other" {
		t.Errorf("elsewhere: %+v", l.Issue)
	}
}

// A report may have arrived if it was claimed before and nobody knows that it was
// refused.
func TestTried(t *testing.T) {
	report := Delivery{Kind: Report, To: []reminder.Recipient{reminder.SWG}, Sum: "x"}
	for name, tt := range map[string]struct {
		then func(l *Ledger, d *Delivery)
		from time.Time
		want time.Time
	}{
		"it was never claimed":    {func(l *Ledger, d *Delivery) { d.Sum = "y" }, noon, time.Time{}},
		"its run died":            {func(*Ledger, *Delivery) {}, noon, noon},
		"in another week":         {func(*Ledger, *Delivery) {}, noon.Add(time.Second), time.Time{}},
		"its answer was lost":     {func(l *Ledger, d *Delivery) { l.settle(d, Result{Outcome: Unclear}, noon.Add(time.Minute)) }, noon, noon.Add(time.Minute)},
		"it was accepted":         {func(l *Ledger, d *Delivery) { l.settle(d, Result{Outcome: Accepted}, noon) }, noon, time.Time{}},
		"it was refused":          {func(l *Ledger, d *Delivery) { d.Outcome = Refused }, noon, time.Time{}},
		"it was refused, at last": {func(l *Ledger, d *Delivery) { d.Outcome, d.Perhaps = Refused, true }, noon, noon},
	} {
		l := New()
		tt.then(l, l.Claim(report, Claimant{Holder: Holder{Process: "p"}}, noon, noon))
		if got := l.Tried(report, tt.from); !got.Equal(tt.want) {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
}
