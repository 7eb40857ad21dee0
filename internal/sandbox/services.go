package sandbox

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/openedx/advisory-reminders/internal/sandbox/github"
	"github.com/openedx/advisory-reminders/internal/sandbox/mail"
	"github.com/openedx/advisory-reminders/internal/sandbox/slack"
)

// Tokens and addresses that Env uses beside those of GitHub.
const (
	SlackToken    = "xoxb-sandbox-token"
	ReportChannel = "security-wg"
	SenderAddress = "security-reminders@example.org"
)

// Services are a world's GitHub, its Slack and its mail server, all of them on
// loopback and by the world's clock.
type Services struct {
	World  *World
	GitHub *GitHub
	Slack  *Slack
	Mail   *MailServer

	// Repository is the private repository that runs the workflow, owner/name.
	Repository string
}

// Start starts the services of a world. Slack has a private channel for the
// report, and knows everybody in the world who has an address, by that.
func Start(w *World, repository string) (*Services, error) {
	s := &Services{World: w, Repository: repository}
	var err error
	if s.GitHub, err = github.Start(w); err != nil {
		return nil, err
	}
	if s.Slack, err = slack.Start(w.Now); err != nil {
		s.Close()
		return nil, err
	}
	if s.Mail, err = mail.Start(w.Now, MailOptions{}); err != nil {
		s.Close()
		return nil, err
	}
	s.Slack.AddToken(SlackToken, "chat:write", "users:read.email", "users:read", "groups:read", "channels:read")
	s.Slack.AddChannel(SlackChannel{ID: "C0SECURITY", Name: ReportChannel, Private: true, Members: []string{SlackBot}})
	s.Slack.AddChannel(SlackChannel{ID: "C0GENERAL0", Name: "general", Members: []string{SlackBot}})
	w.Lock()
	defer w.Unlock()
	for i, u := range w.Users {
		if addresses := allAddresses(u); len(addresses) > 0 {
			s.Slack.AddUser(SlackUser{ID: SlackID(i), Name: strings.ToLower(u.Login), RealName: u.Name, Email: addresses[0]})
		}
	}
	return s, nil
}

// Close stops all services.
func (s *Services) Close() error {
	var err error
	if s.GitHub != nil {
		err = s.GitHub.Close()
	}
	if s.Slack != nil {
		s.Slack.Close()
	}
	if s.Mail != nil {
		s.Mail.Close()
	}
	return err
}

// Env is the environment of a workflow run in the repository, as the runner
// gives it to a container action whose inputs name the services. Callers may
// change it.
func (s *Services) Env() map[string]string {
	owner, _, _ := strings.Cut(s.Repository, "/")
	return map[string]string{
		"GITHUB_ACTIONS":          "true",
		"GITHUB_API_URL":          s.GitHub.APIURL(),
		"GITHUB_GRAPHQL_URL":      s.GitHub.GraphQLURL(),
		"GITHUB_SERVER_URL":       s.GitHub.ServerURL(),
		"GITHUB_REPOSITORY":       s.Repository,
		"GITHUB_REPOSITORY_OWNER": owner,
		"GITHUB_REPOSITORY_ID":    fmt.Sprint(s.World.Repository(s.Repository).Number()),
		"GITHUB_RUN_ID":           "1",
		"GITHUB_RUN_ATTEMPT":      "1",
		"GITHUB_JOB":              "remind",
		"INPUT_TOKEN":             FullToken,
		"INPUT_LEDGER-TOKEN":      WorkflowToken,
		"INPUT_SLACK-API-URL":     s.Slack.URL,
		"INPUT_SLACK-TOKEN":       SlackToken,
		"INPUT_SLACK-CHANNEL":     ReportChannel,
		"INPUT_SMTP-SERVER":       s.Mail.Host,
		"INPUT_SMTP-PORT":         strconv.Itoa(s.Mail.Port),
		"INPUT_SMTP-SECURITY":     "none",
		"INPUT_EMAIL-FROM":        "Security Reminders <" + SenderAddress + ">",
	}
}

// SlackID returns the Slack member id of the user at an index of World.Users.
func SlackID(index int) string { return fmt.Sprintf("U%08d", index+1) }

// allAddresses returns every address of a user, the public one first.
func allAddresses(u *User) []string {
	var all []string
	if u.Email != "" {
		all = append(all, u.Email)
	}
	for _, addresses := range u.Addresses {
		all = append(all, addresses...)
	}
	return all
}
