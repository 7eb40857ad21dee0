package action_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/openedx/advisory-reminders/internal/sandbox"
)

// A breakdown is something that ends a run before it can compose a report.
type breakdown struct {
	name     string
	change   map[string]string
	set      func(b *bench)
	status   int
	says     string // in the alarm
	unlogged bool   // the ledger can't be read, so nobody knows what was said today
}

func breakdowns() []breakdown {
	return []breakdown{
		{name: "a revoked token", change: map[string]string{"INPUT_TOKEN": "ghp_revoked"}, status: 1, says: "the input token is wrong, revoked or expired: make a new one"},
		{name: "a wrong configuration", change: map[string]string{"INPUT_CONFIG-TEXT": "snoze: []"}, status: 2, says: "configuration: line 1: unknown key"},
		{name: "a wrong input", change: map[string]string{"INPUT_FORCE": "perhaps"}, status: 2, says: "input force: is neither true nor false"},
		{name: "a ledger that nobody can read", set: func(b *bench) {
			b.World.Lock()
			defer b.World.Unlock()
			b.World.Repositories[0].CommitFile(branchName, "ledger.json", "{", "A slip", b.now)
		}, status: 1, says: "set the branch back to an earlier commit", unlogged: true},
		{name: "a ledger's token that was revoked", change: map[string]string{"INPUT_LEDGER-TOKEN": "ghs_revoked"}, status: 1, says: "(input ledger-token) is wrong, revoked or expired: make a new one", unlogged: true},
		{name: "one token for both that was revoked", change: map[string]string{"INPUT_TOKEN": "ghp_revoked", "INPUT_LEDGER-TOKEN": "ghp_revoked"}, status: 1, says: "is wrong, revoked or expired: make a new one", unlogged: true},
	}
}

// alarms counts the alarms of a run, and returns what they say.
func (r result) alarms() (n int, text string) {
	for _, m := range r.slack {
		if m.UserID == "" && strings.Contains(m.Text, "The run failed") {
			n, text = n+1, text+m.Text+string(m.Blocks)
		}
	}
	for _, m := range r.mails {
		if strings.Contains(m.Header.Get("Subject"), "the run failed") {
			n, text = n+1, text+strings.Join(strings.Fields(m.Header.Get("Subject")+" "+m.Text), " ")
		}
	}
	return n, text
}

// An alarm calls whoever is on duty, as a report that needs a human does.
func TestAnAlarmCallsWhoIsOnDuty(t *testing.T) {
	b := newBench(t, newWorld())
	event := filepath.Join(t.TempDir(), "event.json")
	if err := os.WriteFile(event, []byte(`{"repository":{"visibility":"private"}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	b.inputs = map[string]string{"GITHUB_EVENT_NAME": "schedule", "GITHUB_EVENT_PATH": event, "INPUT_TOKEN": "ghp_revoked",
		"INPUT_CONFIG-TEXT": "on-duty: {rotation: [user:dora], since: 2026-11-02, every: 1w}\ncontacts: {'user:dora': {slack: U0000DORA}}"}
	if n, text := b.must(1, nil).alarms(); n != 1 || !strings.Contains(text, "@U0000DORA") {
		t.Errorf("%d alarms:\n%s", n, text)
	}
}

// What keeps a scheduled run from composing a report is said where reports go, once
// a day if the ledger can be read.
func TestAlarm(t *testing.T) {
	places := map[string]func(b *bench) map[string]string{
		"bot": func(*bench) map[string]string { return nil },
		"webhook": func(b *bench) map[string]string {
			return map[string]string{"INPUT_SLACK-TOKEN": "", "INPUT_SLACK-CHANNEL": "", "INPUT_SLACK-WEBHOOK-URL": b.Slack.AddWebhook("C0SECURITY")}
		},
		"mail": func(*bench) map[string]string {
			return map[string]string{"INPUT_SLACK-TOKEN": "", "INPUT_SLACK-CHANNEL": "", "INPUT_REPORT-EMAIL": "swg@example.org"}
		},
	}
	for place, set := range places {
		for _, tt := range breakdowns() {
			t.Run(place+", "+tt.name, func(t *testing.T) {
				w := newWorld()
				draft(w, "wheel", "critical", wednesday.AddDate(0, 0, -30))
				b := newBench(t, w)
				event := filepath.Join(t.TempDir(), "event.json")
				if err := os.WriteFile(event, []byte(`{"repository":{"visibility":"private"}}`), 0o600); err != nil {
					t.Fatal(err)
				}
				b.inputs = map[string]string{"GITHUB_EVENT_NAME": "schedule", "GITHUB_EVENT_PATH": event}
				maps.Copy(b.inputs, set(b))
				if tt.set != nil {
					b.must(0, nil) // so that there is a ledger to break
					tt.set(b)
				}
				r := b.must(tt.status, tt.change)
				n, text := r.alarms()
				if n != 1 || !strings.Contains(text, tt.says) || len(r.mails)+len(r.slack) != 1 {
					t.Fatalf("%d alarms of %d mails and %d messages, want one that says %q:\n%s", n, len(r.mails), len(r.slack), tt.says, text)
				}
				again := 0
				if tt.unlogged {
					again = 1
				}
				b.now = b.now.Add(time.Hour)
				if n, _ := b.must(tt.status, tt.change).alarms(); n != again {
					t.Errorf("an hour later %d alarms, want %d", n, again)
				}
				b.now = b.now.AddDate(0, 0, 1)
				if n, _ := b.must(tt.status, tt.change).alarms(); n != 1 {
					t.Errorf("the next day %d alarms", n)
				}
				if tt.set != nil {
					return
				}
				r = b.must(0, nil)
				if len(r.mails) == 0 || !strings.Contains(r.summary, "First run") {
					t.Errorf("once it is mended %d mails, and the report\n%s", len(r.mails), r.summary)
				}
			})
		}
	}
}

// The day is that of the configured time zone.
func TestAlarmOnceADay(t *testing.T) {
	w := newWorld()
	b := newBench(t, w)
	b.inputs = map[string]string{"GITHUB_EVENT_NAME": "schedule", "INPUT_TOKEN": "ghp_revoked", "INPUT_CONFIG-TEXT": "timezone: America/New_York"}
	for _, tt := range []struct {
		at   string
		want int
	}{{"2026-11-19T04:58:00Z", 1}, {"2026-11-19T04:59:59Z", 0}, {"2026-11-19T05:00:00Z", 1}, {"2026-11-20T04:59:59Z", 0}, {"2026-11-20T05:00:00Z", 1}} {
		b.now, _ = time.Parse(time.RFC3339, tt.at)
		if n, _ := b.must(1, nil).alarms(); n != tt.want {
			t.Errorf("%s: %d alarms, want %d", tt.at, n, tt.want)
		}
	}
}

// A program that breaks before its report says so where reports go, without what it
// broke at; once a report was begun it says no more. In public the step takes as
// long as any other.
func TestAlarmOfAPanic(t *testing.T) {
	for _, tt := range []struct {
		name, visibility string
		breaks           func(b *bench) bool // now, where the run waits
		alarms, messages int
	}{
		{"while it looks", "public", func(*bench) bool { return true }, 1, 1},
		{"while it delivers", "private", func(b *bench) bool { return len(b.Mail.Mails()) > 0 }, 1, 1},
		{"while it delivers, in public", "public", func(b *bench) bool { return len(b.Mail.Mails()) > 0 }, 1, 1},
		{"after the report", "public", func(b *bench) bool { return len(b.Slack.Messages()) > 0 }, 0, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld()
			w.Repositories[0].Visibility = tt.visibility
			a := draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -30))
			b := newBench(t, w)
			b.Mail.Break(sandbox.MailRefuse(451, "bob@example.org"))
			b.ticks = true
			broke := false
			b.wait = func() {
				if !broke && tt.breaks(b) {
					broke = true
					panic("at " + a.ID + " of bob@example.org")
				}
			}
			r := b.must(1, map[string]string{"GITHUB_EVENT_NAME": "schedule", "INPUT_LEDGER-KEY": ageKey(t)})
			n, text := r.alarms()
			if n != tt.alarms || len(r.slack) != tt.messages {
				t.Errorf("%d alarms of %d messages, want %d of %d", n, len(r.slack), tt.alarms, tt.messages)
			}
			if n > 0 && !strings.Contains(text, "internal error, please report this bug") || strings.Contains(text, a.ID) || strings.Contains(text, "bob@") {
				t.Errorf("the alarm says %s", text)
			}
			if !broke || !strings.Contains(r.stderr, "the program crashed") || strings.Contains(r.stderr, a.ID) {
				t.Errorf("the log says %s", r.stderr)
			}
			if took := time.Duration(b.passed.Load()); tt.visibility == "public" && took != 2*time.Minute {
				t.Errorf("it took %v", took)
			}
		})
	}
}

// The same while inputs are read: where reports go is known by then.
func TestAlarmOfAPanicWhileInputsAreRead(t *testing.T) {
	for _, visibility := range []string{"public", "private"} {
		t.Run(visibility, func(t *testing.T) {
			w := newWorld()
			w.Repositories[0].Visibility = visibility
			b := newBench(t, w)
			b.ticks = true
			calls := 0
			b.hush = func() { // the second time is after the inputs were read
				if calls++; calls == 2 {
					panic("at bob@example.org")
				}
			}
			r := b.must(1, map[string]string{"GITHUB_EVENT_NAME": "schedule", "INPUT_LEDGER-KEY": ageKey(t)})
			n, text := r.alarms()
			if n != 1 || !strings.Contains(text, "internal error, please report this bug") || strings.Contains(text, "bob@") {
				t.Errorf("%d alarms, which say %s", n, text)
			}
			if !strings.Contains(r.stderr, "the program crashed") || strings.Contains(r.stderr, "bob@") {
				t.Errorf("the log says %s", r.stderr)
			}
			if took := time.Duration(b.passed.Load()); visibility == "public" && took != 2*time.Minute {
				t.Errorf("it took %v", took)
			}
		})
	}
}

// Whoever starts a run by hand sees that it fails; a second attempt, a preview and
// a check say nothing to others.
func TestNoAlarm(t *testing.T) {
	for name, change := range map[string]map[string]string{
		"by hand":          {"GITHUB_EVENT_NAME": "workflow_dispatch"},
		"outside Actions":  {"GITHUB_EVENT_NAME": "", "GITHUB_ACTIONS": "", "GITHUB_RUN_ID": "", "INPUT_LEDGER": filepath.Join(t.TempDir(), "ledger.json")},
		"a second attempt": {"GITHUB_RUN_ATTEMPT": "2"},
		"a preview":        {"INPUT_DRY-RUN": "true"},
		"a check":          {"INPUT_CHECK": "true"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, newWorld())
			b.inputs = map[string]string{"GITHUB_EVENT_NAME": "schedule", "INPUT_TOKEN": "ghp_revoked"}
			if r := b.must(1, change); len(r.mails)+len(r.slack) > 0 {
				t.Errorf("%d mails and %d messages", len(r.mails), len(r.slack))
			}
		})
	}
}

// An alarm goes to the next place where the first takes none, and to none that
// others read.
func TestAlarmTakesTheNextPlace(t *testing.T) {
	for name, change := range map[string]map[string]string{
		"a wrong Slack token":      {"INPUT_SLACK-TOKEN": "xoxp-1-2"},
		"a revoked Slack token":    {"INPUT_SLACK-TOKEN": "xoxb-revoked"},
		"a public channel":         {"INPUT_SLACK-CHANNEL": "general"},
		"no such channel":          {"INPUT_SLACK-CHANNEL": "nowhere"},
		"a wrong address of Slack": {"INPUT_SLACK-API-URL": "http://slack.example"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, newWorld())
			b.inputs = map[string]string{"GITHUB_EVENT_NAME": "schedule", "INPUT_FORCE": "perhaps", "INPUT_REPORT-EMAIL": "swg@example.org"}
			r := b.must(2, change)
			if n, _ := r.alarms(); n != 1 || len(r.mails) != 1 || len(r.slack) != 0 {
				t.Errorf("%d alarms, %d mails, %d messages", n, len(r.mails), len(r.slack))
			}
		})
	}
}

// A public log never says that a report has what no report has.
func TestPublicLogNamesNoReportThatIsNone(t *testing.T) {
	for _, tt := range breakdowns() {
		for _, event := range []string{"schedule", "workflow_dispatch"} {
			if tt.status == 2 {
				continue // all mistakes are in the log
			}
			t.Run(tt.name+", "+event, func(t *testing.T) {
				w := newWorld()
				w.Repositories[0].Visibility = "public"
				draft(w, "wheel", "critical", wednesday.AddDate(0, 0, -30))
				b := newBench(t, w)
				path := filepath.Join(t.TempDir(), "event.json")
				if err := os.WriteFile(path, []byte(`{"repository":{"visibility":"public"}}`), 0o600); err != nil {
					t.Fatal(err)
				}
				b.inputs = map[string]string{"GITHUB_EVENT_NAME": event, "GITHUB_EVENT_PATH": path, "INPUT_LEDGER-KEY": strings.Repeat("key-", 10)}
				if tt.set != nil {
					b.must(0, nil)
					b.World.Lock()
					b.World.Repositories[0].CommitFile(branchName, "ledger.json.age", "{", "A slip", b.now)
					b.World.Unlock()
				}
				r := b.must(tt.status, tt.change)
				n, text := r.alarms()
				if want := map[string]int{"schedule": 1}[event]; n != want {
					t.Errorf("%d alarms, want %d\n%s", n, want, text)
				}
				if strings.Contains(r.stdout, "the report has them") {
					t.Errorf("there is no report, and the log says:\n%s", r.stdout)
				}
				if want := map[string]string{"schedule": "what was sent to where reports go has them", "workflow_dispatch": "there is no report"}[event]; !strings.Contains(r.stdout, want) {
					t.Errorf("the log lacks %q:\n%s", want, r.stdout)
				}
			})
		}
	}
	t.Run("a report that did not go out", func(t *testing.T) {
		w := newWorld()
		w.Repositories[0].Visibility = "public"
		draft(w, "wheel", "critical", wednesday.AddDate(0, 0, -30))
		b := newBench(t, w)
		path := filepath.Join(t.TempDir(), "event.json")
		if err := os.WriteFile(path, []byte(`{"repository":{"visibility":"public"}}`), 0o600); err != nil {
			t.Fatal(err)
		}
		b.Slack.RevokeToken(sandbox.SlackToken)
		r := b.must(1, map[string]string{"GITHUB_EVENT_PATH": path, "INPUT_LEDGER-KEY": fmt.Sprint(strings.Repeat("key-", 10))})
		if strings.Contains(r.stdout, "the report has them") {
			t.Errorf("the report did not go out, and the log says:\n%s", r.stdout)
		}
	})
}
