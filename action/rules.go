package action

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/check"
	"github.com/openedx/advisory-reminders/internal/ledger"
	"github.com/openedx/advisory-reminders/internal/notify/email"
	"github.com/openedx/advisory-reminders/internal/transport"
)

// parseInputs checks all values, and returns every mistake at once, in the order of
// the inputs.
func parseInputs(v map[string]string, env environment) (Inputs, check.Mistakes) {
	var wrong check.Mistakes
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
		if r := i.rule; r.form != nil && (v[i.name] != "" || i.value != "") && !r.form(v[i.name]) {
			wrong = append(wrong, check.Mistake{Place: "input " + i.name, Detail: r.wrong, Do: r.fix})
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
		lack := "is missing, although smtp-password is set"
		if in.SMTP.Username != "" {
			lack = "is set, and smtp-password is missing (a secret that does not exist is empty)"
		}
		is("smtp-username", lack)
	}
	if in.SMTP.Server == "" {
		for _, i := range inputs {
			if v[i.name] != "" && (i.part == ofMail && i.value == "" || i.name == "report-email") {
				is(i.name, "needs smtp-server")
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

// separates reports whether a character stands between the entries of a list.
func separates(r rune) bool { return r == ',' || unicode.IsSpace(r) }

// wrongInPublic are the mistakes about what may hold the names of advisories, which
// for the most part are mistakes in a public repository alone.
func (s settings) wrongInPublic() check.Mistakes {
	var wrong check.Mistakes
	if s.out.public && s.in.IssueAtHome {
		detail := "the repository that runs the workflow is not private, and the report names undisclosed vulnerabilities: name another repository, owner/name, that is private"
		if s.out.unknown {
			detail = "GitHub did not tell ledger-token whether the repository that runs the workflow is private, so no report goes to its issues: see whether the token is right, and whether GitHub can be reached"
		}
		wrong = append(wrong, check.Mistake{Place: "input report-issue", Detail: detail})
	}
	wrong = append(wrong, s.wrongReportFile()...)
	switch {
	case !s.out.public, s.in.Ledger != "branch", s.in.LedgerKey != nil, s.wrong.At("input ledger-key"), s.in.SendAllTo != "":
	case s.out.unknown:
		wrong = append(wrong, check.Mistake{Place: "input ledger-token", Detail: "could not find out whether this repository is private, so it is treated as public and ledger-key is required: check the token and GitHub's status"})
	default:
		wrong = append(wrong, check.Mistake{Place: "input ledger-key", Detail: "is missing: the ledger is on a branch of a repository that is not private, and has to be encrypted. If the repository was private before, that branch, its history and the logs of earlier runs can be read by everybody now"})
	}
	return wrong
}
