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
			want := []reminder.Decision{{Draft: &d, To: to, Reason: test.want}}
			if diff := cmp.Diff(want, decisions); diff != "" {
				t.Errorf("decisions (-want +got):\n%s", diff)
			}
			if got := len(digests) == 1; got != test.want.Sent() {
				t.Errorf("%d digests", len(digests))
			}
		})
	}
}

// TestNew is about notify-new, as TestOneReminder is about the rest: whoever was
// never told is told now, and what was told before goes on by its periods. Each
// row has what the same asks for where the creation counts as told.
func TestNew(t *testing.T) {
	const long = "2005-01-15T12:00:00Z"
	for _, test := range []struct {
		name     string
		severity advisory.Severity
		opened   string
		told     string
		now      string
		without  reminder.Reason
		want     reminder.Reason
	}{
		{"opened just now", advisory.Critical, "2026-11-04T09:00:00Z", "", "2026-11-04T09:00:00Z", reminder.ToldInPeriod, reminder.NeverTold},
		{"opened a moment ago", advisory.Low, "2026-11-04T08:59:59Z", "", "2026-11-04T09:00:00Z", reminder.ToldInPeriod, reminder.NeverTold},
		{"opened as this period began", advisory.High, "2026-11-01T00:00:00Z", "", "2026-11-30T23:59:59Z", reminder.ToldInPeriod, reminder.NeverTold},
		{"opened just before this period, in its grace", advisory.High, "2026-10-31T23:59:59Z", "", "2026-11-01T00:00:00Z", reminder.InGrace, reminder.NeverTold},
		{"opened long ago, and never told", advisory.High, long, "", "2026-11-04T09:00:00Z", reminder.Due, reminder.NeverTold},
		{"opened by a clock ahead of ours", advisory.Critical, "2026-11-04T09:00:01Z", "", "2026-11-04T09:00:00Z", reminder.ToldInPeriod, reminder.NeverTold},

		{"told just before the week, in its grace", advisory.Critical, long, "2026-11-01T23:59:59Z", "2026-11-03T23:59:58Z", reminder.InGrace, reminder.InGrace},
		{"told just before the week, grace over", advisory.Critical, long, "2026-11-01T23:59:59Z", "2026-11-03T23:59:59Z", reminder.Due, reminder.Due},
		{"told as the week began", advisory.Critical, long, "2026-11-02T00:00:00Z", "2026-11-08T23:59:59Z", reminder.ToldInPeriod, reminder.ToldInPeriod},
		{"told as new a moment ago", advisory.Critical, "2026-11-04T08:00:00Z", "2026-11-04T08:59:59Z", "2026-11-04T09:00:00Z", reminder.ToldInPeriod, reminder.ToldInPeriod},
		{"told before it counts as opened", advisory.Critical, "2026-11-03T00:00:00Z", "2026-10-20T00:00:00Z", "2026-11-06T00:00:00Z", reminder.ToldInPeriod, reminder.Due},

		{"unscored, opened in this week", advisory.Unscored, "2026-11-02T00:00:00Z", "", "2026-11-04T09:00:00Z", reminder.ToldInPeriod, reminder.ToldInPeriod},
		{"unscored, opened just before", advisory.Unscored, "2026-11-01T23:59:59Z", "", "2026-11-03T23:59:58Z", reminder.InGrace, reminder.InGrace},
		{"unscored, grace over", advisory.Unscored, "2026-11-01T23:59:59Z", "", "2026-11-03T23:59:59Z", reminder.Due, reminder.Due},
	} {
		t.Run(test.name, func(t *testing.T) {
			to := alice
			if test.severity == advisory.Unscored {
				to = reminder.SWG
			}
			past := memory{}
			if test.told != "" {
				past.told("A", to, at(t, test.told))
			}
			for notifyNew, want := range map[bool]reminder.Reason{false: test.without, true: test.want} {
				policy := reminder.DefaultPolicy()
				policy.NotifyNew = notifyNew
				digests, decisions := reminder.Plan(reminder.Request{
					Now: at(t, test.now), Policy: policy, History: past.history,
					Drafts: []reminder.Draft{draft("A", test.severity, at(t, test.opened), alice)},
				})
				if got := decisions[0].Reason; len(decisions) != 1 || got != want {
					t.Errorf("notify-new %t: %v, want %v", notifyNew, got, want)
				}
				if len(digests) == 1 && digests[0].Reminders[0].New != (want == reminder.NeverTold) {
					t.Errorf("notify-new %t: the reminder (%v) is marked new: %t", notifyNew, want, digests[0].Reminders[0].New)
				}
			}
		})
	}
}

// TestQuiet is about quiet-after-answer, two weeks for what is monthly. The
// reminder is due but for the answer, unless a row says otherwise.
func TestQuiet(t *testing.T) {
	const (
		told = "2026-10-20T12:00:00Z"
		now  = "2026-11-10T09:00:00Z"
	)
	for _, test := range []struct {
		name     string
		zone     string
		answered string
		told     string
		now      string
		want     reminder.Reason
	}{
		{"no answer", "", "", told, now, reminder.Due},
		{"answered just now", "", now, told, now, reminder.Quiet},
		{"answered an instant later than now", "", "2026-11-10T09:00:00.000000001Z", told, now, reminder.Due},
		{"answered later than now, and its time has come", "", "2026-11-10T09:00:01Z", told, "2026-11-10T09:00:01Z", reminder.Quiet},
		{"just before the end of quiet", "", "2026-10-27T09:00:00.000000001Z", told, now, reminder.Quiet},
		{"at the end of quiet", "", "2026-10-27T09:00:00Z", told, now, reminder.Due},
		{"after the end of quiet", "", "2026-10-27T08:59:59Z", told, now, reminder.Due},
		{"answered before it was told", "", "2026-10-19T12:00:00Z", told, "2026-11-01T12:00:00Z", reminder.Quiet},
		{"quiet is over, grace is not", "", "2026-10-14T12:00:00Z", "2026-10-28T12:00:00Z", "2026-11-01T12:00:00Z", reminder.InGrace},
		{"quiet, and in the grace", "", "2026-10-29T12:00:00Z", "2026-10-28T12:00:00Z", "2026-11-01T12:00:00Z", reminder.Quiet},
		{"quiet until the period is over, just before", "", "2026-11-20T12:00:00Z", told, "2026-12-04T11:59:59Z", reminder.Quiet},
		{"quiet until the period is over", "", "2026-11-20T12:00:00Z", told, "2026-12-04T12:00:00Z", reminder.Due},
		{"never told", "", "2026-11-09T09:00:00Z", "", now, reminder.Due},

		// quiet counts calendar days, not hours
		{"out of summer time, just before", "America/New_York", "2026-10-25T12:00:00-04:00", told, "2026-11-08T11:59:59-05:00", reminder.Quiet},
		{"out of summer time", "America/New_York", "2026-10-25T12:00:00-04:00", told, "2026-11-08T12:00:00-05:00", reminder.Due},
		{"into summer time, just before", "America/New_York", "2027-03-01T12:00:00-05:00", told, "2027-03-15T11:59:59-04:00", reminder.Quiet},
		{"into summer time", "America/New_York", "2027-03-01T12:00:00-05:00", told, "2027-03-15T12:00:00-04:00", reminder.Due},
	} {
		t.Run(test.name, func(t *testing.T) {
			policy := reminder.DefaultPolicy()
			if test.zone != "" {
				policy.Location = zone(t, test.zone)
			}
			past := memory{}
			if test.told != "" {
				past.told("A", alice, at(t, test.told))
			}
			d := draft("A", advisory.High, at(t, "2005-01-15T12:00:00Z"), alice)
			if test.answered != "" {
				d.Answered = at(t, test.answered)
			}
			request := reminder.Request{Now: at(t, test.now), Policy: policy, Drafts: []reminder.Draft{d}, History: past.history}
			_, without := reminder.Plan(request)
			request.Policy.Quiet = map[reminder.Cadence]int{reminder.Monthly: 14}
			_, with := reminder.Plan(request)
			if with[0].Reason != test.want {
				t.Errorf("%v, want %v", with[0].Reason, test.want)
			}
			if without[0].Reason == reminder.Quiet || test.want != reminder.Quiet && without[0].Reason != test.want {
				t.Errorf("%v where an answer makes nothing quiet, %v where it does", without[0].Reason, with[0].Reason)
			}
			// Another cadence's answers make nothing quiet.
			request.Policy.Quiet = map[reminder.Cadence]int{reminder.Weekly: 60, reminder.Quarterly: 60, reminder.Semiannually: 60, reminder.Monthly: 0}
			if _, others := reminder.Plan(request); others[0].Reason != without[0].Reason {
				t.Errorf("%v where other cadences are quiet, %v where none is", others[0].Reason, without[0].Reason)
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
		got = append(got, fmt.Sprintf("%s %s %v: %v", d.ID, d.To, d.Cadence, d.Reason))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("decisions (-want +got):\n%s", diff)
	}
	for reason, want := range map[reminder.Reason]string{
		reminder.ToldInPeriod: "told or opened in this period",
		reminder.Quiet:        "quiet after an answer",
		reminder.NeverTold:    "new",
	} {
		if got := reason.String(); got != want {
			t.Errorf("a reason is written %q, want %q", got, want)
		}
	}
}
