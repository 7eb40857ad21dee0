package email_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/notify/email"
	"github.com/openedx/advisory-reminders/internal/notify/notifytest"
	"github.com/openedx/advisory-reminders/internal/sandbox"
)

// atMost is how many connections there are to be.
const atMost = 3

// startMail starts a mail server and a Mailer for it.
func startMail(t *testing.T, o sandbox.MailOptions, set func(*email.Config)) (*sandbox.MailServer, *email.Mailer) {
	t.Helper()
	s, err := sandbox.StartMail(time.Now, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	c := config(s.Port)
	c.Username, c.Password = o.Username, o.Password
	if set != nil {
		set(&c)
	}
	m := email.New(c)
	t.Cleanup(func() { m.Close() })
	return s, m
}

func person(n int) string { return fmt.Sprintf("person-%02d@example.org", n) }

// sendAll sends a digest to each of n people side by side, and returns the
// errors in their order.
func sendAll(ctx context.Context, m *email.Mailer, n int) []error {
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { errs[i] = m.Digest(ctx, person(i), notifytest.One()) })
	}
	all.Wait()
	return errs
}

// recipients returns who has got mail, in order of the addresses.
func recipients(s *sandbox.MailServer) []string {
	var list []string
	for _, m := range s.Mails() {
		list = append(list, m.To...)
	}
	slices.Sort(list)
	return list
}

// everybodyOnce checks that n people got one mail each.
func everybodyOnce(t *testing.T, s *sandbox.MailServer, errs []error) {
	t.Helper()
	var want []string
	for i, err := range errs {
		want = append(want, person(i))
		if err != nil {
			t.Errorf("%s: %v", person(i), err)
		}
	}
	if got := recipients(s); !slices.Equal(got, want) {
		t.Errorf("mails to %v, want one to each of %d", got, len(want))
	}
}

func done(c chan bool) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

func deadline(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// Messages go side by side: none is answered before as many are there as there
// may be connections.
func TestSideBySide(t *testing.T) {
	s, m := startMail(t, sandbox.MailOptions{Username: username, Password: password}, nil)
	ctx := deadline(t)
	var at atomic.Int32
	together := make(chan bool)
	s.Break(func(step sandbox.MailStep, _ string) sandbox.MailAnswer {
		if step == sandbox.MailAtData {
			if at.Add(1) == atMost {
				close(together)
			}
			select {
			case <-together:
			case <-ctx.Done():
			}
		}
		return sandbox.MailAnswer{}
	})
	everybodyOnce(t, s, sendAll(ctx, m, 20))
	if n := s.Connections(); n != atMost {
		t.Errorf("%d connections, want %d", n, atMost)
	}
	// They are kept.
	everybodyOnce(t, s, append(make([]error, 20), m.Digest(ctx, person(20), notifytest.One())))
	if n := s.Connections(); n != atMost {
		t.Errorf("%d connections after one more mail, want %d", n, atMost)
	}
}

func TestSlowRecipientHoldsUpNobody(t *testing.T) {
	s, m := startMail(t, sandbox.MailOptions{}, nil)
	ctx := deadline(t)
	arrived, carryOn := make(chan bool), make(chan bool)
	s.Break(func(step sandbox.MailStep, value string) sandbox.MailAnswer {
		if step == sandbox.MailAtRecipient && value == "slow@example.org" {
			close(arrived)
			<-carryOn
		}
		return sandbox.MailAnswer{}
	})
	slow := make(chan error)
	go func() { slow <- m.Digest(ctx, "slow@example.org", notifytest.One()) }()
	<-arrived
	everybodyOnce(t, s, sendAll(ctx, m, 12))
	close(carryOn)
	if err := <-slow; err != nil {
		t.Error(err)
	}
	if n := s.Connections(); n > atMost {
		t.Errorf("%d connections, want at most %d", n, atMost)
	}
}

// A connection that dies before the answer to a message leaves that one alone
// in doubt.
func TestOneConnectionDies(t *testing.T) {
	s, m := startMail(t, sandbox.MailOptions{}, nil)
	const unlucky = 5
	s.Break(func(step sandbox.MailStep, value string) sandbox.MailAnswer {
		if step == sandbox.MailAtData && strings.Contains(value, person(unlucky)) {
			return sandbox.MailAnswer{Drop: sandbox.MailDropBefore}
		}
		return sandbox.MailAnswer{}
	})
	errs := sendAll(deadline(t), m, 12)
	for i, err := range errs {
		if i == unlucky {
			if f := outcome(t, err); f.Outcome != notify.Unknown {
				t.Errorf("the unlucky one: %d %v", f.Outcome, f)
			}
		} else if err != nil {
			t.Errorf("%s: %v", person(i), err)
		}
	}
	if n := len(s.Mails()); n != 11 {
		t.Errorf("%d mails, want 11", n)
	}
}

func TestPasswordIsRefusedToAll(t *testing.T) {
	s, m := startMail(t, sandbox.MailOptions{Username: username, Password: "another"},
		func(c *email.Config) { c.Password = password })
	var logins atomic.Int32
	s.Break(func(step sandbox.MailStep, _ string) sandbox.MailAnswer {
		if step == sandbox.MailAtLogin {
			logins.Add(1)
		}
		return sandbox.MailAnswer{}
	})
	for _, err := range sendAll(deadline(t), m, 12) {
		if f := outcome(t, err); f.Outcome != notify.ChannelRefused {
			t.Errorf("got %d %v", f.Outcome, f)
		}
	}
	if n := logins.Load(); n != 1 || s.Connections() != 1 {
		t.Errorf("%d logins over %d connections, want 1", n, s.Connections())
	}
}

// A server that does not want a further connection gets everything over the
// one that there is, and nobody waits or fails for it.
func TestServerGrantsOneConnection(t *testing.T) {
	tests := map[string]struct {
		at     sandbox.MailStep
		answer sandbox.MailAnswer
	}{
		"421 at the greeting":  {sandbox.MailAtHello, sandbox.MailAnswer{Code: 421}},
		"554 at the greeting":  {sandbox.MailAtHello, sandbox.MailAnswer{Code: 554}},
		"hangs up at once":     {sandbox.MailAtHello, sandbox.MailAnswer{Drop: sandbox.MailDropBefore}},
		"454 at the login":     {sandbox.MailAtLogin, sandbox.MailAnswer{Code: 454}},
		"535 at the login":     {sandbox.MailAtLogin, sandbox.MailAnswer{Code: 535}},
		"421 at the sender":    {sandbox.MailAtSender, sandbox.MailAnswer{Code: 421}},
		"421 at the recipient": {sandbox.MailAtRecipient, sandbox.MailAnswer{Code: 421}},
		"breaks at the sender": {sandbox.MailAtSender, sandbox.MailAnswer{Drop: sandbox.MailDropBefore}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s, m := startMail(t, sandbox.MailOptions{Username: username, Password: password}, func(c *email.Config) {
				c.Wait = func(context.Context, time.Duration) error { t.Error("waited"); return nil }
			})
			ctx := deadline(t)
			// Until a further connection has been turned away, the first one is held
			// at its first message, so that all other steps are those of further ones.
			first, turned := make(chan bool), make(chan bool)
			var arrive, turn sync.Once
			s.Break(func(step sandbox.MailStep, _ string) sandbox.MailAnswer {
				if step == sandbox.MailAtData {
					arrive.Do(func() {
						close(first)
						select {
						case <-turned:
						case <-ctx.Done():
						}
					})
				}
				begins := step == sandbox.MailAtHello || step == sandbox.MailAtLogin
				if step != tt.at || !done(first) || done(turned) && !begins {
					return sandbox.MailAnswer{}
				}
				turn.Do(func() { close(turned) })
				return tt.answer
			})
			one := make(chan error)
			go func() { one <- m.Digest(ctx, person(0), notifytest.One()) }()
			<-first
			errs := make([]error, 12)
			var all sync.WaitGroup
			for i := 1; i < len(errs); i++ {
				all.Go(func() { errs[i] = m.Digest(ctx, person(i), notifytest.One()) })
			}
			all.Wait()
			errs[0] = <-one
			everybodyOnce(t, s, errs)
			// Where a further one is turned away only at its first message, one more
			// may have been made meanwhile.
			most := 2
			if tt.at == sandbox.MailAtSender || tt.at == sandbox.MailAtRecipient {
				most = atMost
			}
			if n := s.Connections(); n < 2 || n > most {
				t.Errorf("%d connections, want 2 to %d", n, most)
			}
			if err := m.Report(ctx, person(99), notifytest.Full()); err != nil {
				t.Error(err)
			}
		})
	}
}

// What a server that does not answer is tried for is counted over all.
func TestPatienceIsOneForAll(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	var tries atomic.Int32
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			tries.Add(1)
			c.Close()
		}
	}()
	m := email.New(config(l.Addr().(*net.TCPAddr).Port))
	for _, err := range sendAll(deadline(t), m, 12) {
		if f := outcome(t, err); f.Outcome != notify.Temporary {
			t.Errorf("got %d %v", f.Outcome, f)
		}
	}
	if n := tries.Load(); n != 3 {
		t.Errorf("%d connections, want 3", n)
	}
}

// What breaks at the same time is one event, and not a server that is away.
func TestWhatBreaksAtOnceCountsOnce(t *testing.T) {
	s, m := startMail(t, sandbox.MailOptions{}, nil)
	ctx := deadline(t)
	var at atomic.Int32
	together := make(chan bool)
	s.Break(func(step sandbox.MailStep, _ string) sandbox.MailAnswer {
		if step != sandbox.MailAtData {
			return sandbox.MailAnswer{}
		}
		n := at.Add(1)
		if n == atMost {
			close(together)
		}
		select {
		case <-together:
		case <-ctx.Done():
		}
		if n > atMost {
			return sandbox.MailAnswer{}
		}
		return sandbox.MailAnswer{Drop: sandbox.MailDropBefore}
	})
	for _, err := range sendAll(ctx, m, atMost) {
		if f := outcome(t, err); f.Outcome != notify.Unknown {
			t.Errorf("got %d %v", f.Outcome, f)
		}
	}
	if err := m.Digest(ctx, to, notifytest.One()); err != nil {
		t.Errorf("the next digest: %v", err)
	}
}

func TestStoppedWhileAllAreBusy(t *testing.T) {
	s, m := startMail(t, sandbox.MailOptions{}, nil)
	arrived, carryOn := make(chan bool), make(chan bool)
	s.Break(func(step sandbox.MailStep, _ string) sandbox.MailAnswer {
		if step == sandbox.MailAtData {
			arrived <- true
			<-carryOn
		}
		return sandbox.MailAnswer{}
	})
	busy := make(chan []error)
	go func() { busy <- sendAll(deadline(t), m, atMost) }()
	for range atMost {
		<-arrived
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(10*time.Millisecond, cancel)
	f := outcome(t, m.Digest(ctx, to, notifytest.One()))
	if f.Outcome != notify.Temporary || f.Detail != "stopped before the message was sent" {
		t.Errorf("got %d %v", f.Outcome, f)
	}
	close(carryOn)
	everybodyOnce(t, s, <-busy)
	if n := s.Connections(); n != atMost {
		t.Errorf("%d connections, want %d", n, atMost)
	}
}

func TestCloseEndsAllConnections(t *testing.T) {
	s := serve(t, nil, false)
	var at atomic.Int32
	together := make(chan bool)
	s.stall = func(stage string) {
		if stage == "DATA" && at.Add(1) == atMost {
			close(together)
		}
		if stage == "DATA" {
			<-together
		}
	}
	m := email.New(config(s.port))
	for _, err := range sendAll(deadline(t), m, atMost) {
		if err != nil {
			t.Error(err)
		}
	}
	if err := m.Close(); err != nil {
		t.Error(err)
	}
	s.goodbyes.Wait()
	if n, _ := s.counts(); n != atMost {
		t.Errorf("%d connections, want %d", n, atMost)
	}
}

// A login that was refused to a further connection is not tried again once the
// first one is gone.
func TestRefusedLoginOfAFurtherConnection(t *testing.T) {
	s := serve(t, nil, false)
	s.onAuth = []error{nil, answer(535, "5.7.8", "no")}
	ctx := deadline(t)
	began := make(chan bool)
	var once sync.Once
	s.stall = func(stage string) {
		if stage == "DATA" {
			once.Do(func() {
				close(began)
				for _, logins := s.counts(); logins < 2 && ctx.Err() == nil; _, logins = s.counts() {
					time.Sleep(time.Millisecond)
				}
			})
		}
	}
	c := config(s.port)
	c.Username, c.Password = username, password
	m := email.New(c)
	defer m.Close()
	first := make(chan error)
	go func() { first <- m.Digest(ctx, to, notifytest.One()) }()
	<-began
	for _, err := range append(sendAll(ctx, m, 4), <-first) {
		if err != nil {
			t.Error(err)
		}
	}
	s.mu.Lock()
	s.onMail = []error{errHangUp}
	s.mu.Unlock()
	if f := outcome(t, m.Digest(ctx, to, notifytest.One())); f.Outcome != notify.ChannelRefused {
		t.Errorf("got %d %v", f.Outcome, f)
	}
	if _, logins := s.counts(); logins != 2 {
		t.Errorf("%d logins, want 2", logins)
	}
}

// A check goes as far as the sender as its own recipient, and takes it back:
// nothing is sent, a refusal is seen at either step, and the connection does for
// the message that follows.
func TestCheck(t *testing.T) {
	const sender, recipient = sandbox.MailAtSender, sandbox.MailAtRecipient
	for _, tt := range []struct {
		name    string
		at      sandbox.MailStep
		answer  sandbox.MailAnswer
		outcome notify.Outcome
		detail  string
		advice  string
	}{
		{name: "accepted"},
		{"login wanted", sender, sandbox.MailAnswer{Code: 530}, notify.ChannelRefused, "the server answered 530 5.0.0 to MAIL FROM", "check smtp-username and smtp-password"},
		{"sender refused", sender, sandbox.MailAnswer{Code: 550}, notify.ChannelRefused, "the server answered 550 5.0.0 to MAIL FROM", "check email-from: may the account send as it?"},
		{"login wanted at the recipient", recipient, sandbox.MailAnswer{Code: 530}, notify.ChannelRefused, "the server answered 530 5.0.0 to RCPT TO", "check smtp-username and smtp-password"},
		{"sender not ours", recipient, sandbox.MailAnswer{Code: 553, Text: "5.7.1 <reminders@openedx.test>: Sender address rejected: not owned by user"}, notify.ChannelRefused,
			"the server answered 553 5.7.1 to RCPT TO", "a rule of the server forbids it: " + notify.RelayRules},
		{"relay denied", recipient, sandbox.MailAnswer{Code: 554, Text: "5.7.1 Relay access denied"}, notify.ChannelRefused,
			"the server answered 554 5.7.1 to RCPT TO", "a rule of the server forbids it: " + notify.RelayRules},
		{"relay denied for now", recipient, sandbox.MailAnswer{Code: 454, Text: "4.7.1 Relay access denied"}, notify.Temporary,
			"the server answered 454 4.7.1 to RCPT TO", "if it stays so, a rule of the server forbids it: " + notify.RelayRules},
		{"name refused", recipient, sandbox.MailAnswer{Code: 504, Text: "5.5.2 <localhost>: Helo command rejected"}, notify.ChannelRefused,
			"the server answered 504 5.5.2 to RCPT TO", "the server wants a full name: check smtp-hello and email-from"},
		{"domain unknown", recipient, sandbox.MailAnswer{Code: 450, Text: "4.1.8 Domain not found"}, notify.Temporary,
			"the server answered 450 4.1.8 to RCPT TO", "check email-from: the server does not know its domain, or does not let it send"},
		{"no mailbox", recipient, sandbox.MailAnswer{Code: 550, Text: "5.1.1 unknown"}, notify.AddressBlamed, "the server answered 550 5.1.1 to RCPT TO", ""},
		{"refused without a reason", recipient, sandbox.MailAnswer{Code: 550, Text: "no"}, notify.AddressDoubted, "the server answered 550 to RCPT TO", ""},
		{"full", recipient, sandbox.MailAnswer{Code: 552, Text: "5.2.2 full"}, notify.ChannelRefused, "the server answered 552 5.2.2 to RCPT TO", "the server's log says why"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, m := startMail(t, sandbox.MailOptions{}, nil)
			var steps []sandbox.MailStep
			s.Break(func(at sandbox.MailStep, value string) sandbox.MailAnswer {
				steps = append(steps, at)
				if (at == sender || at == recipient) && value != "reminders@openedx.test" {
					t.Errorf("the %s is %s", at, value)
				}
				if at == tt.at {
					return tt.answer
				}
				return sandbox.MailAnswer{}
			})
			err := m.Check(deadline(t))
			if (err != nil) != (tt.answer.Code > 0) {
				t.Errorf("the check said %v", err)
			}
			if err != nil {
				if f := outcome(t, err); f.Outcome != tt.outcome || f.Detail != tt.detail || f.Advice != tt.advice {
					t.Errorf("got %d, %q, %q", f.Outcome, f.Detail, f.Advice)
				}
			}
			want := []sandbox.MailStep{sandbox.MailAtHello, sender, recipient}
			if tt.at == sender {
				want = want[:2]
			}
			if !slices.Equal(steps, want) || len(s.Mails()) != 0 {
				t.Errorf("the steps were %v, and %d mails were sent", steps, len(s.Mails()))
			}
			s.Break(nil)
			if err := m.Digest(deadline(t), person(1), notifytest.One()); err != nil {
				t.Errorf("the message after the check: %v", err)
			}
			if n := s.Connections(); n != 1 {
				t.Errorf("%d connections, want one", n)
			}
		})
	}
}

// What a check has named to a server it takes back, at once: a server that still waits
// for its message may count it as one that was broken off.
func TestCheckTakesItsEnvelopeBack(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	said := make(chan string, 10) // more than a check says
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		io.WriteString(conn, "220 here\r\n")
		for lines := bufio.NewScanner(conn); lines.Scan(); {
			said <- lines.Text()[:4]
			io.WriteString(conn, "250 ok\r\n")
		}
	}()
	m := email.New(config(l.Addr().(*net.TCPAddr).Port))
	defer m.Close()
	if err := m.Check(deadline(t)); err != nil {
		t.Fatal(err)
	}
	var steps []string
	for len(said) > 0 {
		steps = append(steps, <-said)
	}
	if want := []string{"EHLO", "MAIL", "RCPT", "RSET"}; !slices.Equal(steps, want) {
		t.Errorf("it said %v, want %v", steps, want)
	}
}
