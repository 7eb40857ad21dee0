package action_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/sandbox"
)

// threadWorld has two drafts of rocket, whose team may push, and of whose people no
// address is known.
func threadWorld() (*sandbox.World, []*sandbox.Advisory) {
	w := newWorld()
	for _, u := range w.Users {
		u.Email = ""
	}
	w.Repository("acme/rocket").Roles = map[string]string{"team:rocketeers": "write"}
	return w, []*sandbox.Advisory{draft(w, "rocket", "critical", wednesday.AddDate(0, -1, 0)), draft(w, "rocket", "critical", wednesday.AddDate(0, -1, 0))}
}

func threadBench(t *testing.T, w *sandbox.World) *bench {
	b := newBench(t, w)
	b.inputs = map[string]string{"INPUT_CONFIG-TEXT": "channels: [email, slack, thread]"}
	return b
}

// comments are the first lines of those on a draft.
func (b *bench) comments(a *sandbox.Advisory) (list []string) {
	b.World.Lock()
	defer b.World.Unlock()
	for _, c := range a.Comments {
		line, _, _ := strings.Cut(c.Body, "\n")
		list = append(list, strings.TrimSpace(line))
	}
	return list
}

// posts lets a request for a comment be answered in another way; nil: as GitHub does.
func (b *bench) posts(answer func(next http.Handler) http.Handler) {
	b.fault(func(r *http.Request) http.Handler {
		if answer == nil || r.Method != http.MethodPost || !strings.HasSuffix(r.URL.Path, "/comments") || !strings.Contains(r.URL.Path, "/security-advisories/") {
			return nil
		}
		return answer(b.GitHub.Healthy())
	})
}

// Where nobody can open a draft and no address is known, the working group is told,
// with that reason; who collaborates is told by one comment on each draft.
func TestThread(t *testing.T) {
	t.Parallel()
	w, drafts := threadWorld()
	b := threadBench(t, w)
	r := b.must(0, nil)
	if n := len(b.comments(drafts[0])) + len(b.comments(drafts[1])); n != 0 || !strings.Contains(r.reports(), "can't open the draft") || r.outputs["unrouted"] != "2" {
		t.Errorf("nobody can open them: %d comments, outputs %v, it says\n%s", n, r.outputs, r.reports())
	}
	b.later(1)
	b.World.Lock()
	drafts[0].CollaboratingTeams = []string{"rocketeers"}
	drafts[1].CollaboratingUsers = []string{"bob"}
	b.World.Unlock()
	b.must(0, map[string]string{"INPUT_DRY-RUN": "true"})
	if n := len(b.comments(drafts[0])); n != 0 {
		t.Errorf("a dry run made %d comments", n)
	}
	r = b.must(0, nil)
	first, second := b.comments(drafts[0]), b.comments(drafts[1])
	if len(first) != 1 || !strings.HasPrefix(first[0], "@Ann @bob ") || len(second) != 1 || !strings.HasPrefix(second[0], "@bob ") {
		t.Errorf("the comments are %q and %q", first, second)
	}
	if !strings.Contains(r.reports(), "nobody is known to have seen one") || r.outputs["digests-sent"] != "2" || r.outputs["digests-failed"] != "0" {
		t.Errorf("outputs %v, it says\n%s", r.outputs, r.reports())
	}
	for range 2 {
		b.later(1)
		if r = b.must(0, nil); len(b.comments(drafts[0])) != 1 || r.outputs["digests-sent"] != "0" {
			t.Errorf("a day later: %q, outputs %v", b.comments(drafts[0]), r.outputs)
		}
	}
	b.later(7)
	if b.must(0, nil); len(b.comments(drafts[0])) != 2 || len(b.comments(drafts[1])) != 2 {
		t.Errorf("a week later: %q and %q", b.comments(drafts[0]), b.comments(drafts[1]))
	}
}

// Whoever can open a draft since today is reminded today, by comment: an administrator,
// as much as somebody who was added to it.
func TestWhoCanOpenIsAskedInEveryRun(t *testing.T) {
	w, drafts := threadWorld()
	b := threadBench(t, w)
	for _, step := range []struct {
		name     string
		change   func()
		comments int
		names    string // in the last comment
	}{
		{name: "the first run", change: func() {}},
		{name: "an administrator", change: func() { w.Repository("acme/rocket").Roles["bob"] = "admin" }, comments: 2, names: "@bob"},
		{name: "who is added to a draft", change: func() { drafts[1].CollaboratingUsers = []string{"Ann"} }, comments: 3, names: "@Ann"},
	} {
		b.World.Lock()
		step.change()
		b.World.Unlock()
		b.must(0, nil)
		b.now = b.now.Add(time.Hour)
		lines := append(b.comments(drafts[0]), b.comments(drafts[1])...)
		if len(lines) != step.comments || step.names != "" && !strings.HasPrefix(lines[len(lines)-1], step.names+" ") {
			t.Errorf("%s: %d comments, want %d, the last to %s:\n%q", step.name, len(lines), step.comments, step.names, lines)
		}
	}
}

// Whatever GitHub answers to a comment, it is there once, and who was named in it is
// told once.
func TestThreadFaults(t *testing.T) {
	status := func(n int) func(http.Handler) http.Handler {
		return func(http.Handler) http.Handler { return respond(n, `{"message":"no"}`) }
	}
	lost := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		})
	}
	for _, tt := range []struct {
		name   string
		answer func(http.Handler) http.Handler
		status int    // of the first run
		soon   int    // of one a minute later
		last   int    // of one that is ten minutes later
		says   string // in the first report
		made   int    // comments after all of them
	}{
		{"201", nil, 0, 0, 0, "by comment", 1},
		{"201 that is lost", lost, 1, 1, 0, "lost", 1},
		{"502", status(502), 1, 1, 0, "may have taken the comment", 1},
		{"404", status(404), 0, 0, 0, "takes no comment on this draft (404)", 0},
		{"422", status(422), 0, 0, 0, "takes no comment on this draft (422)", 0},
		{"403", status(403), 1, 0, 0, "may not comment on the draft", 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w, drafts := threadWorld()
			a := drafts[0]
			w.Advisories = w.Advisories[:1]
			a.CollaboratingTeams = []string{"rocketeers"}
			b := threadBench(t, w)
			b.posts(tt.answer)
			r := b.must(tt.status, nil)
			if !strings.Contains(r.reports(), tt.says) {
				t.Errorf("it says\n%s\nwant %q", r.reports(), tt.says)
			}
			b.posts(nil)
			b.now = b.now.Add(time.Minute)
			b.must(tt.soon, nil)
			b.now = b.now.Add(10 * time.Minute)
			b.World.Lock() // somebody else can open it now, too
			a.CollaboratingUsers = []string{"cleo"}
			b.World.Unlock()
			b.must(tt.last, nil)
			b.later(1)
			b.must(0, nil)
			if got := b.comments(a); len(got) != tt.made {
				t.Errorf("the comments are %q, want %d", got, tt.made)
			}
		})
	}
}

// Where GitHub takes no comment on any of several drafts, the drafts are not at fault:
// all of them wait for the next run. Where it takes none on one of them, the working
// group is told of that one instead.
func TestThreadRefusesAll(t *testing.T) {
	for name, tt := range map[string]struct {
		refuse string // what is in the path of those that are refused
		answer int
		status int
		says   string
		now    int    // comments by this run
		sent   string // digests, of two
		next   int    // comments by this run and the next
	}{
		"each, 404":  {"/", 404, 1, "show that the draft is not at fault: see GitHub's status", 0, "0", 2},
		"each, 410":  {"/", 410, 1, "show that the draft is not at fault: see GitHub's status", 0, "0", 2},
		"each, 409":  {"/", 409, 1, "could not comment on the draft", 0, "0", 2},
		"the second": {"the second", 404, 0, "takes no comment on this draft (404)", 1, "2", 1},
	} {
		t.Run(name, func(t *testing.T) {
			w, drafts := threadWorld()
			for _, d := range drafts {
				d.CollaboratingTeams = []string{"rocketeers"}
			}
			if tt.refuse == "the second" {
				tt.refuse = drafts[1].ID
			}
			b := threadBench(t, w)
			b.posts(func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if strings.Contains(r.URL.Path, tt.refuse) {
						next = respond(tt.answer, `{"message":"no"}`)
					}
					next.ServeHTTP(w, r)
				})
			})
			made := func() int { return len(b.comments(drafts[0])) + len(b.comments(drafts[1])) }
			r := b.must(tt.status, nil)
			if !strings.Contains(r.reports(), tt.says) || made() != tt.now {
				t.Errorf("%d comments, want %d, and it says\n%s\nwant %q", made(), tt.now, r.reports(), tt.says)
			}
			if r.outputs["digests-sent"] != tt.sent {
				t.Errorf("digests-sent is %s, want %s", r.outputs["digests-sent"], tt.sent)
			}
			b.posts(nil)
			b.now = b.now.Add(10 * time.Minute)
			if b.must(0, nil); made() != tt.next {
				t.Errorf("ten minutes later %d comments, want %d", made(), tt.next)
			}
		})
	}
}

// Any collaborator can edit and delete the program's comments. One that was accepted is
// not made again, one that was made into a command is none, and one of which nobody
// knows whether it was made, and that is not found any more, comes once more.
func TestTheProgramsCommentsAreTouched(t *testing.T) {
	edit := func(body func(old string) string) func(*sandbox.World, *sandbox.Advisory) {
		return func(w *sandbox.World, a *sandbox.Advisory) {
			c := a.Comments[0]
			c.Body, c.Updated, a.Updated = body(c.Body), w.Now(), w.Now()
		}
	}
	remove := func(w *sandbox.World, a *sandbox.Advisory) { a.Comments, a.Updated = nil, w.Now() }
	command := edit(func(string) string { return "/remind snooze 2026-12-20 x" })
	app, _ := readWorkflow(t, "github-alone.yml").both(t)
	marked := edit(func(old string) string { return "/remind snooze 2026-12-20 x\n" + old })
	for name, tt := range map[string]struct {
		lost   bool // GitHub's answer to it
		touch  func(*sandbox.World, *sandbox.Advisory)
		left   int // comments before the next week
		weekly int // and then
	}{
		"left alone":                   {false, func(*sandbox.World, *sandbox.Advisory) {}, 1, 2},
		"edited into a command":        {false, command, 1, 2},
		"deleted":                      {false, remove, 0, 1},
		"lost":                         {true, func(*sandbox.World, *sandbox.Advisory) {}, 1, 2},
		"lost, and a command above it": {true, marked, 1, 2},
		"lost, and made into one":      {true, command, 2, 3},
		"lost, and deleted":            {true, remove, 1, 2},
	} {
		t.Run(name, func(t *testing.T) {
			w, drafts := threadWorld()
			a := drafts[0]
			w.Advisories, a.CollaboratingTeams = w.Advisories[:1], []string{"rocketeers"}
			w.Tokens[sandbox.FullToken] = w.Installation("acme", nil, app)
			b := threadBench(t, w)
			status := 0
			if tt.lost {
				w.Discussions.Lose, status = 1, 1
			}
			b.must(status, nil)
			b.now = b.now.Add(time.Hour)
			b.World.SetTime(b.now)
			b.World.Lock()
			tt.touch(w, a)
			b.World.Unlock()
			for range 2 {
				b.now = b.now.Add(time.Hour)
				if b.must(0, nil); len(b.comments(a)) != tt.left {
					t.Errorf("on the same day the comments are %q, want %d", b.comments(a), tt.left)
				}
			}
			b.later(7)
			if b.must(0, nil); len(b.comments(a)) != tt.weekly {
				t.Errorf("a week later the comments are %q, want %d", b.comments(a), tt.weekly)
			}
		})
	}
}

// A comment whose answer was lost counts from when it was made, and not from when a
// later run finds it: the next week's is due on Monday as if nothing had been lost.
func TestAFoundCommentCountsFromWhenItWasMade(t *testing.T) {
	w, drafts := threadWorld()
	w.Advisories = w.Advisories[:1]
	drafts[0].CollaboratingTeams = []string{"rocketeers"}
	b := threadBench(t, w)
	b.later(2) // Friday
	b.World.Lock()
	w.Discussions.Lose = 1
	b.World.Unlock()
	b.must(1, nil)
	b.later(2)
	b.must(0, nil)
	if n := len(b.comments(drafts[0])); n != 1 {
		t.Fatalf("%d comments on Sunday", n)
	}
	b.later(1)
	if b.must(0, nil); len(b.comments(drafts[0])) != 2 {
		t.Errorf("on Monday the comments are %q", b.comments(drafts[0]))
	}
}

// A draft that ends before the comment is no failure, and nothing is owed.
func TestThreadOfADraftThatEnds(t *testing.T) {
	t.Parallel()
	w, drafts := threadWorld()
	drafts[0].CollaboratingTeams, drafts[1].CollaboratingTeams = []string{"rocketeers"}, []string{"rocketeers"}
	b := threadBench(t, w)
	b.posts(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if strings.Contains(r.URL.Path, drafts[0].ID) {
				b.World.Lock()
				drafts[0].State, drafts[0].Published = "published", b.now
				b.World.Unlock()
			}
			next.ServeHTTP(rw, r)
		})
	})
	if r := b.must(0, nil); len(b.comments(drafts[0])) != 0 || len(b.comments(drafts[1])) != 1 || r.outputs["digests-sent"] != "2" {
		t.Errorf("%q, %q, outputs %v", b.comments(drafts[0]), b.comments(drafts[1]), r.outputs)
	}
	b.later(1)
	if r := b.must(0, nil); !strings.Contains(r.reports(), "Resolved") || len(b.comments(drafts[1])) != 1 {
		t.Errorf("the next day: %q, it says\n%s", b.comments(drafts[1]), r.reports())
	}
}

// After a refusal by mail the comment follows in the next run, and the working group
// is not told instead.
func TestThreadAfterARefusal(t *testing.T) {
	t.Parallel()
	w, drafts := threadWorld()
	w.Repository("acme/rocket").Files = catalog("user:bob")
	w.User("bob").Email = "bob@example.org"
	w.User("cleo").Email = "cleo@example.org"
	draft(w, "wheel", "critical", wednesday.AddDate(0, -1, 0)) // of cleo, whose mail is taken
	drafts[0].CollaboratingUsers, drafts[1].CollaboratingUsers = []string{"bob"}, []string{"bob"}
	b := threadBench(t, w)
	b.inputs["INPUT_CONFIG-TEXT"] = "channels: [email, thread]"
	b.Mail.Break(sandbox.MailRefuse(550, "bob@example.org"))
	r := b.must(0, nil)
	if n := len(b.comments(drafts[0])); n != 0 || !strings.Contains(r.reports(), "The next run tells them by comment") || strings.Contains(r.reports(), "Needs an owner") {
		t.Errorf("%d comments in the first run, which says\n%s", n, r.reports())
	}
	b.now = b.now.Add(time.Hour)
	b.must(0, nil)
	if got := slices.Concat(b.comments(drafts[0]), b.comments(drafts[1])); len(got) != 2 {
		t.Errorf("the comments are %q", got)
	}
}

// What there is no time for in public, since comments have their pace, is no failure:
// the next runs go on, and each comment is made once, answers to commands among them.
func TestThePaceOfCommentsIsNoFailure(t *testing.T) {
	t.Parallel()
	const enough = 12 // for what a short run has no time for
	for name, set := range map[string]func(*sandbox.World, *sandbox.Advisory){
		"reminders": func(*sandbox.World, *sandbox.Advisory) {},
		"answers": func(w *sandbox.World, a *sandbox.Advisory) {
			a.Created = wednesday.AddDate(0, 0, -1)
			w.CommentOn(a.ID, "cleo", "/remind release 2026-12-10 15:00")
		},
	} {
		t.Run(name, func(t *testing.T) {
			w, _ := threadWorld()
			w.Advisories = nil
			var drafts []*sandbox.Advisory
			w.Repository(home).Visibility = "public"
			w.SetTime(wednesday)
			for range enough {
				a := draft(w, "wheel", "critical", wednesday.AddDate(0, -1, 0))
				a.CollaboratingUsers = []string{"cleo"}
				set(w, a)
				drafts = append(drafts, a)
			}
			before := len(drafts[0].Comments)
			b := threadBench(t, w)
			b.inputs["INPUT_LEDGER-KEY"], b.inputs["ADVISORY_REMINDERS_GRID"] = ageKey(t), "12s"
			b.pause = func(ctx context.Context, d time.Duration) error { // the grid's own waits are none
				if d > time.Second {
					return ctx.Err()
				}
				return notify.Wait(ctx, d)
			}
			b.now = b.now.Add(time.Hour)
			held := false
			for range enough {
				r := b.must(0, nil)
				held = held || strings.Contains(r.reports(), "made by the next run")
				if strings.Contains(r.reports(), "Could not deliver") {
					t.Errorf("it says\n%s", r.reports())
				}
				b.now = b.now.Add(time.Hour)
				left := false
				for _, a := range drafts {
					n := len(b.comments(a)) - before
					if left = left || n == 0; n > 1 {
						t.Errorf("%d comments on %s", n, a.ID)
					}
				}
				if !left {
					if name == "reminders" && !held {
						t.Error("no report says that comments follow")
					}
					return
				}
			}
			t.Error("some drafts have no comment")
		})
	}
}
