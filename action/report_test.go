package action_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/sandbox"
)

// The report is written as a file in the workspace of a private repository, in place
// of the one before; elsewhere, or through a link, nothing runs.
func TestReportFile(t *testing.T) {
	for name, tt := range map[string]struct {
		path   string // OUTSIDE is another folder
		before func(workspace, outside string)
		event  string
		status int
	}{
		"a file":               {path: "report.json"},
		"an older file":        {path: "report.json", before: func(w, _ string) { touch(t, w+"/report.json") }},
		"in a folder":          {path: "out/report.json", before: func(w, _ string) { folder(t, w+"/out") }},
		"an absolute path":     {path: "WORKSPACE/report.json"},
		"no folder":            {path: "out/report.json", status: 2},
		"a folder itself":      {path: "out", before: func(w, _ string) { folder(t, w+"/out") }, status: 2},
		"the workspace itself": {path: ".", status: 2},
		"outside":              {path: "../report.json", status: 2},
		"outside, absolute":    {path: "OUTSIDE/report.json", status: 2},
		"a link":               {path: "report.json", before: func(w, o string) { touch(t, o+"/x"); symlink(t, o+"/x", w+"/report.json") }, status: 2},
		"a link to nothing":    {path: "report.json", before: func(w, o string) { symlink(t, o+"/x", w+"/report.json") }, status: 2},
		"a link inside":        {path: "report.json", before: func(w, _ string) { touch(t, w+"/x"); symlink(t, "x", w+"/report.json") }, status: 2},
		"a folder by a link":   {path: "out/report.json", before: func(w, o string) { symlink(t, o, w+"/out") }, status: 2},
		"public":               {path: "report.json", event: "public", status: 2},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, newWorld())
			a := draft(b.World, "rocket", "critical", wednesday.AddDate(0, 0, -30))
			workspace, outside := t.TempDir(), t.TempDir()
			if tt.before != nil {
				tt.before(workspace, outside)
			}
			path := strings.NewReplacer("OUTSIDE", outside, "WORKSPACE", workspace).Replace(tt.path)
			change := map[string]string{"INPUT_REPORT-FILE": path, "GITHUB_WORKSPACE": workspace}
			if tt.event != "" {
				event := filepath.Join(t.TempDir(), "event.json")
				if err := os.WriteFile(event, []byte(`{"repository":{"visibility":"`+tt.event+`"}}`), 0o600); err != nil {
					t.Fatal(err)
				}
				change["GITHUB_EVENT_PATH"], change["INPUT_LEDGER-KEY"] = event, strings.Repeat("k", 32)
			}
			r := b.must(tt.status, change)
			if tt.status != 0 {
				if said := strings.Join(r.complaints(), "\n"); !strings.Contains(said, "input report-file") || len(r.slack)+len(r.mails) > 0 {
					t.Errorf("it says %q, and sends %d messages", said, len(r.slack)+len(r.mails))
				}
				if left, _ := filepath.Glob(outside + "/report*"); len(left) > 0 {
					t.Errorf("%v was written", left)
				}
				return
			}
			text, err := os.ReadFile(filepath.Join(workspace, strings.TrimPrefix(path, workspace)))
			if err != nil {
				t.Fatal(err)
			}
			var f notify.File
			if err := json.Unmarshal(text, &f); err != nil || f.Version != 1 || f.Organization != "acme" || f.Open["critical"] != 1 || !strings.Contains(string(text), `"text": "`+a.ID+`"`) {
				t.Errorf("%v\n%s", err, text)
			}
		})
	}
}

func touch(t *testing.T, path string) {
	t.Helper()
	if err := os.WriteFile(path, []byte("before"), 0o600); err != nil {
		t.Fatal(err)
	}
}

func folder(t *testing.T, path string) {
	t.Helper()
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
}

func symlink(t *testing.T, to, path string) {
	t.Helper()
	if err := os.Symlink(to, path); err != nil {
		t.Skip("no links here")
	}
}

// A private report that has waited for too long is news on that day, and said again
// in the first report of a week. That it can't be known stops nothing.
func TestWaitingForTriage(t *testing.T) {
	w := newWorld()
	report := draft(w, "rocket", "", wednesday)
	report.State, report.Reported, report.Author, report.Summary = "triage", true, "bob", "Secret title"
	b := newBench(t, w)
	b.inputs = map[string]string{"INPUT_CONFIG-TEXT": "timezone: America/New_York\non-duty: {rotation: [user:dora], since: 2026-11-02, every: 1w}\ncontacts: {'user:dora': {slack: U0000DORA}}"}
	at := func(day, hour int) { b.now = time.Date(2026, 11, day, hour, 17, 0, 0, time.UTC) }
	const kind = "Waiting for triage"
	b.must(0, nil) // Wednesday 18: the first report
	for _, tt := range []struct {
		day, hour    int
		said, called bool
	}{
		{19, 7, false, false},
		{21, 6, false, false}, // three days less an hour
		{21, 7, true, true},
		{22, 12, false, false},
		{23, 7, true, false},  // Monday
		{24, 7, false, false}, // it can't be known
		{25, 7, false, false},
		{30, 7, true, false},
	} {
		at(tt.day, tt.hour)
		b.fault(func(r *http.Request) http.Handler {
			if tt.day == 24 && strings.Contains(r.URL.RawQuery, "state=triage") {
				return respond(502, "")
			}
			return nil
		})
		reports := b.must(0, nil).reports()
		if strings.Contains(reports, kind) != tt.said || strings.Contains(reports, report.ID) != tt.said || strings.Contains(reports, "@U0000DORA") != tt.called {
			t.Errorf("day %d, %d hours: %s", tt.day, tt.hour, reports)
		}
		if strings.Contains(reports, "Secret") {
			t.Errorf("the title is in the report:\n%s", reports)
		}
	}
	report.State = "closed"
	at(31, 7)
	b.must(0, nil)
	report.State = "triage"
	at(32, 7)
	if reports := b.must(0, nil).reports(); !strings.Contains(reports, kind) || !strings.Contains(reports, "@U0000DORA") {
		t.Errorf("that it waits again is no news:\n%s", reports)
	}
}

// The first report of a month has the numbers of the one before; the first report of
// all has none.
func TestNumbersOfAMonth(t *testing.T) {
	w := newWorld()
	draft(w, "rocket", "critical", time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC))
	for _, day := range []int{1, 11, 21} {
		draft(w, "wheel", "high", time.Date(2026, 10, day, 0, 0, 0, 0, time.UTC))
	}
	b := newBench(t, w)
	if r := b.must(0, nil); strings.Contains(r.summary, "2026:** ") {
		t.Errorf("the first report has numbers:\n%s", r.summary)
	}
	b.World.Lock()
	for _, a := range w.Advisories[1:3] {
		a.State, a.Published = "published", b.now
	}
	b.World.Unlock()
	b.now = time.Date(2026, 11, 20, 7, 17, 0, 0, time.UTC)
	b.must(0, nil)
	b.now = time.Date(2026, 12, 1, 7, 17, 0, 0, time.UTC)
	const numbers = "**November 2026:** 1 opened, 2 resolved; resolved after 40 days (medians)"
	if r := b.must(0, nil); !strings.Contains(r.summary, numbers) {
		t.Errorf("the report lacks %q:\n%s", numbers, r.summary)
	}
	b.now = b.now.AddDate(0, 0, 7)
	if r := b.must(0, nil); strings.Contains(r.summary, "2026:** ") {
		t.Errorf("they are said again:\n%s", r.summary)
	}
}

// Who is in the rotation and no member of the organization stands under what needs a
// human; where nobody can be known to be one, nobody does.
func TestOnDutyAndLeft(t *testing.T) {
	w := newWorld()
	draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -30))
	w.Users = append(w.Users, &sandbox.User{Login: "gone"})
	b := newBench(t, w)
	b.inputs = map[string]string{"INPUT_CONFIG-TEXT": "on-duty: {rotation: [user:dora, user:Gone, user:nobody-at-all], since: 2026-11-02, every: 1w}"}
	got := section(b.must(0, nil).summary, "On duty, and not a member")
	if !strings.Contains(got, "<code>Gone</code>") || !strings.Contains(got, "nobody-at-all") || strings.Contains(got, "dora") {
		t.Errorf("it says %q", got)
	}
}

// A draft without a fork of which nobody is reminded who administers the repository
// needs one. That is new when it is first known, and not each time somebody is
// reminded; with a fork, or an administrator, it does not.
func TestNeedsAnAdministrator(t *testing.T) {
	w := newWorld()
	a := draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -30))
	b := newBench(t, w)
	b.inputs = map[string]string{"INPUT_CONFIG-TEXT": "on-duty: {rotation: [user:dora], since: 2026-11-02, every: 1w}\ncontacts: {'user:dora': {slack: U0000DORA}}"}
	role := func(name string) {
		b.World.Lock()
		defer b.World.Unlock()
		for _, r := range w.Repositories {
			if r.Name == "rocket" {
				r.Roles = map[string]string{"team:rocketeers": name}
			}
		}
	}
	const kind = "Needs an administrator"
	for _, tt := range []struct {
		day  int
		role string
		said bool
	}{
		{18, "write", true},
		{19, "write", false},
		{23, "write", true}, // Monday: reminded again, and without an answer now
		{30, "write", true},
		{37, "admin", false},
		{44, "write", true},
	} {
		role(tt.role)
		b.now = time.Date(2026, 11, tt.day, 7, 17, 0, 0, time.UTC)
		r := b.must(0, nil)
		reports := r.reports()
		if got := strings.Contains(reports, kind); got != tt.said || got && !strings.Contains(section(r.summary, kind), a.ID) {
			t.Errorf("day %d: said %v, want %v:\n%s", tt.day, got, tt.said, reports)
		}
		if called := strings.Contains(reports, "@U0000DORA"); called != (tt.day == 18 || tt.day == 23 || tt.day == 44) {
			t.Errorf("day %d: somebody is called: %v:\n%s", tt.day, called, reports)
		}
	}
}

// A planned release is merged by an administrator: if none is among those reminded,
// that is said once, whatever was said of the fork before.
func TestAReleaseNeedsAnAdministrator(t *testing.T) {
	f := newForum(t, func(w *sandbox.World, a *sandbox.Advisory) {
		a.PrivateFork = "acme/wheel-" + strings.ToLower(a.ID)
		w.Repositories = append(w.Repositories, &sandbox.Repository{Owner: "acme", Name: "wheel-" + strings.ToLower(a.ID), Visibility: "private"})
	})
	f.now = time.Date(2026, 11, 30, 7, 17, 0, 0, time.UTC)
	f.say("cleo", "/remind release 2027-02-02 15:00")
	f.next(time.Hour, nil)
	const kind = "Needs an administrator"
	for _, tt := range []struct {
		day  time.Time
		said bool
	}{
		{time.Date(2026, 12, 7, 7, 17, 0, 0, time.UTC), true},
		{time.Date(2026, 12, 8, 7, 17, 0, 0, time.UTC), false},
	} {
		f.now = tt.day
		r := f.run(nil)
		if text := r.section(kind); strings.Contains(text, "merge the private fork") != tt.said {
			t.Errorf("%v: want %v\n%s", tt.day, tt.said, r.summary)
		}
	}
}

// A note that quotes GitHub quotes no secret, as warnings don't.
func TestNotesQuoteNoSecret(t *testing.T) {
	b := newBench(t, newWorld())
	b.fault(func(r *http.Request) http.Handler {
		if r.URL.Query().Get("state") != "triage" {
			return nil
		}
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprintf(w, `{"message":"no right for %s"}`, sandbox.FullToken)
		})
	})
	r := b.must(0, nil)
	if !strings.Contains(r.summary, "What waits for triage is not known") || strings.Contains(r.summary+r.reports(), sandbox.FullToken) {
		t.Errorf("the report says\n%s", r.summary)
	}
}

// Where it can't be known for one run who owns a repository, or who is a member, what
// needs a human is no news when it is known again.
func TestWhatCannotBeKnownIsNoNewsAgain(t *testing.T) {
	w := newWorld()
	draft(w, "wheel", "critical", wednesday.AddDate(0, 0, -30))
	b := newBench(t, w)
	b.inputs = map[string]string{"INPUT_CONFIG-TEXT": "on-duty: {rotation: [user:dora, user:gone], since: 2026-11-02, every: 1w}\ncontacts: {'user:dora': {slack: U0000DORA}}"}
	kinds := []string{"Needs an administrator", "No answer on the draft", "not a member"}
	b.must(0, nil)
	b.now = time.Date(2026, 11, 23, 7, 17, 0, 0, time.UTC) // Monday: the second reminder
	reports := b.must(0, nil).reports()
	for _, kind := range kinds {
		if !strings.Contains(reports, kind) {
			t.Errorf("the report does not say %q:\n%s", kind, reports)
		}
	}
	b.later(1)
	b.fault(func(r *http.Request) http.Handler {
		if strings.HasSuffix(r.URL.Path, "/graphql") && !strings.Contains(body(r), "createCommitOnBranch") {
			return respond(502, "")
		}
		return nil
	})
	b.must(1, nil)
	b.fault(nil)
	b.later(1)
	if reports := b.must(0, nil).reports(); reports != "" {
		t.Errorf("the run after that says\n%s", reports)
	}
}
