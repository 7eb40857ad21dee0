package action

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/config"
	"github.com/openedx/advisory-reminders/internal/ghsa"
	"github.com/openedx/advisory-reminders/internal/ledger"
	"github.com/openedx/advisory-reminders/internal/owner"
	"github.com/openedx/advisory-reminders/internal/transport"
)

// The steps of a check that a run does not have.
const (
	stepToken = "ask about the token"
	stepSlack = "ask Slack"
	stepMail  = "ask the mail server"
)

// How long the parts of a check may take: those that ask GitHub much, and the
// others.
const (
	checkWithin = 3 * time.Minute
	askOnce     = 30 * time.Second
)

// A checkup is one check. It asks everything and sends nothing.
type checkup struct {
	*job
	client *http.Client
	wrong  mistakes
	broken bool // the configuration is wrong, so that the default stands for it

	load func() loaded // the ledger, read once
	see  func() seen   // the drafts, listed once

	bearer func() tokenFacts // who the token is, asked once
}

// loaded is the ledger as it was read.
type loaded struct {
	probe  func(context.Context) error // asks whether it could be written
	file   bool                        // not a branch
	memory *ledger.Ledger
	err    error
	facts  ledgerFacts
}

// seen is what the list of drafts holds.
type seen struct {
	sight
	err error
}

// check asks everything, side by side, and shows the table. One part that is
// broken hides none of the others.
func check(ctx context.Context, j *job, client *http.Client, wrong mistakes) error {
	j.out.checking = true
	c := &checkup{job: j, client: client, wrong: wrong}
	if c.broken = c.mistaken("configuration") || c.mistaken("input config"); c.broken {
		j.cfg = config.Default()
	}
	ctx, cancel := context.WithTimeout(ctx, checkWithin)
	defer cancel()
	c.load = sync.OnceValue(func() loaded { return c.loadLedger(ctx) })
	c.see = sync.OnceValue(func() seen { return c.listDrafts(ctx) })
	c.bearer = sync.OnceValue(func() tokenFacts { return c.askToken(ctx, false) })
	c.wrong = append(c.wrong, c.connect()...)

	groups := c.ask(ctx, []part{
		{stepInputs, checkWithin, c.settings},
		{stepToken, checkWithin, c.token},
		{stepOwners, checkWithin, c.maintainers},
		{stepSlack, askOnce, c.slackLines},
		{stepMail, askOnce, c.mailLines},
		{stepLedger, askOnce, c.ledgerLines},
		{stepInputs, checkWithin, c.calendar},
	})
	j.out.printf("%s%s", terminal(groups), count(groups))
	if !j.out.public {
		_ = j.out.summary(markdown(groups) + "\n" + count(groups) + "\n") // the table is in the log
	}
	return judge(groups, c.wrong)
}

// mistaken reports whether there is a mistake about one of these places, such
// as "input token".
func (c *checkup) mistaken(places ...string) bool {
	for _, m := range c.wrong {
		for _, p := range places {
			if strings.HasPrefix(m, p+":") {
				return true
			}
		}
	}
	return false
}

// connect makes the clients that need no answer to be made.
func (c *checkup) connect() mistakes {
	github := transport.Authorized(c.client, c.in.Token)
	var err error
	if c.advisories, err = ghsa.NewClient(github, c.env.apiURL); err != nil {
		return mistakes{"GITHUB_API_URL: " + err.Error()}
	}
	c.owners = owner.NewClient(github, c.env.graphqlURL)
	c.couriers = make(map[config.Channel]courier)
	c.connectChannels()
	return nil
}

// together calls functions side by side. What panics in one of them panics in
// the caller, who can recover, and without what it was about.
func together(calls ...func()) {
	var all sync.WaitGroup
	var broke atomic.Bool
	for _, call := range calls {
		all.Go(func() {
			defer func() {
				if recover() != nil {
					broke.Store(true)
				}
			}()
			call()
		})
	}
	all.Wait()
	if broke.Load() {
		panic("one of several calls broke")
	}
}

// A part is some lines of the table that are asked for together.
type part struct {
	step   string
	within time.Duration
	lines  func(ctx context.Context) group
}

// ask asks all parts side by side.
func (c *checkup) ask(ctx context.Context, parts []part) []group {
	groups := make([]group, len(parts))
	calls := make([]func(), len(parts))
	for i, p := range parts {
		calls[i] = func() { groups[i] = p.ask(ctx) }
	}
	together(calls...) // a part that fails says so in its lines
	return groups
}

// ask asks for the lines. A panic is one of them.
func (p part) ask(ctx context.Context) (lines group) {
	ctx, cancel := context.WithTimeout(ctx, p.within)
	defer cancel()
	defer func() {
		if recover() != nil {
			lines = group{{finding: fail, what: p.step, detail: "the program broke here, which is a defect of its own",
				do: "please report it"}}
		}
		for i := range lines {
			if lines[i].step == "" {
				lines[i].step = p.step
			}
		}
	}()
	return p.lines(ctx)
}

// listDrafts looks as a run does, and asks for those that have vanished.
func (c *checkup) listDrafts(ctx context.Context) seen {
	t := task{memory: c.load().memory}
	if t.memory == nil {
		t.memory = ledger.New()
	}
	lists, err := c.list(ctx, &t.seen, func([]advisory.Advisory) {})
	if err == nil {
		c.job.see(ctx, &t, lists)
	}
	return seen{t.seen, err}
}

// canAskGitHub reports whether the inputs that say what to ask of GitHub are
// right.
func (c *checkup) canAskGitHub() bool {
	return !c.mistaken("input token", "input organization", "input repositories", "GITHUB_API_URL")
}

// notAsked is the line of something that a mistake keeps from being asked.
func notAsked(what string) group {
	return group{{finding: unknown, what: what, detail: "not asked, since something above is wrong"}}
}
