// Package email turns digests and reports into mails of text and HTML, and
// delivers them over SMTP.
//
// A mail goes to one address at a time, over one connection that is kept for
// the whole run. It is lost to nobody's knowledge: an error says whether the
// address was refused, the server as a whole, or only this attempt, and
// whether the mail may have arrived all the same. No error holds an address, a
// password or a word of the server's.
package email

import (
	"context"
	"crypto/x509"
	"net/mail"
	"sync"
	"time"

	"github.com/openedx/advisory-reminders/internal/notify"
)

const channel = "email"

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

// Config says how to reach the server and whom mails come from.
type Config struct {
	Server   string
	Port     int      // default 587, 465 or 25, by Security
	Security Security // default StartTLS
	Username string   // empty: no login
	Password string
	From     string // an address, with or without a name
	ReplyTo  string // likewise, or empty
	RootCAs  *x509.CertPool

	Timeout   time.Duration // of one step with the server; default 60 s
	LocalName string        // what EHLO says; default localhost

	// Wait waits before a retry. The default is to wait that long, or until
	// the context ends.
	Wait func(context.Context, time.Duration) error
}

// pauses are those before the retries of a delivery.
var pauses = [...]time.Duration{5 * time.Second, 20 * time.Second}

// patience is how many attempts in a row may get no answer, before the other
// digests of this run are not tried any more.
const patience = 3

// A Mailer sends mails. It may be used by several goroutines, one mail at a
// time.
type Mailer struct {
	config Config

	mu          sync.Mutex
	session     *session        // nil: none, or broken
	refused     *notify.Failure // the server refused us as a whole; it won't do otherwise in this run
	unreachable int             // attempts in a row in which the server did not answer
}

// New returns a Mailer. It connects at the first message.
func New(c Config) *Mailer {
	if c.Security == "" {
		c.Security = StartTLS
	}
	if c.Port == 0 {
		c.Port = map[Security]int{StartTLS: 587, TLS: 465, None: 25}[c.Security]
	}
	if c.Timeout == 0 {
		c.Timeout = time.Minute
	}
	if c.LocalName == "" {
		c.LocalName = "localhost"
	}
	if c.Wait == nil {
		c.Wait = notify.Wait
	}
	return &Mailer{config: c}
}

// Digest sends a digest to every address of its recipient, in a mail of its
// own. It is delivered, and the error is nil, once one of them has taken it.
// Otherwise the error is a *notify.Failure; one that is Temporary can be tried
// again later in the same run.
func (m *Mailer) Digest(ctx context.Context, to []string, d notify.Digest) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.unreachable >= patience {
		return &notify.Failure{Channel: channel, Outcome: notify.Temporary,
			Detail: "the server does not answer, and is not tried again in this run"}
	}
	return m.deliver(ctx, to, digestContent(d), 0)
}

// Report sends a report, by the rules of Digest. What the server does not take
// now is tried again after some seconds.
func (m *Mailer) Report(ctx context.Context, to []string, r notify.Report) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.deliver(ctx, to, reportContent(r), len(pauses))
}

// Check connects and logs in, and sends nothing. Its error is a
// *notify.Failure.
func (m *Mailer) Check(ctx context.Context) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, _, f := m.senders(); f != nil {
		return f
	}
	m.drop()
	if f := m.connect(ctx); f != nil {
		return f
	}
	return nil
}

// Close ends the connection to the server.
func (m *Mailer) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.session != nil {
		m.session.quit()
	}
	m.drop()
	return nil
}

// drop hangs up.
func (m *Mailer) drop() {
	if m.session != nil {
		m.session.conn.Close()
		m.session = nil
	}
}

// senders reads the addresses that mails come from.
func (m *Mailer) senders() (from, replyTo *mail.Address, f *notify.Failure) {
	from, ok := ParseAddress(m.config.From)
	if !ok {
		return nil, nil, &notify.Failure{Channel: channel, Outcome: notify.ChannelRefused,
			Detail: "email-from is not a mail address"}
	}
	if m.config.ReplyTo == "" {
		return from, nil, nil
	}
	replyTo, ok = ParseAddress(m.config.ReplyTo)
	if !ok {
		return nil, nil, &notify.Failure{Channel: channel, Outcome: notify.ChannelRefused,
			Detail: "email-reply-to is not a mail address"}
	}
	return from, replyTo, nil
}

// deliver sends a content to every address.
func (m *Mailer) deliver(ctx context.Context, to []string, c content, retries int) error {
	from, replyTo, f := m.senders()
	if f != nil {
		return f
	}
	var worst *notify.Failure
	accepted := false
	for _, s := range to {
		f := m.deliverTo(ctx, s, c, from, replyTo, retries)
		switch {
		case f == nil:
			accepted = true
		case worst == nil, f.Outcome == notify.Unknown:
			worst = f
		}
	}
	switch {
	case accepted:
		return nil
	case worst == nil:
		return &notify.Failure{Channel: channel, Outcome: notify.AddressRefused, Detail: "there is no address"}
	}
	return worst
}

// deliverTo sends a content to one address, with a few retries.
func (m *Mailer) deliverTo(ctx context.Context, to string, c content, from, replyTo *mail.Address, retries int) *notify.Failure {
	address, ok := ParseAddress(to)
	if !ok {
		return &notify.Failure{Channel: channel, Outcome: notify.AddressRefused, Detail: "the address is none that mail can go to"}
	}
	// The name that the address may come with is outside text.
	address.Name = ""
	message, err := message(c, from, replyTo, address)
	if err != nil {
		return &notify.Failure{Channel: channel, Outcome: notify.ChannelRefused, Detail: err.Error()}
	}
	for attempt := 0; ; attempt++ {
		f := m.try(ctx, from.Address, address.Address, message)
		if f == nil || f.Outcome != notify.Temporary || attempt >= retries {
			return f
		}
		if m.config.Wait(ctx, pauses[attempt]) != nil {
			return f
		}
	}
}

// try makes one attempt, over the kept connection or a new one. A kept one that
// breaks before the message is no news of the server, and is replaced.
func (m *Mailer) try(ctx context.Context, from, to string, message []byte) *notify.Failure {
	if m.session != nil && m.session.ready(ctx) {
		t := m.session.send(ctx, from, to, message)
		if t == nil || !t.broken() || t.stage == answer || ctx.Err() != nil {
			return m.note(t)
		}
	}
	m.drop()
	if m.refused != nil {
		return m.refused
	}
	if f := m.connect(ctx); f != nil {
		return f
	}
	if ctx.Err() != nil {
		return &notify.Failure{Channel: channel, Outcome: notify.Temporary, Detail: "stopped before the message was sent"}
	}
	return m.note(m.session.send(ctx, from, to, message))
}

// note draws the conclusions from how an attempt ended.
func (m *Mailer) note(t *trouble) *notify.Failure {
	if t == nil || t.code > 0 {
		m.unreachable = 0
	}
	if t == nil {
		return nil
	}
	if t.network {
		m.unreachable++
	}
	if t.broken() {
		m.drop()
	}
	return t.failure()
}

func (m *Mailer) connect(ctx context.Context) *notify.Failure {
	s, t := dial(ctx, m.config)
	if t == nil {
		m.session, m.refused = s, nil
		return nil
	}
	f := t.failure()
	if f.Outcome == notify.ChannelRefused {
		// Asking again with a password that was refused may lock the account.
		m.refused = f
	} else {
		m.unreachable++
	}
	return f
}
