package action_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openedx/advisory-reminders/internal/sandbox"
)

const (
	notWhole = "list is not whole"        // the section of the report
	leftOut  = "GitHub's list leaves out" // the log and the check
)

// lower makes the organization's list of the run's token hold the drafts of these
// repositories alone.
func (b *bench) lower(token string, repos ...string) {
	b.World.Lock()
	defer b.World.Unlock()
	b.World.Tokens[token].Listed = append([]string{}, repos...)
}

// restore undoes lower.
func (b *bench) restore(token string) {
	b.World.Lock()
	defer b.World.Unlock()
	b.World.Tokens[token].Listed = nil
}

// isFirst reports whether a report begins with the section that names these drafts:
// they come in it before any other section.
func isFirst(report string, ids ...string) bool {
	before, rest, ok := strings.Cut(report, notWhole)
	if !ok {
		return false
	}
	for _, section := range []string{"Needs an owner", "Needs a score", "Could not deliver", "No answer on the draft", "Warnings", "Told for the first time", "Digests sent", "Longest open"} {
		if strings.Contains(before, section) {
			return false
		}
		rest, _, _ = strings.Cut(rest, section)
	}
	for _, id := range ids {
		if !strings.Contains(rest, id) {
			return false
		}
	}
	return true
}

// A token's right is lowered, and GitHub leaves drafts out of its list without an
// error. Every run fails as long as that lasts, the report says so on the first day
// and with each heartbeat, and what is left out is reminded of.
func TestAListIsNotBelievedBlindly(t *testing.T) {
	const app = "app"
	may := func(level string) map[string]string {
		return map[string]string{"repository_advisories": level, "contents": "read", "members": "read"}
	}
	for name, tt := range map[string]struct {
		lower, restore func(b *bench)
		lacks          int // of the two drafts
	}{
		"an empty list": {func(b *bench) { b.lower(app) }, func(b *bench) { b.restore(app) }, 2},
		"a short list":  {func(b *bench) { b.lower(app, "acme/orphan") }, func(b *bench) { b.restore(app) }, 1},
		"an app's permission, from write to read": {
			func(b *bench) { b.World.Tokens[app] = b.World.Installation("acme", nil, may("read")) },
			func(b *bench) { b.World.Tokens[app] = b.World.Installation("acme", nil, may("write")) }, 2},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			w.Tokens[app] = w.Installation("acme", nil, may("write"))
			critical := draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -30))
			high := draft(w, "orphan", "high", wednesday.AddDate(0, -2, 0))
			b := newBench(t, w)
			b.inputs = map[string]string{"INPUT_TOKEN": app, "INPUT_CONFIG-TEXT": "contacts: {'group:rocketeers': {email: crew@example.org}}"}
			if r := b.must(0, nil); !slices.Equal(r.to(), []string{"crew@example.org"}) || strings.Contains(r.reports(), notWhole) {
				t.Fatalf("the first run: mails to %v, and the report\n%s", r.to(), r.reports())
			}
			lacks := []string{critical.ID, high.ID}[:tt.lacks]

			tt.lower(b)
			b.now = wednesday.AddDate(0, 0, 1) // Thursday: nothing is due
			r := b.must(1, nil)
			if len(r.mails) != 0 || !isFirst(r.reports(), lacks...) || strings.Contains(r.reports(), notWhole) && !strings.Contains(r.reports(), "1 thing needs you") {
				t.Errorf("the day on which it is found: %d mails, and the report\n%s", len(r.mails), r.reports())
			}
			for _, id := range lacks {
				if !strings.Contains(r.stdout, leftOut) || !strings.Contains(r.stdout, id) || !strings.Contains(r.summary, id) {
					t.Errorf("the log or the summary does not name %s:\n%s\n%s", id, r.stdout, r.summary)
				}
			}
			if open := r.outputs["open-drafts"]; open != "2" {
				t.Errorf("%s drafts are open, want 2", open)
			}
			if c := row(b.must(1, nil, "check").stdout, "FAIL", "drafts"); !strings.Contains(c, leftOut) || !strings.Contains(c, lacks[0]) || !strings.Contains(c, "give the token its right back") {
				t.Errorf("the check says %q", c)
			}
			if r := b.must(1, map[string]string{"INPUT_DRY-RUN": "true"}); !strings.Contains(r.stdout, notWhole) {
				t.Errorf("the dry run shows\n%s", r.stdout)
			}

			b.now = wednesday.AddDate(0, 0, 2) // Friday: it lasts
			if r := b.must(1, nil); len(r.mails)+len(r.slack) != 0 || !strings.Contains(r.stdout, leftOut) {
				t.Errorf("the day after: %d mails, the report %q, and the log\n%s", len(r.mails), r.reports(), r.stdout)
			}

			for week := 1; week <= 2; week++ {
				b.now = time.Date(2026, 11, 16+7*week, 7, 17, 0, 0, time.UTC) // Monday: heartbeat
				r := b.must(1, nil)
				if !slices.Equal(r.to(), []string{"crew@example.org"}) || !strings.Contains(r.mails[0].Text, critical.ID) {
					t.Errorf("week %d: mails to %v", week, r.to())
				}
				if !isFirst(r.reports(), lacks...) {
					t.Errorf("the heartbeat of week %d is\n%s", week, r.reports())
				}
			}

			tt.restore(b)
			b.now = b.now.AddDate(0, 0, 1)
			if r := b.must(0, nil); strings.Contains(r.reports()+r.stdout, leftOut) {
				t.Errorf("the list is whole again:\n%s\n%s", r.reports(), r.stdout)
			}
			if c := row(b.must(0, nil, "check").stdout, "OK", "drafts"); !strings.Contains(c, "sees 2 drafts") {
				t.Errorf("the check of a whole list says %q", c)
			}
			tt.lower(b)
			b.now = b.now.AddDate(0, 0, 1)
			if r := b.must(1, nil); !isFirst(r.reports(), lacks...) {
				t.Errorf("it is lowered again, and the report says %q", r.reports())
			}
		})
	}
}

// A quiet week: nothing is due, and the heartbeat says it all the same. A report
// that did not get through has said nothing.
func TestAShortListIsSaidUntilItIsHeard(t *testing.T) {
	w := newWorld()
	low := draft(w, "rocket", "low", wednesday.AddDate(-1, 0, 0))
	b := newBench(t, w)
	b.must(0, nil)
	b.lower(sandbox.FullToken)
	b.Slack.Break(func(method string, _ *http.Request) http.Handler {
		if method == "chat.postMessage" {
			return respond(200, `{"ok":false,"error":"channel_is_archived"}`, "Content-Type", "application/json")
		}
		return nil
	})
	b.now = wednesday.AddDate(0, 0, 1)
	b.must(1, nil)
	b.Slack.Break(nil)
	b.now = wednesday.AddDate(0, 0, 2)
	if r := b.must(1, nil); !isFirst(r.reports(), low.ID) {
		t.Errorf("the first report did not get through, and the second one is %q", r.reports())
	}
	b.now = time.Date(2026, 11, 23, 7, 17, 0, 0, time.UTC)
	if r := b.must(1, nil); len(r.mails) != 0 || !isFirst(r.reports(), low.ID) {
		t.Errorf("%d mails, and the heartbeat %q", len(r.mails), r.reports())
	}
	b.now = time.Date(2026, 11, 24, 7, 17, 0, 0, time.UTC)
	if r := b.must(1, nil); len(r.slack) != 0 {
		t.Errorf("the day after the heartbeat the report is %q", r.reports())
	}
}

// A report without news that does not get through is no report that there was not.
func TestAHeartbeatThatDoesNotGetThrough(t *testing.T) {
	w := newWorld()
	draft(w, "rocket", "low", wednesday.AddDate(-1, 0, 0))
	b := newBench(t, w)
	b.must(0, nil)
	b.now = time.Date(2026, 11, 23, 7, 17, 0, 0, time.UTC)
	b.Slack.Break(func(method string, _ *http.Request) http.Handler {
		if method == "chat.postMessage" {
			return respond(200, `{"ok":false,"error":"channel_is_archived"}`, "Content-Type", "application/json")
		}
		return nil
	})
	if r := b.must(1, nil); !strings.Contains(r.stdout, "\nThe report did not go out.\n") {
		t.Errorf("the log is\n%s", r.stdout)
	}
}

// In a public repository the log says no more than the step.
func TestAShortListInPublic(t *testing.T) {
	w := newWorld()
	w.Repositories[0].Visibility = "public"
	a := draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -30))
	b := newBench(t, w)
	b.inputs = map[string]string{"INPUT_LEDGER-KEY": ageKey(t)}
	b.must(0, nil)
	b.lower(sandbox.FullToken)
	b.now = wednesday.AddDate(0, 0, 1)
	r := b.must(1, nil)
	if !isFirst(r.reports(), a.ID) {
		t.Errorf("the report is %q", r.reports())
	}
	if log := r.stdout + r.stderr; !strings.Contains(log, "list the advisories") || strings.Contains(log, leftOut) || strings.Contains(log, "rocket") || strings.Contains(log, a.ID) {
		t.Errorf("the log is\n%s", log)
	}
}

// What happens while a run looks proves nothing against the list, and neither does
// a draft that it never held.
func TestWhatProvesAListNotToBeWhole(t *testing.T) {
	const list, other = "/orgs/acme/security-advisories", "/repos/acme/wheel/security-advisories"
	respondTo := func(path string, times func(n int) http.Handler) func(*bench) {
		return func(b *bench) {
			n := 0
			b.fault(func(r *http.Request) http.Handler {
				if r.URL.Path != path || r.URL.Query().Get("state") != "draft" {
					return nil
				}
				n++
				return times(n)
			})
		}
	}
	empty := respond(200, "[]")
	always := func(int) http.Handler { return empty }
	once := func(n int) http.Handler {
		if n == 1 {
			return empty
		}
		return nil
	}
	byName := func(b *bench) string {
		return "/repos/acme/rocket/security-advisories/" + b.World.Advisories[0].ID
	}
	// publish publishes the draft at a request for its name or for the list, and
	// has the list leave it out from the start.
	publish := func(path func(*bench) string, at int) func(*bench) {
		return func(b *bench) {
			n := 0
			b.fault(func(r *http.Request) http.Handler {
				a := b.World.Advisories[0]
				if r.URL.Path == path(b) {
					if n++; n == at {
						a.State, a.Published = "published", b.now
					}
				}
				if r.URL.Path == list {
					return empty
				}
				return nil
			})
		}
	}
	theList := func(*bench) string { return list }
	move := func(to string) func(*bench) {
		return func(b *bench) {
			b.World.Lock()
			defer b.World.Unlock()
			b.World.Organizations = append(b.World.Organizations, &sandbox.Organization{Login: "other", Members: []string{"dora"}})
			b.World.Rename("acme/rocket", to)
			b.World.Advisories[0].Repository = to
		}
	}
	single := func(repos string) map[string]string { return map[string]string{"INPUT_REPOSITORIES": repos} }
	for _, tt := range []struct {
		name   string
		first  map[string]string // inputs of the first run
		inputs map[string]string
		do     func(*bench)
		status int
		proof  bool
		mails  int // to rocket's two owners, in the week after
		report string
	}{
		{name: "it is left out, twice", do: respondTo(list, always), status: 1, proof: true, mails: 2},
		{name: "it is listed at the second time", do: respondTo(list, once), mails: 2},
		{name: "it was published before it is asked for by name", do: publish(byName, 1), report: "Resolved"},
		{name: "it is published after that, before the list is asked for again", do: publish(theList, 2), report: "Resolved"},
		{name: "it is published after that", do: publish(byName, 2), report: "Resolved"},
		{name: "it is published after the proof", do: publish(byName, 3), status: 1, proof: true, mails: 2},
		{name: "the list can't be read at the second time", do: respondTo(list, func(n int) http.Handler {
			if n == 1 {
				return empty
			}
			return respond(502, "")
		}), status: 1, mails: 2, report: "502"},
		{name: "the list is none at the second time", do: respondTo(list, func(n int) http.Handler {
			if n == 1 {
				return empty
			}
			return respond(200, "null")
		}), status: 1, mails: 2, report: "not the list"},
		{name: "it can't be read by name at the second time", do: func(b *bench) {
			n := 0
			b.fault(func(r *http.Request) http.Handler {
				if r.URL.Path == list {
					return empty
				}
				if r.URL.Path != byName(b) {
					return nil
				}
				if n++; n == 1 {
					return nil
				}
				return respond(404, `{"message":"Not Found"}`)
			})
		}, status: 1, report: "lost its right"},
		{name: "its repository moved to another organization", do: move("other/rocket"), report: "Needs an owner"},
		{name: "its repository was renamed, and the list leaves it out", do: func(b *bench) {
			move("acme/starship")(b)
			respondTo(list, always)(b)
		}, status: 1, proof: true, mails: 2},
		{name: "its repository is named as a temporary fork now", do: move("acme/rocket-ghsa-2222-3333-4444"), mails: 2},
		{name: "other severities are meant", inputs: map[string]string{"INPUT_SEVERITIES": "low"}, do: respondTo(list, always), status: 1, proof: true},
		{name: "other repositories are meant", inputs: single("acme/wheel"), do: respondTo(other, always)},
		{name: "it is to be forgotten", inputs: map[string]string{"INPUT_CONFIG-TEXT": "forget: [GHSA-rock-2222-0000]"}, do: respondTo(list, always)},
		{name: "a single repository leaves it out, twice", first: single("acme/wheel acme/rocket"), inputs: single("acme/wheel acme/rocket"),
			do: respondTo("/repos/acme/rocket/security-advisories", always), status: 1, proof: true, mails: 2},
		{name: "a single repository lists it at the second time", first: single("acme/wheel acme/rocket"), inputs: single("acme/wheel acme/rocket"),
			do: respondTo("/repos/acme/rocket/security-advisories", once), mails: 2},
		{name: "a single repository can't be listed at the second time", first: single("acme/wheel acme/rocket"), inputs: single("acme/wheel acme/rocket"),
			do: respondTo("/repos/acme/rocket/security-advisories", func(n int) http.Handler {
				if n == 1 {
					return empty
				}
				return respond(403, "")
			}), status: 1, mails: 2, report: "403"},
		{name: "the organization listed it, a single repository does not", inputs: single("acme/rocket"),
			do: respondTo("/repos/acme/rocket/security-advisories", always), status: 1, proof: true, mails: 2},
		{name: "a single repository listed it, the organization does not", first: single("acme/rocket"), do: respondTo(list, always), status: 1, proof: true, mails: 2},
		{name: "its single repository was renamed", first: single("acme/rocket"), inputs: single("acme/rocket"), do: move("acme/starship"), mails: 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld()
			a := draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -30))
			b := newBench(t, w)
			b.must(0, tt.first)
			tt.do(b)
			b.now = b.now.AddDate(0, 0, 7)
			r := b.must(tt.status, tt.inputs)
			if proof := strings.Contains(r.reports(), notWhole); proof != tt.proof || proof != strings.Contains(r.stdout, leftOut) || proof && !strings.Contains(r.reports(), a.ID) {
				t.Errorf("the list is proved not to be whole: %v, want %v; the report\n%s\nand the log\n%s", proof, tt.proof, r.reports(), r.stdout)
			}
			if len(r.mails) != tt.mails {
				t.Errorf("%d mails, want %d", len(r.mails), tt.mails)
			}
			if !strings.Contains(r.reports(), tt.report) {
				t.Errorf("the report lacks %q:\n%s", tt.report, r.reports())
			}
		})
	}
}

// Of a single repository's former name another one may have been made: its list
// never held the draft.
func TestAFormerNameOfAnotherRepository(t *testing.T) {
	w := newWorld()
	draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -30))
	b := newBench(t, w)
	one := map[string]string{"INPUT_REPOSITORIES": "acme/rocket"}
	b.must(0, one)
	w.Lock()
	w.Rename("acme/rocket", "acme/starship")
	w.Advisories[0].Repository = "acme/starship"
	w.Unlock()
	b.now = b.now.AddDate(0, 0, 7)
	b.must(0, one) // by the former name, which leads to the present one
	w.Lock()
	w.Repositories = append(w.Repositories, &sandbox.Repository{Owner: "acme", Name: "rocket"})
	w.Unlock()
	b.now = b.now.AddDate(0, 0, 7)
	if r := b.must(0, one); len(r.mails) != 2 || strings.Contains(r.reports()+r.stdout, leftOut) {
		t.Errorf("%d mails, and the report\n%s", len(r.mails), r.reports())
	}
}

// A new draft that only the second list holds is as good as any.
func TestTheSecondListIsRead(t *testing.T) {
	w := newWorld()
	draft(w, "rocket", "low", wednesday.AddDate(0, 0, -1))
	b := newBench(t, w)
	b.must(0, nil)
	critical := draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -30))
	n := 0
	b.fault(func(r *http.Request) http.Handler {
		if r.URL.Path != "/orgs/acme/security-advisories" || r.URL.Query().Get("state") != "draft" {
			return nil
		}
		if n++; n > 1 {
			return nil
		}
		return respond(200, "[]")
	})
	if r := b.must(0, nil); len(r.mails) != 2 || !strings.Contains(r.mails[0].Text, critical.ID) {
		t.Errorf("%d mails about the new draft, want 2", len(r.mails))
	}
}

// Many drafts that are left out are counted, and the most severe of them named.
func TestManyLeftOut(t *testing.T) {
	for _, n := range []int{1, 10, 11} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			w := newWorld()
			for i := range n {
				draft(w, "rocket", "low", wednesday.AddDate(0, 0, -1-i))
			}
			w.Advisories[n-1].Severity = "critical"
			b := newBench(t, w)
			b.must(0, nil)
			b.lower(sandbox.FullToken)
			b.now = b.now.AddDate(0, 0, 1)
			r := b.must(1, nil)
			_, section, _ := strings.Cut(r.summary, notWhole)
			section, _, _ = strings.Cut(section, "\n### ")
			if named := ids(section); len(named) != min(n, 10) || named[0] != w.Advisories[n-1].ID || strings.Contains(section, "11 drafts") != (n == 11) {
				t.Errorf("%d are named, the first of them %s:\n%s", len(named), named[0], section)
			}
			if strings.Contains(r.stdout, " and 1 more)") != (n == 11) {
				t.Errorf("the log:\n%s", r.stdout)
			}
		})
	}
}
