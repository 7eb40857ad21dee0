package action_test

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/openedx/advisory-reminders/internal/sandbox"
)

// A refusal is remembered for an address and a cadence until the period ends: a
// further digest of that cadence does not go there, one of another cadence does,
// and so do a forced one and one to an address that was corrected.
func TestRefusalIsRemembered(t *testing.T) {
	const again = "cleo@example.org"
	for name, tt := range map[string]struct {
		change  func(w *sandbox.World)
		later   time.Duration // one day unless given
		inputs  map[string]string
		asked   []string
		told    bool // the working group is told of a draft
		digests string
	}{
		"nothing changes":      {asked: nil},
		"a further draft":      {change: func(w *sandbox.World) { draft(w, "wheel", "critical", wednesday.AddDate(0, 0, -20)) }, told: true},
		"another cadence":      {change: func(w *sandbox.World) { draft(w, "wheel", "low", wednesday.AddDate(-1, 0, 0)) }, asked: []string{again}, digests: "1"},
		"the severity changes": {change: func(w *sandbox.World) { w.Advisories[1].Severity = "high" }, asked: []string{again}, digests: "1"},
		"force":                {inputs: map[string]string{"INPUT_FORCE": "true", "GITHUB_RUN_ID": "2"}, asked: []string{"ann@example.org", "bob@example.org", again}, digests: "3"},
		"a corrected address": {inputs: map[string]string{"INPUT_CONFIG-TEXT": "channels: [email]\ncontacts: {'user:cleo': {email: cleo.cook@example.org}}"},
			asked: []string{"cleo.cook@example.org"}, digests: "1"},
		"a clock that was five minutes ahead": {later: -5 * time.Minute},
		"a clock that was more ahead":         {later: -5*time.Minute - time.Second, asked: []string{"ann@example.org", "bob@example.org", again}, digests: "3"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -30))
			draft(w, "wheel", "critical", wednesday.AddDate(0, 0, -30))
			b := newBench(t, w)
			b.inputs = mailAlone
			var server named
			b.Mail.Break(rcpt(&server, map[string]string{"cleo": "550 5.1.1 unknown"}))
			b.must(0, nil)
			server.take()
			b.Mail.Break(rcpt(&server, nil))
			if tt.change != nil {
				w.Lock()
				tt.change(w)
				w.Unlock()
			}
			b.now = b.now.Add(cmp.Or(tt.later, 24*time.Hour))
			r := b.must(0, tt.inputs)
			if got := server.take(); !slices.Equal(got, tt.asked) || tt.digests != "" && r.outputs["digests-sent"] != tt.digests {
				t.Errorf("RCPT TO named %v, want %v; outputs %v", got, tt.asked, r.outputs)
			}
			if got := strings.Contains(r.section("Needs an owner"), "user:cleo can't be reached: the address was refused"); got != tt.told {
				t.Errorf("the working group was told: %v, want %v:\n%s", got, tt.told, r.summary)
			}
			b.now = b.now.AddDate(0, 0, 1)
			if r := b.must(0, nil); len(r.mails)+len(r.slack) != 0 && name != "a corrected address" {
				t.Errorf("the day after: mails to %v, report\n%s", r.to(), r.reports())
			}
		})
	}
}

// Where another owner is told, the working group does not get the reminder too;
// that an address was refused is in the report all the same. Where no owner is,
// it gets it once, with all of them.
func TestRefusedWhileAnotherOwnerIsTold(t *testing.T) {
	for name, tt := range map[string]struct {
		answers map[string]string
		warned  bool
		owner   []string // in "Needs an owner"
	}{
		"one of two": {map[string]string{"ann": "550 5.1.1 unknown"}, true, nil},
		"both":       {map[string]string{"ann": "550 5.1.1 unknown", "bob": "550 no"}, false, []string{"user:ann can't be reached", "user:bob can't be reached"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			rocket := draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -30))
			draft(w, "wheel", "critical", wednesday.AddDate(0, 0, -30))
			b := newBench(t, w)
			b.Mail.Break(rcpt(nil, tt.answers))
			r := b.must(0, mailAlone)
			if got := strings.Contains(r.section("Warnings"), "user:ann can't be reached"); got != tt.warned {
				t.Errorf("warned: %v, want %v:\n%s", got, tt.warned, r.summary)
			}
			section := r.section("Needs an owner")
			for _, want := range tt.owner {
				if !strings.Contains(section, want) {
					t.Errorf("the section lacks %q:\n%s", want, section)
				}
			}
			if n := strings.Count(section, "["+rocket.ID); n != len(tt.owner)/2 {
				t.Errorf("the advisory is named %d times:\n%s", n, section)
			}
			b.now = b.now.AddDate(0, 0, 1)
			if r := b.must(0, mailAlone); len(r.mails)+len(r.slack) != 0 {
				t.Errorf("the next day: mails to %v, and the report\n%s", r.to(), r.reports())
			}
		})
	}
}

// A forced run tells the working group again; its re-run does not.
func TestForcedRunTellsOfARefusalAgain(t *testing.T) {
	w := newWorld()
	draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -30))
	draft(w, "wheel", "critical", wednesday.AddDate(0, 0, -30))
	b := newBench(t, w)
	b.inputs = mailAlone
	b.Mail.Break(rcpt(nil, map[string]string{"cleo": "550 5.1.1 unknown"}))
	for _, run := range []struct {
		id, attempt, force string
		told               bool
	}{{"1", "1", "false", true}, {"2", "1", "true", true}, {"2", "2", "true", false}, {"3", "1", "false", false}} {
		b.now = b.now.Add(time.Hour)
		r := b.must(0, map[string]string{"GITHUB_RUN_ID": run.id, "GITHUB_RUN_ATTEMPT": run.attempt, "INPUT_FORCE": run.force})
		if got := strings.Contains(r.section("Needs an owner"), "user:cleo can't be reached"); got != run.told {
			t.Errorf("run %s, attempt %s: told %v, want %v:\n%s", run.id, run.attempt, got, run.told, r.summary)
		}
	}
}

// slackAnswers lets Slack answer so many direct messages with an error code; 0 is
// all of them.
func slackAnswers(code string, times int) func(string, *http.Request) http.Handler {
	var mu sync.Mutex
	n := 0
	return func(method string, r *http.Request) http.Handler {
		if method != "chat.postMessage" || !strings.HasPrefix(r.FormValue("channel"), "U") {
			return nil
		}
		mu.Lock()
		defer mu.Unlock()
		if n++; times > 0 && n > times {
			return nil
		}
		return slackError(code)
	}
}

// The channel that comes after the one that refused is taken at once in this
// period, be it that it took the first digest or not.
func TestNextChannelIsRemembered(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		code   string // of Slack, in the first run
		status int
		direct []int // messages of the first run, and of the second
	}{
		"took it":          {"", 0, []int{1, 1}},
		"was out of order": {"token_revoked", 1, []int{0, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			draft(w, "wheel", "critical", wednesday.AddDate(0, 0, -30))
			b := newBench(t, w)
			b.inputs = mailThenSlack
			var server named
			b.Mail.Break(rcpt(&server, map[string]string{"cleo": "550 5.1.1 unknown"}))
			if tt.code != "" {
				b.Slack.Break(slackAnswers(tt.code, 0))
			}
			if r := b.must(tt.status, nil); len(r.direct()) != tt.direct[0] {
				t.Errorf("direct messages to %v", r.direct())
			}
			server.take()
			b.Mail.Break(rcpt(&server, nil))
			b.Slack.Break(nil)
			w.Lock()
			further := draft(w, "wheel", "critical", wednesday.AddDate(0, 0, -20))
			w.Unlock()
			b.now = b.now.AddDate(0, 0, 1)
			r := b.must(0, nil)
			if asked := server.take(); len(asked) > 0 || len(r.direct()) != tt.direct[1] || !strings.Contains(r.directText(), further.ID) {
				t.Errorf("the next day: RCPT TO named %v, direct messages to %v:\n%s", asked, r.direct(), r.directText())
			}
		})
	}
}

// The next channel has all its pauses, though the first one has used up its own.
func TestNextChannelHasItsOwnPauses(t *testing.T) {
	t.Parallel()
	w := newWorld()
	draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -30))
	draft(w, "wheel", "critical", wednesday.AddDate(0, 0, -30))
	b := newBench(t, w)
	b.Mail.Break(rcpt(nil, map[string]string{"cleo": "550 5.1.1 unknown", "bob": "450 4.2.0 busy"}))
	b.Slack.Break(slackAnswers("ratelimited", 2))
	r := b.must(1, mailThenSlack)
	if r.outputs["digests-failed"] != "1" || !slices.Equal(r.to(), []string{"ann@example.org"}) || len(r.direct()) != 1 {
		t.Errorf("mails to %v, direct messages to %v, outputs %v", r.to(), r.direct(), r.outputs)
	}
}

// Where Slack does not know whom mail has refused, the working group has the
// reminder in this period, once.
func TestRefusedAndUnknownToSlack(t *testing.T) {
	w := newWorld()
	draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -30))
	draft(w, "wheel", "critical", wednesday.AddDate(0, 0, -30))
	b := newBench(t, w)
	b.inputs = map[string]string{"INPUT_CONFIG-TEXT": "channels: [email, slack]\ncontacts: {'user:cleo': {email: gone@example.org}}"}
	var server named
	b.Mail.Break(rcpt(&server, map[string]string{"gone": "550 5.1.1 unknown"}))
	r := b.must(0, nil)
	if section := r.section("Needs an owner"); !strings.Contains(section, "user:cleo can't be reached: email: the server answered 550 5.1.1 to RCPT TO; slack: knows nobody with that address") {
		t.Errorf("the report is\n%s", r.summary)
	}
	server.take()
	for day := range 3 {
		b.now = b.now.AddDate(0, 0, 1)
		if r := b.must(0, nil); len(r.mails)+len(r.slack)+len(server.take()) != 0 {
			t.Errorf("day %d: mails to %v, report\n%s", day+2, r.to(), r.reports())
		}
	}
}
