package notify_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/notify/inert"
	"github.com/openedx/advisory-reminders/internal/notify/notifytest"
)

func TestComment(t *testing.T) {
	for name, tt := range map[string]struct {
		digest   notify.Digest
		logins   []string
		commands bool
		want     string
	}{
		"without a fork": {notifytest.One(), []string{"ada", "Ben-2"}, false,
			"@ada @Ben-2 High 7.5, open 12 days. **Next:** confirm the severity, then create the draft's private fork, or ask an administrator of the repository to create it.\n" +
				"Reply here if you are on it. · [Why you: catalog-info.yaml](<https://github.com/openedx/xblock-poll/blob/HEAD/catalog-info.yaml>) · [How it goes on](<https://docs.openedx.org/process>)\n" +
				"<!-- advisory-reminders: 0123456789abcdef0123456789abcdef -->\n"},
		"with a planned release, and commands": {notifytest.Three(), []string{"ada"}, true,
			"@ada Critical 9.8, open 41 days. **Next:** be ready for the release on Thursday, 12 November, 15:00 (America/New\\_York): ask an administrator of the repository to merge the fork and publish then.\n" +
				"Reply here if you are on it. `/remind snooze 2026-11-30 reason` · `/remind release 2026-11-05 10:00` (America/New\\_York) · `/remind not-mine` · `/remind help` · [Why you: catalog-info.yaml](<https://github.com/openedx/frontend-app-learning/blob/HEAD/catalog-info.yaml>) · [How it goes on](<https://docs.openedx.org/process>)\n" +
				"<!-- advisory-reminders: 0123456789abcdef0123456789abcdef -->\n"},
	} {
		tt.digest.Commands = tt.commands
		if got := notify.Comment(tt.digest, tt.logins); got != tt.want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, tt.want)
		}
	}
	d := notifytest.One()
	for days, want := range map[int]string{-1: "opened today.", 0: "opened today.", 1: "open 1 day.", 2: "open 2 days."} {
		if d.Items[0].OpenDays = days; !strings.Contains(notify.Comment(d, nil), want) {
			t.Errorf("%d days: %s", days, notify.Comment(d, nil))
		}
	}
	// Administrators need to ask nobody, if all who are named are some.
	d.Items[0].Admins = []string{"Ada", "cy"}
	for logins, want := range map[string]bool{"ada": false, "ada cy": false, "ada ben": true} {
		if got := strings.Contains(notify.Comment(d, strings.Fields(logins)), "or ask an administrator"); got != want {
			t.Errorf("%s: %s", logins, notify.Comment(d, strings.Fields(logins)))
		}
	}
	// A planned release comes before the rest, as in a mail.
	d.Texts.TimeZone = "UTC"
	for _, tt := range []struct {
		fork    string
		release time.Duration // from now; negative: none is planned
		want    string
	}{
		{"https://github.com/o/f", time.Hour, "be ready for the release on Monday, 2 November, 15:17 (UTC): ask an administrator of the repository to merge the fork and publish then."},
		{"https://github.com/o/f", 0, "the planned release has passed: ask an administrator of the repository to merge the fork and publish, or plan a new time."},
		{"https://github.com/o/f", -1, "finish and test the fix in the private fork, then announce a release time."},
		{"", time.Hour, "(UTC): ask an administrator of the repository to publish the advisory then."},
		{"", 0, "the planned release has passed: ask an administrator of the repository to publish the advisory, or plan a new time."},
	} {
		d.Items[0].PrivateFork, d.Items[0].Release = tt.fork, d.Now.Add(tt.release)
		if tt.release < 0 {
			d.Items[0].Release = time.Time{}
		}
		if got := notify.Comment(d, []string{"ben"}); !strings.Contains(got, tt.want) {
			t.Errorf("%+v: %s", tt, got)
		}
		tt.want = strings.ReplaceAll(tt.want, "ask an administrator of the repository to ", "")
		if got := notify.Comment(d, []string{"cy"}); !strings.Contains(got, tt.want) {
			t.Errorf("%+v, to an administrator: %s", tt, got)
		}
	}
	// Which file names people is said, whatever its name is, and linked as itself alone.
	for _, tt := range []struct{ file, source, want string }{
		{".github/CODEOWNERS", "https://github.com/o/r/blob/HEAD/.github/CODEOWNERS", "[Why you: CODEOWNERS](<https://github.com/o/r/blob/HEAD/.github/CODEOWNERS>)"},
		{"docs/OWNERS", "https://github.com/o/r/blob/HEAD/docs/OWNERS", "[Why you: OWNERS](<https://github.com/o/r/blob/HEAD/docs/OWNERS>)"},
		{"", "", "it. · [How it goes on]"},
		{"", "https://github.com/o/r/blob/HEAD/CODEOWNERS", "it. · [How it goes on]"},
		{"CODEOWNERS", "", "it. · [How it goes on]"},
		{"CODEOWNERS", "https://github.com/o/r/blob/HEAD/secret", "it. · [How it goes on]"},
	} {
		if d.Items[0].File, d.Items[0].Source = tt.file, tt.source; !strings.Contains(notify.Comment(d, nil), tt.want) {
			t.Errorf("%s at %s: %s", tt.file, tt.source, notify.Comment(d, nil))
		}
	}
	// The day of the snooze is one of the configured time zone.
	d.Now, d.Location = time.Date(2026, 11, 2, 23, 30, 0, 0, time.UTC), time.FixedZone("", 3600)
	d.Commands = true
	for most, want := range map[int]string{0: "2026-12-01", 1: "2026-11-04", 27: "2026-11-30", 28: "2026-12-01", 90: "2026-12-01"} {
		if d.Snooze = most; !strings.Contains(notify.Comment(d, nil), "snooze "+want+" reason") {
			t.Errorf("of %d days at most: %s", most, notify.Comment(d, nil))
		}
	}
}

// Whatever comes from outside calls nobody, links nowhere and is no HTML, and the
// comment tells nothing that the reporter must not read.
func TestCommentIsInert(t *testing.T) {
	logins := []string{"ada", notifytest.Nasty, "openedx/everybody", "@here", "a b", "ci[bot]", ""}
	d := notifytest.Hostile()
	d.Texts.ProcessURL = "javascript:alert(1)//" + notifytest.Nasty
	for _, commands := range []bool{false, true} {
		d.Commands = commands
		got := notify.Comment(d, logins)
		body, ok := strings.CutPrefix(got, "@ada Critical")
		body, _, found := strings.Cut(body, "\n<!-- ")
		if !ok || !found || strings.Count(got, "<!--") != 1 || !strings.HasSuffix(got, " -->\n") {
			t.Fatalf("it is %q", got)
		}
		for _, p := range inert.Markdown(regexp.MustCompile("`[^`\n]*`").ReplaceAllString(body, ""), nil) {
			t.Error(p)
		}
		for _, secret := range []string{"evil", "GHSA", "@example", "octocat", "group:", "long"} {
			if strings.Contains(got, secret) {
				t.Errorf("it holds %q: %s", secret, got)
			}
		}
	}
	for login, want := range map[string]bool{"ada": true, "A-1": true, "ada_corp": true, strings.Repeat("a", 39): true,
		strings.Repeat("a", 40): false, "-a": false, "a/b": false, "ci[bot]": false, "a.b": false, "": false, "a\n": false} {
		if notify.Mentionable(login) != want {
			t.Errorf("Mentionable(%q) = %v", login, !want)
		}
	}
}
