package reminder_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/reminder"
)

// TestOneReminder is about one advisory and one recipient: the reason for or
// against reminding now. The time zone is UTC where none is given; "told" is
// empty where there was no delivery.
func TestOneReminder(t *testing.T) {
	const long = "2005-01-15T12:00:00Z" // long ago
	type row struct {
		name     string
		severity advisory.Severity
		zone     string
		opened   string
		told     string
		now      string
		want     reminder.Reason
	}
	tests := []row{
		// told in this period, by the boundaries of the period; 2026-11-02 is a Monday
		{"critical, told just before the week", advisory.Critical, "", long, "2026-11-01T23:59:59Z", "2026-11-06T00:00:00Z", reminder.Due},
		{"critical, told as the week began", advisory.Critical, "", long, "2026-11-02T00:00:00Z", "2026-11-08T23:59:59Z", reminder.ToldInPeriod},
		{"critical, told just after", advisory.Critical, "", long, "2026-11-02T00:00:01Z", "2026-11-08T23:59:59Z", reminder.ToldInPeriod},
		{"critical, a week later", advisory.Critical, "", long, "2026-11-02T00:00:00Z", "2026-11-09T00:00:00Z", reminder.Due},
		{"critical, a week later, just before", advisory.Critical, "", long, "2026-11-02T00:00:00Z", "2026-11-08T23:59:59Z", reminder.ToldInPeriod},
		{"high, told just before the month", advisory.High, "", long, "2026-10-31T23:59:59Z", "2026-11-30T00:00:00Z", reminder.Due},
		{"high, told as the month began", advisory.High, "", long, "2026-11-01T00:00:00Z", "2026-11-30T23:59:59Z", reminder.ToldInPeriod},
		{"high, a month later", advisory.High, "", long, "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z", reminder.Due},
		{"medium, told just before the quarter", advisory.Medium, "", long, "2026-09-30T23:59:59Z", "2026-10-30T00:00:00Z", reminder.Due},
		{"medium, told as the quarter began", advisory.Medium, "", long, "2026-10-01T00:00:00Z", "2026-12-31T23:59:59Z", reminder.ToldInPeriod},
		{"medium, a quarter later", advisory.Medium, "", long, "2026-10-01T00:00:00Z", "2027-01-01T00:00:00Z", reminder.Due},
		{"low, told just before the half year", advisory.Low, "", long, "2026-06-30T23:59:59Z", "2026-07-30T00:00:00Z", reminder.Due},
		{"low, told as the half year began", advisory.Low, "", long, "2026-07-01T00:00:00Z", "2026-12-31T23:59:59Z", reminder.ToldInPeriod},
		{"low, half a year later", advisory.Low, "", long, "2026-07-01T00:00:00Z", "2027-01-01T00:00:00Z", reminder.Due},

		// the creation counts as told
		{"opened in this period", advisory.Critical, "", "2026-11-02T00:00:00Z", "", "2026-11-08T23:59:59Z", reminder.ToldInPeriod},
		{"opened just before this period", advisory.Critical, "", "2026-11-01T23:59:59Z", "", "2026-11-04T00:00:00Z", reminder.Due},
		{"opened after the last delivery", advisory.Critical, "", "2026-11-03T00:00:00Z", "2026-10-20T00:00:00Z", "2026-11-06T00:00:00Z", reminder.ToldInPeriod},
		{"opened in the future", advisory.Critical, "", "2026-11-09T00:00:00Z", "", "2026-11-06T00:00:00Z", reminder.ToldInPeriod},

		// grace
		{"critical, just before the end of grace", advisory.Critical, "", long, "2026-11-01T10:00:00Z", "2026-11-03T09:59:59Z", reminder.InGrace},
		{"critical, at the end of grace", advisory.Critical, "", long, "2026-11-01T10:00:00Z", "2026-11-03T10:00:00Z", reminder.Due},
		{"critical, after the end of grace", advisory.Critical, "", long, "2026-11-01T10:00:00Z", "2026-11-03T10:00:01Z", reminder.Due},
		{"critical, opened just now", advisory.Critical, "", "2026-11-01T10:00:00Z", "", "2026-11-03T09:59:59Z", reminder.InGrace},
		{"high, just before the end of grace", advisory.High, "", long, "2026-10-31T10:00:00Z", "2026-11-07T09:59:59Z", reminder.InGrace},
		{"high, at the end of grace", advisory.High, "", long, "2026-10-31T10:00:00Z", "2026-11-07T10:00:00Z", reminder.Due},
		{"medium, just before the end of grace", advisory.Medium, "", long, "2026-09-30T10:00:00Z", "2026-10-07T09:59:59Z", reminder.InGrace},
		{"medium, at the end of grace", advisory.Medium, "", long, "2026-09-30T10:00:00Z", "2026-10-07T10:00:00Z", reminder.Due},
		{"low, just before the end of grace", advisory.Low, "", long, "2026-12-31T10:00:00Z", "2027-01-07T09:59:59Z", reminder.InGrace},
		{"low, at the end of grace", advisory.Low, "", long, "2026-12-31T10:00:00Z", "2027-01-07T10:00:00Z", reminder.Due},
		{"grace over a leap day, just before", advisory.High, "", long, "2028-02-27T10:00:00Z", "2028-03-05T09:59:59Z", reminder.InGrace},
		{"grace over a leap day", advisory.High, "", long, "2028-02-27T10:00:00Z", "2028-03-05T10:00:00Z", reminder.Due},
		{"told on a leap day", advisory.High, "", long, "2028-02-29T10:00:00Z", "2028-03-07T10:00:00Z", reminder.Due},

		// grace counts calendar days, not hours; clocks change on Sundays
		{"into summer time, 47 hours, just before", advisory.Critical, "America/New_York", long, "2026-03-07T12:00:00-05:00", "2026-03-09T11:59:59-04:00", reminder.InGrace},
		{"into summer time, 47 hours", advisory.Critical, "America/New_York", long, "2026-03-07T12:00:00-05:00", "2026-03-09T12:00:00-04:00", reminder.Due},
		{"out of summer time, 49 hours, just before", advisory.Critical, "America/New_York", long, "2026-10-31T12:00:00-04:00", "2026-11-02T11:59:59-05:00", reminder.InGrace},
		{"out of summer time, 49 hours", advisory.Critical, "America/New_York", long, "2026-10-31T12:00:00-04:00", "2026-11-02T12:00:00-05:00", reminder.Due},
		{"half an hour back, just before", advisory.Critical, "Australia/Lord_Howe", long, "2026-04-04T12:00:00+11:00", "2026-04-06T11:59:59+10:30", reminder.InGrace},
		{"half an hour back", advisory.Critical, "Australia/Lord_Howe", long, "2026-04-04T12:00:00+11:00", "2026-04-06T12:00:00+10:30", reminder.Due},

		// the week is that of the time zone
		{"Sunday in New York, Monday in UTC", advisory.Critical, "America/New_York", long, "2026-10-28T12:00:00Z", "2026-11-02T04:59:59Z", reminder.ToldInPeriod},
		{"Monday in New York", advisory.Critical, "America/New_York", long, "2026-10-28T12:00:00Z", "2026-11-02T05:00:00Z", reminder.Due},
		{"the month began at 01:00, just before", advisory.High, "America/Asuncion", long, "2023-09-20T12:00:00Z", "2023-10-01T03:59:59Z", reminder.ToldInPeriod},
		{"the month began at 01:00", advisory.High, "America/Asuncion", long, "2023-09-20T12:00:00Z", "2023-10-01T04:00:00Z", reminder.Due},

		// a severity that changed since the delivery: only the present one counts
		{"raised from high", advisory.Critical, "", long, "2026-11-05T12:00:00Z", "2026-11-16T09:00:00Z", reminder.Due},
		{"raised from high in the week of the delivery", advisory.Critical, "", long, "2026-11-10T12:00:00Z", "2026-11-15T09:00:00Z", reminder.ToldInPeriod},
		{"raised from low in the quarter of the delivery", advisory.Medium, "", long, "2026-10-05T12:00:00Z", "2026-12-31T09:00:00Z", reminder.ToldInPeriod},
		{"raised from low in a later quarter", advisory.Medium, "", long, "2026-07-05T12:00:00Z", "2026-10-01T00:00:00Z", reminder.Due},
		{"lowered from critical", advisory.High, "", long, "2026-11-05T12:00:00Z", "2026-11-30T09:00:00Z", reminder.ToldInPeriod},
		{"lowered from critical, the month after", advisory.High, "", long, "2026-11-23T12:00:00Z", "2026-12-01T09:00:00Z", reminder.Due},
		{"lowered from critical, grace of the new cadence", advisory.High, "", long, "2026-11-30T12:00:00Z", "2026-12-03T09:00:00Z", reminder.InGrace},
		{"the score taken back", advisory.Unscored, "", long, "2026-11-05T12:00:00Z", "2026-11-09T09:00:00Z", reminder.Due},

		// a maintainer who is new: nothing was delivered
		{"new, older than the week", advisory.Critical, "", "2026-10-28T12:00:00Z", "", "2026-11-02T00:00:00Z", reminder.Due},
		{"new, older than the half year", advisory.Low, "", "2026-06-20T12:00:00Z", "", "2026-11-02T00:00:00Z", reminder.Due},
		{"new, younger than the half year", advisory.Low, "", "2026-07-20T12:00:00Z", "", "2026-11-02T00:00:00Z", reminder.ToldInPeriod},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			to := alice
			if test.severity == advisory.Unscored {
				to = reminder.SWG
			}
			policy := reminder.DefaultPolicy()
			if test.zone != "" {
				policy.Location = zone(t, test.zone)
			}
			past := memory{}
			if test.told != "" {
				past.told("A", to, at(t, test.told))
			}
			d := draft("A", test.severity, at(t, test.opened), alice)
			digests, decisions := reminder.Plan(reminder.Request{
				Now: at(t, test.now), Policy: policy, Drafts: []reminder.Draft{d}, History: past.history,
			})
			want := []reminder.Decision{{
				Advisory: "A", To: to, Cadence: policy.CadenceOf(test.severity), Reason: test.want,
			}}
			if diff := cmp.Diff(want, decisions); diff != "" {
				t.Errorf("decisions (-want +got):\n%s", diff)
			}
			if got := len(digests) == 1; got != test.want.Sent() {
				t.Errorf("%d digests", len(digests))
			}
		})
	}
}

func TestGraceOfZeroDays(t *testing.T) {
	policy := reminder.DefaultPolicy()
	policy.Grace[reminder.Weekly] = 0
	sunday := at(t, "2026-11-01T23:59:59Z")
	for _, test := range []struct {
		now  time.Time
		want reminder.Reason
	}{
		{sunday, reminder.ToldInPeriod},
		{sunday.Add(time.Second - 1), reminder.ToldInPeriod},
		{sunday.Add(time.Second), reminder.Due},
	} {
		_, decisions := reminder.Plan(reminder.Request{
			Now: test.now, Policy: policy, History: memory{}.told("A", alice, sunday).history,
			Drafts: []reminder.Draft{draft("A", advisory.Critical, sunday.AddDate(-1, 0, 0), alice)},
		})
		if got := decisions[0].Reason; got != test.want {
			t.Errorf("at %v: %v, want %v", test.now, got, test.want)
		}
	}
}

func TestDecisions(t *testing.T) {
	now := at(t, "2026-11-03T09:00:00Z")
	old := now.AddDate(-1, 0, 0)
	snoozed := draft("S", advisory.High, old, alice)
	snoozed.SnoozedUntil = now.Add(1)
	_, decisions := reminder.Plan(reminder.Request{
		Now: now, Policy: reminder.DefaultPolicy(), Force: true,
		Severities: []advisory.Severity{advisory.High, advisory.Unscored},
		Drafts: []reminder.Draft{
			snoozed,
			draft("B", advisory.High, old, bob, alice),
			draft("L", advisory.Low, old, alice),
			draft("U", advisory.Unscored, now.AddDate(0, 0, -2).Add(1), alice),
		},
		History: memory{}.toldByThisRun("B", bob, now).history,
	})
	want := []string{
		"S user:alice monthly: snoozed",
		"B user:alice monthly: forced",
		"B user:bob monthly: delivered by this workflow run already",
		"L user:alice semiannually: severity not selected",
		"U swg weekly: told or opened only just now",
	}
	var got []string
	for _, d := range decisions {
		got = append(got, fmt.Sprintf("%s %s %v: %v", d.Advisory, d.To, d.Cadence, d.Reason))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("decisions (-want +got):\n%s", diff)
	}
	if got := reminder.ToldInPeriod.String(); got != "told or opened in this period" {
		t.Errorf("ToldInPeriod is written %q", got)
	}
}
