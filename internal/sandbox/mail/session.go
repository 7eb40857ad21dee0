package mail

import (
	"crypto/tls"
	"errors"
	"io"
	"strings"

	"github.com/emersion/go-smtp"
)

// Step is a point of an SMTP session at which a Fault is asked.
type Step string

// The steps, with the value that the fault is given.
const (
	AtHello     Step = "hello"     // the client's name for itself
	AtLogin     Step = "login"     // the username
	AtSender    Step = "sender"    // the address of MAIL FROM
	AtRecipient Step = "recipient" // the address of RCPT TO
	AtData      Step = "data"      // the whole message
)

// A Answer is what a fault makes of a step. The zero value leaves it as it
// is.
type Answer struct {
	Code int    // such as 550; a 421 also closes the connection
	Text string // everything after the code, an enhanced one included; a default where it is empty
	Drop Drop
}

// Drop is when a connection is closed.
type Drop int

// The ways to close a connection.
const (
	NoDrop     Drop = iota
	DropBefore      // instead of answering; at the data, nothing is kept
	DropKept        // instead of answering, though the message was kept
	DropAfter       // right after the answer
)

// Fault breaks sessions: it is asked at every step.
type Fault func(at Step, value string) Answer

// Refuse returns a fault that answers RCPT TO of the given addresses with a
// code.
func Refuse(code int, addresses ...string) Fault {
	return func(at Step, value string) Answer {
		for _, a := range addresses {
			if at == AtRecipient && strings.EqualFold(a, value) {
				return Answer{Code: code}
			}
		}
		return Answer{}
	}
}

// RefuseAll returns a fault that answers every RCPT TO with a code and a
// text, as a server does that refuses the client, its name or the sender: most
// say so only there.
//
// Source: https://www.postfix.org/postconf.5.html#smtpd_delay_reject
func RefuseAll(code int, text string) Fault {
	return func(at Step, _ string) Answer {
		if at == AtRecipient {
			return Answer{Code: code, Text: text}
		}
		return Answer{}
	}
}

// mailTexts are the default words after a code.
var mailTexts = map[int]string{
	421: "Service not available, closing transmission channel",
	450: "Mailbox unavailable, try again later",
	451: "Local error in processing",
	452: "Insufficient system storage",
	530: "Must issue a STARTTLS command first",
	535: "Authentication credentials invalid",
	550: "No such mailbox here",
	552: "Message size exceeds the limit",
	554: "Transaction failed",
}

// errMailDropped ends a step whose connection was closed.
var errMailDropped = errors.New("connection dropped")

// mailError is an answer of the server with a code that is not a success.
func mailError(code int, text string) *smtp.SMTPError {
	if text != "" {
		return &smtp.SMTPError{Code: code, EnhancedCode: smtp.NoEnhancedCode, Message: text}
	}
	return &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode{code / 100, 0, 0}, Message: mailTexts[code]}
}

// mailSession is one session of one client.
type mailSession struct {
	server   *Server
	conn     *smtp.Conn
	loggedIn bool
	accepted int // messages
	from     string
	to       []string
}

func (m *Server) newSession(c *smtp.Conn) (smtp.Session, error) {
	s := &mailSession{server: m, conn: c}
	if _, err := s.step(AtHello, c.Hostname()); err != nil {
		return nil, err
	}
	return s, nil
}

// step asks the fault, and closes the connection if that is the answer.
func (s *mailSession) step(at Step, value string) (Answer, error) {
	s.server.mu.Lock()
	fault := s.server.fault
	s.server.mu.Unlock()
	if l := s.server.options.PerConnection; l.Messages > 0 && s.accepted >= l.Messages && at == l.At {
		return l.Answer, mailError(l.Answer.Code, l.Answer.Text)
	}
	if fault == nil {
		return Answer{}, nil
	}
	a := fault(at, value)
	switch {
	case a.Drop == DropBefore:
		s.raw().Close()
		return a, errMailDropped
	case a.Drop == DropAfter, a.Code == 421:
		s.raw().closeAfterAnswer()
	}
	if a.Code >= 400 {
		return a, mailError(a.Code, a.Text)
	}
	return a, nil
}

// raw returns the connection below TLS.
func (s *mailSession) raw() *mailConn {
	c := s.conn.Conn()
	if t, ok := c.(*tls.Conn); ok {
		c = t.NetConn()
	}
	return c.(*mailConn)
}

// Mail implements smtp.Session.
func (s *mailSession) Mail(from string, _ *smtp.MailOptions) error {
	if _, err := s.step(AtSender, from); err != nil {
		return err
	}
	if _, isTLS := s.conn.TLSConnectionState(); s.server.options.Security == StartTLS && !isTLS {
		return mailError(530, "")
	}
	if s.server.wantsLogin() && !s.loggedIn {
		return mailError(530, "5.7.0 Authentication required")
	}
	s.from = from
	return nil
}

// Rcpt implements smtp.Session.
func (s *mailSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	if _, err := s.step(AtRecipient, to); err != nil {
		return err
	}
	s.to = append(s.to, to)
	return nil
}

// Data implements smtp.Session.
func (s *mailSession) Data(r io.Reader) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	answer, err := s.step(AtData, string(data))
	if err != nil {
		return err
	}
	m := Parse(data)
	m.From, m.To = s.from, append([]string(nil), s.to...)
	s.server.mu.Lock()
	m.At = s.server.now()
	s.server.mails = append(s.server.mails, m)
	s.accepted++
	s.server.mu.Unlock()
	if answer.Drop == DropKept {
		s.raw().Close()
		return errMailDropped
	}
	return nil
}

// Reset implements smtp.Session.
func (s *mailSession) Reset() { s.from, s.to = "", nil }

// Logout implements smtp.Session.
func (s *mailSession) Logout() error { return nil }
