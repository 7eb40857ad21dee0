package email

import (
	"context"
	"crypto/tls"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wneessen/go-mail/smtp"
)

// A session is one connection to the server, past TLS and login.
type session struct {
	client  *smtp.Client
	conn    net.Conn // below TLS where that began by STARTTLS
	timeout time.Duration

	kept  bool // it has been used before
	since int  // attempts without an answer before the one that is under way
}

// dial connects, turns on TLS and logs in.
func dial(ctx context.Context, c Config) (*session, *trouble) {
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", net.JoinHostPort(c.Server, strconv.Itoa(c.Port)))
	if err != nil {
		return nil, at(connecting, err)
	}
	s := &session{conn: conn, timeout: c.Timeout}
	release := s.guard(ctx)
	defer release()
	if t := s.begin(ctx, c); t != nil {
		conn.Close()
		return nil, t
	}
	return s, nil
}

// begin is everything between the connection and the first message.
func (s *session) begin(ctx context.Context, c Config) *trouble {
	settings := &tls.Config{ServerName: c.Server, RootCAs: c.RootCAs, MinVersion: tls.VersionTLS12}
	conn := s.conn
	if c.Security == TLS {
		secured := tls.Client(conn, settings)
		if err := secured.HandshakeContext(ctx); err != nil {
			return at(securing, err)
		}
		conn = secured
	}
	client, err := smtp.NewClient(conn, c.Server)
	if err != nil {
		return at(greeting, err)
	}
	s.client = client
	if err := client.Hello("localhost"); err != nil {
		return at(greeting, err)
	}
	if c.Security == StartTLS {
		if ok, _ := client.Extension("STARTTLS"); !ok {
			return &trouble{stage: securing, detail: "the server offers no STARTTLS"}
		}
		if err := client.StartTLS(settings); err != nil {
			return at(securing, err)
		}
	}
	if c.Username == "" {
		return nil
	}
	auth := login(client, c)
	if auth == nil {
		return &trouble{stage: loggingIn, detail: "the server offers no login that this program knows"}
	}
	if err := client.Auth(auth); err != nil {
		return at(loggingIn, err)
	}
	return nil
}

// login returns the way to log in that the server offers, or nil.
func login(client *smtp.Client, c Config) smtp.Auth {
	_, offered := client.Extension("AUTH")
	methods := strings.Fields(strings.ToUpper(offered))
	inClear := c.Security == None
	switch {
	case slices.Contains(methods, "PLAIN"):
		return smtp.PlainAuth("", c.Username, c.Password, c.Server, inClear)
	case slices.Contains(methods, "LOGIN"):
		return smtp.LoginAuth(c.Username, c.Password, c.Server, inClear)
	case slices.Contains(methods, "SCRAM-SHA-256"):
		return smtp.ScramSHA256Auth(c.Username, c.Password)
	case slices.Contains(methods, "CRAM-MD5"):
		return smtp.CRAMMD5Auth(c.Username, c.Password)
	}
	return nil
}

// guard bounds what is done next by the timeout, and by the end of ctx. The
// caller releases it.
func (s *session) guard(ctx context.Context) (release func() bool) {
	s.conn.SetDeadline(time.Now().Add(s.timeout))
	return context.AfterFunc(ctx, func() { s.conn.SetDeadline(time.Unix(1, 0)) })
}

// send delivers one message to one address.
func (s *session) send(ctx context.Context, from, to string, message []byte, mayGo func() bool) *trouble {
	release := s.guard(ctx)
	defer release()
	if t := s.envelope(from, to); t != nil {
		return t
	}
	if mayGo != nil && !mayGo() {
		return &trouble{stage: data, late: true, detail: "it came too late in the time that it had"}
	}
	w, err := s.client.Data()
	if err != nil {
		return at(data, err)
	}
	// As long as the dot has not gone out, the server can't have accepted.
	if _, err := w.Write(message); err != nil {
		return at(writing, err)
	}
	if err := w.Close(); err != nil {
		return at(answer, err)
	}
	return nil
}

// offer names the sender of a message that does not follow, and the sender's
// address as its recipient. Many servers refuse only here who has not logged in, or
// may not send as that address; and many, such as Postfix, say only at the
// recipient what they have against the client, its name or the sender. Nothing is
// sent by it: a server takes a message with DATA, and RSET takes both back.
func (s *session) offer(ctx context.Context, from string) *trouble {
	release := s.guard(ctx)
	defer release()
	return s.envelope(from, from)
}

// envelope names the sender and the recipient of a message.
func (s *session) envelope(from, to string) *trouble {
	s.client.SkipSMTPUTF8(isASCII(from + to))
	if err := s.client.Mail("<" + from + ">"); err != nil {
		return at(mailFrom, err)
	}
	if err := s.client.Rcpt("<" + to + ">"); err != nil {
		return at(rcptTo, err)
	}
	return nil
}

// ready makes a kept session ready for the next message, and reports whether
// it is.
func (s *session) ready(ctx context.Context) bool {
	release := s.guard(ctx)
	defer release()
	return s.client.Reset() == nil
}

// quit says goodbye, without waiting long for the answer.
func (s *session) quit() {
	s.conn.SetDeadline(time.Now().Add(time.Second))
	_ = s.client.Quit()
	s.conn.Close()
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > 127 })
}
