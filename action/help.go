package action

import (
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/spelling"
)

// helpWidth is how many columns help takes.
const helpWidth = 78

// usage prints what the program does, its commands, and how to begin.
func usage(w io.Writer, commands map[string]Command) {
	about := map[string]string{
		"run":   "list the drafts, send what is due, report; the default in a workflow",
		"check": "check the set-up without sending anything",
		"demo":  "simulate half a year on a built-in organization; no account needed",
	}
	fmt.Fprint(w, "Reminds maintainers of draft security advisories, following OEP-60.\n\nUsage: advisory-reminders [command] [flags]\n\nCommands:\n")
	for _, name := range slices.Sorted(maps.Keys(commands)) {
		fmt.Fprintf(w, "  %-6s %s\n", name, about[name])
	}
	fmt.Fprint(w, "\nTo begin with:\n")
	if commands["demo"] != nil {
		fmt.Fprint(w, "  advisory-reminders demo -open\n")
	}
	fmt.Fprint(w, `  GITHUB_TOKEN=$(gh auth token) advisory-reminders run -dry-run \
    -repositories OWNER/NAME
The latter shows what would be sent about a repository of yours. It sends and
changes nothing.

advisory-reminders help COMMAND lists a command's flags, and
advisory-reminders --version says which one this is.
`)
}

// commandUsage prints the flags of run or check, which are the action's inputs,
// in groups.
func commandUsage(w io.Writer, command string) {
	fmt.Fprintf(w, "Usage: advisory-reminders %s [flags]\n\nThe flags are the action's inputs. The value of a secret is better given in the\nenvironment: GITHUB_TOKEN=..., or INPUT_SMTP-PASSWORD=... by env(1).\n", command)
	for _, s := range sections {
		fmt.Fprintf(w, "\n%s:\n", s.title)
		if command == "run" && slices.Contains(s.parts, ofCommand) {
			fmt.Fprintf(w, "  -%s\n        %s; no input\n", messagesFlag, aboutMessages)
		}
		for _, in := range inputs {
			if !slices.Contains(s.parts, in.part) || command == "check" && in.name == "check" {
				continue
			}
			value := " VALUE"
			if in.boolean {
				value = ""
			}
			about := in.about
			if in.value != "" && !in.boolean {
				about += "; default: " + in.value
			}
			const indent = "        "
			fmt.Fprintf(w, "  -%s%s\n%s%s\n", in.name, value, indent, strings.Join(notify.Wrap(about, helpWidth-len(indent), helpWidth-len(indent)), "\n"+indent))
		}
	}
}

// sections are the flags in the order of help.
var sections = []struct {
	title string
	parts []part
}{
	{"What to look at", []part{ofSource, ofConfiguration}},
	{"What to do", []part{ofCommand}},
	{"Where the report goes", []part{ofReport}},
	{"Slack", []part{ofBot, ofSlackReport}},
	{"Mail", []part{ofMail}},
	{"The ledger", []part{ofLedger}},
}

// nameForm is what may be a command's or a flag's name, and no token.
var nameForm = regexp.MustCompile(`^-{0,2}[a-z][a-z-]{0,30}$`)

// quoted returns the name of a flag or of a command as it was given, after a space,
// or nothing where a log may be public, or where it may be something else: a token
// in the wrong place is in no error.
func quoted(p Process, word string) string {
	name, _, _ := strings.Cut(word, "=")
	if !onTerminal(p.Getenv) || !nameForm.MatchString(name) {
		return ""
	}
	return " (" + name + ")"
}

// meantCommand asks for the command that is nearest to a word, on a terminal.
func meantCommand(p Process, word string, commands map[string]Command) string {
	if !onTerminal(p.Getenv) {
		return ""
	}
	known := slices.Concat(slices.Sorted(maps.Keys(commands)), []string{"help", "version"})
	if meant := spelling.DidYouMean(word, known); meant != "" {
		return "; " + meant
	}
	return ""
}
