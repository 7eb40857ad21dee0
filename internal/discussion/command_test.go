package discussion

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openedx/advisory-reminders/internal/advisory"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	l, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func utc(t testing.TB, s string) time.Time {
	t.Helper()
	at, err := time.Parse("2006-01-02 15:04:05", s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// Each row is a comment's first words, when it was made, and what it comes to. The
// days are those of New York, where 1 November 2026 ends daylight saving time.
func TestCommands(t *testing.T) {
	rules := Rules{Location: zone(t, "America/New_York"), Releases: zone(t, "Asia/Kolkata"), SnoozeDays: 90}
	const noon = "2026-11-25 17:00:00" // a Wednesday
	for _, tt := range []struct {
		body, created string
		kind          Kind
		problem       Problem
		until, reason string
	}{
		{"/remind snooze 2027-01-15 waits for upstream", noon, Snooze, "", "2027-01-15 05:00:00", "waits for upstream"},
		{"/remind snooze 2027-01-15", noon, Snooze, "", "2027-01-15 05:00:00", ""},
		{"/REMIND\tSnooze  2027-01-15 \t two  words \r\nmore", noon, Snooze, "", "2027-01-15 05:00:00", "two  words"},
		{"/remind\u00a0snooze\u00a02027-01-15\u2003two\u00a0words\u00a0", noon, Snooze, "", "2027-01-15 05:00:00", "two\u00a0words"},
		{"/remind snooze 2026-11-24 x", noon, Snooze, Past, "2026-11-24 05:00:00", "x"},
		{"/remind snooze 2026-11-25 x", noon, Snooze, Past, "2026-11-25 05:00:00", "x"},
		{"/remind snooze 2026-11-26 x", noon, Snooze, "", "2026-11-26 05:00:00", "x"},
		{"/remind snooze 2026-11-26 x", "2026-11-26 04:59:59", Snooze, "", "2026-11-26 05:00:00", "x"},
		{"/remind snooze 2026-11-26 x", "2026-11-26 05:00:00", Snooze, Past, "2026-11-26 05:00:00", "x"},
		{"/remind snooze 2027-02-22 x", noon, Snooze, "", "2027-02-22 05:00:00", "x"},
		{"/remind snooze 2027-02-23 x", noon, Snooze, "", "2027-02-23 05:00:00", "x"},
		{"/remind snooze 2027-02-24 x", noon, Snooze, TooFar, "2027-02-24 05:00:00", "x"},
		{"/remind snooze 2027-02-24 x", "2026-11-26 04:59:59", Snooze, TooFar, "2027-02-24 05:00:00", "x"},
		{"/remind snooze 2027-02-24 x", "2026-11-26 05:00:00", Snooze, "", "2027-02-24 05:00:00", "x"},
		{"/remind snooze 2026-10-31 x", "2026-10-30 17:00:00", Snooze, "", "2026-10-31 04:00:00", "x"},
		{"/remind snooze 2026-11-02 x", "2026-10-30 17:00:00", Snooze, "", "2026-11-02 05:00:00", "x"},
		{"/remind snooze 2026-02-30 x", noon, Snooze, NoDate, "", "x"},
		{"/remind snooze 15.1.2027 x", noon, Snooze, NoDate, "", "x"},
		{"/remind snooze", noon, Snooze, NoDate, "", ""},
		{"/remind snooze off", noon, SnoozeOff, "", "", ""},
		{"/remind snooze OFF now", noon, SnoozeOff, "", "", ""},
		{"/remind snooze offline", noon, Snooze, NoDate, "", ""},

		{"/remind release 2026-11-27 22:30", noon, Release, "", "2026-11-27 17:00:00", ""},
		{"/remind release 2026-11-27 22:29", noon, Release, TooSoon, "2026-11-27 16:59:00", ""},
		{"/remind release 2026-11-27 22:31", noon, Release, "", "2026-11-27 17:01:00", ""},
		{"/remind release 2026-11-27 23:59", noon, Release, "", "2026-11-27 18:29:00", ""},
		{"/remind release 2026-11-28 00:00", noon, Release, Weekend, "2026-11-27 18:30:00", ""},
		{"/remind release 2026-11-29 23:59", noon, Release, Weekend, "2026-11-29 18:29:00", ""},
		{"/remind release 2026-11-30 00:00", noon, Release, "", "2026-11-29 18:30:00", ""},
		{"/remind release 2026-12-10 9:30 please", noon, Release, "", "2026-12-10 04:00:00", ""},
		{"/remind release 2026-12-10 24:00", noon, Release, NoDate, "", ""},
		{"/remind release 2026-12-10", noon, Release, NoDate, "", ""},
		{"/remind release", noon, Release, NoDate, "", ""},
		{"/remind release 0000-01-03 00:00", noon, Release, NoDate, "", ""},
		{"/remind release 0002-01-01 00:00", noon, Release, TooSoon, "0001-12-31 18:06:32", ""},
		{"/remind release off", noon, ReleaseOff, "", "", ""},

		{"/remind answered by mail", noon, Answered, "", "", ""},
		{"/remind not-mine", noon, NotMine, "", "", ""},
		{"/remind help", noon, Help, "", "", ""},
		{"/remind", noon, Help, "", "", ""},
		{"/remind   ", noon, Help, "", "", ""},
		{"/remind @everyone <b>", noon, Help, "", "", ""},
	} {
		at := utc(t, tt.created)
		got := rules.parse(advisory.Comment{Body: tt.body, Created: at, Updated: at, Author: advisory.Account{ID: 7, Login: "ada"}})
		until := ""
		if !got.Until.IsZero() {
			until = got.Until.UTC().Format("2006-01-02 15:04:05")
		}
		if got.Kind != tt.kind || got.Problem != tt.problem || until != tt.until || got.Reason != tt.reason || got.By != "ada" || got.Account != 7 || !got.At.Equal(at) {
			t.Errorf("%q at %s: %+v", tt.body, tt.created, got)
		}
		edited := rules.parse(advisory.Comment{Body: tt.body, Created: at, Updated: at.Add(time.Second)})
		if edited.Kind != tt.kind || edited.Problem != Edited {
			t.Errorf("%q, edited: %+v", tt.body, edited)
		}
	}
}

// A release beyond the years that a ledger can hold is no date: it would keep the
// ledger from being written, and with it everybody's reminders.
func TestReleaseBeyondAllYears(t *testing.T) {
	at := utc(t, "2026-11-25 17:00:00")
	for day, want := range map[string]Problem{"9999-12-31 18:59": "", "9999-12-31 19:00": NoDate, "9999-12-31 23:59": NoDate} {
		rules := Rules{Location: time.UTC, Releases: zone(t, "America/New_York"), SnoozeDays: 90}
		c := rules.parse(advisory.Comment{Body: "/remind release " + day, Created: at, Updated: at})
		if c.Problem != want {
			t.Errorf("%s: %+v", day, c)
		}
	}
}

// What an answer to a rejected command offers is taken.
func TestBounds(t *testing.T) {
	for _, name := range []string{"UTC", "America/New_York", "Asia/Kolkata", "Pacific/Apia", "Africa/Cairo"} {
		for day := range 400 {
			at := utc(t, "2026-03-01 00:30:00").Add(time.Duration(day) * 25 * time.Hour)
			rules := Rules{Location: zone(t, name), Releases: zone(t, name), SnoozeDays: 90}
			give := func(body string) Command {
				return rules.parse(advisory.Comment{Body: body, Created: at, Updated: at, Author: advisory.Account{ID: 7, Login: "ada"}})
			}
			last := give("/remind snooze never").Bound.In(rules.Location)
			if c := give("/remind snooze " + last.Format(time.DateOnly)); c.Problem != "" || !c.Until.Equal(last) {
				t.Fatalf("%s, %s: the last day is refused: %+v", name, at, c)
			}
			if c := give("/remind snooze " + last.AddDate(0, 0, 1).Format(time.DateOnly)); c.Problem != TooFar {
				t.Fatalf("%s, %s: the day after the last is taken: %+v", name, at, c)
			}
		}
	}
}

func TestIsCommand(t *testing.T) {
	for body, want := range map[string]bool{
		"/remind": true, "/remind\n": true, "/remind help": true, "/Remind\r\nx": true, "/remind\thelp": true, "/remind\u00a0help": true,
		"": false, " /remind help": false, "\n/remind help": false, "/reminder": false, "/remindhelp": false,
		"see /remind help": false, "> /remind help": false, "`/remind help`": false, "    /remind help": false, "I am on it\n/remind help": false,
	} {
		if got := IsCommand(body); got != want {
			t.Errorf("%q: %v", body, got)
		}
	}
}

func TestReasonIsBounded(t *testing.T) {
	at := utc(t, "2026-11-25 17:00:00")
	c := Rules{Location: time.UTC, Releases: time.UTC, SnoozeDays: 90}.parse(advisory.Comment{Body: "/remind snooze 2026-12-01 " + strings.Repeat("ü\xff", 9999), Created: at, Updated: at})
	if c.Reason != strings.Repeat("ü", longestReason) {
		t.Errorf("%d bytes of a reason", len(c.Reason))
	}
}

func TestMarkers(t *testing.T) {
	const own = "<!-- advisory-reminders: 00112233445566778899aabbccddeeff -->"
	var many []int64
	for i := range int64(500) {
		many = append(many, 2_900_000_000+i*997)
	}
	for _, ids := range [][]int64{{1}, {9000003, 9000001}, many} {
		marker := AnswersMarker(ids)
		got := answers("some words\n" + marker + "\n" + own + "\n")
		if want := slices.Sorted(slices.Values(ids)); !slices.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
		if len(marker) > 3000 {
			t.Errorf("a marker of %d characters", len(marker))
		}
		if got := answers(marker + "\n"); got != nil {
			t.Errorf("somebody's comment that holds it answers %v", got)
		}
	}
	for body, want := range map[string]bool{
		own: true, "words\n" + own + "\n\n": true, "words " + own: false, "": false, own + "\nI am on it": false, "> " + own: false,
		"<!-- advisory-reminders: x": false,
	} {
		if Ours(body) != want {
			t.Errorf("%q: ours %v", body, !want)
		}
	}
	for _, broken := range []string{"", "<!-- advisory-reminders answers: 1", "<!-- advisory-reminders answers: ! -->", "<!-- advisory-reminders answers: zzzzzzzzzzzzzzzz -->"} {
		if got := answers(broken + "\n" + own); got != nil {
			t.Errorf("%q answers %v", broken, got)
		}
	}
}
