// Command advisory-reminders reminds maintainers of the draft security
// advisories of their repositories. Without arguments it makes a run in a
// workflow, with the inputs from the environment, and shows its help elsewhere.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"syscall"
	_ "time/tzdata" // the image has no time zones of its own

	"github.com/openedx/advisory-reminders/action"
)

// memory is what a run should not grow beyond, in bytes, if the collector can
// help it by working more often. No run needs that much but one of thousands of
// drafts. GOMEMLIMIT, where it is set, holds instead.
const memory = 47 << 20

func main() {
	if os.Getenv("GOMEMLIMIT") == "" && !slices.Contains(os.Args, "demo") { // which is four servers besides
		debug.SetMemoryLimit(memory)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := action.Main(ctx, action.Process{
		Args:     os.Args[1:],
		Getenv:   os.Getenv,
		Stdout:   os.Stdout,
		Stderr:   os.Stderr,
		Commands: extra,
	})
	stop()
	os.Exit(status)
}
