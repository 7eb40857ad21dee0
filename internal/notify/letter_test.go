package notify_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/notify/notifytest"
)

func TestSubject(t *testing.T) {
	newYork, kolkata := notifytest.One().Location, time.FixedZone("", 5*3600+1800)
	midnight := time.Date(2026, 11, 9, 5, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		digest notify.Digest
		next   time.Time
		loc    *time.Location
		want   string
	}{
		{notifytest.One(), midnight, newYork, "1 advisory needs you before 9 November: monthly reminder"},
		{notifytest.One(), midnight.Add(-time.Second), newYork, "1 advisory needs you before 8 November: monthly reminder"},
		{notifytest.Three(), midnight, kolkata, "3 advisories need you before 9 November: weekly reminder"},
		{notifytest.Team(), midnight, nil, "2 advisories need your team before 9 November: weekly reminder"},
		{notifytest.Many(2), midnight, newYork, "2 advisories need you before 9 November: half-yearly reminder"},
	} {
		tt.digest.Next, tt.digest.Location = tt.next, tt.loc
		if got := notify.Subject(tt.digest); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

// There are five steps, with every link that a maintainer needs.
func TestSteps(t *testing.T) {
	one := notifytest.One()
	one.Items[0].PrivateFork = "https://github.com/openedx/xblock-poll-ghsa-4v9r-8xw2-m3qp"
	want := []string{
		"Confirm the severity and the scope in the draft <https://github.com/openedx/xblock-poll/security/advisories/GHSA-4v9r-8xw2-m3qp>.",
		"Fix it in the private fork <https://github.com/openedx/xblock-poll-ghsa-4v9r-8xw2-m3qp>, never in a public branch or pull request.",
		"Agree on a release date with the Open edX Security Working Group: security@openedx.org.",
		"Announce the release in the announcement category <https://discuss.openedx.org/c/announcements/security>, at least 48 hours ahead and for a weekday. The text is below.",
		"Publish the advisory and the release together, on that day.",
	}
	l := notify.NewLetter(one)
	if diff := cmp.Diff(want, lines(l.Steps)); diff != "" {
		t.Errorf("the steps for one advisory (-want +got):\n%s", diff)
	}
	want[0] = "Confirm the severity and the scope in each draft above."
	want[1] = "Fix it in the draft's private fork, never in a public branch or pull request. Backport it to release/ulmo and release/teak, as far as they are affected."
	l = notify.NewLetter(notifytest.Three())
	if diff := cmp.Diff(want, lines(l.Steps)); diff != "" {
		t.Errorf("the steps for several advisories (-want +got):\n%s", diff)
	}
	for _, e := range l.Entries {
		if len(e.Draft) != 1 || e.Draft[0].Kind != notify.Link || e.Next.String() == "" {
			t.Errorf("%s has no link to the draft, or no next step", e.ID)
		}
	}
	one.Texts.ProcessURL = "https://docs.openedx.org/projects/openedx-proposals/en/latest/processes/oep-0060-proc-sec-group.html"
	if got := notify.NewLetter(one).Process.String(); got != "The whole process: OEP-60 <"+one.Texts.ProcessURL+">" {
		t.Errorf("process: %q", got)
	}
	one.Texts.Contact, one.Texts.AnnouncementURL = "the desk", "javascript:alert(1)"
	steps := lines(notify.NewLetter(one).Steps)
	if !strings.HasSuffix(steps[2], ": the desk.") || strings.Contains(steps[3], "javascript") {
		t.Errorf("what is no address became a link: %q, %q", steps[2], steps[3])
	}
}

func TestBackport(t *testing.T) {
	for _, tt := range []struct {
		branches []string
		want     string
	}{
		{nil, "pull request."},
		{[]string{"a"}, "pull request. Backport it to a, as far as they are affected."},
		{[]string{"a", "b", "c"}, "pull request. Backport it to a, b and c, as far as they are affected."},
	} {
		d := notifytest.One()
		d.Texts.ReleaseBranches = tt.branches
		if got := notify.NewLetter(d).Steps[1].String(); !strings.HasSuffix(got, tt.want) {
			t.Errorf("%v: %q, want the end %q", tt.branches, got, tt.want)
		}
	}
}

// The age and the number of reminders before are in every form of a digest.
// That of Slack is in its golden files.
func TestAgeAndReminders(t *testing.T) {
	d := notifytest.Three()
	text := strings.Join(strings.Fields(notify.DigestText(d)), " ")
	for _, i := range d.Items {
		before := fmt.Sprintf("%d reminders before this one", i.Reminders)
		switch i.Reminders {
		case 0:
			before = "first reminder"
		case 1:
			before = "1 reminder before this one"
		}
		if want := fmt.Sprintf("open for %d days, %s", i.OpenDays, before); !strings.Contains(text, want) {
			t.Errorf("the text lacks %q", want)
		}
	}
}

func lines(list []notify.Line) []string {
	var out []string
	for _, l := range list {
		out = append(out, l.String())
	}
	return out
}
