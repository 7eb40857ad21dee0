//go:build !nodemo

package main

import (
	"github.com/openedx/advisory-reminders/action"
	"github.com/openedx/advisory-reminders/internal/demo"
)

// extra are the commands beside the action's own.
var extra = map[string]action.Command{"demo": demo.Command}
