// Package mail is a mail server on loopback that can be broken at every step.
package mail

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"net"
	"net/mail"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
)

// Security is how a connection to a mail server is secured.
type Security string

// The kinds of security, as the input smtp-security names them.
const (
	Plain    Security = "none"
	StartTLS Security = "starttls" // required before MAIL and AUTH
	TLS      Security = "tls"      // from the first byte
)

// Options says what a mail server wants of its clients. The zero value
// takes mail from everybody, without TLS.
type Options struct {
	Security Security // default Plain

	// Username and Password are asked for unless both are empty.
	Username, Password string
	Mechanisms         []string // to log in: PLAIN, LOGIN, CRAM-MD5, SCRAM-SHA-1, SCRAM-SHA-256, XOAUTH2; default the first two
	Rounds             int      // of SCRAM, that are asked for; default 4096, and no other works
	MaxBytes           int64    // of one message; 0: no limit
	PerConnection      Limit
}

// Limit is how many messages a server takes over one connection, and what it
// says to a further one, at which step. It does not hang up. The zero value is no
// limit.
type Limit struct {
	Messages int
	At       Step
	Answer   Answer
}

// Server is an SMTP server on loopback that keeps what it is given. Its
// methods may be called while it serves.
type Server struct {
	Host string // 127.0.0.1; the certificate is for localhost too
	Port int

	// Roots holds the certificate that a client has to trust, and RootsPEM is
	// the same as a PEM file's content. Empty without TLS.
	Roots    *x509.CertPool
	RootsPEM []byte

	now      func() time.Time
	options  Options
	server   *smtp.Server
	listener net.Listener
	served   chan struct{} // closed when the listener is done

	mu          sync.Mutex
	mails       []Mail
	logins      []string
	connections int
	fault       Fault
}

// Mail is one message that the server accepted.
type Mail struct {
	From      string   // of the envelope
	To        []string // of the envelope
	Data      []byte   // as it was sent
	Header    mail.Header
	Text      string // decoded text/plain part
	HTML      string // decoded text/html part
	MessageID string // without the angle brackets
	Problem   string // why the message could not be parsed, or empty
	At        time.Time
}

// Start starts an SMTP server on a free port of 127.0.0.1. Times of mails
// follow the given clock.
func Start(now func() time.Time, opts Options) (*Server, error) {
	m := &Server{Host: "127.0.0.1", now: now, options: opts, served: make(chan struct{})}
	m.server = smtp.NewServer(smtp.BackendFunc(m.newSession))
	m.server.Domain = "localhost"
	m.server.ErrorLog = log.New(io.Discard, "", 0)
	m.server.MaxMessageBytes = opts.MaxBytes
	m.server.MaxLineLength = 1000 // RFC 5321, section 4.5.3.1.6
	m.server.AllowInsecureAuth = opts.Security != StartTLS && opts.Security != TLS
	m.server.ReadTimeout = time.Minute
	m.server.WriteTimeout = time.Minute

	var certificate tls.Certificate
	if !m.server.AllowInsecureAuth {
		var err error
		if certificate, m.RootsPEM, err = mailCertificate(); err != nil {
			return nil, fmt.Errorf("start mail server: %w", err)
		}
		m.Roots = x509.NewCertPool()
		m.Roots.AppendCertsFromPEM(m.RootsPEM)
		m.server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{certificate}}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start mail server: %w", err)
	}
	m.Port = l.Addr().(*net.TCPAddr).Port
	l = mailListener{l, m}
	if opts.Security == TLS {
		l = tls.NewListener(l, m.server.TLSConfig)
	}
	m.listener = l
	go func() {
		defer close(m.served)
		m.server.Serve(l) // ends with Close
	}()
	return m, nil
}

// Close stops the server and breaks its connections.
func (m *Server) Close() {
	m.server.Close()
	m.listener.Close() // the server doesn't know of it before Serve has begun
	<-m.served
}

// Addr returns the server's address as 127.0.0.1:port.
func (m *Server) Addr() string { return net.JoinHostPort(m.Host, strconv.Itoa(m.Port)) }

// Mails returns what was accepted so far, in order.
func (m *Server) Mails() []Mail {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.mails)
}

// Logins returns the mechanism of each login that was begun, in order.
func (m *Server) Logins() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.logins)
}

// Connections returns how many connections were made so far.
func (m *Server) Connections() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.connections
}

// Break lets every step of every session pass by f first; nil ends that.
func (m *Server) Break(f Fault) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fault = f
}

// mailListener counts connections.
type mailListener struct {
	net.Listener
	server *Server
}

func (l mailListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	l.server.mu.Lock()
	l.server.connections++
	l.server.mu.Unlock()
	return &mailConn{Conn: c}, nil
}

// mailConn is a connection that can be told to close after the next answer.
type mailConn struct {
	net.Conn
	mu   sync.Mutex
	last bool
}

func (c *mailConn) closeAfterAnswer() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last = true
}

func (c *mailConn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.last {
		c.Conn.Close()
	}
	return n, err
}
