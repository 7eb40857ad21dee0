package action

import (
	"context"
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"time"

	"github.com/openedx/advisory-reminders/internal/check"
	"github.com/openedx/advisory-reminders/internal/config"
	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/notify/email"
	"github.com/openedx/advisory-reminders/internal/notify/issue"
	"github.com/openedx/advisory-reminders/internal/notify/slack"
	"github.com/openedx/advisory-reminders/internal/run"
	"github.com/openedx/advisory-reminders/internal/transport"
)

// A place is one where the report goes.
type place struct {
	input  string // its name
	report func(context.Context, notify.Report, notify.Refusals) error
	wrong  func() check.Mistakes // which keep the report from it; nil: nobody knows before it is sent
}

// places are all of them. The first decides what counts as said.
type places []place

// places are where a report can go, as far as their own inputs are right.
func (s settings) places(ctx context.Context, from services) (list places) {
	switch {
	case s.in.SlackChannel != "" && from.slack != nil && !s.wrong.At("input slack-channel"):
		channel := transport.Meanwhile(func() (slack.Channel, error) { return from.slack.Channel(ctx, s.in.SlackChannel) })
		to := slackReporter{from.slack, channel, s.cfg.Privacy.PublicChannel}
		list = append(list, place{"slack-channel", to.report, to.wrong})
	case s.in.SlackWebhook != "" && !s.wrong.At("input slack-webhook-url"):
		webhook := slack.NewWebhook(s.in.SlackWebhook, s.client)
		list = append(list, place{input: "slack-webhook-url", report: func(ctx context.Context, r notify.Report, _ notify.Refusals) error { return webhook.Report(ctx, r) }})
	}
	if s.in.ReportEmail != "" && from.mailer != nil && !s.wrong.At("input report-email") {
		list = append(list, place{input: "report-email", report: mailReporter{from.mailer, s.in.ReportEmail}.report})
	}
	if from.issue != nil {
		look := transport.Meanwhile(func() (issue.Place, error) {
			ctx, cancel := context.WithTimeout(ctx, lookWithin)
			defer cancel()
			return from.issue.Look(ctx)
		})
		to := issueReporter{from.issue, look}
		list = append(list, place{"report-issue", to.report, to.wrong})
	}
	return list
}

// lookWithin is how long GitHub may take to say whether the issue can be written,
// waiting for rate limits included. Nobody waits for it longer than for the rest.
const lookWithin = 10 * time.Minute

// Report sends the report to each place. What the first takes is said. What another
// does not take is a failure, and not repeated. Where the first does not take it,
// and another has or may have, the report counts as one that may have arrived, so
// that it bears the same id when it is sent again.
func (p places) Report(ctx context.Context, r notify.Report, tried notify.Refusals) error {
	errs := p.send(ctx, r, tried)
	var trouble []string
	elsewhere := false
	for i, err := range errs {
		if err != nil {
			trouble = append(trouble, p[i].input+" did not take the report: "+saying(err))
		}
		elsewhere = elsewhere || i > 0 && arrived(err)
	}
	switch {
	case len(trouble) == 0:
		return nil
	case len(p) == 1:
		return errs[0]
	case took(errs[0]):
		return &run.Partly{Err: fmt.Errorf("%s", strings.Join(trouble, "; "))}
	}
	f := *notify.AsFailure(p[0].input, errs[0])
	if f.Detail, f.Advice = strings.Join(trouble, "; "), ""; elsewhere {
		f.Outcome = notify.Unknown
	}
	return &f
}

// send sends the report to each place, and returns their errors.
func (p places) send(ctx context.Context, r notify.Report, tried notify.Refusals) []error {
	return transport.Each(len(p), len(p), func(i int) error { return p[i].report(ctx, r, tried) })
}

// took reports whether a place has taken a report, arrived whether it may have.
func took(err error) bool {
	_, partly := errors.AsType[*run.Partly](err)
	return err == nil || partly
}

func arrived(err error) bool { return took(err) || notify.AsFailure("", err).Outcome == notify.Unknown }

// saying says what became of a report.
func saying(err error) string {
	if partly, ok := errors.AsType[*run.Partly](err); ok {
		return partly.Error()
	}
	return notify.Describe(err)
}

// ready says before anything is sent what is wrong with a place, as far as that can
// be known.
func (p places) ready(ctx context.Context) error {
	if wrong, ok := inTime(ctx, p.wrong); ok && len(wrong) > 0 {
		return &run.Error{Step: run.Inputs, Usage: true, Err: wrong}
	}
	return nil
}

// inTime returns what f returns, or reports false where that takes longer than
// there is time.
func inTime[T any](ctx context.Context, f func() T) (value T, ok bool) {
	done := make(chan T, 1)
	go func() { done <- f() }()
	select {
	case value = <-done:
		return value, true
	case <-ctx.Done():
		return value, false
	}
}

// wrong is what is wrong with the places.
func (p places) wrong() (list check.Mistakes) {
	for _, place := range p {
		if place.wrong != nil {
			list = append(list, place.wrong()...)
		}
	}
	return list
}

type mailReporter struct {
	mailer *email.Mailer
	to     string
}

// report sends a mail to each address. A server that has just taken digests has
// nothing against us.
func (r mailReporter) report(ctx context.Context, report notify.Report, tried notify.Refusals) error {
	list, err := mail.ParseAddressList(r.to)
	if err != nil {
		return &notify.Failure{Channel: string(config.Email), Outcome: notify.AddressRefused, Detail: "report-email is not a list of mail addresses"}
	}
	failures := make(map[string]*notify.Failure)
	for _, a := range list {
		f := notify.AsFailure(string(config.Email), r.mailer.Report(ctx, a.Address, report))
		tried.Note(string(config.Email), a.Address, f)
		if f != nil {
			failures[a.Address] = f
		}
	}
	var judged []*notify.Failure
	for _, a := range list {
		if f := failures[a.Address]; f != nil {
			f = tried.Judge(a.Address, f)
			if f.Outcome == notify.AddressRefused && f.Advice == "" {
				f.Advice = "check report-email"
			}
			judged = append(judged, f)
		}
	}
	switch {
	case len(judged) == len(list):
		return notify.MostOpen(judged)
	case len(judged) > 0:
		return &run.Partly{Err: fmt.Errorf("%d of the %d addresses in report-email did not take the report: %s", len(judged), len(list), notify.Describe(judged[0]))}
	}
	return nil
}

type slackReporter struct {
	client  *slack.Client
	channel func() (slack.Channel, error)
	public  bool // the channel may be
}

// report posts to the channel, unless others read it.
func (r slackReporter) report(ctx context.Context, report notify.Report, _ notify.Refusals) error {
	channel, err := r.channel()
	switch {
	case err != nil:
		return err
	case !channel.Private && !r.public: // which nobody knew in time
		return &notify.Failure{Channel: string(config.Slack), Outcome: notify.ChannelRefused, Detail: "the channel is " + channel.Readers()}
	}
	return r.client.Report(ctx, channel.ID, report)
}

// wrong refuses a channel that is public or shared, since the report names undisclosed
// vulnerabilities. A channel that could not be looked at fails at the report: the
// digests go out all the same.
func (r slackReporter) wrong() check.Mistakes {
	if r.public {
		return nil
	}
	ch, err := r.channel()
	if readers := ch.Readers(); err == nil && readers != "" {
		return check.Mistakes{{Place: "input slack-channel", Detail: fmt.Sprintf("the channel is %s, and the report names undisclosed vulnerabilities: take a private one that is not shared, or set privacy.public-channel in the configuration", readers)}}
	}
	return nil
}

type issueReporter struct {
	client *issue.Client
	look   func() (issue.Place, error)
}

func (r issueReporter) report(ctx context.Context, report notify.Report, _ notify.Refusals) error {
	var place issue.Place
	err, ok := inTime(ctx, func() (err error) {
		place, err = r.look()
		return err
	})
	if err != nil || !ok {
		return &notify.Failure{Channel: "issue", Outcome: notify.Temporary, Detail: "GitHub could not be asked about the repository of report-issue"}
	}
	return r.client.Report(ctx, place, report)
}

// wrong refuses a repository that is not private, or whose issues can't be written.
// One that could not be looked at fails at the report.
func (r issueReporter) wrong() check.Mistakes {
	place, err := r.look()
	if err != nil || place.Obstacle == issue.None {
		return nil
	}
	return check.Mistakes{{Place: "input report-issue", Detail: place.Obstacle.String() + ": " + place.Obstacle.Advice()}}
}
