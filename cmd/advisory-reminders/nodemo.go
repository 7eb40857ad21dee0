//go:build nodemo

package main

import (
	"context"
	"fmt"

	"github.com/openedx/advisory-reminders/action"
)

// extra are the commands beside the action's own. The demo's services weigh
// several megabytes that no run of the action needs, so the image is built
// with the tag nodemo.
var extra = map[string]action.Command{"demo": noDemo}

func noDemo(_ context.Context, p action.Process) int {
	fmt.Fprintln(p.Stderr, "advisory-reminders: this build leaves the demo out; from a clone of the source, start it with: go run ./cmd/advisory-reminders demo")
	return action.ExitUsage
}
