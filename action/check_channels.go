package action

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/mail"
	"net/url"
	"slices"
	"strings"

	"github.com/openedx/advisory-reminders/internal/config"
	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/notify/email"
	"github.com/openedx/advisory-reminders/internal/notify/slack"
)

// connectChannels makes the clients of the channels whose inputs are right.
func (c *checkup) connectChannels() {
	if c.in.SMTP.Server != "" && !c.mistaken("input smtp-server", "input smtp-port", "input smtp-security", "input smtp-username", "input email-from", "input email-reply-to") {
		c.in.SMTP.Timeout = askOnce / 2
		c.mailer = email.New(c.in.SMTP)
		c.couriers[config.Email] = mailCourier{c.mailer}
	}
	if c.in.SlackToken != "" && !c.mistaken("input slack-token", "input slack-api-url") {
		c.slack = slack.New(slack.Config{Token: c.in.SlackToken, APIURL: c.in.SlackAPI, HTTP: c.client, Pace: c.slackPace})
		c.couriers[config.Slack] = c.slack
	}
}

// slackLines are those about the bot token, the report's channel and the
// webhook.
func (c *checkup) slackLines(ctx context.Context) group {
	if c.in.SlackToken == "" && c.in.SlackWebhook == "" {
		return group{{what: "Slack", detail: "not set up"}}
	}
	var g group
	switch {
	case c.slack == nil && c.in.SlackToken != "":
		g = append(g, notAsked("Slack token")...)
	case c.slack != nil:
		g = append(g, c.slackToken(ctx)...)
	}
	if c.slack != nil && c.in.SlackChannel != "" && !c.mistaken("input slack-channel") && g[0].finding != fail {
		channel, err := c.slack.Channel(ctx, c.in.SlackChannel)
		g = append(g, slackChannelLine(channel, err, c.in.SlackChannel, c.cfg.Privacy.PublicChannel))
	}
	if c.in.SlackWebhook != "" && !c.mistaken("input slack-webhook-url") {
		g = append(g, webhookLine(c.in.SlackWebhook, c.in.SlackChannel != ""))
	}
	return g
}

func (c *checkup) slackToken(ctx context.Context) group {
	access, err := c.slack.Check(ctx)
	if err != nil {
		detail, advice := failureText(err)
		return group{{finding: fail, what: "Slack token", detail: detail, do: cmp.Or(advice, "run the check again; if it stays so, see slack-token and slack-api-url")}}
	}
	first := slices.IndexFunc(c.cfg.Channels, func(ch config.Channel) bool { return c.couriers[ch] != nil })
	return group{
		{what: "Slack token", detail: fmt.Sprintf("that of the bot %s in %s", access.User, access.Team)},
		slackScopes(access.Scopes, slices.Contains(c.cfg.Channels, config.Slack), first >= 0 && c.cfg.Channels[first] == config.Slack),
	}
}

// slackScopes holds the scopes of the token against those that are needed: to
// write, and where Slack is a channel to maintainers, to find them by address.
func slackScopes(held []string, people, first bool) line {
	l := line{what: "Slack scopes"}
	if held == nil {
		l.finding, l.detail = unknown, "Slack did not say which ones the token holds"
		return l
	}
	has := "holds " + cmp.Or(strings.Join(held, ", "), "none")
	var missing []string
	for _, s := range []string{"chat:write", "users:read.email"} {
		if !slices.Contains(held, s) && (s == "chat:write" || people) {
			missing = append(missing, s)
		}
	}
	switch {
	case len(missing) == 0:
		l.detail = has
	case missing[0] == "chat:write" || first:
		l.finding = fail
	default:
		l.finding = look
	}
	if len(missing) > 0 {
		l.detail = has + "; lacks " + strings.Join(missing, ", ")
		l.do = "give the app the scope " + strings.Join(missing, " and ") + ", and install it again"
	}
	return l
}

// slackChannelLine says whether the report may go to a channel.
func slackChannelLine(ch slack.Channel, err error, asked string, public bool) line {
	l := line{what: "Slack channel"}
	name := "#" + cmp.Or(ch.Name, strings.TrimPrefix(asked, "#"))
	const invite = "invite the app to the channel, with /invite"
	switch {
	case err != nil:
		l.finding = fail
		l.detail, l.do = failureText(err)
		l.detail, l.do = name+": "+l.detail, cmp.Or(l.do, "run the check again; if it stays so, see slack-channel")
	case !ch.Private && !public:
		l.finding, l.wrong = fail, true
		l.detail = name + " is public, and the report names undisclosed vulnerabilities"
		l.do = "make it private, or set privacy.public-channel in the configuration"
	case !ch.Member:
		l.finding, l.detail, l.do = fail, name+": the bot is not a member of it, so that it can't post the report", invite
	case !ch.Private:
		l.finding, l.detail = look, name+" is public, as privacy.public-channel allows, and the report names undisclosed vulnerabilities"
		l.do = "make it private"
	default:
		l.detail = name + " takes the report: it is private, and the bot is a member"
	}
	return l
}

// webhookLine looks at the webhook's form alone, since to try it is to post.
func webhookLine(address string, unused bool) line {
	l := line{what: "Slack webhook"}
	u, err := url.Parse(address)
	switch {
	case unused:
		l.finding, l.detail, l.do = look, "not used, since the report goes to slack-channel", "take one of the two away"
	case err == nil && strings.Contains(u.Path, "/triggers/"):
		l.detail = "has the form of a workflow's, and takes the report; whether it works can't be known without posting"
	case err == nil && strings.HasPrefix(u.Path, "/services/"):
		l.detail = "has the form of an incoming webhook, and takes the report; whether it works can't be known without posting"
	default:
		l.finding = look
		l.detail = "has neither the form of an incoming webhook (/services/...) nor that of a workflow (/triggers/...)"
		l.do = "compare it with what Slack shows"
	}
	return l
}

// mailLines say whether the mail server lets the program in, and takes its sender.
func (c *checkup) mailLines(ctx context.Context) group {
	switch {
	case c.in.SMTP.Server == "":
		return group{{what: "mail server", detail: "not set up"}}
	case c.mailer == nil:
		return notAsked("mail server")
	}
	server := fmt.Sprintf("%s:%d", c.in.SMTP.Server, c.in.SMTP.Port)
	l := line{what: "mail server"}
	defer c.mailer.Close() // it was a question
	err := c.mailer.Check(ctx)
	f, _ := errors.AsType[*notify.Failure](err)
	noMailbox := f != nil && (f.Outcome == notify.AddressBlamed || f.Outcome == notify.AddressDoubted)
	if err != nil && !noMailbox {
		l.finding = fail
		l.detail, l.do = failureText(err)
		l.detail, l.do = server+": "+l.detail, cmp.Or(l.do, "see smtp-server, smtp-port and smtp-security")
		return group{l}
	}
	secured := map[email.Security]string{email.StartTLS: " over STARTTLS", email.TLS: " over TLS", email.None: " without encryption, on this machine"}[c.in.SMTP.Security]
	l.detail = server + " lets us in" + secured
	if c.in.SMTP.Username == "" {
		l.detail += ", without a login"
	}
	l.detail += ", and takes email-from as the sender"
	if noMailbox {
		l.finding, l.detail = look, l.detail+", but no mail to it: "+f.Detail
		l.do = "answers and bounces are lost unless email-from is an address that gets mail, or email-reply-to is set; and if no reminder goes out, " + notify.RelayRules
	}
	g := group{l}
	if c.in.ReportEmail != "" && !c.mistaken("input report-email") {
		list, _ := mail.ParseAddressList(c.in.ReportEmail)
		report := line{what: "report-email", detail: plural(len(list), "address takes", "addresses take") + " the report"}
		if c.in.SlackChannel != "" || c.in.SlackWebhook != "" {
			report = line{finding: look, what: "report-email", detail: "not used, since the report goes to Slack", do: "take one of the two away"}
		}
		g = append(g, report)
	}
	return g
}

// failureText returns what happened at a channel, and what to do about it.
func failureText(err error) (detail, advice string) {
	if f, ok := errors.AsType[*notify.Failure](err); ok {
		return f.Detail, f.Advice
	}
	return "no answer", ""
}
