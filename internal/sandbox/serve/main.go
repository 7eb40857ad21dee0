// Command serve runs the sandbox's GitHub, Slack and mail server on loopback,
// and writes the environment of a workflow run that uses them to a file, in
// lines of KEY=value. The program can then be tried step by step against them,
// with no account anywhere:
//
//	go run ./internal/sandbox/serve -env /tmp/sandbox.env
//
// and in a second terminal
//
//	env $(cat /tmp/sandbox.env) go run ./cmd/advisory-reminders run -dry-run
//
// or, on Linux, the image:
//
//	docker run --rm --network host --env-file /tmp/sandbox.env IMAGE run -dry-run
//
// No value in the file holds a space or a line's end. SANDBOX_INBOX is none of
// the action's: it is an address that shows all mail, messages and comments that
// were received; mails and messages below it list one a line, between tabs.
//
// The token is that of an owner of the organization. With -app it is that of an
// app with these permissions, to see what a check says of too few:
//
//	go run ./internal/sandbox/serve -env /tmp/sandbox.env -app repository_advisories=write,contents=read,members=read
//
// All runs with that environment are one workflow run's: a second one is a re-run
// of it. Another GITHUB_RUN_ID makes it another.
//
// Without -now, the world's clock is the machine's. With it, it starts at that
// time, and the environment asks for a run at that time, too (INPUT_AS-OF).
//
// It runs until SIGINT or SIGTERM. Where its standard input is a pipe, the end
// of that ends it as well, so that it does not outlive a script that started
// it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/openedx/advisory-reminders/internal/sandbox"
	"github.com/openedx/advisory-reminders/internal/wholefile"
)

const appToken = "sandbox-app-token"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if isPipe(os.Stdin) {
		ctx = untilEnd(ctx, os.Stdin)
	}
	switch err := serve(ctx, os.Args[1:], os.Stdout, os.Stderr); {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "serve:", err)
		os.Exit(1)
	}
}

// options are the flags.
type options struct {
	env, roots         string // files to write
	now                time.Time
	load, organization string
	visibility         string
	security           sandbox.MailSecurity
	app                map[string]string // permissions; nil: the token is an owner's
	installed          []string          // names of repositories; nil: all
}

// serve starts everything, writes the files, and waits for the context's end.
func serve(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, err := readOptions(args, stderr)
	if err != nil {
		return err
	}
	world, repository, err := o.world(time.Now())
	if err != nil {
		return err
	}
	services, err := sandbox.Start(world, repository)
	if err != nil {
		return err
	}
	defer services.Close()
	if o.security != sandbox.MailPlain {
		services.Mail.Close()
		if services.Mail, err = sandbox.StartMail(world.Now, sandbox.MailOptions{Security: o.security}); err != nil {
			return err
		}
	}
	in, err := startInbox(services)
	if err != nil {
		return err
	}
	defer in.Close()

	if o.roots != "" {
		if err := os.WriteFile(o.roots, services.Mail.RootsPEM, 0o644); err != nil {
			return fmt.Errorf("write the mail server's certificate: %w", err)
		}
	}
	// Whole or not at all, since a script may wait for the file.
	if err := wholefile.Write(o.env, []byte(lines(o.environment(services, in))), 0o644); err != nil {
		return fmt.Errorf("write the environment: %w", err)
	}
	fmt.Fprintf(stdout, "The sandbox runs. Its environment is in %s, and what it receives at %s\n", o.env, in.URL)
	<-ctx.Done()
	return nil
}

func readOptions(args []string, stderr io.Writer) (options, error) {
	var o options
	var now, security, app, installed string
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.env, "env", "", "file that the environment is written to")
	flags.StringVar(&now, "now", "", "day (YYYY-MM-DD) or RFC 3339 time at which the world's clock starts; default: the machine's clock")
	flags.StringVar(&o.load, "load", "", "folder with catalog/REPOSITORY/{catalog-info.yaml,CODEOWNERS} and advisories/*.json, to serve in place of the made-up organization")
	flags.StringVar(&o.organization, "organization", "openedx", "with -load: login of its organization")
	flags.StringVar(&o.visibility, "visibility", "private", "public, private or internal: of the repository that runs the workflow")
	flags.StringVar(&security, "smtp-security", "none", "starttls, tls or none")
	flags.StringVar(&app, "app", "", "permissions of the app whose token the environment has, such as repository_advisories=write,contents=read,members=read; default: an owner's token")
	flags.StringVar(&installed, "installed", "", "with -app: names of the repositories, by comma, that the app is installed on; default: all")
	flags.StringVar(&o.roots, "roots", "", "with -smtp-security: file that the certificate is written to which a client has to trust, such as by SSL_CERT_FILE")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("%q is not a flag, and there are no other arguments (see -h)", flags.Arg(0))
	}
	o.security = sandbox.MailSecurity(security)
	var err error
	o.now, err = parseTime(now)
	if err != nil {
		return o, errors.New("-now is neither a day (YYYY-MM-DD) nor an RFC 3339 time")
	}
	if o.app, err = permissions(app); err != nil {
		return o, err
	}
	if installed != "" {
		o.installed = strings.Split(installed, ",")
	}
	set := make(map[string]bool)
	flags.Visit(func(f *flag.Flag) { set[f.Name] = true })
	return o, o.check(set["organization"])
}

// permissions reads those of an app; of nothing they are nil.
func permissions(list string) (map[string]string, error) {
	if list == "" {
		return nil, nil
	}
	levels := make(map[string]string)
	for permission := range strings.SplitSeq(list, ",") {
		name, level, ok := strings.Cut(permission, "=")
		if !ok || name == "" || level != "read" && level != "write" {
			return nil, errors.New("-app is no list such as repository_advisories=write,members=read")
		}
		levels[name] = level
	}
	return levels, nil
}

// check says which flags do not go together, or are none of the values that there are.
func (o options) check(organization bool) error {
	switch {
	case o.env == "":
		return errors.New("-env is missing: name the file for the environment")
	case o.app == nil && o.installed != nil:
		return errors.New("-installed goes with -app alone")
	case o.load == "" && organization:
		return errors.New("-organization goes with -load alone")
	case !slices.Contains([]string{"public", "private", "internal"}, o.visibility):
		return errors.New("-visibility is none of public, private, internal")
	case !slices.Contains([]sandbox.MailSecurity{sandbox.MailPlain, sandbox.MailStartTLS, sandbox.MailTLS}, o.security):
		return errors.New("-smtp-security must be starttls, tls or none")
	case o.roots != "" && o.security == sandbox.MailPlain:
		return errors.New("-roots goes with -smtp-security alone")
	}
	return nil
}

// parseTime reads a day, in UTC, or a time. Of nothing it is the zero time.
func parseTime(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		return t, nil
	}
	return time.Parse(time.RFC3339, s)
}

// world makes the world, and returns the repository that runs the workflow.
// The machine's time sets its clock where no flag does.
func (o options) world(machine time.Time) (*sandbox.World, string, error) {
	now := o.now
	if now.IsZero() {
		now = machine
	}
	var world *sandbox.World
	repository := sandbox.DemoRepository
	if o.load == "" {
		world = sandbox.Demo(now.UTC().Truncate(24 * time.Hour))
	} else {
		var err error
		if world, err = sandbox.Load(o.load, o.organization); err != nil {
			return nil, "", err
		}
		repository = world.AddWorkflowRepository(o.organization)
	}
	world.Repository(repository).Visibility = o.visibility
	world.Tokens[sandbox.WorkflowToken].Issues = []string{repository} // as the example for GitHub alone gives its own
	if o.app != nil {
		organization, _, _ := strings.Cut(repository, "/")
		var installed []string
		for _, name := range o.installed {
			if world.Repository(organization+"/"+name) == nil {
				return nil, "", fmt.Errorf("-installed: there is no repository %q in %s", name, organization)
			}
			installed = append(installed, organization+"/"+name)
		}
		world.Tokens[appToken] = world.Installation(organization, installed, o.app)
	}
	world.Advance(now)
	return world, repository, nil
}

// environment is that of a workflow run.
func (o options) environment(s *sandbox.Services, in *inbox) map[string]string {
	env := s.Env()
	env["INPUT_EMAIL-FROM"] = sandbox.SenderAddress // without a name: no value holds a space
	env["INPUT_SMTP-SECURITY"] = string(o.security)
	if o.app != nil {
		env["INPUT_TOKEN"] = appToken
	}
	env["SANDBOX_INBOX"] = in.URL
	if !o.now.IsZero() {
		env["INPUT_AS-OF"] = o.now.Format(time.RFC3339)
	}
	return env
}

// lines are an environment's lines, by key.
func lines(env map[string]string) string {
	var b strings.Builder
	for _, key := range slices.Sorted(maps.Keys(env)) {
		fmt.Fprintf(&b, "%s=%s\n", key, env[key])
	}
	return b.String()
}

// isPipe reports whether a file is a pipe or a socket. A terminal is not: who
// starts the program there in the background would find it stopped as soon as
// it reads.
func isPipe(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&(os.ModeNamedPipe|os.ModeSocket) != 0
}

// untilEnd returns a context that ends with its parent, or with the input.
func untilEnd(parent context.Context, input io.Reader) context.Context {
	ctx, cancel := context.WithCancel(parent)
	go func() {
		io.Copy(io.Discard, input)
		cancel()
	}()
	return ctx
}
