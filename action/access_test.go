package action_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openedx/advisory-reminders/internal/sandbox"
)

// openWorld has a draft of rocket, whose team owns it and may push, and nobody can
// open it.
func openWorld(role string) (*sandbox.World, *sandbox.Advisory) {
	w := newWorld()
	w.Repository("acme/rocket").Roles = map[string]string{"team:rocketeers": role}
	return w, draft(w, "rocket", "critical", wednesday.AddDate(0, -1, 0))
}

// accesses returns the bodies of the requests that change who collaborates.
type accesses []map[string][]string

func (b *bench) patches(answer func(n int, next http.Handler) http.Handler) *accesses {
	list := new(accesses)
	b.fault(func(r *http.Request) http.Handler {
		if r.Method != http.MethodPatch || !strings.Contains(r.URL.Path, "/security-advisories/") {
			return nil
		}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			text, _ := io.ReadAll(r.Body)
			var body map[string][]string
			_ = json.Unmarshal(text, &body)
			*list = append(*list, body)
			r.Body = io.NopCloser(strings.NewReader(string(text)))
			next := b.GitHub.Healthy()
			if answer != nil {
				next = answer(len(*list), next)
			}
			next.ServeHTTP(w, r)
		})
	})
	return list
}

// on returns who collaborates on a draft.
func (b *bench) on(a *sandbox.Advisory) string {
	b.World.Lock()
	defer b.World.Unlock()
	return strings.Join(append(slices.Clone(a.CollaboratingUsers), a.CollaboratingTeams...), " ")
}

func (b *bench) later(days int) { b.now = b.now.AddDate(0, 0, days) }

// Who owns a repository by a file in it is announced on one day and given access on
// the next; whom the configuration names, at once.
func TestAccess(t *testing.T) {
	for name, tt := range map[string]struct {
		config string
		role   string
		files  map[string]string
		first  string // who collaborates after the first run
		second string // after one of the same day
		next   string // after that of the next
		report string // in the first one
		last   string // in the last one
	}{
		"none":                        {config: "access: none", role: "write"},
		"configured, and a file":      {config: "access: configured", role: "write"},
		"owners":                      {config: "access: owners", role: "write", next: "rocketeers", report: "Will be given access", last: "Given access"},
		"owners who may triage":       {config: "access: owners", role: "triage", report: "no right to write"},
		"owners who may maintain":     {config: "access: owners", role: "maintain", next: "rocketeers", report: "Will be given access", last: "Given access"},
		"a person":                    {config: "access: owners", role: "write", files: catalog("user:bob"), next: "bob", report: "Will be given access", last: "Given access"},
		"a friend's team":             {config: "access: owners", role: "write", files: catalog("group:friends"), report: "no right to write"},
		"a team of the configuration": {config: "access: configured\nowners: {acme/rocket: [group:rocketeers]}", first: "rocketeers", second: "rocketeers", next: "rocketeers", report: "Given access"},
		"a person whom it names":      {config: "access: configured\nowners: {acme/rocket: [user:cleo]}", first: "cleo", second: "cleo", next: "cleo", report: "Given access"},
		"owners, and it names a team": {config: "access: owners\nowners: {acme/rocket: [group:rocketeers]}", first: "rocketeers", second: "rocketeers", next: "rocketeers", report: "Given access"},
		"the same person, by a file":  {config: "access: owners\nmax-owner: 1", role: "write", report: "too many people"},
		"a team with a contact":       {config: "access: owners\nmax-owner: 1\ncontacts: {group:rocketeers: {email: rocketeers@example.org}}", role: "write", report: "more people than max-owner"},
		"one that is small enough":    {config: "access: owners\nmax-owner: 2\ncontacts: {group:rocketeers: {email: rocketeers@example.org}}", role: "write", next: "rocketeers", report: "Will be given access", last: "Given access"},
	} {
		t.Run(name, func(t *testing.T) {
			w, a := openWorld(tt.role)
			w.Organizations[0].Teams = append(w.Organizations[0].Teams, &sandbox.Team{Slug: "friends", Name: "Friends", Members: []string{"cleo"}})
			if tt.files != nil {
				w.Repository("acme/rocket").Files = tt.files
				w.Repository("acme/rocket").Roles["bob"] = "write"
			}
			b := newBench(t, w)
			b.inputs = map[string]string{"INPUT_CONFIG-TEXT": tt.config}
			patches := b.patches(nil)
			r := b.must(0, nil)
			if got := b.on(a); got != tt.first || !strings.Contains(r.reports(), tt.report) {
				t.Errorf("after the first run %q can open it, want %q; it says\n%s\nwant %q", got, tt.first, r.reports(), tt.report)
			}
			b.now = b.now.Add(time.Hour)
			if r = b.must(0, nil); b.on(a) != tt.second || r.reports() != "" {
				t.Errorf("after another on the same day %q can open it, want %q; it says %s", b.on(a), tt.second, r.reports())
			}
			b.later(1)
			r = b.must(0, nil)
			if got := b.on(a); got != tt.next || tt.last != "" && !strings.Contains(r.reports(), tt.last) || tt.last == "" && r.reports() != "" {
				t.Errorf("after the next day %q can open it, want %q; it says\n%s\nwant %q", got, tt.next, r.reports(), tt.last)
			}
			b.later(1)
			if r = b.must(0, nil); r.reports() != "" {
				t.Errorf("the day after that it says\n%s", r.reports())
			}
			if want := min(1, len(tt.next)); len(*patches) != want {
				t.Errorf("%d changes of who collaborates, want %d", len(*patches), want)
			}
		})
	}
}

var _ = httptest.NewRecorder
