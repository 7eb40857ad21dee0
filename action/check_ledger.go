package action

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/openedx/advisory-reminders/internal/ledger"
)

// ledgerFacts are what a check tells of the ledger.
type ledgerFacts struct {
	where       string // such as "the branch x of o/r"
	first       bool   // there is none yet
	last        time.Time
	drafts, all int // advisories in it
}

// loadLedger reads the ledger, without a lock.
func (c *checkup) loadLedger(ctx context.Context) loaded {
	var l loaded
	if c.mistaken("input ledger", "input ledger-branch", "input ledger-token", "input ledger-key", "GITHUB_API_URL") {
		l.err = errNotAsked
		return l
	}
	if c.in.Ledger != "branch" {
		f := ledger.NewFile(c.in.Ledger, c.in.LedgerKey)
		l.probe, l.file, l.facts.where = f.Probe, true, "the file "+c.in.Ledger
		l.memory, l.err = f.Peek()
	} else {
		b, wrong := c.branch(c.client)
		if wrong != nil {
			return loaded{err: wrong}
		}
		l.probe, l.facts.where = b.Probe, fmt.Sprintf("the branch %s of %s", c.in.LedgerBranch, c.env.repository)
		l.memory, l.err = b.Load(ctx)
	}
	if l.err == nil {
		l.facts.first, l.facts.last, l.facts.all = l.memory.FirstRun.IsZero(), l.memory.LastRun, len(l.memory.Advisories)
		for _, r := range l.memory.Advisories {
			if r.State == "" {
				l.facts.drafts++
			}
		}
	}
	return l
}

var errNotAsked = errors.New("not asked")

// ledgerLines say whether the ledger can be read and written.
func (c *checkup) ledgerLines(ctx context.Context) group {
	l := c.load()
	if errors.Is(l.err, errNotAsked) {
		return notAsked("ledger")
	}
	if wrong, ok := errors.AsType[mistakes](l.err); ok {
		return mistakeLines(wrong)
	}
	var g group
	if l.err != nil {
		g = append(g, line{finding: fail, what: "ledger", detail: l.err.Error(), do: mendLedger(l.file, c.in.LedgerBranch)})
	} else {
		g = append(g, l.facts.line(c.cfg.Policy.Location))
	}
	return append(g, c.writable(ctx, l))
}

// line says what the ledger holds.
func (f ledgerFacts) line(zone *time.Location) line {
	l := line{what: "ledger"}
	if f.first {
		l.detail = f.where + ": there is none yet. The next run is the first one, and the largest: it reminds of every draft that is older than its period"
		return l
	}
	l.detail = fmt.Sprintf("%s: last written %s; it knows %s, %d of them drafts", f.where,
		f.last.In(zone).Format("Mon 2 Jan 2006 15:04 MST"), plural(f.all, "advisory", "advisories"), f.drafts)
	return l
}

func mendLedger(file bool, branch string) string {
	if file {
		return "restore the file from a backup, or see who may read it; without it the next run is a first one, and reminds everybody anew"
	}
	return "see ledger-token and ledger-key; if the content is damaged, set the branch " + branch + " back to an earlier commit. Without the branch the next run is a first one, and reminds everybody anew"
}

// writable proves that the ledger could be written, without writing it.
func (c *checkup) writable(ctx context.Context, of loaded) line {
	l := line{what: "ledger, write", detail: "can be written", step: stepSettle}
	switch err := of.probe(ctx); {
	case errors.Is(err, ledger.ErrHeld):
		l.finding, l.detail, l.do = look, err.Error(), "if it stays so, see whether a run hangs"
	case err != nil && of.file:
		l.finding, l.detail, l.do = fail, err.Error(), "make the directory, and let this user write to it"
	case err != nil:
		l.finding, l.detail, l.do = fail, err.Error(), "give the job the permission contents: write, or another token in ledger-token"
	}
	return l
}

// plural counts things.
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
