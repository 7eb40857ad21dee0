package action_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/openedx/advisory-reminders/internal/sandbox"
)

// noMailbox is a server that says of some people's addresses that they are at
// fault.
func noMailbox(logins ...string) sandbox.MailFault {
	return func(at sandbox.MailStep, address string) sandbox.MailAnswer {
		login, _, _ := strings.Cut(address, "@")
		if at == sandbox.MailAtRecipient && slices.Contains(logins, login) {
			return sandbox.MailAnswer{Code: 550, Text: "5.1.1 User unknown in virtual mailbox table"}
		}
		return sandbox.MailAnswer{}
	}
}

// What servers answer at RCPT TO to a client, a name or a sender that they don't
// want: Postfix delays all of these until there.
var refusalsOfUs = map[string]sandbox.MailAnswer{
	"sender not owned":       {Code: 553, Text: "5.7.1 <security-reminders@example.org>: Sender address rejected: not owned by user"},
	"name in EHLO":           {Code: 504, Text: "5.5.2 <localhost>: Helo command rejected: need fully-qualified hostname"},
	"relaying":               {Code: 554, Text: "5.7.1 <ann@example.org>: Relay access denied"},
	"relaying, Exim":         {Code: 550, Text: "relay not permitted"},
	"relaying, Exchange":     {Code: 550, Text: "5.7.54 SMTP; Unable to relay recipient in non-accepted domain"},
	"sender's domain":        {Code: 550, Text: "5.1.8 <security-reminders@example.org>: Sender address rejected: Domain not found"},
	"sender unknown":         {Code: 550, Text: "5.1.0 <security-reminders@example.org>: Sender address rejected: User unknown"},
	"client":                 {Code: 554, Text: "5.7.1 Service unavailable; Client host [127.0.0.1] blocked using a list"},
	"every address, so said": {Code: 550, Text: "5.1.1 User unknown"},
	"for now":                {Code: 450, Text: "4.7.1 Client host rejected: cannot find your hostname"},
}

// A server that refuses us refuses no address: the run fails, nobody counts as
// told, and after the mend everybody gets theirs, once.
func TestServerThatRefusesUs(t *testing.T) {
	for name, answer := range refusalsOfUs {
		for _, channels := range []string{"[email]", "[email, slack]"} {
			t.Run(name+" "+channels, func(t *testing.T) {
				w := newWorld()
				draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -30))
				draft(w, "wheel", "critical", wednesday.AddDate(0, 0, -30))
				b := newBench(t, w)
				b.Mail.Break(func(at sandbox.MailStep, _ string) sandbox.MailAnswer {
					if at == sandbox.MailAtRecipient {
						return answer
					}
					return sandbox.MailAnswer{}
				})
				change := map[string]string{"INPUT_CONFIG-TEXT": "channels: " + channels, "GITHUB_RUN_ID": "1"}
				r := b.must(1, change)
				if r.outputs["digests-failed"] != "3" || strings.Contains(r.reports(), "Needs an owner") {
					t.Errorf("outputs %v, the report:\n%s", r.outputs, r.reports())
				}
				for _, m := range r.slack {
					if m.UserID != "" {
						t.Error("a message went over the next channel, though no address was refused")
					}
				}
				if answer.Code >= 500 && answer.Text[:5] != "5.1.1" {
					if r := b.run(change, "check"); r.status == 0 && !strings.Contains(row(r.stdout, "LOOK", "mail server"), "no mail to it") {
						t.Errorf("check says that all is well:\n%s", r.stdout)
					}
				}
				b.Mail.Break(nil)
				change["GITHUB_RUN_ID"] = "2"
				if r := b.must(0, change); fmt.Sprint(r.to()) != "[ann@example.org bob@example.org cleo@example.org]" {
					t.Errorf("after the mend mails to %v, want one to each", r.to())
				}
				change["GITHUB_RUN_ID"] = "3"
				if r := b.must(0, change); len(r.mails) != 0 {
					t.Errorf("then mails to %v again", r.to())
				}
			})
		}
	}
}

// An address that is refused among others that are accepted is refused for good:
// that is no failure, the next channel has the digest, and where there is none the
// working group, in this period.
func TestAddressThatIsRefused(t *testing.T) {
	for name, text := range map[string]string{"said to be at fault": "5.1.1 User unknown", "without a reason": "No such mailbox here"} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -30))
			draft(w, "wheel", "critical", wednesday.AddDate(0, 0, -30))
			b := newBench(t, w)
			b.Mail.Break(func(at sandbox.MailStep, address string) sandbox.MailAnswer {
				if at == sandbox.MailAtRecipient && address == "cleo@example.org" {
					return sandbox.MailAnswer{Code: 550, Text: text}
				}
				return sandbox.MailAnswer{}
			})
			mailOnly := map[string]string{"INPUT_CONFIG-TEXT": "channels: [email]", "GITHUB_RUN_ID": "1"}
			r := b.must(0, mailOnly)
			if fmt.Sprint(r.to()) != "[ann@example.org bob@example.org]" || !strings.Contains(r.reports(), "user:cleo can't be reached") {
				t.Errorf("mails to %v, the report:\n%s", r.to(), r.reports())
			}
			mailOnly["GITHUB_RUN_ID"] = "2"
			if r := b.must(0, mailOnly); len(r.mails)+len(r.slack) != 0 {
				t.Errorf("%d mails and %d messages in the same period", len(r.mails), len(r.slack))
			}
		})
	}
}

// What the server only puts off counts when refusals are judged: two addresses
// that are at fault are that, once others were accepted later in the run.
func TestRefusalsAreJudgedAtTheEnd(t *testing.T) {
	w := newWorld()
	draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -30))
	draft(w, "wheel", "critical", wednesday.AddDate(0, 0, -30))
	b := newBench(t, w)
	var put sync.Once
	b.Mail.Break(func(at sandbox.MailStep, address string) sandbox.MailAnswer {
		answer := noMailbox("ann", "bob")(at, address)
		if at == sandbox.MailAtRecipient && address == "cleo@example.org" {
			put.Do(func() { answer = sandbox.MailAnswer{Code: 450, Text: "4.2.0 Greylisted"} })
		}
		return answer
	})
	r := b.must(0, map[string]string{"INPUT_CONFIG-TEXT": "channels: [email]"})
	if fmt.Sprint(r.to()) != "[cleo@example.org]" || !strings.Contains(r.reports(), "user:ann can't be reached") {
		t.Errorf("mails to %v, the report:\n%s", r.to(), r.reports())
	}
}

// One dead mailbox is one, however many digests are for it.
func TestOneMailboxOfTwoDigests(t *testing.T) {
	for channels, direct := range map[string]int{"[email]": 0, "[email, slack]": 2} {
		t.Run(channels, func(t *testing.T) {
			w := newWorld()
			draft(w, "wheel", "critical", wednesday.AddDate(0, 0, -30))
			draft(w, "wheel", "high", wednesday.AddDate(0, 0, -60))
			b := newBench(t, w)
			b.Mail.Break(noMailbox("cleo"))
			r := b.must(0, map[string]string{"INPUT_CONFIG-TEXT": "channels: " + channels})
			n := 0
			for _, m := range r.slack {
				if m.UserID != "" {
					n++
				}
			}
			if n != direct || (direct == 0) != strings.Contains(r.reports(), "user:cleo can't be reached") {
				t.Errorf("%d direct messages, want %d; the report:\n%s", n, direct, r.reports())
			}
		})
	}
}

// The next channel takes what mail refuses for good.
func TestNextChannelAfterARefusal(t *testing.T) {
	w := newWorld()
	draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -30))
	draft(w, "wheel", "critical", wednesday.AddDate(0, 0, -30))
	b := newBench(t, w)
	b.Mail.Break(noMailbox("cleo"))
	r := b.must(0, map[string]string{"INPUT_CONFIG-TEXT": "channels: [email, slack]"})
	direct := 0
	for _, m := range r.slack {
		if m.UserID != "" {
			direct++
		}
	}
	if fmt.Sprint(r.to()) != "[ann@example.org bob@example.org]" || direct != 1 || r.outputs["digests-sent"] != "3" {
		t.Errorf("mails to %v, %d direct messages, outputs %v", r.to(), direct, r.outputs)
	}
}

// A report that the server takes for none of its addresses because of us is a
// failure, and the next one says what it could not.
func TestReportThatIsRefused(t *testing.T) {
	for name, answer := range refusalsOfUs {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			orphan := draft(w, "orphan", "critical", wednesday.AddDate(0, 0, -30))
			b := newBench(t, w)
			b.Mail.Break(func(at sandbox.MailStep, _ string) sandbox.MailAnswer {
				if at == sandbox.MailAtRecipient {
					return answer
				}
				return sandbox.MailAnswer{}
			})
			byMail := map[string]string{"INPUT_SLACK-TOKEN": "", "INPUT_SLACK-CHANNEL": "", "INPUT_REPORT-EMAIL": "swg@example.org, more@example.org"}
			b.must(1, byMail)
			b.Mail.Break(nil)
			if r := b.must(0, byMail); len(r.mails) != 2 || !strings.Contains(r.mails[0].Text, orphan.ID) {
				t.Errorf("%d mails after the mend", len(r.mails))
			}
		})
	}
}
