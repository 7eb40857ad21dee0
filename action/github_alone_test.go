package action_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openedx/advisory-reminders/internal/sandbox"
)

// alone is an organization that sets up nothing but GitHub, with github-alone.yml as
// it stands: the tokens have the permissions that the file names. Its teams may push
// and no more, nobody who owns a repository administers it or collaborates on a
// draft, and no address of anybody is known.
type alone struct {
	*bench
	file workflow
	runs int

	fix, slow, wheel, orphan *sandbox.Advisory
}

func newAlone(t *testing.T) *alone {
	t.Helper()
	w := newWorld()
	for _, u := range w.Users {
		u.Email = ""
	}
	w.Repository("acme/rocket").Roles = map[string]string{"team:rocketeers": "write"}
	w.Repository("acme/wheel").Roles = map[string]string{"cleo": "write"}
	first := time.Date(2026, 11, 18, 11, 17, 0, 0, time.UTC) // as the schedule has it
	a := &alone{file: readWorkflow(t, "github-alone.yml")}
	a.fix = draft(w, "rocket", "critical", first.AddDate(0, 0, -30))
	a.slow = draft(w, "rocket", "high", first.AddDate(0, 0, -70))
	a.wheel = draft(w, "wheel", "medium", first.AddDate(0, 0, -150))
	a.orphan = draft(w, "orphan", "high", first.AddDate(0, 0, -40))
	app, job := a.file.both(t)
	w.Tokens = map[string]*sandbox.Token{
		appToken:              w.Installation("acme", nil, app),
		sandbox.WorkflowToken: w.Installation("acme", []string{home}, job),
	}
	w.Tokens[appToken].Bot = "acme-reminders[bot]"
	a.bench = newBench(t, w)
	a.now = first
	a.GitHub.ShowPagesAt("https://github.example.org")
	return a
}

// start makes the workflow's run. It has to go well, and may send nothing but on
// GitHub.
func (a *alone) start(event string) result {
	a.t.Helper()
	a.runs++
	env := a.file.env(a.t, event, nil, nil)
	env["GITHUB_EVENT_NAME"], env["GITHUB_RUN_ID"] = event, fmt.Sprint(a.runs)
	r := a.must(0, env)
	if len(r.mails)+len(r.slack) > 0 {
		a.t.Errorf("%d mails and %d Slack messages without GitHub", len(r.mails), len(r.slack))
	}
	return r
}

// report returns the comments of the report's issue, of which there is one at most,
// and of that the last.
func (a *alone) report() (all []*sandbox.Comment, last string) {
	a.t.Helper()
	a.World.Lock()
	defer a.World.Unlock()
	issues := a.World.Repository(home).Issues
	if len(issues) == 0 {
		return nil, ""
	}
	if len(issues) > 1 {
		a.t.Errorf("%d issues", len(issues))
	}
	all = issues[0].Comments
	return all, all[len(all)-1].Body
}

// thread returns the comments on a draft.
func (a *alone) thread(d *sandbox.Advisory) []*sandbox.Comment {
	a.World.Lock()
	defer a.World.Unlock()
	return append([]*sandbox.Comment(nil), d.Comments...)
}

// say lets people comment on a draft some hours after a run; each has to be able to
// open it.
func (a *alone) say(d *sandbox.Advisory, login, text string) {
	a.t.Helper()
	a.now = a.now.Add(2 * time.Hour)
	a.World.SetTime(a.now)
	a.World.Lock()
	defer a.World.Unlock()
	if a.World.CommentOn(d.ID, login, text) == nil {
		a.t.Fatalf("%s can't open the draft", login)
	}
}

// morning goes on to the hour of the run, so many days later.
func (a *alone) morning(days int) {
	y, m, d := a.now.AddDate(0, 0, days).Date()
	a.now = time.Date(y, m, d, 11, 17, 0, 0, time.UTC)
}

var hiddenMarker = regexp.MustCompile(`\s*<!-- advisory-reminders.*? -->`)

// shown holds comments against a file, from which the pictures of docs/messages.md
// are made. The ids in hidden markers are left out.
func (a *alone) shown(name string, comments []*sandbox.Comment) {
	a.t.Helper()
	var b strings.Builder
	for _, c := range comments {
		fmt.Fprintf(&b, "==== %s · %s\n%s\n\n", c.Author, c.Created.Format("2 Jan 2006, 15:04 UTC"), strings.TrimSpace(hiddenMarker.ReplaceAllString(c.Body, "")))
	}
	path := filepath.Join("testdata", "github-alone", name+".md")
	if *update {
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			a.t.Fatal(err)
		}
	}
	if diff := cmp.Diff(read(path), b.String()); diff != "" {
		a.t.Errorf("%s (-want +got); go test -update writes it anew:\n%s", path, diff)
	}
}

// seen returns who of the organization can open a draft, and what each of them finds
// there.
func (a *alone) seen(d *sandbox.Advisory) string {
	a.World.Lock()
	defer a.World.Unlock()
	var who []string
	for _, u := range a.World.Users {
		if a.World.CanOpen(u.Login, d) {
			who = append(who, u.Login)
		}
	}
	return fmt.Sprintf("%s: %d", strings.Join(who, " "), len(d.Comments))
}

// holds fails unless a text has all of these.
func holds(t *testing.T, what, text string, wanted ...string) {
	t.Helper()
	for _, s := range wanted {
		if !strings.Contains(text, s) {
			t.Errorf("%s lacks %q:\n%s", what, s, text)
		}
	}
}

// With GitHub alone: what everybody sees on each day, from the set-up to the second
// reminder.
func TestGitHubAlone(t *testing.T) {
	t.Parallel()
	a := newAlone(t)
	drafts := []*sandbox.Advisory{a.fix, a.slow, a.wheel, a.orphan}

	// By hand the workflow checks the set-up, and nobody sees anything.
	check := a.start("workflow_dispatch")
	holds(t, "the check", check.stdout, "opens drafts to", home+" is private and has issues", "Nothing was sent.")
	if all, _ := a.report(); len(all) > 0 {
		t.Errorf("the check made %d reports", len(all))
	}

	// A dry run shows what would be sent. A check ticked with it stays a check.
	for _, tt := range []struct{ check, says string }{
		{"false", "This was a dry run: nothing was sent."},
		{"true", "check: ok"},
	} {
		env := a.file.env(t, "workflow_dispatch", map[string]string{"check": tt.check, "dry-run": "true"}, nil)
		holds(t, "a dry run, check "+tt.check, a.must(0, env).stdout, tt.says)
		if all, _ := a.report(); len(all)+len(a.thread(a.fix)) > 0 {
			t.Errorf("a dry run, check %s: %d reports, %d comments", tt.check, len(all), len(a.thread(a.fix)))
		}
	}

	// On day one the report names every draft and who will be given access.
	r := a.start("schedule")
	all, text := a.report()
	_, access, _ := strings.Cut(text, "**Will be given access.**")
	access, _, _ = strings.Cut(access, "\n### ")
	holds(t, "who will be given access", access, a.fix.ID, a.slow.ID, a.wheel.ID, "team:acme/rocketeers", "user:cleo")
	_, lonely, _ := strings.Cut(text, "**Needs an owner.**")
	lonely, _, _ = strings.Cut(lonely, "\n### ")
	holds(t, "what needs an owner", lonely, a.orphan.ID)
	if len(all) != 1 || len(ids(text)) != len(drafts) || len(ids(lonely)) != 1 || all[0].Author != "github-actions[bot]" {
		t.Errorf("%d reports, the last by %s:\n%s", len(all), all[0].Author, text)
	}
	for _, d := range drafts {
		if got := a.seen(d); got != "dora: 0" || len(d.CollaboratingTeams)+len(d.CollaboratingUsers) > 0 {
			t.Errorf("day one: %s is open to %s comments, and to %v %v", d.ID, got, d.CollaboratingTeams, d.CollaboratingUsers)
		}
	}
	if r.outputs["digests-sent"]+r.outputs["digests-failed"] != "00" {
		t.Errorf("day one: outputs %v", r.outputs)
	}
	a.shown("issue-day-one", all)

	// On day two the drafts are opened, and comments remind.
	a.morning(1)
	r = a.start("schedule")
	if all, text = a.report(); len(all) != 2 || r.outputs["digests-sent"] != "5" || r.outputs["digests-failed"] != "0" {
		t.Errorf("day two: %d reports, outputs %v", len(all), r.outputs)
	}
	holds(t, "day two's report", text, "**Given access.**", "nobody is known to have seen one", "start the private fork")
	a.shown("issue-day-two", all[1:])
	_, given, _ := strings.Cut(text, "**Given access.**")
	given, _, _ = strings.Cut(given, "\n### ")
	holds(t, "who was given access", given, a.fix.ID, a.slow.ID, a.wheel.ID, "team:acme/rocketeers", "user:cleo")
	if strings.Contains(given, a.orphan.ID) || strings.Contains(text, "**Will be given access.**") {
		t.Errorf("day two's report says\n%s", text)
	}
	for d, want := range map[*sandbox.Advisory]struct{ calls, seen string }{
		a.fix: {"@Ann @bob", "Ann bob dora: 1"}, a.slow: {"@Ann @bob", "Ann bob dora: 1"}, a.wheel: {"@cleo", "cleo dora: 1"}, a.orphan: {"", "dora: 0"},
	} {
		if got := a.called(d); got != want.calls || a.seen(d) != want.seen {
			t.Errorf("day two: the comments on %s call %q, and it is open to %s, want %q and %s", d.ID, got, a.seen(d), want.calls, want.seen)
		}
		for _, c := range a.thread(d) {
			if c.Author != "acme-reminders[bot]" || strings.Contains(c.Body, "Secret title") {
				t.Errorf("day two: %s says\n%s", c.Author, c.Body)
			}
		}
	}

	// On the same day one answers, and one gives a command. The next run answers the
	// command in the thread, and tells the working group.
	a.say(a.fix, "Ann", "I have a fix for this, and need somebody who starts the private fork.")
	a.say(a.fix, "bob", "/remind snooze 2026-12-05 waits for the parser's next release")
	a.morning(1)
	a.start("schedule")
	thread := a.thread(a.fix)
	if len(thread) != 4 || thread[3].Author != "acme-reminders[bot]" {
		t.Fatalf("day three: %d comments", len(thread))
	}
	holds(t, "the answer", thread[3].Body, "@bob", "Saturday, 5 December 2026, 00:00 EST")
	if all, text = a.report(); len(all) != 3 {
		t.Errorf("day three: %d reports", len(all))
	}
	holds(t, "day three's report", text, "**Commands**", "**Held back.**", "waits for the parser")
	a.shown("thread", thread)

	// Monday would be the day of the critical one: it is snoozed. The month's first
	// day reminds of the other, and by now somebody is known to have seen a comment.
	a.morning(3)
	if a.start("schedule"); len(a.thread(a.fix)) != 4 || len(a.thread(a.slow)) != 1 {
		t.Errorf("on Monday: %q, %q", a.called(a.fix), a.called(a.slow))
	}
	a.morning(8)
	a.start("schedule")
	if len(a.thread(a.fix)) != 4 || a.called(a.slow) != "@Ann @bob, @Ann @bob" || len(a.thread(a.wheel)) != 1 {
		t.Errorf("on the first of the month: %q, %q, %q", a.called(a.fix), a.called(a.slow), a.called(a.wheel))
	}
	if _, text = a.report(); strings.Contains(text, "nobody is known to have seen one") || !strings.Contains(text, "monthly by comment") {
		t.Errorf("on the first of the month the report says\n%s", text)
	}
	// The first run after the snooze's end.
	a.morning(6)
	if a.start("schedule"); a.called(a.fix) != "@Ann @bob, , , @bob, @Ann @bob" {
		t.Errorf("after the snooze: %q", a.called(a.fix))
	}
}

// Whoever can open a draft already is reminded on day one, and the others after their
// access was announced.
func TestGitHubAloneWhereSomebodyCanOpenIt(t *testing.T) {
	t.Parallel()
	a := newAlone(t)
	a.fix.CollaboratingUsers = []string{"bob"}
	a.start("schedule")
	_, text := a.report()
	holds(t, "day one's report", text, "**Will be given access.**", "weekly by comment")
	if a.called(a.fix) != "@bob" || a.called(a.slow) != "" {
		t.Errorf("day one calls %q and %q", a.called(a.fix), a.called(a.slow))
	}
	a.morning(1)
	a.start("schedule")
	if a.called(a.fix) != "@bob, @Ann" || a.called(a.slow) != "@Ann @bob" {
		t.Errorf("day two calls %q and %q", a.called(a.fix), a.called(a.slow))
	}
}

// Each permission that github-alone.yml asks for is needed: with one of them less, or
// lowered from write to read, the first two days do not remind of everything.
func TestGitHubAlonePermissions(t *testing.T) {
	t.Parallel()
	try := func(token, name, level string, repositories []string, permissions map[string]string) {
		a := newAlone(t)
		a.World.Lock()
		a.World.Repository("acme/wheel").Visibility = "private" // whose files have to be read
		a.World.Tokens[token] = a.World.Installation("acme", repositories, permissions)
		a.World.Unlock()
		for range 2 {
			a.runs++
			env := a.file.env(t, "schedule", nil, nil)
			env["GITHUB_EVENT_NAME"], env["GITHUB_RUN_ID"] = "schedule", fmt.Sprint(a.runs)
			a.run(env)
			a.morning(1)
		}
		all, _ := a.report()
		whole := len(all) == 2 && len(a.thread(a.fix))+len(a.thread(a.slow))+len(a.thread(a.wheel)) == 3
		if whole != (name == "") {
			t.Errorf("with %s lowered to %q: everything was done: %v", name, level, whole)
		}
	}
	app, job := readWorkflow(t, "github-alone.yml").both(t)
	try(appToken, "", "", nil, app)
	for name := range app {
		for _, less := range lowered(app, name) {
			try(appToken, name, less[name], nil, less)
		}
	}
	for name := range job {
		for _, less := range lowered(job, name) {
			try(sandbox.WorkflowToken, name, less[name], []string{home}, less)
		}
	}
}
