package action_test

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/openedx/advisory-reminders/internal/sandbox"
)

// mailServer gives the bench another mail server, and returns the inputs for it.
func (b *bench) mailServer(o sandbox.MailOptions) map[string]string {
	b.t.Helper()
	m, err := sandbox.StartMail(b.World.Now, o)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(m.Close)
	b.Mail.Close()
	b.Mail = m
	return map[string]string{"INPUT_SMTP-PORT": strconv.Itoa(m.Port), "INPUT_SMTP-USERNAME": o.Username, "INPUT_SMTP-PASSWORD": o.Password}
}

// The inputs about mail arrive where they count: the name in EHLO and the way to log
// in, in a check and in a run.
func TestInputsForTheMailServer(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change map[string]string
		hello  string
		login  string
	}{
		{"defaults", nil, "example.org", "CRAM-MD5"},
		{"configured", map[string]string{"INPUT_SMTP-HELLO": "runner.example.net", "INPUT_SMTP-AUTH": "XOAUTH2"}, "runner.example.net", "XOAUTH2"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld()
			draft(w, "wheel", "high", wednesday.AddDate(0, -2, 0))
			b := newBench(t, w)
			change := b.mailServer(sandbox.MailOptions{Username: "mailer", Password: "ya29.a0AfB-token", Mechanisms: []string{"PLAIN", "XOAUTH2", "CRAM-MD5"}})
			maps.Copy(change, tt.change)
			hellos := make(chan string, 99)
			b.Mail.Break(func(at sandbox.MailStep, value string) sandbox.MailAnswer {
				if at == sandbox.MailAtHello {
					hellos <- value
				}
				return sandbox.MailAnswer{}
			})
			b.must(0, change, "check")
			b.must(0, change)
			if len(b.Mail.Mails()) != 1 || !slices.Equal(b.Mail.Logins(), []string{tt.login, tt.login}) {
				t.Errorf("%d mails, logins %v", len(b.Mail.Mails()), b.Mail.Logins())
			}
			for range 2 {
				if got := <-hellos; got != tt.hello {
					t.Errorf("EHLO %s, want %s", got, tt.hello)
				}
			}
		})
	}
}

// The name at the mail server is no secret: it may be a word of every link.
func TestUsernameIsNoSecret(t *testing.T) {
	w := newWorld()
	d := draft(w, "rocket", "high", wednesday.AddDate(0, -2, 0))
	b := newBench(t, w)
	change := b.mailServer(sandbox.MailOptions{Username: "rocket", Password: "s3cret-password"})
	got := b.must(0, change)
	if link := "/acme/rocket/security/advisories/" + d.ID; !strings.Contains(got.summary, link) {
		t.Errorf("the summary lacks %s:\n%s", link, got.summary)
	}
	if strings.Contains(got.stdout, "add-mask::rocket") || !strings.Contains(got.stdout, "add-mask::s3cret-password") {
		t.Errorf("masked are:\n%s", got.stdout)
	}
}
