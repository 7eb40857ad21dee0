package action_test

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/openedx/advisory-reminders/internal/discussion"
	"github.com/openedx/advisory-reminders/internal/notify/inert"
	"github.com/openedx/advisory-reminders/internal/sandbox"
)

// A forum is a bench with one draft that people speak on: cleo owns its
// repository, and so does the team of Ann and bob own another.
type forum struct {
	*bench
	draft *sandbox.Advisory
}

// newForum is a forum after its first run, in which cleo was reminded of a draft of
// high severity.
func newForum(t *testing.T, change ...func(*sandbox.World, *sandbox.Advisory)) *forum {
	t.Helper()
	w := newWorld()
	w.Users = append(w.Users, &sandbox.User{Login: "rhea"}, &sandbox.User{Login: "sam"}, &sandbox.User{Login: "fay"}, &sandbox.User{Login: "gus"}, &sandbox.User{Login: "ci[bot]", Bot: true})
	a := draft(w, "wheel", "high", wednesday.AddDate(0, -2, 0))
	a.CollaboratingUsers = []string{"cleo", "sam", "fay", "gus", "bob", "Ann", "ci[bot]"}
	a.Author, a.Reported = "rhea", true
	for _, f := range change {
		f(w, a)
	}
	b := newBench(t, w)
	b.must(0, nil)
	return &forum{b, a}
}

// say adds a comment to the draft, at the time of the next run.
func (f *forum) say(login, body string) *sandbox.Comment {
	f.t.Helper()
	f.World.SetTime(f.now)
	f.World.Lock()
	defer f.World.Unlock()
	c := f.World.CommentOn(f.draft.ID, login, body)
	if c == nil {
		f.t.Fatalf("%s can't comment", login)
	}
	return c
}

// next makes a run that much later.
func (f *forum) next(d time.Duration, change map[string]string) result {
	f.t.Helper()
	f.now = f.now.Add(d)
	return f.run(change)
}

// answers are the program's answers on the draft.
func (f *forum) answers() (list []string) {
	f.World.Lock()
	defer f.World.Unlock()
	for _, c := range f.draft.Comments {
		if strings.Contains(c.Body, "<!-- advisory-reminders answers: ") {
			list = append(list, c.Body)
		}
	}
	return list
}

// wantAnswers fails the test unless the program has answered so often, and the last
// answer says all that.
func (f *forum) wantAnswers(n int, words ...string) {
	f.t.Helper()
	list := f.answers()
	if len(list) != n {
		f.t.Fatalf("%d answers, want %d:\n%s", len(list), n, strings.Join(list, "\n"))
	}
	for _, w := range words {
		if !strings.Contains(list[n-1], w) {
			f.t.Errorf("the answer does not say %q:\n%s", w, list[n-1])
		}
	}
}

// An owner snoozes a draft in a comment: that is answered once, the report says so
// once, nobody is reminded before its day, and then they are.
func TestASnoozeByComment(t *testing.T) {
	f := newForum(t)
	f.now = f.now.Add(24 * time.Hour)
	f.say("cleo", "/remind snooze 2026-12-20 waits for upstream")
	r := f.next(time.Hour, nil)
	if r.status != 0 {
		t.Fatalf("%s%s", r.stdout, r.stderr)
	}
	f.wantAnswers(1, "@cleo ", "Sunday, 20 December 2026, 00:00 UTC")
	for _, want := range []string{"cleo", "20 December 2026", "waits for upstream"} {
		if !strings.Contains(r.section("Commands"), want) || !strings.Contains(r.section("Held back"), want) {
			t.Errorf("the report does not say %q:\n%s", want, r.summary)
		}
	}
	if r = f.next(time.Hour, nil); len(r.slack)+len(r.mails) != 0 {
		t.Errorf("the next run says %s", r.reports())
	}
	f.now = time.Date(2026, 12, 19, 23, 0, 0, 0, time.UTC)
	if r = f.run(nil); len(r.mails) != 0 {
		t.Errorf("on the day before, mails to %v", r.to())
	}
	if r = f.run(map[string]string{"INPUT_FORCE": "true"}); len(r.mails) != 0 {
		t.Errorf("forced on the day before, mails to %v", r.to())
	}
	f.now = time.Date(2026, 12, 20, 0, 0, 0, 0, time.UTC)
	if r = f.run(nil); !slices.Equal(r.to(), []string{"cleo@example.org"}) {
		t.Errorf("on the day, mails to %v", r.to())
	}
	f.wantAnswers(1)

	f.say("cleo", "/remind snooze 2027-02-20 still waits")
	r = f.next(time.Hour, nil)
	f.wantAnswers(2)
	if !strings.Contains(r.section("Snoozed again"), "still waits") || !strings.Contains(r.reports(), "1 thing needs you") {
		t.Errorf("a second snooze needs nobody:\n%s", r.summary)
	}
	f.World.Lock()
	f.draft.Severity = "critical"
	f.World.Unlock()
	if r = f.next(7*24*time.Hour, nil); !slices.Equal(r.to(), []string{"cleo@example.org"}) {
		t.Errorf("after the severity rose, mails to %v", r.to())
	}
	f.say("cleo", "/remind snooze 2027-02-20 really")
	f.say("cleo", "/remind snooze off")
	f.next(time.Hour, nil)
	f.wantAnswers(3, "The snooze has ended", "Snoozed: no reminders")
	if r = f.next(7*24*time.Hour, nil); len(r.mails) != 1 {
		t.Errorf("after it was ended, mails to %v", r.to())
	}
}

// A snooze of the configuration that is still running comes first, and the answer
// says so.
func TestTheConfigurationsSnoozeComesFirst(t *testing.T) {
	f := newForum(t)
	config := map[string]string{"INPUT_CONFIG-TEXT": "snooze: [{advisory: " + f.draft.ID + ", until: 2026-12-05}]"}
	f.say("cleo", "/remind snooze 2027-01-20 x")
	f.next(time.Hour, config)
	f.wantAnswers(1, "The configuration snoozes this advisory until Saturday, 5 December 2026, 00:00 UTC, and that comes first")
	f.say("cleo", "/remind snooze off")
	f.next(time.Hour, config)
	f.wantAnswers(2, "but the configuration snoozes this advisory until Saturday, 5 December 2026")
	f.now = time.Date(2026, 12, 4, 7, 0, 0, 0, time.UTC)
	if r := f.run(config); len(r.mails) != 0 {
		t.Errorf("mails to %v", r.to())
	}
	f.now = time.Date(2026, 12, 5, 7, 0, 0, 0, time.UTC)
	if r := f.run(config); len(r.mails) != 1 {
		t.Errorf("mails to %v", r.to())
	}
}

// Who may not command gets no answer and changes nothing, and is counted; who may,
// does.
func TestWhoMayGiveCommands(t *testing.T) {
	t.Parallel()
	withGroup := map[string]string{"INPUT_CONFIG-TEXT": "working-group: group:rocketeers"}
	for name, tt := range map[string]struct {
		login  string
		change func(*sandbox.World, *sandbox.Advisory)
		config map[string]string
		done   bool
		waits  bool
	}{
		"an owner":     {login: "cleo", done: true},
		"the reporter": {login: "rhea"},
		"who is credited": {login: "sam", change: func(_ *sandbox.World, a *sandbox.Advisory) {
			a.Credits = []sandbox.Credit{{Login: "sam", Type: "finder"}}
		}},
		"a stranger":                     {login: "gus"},
		"an app":                         {login: "ci[bot]"},
		"a member who owns nothing here": {login: "bob"},
		"a former member": {login: "fay", change: func(w *sandbox.World, _ *sandbox.Advisory) {
			w.Repository("acme/wheel").Files = catalog("[user:cleo, user:fay]")
		}},
		"an administrator": {login: "gus", change: func(w *sandbox.World, _ *sandbox.Advisory) {
			w.Repository("acme/wheel").Roles = map[string]string{"gus": "admin"}
		}, done: true},
		"who maintains": {login: "gus", change: func(w *sandbox.World, _ *sandbox.Advisory) {
			w.Repository("acme/wheel").Roles = map[string]string{"gus": "maintain"}
		}},
		"an organization's owner":      {login: "dora", done: true},
		"the working group":            {login: "bob", config: withGroup, done: true},
		"not in the working group":     {login: "gus", config: withGroup},
		"a working group that is none": {login: "gus", config: map[string]string{"INPUT_CONFIG-TEXT": "working-group: group:none"}},
		"nobody knows who":             {login: "cleo", change: func(w *sandbox.World, _ *sandbox.Advisory) { w.Discussions.AuthorKey = "-" }},
		"under another key":            {login: "cleo", change: func(w *sandbox.World, _ *sandbox.Advisory) { w.Discussions.AuthorKey = "author" }},
		"a member of a team that is told": {login: "bob", change: func(w *sandbox.World, _ *sandbox.Advisory) {
			w.Repository("acme/wheel").Files = catalog("group:rocketeers")
		},
			config: map[string]string{"INPUT_CONFIG-TEXT": "contacts: {group:rocketeers: {email: team@example.org}}"}, done: true},
		"not in the team that is told": {login: "gus", change: func(w *sandbox.World, _ *sandbox.Advisory) {
			w.Repository("acme/wheel").Files = catalog("group:rocketeers")
		},
			config: map[string]string{"INPUT_CONFIG-TEXT": "contacts: {group:rocketeers: {email: team@example.org}}"}},
	} {
		t.Run(name, func(t *testing.T) {
			changes := []func(*sandbox.World, *sandbox.Advisory){}
			if tt.change != nil {
				changes = append(changes, tt.change)
			}
			f := newForum(t, changes...)
			f.inputs = tt.config
			f.say(tt.login, "/remind snooze 2026-12-20 x")
			r := f.next(24*time.Hour, nil)
			if r.status != 0 {
				t.Fatalf("%s%s", r.stdout, r.stderr)
			}
			said := r.reports()
			want := 0
			if tt.done {
				want = 1
			}
			f.wantAnswers(want)
			said += f.next(24*time.Hour, nil).reports()
			f.wantAnswers(want)
			f.now = time.Date(2026, 12, 7, 7, 17, 0, 0, time.UTC) // a Monday of the next month, and its grace over
			r = f.run(nil)
			if tt.done != (len(r.mails) == 0) {
				t.Errorf("mails to %v", r.to())
			}
			said += r.reports() + f.next(7*24*time.Hour, nil).reports()
			want = 1 - want
			if n := strings.Count(said, "1 command by people who are not allowed to give any"); n != want {
				t.Errorf("counted %d times", n)
			}
		})
	}
}

// Where it can't be known now who somebody is, their command waits for the run that
// knows.
func TestACommandWaitsForItsAuthorsRights(t *testing.T) {
	f := newForum(t, func(w *sandbox.World, _ *sandbox.Advisory) {
		w.Repository("acme/wheel").Roles = map[string]string{"gus": "admin"}
	})
	f.say("gus", "/remind snooze 2026-12-20 x")
	f.fault(func(r *http.Request) http.Handler {
		if strings.Contains(body(r), "collaborators(") {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(502) })
		}
		return nil
	})
	if r := f.next(24*time.Hour, nil); r.status != 0 {
		t.Errorf("%s%s", r.stdout, r.stderr)
	}
	f.wantAnswers(0)
	if r := f.next(4*24*time.Hour, nil); !strings.Contains(r.reports(), "Commands on 1 draft wait") {
		t.Errorf("the report of the next week does not say that a command waits:\n%s", r.reports())
	}
	f.fault(nil)
	f.next(24*time.Hour, nil)
	f.wantAnswers(1, "@gus Snoozed")
}

// An edited comment is no command; what is edited or deleted after it was read
// undoes nothing.
func TestEditedComments(t *testing.T) {
	f := newForum(t)
	plain := f.say("cleo", "I am on it")
	f.next(24*time.Hour, nil)
	f.wantAnswers(0)
	edit := func(c *sandbox.Comment, body string) {
		f.World.SetTime(f.now)
		f.World.Lock()
		defer f.World.Unlock()
		c.Body, c.Updated, f.draft.Updated = body, f.now, f.now
	}
	f.now = f.now.Add(time.Hour)
	edit(plain, "/remind snooze 2027-01-20 by somebody else")
	f.next(time.Hour, nil)
	f.wantAnswers(1, "@cleo Not done, because that comment was edited: please write a new comment.")
	edit(plain, "/remind not-mine")
	f.next(time.Hour, nil)
	f.wantAnswers(1)

	good := f.say("cleo", "/remind snooze 2026-12-20 x")
	f.next(time.Hour, nil)
	f.wantAnswers(2)
	edit(good, "/remind snooze off")
	f.next(time.Hour, nil)
	f.wantAnswers(2)
	// The program's own are edited into commands, and deleted.
	f.World.Lock()
	var own *sandbox.Comment
	for _, c := range f.draft.Comments {
		if strings.Contains(c.Body, "advisory-reminders answers") {
			own = c
		}
	}
	f.World.Unlock()
	edit(own, "/remind snooze off")
	f.next(time.Hour, nil)
	f.World.Lock()
	f.draft.Comments, f.draft.Updated = nil, f.now
	f.World.Unlock()
	f.next(time.Hour, nil)
	f.World.Lock()
	n := len(f.draft.Comments)
	f.World.Unlock()
	if n != 0 {
		t.Errorf("%d comments after all were deleted", n)
	}
	f.now = time.Date(2026, 12, 10, 7, 17, 0, 0, time.UTC)
	if r := f.run(nil); len(r.mails) != 0 {
		t.Errorf("the snooze is undone: mails to %v", r.to())
	}
}

// Whatever GitHub does and nobody knows, each command is done once and answered
// once.
func TestEachCommandOnce(t *testing.T) {
	for name, d := range map[string]sandbox.Discussions{
		"as announced": {}, "listed late": {Late: 30 * time.Second}, "updated_at not moved": {Unmoved: true},
		"the answer is lost": {Lose: 1}, "lost and late": {Lose: 1, Late: 30 * time.Second}, "lost and unmoved": {Lose: 1, Unmoved: true},
	} {
		t.Run(name, func(t *testing.T) {
			f := newForum(t, func(w *sandbox.World, _ *sandbox.Advisory) { w.Discussions = d })
			f.say("cleo", "/remind snooze 2026-12-20 x")
			f.say("cleo", "/remind release 2026-12-10 15:00")
			r := f.next(10*time.Second, nil)
			if lost := d.Lose > 0 && d.Late == 0; lost != (r.status == 1) {
				t.Errorf("exit status %d\n%s%s", r.status, r.stdout, r.stderr)
			}
			for range 4 {
				f.next(6*time.Hour, nil)
			}
			f.wantAnswers(1, "Snoozed: ", "Release planned for Thursday, 10 December 2026, 15:00 UTC.")
			f.now = time.Date(2026, 12, 5, 7, 17, 0, 0, time.UTC)
			if r = f.run(nil); len(r.mails) != 0 {
				t.Errorf("mails to %v", r.to())
			}
		})
	}
}

// A run that is gone between its claim and what it knows of the answer leaves it to
// the next one, which posts it only if it is not there.
func TestKilledWhileItAnswers(t *testing.T) {
	for name, made := range map[string]bool{"it was posted": true, "it was not posted": false} {
		t.Run(name, func(t *testing.T) {
			f := newForum(t)
			f.say("cleo", "/remind snooze 2026-12-20 x")
			var gone atomic.Bool
			f.fault(func(r *http.Request) http.Handler {
				switch {
				case r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/comments"):
					return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
						if gone.Store(true); made {
							f.GitHub.Healthy().ServeHTTP(discard{}, r)
						}
						panic(http.ErrAbortHandler)
					})
				case gone.Load():
					return http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
				}
				return nil
			})
			if r := f.next(time.Hour, nil); r.status != 1 || !gone.Load() {
				t.Fatalf("exit status %d", r.status)
			}
			f.fault(nil)
			for _, d := range []time.Duration{time.Minute, 20 * time.Minute, time.Hour, 24 * time.Hour} {
				if r := f.next(d, nil); r.status != 0 {
					t.Logf("exit status %d\n%s%s", r.status, r.stdout, r.stderr)
				}
			}
			f.wantAnswers(1, "Snoozed: ")
		})
	}
}

// A discard is where nobody reads.
type discard struct{}

func (discard) Header() http.Header         { return make(http.Header) }
func (discard) Write(b []byte) (int, error) { return len(b), nil }
func (discard) WriteHeader(int)             {}

// Should the ledger be lost, what is still to come is done again, and nothing is
// answered again.
func TestALostLedgerAnswersNothingTwice(t *testing.T) {
	f := newForum(t)
	f.say("cleo", "/remind snooze 2026-11-22 x")
	f.say("cleo", "/remind release 2027-01-12 15:00")
	f.next(time.Hour, nil)
	f.wantAnswers(1)
	f.World.Lock()
	f.World.Repository(home).DeleteBranch("advisory-reminders-ledger")
	f.World.Unlock()
	f.now = time.Date(2026, 11, 30, 7, 17, 0, 0, time.UTC)
	f.say("cleo", "/remind help")
	r := f.run(nil)
	f.wantAnswers(2, "These are the commands")
	if strings.Contains(f.answers()[1], "Snoozed") || !strings.Contains(r.section("Releases planned"), "12 January 2027") || r.section("Held back") != "" {
		t.Errorf("%s\n%s", f.answers()[1], r.summary)
	}
}

// A time that no ledger can hold is no date, and stops nothing: everybody else's
// reminders go out.
func TestACommandBeyondAllYears(t *testing.T) {
	f := newForum(t)
	f.inputs = map[string]string{"INPUT_CONFIG-TEXT": "timezone: America/New_York"}
	f.World.Lock()
	draft(f.World, "rocket", "critical", wednesday.AddDate(0, -1, 0))
	f.World.Unlock()
	f.now = f.now.Add(24 * time.Hour)
	f.say("cleo", "/remind release 9999-12-31 23:59")
	if r := f.next(time.Hour, nil); r.status != 0 || len(r.mails) != 2 {
		t.Errorf("exit status %d, mails to %v: %s", r.status, r.to(), r.stderr)
	}
	f.wantAnswers(1, "Not planned")
}

// Hundreds of commands get one answer.
func TestHundredsOfCommands(t *testing.T) {
	f := newForum(t)
	for range 200 {
		f.say("gus", "/remind snooze 2027-01-20 x")
	}
	for i := range 500 {
		f.say("cleo", fmt.Sprintf("/remind snooze 2026-12-%02d x", i%20+1))
	}
	r := f.next(time.Hour, nil)
	f.wantAnswers(1, "490 earlier commands")
	if n := len(f.answers()[0]); n > 8000 {
		t.Errorf("%d characters", n)
	}
	if !strings.Contains(r.section("Commands"), "200 commands by people") || len(r.summary) > 60_000 {
		t.Errorf("a report of %d bytes:\n%.3000s", len(r.summary), r.summary)
	}
	f.next(time.Hour, nil)
	f.wantAnswers(1)
}

// What somebody writes into a reason is text wherever it is shown.
func TestReasonsAreText(t *testing.T) {
	for _, reason := range []string{"@everyone <!channel> @acme/rocketeers @cleo", "<b>x</b> <script>alert(1)</script> <img src=x>", "#1 GH-1 acme/wheel#2 [x](https://evil.example)", "`a` | b | \\| *c*"} {
		f := newForum(t)
		f.say("cleo", "/remind snooze 2026-12-20 "+reason)
		r := f.next(time.Hour, nil)
		f.wantAnswers(1)
		if answer := f.answers()[0]; strings.Contains(answer, "evil") || strings.Contains(answer, "everyone") || strings.Contains(answer, "script") {
			t.Errorf("the answer repeats it:\n%s", answer)
		}
		if problems := inert.Markdown(r.summary, inert.Addresses{"http://127.0.0.1:"}); len(problems) > 0 {
			t.Errorf("the summary: %v\n%s", problems, r.summary)
		}
		for _, bad := range []string{"<!channel>", "\\u003c!channel", "<script>", "\\u003cscript", "\\u003cb", "\\u003c@"} {
			if strings.Contains(r.reports(), bad) {
				t.Errorf("Slack would read %q:\n%s", bad, r.reports())
			}
		}
	}
}

// A planned release is in the report, and once its time has passed it needs a human
// until the draft is none.
func TestAPlannedRelease(t *testing.T) {
	f := newForum(t)
	f.inputs = map[string]string{"INPUT_CONFIG-TEXT": "messages: {timezone: America/New_York}"}
	f.say("cleo", "/remind release 2026-11-20 02:17")
	f.say("cleo", "/remind release 2026-11-20 02:16")
	f.say("cleo", "/remind release 2026-11-21 12:00")
	r := f.next(time.Minute, nil)
	f.wantAnswers(1, "Release planned for Friday, 20 November 2026, 02:17 EST (America/New_York)", "The earliest time is Friday, 20 November 2026, 02:17 EST", "is on a weekend")
	if !strings.Contains(r.section("Releases planned"), "02:17 EST") {
		t.Errorf("%s", r.summary)
	}
	f.now = time.Date(2026, 11, 20, 7, 16, 59, 0, time.UTC)
	if r = f.run(nil); r.section("Release overdue") != "" {
		t.Errorf("a second before:\n%s", r.summary)
	}
	f.now = time.Date(2026, 11, 20, 7, 17, 0, 0, time.UTC)
	if r = f.run(nil); !strings.Contains(r.section("Release overdue"), f.draft.ID) || r.section("Releases planned") != "" || len(r.slack) == 0 {
		t.Errorf("at its time:\n%s", r.summary)
	}
	if r = f.next(time.Hour, nil); len(r.slack) != 0 {
		t.Errorf("it is said again the same day:\n%s", r.reports())
	}
	f.now = time.Date(2026, 11, 23, 7, 17, 0, 0, time.UTC)
	if r = f.run(nil); !strings.Contains(r.section("Release overdue"), f.draft.ID) {
		t.Errorf("in the week's report:\n%s", r.summary)
	}
	f.say("cleo", "/remind release off")
	f.next(time.Hour, nil)
	f.now = time.Date(2026, 11, 30, 7, 17, 0, 0, time.UTC)
	if r = f.run(nil); r.section("Release overdue") != "" {
		t.Errorf("taken back:\n%s", r.summary)
	}
}

// Who says that a draft is not theirs is not reminded of it any more; where nobody
// is left, the working group is.
func TestNotMine(t *testing.T) {
	f := newForum(t, func(w *sandbox.World, _ *sandbox.Advisory) {
		w.Repository("acme/wheel").Files = catalog("[user:cleo, user:Ann]")
	})
	f.say("cleo", "/remind not-mine")
	f.say("dora", "/remind not-mine")
	f.next(time.Hour, nil)
	f.wantAnswers(1, "@cleo You will not be reminded of this advisory again. You get reminders because you are named as an owner of acme/wheel in [catalog-info.yaml](<", "@dora Nothing changes: you are not reminded")
	f.now = time.Date(2026, 12, 7, 7, 17, 0, 0, time.UTC)
	if r := f.run(nil); !slices.Equal(r.to(), []string{"ann@example.org"}) {
		t.Errorf("mails to %v", r.to())
	}
	f.say("Ann", "/remind not-mine")
	f.next(time.Hour, nil)
	f.wantAnswers(2)
	f.now = time.Date(2027, 1, 11, 7, 17, 0, 0, time.UTC)
	r := f.run(nil)
	if len(r.mails) != 0 || !strings.Contains(r.section("Needs an owner"), "said on the draft that it is not theirs") {
		t.Errorf("mails to %v:\n%s", r.to(), r.summary)
	}
	// Of another draft of the repository they are reminded all the same.
	f.World.Lock()
	draft(f.World, "wheel", "high", f.now.AddDate(0, -2, 0))
	f.World.Unlock()
	if r = f.next(time.Hour, nil); len(r.mails) != 2 {
		t.Errorf("of another one, mails to %v", r.to())
	}
}

// An owner's answer holds reminders back for those who have had one, where the
// configuration says so.
func TestAnAnswerKeepsQuiet(t *testing.T) {
	for _, tt := range []struct {
		login, body string
		quiet       bool
	}{{"cleo", "I am on it", true}, {"rhea", "any news?", false}, {"dora", "/remind answered", true}, {"bob", "/remind answered", false}, {"cleo", "/remind help", false}} {
		f := newForum(t)
		f.inputs = map[string]string{"INPUT_CONFIG-TEXT": "quiet-after-answer: {monthly: 2w}"}
		f.now = time.Date(2026, 11, 30, 7, 17, 0, 0, time.UTC)
		f.say(tt.login, tt.body)
		f.now = time.Date(2026, 12, 14, 7, 16, 59, 0, time.UTC) // a second before
		r := f.run(nil)
		if tt.quiet != (len(r.mails) == 0) {
			t.Errorf("%s %q: mails to %v", tt.login, tt.body, r.to())
		}
		if held := strings.Contains(r.section("Held back"), "answered by"); held != tt.quiet {
			t.Errorf("%s %q: held back %v\n%s", tt.login, tt.body, held, r.summary)
		}
		if tt.quiet { // it still is held back after runs that say nothing of it
			for _, change := range []map[string]string{{"INPUT_SEVERITIES": "critical"}, nil} {
				if r = f.run(change); strings.Contains(r.section("Held back"), "answered by") {
					t.Errorf("%s %q, %v: said again", tt.login, tt.body, change)
				}
			}
		}
		f.now = f.now.Add(time.Second)
		if r = f.run(nil); tt.quiet != (len(r.mails) == 1) {
			t.Errorf("%s %q, after two weeks: mails to %v", tt.login, tt.body, r.to())
		}
	}
}

// A dry run shows what commands would do, and writes nothing; turned off, nothing is
// done and nothing holds.
func TestCommandsThatAreNotDone(t *testing.T) {
	f := newForum(t)
	f.say("cleo", "/remind snooze 2026-12-20 x")
	r := f.next(time.Hour, map[string]string{"INPUT_DRY-RUN": "true"})
	if r.status != 0 || !strings.Contains(r.stdout, "Answer on "+f.draft.ID) || !strings.Contains(r.stdout, "@cleo Snoozed: no reminders of this advisory before Sunday, 20 December 2026") || !strings.Contains(r.section("Commands"), "snoozed until") {
		t.Errorf("%d\n%s\n%s", r.status, r.stdout, r.summary)
	}
	f.wantAnswers(0)
	off := map[string]string{"INPUT_CONFIG-TEXT": "commands: {enabled: false}"}
	g := newForum(t)
	g.say("cleo", "/remind snooze 2026-12-20 x")
	g.next(time.Hour, off)
	g.wantAnswers(0)
	f.next(time.Hour, nil)
	f.wantAnswers(1)
	f.now = time.Date(2026, 12, 7, 7, 17, 0, 0, time.UTC)
	if r = f.run(map[string]string{"INPUT_DRY-RUN": "true", "INPUT_CONFIG-TEXT": off["INPUT_CONFIG-TEXT"]}); !strings.Contains(r.stdout, "To: cleo@example.org") {
		t.Errorf("turned off, the snooze holds:\n%s", r.stdout)
	}
	if r = f.run(nil); len(r.mails) != 0 {
		t.Errorf("turned on, it does not: mails to %v", r.to())
	}
}

// Where the comments can't be read, or GitHub does not count them, reminders go on.
func TestDiscussionsThatCannotBeRead(t *testing.T) {
	f := newForum(t)
	f.say("cleo", "/remind snooze 2026-12-20 x")
	f.fault(func(r *http.Request) http.Handler {
		if strings.HasSuffix(r.URL.Path, "/comments") {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(403) })
		}
		return nil
	})
	f.now = time.Date(2026, 12, 7, 7, 17, 0, 0, time.UTC)
	r := f.run(nil)
	if r.status != 0 || len(r.mails) != 1 || !strings.Contains(r.summary, "comments of 1 draft could not be read") {
		t.Errorf("%d, mails to %v\n%s", r.status, r.to(), r.summary)
	}
	f.fault(nil)
	f.next(time.Hour, nil)
	f.wantAnswers(1)

	f = newForum(t, func(w *sandbox.World, _ *sandbox.Advisory) { w.Discussions.NoCount = true })
	f.say("cleo", "/remind snooze 2026-12-20 x")
	f.now = time.Date(2026, 12, 7, 7, 17, 0, 0, time.UTC)
	if r = f.run(nil); r.status != 0 || len(r.mails) != 1 || !strings.Contains(r.summary, "does not say how many comments") {
		t.Errorf("%d, mails to %v\n%s", r.status, r.to(), r.summary)
	}
	f.wantAnswers(0)
	for _, r := range f.GitHub.Requests() {
		if strings.Contains(r.Path, "/comments") {
			t.Errorf("%s %s", r.Method, r.Path)
		}
	}
}

// GitHub may refuse an answer: what may change is tried again, and what can't is
// given up after it was said once.
func TestAnswersThatAreRefused(t *testing.T) {
	for status, tries := range map[int]int{403: 3, 422: 1, 404: 1, 410: 1} {
		f := newForum(t, func(w *sandbox.World, _ *sandbox.Advisory) { w.Discussions.Refuse = status })
		f.say("cleo", "/remind snooze 2026-12-20 x")
		f.GitHub.ResetRequests()
		for i := range 3 {
			r := f.next(time.Hour, nil)
			if (r.status == 1) != (i < tries) {
				t.Errorf("%d, run %d: exit status %d\n%s", status, i+1, r.status, r.stdout)
			}
			if i == 0 && !strings.Contains(r.reports(), "Commands on 1 draft not answered") { // a public log does not say why it failed
				t.Errorf("%d: the report does not say that commands have no answer:\n%s", status, r.reports())
			}
		}
		n := 0
		for _, r := range f.GitHub.Requests() {
			if r.Method == http.MethodPost && strings.HasSuffix(r.Path, "/comments") {
				n++
			}
		}
		if n != tries {
			t.Errorf("%d: tried %d times, want %d", status, n, tries)
		}
		f.now = time.Date(2026, 12, 7, 7, 17, 0, 0, time.UTC)
		if r := f.run(nil); len(r.mails) != 0 {
			t.Errorf("%d: the snooze does not hold: mails to %v", status, r.to())
		}
	}
}

// The check says whether comments can be read, and whether the working group's team
// exists.
func TestCheckOfComments(t *testing.T) {
	check := map[string]string{"INPUT_CHECK": "true"}
	f := newForum(t)
	f.say("cleo", "hello")
	if r := f.next(time.Hour, check); r.status != 0 || strings.Contains(r.stdout, " comments ") {
		t.Errorf("%d\n%s", r.status, r.stdout)
	}
	for name, tt := range map[string]struct {
		fault int
		count bool
		want  string
	}{
		"refused": {403, true, "WARN"}, "not there": {404, true, "WARN"}, "broken": {500, true, "UNKNOWN"}, "not counted": {0, false, "UNKNOWN"},
	} {
		f.World.Lock()
		f.World.Discussions.NoCount = !tt.count
		f.World.Unlock()
		f.fault(func(r *http.Request) http.Handler {
			if tt.fault != 0 && strings.HasSuffix(r.URL.Path, "/comments") {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(tt.fault) })
			}
			return nil
		})
		r := f.next(time.Minute, check)
		if !commentsLine.MatchString(r.stdout) || commentsLine.FindStringSubmatch(r.stdout)[1] != tt.want || r.status != 0 {
			t.Errorf("%s: %d\n%s", name, r.status, r.stdout)
		}
	}
	r := f.next(time.Minute, map[string]string{"INPUT_CHECK": "true", "INPUT_CONFIG-TEXT": "working-group: group:rocketers"})
	if !strings.Contains(strings.Join(strings.Fields(r.stdout), " "), "working-group: there is no team rocketers, so nobody can give commands as a member of it") || !strings.Contains(r.stdout, "did you mean rocketeers?") {
		t.Errorf("%s", r.stdout)
	}
}

var commentsLine = regexp.MustCompile(`(?m)^ *(\w+) +comments `)

// Where the log is public commands are done and answered within the grid, and the
// log says nothing of them, whether or not there were any.
func TestCommandsInAPublicRepository(t *testing.T) {
	f := newForum(t)
	f.inputs = map[string]string{"INPUT_LEDGER-KEY": strings.Repeat("k", 32), "ADVISORY_REMINDERS_GRID": "10s"}
	f.World.Lock()
	f.World.Repository(home).Visibility = "public"
	f.World.Repository(home).DeleteBranch("advisory-reminders-ledger")
	f.World.Unlock()
	f.next(time.Hour, nil)
	var logs [2]string
	for i := range logs {
		if i == 1 {
			f.say("cleo", "/remind snooze 2026-12-20 x")
		}
		r := f.next(time.Hour, nil)
		if logs[i] = r.stdout + r.stderr + r.summary; r.status != 0 {
			t.Fatalf("%d\n%s", r.status, logs[i])
		}
		f.wantAnswers(i)
	}
	if logs[0] != logs[1] {
		t.Errorf("the logs differ:\n%s\n%s", logs[0], logs[1])
	}
}

// Whoever can comment can write the marker of an answer, too: that keeps no command from
// being answered, nor from the report.
func TestAForgedMarkerSilencesNothing(t *testing.T) {
	f := newForum(t)
	c := f.say("cleo", "/remind snooze 2026-12-20 x")
	f.say("cleo", fmt.Sprintf("%s\n<!-- advisory-reminders: %s -->", discussion.AnswersMarker([]int64{c.ID}), strings.Repeat("0", 32)))
	r := f.next(time.Hour, nil)
	f.wantAnswers(2, "@cleo Snoozed") // the forged one among them
	if !strings.Contains(r.section("Commands"), "cleo") {
		t.Errorf("the report does not say that there was a command:\n%s", r.summary)
	}
}

// Why an answer is refused is in the report of that run, even if there is nothing else
// to say.
func TestAnAnswerRefusedLater(t *testing.T) {
	f := newForum(t)
	f.say("cleo", "/remind snooze 2026-12-20 x")
	for _, tt := range []struct {
		status int
		says   string
	}{{502, "may have taken"}, {403, "may not comment"}} {
		f.posts(func(http.Handler) http.Handler { return respond(tt.status, "{}") })
		if r := f.next(time.Hour, nil); r.status != 1 || !strings.Contains(r.reports(), tt.says) {
			t.Errorf("%d: exit status %d, and the report is\n%s", tt.status, r.status, r.reports())
		}
	}
}
