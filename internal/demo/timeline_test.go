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
		{[]string{"Semi", "twice a year"}, "twice-yearly"},
		{[]string{`{"cadence":"semiannually"}`}, "twice-yearly"},
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
			rows[len(rows)-1].quiet.runs++
			continue
		}
		rows = append(rows, r)
	}
	got := fold(rows, 58, func(row) int { return 1 })
	if len(got) > 58 {
		t.Errorf("%d rows, want 58 at most", len(got))
	}
	events, quiet := 0, 0
	for i, r := range got {
		quiet += r.quiet.runs
		events += len(r.events)
		if r.from.Month() != r.to.Month() {
			t.Errorf("row %v to %v spans two months", r.from, r.to)
		}
		if i > 0 && !got[i-1].to.Before(r.from) {
			t.Errorf("row of %v follows %v", r.from, got[i-1].to)
		}
	}
	if events != 158 || quiet != 26 {
		t.Errorf("%d events and %d quiet days left, want all 158 and 26", events, quiet)
	}
}

func TestFoldJoinsWhatSavesLines(t *testing.T) {
	news := func(d int, events ...string) row {
		return row{from: date(2026, 7, d), to: date(2026, 7, d), events: events}
	}
	rows := []row{{quiet: quiet{runs: 1}}, news(1, "a"), news(3, "long"), news(6, "b"), news(7, "c")}
	height := func(r row) int {
		if strings.Contains(strings.Join(r.events, " "), "long") {
			return 1 + len(r.events)
		}
		return 1
	}
	tests := []struct{ limit, want int }{{6, 5}, {5, 4}, {4, 4}, {3, 4}}
	for _, tt := range tests {
		got := fold(append([]row(nil), rows...), tt.limit, height)
		if len(got) != tt.want {
			t.Errorf("limit %d: %d rows, want %d: %v", tt.limit, len(got), tt.want, got)
		}
	}
}

func TestJoinCountsDroppedRunsOnce(t *testing.T) {
	dropped := row{events: []string{"x"}, dropped: 1, quiet: quiet{1, 2}}
	tests := []struct {
		name        string
		b           row
		dropped     int
		wantDropped int // of the quiet days
	}{
		{"with another", dropped, 2, 4},
		{"with a run that sent", row{sent: []delivery{{to: "ada"}}}, 0, 3},
		{"with a run that failed", row{status: 1}, 0, 3},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if j := join(dropped, tt.b); j.dropped != tt.dropped || j.quiet.dropped != tt.wantDropped {
				t.Errorf("got %d and %d, want %d and %d", j.dropped, j.quiet.dropped, tt.dropped, tt.wantDropped)
			}
		})
	}
}

func TestQuiet(t *testing.T) {
	for q, want := range map[quiet]string{{}: "", {1, 0}: "… 1 quiet", {0, 2}: "… 2 dropped", {6, 1}: "… 6 quiet, 1 dropped"} {
		if got := q.String(); got != want {
			t.Errorf("%v: got %q, want %q", q, got, want)
		}
	}
}

func TestSentLines(t *testing.T) {
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
		note  string
		limit int
		want  string // a bar between lines
	}{
		{"names", row{sent: sent("weekly", "bob", "@ada", "bob")}, "", 40, "weekly @ada, bob"},
		{"five names", row{sent: sent("weekly", "a", "b", "c", "d", "e")}, "", 40, "weekly a, b, c, d +1"},
		{"just room", row{sent: sent("weekly", "ada", "bob")}, "", 15, "weekly ada, bob"},
		{"one column less", row{sent: sent("weekly", "ada", "bob")}, "", 14, "weekly ada +1"},
		{"no room for names", row{sent: sent("weekly", "ada", "bob")}, "", 12, "weekly 2"},
		{"order", row{sent: append(sent("monthly", "a"), sent("weekly", "b")...)}, "", 40, "weekly b · monthly a"},
		{"two lines", row{sent: append(sent("monthly", "ada", "bob"), sent("weekly", "cy")...)}, "", 13, "weekly 1 ·|monthly 2"},
		{"names fill two lines", row{sent: append(sent("monthly", "ada", "bob"), sent("weekly", "cy")...)}, "", 16, "weekly cy ·|monthly ada, bob"},
		{"note", row{sent: sent("weekly", "ada", "bob")}, "… 1 quiet", 26, "weekly ada, bob  … 1 quiet"},
		{"fewer names for the note", row{sent: sent("weekly", "ada", "bob")}, "… 1 quiet", 25, "weekly ada +1  … 1 quiet"},
		{"note below", row{sent: sent("weekly", "ada", "bob")}, "… 1 quiet", 15, "weekly ada, bob|… 1 quiet"},
		{"report", row{sent: sent("", "")}, "", 40, "report"},
		{"no cadence", row{sent: sent("", "ada@example.org")}, "", 40, "message ada"},
		{"failed", row{status: 1}, "", 40, "exit 1"},
		{"no run", row{dropped: 1, events: []string{"x"}}, "", 40, "no run"},
		{"nothing", row{events: []string{"x"}}, "", 40, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := strings.Join(sentLines(tt.r, tt.note, tt.limit, 1), "|"); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestWrap(t *testing.T) {
	tests := []struct {
		in   string
		n    int
		want []string
	}{
		{"ab cd", 5, []string{"ab cd"}},
		{"ab cd", 4, []string{"ab", "cd"}},
		{"a bcdefg", 3, []string{"a", "bcd", "efg"}},
		{"a\x1b[2J b", 20, []string{"a [2J b"}},
		{"", 3, nil},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, wrap(strings.Fields(tt.in), tt.n)); diff != "" {
			t.Errorf("wrap(%q, %d): %s", tt.in, tt.n, diff)
		}
	}
}

func TestTimelineWidth(t *testing.T) {
	w := newFake(t)
	w.events["2026-07-20"] = []string{"high draft opened in frontend-app-learning, which is a name of some length"}
	for _, tt := range []struct{ terminal, want int }{{0, 100}, {60, 80}, {80, 80}, {99, 99}, {120, 120}, {140, 140}, {200, 140}} {
		got, _ := runFake(t, w, func(o *Options) {
			o.Width = tt.terminal
			o.World.End = date(2026, 7, 31)
		})
		if strings.ContainsAny(got, "\x1b") {
			t.Error("colour in a file")
		}
		if n := (timeline{width: tt.terminal}).columns(); n != tt.want {
			t.Errorf("terminal of %d columns: %d, want %d", tt.terminal, n, tt.want)
		}
		for _, l := range strings.Split(got, "\n") {
			if width(l) > tt.want && !strings.Contains(l, "file://") { // a temporary folder's name can be long
				t.Errorf("terminal of %d columns: %d in %q", tt.terminal, width(l), l)
			}
		}
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
