package action_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openedx/advisory-reminders/internal/ledger"
	"github.com/openedx/advisory-reminders/internal/sandbox"
)

// The report goes to the channel, over a webhook, into a workflow, or by mail.
func TestReportDestinations(t *testing.T) {
	for _, way := range []string{"bot", "webhook", "workflow", "mail"} {
		t.Run(way, func(t *testing.T) {
			w := newWorld()
			draft(w, "orphan", "critical", wednesday.AddDate(0, 0, -30))
			b := newBench(t, w)
			change := map[string]string{"INPUT_SLACK-TOKEN": "", "INPUT_SLACK-CHANNEL": ""}
			switch way {
			case "bot":
				change = nil
			case "webhook":
				change["INPUT_SLACK-WEBHOOK-URL"] = b.Slack.AddWebhook("C0SECURITY")
			case "workflow":
				change["INPUT_SLACK-WEBHOOK-URL"] = b.Slack.AddWorkflow("msg")
			case "mail":
				change["INPUT_REPORT-EMAIL"] = "swg@example.org, Duty <duty@example.org>"
			}
			first := b.must(0, change)
			if way == "mail" {
				var to []string
				for _, m := range first.mails {
					to = append(to, m.To...)
				}
				if slices.Sort(to); !slices.Equal(to, []string{"duty@example.org", "swg@example.org"}) || !strings.Contains(first.mails[0].Text, "acme/orphan") {
					t.Errorf("the report's mail went to %v", to)
				}
			} else {
				if len(first.slack) == 0 || first.slack[0].Via != way {
					t.Fatalf("Slack got %+v, want a message by %s", first.slack, way)
				}
				if m := first.slack[0]; !strings.Contains(m.Text+string(m.Blocks), "acme/orphan") {
					t.Errorf("the report is %s %s", m.Text, m.Blocks)
				}
			}
			if second := b.must(0, change); len(second.mails)+len(second.slack) != 0 {
				t.Errorf("the second run sent %d mails and %d messages", len(second.mails), len(second.slack))
			}
		})
	}
}

func TestSlackFirst(t *testing.T) {
	t.Parallel()
	w := newWorld()
	draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -30))
	draft(w, "wheel", "critical", wednesday.AddDate(0, 0, -30))
	// The services are started without cleo, so that Slack doesn't know her.
	cleo := w.Users[2].Email
	w.Users[2].Email = ""
	b := newBench(t, w)
	w.Users[2].Email = cleo

	r := b.must(0, map[string]string{"INPUT_CONFIG-TEXT": "channels: [slack, email]\ncontacts: {'user:bob': {slack: U00000002}}"})
	var direct []string
	for _, m := range r.slack {
		if m.UserID != "" {
			direct = append(direct, m.UserID)
			var metadata struct {
				Payload map[string]string `json:"event_payload"`
			}
			if err := json.Unmarshal(m.Metadata, &metadata); err != nil || len(metadata.Payload["delivery_id"]) != 32 {
				t.Errorf("metadata %s holds no delivery id", m.Metadata)
			}
		}
	}
	slices.Sort(direct)
	if diff := cmp.Diff([]string{"U00000001", "U00000002"}, direct); diff != "" {
		t.Errorf("direct messages (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"cleo@example.org"}, r.to()); diff != "" {
		t.Errorf("mails (-want +got):\n%s", diff)
	}
}

// Who is known to no channel leaves the reminder to the working group.
func TestSlackOnly(t *testing.T) {
	w := newWorld()
	a := draft(w, "wheel", "critical", wednesday.AddDate(0, 0, -30))
	cleo := w.Users[2].Email
	w.Users[2].Email = ""
	b := newBench(t, w)
	w.Users[2].Email = cleo
	r := b.must(0, map[string]string{"INPUT_CONFIG-TEXT": "channels: [slack]"})
	if len(r.mails) != 0 || !strings.Contains(r.reports(), "Needs an owner") || !strings.Contains(r.reports(), a.ID) {
		t.Errorf("%d mails, and the report\n%s", len(r.mails), r.reports())
	}
	if r.outputs["unrouted"] != "1" {
		t.Errorf("outputs %v", r.outputs)
	}
}

func TestRefusedAddress(t *testing.T) {
	t.Parallel()
	w := newWorld()
	draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -30))
	b := newBench(t, w)
	b.Mail.Break(sandbox.MailRefuse(550, "ann@example.org"))

	// Slack knows ann, so it is the next channel.
	r := b.must(0, nil)
	var direct int
	for _, m := range r.slack {
		if m.UserID != "" {
			direct++
		}
	}
	if !slices.Equal(r.to(), []string{"bob@example.org"}) || direct != 1 {
		t.Errorf("mails to %v and %d direct messages, want bob's mail and ann's message", r.to(), direct)
	}

	// Without Slack the working group is told, once in the period.
	b.now = b.now.AddDate(0, 0, 7)
	mailOnly := map[string]string{"INPUT_CONFIG-TEXT": "channels: [email]"}
	r = b.must(0, mailOnly)
	if !slices.Equal(r.to(), []string{"bob@example.org"}) || !strings.Contains(r.reports(), "user:ann can't be reached") {
		t.Errorf("mails to %v, report:\n%s", r.to(), r.reports())
	}
	b.now = b.now.AddDate(0, 0, 1)
	if r := b.must(0, mailOnly); len(r.mails)+len(r.slack) != 0 {
		t.Errorf("the next day there are %d mails and the report\n%s", len(r.mails), r.reports())
	}
}

func TestMailServerOutOfOrder(t *testing.T) {
	w := newWorld()
	draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -30))
	b := newBench(t, w)
	b.Mail.Break(func(at sandbox.MailStep, value string) sandbox.MailAnswer {
		return sandbox.MailAnswer{Code: 554}
	})
	r := b.must(1, nil)
	if len(r.mails) != 0 || !strings.Contains(r.reports(), "Could not deliver") {
		t.Errorf("%d mails, and the report\n%s", len(r.mails), r.reports())
	}
	if r.outputs["digests-failed"] != "2" || r.outputs["digests-sent"] != "0" {
		t.Errorf("outputs %v", r.outputs)
	}
	b.Mail.Break(nil)
	if r := b.must(0, nil); len(r.mails) != 2 {
		t.Errorf("the next run sent %d mails, want both", len(r.mails))
	}
}

// What a report could not say is said by the next one.
func TestReportThatFails(t *testing.T) {
	w := newWorld()
	draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -30))
	o := draft(w, "orphan", "high", wednesday.AddDate(0, -2, 0))
	b := newBench(t, w)
	b.Slack.Break(func(method string, _ *http.Request) http.Handler {
		if method != "chat.postMessage" {
			return nil
		}
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(`{"ok":false,"error":"fatal_error"}`))
		})
	})
	if r := b.must(1, nil); len(r.mails) != 2 || len(r.slack) != 0 {
		t.Errorf("%d mails and %d messages, want the mails alone", len(r.mails), len(r.slack))
	}
	b.Slack.Break(nil)
	r := b.must(0, nil)
	if len(r.mails) != 0 {
		t.Errorf("%d mails a second time", len(r.mails))
	}
	for _, want := range []string{o.ID, "user:ann", "user:bob", "Told for the first time", "Needs an owner", "Digests sent"} {
		if !strings.Contains(r.reports(), want) {
			t.Errorf("the second report lacks %q:\n%s", want, r.reports())
		}
	}
}

// In a public repository nothing is said but whether the run went well, and
// which step failed.
func TestPublicLog(t *testing.T) {
	for _, visibility := range []string{"public", "internal"} {
		for _, broken := range []bool{false, true} {
			w := newWorld()
			a := draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -30))
			w.Repositories[0].Visibility = visibility
			b := newBench(t, w)
			event := filepath.Join(t.TempDir(), "event.json")
			if err := os.WriteFile(event, []byte(`{"repository":{"private":true,"visibility":"`+visibility+`"}}`), 0o600); err != nil {
				t.Fatal(err)
			}
			env := map[string]string{"GITHUB_EVENT_PATH": event, "INPUT_LEDGER-KEY": ageKey(t)}
			status := 0
			if broken {
				status = 1
				b.Mail.Break(sandbox.MailRefuse(450, "ann@example.org"))
			}
			r := b.must(status, env)
			text := r.summary
			for line := range strings.Lines(r.stdout + r.stderr) {
				if !strings.HasPrefix(line, "::add-mask::") {
					text += line
				}
			}
			for _, secret := range []string{a.ID, "rocket", "ann", "bob", "Secret", "example.org", "1 ", "2 "} {
				if strings.Contains(strings.ReplaceAll(text, "Advisory Reminders", ""), secret) {
					t.Errorf("%s, broken %v: the log holds %q:\n%s", visibility, broken, secret, text)
				}
			}
			if broken != strings.Contains(text, "Step: deliver the digests") {
				t.Errorf("%s, broken %v: the log is\n%s", visibility, broken, text)
			}
			if len(r.outputs) != 0 {
				t.Errorf("outputs are set: %v", r.outputs)
			}
			if len(r.mails) == 0 {
				t.Error("no mail")
			}
			b.Mail.Break(nil)
			b.now = b.now.AddDate(0, 0, 1)
			again := b.must(0, env)
			if broken != slices.Contains(again.to(), "ann@example.org") || slices.Contains(again.to(), "bob@example.org") {
				t.Errorf("broken %v: the second run wrote to %v", broken, again.to())
			}
		}
	}
}

func ageKey(t *testing.T) string {
	t.Helper()
	return ledger.NewID() + ledger.NewID()
}
