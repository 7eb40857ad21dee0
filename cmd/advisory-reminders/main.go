// Command advisory-reminders reminds maintainers of the draft security
// advisories of their repositories. Without arguments it does what the action
// does, and reads its inputs from the environment.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // the image has no time zones of its own

	"github.com/openedx/advisory-reminders/action"
)

func main() {
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
