package notify_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/openedx/advisory-reminders/internal/discussion"
	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/notify/inert"
	"github.com/openedx/advisory-reminders/internal/notify/notifytest"
)

func reply(commands ...discussion.Command) notify.Reply {
	newYork, err := time.LoadLocation("America/New_York")
	if err != nil {
		panic(err)
	}
	r := notify.Reply{ID: "0123456789abcdef0123456789abcdef", Days: time.UTC, Releases: newYork}
	for n, c := range commands {
		one := notify.Replied{Comment: int64(9_000_000 + n), Command: c}
		if c.Kind == discussion.NotMine {
			one.Why = "you are in committers, an owner of openedx/xblock-poll"
			one.File, one.Source = "catalog-info.yaml", "https://github.com/openedx/xblock-poll/blob/HEAD/catalog-info.yaml"
		}
		r.Commands = append(r.Commands, one)
	}
	return r
}

// Every answer, as somebody reads it on the draft.
func TestReplies(t *testing.T) {
	var b strings.Builder
	for _, c := range notifytest.Commands() {
		b.WriteString("/remind " + string(c.Kind) + " " + string(c.Problem) + string(c.Nothing) + "\n" + notify.ReplyText(reply(c)) + "\n")
	}
	both := reply(notifytest.Commands()[:3]...)
	both.Configured = notifytest.Now.AddDate(0, 2, 0)
	b.WriteString("three, while the configuration snoozes it\n" + notify.ReplyText(both))
	golden(t, "replies.md", b.String())
}

// What an answer proposes is on a weekday, whenever it is asked for.
func TestWhatIsProposedIsPossible(t *testing.T) {
	for _, tt := range []struct{ at, tooSoon, noDate string }{
		{"2026-12-02T15:00:00Z", "Friday, 4 December 2026, 10:00 EST", "2026-12-09"},
		{"2026-12-03T15:00:00Z", "Monday, 7 December 2026, 00:00 EST", "2026-12-10"},
		{"2026-12-05T15:00:00Z", "Monday, 7 December 2026, 10:00 EST", "2026-12-14"},
		{"2026-12-06T04:30:00Z", "Monday, 7 December 2026, 23:30 EST", "2026-12-14"}, // Saturday in New York
		{"2026-12-06T15:00:00Z", "Tuesday, 8 December 2026, 10:00 EST", "2026-12-14"},
	} {
		at, err := time.Parse(time.RFC3339, tt.at)
		if err != nil {
			t.Fatal(err)
		}
		for problem, want := range map[discussion.Problem]string{discussion.TooSoon: tt.tooSoon, discussion.NoDate: tt.noDate} {
			c := discussion.Command{Kind: discussion.Release, At: at, Bound: at.Add(discussion.Notice), Until: at, Problem: problem}
			if got := notify.ReplyText(reply(c)); !strings.Contains(got, want) {
				t.Errorf("%s, %s: %s\nwant %s", tt.at, problem, got, want)
			}
		}
	}
}

var ownCode = regexp.MustCompile("`/remind [a-zA-Z0-9: -]*`")

// shown is an answer without its markers, and without the code that is its own.
func shown(text string) string {
	return ownCode.ReplaceAllString(text[:strings.Index(text, "<!-- advisory-reminders answers: ")], "")
}

// An answer holds nothing that somebody wrote, calls nobody but who gave a command,
// names every comment that it answers, and has room for hundreds.
func TestReplyIsInert(t *testing.T) {
	for _, lure := range append(notifytest.Lures(), "@everyone", "@openedx/security", "<b>x</b>", "#12 GH-12 openedx/edx-platform#3", "`x`\n/remind snooze off") {
		r := reply(notifytest.Commands()...)
		for i := range r.Commands {
			r.Commands[i].Reason, r.Commands[i].By, r.Commands[i].Source = lure, "ada lovelace", ""
		}
		text := notify.ReplyText(r)
		if problems := inert.Markdown(shown(text), nil); len(problems) > 0 {
			t.Errorf("%.40q: %v", lure, problems)
		}
		if len(lure) > 8 && strings.Contains(text, lure) {
			t.Errorf("it repeats %.40q", lure)
		}
		for i := range r.Commands {
			r.Commands[i].Why, r.Commands[i].File, r.Commands[i].Source = lure, lure, ""
		}
		if text = notify.ReplyText(r); len(lure) < 1000 {
			if problems := inert.Markdown(shown(text), nil); len(problems) > 0 {
				t.Errorf("the reason why, %.40q: %v", lure, problems)
			}
		}
	}
	var many []discussion.Command
	for len(many) < 500 {
		many = append(many, notifytest.Commands()...)
	}
	r := reply(many[:500]...)
	for i := range r.Commands {
		r.Commands[i].Comment = int64(2_900_000_000 + i*9973)
		r.Commands[i].By = strings.Repeat("a", 39)
		r.Commands[i].Why = strings.Repeat("because ", 200)
	}
	if text := notify.ReplyText(r); len(text) > 8000 || !strings.Contains(text, "490 earlier commands") || !discussion.Ours(text) {
		t.Errorf("%d characters:\n%s", len(text), text)
	}
}
