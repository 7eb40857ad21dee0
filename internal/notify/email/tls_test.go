package email_test

import (
	"context"
	"crypto/x509"
	"testing"
	"time"

	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/notify/email"
	"github.com/openedx/advisory-reminders/internal/notify/notifytest"
)

func TestTLS(t *testing.T) {
	certificate, pool := certificate(t)
	for _, security := range []email.Security{email.StartTLS, email.TLS} {
		t.Run(string(security), func(t *testing.T) {
			s := serve(t, certificate, security == email.TLS)
			c := config(s.port)
			c.Security, c.Username, c.Password, c.RootCAs = security, username, password, pool
			m := email.New(c)
			defer m.Close()
			if err := m.Check(context.Background()); err != nil {
				t.Fatal(err)
			}
			if err := m.Digest(context.Background(), to, notifytest.One()); err != nil {
				t.Fatal(err)
			}
			if got := s.got(); len(got) != 1 || !got[0].tls {
				t.Errorf("got %d mails, not all over TLS", len(got))
			}
			if sessions, logins := s.counts(); logins != 1 {
				t.Errorf("%d sessions with %d logins, want one login", sessions, logins)
			}
		})
		t.Run(string(security)+" with an untrusted certificate", func(t *testing.T) {
			s := serve(t, certificate, security == email.TLS)
			c := config(s.port)
			c.Security, c.Username, c.Password = security, username, password
			m := email.New(c)
			defer m.Close()
			f := outcome(t, m.Digest(context.Background(), to, notifytest.One()))
			if f.Outcome != notify.ChannelRefused || f.Detail != "the server's certificate comes from an authority that is not trusted here" {
				t.Errorf("got %d %v", f.Outcome, f)
			}
			if _, logins := s.counts(); logins != 0 || len(s.got()) != 0 {
				t.Errorf("%d logins and %d mails, want none", logins, len(s.got()))
			}
		})
	}
}

func TestRefusedConnections(t *testing.T) {
	certificate, pool := certificate(t)
	t.Run("STARTTLS stripped", func(t *testing.T) {
		s := serve(t, nil, false)
		c := config(s.port)
		c.Security, c.Username, c.Password, c.RootCAs = email.StartTLS, username, password, pool
		f := outcome(t, email.New(c).Digest(context.Background(), to, notifytest.One()))
		if f.Outcome != notify.ChannelRefused || f.Detail != "the server offers no STARTTLS" {
			t.Errorf("got %d %v", f.Outcome, f)
		}
		if _, logins := s.counts(); logins != 0 || len(s.got()) != 0 {
			t.Errorf("%d logins and %d mails in the clear", logins, len(s.got()))
		}
	})
	t.Run("wrong password, asked once", func(t *testing.T) {
		s := serve(t, certificate, true)
		c := config(s.port)
		c.Security, c.Username, c.Password, c.RootCAs = email.TLS, username, "wrong horse", pool
		m := email.New(c)
		for range 3 {
			f := outcome(t, m.Digest(context.Background(), to, notifytest.One()))
			if f.Outcome != notify.ChannelRefused || f.Detail != "the server answered 535 5.7.8 to the login" {
				t.Errorf("got %d %v", f.Outcome, f)
			}
		}
		if _, logins := s.counts(); logins != 1 {
			t.Errorf("%d logins, want 1", logins)
		}
	})
	t.Run("login put off", func(t *testing.T) {
		s := serve(t, certificate, true)
		s.onAuth = []error{answer(454, "4.7.0", "later")}
		c := config(s.port)
		c.Security, c.Username, c.Password, c.RootCAs = email.TLS, username, password, pool
		m := email.New(c)
		defer m.Close()
		if err := m.Report(context.Background(), to, notifytest.Full()); err != nil {
			t.Error(err)
		}
	})
	tests := []struct {
		name    string
		answers []string
		set     func(*email.Config)
		want    notify.Outcome
		detail  string
	}{
		{"no AUTH", []string{"220 hello", "250 hello", "250 ok"},
			func(c *email.Config) { c.Username, c.Password = username, password },
			notify.ChannelRefused, "the server offers no login that this program knows"},
		{"unknown AUTH", []string{"220 hello", "250-hello\n250 AUTH GSSAPI", "250 ok"},
			func(c *email.Config) { c.Username, c.Password = username, password },
			notify.ChannelRefused, "the server offers no login that this program knows"},
		{"LOGIN refused", []string{"220 hello", "250-hello\n250 AUTH LOGIN", "334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6", "535 5.7.8 quoted ada", "501 x", "221 x"},
			func(c *email.Config) { c.Username, c.Password = username, password },
			notify.ChannelRefused, "the server answered 535 5.7.8 to the login"},
		{"not welcome", []string{"554 5.7.1 go away, quoted"}, func(*email.Config) {},
			notify.ChannelRefused, "the server answered 554 5.7.1 to EHLO"},
		{"busy", []string{"421 4.3.2 busy"}, func(*email.Config) {},
			notify.Temporary, "the server answered 421 4.3.2 to EHLO"},
		{"hangs up at once", []string{"220 hello"}, func(*email.Config) {},
			notify.Temporary, "the connection broke at EHLO"},
		{"DATA refused", []string{"220 hello", "250 hello", "250 ok", "250 ok", "554 no valid recipients"}, func(*email.Config) {},
			notify.ChannelRefused, "the server answered 554 to DATA"},
		{"no answer to the message", []string{"220 hello", "250 hello", "250 ok", "250 ok", "354 go"}, func(*email.Config) {},
			notify.Unknown, "the server's answer to the message was lost"},
		{"nonsense for an answer", []string{"220 hello", "250 hello", "250 ok", "250 ok", "354 go\nquoted nonsense"}, func(*email.Config) {},
			notify.Unknown, "the server's answer to the message was lost"},
		{"STARTTLS refused", []string{"220 hello", "250-hello\n250 STARTTLS", "502 5.5.1 no"}, func(c *email.Config) { c.Security = email.StartTLS },
			notify.ChannelRefused, "the server answered 502 5.5.1 to STARTTLS"},
		{"text behind STARTTLS counts for nothing", []string{"220 hello", "250-hello\n250 STARTTLS", "220 go\n250 hello"}, func(c *email.Config) { c.Security = email.StartTLS },
			notify.Temporary, "the connection broke at STARTTLS"},
		{"no TLS at all", []string{"220 hello", "250 hello"}, func(c *email.Config) { c.Security = email.TLS },
			notify.ChannelRefused, "the server begins without TLS on this port"},
		{"another protocol", []string{"SSH-2.0-hello"}, func(c *email.Config) { c.Security = email.TLS },
			notify.ChannelRefused, "the server does not speak TLS as expected"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := config(script(t, tt.answers...))
			tt.set(&c)
			f := outcome(t, email.New(c).Digest(context.Background(), to, notifytest.One()))
			if f.Outcome != tt.want || f.Detail != tt.detail {
				t.Errorf("got %d %q, want %d %q", f.Outcome, f.Detail, tt.want, tt.detail)
			}
		})
	}
}

// A certificate that is not accepted is no riddle: each of the reasons has words and
// advice of its own.
func TestCertificateTellsWhatIsWrong(t *testing.T) {
	const renew = "ask whoever runs the mail server to renew it; if it is valid, the clock of this machine is wrong"
	for _, tt := range []struct {
		name           string
		change         func(*x509.Certificate)
		trusted        bool
		detail, advice string
	}{
		{"expired", func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) }, true,
			"the server's certificate has expired, or is not valid yet", renew},
		{"not valid yet", func(c *x509.Certificate) { c.NotBefore = time.Now().Add(time.Minute) }, true,
			"the server's certificate has expired, or is not valid yet", renew},
		{"of another name", func(c *x509.Certificate) { c.IPAddresses, c.DNSNames = nil, []string{"mail.test"} }, true,
			"the server's certificate is for another name", "set smtp-server to a name for which the mail server has a certificate"},
		{"of an unknown authority", func(*x509.Certificate) {}, false,
			"the server's certificate comes from an authority that is not trusted here",
			"ask whoever runs the mail server for a certificate of a public authority, sent with its whole chain"},
		{"for something else", func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning} }, true,
			"the server's certificate is not trusted", "ask whoever runs the mail server for a valid one"},
	} {
		for _, security := range []email.Security{email.StartTLS, email.TLS} {
			t.Run(tt.name+", "+string(security), func(t *testing.T) {
				certificate, pool := certificateWith(t, tt.change)
				s := serve(t, certificate, security == email.TLS)
				c := config(s.port)
				c.Security = security
				if c.RootCAs = x509.NewCertPool(); tt.trusted {
					c.RootCAs = pool
				}
				f := outcome(t, email.New(c).Digest(t.Context(), to, notifytest.One()))
				if f.Outcome != notify.ChannelRefused || f.Detail != tt.detail || f.Advice != tt.advice {
					t.Errorf("got %d %q, %q", f.Outcome, f.Detail, f.Advice)
				}
			})
		}
	}
}

// A port that wants the other kind of TLS is found out about at the first attempt,
// and what has to be changed is named.
func TestPortOfTheOtherSecurity(t *testing.T) {
	certificate, pool := certificate(t)
	for _, tt := range []struct {
		name           string
		security       email.Security
		trusted        bool
		detail, advice string
	}{
		{"TLS where STARTTLS was asked for", email.StartTLS, true,
			"the server wants TLS from the first byte on this port", "set smtp-security to tls"},
		{"TLS of an unknown authority", email.StartTLS, false,
			"the server wants TLS from the first byte on this port", "set smtp-security to tls"},
		{"STARTTLS where TLS was asked for", email.TLS, true,
			"the server begins without TLS on this port", "set smtp-security to starttls, or smtp-port to 465"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, certificate, tt.security == email.StartTLS)
			c := config(s.port)
			c.Security, c.Timeout = tt.security, 3*time.Second
			if c.RootCAs = x509.NewCertPool(); tt.trusted {
				c.RootCAs = pool
			}
			m := email.New(c)
			for range 3 {
				f := outcome(t, m.Digest(t.Context(), to, notifytest.One()))
				if f.Outcome != notify.ChannelRefused || f.Detail != tt.detail || f.Advice != tt.advice {
					t.Errorf("got %d %q, %q", f.Outcome, f.Detail, f.Advice)
				}
			}
			if n := len(s.got()); n != 0 {
				t.Errorf("%d mails", n)
			}
		})
	}
}
