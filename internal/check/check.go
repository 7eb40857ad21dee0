// Package check asks everything that a run would ask, and more, and sends
// nothing: is the configuration right, may the token see drafts, who is told of
// what, do Slack and the mail server let us in, can the ledger be written. Every
// line that fails says what to do.
package check

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/openedx/advisory-reminders/internal/contact"
	"github.com/openedx/advisory-reminders/internal/ghsa"
	"github.com/openedx/advisory-reminders/internal/ledger"
	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/notify/email"
	"github.com/openedx/advisory-reminders/internal/notify/issue"
	"github.com/openedx/advisory-reminders/internal/notify/slack"
	"github.com/openedx/advisory-reminders/internal/owner"
	"github.com/openedx/advisory-reminders/internal/run"
	"github.com/openedx/advisory-reminders/internal/transport"
)

// A Subject is what is checked: what a live run would be made of, with the default
// where the configuration is wrong. Clients that a mistake keeps from being asked are
// nil, but for Owners, which nobody asks where Advisories is.
type Subject struct {
	Wrong          Mistakes // in the inputs and the configuration
	DryIgnored     bool     // dry-run was set, and makes no difference
	run.Assignment          // of whom a run could tell what, and by which rules
	Home           string   // owner/name of the repository that runs the workflow
	Unscoped       bool     // see ghsa.Question
	Now            time.Time

	Advisories *ghsa.Client
	Owners     *owner.Client
	Ledger     ledger.Store
	Channels   []notify.Channel // in the order of preference

	Slack        *slack.Client
	SlackToken   bool // one is given
	SlackChannel string
	SlackWebhook string

	Mailer      *email.Mailer
	SMTP        email.Config
	ReportEmail string

	Issue       *issue.Client
	ReportIssue bool // one is asked for
}

// A Mistake is a wrong input or key of the configuration. It quotes no value.
type Mistake struct {
	Place  string // such as "input token", "configuration"
	Detail string
	Do     string // what a check advises; empty: to correct it
}

// String returns a mistake as a line.
func (m Mistake) String() string {
	if strings.HasPrefix(m.Place, "argument ") {
		return m.Place + " " + m.Detail
	}
	return m.Place + ": " + m.Detail
}

// Mistakes are all of them at once.
type Mistakes []Mistake

// Error returns one mistake a line.
func (m Mistakes) Error() string {
	var lines []string
	for _, one := range m {
		lines = append(lines, one.String())
	}
	return strings.Join(lines, "\n")
}

// At reports whether there is a mistake at one of these places.
func (m Mistakes) At(places ...string) bool {
	return slices.ContainsFunc(m, func(one Mistake) bool { return slices.Contains(places, one.Place) })
}

// The steps of a check, as a public log names them. Those of a run too have its names.
const (
	stepInputs = string(run.Inputs)
	stepToken  = "ask about the token"
	stepList   = string(run.List)
	stepNames  = "look up the names"
	stepOwners = string(run.Owners)
	stepSlack  = "ask Slack"
	stepMail   = "ask the mail server"
	stepLedger = string(run.Ledger)
	stepSettle = string(run.Settle)
)

// How long the parts of a check may take: those that ask GitHub much, and the
// others.
const (
	checkWithin = 3 * time.Minute
	askOnce     = 30 * time.Second
)

// A checkup is one check. It asks everything and sends nothing.
type checkup struct {
	Subject
	broken bool // the configuration is wrong, so that the default stands for it

	load   func() loaded     // the ledger, read once
	see    func() seen       // the drafts, listed once
	bearer func() tokenFacts // who the token is, asked once
}

// loaded is the ledger as it was read.
type loaded struct {
	*ledger.Ledger
	err error
}

// Run asks everything, side by side. One part that is broken hides none of the
// others.
func Run(ctx context.Context, s Subject) Table {
	c := &checkup{Subject: s, broken: s.Wrong.At("configuration", "input config")}
	ctx, cancel := context.WithTimeout(ctx, checkWithin)
	defer cancel()
	c.load = sync.OnceValue(func() loaded { return c.loadLedger(ctx) })
	c.see = sync.OnceValue(func() seen { return c.listDrafts(ctx) })
	c.bearer = sync.OnceValue(func() tokenFacts { return s.askToken(ctx, false) })
	parts := []part{
		{stepInputs, checkWithin, c.settings},
		{stepToken, checkWithin, c.token},
		{stepNames, checkWithin, c.names},
		{stepOwners, checkWithin, c.maintainers},
		{stepList, checkWithin, c.discussions},
		{stepSlack, askOnce, c.slackLines},
		{stepMail, askOnce, c.mailLines},
		{stepIssue, askOnce, c.issueLines},
		{stepLedger, askOnce, c.ledgerLines},
		{stepInputs, checkWithin, c.calendar},
	}
	t := Table{groups: make([]group, len(parts)), wrong: s.Wrong}
	transport.Each(len(parts), len(parts), func(i int) error {
		t.groups[i] = parts[i].ask(ctx) // a part that fails says so in its lines
		return nil
	})
	return t
}

// book returns the contacts.
func (s Subject) book() contact.Book {
	return contact.Book{Organization: s.Organization, Config: s.Config}
}

// A part is some lines of the table that are asked for together.
type part struct {
	step   string
	within time.Duration
	lines  func(ctx context.Context) group
}

// ask asks for the lines. A panic is one of them.
func (p part) ask(ctx context.Context) (lines group) {
	ctx, cancel := context.WithTimeout(ctx, p.within)
	defer cancel()
	defer func() {
		if recover() != nil {
			lines = group{{finding: fail, what: p.step, detail: "the program crashed here",
				do: "please report this bug"}}
		}
		for i := range lines {
			if lines[i].step == "" {
				lines[i].step = p.step
			}
		}
	}()
	return p.lines(ctx)
}

// notAsked is the line of something that a mistake keeps from being asked.
func notAsked(what string) group {
	return group{{finding: unknown, what: what, detail: "not asked, since something above is wrong"}}
}

// failureText returns what happened at a channel, and what to do about it.
func failureText(err error) (detail, advice string) {
	if f, ok := errors.AsType[*notify.Failure](err); ok {
		return f.Detail, f.Advice
	}
	return "no answer", ""
}
