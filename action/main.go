package action

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/openedx/advisory-reminders/internal/transport"
)

// Exit statuses of the program.
const (
	ExitOK     = 0
	ExitFailed = 1 // something that was due did not go out, or could not be looked at
	ExitUsage  = 2 // the inputs or the configuration are wrong; nothing was sent
)

// A Process is what the program is given by the system. Tests and the demo give
// their own.
type Process struct {
	Args    []string // without the program's name
	Getenv  func(string) string
	Environ func() []string // as os.Environ; nil is none
	Stdout  io.Writer
	Stderr  io.Writer

	// Hush keeps everything but Stderr from the process's standard error, such as
	// what the runtime prints of a panic in a library's goroutine, or lets it
	// again; nil does nothing.
	Hush func(bool)

	Now func() time.Time // nil is the system's clock

	// Wait waits before a delivery is tried again; nil really does.
	Wait func(ctx context.Context, d time.Duration) error

	// Patience is that of the HTTP client; the zero value is the program's own.
	Patience transport.Options

	// SlackPace is the time between two messages to one Slack channel, and between
	// two comments; zero is the second that Slack and GitHub ask for.
	SlackPace time.Duration

	// Commands are further commands, such as demo, by name.
	Commands map[string]Command

	check bool // the command is check
}

// unfailing is an output that may be full, or that nobody reads any more: nothing
// that is only printed ends a run. It may be used by several goroutines.
type unfailing struct {
	io.Writer
	one *sync.Mutex
}

func (w unfailing) Write(text []byte) (int, error) {
	w.one.Lock()
	defer w.one.Unlock()
	_, _ = w.Writer.Write(text)
	return len(text), nil
}

// clockShift is by how much the clock is wrong in a test build, such as 16m; the
// linker sets it, and in releases it is empty.
var clockShift string

// A Command does the work of one word on the command line and returns the exit
// status.
type Command func(ctx context.Context, p Process) int

// Main carries out the command that the arguments name, and returns the exit
// status. Where they name none it is run; where there are no arguments at all, and
// no workflow either, it is help: nobody starts a live run by trying what the
// program does.
func Main(ctx context.Context, p Process) int {
	if p.Now == nil {
		wrong, _ := time.ParseDuration(clockShift)
		p.Now = func() time.Time { return time.Now().Add(wrong) }
	}
	if p.Hush == nil {
		p.Hush = func(bool) {}
	}
	commands := map[string]Command{"run": runCommand, "check": checkCommand}
	maps.Copy(commands, p.Commands)

	name, args := "run", p.Args
	switch {
	case len(args) == 0 && onTerminal(p.Getenv):
		name = "help"
	case len(args) == 0:
	case slices.Contains([]string{"-h", "--help", "-help"}, args[0]):
		name = "help"
	case slices.Contains([]string{"--version", "-version"}, args[0]):
		name = "version"
	case !strings.HasPrefix(args[0], "-"):
		name, args = args[0], args[1:]
	}
	switch {
	case name == "help" && len(args) == 1 && commands[args[0]] != nil:
		name, args = args[0], []string{"-h"}
	case name == "help":
		usage(p.Stdout, commands)
		return ExitOK
	case name == "version":
		fmt.Fprintln(p.Stdout, "advisory-reminders "+version())
		return ExitOK
	}
	command := commands[name]
	if command == nil {
		fmt.Fprintf(p.Stderr, "advisory-reminders: the first argument%s is not a command%s\n\n", quoted(p, name), meantCommand(p, name, commands))
		usage(p.Stderr, commands)
		return ExitUsage
	}
	p.Args = args
	return command(ctx, p)
}

// onTerminal reports whether the program runs outside Actions for certain. A panic
// is left to the run, which says no more of it than it may.
func onTerminal(getenv func(string) string) (outside bool) {
	defer func() { _ = recover() }()
	return !inActions(getenv)
}

// version is what the build knows of itself: the module's version and Go's.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "of an unknown version"
	}
	return info.Main.Version + " " + info.GoVersion
}

// runCommand reads the inputs and makes one run of them.
func runCommand(ctx context.Context, p Process) (status int) {
	one := new(sync.Mutex) // both may be the same file
	p.Stdout, p.Stderr = unfailing{p.Stdout, one}, unfailing{p.Stderr, one}
	out := &console{public: true, err: p.Stderr} // until more is known
	defer func() {
		if recover() != nil {
			status = out.crashed()
		}
	}()
	out = newConsole(p)
	p.Hush(out.public) // until more is known
	if err := perform(ctx, p, out); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return ExitOK
		}
		return out.fail(err)
	}
	return out.succeed()
}

// checkCommand asks everything and sends nothing.
func checkCommand(ctx context.Context, p Process) int {
	p.check = true
	return runCommand(ctx, p)
}
