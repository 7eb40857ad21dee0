package action

import (
	"net"
	"net/mail"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/ledger"
	"github.com/openedx/advisory-reminders/internal/notify/email"
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

// A part is what an input is about. A mistake in one input keeps the service that its
// part is about from being asked; see settings.wrongIn.
type part int

// The parts.
const (
	ofSource part = iota + 1 // which drafts, and the right to see them
	ofConfiguration
	ofCommand
	ofBot         // Slack's
	ofSlackReport // where the report goes there
	ofMail
	ofReport // where it goes else
	ofLedger
)

// An input is one of the action's inputs, and a flag of the command run.
type input struct {
	name    string
	part    part
	value   string // the default
	secret  bool
	boolean bool
	about   string
	rule    rule
}

// A rule is what the value of an input has to be. One that is empty is asked about
// only where the default is not empty.
type rule struct {
	form  func(value string) bool // nil: everything is right
	wrong string                  // what is said of a value that is not of that form
	fix   string                  // and what to do about it
}

// The rules of several inputs.
var (
	truth   = rule{isBoolean, "is neither true nor false", "set it to true or false"}
	web     = rule{transport.Secure, "is not an https address", "set it to an address that begins with https://"}
	mailbox = rule{isAddress, "is not a mail address", "set it to an address, such as security@example.org"}
)

// inputs are all of them, in the order of action.yml.
var inputs = []input{
	{name: "token", part: ofSource, secret: true, about: "reads advisories, repositories, teams and members; outside Actions the variable GITHUB_TOKEN gives it too"},
	{name: "organization", part: ofSource, about: "whose drafts are listed; default: the owner of the repository that runs the workflow"},
	{name: "repositories", part: ofSource, about: "owner/name, by comma, space or line: these alone"},
	{name: "config", part: ofConfiguration, value: defaultConfig, about: "the configuration file"},
	{name: "config-text", part: ofConfiguration, secret: true, about: "the configuration as YAML text, instead of a file"},
	{name: "check", part: ofCommand, value: "false", boolean: true, rule: truth, about: "check the set-up without sending anything, as the command check does"},
	{name: "dry-run", part: ofCommand, value: "false", boolean: true, rule: truth, about: "do everything but the sending and the ledger, and show what would be sent"},
	{name: "as-of", part: ofCommand, about: "preview as of a time: RFC 3339, or YYYY-MM-DD; needs dry-run"},
	{name: "force", part: ofCommand, value: "false", boolean: true, rule: truth, about: "remind of every scored, unsnoozed draft now, whatever was sent before"},
	{name: "severities", part: ofCommand, about: "send reminders of these severities only"},
	{name: "slack-token", part: ofBot, secret: true, about: "bot token, for the report and direct messages", rule: rule{slackToken.MatchString, "is not a bot token, which begins with xoxb- (xoxp- is a person's, xapp- an app-level one, xoxe- one to refresh others)", "set it to the app's Bot User OAuth Token"}},
	{name: "slack-channel", part: ofSlackReport, about: "id or name of the report's channel", rule: rule{slackChannel.MatchString, "is neither the id nor the name of a channel", "set it to the channel's id, such as C012AB3CD"}},
	{name: "slack-webhook-url", part: ofSlackReport, secret: true, about: "incoming webhook or workflow trigger for the report, where there is no bot token", rule: web},
	{name: "slack-api-url", part: ofBot, value: "https://slack.com/api/", about: "the API of another Slack cloud", rule: web},
	{name: "smtp-server", part: ofMail, about: "host name of the mail server", rule: rule{isHost, "is not a host name (the port is smtp-port)", "set it to the server's name alone, such as smtp.example.org"}},
	{name: "smtp-port", part: ofMail, about: "default: 587 for starttls, 465 for tls, 25 for none", rule: rule{isPort, "is not a port number", "set it to a number from 1 to 65535, or leave it out"}},
	{name: "smtp-security", part: ofMail, value: "starttls", about: "starttls, tls, or none (loopback only)", rule: rule{isSecurity, "must be starttls, tls or none", "set it to starttls, tls or none"}},
	{name: "smtp-username", part: ofMail, about: "login at the mail server"},
	{name: "smtp-password", part: ofMail, secret: true, about: "password at the mail server, or an access token where smtp-auth is xoauth2"},
	{name: "smtp-auth", part: ofMail, value: "auto", about: "auto, the strongest of SCRAM, CRAM-MD5, PLAIN and LOGIN that the server offers, or xoauth2", rule: rule{isAuth, "must be auto or xoauth2", "set it to auto or xoauth2"}},
	{name: "smtp-hello", part: ofMail, about: "name given in EHLO; default: the domain of email-from", rule: rule{helloForm.MatchString, "is not a host name, such as mail.example.org, nor an address in brackets, such as [192.0.2.1]", "set it to the public name of this machine, or leave it out"}},
	{name: "email-from", part: ofMail, about: "sender of all mail", rule: mailbox},
	{name: "email-reply-to", part: ofMail, about: "where answers go", rule: mailbox},
	{name: "report-email", part: ofReport, about: "addresses for the report, by comma", rule: rule{areAddresses, "is not a list of mail addresses", "set it to addresses, with commas between them"}},
	{name: "report-issue", part: ofReport, value: "false", about: "the report as an issue: true, of the private repository that runs the workflow, by ledger-token; or owner/name of another private repository, by token", rule: rule{isIssue, "must be true, false or owner/name", "set it to true, false or owner/name"}},
	{name: "report-file", part: ofReport, about: "the report as JSON, a path in the workspace; in a private repository only"},
	{name: "ledger", part: ofLedger, value: "branch", about: "branch, or the path of a file"},
	{name: "ledger-branch", part: ofLedger, value: "advisory-reminders-ledger", about: "the ledger's branch in the repository that runs the workflow"},
	{name: "ledger-token", part: ofLedger, secret: true, about: "writes the ledger's branch; default: the workflow's own token"},
	{name: "ledger-key", part: ofLedger, secret: true, about: "secrets of 32 characters or more, one a line: the first seals the ledger, any of them opens it; a public repository needs one"},
	{name: "max-recipients", part: ofCommand, value: "100", about: "a run that would write to more people who were never told before tells none of these; 0 lifts that", rule: rule{isCount, "is not a whole number from 0 up", "set it to a whole number, such as 100"}},
	{name: "send-all-to", part: ofCommand, about: "a live try: a mail address or a Slack member's id that gets everything, and nobody else anything", rule: rule{isOne, "is neither a mail address nor the id of a Slack member, such as U012AB3CD", "set it to your mail address, or to your member id in Slack"}},
}

// What values look like.
var (
	organizationForm = regexp.MustCompile(`^[A-Za-z0-9](-?[A-Za-z0-9])*-?$`)
	slackToken       = regexp.MustCompile(`^(xoxe\.)?xoxb-[A-Za-z0-9.-]+$`) // the longer form expires
	slackMember      = regexp.MustCompile(`^[UW][A-Z0-9]{6,20}$`)
	slackChannel     = regexp.MustCompile(`^#?[^\s#<>&@]{1,80}$`)
	hostForm         = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$`)
	helloForm        = regexp.MustCompile(`^([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[A-Za-z0-9.:]+\])$`)
	branchForm       = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?(/[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?)*$`)
)

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
