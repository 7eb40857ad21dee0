package action

import (
	"context"
	"io"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/check"
	"github.com/openedx/advisory-reminders/internal/config"
	"github.com/openedx/advisory-reminders/internal/ghsa"
	"github.com/openedx/advisory-reminders/internal/ledger"
	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/notify/email"
	"github.com/openedx/advisory-reminders/internal/notify/slack"
	"github.com/openedx/advisory-reminders/internal/notify/thread"
	"github.com/openedx/advisory-reminders/internal/owner"
	"github.com/openedx/advisory-reminders/internal/run"
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
	c.Coverage = func(ctx context.Context) (list, unproved []string) {
		return check.Coverage(ctx, s.subject())
	}
	var wrong mistakes
	if c.Ledger, wrong = s.store(); wrong != nil {
		return c, wrong
	}

	if s.in.DryRun && s.homeless() {
		s.out.printf("No ledger is named, so this preview takes the run for the first one.")
	}

	mailer, client := s.mailer(), s.slack()
	comments := s.thread(c.Advisories) // for both: they share the pace
	c.Channels, c.Replies = channels(s.cfg.Channels, mailer, client, comments), comments
	if s.ofSingle() {
		s.out.printf("No way to write to people is set up: each message is shown as it would be by mail.")
		c.Channels = append(c.Channels, unknown{})
	}
	if s.in.SendAllTo != "" {
		s.redirect(&c, mailer, client)
		return c, nil
	}
	places := s.places(ctx, mailer, client)
	c.Reporter, c.Ready, c.Issue = places, places.ready, places.issue
	if s.in.DryRun {
		for i, channel := range c.Channels {
			c.Channels[i] = previewChannel{channel, s.preview}
		}
		c.Reporter, c.Opener, c.Replies = s.preview, s.preview, s.preview
	}
	return c, nil
}

// channels are those that are set up, in the order of preference.
func channels(order []config.Channel, mailer *email.Mailer, client *slack.Client, comments *thread.Client) []notify.Channel {
	var list []notify.Channel
	for _, name := range order {
		switch {
		case name == config.Email && mailer != nil:
			list = append(list, mailer)
		case name == config.Slack && client != nil:
			list = append(list, client)
		case name == config.Thread && comments != nil:
			list = append(list, comments)
		}
	}
	return list
}

// thread returns the channel that comments on drafts.
func (s settings) thread(advisories *ghsa.Client) *thread.Client {
	return thread.New(thread.Config{Advisories: advisories, Now: s.clock.Now, Wait: s.clock.Wait, Pace: s.pace})
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
// named it is a first run; a try does without one.
func (s settings) store() (ledger.Store, mistakes) {
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
func (s settings) named() (ledger.Store, mistakes) {
	if s.in.Ledger != "branch" {
		return ledger.NewFile(s.in.Ledger, s.in.LedgerKey), nil
	}
	if s.homeless() {
		return nil, mistakes{{Place: "GITHUB_REPOSITORY", Detail: "does not name the repository that runs the workflow, so the ledger has no branch: name a file in the input ledger"}}
	}
	repo, _ := advisory.ParseRepository(s.env.repository)
	branch, err := ledger.NewBranch(s.github(s.in.LedgerToken), s.env.apiURL, s.env.graphqlURL, repo, s.env.repositoryID, s.in.LedgerBranch, s.in.LedgerKey, s.clock.Wait)
	if err != nil {
		return nil, mistakes{{Place: "GITHUB_API_URL", Detail: err.Error()}}
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
