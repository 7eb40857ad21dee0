package action

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/openedx/advisory-reminders/internal/check"
	"github.com/openedx/advisory-reminders/internal/config"
)

// askOnce is how long a step with the mail server may take in a check.
const askOnce = 15 * time.Second

// check asks everything, and shows the table. It is about a live run, as far as no
// mistake keeps its parts from being made.
func (s settings) check(ctx context.Context) error {
	s.out.checking = true
	ctx, cancel := s.grid.Whole(ctx)
	defer cancel()
	if s.wrong.At("configuration", "input config") {
		s.cfg = config.Default().For(s.in.organization())
	}
	table := check.Run(ctx, s.subject(s.services()))
	s.out.printf("%s", table.Terminal())
	s.out.annotate(table.Failures(), s.out.gha.Errorf)
	s.out.annotate(table.Warnings(), s.out.gha.Warningf)
	if !s.out.public {
		_ = s.out.summary(table.Markdown()) // the table is in the log
	}
	return table.Verdict()
}

// subject is what a check is about.
func (s settings) subject(from services) check.Subject {
	return check.Subject{
		Wrong:      slices.Concat(s.wrong, from.wrong),
		DryIgnored: s.in.DryIgnored,
		Assignment: s.assignment(),
		Home:       s.env.repository,
		Unscoped:   strings.HasPrefix(s.in.Token, "github_pat_") || strings.HasPrefix(s.in.Token, "ghu_") || strings.HasPrefix(s.in.Token, "ghs_"),
		Now:        s.clock.Start(),

		Advisories: from.advisories,
		Owners:     from.owners,
		Ledger:     from.ledger,
		Channels:   from.channels(s.cfg.Channels),

		Slack:        from.slack,
		SlackToken:   s.in.SlackToken != "",
		SlackChannel: s.in.SlackChannel,
		SlackWebhook: s.in.SlackWebhook,
		Mailer:       from.mailer,
		SMTP:         s.in.SMTP,
		ReportEmail:  s.in.ReportEmail,
		Issue:        from.issue,
		ReportIssue:  s.in.ReportIssue.Name != "",
	}
}
