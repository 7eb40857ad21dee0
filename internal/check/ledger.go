package check

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/openedx/advisory-reminders/internal/ledger"
	"github.com/openedx/advisory-reminders/internal/notify"
)

// loadLedger reads the ledger, without a lock.
func (c *checkup) loadLedger(ctx context.Context) loaded {
	if c.Ledger == nil {
		return loaded{err: errNotAsked}
	}
	l, err := ledger.Preview(c.Ledger).Load(ctx)
	return loaded{l, err}
}

var errNotAsked = errors.New("not asked")

// ledgerLines say whether the ledger can be read and written.
func (c *checkup) ledgerLines(ctx context.Context) group {
	l := c.load()
	switch {
	case errors.Is(l.err, errNotAsked):
		return notAsked("ledger")
	case l.err != nil:
		return group{{finding: fail, what: "ledger", detail: l.err.Error(), do: c.Ledger.Place().Restore}, c.writable(ctx)}
	}
	return group{c.holds(l.Ledger), c.writable(ctx)}
}

// holds says what the ledger holds.
func (c *checkup) holds(of *ledger.Ledger) line {
	where, l := c.Ledger.Place().Name, line{what: "ledger"}
	if of.FirstRun.IsZero() {
		l.detail = where + ": there is none yet. The next run is the first one, and the largest: it reminds of every draft that is older than its period"
		return l
	}
	drafts := 0
	for _, r := range of.Advisories {
		if r.State == "" {
			drafts++
		}
	}
	l.detail = fmt.Sprintf("%s: last written %s; it knows %s, %d of them drafts", where,
		notify.Minute(of.LastRun, c.Config.Policy.Location), notify.Plural(len(of.Advisories), "advisory", "advisories"), drafts)
	return l
}

// writable proves that the ledger could be written, without writing it.
func (c *checkup) writable(ctx context.Context) line {
	l := line{what: "ledger, write", detail: "can be written", step: stepSettle}
	err := c.Ledger.Probe(ctx)
	ruled, _ := errors.AsType[*ledger.Ruled](err)
	switch {
	case ruled != nil:
		l.finding, l.detail = fail, fmt.Sprintf("rules of %s apply to the branch %s (%s), and can keep the ledger from being written", c.Home, ruled.Branch, strings.Join(ruled.Types, ", "))
		if !ruled.New { // it was written before
			l.finding, l.detail = unknown, l.detail+"; whether the ledger's token is exempt from them can't be known"
		}
		l.do = "leave the branch out of these rules (Settings, Rules, Rulesets), or name another one in ledger-branch"
	case errors.Is(err, ledger.ErrHeld):
		l.finding, l.detail, l.do = warn, err.Error(), "if it stays so, see whether a run hangs"
	case err != nil:
		l.finding, l.detail, l.do = fail, err.Error(), c.Ledger.Place().Permit
	}
	return l
}
