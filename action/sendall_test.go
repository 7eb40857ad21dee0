package action_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/openedx/advisory-reminders/internal/sandbox"
)

const me = "me@example.org"

// written returns the requests to GitHub that would change something there.
func (b *bench) written() (list []string) {
	for _, r := range b.GitHub.Requests() {
		if r.Method != "GET" && !r.GraphQL || strings.Contains(r.Query, "mutation") {
			list = append(list, r.Method+" "+r.Path)
		}
	}
	return list
}

// In a try one person gets everything that would go out, each with whom it is
// for, and nobody else gets anything; no run after it knows of it.
func TestEverythingGoesToTheOneWhoTries(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, to string
		change   map[string]string
	}{
		{"by mail", me, nil},
		{"by mail, with no place for the report and no ledger", me, map[string]string{
			"INPUT_SLACK-TOKEN": "", "INPUT_SLACK-CHANNEL": "", "INPUT_LEDGER-TOKEN": ""}},
		{"on Slack", sandbox.SlackID(2), nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld()
			draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -1)) // not due yet, unless forced
			draft(w, "wheel", "low", wednesday.AddDate(0, 0, -30))
			draft(w, "orphan", "high", wednesday.AddDate(0, 0, -60))
			b := newBench(t, w)
			change := map[string]string{"INPUT_SEND-ALL-TO": tt.to, "INPUT_MAX-RECIPIENTS": "1"}
			maps.Copy(change, tt.change)
			r := b.must(0, change)
			if list := b.written(); len(list) > 0 {
				t.Errorf("GitHub was asked to change something: %v", list)
			}
			var texts []string
			for _, m := range r.mails {
				if len(m.To) != 1 || m.To[0] != tt.to {
					t.Errorf("a mail to %v", m.To)
				}
				texts = append(texts, strings.Join(strings.Fields(m.Text), " "))
				if !strings.Contains(m.HTML, "would go to") {
					t.Errorf("the HTML does not say to whom it would go:\n%.600s", m.HTML)
				}
			}
			for _, m := range r.slack {
				if m.UserID != tt.to {
					t.Errorf("a Slack message to %s%s", m.ChannelName, m.UserID)
				}
				if m.ThreadTS == "" {
					texts = append(texts, string(m.Blocks))
				}
			}
			if len(texts) != 4 {
				t.Fatalf("%d messages, want three digests and a report", len(texts))
			}
			all := strings.Join(texts, "\n")
			for _, want := range []string{"would go to user:ann, by email to ann@example.org", "would go to user:bob, by email to bob@example.org", "would go to user:cleo, by email to cleo@example.org",
				"This was a try: the report and 3 digests went to you", "Needs an owner"} {
				if strings.Count(all, want) != 1 {
					t.Errorf("%d times %q in\n%s", strings.Count(all, want), want, all)
				}
			}
			if strings.Contains(all, "dry run") || strings.Contains(all, "First run") {
				t.Errorf("a try is no dry run, and no first one:\n%s", all)
			}
			if want := map[bool]string{true: "no place for it is set", false: "the Slack channel " + sandbox.ReportChannel}[tt.change != nil]; !strings.Contains(all, want) {
				t.Errorf("the report does not say %q", want)
			}
			if r.outputs["digests-sent"] != "0" || r.outputs["due-reminders"] != "4" {
				t.Errorf("outputs %v", r.outputs)
			}
			// The next live run is the first one, also of the same workflow run.
			live := b.must(0, map[string]string{"INPUT_FORCE": "true"})
			if !strings.Contains(live.reports(), "First run") || fmt.Sprint(live.to()) != "[ann@example.org bob@example.org cleo@example.org]" {
				t.Errorf("the run after it: mails to %v, report\n%s", live.to(), live.reports())
			}
		})
	}
}

// Where there is a ledger, a try says by it which reminder each would be, and
// leaves it as it is. One that can't be read is done without.
func TestATryReadsTheLedger(t *testing.T) {
	w := newWorld()
	draft(w, "wheel", "critical", wednesday.AddDate(0, 0, -30))
	b := newBench(t, w)
	b.must(0, nil)
	b.GitHub.ResetRequests()
	b.now = b.now.AddDate(0, 0, 1)
	try := map[string]string{"INPUT_SEND-ALL-TO": me}
	if r := b.must(0, try); len(r.mails) != 2 || !strings.Contains(r.mails[0].Text+r.mails[1].Text, "2nd reminder") {
		t.Errorf("mails: %v", r.mails)
	}
	event := filepath.Join(t.TempDir(), "event.json") // so that the log is private without asking
	if err := os.WriteFile(event, []byte(`{"repository":{"visibility":"private"}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	try["INPUT_LEDGER-TOKEN"], try["GITHUB_EVENT_PATH"] = "revoked", event
	if r := b.must(0, try); len(r.mails) != 2 || !strings.Contains(r.mails[0].Text+r.mails[1].Text, "first reminder") || !strings.Contains(r.stdout, "The ledger can't be read") {
		t.Errorf("with a ledger that can't be read: %v\n%s", r.mails, r.stdout)
	}
	if list := b.written(); len(list) > 0 {
		t.Errorf("GitHub was asked to change something: %v", list)
	}
	b.now = b.now.AddDate(0, 0, 6)
	if r := b.must(0, nil); len(r.mails) != 1 || !strings.Contains(r.mails[0].Text, "2nd reminder") {
		t.Errorf("the next live run's mails: %v", r.mails)
	}
}

// A try sends the 20 digests with the most severe drafts, and says how many more
// there are.
func TestATrySendsTheMostSevere(t *testing.T) {
	for _, people := range []int{20, 21, 25} {
		w := newWorld()
		for i := range people {
			login := fmt.Sprintf("p%02d", i)
			w.Organizations[0].Members = append(w.Organizations[0].Members, login)
			w.Users = append(w.Users, &sandbox.User{Login: login, Email: login + "@example.org"})
			w.Repositories = append(w.Repositories, &sandbox.Repository{Owner: "acme", Name: "r" + login, Files: catalog("user:" + login)})
			severity := "critical"
			if i < 5 {
				severity = "low" // the first by name are the last here
			}
			draft(w, "r"+login, severity, wednesday.AddDate(0, -8, 0))
		}
		b := newBench(t, w)
		r := b.must(0, map[string]string{"INPUT_SEND-ALL-TO": me})
		low, report := 0, ""
		for _, m := range r.mails {
			if strings.Contains(m.Text, "Low, open") && strings.Contains(m.Text, "would go to") {
				low++
			}
			if strings.Contains(m.Header.Get("Subject"), "report") {
				report = strings.Join(strings.Fields(m.Text), " ")
			}
		}
		if len(r.mails) != 21 || low != max(0, 25-people) {
			t.Errorf("%d people: %d mails, %d of them about a low one", people, len(r.mails), low)
		}
		if more := fmt.Sprintf("(%d more did not go out)", people-20); strings.Contains(report, more) != (people > 20) {
			t.Errorf("%d people: the report\n%.400s", people, report)
		}
	}
}

// What a try can't do without is said before anything is asked.
func TestATryNeedsAWayToSend(t *testing.T) {
	b := newBench(t, newWorld())
	noMail := map[string]string{"INPUT_SMTP-SERVER": "", "INPUT_SMTP-PORT": "", "INPUT_EMAIL-FROM": ""}
	for _, tt := range []struct {
		name, to, want string
		change         map[string]string
	}{
		{"no mail server", me, "input send-all-to: is a mail address: it needs smtp-server and email-from", noMail},
		{"no bot token", "U012AB3CD", "input send-all-to: is the id of a Slack member: it needs slack-token", map[string]string{"INPUT_SLACK-TOKEN": "", "INPUT_SLACK-CHANNEL": ""}},
		{"a dry run", me, "input send-all-to: and dry-run are both set", map[string]string{"INPUT_DRY-RUN": "true"}},
		{"a channel", "C012AB3CD", "input send-all-to: is neither a mail address nor the id of a Slack member", nil},
		{"several", "a@example.org, b@example.org", "input send-all-to: is neither a mail address", nil},
	} {
		change := map[string]string{"INPUT_SEND-ALL-TO": tt.to}
		maps.Copy(change, tt.change)
		if r := b.must(2, change); !strings.Contains(r.stdout+r.stderr, tt.want) || strings.Contains(r.stdout+r.stderr, "nowhere to go") {
			t.Errorf("%s: want %q, got\n%s%s", tt.name, tt.want, r.stdout, r.stderr)
		}
	}
	if len(b.Mail.Mails())+len(b.Slack.Messages()) > 0 {
		t.Error("something was sent")
	}
}

// One whose address is refused gets nothing, and the run fails for that: it is no
// news about the others' addresses.
func TestATryToAnAddressThatIsRefused(t *testing.T) {
	w := newWorld()
	draft(w, "wheel", "critical", wednesday.AddDate(0, 0, -30))
	b := newBench(t, w)
	b.Mail.Break(func(at sandbox.MailStep, _ string) sandbox.MailAnswer {
		if at == sandbox.MailAtRecipient {
			return sandbox.MailAnswer{Code: 550, Text: "5.1.1 no such user"}
		}
		return sandbox.MailAnswer{}
	})
	r := b.must(1, map[string]string{"INPUT_SEND-ALL-TO": me})
	if !strings.Contains(r.stdout+r.stderr, "check send-all-to") || strings.Contains(r.stdout+r.stderr+r.summary, "can't be reached") {
		t.Errorf("it says\n%s%s", r.stdout, r.stderr)
	}
}

// In a public repository a try needs no key for a ledger, and its log says nothing.
func TestATryInPublic(t *testing.T) {
	w := newWorld()
	w.Repositories[0].Visibility = "public"
	a := draft(w, "wheel", "critical", wednesday.AddDate(0, 0, -30))
	b := newBench(t, w)
	b.ticks = true
	r := b.must(0, map[string]string{"INPUT_SEND-ALL-TO": me, "ADVISORY_REMINDERS_GRID": "10s"})
	if len(r.mails) != 2 {
		t.Errorf("%d mails, want a digest and a report", len(r.mails))
	}
	for _, secret := range []string{a.ID, me, "cleo", "wheel"} {
		if strings.Contains(r.stdout+r.stderr+r.summary, secret) {
			t.Errorf("the log holds %s:\n%s%s", secret, r.stdout, r.stderr)
		}
	}
}

// A try opens no draft to anybody, looks for no issue, and the live run after it does.
func TestATryGivesNoAccess(t *testing.T) {
	w, a := openWorld("write")
	b := newBench(t, w)
	change := map[string]string{"INPUT_CONFIG-TEXT": "access: configured\nowners:\n  acme/rocket: [group:rocketeers]\n", "INPUT_REPORT-ISSUE": "true"}
	try := maps.Clone(change)
	try["INPUT_SEND-ALL-TO"] = me
	r := b.must(0, try)
	if list := b.written(); len(list) > 0 || b.on(a) != "" || len(r.mails) != 3 {
		t.Errorf("GitHub was asked to change something: %v; collaborators %q, %d mails", list, b.on(a), len(r.mails))
	}
	delete(change, "INPUT_REPORT-ISSUE")
	if b.must(0, change); b.on(a) != "rocketeers" {
		t.Errorf("after a live run %q can open the draft", b.on(a))
	}
}
