package reminder_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/reminder"
)

// The next reminder of a digest's advisories comes after its grace, or sooner where
// another of the recipient's begins a digest then.
func TestNextReminderOfADigest(t *testing.T) {
	const now = "2026-11-29T14:00:00Z"
	long := at(t, "2026-01-05T09:00:00Z")
	due := func(d reminder.Draft) reminder.Draft { d.Opened = long; return d }
	high := func(id string, to ...reminder.Recipient) reminder.Draft {
		return due(draft(id, advisory.High, long, to...))
	}
	for _, test := range []struct {
		name   string
		others []reminder.Draft
		told   map[string]string // of the others, alice
		quiet  int
		answer string // to the digest's own
		want   string
	}{
		{"it is alone", nil, nil, 0, "", "2026-12-06T14:00:00Z"},
		{"another was told early in this month", []reminder.Draft{high("B", alice)}, map[string]string{"B": "2026-11-02T09:00:00Z"}, 0, "", "2026-12-01T00:00:00Z"},
		{"another was told a week before the next month", []reminder.Draft{high("B", alice)}, map[string]string{"B": "2026-11-24T00:00:00Z"}, 0, "", "2026-12-01T00:00:00Z"},
		{"another was told later than that", []reminder.Draft{high("B", alice)}, map[string]string{"B": "2026-11-24T00:00:01Z"}, 0, "", "2026-12-01T00:00:01Z"},
		{"another of somebody else", []reminder.Draft{high("B", bob)}, nil, 0, "", "2026-12-06T14:00:00Z"},
		{"another of another cadence", []reminder.Draft{due(draft("B", advisory.Medium, long, alice))}, map[string]string{"B": "2026-11-02T09:00:00Z"}, 0, "", "2026-12-06T14:00:00Z"},
		{"another is snoozed until later than that", []reminder.Draft{snoozed(high("B", alice), at(t, "2026-12-07T00:00:00Z"))}, map[string]string{"B": "2026-11-02T09:00:00Z"}, 0, "", "2026-12-06T14:00:00Z"},
		{"another is snoozed until the 3rd", []reminder.Draft{snoozed(high("B", alice), at(t, "2026-12-03T00:00:00Z"))}, map[string]string{"B": "2026-11-02T09:00:00Z"}, 0, "", "2026-12-03T00:00:00Z"},
		{"another's snooze ends in this month", []reminder.Draft{snoozed(high("B", alice), at(t, "2026-11-30T00:00:00Z"))}, map[string]string{"B": "2026-10-02T09:00:00Z"}, 0, "", "2026-12-06T14:00:00Z"},
		{"an answer holds the digest's own back", []reminder.Draft{high("B", alice)}, map[string]string{"B": "2026-11-02T09:00:00Z"}, 14, "2026-11-28T12:00:00Z", "2026-12-12T12:00:00Z"},
	} {
		t.Run(test.name, func(t *testing.T) {
			policy := reminder.DefaultPolicy()
			policy.Quiet = map[reminder.Cadence]int{reminder.Monthly: test.quiet}
			history := memory{}
			for id, told := range test.told {
				history = history.told(id, alice, at(t, told))
			}
			own := high("A", alice)
			if test.answer != "" {
				own.Answered = at(t, test.answer) // and nobody was told before, so that it is sent now
			}
			digests, _ := reminder.Plan(reminder.Request{Now: at(t, now), Policy: policy, History: history.history, Drafts: append(test.others, own)})
			for _, d := range digests {
				if d.To == alice && d.Cadence == reminder.Monthly {
					if !d.Next.Equal(at(t, test.want)) {
						t.Errorf("the next reminder is said to come at %v, want %s", d.Next, test.want)
					}
					return
				}
			}
			t.Fatal("there is no digest")
		})
	}
}

// What a run by severities leaves out still takes this digest's along, once it is due.
func TestNextReminderAfterARunBySeverities(t *testing.T) {
	policy := reminder.DefaultPolicy()
	long := at(t, "2026-01-05T09:00:00Z")
	critical, high := draft("A", advisory.Critical, long, alice), draft("B", advisory.High, long, alice)
	high.Cadence = reminder.Weekly
	for told, want := range map[string]string{
		"2026-11-24T09:00:00Z": "2026-11-30T00:00:00Z", // in this week: with the next one
		"2026-11-20T09:00:00Z": "2026-12-01T14:00:00Z", // before it: another run tells of it in this week
	} {
		digests, _ := reminder.Plan(reminder.Request{Now: at(t, "2026-11-29T14:00:00Z"), Policy: policy, Severities: []advisory.Severity{advisory.Critical},
			History: memory{}.told("B", alice, at(t, told)).told("A", alice, at(t, "2026-11-20T09:00:00Z")).history, Drafts: []reminder.Draft{critical, high}})
		if len(digests) != 1 || len(digests[0].Reminders) != 1 || !digests[0].Next.Equal(at(t, want)) {
			t.Errorf("told at %s: %+v, want the next at %s", told, digests, want)
		}
	}
}

func snoozed(d reminder.Draft, until time.Time) reminder.Draft {
	d.SnoozedUntil = until
	return d
}

// A run in which nothing is due knows when the next is, and for whom.
func TestAhead(t *testing.T) {
	now := at(t, "2026-11-24T14:00:00Z") // a Tuesday
	long := at(t, "2026-01-05T09:00:00Z")
	drafts := []reminder.Draft{
		draft("A", advisory.Critical, long, alice, bob),
		draft("B", advisory.Critical, long, alice),
		draft("C", advisory.High, long, bob),
		snoozed(draft("D", advisory.High, long, reminder.Recipient("user:carol")), at(t, "2026-11-30T00:00:00Z")),
		snoozed(draft("E", advisory.Low, long, reminder.Recipient("user:carol")), at(t, "2026-12-01T00:00:00Z")),
		draft("F", advisory.Unscored, now),
	}
	told := memory{}
	for _, d := range drafts[:3] {
		for _, to := range d.Recipients {
			told = told.told(d.ID, to, at(t, "2026-11-23T09:00:00Z"))
		}
	}
	request := reminder.Request{Now: now, Policy: reminder.DefaultPolicy(), History: told.history, Drafts: drafts}
	digests, decisions := reminder.Plan(request)
	if len(digests) != 0 {
		t.Fatalf("%v is due", digests)
	}
	want := []reminder.Upcoming{
		{Cadence: reminder.Weekly, At: at(t, "2026-11-30T00:00:00Z"), To: []reminder.Recipient{alice, bob, reminder.SWG}},
		{Cadence: reminder.Monthly, At: at(t, "2026-11-30T00:00:00Z"), To: []reminder.Recipient{reminder.Recipient("user:carol")}},
	}
	if diff := cmp.Diff(want, reminder.Ahead(request, decisions)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	request.Severities = []advisory.Severity{advisory.Low}
	_, decisions = reminder.Plan(request)
	want = []reminder.Upcoming{{Cadence: reminder.Semiannually, At: at(t, "2026-12-01T00:00:00Z"), To: []reminder.Recipient{reminder.Recipient("user:carol")}}}
	if diff := cmp.Diff(want, reminder.Ahead(request, decisions)); diff != "" {
		t.Errorf("of low ones alone (-want +got):\n%s", diff)
	}
	if got := reminder.Ahead(reminder.Request{Now: now, Policy: reminder.DefaultPolicy()}, nil); len(got) != 0 {
		t.Errorf("of nothing: %v", got)
	}
}
