package email_test

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

const (
	username = "reminders"
	password = "correct horse"
)

// A server is an SMTP server on loopback that keeps what it accepts. Its
// answers can be overridden one at a time.
type server struct {
	port int

	mu       sync.Mutex
	sessions int
	logins   int
	mails    []received
	last     net.Conn
	goodbyes sync.WaitGroup // of the sessions

	stall func(stage string) // called before an answer

	onMail, onRcpt, onData, onAuth []error // the next answers; then all is accepted
}

type received struct {
	from, to string
	tls      bool
	message  string
}

// serve starts a server. A nil certificate means that it knows no TLS.
func serve(t *testing.T, certificate *tls.Config, implicit bool) *server {
	t.Helper()
	s := &server{}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.port = l.Addr().(*net.TCPAddr).Port
	if implicit {
		l = tls.NewListener(l, certificate)
	}
	srv := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.sessions++
		s.goodbyes.Add(1)
		s.last = c.Conn()
		return &session{server: s, conn: c}, nil
	}))
	srv.Domain = "mail.test"
	srv.AllowInsecureAuth = certificate == nil
	srv.ErrorLog = discard{}
	if !implicit {
		srv.TLSConfig = certificate
	}
	go srv.Serve(l)
	t.Cleanup(func() { srv.Close() })
	return s
}

type discard struct{}

func (discard) Printf(string, ...any) {}
func (discard) Println(...any)        {}

// next takes the next answer of a list.
func (s *server) next(list *[]error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(*list) == 0 {
		return nil
	}
	err := (*list)[0]
	*list = (*list)[1:]
	return err
}

func (s *server) got() []received {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]received(nil), s.mails...)
}

func (s *server) counts() (sessions, logins int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sessions, s.logins
}

type session struct {
	server *server
	conn   *smtp.Conn
	mail   received
}

// errHangUp as an answer breaks the connection instead.
var errHangUp = errors.New("hang up")

func (s *session) answer(list *[]error) error {
	err := s.server.next(list)
	if err == errHangUp {
		s.conn.Conn().Close()
	}
	return err
}

func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, u, p string) error {
		s.server.mu.Lock()
		s.server.logins++
		s.server.mu.Unlock()
		if err := s.answer(&s.server.onAuth); err != nil {
			return err
		}
		if u != username || p != password {
			return answer(535, "5.7.8", "no such account: "+u+" "+p)
		}
		return nil
	}), nil
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	_, s.mail.tls = s.conn.TLSConnectionState()
	s.mail.from = from
	return s.answer(&s.server.onMail)
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.mail.to = to
	s.wait("RCPT")
	return s.answer(&s.server.onRcpt)
}

func (s *session) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.mail.message = string(b)
	s.server.mu.Lock()
	s.server.mails = append(s.server.mails, s.mail)
	s.server.mu.Unlock()
	s.wait("DATA")
	return s.answer(&s.server.onData)
}

func (s *session) wait(stage string) {
	if s.server.stall != nil {
		s.server.stall(stage)
	}
}

func (s *session) Reset()        { s.mail = received{} }
func (s *session) Logout() error { s.server.goodbyes.Done(); return nil }

// answer is an answer of the server's, with a text that must go no further.
func answer(code int, status, text string) error {
	e := &smtp.SMTPError{Code: code, Message: text}
	for i, part := range strings.Split(status, ".") {
		e.EnhancedCode[i] = int(part[0] - '0')
	}
	return e
}

// script starts a server that answers every line with the next of a list and
// then hangs up. An answer that begins with 354 reads up to the dot first.
func script(t *testing.T, answers ...string) (port int) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			r := bufio.NewReader(conn)
			dot := false
			for i, a := range answers {
				if i > 0 && !dot {
					if _, err := r.ReadString('\n'); err != nil {
						break
					}
				}
				io.WriteString(conn, strings.ReplaceAll(a, "\n", "\r\n")+"\r\n")
				dot = strings.HasPrefix(a, "354")
				if dot {
					for line := ""; strings.TrimRight(line, "\r\n") != "."; {
						if line, err = r.ReadString('\n'); err != nil {
							break
						}
					}
				}
			}
			conn.Close()
		}
	}()
	return l.Addr().(*net.TCPAddr).Port
}

// certificate makes a certificate for 127.0.0.1, and the pool that trusts it.
func certificate(t *testing.T) (*tls.Config, *x509.CertPool) {
	t.Helper()
	return certificateWith(t, func(*x509.Certificate) {})
}

// certificateWith makes one that is different.
func certificateWith(t *testing.T, change func(*x509.Certificate)) (*tls.Config, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: "mail.test"},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA:         true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	change(template)
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, pool
}
