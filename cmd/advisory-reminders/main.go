// Command advisory-reminders reminds maintainers of the draft security
// advisories of their repositories. Without arguments it makes a run in a
// workflow, with the inputs from the environment, and shows its help elsewhere.
package main

import (
	"context"
	"io"
	"log"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"syscall"
	_ "time/tzdata" // the image has no time zones of its own

	"github.com/openedx/advisory-reminders/action"
)

// memory is what a run should not grow beyond, in bytes, if the collector can
// help it by working more often: more than a run of 1,000 drafts takes, and so little
// that one of 10,000 stays below 128 MiB. GOMEMLIMIT, where it is set, holds instead.
const memory = 64 << 20

func main() {
	if os.Getenv("GOMEMLIMIT") == "" && !slices.Contains(os.Args, "demo") { // which is four servers besides
		debug.SetMemoryLimit(memory)
	}
	log.SetOutput(io.Discard)      // net/http gives it what servers send
	signal.Ignore(syscall.SIGPIPE) // whoever read the output may be gone; the run goes on
	ctx, stop := signal.NotifyContext(context.Background(), heeded()...)
	stderr, hush := standardError()
	status := action.Main(ctx, action.Process{
		Args:     os.Args[1:],
		Getenv:   os.Getenv,
		Environ:  os.Environ,
		Stdout:   os.Stdout,
		Stderr:   stderr,
		Hush:     hush,
		Commands: extra,
	})
	stop()
	os.Exit(status)
}

// heeded are the signals that end a run in good order: but for those that whoever
// started it wants ignored, as nohup does.
func heeded() []os.Signal {
	all := []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP}
	return slices.DeleteFunc(all, signal.Ignored)
}
