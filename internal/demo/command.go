package demo

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/openedx/advisory-reminders/action"
	"github.com/openedx/advisory-reminders/internal/sandbox"
)

// months is how long the demo lasts.
const months = 6

// help has room for a terminal of 80 columns.
const help = `Usage: advisory-reminders demo [flags]

Runs the program through half a year of a fictional organization, on this
machine alone, and writes a page that shows what everybody got.

  -dir FOLDER
        folder for the page; default: advisory-reminders-demo
  -open
        open the page in a browser
  -serve ADDRESS
        serve the page at this address, such as localhost:8080, until Ctrl-C
  -load FOLDER
        run on another organization: the folder holds its files as
        catalog/REPOSITORY/{catalog-info.yaml,CODEOWNERS}, advisories/*.json
  -organization LOGIN
        with -load: its login; default: openedx
  -config FILE
        with -load: the configuration
`

// Command is the command demo: it lets the program that action.Main is run on
// the demo's organization, or on one that is loaded from a folder.
func Command(ctx context.Context, p action.Process) int {
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // the list of all flags would bury what is wrong
	dir := flags.String("dir", "advisory-reminders-demo", "")
	open := flags.Bool("open", false, "")
	address := flags.String("serve", "", "")
	load := flags.String("load", "", "")
	org := flags.String("organization", "openedx", "")
	config := flags.String("config", "", "")
	if err := flags.Parse(p.Args); err != nil {
		if err == flag.ErrHelp {
			fmt.Fprint(p.Stdout, help)
			return action.ExitOK
		}
		fmt.Fprintf(p.Stderr, "advisory-reminders demo: %v; demo -h lists the flags\n", err)
		return action.ExitUsage
	}
	if mistake := misuse(flags, *load); mistake != "" {
		fmt.Fprintln(p.Stderr, "advisory-reminders demo:", mistake)
		return action.ExitUsage
	}
	if err := runAndShow(ctx, p, *dir, *load, *org, *config, *open, *address); err != nil {
		if errors.Is(err, context.Canceled) {
			fmt.Fprintln(p.Stderr, "stopped")
			return action.ExitFailed
		}
		fmt.Fprintln(p.Stderr, "advisory-reminders demo:", err)
		return action.ExitFailed
	}
	return action.ExitOK
}

// runAndShow runs the demo, and then opens and serves its page, as asked for.
func runAndShow(ctx context.Context, p action.Process, dir, load, org, config string, open bool, address string) error {
	var l net.Listener
	var err error
	if address != "" {
		if l, err = listen(address); err != nil {
			return err
		}
		defer l.Close()
	}
	if err := run(ctx, p, dir, load, org, config); err != nil {
		return err
	}
	page, err := pageURL(dir)
	if err != nil {
		return err
	}
	if l == nil {
		showIf(open, p, page)
		return nil
	}
	go showIf(open, p, served(l))
	return serve(ctx, l, dir, p.Stdout)
}

// showIf opens the page, if that is asked for. Where it can't be opened, it is there
// all the same.
func showIf(open bool, p action.Process, page string) {
	if !open {
		return
	}
	if err := show(p.Getenv, page); err != nil {
		fmt.Fprintln(p.Stderr, "advisory-reminders demo:", err)
	}
}

// misuse says what is wrong with the command line, or nothing.
func misuse(flags *flag.FlagSet, load string) (mistake string) {
	if flags.NArg() > 0 {
		return fmt.Sprintf("%q is not a flag, and there are no other arguments (see -h)", flags.Arg(0))
	}
	flags.Visit(func(f *flag.Flag) {
		if load == "" && (f.Name == "config" || f.Name == "organization") {
			mistake = fmt.Sprintf("-%s goes with -load alone", f.Name)
		}
	})
	return mistake
}

func run(ctx context.Context, p action.Process, dir, load, org, config string) error {
	start := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	world, home, settings := sandbox.Demo(start), sandbox.DemoRepository, demoConfig
	if load != "" {
		var err error
		if world, err = sandbox.Load(load, org); err != nil {
			return err
		}
		start = time.Now().UTC().Truncate(24 * time.Hour)
		home = world.AddWorkflowRepository(org)
		settings = ""
		if config != "" {
			text, err := os.ReadFile(config)
			if err != nil {
				return fmt.Errorf("read the configuration: %w", err)
			}
			settings = string(text)
		}
	}
	if err := checkFolder(dir); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	services, err := sandbox.Start(world, home)
	if err != nil {
		return err
	}
	defer services.Close()
	services.GitHub.ShowPagesAt("https://github.example.org")
	requests := 0

	w := World{
		Start: start,
		End:   start.AddDate(0, months, 0),
		Advance: func(t time.Time) []string {
			var words []string
			for _, e := range world.Advance(t) {
				words = append(words, e.What)
			}
			return words
		},
		SetTime: world.SetTime,
		Env: func() map[string]string {
			env := services.Env()
			env["INPUT_CONFIG-TEXT"] = settings
			return env
		},
		GitHubRequests: func() int {
			requests += len(services.GitHub.Requests())
			services.GitHub.ResetRequests()
			return requests
		},
		Slack:  services.Slack,
		Mail:   services.Mail,
		Drafts: func() []Draft { return drafts(world) },
		People: func() []Person {
			return append(people(world), Person{Login: "wg-docs.campus", Name: "wg-docs.campus", Emails: []string{"docs@campus.example.org"}})
		},
		Organization: world.Organizations[0].Name,
	}
	return Run(ctx, Options{
		Program:  program(p),
		World:    w,
		Out:      p.Stdout,
		Progress: p.Stderr,
		Terminal: isTerminal(p.Stdout) && isTerminal(p.Stderr),
		Width:    columnsOf(p.Stdout),
		NoColor:  p.Getenv("NO_COLOR") != "",
		Dir:      dir,
		Seed:     60, // of OEP-60
	})
}

// program is the program as the Actions runner starts it.
func program(p action.Process) Program {
	return func(ctx context.Context, env map[string]string, stdout, stderr io.Writer) int {
		return action.Main(ctx, action.Process{
			Getenv: func(k string) string { return env[k] },
			// The sandbox takes a few messages at once, as Slack does.
			SlackPace: time.Millisecond,
			Stdout:    stdout,
			Stderr:    stderr,
		})
	}
}

// people lists everybody in a world, with how they are reached.
func people(w *sandbox.World) []Person {
	w.Lock()
	defer w.Unlock()
	teams := make(map[string]string) // the first team of each login
	for _, o := range w.Organizations {
		for _, t := range o.Teams {
			for _, login := range t.Members {
				if teams[login] == "" {
					teams[login] = t.Name
				}
			}
		}
	}
	var list []Person
	for i, u := range w.Users {
		p := Person{Login: u.Login, Name: u.Name, Detail: teams[u.Login], SlackID: sandbox.SlackID(i)}
		if u.Email != "" {
			p.Emails = append(p.Emails, u.Email)
		}
		for addresses := range maps.Values(u.Addresses) {
			p.Emails = append(p.Emails, addresses...)
		}
		list = append(list, p)
	}
	return list
}

// drafts lists the drafts of a world with their discussions.
func drafts(w *sandbox.World) []Draft {
	w.Lock()
	defer w.Unlock()
	var list []Draft
	for _, a := range w.Advisories {
		_, name, _ := strings.Cut(a.Repository, "/")
		d := Draft{ID: a.ID, Repository: name, Collaborators: slices.Concat(a.CollaboratingTeams, a.CollaboratingUsers)}
		for _, c := range a.Comments {
			d.Comments = append(d.Comments, *c)
		}
		list = append(list, d)
	}
	return list
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// columnsOf returns how wide a terminal is, and 0 for other files.
func columnsOf(w io.Writer) int {
	f, ok := w.(*os.File)
	if !ok {
		return 0
	}
	n, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return n
}

// demoConfig is the configuration of the demo's organization.
const demoConfig = `# The configuration of the demo's organization.
timezone: Europe/Berlin
contacts:
  group:wg-docs.campus: {email: docs@campus.example.org}
  user:tomas-novak: {slack: U00000007} # prefers Slack
  user:noor-haddad: {slack: U00000013}
channels: [email, slack, thread]
access: owners
quiet-after-answer: {monthly: 2w, quarterly: 4w}
working-group: group:security-working-group
on-duty: {rotation: [user:julia-hartmann, user:amara-okafor], since: 2026-06-01, every: 1w}
messages:
  organization: Open Campus
  working-group: Open Campus Security Working Group
  contact: security@campus.example.org
`
