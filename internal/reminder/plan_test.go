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
	return reminder.Draft{Advisory: &advisory.Advisory{ID: id, Severity: s}, Cadence: reminder.DefaultPolicy().CadenceOf(s), Opened: opened, Recipients: to}
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
	answered := func(d reminder.Draft, at time.Time) reminder.Draft {
		d.Answered = at
		return d
	}
	quiet := reminder.DefaultPolicy()
	quiet.Quiet = map[reminder.Cadence]int{reminder.Weekly: 3, reminder.Monthly: 14}
	fresh := quiet
	fresh.NotifyNew = true
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
		{
			name:   "new makes its digest due at once, with what is pending and nothing else",
			policy: &fresh,
			drafts: []reminder.Draft{
				draft("A", critical, now, alice, bob), draft("B", critical, old, alice), draft("C", critical, old, alice), draft("D", high, old, alice),
			},
			past: memory{}.told("B", alice, days(2).Add(time.Second)).told("C", alice, days(1)).told("D", alice, days(2)),
			want: []string{"user:alice weekly: B goes along with one that is due, A new", "user:bob weekly: A new"},
		},
		{
			name:   "new, each by the digest of its cadence, the working group's too",
			policy: &fresh,
			drafts: []reminder.Draft{
				draft("A", critical, now, alice), draft("B", low, now, alice), draft("C", medium, now), draft("D", advisory.Unscored, now),
			},
			want: []string{"swg quarterly: C new", "user:alice weekly: A new", "user:alice semiannually: B new"},
		},
		{
			name:   "new, but snoozed",
			policy: &fresh,
			drafts: []reminder.Draft{snoozed(draft("A", critical, now, alice), now.Add(1)), snoozed(draft("B", high, now, alice), now)},
			want:   []string{"user:alice monthly: B new"},
		},
		{
			name:       "new, but not selected",
			policy:     &fresh,
			severities: []advisory.Severity{high},
			drafts:     []reminder.Draft{draft("A", critical, now, alice), draft("B", high, now, alice)},
			want:       []string{"user:alice monthly: B new"},
		},
		{
			name:   "new, and forced",
			policy: &fresh,
			force:  true,
			drafts: []reminder.Draft{draft("A", critical, now, alice, bob)},
			past:   memory{}.told("A", bob, now),
			want:   []string{"user:alice weekly: A forced", "user:bob weekly: A forced"},
		},
		{
			name:   "new, and delivered by this run already",
			policy: &fresh,
			drafts: []reminder.Draft{draft("A", critical, now, alice, bob)},
			past:   memory{}.toldByThisRun("A", alice, now),
			want:   []string{"user:bob weekly: A new"},
		},
		{
			name:   "new, and answered already: whoever was never told is told",
			policy: &fresh,
			drafts: []reminder.Draft{answered(draft("A", critical, days(7), alice, bob), days(1))},
			past:   memory{}.told("A", bob, days(6)),
			want:   []string{"user:alice weekly: A new"},
		},
		{
			name:   "quiet for all who were told, but the working group",
			policy: &quiet,
			drafts: []reminder.Draft{
				answered(draft("A", high, old, alice, bob, "team:openedx/x"), days(13)), answered(draft("B", high, old), days(13)),
			},
			past: memory{}.told("A", alice, days(20)).told("A", "team:openedx/x", days(20)).told("B", reminder.SWG, days(20)),
			want: []string{"swg monthly: B due", "user:bob monthly: A due"},
		},
		{
			name:   "quiet makes nothing else due, and does not go along",
			policy: &quiet,
			drafts: []reminder.Draft{
				answered(draft("A", critical, old, alice), days(2)), draft("B", critical, days(2).Add(time.Second), alice),
				answered(draft("C", high, old, alice), days(2)), draft("D", high, old, alice),
			},
			past: memory{}.told("A", alice, days(8)).told("C", alice, days(20)),
			want: []string{"user:alice monthly: D due"},
		},
		{
			name:   "quiet, by the cadence of the present severity",
			policy: &quiet,
			drafts: []reminder.Draft{answered(draft("A", critical, old, alice), days(4)), answered(draft("B", medium, old, alice), now)},
			past:   memory{}.told("A", alice, days(40)).told("B", alice, days(100)),
			want:   []string{"user:alice weekly: A due", "user:alice quarterly: B due"},
		},
		{
			name:   "quiet, and forced",
			policy: &quiet,
			force:  true,
			drafts: []reminder.Draft{answered(draft("A", critical, old, alice), now)},
			past:   memory{}.told("A", alice, days(8)),
			want:   []string{"user:alice weekly: A forced"},
		},
		{
			name:   "quiet, snoozed and not selected: held back by any of them",
			policy: &quiet,
			drafts: []reminder.Draft{
				snoozed(answered(draft("A", critical, old, alice), days(5)), now.Add(1)), answered(draft("B", high, old, alice), days(15)),
				snoozed(answered(draft("C", critical, old, alice), days(1)), now.Add(-1)),
			},
			severities: []advisory.Severity{critical},
			past:       memory{}.told("A", alice, days(20)).told("B", alice, days(20)).told("C", alice, days(20)),
		},
		{
			name:   "unscored: an answer makes nothing quiet for the working group",
			policy: &quiet,
			drafts: []reminder.Draft{answered(draft("A", advisory.Unscored, old, alice), now)},
			past:   memory{}.told("A", reminder.SWG, days(8)),
			want:   []string{"swg weekly: A due"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			policy := reminder.DefaultPolicy()
			if test.policy != nil {
				policy = *test.policy
			}
			drafts := slices.Clone(test.drafts)
			for i := range drafts {
				test.drafts[i].Cadence = policy.CadenceOf(drafts[i].Severity)
				drafts[i].Cadence = test.drafts[i].Cadence
				drafts[i].Recipients = slices.Clone(drafts[i].Recipients)
			}
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
			for _, d := range digests {
				for _, r := range d.Reminders {
					if want := policy.NotifyNew && r.Told.At.IsZero(); r.New != want {
						t.Errorf("%s for %s is marked new: %t", r.ID, d.To, r.New)
					}
				}
			}
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
			decided = append(decided, fmt.Sprintf("%s %s %v %v", d.ID, d.To, d.Cadence, d.Reason))
		}
	}
	slices.Sort(sent)
	slices.Sort(decided)
	if diff := cmp.Diff(sent, decided); diff != "" {
		t.Errorf("digests and decisions differ (-digests +decisions):\n%s", diff)
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
