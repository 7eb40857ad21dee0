package mail

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/wneessen/go-mail"
)

var mailNoon = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)

func newMail(t *testing.T, o Options) *Server {
	t.Helper()
	m, err := Start(func() time.Time { return mailNoon }, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Close)
	return m
}

// mailClient returns a client that suits the server's security.
func mailClient(t *testing.T, m *Server, options ...mail.Option) *mail.Client {
	t.Helper()
	o := []mail.Option{mail.WithPort(m.Port), mail.WithHELO("client.example.org"), mail.WithTimeout(10 * time.Second)}
	switch m.options.Security {
	case TLS:
		o = append(o, mail.WithSSL(), mail.WithTLSConfig(&tls.Config{RootCAs: m.Roots, ServerName: "localhost"}))
	case StartTLS:
		o = append(o, mail.WithTLSPolicy(mail.TLSMandatory),
			mail.WithTLSConfig(&tls.Config{RootCAs: m.Roots, ServerName: "127.0.0.1"}))
	default:
		o = append(o, mail.WithTLSPolicy(mail.NoTLS))
	}
	c, err := mail.NewClient(m.Host, append(o, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// testMail is a message with a text and an HTML part.
func testMail(t *testing.T, to ...string) *mail.Msg {
	t.Helper()
	msg := mail.NewMsg()
	if err := errors.Join(msg.From("swg@example.org"), msg.To(to...)); err != nil {
		t.Fatal(err)
	}
	msg.Subject("Grüße")
	msg.SetMessageIDWithValue("0123@example.org")
	msg.SetBodyString(mail.TypeTextPlain, "Hello, Jürgen.\n")
	msg.AddAlternativeString(mail.TypeTextHTML, "<p>Hello, Jürgen.</p>\n")
	return msg
}

func TestMailArrives(t *testing.T) {
	tests := []struct {
		name  string
		o     Options
		login []mail.Option
	}{
		{"plain", Options{}, nil},
		{"STARTTLS", Options{Security: StartTLS}, nil},
		{"TLS", Options{Security: TLS}, nil},
		{"AUTH PLAIN", Options{Security: StartTLS, Username: "u", Password: "p"},
			[]mail.Option{mail.WithSMTPAuth(mail.SMTPAuthPlain), mail.WithUsername("u"), mail.WithPassword("p")}},
		{"AUTH LOGIN", Options{Security: TLS, Username: "u", Password: "p"},
			[]mail.Option{mail.WithSMTPAuth(mail.SMTPAuthLogin), mail.WithUsername("u"), mail.WithPassword("p")}},
		{"AUTH LOGIN without TLS", Options{Username: "u", Password: "p"},
			[]mail.Option{mail.WithSMTPAuth(mail.SMTPAuthLoginNoEnc), mail.WithUsername("u"), mail.WithPassword("p")}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := newMail(t, tt.o)
			if err := mailClient(t, m, tt.login...).DialAndSend(testMail(t, "ada@example.org", "bob@example.org")); err != nil {
				t.Fatal(err)
			}
			got := m.Mails()
			if len(got) != 1 || m.Connections() != 1 {
				t.Fatalf("%d mails over %d connections, want 1 over 1", len(got), m.Connections())
			}
			if !strings.Contains(string(got[0].Data), "Message-ID: <0123@example.org>\r\n") {
				t.Errorf("data = %q", got[0].Data)
			}
			if s := got[0].Header.Get("Subject"); !strings.HasPrefix(s, "=?UTF-8?q?Gr") {
				t.Errorf("subject = %q", s)
			}
			got[0].Data, got[0].Header = nil, nil
			want := Mail{
				From: "swg@example.org", To: []string{"ada@example.org", "bob@example.org"},
				Text: "Hello, Jürgen.\r\n", HTML: "<p>Hello, Jürgen.</p>\r\n", MessageID: "0123@example.org", At: mailNoon,
			}
			if diff := cmp.Diff(want, got[0]); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestMailWantsTrust(t *testing.T) {
	m := newMail(t, Options{Security: TLS})
	c := mailClient(t, m, mail.WithTLSConfig(&tls.Config{ServerName: "localhost", MinVersion: tls.VersionTLS12}))
	if err := c.DialAndSend(testMail(t, "ada@example.org")); err == nil {
		t.Error("a client that does not trust the certificate could send")
	}
	other := newMail(t, Options{Security: TLS})
	c = mailClient(t, m, mail.WithTLSConfig(&tls.Config{ServerName: "localhost", RootCAs: other.Roots}))
	if err := c.DialAndSend(testMail(t, "ada@example.org")); err == nil {
		t.Error("a client that trusts another certificate could send")
	}
	if got := len(m.Mails()); got != 0 {
		t.Errorf("%d mails kept", got)
	}
}

func TestMailBreaks(t *testing.T) {
	answer := func(step Step, a Answer) Fault {
		return func(at Step, _ string) Answer {
			if at == step {
				return a
			}
			return Answer{}
		}
	}
	tests := []struct {
		name  string
		fault Fault
		code  int // of the error; 0: a broken connection
		kept  int
	}{
		{"hello", answer(AtHello, Answer{Code: 421}), 421, 0},
		{"login", answer(AtLogin, Answer{Code: 535}), 535, 0},
		{"login later", answer(AtLogin, Answer{Code: 454, Text: "busy"}), 454, 0},
		{"sender", answer(AtSender, Answer{Code: 451}), 451, 0},
		{"recipient never", Refuse(550, "ada@example.org"), 550, 0},
		{"recipient later", Refuse(450, "ada@example.org"), 450, 0},
		{"data", answer(AtData, Answer{Code: 554}), 554, 0},
		{"too busy at data", answer(AtData, Answer{Code: 421}), 421, 0},
		{"broken before the answer", answer(AtData, Answer{Drop: DropBefore}), 0, 0},
		{"broken though kept", answer(AtData, Answer{Drop: DropKept}), 0, 1},
	}
	for _, tt := range tests {
		for _, security := range []Security{StartTLS, TLS} {
			t.Run(tt.name+" "+string(security), func(t *testing.T) {
				m := newMail(t, Options{Security: security, Username: "u", Password: "p"})
				m.Break(tt.fault)
				c := mailClient(t, m, mail.WithSMTPAuth(mail.SMTPAuthPlain), mail.WithUsername("u"), mail.WithPassword("p"))
				err := c.DialAndSend(testMail(t, "ada@example.org"))
				if err == nil {
					t.Fatal("no error")
				}
				if tt.code > 0 && !strings.Contains(err.Error(), fmt.Sprint(tt.code)) {
					t.Errorf("got %v, want %d", err, tt.code)
				}
				if tt.code == 0 && !strings.Contains(err.Error(), "EOF") {
					t.Errorf("got %v, want a broken connection", err)
				}
				if got := len(m.Mails()); got != tt.kept {
					t.Errorf("%d mails kept, want %d", got, tt.kept)
				}
			})
		}
	}
}

func TestMailDropsAfterTheAnswer(t *testing.T) {
	m := newMail(t, Options{Security: TLS})
	m.Break(func(at Step, _ string) Answer {
		if at == AtData {
			return Answer{Drop: DropAfter}
		}
		return Answer{}
	})
	c := mailClient(t, m, mail.WithoutNoop())
	if err := c.DialWithContext(context.Background()); err != nil {
		t.Fatal(err)
	}
	// The library resets the session after a message, on a connection that is
	// gone by then. The message itself was delivered.
	msg := testMail(t, "ada@example.org")
	_ = c.Send(msg)
	if !msg.IsDelivered() || len(m.Mails()) != 1 {
		t.Errorf("delivered %v, %d mails kept; want the answer to arrive", msg.IsDelivered(), len(m.Mails()))
	}
	if err := c.Send(testMail(t, "ada@example.org")); err == nil {
		t.Error("the connection still works")
	}
}

func TestMailRefusesOneRecipientOfTwo(t *testing.T) {
	m := newMail(t, Options{})
	m.Break(Refuse(550, "BOB@example.org"))
	conn := dialMail(t, m)
	conn.say("EHLO x", 250)
	conn.say("MAIL FROM:<swg@example.org>", 250)
	conn.say("RCPT TO:<ada@example.org>", 250)
	conn.say("RCPT TO:<bob@example.org>", 550)
	conn.say("DATA", 354)
	conn.say("Subject: x\r\n\r\nhello\r\n.", 250)
	got := m.Mails()
	if len(got) != 1 || len(got[0].To) != 1 || got[0].To[0] != "ada@example.org" {
		t.Errorf("mails = %+v", got)
	}
}

// A text is all that is said after the code.
func TestMailRefusesEverybody(t *testing.T) {
	for _, text := range []string{"5.7.1 <ada@example.org>: Relay access denied", "relay not permitted"} {
		m := newMail(t, Options{})
		m.Break(RefuseAll(554, text))
		conn := dialMail(t, m)
		conn.say("EHLO x", 250)
		conn.say("MAIL FROM:<swg@example.org>", 250)
		for _, to := range []string{"ada@example.org", "bob@example.org"} {
			if got := conn.say("RCPT TO:<"+to+">", 554); got != text {
				t.Errorf("%s: the server says %q, want %q", to, got, text)
			}
		}
	}
}

func TestMailWantsTLSAndLogin(t *testing.T) {
	m := newMail(t, Options{Security: StartTLS})
	conn := dialMail(t, m)
	conn.say("EHLO x", 250)
	conn.say("MAIL FROM:<swg@example.org>", 530)

	m = newMail(t, Options{Username: "u", Password: "p"})
	conn = dialMail(t, m)
	conn.say("EHLO x", 250)
	conn.say("MAIL FROM:<swg@example.org>", 530)
	conn.say("AUTH PLAIN AHUAeA==", 535) // u with the password x
	conn.say("AUTH LOGIN", 334)
	conn.say("dQ==", 334)
	conn.say("eA==", 535)
	conn.say("AUTH PLAIN AHUAcA==", 235)
	conn.say("MAIL FROM:<swg@example.org>", 250)
}

func TestMailLimitsLinesAndSize(t *testing.T) {
	m := newMail(t, Options{MaxBytes: 2000})
	send := func(body string, want int) {
		conn := dialMail(t, m)
		conn.say("EHLO x", 250)
		conn.say("MAIL FROM:<swg@example.org>", 250)
		conn.say("RCPT TO:<ada@example.org>", 250)
		conn.say("DATA", 354)
		conn.say("Subject: x\r\n\r\n"+body+"\r\n.", want)
	}
	send(strings.Repeat("a", 998), 250)
	send(strings.Repeat("a", 1100), 554)
	send(strings.Repeat("a\r\n", 1000), 552)
	if got := len(m.Mails()); got != 1 {
		t.Errorf("%d mails kept, want 1", got)
	}
}

// rawMail speaks SMTP line by line.
type rawMail struct {
	t *testing.T
	c net.Conn
	r *textproto.Reader
}

func dialMail(t *testing.T, m *Server) *rawMail {
	t.Helper()
	c, err := net.Dial("tcp", m.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	raw := &rawMail{t, c, textproto.NewReader(bufio.NewReader(c))}
	if _, _, err := raw.r.ReadResponse(220); err != nil {
		t.Fatal(err)
	}
	return raw
}

// say sends a line, wants an answer with a code, and returns its text.
func (r *rawMail) say(line string, code int) string {
	r.t.Helper()
	if _, err := io.WriteString(r.c, line+"\r\n"); err != nil {
		r.t.Fatal(err)
	}
	_, message, err := r.r.ReadResponse(code)
	if err != nil {
		r.t.Fatalf("%s: got %v %s, want %d", strings.Fields(line)[0], err, message, code)
	}
	return message
}

func TestParseMail(t *testing.T) {
	tests := []struct {
		name, data string
		text, html string
		problem    bool
	}{
		{"one part", "Subject: x\r\n\r\nhello\r\n", "hello\r\n", "", false},
		{"HTML alone", "Content-Type: text/html\r\n\r\n<p>hello</p>\r\n", "", "<p>hello</p>\r\n", false},
		{"no header", "hello", "", "", true},
		{"unknown encoding", "Content-Transfer-Encoding: song\r\n\r\nhello\r\n", "", "", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Parse([]byte(tt.data))
			if got.Text != tt.text || got.HTML != tt.html || (got.Problem != "") != tt.problem {
				t.Errorf("got text %q, HTML %q, problem %q", got.Text, got.HTML, got.Problem)
			}
		})
	}
}
