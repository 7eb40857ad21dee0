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

// Whatever the configuration names and there is not is named by the check, with the
// key, what was meant, and what to do.
func TestCheckOfNames(t *testing.T) {
	member := func(w *sandbox.World) {
		*w.Tokens[sandbox.FullToken] = sandbox.Token{Login: "cleo", Scopes: []string{"repo", "read:org"}, Drafts: true, Members: true, Emails: true, VerifiedEmails: true}
	}
	for _, tt := range []struct {
		name          string
		world         func(*sandbox.World)
		change        func(*bench)
		config        string
		finding, what string
		detail, do    string
		status        int
	}{
		{name: "everything is there", config: "owners: {acme/wheel: [user:cleo, group:rocketeers]}\ncontacts: {user:ann: {email: a@example.org}, group:rocketeers: {slack: C0SECURITY}, user:bob: {slack: U00000001}}\n" +
			"unmaintained: [group:Rocketeers]\nsnooze: [{advisory: GHSA-rock-2222-0000, until: 2027-01-01}]\nforget: [GHSA-whee-2222-0001]\non-duty: {rotation: [user:bob, user:dora], since: 2026-11-02, every: 1w}\n",
			finding: "OK", what: "names", detail: "everything that the configuration names exists"},
		{name: "contact of a login that is none", config: "contacts: {user:cloe: {email: c@example.org}}",
			finding: "FAIL", what: "names", detail: "contacts: GitHub has no user cloe, so nobody is reached by that contact", do: "did you mean cleo? Correct it under contacts", status: 1},
		{name: "contact of a login that is like none", config: "contacts: {user:somebody-else: {email: c@example.org}}",
			finding: "FAIL", what: "names", detail: "contacts: GitHub has no user somebody-else", do: "correct it under contacts in the configuration", status: 1},
		{name: "contact of a team that is none", config: "contacts: {group:rocketers: {email: c@example.org}}",
			finding: "FAIL", what: "names", detail: "contacts: there is no team rocketers", do: "did you mean rocketeers?", status: 1},
		{name: "contact of a team of an organization that is none", config: "contacts: {group:acne/rocketeers: {email: c@example.org}}",
			finding: "FAIL", what: "names", detail: "contacts: there is no team rocketeers", do: "correct it under contacts", status: 1},
		{name: "contact of a team that may be secret", world: member, config: "contacts: {group:rocketers: {email: c@example.org}}",
			finding: "UNKNOWN", what: "names", detail: "can't be known with this token: group:rocketers", do: "spelled right"},
		{name: "teams can't be asked for", world: func(w *sandbox.World) { w.Tokens[sandbox.FullToken].Members = false }, config: "contacts: {group:rocketers: {email: c@example.org}}",
			finding: "UNKNOWN", what: "names", detail: "can't be known with this token: group:rocketers", do: "spelled right", status: 1},
		{name: "owners of a repository that is none", config: "owners: {acme/whele: [user:cleo]}",
			finding: "FAIL", what: "names", detail: "owners: there is no repository acme/whele, so these owners count nowhere", do: "did you mean acme/wheel? Correct it under owners", status: 1},
		{name: "owners of a repository that may be hidden", world: member, config: "owners: {acme/whele: [user:cleo]}",
			finding: "UNKNOWN", what: "names", detail: "acme/whele", do: "spelled right"},
		{name: "owners of a repository of another organization", config: "owners: {acne/wheel: [user:cleo]}",
			finding: "WARN", what: "names", detail: "owners: acne/wheel is not of acme, so these owners count nowhere", do: "did you mean acme/wheel?"},
		{name: "owners of a repository that was renamed", world: func(w *sandbox.World) { w.Repository("acme/wheel").Former = []string{"acme/circle"} }, config: "owners: {acme/circle: [user:cleo]}",
			finding: "WARN", what: "names", detail: "owners: acme/circle is acme/wheel now", do: "write its present name"},
		{name: "an owner who is none", config: "owners: {acme/wheel: [user:cloe, user:cleo]}",
			finding: "FAIL", what: "names", detail: "owners of acme/wheel: GitHub has no user cloe", do: "did you mean cleo? Correct it under owners", status: 1},
		{name: "an owning team that is none", config: "owners: {acme/wheel: [group:rocketers, user:cleo]}",
			finding: "FAIL", what: "names", detail: "owners of acme/wheel: there is no team rocketers", do: "did you mean rocketeers?", status: 1},
		{name: "unmaintained team that is none", config: "unmaintained: [group:rocketer]",
			finding: "WARN", what: "names", detail: "unmaintained: there is no team rocketer", do: "did you mean rocketeers?"},
		{name: "duty of somebody who is none", config: "on-duty: {rotation: [user:bobb, user:dora], since: 2026-11-02, every: 1w}",
			finding: "WARN", what: "names", detail: "on-duty: GitHub has no user bobb, so nobody is on duty", do: "did you mean bob?"},
		{name: "duty of somebody who has left", world: func(w *sandbox.World) { w.Users = append(w.Users, &sandbox.User{Login: "gone"}) }, config: "on-duty: {rotation: [user:gone, user:dora], since: 2026-11-02, every: 1w}",
			finding: "WARN", what: "names", detail: "on-duty: gone is not a member of acme", do: "take them out of the rotation"},
		{name: "snooze of an advisory that is none", config: "snooze: [{advisory: GHSA-rock-2222-0009, until: 2027-01-01}]",
			finding: "WARN", what: "names", detail: "snooze: GHSA-rock-2222-0009 is neither a draft that the token sees nor an advisory that the ledger knows", do: "did you mean GHSA-rock-2222-0000? Correct it under snooze"},
		{name: "forget of an advisory that is none", config: "forget: [GHSA-zzzz-9999-zzzz]",
			finding: "WARN", what: "names", detail: "forget: GHSA-zzzz-9999-zzzz is neither", do: "correct it under forget"},
		{name: "snooze of an advisory that was published", change: func(b *bench) {
			b.World.Advisory("GHSA-whee-2222-0001").State = "published"
			b.now = b.now.Add(time.Hour)
			b.must(0, nil)
		}, config: "snooze: [{advisory: GHSA-whee-2222-0001, until: 2027-01-01}]",
			finding: "WARN", what: "names", detail: "snooze: GHSA-whee-2222-0001 is published, and no draft any more", do: "take it out"},

		{name: "Slack id that is none", config: "contacts: {user:bob: {slack: U0NOBODY0}}",
			finding: "FAIL", what: "Slack ids", detail: "contacts: user:bob with U0NOBODY0: there is no such member", do: "Copy member ID", status: 1},
		{name: "Slack id of somebody deactivated", config: "contacts: {user:bob: {slack: U0DELETED}}",
			finding: "FAIL", what: "Slack ids", detail: "contacts: user:bob with U0DELETED: that member is deactivated", do: "Copy member ID", status: 1},
		{name: "Slack id of a bot", config: "contacts: {user:bob: {slack: U0ROBOT00}}",
			finding: "FAIL", what: "Slack ids", detail: "that is a bot", do: "Copy member ID", status: 1},
		{name: "id of a channel that is none", config: "contacts: {group:rocketeers: {slack: C0NOWHERE}}",
			finding: "FAIL", what: "Slack ids", detail: "there is no such channel, or the app is not in it", do: "take it out", status: 1},
		{name: "id of a public channel", config: "contacts: {group:rocketeers: {slack: C0GENERAL0}}",
			finding: "FAIL", what: "Slack ids", detail: "that channel is public", do: "take it out", status: 1},
		{name: "Slack may not tell of members", config: "contacts: {user:bob: {slack: U0DELETED}}", change: func(b *bench) { b.Slack.AddToken(sandbox.SlackToken, "chat:write", "users:read.email", "groups:read") },
			finding: "UNKNOWN", what: "Slack ids", detail: "contacts: whether Slack knows the ids of user:bob can't be known", do: "give the app the scope users:read"},
		{name: "Slack ids where Slack is no channel", config: "channels: [email]\ncontacts: {user:bob: {slack: U0NOBODY0, email: b@example.org}}",
			finding: "OK", what: "names", detail: "everything"},
		{name: "a grace longer than its promise", config: "grace: {weekly: 6d}",
			finding: "WARN", what: "grace", detail: "weekly: of 6d: a first reminder can come later than the 8 days", do: "set grace.weekly in the configuration to 5d at most"},
		{name: "a longer grace of another cadence", config: "grace: {weekly: 5d, monthly: 32d}",
			finding: "WARN", what: "grace", detail: "monthly: of 32d: a first reminder can come later than the 34 days", do: "set grace.monthly in the configuration to 31d at most"},
		{name: "the longest grace of a cadence that nothing has", config: "cadence: {critical: monthly}\ngrace: {weekly: 60d, quarterly: 60d}",
			finding: "OK", what: "monthly", detail: "critical, high"},
		{name: "the configuration is wrong", config: "contact: {}",
			finding: "UNKNOWN", what: "names", detail: "known once the configuration is right", status: 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := checkWorld()
			if tt.world != nil {
				tt.world(w)
			}
			b := newBench(t, w)
			b.Slack.AddUser(sandbox.SlackUser{ID: "U00000001", Name: "bob"})
			b.Slack.AddUser(sandbox.SlackUser{ID: "U0DELETED", Name: "gone", Deleted: true})
			b.Slack.AddUser(sandbox.SlackUser{ID: "U0ROBOT00", Name: "robot", Bot: true})
			b.run(nil)
			if tt.change != nil {
				tt.change(b)
			}
			b.now = b.now.Add(time.Hour)
			r := b.must(tt.status, map[string]string{"INPUT_CONFIG-TEXT": tt.config}, "check")
			got := row(r.stdout, tt.finding, tt.what)
			if !strings.Contains(got, tt.detail) {
				t.Errorf("no line %s %s with %q:\n%s", tt.finding, tt.what, tt.detail, r.stdout)
			}
			if _, do, _ := strings.Cut(got, "-> "); !strings.Contains(do, tt.do) {
				t.Errorf("the advice lacks %q: %s", tt.do, got)
			}
			if len(r.mails)+len(r.slack) != 0 {
				t.Error("something was sent")
			}
		})
	}
}

// A login means the account that bore it when the ledger saw it first: a rename
// loses nobody, and whoever bears the login now is not meant.
func TestCheckOfRenamedNames(t *testing.T) {
	const config = "contacts: {user:bob: {email: b@example.org}}"
	for _, tt := range []struct {
		name    string
		change  func(b *bench)
		finding string
		detail  string
		do      string
		status  int
	}{
		{"renamed", func(b *bench) { b.World.RenameUser("bob", "bobby") }, "WARN", "contacts: bob is called bobby now, and still counts", "write the present login", 0},
		{"renamed, and GitHub can't tell to what", func(b *bench) {
			b.World.RenameUser("bob", "bobby")
			b.GitHub.Fault = func(r *http.Request) http.Handler {
				if strings.HasPrefix(r.URL.Path, "/user/") && !strings.HasPrefix(r.URL.Path, "/user/memberships/") {
					return respond(500, "")
				}
				return nil
			}
		}, "UNKNOWN", "whether these exist can't be known with this token: user:bob", "spelled right", 0},
		{"deleted", func(b *bench) {
			b.World.Users = slices.DeleteFunc(b.World.Users, func(u *sandbox.User) bool { return u.Login == "bob" })
		}, "FAIL", "contacts: GitHub has no user bob, so nobody is reached", "under contacts", 1},
		{"taken by another", func(b *bench) {
			b.World.RenameUser("bob", "bobby")
			b.World.Users = append(b.World.Users, &sandbox.User{ID: 4711, Login: "bob"})
		}, "FAIL", "contacts: another account bears the login bob now than when the configuration was first read", "take it out for one run", 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t, checkWorld())
			b.must(0, map[string]string{"INPUT_CONFIG-TEXT": config})
			b.now = b.now.Add(time.Hour)
			tt.change(b)
			r := b.must(tt.status, map[string]string{"INPUT_CONFIG-TEXT": config}, "check")
			if got := row(r.stdout, tt.finding, "names"); !strings.Contains(got, tt.detail) || !strings.Contains(got, tt.do) {
				t.Errorf("no line %s names with %q and %q:\n%s", tt.finding, tt.detail, tt.do, r.stdout)
			}
		})
	}
}

// However many names there are, they take a call for a hundred of them, and one more
// where some are none.
func TestCheckAsksForNamesTogether(t *testing.T) {
	calls := func(contacts int, who string) (n int) {
		b := newBench(t, checkWorld())
		text := "contacts:\n"
		for i := range contacts {
			text += strings.ReplaceAll("  "+who+": {email: x#@example.org}\n", "#", fmt.Sprint(i))
		}
		b.run(map[string]string{"INPUT_CONFIG-TEXT": text}, "check")
		for _, r := range b.GitHub.Requests() {
			if r.GraphQL {
				n++
			}
		}
		return n
	}
	none, one := calls(0, ""), calls(1, "user:dora")
	if one != none+1 {
		t.Errorf("%d calls for a name, %d for none", one, none)
	}
	for _, n := range []int{1, 100, 101, 250} {
		if got, want := calls(n, "group:team-#"), none+(n+99)/100+1; got != want {
			t.Errorf("%d calls for %d names that are none, want %d", got, n, want)
		}
	}
}
