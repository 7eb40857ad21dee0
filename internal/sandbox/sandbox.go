// Package sandbox is a small world on loopback: a GitHub, a Slack and a mail
// server that answer as the real ones do, as far as this program asks them. The
// demo shows the program in it, and the tests of whole runs live in it. Each has a
// package of its own below; here they come together under one vocabulary.
package sandbox

import (
	"time"

	"github.com/openedx/advisory-reminders/internal/sandbox/github"
	"github.com/openedx/advisory-reminders/internal/sandbox/load"
	"github.com/openedx/advisory-reminders/internal/sandbox/mail"
	"github.com/openedx/advisory-reminders/internal/sandbox/slack"
)

// What GitHub holds.
type (
	World         = github.World
	Organization  = github.Organization
	Team          = github.Team
	User          = github.User
	Repository    = github.Repository
	Advisory      = github.Advisory
	Vulnerability = github.Vulnerability
	Credit        = github.Credit
	Event         = github.Event
	Token         = github.Token
	Request       = github.Request
	GitHub        = github.Server
	Discussions   = github.Discussions
	Comment       = github.Comment
	Issue         = github.Issue
)

// The tokens of GitHub that Env uses.
const (
	FullToken     = github.FullToken
	WorkflowToken = github.WorkflowToken
)

// StartGitHub serves a world.
func StartGitHub(w *World) (*GitHub, error) { return github.Start(w) }

// Load reads a world from files of a real organization.
func Load(dir, org string) (*World, error) { return load.Load(dir, org) }

// What Slack holds.
type (
	Slack        = slack.Server
	SlackChannel = slack.Channel
	SlackUser    = slack.User
	SlackMessage = slack.Message
)

// SlackBot is the member id of the bot.
const SlackBot = slack.Bot

// StartSlack starts a Slack by a clock.
func StartSlack(now func() time.Time) (*Slack, error) { return slack.Start(now) }

// What a mail server holds, and how it is broken.
type (
	Mail         = mail.Mail
	MailServer   = mail.Server
	MailOptions  = mail.Options
	MailSecurity = mail.Security
	MailAnswer   = mail.Answer
	MailFault    = mail.Fault
	MailStep     = mail.Step
	MailLimit    = mail.Limit
)

// The constants of mail.
const (
	MailPlain       = mail.Plain
	MailStartTLS    = mail.StartTLS
	MailTLS         = mail.TLS
	MailDropBefore  = mail.DropBefore
	MailDropKept    = mail.DropKept
	MailAtHello     = mail.AtHello
	MailAtLogin     = mail.AtLogin
	MailAtSender    = mail.AtSender
	MailAtRecipient = mail.AtRecipient
	MailAtData      = mail.AtData
)

// StartMail starts a mail server by a clock.
func StartMail(now func() time.Time, o MailOptions) (*MailServer, error) { return mail.Start(now, o) }

// ParseMail reads a message.
func ParseMail(data []byte) Mail { return mail.Parse(data) }

// MailRefuse answers RCPT TO of addresses with a code.
func MailRefuse(code int, addresses ...string) MailFault { return mail.Refuse(code, addresses...) }

// MailRefuseAll answers every RCPT TO with a code and a text.
func MailRefuseAll(code int, text string) MailFault { return mail.RefuseAll(code, text) }
