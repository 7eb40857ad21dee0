package email

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"regexp"
	"strings"

	"github.com/openedx/advisory-reminders/internal/notify"
)

// A stage is how far a delivery had come.
type stage int

const (
	connecting stage = iota
	greeting
	securing
	loggingIn
	mailFrom
	rcptTo
	data
	writing
	answer
)

// String returns what the server was answering to.
func (s stage) String() string {
	return [...]string{"the connection", "EHLO", "STARTTLS", "the login", "MAIL FROM", "RCPT TO", "DATA", "the message", "the message"}[s]
}

// trouble is what went wrong, and where. It keeps nothing that the server
// said but numbers: servers like to quote addresses.
type trouble struct {
	stage   stage
	code    int    // the server's answer, or 0
	status  string // its enhanced status, such as 5.1.1, or empty
	network bool   // the connection broke, or there was none
	silent  bool   // because the server said nothing in time
	token   bool   // an access token was the password
	late    bool   // the server was not asked to take the message
	detail  string
	advice  string // empty: that of the stage and the code
}

// enhancedStatus finds the status at the beginning of a reply, or after the
// number sign with which qmail and its relatives write it anywhere. What goes on
// like an IP address is none.
//
// Source: https://www.rfc-editor.org/rfc/rfc2034#section-4
var enhancedStatus = regexp.MustCompile(`(?:^|#)([245]\.[0-9]{1,3}\.[0-9]{1,3})(?:[^.\w]|$)`)

// replied takes down a server's answer.
func replied(s stage, reply *textproto.Error) *trouble {
	t := &trouble{stage: s, code: reply.Code}
	t.detail = fmt.Sprintf("the server answered %d", t.code)
	if found := enhancedStatus.FindStringSubmatch(reply.Msg); found != nil {
		t.status = found[1]
		t.detail += " " + t.status
	}
	t.detail += " to " + s.String()
	return t
}

// at takes down an error of the SMTP client.
func at(s stage, err error) *trouble {
	if reply, ok := errors.AsType[*textproto.Error](err); ok {
		return replied(s, reply)
	}
	t := &trouble{stage: s}
	var networkErr net.Error
	t.silent = errors.As(err, &networkErr) && networkErr.Timeout()
	if t.detail, t.advice = aboutTLS(err); t.detail != "" {
		return t
	}
	switch {
	case errors.Is(err, errEndless) && s < mailFrom:
		t.detail, t.advice = "the server's answer to "+s.String()+" has no end", "check smtp-server and smtp-port"
	case errors.Is(err, errEndless):
		t.network, t.detail = true, "the server's answer to "+s.String()+" has no end"
	case s == connecting:
		t.network, t.detail = true, "no connection to the server"
	case s == answer:
		t.network, t.detail = true, "the server's answer to the message was lost"
	case t.silent:
		t.network, t.detail = true, "the server did not answer to "+s.String()+" in time"
	case errors.As(err, &networkErr), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), s >= mailFrom:
		t.network, t.detail = true, "the connection broke at "+s.String()
	case s == greeting:
		t.network, t.detail = true, "the server does not speak SMTP as expected"
	default:
		t.detail = "no agreement with the server on " + s.String()
	}
	return t
}

// aboutTLS says what is wrong with the server's TLS, or nothing.
func aboutTLS(err error) (detail, advice string) {
	var (
		untrusted *tls.CertificateVerificationError
		badRecord tls.RecordHeaderError
		operation *net.OpError
	)
	switch {
	case errors.As(err, &untrusted):
		return aboutCertificate(untrusted)
	case errors.As(err, &badRecord) && bytes.HasPrefix(badRecord.RecordHeader[:], []byte("220")):
		return "the server begins without TLS on this port", "set smtp-security to starttls, or smtp-port to 465"
	case errors.As(err, &badRecord), errors.As(err, &operation) && isAlert(operation):
		return "the server does not speak TLS as expected", ""
	}
	return "", ""
}

// aboutCertificate says what is wrong with the server's certificate, and what to do
// about it.
func aboutCertificate(err *tls.CertificateVerificationError) (detail, advice string) {
	var (
		invalid   x509.CertificateInvalidError
		hostname  x509.HostnameError
		authority x509.UnknownAuthorityError
	)
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "the server's certificate has expired, or is not valid yet",
			"ask whoever runs the mail server to renew it; if it is valid, the clock of this machine is wrong"
	case errors.As(err, &hostname):
		return "the server's certificate is for another name",
			"set smtp-server to a name for which the mail server has a certificate"
	case errors.As(err, &authority):
		return "the server's certificate comes from an authority that is not trusted here",
			"ask whoever runs the mail server for a certificate of a public authority, sent with its whole chain"
	}
	return "the server's certificate is not trusted", "ask whoever runs the mail server for a valid one"
}

// isAlert reports whether an error is one of the two ends' verdict on the
// other's TLS.
func isAlert(e *net.OpError) bool { return e.Op == "remote error" || e.Op == "local error" }

// broken reports whether the connection can't be used any more. After 421 the
// server hangs up.
func (t *trouble) broken() bool { return t.network || t.code == 421 || t.code == 0 && !t.late }

// limit reports whether an answer may be about how much the server takes over this
// connection, or from us in this minute, and not about the message: servers say so
// with any 4xx at MAIL FROM, and with 451, 452 or 454 later. What a status at RCPT TO
// says of an address, a mailbox or a rule is about the recipient.
func (t *trouble) limit() bool {
	switch {
	case t.broken() || t.code/100 != 4:
		return false
	case t.stage == mailFrom:
		return true
	case t.code != 451 && t.code != 452 && t.code != 454:
		return false
	}
	about, _, _ := strings.Cut(strings.TrimPrefix(t.status, "4."), ".")
	return t.stage > rcptTo || t.stage == rcptTo && about != "1" && about != "2" && about != "7"
}

func failure(o notify.Outcome, detail string) *notify.Failure {
	return &notify.Failure{Channel: channel, Outcome: o, Detail: detail}
}

// failure says what trouble means for the delivery.
func (t *trouble) failure() *notify.Failure {
	o := t.outcome()
	return &notify.Failure{Channel: channel, Outcome: o, Detail: t.detail, Advice: t.whatToDo(o), Answer: t.answer()}
}

// outcome is what became of the delivery.
func (t *trouble) outcome() notify.Outcome {
	switch {
	case t.stage == answer && t.code/100 != 4 && t.code/100 != 5:
		return notify.Unknown
	case t.code/100 == 4, t.network, t.late:
		return notify.Temporary
	case t.stage == rcptTo && t.code/100 == 5:
		return t.blame()
	}
	return notify.ChannelRefused
}

// whatToDo is what the reader can do about it.
func (t *trouble) whatToDo(o notify.Outcome) string {
	switch {
	case t.advice != "":
		return t.advice
	case t.stage == securing:
		return "check smtp-server, smtp-port and smtp-security"
	case t.status == "5.7.30": // as Exchange Online says it
		return "the server takes no passwords: set smtp-auth to xoauth2, with an access token as smtp-password"
	case t.stage == loggingIn, wantsLogin(t.code):
		if t.token {
			return "check smtp-username, and whether the access token in smtp-password is still valid and may send mail"
		}
		return "check smtp-username and smtp-password"
	case t.stage <= greeting:
		return "check smtp-server and smtp-port"
	case t.code == 452, t.code == 454 && t.limit():
		return "the server limits how much it takes at a time: if it stays so, ask whoever runs it for more"
	case t.silent:
		return "the server is too slow, or stuck: its log says why"
	}
	return t.refusalAdvice(o)
}

// refusalAdvice is what to do about an answer that is about one message.
func (t *trouble) refusalAdvice(o notify.Outcome) string {
	switch {
	case t.stage == rcptTo:
		return t.recipientAdvice(o)
	case t.code/100 != 5:
		return ""
	case t.stage == mailFrom:
		return "check email-from: may the account send as it?"
	case t.stage > rcptTo:
		return t.messageAdvice()
	}
	return ""
}

// answer is what the server said to the address.
func (t *trouble) answer() notify.Answer {
	switch {
	case t.stage > rcptTo:
		return notify.Taken
	case t.stage == rcptTo && t.code/100 == 4:
		return notify.PutOff
	case t.stage == rcptTo && t.code/100 == 5:
		return notify.TurnedDown
	}
	return notify.NoAnswer
}

// recipientAdvice is what to do about an answer to RCPT TO that may be about us
// and not about the address.
func (t *trouble) recipientAdvice(o notify.Outcome) string {
	_, status, _ := strings.Cut(t.status, ".")
	switch {
	case status == "1.7" || status == "1.8":
		return "check email-from: the server does not know its domain, or does not let it send"
	case strings.HasPrefix(status, "7.") && o == notify.Temporary:
		return "if it stays so, a rule of the server forbids it: " + notify.RelayRules
	case strings.HasPrefix(status, "7."):
		return "a rule of the server forbids it: " + notify.RelayRules
	case t.code == 504:
		return "the server wants a full name: check smtp-hello and email-from"
	case o == notify.ChannelRefused:
		return "the server's log says why"
	}
	return ""
}

// messageAdvice is what to do about a 5xx to the message itself, of which the server
// has taken the sender and the recipient: without a change it is the same in every
// run.
//
// Source: https://www.iana.org/assignments/smtp-enhanced-status-codes
func (t *trouble) messageAdvice() string {
	const or = ", or give its recipient a contact for another channel"
	_, status, _ := strings.Cut(t.status, ".")
	switch subject, _, _ := strings.Cut(status, "."); {
	case status == "2.2":
		return "the recipient's mailbox is full: let them make room" + or
	case status == "2.3", status == "3.4", t.code == 552 && subject != "6" && subject != "7":
		return "the message is larger than the server takes: ask whoever runs it for a higher limit" + or
	case subject == "6", subject == "7", t.code == 550, t.code == 554 && t.stage == answer:
		return "a filter of the server does not like the message: ask whoever runs it to let mail from email-from pass" + or
	}
	return "the server's log says why"
}

// blame says what a 5xx answer to RCPT TO puts the blame on. Servers say there
// what they have against the client, its name or the sender too. So the
// address is at fault only where the answer says it, by its status: 5.1.7 and
// 5.1.8 are about the sender, and what lies beyond 5.1.10 is nobody's standard.
// An answer with no status, or with one of the two that stand for "other", says
// nothing; Postfix gives 5.1.0 where it does not know the sender.
//
// Source: https://www.iana.org/assignments/smtp-enhanced-status-codes
func (t *trouble) blame() notify.Outcome {
	if t.code != 550 && t.code != 551 && t.code != 553 {
		return notify.ChannelRefused
	}
	switch t.status {
	case "5.1.1", "5.1.2", "5.1.3", "5.1.4", "5.1.5", "5.1.6", "5.1.10", "5.2.1":
		return notify.AddressBlamed
	case "", "5.0.0", "5.1.0":
		return notify.AddressDoubted
	}
	return notify.ChannelRefused
}

// wantsLogin reports whether an answer means that the server wants a login or
// TLS first, which is never the address's fault.
//
// Source: https://www.rfc-editor.org/rfc/rfc4954#section-6
func wantsLogin(code int) bool { return code == 530 || code == 534 || code == 535 || code == 538 }
