package action_test

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/openedx/advisory-reminders/internal/sandbox"
)

// A named is a mail server's memory of whom RCPT TO named.
type named struct {
	mu        sync.Mutex
	addresses []string
}

func (a *named) take() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	list := a.addresses
	a.addresses = nil
	slices.Sort(list)
	return list
}

// rcpt answers RCPT TO by the address, with a code and a text; who is not named
// gets the answer of "", and is accepted where there is none.
func rcpt(a *named, answers map[string]string) sandbox.MailFault {
	return func(at sandbox.MailStep, value string) sandbox.MailAnswer {
		if at != sandbox.MailAtRecipient {
			return sandbox.MailAnswer{}
		}
		if a != nil {
			a.mu.Lock()
			a.addresses = append(a.addresses, value)
			a.mu.Unlock()
		}
		name, _, _ := strings.Cut(value, "@")
		answer, ok := answers[name]
		if !ok {
			answer = answers[""]
		}
		digits, text, _ := strings.Cut(answer, " ")
		code, _ := strconv.Atoi(digits)
		return sandbox.MailAnswer{Code: code, Text: text}
	}
}

var (
	mailAlone     = map[string]string{"INPUT_CONFIG-TEXT": "channels: [email]"}
	mailThenSlack = map[string]string{"INPUT_CONFIG-TEXT": "channels: [email, slack]"}
)

// direct returns the Slack ids that got a message.
func (r result) direct() (list []string) {
	for _, m := range r.slack {
		if m.UserID != "" {
			list = append(list, m.UserID)
		}
	}
	return list
}

// directText joins what these messages say.
func (r result) directText() string {
	var b strings.Builder
	for _, m := range r.slack {
		if m.UserID != "" {
			b.Write(m.Blocks)
		}
	}
	return b.String()
}

// section returns a part of the report in the job summary.
func (r result) section(title string) string { return section(r.summary, title) }

// perhapsTheSender begins what a check can't tell from a sender that gets no mail:
// no mailbox, no reason, and not now.
var perhapsTheSender = []string{"550 5.1.1 ", "550 5.1.0 ", "550 relay ", "4"}

// What a mail server has against us, and not against an address, is a fault of
// the channel, though servers say so at RCPT TO: the run fails, check does, no
// other channel is taken, nothing is told to the working group in their place, and
// once the server is mended the next run catches up, each digest once.
func TestServerThatRefusesUs(t *testing.T) {
	t.Parallel()
	for _, answer := range []string{
		"553 5.7.1 <reminders@acme.example>: Sender address rejected: not owned by user mailer",
		"504 5.5.2 <localhost>: Helo command rejected: need fully-qualified hostname",
		"554 5.7.1 <ann@example.org>: Relay access denied",
		"550 5.7.1 Client host rejected",
		"550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain",
		"550 5.1.8 <reminders@acme.example>: Sender address rejected: Domain not found",
		"550 5.1.0 <reminders@acme.example>: Sender address rejected: User unknown in local recipient table",
		"550 relay not permitted",
		"553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)",
		"530 5.7.0 Authentication required",
		"552 5.2.2 over quota",
		"550 5.1.1 <ann@example.org>: Recipient address rejected: User unknown",
		"454 4.7.1 <ann@example.org>: Relay access denied",
		"450 4.1.8 <reminders@acme.example>: Sender address rejected: Domain not found",
		"451 4.3.0 Temporary lookup failure",
	} {
		// What says that the address is at fault is believed of one, not of all.
		repositories := map[string]string{"two recipients": "rocket", "one recipient": "wheel"}
		if strings.HasPrefix(answer, "550 5.1.1 ") {
			delete(repositories, "one recipient")
		}
		for name, repository := range repositories {
			for _, change := range []map[string]string{mailAlone, mailThenSlack} {
				t.Run(answer+", "+name+", "+change["INPUT_CONFIG-TEXT"], func(t *testing.T) {
					want := map[string][]string{"rocket": {"ann@example.org", "bob@example.org"}, "wheel": {"cleo@example.org"}}[repository]
					w := newWorld()
					draft(w, repository, "critical", wednesday.AddDate(0, 0, -30))
					b := newBench(t, w)
					b.Mail.Break(rcpt(nil, map[string]string{"": answer}))
					r := b.must(1, change)
					if r.outputs["digests-failed"] != strconv.Itoa(len(want)) || r.outputs["digests-sent"] != "0" || len(r.direct()) > 0 {
						t.Errorf("outputs %v, direct messages to %v", r.outputs, r.direct())
					}
					if text := r.summary + r.reports(); !strings.Contains(text, "Could not deliver") || strings.Contains(text, "Needs an owner") || strings.Contains(text, "can't be reached") {
						t.Errorf("the report is\n%s", text)
					}
					status, finding := 1, "FAIL"
					if slices.ContainsFunc(perhapsTheSender, func(s string) bool { return strings.HasPrefix(answer, s) }) {
						status, finding = 0, "WARN"
					}
					c := b.must(status, change, "check")
					if table := row(c.stdout, finding, "mail server"); !strings.Contains(table, " to RCPT TO") {
						t.Errorf("check says\n%s", c.stdout)
					}
					b.Mail.Break(nil)
					b.now = b.now.AddDate(0, 0, 1)
					if r := b.must(0, change); !slices.Equal(r.to(), want) || r.outputs["digests-failed"] != "0" || len(r.direct()) > 0 {
						t.Errorf("once the server is mended: mails to %v and messages to %v, outputs %v", r.to(), r.direct(), r.outputs)
					}
					b.must(0, change, "check")
					b.now = b.now.AddDate(0, 0, 1)
					if r := b.must(0, change); len(r.mails) != 0 {
						t.Errorf("mails to %v a second time", r.to())
					}
				})
			}
		}
	}
}

// An address that is at fault is no failure: the digest takes the next channel in
// this run, or the working group is told where nobody else is. The address gets
// nothing more in this period, and is tried again in the next.
func TestAddressThatIsRefused(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		answers map[string]string
		repos   []string
		sent    []string // mails
	}{
		"alone, by its status":                      {map[string]string{"cleo": "550 5.1.1 unknown"}, []string{"wheel"}, []string{}},
		"alone, disabled":                           {map[string]string{"cleo": "550 5.2.1 disabled"}, []string{"wheel"}, []string{}},
		"among others, by its status":               {map[string]string{"cleo": "553 5.1.3 bad syntax"}, []string{"rocket", "wheel"}, []string{"ann@example.org", "bob@example.org"}},
		"among others, without a status":            {map[string]string{"cleo": "550 No such user here"}, []string{"rocket", "wheel"}, []string{"ann@example.org", "bob@example.org"}},
		"alone, while another is put off":           {map[string]string{"cleo": "550 5.1.1 unknown", "": "450 4.2.0 busy"}, []string{"wheel"}, []string{}},
		"among others that are taken after a pause": {map[string]string{"cleo": "550 No such user here", "": "450 4.2.0 busy"}, []string{"rocket", "wheel"}, []string{"ann@example.org", "bob@example.org"}},
	} {
		for _, change := range []map[string]string{mailAlone, mailThenSlack} {
			t.Run(name+", "+change["INPUT_CONFIG-TEXT"], func(t *testing.T) {
				withSlack := change["INPUT_CONFIG-TEXT"] == mailThenSlack["INPUT_CONFIG-TEXT"]
				w := newWorld()
				for _, repo := range tt.repos {
					draft(w, repo, "critical", wednesday.AddDate(0, 0, -30))
				}
				b := newBench(t, w)
				var server named
				b.Mail.Break(rcpt(&server, tt.answers))
				b.wait = func() { b.Mail.Break(rcpt(&server, map[string]string{"cleo": tt.answers["cleo"]})) }
				check := func(when string, r result) {
					t.Helper()
					if !slices.Equal(r.to(), tt.sent) || r.outputs["digests-failed"] != "0" {
						t.Errorf("%s: mails to %v, outputs %v", when, r.to(), r.outputs)
					}
					if got := len(r.direct()) == 1; got != withSlack {
						t.Errorf("%s: direct messages to %v", when, r.direct())
					}
					if got := strings.Contains(r.section("Notes"), "The email address of user:cleo was refused"); got != withSlack {
						t.Errorf("%s: noted %v:\n%s", when, got, r.summary)
					}
					if got := strings.Contains(r.section("Needs an owner"), "user:cleo can't be reached: email: the server answered 55"); got == withSlack {
						t.Errorf("%s: the report is\n%s", when, r.summary)
					}
				}
				check("the first run", b.must(0, change))
				server.take()
				b.now = b.now.AddDate(0, 0, 1)
				if r := b.must(0, change); len(r.mails)+len(r.slack) != 0 || len(server.take()) != 0 {
					t.Errorf("the next day: mails to %v, messages %v, report\n%s", r.to(), r.direct(), r.reports())
				}
				b.now = b.now.AddDate(0, 0, 6)
				b.Mail.Break(rcpt(&server, tt.answers))
				check("the next week", b.must(0, change))
			})
		}
	}
}

// A run that could not try everybody judges no refusal: the next one does.
func TestStoppedBeforeTheRefusalsAreJudged(t *testing.T) {
	w := newWorld()
	draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -30))
	draft(w, "wheel", "critical", wednesday.AddDate(0, 0, -30))
	b := newBench(t, w)
	b.Mail.Break(rcpt(nil, map[string]string{"ann": "550 5.1.1 unknown", "": "450 4.2.0 busy"}))
	b.wait = func() { // the claims are too old to go on with
		b.passed.Add(int64(20 * 60 * 1e9))
		b.fault(func(r *http.Request) http.Handler { return respond(502, "") })
	}
	r := b.must(1, mailAlone)
	if r.outputs["digests-failed"] != "3" || strings.Contains(r.summary, "can't be reached") {
		t.Errorf("outputs %v, report\n%s", r.outputs, r.summary)
	}
	b.fault(nil)
	b.wait = nil
	b.Mail.Break(nil)
	b.now = b.now.AddDate(0, 0, 1)
	if r := b.must(0, mailAlone); !slices.Equal(r.to(), []string{"ann@example.org", "bob@example.org", "cleo@example.org"}) {
		t.Errorf("the next run wrote to %v", r.to())
	}
}

// Slack says of each recipient that the app's Messages tab is switched off, which
// is a fault of the app.
func TestAppThatTakesNoMessages(t *testing.T) {
	t.Parallel()
	w := newWorld()
	draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -30))
	b := newBench(t, w)
	b.inputs = map[string]string{"INPUT_CONFIG-TEXT": "channels: [slack]"}
	b.Slack.Break(func(method string, r *http.Request) http.Handler {
		if method == "chat.postMessage" && strings.HasPrefix(r.FormValue("channel"), "U") {
			return slackError("messages_tab_disabled")
		}
		return nil
	})
	r := b.must(1, nil)
	if r.outputs["digests-failed"] != "2" || !strings.Contains(r.section("Could not deliver"), "Messages tab") || strings.Contains(r.summary, "can't be reached") {
		t.Errorf("outputs %v, report\n%s", r.outputs, r.summary)
	}
	b.Slack.Break(nil)
	b.now = b.now.AddDate(0, 0, 1)
	if r := b.must(0, nil); len(r.direct()) != 2 {
		t.Errorf("the next run wrote to %v", r.direct())
	}
}

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
	t.Parallel()
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

// Two owners who share an address are one recipient to the server.
func TestOneAddressOfTwoOwners(t *testing.T) {
	w := newWorld()
	draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -30))
	b := newBench(t, w)
	b.inputs = map[string]string{"INPUT_CONFIG-TEXT": "channels: [email]\ncontacts: {'user:ann': {email: crew@example.org}, 'user:bob': {email: Crew@example.org}}"}
	b.Mail.Break(rcpt(nil, map[string]string{"": "550 5.1.1 unknown"}))
	r := b.must(0, nil)
	if section := r.section("Needs an owner"); r.outputs["digests-failed"] != "0" || !strings.Contains(section, "user:ann can't be reached") || !strings.Contains(section, "user:bob can't be reached") {
		t.Errorf("outputs %v, report\n%s", r.outputs, r.summary)
	}
	b.now = b.now.AddDate(0, 0, 1)
	if r := b.must(0, nil); len(r.mails)+len(r.slack) != 0 {
		t.Errorf("the next day: mails to %v, report\n%s", r.to(), r.reports())
	}
}
