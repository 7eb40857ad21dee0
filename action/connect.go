package action

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/mail"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/config"
	"github.com/openedx/advisory-reminders/internal/ghsa"
	"github.com/openedx/advisory-reminders/internal/ledger"
	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/notify/email"
	"github.com/openedx/advisory-reminders/internal/notify/slack"
	"github.com/openedx/advisory-reminders/internal/owner"
	"github.com/openedx/advisory-reminders/internal/transport"
)

// services are what a run talks to.
type services struct {
	advisories *ghsa.Client
	owners     *owner.Client
	ledger     ledger.Store
	journal    func(context.Context, []ledger.Delivered) error // nil where none is written
	slack      *slack.Client                                   // nil without a bot token
	couriers   map[config.Channel]courier
	reporter   reporter
	mailer     *email.Mailer // nil without a mail server

	// channel returns the Slack channel of the report, which is asked for
	// meanwhile; nil where the report goes elsewhere.
	channel func() (slack.Channel, error)
}

// A courier delivers digests over one channel. Its errors are *notify.Failure.
type courier interface {
	Digest(ctx context.Context, to string, d notify.Digest) error
}

// A reporter delivers the report.
type reporter interface {
	Report(ctx context.Context, r notify.Report) error
}

// connect makes the clients. A dry run gets couriers that print; everything
// else is the same.
func connect(ctx context.Context, j *job, client *http.Client) (services, mistakes) {
	var s services
	var err error
	github := transport.Authorized(client, j.in.Token)
	if s.advisories, err = ghsa.NewClient(github, j.env.apiURL); err != nil {
		return s, mistakes{"GITHUB_API_URL: " + err.Error()}
	}
	s.owners = owner.NewClient(github, j.env.graphqlURL)

	switch branch, wrong := j.branch(client); {
	case j.in.Ledger != "branch" && j.in.DryRun:
		s.ledger = previewLedger{ledger.NewFile(j.in.Ledger, j.in.LedgerKey).Peek}
	case j.in.Ledger != "branch":
		s.ledger = ledger.NewFile(j.in.Ledger, j.in.LedgerKey)
	case wrong != nil && j.in.DryRun:
		s.ledger = previewLedger{func() (*ledger.Ledger, error) { return ledger.New(), nil }}
		j.out.printf("No ledger is named, so this preview takes the run for the first one.")
	case wrong != nil:
		return s, wrong
	default:
		s.ledger = branchLedger{branch.Load, branch.Save}
		if j.in.LedgerKey == nil && !j.in.DryRun {
			s.journal = branch.Note
		}
	}

	j.holder.Alone = s.ledger.Locked()
	s.couriers = make(map[config.Channel]courier)
	if j.in.SMTP.Server != "" {
		s.mailer = email.New(j.in.SMTP)
		s.couriers[config.Email] = mailCourier{s.mailer}
	}
	if j.in.SlackToken != "" {
		s.slack = slack.New(slack.Config{Token: j.in.SlackToken, APIURL: j.in.SlackAPI, HTTP: client, Pace: j.slackPace})
		s.couriers[config.Slack] = s.slack
	}
	if s.slack != nil && j.in.SlackChannel != "" {
		s.channel = meanwhile(func() (slack.Channel, error) { return s.slack.Channel(ctx, j.in.SlackChannel) })
	}
	s.reporter = j.newReporter(s, client)
	if j.in.DryRun {
		// Without any inputs for them, a preview shows all channels.
		for _, c := range j.cfg.Channels {
			if s.couriers[c] != nil || s.mailer == nil && s.slack == nil {
				s.couriers[c] = preview{j.out}
			}
		}
		s.reporter = preview{j.out}
	}
	return s, nil
}

// branch returns the ledger's branch in the repository that runs the workflow.
func (j *job) branch(client *http.Client) (*ledger.Branch, mistakes) {
	repo, ok := advisory.ParseRepository(j.env.repository)
	if !ok {
		return nil, mistakes{"GITHUB_REPOSITORY: does not name the repository that runs the workflow, so that the ledger has no branch: name a file in the input ledger"}
	}
	b, err := ledger.NewBranch(transport.Authorized(client, j.in.LedgerToken), j.env.apiURL, j.env.graphqlURL, repo, j.in.LedgerBranch, j.in.LedgerKey)
	if err != nil {
		return nil, mistakes{"GITHUB_API_URL: " + err.Error()}
	}
	return b, nil
}

// newReporter chooses where the report goes: the channel, the webhook, or mail.
func (j *job) newReporter(s services, client *http.Client) reporter {
	switch {
	case s.channel != nil:
		return slackReporter{s.slack, s.channel}
	case j.in.SlackWebhook != "":
		return slack.NewWebhook(j.in.SlackWebhook, client)
	case s.mailer != nil && j.in.ReportEmail != "":
		return mailReporter{s.mailer, j.in.ReportEmail}
	}
	return noReporter{}
}

// ready waits for what was asked meanwhile, and refuses a public channel, since
// the report names undisclosed vulnerabilities. A channel that could not be
// looked at fails at the report: the digests go out all the same.
func (j *job) ready() error {
	if j.channel == nil || j.cfg.Privacy.PublicChannel {
		return nil
	}
	if channel, err := j.channel(); err == nil && !channel.Private {
		return &stepError{status: ExitUsage, step: stepInputs, err: mistakes{"input slack-channel: the channel is public, and the report names undisclosed vulnerabilities: make it private, or set privacy.public-channel in the configuration"}}
	}
	return nil
}

// close ends the connections.
func (j *job) close() {
	if j.mailer != nil {
		_ = j.mailer.Close() // everything has been answered
	}
	if err := j.ledger.Close(); err != nil {
		j.out.printf("%v", err)
	}
}

type mailCourier struct{ mailer *email.Mailer }

// Digest sends one mail.
func (c mailCourier) Digest(ctx context.Context, to string, d notify.Digest) error {
	return c.mailer.Digest(ctx, []string{to}, d)
}

type mailReporter struct {
	mailer *email.Mailer
	to     string
}

// Report sends a mail to each address.
func (r mailReporter) Report(ctx context.Context, report notify.Report) error {
	list, err := mail.ParseAddressList(r.to)
	if err != nil {
		return &notify.Failure{Channel: "email", Outcome: notify.AddressRefused, Detail: "report-email is not a list of mail addresses"}
	}
	var failures []error
	refusals := notify.NewRefusals()
	for _, a := range list {
		err := r.mailer.Report(ctx, []string{a.Address}, report)
		f, known := errors.AsType[*notify.Failure](err)
		if err == nil || known {
			refusals.Note(a.Address, f)
		}
		if err != nil {
			failures = append(failures, err)
		}
	}
	for i, err := range failures {
		if f, ok := errors.AsType[*notify.Failure](err); ok {
			failures[i] = refusals.Judge(f)
		}
	}
	switch {
	case len(failures) == len(list):
		return failures[0]
	case len(failures) > 0:
		return &halfDelivered{failures[0], len(failures), len(list)}
	}
	return nil
}

// halfDelivered is a report that some addresses have taken and others have not.
// It counts as said.
type halfDelivered struct {
	err        error
	failed, of int
}

// Error says how many addresses did not take it.
func (e *halfDelivered) Error() string {
	return fmt.Sprintf("%d of the %d addresses in report-email did not take the report: %s", e.failed, e.of, describe(e.err))
}

type slackReporter struct {
	client  *slack.Client
	channel func() (slack.Channel, error)
}

// Report posts to the channel.
func (r slackReporter) Report(ctx context.Context, report notify.Report) error {
	channel, err := r.channel()
	if err != nil {
		return err
	}
	return r.client.Report(ctx, channel.ID, report)
}

// noReporter stands for a channel that nobody has named.
type noReporter struct{}

// Report fails.
func (noReporter) Report(context.Context, notify.Report) error {
	return &notify.Failure{Channel: "report", Detail: "the report has nowhere to go"}
}

// preview prints what would be sent.
type preview struct{ out io.Writer }

// Digest prints a digest.
func (p preview) Digest(_ context.Context, to string, d notify.Digest) error {
	notify.PreviewDigest(p.out, d, to)
	return nil
}

// Report prints the report.
func (p preview) Report(_ context.Context, r notify.Report) error {
	fmt.Fprintln(p.out)
	notify.PreviewReport(p.out, r)
	return nil
}

// A previewLedger is read and never written.
type previewLedger struct {
	load func() (*ledger.Ledger, error)
}

// Load reads the ledger.
func (p previewLedger) Load(context.Context) (*ledger.Ledger, error) { return p.load() }

// Save does nothing.
func (previewLedger) Save(context.Context, *ledger.Ledger) error { return nil }

// Locked returns true: a preview is in nobody's way.
func (previewLedger) Locked() bool { return true }

// Close does nothing.
func (previewLedger) Close() error { return nil }

// A branchLedger is a ledger.Branch. As a ledger.Store itself, that would keep
// every method of every service of go-github in the binary, 1.6 MB of them: for
// the linker, the templates may call any method of what is in an interface.
type branchLedger struct {
	load func(context.Context) (*ledger.Ledger, error)
	save func(context.Context, *ledger.Ledger) error
}

// Load reads the ledger.
func (b branchLedger) Load(ctx context.Context) (*ledger.Ledger, error) { return b.load(ctx) }

// Save writes the ledger.
func (b branchLedger) Save(ctx context.Context, l *ledger.Ledger) error { return b.save(ctx, l) }

// Locked returns false: other runs may write a branch.
func (branchLedger) Locked() bool { return false }

// Close does nothing: a branch is not locked.
func (branchLedger) Close() error { return nil }
