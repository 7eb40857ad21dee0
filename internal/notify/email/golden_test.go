package email_test

import (
	"context"
	"flag"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/notify/email"
	"github.com/openedx/advisory-reminders/internal/notify/notifytest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestMails compares every mail as it arrived: the headers, and both parts
// decoded.
func TestMails(t *testing.T) {
	tests := []struct {
		name string
		send func(*email.Mailer) error
	}{
		{"digest-one", digest(notifytest.One())},
		{"digest-three", digest(notifytest.Three())},
		{"digest-team", digest(notifytest.Team())},
		{"digest-hostile", digest(notifytest.Hostile())},
		{"digest-many", digest(notifytest.Many(5))},
		{"report-full", report(notifytest.Full())},
		{"report-heartbeat", report(notifytest.Heartbeat())},
		{"report-alarm", report(notifytest.Alarm())},
		{"report-routine", report(notifytest.Routine())},
		{"report-hostile", report(notifytest.HostileReport())},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t, nil, false)
			m := email.New(config(s.port))
			defer m.Close()
			if err := tt.send(m); err != nil {
				t.Fatal(err)
			}
			raw := s.got()[0].message
			head, _, _ := strings.Cut(raw, "\r\n\r\n")
			golden(t, tt.name+".headers", strings.ReplaceAll(head, "\r\n", "\n")+"\n")
			text, html := parts(t, raw)
			golden(t, tt.name+".txt", text)
			golden(t, tt.name+".html", html)
			for _, line := range strings.Split(raw, "\r\n") {
				if len(line) > 998 || strings.ContainsAny(line, "\r\n") {
					t.Errorf("a line of %d bytes, or a bare line break: %.80q", len(line), line)
				}
			}
			checkHTML(t, html)
		})
	}
}

func digest(d notify.Digest) func(*email.Mailer) error {
	return func(m *email.Mailer) error { return m.Digest(context.Background(), to, d) }
}

func report(r notify.Report) func(*email.Mailer) error {
	return func(m *email.Mailer) error { return m.Report(context.Background(), to, r) }
}

// parts reads the two parts of a mail.
func parts(t *testing.T, raw string) (text, html string) {
	t.Helper()
	m, err := mail.ReadMessage(strings.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	kind, parameters, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("Content-Type %q: %v", m.Header.Get("Content-Type"), err)
	}
	r := multipart.NewReader(m.Body, parameters["boundary"])
	var got []string
	for _, want := range []string{"text/plain", "text/html"} {
		p, err := r.NextRawPart()
		if err != nil {
			t.Fatal(err)
		}
		if kind, _, _ := mime.ParseMediaType(p.Header.Get("Content-Type")); kind != want {
			t.Fatalf("a part is %q, want %q", kind, want)
		}
		b, err := io.ReadAll(quotedprintable.NewReader(p))
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, strings.ReplaceAll(string(b), "\r\n", "\n"))
	}
	if _, err := r.NextRawPart(); err != io.EOF {
		t.Fatalf("there is a third part: %v", err)
	}
	return got[0], got[1]
}

var (
	tag    = regexp.MustCompile(`<(/?)([a-zA-Z0-9]+)[^>]*>`)
	ours   = regexp.MustCompile(`^(html|head|meta|title|style|body|div|p|h1|h2|strong|code|a|table|caption|thead|tbody|tr|th|td|ol|ul|li|span|br|hr)$`)
	handle = regexp.MustCompile(`<[^>]*\s(on[a-z]+|src)\s*=`)
	cells  = regexp.MustCompile(`<(table|thead|tbody|tr|th|td)(?: [^>]*)?>(\s*(?:<caption)?)`)
)

// checkHTML checks that a page is made of the templates' own elements alone,
// that all of them are closed, and that its tables have scopes.
func checkHTML(t *testing.T, html string) {
	t.Helper()
	if m := handle.FindString(html); m != "" {
		t.Errorf("something acts or loads: %.100s", m)
	}
	var open []string
	for _, m := range tag.FindAllStringSubmatch(html, -1) {
		name := m[2]
		switch {
		case !ours.MatchString(name):
			t.Errorf("an element %s that no template holds", m[0])
		case name == "meta", name == "br", name == "hr":
		case m[1] == "":
			open = append(open, name)
		case len(open) == 0 || open[len(open)-1] != name:
			t.Fatalf("%s closes none of %v", m[0], open)
		default:
			open = open[:len(open)-1]
		}
	}
	if len(open) > 0 {
		t.Errorf("%v are not closed", open)
	}
	// Where a sheet stacks its cells a table would lose its meaning without roles. One
	// that only lays out has none to lose.
	layout := 0 // how deep in such tables, all of which are around those of data
	for _, m := range cells.FindAllStringSubmatch(html, -1) {
		if m[1] == "table" && strings.Contains(m[0], ` role="presentation"`) {
			layout++
		}
		if m[1] == "table" && strings.Contains(m[0], ` role="table"`) {
			layout = 0
		}
		if layout > 0 {
			continue
		}
		if !strings.Contains(m[0], " role=") {
			t.Errorf("%s has no role", m[0])
		}
		if m[1] == "th" && !strings.Contains(m[0], " scope=") {
			t.Errorf("%s has no scope", m[0])
		}
		if m[1] == "table" && !strings.Contains(m[0], " aria-label=\"") && !strings.HasPrefix(strings.TrimSpace(m[2]), "<caption") {
			t.Errorf("%s has neither a label nor a caption", m[0])
		}
	}
	if strings.Contains(html, "javascript:") && strings.Contains(html, `href="javascript:`) {
		t.Error("a link to javascript:")
	}
	// Mail programs take what is inside of body, and leave html out.
	if strings.Count(html, `lang="en"`) != 2 || !strings.Contains(html, `role="article" aria-label="`) {
		t.Error("the page and the message don't both name their language, or the message has no name")
	}
}

// TestHeaders checks what no mail may lack or hold, whatever comes from
// outside.
func TestHeaders(t *testing.T) {
	s := serve(t, nil, false)
	m := email.New(config(s.port))
	defer m.Close()
	d := notifytest.Hostile()
	d.Texts.Organization = "Open edX\r\nBcc: victim@example.org"
	if err := m.Digest(context.Background(), "Evil \"x\" <ada@example.org>", d); err != nil {
		t.Fatal(err)
	}
	got, err := mail.ReadMessage(strings.NewReader(s.got()[0].message))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"Message-Id":     "<" + d.ID + "@openedx.test>",
		"Auto-Submitted": "auto-generated",
		"List-Id":        "<advisory-reminders.openedx.test>",
		"From":           `"Reminders" <reminders@openedx.test>`,
		"Reply-To":       "<security@openedx.org>",
		"To":             "<ada@example.org>",
		"Date":           "Mon, 02 Nov 2026 14:17:00 +0000",
		"Mime-Version":   "1.0",
		"Subject":        "1 critical advisory waits for you, next reminder 9 Nov [Open edX Bcc: victim@example.org security]",

		"List-Help":                "<mailto:security@openedx.org?subject=Advisory%20reminder%3A%20help>",
		"List-Unsubscribe":         "<mailto:security@openedx.org?subject=Advisory%20reminder%3A%20not%20mine>",
		"X-Auto-Response-Suppress": "DR, RN, NRN, OOF, AutoReply",
		"X-Reminder-Cadence":       "weekly",
	}
	for name, value := range want {
		if d := cmp.Diff([]string{value}, got.Header[name]); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
	for name := range got.Header {
		switch name {
		case "Content-Type":
		default:
			if _, ok := want[name]; !ok {
				t.Errorf("an unexpected header %s: %v", name, got.Header[name])
			}
		}
	}
}

// Answers go to whom the message says to ask, where nothing else is set.
func TestReplyTo(t *testing.T) {
	for _, tt := range []struct{ replyTo, contact, want string }{
		{"answers@example.org", "security@openedx.org", "<answers@example.org>"},
		{"", "security@openedx.org", "<security@openedx.org>"},
		{"", "", ""},
		{"", "our desk\r\nBcc: victim@example.org", ""},
		{"", "=?utf-8?q?=0D=0ABcc=3A_victim=40example.org?=x@example.org", ""},
		{"", "=?q@example.org", ""},
		{"", "=q?@example.org", "<=q?@example.org>"},
	} {
		s := serve(t, nil, false)
		c := config(s.port)
		c.ReplyTo = tt.replyTo
		m := email.New(c)
		defer m.Close()
		d := notifytest.One()
		d.Texts.Contact = tt.contact
		if err := digest(d)(m); err != nil {
			t.Fatal(err)
		}
		got, err := mail.ReadMessage(strings.NewReader(s.got()[0].message))
		if err != nil {
			t.Fatal(err)
		}
		if got.Header.Get("Reply-To") != tt.want {
			t.Errorf("reply-to %q and contact %q: Reply-To %q, want %q", tt.replyTo, tt.contact, got.Header.Get("Reply-To"), tt.want)
		}
	}
}

// TestSubjectIsNoSecret checks that a subject holds nothing of the advisory.
func TestSubjectIsNoSecret(t *testing.T) {
	s := serve(t, nil, false)
	m := email.New(config(s.port))
	defer m.Close()
	d := notifytest.Three()
	for i := range d.Items {
		d.Items[i].Summary = "the secret"
	}
	r := notifytest.Full()
	if err := digest(d)(m); err != nil {
		t.Fatal(err)
	}
	if err := report(r)(m); err != nil {
		t.Fatal(err)
	}
	for _, g := range s.got() {
		head, _, _ := strings.Cut(g.message, "\r\n\r\n")
		for _, secret := range []string{"GHSA", "secret", "frontend", "edx-platform", "octocat"} {
			if strings.Contains(head, secret) {
				t.Errorf("the headers hold %q:\n%s", secret, head)
			}
		}
	}
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	path := filepath.Join("testdata", file)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (go test -update writes it)", err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s differs (-want +got; go test -update accepts it):\n%s", path, d)
	}
}
