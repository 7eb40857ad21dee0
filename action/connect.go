package action

import (
	"context"
	"fmt"
	"io"
	"net/mail"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/check"
	"github.com/openedx/advisory-reminders/internal/config"
	"github.com/openedx/advisory-reminders/internal/ghsa"
	"github.com/openedx/advisory-reminders/internal/ledger"
	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/notify/email"
	"github.com/openedx/advisory-reminders/internal/notify/slack"
	"github.com/openedx/advisory-reminders/internal/owner"
	"github.com/openedx/advisory-reminders/internal/run"
	"github.com/openedx/advisory-reminders/internal/transport"
)

// connect makes the clients of a run, if nothing is wrong. A dry run gets a
// ledger that is not written, and channels that print; everything else is the
// same.
func (s settings) connect(ctx context.Context) (run.Clients, mistakes) {
	if len(s.wrong) > 0 {
		return run.Clients{}, s.wrong
	}
	c := run.Clients{Log: s.out.printf, Redact: s.out.redact}
	github := s.github(s.in.Token)
	var err error
	if c.Advisories, err = ghsa.NewClient(github, s.env.apiURL); err != nil {
		return c, mistakes{{Place: "GITHUB_API_URL", Detail: err.Error()}}
	}
	c.Opener = c.Advisories
	c.Owners = owner.NewClient(github, s.env.graphqlURL)
	c.Coverage = func(ctx context.Context) []string {
		return check.Coverage(ctx, s.subject())
	}
	var wrong mistakes
	if c.Ledger, wrong = s.store(); wrong != nil {
		return c, wrong
	}

	c.Replies = s.replier(c.Advisories)
	mailer, client := s.mailer(), s.slack()
	c.Channels = channels(s.cfg.Channels, mailer, client)
	c.Reporter, c.Ready = s.reporter(ctx, mailer, client)
	if s.in.DryRun {
		for i, channel := range c.Channels {
			c.Channels[i] = preview{channel, s.out}
		}
		c.Reporter, c.Opener = previewReporter{s.out}, previewOpener{s.out}
	}
	return c, nil
}

// channels are those that are set up, in the order of preference.
func channels(order []config.Channel, mailer *email.Mailer, client *slack.Client) []notify.Channel {
	var list []notify.Channel
	for _, name := range order {
		switch {
		case name == config.Email && mailer != nil:
			list = append(list, mailer)
		case name == config.Slack && client != nil:
			list = append(list, client)
		}
	}
	return list
}

// reporter returns what sends the report, and what has to be known of it before the
// run decides.
func (s settings) reporter(ctx context.Context, mailer *email.Mailer, client *slack.Client) (run.Reporter, func(context.Context) error) {
	ready := func(context.Context) error { return nil }
	switch {
	case s.in.SlackChannel != "" && client != nil:
		channel := transport.Meanwhile(func() (slack.Channel, error) { return client.Channel(ctx, s.in.SlackChannel) })
		r := slackReporter{client, channel, s.cfg.Privacy.PublicChannel}
		return r, r.mustBePrivate
	case s.in.SlackWebhook != "":
		return webhookReporter{slack.NewWebhook(s.in.SlackWebhook, s.client)}, ready
	case mailer != nil && s.in.ReportEmail != "":
		return mailReporter{mailer, s.in.ReportEmail}, ready
	}
	return nil, ready
}

// showsAll reports whether a preview has no inputs for any channel: then it
// shows all of them.
func (s settings) showsAll() bool {
	return s.in.DryRun && s.in.SMTP.Server == "" && s.in.SlackToken == ""
}

// mailer returns the mail server's client, or nil where there is none. A preview
// needs none to know whom it would write to.
func (s settings) mailer() *email.Mailer {
	if s.in.SMTP.Server == "" && !s.showsAll() {
		return nil
	}
	return email.New(s.in.SMTP)
}

func (s settings) slack() *slack.Client {
	if s.in.SlackToken == "" && !s.showsAll() {
		return nil
	}
	return slack.New(slack.Config{Token: s.in.SlackToken, APIURL: s.in.SlackAPI, HTTP: s.client, Pace: s.pace, PublicToo: s.cfg.Privacy.PublicChannel})
}

// store returns the ledger's store. A dry run writes none, and where none is
// named it is a first run.
func (s settings) store() (ledger.Store, mistakes) {
	var store ledger.Store
	if s.in.Ledger != "branch" {
		store = ledger.NewFile(s.in.Ledger, s.in.LedgerKey)
	} else {
		repo, ok := advisory.ParseRepository(s.env.repository)
		switch {
		case !ok && s.in.DryRun:
			s.out.printf("No ledger is named, so this preview takes the run for the first one.")
			return ledger.Preview(nil), nil
		case !ok:
			return nil, mistakes{{Place: "GITHUB_REPOSITORY", Detail: "does not name the repository that runs the workflow, so that the ledger has no branch: name a file in the input ledger"}}
		}
		branch, err := ledger.NewBranch(s.github(s.in.LedgerToken), s.env.apiURL, s.env.graphqlURL, repo, s.env.repositoryID, s.in.LedgerBranch, s.in.LedgerKey, s.clock.Wait)
		if err != nil {
			return nil, mistakes{{Place: "GITHUB_API_URL", Detail: err.Error()}}
		}
		store = branch
	}
	if s.in.DryRun {
		return ledger.Preview(store), nil
	}
	return store, nil
}

// close ends the connections.
func (s settings) close(c run.Clients) {
	for _, channel := range c.Channels {
		if closer, ok := channel.(io.Closer); ok {
			_ = closer.Close() // everything has been answered
		}
	}
	if err := c.Ledger.Close(); err != nil {
		s.out.printf("%v", err)
	}
}

type mailReporter struct {
	mailer *email.Mailer
	to     string
}

// Report sends a mail to each address. A server that has just taken digests has
// nothing against us.
func (r mailReporter) Report(ctx context.Context, report notify.Report, tried notify.Refusals) error {
	list, err := mail.ParseAddressList(r.to)
	if err != nil {
		return &notify.Failure{Channel: "email", Outcome: notify.AddressRefused, Detail: "report-email is not a list of mail addresses"}
	}
	failures := make(map[string]*notify.Failure)
	for _, a := range list {
		f := notify.AsFailure("email", r.mailer.Report(ctx, a.Address, report))
		tried.Note("email", a.Address, f)
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

// Report posts to the channel, unless others read it.
func (r slackReporter) Report(ctx context.Context, report notify.Report, _ notify.Refusals) error {
	channel, err := r.channel()
	switch {
	case err != nil:
		return err
	case !channel.Private && !r.public: // which nobody knew in time
		return &notify.Failure{Channel: "slack", Outcome: notify.ChannelRefused, Detail: "the channel is " + channel.Readers()}
	}
	return r.client.Report(ctx, channel.ID, report)
}

// mustBePrivate refuses a channel that is public or shared, since the report names undisclosed
// vulnerabilities. A channel that could not be looked at fails at the report: the
// digests go out all the same.
func (r slackReporter) mustBePrivate(ctx context.Context) error {
	if r.public {
		return nil
	}
	asked := make(chan string, 1)
	go func() {
		ch, err := r.channel()
		if err != nil {
			ch.Private = true // as far as anybody knows
		}
		asked <- ch.Readers()
	}()
	select {
	case readers := <-asked:
		if readers != "" {
			return &run.Error{Step: run.Inputs, Usage: true, Err: mistakes{{Place: "input slack-channel", Detail: fmt.Sprintf("the channel is %s, and the report names undisclosed vulnerabilities: take a private one that is not shared, or set privacy.public-channel in the configuration", readers)}}}
		}
	case <-ctx.Done():
	}
	return nil
}

type webhookReporter struct{ webhook *slack.Webhook }

// Report posts to the webhook.
func (r webhookReporter) Report(ctx context.Context, report notify.Report, _ notify.Refusals) error {
	return r.webhook.Report(ctx, report)
}

// preview prints what a channel would send.
type preview struct {
	notify.Channel
	out io.Writer
}

// Send prints a digest.
func (p preview) Send(_ context.Context, d notify.Delivery) error {
	for _, digest := range d.Digests {
		fmt.Fprint(p.out, notify.PreviewDigest(digest, d.Address))
	}
	return nil
}

// previewOpener prints to whom drafts would be opened.
type previewOpener struct{ out io.Writer }

// AddCollaborators prints who would be added to a draft, as if all were.
func (p previewOpener) AddCollaborators(_ context.Context, repo advisory.Repository, id string, want ghsa.Collaborators, _ func() bool) (ghsa.Opened, error) {
	fmt.Fprintf(p.out, "\n%s\n", notify.PreviewAccess(repo, id, want.Users, want.Teams))
	return ghsa.Opened{After: want, Written: true}, nil
}

// previewReporter prints the report.
type previewReporter struct{ out io.Writer }

// Report prints the report.
func (p previewReporter) Report(_ context.Context, r notify.Report, _ notify.Refusals) error {
	fmt.Fprint(p.out, "\n"+notify.ReportText(r))
	return nil
}
