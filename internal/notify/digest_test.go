package notify_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/config"
	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/notify/notifytest"
	"github.com/openedx/advisory-reminders/internal/owner"
)

// A subject's first 35 characters, which is what a phone shows, say how many, how
// severe, and that they wait. Nothing in it says what it is about.
func TestSubject(t *testing.T) {
	newYork, kolkata := notifytest.One().Location, time.FixedZone("", 5*3600+1800)
	midnight := time.Date(2026, 11, 9, 5, 0, 0, 0, time.UTC)
	mixed, medium := notifytest.Three(), notifytest.Many(112)
	mixed.Items[2].Severity = advisory.High
	for i := range medium.Items {
		medium.Items[i].Severity = advisory.Medium
	}
	for _, tt := range []struct {
		digest notify.Digest
		next   time.Time
		loc    *time.Location
		want   string
	}{
		{notifytest.One(), midnight, newYork, "1 high-severity advisory waits for you, next reminder 9 Nov"},
		{notifytest.One(), midnight.Add(-time.Second), newYork, "1 high-severity advisory waits for you, next reminder 8 Nov"},
		{notifytest.Three(), midnight, kolkata, "3 critical advisories wait for you, next reminder 9 Nov"},
		{notifytest.Team(), midnight, nil, "2 critical advisories wait for your team, next reminder 9 Nov"},
		{mixed, midnight, newYork, "3 advisories (2 critical) wait for you, next reminder 9 Nov"},
		{medium, midnight, newYork, "112 medium-severity advisories wait for you, next reminder 9 Nov"},
		{notifytest.Many(2), notifytest.Now.AddDate(0, 0, 300), time.UTC, "2 low-severity advisories wait for you, next reminder 29 Aug"},
		{notifytest.Many(2), notifytest.Now.AddDate(0, 0, 301), time.UTC, "2 low-severity advisories wait for you, next reminder 30 Aug 2027"},
	} {
		tt.digest.Next, tt.digest.Location = tt.next, tt.loc
		got := notify.Subject(tt.digest)
		if got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
		if !strings.Contains(got[:35], " wait") {
			t.Errorf("a phone shows %q", got[:35])
		}
		if !strings.HasPrefix(strings.ReplaceAll(notify.DigestText(tt.digest), "\n", " "), strings.Split(tt.want, ",")[0]+". Next reminder: ") {
			t.Errorf("the message begins with %.80q", notify.DigestText(tt.digest))
		}
	}
}

// Every point of "For maintainers" and OEP-60 is said, by the sentence that stands
// here, in each form of a digest.
func TestProcessIsWhole(t *testing.T) {
	d := notifytest.One()
	d.Texts = config.Config{}.For("openedx").Messages
	points := []struct{ point, words string }{
		{"fix in the draft's temporary private fork", "Fix it in the draft’s private fork"},
		{"don't merge yet", "and don’t merge yet."},
		{"how a private fork works", "<https://docs.github.com/en/code-security/security-advisories/working-with-repository-security-advisories/collaborating-in-a-temporary-private-fork-to-resolve-a-repository-security-vulnerability>"},
		{"post a release time", "announce the release in Security Announcements <https://discuss.openedx.org/c/announcements/security/19>"},
		{"not before the fix is tested", "Once it is tested, announce"},
		{"posts are moderated", "(posts are moderated, which takes a while)"},
		{"when", "a weekday, at least 48 hours after your post appears"},
		{"the title", "Security: Upcoming Security Release for xblock-poll on 2026-11-05"},
		{"the body", `**openedx/xblock-poll** version **2.4.1** will be released on [date=2026-11-05 time=10:00:00 timezone="America/New_York"]. It will fix one security defect with a "High" [CVSS 3.1 severity rating](https://nvd.nist.gov/vuln-metrics/cvss). Details will be published here after release: [GitHub security advisory](https://github.com/openedx/xblock-poll/security/advisories/GHSA-4v9r-8xw2-m3qp).`},
		{"around that time, within two hours", "Around that time, within two hours:"},
		{"merge the fork, which makes it public, and how", "merge the fork <https://docs.github.com/en/code-security/security-advisories/working-with-repository-security-advisories/collaborating-in-a-temporary-private-fork-to-resolve-a-repository-security-vulnerability#merging-changes-in-a-security-advisory>, which makes the fix public;"},
		{"release branches", "merge pull requests to the active release branches"},
		{"these are linked", "linked in #wg-build-test-release;"},
		{"publish the advisory, and how", "publish the advisory <https://docs.github.com/en/code-security/security-advisories/working-with-repository-security-advisories/publishing-a-repository-security-advisory>;"},
		{"publish a library", "publish a library to PyPI or npm."},
		{"reply to the post", "Reply to your post with links to the advisory and the pull requests."},
		{"the final say", "Confirm or correct the severity in the draft. You have the final say; a change tells the working group, which may comment."},
		{"a public pull request by mistake", "A pull request is public already? Tell security@openedx.org at once: the working group decides what to do."},
		{"help", "help: security@openedx.org"},
		{"private until a fix is released", "Keep it private until a fix is released"},
		{"who is responsible, and how often they are reminded", "You are responsible for the fix, and are reminded as often as its severity asks for until it is published or closed."},
	}
	if len(points) != 21 {
		t.Fatalf("there are %d points", len(points))
	}
	text := strings.Join(strings.Fields(notify.DigestText(d)), " ")
	for _, p := range points {
		if !strings.Contains(text, p.words) {
			t.Errorf("%s: nothing says %q", p.point, p.words)
		}
	}
	for _, invented := range []string{"scope", "agree", "Agree"} {
		if strings.Contains(text, invented) {
			t.Errorf("neither text says anything about %q", invented)
		}
	}
	if !strings.Contains(text, "In full: For maintainers <https://openedx.atlassian.net/wiki/spaces/COMM/pages/3630923873>, OEP-60 <") {
		t.Error("there is no link to the whole process")
	}
}

// Elsewhere nothing points to Open edX.
func TestNeutral(t *testing.T) {
	d := notifytest.One()
	d.Texts = config.Config{}.For("acme").Messages
	d.Items[0].Repository.Owner = "acme"
	d.Items[0].URL, d.Items[0].Source = "https://github.example/acme/x/security/advisories/GHSA-4v9r-8xw2-m3qp", ""
	d.Items[0].Why = "you are in x"
	text := notify.DigestText(d)
	for _, word := range []string{"openedx", "Open edX", "OEP", "#wg", "moderated", "<>", "()"} {
		if strings.Contains(text, word) {
			t.Errorf("the message holds %q", word)
		}
	}
	if !strings.Contains(strings.Join(strings.Fields(text), " "), "announce the release where your users look for it: a weekday") {
		t.Error("there is no word about an announcement")
	}
}

// The next step is one that this reader can take.
func TestNextStep(t *testing.T) {
	const fork = "https://github.com/openedx/xblock-poll-ghsa-4v9r-8xw2-m3qp"
	soon, gone := notifytest.Now.Add(time.Second), notifytest.Now
	for _, tt := range []struct {
		item       notify.Item
		mail, chat string // empty: the same
		admins     string // what is said of administrators
	}{
		{notify.Item{}, "confirm the severity, then start a private fork, or ask for one (just reply).", "confirm the severity, then start a private fork, or ask for one (security@openedx.org).",
			"for administrators of the repository: if you aren’t one, ask security@openedx.org."},
		{notify.Item{Admin: owner.Yes}, "confirm the severity, then start a private fork.", "", "up to you: you administer the repository."},
		{notify.Item{Admin: owner.No}, "confirm the severity, then ask an administrator for a private fork (just reply).", "confirm the severity, then ask an administrator for a private fork (security@openedx.org).",
			"for administrators of the repository: ask security@openedx.org."},
		{notify.Item{Admin: owner.No, Admins: []string{"ada"}}, "confirm the severity, then ask ada for a private fork.", "", "for administrators of the repository: ask ada, or security@openedx.org."},
		{notify.Item{Admin: owner.No, Admins: []string{"ada", "ben", "grace"}}, "confirm the severity, then ask ada, ben or grace for a private fork.", "", "ask ada, ben or grace, or security"},
		{notify.Item{Admin: owner.No, Admins: []string{"ada", "ben", "grace", "joe", "kim"}}, "confirm the severity, then ask ada, ben, grace and 2 more for a private fork.", "", "ask ada, ben, grace and 2 more, or security"},
		{notify.Item{Admins: []string{"ada"}}, "confirm the severity, then start a private fork, or ask ada for one.", "", "if you aren’t one, ask security@openedx.org."},
		{notify.Item{Opens: owner.No, Admin: owner.No, Admins: []string{"ada"}}, "ask to be added to the draft (just reply), then confirm the severity.", "ask to be added to the draft (security@openedx.org), then confirm the severity.", ""},
		{notify.Item{Opens: owner.Yes, PrivateFork: fork}, "finish and test the fix in the private fork <" + fork + ">, then announce the release.", "", ""},
		{notify.Item{Admin: owner.Yes, PrivateFork: fork, Release: soon}, "be ready for the release: merge the fork and publish then.", "", ""},
		{notify.Item{Admin: owner.No, Admins: []string{"ada"}, PrivateFork: fork, Release: soon}, "be ready for the release: ask ada to merge the fork and publish then.", "", ""},
		{notify.Item{PrivateFork: fork, Release: soon}, "be ready for the release: merge the fork and publish then, or ask for it (just reply).", "be ready for the release: merge the fork and publish then, or ask for it (security@openedx.org).", ""},
		{notify.Item{Admin: owner.Yes, PrivateFork: fork, Release: gone}, "the planned release has passed: merge the fork and publish, or plan anew.", "", ""},
		{notify.Item{Admin: owner.Yes, Release: soon}, "be ready for the release: publish the advisory then.", "", ""},
		{notify.Item{Admin: owner.No, Admins: []string{"ada"}, Release: gone}, "the planned release has passed: ask ada to publish the advisory, or plan anew.", "", ""},
	} {
		d := notifytest.One()
		d.Items = []notify.Item{tt.item}
		if tt.chat == "" {
			tt.chat = tt.mail
		}
		for by, want := range map[notify.Medium]string{notify.Mail: tt.mail, notify.Chat: tt.chat} {
			l := notify.NewLetter(d, by)
			if got := l.Entries[0].Next.String(); got != "Next: "+want {
				t.Errorf("%+v:\n got %q\nwant %q", tt.item, got, want)
			}
			if !strings.Contains(l.Admins.String(), tt.admins) {
				t.Errorf("%+v: %q", tt.item, l.Admins)
			}
			if open := len(l.Access) == 0; open != (tt.item.Opens == owner.Yes) {
				t.Errorf("%+v: of a 404: %q", tt.item, l.Access)
			}
		}
	}
}

// What was last said and a planned release stand with their advisory.
func TestLastWordAndRelease(t *testing.T) {
	d := notifytest.One()
	for _, tt := range []struct {
		last, release time.Time
		want          string
	}{
		{time.Time{}, time.Time{}, ""},
		{notifytest.Now, time.Time{}, "Last word: today, by an owner."},
		{notifytest.Now.AddDate(0, 0, -1), time.Time{}, "Last word: 1 day ago, by an owner."},
		{notifytest.Now.AddDate(0, 0, -3), time.Date(2026, 12, 10, 20, 0, 0, 0, time.UTC), "Last word: 3 days ago, by an owner. Release planned: Thursday, 10 December, 15:00 (America/New_York)."},
		{time.Time{}, time.Date(2026, 12, 10, 20, 0, 0, 0, time.UTC), "Release planned: Thursday, 10 December, 15:00 (America/New_York)."},
	} {
		d.Items[0].LastWord, d.Items[0].Release = tt.last, tt.release
		if got := notify.NewLetter(d, notify.Mail).Entries[0].Since.String(); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

// A ready answer is a mail to the working group that names its advisories in its
// body and not in its subject. Commands are named where they are read.
func TestAnswers(t *testing.T) {
	d := notifytest.Three()
	d.Items[2].ID = "GHSA-p4hx-9m6v-35jw\r\nBcc: x@example.org"
	got := notify.NewLetter(d, notify.Mail).Answers
	if want := "Not now? Comment on the draft, or reply: “working on it” · “not before DATE” · “not mine” · “need access”"; got.String() != want {
		t.Errorf("got %q, want %q", got, want)
	}
	var links []string
	for _, s := range got {
		if s.Kind == notify.Link {
			links = append(links, s.URL)
		}
	}
	if want := "mailto:security@openedx.org?subject=Advisory%20reminder%3A%20not%20mine&body=GHSA-2c7m-5h8j-q9vx%0D%0AGHSA-6f3g-w2rr-7xpc"; len(links) != 4 || links[2] != want {
		t.Errorf("links %q, want the third to be %q", links, want)
	}
	d.Commands = true
	if got := notify.NewLetter(d, notify.Chat).Answers.String(); got != "Not now? Comment on the draft, or write to security@openedx.org: “working on it” · “not before DATE” (/remind snooze DATE reason) · “not mine” (/remind not-mine) · “need access”" {
		t.Errorf("with commands: %q", got)
	}
	for i := range d.Items {
		d.Items[i].Opens = owner.No
	}
	d.Texts.Contact = "the desk"
	got = notify.NewLetter(d, notify.Mail).Answers
	if !strings.HasPrefix(got.String(), "Not now? Reply: “working") || strings.Contains(fmt.Sprint(got), "mailto:") {
		t.Errorf("to who can't open any: %v", got)
	}
}

// A digest says in a line who sent it, and how to reach them where that is known.
func TestSender(t *testing.T) {
	for _, tt := range []struct{ group, organization, contact, want string }{
		{"Open edX Security Working Group", "Open edX", "security@openedx.org", "Sender: Open edX Security Working Group (help: security@openedx.org)."},
		{"", "Acme", "the desk", "Sender: security working group of Acme (help: the desk)."},
		{"", "", "", "Sender: security working group of openedx."},
	} {
		d := notifytest.One()
		d.Texts.WorkingGroup, d.Texts.Organization, d.Texts.Contact = tt.group, tt.organization, tt.contact
		for _, by := range []notify.Medium{notify.Mail, notify.Chat} {
			if got := notify.NewLetter(d, by).Sender.String(); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		}
	}
}

// Why somebody is reminded is said once for each repository, with the file that names
// them; and who else is.
func TestWhy(t *testing.T) {
	d := notifytest.Three()
	var got []string
	for _, l := range notify.NewLetter(d, notify.Mail).Why {
		got = append(got, l.String())
	}
	want := []string{
		"You are in committers-frontend-app-learning, an owner of openedx/frontend-app-learning in catalog-info.yaml <https://github.com/openedx/frontend-app-learning/blob/HEAD/catalog-info.yaml>.",
		"The configuration of these reminders names you as an owner of openedx/edx-platform.",
		"Not yours? Change it there.",
		"You are responsible for the fix, and are reminded as often as its severity asks for until it is published or closed.",
		"Also reminded: ben, grace (openedx/frontend-app-learning).",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	one := notifytest.One()
	one.Items[0].Source = ""
	if got := fmt.Sprint(notify.NewLetter(one, notify.Mail).Why); !strings.Contains(got, "Not yours? Tell ") || !strings.Contains(got, "Also reminded: ben, grace.") {
		t.Errorf("without a file: %s", got)
	}
}

func TestReleaseBranches(t *testing.T) {
	for _, tt := range []struct {
		branches []string
		want     string
	}{
		{nil, "pull requests to the active release branches, linked"},
		{[]string{"a"}, "pull requests to a (if affected), linked"},
		{[]string{"a", "b", "c"}, "pull requests to a, b and c (if affected), linked"},
	} {
		d := notifytest.One()
		d.Texts.ReleaseBranches = tt.branches
		if got := notify.NewLetter(d, notify.Mail).Steps[3].String(); !strings.Contains(got, tt.want) {
			t.Errorf("%v: %q, want %q in it", tt.branches, got, tt.want)
		}
	}
}
