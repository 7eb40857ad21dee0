package check

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/openedx/advisory-reminders/internal/config"
	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/notify/slack"
	"github.com/openedx/advisory-reminders/internal/transport"
)

// slackLines are those about the bot token, the report's channel and the
// webhook.
func (c *checkup) slackLines(ctx context.Context) group {
	if !c.SlackToken && c.SlackWebhook == "" {
		return group{{what: "Slack", detail: "not set up"}}
	}
	var g group
	switch {
	case c.Slack == nil && c.SlackToken:
		g = append(g, notAsked("Slack token")...)
	case c.Slack != nil:
		g = append(g, c.slackToken(ctx)...)
	}
	works := c.Slack != nil && g[0].finding != fail
	if works && c.SlackChannel != "" && !c.Wrong.At("input slack-channel") {
		channel, err := c.Slack.Channel(ctx, c.SlackChannel)
		g = append(g, slackChannelLine(channel, err, c.SlackChannel, c.Config.Privacy.PublicChannel))
	}
	if works && !c.broken && slices.Contains(c.Config.Channels, config.Slack) {
		g = append(g, c.slackIDs(ctx)...)
	}
	if c.SlackWebhook != "" && !c.Wrong.At("input slack-webhook-url") {
		g = append(g, webhookLine(c.SlackWebhook, c.SlackChannel != ""))
	}
	return g
}

func (c *checkup) slackToken(ctx context.Context) group {
	access, err := c.Slack.Check(ctx)
	if err != nil {
		detail, advice := failureText(err)
		return group{{finding: fail, what: "Slack token", detail: detail, do: cmp.Or(advice, "run the check again; if it stays so, see slack-token and slack-api-url")}}
	}
	return group{
		{what: "Slack token", detail: fmt.Sprintf("that of the bot %s in %s", access.User, access.Team)},
		slackScopes(access.Scopes, slices.Contains(c.Config.Channels, config.Slack), len(c.Channels) > 0 && c.Channels[0].Name() == string(config.Slack)),
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
		l.finding = warn
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
		l.detail = name + " is " + ch.Readers() + ", and the report names undisclosed vulnerabilities"
		l.do = "make it private, or set privacy.public-channel in the configuration"
		if ch.Shared {
			l.do = "take a private channel that is not shared, or set privacy.public-channel in the configuration"
		}
	case !ch.Member:
		l.finding, l.detail, l.do = fail, name+": the bot is not a member of it, so it can't post the report", invite
	case !ch.Private:
		l.finding, l.detail = warn, name+" is "+ch.Readers()+", as privacy.public-channel allows, and the report names undisclosed vulnerabilities"
		l.do = "make it private"
		if ch.Shared {
			l.do = "take a private channel that is not shared"
		}
	default:
		l.detail = name + " takes the report: it is private, and the bot is a member"
	}
	return l
}

// slackIDs are the lines about the ids that the configuration has for contacts.
// Each is asked for once.
func (c *checkup) slackIDs(ctx context.Context) group {
	holders := make(map[string][]string) // by id
	for _, who := range slices.Sorted(maps.Keys(c.Config.Contacts)) {
		if id := c.Config.Contacts[who].Slack; id != "" {
			holders[id] = append(holders[id], who)
		}
	}
	if len(holders) == 0 {
		return nil
	}
	ids := slices.Sorted(maps.Keys(holders))
	refusals := make([]string, len(ids))
	errs := transport.Each(len(ids), transport.AtOnce, func(i int) (err error) {
		refusals[i], err = c.Slack.Reaches(ctx, ids[i])
		return err
	})
	var g group
	unknowns := make(map[[2]string][]string) // contacts by what happened and what to do
	for i, id := range ids {
		who := strings.Join(holders[id], ", ")
		switch {
		case refusals[i] != "":
			g = append(g, line{finding: fail, what: "Slack ids", detail: fmt.Sprintf("contacts: %s with %s: %s", who, id, refusals[i]),
				do: "give the id that Slack shows in their profile (Copy member ID), or take it out of contacts in the configuration"})
		case errs[i] != nil:
			detail, advice := failureText(errs[i])
			key := [2]string{detail, cmp.Or(advice, "run the check again")}
			unknowns[key] = append(unknowns[key], who)
		}
	}
	for _, key := range slices.SortedFunc(maps.Keys(unknowns), func(a, b [2]string) int { return slices.Compare(a[:], b[:]) }) {
		who := unknowns[key]
		g = append(g, line{finding: unknown, what: "Slack ids", detail: fmt.Sprintf("contacts: whether Slack knows the ids of %s can't be known: %s", strings.Join(who, ", "), key[0]), do: key[1]})
	}
	if len(g) == 0 {
		return group{{what: "Slack ids", detail: "Slack knows the " + notify.Plural(len(ids), "id", "ids") + " in contacts"}}
	}
	return g
}

// webhookLine looks at the webhook's form alone, since to try it is to post.
func webhookLine(address string, unused bool) line {
	l := line{what: "Slack webhook"}
	u, err := url.Parse(address)
	switch {
	case unused:
		l.finding, l.detail, l.do = warn, "not used, since the report goes to slack-channel", "take one of the two away"
	case err == nil && strings.Contains(u.Path, "/triggers/"):
		l.detail = "has the form of a workflow's, and takes the report; whether it works can't be known without posting"
	case err == nil && strings.HasPrefix(u.Path, "/services/"):
		l.detail = "has the form of an incoming webhook, and takes the report; whether it works can't be known without posting"
	default:
		l.finding = warn
		l.detail = "has neither the form of an incoming webhook (/services/...) nor that of a workflow (/triggers/...)"
		l.do = "compare it with what Slack shows"
	}
	return l
}
