package action

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/openedx/advisory-reminders/internal/ledger"
	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/reminder"
	"github.com/openedx/advisory-reminders/internal/run"
)

// alarmWithin is how long an alarm may take where no grid says so.
const alarmWithin = 2 * time.Minute

// alarm says where reports go that a scheduled run has failed before it could
// compose one: to each of them, and once a day where the ledger can be read.
// Whoever starts a run by hand, or again, sees by themself that it fails. The store
// is nil where the inputs are wrong.
func (s settings) alarm(ctx context.Context, store ledger.Store, failure error) {
	s.out.elsewhere = nowhere
	if s.env.event != "schedule" || s.env.attempt != 1 || s.in.DryRun || s.in.SendAllTo != "" || s.in.Check || ctx.Err() != nil {
		return
	}
	ctx, cancel := s.grid.Whole(ctx)
	defer cancel()
	ctx, stop := context.WithTimeout(ctx, alarmWithin)
	defer stop()
	from := s.services()
	where := s.places(ctx, from)
	if len(where) == 0 {
		return
	}
	if store == nil && from.ledger != nil && !s.wrong.At("GITHUB_API_URL", "GITHUB_GRAPHQL_URL") {
		store = from.ledger
		defer store.Close()
	}
	zone := cmp.Or(s.cfg.Policy.Location, time.UTC)
	now := s.clock.Now()
	y, m, d := now.In(zone).Date()
	err := ledger.Alarm(ctx, store, now, reminder.StartOfDay(y, m, d, zone), func() error {
		return s.sendAlarm(ctx, where, now, failure)
	})
	if err != nil {
		s.out.printf("The failure could not be sent to where reports go: %s.", notify.Describe(err))
		return
	}
	s.out.elsewhere = inAlarm
	s.out.printf("The failure was sent to where reports go.")
}

// watched tells whether a report was begun.
type watched struct {
	run.Reporter
	begun bool
}

func (w *watched) Report(ctx context.Context, r notify.Report, tried notify.Refusals) error {
	w.begun = true
	return w.Reporter.Report(ctx, r, tried)
}

// sendAlarm sends a failure to all places. It is sent where one has taken it.
func (s settings) sendAlarm(ctx context.Context, where places, now time.Time, failure error) error {
	a := s.assignment()
	r := notify.Report{
		ID: ledger.NewID(), Now: now, Location: s.cfg.Policy.Location, RunURL: a.RunURL,
		Organization: s.in.Organization, ConfigSource: s.source,
	}
	if !s.wrong.At("configuration", "input config") {
		run.OnDuty(&r, s.cfg)
	}
	for line := range strings.Lines(failure.Error()) {
		r.Alarm = append(r.Alarm, s.out.redact(strings.TrimSpace(line)))
	}
	errs := where.send(ctx, r, make(notify.Refusals))
	if slices.ContainsFunc(errs, took) {
		return nil
	}
	return errs[0]
}
