package email_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/notify/email"
	"github.com/openedx/advisory-reminders/internal/notify/notifytest"
)

const to = "ada@example.org"

// config is for a server that knows no TLS.
func config(port int) email.Config {
	return email.Config{
		Server: "127.0.0.1", Port: port, Security: email.None,
		From: "Reminders <reminders@openedx.test>", ReplyTo: "security@openedx.org",
		Timeout: 10 * time.Second,
		Wait:    func(context.Context, time.Duration) error { return nil },
	}
}

// outcome checks that an error is a failure that gives nothing away.
func outcome(t *testing.T, err error) *notify.Failure {
	t.Helper()
	var f *notify.Failure
	if !errors.As(err, &f) {
		t.Fatalf("the error is %T %v, want a *notify.Failure", err, err)
	}
	for _, secret := range []string{to, "ada", "reminders@", password, "horse", "quoted", "127.0.0.1"} {
		if strings.Contains(f.Error()+f.Advice, secret) {
			t.Errorf("the error holds %q: %v (%s)", secret, f, f.Advice)
		}
	}
	return f
}

func TestOneConnectionForARun(t *testing.T) {
	s := serve(t, nil, false)
	m := email.New(config(s.port))
	defer m.Close()
	ctx := context.Background()
	for range 3 {
		if err := m.Digest(ctx, to, notifytest.Three()); err != nil {
			t.Fatal(err)
		}
	}
	for _, to := range []string{"swg@example.org", "Ops <ops@example.org>"} {
		if err := m.Report(ctx, to, notifytest.Full()); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for _, r := range s.got() {
		got = append(got, r.from+" "+r.to)
	}
	want := []string{
		"reminders@openedx.test ada@example.org", "reminders@openedx.test ada@example.org", "reminders@openedx.test ada@example.org",
		"reminders@openedx.test swg@example.org", "reminders@openedx.test ops@example.org",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("envelopes (-want +got):\n%s", d)
	}
	if n, _ := s.counts(); n != 1 {
		t.Errorf("%d connections, want 1", n)
	}
}

func TestRedialAfterTheConnectionBroke(t *testing.T) {
	s := serve(t, nil, false)
	s.onMail = []error{nil, errHangUp, nil, answer(421, "4.3.2", "closing, quoted ada@example.org")}
	m := email.New(config(s.port))
	defer m.Close()
	for n := range 3 {
		if err := m.Digest(context.Background(), to, notifytest.One()); err != nil {
			t.Fatalf("digest %d: %v", n, err)
		}
	}
	if n := len(s.got()); n != 3 {
		t.Errorf("%d mails, want 3", n)
	}
	if n, _ := s.counts(); n != 3 {
		t.Errorf("%d connections, want 3", n)
	}
}

func TestRedialAfterAnIdleTime(t *testing.T) {
	s := serve(t, nil, false)
	c := config(s.port)
	c.Wait = func(context.Context, time.Duration) error { t.Error("waited, though the server is fine"); return nil }
	m := email.New(c)
	defer m.Close()
	for range 2 {
		if err := m.Digest(context.Background(), to, notifytest.One()); err != nil {
			t.Fatal(err)
		}
		s.mu.Lock()
		s.last.Close()
		s.mu.Unlock()
	}
	if n, _ := s.counts(); n != 2 || len(s.got()) != 2 {
		t.Errorf("%d connections and %d mails, want 2", n, len(s.got()))
	}
}

func TestOutcomes(t *testing.T) {
	busy := answer(450, "4.2.0", "quoted ada@example.org is busy")
	tests := []struct {
		name     string
		set      func(*server)
		want     notify.Outcome
		detail   string
		attempts int // mails or refusals that the server saw
	}{
		{"unknown address", func(s *server) { s.onRcpt = []error{answer(550, "5.1.1", "quoted ada@example.org unknown")} },
			notify.AddressBlamed, "the server answered 550 5.1.1 to RCPT TO", 1},
		{"mailbox disabled", func(s *server) { s.onRcpt = []error{answer(550, "5.2.1", "closed")} },
			notify.AddressBlamed, "the server answered 550 5.2.1 to RCPT TO", 1},
		{"bad address", func(s *server) { s.onRcpt = []error{answer(553, "5.1.3", "syntax")} },
			notify.AddressBlamed, "the server answered 553 5.1.3 to RCPT TO", 1},
		{"refused without a reason", func(s *server) { s.onRcpt = []error{answer(550, "5.0.0", "no")} },
			notify.AddressDoubted, "the server answered 550 5.0.0 to RCPT TO", 1},
		{"mailbox full", func(s *server) { s.onRcpt = []error{answer(552, "5.2.2", "full")} },
			notify.ChannelRefused, "the server answered 552 5.2.2 to RCPT TO", 1},
		{"sender refused at the recipient", func(s *server) { s.onRcpt = []error{answer(553, "5.7.1", "sender not owned")} },
			notify.ChannelRefused, "the server answered 553 5.7.1 to RCPT TO", 1},
		{"sender's domain unknown, at the recipient", func(s *server) { s.onRcpt = []error{answer(550, "5.1.8", "domain not found")} },
			notify.ChannelRefused, "the server answered 550 5.1.8 to RCPT TO", 1},
		{"name in EHLO refused at the recipient", func(s *server) { s.onRcpt = []error{answer(504, "5.5.2", "need fully-qualified hostname")} },
			notify.ChannelRefused, "the server answered 504 5.5.2 to RCPT TO", 1},
		{"no relaying", func(s *server) { s.onRcpt = []error{answer(554, "5.7.1", "relay access denied")} },
			notify.ChannelRefused, "the server answered 554 5.7.1 to RCPT TO", 1},
		{"policy under another code", func(s *server) { s.onRcpt = []error{answer(550, "5.7.1", "not permitted")} },
			notify.ChannelRefused, "the server answered 550 5.7.1 to RCPT TO", 1},
		{"login wanted", func(s *server) { s.onRcpt = []error{answer(530, "5.7.0", "log in first")} },
			notify.ChannelRefused, "the server answered 530 5.7.0 to RCPT TO", 1},
		{"sender refused", func(s *server) { s.onMail = []error{answer(550, "5.7.1", "quoted reminders@openedx.test")} },
			notify.ChannelRefused, "the server answered 550 5.7.1 to MAIL FROM", 1},
		{"message refused", func(s *server) { s.onData = []error{answer(554, "5.6.0", "spam from ada")} },
			notify.ChannelRefused, "the server answered 554 5.6.0 to the message", 1},
		{"busy", func(s *server) { s.onRcpt = []error{busy} },
			notify.Temporary, "the server answered 450 4.2.0 to RCPT TO", 1},
		{"message put off", func(s *server) { s.onData = []error{busy} },
			notify.Temporary, "the server answered 450 4.2.0 to the message", 1},
		{"answer lost", func(s *server) { s.onData = []error{errHangUp} },
			notify.Unknown, "the server's answer to the message was lost", 1},
		{"broken before the message", func(s *server) { s.onRcpt = []error{errHangUp} },
			notify.Temporary, "the connection broke at RCPT TO", 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t, nil, false)
			tt.set(s)
			waits := 0
			c := config(s.port)
			c.Wait = func(context.Context, time.Duration) error { waits++; return nil }
			m := email.New(c)
			defer m.Close()
			f := outcome(t, m.Digest(context.Background(), to, notifytest.One()))
			if f.Outcome != tt.want || f.Detail != tt.detail {
				t.Errorf("got %d %q, want %d %q", f.Outcome, f.Detail, tt.want, tt.detail)
			}
			if waits != tt.attempts-1 {
				t.Errorf("waited %d times, want %d", waits, tt.attempts-1)
			}
			// What befell one digest doesn't stop the next.
			before := len(s.got())
			if err := m.Digest(context.Background(), to, notifytest.One()); err != nil {
				t.Errorf("the next digest: %v", err)
			}
			if len(s.got()) != before+1 {
				t.Error("the next digest did not arrive")
			}
		})
	}
}

func TestTemporaryIsTriedAgain(t *testing.T) {
	s := serve(t, nil, false)
	s.onRcpt = []error{answer(451, "4.7.1", "greylisted"), answer(451, "4.7.1", "greylisted")}
	var waits []time.Duration
	c := config(s.port)
	c.Wait = func(_ context.Context, d time.Duration) error { waits = append(waits, d); return nil }
	m := email.New(c)
	defer m.Close()
	if err := m.Report(context.Background(), to, notifytest.Full()); err != nil {
		t.Fatal(err)
	}
	if len(s.got()) != 1 || len(waits) != 2 || waits[0] >= waits[1] {
		t.Errorf("%d mails after waits of %v", len(s.got()), waits)
	}
}

func TestNoMailAddress(t *testing.T) {
	s := serve(t, nil, false)
	m := email.New(config(s.port))
	defer m.Close()
	for _, bad := range []string{"", "ada", "ada@example.org\r\nBcc: x@example.org", "ada@example.org, x@example.org",
		`"a b"@example.org`, "a>@example.org", "ada@example.org>\r\nRCPT TO:<x@example.org", "ada\u202e@example.org"} {
		if f := outcome(t, m.Digest(context.Background(), bad, notifytest.One())); f.Outcome != notify.AddressRefused {
			t.Errorf("%q: %v", bad, f)
		}
	}
	if n := len(s.got()); n != 0 {
		t.Errorf("%d mails, want 0", n)
	}
}

func TestNoServer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	waits := 0
	c := config(port)
	c.Wait = func(context.Context, time.Duration) error { waits++; return nil }
	m := email.New(c)
	for range 3 {
		if f := outcome(t, m.Digest(context.Background(), to, notifytest.One())); f.Outcome != notify.Temporary {
			t.Errorf("got %v", f)
		}
	}
	if waits != 0 {
		t.Errorf("waited %d times for digests, want none: whoever sends them tries again", waits)
	}
	outcome(t, m.Report(context.Background(), to, notifytest.Full()))
	if waits != 2 {
		t.Errorf("waited %d times, want twice for the report, which is tried all the same", waits)
	}
}

func TestStopped(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	s := serve(t, nil, false)
	var silent sync.WaitGroup // the server never answers while this is held
	silent.Add(1)
	defer silent.Done()
	s.stall = func(stage string) {
		if stage == "RCPT" {
			cancel()
			silent.Wait()
		}
	}
	c := config(s.port)
	c.Timeout, c.Wait = time.Hour, nil
	m := email.New(c)
	f := outcome(t, m.Digest(ctx, to, notifytest.One()))
	if f.Outcome != notify.Temporary || f.Detail != "the server did not answer to RCPT TO in time" {
		t.Errorf("stopped before the message: got %d %v", f.Outcome, f)
	}
	// The context is at its end: nothing else goes out.
	if f := outcome(t, m.Digest(ctx, to, notifytest.One())); f.Outcome != notify.Temporary {
		t.Errorf("after the end: got %d %v", f.Outcome, f)
	}

	ctx, cancel2 := context.WithCancel(context.Background())
	defer cancel2()
	s = serve(t, nil, false)
	s.stall = func(stage string) {
		if stage == "DATA" {
			cancel2()
			silent.Wait()
		}
	}
	c.Port = s.port
	if f := outcome(t, email.New(c).Digest(ctx, to, notifytest.One())); f.Outcome != notify.Unknown {
		t.Errorf("stopped after the message: got %d %v", f.Outcome, f)
	}
}

func TestWaysToLogIn(t *testing.T) {
	after := []string{"235 ok", "250 ok", "250 ok", "354 go", "250 accepted"}
	for method, before := range map[string][]string{
		"PLAIN": {"220 hello", "250-hello\n250 AUTH CRAM-MD5 PLAIN"},
		"LOGIN": {"220 hello", "250-hello\n250 AUTH LOGIN", "334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6"},
		"CRAM":  {"220 hello", "250-hello\n250 AUTH CRAM-MD5", "334 PDFAbWFpbC50ZXN0Pg=="},
	} {
		c := config(script(t, append(before, after...)...))
		c.Username, c.Password = username, password
		if err := email.New(c).Digest(context.Background(), to, notifytest.One()); err != nil {
			t.Errorf("%s: %v", method, err)
		}
	}
}

func TestConfigMistakes(t *testing.T) {
	s := serve(t, nil, false)
	c := config(s.port)
	c.From = "not an address"
	if f := outcome(t, email.New(c).Check(context.Background())); f.Outcome != notify.ChannelRefused {
		t.Errorf("From: %v", f)
	}
	c = config(s.port)
	c.ReplyTo = "x@y\r\nBcc: z@example.org"
	if f := outcome(t, email.New(c).Digest(context.Background(), to, notifytest.One())); f.Outcome != notify.ChannelRefused {
		t.Errorf("ReplyTo: %v", f)
	}
	d := notifytest.One()
	d.ID = "x\r\nBcc: y"
	if f := outcome(t, email.New(config(s.port)).Digest(context.Background(), to, d)); f.Outcome != notify.ChannelRefused {
		t.Errorf("ID: %v", f)
	}
	if n := len(s.got()); n != 0 {
		t.Errorf("%d mails, want none", n)
	}
}

// A mail that has come as far as DATA too late is not sent, and can be tried again
// over the same connection.
func TestAMailThatIsTooLateIsNotSent(t *testing.T) {
	s := serve(t, nil, false)
	m := email.New(config(s.port))
	defer m.Close()
	for i, may := range []bool{true, false, true} {
		d := notify.Delivery{Address: to, Digests: []notify.Digest{notifytest.Three()}, MayGo: func() bool { return may }}
		err := m.Send(context.Background(), d)
		if may != (err == nil) {
			t.Fatalf("mail %d: %v", i, err)
		}
		if f := (*notify.Failure)(nil); !may && (!errors.As(err, &f) || f.Outcome != notify.Temporary) {
			t.Errorf("mail %d: %v, want one that can be tried again", i, err)
		}
	}
	if n, _ := s.counts(); len(s.got()) != 2 || n != 1 {
		t.Errorf("%d mails over %d connections, want 2 over 1", len(s.got()), n)
	}
}
