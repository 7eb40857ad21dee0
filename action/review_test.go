package action_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/openedx/advisory-reminders/internal/sandbox"
)

// A job summary that can't be written costs no delivery its place in the
// ledger.
func TestUnwritableSummary(t *testing.T) {
	for _, name := range []string{"GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"} {
		w := newWorld()
		draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -30))
		b := newBench(t, w)
		r := b.must(1, map[string]string{name: filepath.Join(t.TempDir(), "none", "file")})
		if len(r.mails) != 2 || !strings.Contains(r.stdout, "write the job summary and the outputs") {
			t.Errorf("%s: %d mails, and\n%s", name, len(r.mails), r.stdout)
		}
		if again := b.must(0, nil); len(again.mails) != 0 {
			t.Errorf("%s: the next run sent %d mails again", name, len(again.mails))
		}
	}
}

// A draft whose repository moves away stays in the scope of the organization's
// list: its reminders go to the working group, and if it vanishes for good the
// alarm is raised.
func TestMovedAway(t *testing.T) {
	w := newWorld()
	w.Organizations = append(w.Organizations, &sandbox.Organization{Login: "other", Members: []string{"dora"}})
	a := draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -30))
	b := newBench(t, w)
	b.must(0, nil)

	w.Lock()
	w.Rename("acme/rocket", "other/rocket")
	a.Repository = "other/rocket" // so that acme's list has it no more
	w.Unlock()
	for week := 1; week <= 3; week++ {
		b.now = wednesday.AddDate(0, 0, 7*week)
		r := b.must(0, nil)
		if len(r.mails) != 0 || !strings.Contains(r.reports(), "Needs an owner") || !strings.Contains(r.reports(), a.ID) {
			t.Errorf("week %d: %d mails, and the report\n%s", week, len(r.mails), r.reports())
		}
	}
	w.Lock()
	w.Advisories = nil
	w.Unlock()
	b.now = b.now.AddDate(0, 0, 1)
	if r := b.must(1, nil); !strings.Contains(r.reports(), a.ID) {
		t.Errorf("the draft has vanished without a word:\n%s", r.reports())
	}
}

// The same in repositories mode, after a rename.
func TestRenamedAndVanished(t *testing.T) {
	w := newWorld()
	a := draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -30))
	b := newBench(t, w)
	one := map[string]string{"INPUT_REPOSITORIES": "acme/rocket"}
	b.must(0, one)
	w.Lock()
	w.Rename("acme/rocket", "acme/starship")
	a.Repository = "acme/starship"
	w.Unlock()
	b.now = b.now.AddDate(0, 0, 7)
	if r := b.must(0, one); len(r.mails) != 2 || !strings.Contains(r.mails[0].Text, "acme/starship") {
		t.Errorf("after the rename %d mails", len(r.mails))
	}
	w.Lock()
	w.Advisories = nil
	w.Unlock()
	b.now = b.now.AddDate(0, 0, 1)
	b.must(1, one)
}

// One repository that can't be listed hurts only itself.
func TestUnlistedRepository(t *testing.T) {
	w := newWorld()
	draft(w, "wheel", "critical", wednesday.AddDate(0, 0, -30))
	b := newBench(t, w)
	r := b.must(1, map[string]string{"INPUT_REPOSITORIES": "acme/none acme/wheel"})
	if !slices.Equal(r.to(), []string{"cleo@example.org"}) || !strings.Contains(r.reports(), "acme/none") {
		t.Errorf("mails to %v, and the report\n%s", r.to(), r.reports())
	}
	if r := b.must(1, map[string]string{"INPUT_REPOSITORIES": "acme/none"}); len(r.mails)+len(r.slack) != 0 {
		t.Error("something was sent though nothing could be listed")
	}
}

// The organization plays no part where repositories are named.
func TestOrganizationAndRepositories(t *testing.T) {
	w := newWorld()
	draft(w, "wheel", "critical", wednesday.AddDate(0, 0, -30))
	b := newBench(t, w)
	r := b.must(0, map[string]string{"INPUT_REPOSITORIES": "acme/wheel", "INPUT_ORGANIZATION": "elsewhere"})
	if !slices.Equal(r.to(), []string{"cleo@example.org"}) {
		t.Errorf("mails to %v", r.to())
	}
}

// A run whose ledger token sees nothing is not a first run.
func TestLedgerTokenWithoutAccess(t *testing.T) {
	w := newWorld()
	draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -30))
	w.Tokens["blind"] = &sandbox.Token{App: true, Repositories: []string{}}
	w.Tokens["reader"] = &sandbox.Token{App: true, Repositories: []string{home}}
	b := newBench(t, w)
	event := filepath.Join(t.TempDir(), "event.json")
	if err := os.WriteFile(event, []byte(`{"repository":{"visibility":"private"}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, token := range []string{"blind", "reader"} {
		r := b.must(1, map[string]string{"INPUT_LEDGER-TOKEN": token, "GITHUB_EVENT_PATH": event})
		if len(r.mails)+len(r.slack) != 0 {
			t.Errorf("%s: %d mails were sent", token, len(r.mails))
		}
	}
}

// A mail server that asks to come back is asked again in this run, once for
// all recipients.
func TestGreylisting(t *testing.T) {
	w := newWorld()
	draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -30))
	b := newBench(t, w)
	refused := make(map[string]int)
	b.Mail.Break(func(at sandbox.MailStep, value string) sandbox.MailAnswer {
		if at == sandbox.MailAtRecipient && refused[value] < 2 {
			refused[value]++
			return sandbox.MailAnswer{Code: 451}
		}
		return sandbox.MailAnswer{}
	})
	if r := b.must(0, nil); len(r.mails) != 2 {
		t.Errorf("%d mails, want both at the third try", len(r.mails))
	}
	b.Mail.Break(sandbox.MailRefuse(451, "ann@example.org"))
	b.now = b.now.AddDate(0, 0, 7)
	if r := b.must(1, nil); !slices.Equal(r.to(), []string{"bob@example.org"}) || !strings.Contains(r.reports(), "Could not deliver") {
		t.Errorf("mails to %v, and the report\n%s", r.to(), r.reports())
	}
	b.Mail.Break(nil)
	if r := b.must(0, nil); !slices.Equal(r.to(), []string{"ann@example.org"}) {
		t.Errorf("the next run wrote to %v", r.to())
	}
}

// A Slack that is out of order is not asked once more for every reminder.
func TestBrokenLookups(t *testing.T) {
	t.Parallel()
	w := newWorld()
	for i := range 10 {
		draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -30-i))
	}
	b := newBench(t, w)
	var lookups atomic.Int32
	b.Slack.Break(func(method string, _ *http.Request) http.Handler {
		if method != "users.lookupByEmail" {
			return nil
		}
		lookups.Add(1)
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"ok":false,"error":"invalid_auth"}`) })
	})
	r := b.must(1, map[string]string{"INPUT_CONFIG-TEXT": "channels: [slack]"})
	if n := lookups.Load(); n > 2 || r.outputs["digests-failed"] != "2" {
		t.Errorf("%d look-ups for two people, outputs %v", n, r.outputs)
	}
	b.Slack.Break(nil)
	if r := b.must(0, map[string]string{"INPUT_CONFIG-TEXT": "channels: [slack]"}); len(r.slack) != 3 {
		t.Errorf("the next run sent %d messages, want two digests and a report", len(r.slack))
	}
}

// A team's contact may be a Slack channel, if it is a private one.
func TestDigestToAChannel(t *testing.T) {
	t.Parallel()
	w := newWorld()
	a := draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -30))
	b := newBench(t, w)
	contact := "contacts: {'group:rocketeers': {slack: %s}}\n"
	r := b.must(0, map[string]string{"INPUT_CONFIG-TEXT": fmt.Sprintf(contact, "C0GENERAL0")})
	for _, m := range r.slack {
		if m.ChannelName == "general" {
			t.Error("a digest went to a public channel")
		}
	}
	if !strings.Contains(r.reports(), "the channel is public") || !strings.Contains(r.reports(), a.ID) {
		t.Errorf("the report\n%s", r.reports())
	}
	b.now = b.now.AddDate(0, 0, 7)
	r = b.must(0, map[string]string{"INPUT_CONFIG-TEXT": fmt.Sprintf(contact, "C0GENERAL0") + "privacy: {public-channel: true}"})
	if len(r.slack) == 0 || r.slack[0].ChannelName != "general" {
		t.Errorf("with privacy.public-channel: %+v", r.slack)
	}
}

// Of two addresses for the report one is refused: that is said, and the other
// doesn't get it twice.
func TestHalfReport(t *testing.T) {
	w := newWorld()
	draft(w, "orphan", "critical", wednesday.AddDate(0, 0, -30))
	b := newBench(t, w)
	env := map[string]string{"INPUT_SLACK-TOKEN": "", "INPUT_SLACK-CHANNEL": "", "INPUT_REPORT-EMAIL": "one@example.org, two@example.org"}
	b.Mail.Break(sandbox.MailRefuse(550, "two@example.org"))
	if r := b.must(1, env); !slices.Equal(r.to(), []string{"one@example.org"}) || !strings.Contains(r.stdout, "1 of the 2 addresses") {
		t.Errorf("mails to %v, and\n%s", r.to(), r.stdout)
	}
	if r := b.must(0, env); len(r.mails) != 0 {
		t.Errorf("%d mails again", len(r.mails))
	}
}

// A preview needs neither a mail server nor Slack to show who would be told,
// and leaves nothing behind.
func TestPreviewAlone(t *testing.T) {
	w := newWorld()
	a := draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -30))
	b := newBench(t, w)
	dir := t.TempDir()
	env := map[string]string{"GITHUB_TOKEN": sandbox.FullToken, "GITHUB_ACTIONS": ""}
	for k := range b.Env() {
		if strings.HasPrefix(k, "INPUT_") || strings.HasPrefix(k, "GITHUB_REPOSITORY") || k == "GITHUB_RUN_ID" {
			env[k] = ""
		}
	}
	r := b.must(0, env, "run", "-organization", "acme", "-dry-run", "-ledger", filepath.Join(dir, "ledger.json"))
	if !strings.Contains(r.stdout, "ann@example.org") || !strings.Contains(r.stdout, a.ID) {
		t.Errorf("the preview is\n%s", r.stdout)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("the preview left %v", left)
	}
	live := b.must(2, env, "run", "-organization", "acme", "-slack-webhook-url", "https://hooks.slack.example/x")
	if !strings.Contains(live.stderr, "input ledger: is missing") {
		t.Errorf("a live run without a ledger says\n%s", live.stderr)
	}
}

// A re-run of a forced run doesn't repeat it, even if another run came between.
func TestForcedRerunAfterAnother(t *testing.T) {
	w := newWorld()
	draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -30))
	b := newBench(t, w)
	force := map[string]string{"INPUT_FORCE": "true", "GITHUB_RUN_ID": "77"}
	b.must(0, force)
	b.now = b.now.AddDate(0, 0, 7)
	if r := b.must(0, nil); len(r.mails) != 2 {
		t.Fatalf("the run between sent %d mails", len(r.mails))
	}
	force["GITHUB_RUN_ATTEMPT"] = "2"
	if r := b.must(0, force); len(r.mails) != 0 {
		t.Errorf("the re-run sent %d mails", len(r.mails))
	}
}

// On GitHub Enterprise Server the token goes to that server alone.
func TestEnterpriseServer(t *testing.T) {
	w := newWorld()
	draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -30))
	b := newBench(t, w)
	r := b.must(0, map[string]string{"GITHUB_API_URL": b.GitHub.APIURL() + "/api/v3", "GITHUB_GRAPHQL_URL": ""})
	if len(r.mails) != 2 {
		t.Errorf("%d mails", len(r.mails))
	}
}

// A ledger that was written with another key, or with none, stops the run.
func TestWrongLedgerKey(t *testing.T) {
	w := newWorld()
	draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -30))
	b := newBench(t, w)
	one, other := ageKey(t), ageKey(t)
	if r := b.must(0, map[string]string{"INPUT_LEDGER-KEY": one}); len(r.mails) != 2 {
		t.Fatalf("%d mails", len(r.mails))
	}
	b.now = b.now.AddDate(0, 0, 7)
	for name, key := range map[string]string{"another": other, "none": ""} {
		r := b.must(1, map[string]string{"INPUT_LEDGER-KEY": key})
		if len(r.mails)+len(r.slack) != 0 || !strings.Contains(r.stdout, "ledger-key") {
			t.Errorf("%s: %d mails, and\n%s", name, len(r.mails), r.stdout)
		}
	}
	if r := b.must(0, map[string]string{"INPUT_LEDGER-KEY": one}); len(r.mails) != 2 {
		t.Errorf("with the right key again %d mails", len(r.mails))
	}
}

// Where GitHub does not say whether the repository is private, that is what the
// run says: a key is not what is missing.
func TestUnknownVisibility(t *testing.T) {
	for name, fault := range map[string]func(*http.Request) http.Handler{
		"a wrong token": nil,
		"no answer": func(r *http.Request) http.Handler {
			if r.URL.Path == "/repos/"+home {
				return respond(502, "")
			}
			return nil
		},
	} {
		b := newBench(t, newWorld())
		b.fault(fault)
		change := map[string]string{}
		if fault == nil {
			change["INPUT_LEDGER-TOKEN"] = "wrong-token"
		}
		for _, args := range [][]string{nil, {"check"}} {
			r := b.must(2, change, args...)
			if !strings.Contains(r.stdout+r.stderr, "input ledger-token: could not find out whether this repository is private") || strings.Contains(r.stdout, "is missing") {
				t.Errorf("%s, %v: %s%s", name, args, r.stdout, r.stderr)
			}
		}
	}
}

// In a public repository nothing that would be readable there is taken.
func TestPublicRepositoryWantsAKey(t *testing.T) {
	w := newWorld()
	w.Repositories[0].Visibility = "public"
	draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -30))
	b := newBench(t, w)
	if r := b.must(2, nil); !strings.Contains(r.stdout, "input ledger-key: is missing") || len(r.mails) > 0 {
		t.Errorf("without a key, %d mails and\n%s", len(r.mails), r.stdout)
	}
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, ".github"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"contacts: {'user:bob': {email: b@example.org}}", "snooze: [{advisory: GHSA-2222-3333-4444, until: 2027-01-01, reason: x}]"} {
		if err := os.WriteFile(filepath.Join(dir, ".github", "advisory-reminders.yml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		r := b.must(2, map[string]string{"INPUT_LEDGER-KEY": ageKey(t), "GITHUB_WORKSPACE": dir})
		if !strings.Contains(r.stdout, "config-text") || strings.Contains(r.stdout, "b@example.org") {
			t.Errorf("%s:\n%s", text, r.stdout)
		}
	}
	if r := b.must(0, map[string]string{"INPUT_LEDGER-KEY": ageKey(t), "INPUT_CONFIG-TEXT": "contacts: {'user:bob': {email: b@example.org}}"}); !slices.Equal(r.to(), []string{"ann@example.org", "b@example.org"}) {
		t.Errorf("mails to %v", r.to())
	}
}

// Should the program break, what was delivered is in the ledger all the same,
// and no log shows what it broke at.
func TestPanic(t *testing.T) {
	for _, visibility := range []string{"private", "public"} {
		w := newWorld()
		w.Repositories[0].Visibility = visibility
		a := draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -30))
		b := newBench(t, w)
		key := map[string]string{"INPUT_LEDGER-KEY": ageKey(t)}
		b.Mail.Break(sandbox.MailRefuse(451, "bob@example.org"))
		b.wait = func() { // but not until there was an answer
			if len(b.Mail.Mails()) > 0 {
				panic("at " + a.ID + " of bob@example.org")
			}
		}
		r := b.must(1, key)
		if !slices.Equal(r.to(), []string{"ann@example.org"}) || !strings.Contains(r.stderr, "the program crashed") {
			t.Errorf("%s: mails to %v, and\n%s", visibility, r.to(), r.stderr)
		}
		if strings.Contains(r.stderr, a.ID) || strings.Contains(r.stderr, "bob@") || visibility == "public" && strings.Contains(r.stdout+r.stderr, "goroutine") {
			t.Errorf("%s: the log shows what it broke at:\n%s", visibility, r.stderr)
		}
		b.wait = nil
		b.Mail.Break(nil)
		if again := b.must(0, key); !slices.Equal(again.to(), []string{"bob@example.org"}) {
			t.Errorf("%s: the next run wrote to %v", visibility, again.to())
		}
	}
}
