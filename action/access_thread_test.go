package action_test

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openedx/advisory-reminders/internal/sandbox"
)

// silentWorld is openWorld in which nobody has an address, as it is for most
// maintainers.
func silentWorld(role string) (*sandbox.World, *sandbox.Advisory) {
	w, a := openWorld(role)
	for _, u := range w.Users {
		u.Email = ""
	}
	return w, a
}

var mention = regexp.MustCompile(`@[A-Za-z]+`)

// called returns who is called by the comments on a draft, one comment after the
// other.
func (b *bench) called(a *sandbox.Advisory) string {
	b.World.Lock()
	defer b.World.Unlock()
	var list []string
	for _, c := range a.Comments {
		var names []string
		for _, name := range mention.FindAllString(c.Body, -1) {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
		slices.Sort(names)
		list = append(list, strings.Join(names, " "))
	}
	return strings.Join(list, ", ")
}

// Where nobody has an address: on one day the report says to whom drafts will be
// opened, on the next they are, and a comment reminds. Nothing is lost and nobody
// fails meanwhile.
func TestAccessThenComments(t *testing.T) {
	const channels = "channels: [email, slack, thread]\n"
	for name, tt := range map[string]struct {
		config string
		role   string
		before func(*sandbox.World, *sandbox.Advisory)
		answer answer
		first  string // who is called by the first run
		next   string // after that of the next day
		says   string // in the first report
		not    string // and what it does not
		last   string // in that of the next day
		status int    // of the first run
		later  int    // of that of the next day
	}{
		"owners":                       {config: "access: owners", role: "write", next: "@Ann @bob", says: "Will be given access", not: "Needs an owner", last: "Given access"},
		"configured":                   {config: "access: configured\nowners: {acme/rocket: [group:rocketeers]}", first: "@Ann @bob", next: "@Ann @bob", says: "Given access", not: "Needs an owner"},
		"none":                         {config: "access: none", role: "write", says: "Needs an owner", not: "Given access"},
		"no right":                     {config: "access: owners", role: "triage", says: "Needs an owner", not: "Will be"},
		"one can open it, access none": {config: "access: none", before: func(_ *sandbox.World, a *sandbox.Advisory) { a.CollaboratingUsers = []string{"Ann"} }, first: "@Ann", next: "@Ann", not: "Needs an owner"},
		"one can open it already": {config: "access: owners", role: "write", before: func(_ *sandbox.World, a *sandbox.Advisory) { a.CollaboratingUsers = []string{"Ann"} },
			first: "@Ann", next: "@Ann, @bob", says: "Will be given access", not: "Needs an owner", last: "Given access"},
		"refused": {config: "access: configured\nowners: {acme/rocket: [group:rocketeers]}", answer: func(*bench, int, http.Handler) http.Handler { return respond(403, "{}") },
			says: "does not let the token give access", not: "Needs an owner", last: "Needs an owner"},
		"not now": {config: "access: configured\nowners: {acme/rocket: [group:rocketeers]}", answer: func(_ *bench, n int, next http.Handler) http.Handler {
			if n == 1 {
				return respond(502, "{}")
			}
			return next
		}, status: 1, next: "@Ann @bob", says: "could not be given access", not: "Needs an owner", last: "Given access"},
		"refused for one, and the other can open it": {config: "access: configured\nowners: {acme/rocket: [group:rocketeers]}", before: func(_ *sandbox.World, a *sandbox.Advisory) { a.CollaboratingUsers = []string{"bob"} },
			answer: func(*bench, int, http.Handler) http.Handler { return respond(422, "{}") }, first: "@bob", next: "@bob", says: "does not take these as collaborators", not: "Needs an owner"},
		"removed by hand": {config: "access: configured\nowners: {acme/rocket: [user:bob, user:cleo]}", answer: func(b *bench, _ int, next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				next.ServeHTTP(w, r)
				b.World.Lock()
				defer b.World.Unlock()
				b.World.Advisories[0].CollaboratingUsers = []string{"cleo"}
			})
		}, first: "@cleo", next: "@cleo", says: "still do not collaborate", not: "Needs an owner"},
	} {
		t.Run(name, func(t *testing.T) {
			w, a := silentWorld(tt.role)
			if tt.before != nil {
				tt.before(w, a)
			}
			b := newBench(t, w)
			b.inputs = map[string]string{"INPUT_CONFIG-TEXT": channels + tt.config}
			patches := b.patches(tt.answer, nil)
			r := b.must(tt.status, nil)
			if got := b.called(a); got != tt.first || !strings.Contains(r.reports(), tt.says) || tt.not != "" && strings.Contains(r.reports(), tt.not) {
				t.Errorf("the first run calls %q, want %q; it says\n%s\nwant %q and not %q", got, tt.first, r.reports(), tt.says, tt.not)
			}
			b.now = b.now.Add(time.Hour)
			if tt.answer == nil {
				if r = b.must(0, nil); b.called(a) != tt.first || r.reports() != "" {
					t.Errorf("another run on the same day calls %q; it says\n%s", b.called(a), r.reports())
				}
			}
			b.later(1)
			r = b.must(tt.later, nil)
			if got := b.called(a); got != tt.next || !strings.Contains(r.reports(), tt.last) {
				t.Errorf("the next day calls %q, want %q; it says\n%s\nwant %q", got, tt.next, r.reports(), tt.last)
			}
			b.later(1)
			n := len(*patches)
			if r = b.must(0, nil); b.called(a) != tt.next || r.reports() != "" || len(*patches) > n {
				t.Errorf("the day after that calls %q; %d further changes; it says\n%s", b.called(a), len(*patches)-n, r.reports())
			}
		})
	}
}
