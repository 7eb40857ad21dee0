package main

import (
	"fmt"
	"os"

	"github.com/openedx/advisory-reminders/action"
)

// cantHush ends the program where it can't keep a promise.
func cantHush(hush bool) {
	if hush {
		fmt.Fprintln(os.Stderr, "advisory-reminders: standard error can't be closed")
		os.Exit(action.ExitFailed)
	}
}
