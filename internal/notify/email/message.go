package email

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"net/mail"
	"net/url"
	"regexp"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
	"golang.org/x/net/idna"

	"github.com/openedx/advisory-reminders/internal/notify"
)

// A content is what a mail says, whoever it goes to.
type content struct {
	id         string // delivery id
	contact    string // where to ask
	subject    string
	cadence    string // of a digest
	date       time.Time
	text, html string
}

func digestContent(d notify.Digest) content {
	letter := notify.NewLetter(d, notify.Mail)
	return content{
		id:      d.ID,
		contact: d.Texts.Contact,
		subject: notify.Subject(d) + " [" + tag(d.Texts.Organization) + "]",
		cadence: notify.Often(d.Cadence),
		date:    d.Now,
		text:    notify.LetterText(letter),
		html:    letterHTML(letter),
	}
}

func reportContent(r notify.Report) content {
	return content{
		id:      r.ID,
		contact: r.Texts.Contact,
		subject: "[" + tag(r.Texts.Organization) + "] reminder report: " + notify.LowerFirst(notify.ReportTitle(r)),
		date:    r.Now,
		text:    notify.ReportText(r),
		html:    reportHTML(r),
	}
}

// deliveryID is what can stand in a Message-ID and between the parts.
var deliveryID = regexp.MustCompile(`^[0-9A-Za-z-]{1,60}$`)

// message builds the mail to one address. All that gets into a header is one
// line. The same content gives the same bytes, so that a resend is known by
// its Message-ID and nothing else has changed. Answers go to replyTo, or where
// that is not given to whom the message says to ask.
func message(c content, from, replyTo, to *mail.Address) ([]byte, error) {
	if !deliveryID.MatchString(c.id) {
		return nil, errors.New("the delivery has no proper id")
	}
	m := gomail.NewMsg(
		gomail.WithNoDefaultUserAgent(),
		gomail.WithEncoding(gomail.EncodingQP),
		gomail.WithBoundary("part-"+c.id),
	)
	m.FromMailAddress(from)
	m.ToMailAddress(to)
	if replyTo == nil {
		replyTo = answersTo(c.contact)
	}
	if replyTo != nil {
		m.ReplyToMailAddress(replyTo)
	}
	m.Subject(c.subject)
	m.SetDateWithValue(c.date)
	domain := domainOf(from)
	m.SetMessageIDWithValue(c.id + "@" + domain)
	m.SetGenHeader("List-Id", "<advisory-reminders."+domain+">")
	m.SetGenHeader("Auto-Submitted", "auto-generated")
	m.SetGenHeader("X-Auto-Response-Suppress", "DR, RN, NRN, OOF, AutoReply") // failures to deliver are wanted
	if c.cadence != "" {
		m.SetGenHeader("X-Reminder-Cadence", c.cadence)
	}
	// To the working group, whose answer is what helps: nobody can stop reminders by
	// a click, nor does a reader have to call them spam.
	if a := cmp.Or(answersTo(c.contact), replyTo); a != nil {
		m.SetGenHeader("List-Help", mailto(a)+"?subject=Advisory%20reminder%3A%20help>")
		m.SetGenHeader("List-Unsubscribe", mailto(a)+"?subject=Advisory%20reminder%3A%20not%20mine>")
	}
	m.SetBodyString(gomail.TypeTextPlain, c.text)
	m.AddAlternativeString(gomail.TypeTextHTML, c.html)
	var b bytes.Buffer
	b.Grow((len(c.text)+len(c.html))*9/8 + 4<<10) // in quoted-printable, with the header
	if _, err := m.WriteTo(&b); err != nil {
		return nil, fmt.Errorf("write the message: %w", err)
	}
	return b.Bytes(), nil
}

// mailto begins an address to write to, for a header.
func mailto(a *mail.Address) string { return "<mailto:" + url.PathEscape(a.Address) }

// tag is what stands in a subject for whom it comes from.
func tag(organization string) string {
	if o := inHeader(organization); o != "" {
		return o + " security"
	}
	return "security"
}

// inHeader returns a text that can stand in a header: one line, not too long for
// it, and nothing that a mail program would take for encoded.
func inHeader(s string) string {
	s = strings.ReplaceAll(notify.Clean(s), "=?", "= ?")
	if r := []rune(s); len(r) > 200 {
		s = string(r[:200]) + "…"
	}
	return s
}

// domainOf returns what stands behind the @ of an address.
func domainOf(a *mail.Address) string {
	return a.Address[strings.LastIndexByte(a.Address, '@')+1:]
}

// answersTo returns the address where to ask, if it is one that every mail server
// takes, and nothing else; or nil.
func answersTo(contact string) *mail.Address {
	a, ok := ParseAddress(contact)
	if !ok || a.Address != contact || strings.ContainsFunc(contact, func(r rune) bool { return r > '~' }) {
		return nil
	}
	return a
}

// longestAddress is how long a mail address may be, by RFC 5321, 4.5.3.1.3. A
// longer one would not fit into a line of a header.
const longestAddress = 254

// ParseAddress reads one mail address, with or without a name, and reports
// whether it can stand in a header and in an SMTP command. An encoded word is
// refused in it: RFC 2047 forbids it there, and some mail programs decode it all
// the same. A domain outside ASCII becomes its xn-- form, which every server takes.
func ParseAddress(s string) (*mail.Address, bool) {
	if s != notify.Clean(s) {
		return nil, false
	}
	a, err := mail.ParseAddress(s)
	if err != nil || len(a.Address) > longestAddress || strings.ContainsAny(a.Address, " <>\"\\\r\n") ||
		strings.Contains(a.Address, "=?") || !strings.Contains(a.Address, "@") {
		return nil, false
	}
	if domain := domainOf(a); !isASCII(domain) {
		domain, err = idna.Lookup.ToASCII(domain)
		a.Address = a.Address[:strings.LastIndexByte(a.Address, '@')+1] + domain
		if err != nil || len(a.Address) > longestAddress {
			return nil, false
		}
	}
	a.Name = nameIn(s, a.Name)
	return a, true
}

// nameIn returns the name of an address, which was read as name, with what stands in
// parentheses in it: that is a comment to the standard, and a part of the name to
// who writes "Open edX (Security) <security@example.org>".
func nameIn(s, name string) string {
	written := strings.TrimSpace(s[:max(0, strings.LastIndexByte(s, '<'))])
	if !strings.ContainsAny(written, "()") || strings.ContainsAny(written, "\"\\") || strings.Contains(written, "=?") {
		return name
	}
	return written
}
