package action

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/mail"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/check"
	"github.com/openedx/advisory-reminders/internal/ledger"
	"github.com/openedx/advisory-reminders/internal/notify/email"
	"github.com/openedx/advisory-reminders/internal/spelling"
	"github.com/openedx/advisory-reminders/internal/transport"
)

// Inputs are the action's inputs, parsed.
type Inputs struct {
	Token         string
	Organization  string
	Repositories  []advisory.Repository
	Config        string
	ConfigText    string
	ConfigDefault bool // Config is the default, so that the file may be missing
	Check         bool
	DryRun        bool
	Messages      bool   // a preview on a terminal shows each message in full
	DryIgnored    bool   // dry-run was set beside check, which judges by what a live run needs
	AsOf          string // read once the time zone is known
	Force         bool
	Severities    []advisory.Severity
	SendAllTo     string // a mail address or a Slack member's id: gets everything, and nobody else anything

	SlackToken, SlackChannel, SlackWebhook, SlackAPI string

	SMTP        email.Config // the server, the login, From and ReplyTo
	ReportEmail string
	ReportFile  string
	ReportIssue advisory.Repository // whose issue takes the report; zero: none
	IssueAtHome bool                // it is the one that runs the workflow

	Ledger, LedgerBranch, LedgerToken string
	LedgerKey                         *ledger.Key // nil: not encrypted

	MaxRecipients int
}

const defaultConfig = ".github/advisory-reminders.yml"

// An input is one of the action's inputs, and a flag of the command run.
type input struct {
	name    string
	value   string // the default
	secret  bool
	boolean bool
	about   string

	// form reports whether a value is of the right form; nil: every one is. An empty
	// one is asked about only where the default is not empty.
	form  func(value string) bool
	wrong string // what is said of a value that is not
	fix   string // and what to do about it
}

// inputs are all of them, in the order of action.yml.
var inputs = []input{
	{name: "token", secret: true, about: "reads advisories, repositories, teams and members; outside Actions the variable GITHUB_TOKEN gives it too"},
	{name: "organization", about: "whose drafts are listed; default: the owner of the repository that runs the workflow"},
	{name: "repositories", about: "owner/name, by comma, space or line: these alone"},
	{name: "config", value: defaultConfig, about: "the configuration file"},
	{name: "config-text", secret: true, about: "the configuration as YAML text, instead of a file"},
	{name: "check", value: "false", boolean: true, about: "check the set-up without sending anything, as the command check does", form: isBoolean, wrong: "is neither true nor false", fix: "set it to true or false"},
	{name: "dry-run", value: "false", boolean: true, about: "do everything but the sending and the ledger, and show what would be sent", form: isBoolean, wrong: "is neither true nor false", fix: "set it to true or false"},
	{name: "as-of", about: "preview as of a time: RFC 3339, or YYYY-MM-DD; needs dry-run"},
	{name: "force", value: "false", boolean: true, about: "remind of every scored, unsnoozed draft now", form: isBoolean, wrong: "is neither true nor false", fix: "set it to true or false"},
	{name: "severities", about: "send reminders of these severities only"},
	{name: "slack-token", secret: true, about: "bot token, for the report and direct messages", form: slackToken.MatchString, wrong: "is not a bot token, which begins with xoxb- (xoxp- is a person's, xapp- an app-level one, xoxe- one to refresh others)", fix: "set it to the app's Bot User OAuth Token"},
	{name: "slack-channel", about: "id or name of the report's channel", form: slackChannel.MatchString, wrong: "is neither the id nor the name of a channel", fix: "set it to the channel's id, such as C012AB3CD"},
	{name: "slack-webhook-url", secret: true, about: "incoming webhook or workflow trigger for the report, where there is no bot token", form: transport.Secure, wrong: "is not an https address", fix: "set it to an address that begins with https://"},
	{name: "slack-api-url", value: "https://slack.com/api/", about: "the API of another Slack cloud", form: transport.Secure, wrong: "is not an https address", fix: "set it to an address that begins with https://"},
	{name: "smtp-server", about: "host name of the mail server", form: isHost, wrong: "is not a host name (the port is smtp-port)", fix: "set it to the server's name alone, such as smtp.example.org"},
	{name: "smtp-port", about: "default: 587 for starttls, 465 for tls, 25 for none", form: isPort, wrong: "is not a port number", fix: "set it to a number from 1 to 65535, or leave it out"},
	{name: "smtp-security", value: "starttls", about: "starttls, tls, or none (loopback only)", form: isSecurity, wrong: "must be starttls, tls or none", fix: "set it to starttls, tls or none"},
	{name: "smtp-username", about: "login at the mail server"},
	{name: "smtp-password", secret: true, about: "password at the mail server, or an access token where smtp-auth is xoauth2"},
	{name: "smtp-auth", value: "auto", about: "auto, the strongest of SCRAM, CRAM-MD5, PLAIN and LOGIN that the server offers, or xoauth2", form: isAuth, wrong: "must be auto or xoauth2", fix: "set it to auto or xoauth2"},
	{name: "smtp-hello", about: "name given in EHLO; default: the domain of email-from", form: helloForm.MatchString, wrong: "is not a host name, such as mail.example.org, nor an address in brackets, such as [192.0.2.1]", fix: "set it to the public name of this machine, or leave it out"},
	{name: "email-from", about: "sender of all mail", form: isAddress, wrong: "is not a mail address", fix: "set it to an address, such as security@example.org"},
	{name: "email-reply-to", about: "where answers go", form: isAddress, wrong: "is not a mail address", fix: "set it to an address, such as security@example.org"},
	{name: "report-email", about: "addresses for the report, by comma", form: areAddresses, wrong: "is not a list of mail addresses", fix: "set it to addresses, with commas between them"},
	{name: "report-issue", value: "false", about: "the report as an issue: true, of the private repository that runs the workflow, by ledger-token; or owner/name of another private repository, by token", form: isIssue, wrong: "must be true, false or owner/name", fix: "set it to true, false or owner/name"},
	{name: "report-file", about: "the report as JSON, a path in the workspace; in a private repository only"},
	{name: "ledger", value: "branch", about: "branch, or the path of a file"},
	{name: "ledger-branch", value: "advisory-reminders-ledger", about: "the ledger's branch in the repository that runs the workflow"},
	{name: "ledger-token", secret: true, about: "writes the ledger's branch; default: the workflow's own token"},
	{name: "ledger-key", secret: true, about: "secrets of 32 characters or more, one a line: the first seals the ledger, any of them opens it; a public repository needs one"},
	{name: "max-recipients", value: "100", about: "a run that would write to more people who were never told before tells none of these; 0 lifts that", form: isCount, wrong: "is not a whole number from 0 up", fix: "set it to a whole number, such as 100"},
	{name: "send-all-to", about: "a live try: a mail address or a Slack member's id that gets everything, and nobody else anything", form: isOne, wrong: "is neither a mail address nor the id of a Slack member, such as U012AB3CD", fix: "set it to your mail address, or to your member id in Slack"},
}

// messagesFlag is a flag of the command run alone, and no input: in Actions the log
// folds the messages.
const (
	messagesFlag  = "messages"
	aboutMessages = "with dry-run: show each message and the report in full"
)

// An environment is what the runner says of itself.
type environment struct {
	actions      bool   // in GitHub Actions
	owner        string // of the repository that runs the workflow
	repository   string // the one that runs the workflow
	repositoryID int64  // its number; 0: not known
	apiURL       string
	graphqlURL   string
	serverURL    string
	runID, job   string
	event        string // that started the workflow
	attempt      int
	claim        time.Duration // how long claims live, in tests; 0: the usual
	workspace    string
	grid         time.Duration // run.GridLength, or shorter for a test
	defaultToken string        // GITHUB_TOKEN, for the command line only
	wrong        mistakes
}

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
	truth := make(map[string]*bool)
	for _, in := range inputs {
		if in.boolean {
			truth[in.name] = fs.Bool(in.name, false, in.about)
		} else {
			text[in.name] = fs.String(in.name, in.value, in.about)
		}
	}
	if !p.check {
		truth[messagesFlag] = fs.Bool(messagesFlag, false, aboutMessages)
	}
	if err := fs.Parse(p.Args); errors.Is(err, flag.ErrHelp) {
		commandUsage(p.Stdout, command)
		return nil, err
	} else if err != nil {
		at := len(p.Args) - fs.NArg()
		return nil, mistakes{{Place: fmt.Sprintf("argument %d%s", at, quoted(p, p.Args[at-1])), Detail: wrongFlag(err) + "; " + cmp.Or(meantFlag(p, err), command+" -h lists the flags")}}
	}
	if fs.NArg() > 0 {
		return nil, mistakes{{Place: fmt.Sprintf("argument %d", len(p.Args)-fs.NArg()+1), Detail: "is not a flag; " + aboutWord(p, command, fs)}}
	}
	values := make(map[string]string)
	for _, in := range inputs {
		values[in.name] = in.value
		if v := fromEnvironment(in.name); v != "" {
			values[in.name] = v
		}
	}
	fs.Visit(func(f *flag.Flag) {
		if b := truth[f.Name]; b != nil {
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

// parseInputs checks all values, and returns every mistake at once, in the order of
// the inputs.
func parseInputs(v map[string]string, env environment) (Inputs, mistakes) {
	var wrong mistakes
	is := func(name, detail string) {
		wrong = append(wrong, check.Mistake{Place: "input " + name, Detail: detail})
	}
	const noToken = "is not an https address: no token is sent there"
	if !transport.Secure(env.apiURL) {
		wrong = append(wrong, check.Mistake{Place: "GITHUB_API_URL", Detail: noToken})
	}
	if !transport.Secure(env.graphqlURL) && env.graphqlURL != graphqlBeside(env.apiURL) {
		wrong = append(wrong, check.Mistake{Place: "GITHUB_GRAPHQL_URL", Detail: noToken})
	}
	for _, i := range inputs {
		if i.form != nil && (v[i.name] != "" || i.value != "") && !i.form(v[i.name]) {
			wrong = append(wrong, check.Mistake{Place: "input " + i.name, Detail: i.wrong, Do: i.fix})
		}
	}
	in := Inputs{
		Token:         cmp.Or(v["token"], env.defaultToken),
		Organization:  v["organization"],
		Repositories:  entries(v, "repositories", advisory.ParseRepository, "entry %d is not of the form owner/name", is),
		Config:        v["config"],
		ConfigText:    v["config-text"],
		ConfigDefault: v["config"] == defaultConfig,
		Check:         isTrue(v["check"]),
		DryRun:        isTrue(v["dry-run"]),
		Messages:      isTrue(v[messagesFlag]),
		AsOf:          v["as-of"],
		Force:         isTrue(v["force"]),
		Severities:    entries(v, "severities", advisory.ParseSeverity, "entry %d is not one of critical, high, medium, low", is),
		SlackToken:    v["slack-token"],
		SlackChannel:  v["slack-channel"],
		SlackWebhook:  v["slack-webhook-url"],
		SlackAPI:      strings.TrimSuffix(v["slack-api-url"], "/") + "/",
		ReportEmail:   v["report-email"],
		ReportFile:    v["report-file"],
		Ledger:        v["ledger"],
		LedgerBranch:  v["ledger-branch"],
		LedgerToken:   cmp.Or(v["ledger-token"], env.defaultToken),
	}
	in.MaxRecipients, _ = strconv.Atoi(v["max-recipients"])
	in.source(env, is)
	in.command(env, is)
	if in.SlackChannel != "" && in.SlackToken == "" {
		is("slack-channel", "needs slack-token")
	}
	in.mail(v, is)
	in.issue(v["report-issue"], env, is)
	in.try(v["send-all-to"], is)
	in.ledger(v, env, is)
	place := func(m check.Mistake) int {
		return slices.IndexFunc(inputs, func(i input) bool { return m.Place == "input "+i.name })
	}
	slices.SortStableFunc(wrong, func(a, b check.Mistake) int { return place(a) - place(b) })
	if !in.DryRun && cmp.Or(in.SendAllTo, in.SlackChannel, in.SlackWebhook, in.ReportEmail) == "" && isFalse(v["report-issue"]) {
		wrong = append(wrong, check.Mistake{Place: "inputs slack-channel, slack-webhook-url, report-email, report-issue", Detail: "the report has nowhere to go: set slack-token and slack-channel, or slack-webhook-url, or report-email, or report-issue"})
	}
	return in, wrong
}

// organization returns whose messages are sent: the organization, or the owner of the
// repositories; empty where these have several.
func (in *Inputs) organization() string {
	login := in.Organization
	for i, r := range in.Repositories {
		if i > 0 && !strings.EqualFold(r.Owner, login) {
			return ""
		}
		login = r.Owner
	}
	return login
}

// say notes a mistake about an input.
type say func(name, detail string)

// entries reads the entries of a list, each once however often it is there. wrong is
// the format of what is said of one that can't be read, by its number.
func entries[T any](v map[string]string, name string, parse func(string) (T, bool), wrong string, is say) []T {
	var list []T
	seen := make(map[string]bool)
	for i, text := range strings.FieldsFunc(v[name], separates) {
		if seen[strings.ToLower(text)] {
			continue
		}
		seen[strings.ToLower(text)] = true
		entry, ok := parse(text)
		if !ok {
			is(name, fmt.Sprintf(wrong, i+1))
		}
		list = append(list, entry)
	}
	return list
}

// source says whose drafts are listed, and with which token.
func (in *Inputs) source(env environment, is say) {
	if in.Token == "" && env.actions {
		is("token", "is missing: give a token that can read the organization's draft advisories (in a workflow, a secret that does not exist is empty)")
	} else if in.Token == "" {
		is("token", "is missing: set the variable GITHUB_TOKEN to one that can read the draft advisories, such as the output of gh auth token")
	} else if strings.ContainsFunc(in.Token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		is("token", "holds a space or another character that no token has")
	}
	if len(in.Repositories) > 0 {
		in.Organization = "" // is each repository's owner
		return
	}
	in.Organization = cmp.Or(in.Organization, env.owner)
	if in.Organization == "" {
		is("organization", "is missing: name the organization, or some repositories")
	} else if !organizationForm.MatchString(in.Organization) {
		is("organization", "is not the login of an organization")
	}
}

// command says what is to be done.
func (in *Inputs) command(env environment, is say) {
	if in.ConfigText != "" && !in.ConfigDefault {
		is("config-text", "and config are both set: use one of them")
	}
	if in.AsOf != "" && !in.DryRun && !transport.Loopback(env.apiURL) {
		is("as-of", "is for previews: set dry-run too")
	}
	if in.Messages && !in.DryRun {
		is(messagesFlag, "is for previews: set dry-run too")
	}
	if in.Check {
		in.DryIgnored, in.DryRun = in.DryRun, false
	}
}

func (in *Inputs) mail(v map[string]string, is say) {
	port, _ := strconv.Atoi(v["smtp-port"])
	security := email.Security(strings.ToLower(v["smtp-security"]))
	in.SMTP = email.Config{
		Server:    v["smtp-server"],
		Port:      cmp.Or(port, security.Port()),
		Security:  security,
		Username:  v["smtp-username"],
		Password:  v["smtp-password"],
		Auth:      email.Auth(strings.ToLower(v["smtp-auth"])),
		LocalName: v["smtp-hello"],
		From:      v["email-from"],
		ReplyTo:   v["email-reply-to"],
	}
	if (in.SMTP.Username == "") != (in.SMTP.Password == "") {
		is("smtp-username", "and smtp-password: set both or neither")
	}
	if in.SMTP.Server == "" {
		for _, name := range []string{"smtp-port", "smtp-username", "smtp-password", "smtp-hello", "email-from", "email-reply-to", "report-email"} {
			if v[name] != "" {
				is(name, "needs smtp-server")
			}
		}
		return
	}
	if security == email.None && !transport.LoopbackHost(in.SMTP.Server) {
		is("smtp-security", "may be none for a server on this machine only")
	}
	if in.SMTP.Auth == email.XOAuth2 && in.SMTP.Username == "" {
		is("smtp-auth", "is xoauth2, which needs smtp-username, and an access token as smtp-password")
	}
	if in.SMTP.From == "" {
		is("email-from", "is missing: mail needs a sender")
	}
}

// issue says whose issue takes the report, and by which token it is written.
func (in *Inputs) issue(value string, env environment, is say) {
	home, ok := advisory.ParseRepository(env.repository)
	switch {
	case isFalse(value):
		return
	case !isTrue(value):
		in.ReportIssue, _ = advisory.ParseRepository(value) // its form was looked at
		in.IssueAtHome = ok && in.ReportIssue.Key() == home.Key()
	case !ok:
		is("report-issue", "is true, and nothing names the repository that runs the workflow: give owner/name of a private one")
	default:
		in.ReportIssue, in.IssueAtHome = home, true
	}
	if in.IssueAtHome && in.LedgerToken == "" {
		is("report-issue", "needs ledger-token, which writes the issue of the repository that runs the workflow")
	}
}

func (in *Inputs) ledger(v map[string]string, env environment, is say) {
	if v["ledger-key"] != "" {
		var err error
		if in.LedgerKey, err = ledger.NewKey(v["ledger-key"]); err != nil {
			is("ledger-key", err.Error())
		}
	}
	if in.Ledger != "branch" {
		if env.actions {
			is("ledger", "is a file, which would vanish with the action's container: use branch")
		}
		return
	}
	if !env.actions && !in.DryRun && in.SendAllTo == "" {
		is("ledger", "is missing: outside Actions a live run names the file that remembers what was sent")
	}
	if !branchForm.MatchString(in.LedgerBranch) || strings.Contains(in.LedgerBranch, "..") || strings.HasSuffix(in.LedgerBranch, ".lock") {
		is("ledger-branch", "is not the name of a branch")
	}
	if in.LedgerToken == "" && env.repository != "" && in.SendAllTo == "" {
		is("ledger-token", "is missing: the ledger's branch can't be read or written without one")
	}
}

var (
	organizationForm = regexp.MustCompile(`^[A-Za-z0-9](-?[A-Za-z0-9])*-?$`)
	slackToken       = regexp.MustCompile(`^(xoxe\.)?xoxb-[A-Za-z0-9.-]+$`) // the longer form expires
	slackMember      = regexp.MustCompile(`^[UW][A-Z0-9]{6,20}$`)
	slackChannel     = regexp.MustCompile(`^#?[^\s#<>&@]{1,80}$`)
	hostForm         = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$`)
	helloForm        = regexp.MustCompile(`^([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[A-Za-z0-9.:]+\])$`)
	branchForm       = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?(/[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?)*$`)
)

// separates reports whether a character stands between the entries of a list.
func separates(r rune) bool { return r == ',' || unicode.IsSpace(r) }

// isTrue reports whether a value is true in YAML's core schema, by which the runner
// goes, and isBoolean whether it is either.
func isTrue(s string) bool { return s == "true" || s == "True" || s == "TRUE" }

// isFalse reports whether a value is false likewise, or not set.
func isFalse(s string) bool { return s == "false" || s == "False" || s == "FALSE" || s == "" }

func isBoolean(s string) bool { return isTrue(s) || isFalse(s) }

func isIssue(s string) bool {
	_, ok := advisory.ParseRepository(s)
	return ok || isBoolean(s)
}

func isCount(s string) bool {
	n, err := strconv.Atoi(s)
	return err == nil && n >= 0
}

func isPort(s string) bool {
	n, err := strconv.Atoi(s)
	return err == nil && n >= 1 && n <= 65535
}

func isSecurity(s string) bool { return email.Security(strings.ToLower(s)).Port() != 0 }

func isAuth(s string) bool {
	a := email.Auth(strings.ToLower(s))
	return a == email.Auto || a == email.XOAuth2
}

// isOne reports whether everything may be sent there: to a person, not to a channel.
func isOne(s string) bool { return isAddress(s) || slackMember.MatchString(s) }

func isHost(s string) bool { return hostForm.MatchString(s) || net.ParseIP(s) != nil }

func isAddress(s string) bool {
	_, ok := email.ParseAddress(s)
	return ok
}

func areAddresses(s string) bool {
	list, err := mail.ParseAddressList(s)
	return err == nil && !slices.ContainsFunc(list, func(a *mail.Address) bool { return !isAddress(a.Address) })
}
