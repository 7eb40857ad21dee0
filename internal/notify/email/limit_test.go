package email_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/sandbox"
)

// A server that takes so many messages over one connection, and says so without
// hanging up, gets the rest over new ones, at once.
func TestNewConnectionWhereOneIsUsedUp(t *testing.T) {
	const sender, recipient, message = sandbox.MailAtSender, sandbox.MailAtRecipient, sandbox.MailAtData
	for _, tt := range []struct {
		at   sandbox.MailStep
		code int
		text string
	}{
		{sender, 452, "4.5.3 Too many messages sent"},
		{sender, 451, "4.7.0 too much for one session"},
		{sender, 450, "again later"},
		{recipient, 451, "4.3.0 enough"},
		{recipient, 452, "4.5.3 Too many recipients"},
		{recipient, 452, "too many messages in this session"},
		{message, 451, "too many messages in this session"},
		{message, 452, "4.3.1 enough"},
		{message, 454, "Throttling failure"},
	} {
		t.Run(fmt.Sprint(tt.at, " ", tt.code, " ", tt.text), func(t *testing.T) {
			limit := sandbox.MailLimit{Messages: 9, At: tt.at, Answer: sandbox.MailAnswer{Code: tt.code, Text: tt.text}}
			s, m := startMail(t, sandbox.MailOptions{PerConnection: limit}, nil)
			everybodyOnce(t, s, sendAll(deadline(t), m, 31))
		})
	}
}

// What is about the recipient, or is the same over a new connection, is no reason to
// connect again and again.
func TestNoNewConnectionInVain(t *testing.T) {
	for _, tt := range []struct {
		at   sandbox.MailStep
		code int
		text string
		most int
	}{
		{sandbox.MailAtRecipient, 450, "4.2.0 greylisted", atMost},
		{sandbox.MailAtRecipient, 451, "4.7.1 greylisted", atMost},
		{sandbox.MailAtRecipient, 452, "4.2.2 mailbox full", atMost},
		{sandbox.MailAtRecipient, 451, "later", 2 * atMost},
		{sandbox.MailAtSender, 451, "4.3.0 later", 2 * atMost},
	} {
		t.Run(fmt.Sprint(tt.at, " ", tt.code, " ", tt.text), func(t *testing.T) {
			s, m := startMail(t, sandbox.MailOptions{}, nil)
			s.Break(func(at sandbox.MailStep, _ string) sandbox.MailAnswer {
				if at == tt.at {
					return sandbox.MailAnswer{Code: tt.code, Text: tt.text}
				}
				return sandbox.MailAnswer{}
			})
			for _, err := range sendAll(deadline(t), m, 20) {
				if f := outcome(t, err); f.Outcome != notify.Temporary {
					t.Errorf("got %d %v", f.Outcome, f)
				}
			}
			if n := s.Connections(); n > tt.most {
				t.Errorf("%d connections, want at most %d", n, tt.most)
			}
		})
	}
}

// A server that takes no more for now is left alone until Again, and then gets one
// message at a time.
func TestThrottledServerIsLeftAlone(t *testing.T) {
	const rate = 15
	s, m := startMail(t, sandbox.MailOptions{}, nil)
	var left, asked, now, together atomic.Int32
	left.Store(rate)
	s.Break(func(at sandbox.MailStep, _ string) sandbox.MailAnswer {
		if at != sandbox.MailAtData {
			return sandbox.MailAnswer{}
		}
		asked.Add(1)
		together.Store(max(together.Load(), now.Add(1)))
		defer now.Add(-1)
		if left.Add(-1) < 0 {
			return sandbox.MailAnswer{Code: 454, Text: "Throttling failure: Maximum sending rate exceeded."}
		}
		return sandbox.MailAnswer{}
	})
	ctx := deadline(t)
	taken := func() (n int32) {
		var named int32
		for _, err := range sendAll(ctx, m, 40) {
			if err == nil {
				n++
			} else if f := outcome(t, err); f.Outcome != notify.Temporary || f.Detail != "the server answered 454 to the message" ||
				f.Advice != "the server limits how much it takes at a time: if it stays so, ask whoever runs it for more" {
				t.Errorf("got %d %q, %q", f.Outcome, f.Detail, f.Advice)
			} else if f.Answer == notify.Taken {
				named++
			}
		}
		if n+named > asked.Load() {
			t.Errorf("%d addresses count as taken, the server was asked %d times", n+named, asked.Load())
		}
		return n
	}
	for round := range 2 {
		left.Store(rate)
		asked.Store(0)
		together.Store(0)
		if n := taken(); n != rate {
			t.Errorf("round %d: %d were accepted, want %d", round, n, rate)
		}
		if n := asked.Load(); n > rate+3*atMost {
			t.Errorf("round %d: the server was asked %d times for %d messages", round, n, rate)
		}
		if n := together.Load(); round > 0 && n > 1 {
			t.Errorf("round %d: %d messages at a time, want one", round, n)
		}
		m.Again()
	}
}
