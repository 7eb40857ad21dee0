package real

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Whole runs deliver to a real Postfix, which keeps what it accepted, and a
// parser that isn't ours reads that.
func TestPostfix(t *testing.T) {
	wanted(t)
	began := time.Now()
	rules := startPolicy(t)
	m := &mailTrial{postfix: startPostfix(t, rules.port), rules: rules, python: tool(t, "python3")}
	t.Run("mails are as the standards require", m.standards)
	t.Run("lets us in", m.logins)
	t.Run("refuses us", m.refusals)
	t.Run("does not know one address", m.oneAddress)
	t.Run("puts each recipient off once", m.greylisting)
	t.Run("restarts in the middle of a run", m.restart)
	version := strings.TrimSpace(output(t, "", tool(t, "postconf"), "-h", "mail_version"))
	figure("postfix %s: %d mails read back by Python %s, %d checks, %d runs of the program, %.0f s",
		version, m.readBack, m.version, m.checks, m.runs, time.Since(began).Seconds())
}

// A mailTrial is one Postfix, and what was seen of it so far.
type mailTrial struct {
	*postfix
	rules  *policy
	python string

	version          string // of Python
	runs             int
	readBack, checks int
}

// run makes a run of the program that delivers by a service.
func (m *mailTrial) run(t *testing.T, s *sandbox, service string, change map[string]string) result {
	t.Helper()
	m.runs++
	return s.run(t, m.with(service, change))
}

// must makes one that has to end with exit status 0, and returns how many
// digests it has sent.
func (m *mailTrial) must(t *testing.T, s *sandbox, service string, change map[string]string) int {
	t.Helper()
	m.runs++
	return s.must(t, 0, m.with(service, change)).sent(t)
}

func (m *mailTrial) with(service string, change map[string]string) map[string]string {
	inputs := m.inputs(service)
	maps.Copy(inputs, change)
	return inputs
}

// read returns what another parser reads in the mailbox, whose mails must be
// so many, and without a fault. It empties the mailbox.
func (m *mailTrial) read(t *testing.T, want int) []mail {
	t.Helper()
	files := m.mails(t)
	if len(files) != want {
		t.Errorf("%d mails arrived, want %d", len(files), want)
	}
	if len(files) == 0 {
		return nil
	}
	var found struct {
		Python string
		Checks int
		Faults []string
		Mails  []mail
	}
	if err := json.Unmarshal([]byte(output(t, "", m.python, "mails.py", filepath.Dir(files[0]))), &found); err != nil {
		t.Fatal(err)
	}
	for _, fault := range found.Faults {
		t.Error(fault)
	}
	m.version = found.Python
	m.readBack += len(found.Mails)
	m.checks += found.Checks
	m.empty(t)
	return found.Mails
}

type mail struct{ ID, To, Subject string }

// once checks that every one of so many digests has arrived, and once, and that
// another run sends none again.
func (m *mailTrial) once(t *testing.T, s *sandbox, digests int) {
	t.Helper()
	if again := m.must(t, s, "submission", nil); again != 0 {
		t.Errorf("the next run has sent %d digests again", again)
	}
	if digests < 20 {
		t.Errorf("%d digests, which can't be all", digests)
	}
	m.read(t, digests)
}

func (m *mailTrial) standards(t *testing.T) {
	change := map[string]string{
		"INPUT_SLACK-TOKEN": "", "INPUT_SLACK-CHANNEL": "", "INPUT_REPORT-EMAIL": "swg@example.org",
		"INPUT_EMAIL-FROM": "Zoë “組” <security-reminders@example.org>",
	}
	s, mails := startSandbox(t, "-now", monday), 0
	for _, day := range []string{monday, "2026-06-08", "2026-07-06", "2026-09-14"} {
		change["INPUT_AS-OF"] = day + "T07:00:00Z"
		mails += m.must(t, s, "submission", change) + 1 // the report
	}
	s = startSandbox(t, "-load", hostile(t), "-organization", "acme", "-now", monday)
	delete(change, "INPUT_AS-OF")
	change["INPUT_CONFIG-TEXT"] = "privacy: {show-summary: true}\ncontacts:\n  user:owner-0: {email: jörg@example.org}\n"
	mails += m.must(t, s, "submission", change) + 1
	subjects := map[string]bool{}
	for _, mail := range m.read(t, mails) {
		subjects[mail.Subject] = true
	}
	if len(subjects) < 5 {
		t.Errorf("there are %d subjects: %v", len(subjects), subjects)
	}
}

func (m *mailTrial) logins(t *testing.T) {
	for _, tt := range []struct{ service, security string }{
		{"submission", "starttls"}, {"tls", "tls"}, {"LOGIN", "starttls"}, {"CRAM-MD5", "starttls"}, {"SCRAM", "starttls"},
	} {
		t.Run("by "+tt.service, func(t *testing.T) {
			s := startSandbox(t, "-now", monday)
			m.once(t, s, m.must(t, s, tt.service, map[string]string{"INPUT_SMTP-SECURITY": tt.security}))
		})
	}
}

// What is refused for a reason that isn't the address's is not sent by that
// run, which says so, and by no other channel. The next run sends it, once.
func (m *mailTrial) refusals(t *testing.T) {
	stranger := filepath.Join(t.TempDir(), "ca.pem")
	writeFile(t, stranger, newAuthority(t).certificate)
	for _, tt := range []struct {
		name, service string
		change        map[string]string
	}{
		{"certificate has expired", "expired", nil},
		{"certificate of another host", "other name", nil},
		{"certificate of an unknown authority", "submission", map[string]string{"SSL_CERT_FILE": stranger}},
		{"no TLS from the start", "submission", map[string]string{"INPUT_SMTP-SECURITY": "tls"}},
		{"another password", "submission", map[string]string{"INPUT_SMTP-PASSWORD": "wrong"}},
		{"no login", "submission", map[string]string{"INPUT_SMTP-USERNAME": "", "INPUT_SMTP-PASSWORD": ""}},
		{"too large", "small", nil},
		{"later", "later", nil},
		{"our sender", "sender", nil},
		{"our sender is another login's", "login", nil},
		{"no relaying", "relay", nil},
		{"our name", "hello", nil},
		{"every address", "nobody", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := startSandbox(t, "-now", monday)
			r := m.run(t, s, tt.service, tt.change)
			if r.status != 1 || r.sent(t) != 0 || s.direct(t) != 0 {
				t.Fatalf("exit %d, %d digests sent, %d direct messages\n%s", r.status, r.sent(t), s.direct(t), r.output)
			}
			m.read(t, 0)
			m.once(t, s, m.must(t, s, "submission", nil))
		})
	}
}

// An address that the server does not know is no fault of the channel: the
// others get their mails, and whoever it belongs to is reached otherwise.
func (m *mailTrial) oneAddress(t *testing.T) {
	s := startSandbox(t, "-now", monday)
	sent := m.must(t, s, "unknown", nil)
	direct := s.direct(t)
	if direct == 0 {
		t.Error("nobody was reached by Slack instead")
	}
	m.once(t, s, sent-direct)
	if s.direct(t) != direct {
		t.Error("the next run has sent something again")
	}
}

// A server that greylists puts off what it sees for the first time.
func (m *mailTrial) greylisting(t *testing.T) {
	seen := map[string]bool{}
	m.rules.answers(func(a map[string]string) string {
		if to := a["recipient"]; !seen[to] {
			seen[to] = true
			return "DEFER_IF_PERMIT 4.2.0 Greylisted"
		}
		return "DUNNO"
	})
	s := startSandbox(t, "-now", monday)
	m.once(t, s, m.must(t, s, "policy", nil))
	if len(seen) < 10 {
		t.Errorf("%d recipients were put off", len(seen))
	}
}

// The server breaks all connections while the run has sent some of its mails,
// and is back soon.
func (m *mailTrial) restart(t *testing.T) {
	s := startSandbox(t, "-now", monday)
	fifth, restarted := make(chan bool), make(chan bool)
	asked := 0
	m.rules.answers(func(map[string]string) string {
		if asked++; asked == 5 {
			close(fifth)
			<-restarted
		}
		return "DUNNO"
	})
	m.runs++
	wait := s.start(t, m.with("policy", nil))
	<-fifth
	m.stop(t)
	m.start(t)
	close(restarted)
	r := wait()
	if r.status != 0 {
		t.Fatalf("exit %d\n%s", r.status, r.output)
	}
	m.once(t, s, r.sent(t))
}

// hostile makes a folder of an organization whose advisories try to break out
// of a mail: by lines, by length, by what a mail gives a meaning to.
func hostile(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	titles := []string{
		".\n.\nFrom nobody\n\n--boundary\nSubject: another",
		strings.Repeat("x", 3000),
		strings.Repeat("長", 1200),
		"=?utf-8?q?=0d=0aBcc:_everybody?= \u202egnp.exe",
		"<script>alert(1)</script><img src=https://example.com/x> &amp; \"'`",
		"\x00\x07\x1b[31m\ttab and no\u00a0break",
	}
	type draft struct {
		ID         string `json:"ghsa_id"`
		Repository string `json:"repository"`
		Severity   string `json:"severity"`
		Summary    string `json:"summary"`
	}
	var drafts []draft
	for i, title := range titles {
		name := fmt.Sprintf("repo-%d", i)
		drafts = append(drafts, draft{fmt.Sprintf("GHSA-2222-3333-%04d", 2222+i), "acme/" + name, []string{"critical", "high", "medium", "low"}[i%4], title})
		writeFile(t, filepath.Join(dir, "catalog", name, "CODEOWNERS"), fmt.Sprintf("* @jörg @owner-%d\n", i))
	}
	text, err := json.Marshal(drafts)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(dir, "advisories", "all.json"), string(text))
	return dir
}
