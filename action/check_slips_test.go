package action_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/openedx/advisory-reminders/internal/sandbox"
)

// Whatever a stranger gets wrong in the set-up, the check names the input or the key,
// and says what to do. A run says it as well, in one line.
func TestCheckOfSlipsInTheSetUp(t *testing.T) {
	private := func(t *testing.T, env map[string]string) {
		env["GITHUB_EVENT_PATH"] = filepath.Join(t.TempDir(), "event.json")
		if err := os.WriteFile(env["GITHUB_EVENT_PATH"], []byte(`{"repository":{"visibility":"private"}}`), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	type inputs = map[string]string
	for _, tt := range []struct {
		name   string
		change inputs
		world  func(*sandbox.World)
		set    func(*bench)
		what   string
		detail string
		do     string
		run    string // what a run says
		status int
		lines  int // that speak of it in the check; 0: one
	}{
		{name: "organization with a slip", change: inputs{"INPUT_ORGANIZATION": "acmee"},
			what: "drafts", detail: "GitHub has no organization acmee", do: "did you mean acme? Correct the name in the input organization",
			run: "list the advisories: GitHub has no organization acmee: correct the name in the input organization", status: 1},
		{name: "organization with a slip, and a configuration with names", change: inputs{"INPUT_ORGANIZATION": "acmee", "INPUT_CONFIG-TEXT": "contacts: {user:cloe: {email: c@example.org}}\non-duty: {rotation: [user:bob, user:dora], since: 2026-11-02, every: 1w}"},
			what: "drafts", detail: "GitHub has no organization acmee", do: "did you mean acme?", status: 1},
		{name: "organization that is none", change: inputs{"INPUT_ORGANIZATION": "somebody-else"},
			what: "drafts", detail: "GitHub has no organization somebody-else", do: "-> correct the name in the input organization", run: "GitHub has no organization somebody-else", status: 1},
		{name: "organization that is a person", change: inputs{"INPUT_ORGANIZATION": "cleo"},
			what: "drafts", detail: "cleo is a personal account, which has no list of drafts", do: "name its repositories in the input repositories", run: "cleo is a personal account", status: 1},
		{name: "organization as an address", change: inputs{"INPUT_ORGANIZATION": "https://github.com/acme"},
			what: "input organization", detail: "is not the login of an organization", do: "correct it", run: "input organization: is not", status: 2},
		{name: "one of two repositories with a slip", change: inputs{"INPUT_REPOSITORIES": "acme/rokcet acme/wheel"},
			what: "coverage", detail: "GitHub shows no repository acme/rokcet to the token", do: "did you mean acme/rocket? Correct the name in the input repositories",
			run: "GitHub shows no repository acme/rokcet to the token: correct the name in the input repositories", status: 1},
		{name: "both repositories with a slip", change: inputs{"INPUT_REPOSITORIES": "acme/rokcet acme/whele"},
			what: "coverage", detail: "GitHub shows no repository acme/whele to the token", do: "did you mean acme/wheel?", run: "GitHub shows no repository acme/whele to the token: correct the name", status: 1, lines: 2},
		{name: "a repository with a slip, and an app", change: inputs{"INPUT_REPOSITORIES": "acme/rokcet acme/wheel"},
			world: func(w *sandbox.World) {
				*w.Tokens[sandbox.FullToken] = sandbox.Token{App: true, Organization: "acme", Drafts: true, Members: true, Emails: true, VerifiedEmails: true}
			},
			what: "coverage", detail: "GitHub shows no repository acme/rokcet to the token", do: "did you mean acme/rocket?", run: "GitHub shows no repository acme/rokcet", status: 1},
		{name: "a repository with a slip, and nothing is known of the token", change: inputs{"INPUT_REPOSITORIES": "acme/rokcet acme/wheel"},
			set: func(b *bench) {
				b.fault(func(r *http.Request) http.Handler {
					if strings.HasPrefix(r.URL.Path, "/installation/") {
						return respond(500, "")
					}
					return nil
				})
			},
			what: "drafts", detail: "GitHub shows no repository acme/rokcet to the token: correct the name in the input repositories", do: "see that the token has the right", run: "GitHub shows no repository acme/rokcet", status: 1},
		{name: "repositories without their owner", change: inputs{"INPUT_REPOSITORIES": "rocket"},
			what: "input repositories", detail: "entry 1 is not of the form owner/name", do: "correct it", run: "input repositories: entry 1", status: 2},

		{name: "a secret that is not there", change: inputs{"INPUT_TOKEN": ""},
			what: "input token", detail: "a secret that does not exist is empty", do: "correct it", run: "input token: is missing", status: 2},
		{name: "the token of a person in place of a bot's", change: inputs{"INPUT_SLACK-TOKEN": "xoxp-1234-s3cret"},
			what: "input slack-token", detail: "is not a bot token, which begins with xoxb-", do: "set it to the app's Bot User OAuth Token", run: "input slack-token: is not a bot token", status: 2},
		{name: "the token of an app as a whole in place of a bot's", change: inputs{"INPUT_SLACK-TOKEN": "xapp-1-s3cret"},
			what: "input slack-token", detail: "is not a bot token, which begins with xoxb-", do: "set it to the app's Bot User OAuth Token", run: "input slack-token: is not a bot token", status: 2},
		{name: "the webhook in place of the token", change: inputs{"INPUT_SLACK-TOKEN": "https://hooks.slack.com/services/T0/B0/s3cret"},
			what: "input slack-token", detail: "is not a bot token", do: "set it to the app's Bot User OAuth Token", run: "input slack-token: is not a bot token", status: 2},
		{name: "the channel as an address", change: inputs{"INPUT_SLACK-CHANNEL": "<#C0SECURITY>"},
			what: "input slack-channel", detail: "is neither the id nor the name of a channel", do: "set it to the channel's id", run: "input slack-channel: is neither", status: 2},
		{name: "a channel with a slip", change: inputs{"INPUT_SLACK-CHANNEL": "securty-wg"},
			what: "Slack channel", detail: "#securty-wg: the app sees no channel of that name", do: "invite the app to the channel, or give the channel's id", status: 1},
		{name: "the server with its port", change: inputs{"INPUT_SMTP-SERVER": "127.0.0.1:587"},
			what: "input smtp-server", detail: "is not a host name (the port is smtp-port)", do: "set it to the server's name alone", run: "input smtp-server: is not a host name", status: 2, lines: 2},
		{name: "security that is none", change: inputs{"INPUT_SMTP-SECURITY": "ssl"},
			what: "input smtp-security", detail: "must be starttls, tls or none", do: "set it to starttls, tls or none", run: "input smtp-security: must be", status: 2},
		{name: "a password alone", change: inputs{"INPUT_SMTP-PASSWORD": "s3cret"},
			what: "input smtp-username", detail: "is missing, although smtp-password is set", do: "correct it", run: "input smtp-username", status: 2},
		{name: "a sender that is none", change: inputs{"INPUT_EMAIL-FROM": "security at acme"},
			what: "input email-from", detail: "is not a mail address", do: "set it to an address", run: "input email-from", status: 2},
		{name: "a key that is too short", change: inputs{"INPUT_LEDGER-KEY": "s3cret"},
			what: "input ledger-key", detail: "make one with openssl rand -hex 32", do: "correct it", run: "input ledger-key", status: 2},
		{name: "a boolean that is none", change: inputs{"INPUT_FORCE": "yes"},
			what: "input force", detail: "is neither true nor false", do: "set it to true or false", run: "input force", status: 2},
		{name: "a path in place of the configuration", change: inputs{"INPUT_CONFIG-TEXT": ".github/advisory-reminders.yml"},
			what: "configuration", detail: "expected a mapping of keys to values", do: "correct the configuration at line 1", run: "configuration: line 1", status: 2},
		{name: "an unknown key", change: inputs{"INPUT_CONFIG-TEXT": "contact: {}"},
			what: "configuration", detail: `unknown key "contact": did you mean contacts?`, do: "correct the configuration at line 1", run: "did you mean contacts?", status: 2},
		{name: "a duration without its unit", change: inputs{"INPUT_CONFIG-TEXT": "grace:\n  weekly: 2"},
			what: "configuration", detail: "grace.weekly: expected a duration such as 2d or 1w: write 2d", do: "correct the configuration at line 2", run: "write 2d", status: 2},
		{name: "a grid that is none", change: inputs{"ADVISORY_REMINDERS_GRID": "4"},
			what: "ADVISORY_REMINDERS_GRID", detail: "is not a duration up to 2m0s, such as 4s", do: "correct it", run: "ADVISORY_REMINDERS_GRID: is not a duration", status: 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := checkWorld()
			if tt.world != nil {
				tt.world(w)
			}
			b := newBench(t, w)
			if tt.set != nil {
				tt.set(b)
			}
			private(t, tt.change)
			r := b.must(tt.status, tt.change, "check")
			got := row(r.stdout, "FAIL", tt.what)
			if !strings.Contains(got, tt.detail) || !strings.Contains(got, tt.do) || !strings.Contains(got, "-> ") {
				t.Errorf("no line FAIL %s with %q and %q:\n%s", tt.what, tt.detail, tt.do, r.stdout)
			}
			n := 0
			for line := range strings.Lines(r.stdout) {
				if strings.HasPrefix(line, "FAIL") && !strings.Contains(line, "none of the repositories can be listed") {
					n++
				}
				if strings.Contains(line, "s3cret") && !strings.HasPrefix(line, "::add-mask::") {
					t.Errorf("a secret is shown: %s", line)
				}
			}
			if want := max(1, tt.lines); n != want {
				t.Errorf("%d lines fail, want %d:\n%s", n, want, r.stdout)
			}
			if tt.run == "" {
				return
			}
			if r := b.must(tt.status, tt.change); !strings.Contains(strings.Join(r.complaints(), "\n"), tt.run) {
				t.Errorf("a run does not say %q:\n%s", tt.run, strings.Join(r.complaints(), "\n"))
			}
		})
	}
}
