package check

import (
	"cmp"
	"context"
	"fmt"
	"net/mail"

	"github.com/openedx/advisory-reminders/internal/config"
	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/notify/email"
)

// mailLines say whether the mail server lets the program in, and takes its sender.
func (c *checkup) mailLines(ctx context.Context) group {
	switch {
	case c.SMTP.Server == "":
		return group{{what: "mail server", detail: "not set up"}}
	case c.Mailer == nil:
		return notAsked("mail server")
	}
	server := fmt.Sprintf("%s:%d", c.SMTP.Server, c.SMTP.Port)
	l := line{what: "mail server"}
	defer c.Mailer.Close() // it was a question
	err := c.Mailer.Check(ctx)
	f := notify.AsFailure(string(config.Email), err)
	// As far as it goes, a server that takes no mail to the sender takes the sender.
	noMail := f != nil && (f.Outcome == notify.AddressBlamed || f.Outcome == notify.AddressDoubted || f.Answer == notify.PutOff)
	if f != nil && !noMail {
		l.finding = fail
		l.detail, l.do = failureText(err)
		l.detail, l.do = server+": "+l.detail, cmp.Or(l.do, "see smtp-server, smtp-port and smtp-security")
		return group{l}
	}
	secured := map[email.Security]string{email.StartTLS: "STARTTLS", email.TLS: "TLS", email.None: "no TLS, on this machine"}[c.SMTP.Security]
	login := "with a login"
	if c.SMTP.Username == "" {
		login = "no login"
	}
	l.detail = fmt.Sprintf("connected to %s (%s, %s); it accepts email-from as the sender", server, secured, login)
	if noMail {
		l.finding, l.detail = warn, l.detail+", but no mail to it: "+f.Detail
		l.do = mailAdvice(f)
	}
	g := group{l}
	if c.ReportEmail != "" && !c.Wrong.At("input report-email") {
		list, _ := mail.ParseAddressList(c.ReportEmail)
		g = append(g, line{what: "report-email", detail: notify.Plural(len(list), "address takes", "addresses take") + " the report"})
	}
	return g
}

// mailAdvice says what to do where a server takes the sender, and no mail to it.
func mailAdvice(f *notify.Failure) string {
	const mailbox = "give email-from a mailbox, or set email-reply-to: what comes back to it is lost"
	switch f.Outcome {
	case notify.AddressBlamed:
		return mailbox
	case notify.AddressDoubted: // perhaps it would say the same to everybody
		return notify.RelayRules + ", since it does not say why; if they are right, " + mailbox
	}
	return cmp.Or(f.Advice, "run the check again; if it stays so, "+notify.RelayRules)
}
