package email

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
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

// greetingWithin is how long a server may take to greet us, or half of what a step
// may take, if that is less: then it may be waiting for TLS itself.
const greetingWithin = 30 * time.Second

// dial connects, turns on TLS and logs in.
func dial(ctx context.Context, c Config) (*session, *trouble) {
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", c.address())
	if err != nil {
		return nil, at(connecting, err)
	}
	s := &session{conn: &bounded{Conn: conn}, timeout: c.Timeout}
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
	if t := s.greet(ctx, c); t != nil {
		return t
	}
	if c.Security == StartTLS {
		if ok, _ := s.client.Extension("STARTTLS"); !ok {
			return &trouble{stage: securing, detail: "the server offers no STARTTLS"}
		}
		if err := s.client.StartTLS(c.tls()); err != nil {
			return at(securing, err)
		}
	}
	if c.Username == "" {
		return nil
	}
	auth, t := login(s.client, c)
	if t != nil {
		return t
	}
	if err := s.client.Auth(auth); err != nil {
		t := at(loggingIn, err)
		t.token = c.Auth == XOAuth2
		return t
	}
	return nil
}

// greet begins TLS, where it comes first, and lets both ends say who they are.
func (s *session) greet(ctx context.Context, c Config) *trouble {
	conn := s.conn
	if c.Security == TLS {
		secured := tls.Client(conn, c.tls())
		if err := secured.HandshakeContext(ctx); err != nil {
			t := at(securing, err)
			if t.silent {
				t.detail = "the server did not begin TLS in time"
			}
			return t
		}
		conn = secured
	}
	s.within(ctx, min(s.timeout/2, greetingWithin))
	client, err := smtp.NewClient(conn, c.Server)
	if err != nil {
		t := at(greeting, err)
		switch {
		case t.silent && c.Security == StartTLS && speaksTLS(ctx, c):
			return &trouble{stage: securing, detail: "the server wants TLS from the first byte on this port", advice: "set smtp-security to tls"}
		case t.silent:
			t.detail, t.advice = "the server did not greet us in time", "check smtp-server, smtp-port and smtp-security"
		}
		return t
	}
	s.within(ctx, s.timeout)
	s.client = client
	if err := client.Hello(c.LocalName); err != nil {
		return at(greeting, err)
	}
	return nil
}

func (c Config) address() string { return net.JoinHostPort(c.Server, strconv.Itoa(c.Port)) }

func (c Config) tls() *tls.Config {
	return &tls.Config{ServerName: c.Server, RootCAs: c.RootCAs, MinVersion: tls.VersionTLS12}
}

// speaksTLS reports whether a server that said nothing was waiting for TLS to
// begin, as on port 465.
func speaksTLS(ctx context.Context, c Config) bool {
	conn, err := (&tls.Dialer{Config: c.tls()}).DialContext(ctx, "tcp", c.address())
	if err == nil {
		conn.Close()
		return true
	}
	_, untrusted := errors.AsType[*tls.CertificateVerificationError](err)
	return untrusted
}

// guard bounds what is done next by the timeout, and by the end of ctx. The
// caller releases it.
func (s *session) guard(ctx context.Context) (release func() bool) {
	s.within(ctx, s.timeout)
	return context.AfterFunc(ctx, func() { s.conn.SetDeadline(time.Unix(1, 0)) })
}

// within bounds the next step with the server.
func (s *session) within(ctx context.Context, d time.Duration) {
	s.conn.SetDeadline(time.Now().Add(d))
	if ctx.Err() != nil { // which guard may have heard before
		s.conn.SetDeadline(time.Unix(1, 0))
	}
}

// send delivers one message to one address. The server gets its time for each step,
// and twice as much for the answer to the message: many look into it first, and who
// hangs up too early does not know whether it arrived.
func (s *session) send(ctx context.Context, from, to string, message []byte, mayGo func() bool) *trouble {
	release := s.guard(ctx)
	defer release()
	if t := s.envelope(ctx, from, to); t != nil {
		return t
	}
	if mayGo != nil && !mayGo() {
		return &trouble{stage: data, late: true, detail: "it came too late in the time that it had"}
	}
	s.within(ctx, s.timeout)
	w, err := s.client.Data()
	if err != nil {
		return at(data, err)
	}
	// As long as the dot has not gone out, the server can't have accepted.
	s.within(ctx, s.timeout)
	if _, err := w.Write(message); err != nil {
		return at(writing, err)
	}
	s.within(ctx, 2*s.timeout)
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
	return s.envelope(ctx, from, from)
}

// envelope names the sender and the recipient of a message.
func (s *session) envelope(ctx context.Context, from, to string) *trouble {
	s.client.SkipSMTPUTF8(isASCII(from + to))
	if err := s.client.Mail("<" + from + ">"); err != nil {
		return at(mailFrom, err)
	}
	s.within(ctx, s.timeout)
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

// longestAnswer is how much a server may say at once, the certificates of TLS
// included. It is far more than any server has to say.
const longestAnswer = 256 << 10

// errEndless is the error of an answer that is longer.
var errEndless = errors.New("the answer has no end")

// A bounded connection reads no more than longestAnswer before something is
// written again, whether in one line or in many.
type bounded struct {
	net.Conn
	read int // since the last write
}

// Read reads as far as the bound.
func (b *bounded) Read(p []byte) (int, error) {
	if b.read >= longestAnswer {
		return 0, errEndless
	}
	n, err := b.Conn.Read(p[:min(len(p), longestAnswer-b.read)])
	b.read += n
	return n, err
}

// Write writes, which the next answer follows.
func (b *bounded) Write(p []byte) (int, error) {
	b.read = 0
	return b.Conn.Write(p)
}
