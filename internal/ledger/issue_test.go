package ledger

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
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
		tt.ours.merge(tt.theirs, Claimant{}, noon.Add(2*time.Hour))
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
