package action

import (
	"context"
	"io"
	"slices"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/check"
	"github.com/openedx/advisory-reminders/internal/config"
	"github.com/openedx/advisory-reminders/internal/ghsa"
	"github.com/openedx/advisory-reminders/internal/ledger"
	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/notify/email"
	"github.com/openedx/advisory-reminders/internal/notify/issue"
	"github.com/openedx/advisory-reminders/internal/notify/slack"
	"github.com/openedx/advisory-reminders/internal/notify/thread"
	"github.com/openedx/advisory-reminders/internal/owner"
	"github.com/openedx/advisory-reminders/internal/run"
)

// services are those that the inputs name. Those that are not asked for, and those
// that a mistake keeps from being asked, are nil; but owners and thread are made all
// the same, and whoever asks GitHub looks at advisories first.
type services struct {
	advisories *ghsa.Client
	owners     *owner.Client
	ledger     ledger.Store
	mailer     *email.Mailer
	slack      *slack.Client
	thread     *thread.Client // for digests and answers: they share the pace
	issue      *issue.Client

	wrong check.Mistakes // in what the runner says
}

// services makes the clients, which ask nothing yet.
func (s settings) services() (c services) {
	github := s.github(s.in.Token)
	advisories, err := ghsa.NewClient(github, s.env.apiURL)
	if err != nil {
		c.wrong = check.Mistakes{{Place: "GITHUB_API_URL", Detail: err.Error()}}
	} else {
		c.thread = thread.New(thread.Config{Advisories: advisories, Now: s.clock.Now, Wait: s.clock.Wait, Pace: s.pace})
		if !s.wrongIn(ofSource) {
			c.advisories = advisories
		}
	}
	c.owners = owner.NewClient(github, s.env.graphqlURL)
	if !s.wrongIn(ofLedger) {
		var wrong check.Mistakes
		c.ledger, wrong = s.store()
		c.wrong = append(c.wrong, wrong...)
	}
	if (s.in.SMTP.Server != "" || s.showsAll()) && !s.wrongIn(ofMail) {
		mail := s.in.SMTP
		if s.in.Check {
			mail.Timeout = askOnce
		}
		c.mailer = email.New(mail)
	}
	if (s.in.SlackToken != "" || s.showsAll()) && !s.wrongIn(ofBot) {
		c.slack = slack.New(slack.Config{Token: s.in.SlackToken, APIURL: s.in.SlackAPI, HTTP: s.client, Pace: s.pace, PublicToo: s.cfg.Privacy.PublicChannel})
	}
	c.issue = s.issue()
	return c
}

// issue returns what writes the report's issue, or nil where there is none.
func (s settings) issue() *issue.Client {
	token, own := s.in.Token, "input token"
	if s.in.IssueAtHome {
		token, own = s.in.LedgerToken, "input ledger-token"
	}
	if s.in.ReportIssue.Name == "" || s.wrong.At("input report-issue", own, "GITHUB_API_URL", "GITHUB_GRAPHQL_URL") {
		return nil
	}
	client, err := issue.New(issue.Config{
		HTTP: s.github(token), APIURL: s.env.apiURL,
		Repository: s.in.ReportIssue, ReadOnly: s.in.DryRun || s.in.Check, Now: s.clock.Now, Wait: s.clock.Wait,
	})
	if err != nil { // another client says so
		return nil
	}
	return client
}

// channels are those that are set up, in the order of preference.
func (c services) channels(order []config.Channel) []notify.Channel {
	var list []notify.Channel
	for _, name := range order {
		switch {
		case name == config.Email && c.mailer != nil:
			list = append(list, c.mailer)
		case name == config.Slack && c.slack != nil:
			list = append(list, c.slack)
		case name == config.Thread && c.thread != nil:
			list = append(list, c.thread)
		}
	}
	return list
}

// wrongIn reports whether there is a mistake in an input of a part.
func (s settings) wrongIn(p part) bool {
	return slices.ContainsFunc(inputs, func(i input) bool { return i.part == p && s.wrong.At("input "+i.name) })
}

// connect makes the clients of a run, if nothing is wrong. A dry run gets a
// ledger that is not written, and channels that print; everything else is the
// same.
func (s settings) connect(ctx context.Context) (run.Clients, check.Mistakes) {
	if len(s.wrong) > 0 {
		return run.Clients{}, s.wrong
	}
	from := s.services()
	if from.wrong != nil {
		return run.Clients{}, from.wrong
	}
	c := run.Clients{
		Advisories: from.advisories,
		Opener:     from.advisories,
		Owners:     from.owners,
		Ledger:     from.ledger,
		Channels:   from.channels(s.cfg.Channels),
		Replies:    from.thread,
		Coverage: func(ctx context.Context) (list, unproved []string) {
			return check.Coverage(ctx, s.subject(from))
		},
		Log:    s.out.printf,
		Redact: s.out.redact,
	}
	if s.in.DryRun && s.homeless() {
		s.out.printf("No ledger is named, so this preview takes the run for the first one.")
	}
	if s.ofSingle() {
		s.out.printf("No way to write to people is set up: each message is shown as it would be by mail.")
		c.Channels = append(c.Channels, unknown{})
	}
	if s.in.SendAllTo != "" {
		s.redirect(&c, from)
		return c, nil
	}
	places := s.places(ctx, from)
	c.Reporter, c.Ready = places, places.ready
	if from.issue != nil {
		c.Issue = func() (string, int) { return from.issue.Repository(), from.issue.Number() }
	}
	if s.in.DryRun {
		for i, channel := range c.Channels {
			c.Channels[i] = previewChannel{channel, s.preview}
		}
		c.Reporter, c.Opener, c.Replies = s.preview, s.preview, s.preview
	}
	return c, nil
}

// showsAll reports whether a preview has no inputs for any channel: then it
// shows all of them.
func (s settings) showsAll() bool {
	return s.in.DryRun && s.in.SMTP.Server == "" && s.in.SlackToken == ""
}

// store returns the ledger's store. A dry run writes none, and where none is
// named it is a first run; a try does without one.
func (s settings) store() (ledger.Store, check.Mistakes) {
	store, wrong := s.named()
	switch {
	case s.in.SendAllTo != "":
		return unneeded{ledger.Preview(store), s.out.printf}, nil
	case s.in.DryRun && s.homeless():
		return ledger.Preview(nil), nil
	case wrong == nil && s.in.DryRun:
		return ledger.Preview(store), nil
	}
	return store, wrong
}

// homeless reports whether there is no repository for the ledger's branch, and no
// file instead.
func (s settings) homeless() bool {
	_, ok := advisory.ParseRepository(s.env.repository)
	return s.in.Ledger == "branch" && !ok
}

// named returns the store that the inputs name, or nil where they name none.
func (s settings) named() (ledger.Store, check.Mistakes) {
	if s.in.Ledger != "branch" {
		return ledger.NewFile(s.in.Ledger, s.in.LedgerKey), nil
	}
	if s.homeless() {
		return nil, check.Mistakes{{Place: "GITHUB_REPOSITORY", Detail: "does not name the repository that runs the workflow, so the ledger has no branch: name a file in the input ledger"}}
	}
	repo, _ := advisory.ParseRepository(s.env.repository)
	branch, err := ledger.NewBranch(s.github(s.in.LedgerToken), s.env.apiURL, s.env.graphqlURL, repo, s.env.repositoryID, s.in.LedgerBranch, s.in.LedgerKey, s.clock.Wait)
	if err != nil {
		return nil, check.Mistakes{{Place: "GITHUB_API_URL", Detail: err.Error()}}
	}
	return branch, nil
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
