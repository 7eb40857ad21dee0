package notify_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openedx/advisory-reminders/internal/discussion"
	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/notify/notifytest"
)

func talked() notify.Report {
	r := notifytest.Routine()
	r.Digests, r.Snoozed, r.Talk = nil, nil, notifytest.Talk()
	return r
}

// What people said on drafts, as the report says it.
func TestTalkSections(t *testing.T) {
	golden(t, "report-talk.txt", notify.ReportText(talked()))
	golden(t, "report-talk.md", notify.Markdown(talked()))
}

// What is new makes a report; what holds on does not, and neither does somebody who
// may not give commands.
func TestTalkThatIsNews(t *testing.T) {
	whole := notifytest.Talk()
	for name, tt := range map[string]struct {
		talk  notify.Talk
		quiet bool
		human int
	}{
		"nothing":       {notify.Talk{}, true, 0},
		"a command":     {notify.Talk{Commands: whole.Commands[:1]}, false, 0},
		"a second one":  {notify.Talk{Commands: whole.Commands[:1], Again: whole.Commands[:1]}, false, 1},
		"overdue":       {notify.Talk{Overdue: whole.Overdue}, false, 1},
		"overdue still": {notify.Talk{Overdue: []notify.Item{{Known: true}}}, true, 1},
		"planned":       {notify.Talk{Planned: whole.Planned}, true, 0},
		"held back":     {notify.Talk{Held: whole.Held}, true, 0},
		"refused":       {notify.Talk{Refused: whole.Refused}, true, 0},
	} {
		r := notify.Report{Talk: tt.talk, Location: time.UTC}
		if r.Quiet() != tt.quiet {
			t.Errorf("%s: quiet %v", name, r.Quiet())
		}
		if title := notify.ReportTitle(r); strings.Contains(title, "1 thing needs") != (tt.human == 1) {
			t.Errorf("%s: %s", name, title)
		}
	}
}

// The day of a release that can't be is one of its own time zone.
func TestTheDayOfARefusedRelease(t *testing.T) {
	r := talked()
	r.Location, r.Texts.TimeZone = time.UTC, "America/New_York"
	r.Talk.Commands = []notify.Given{{Command: &discussion.Command{Kind: discussion.Release, Until: time.Date(2026, 12, 7, 2, 0, 0, 0, time.UTC), Problem: discussion.Weekend}}}
	if text := notify.ReportText(r); !strings.Contains(text, "6 December 2026 is on a weekend") {
		t.Error(text)
	}
}

// Of many commands the last are shown, and all are counted.
func TestManyCommandsAreShort(t *testing.T) {
	r := talked()
	r.Talk.Commands = slices.Repeat(r.Talk.Commands, 40)
	text := notify.ReportText(r)
	if n := strings.Count(text, "· ada "); n != 31 || // one of them above, as a second snooze
		!strings.Contains(strings.Join(strings.Fields(text), " "), "650 earlier ones are not shown") {
		t.Errorf("%d commands in\n%s", n, text)
	}
}
