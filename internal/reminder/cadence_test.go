package reminder_test

import (
	"testing"
	"time"
	_ "time/tzdata" // the zones must not depend on the machine

	"github.com/openedx/advisory-reminders/internal/reminder"
)

// at reads an instant in RFC 3339.
func at(t testing.TB, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// A row names two periods that follow each other, by their first instants.
func TestPeriods(t *testing.T) {
	tests := []struct {
		name    string
		zone    string
		cadence reminder.Cadence
		start   string
		next    string
	}{
		{"week", "UTC", reminder.Weekly, "2026-10-26T00:00:00Z", "2026-11-02T00:00:00Z"},
		{"week over a new year", "UTC", reminder.Weekly, "2026-12-28T00:00:00Z", "2027-01-04T00:00:00Z"},
		{"week from a new year", "UTC", reminder.Weekly, "2029-01-01T00:00:00Z", "2029-01-08T00:00:00Z"},
		{"week to a new year", "UTC", reminder.Weekly, "2028-12-25T00:00:00Z", "2029-01-01T00:00:00Z"},
		{"week with a leap day", "UTC", reminder.Weekly, "2028-02-28T00:00:00Z", "2028-03-06T00:00:00Z"},
		{"month", "UTC", reminder.Monthly, "2026-04-01T00:00:00Z", "2026-05-01T00:00:00Z"},
		{"month before a new year", "UTC", reminder.Monthly, "2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z"},
		{"February", "UTC", reminder.Monthly, "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z"},
		{"February of a leap year", "UTC", reminder.Monthly, "2028-02-01T00:00:00Z", "2028-03-01T00:00:00Z"},
		{"first quarter", "UTC", reminder.Quarterly, "2026-01-01T00:00:00Z", "2026-04-01T00:00:00Z"},
		{"second quarter", "UTC", reminder.Quarterly, "2026-04-01T00:00:00Z", "2026-07-01T00:00:00Z"},
		{"third quarter", "UTC", reminder.Quarterly, "2026-07-01T00:00:00Z", "2026-10-01T00:00:00Z"},
		{"fourth quarter", "UTC", reminder.Quarterly, "2026-10-01T00:00:00Z", "2027-01-01T00:00:00Z"},
		{"first half", "UTC", reminder.Semiannually, "2026-01-01T00:00:00Z", "2026-07-01T00:00:00Z"},
		{"second half", "UTC", reminder.Semiannually, "2026-07-01T00:00:00Z", "2027-01-01T00:00:00Z"},

		{"into summer time", "America/New_York", reminder.Weekly, "2026-03-02T05:00:00Z", "2026-03-09T04:00:00Z"},
		{"out of summer time", "America/New_York", reminder.Weekly, "2026-10-26T04:00:00Z", "2026-11-02T05:00:00Z"},
		{"from the day that ends summer time", "America/New_York", reminder.Monthly, "2026-11-01T04:00:00Z", "2026-12-01T05:00:00Z"},
		{"quarters in two offsets", "America/New_York", reminder.Quarterly, "2026-01-01T05:00:00Z", "2026-04-01T04:00:00Z"},
		{"halves in two offsets", "America/New_York", reminder.Semiannually, "2026-07-01T04:00:00Z", "2027-01-01T05:00:00Z"},

		{"half an hour back", "Australia/Lord_Howe", reminder.Weekly, "2026-03-29T13:00:00Z", "2026-04-05T13:30:00Z"},
		{"half an hour forth", "Australia/Lord_Howe", reminder.Weekly, "2026-09-27T13:30:00Z", "2026-10-04T13:00:00Z"},
		{"quarters half an hour apart", "Australia/Lord_Howe", reminder.Quarterly, "2026-03-31T13:00:00Z", "2026-06-30T13:30:00Z"},
		{"halves half an hour apart", "Australia/Lord_Howe", reminder.Semiannually, "2026-06-30T13:30:00Z", "2026-12-31T13:00:00Z"},

		{"a month that begins at 01:00", "America/Asuncion", reminder.Monthly, "2023-09-01T04:00:00Z", "2023-10-01T04:00:00Z"},
		{"a quarter that begins at 01:00", "America/Asuncion", reminder.Quarterly, "2023-10-01T04:00:00Z", "2024-01-01T03:00:00Z"},
		{"a week that ends with a day from 01:00", "America/Asuncion", reminder.Weekly, "2023-09-25T04:00:00Z", "2023-10-02T03:00:00Z"},
		{"23:00 twice", "America/Asuncion", reminder.Weekly, "2023-03-20T03:00:00Z", "2023-03-27T04:00:00Z"},

		{"a week without a Friday", "Pacific/Apia", reminder.Weekly, "2011-12-26T10:00:00Z", "2012-01-01T10:00:00Z"},
		{"a month without its last but one day", "Pacific/Apia", reminder.Monthly, "2011-12-01T10:00:00Z", "2011-12-31T10:00:00Z"},
		{"a half year without a day", "Pacific/Apia", reminder.Semiannually, "2011-07-01T11:00:00Z", "2011-12-31T10:00:00Z"},

		{"midnight twice on a first of the month", "America/Havana", reminder.Monthly, "2026-11-01T04:00:00Z", "2026-12-01T05:00:00Z"},
		{"a Sunday from 01:00", "America/Havana", reminder.Weekly, "2026-03-02T05:00:00Z", "2026-03-09T04:00:00Z"},
	}
	for _, test := range tests {
		t.Run(test.name+" in "+test.zone, func(t *testing.T) {
			loc, start, next := zone(t, test.zone), at(t, test.start), at(t, test.next)
			for _, now := range []time.Time{start, start.Add(1), start.Add(next.Sub(start) / 2), next.Add(-1)} {
				if got := test.cadence.Start(now, loc); !got.Equal(start) {
					t.Errorf("Start(%v) = %v, want %v", now.UTC(), got.UTC(), start)
				}
				if got := test.cadence.Next(now, loc); !got.Equal(next) {
					t.Errorf("Next(%v) = %v, want %v", now.UTC(), got.UTC(), next)
				}
			}
			for _, now := range []time.Time{next, next.Add(1)} {
				if got := test.cadence.Start(now, loc); !got.Equal(next) {
					t.Errorf("Start(%v) = %v, want %v", now.UTC(), got.UTC(), next)
				}
			}
			before := start.Add(-1)
			if got := test.cadence.Next(before, loc); !got.Equal(start) {
				t.Errorf("Next(%v) = %v, want %v", before.UTC(), got.UTC(), start)
			}
			if got := test.cadence.Start(before, loc); !got.Before(start) {
				t.Errorf("Start(%v) = %v, in the next period", before.UTC(), got.UTC())
			}
		})
	}
}

// In Newfoundland clocks went back at 00:01, until 2011: the first minute of
// 1 November 2009 was followed by the last hour of October once more.
func TestPeriodWithTwoMidnights(t *testing.T) {
	loc := zone(t, "America/St_Johns")
	const (
		october  = "2009-10-01T02:30:00Z"
		november = "2009-11-01T02:30:00Z"
		december = "2009-12-01T03:30:00Z"
	)
	tests := []struct{ now, start, next, nextReminder string }{
		{"2009-11-01T02:29:59Z", october, november, november},
		{"2009-11-01T02:30:00Z", november, december, december},
		{"2009-11-01T02:30:59Z", november, december, december},
		{"2009-11-01T02:31:00Z", october, november, december}, // 23:01; whoever is told now has been told in November, too
		{"2009-11-01T03:29:59Z", october, november, december},
		{"2009-11-01T03:30:00Z", november, december, december},
	}
	policy := reminder.DefaultPolicy()
	policy.Location = loc
	policy.Grace[reminder.Monthly] = 0
	for _, test := range tests {
		now := at(t, test.now)
		if got := reminder.Monthly.Start(now, loc); !got.Equal(at(t, test.start)) {
			t.Errorf("Start(%s) = %v, want %s", test.now, got.UTC(), test.start)
		}
		if got := reminder.Monthly.Next(now, loc); !got.Equal(at(t, test.next)) {
			t.Errorf("Next(%s) = %v, want %s", test.now, got.UTC(), test.next)
		}
		if got := policy.NextReminder(reminder.Monthly, now); !got.Equal(at(t, test.nextReminder)) {
			t.Errorf("NextReminder(%s) = %v, want %s", test.now, got.UTC(), test.nextReminder)
		}
	}
}

func TestStartOfDay(t *testing.T) {
	tests := []struct {
		zone string
		day  [3]int
		want string
	}{
		{"UTC", [3]int{2026, 1, 32}, "2026-02-01T00:00:00Z"},
		{"UTC", [3]int{2026, 5, 0}, "2026-04-30T00:00:00Z"},
		{"UTC", [3]int{2026, 13, 1}, "2027-01-01T00:00:00Z"},
		{"UTC", [3]int{2028, 2, 29}, "2028-02-29T00:00:00Z"},
		{"UTC", [3]int{2027, 2, 29}, "2027-03-01T00:00:00Z"},
		{"America/New_York", [3]int{2026, 3, 8}, "2026-03-08T05:00:00Z"},
		{"America/New_York", [3]int{2026, 11, 1}, "2026-11-01T04:00:00Z"},
		{"America/Asuncion", [3]int{2023, 10, 1}, "2023-10-01T04:00:00Z"},
		{"America/Asuncion", [3]int{2023, 3, 26}, "2023-03-26T04:00:00Z"}, // 23:00 came twice before it
		{"Pacific/Apia", [3]int{2011, 12, 29}, "2011-12-29T10:00:00Z"},
		{"Pacific/Apia", [3]int{2011, 12, 30}, "2011-12-30T10:00:00Z"}, // which was the 31st
		{"Pacific/Apia", [3]int{2011, 12, 31}, "2011-12-30T10:00:00Z"},
		{"America/St_Johns", [3]int{2009, 11, 1}, "2009-11-01T02:30:00Z"},
		{"America/Havana", [3]int{2026, 3, 8}, "2026-03-08T05:00:00Z"},
		{"America/Havana", [3]int{2026, 11, 1}, "2026-11-01T04:00:00Z"},
		{"Pacific/Kiritimati", [3]int{2026, 7, 1}, "2026-06-30T10:00:00Z"},
		{"Etc/GMT+12", [3]int{2026, 7, 1}, "2026-07-01T12:00:00Z"},
	}
	for _, test := range tests {
		got := reminder.StartOfDay(test.day[0], time.Month(test.day[1]), test.day[2], zone(t, test.zone))
		if !got.Equal(at(t, test.want)) {
			t.Errorf("StartOfDay(%v, %s) = %v, want %s", test.day, test.zone, got.UTC(), test.want)
		}
	}
}

func TestAddDays(t *testing.T) {
	tests := []struct {
		name string
		zone string
		from string
		days int
		want string
	}{
		{"none", "UTC", "2026-11-02T12:34:56Z", 0, "2026-11-02T12:34:56Z"},
		{"to a leap day", "UTC", "2028-02-27T12:00:00Z", 2, "2028-02-29T12:00:00Z"},
		{"over a leap day", "UTC", "2028-02-27T12:00:00Z", 3, "2028-03-01T12:00:00Z"},
		{"over a new year", "UTC", "2026-12-30T12:00:00Z", 7, "2027-01-06T12:00:00Z"},
		{"into summer time, 23 hours a day", "America/New_York", "2026-03-07T12:00:00-05:00", 2, "2026-03-09T12:00:00-04:00"},
		{"out of summer time, 25 hours a day", "America/New_York", "2026-10-31T12:00:00-04:00", 2, "2026-11-02T12:00:00-05:00"},
		{"to a time that is skipped", "America/New_York", "2026-03-06T02:30:00-05:00", 2, "2026-03-08T03:00:00-04:00"},
		{"to a time that comes twice", "America/New_York", "2026-10-30T01:30:00-04:00", 2, "2026-11-01T01:30:00-04:00"},
		{"from a time that came twice, the first", "America/New_York", "2026-11-01T01:30:00-04:00", 7, "2026-11-08T01:30:00-05:00"},
		{"from a time that came twice, the second", "America/New_York", "2026-11-01T01:30:00-05:00", 7, "2026-11-08T01:30:00-05:00"},
		{"half an hour skipped", "Australia/Lord_Howe", "2026-10-02T02:10:00+10:30", 2, "2026-10-04T02:30:00+11:00"},
		{"half an hour twice", "Australia/Lord_Howe", "2026-04-03T01:45:00+11:00", 2, "2026-04-05T01:45:00+11:00"},
		{"to a midnight that is skipped", "America/Asuncion", "2023-09-29T00:00:00-04:00", 2, "2023-10-01T01:00:00-03:00"},
		{"to a day that is skipped", "Pacific/Apia", "2011-12-29T12:00:00-10:00", 1, "2011-12-31T00:00:00+14:00"},
		{"over a day that is skipped", "Pacific/Apia", "2011-12-29T12:00:00-10:00", 2, "2011-12-31T12:00:00+14:00"},
		{"to the first of two midnights", "America/St_Johns", "2009-10-30T00:00:30-02:30", 2, "2009-11-01T00:00:30-02:30"},
		{"to the first of two last hours", "America/St_Johns", "2009-10-29T23:30:00-02:30", 2, "2009-10-31T23:30:00-02:30"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := reminder.AddDays(at(t, test.from), test.days, zone(t, test.zone))
			if !got.Equal(at(t, test.want)) {
				t.Errorf("AddDays(%s, %d) = %v, want %s", test.from, test.days, got, test.want)
			}
		})
	}
}

func TestParseCadence(t *testing.T) {
	for _, c := range reminder.Cadences {
		if got, ok := reminder.ParseCadence(c.String()); !ok || got != c {
			t.Errorf("ParseCadence(%q) = %v, %t", c.String(), got, ok)
		}
	}
	if got, ok := reminder.ParseCadence("QuarterLY"); !ok || got != reminder.Quarterly {
		t.Errorf("ParseCadence(QuarterLY) = %v, %t", got, ok)
	}
	for _, s := range []string{"", "daily", "week", " weekly", "yearly"} {
		if got, ok := reminder.ParseCadence(s); ok {
			t.Errorf("ParseCadence(%q) = %v", s, got)
		}
	}
}
