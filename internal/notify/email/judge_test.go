package email_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/notify/email"
	"github.com/openedx/advisory-reminders/internal/notify/notifytest"
	"github.com/openedx/advisory-reminders/internal/sandbox"
)

// refusing answers RCPT TO by the address: "550 5.1.1 no such user", or nothing
// for one that is accepted. Addresses that are not named get the answer of "".
func refusing(answers map[string]string) sandbox.MailFault {
	return func(at sandbox.MailStep, value string) sandbox.MailAnswer {
		if at != sandbox.MailAtRecipient {
			return sandbox.MailAnswer{}
		}
		answer, ok := answers[value]
		if !ok {
			answer = answers[""]
		}
		if answer == "" {
			return sandbox.MailAnswer{}
		}
		digits, text, _ := strings.Cut(answer, " ")
		code, _ := strconv.Atoi(digits)
		return sandbox.MailAnswer{Code: code, Text: text}
	}
}

// A trial sends digests, and takes down what became of them.
type trial struct {
	*testing.T
	*email.Mailer
	notify.Refusals
}

func try(t *testing.T, m *email.Mailer) trial { return trial{t, m, make(notify.Refusals)} }

// send returns the failure of a digest to an address, or nil.
func (t trial) send(address string) *notify.Failure {
	t.Helper()
	var f *notify.Failure
	if err := t.Digest(deadline(t.T), address, notifytest.One()); err != nil {
		f = outcome(t.T, err)
	}
	t.Note("email", address, f)
	return f
}

// What an answer to RCPT TO means for the address, where the server took another
// one in this run, where it was asked for this one alone, and where it refused
// another one likewise and took none.
func TestRefusedRecipient(t *testing.T) {
	const (
		address = notify.AddressRefused
		channel = notify.ChannelRefused
		later   = notify.Temporary
	)
	for _, tt := range []struct {
		answer               string
		others, alone, every notify.Outcome
	}{
		{"550 5.1.1 <ada@example.org>: Recipient address rejected: User unknown in local recipient table", address, address, channel},
		{"550 5.1.2 no such host", address, address, channel},
		{"553 5.1.3 bad syntax", address, address, channel},
		{"551 5.1.6 moved away", address, address, channel},
		{"550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient ada@example.org not found by SMTP address lookup", address, address, channel},
		{"550 5.2.1 The email account that you tried to reach is inactive", address, address, channel},
		{"550 5.1.1", address, address, channel},
		{"550 5.1.1: unknown", address, address, channel},
		{"550 sorry, no mailbox here by that name (#5.1.1)", address, address, channel},
		{"550 5.1.1 no such user\n5.1.1 try again", address, address, channel},

		{"550 No such user here", address, channel, channel},
		{"551 not local", address, channel, channel},
		{"553 not here", address, channel, channel},
		{"550 5.0.0 no such mailbox", address, channel, channel},
		{"550 5.1.0 <reminders@openedx.test>: Sender address rejected: User unknown in local recipient table", address, channel, channel},
		{"550 #5.1.0 Address rejected.", address, channel, channel},
		{"550 5.1.1.9 is on a list", address, channel, channel},
		{"550 5.1.1x", address, channel, channel},

		{"550 5.1.7 bad sender", channel, channel, channel},
		{"550 5.1.8 <reminders@openedx.test>: Sender address rejected: Domain not found", channel, channel, channel},
		{"550 5.1.8 Access denied, bad outbound sender", channel, channel, channel},
		{"550 5.1.90 You've reached your daily limit", channel, channel, channel},
		{"550 5.2.2 over quota", channel, channel, channel},
		{"550 5.4.5 Daily user sending limit exceeded", channel, channel, channel},
		{"550 5.7.1 <ada@example.org>: Recipient address rejected: go away", channel, channel, channel},
		{"550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain", channel, channel, channel},
		{"550 4.1.1 odd", channel, channel, channel},
		{"553 5.7.1 <reminders@openedx.test>: Sender address rejected: not owned by user reminders", channel, channel, channel},
		{"553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)", channel, channel, channel},
		{"554 5.7.1 <ada@example.org>: Relay access denied", channel, channel, channel},
		{"554 no", channel, channel, channel},
		{"554 5.1.1 odd", channel, channel, channel},
		{"552 5.2.2 mailbox full", channel, channel, channel},
		{"504 5.5.2 <localhost>: Helo command rejected: need fully-qualified hostname", channel, channel, channel},
		{"530 5.7.0 Authentication required", channel, channel, channel},

		{"450 4.2.0 greylisted", later, later, later},
		{"450 4.1.8 <reminders@openedx.test>: Sender address rejected: Domain not found", later, later, later},
		{"454 4.7.1 <ada@example.org>: Relay access denied", later, later, later},
	} {
		for name, run := range map[string]struct {
			answers map[string]string
			want    notify.Outcome
		}{
			"others are accepted":     {map[string]string{to: tt.answer}, tt.others},
			"alone":                   {map[string]string{to: tt.answer, "": "450 4.2.0 busy"}, tt.alone},
			"another is refused, too": {map[string]string{"": tt.answer}, tt.every},
		} {
			t.Run(tt.answer+", "+name, func(t *testing.T) {
				s, m := startMail(t, sandbox.MailOptions{}, nil)
				s.Break(refusing(run.answers))
				tried := try(t, m)
				f := tried.send(to)
				tried.send(person(1))
				if got := outcome(t, tried.Judge(to, f)); got.Outcome != run.want {
					t.Errorf("got %d %v (%s), want %d", got.Outcome, got, got.Advice, run.want)
				}
			})
		}
	}
}

// One address is one recipient, however many messages it gets, and however it is
// written.
func TestOneAddressIsOneRecipient(t *testing.T) {
	s, m := startMail(t, sandbox.MailOptions{}, nil)
	s.Break(refusing(map[string]string{"": "550 5.1.1 unknown"}))
	tried := try(t, m)
	f := tried.send(to)
	tried.send("ADA@example.org")
	if got := tried.Judge(to, f); got.Outcome != notify.AddressRefused {
		t.Errorf("refused twice: got %d %v", got.Outcome, got)
	}
	s.Break(nil)
	if f := tried.send(to); f != nil {
		t.Fatal(f)
	}
	if got := tried.Judge("ADA@example.org", f); got.Outcome != notify.ChannelRefused {
		t.Errorf("refused and accepted: got %d %v", got.Outcome, got)
	}
}

// A recipient whom the server has taken counts as accepted whatever it says to
// the message.
func TestAcceptedAtRCPTCounts(t *testing.T) {
	s, m := startMail(t, sandbox.MailOptions{}, nil)
	s.Break(func(at sandbox.MailStep, value string) sandbox.MailAnswer {
		if at == sandbox.MailAtData {
			return sandbox.MailAnswer{Code: 451}
		}
		return refusing(map[string]string{to: "550 unknown"})(at, value)
	})
	tried := try(t, m)
	f := tried.send(to)
	tried.send(person(1))
	if got := tried.Judge(to, f); got.Outcome != notify.AddressRefused {
		t.Errorf("got %d %v", got.Outcome, got)
	}
}

// What never reached the server is final by itself.
func TestJudgeLeavesTheRest(t *testing.T) {
	s, m := startMail(t, sandbox.MailOptions{}, nil)
	s.Break(refusing(map[string]string{"": "550 5.1.1 unknown"}))
	tried := try(t, m)
	for n := range 2 {
		tried.send(person(n))
	}
	f := tried.send("no address")
	if got := tried.Judge("no address", f); got.Outcome != notify.AddressRefused || got != f {
		t.Errorf("got %d %v", got.Outcome, got)
	}
}

// Of the failures at several addresses the one that leaves the most open counts, in
// whichever order they come.
func TestSeveralAddressesRefused(t *testing.T) {
	const named, bare, denied, busy = "550 5.1.1 unknown", "550 unknown", "554 5.7.1 denied", "450 4.2.0 busy"
	for _, tt := range []struct {
		answers []string
		want    notify.Outcome
	}{
		{[]string{named, named}, notify.AddressBlamed},
		{[]string{named, bare}, notify.AddressDoubted},
		{[]string{named, denied}, notify.ChannelRefused},
		{[]string{named, busy}, notify.Temporary},
		{[]string{denied, busy}, notify.Temporary},
	} {
		for range 2 {
			s, m := startMail(t, sandbox.MailOptions{}, nil)
			s.Break(refusing(map[string]string{person(0): tt.answers[0], person(1): tt.answers[1]}))
			f := notify.MostOpen([]*notify.Failure{
				outcome(t, m.Digest(deadline(t), person(0), notifytest.One())),
				outcome(t, m.Digest(deadline(t), person(1), notifytest.One())),
			})
			if f.Outcome != tt.want {
				t.Errorf("%v: got %d %v, want %d", tt.answers, f.Outcome, f, tt.want)
			}
			slices.Reverse(tt.answers)
		}
	}
}
