package action_test

import (
	"net/http"
	"strings"
	"testing"
)

// The log is private if the event of a first attempt says so; and if the event
// says nothing, or was that of an earlier attempt and says so, if the API does. In
// every other case it is public. The API is asked in those cases only, and once.
func TestVisibility(t *testing.T) {
	t.Parallel()
	events := []struct {
		name, text string
		says       string // private, public or nothing; anything but private is public
	}{
		{"no event", "", ""},
		{"private", `{"repository":{"private":true,"visibility":"private"}}`, "private"},
		{"public", `{"repository":{"private":false,"visibility":"public"}}`, "public"},
		{"internal", `{"repository":{"private":true,"visibility":"internal"}}`, "public"},
		{"a word that GitHub doesn't know", `{"repository":{"private":true,"visibility":"Private "}}`, "public"},
		{"private alone", `{"repository":{"private":true}}`, ""},
		{"no word", `{"repository":{"visibility":["private"]}}`, ""},
		{"null", `{"repository":null}`, ""},
		{"another repository's key", `{"visibility":"private","fork":{"visibility":"private"}}`, ""},
		{"a schedule", `{"schedule":"17 6 * * 1-5"}`, ""},
		{"cut short", `{"repository":{"visibility":"private"`, ""},
		{"no JSON", `private`, ""},
	}
	apis := []struct {
		name, world string
		answer      http.Handler
		says        string // private, public or nothing
	}{
		{name: "private", world: "private", says: "private"},
		{name: "public", world: "public", says: "public"},
		{name: "internal", world: "internal", says: "public"},
		{name: "401", world: "private", answer: respond(401, `{"message":"Bad credentials","visibility":"private"}`)},
		{name: "403", world: "private", answer: respond(403, `{"visibility":"private"}`)},
		{name: "404", world: "private", answer: respond(404, `{"visibility":"private"}`)},
		{name: "no JSON", world: "private", answer: respond(200, `private`)},
		{name: "cut short", world: "private", answer: respond(200, `{"visibility":"private"`)},
		{name: "no visibility", world: "private", answer: respond(200, `{"private":true}`)},
		{name: "a redirect to elsewhere", world: "private", answer: respond(301, `{"visibility":"private"}`, "Location", "http://127.0.0.2:1/")},
	}
	w := newWorld()
	b := newBench(t, w)
	for _, event := range events {
		for _, api := range apis {
			for _, attempt := range []string{"1", "2", ""} {
				asks := event.says == "" || event.says == "private" && attempt != "1"
				want := event.says == "private" && !asks || asks && api.says == "private"
				b.World.Lock()
				w.Repositories[0].Visibility = api.world
				b.World.Unlock()
				b.GitHub.ResetRequests()
				answer := api.answer
				if !asks {
					answer = nil // the ledger asks for the repository too
				}
				got := b.through(passage{change: map[string]string{"INPUT_DRY-RUN": "true", "INPUT_LEDGER-KEY": "a passphrase of more than twelve", "GITHUB_RUN_ATTEMPT": attempt}}, event.text, answer)
				name := "event " + event.name + ", API " + api.name + ", attempt " + attempt
				if private := strings.Contains(got.stdout, ", as of "); private != want {
					t.Errorf("%s: private %v, want %v\n%s", name, private, want, got.stdout)
				}
				// The very first request is that of the visibility, if there is one.
				if asked := b.GitHub.Requests()[0].Path == "/repos/"+home; asked != asks {
					t.Errorf("%s: the API is asked: %v, want %v", name, asked, asks)
				}
			}
		}
	}
	// Outside Actions the terminal is private; in Actions a repository without
	// a name is none that could be asked for.
	for _, tt := range []struct {
		change map[string]string
		want   bool
	}{
		{map[string]string{"GITHUB_ACTIONS": ""}, true},
		{map[string]string{"GITHUB_REPOSITORY": ""}, false},
		{map[string]string{"GITHUB_REPOSITORY": "acme/../security-reminders"}, false},
		{map[string]string{"GITHUB_API_URL": "nonsense"}, false},
	} {
		tt.change["INPUT_DRY-RUN"], tt.change["INPUT_LEDGER-KEY"] = "true", ageKey(t)
		if got := b.through(passage{change: tt.change}, "", nil); strings.Contains(got.stdout, ", as of ") != tt.want {
			t.Errorf("%v: want private %v\n%s%s", tt.change, tt.want, got.stdout, got.stderr)
		}
	}
}

// Either variable of the runner says that there is a log, which is public where the
// event says so. A terminal is private whatever an event says.
func TestEitherVariableMakesALog(t *testing.T) {
	const public = `{"repository":{"private":false,"visibility":"public"}}`
	b := newBench(t, newWorld())
	for _, tt := range []struct {
		actions, id string
		private     bool
	}{
		{"true", "1", false},
		{"", "1", false},
		{"true", "", false},
		{"", "", true},
	} {
		change := map[string]string{"GITHUB_ACTIONS": tt.actions, "GITHUB_RUN_ID": tt.id, "INPUT_DRY-RUN": "true", "INPUT_LEDGER-KEY": ageKey(t)}
		got := b.through(passage{args: []string{"run"}, change: change}, public, nil)
		if private := strings.Contains(got.stdout, ", as of "); private != tt.private || got.status != 0 {
			t.Errorf("GITHUB_ACTIONS %q, GITHUB_RUN_ID %q: private %v, want %v; exit status %d\n%s%s", tt.actions, tt.id, private, tt.private, got.status, got.stdout, got.stderr)
		}
	}
}
