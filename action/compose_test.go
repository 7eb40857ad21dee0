package action_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/openedx/advisory-reminders/internal/sandbox"
)

// section returns the items of a kind in a job summary, with what it says of them, or
// nothing.
func section(summary, title string) string {
	for _, heading := range []string{"**" + title + ".** ", "**" + title + "**\n", "### " + title + "\n"} {
		if _, rest, found := strings.Cut(summary, "\n"+heading); found {
			part, _, _ := strings.Cut(rest, "\n**")
			part, _, _ = strings.Cut(part, "\n### ")
			return part
		}
	}
	return ""
}

// A draft is without an answer with the second reminder in vain, and no longer once
// its owners may have done something. That is news when it begins, and said once a
// week after that.
func TestNoAnswer(t *testing.T) {
	w := newWorld()
	a := draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -30))
	a.Updated = wednesday.AddDate(0, 0, -20)
	orphan := draft(w, "orphan", "critical", wednesday.AddDate(0, 0, -30))
	b := newBench(t, w)
	const kind = "No answer on the draft"
	for week, want := range []string{
		"", // one reminder is not two
		"2 reminders since 19 October 2026, to <code>user:ann</code>, <code>user:bob</code>",
		"3 reminders since 19 October 2026, to <code>user:ann</code>, <code>user:bob</code>",
		"4 reminders since 19 October 2026",
		"",
		"2 reminders since 16 December 2026",
	} {
		if week == 4 {
			a.Updated, a.CollaboratingUsers = b.now, []string{"ann"}
		}
		r := b.must(0, nil)
		got := section(r.summary, kind)
		if (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("week %d: it says %q, want %q", week, got, want)
		}
		if strings.Contains(got, orphan.ID) {
			t.Errorf("week %d: nobody was asked for an answer about a draft without an owner", week)
		}
		if report := r.reports(); strings.Contains(report, kind) != (got != "") {
			t.Errorf("week %d: the report is\n%s", week, report)
		}
		b.now = b.now.AddDate(0, 0, 7)
	}
	b.now = b.now.AddDate(0, 0, -6)
	if r := b.must(0, nil); r.reports() != "" {
		t.Errorf("what lasts makes a report every day:\n%s", r.reports())
	}
	snooze := map[string]string{"INPUT_CONFIG-TEXT": "snooze: [{advisory: " + a.ID + ", until: 2027-03-01}]"}
	if r := b.must(0, snooze); section(r.summary, "Held back") == "" || section(r.summary, kind) != "" {
		t.Errorf("a snoozed draft is said to lack an answer:\n%s", r.summary)
	}
	if r := b.must(0, nil); section(r.summary, kind) == "" {
		t.Errorf("without the snooze it is not:\n%s", r.summary)
	}
}

// A snooze is in the report with its reason and end. That it is over is said
// once, by the first report that is accepted.
func TestSnooze(t *testing.T) {
	w := newWorld()
	a := draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -30))
	b := newBench(t, w)
	b.inputs = map[string]string{"INPUT_CONFIG-TEXT": "snooze:\n  - {advisory: " + a.ID + ", until: 2026-11-20, reason: waits for upstream}\n" +
		"  - {advisory: GHSA-none-none-none, until: 2026-11-20}\n"}
	at := func(day int) {
		b.now = time.Date(2026, 11, day, 7, 17, 0, 0, time.UTC)
	}
	check := func(when string, r result, now, over bool) {
		t.Helper()
		snoozed, ended := section(r.summary, "Held back"), section(r.summary, "Snooze ended")
		if strings.Contains(snoozed, "until 20 November 2026 · waits for upstream") != now {
			t.Errorf("%s: snoozed is %q", when, snoozed)
		}
		if strings.Contains(ended, "since 20 November 2026 · waits for upstream") != over {
			t.Errorf("%s: the snoozes that are over are %q", when, ended)
		}
		if strings.Contains(r.summary, "GHSA-none") {
			t.Errorf("%s: the snooze of something that is no draft is in the report", when)
		}
	}
	at(18)
	r := b.must(0, nil)
	check("Wednesday", r, true, false)
	if len(r.mails) > 0 {
		t.Errorf("%d mails about a snoozed draft", len(r.mails))
	}
	at(19)
	if r := b.must(0, nil); r.reports() != "" {
		t.Errorf("a snooze makes a report every day:\n%s", r.reports())
	}
	at(20)
	b.Slack.RevokeToken(sandbox.SlackToken)
	check("Friday, when Slack refuses the report", b.run(nil), false, true)
	b.Slack.AddToken(sandbox.SlackToken, "chat:write", "users:read.email", "groups:read", "channels:read")
	at(21)
	r = b.must(0, nil)
	check("Saturday", r, false, true)
	if !strings.Contains(r.reports(), "Snooze ended") {
		t.Errorf("the report does not say it:\n%s", r.reports())
	}
	at(23)
	check("Monday", b.must(0, nil), false, false)
	b.inputs["INPUT_CONFIG-TEXT"] = "snooze: [{advisory: " + a.ID + ", until: 2026-11-24, reason: waits for upstream}]"
	at(24)
	if r := b.must(0, nil); len(r.mails) > 0 || !strings.Contains(r.reports(), "since 24 November 2026") {
		t.Errorf("nothing is due but to say that a second snooze is over, and the report is\n%s", r.reports())
	}
}

// No subject holds a word of the world: of a repository, a title, an id, a
// person or a team.
func TestSubjectsTellNothing(t *testing.T) {
	w := newWorld()
	for i := range 12 {
		a := draft(w, []string{"rocket", "wheel"}[i%2], []string{"critical", "high", "medium", "low"}[i%4], wednesday.AddDate(-1, 0, -i))
		a.Summary = fmt.Sprintf("Traversal lets students overwrite gradebook%d", i)
	}
	b := newBench(t, w)
	b.inputs = map[string]string{
		"INPUT_CONFIG-TEXT": "privacy: {show-summary: true}", "INPUT_SLACK-TOKEN": "", "INPUT_SLACK-CHANNEL": "",
		"INPUT_SLACK-WEBHOOK-URL": "", "INPUT_REPORT-EMAIL": "swg@example.org",
	}
	secret := make(map[string]bool)
	add := func(texts ...string) {
		for _, s := range texts {
			for _, word := range strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
				if len(word) > 2 {
					secret[word] = true
				}
			}
		}
	}
	for _, a := range w.Advisories {
		add(a.ID, a.Summary, a.Repository)
	}
	for _, r := range w.Repositories[1:] { // the first runs the workflow
		add(r.Owner, r.Name)
	}
	for _, u := range w.Users {
		add(u.Login, u.Name, u.Email)
	}
	for _, team := range w.Organizations[0].Teams {
		add(team.Slug, team.Name)
	}
	r := b.must(0, nil)
	if len(r.mails) < 7 {
		t.Fatalf("only %d mails", len(r.mails))
	}
	for _, m := range r.mails {
		subject := m.Header.Get("Subject")
		for word := range secret {
			if strings.Contains(strings.ToLower(subject), word) {
				t.Errorf("the subject %q holds %q", subject, word)
			}
		}
		if !strings.Contains(m.Text, "gradebook") {
			t.Errorf("the mail %q shows no title, so that the words prove nothing", subject)
		}
	}
	t.Logf("%d subjects, %d words of the world", len(r.mails), len(secret))
}
