package action_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/openedx/advisory-reminders/internal/sandbox"
)

// People are known by their accounts: a rename repeats nothing, and whoever takes
// a login that is free is somebody new.
func TestIdentity(t *testing.T) {
	const config = "owners: {acme/wheel: ['user:cleo']}\ncontacts: {'user:cleo': {email: contact@example.org}}"
	taken := func(b *bench) {
		b.World.RenameUser("cleo", "cleopatra")
		b.World.Users = append(b.World.Users, &sandbox.User{ID: 4711, Login: "cleo", Email: "stranger@example.org"})
	}
	const chain = "owners: {acme/wheel: ['user:cleo'], acme/rocket: ['user:bob']}\ncontacts: {'user:cleo': {email: contact@example.org}, 'user:bob': {email: bob-contact@example.org}}"
	chained := func(b *bench) {
		b.World.RenameUser("bob", "bobby")
		b.World.RenameUser("cleo", "bob")
	}
	for _, tt := range []struct {
		name   string
		config string
		repo   string
		change func(b *bench)
		again  bool     // within the same week, else a week later
		to     []string // whom the next run writes to
		status int
		says   []string // what its report says
	}{
		{name: "nothing changes", repo: "wheel", to: []string{"cleo@example.org"}},
		{name: "renamed, within the week", repo: "rocket", again: true, change: func(b *bench) { b.World.RenameUser("bob", "bobby") }},
		{name: "renamed, a week later", repo: "rocket", change: func(b *bench) { b.World.RenameUser("bob", "bobby") }, to: []string{"ann@example.org", "bob@example.org"}},
		{name: "another member takes the login, within the week", repo: "rocket", again: true, to: []string{"new@example.org"}, says: []string{"Told for the first time", "user:bob"},
			change: func(b *bench) {
				b.World.RenameUser("bob", "bobby")
				b.World.Users = append(b.World.Users, &sandbox.User{ID: 4711, Login: "bob", Email: "new@example.org"})
				org := b.World.Organization("acme")
				org.Members = append(org.Members, "bob")
				org.Team("rocketeers").Members = append(org.Team("rocketeers").Members, "bob")
			}},
		{name: "configured, nothing changes", config: config, repo: "wheel", to: []string{"contact@example.org"}},
		{name: "configured and renamed", config: config, repo: "wheel", to: []string{"contact@example.org"},
			change: func(b *bench) { b.World.RenameUser("cleo", "cleopatra") },
			says:   []string{"user:cleo is called cleopatra now", "write user:cleopatra there"}},
		{name: "configured and renamed, within the week", config: config, repo: "wheel", again: true,
			change: func(b *bench) { b.World.RenameUser("cleo", "cleopatra") }},
		{name: "configured, and another account bears the login", config: config, repo: "wheel", change: taken,
			says: []string{"Another account bears the login of user:cleo", "not the same account"}},
		{name: "configured, and renamed to a login that another one in the configuration had", config: chain, repo: "wheel", change: chained, to: []string{"contact@example.org"},
			says: []string{"Another account bears the login of user:bob", "user:cleo is called bob now"}},
		{name: "configured, and one who is configured too bears the login", config: chain, repo: "rocket", change: chained,
			says: []string{"not the same account: the configuration names user:bob"}},
		{name: "configured, both for one repository", config: strings.Replace(chain, "'user:cleo']", "'user:bob', 'user:cleo']", 1), repo: "wheel", change: chained, to: []string{"contact@example.org"}},
		{name: "configured and renamed, and nobody can say to what", config: config, repo: "wheel", status: 1,
			change: func(b *bench) {
				b.World.RenameUser("cleo", "cleopatra")
				b.GitHub.Fault = func(r *http.Request) http.Handler {
					if strings.HasPrefix(r.URL.Path, "/user/") {
						return respond(500, "")
					}
					return nil
				}
			},
			says: []string{"There is no user:cleo any more"}},
		{name: "configured and renamed, and the answer names nobody", config: config, repo: "wheel", status: 1,
			change: func(b *bench) {
				b.World.RenameUser("cleo", "cleopatra")
				b.GitHub.Fault = func(r *http.Request) http.Handler {
					if strings.HasPrefix(r.URL.Path, "/user/") {
						return respond(200, "{}")
					}
					return nil
				}
			},
			says: []string{"There is no user:cleo any more"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld()
			draft(w, tt.repo, "critical", wednesday.AddDate(0, 0, -30))
			b := newBench(t, w)
			b.inputs = map[string]string{"INPUT_CONFIG-TEXT": tt.config}
			b.must(0, nil)
			if tt.change != nil {
				b.World.Lock()
				tt.change(b)
				b.World.Unlock()
			}
			b.now = wednesday.AddDate(0, 0, 1)
			if !tt.again {
				b.now = wednesday.AddDate(0, 0, 7)
			}
			r := b.must(tt.status, nil)
			if !slices.Equal(r.to(), tt.to) {
				t.Errorf("mails to %v, want %v", r.to(), tt.to)
			}
			for _, says := range tt.says {
				if !strings.Contains(r.reports(), says) {
					t.Errorf("the report lacks %q:\n%s", says, r.reports())
				}
			}
		})
	}
}

// A login that another account bears names nobody until it was taken out of the
// configuration for one run.
func TestStrangerUntilTakenOut(t *testing.T) {
	w := newWorld()
	draft(w, "orphan", "critical", wednesday.AddDate(0, 0, -30))
	b := newBench(t, w)
	named := map[string]string{"INPUT_CONFIG-TEXT": "owners: {acme/orphan: ['user:cleo']}"}
	b.must(0, named)
	b.World.Lock()
	b.World.RenameUser("cleo", "cleopatra")
	b.World.Users = append(b.World.Users, &sandbox.User{ID: 4711, Login: "cleo", Email: "new@example.org"})
	b.World.Organizations[0].Members = append(b.World.Organizations[0].Members, "cleo")
	b.World.Unlock()
	for week, step := range []struct {
		config map[string]string
		want   []string
	}{{named, nil}, {named, nil}, {nil, nil}, {named, []string{"new@example.org"}}} {
		b.now = wednesday.AddDate(0, 0, 7*(week+1))
		if r := b.must(0, step.config); !slices.Equal(r.to(), step.want) {
			t.Errorf("week %d: mails to %v, want %v", week+1, r.to(), step.want)
		}
	}
}
