package demo

import (
	"context"
	"fmt"
	"io"
	"net/smtp"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"github.com/openedx/advisory-reminders/internal/sandbox"
)

// hostile is text that must never be markup.
const hostile = `<script>alert(1)</script><img src=x onerror=alert(2)>"'&`

// fakeWorld is a small organization and a program that writes to its people.
type fakeWorld struct {
	mu     sync.Mutex
	clock  time.Time
	events map[string][]string // by day
	slack  *sandbox.Slack
	mail   *sandbox.MailServer
	drafts []Draft
	envs   []map[string]string // of the runs
	status map[string]int      // exit status by day
}

func (w *fakeWorld) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.clock
}

func newFake(t *testing.T) *fakeWorld {
	t.Helper()
	w := &fakeWorld{clock: date(2026, 7, 1), status: map[string]int{},
		drafts: []Draft{{ID: "GHSA-2222-3333-4444", Repository: "edx-platform", Collaborators: []string{"ada"}}, {ID: "GHSA-5555-6666-7777", Repository: "xblock-poll"}}}
	var err error
	if w.slack, err = sandbox.StartSlack(w.now); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.slack.Close)
	w.slack.Burst = -1
	w.slack.AddToken("xoxb-demo", "chat:write")
	w.slack.AddUser(sandbox.SlackUser{ID: "U1LINUS", RealName: "Linus Example"})
	w.slack.AddChannel(sandbox.SlackChannel{ID: "C1SWG", Name: sandbox.ReportChannel, Private: true, Members: []string{sandbox.SlackBot}})
	if w.mail, err = sandbox.StartMail(w.now, sandbox.MailOptions{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.mail.Close)
	// A greeting shows that the server runs: it can't be closed before.
	greeted, err := smtp.Dial(w.mail.Addr())
	if err != nil {
		t.Fatal(err)
	}
	greeted.Close()
	w.events = map[string][]string{
		"2026-07-02": {"12 drafts are open", "critical draft opened in edx-platform"},
		"2026-07-20": {"high draft opened in frontend-app-learning"},
		"2026-08-11": {"severity raised from medium to critical in credentials", "maintainer grace joined", "low draft opened in cs_comments_service"},
		"2026-09-15": {hostile},
		"2026-09-24": {"medium draft closed in xblock-poll"},
		"2026-10-05": {"draft published in edx-platform"},
		"2026-11-18": {"mail server out of order"},
	}
	return w
}

func date(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }

func (w *fakeWorld) world() World {
	return World{
		Start: date(2026, 7, 1), End: date(2026, 12, 31),
		SetTime: func(t time.Time) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.clock = t
		},
		Advance: func(t time.Time) []string { return w.events[t.Format(time.DateOnly)] },
		Env:     func() map[string]string { return map[string]string{"INPUT_ORGANIZATION": "openedx"} },
		GitHubRequests: func() int {
			return 7 * len(w.envs)
		},
		Slack: w.slack, Mail: w.mail,
		Drafts: func() []Draft { return slices.Clone(w.drafts) },
		People: func() []Person {
			return []Person{
				{Login: "ada", Name: "Ada Example", Detail: "edx-platform", Emails: []string{"ada@example.org"}},
				{Login: "grace", Name: "Grace Example", Emails: []string{"grace@example.org"}},
				{Login: "barbara", Name: "Barbara " + hostile, Emails: []string{"barbara@example.org"}},
				{Login: "frontend", Name: "Committers, Frontend", Detail: "a team", Emails: []string{"frontend@example.org"}},
				{Login: "linus", Name: "Linus Example", SlackID: "U1LINUS"},
			}
		},
		Organization: "Open edX (demo)",
	}
}

// program reminds weekly on Mondays, monthly on the first days of a month, and
// reports whenever it sent something.
func (w *fakeWorld) program(_ context.Context, env map[string]string, stdout, _ io.Writer) int {
	w.envs = append(w.envs, env)
	at, err := time.Parse(time.RFC3339, env["INPUT_AS-OF"])
	if err != nil {
		return 2
	}
	if env["INPUT_DRY-RUN"] == "true" {
		fmt.Fprintln(stdout, "::add-mask::xoxb-demo\nwould send nothing to <nobody>")
		return 0
	}
	fmt.Fprintln(stdout, "::add-mask::xoxb-demo\nlooked at 12 drafts")
	if w.status[at.Format(time.DateOnly)] != 0 {
		fmt.Fprintln(stdout, "::error::connect to the mail server: 100%25 broken")
	}
	sent := 0
	w.discuss(at)
	if at.Weekday() == time.Monday {
		sent += w.post("weekly", at, "ada@example.org", "barbara@example.org")
		sent += w.direct("weekly", at)
	}
	if at.Day() == 2 {
		sent += w.post("monthly", at, "grace@example.org", "frontend@example.org")
	}
	if at.Day() == 3 && at.Month()%3 == 1 {
		sent += w.post("quarterly", at, "ada@example.org", "grace@example.org", "frontend@example.org")
		sent += w.post("semiannually", at, "barbara@example.org")
	}
	if sent > 0 {
		w.report(at, sent)
		summary := fmt.Sprintf("# Sent %d digests\n\n| Severity | Open |\n| --- | --- |\n| <code>critical</code> | 3 |\n| high | %s |\n\n"+
			"One owner of <code>xblock-poll</code> has no address.\n\n- [the run](<https://github.com/o/r/actions/runs/1>)\n- **bold** and <code>code</code>\n", sent, hostile)
		if os.WriteFile(env["GITHUB_STEP_SUMMARY"], []byte(summary), 0o600) != nil {
			return 1
		}
	}
	return w.status[at.Format(time.DateOnly)]
}

// discuss opens a draft to a team on one day, and comments on two, the second time
// after somebody else.
func (w *fakeWorld) discuss(at time.Time) {
	d := &w.drafts[0]
	say := func(author, text string) {
		d.Comments = append(d.Comments, sandbox.Comment{Author: author, Body: text, Created: at})
	}
	switch at.Format(time.DateOnly) {
	case "2026-07-21":
		d.Collaborators = append(slices.Clone(d.Collaborators), "frontend")
		say("reminders[bot]", "@hedy @grace High, open 30 days. **Next:** start the fork. `/remind help`\nSecond line.\n<!-- advisory-reminders: 1 -->")
	case "2026-07-28":
		say("hedy", "Mine. "+hostile+" <b>x</b> ![x](https://example.org/x.png) [y](javascript:alert(1))")
		say("reminders[bot]", "@hedy Noted.\n<!-- advisory-reminders answers: 1 -->\n<!-- advisory-reminders: 2 -->")
	}
}

func (w *fakeWorld) post(cadence string, at time.Time, to ...string) int {
	for i, address := range to {
		html := "<!doctype html><html><head><meta name=\"color-scheme\" content=\"light dark\"></head>" +
			"<body style=\"margin:0;padding:24px;background:#f4f5f7;font-family:sans-serif\"><div style=\"max-width:560px;margin:auto;background:#fff;color:#222;padding:24px;border-radius:8px\">" +
			"<h1 style=\"font-size:20px\">3 security advisories wait for you</h1><p>GHSA-aaaa-bbbb-cccc in openedx/edx-platform, " + cadence +
			".</p><p><a href=\"https://github.com/openedx\">Open the draft</a></p></div><script>parent.hacked = true</script></body></html>"
		message := strings.ReplaceAll(fmt.Sprintf("From: Open edX Security <security@example.org>\nTo: %s\nSubject: [Open edX] %s reminder: 3 security advisories\n"+
			"Message-ID: <%d-%d@example.org>\nMIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=b\n\n"+
			"--b\nContent-Type: text/plain; charset=utf-8\n\nHello %s,\n\nthree advisories wait for you, critical first:\n%s\n\n"+
			"--b\nContent-Type: text/html; charset=utf-8\n\n%s\n--b--\n",
			address, cadence, at.Unix(), i, address, hostile, html), "\n", "\r\n")
		if err := smtp.SendMail(w.mail.Addr(), nil, "security@example.org", []string{address}, []byte(message)); err != nil {
			panic(err)
		}
	}
	return len(to)
}

func (w *fakeWorld) direct(cadence string, at time.Time) int {
	w.slackPost("U1LINUS", "Your "+cadence+" reminder: 2 advisories", "", slackBlocks("Your "+cadence+" reminder", at))
	return 1
}

func (w *fakeWorld) report(at time.Time, sent int) {
	text := fmt.Sprintf("Report: %d digests sent", sent)
	ts := w.slackPost("C1SWG", text, "", slackBlocks(text, at))
	if at.Day() < 5 {
		w.slackPost("C1SWG", "Told for the first time: ada", ts, nil)
	}
}

func slackBlocks(title string, at time.Time) []slack.Block {
	text := func(s string) *slack.TextBlockObject {
		return slack.NewTextBlockObject(slack.MarkdownType, s, false, false)
	}
	escaped := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(hostile)
	return []slack.Block{
		slack.NewHeaderBlock(slack.NewTextBlockObject(slack.PlainTextType, title, false, false)),
		slack.NewSectionBlock(text("*Critical* in <https://github.com/openedx/edx-platform|openedx/edx-platform>, open for 12 days\n"+
			"use `git fetch`, not snake_case_names\n"+escaped+" <javascript:alert(1)|no link>"), nil, nil),
		slack.NewSectionBlock(text("```\n"+escaped+"\n```"), nil, nil),
		slack.NewDividerBlock(),
		slack.NewContextBlock("", text("Run of "+at.Format(time.DateOnly)), text("keep this *private*")),
	}
}

func (w *fakeWorld) slackPost(channel, text, thread string, blocks []slack.Block) string {
	options := []slack.MsgOption{slack.MsgOptionText(text, false)}
	if blocks != nil {
		options = append(options, slack.MsgOptionBlocks(blocks...))
	}
	if thread != "" {
		options = append(options, slack.MsgOptionTS(thread))
	}
	_, ts, err := slack.New("xoxb-demo", slack.OptionAPIURL(w.slack.URL)).PostMessage(channel, options...)
	if err != nil {
		panic(err)
	}
	return ts
}
