package notify

import (
	"fmt"
	"slices"
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
		if got := cells(undeliveredRows(tt.list)); !slices.Equal(got, tt.want) {
			t.Errorf("%s:\n%s\nwant\n%s", tt.name, strings.Join(got, "\n"), strings.Join(tt.want, "\n"))
		}
	}
}

// Of what lasts people read so much, the new first and each kind in its order, and how
// much more there is; one more than that is named. A file has all of it.
func TestLasting(t *testing.T) {
	items := func(n int, fresh ...int) (list []Item) {
		for i := range n {
			list = append(list, Item{ID: fmt.Sprint("d", i), Known: !slices.Contains(fresh, i)})
		}
		return list
	}
	ids := func(n int, without ...int) (ids []string) {
		for i := range n {
			if !slices.Contains(without, i) {
				ids = append(ids, fmt.Sprint("d", i))
			}
		}
		return ids
	}
	unknown := func(list []Item) []Item {
		for i := range list {
			list[i].Known = false
		}
		return list
	}
	anew := items(mostLasting + 3)
	for i := range anew {
		anew[i].Known = i == 4
	}
	const most, more = mostLasting, mostLasting + 2
	for _, tt := range []struct {
		name  string
		list  []Item
		known int
		want  []string // for people
	}{
		{"none", nil, 0, nil},
		{"as many as are read, one of them new", items(most, 30), most - 1, ids(most)},
		{"one more", items(most+1, 30), most, ids(most + 1)},
		{"two more", items(more), more, append(ids(most), "and 2 others")},
		{"two more, some of them new", items(more, 3, 20, more-2, more-1), more - 4,
			slices.Concat([]string{"d3", "d20", fmt.Sprint("d", more-2), fmt.Sprint("d", more-1)}, ids(most-2, 3, 20), []string{"and 2 others"})},
		{"two more, all of them new", unknown(items(more)), 0, append(ids(most), "and 2 others, all of them new")},
		{"three more, all but one of them new", anew, 1, append(ids(most+1, 4), "and 3 others, 2 of them new")},
	} {
		cell := func(suffix string) func(Item) []Line {
			return func(i Item) []Line { return []Line{sentence(i.ID + suffix)} }
		}
		s := lasting(Section{}, tt.list, cell(" whole"), cell(""))
		var got []string
		for _, l := range s.Points() {
			got = append(got, l.String())
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
		if s.Known != tt.known || s.count() != len(tt.list) {
			t.Errorf("%s: %d things, of which %d are known; want %d and %d", tt.name, s.count(), s.Known, len(tt.list), tt.known)
		}
		for i, row := range cells(s.Rows) {
			if row != tt.list[i].ID+" whole" {
				t.Errorf("%s: row %d is %s", tt.name, i, row)
			}
		}
	}
}

// The repositories of the same people and route share a row, up to ten.
func TestFirstToldShareRows(t *testing.T) {
	var list []FirstTold
	for n := range together + 1 {
		list = append(list, FirstTold{To: "team:acme/x", Repository: advisory.Repository{Owner: "acme", Name: fmt.Sprint("r", n)}, Route: "a file"})
	}
	list = append(list, FirstTold{To: "team:acme/x", Repository: list[0].Repository, Route: "another"},
		FirstTold{To: "user:a, user:b", Repository: list[0].Repository, Route: "a file"})
	want := []string{
		"team:acme/x | acme/r0, acme/r1, acme/r2, acme/r3, acme/r4, acme/r5, acme/r6, acme/r7, acme/r8, acme/r9 | a file",
		"team:acme/x | acme/r10 | a file",
		"team:acme/x | acme/r0 | another",
		"user:a, user:b | acme/r0 | a file",
	}
	if got := cells(firstToldRows(list)); !slices.Equal(got, want) {
		t.Errorf("%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	first := firstTold(Report{FirstRun: true, FirstTold: list[:fewTold+1]})
	if says := first.Intro.String(); !strings.Contains(says, "everybody: 1 team in 4 repositories") || !first.Whole {
		t.Errorf("a first run that tells one team of four repositories says %q", says)
	}
}

// cells returns rows as texts.
func cells(rows [][]Line) (out []string) {
	for _, row := range rows {
		var cells []string
		for _, c := range row {
			cells = append(cells, c.String())
		}
		out = append(out, strings.Join(cells, " | "))
	}
	return out
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
