package action

import (
	"context"
	"strings"
	"time"

	"github.com/openedx/advisory-reminders/internal/check"
	"github.com/openedx/advisory-reminders/internal/config"
	"github.com/openedx/advisory-reminders/internal/ghsa"
	"github.com/openedx/advisory-reminders/internal/notify/thread"
	"github.com/openedx/advisory-reminders/internal/owner"
)

// askOnce is how long a step with the mail server may take in a check.
const askOnce = 15 * time.Second

// check asks everything, and shows the table.
func (s settings) check(ctx context.Context) error {
	s.out.checking = true
	ctx, cancel := s.grid.Whole(ctx)
	defer cancel()
	subject := s.subject()
	if subject.Mailer != nil {
		defer subject.Mailer.Close()
	}
	table := check.Run(ctx, subject)
	s.out.printf("%s", table.Terminal())
	s.out.warn(table.Warnings())
	if !s.out.public {
		_ = s.out.summary(table.Markdown()) // the table is in the log
	}
	return table.Verdict()
}

// subject is what a check is about: a live run, as far as no mistake keeps its
// parts from being made.
func (s settings) subject() check.Subject {
	if s.wrongAt("configuration", "input config") {
		s.cfg = config.Default().For(s.in.organization())
	}
	c := check.Subject{
		Wrong:        s.wrong,
		DryIgnored:   s.in.DryIgnored,
		Organization: s.in.Organization,
		Repositories: s.in.Repositories,
		Home:         s.env.repository,
		Unscoped:     strings.HasPrefix(s.in.Token, "github_pat_") || strings.HasPrefix(s.in.Token, "ghu_") || strings.HasPrefix(s.in.Token, "ghs_"),
		Config:       s.cfg,
		ConfigSource: s.source,
		Now:          s.clock.Start(),

		MaxRecipients: s.in.MaxRecipients,

		SlackToken:   s.in.SlackToken != "",
		SlackChannel: s.in.SlackChannel,
		SlackWebhook: s.in.SlackWebhook,
		SMTP:         s.in.SMTP,
		ReportEmail:  s.in.ReportEmail,
	}
	github := s.github(s.in.Token)
	if client, err := ghsa.NewClient(github, s.env.apiURL); err == nil {
		c.Advisories = client
	} else {
		c.Wrong = append(c.Wrong, check.Mistake{Place: "GITHUB_API_URL", Detail: err.Error()})
	}
	c.Owners = owner.NewClient(github, s.env.graphqlURL)
	if !s.wrongAt("input ledger", "input ledger-branch", "input ledger-token", "input ledger-key") {
		store, wrong := s.store()
		c.Ledger, c.Wrong = store, append(c.Wrong, wrong...)
	}
	if s.in.SMTP.Server != "" && !s.wrongAt("input smtp-server", "input smtp-port", "input smtp-security", "input smtp-username", "input smtp-auth", "input smtp-hello", "input email-from", "input email-reply-to") {
		s.in.SMTP.Timeout = askOnce
		c.Mailer = s.mailer()
	}
	if s.in.SlackToken != "" && !s.wrongAt("input slack-token", "input slack-api-url") {
		c.Slack = s.slack()
	}
	c.Issue, c.ReportIssue, c.IssueAtHome = s.issue(), s.in.ReportIssue.Name != "", s.in.IssueAtHome
	var comments *thread.Client
	if c.Advisories != nil {
		comments = s.thread(c.Advisories)
	}
	c.Channels = channels(s.cfg.Channels, c.Mailer, c.Slack, comments)
	return c
}
