package action_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/openedx/advisory-reminders/internal/sandbox"
)

var ofOpenEdX = regexp.MustCompile(`(?i)open ?edx|oep-0*60`)

// Another organization's mails, Slack messages and reports neither send answers to
// Open edX nor lead there, and what they leave out leaves no gap. What is configured
// is there.
func TestNothingPointsToOpenEdXElsewhere(t *testing.T) {
	t.Parallel()
	configured := "messages: {organization: Acme, contact: psirt@acme.example, process-url: 'https://acme.example/process'}"
	for _, tt := range []struct {
		name    string
		change  map[string]string
		replyTo string
		subject string
	}{
		{"nothing configured", map[string]string{"INPUT_CONFIG-TEXT": "channels: [email, slack]"}, "", "[security]"},
		{"by repository", map[string]string{"INPUT_REPOSITORIES": "acme/rocket acme/wheel acme/orphan"}, "", "[security]"},
		{"answers to an address", map[string]string{"INPUT_EMAIL-REPLY-TO": "answers@acme.example"}, "<answers@acme.example>", "[security]"},
		{"configured", map[string]string{"INPUT_CONFIG-TEXT": configured}, "<psirt@acme.example>", "[Acme security]"},
		{"Slack first", map[string]string{"INPUT_CONFIG-TEXT": "channels: [slack]"}, "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld()
			for _, repository := range []string{"rocket", "wheel", "orphan"} {
				draft(w, repository, "high", wednesday.AddDate(0, -2, 0))
			}
			b := newBench(t, w)
			change := map[string]string{"INPUT_REPORT-EMAIL": "swg@acme.example", "INPUT_SLACK-CHANNEL": ""}
			if tt.subject == "" {
				change = map[string]string{}
			}
			for k, v := range tt.change {
				change[k] = v
			}
			got := b.must(0, change)
			if len(got.mails)+len(got.slack) < 4 {
				t.Fatalf("%d mails, %d messages", len(got.mails), len(got.slack))
			}
			texts := []string{got.summary}
			for _, m := range got.mails {
				if r := m.Header.Get("Reply-To"); r != tt.replyTo {
					t.Errorf("Reply-To: %q, want %q", r, tt.replyTo)
				}
				if s := m.Header.Get("Subject"); !strings.Contains(s, tt.subject) {
					t.Errorf("Subject: %s, want %s", s, tt.subject)
				}
				texts = append(texts, m.Header.Get("Subject"), m.Text, m.HTML)
			}
			for _, m := range got.slack {
				texts = append(texts, m.Text, string(m.Blocks))
			}
			for _, text := range texts {
				if found := ofOpenEdX.FindString(text); found != "" {
					t.Errorf("a message holds %q:\n%s", found, text)
				}
				if regexp.MustCompile(`working group: *\.|in [,.]|group: the working group`).MatchString(text) {
					t.Errorf("a gap:\n%s", text)
				}
			}
		})
	}
}

// Open edX's own go where they should.
func TestOpenEdXHasItsOwnMessages(t *testing.T) {
	w := newWorld()
	w.Organizations[0].Login = "openedx"
	for _, r := range w.Repositories {
		r.Owner = "openedx"
	}
	draft(w, "wheel", "high", wednesday.AddDate(0, -2, 0)).Repository = "openedx/wheel"
	w.Tokens[sandbox.WorkflowToken] = &sandbox.Token{App: true, Repositories: []string{"openedx/security-reminders"}, Write: []string{"openedx/security-reminders"}}
	w.SetTime(wednesday)
	s, err := sandbox.Start(w, "openedx/security-reminders")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	b := &bench{t: t, Services: s, now: wednesday}
	got := b.must(0, mailAlone)
	if len(got.mails) != 1 {
		t.Fatalf("%d mails", len(got.mails))
	}
	m := got.mails[0]
	if r := m.Header.Get("Reply-To"); r != "<security@openedx.org>" || !strings.Contains(m.Text, "https://discuss.openedx.org/") {
		t.Errorf("Reply-To: %s\n%s", r, m.Text)
	}
}
