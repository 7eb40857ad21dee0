package reminder_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/reminder"
)

const (
	alice = reminder.Recipient("user:alice")
	bob   = reminder.Recipient("user:bob")
)

func draft(id string, s advisory.Severity, opened time.Time, to ...reminder.Recipient) reminder.Draft {
	return reminder.Draft{Advisory: advisory.Advisory{ID: id, Severity: s}, Opened: opened, Recipients: to}
}

// A memory is a history that a test writes down.
type memory map[string]reminder.Told

func (m memory) told(id string, to reminder.Recipient, at time.Time) memory {
	m[id+" "+string(to)] = reminder.Told{At: at, Times: 1}
	return m
}

func (m memory) toldByThisRun(id string, to reminder.Recipient, at time.Time) memory {
	m[id+" "+string(to)] = reminder.Told{At: at, Times: 1, ThisRun: true}
	return m
}

func (m memory) history(id string, to reminder.Recipient) reminder.Told { return m[id+" "+string(to)] }

// outline writes digests as "user:alice weekly: A due, B forced".
func outline(digests []reminder.Digest) []string {
	var lines []string
	for _, d := range digests {
		var items []string
		for _, r := range d.Reminders {
			items = append(items, fmt.Sprintf("%s %v", r.ID, r.Reason))
		}
		lines = append(lines, fmt.Sprintf("%s %v: %s", d.To, d.Cadence, strings.Join(items, ", ")))
	}
	return lines
}

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

// TestPlan is about several advisories. It is Tuesday, 3 November 2026, 09:00
// UTC: the week began yesterday, the month on Sunday.
func TestPlan(t *testing.T) {
	now := at(t, "2026-11-03T09:00:00Z")
	old := at(t, "2025-03-03T12:00:00Z")
	days := func(n int) time.Time { return now.AddDate(0, 0, -n) }
	critical, high, medium, low := advisory.Critical, advisory.High, advisory.Medium, advisory.Low
	snoozed := func(d reminder.Draft, until time.Time) reminder.Draft {
		d.SnoozedUntil = until
		return d
	}
	// weekly has two severities in one digest.
	weekly := reminder.DefaultPolicy()
	weekly.Cadence[high] = reminder.Weekly

	tests := []struct {
		name       string
		policy     *reminder.Policy
		drafts     []reminder.Draft
		past       memory
		force      bool
		severities []advisory.Severity
		want       []string
	}{
		{name: "nothing"},
		{
			name:   "one advisory for two, each by what they were told",
			drafts: []reminder.Draft{draft("A", critical, old, alice, bob)},
			past:   memory{}.told("A", alice, days(1)).told("A", bob, days(6)),
			want:   []string{"user:bob weekly: A due"},
		},
		{
			name: "a digest for each recipient and cadence, in order",
			drafts: []reminder.Draft{
				draft("A", low, old, bob), draft("B", medium, old, alice), draft("C", high, old, bob, alice),
				draft("D", critical, old, alice), draft("E", critical, old, "team:openedx/x"), draft("F", high, old),
			},
			want: []string{
				"swg monthly: F due",
				"team:openedx/x weekly: E due",
				"user:alice weekly: D due", "user:alice monthly: C due", "user:alice quarterly: B due",
				"user:bob monthly: C due", "user:bob semiannually: A due",
			},
		},
		{
			name:   "the most severe first, then the oldest, then by id",
			policy: &weekly,
			drafts: []reminder.Draft{
				draft("D", high, old, alice), draft("C", high, old, alice), draft("B", critical, old, alice),
				draft("A", critical, old.Add(1), alice), draft("E", high, old.Add(-1), alice),
			},
			want: []string{"user:alice weekly: B due, A due, E due, C due, D due"},
		},
		{
			name:   "in grace, along with one that is due",
			drafts: []reminder.Draft{draft("A", critical, old, alice), draft("B", critical, days(2).Add(time.Second), alice)},
			want:   []string{"user:alice weekly: A due, B goes along with one that is due"},
		},
		{
			name: "in grace, alone or with others in grace",
			drafts: []reminder.Draft{
				draft("A", critical, old, alice), draft("B", critical, days(2).Add(time.Second), alice),
			},
			past: memory{}.told("A", alice, days(2).Add(time.Hour)),
		},
		{
			name: "in grace, where only another recipient's or cadence's is due",
			drafts: []reminder.Draft{
				draft("A", critical, old, bob), draft("B", critical, days(2).Add(time.Second), alice), draft("C", high, old, alice),
			},
			want: []string{"user:alice monthly: C due", "user:bob weekly: A due"},
		},
		{
			name: "told in this period, never along with one that is due",
			drafts: []reminder.Draft{
				draft("A", critical, old, alice), draft("B", critical, old, alice), draft("C", critical, days(1), alice),
			},
			past: memory{}.told("B", alice, days(1)),
			want: []string{"user:alice weekly: A due"},
		},
		{
			name:   "nobody to send to",
			drafts: []reminder.Draft{draft("A", critical, old), draft("B", low, old)},
			want:   []string{"swg weekly: A due", "swg semiannually: B due"},
		},
		{
			name: "nobody to send to, in the working group's own ledger",
			drafts: []reminder.Draft{
				draft("A", critical, old), draft("B", low, old),
			},
			past: memory{}.told("A", reminder.SWG, days(1)).told("B", alice, days(1)),
			want: []string{"swg semiannually: B due"},
		},
		{
			name:   "unscored, for the working group alone, weekly and last",
			drafts: []reminder.Draft{draft("A", advisory.Unscored, old, alice, bob), draft("B", critical, old)},
			want:   []string{"swg weekly: B due, A due"},
		},
		{
			name:   "the same recipient by two routes",
			drafts: []reminder.Draft{draft("A", critical, old, bob, alice, bob, bob), draft("B", critical, old, reminder.SWG)},
			want:   []string{"swg weekly: B due", "user:alice weekly: A due", "user:bob weekly: A due"},
		},
		{
			name: "snoozed until just now, and until just later",
			drafts: []reminder.Draft{
				snoozed(draft("A", critical, old, alice), now.Add(-1)), snoozed(draft("B", critical, old, alice), now),
				snoozed(draft("C", critical, old, alice), now.Add(1)), snoozed(draft("D", advisory.Unscored, old), now.Add(1)),
			},
			want: []string{"user:alice weekly: A due, B due"},
		},
		{
			name: "snoozed makes nothing else due",
			drafts: []reminder.Draft{
				snoozed(draft("A", critical, old, alice), now.Add(time.Hour)), draft("B", critical, days(2).Add(time.Second), alice),
			},
		},
		{
			name:  "forced: told in this period, in grace, just opened; not snoozed",
			force: true,
			drafts: []reminder.Draft{
				draft("A", critical, old, alice), draft("B", high, days(3), alice), draft("C", medium, now, alice),
				snoozed(draft("D", critical, old, alice), now.Add(1)), draft("E", low, old),
			},
			past: memory{}.told("A", alice, now).told("E", reminder.SWG, now),
			want: []string{
				"swg semiannually: E forced",
				"user:alice weekly: A forced", "user:alice monthly: B forced", "user:alice quarterly: C forced",
			},
		},
		{
			name:  "forced, and delivered by this run already",
			force: true,
			drafts: []reminder.Draft{
				draft("A", critical, old, alice, bob), draft("B", critical, old, alice), draft("C", high, old, alice),
			},
			past: memory{}.toldByThisRun("A", alice, now).told("B", alice, now).toldByThisRun("C", alice, days(20)),
			want: []string{"user:alice weekly: B forced", "user:bob weekly: A forced"},
		},
		{
			name:   "this run's own deliveries, not forced",
			drafts: []reminder.Draft{draft("A", critical, old, alice), draft("B", critical, old, bob)},
			past:   memory{}.toldByThisRun("A", alice, now).toldByThisRun("B", bob, days(6)),
			want:   []string{"user:bob weekly: B due"},
		},
		{
			name:  "forced leaves the unscored as they are",
			force: true,
			drafts: []reminder.Draft{
				draft("A", advisory.Unscored, old), draft("B", advisory.Unscored, old), draft("C", advisory.Unscored, now),
			},
			past: memory{}.told("A", reminder.SWG, days(1)),
			want: []string{"swg weekly: B due"},
		},
		{
			name:   "forced unscored in grace go along",
			force:  true,
			drafts: []reminder.Draft{draft("A", advisory.Unscored, days(2).Add(time.Second)), draft("B", critical, now)},
			want:   []string{"swg weekly: B forced, A goes along with one that is due"},
		},
		{
			name:       "severities",
			severities: []advisory.Severity{medium, critical},
			drafts: []reminder.Draft{
				draft("A", critical, old, alice), draft("B", high, old, alice), draft("C", medium, old, alice),
				draft("D", low, old, alice), draft("E", advisory.Unscored, old), draft("F", critical, days(1), alice),
			},
			want: []string{"user:alice weekly: A due", "user:alice quarterly: C due"},
		},
		{
			name:       "severities, forced",
			severities: []advisory.Severity{high},
			force:      true,
			drafts:     []reminder.Draft{draft("A", critical, now, alice), draft("B", high, now, alice)},
			want:       []string{"user:alice monthly: B forced"},
		},
		{
			name:       "severities: one that is not sent makes nothing due",
			policy:     &weekly,
			severities: []advisory.Severity{high},
			drafts:     []reminder.Draft{draft("A", critical, old, alice), draft("B", high, days(2).Add(time.Second), alice)},
		},
		{
			name:       "severities, unscored",
			severities: []advisory.Severity{advisory.Unscored},
			drafts:     []reminder.Draft{draft("A", critical, old), draft("B", advisory.Unscored, old)},
			want:       []string{"swg weekly: B due"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			policy := reminder.DefaultPolicy()
			if test.policy != nil {
				policy = *test.policy
			}
			drafts := slices.Clone(test.drafts)
			digests, decisions := reminder.Plan(reminder.Request{
				Now: now, Policy: policy, Drafts: test.drafts, History: test.past.history,
				Force: test.force, Severities: test.severities,
			})
			if diff := cmp.Diff(test.want, outline(digests)); diff != "" {
				t.Errorf("digests (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(drafts, test.drafts); diff != "" {
				t.Errorf("the plan changed the drafts:\n%s", diff)
			}
			checkDecisions(t, digests, decisions)
		})
	}
}

// checkDecisions sees to it that digests and decisions tell the same.
func checkDecisions(t *testing.T, digests []reminder.Digest, decisions []reminder.Decision) {
	t.Helper()
	var sent, decided []string
	for _, d := range digests {
		for _, r := range d.Reminders {
			sent = append(sent, fmt.Sprintf("%s %s %v %v", r.ID, d.To, d.Cadence, r.Reason))
		}
	}
	for _, d := range decisions {
		if d.Reason.Sent() {
			decided = append(decided, fmt.Sprintf("%s %s %v %v", d.Advisory, d.To, d.Cadence, d.Reason))
		}
	}
	slices.Sort(sent)
	slices.Sort(decided)
	if diff := cmp.Diff(sent, decided); diff != "" {
		t.Errorf("digests and decisions differ (-digests +decisions):\n%s", diff)
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

func TestDigest(t *testing.T) {
	policy := reminder.DefaultPolicy()
	policy.Location = zone(t, "America/New_York")
	now := at(t, "2026-11-29T12:00:00-05:00") // a Sunday
	old := now.AddDate(-1, 0, 0)
	past := memory{}.told("A", alice, old.AddDate(0, 1, 0))
	digests, _ := reminder.Plan(reminder.Request{
		Now: now, Policy: policy, History: past.history,
		Drafts: []reminder.Draft{draft("A", advisory.Critical, old, alice), draft("B", advisory.High, old, alice)},
	})
	if len(digests) != 2 {
		t.Fatalf("%d digests", len(digests))
	}
	type dates struct{ Period, Next time.Time }
	want := []dates{
		{at(t, "2026-11-23T05:00:00Z"), at(t, "2026-12-01T17:00:00Z")}, // grace ends later than the week
		{at(t, "2026-11-01T04:00:00Z"), at(t, "2026-12-06T17:00:00Z")}, // grace ends later than the month
	}
	for i, d := range digests {
		if diff := cmp.Diff(want[i], dates{d.Period, d.Next}); diff != "" {
			t.Errorf("%v (-want +got):\n%s", d.Cadence, diff)
		}
	}
	if got := digests[0].Reminders[0].Told; got != past.history("A", alice) {
		t.Errorf("told %+v", got)
	}
	if got := digests[1].Reminders[0].Told; got != (reminder.Told{}) {
		t.Errorf("told %+v", got)
	}

	// Early in the period, the next period begins later than the grace ends.
	for _, test := range []struct {
		cadence   reminder.Cadence
		now, want string
	}{
		{reminder.Weekly, "2026-11-24T12:00:00Z", "2026-11-30T05:00:00Z"},
		{reminder.Weekly, "2026-11-28T05:00:00Z", "2026-11-30T05:00:00Z"},
		{reminder.Weekly, "2026-11-28T05:00:01Z", "2026-11-30T05:00:01Z"},
		{reminder.Monthly, "2026-11-24T12:00:00Z", "2026-12-01T12:00:00Z"},
		{reminder.Monthly, "2026-11-23T12:00:00Z", "2026-12-01T05:00:00Z"},
		{reminder.Quarterly, "2026-11-24T12:00:00Z", "2027-01-01T05:00:00Z"},
		{reminder.Semiannually, "2026-06-24T12:00:00Z", "2026-07-01T12:00:00Z"},
	} {
		if got := policy.NextReminder(test.cadence, at(t, test.now)); !got.Equal(at(t, test.want)) {
			t.Errorf("NextReminder(%v, %s) = %v, want %s", test.cadence, test.now, got.UTC(), test.want)
		}
	}
}

func TestRecipients(t *testing.T) {
	if got := reminder.UserRecipient("OctoCat"); got != "user:octocat" {
		t.Errorf("UserRecipient: %s", got)
	}
	if got := reminder.TeamRecipient("OpenEdX", "X-Team"); got != "team:openedx/x-team" {
		t.Errorf("TeamRecipient: %s", got)
	}
}
