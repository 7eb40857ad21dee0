package action

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/openedx/advisory-reminders/internal/ledger"
	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/run"
)

// try reads send-all-to: what a live try needs, and what it lifts.
func (in *Inputs) try(to string, is say) {
	switch {
	case to == "" || in.Check: // which judges by what a live run needs
		return
	case isAddress(to) && in.SMTP.Server == "":
		is("send-all-to", "is a mail address: it needs smtp-server and email-from")
	case slackMember.MatchString(to) && in.SlackToken == "":
		is("send-all-to", "is the id of a Slack member: it needs slack-token")
	}
	if in.DryRun {
		is("send-all-to", "and dry-run are both set, and a dry run sends nothing: use one of them")
	}
	in.SendAllTo, in.Force, in.MaxRecipients = to, true, 0
}

// tryInsteadOf says of a try where the report would go; of other runs nothing.
func (s settings) tryInsteadOf() string {
	switch in := s.in; {
	case in.SendAllTo == "":
		return ""
	case in.SlackChannel != "":
		return "the Slack channel " + in.SlackChannel
	case in.SlackWebhook != "":
		return "the Slack webhook"
	case in.ReportEmail != "":
		return "the addresses in report-email"
	case in.ReportIssue.Name != "":
		return "an issue of " + in.ReportIssue.String()
	}
	return "nobody: no place for it is set yet"
}

// redirect lets everything that the clients would send go to one person.
func (s settings) redirect(c *run.Clients, from services) {
	to := one{address: s.in.SendAllTo}
	if isAddress(s.in.SendAllTo) {
		to.sender = from.mailer
	} else {
		to.sender = from.slack
	}
	for i, channel := range c.Channels {
		c.Channels[i] = redirected{channel, to}
	}
	c.Replies = nil
	c.Reporter, c.Opener = to, new(preview)              // which nobody looks at
	c.Ready = func(context.Context) error { return nil } // the usual place gets nothing
}

// readOnly lets nothing through to GitHub that could change something there,
// whatever a run comes to do one day: a try is sent by somebody who has not decided
// yet.
type readOnly struct{ http.RoundTripper }

func (r readOnly) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.Method == http.MethodGet || request.Method == http.MethodHead || isQuery(request) {
		return r.RoundTripper.RoundTrip(request)
	}
	if request.Body != nil {
		_ = request.Body.Close() // nobody else does, and nothing was sent
	}
	return nil, errors.New("a try changes nothing on GitHub")
}

// isQuery reports whether a request is a question in GraphQL.
func isQuery(request *http.Request) bool {
	if !strings.HasSuffix(request.URL.Path, "/graphql") || request.GetBody == nil {
		return false
	}
	body, err := request.GetBody()
	if err != nil {
		return false
	}
	defer body.Close()
	var asked struct{ Query string }
	return json.NewDecoder(body).Decode(&asked) == nil && !strings.HasPrefix(strings.TrimSpace(asked.Query), "mutation")
}

// one is the one person who gets everything in a try.
type one struct {
	sender interface {
		Send(ctx context.Context, d notify.Delivery) error
		Report(ctx context.Context, to string, r notify.Report) error
	}
	address string
}

// Report sends the report to the one, under an id of its own: mail programs show
// only one of two mails with the same.
func (o one) Report(ctx context.Context, r notify.Report, _ notify.Refusals) error {
	r.ID = ledger.NewID()
	return o.refused(o.sender.Report(ctx, o.address, r))
}

// refused keeps a refusal of the one address from being taken for one of
// somebody else's.
func (o one) refused(err error) error {
	if f, ok := errors.AsType[*notify.Failure](err); ok {
		switch f.Outcome {
		case notify.AddressRefused, notify.AddressBlamed, notify.AddressDoubted:
			of := *f
			of.Outcome, of.Answer, of.Advice = notify.ChannelRefused, notify.NoAnswer, "check send-all-to"
			return &of
		}
	}
	return err
}

// redirected is a channel whose digests go to one person in place of those whom it
// finds. What it delivers to several at once is a digest each here.
type redirected struct {
	notify.Channel
	to one
}

func (r redirected) Batch(digests []notify.Addressed) []notify.Delivery {
	return notify.OneEach(digests)
}

// Send sends a digest to the one, and says to whom it would go.
func (r redirected) Send(ctx context.Context, d notify.Delivery) error {
	digest := d.Digests[0]
	digest.ID = ledger.NewID()
	digest.Try = fmt.Sprintf("%s, by %s", d.To[0], r.Name())
	if d.Address != "" {
		digest.Try += " to " + d.Address
	}
	return r.to.refused(r.to.sender.Send(ctx, notify.Delivery{Address: r.to.address, Digests: []notify.Digest{digest}}))
}

func (r redirected) Close() error {
	if closer, ok := r.to.sender.(io.Closer); ok {
		return closer.Close()
	}
	return nil
}

// tryInALine says in a line what a try has done.
func tryInALine(o run.Outcome) string {
	report := "and so was the report"
	if !o.Reported {
		report = "and the report was not"
	}
	return fmt.Sprintf("A try: %s sent to the one in send-all-to, %s. Nobody else was sent anything.", notify.Plural(len(o.Sent), "digest was", "digests were"), report)
}

// unneeded is a ledger that a try can do without: it says only which reminder
// each would be.
type unneeded struct {
	ledger.Store
	log func(format string, args ...any)
}

// Load reads the ledger, where there is one that can be read.
func (u unneeded) Load(ctx context.Context) (*ledger.Ledger, error) {
	l, err := u.Store.Load(ctx)
	if err == nil || ctx.Err() != nil {
		return l, err
	}
	u.log("The ledger can't be read, so which reminder each would be is not known: %v", err)
	return ledger.New(), nil
}
