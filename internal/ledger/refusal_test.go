package ledger

import (
	"slices"
	"testing"
	"time"

	"github.com/openedx/advisory-reminders/internal/reminder"
)

var (
	monday = time.Date(2026, 11, 16, 7, 17, 0, 0, time.UTC)
	us     = Claimant{Holder: Holder{Run: "7/remind", Attempt: 1, Process: "us"}}
)

// refusal returns a ledger in which one channel has refused a weekly digest at a
// time, and its delivery.
func refusal(channel, address string, at time.Time) (*Ledger, *Delivery) {
	l := New()
	d := l.Claim(Delivery{Kind: Digest, To: []reminder.Recipient{"user:ann"}, Advisories: []string{"GHSA-aaaa-bbbb-cccc"}, Cadence: "weekly"}, us, at, monday)
	l.Refuse(d.ID, Refusal{Channel: channel, Address: AddressSum(address), At: at})
	return l, d
}

// A refusal is one channel's, of one address in any case, for one cadence, and
// for a period.
func TestRefused(t *testing.T) {
	for outcome, settle := range map[string]func(*Ledger, *Delivery){
		"claimed":              func(*Ledger, *Delivery) {},
		"refused":              func(l *Ledger, d *Delivery) { l.settle(d, Result{Outcome: Refused}, monday) },
		"accepted by another":  func(l *Ledger, d *Delivery) { l.settle(d, Result{Outcome: Accepted, Channel: "slack"}, monday) },
		"let go":               func(l *Ledger, _ *Delivery) { l.release(us) },
		"claimed once more":    func(l *Ledger, d *Delivery) { l.release(us); l.Claim(*d, us, monday.Add(time.Hour), monday) },
		"merged":               func(l *Ledger, _ *Delivery) { l.merge(New(), us, monday) },
		"pruned by a next run": func(l *Ledger, _ *Delivery) { l.Prune(monday.AddDate(0, 7, 0), nil) },
	} {
		l, d := refusal("email", "Ann@example.org", monday)
		settle(l, d)
		for _, tt := range []struct {
			channel, address string
			cadence          reminder.Cadence
			from             time.Time
			want             bool
		}{
			{"email", "ann@example.org", reminder.Weekly, monday, true},
			{"email", "ANN@example.org", reminder.Weekly, monday.Add(-time.Second), true},
			{"email", "ann@example.org", reminder.Weekly, monday.Add(time.Second), false},
			{"email", "ann@example.org", reminder.Monthly, monday, false},
			{"email", "bob@example.org", reminder.Weekly, monday, false},
			{"slack", "ann@example.org", reminder.Weekly, monday, false},
		} {
			if got := l.Refused(tt.cadence, tt.from)(tt.channel, tt.address); got != tt.want {
				t.Errorf("%s: %s, %s, %s since %v: refused %v, want %v", outcome, tt.channel, tt.address, tt.cadence, tt.from, got, tt.want)
			}
		}
	}
}

// Each knows its own, and both know all.
func TestRefusalsAreMerged(t *testing.T) {
	ours, d := refusal("email", "ann@example.org", monday)
	theirs := New()
	their := *d
	their.Refusals = []Refusal{{Channel: "slack", Address: AddressSum("U1"), Cadence: "weekly", At: monday}}
	theirs.Deliveries = []*Delivery{&their}
	ours.merge(theirs, us, monday)
	for _, known := range []Refusal{{Channel: "email", Address: "ann@example.org"}, {Channel: "slack", Address: "U1"}} {
		if !ours.Refused(reminder.Weekly, monday)(known.Channel, known.Address) {
			t.Errorf("the refusal by %s is lost", known.Channel)
		}
	}
	if n := len(their.Refusals); n != 1 {
		t.Errorf("Merge has written into what it merges: %d refusals", n)
	}
}

// A refusal in the future was a wrong clock's, and never counts.
func TestRefusalAhead(t *testing.T) {
	for ahead, want := range map[time.Duration]bool{5*time.Minute - time.Second: true, 5 * time.Minute: true, 5*time.Minute + time.Second: false} {
		l, d := refusal("email", "ann@example.org", monday.Add(ahead))
		before := slices.Clone(d.Refusals)
		l.Disbelieve(monday)
		if got := l.Refused(reminder.Weekly, monday)("email", "ann@example.org"); got != want {
			t.Errorf("%v ahead: refused %v, want %v", ahead, got, want)
		}
		l.Disbelieve(monday.Add(time.Hour))
		if got := l.Refused(reminder.Weekly, monday)("email", "ann@example.org"); got != want {
			t.Errorf("%v ahead, an hour later: refused %v, want %v", ahead, got, want)
		}
		if before[0].At.IsZero() {
			t.Error("what others may hold was changed")
		}
	}
}

// A refusal is kept for as long as the longest period, though its digest was
// accepted by another channel, and told again since.
func TestRefusalsArePruned(t *testing.T) {
	for after, kept := range map[time.Duration]bool{-time.Second: true, 0: true, time.Second: false} {
		l, d := refusal("email", "ann@example.org", monday)
		l.settle(d, Result{Outcome: Accepted, Channel: "slack"}, monday)
		l.Say(d.ID)
		again := l.Claim(*d, us, monday.Add(time.Hour), monday)
		l.settle(again, Result{Outcome: Accepted, Channel: "slack"}, monday.Add(time.Hour))
		again.Refusals = nil
		l.Prune(monday.AddDate(0, 7, 0).Add(after), nil)
		if got := l.Refused(reminder.Weekly, monday)("email", "ann@example.org"); got != kept {
			t.Errorf("seven months and %v later: kept %v, want %v", after, got, kept)
		}
	}
}

// It stays one for the cadence that the digest had then, whatever that has now.
func TestRefusedBeforeTheCadenceChanged(t *testing.T) {
	l, d := refusal("email", "ann@example.org", monday)
	l.settle(d, Result{Outcome: Unclear}, monday)
	now := *d
	now.Cadence = "monthly"
	if again := l.Claim(now, us, monday.Add(time.Hour), monday); again != d {
		t.Fatal("it is not the same delivery")
	}
	for cadence, want := range map[reminder.Cadence]bool{reminder.Weekly: true, reminder.Monthly: false} {
		if got := l.Refused(cadence, monday)("email", "ann@example.org"); got != want {
			t.Errorf("%s: refused %v, want %v", cadence, got, want)
		}
	}
}
