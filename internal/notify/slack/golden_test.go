package slack_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/notify/notifytest"
	"github.com/openedx/advisory-reminders/internal/notify/slack"
)

var update = flag.Bool("update", false, "write the golden files anew")

func digest(d notify.Digest) func(*server) error {
	return func(s *server) error { return s.client().Digest(context.Background(), "U012AB3CD", d) }
}

func report(r notify.Report) func(*server) error {
	return func(s *server) error { return s.client().Report(context.Background(), "C0SECURITY", r) }
}

func webhook(path string, r notify.Report) func(*server) error {
	return func(s *server) error {
		w := slack.NewWebhook(s.URL+path, s.Client())
		w.Pace = time.Nanosecond
		return w.Report(context.Background(), r)
	}
}

// TestMessages compares everything that Slack gets, and checks it against
// Slack's limits.
func TestMessages(t *testing.T) {
	tests := []struct {
		name  string
		send  func(*server) error
		parts int
	}{
		{"digest-one", digest(notifytest.One()), 2},
		{"digest-three", digest(notifytest.Three()), 2},
		{"digest-team", digest(notifytest.Team()), 2},
		{"digest-hostile", digest(notifytest.Hostile()), 2},
		{"digest-many", digest(notifytest.Many(70)), 7},
		{"report-full", report(notifytest.Full()), 1},
		{"report-heartbeat", report(notifytest.Heartbeat()), 1},
		{"report-alarm", report(notifytest.Alarm()), 1},
		{"report-routine", report(notifytest.Routine()), 1},
		{"report-hostile", report(notifytest.HostileReport()), 4},
		{"report-long", report(notifytest.Long()), 6},
		{"webhook-full", webhook("/services/T0/B0/secret", notifytest.Full()), 1},
		{"webhook-long", webhook("/services/T0/B0/secret", notifytest.Long()), 6},
		{"workflow-full", webhook("/triggers/T0/1/secret", notifytest.Full()), 1},
		{"workflow-long", webhook("/triggers/T0/1/secret", notifytest.Long()), 5},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t)
			if err := tt.send(s); err != nil {
				t.Fatal(err)
			}
			got := s.got()
			if len(got) != tt.parts {
				t.Errorf("%d messages, want %d", len(got), tt.parts)
			}
			for i, p := range got {
				checkLimits(t, i, p)
				checkControls(t, p)
			}
			golden(t, tt.name+".json", got)
		})
	}
}

func length(s string) int { return len(utf16.Encode([]rune(s))) }

func checkLimits(t *testing.T, part int, p post) {
	t.Helper()
	if len(p.Blocks) > 50 {
		t.Errorf("part %d: %d blocks", part, len(p.Blocks))
	}
	if p.Text == "" && p.Msg == "" {
		t.Errorf("part %d has no fallback", part)
	}
	all := length(p.Text) + length(p.Msg)
	for i, b := range p.Blocks {
		for _, x := range texts(b) {
			limit := 3000
			if b.Type == "header" {
				limit = 150
			}
			if n := length(x.Text); n == 0 || n > limit {
				t.Errorf("part %d, block %d: %d characters", part, i, n)
			}
			if x.Type == "mrkdwn" && !x.Verbatim {
				t.Errorf("part %d, block %d is not verbatim", part, i)
			}
			all += length(x.Text)
		}
	}
	if all > 12000 {
		t.Errorf("part %d: %d characters in all", part, all)
	}
}

func texts(b block) []text {
	var out []text
	for _, e := range b.Elements {
		if e.Type == "rich_text_preformatted" {
			out = append(out, e.Elements...)
		} else {
			out = append(out, e)
		}
	}
	if b.Text != nil {
		out = append(out, *b.Text)
	}
	return out
}

// control is all that Slack gives a meaning to: there must be none but links
// to where the program itself leads.
var (
	control = regexp.MustCompile(`<[^>]*>`)
	ours    = regexp.MustCompile(`^<@U0DUTY00>$|^<mailto:security@openedx\.org(\?subject=[A-Za-z0-9%]+&amp;body=[A-Za-z0-9%-]*)?\|[^<>|]*>$|^<https://(github\.com/openedx/|docs\.github\.com/en/code-security/|docs\.openedx\.org/(process|maintainers)|discuss\.openedx\.org/|evil\.example/%3E%3Cscript)[^ <>|]*\|[^<>|]*>$`)
)

func checkControls(t *testing.T, p post) {
	t.Helper()
	all := []string{p.Text, p.Msg}
	for _, b := range p.Blocks {
		for _, x := range texts(b) {
			all = append(all, x.Text)
		}
	}
	for _, s := range all {
		for _, c := range control.FindAllString(s, -1) {
			if !ours.MatchString(c) {
				t.Errorf("Slack would act on %s", c)
			}
		}
		for _, r := range "\u202e\u200b\u2028\x1b\r" {
			if strings.ContainsRune(s, r) {
				t.Errorf("there is a %U in %.60q", r, s)
			}
		}
	}
}

// TestNothingIsCut checks that a long report says all that it has to say.
func TestNothingIsCut(t *testing.T) {
	for name, send := range map[string]func(*server) error{
		"channel":  report(notifytest.Long()),
		"webhook":  webhook("/services/x", notifytest.Long()),
		"workflow": webhook("/triggers/x", notifytest.Long()),
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t)
			if err := send(s); err != nil {
				t.Fatal(err)
			}
			b, err := json.Marshal(s.got())
			if err != nil {
				t.Fatal(err)
			}
			for _, i := range notifytest.Long().NeedsOwner {
				if !bytes.Contains(b, []byte("openedx/"+i.Repository.Name+" has no catalog-info.yaml")) {
					t.Errorf("%s is missing", i.Repository.Name)
				}
			}
			if n := bytes.Count(b, []byte("unending")); n != 400 {
				t.Errorf("the long warning has %d of 400 pieces", n)
			}
		})
	}
	s := serve(t)
	if err := digest(notifytest.Many(70))(s); err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(s.got())
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range notifytest.Many(70).Items {
		if !bytes.Contains(b, []byte("Open "+i.ID+`\u003e in `)) {
			t.Errorf("%s is missing", i.ID)
		}
	}
}

// The first report of a large organization is a few messages that somebody can read:
// a list that comes back every week is short, and all who are told are named.
func TestAFirstReportIsAFewMessages(t *testing.T) {
	const drafts, repositories, teams, most = 10_000, 1_000, 40, 12
	r := notify.Report{ID: notifytest.Full().ID, Now: notifytest.Now, FirstRun: true}
	for i := range drafts {
		item := notify.Item{
			ID: fmt.Sprintf("GHSA-2222-2222-%04d", i), URL: fmt.Sprintf("https://github.com/openedx/repository-%d/security/advisories/GHSA-2222-2222-%04d", i%repositories, i),
			Repository: advisory.Repository{Owner: "openedx", Name: fmt.Sprint("repository-", i%repositories)}, Severity: advisory.High, OpenDays: i,
			Unanswered: 2, Since: notifytest.Now, Reason: "user:ada, user:ben, user:grace, user:hubot",
		}
		r.NeedsAdmin, r.NoAnswer = append(r.NeedsAdmin, item), append(r.NoAnswer, item)
		r.Triage, r.Talk.Overdue = append(r.Triage, item), append(r.Talk.Overdue, item)
	}
	for i := range repositories {
		r.FirstTold = append(r.FirstTold, notify.FirstTold{
			To: fmt.Sprint("team:openedx/team-", i%teams), Repository: advisory.Repository{Owner: "openedx", Name: fmt.Sprint("told-", i)},
			URL: fmt.Sprint("https://github.com/openedx/told-", i), Route: fmt.Sprintf("group:team-%d, in catalog-info.yaml", i%teams),
		})
	}
	s := serve(t)
	if err := report(r)(s); err != nil {
		t.Fatal(err)
	}
	if n := len(s.got()); n > most {
		t.Errorf("%d messages, want at most %d", n, most)
	}
	b, err := json.Marshal(s.got())
	if err != nil {
		t.Fatal(err)
	}
	for i := range repositories {
		if !bytes.Contains(b, fmt.Appendf(nil, "|openedx/told-%d\\u003e", i)) {
			t.Errorf("openedx/told-%d is missing", i)
		}
	}
	if n := bytes.Count(b, []byte("and 9950 others, all of them new")); n != 4 {
		t.Errorf("%d lists say how much they leave out, want 4", n)
	}
}

func golden(t *testing.T, file string, got []post) {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(got); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", file)
	if *update {
		if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (go test -update writes it)", err)
	}
	if d := cmp.Diff(string(want), b.String()); d != "" {
		t.Errorf("%s differs (-want +got; go test -update accepts it):\n%s", path, d)
	}
}
