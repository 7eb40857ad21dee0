package action

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/openedx/advisory-reminders/internal/check"
	"github.com/openedx/advisory-reminders/internal/ledger"
	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/notify/slack"
	"github.com/openedx/advisory-reminders/internal/reminder"
	"github.com/openedx/advisory-reminders/internal/run"
	"github.com/openedx/advisory-reminders/internal/transport"
)

// alarmWithin is how long an alarm may take where no grid says so.
const alarmWithin = 2 * time.Minute

// alarm says where reports go that a scheduled run has failed before it could
// compose one: over the first place that takes it, and once a day where the ledger
// can be read. Whoever starts a run by hand, or again, sees by themself that it
// fails. The store is nil where the inputs are wrong.
func (s settings) alarm(ctx context.Context, store ledger.Store, failure error) {
	s.out.elsewhere = nowhere
	if s.env.event != "schedule" || s.env.attempt != 1 || s.in.DryRun || s.in.SendAllTo != "" || s.in.Check || ctx.Err() != nil {
		return
	}
	places := s.places(ctx)
	if len(places) == 0 {
		return
	}
	ctx, cancel := s.grid.Whole(ctx)
	defer cancel()
	ctx, stop := context.WithTimeout(ctx, alarmWithin)
	defer stop()
	if store == nil && !s.wrongAt("input ledger", "input ledger-branch", "input ledger-token", "input ledger-key", "GITHUB_API_URL", "GITHUB_GRAPHQL_URL") {
		if store, _ = s.store(); store != nil {
			defer store.Close()
		}
	}
	zone := cmp.Or(s.cfg.Policy.Location, time.UTC)
	now := s.clock.Now()
	y, m, d := now.In(zone).Date()
	err := ledger.Alarm(ctx, store, now, reminder.StartOfDay(y, m, d, zone), func() error {
		return s.sendAlarm(ctx, places, now, failure)
	})
	if err != nil {
		s.out.printf("The failure could not be sent to where reports go: %s.", notify.Describe(err))
		return
	}
	s.out.elsewhere = inAlarm
	s.out.printf("The failure was sent to where reports go.")
}

// sendAlarm sends a failure to the first place that takes it.
func (s settings) sendAlarm(ctx context.Context, places []run.Reporter, now time.Time, failure error) (err error) {
	a := s.assignment()
	r := notify.Report{
		ID: ledger.NewID(), Now: now, Location: s.cfg.Policy.Location, RunURL: a.RunURL,
		Organization: s.in.Organization, ConfigSource: s.source,
	}
	if !s.wrongAt("configuration", "input config") {
		r.OnDuty, r.NextOnDuty, r.HandOver = s.cfg.Duty(now)
	}
	for line := range strings.Lines(failure.Error()) {
		r.Alarm = append(r.Alarm, s.out.redact(strings.TrimSpace(line)))
	}
	for _, place := range places {
		err = transport.Guard(func() error { return place.Report(ctx, r, make(notify.Refusals)) })
		if partly, ok := errors.AsType[*run.Partly](err); err == nil || ok && partly != nil {
			return nil
		}
		if f := notify.AsFailure("", err); f.Outcome == notify.Unknown {
			return err // it may have arrived
		}
	}
	return err
}

// places are where a report can go, as far as their own inputs are right.
func (s settings) places(ctx context.Context) (places []run.Reporter) {
	if s.in.SlackChannel != "" && !s.wrongAt("input slack-token", "input slack-channel", "input slack-api-url") {
		client := s.slack()
		channel := transport.Meanwhile(func() (slack.Channel, error) { return client.Channel(ctx, s.in.SlackChannel) })
		places = append(places, slackReporter{client, channel, s.cfg.Privacy.PublicChannel})
	}
	if s.in.SlackWebhook != "" && !s.wrongAt("input slack-webhook-url") {
		places = append(places, webhookReporter{slack.NewWebhook(s.in.SlackWebhook, s.client)})
	}
	if s.in.ReportEmail != "" && !s.wrongAt("input report-email", "input smtp-server", "input smtp-port", "input smtp-security", "input smtp-username", "input smtp-hello", "input smtp-auth", "input email-from", "input email-reply-to") {
		places = append(places, mailReporter{s.mailer(), s.in.ReportEmail})
	}
	return places
}

// wrongAt reports whether there is a mistake at one of these places.
func (s settings) wrongAt(places ...string) bool {
	return slices.ContainsFunc(s.wrong, func(m check.Mistake) bool { return slices.Contains(places, m.Place) })
}
