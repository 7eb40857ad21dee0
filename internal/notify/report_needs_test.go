package notify

import (
	"fmt"
	"strings"
	"testing"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/reminder"
)

// What happened stands once for up to ten recipients, all of whom are named.
func TestUndelivered(t *testing.T) {
	failed := func(n int, failure string) Sent {
		return Sent{To: fmt.Sprint("user:p", n), Channel: "email", Cadence: reminder.Weekly, Items: 2, Failure: failure}
	}
	var eleven []Sent
	for n := range together + 1 {
		eleven = append(eleven, failed(n, "x"))
	}
	for _, tt := range []struct {
		name string
		list []Sent
		want []string // rows
	}{
		{"none", nil, nil},
		{"one", eleven[:1], []string{"user:p0 | weekly, 2 advisories | email | x"}},
		{"two reasons, mixed", []Sent{failed(1, "x"), failed(2, "y"), failed(3, "x")}, []string{"user:p1, user:p3 | 2 digests | email | x", "user:p2 | weekly, 2 advisories | email | y"}},
		{"two of one person", []Sent{failed(1, "x"), failed(1, "x")}, []string{"user:p1 | 2 digests | email | x"}},
		{"ten", eleven[:10], []string{"user:p0, user:p1, user:p2, user:p3, user:p4, user:p5, user:p6, user:p7, user:p8, user:p9 | 10 digests | email | x"}},
		{"eleven", eleven, []string{"user:p0, user:p1, user:p2, user:p3, user:p4, user:p5, user:p6, user:p7, user:p8, user:p9 | 10 digests | email | x", "user:p10 | weekly, 2 advisories | email | x"}},
	} {
		var got []string
		for _, row := range undeliveredRows(tt.list) {
			var cells []string
			for _, c := range row {
				cells = append(cells, c.String())
			}
			got = append(got, strings.Join(cells, " | "))
		}
		if strings.Join(got, "\n") != strings.Join(tt.want, "\n") {
			t.Errorf("%s:\n%s\nwant\n%s", tt.name, strings.Join(got, "\n"), strings.Join(tt.want, "\n"))
		}
	}
}

// What several people are told of is several reminders, and as many drafts as there
// are.
func TestAReportCountsRemindersAndDrafts(t *testing.T) {
	r := Report{Open: map[advisory.Severity]int{advisory.High: 2}}
	for n := range 4 {
		r.Digests = append(r.Digests, Sent{To: fmt.Sprint("user:p", n), Channel: "email", Cadence: reminder.Monthly, Items: 2})
	}
	text := ReportText(r)
	for _, want := range []string{"Open drafts: 2 (2 high)", "Digests sent. 4 digests with 8 reminders"} {
		if !strings.Contains(text, want) {
			t.Errorf("the report lacks %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, "8 advisories") || strings.Contains(text, "8 drafts") {
		t.Errorf("it counts reminders as advisories:\n%s", text)
	}
}
