package demo

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestCadenceIn(t *testing.T) {
	tests := []struct {
		texts []string
		want  string
	}{
		{[]string{"Your Weekly reminder"}, "weekly"},
		{[]string{"no word", "once a month, not weekly"}, "monthly"},
		{[]string{"every quarter"}, "quarterly"},
		{[]string{"Semi", "twice a year"}, "semiannually"},
		{[]string{`{"cadence":"semiannually"}`}, "semiannually"},
		{[]string{"nothing", ""}, ""},
		{nil, ""},
	}
	for _, tt := range tests {
		if got := cadenceIn(tt.texts...); got != tt.want {
			t.Errorf("cadenceIn(%q) = %q, want %q", tt.texts, got, tt.want)
		}
	}
}

func TestFoldKeepsToItsLimit(t *testing.T) {
	// Half a year in which something happens every day but Sundays.
	var rows []row
	for i := range 184 {
		at := date(2026, 7, 1).AddDate(0, 0, i)
		r := row{from: at, to: at, events: []string{fmt.Sprintf("event %d", i)}}
		if at.Weekday() == time.Sunday {
			r = row{from: at, to: at, runs: 1}
		}
		rows = append(rows, r)
	}
	got := fold(rows, 58)
	if len(got) > 58 {
		t.Errorf("%d rows, want 58 at most", len(got))
	}
	events := 0
	for i, r := range got {
		events += len(r.events)
		if r.from.Month() != r.to.Month() {
			t.Errorf("row %v to %v spans two months", r.from, r.to)
		}
		if i > 0 && !got[i-1].to.Before(r.from) {
			t.Errorf("row of %v follows %v", r.from, got[i-1].to)
		}
	}
	if events != 158 {
		t.Errorf("%d events left, want all 158", events)
	}
}

func TestFoldLeavesShortSpansUnsaid(t *testing.T) {
	news := func(d int) row {
		return row{from: date(2026, 7, d), to: date(2026, 7, d), events: []string{"x"}}
	}
	quiet := func(runs, dropped int) row { return row{runs: runs, dropped: dropped} }
	rows := []row{news(1), quiet(1, 0), news(3), quiet(1, 1), news(6), quiet(6, 0), news(13)}
	tests := []struct {
		limit int
		want  []int // of quiet days in each row
	}{
		{7, []int{0, 0, 2, 0, 6, 0}},
		{6, []int{0, 0, 2, 0, 6, 0}},
		{5, []int{0, 0, 0, 6, 0}},
		{4, []int{0, 0, 0, 0}},
		{2, []int{0, 0}},
	}
	for _, tt := range tests {
		var got []int
		for _, r := range fold(append([]row(nil), rows...), tt.limit) {
			got = append(got, r.runs+r.dropped)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("limit %d: %s", tt.limit, diff)
		}
	}
}

func TestSentText(t *testing.T) {
	sent := func(cadence string, to ...string) (list []delivery) {
		for _, x := range to {
			login, slack := strings.CutPrefix(x, "@")
			list = append(list, delivery{to: login, cadence: cadence, slack: slack})
		}
		return list
	}
	tests := []struct {
		name  string
		r     row
		limit int
		want  string
	}{
		{"names", row{sent: sent("weekly", "bob", "@ada", "bob")}, 40, "weekly @ada, bob"},
		{"five names", row{sent: sent("weekly", "a", "b", "c", "d", "e")}, 40, "weekly a, b, c, d +1"},
		{"just room", row{sent: sent("weekly", "ada", "bob")}, 15, "weekly ada, bob"},
		{"one column less", row{sent: sent("weekly", "ada", "bob")}, 14, "weekly ada +1"},
		{"no room for names", row{sent: sent("weekly", "ada", "bob")}, 12, "weekly to 2"},
		{"order", row{sent: append(sent("monthly", "a"), sent("weekly", "b")...)}, 40, "weekly b · monthly a"},
		{"report", row{sent: sent("", "")}, 40, "report"},
		{"no cadence", row{sent: sent("", "ada@example.org")}, 40, "message ada"},
		{"failed", row{status: 1}, 40, "exit 1"},
		{"no run", row{dropped: 1, events: []string{"x"}}, 40, "no run"},
		{"nothing", row{events: []string{"x"}}, 40, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := sentText(tt.r, tt.limit); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestCutDropsControlCharacters(t *testing.T) {
	tests := []struct {
		in   string
		n    int
		want string
	}{
		{"abc", 3, "abc"},
		{"abcd", 3, "ab…"},
		{"äöü", 3, "äöü"},
		{"a\x1b[31mb\u009bc", 20, "a [31mb c"},
		{"abc", 0, "…"},
	}
	for _, tt := range tests {
		if got := cut(tt.in, tt.n); got != tt.want {
			t.Errorf("cut(%q, %d) = %q, want %q", tt.in, tt.n, got, tt.want)
		}
	}
}
