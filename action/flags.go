package action

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/openedx/advisory-reminders/internal/check"
	"github.com/openedx/advisory-reminders/internal/spelling"
)

// messagesFlag is a flag of the command run alone, and no input: in Actions the log
// folds the messages.
const (
	messagesFlag  = "messages"
	aboutMessages = "with dry-run: show each message and the report in full"
)

// readFlags reads the command line of run or check. A flag that is given wins over the
// environment's input of the same name.
func readFlags(p Process, fromEnvironment func(name string) string) (map[string]string, error) {
	command := "run"
	if p.check {
		command = "check"
	}
	fs := flag.NewFlagSet("advisory-reminders "+command, flag.ContinueOnError)
	fs.SetOutput(io.Discard) // an error names the flag; the list of all would bury it
	text := make(map[string]*string)
	switches := make(map[string]*bool)
	for _, in := range inputs {
		if in.boolean {
			switches[in.name] = fs.Bool(in.name, false, in.about)
		} else {
			text[in.name] = fs.String(in.name, in.value, in.about)
		}
	}
	if !p.check {
		switches[messagesFlag] = fs.Bool(messagesFlag, false, aboutMessages)
	}
	if err := fs.Parse(p.Args); errors.Is(err, flag.ErrHelp) {
		commandUsage(p.Stdout, command)
		return nil, err
	} else if err != nil {
		at := len(p.Args) - fs.NArg()
		return nil, check.Mistakes{{Place: fmt.Sprintf("argument %d%s", at, quoted(p, p.Args[at-1])), Detail: wrongFlag(err) + "; " + cmp.Or(meantFlag(p, err), command+" -h lists the flags")}}
	}
	if fs.NArg() > 0 {
		return nil, check.Mistakes{{Place: fmt.Sprintf("argument %d", len(p.Args)-fs.NArg()+1), Detail: "is not a flag; " + aboutWord(p, command, fs)}}
	}
	values := make(map[string]string)
	for _, in := range inputs {
		values[in.name] = in.value
		if v := fromEnvironment(in.name); v != "" {
			values[in.name] = v
		}
	}
	fs.Visit(func(f *flag.Flag) {
		if b := switches[f.Name]; b != nil {
			values[f.Name] = strconv.FormatBool(*b)
		} else {
			values[f.Name] = strings.TrimSpace(*text[f.Name])
		}
	})
	if p.check {
		values["check"] = "true"
	}
	return values, nil
}

// misspelt returns the inputs that have their default while a variable has another value
// whose name is much like theirs, and no input's: the runner only warns of such a name,
// so that a dry-run that is written dry_run would send.
func misspelt(p Process) (wrong check.Mistakes) {
	if p.Environ == nil {
		return nil
	}
	var names []string
	for _, in := range inputs {
		names = append(names, in.name)
	}
	for _, variable := range p.Environ() {
		name, value, _ := strings.Cut(variable, "=")
		name, is := strings.CutPrefix(name, "INPUT_")
		name = strings.ToLower(name)
		if !is || value == "" || slices.Contains(names, name) {
			continue
		}
		i := slices.Index(names, spelling.Nearest(name, names))
		if i < 0 {
			continue
		}
		now := cmp.Or(p.Getenv("INPUT_"+strings.ToUpper(names[i])), inputs[i].value)
		if now == inputs[i].value && now != value {
			wrong = append(wrong, check.Mistake{Place: "input " + names[i], Detail: "is not set, but a name much like it, which is no input: correct the name"})
		}
	}
	return wrong
}

// aboutWord says what to do about the first argument that is no flag. It may be a
// secret: it is named only where it is a flag but for its dash, on a terminal.
func aboutWord(p Process, command string, fs *flag.FlagSet) string {
	switch word := fs.Arg(0); {
	case word != "" && isBoolean(word):
		return "a flag that is true or false takes it after an equals sign, such as -dry-run=false"
	case !inActions(p.Getenv) && fs.Lookup(word) != nil:
		return "did you mean -" + word + "?"
	}
	return command + " -h lists the flags"
}

// wrongFlag says what is wrong with a flag. The flag package quotes it, and it
// may be a secret that was written in the wrong place.
func wrongFlag(err error) string {
	switch text := err.Error(); {
	case strings.HasPrefix(text, "flag needs an argument"):
		return "lacks its value"
	case strings.HasPrefix(text, "invalid boolean"):
		return "is neither true nor false"
	}
	return "is not a flag"
}

// meantFlag asks for the flag that is nearest to one that is none, on a terminal.
func meantFlag(p Process, err error) string {
	name, none := strings.CutPrefix(err.Error(), "flag provided but not defined: -")
	if !none || inActions(p.Getenv) {
		return ""
	}
	var known []string
	for _, in := range inputs {
		known = append(known, "-"+in.name)
	}
	known = append(known, "-"+messagesFlag)
	return spelling.DidYouMean("-"+strings.TrimPrefix(name, "-"), known)
}
