// Package email turns digests and reports into mails of text and HTML, and
// delivers them over SMTP.
//
// A mail goes to one address at a time. Mails that are sent side by side go
// over a few connections, which are kept for the whole run. No mail is lost
// silently: an error says whether the address was refused, the server
// as a whole, or only this attempt, and whether the mail may have arrived all
// the same. Whether a refused address is at fault is known when all mails have
// been tried; see notify.Refusals. No error holds an address, a password or a word
// of the server's.
package email

import (
	"context"
	"crypto/x509"
	"net/mail"
	"time"

	"github.com/openedx/advisory-reminders/internal/config"
	"github.com/openedx/advisory-reminders/internal/notify"
)

const channel = string(config.Email)

// Security is how the connection to the server is secured.
type Security string

// The ways to secure it. Nothing is sent over StartTLS or TLS before the
// server has shown a certificate that is trusted. None is for loopback only,
// which the caller ensures.
const (
	StartTLS Security = "starttls"
	TLS      Security = "tls"
	None     Security = "none"
)

// Port returns the usual port, or 0 for none of these.
func (s Security) Port() int { return map[Security]int{StartTLS: 587, TLS: 465, None: 25}[s] }

// Config says how to reach the server and whom mails come from.
type Config struct {
	Server   string
	Port     int      // default 587, 465 or 25, by Security
	Security Security // default StartTLS
	Username string   // empty: no login
	Password string
	Auth     Auth   // default Auto
	From     string // an address, with or without a name
	ReplyTo  string // likewise, or empty
	RootCAs  *x509.CertPool

	Timeout   time.Duration // of one step with the server; default 90 s, since some ask another server about a recipient
	LocalName string        // what EHLO says; default the domain of From, or localhost

	// Wait waits before a retry. The default is to wait that long, or until
	// the context ends.
	Wait func(context.Context, time.Duration) error
}

// pauses are those before the retries of a delivery.
var pauses = [...]time.Duration{5 * time.Second, 20 * time.Second}

// patience is how many attempts in a row may get no answer, before the other
// digests are not tried any more; see Again.
const patience = 3

// A Mailer sends mails. It may be used by several goroutines, whose mails then
// go side by side over a few connections.
type Mailer struct {
	config Config
	pool   *pool
}

// New returns a Mailer. It connects at the first message.
func New(c Config) *Mailer {
	if c.Security == "" {
		c.Security = StartTLS
	}
	if c.Port == 0 {
		c.Port = c.Security.Port()
	}
	if c.Timeout == 0 {
		c.Timeout = 90 * time.Second
	}
	if c.LocalName == "" {
		c.LocalName = "localhost" // which many servers refuse
		if from, ok := ParseAddress(c.From); ok {
			c.LocalName = domainOf(from)
		}
	}
	if c.Wait == nil {
		c.Wait = notify.Wait
	}
	return &Mailer{config: c, pool: newPool(c)}
}

// Report sends a report to an address. Its error is a *notify.Failure. What the
// server does not take now is tried again after some seconds.
func (m *Mailer) Report(ctx context.Context, to string, r notify.Report) error {
	return m.deliver(ctx, to, reportContent(r), want{})
}

// Again lets one more attempt be made at a server that has not answered several
// times. Once it answers, all others follow.
func (m *Mailer) Again() { m.pool.again() }

// Check connects, logs in, and names the sender, as a recipient too: most servers
// say only there what they have against the sender, the client or its name. It
// sends nothing. Its error is a *notify.Failure.
func (m *Mailer) Check(ctx context.Context) error {
	from, _, f := m.senders()
	if f != nil {
		return f
	}
	m.pool.forget()
	s, f := m.pool.take(ctx, want{newOne: true})
	if f != nil {
		return f
	}
	t := s.offer(ctx, from.Address)
	if t == nil && !s.ready(ctx) {
		m.pool.drop(s) // a message would go over another connection
		return nil
	}
	m.pool.give(s, t)
	if t != nil {
		return t.failure()
	}
	return nil
}

// Close ends the connections to the server. One that is in use ends after its
// message.
func (m *Mailer) Close() error {
	m.pool.close()
	return nil
}

// senders reads the addresses that mails come from.
func (m *Mailer) senders() (from, replyTo *mail.Address, f *notify.Failure) {
	from, ok := ParseAddress(m.config.From)
	if !ok {
		return nil, nil, failure(notify.ChannelRefused, "email-from is not a mail address")
	}
	if m.config.ReplyTo == "" {
		return from, nil, nil
	}
	replyTo, ok = ParseAddress(m.config.ReplyTo)
	if !ok {
		return nil, nil, failure(notify.ChannelRefused, "email-reply-to is not a mail address")
	}
	return from, replyTo, nil
}

// deliver sends a content to an address. What is impatient is tried once.
func (m *Mailer) deliver(ctx context.Context, to string, c content, w want) error {
	from, replyTo, f := m.senders()
	if f != nil {
		return f
	}
	address, ok := ParseAddress(to)
	if !ok {
		return failure(notify.AddressRefused, "the address is not one that mail can go to")
	}
	// The name that the address may come with is outside text.
	address.Name = ""
	message, err := message(c, from, replyTo, address)
	if err != nil {
		return failure(notify.ChannelRefused, err.Error())
	}
	for attempt := 0; ; attempt++ {
		f := m.try(ctx, from.Address, address.Address, message, w)
		switch {
		case f == nil:
			return nil
		case f.Outcome != notify.Temporary, w.impatient, attempt >= len(pauses), m.pool.hopeless():
			return f
		case m.config.Wait(ctx, pauses[attempt]) != nil:
			return f
		}
	}
}

// try makes one attempt. A kept connection that breaks before the message is no
// news of the server, and is replaced; so is one that takes no more messages, and
// one more than the server grants.
func (m *Mailer) try(ctx context.Context, from, to string, message []byte, w want) *notify.Failure {
	for {
		s, f := m.pool.take(ctx, w)
		if f != nil {
			return f
		}
		t := m.send(ctx, s, from, to, message, w.mayGo)
		if t == nil {
			m.pool.give(s, nil)
			return nil
		}
		again := ctx.Err() == nil
		early := again && t.broken() && t.stage != answer
		switch {
		case early && s.kept:
			m.pool.drop(s)
			w.newOne = true
		case again && t.limit() && m.pool.replace(s):
			w.newOne = true
		case early && (t.code == 421 || t.stage == mailFrom) && m.pool.surplus(s):
			w.newOne = false
		default:
			m.pool.give(s, t)
			return t.failure()
		}
	}
}

// send sends over a connection, which is hung up should the program break at it.
func (m *Mailer) send(ctx context.Context, s *session, from, to string, message []byte, mayGo func() bool) *trouble {
	whole := false
	defer func() {
		if !whole {
			m.pool.drop(s)
		}
	}()
	var t *trouble
	if s.kept && !s.ready(ctx) {
		t = &trouble{stage: mailFrom, network: true, detail: "the connection broke while it was not used"}
	} else {
		t = s.send(ctx, from, to, message, mayGo)
	}
	whole = true
	if t != nil && ctx.Err() != nil {
		t.silent = false // it was not given its time
	}
	return t
}
