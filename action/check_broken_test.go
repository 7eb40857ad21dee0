package action_test

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openedx/advisory-reminders/internal/sandbox"
)

// checkWorld is a world in which nothing is wrong, with two drafts.
func checkWorld() *sandbox.World {
	w := newWorld()
	w.Organization("acme").BasePermission = "none" // only the owner reads what is private
	w.Repository("acme/rocket").Roles = map[string]string{"team:rocketeers": "admin"}
	w.Repository("acme/wheel").Roles = map[string]string{"cleo": "admin"}
	draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -30))
	draft(w, "wheel", "high", wednesday.AddDate(0, -2, 0))
	return w
}

// ledgerTip is the commit that the ledger's branch is at, or nothing.
func (b *bench) ledgerTip() string {
	b.t.Helper()
	req, err := http.NewRequest(http.MethodGet, b.GitHub.APIURL()+"/repos/"+home+"/git/ref/heads/advisory-reminders-ledger", nil)
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+sandbox.FullToken+"-of-the-test")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	var ref struct{ Object struct{ SHA string } }
	if err := json.Unmarshal(text, &ref); err != nil {
		b.t.Fatal(err)
	}
	return ref.Object.SHA
}

// mailRefusesAll lets the mail server answer every RCPT TO so.
func mailRefusesAll(code int, text string) func(*testing.T, *bench, map[string]string) {
	return func(_ *testing.T, b *bench, _ map[string]string) { b.Mail.Break(sandbox.MailRefuseAll(code, text)) }
}

// row returns the lines of the table that begin with a finding and what it is
// about, each with its advice, as one text.
func row(table, finding, what string) string {
	var found []string
	in := false
	for line := range strings.Lines(table) {
		if !strings.HasPrefix(line, " ") {
			word, rest, _ := strings.Cut(line, " ")
			in = word == finding && strings.HasPrefix(strings.TrimSpace(rest)+" ", what+" ")
		}
		if in {
			found = append(found, strings.TrimSpace(line))
		}
	}
	return strings.Join(strings.Fields(strings.Join(found, " ")), " ")
}

// One thing is broken at a time: the check says which and what to do, sends
// nothing, and leaves the ledger as it is.
func TestCheckOfWhatIsBroken(t *testing.T) {
	t.Parallel()
	token := func(change func(*sandbox.Token)) func(*testing.T, *bench, map[string]string) {
		return func(_ *testing.T, b *bench, _ map[string]string) { change(b.World.Tokens[sandbox.FullToken]) }
	}
	input := func(name, value string) func(*testing.T, *bench, map[string]string) {
		return func(_ *testing.T, _ *bench, env map[string]string) { env["INPUT_"+name] = value }
	}
	ruled := func(types ...string) func(*testing.T, *bench, map[string]string) {
		return func(_ *testing.T, b *bench, _ map[string]string) {
			b.World.Repository(home).Rules = map[string][]string{"advisory-reminders-ledger": types}
		}
	}
	fileLedger := func(path string) func(*testing.T, *bench, map[string]string) {
		return func(t *testing.T, _ *bench, env map[string]string) {
			env["GITHUB_ACTIONS"], env["GITHUB_RUN_ID"] = "", ""
			env["INPUT_LEDGER"] = filepath.Join(t.TempDir(), path)
			if path == "ledger.json" {
				if err := os.WriteFile(env["INPUT_LEDGER"], []byte(`{"format":`), 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	mailAnswers := func(at sandbox.MailStep, code int) func(*testing.T, *bench, map[string]string) {
		return func(_ *testing.T, b *bench, _ map[string]string) {
			b.Mail.Break(func(step sandbox.MailStep, _ string) sandbox.MailAnswer {
				if step != at {
					return sandbox.MailAnswer{}
				}
				return sandbox.MailAnswer{Code: code}
			})
		}
	}
	for _, tt := range []struct {
		name          string
		fresh         bool // there is no ledger yet
		broken        func(t *testing.T, b *bench, env map[string]string)
		finding, what string
		detail, do    string
		status        int
		alone         bool // no other line speaks of owners, contacts or access
	}{
		{name: "fine-grained token of a member, who sees nothing", fresh: true,
			broken: token(func(k *sandbox.Token) {
				*k = sandbox.Token{Login: "cleo", Members: true, Emails: true, VerifiedEmails: true}
			}),
			finding: "UNKNOWN", what: "drafts", detail: "the list is empty: its user does not own acme", do: "owner or security manager"},
		{name: "fine-grained token of an owner, who sees nothing", fresh: true,
			broken:  token(func(k *sandbox.Token) { *k = sandbox.Token{Login: "dora", Members: true, Emails: true} }),
			finding: "UNKNOWN", what: "drafts", detail: "the list is empty: whether the token has the permission", do: "open a draft in some repository for a trial"},
		{name: "fine-grained token that can't ask for memberships", fresh: true,
			broken:  token(func(k *sandbox.Token) { *k = sandbox.Token{Login: "dora", Emails: true} }),
			finding: "UNKNOWN", what: "drafts", detail: "that wants the permission members=read", do: "open a draft"},
		{name: "fine-grained token that has lost its right",
			broken: token(func(k *sandbox.Token) {
				*k = sandbox.Token{Login: "dora", Members: true, Emails: true, VerifiedEmails: true}
			}),
			finding: "FAIL", what: "drafts", detail: "all 2 drafts that were known can't be read any more: the token has lost its right, so nothing should be forgotten (GitHub answered 404 (Not Found)): GHSA-rock-2222-0000, GHSA-whee-2222-0001", do: "see that the token has the right", status: 1},
		{name: "one draft vanished", broken: func(_ *testing.T, b *bench, _ map[string]string) {
			b.World.Advisories = slices.DeleteFunc(b.World.Advisories, func(a *sandbox.Advisory) bool { return a.ID == "GHSA-whee-2222-0001" })
		},
			finding: "FAIL", what: "drafts", detail: "GHSA-whee-2222-0001 in acme/wheel was a draft and can't be read any more", do: "see that the token has the right", status: 1},
		{name: "app without the permission", fresh: true,
			broken:  token(func(k *sandbox.Token) { *k = sandbox.Token{App: true, Organization: "acme", Members: true} }),
			finding: "UNKNOWN", what: "drafts", detail: "can't be known: GitHub answers with an empty list, too", do: "look at the app's permissions"},
		{name: "app that is told which permission it lacks", fresh: true,
			broken: func(_ *testing.T, b *bench, _ map[string]string) {
				*b.World.Tokens[sandbox.FullToken] = sandbox.Token{App: true, Organization: "acme", Members: true}
				refusal := respond(http.StatusForbidden, `{"message":"Resource not accessible by integration"}`, "X-Accepted-GitHub-Permissions", "repository_advisories=read")
				b.GitHub.Fault = func(r *http.Request) http.Handler {
					if !strings.HasPrefix(r.URL.Path, "/repos/") || !strings.HasSuffix(r.URL.Path, "/security-advisories") {
						return nil
					}
					return refusal
				}
			},
			finding: "FAIL", what: "drafts", detail: "the app lacks the permission \"Repository security advisories\": GitHub refused it the drafts of a repository, which want repository_advisories=read", do: "give the app that permission (write)", status: 1},
		{name: "GITHUB_TOKEN", fresh: true,
			broken:  input("TOKEN", sandbox.WorkflowToken),
			finding: "FAIL", what: "drafts", detail: "for this repository alone, as GITHUB_TOKEN is", do: "owner or security manager", status: 1},
		{name: "app on selected repositories", fresh: true,
			broken: token(func(k *sandbox.Token) {
				*k = sandbox.Token{App: true, Organization: "acme", Drafts: true, Members: true, Emails: true, VerifiedEmails: true, Repositories: []string{home, "acme/rocket"}}
			}),
			finding: "WARN", what: "coverage", detail: "the drafts of 2 repositories of acme: orphan, wheel", do: "install the app on all repositories"},
		{name: "app that a named repository is hidden from", fresh: true,
			broken: func(_ *testing.T, b *bench, env map[string]string) {
				*b.World.Tokens[sandbox.FullToken] = sandbox.Token{App: true, Organization: "acme", Drafts: true, Members: true, Emails: true, Repositories: []string{"acme/rocket"}}
				env["INPUT_REPOSITORIES"] = "acme/rocket, acme/wheel"
			},
			finding: "FAIL", what: "coverage", detail: "not installed on acme/wheel", do: "install it there", status: 1},
		{name: "user who does not administer a named repository", fresh: true,
			broken: func(_ *testing.T, b *bench, env map[string]string) {
				*b.World.Tokens[sandbox.FullToken] = sandbox.Token{Login: "cleo", Scopes: []string{"repo"}, Members: true, Emails: true, VerifiedEmails: true}
				env["INPUT_REPOSITORIES"] = "acme/rocket, acme/wheel"
			},
			finding: "WARN", what: "coverage", detail: "does not administer acme/rocket", do: "use a token of an administrator"},
		{name: "classic token without the scope", fresh: true,
			broken:  token(func(k *sandbox.Token) { k.Scopes, k.Drafts = []string{"read:org", "user:email"}, false }),
			finding: "FAIL", what: "drafts", detail: "neither the scope repo nor repository_advisories:write", do: "give it the scope repo", status: 1},
		{name: "token of somebody outside", fresh: true,
			broken:  token(func(k *sandbox.Token) { k.Login, k.Drafts = "nobody-else", false }),
			finding: "FAIL", what: "drafts", detail: "not a member of acme", do: "owner or security manager", status: 1},
		{name: "list refused",
			broken: func(_ *testing.T, b *bench, _ map[string]string) {
				b.GitHub.Fault = func(r *http.Request) http.Handler {
					if r.URL.Path != "/orgs/acme/security-advisories" {
						return nil
					}
					return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
						w.Header().Set("X-Accepted-GitHub-Permissions", "repository_advisories=read")
						w.WriteHeader(http.StatusForbidden)
						io.WriteString(w, `{"message":"Resource not accessible by integration"}`)
					})
				}
			},
			finding: "FAIL", what: "drafts", detail: "403 (Resource not accessible by integration); it wants the permission repository_advisories=read", do: "owner or security manager", status: 1},
		{name: "token revoked", broken: input("TOKEN", "ghp_revoked"),
			finding: "FAIL", what: "token", detail: "refused by GitHub (401)", do: "make a new one", status: 1},

		{name: "Slack token revoked", broken: func(_ *testing.T, b *bench, _ map[string]string) { b.Slack.RevokeToken(sandbox.SlackToken) },
			finding: "FAIL", what: "Slack token", detail: "Slack answered invalid_auth", do: "check slack-token", status: 1},
		{name: "Slack may not write", broken: func(_ *testing.T, b *bench, _ map[string]string) {
			b.Slack.AddToken(sandbox.SlackToken, "users:read.email", "groups:read")
		},
			finding: "FAIL", what: "Slack scopes", detail: "lacks chat:write", do: "give the app the scope chat:write", status: 1},
		{name: "Slack may not look up people, who get mail", broken: func(_ *testing.T, b *bench, _ map[string]string) {
			b.Slack.AddToken(sandbox.SlackToken, "chat:write", "groups:read")
		},
			finding: "WARN", what: "Slack scopes", detail: "lacks users:read.email", do: "give the app the scope users:read.email"},
		{name: "Slack may not look up people, who get messages", broken: func(_ *testing.T, b *bench, env map[string]string) {
			b.Slack.AddToken(sandbox.SlackToken, "chat:write", "groups:read")
			env["INPUT_CONFIG-TEXT"] = "channels: [slack, email]"
		},
			finding: "FAIL", what: "Slack scopes", detail: "lacks users:read.email", do: "give the app the scope users:read.email", status: 1},
		{name: "Slack may not see channels", broken: func(_ *testing.T, b *bench, _ map[string]string) {
			b.Slack.AddToken(sandbox.SlackToken, "chat:write", "users:read.email")
		},
			finding: "FAIL", what: "Slack channel", detail: "can't list channels", do: "give the app the scope groups:read, and install it again", status: 1},
		{name: "Slack may not see the channel with that id", broken: func(_ *testing.T, b *bench, env map[string]string) {
			b.Slack.AddToken(sandbox.SlackToken, "chat:write", "users:read.email")
			b.Slack.AddChannel(sandbox.SlackChannel{ID: "C0CLOSED00", Name: "closed", Private: true})
			env["INPUT_SLACK-CHANNEL"] = "C0CLOSED00"
		},
			finding: "FAIL", what: "Slack channel", detail: "lacks a scope", do: "give the app the scope groups:read, and install it again", status: 1},
		{name: "public channel", broken: input("SLACK-CHANNEL", "general"),
			finding: "FAIL", what: "Slack channel", detail: "#general is public", do: "make it private", status: 2},
		{name: "public channel that is allowed", broken: func(_ *testing.T, _ *bench, env map[string]string) {
			env["INPUT_SLACK-CHANNEL"], env["INPUT_CONFIG-TEXT"] = "general", "privacy: {public-channel: true}"
		},
			finding: "WARN", what: "Slack channel", detail: "as privacy.public-channel allows", do: "make it private"},
		{name: "private channel without the bot", broken: func(_ *testing.T, b *bench, env map[string]string) {
			b.Slack.AddChannel(sandbox.SlackChannel{ID: "C0CLOSED00", Name: "closed", Private: true})
			env["INPUT_SLACK-CHANNEL"] = "closed"
		},
			finding: "FAIL", what: "Slack channel", detail: "the app sees no channel of that name", do: "invite the app", status: 1},
		{name: "public channel without the bot", broken: func(_ *testing.T, b *bench, env map[string]string) {
			b.Slack.AddChannel(sandbox.SlackChannel{ID: "C0LOBBY000", Name: "lobby"})
			env["INPUT_SLACK-CHANNEL"], env["INPUT_CONFIG-TEXT"] = "C0LOBBY000", "privacy: {public-channel: true}"
		},
			finding: "FAIL", what: "Slack channel", detail: "#lobby: the bot is not a member", do: "/invite", status: 1},
		{name: "webhook that is none", broken: func(_ *testing.T, _ *bench, env map[string]string) {
			env["INPUT_SLACK-TOKEN"], env["INPUT_SLACK-CHANNEL"] = "", ""
			env["INPUT_SLACK-WEBHOOK-URL"] = "https://hooks.example.org/s3cret"
		},
			finding: "WARN", what: "Slack webhook", detail: "neither the form of an incoming webhook", do: "compare it"},

		{name: "login refused", broken: func(t *testing.T, b *bench, env map[string]string) {
			m, err := sandbox.StartMail(b.World.Now, sandbox.MailOptions{Username: "mailer", Password: "right"})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(m.Close)
			env["INPUT_SMTP-PORT"] = strings.TrimPrefix(m.Addr(), m.Host+":")
			env["INPUT_SMTP-USERNAME"], env["INPUT_SMTP-PASSWORD"] = "mailer", "s3cret"
		},
			finding: "FAIL", what: "mail server", detail: "to the login", do: "check smtp-username and smtp-password", status: 1},
		{name: "mail server that wants a login, and none is given", broken: mailAnswers(sandbox.MailAtSender, 530),
			finding: "FAIL", what: "mail server", detail: "the server answered 530 5.0.0 to MAIL FROM", do: "check smtp-username and smtp-password", status: 1},
		{name: "sender refused", broken: mailAnswers(sandbox.MailAtSender, 550),
			finding: "FAIL", what: "mail server", detail: "the server answered 550 5.0.0 to MAIL FROM", do: "check email-from", status: 1},
		{name: "sender put off", broken: mailAnswers(sandbox.MailAtSender, 450),
			finding: "FAIL", what: "mail server", detail: "the server answered 450 4.0.0 to MAIL FROM", do: "see smtp-server", status: 1},
		{name: "sender refused at its own address", broken: mailRefusesAll(553, "5.7.1 Sender address rejected: not owned by user"),
			finding: "FAIL", what: "mail server", detail: "the server answered 553 5.7.1 to RCPT TO", do: "a rule of the server forbids it", status: 1},
		{name: "sender's address put off", broken: mailRefusesAll(450, "4.2.0 Greylisted"),
			finding: "WARN", what: "mail server", detail: "it accepts email-from as the sender, but no mail to it: the server answered 450 4.2.0 to RCPT TO", do: "run the check again; if it stays so, check smtp-username"},
		{name: "relaying put off", broken: mailRefusesAll(454, "4.7.1 Relay access denied"),
			finding: "WARN", what: "mail server", detail: "no mail to it: the server answered 454 4.7.1 to RCPT TO", do: "if it stays so, a rule of the server forbids it"},
		{name: "sender's address refused without a reason", broken: mailRefusesAll(550, "relay not permitted"),
			finding: "WARN", what: "mail server", detail: "no mail to it: the server answered 550 to RCPT TO", do: "check smtp-username, email-from and the server's rules for relaying, since it does not say why"},
		{name: "sender without a mailbox", broken: mailRefusesAll(550, "5.1.1 User unknown"),
			finding: "WARN", what: "mail server", detail: "no mail to it: the server answered 550 5.1.1 to RCPT TO", do: "give email-from a mailbox, or set email-reply-to"},
		{name: "mail server not reachable", broken: func(_ *testing.T, b *bench, _ map[string]string) { b.Mail.Close() },
			finding: "FAIL", what: "mail server", detail: "no connection to the server", do: "check smtp-server and smtp-port", status: 1},

		{name: "ledger's token may not write", broken: func(_ *testing.T, b *bench, _ map[string]string) {
			b.World.Tokens[sandbox.WorkflowToken].Write = nil
		},
			finding: "FAIL", what: "ledger, write", detail: "Resource not accessible by integration", do: "contents: write", status: 1},
		{name: "rules keep a new branch from being written", fresh: true, broken: ruled("creation", "required_signatures", "pull_request"),
			finding: "FAIL", what: "ledger, write", detail: "rules of " + home + " apply to the branch advisory-reminders-ledger (creation, required_signatures, pull_request)", do: "leave the branch out of these rules", status: 1},
		{name: "rules may keep the branch from being written", broken: ruled("update", "creation"),
			finding: "UNKNOWN", what: "ledger, write", detail: "apply to the branch advisory-reminders-ledger (update), and can keep the ledger from being written; whether the ledger's token is exempt", do: "name another one in ledger-branch"},
		{name: "rules that keep nothing from the branch", broken: ruled("deletion", "non_fast_forward", "required_linear_history", "required_signatures"),
			finding: "OK", what: "ledger, write", detail: "can be written"},
		{name: "a key for a plain ledger", broken: input("LEDGER-KEY", strings.Repeat("another", 5)),
			finding: "FAIL", what: "ledger", detail: "is not sealed, although there is a key", do: "see ledger-token and ledger-key", status: 1},
		{name: "ledger corrupt", broken: fileLedger("ledger.json"),
			finding: "FAIL", what: "ledger", detail: "read the ledger", do: "restore the file", status: 1},
		{name: "ledger's directory missing", broken: fileLedger("none/ledger.json"),
			finding: "FAIL", what: "ledger, write", detail: noFolder(), do: "make the directory", status: 1},

		{name: "owner who resolves to nobody", broken: func(_ *testing.T, b *bench, _ map[string]string) {
			b.World.Repository("acme/wheel").Files = catalog("group:ghosts")
		},
			finding: "WARN", what: "owners", detail: "wheel: none of the owners that are named counts; catalog-info.yaml names group:ghosts", do: "name an owner"},
		{name: "one of two owners resolves", broken: func(_ *testing.T, b *bench, _ map[string]string) {
			b.World.Repository("acme/wheel").Files = catalog("[group:ghosts, user:cleo]")
		},
			finding: "WARN", what: "owners", detail: "wheel: catalog-info.yaml names group:ghosts, but acme has no such team", do: "correct the file"},
		{name: "owner without a contact", broken: func(_ *testing.T, b *bench, _ map[string]string) {
			b.World.Repository("acme/wheel").Files = catalog("user:dora")
		},
			finding: "WARN", what: "contacts", detail: "no address for dora (wheel); no other owner can be reached for wheel", do: "contacts in the configuration"},
		{name: "owner whom Slack does not know", broken: func(_ *testing.T, b *bench, env map[string]string) {
			b.World.User("cleo").Email = "cleo.new@example.org"
			env["INPUT_CONFIG-TEXT"] = "channels: [slack]"
		},
			finding: "WARN", what: "contacts", detail: "no address for cleo (wheel)", do: "contacts in the configuration"},
		{name: "owner who can't open the draft", broken: func(_ *testing.T, b *bench, _ map[string]string) {
			b.World.Repository("acme/wheel").Roles = map[string]string{"cleo": "maintain"}
		},
			finding: "WARN", what: "access", detail: "cleo (1 draft of wheel)", do: "collaborators of the advisory"},
		{name: "who can open the drafts is not told", fresh: true, broken: func(_ *testing.T, b *bench, env map[string]string) {
			*b.World.Tokens[sandbox.FullToken] = sandbox.Token{Login: "dora", Drafts: true, Members: true, Emails: true, VerifiedEmails: true}
			b.GitHub.Fault = func(r *http.Request) http.Handler {
				text, _ := io.ReadAll(r.Body)
				if r.URL.Path != "/graphql" || !strings.Contains(string(text), "collaborators") {
					return nil
				}
				return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
					io.WriteString(w, `{"data":{"q0":{"collaborators":null},"q1":{"collaborators":null},"q2":{"collaborators":null},"__typename":"Query"},"errors":[`+
						`{"type":"FORBIDDEN","path":["q0","collaborators"],"message":"x"},{"type":"FORBIDDEN","path":["q1","collaborators"],"message":"x"},{"type":"FORBIDDEN","path":["q2","collaborators"],"message":"x"}]}`)
				})
			}
		},
			finding: "UNKNOWN", what: "access", detail: "of 3 of 3 people and drafts", do: "reminders go out all the same"},
		{name: "app that is shown no addresses", fresh: true,
			broken: token(func(k *sandbox.Token) {
				*k = sandbox.Token{App: true, Organization: "acme", Drafts: true, Members: true, VerifiedEmails: true}
			}),
			finding: "WARN", what: "owners", detail: "can't ask for public addresses", do: "write contacts for teams, or for people, into the configuration, or verify a domain"},
		{name: "app that knows no contact", fresh: true,
			broken: token(func(k *sandbox.Token) {
				*k = sandbox.Token{App: true, Organization: "acme", Drafts: true, Members: true}
			}),
			finding: "WARN", what: "contacts", detail: "no address for", do: "write contacts for teams, or for people, into the configuration"},
		{name: "app that may not read members", fresh: true,
			broken: token(func(k *sandbox.Token) {
				*k = sandbox.Token{App: true, Organization: "acme", Drafts: true, Emails: true, VerifiedEmails: true}
			}),
			finding: "FAIL", what: "owners", detail: "no permission to read teams and members", do: "the permission Members, read", status: 1, alone: true},
		{name: "classic token that may not read members", fresh: true,
			broken:  token(func(k *sandbox.Token) { k.Members, k.Scopes = false, []string{"repo"} }),
			finding: "FAIL", what: "owners", detail: "no permission to read teams and members", do: "the scope read:org", status: 1, alone: true},
		{name: "fine-grained token that may not read members, of people alone", fresh: true,
			broken: func(_ *testing.T, b *bench, _ map[string]string) {
				*b.World.Tokens[sandbox.FullToken] = sandbox.Token{Login: "dora", Drafts: true, Emails: true, VerifiedEmails: true}
				b.World.Repository("acme/rocket").Files = catalog("user:ann")
			},
			finding: "FAIL", what: "owners", detail: "no permission to read teams and members", do: "the permission Members, read", status: 1, alone: true},
		{name: "addresses refused", broken: token(func(k *sandbox.Token) { k.VerifiedEmails = false }),
			finding: "WARN", what: "owners", detail: "can't ask for", do: "contacts into the configuration"},
		{name: "snooze that has ended", broken: input("CONFIG-TEXT", "snooze: [{advisory: GHSA-2222-3333-4444, until: 2026-11-18}]"),
			finding: "WARN", what: "snooze", detail: "GHSA-2222-3333-4444 ended on 18 Nov 2026", do: "take it out"},

		{name: "no place for the report, and dry-run is set", broken: func(_ *testing.T, _ *bench, env map[string]string) {
			env["INPUT_DRY-RUN"], env["INPUT_SLACK-CHANNEL"] = "true", ""
		},
			finding: "FAIL", what: "inputs", detail: "the report has nowhere to go", do: "correct it in the workflow", status: 2},
		{name: "no ledger outside Actions, and dry-run is set", broken: func(_ *testing.T, _ *bench, env map[string]string) {
			env["INPUT_DRY-RUN"], env["GITHUB_ACTIONS"], env["GITHUB_RUN_ID"] = "true", "", ""
		},
			finding: "FAIL", what: "input ledger", detail: "outside Actions a live run names the file", do: "correct it in the workflow", status: 2},
		{name: "no repository for the ledger's branch", broken: func(t *testing.T, _ *bench, env map[string]string) {
			event := filepath.Join(t.TempDir(), "event.json") // without it a check says nothing
			if err := os.WriteFile(event, []byte(`{"repository":{"visibility":"private"}}`), 0o600); err != nil {
				t.Fatal(err)
			}
			env["GITHUB_REPOSITORY"], env["GITHUB_EVENT_PATH"] = "", event
		},
			finding: "FAIL", what: "GITHUB_REPOSITORY", detail: "does not name the repository that runs the workflow", do: "correct it in the workflow", status: 2},
		{name: "inputs", broken: func(_ *testing.T, _ *bench, env map[string]string) {
			env["INPUT_SMTP-PORT"] = "s3cret"
		},
			finding: "FAIL", what: "input smtp-port", detail: "is not a port number", do: "set it to a number from 1 to 65535", status: 2},
		{name: "configuration", broken: input("CONFIG-TEXT", "timezone: s3cret/zone\nsnoze: []\n"),
			finding: "FAIL", what: "configuration", detail: "line 1: timezone", do: "correct the configuration at line 1", status: 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := checkWorld()
			b := newBench(t, w)
			if !tt.fresh {
				b.must(0, nil)
			}
			b.now = b.now.Add(time.Hour)
			w.Lock()
			w.Tokens[sandbox.FullToken+"-of-the-test"] = &sandbox.Token{Login: "dora", Scopes: []string{"repo"}}
			w.Unlock()
			before := b.ledgerTip()
			env := make(map[string]string)
			tt.broken(t, b, env)
			path := env["INPUT_LEDGER"]
			file := read(path)

			r := b.must(tt.status, env, "check")
			got := row(r.stdout, tt.finding, tt.what)
			if !strings.Contains(got, tt.detail) {
				t.Errorf("no line %s %s with %q:\n%s", tt.finding, tt.what, tt.detail, r.stdout)
			}
			if _, do, _ := strings.Cut(got, "-> "); !strings.Contains(do, tt.do) {
				t.Errorf("the advice lacks %q: %s", tt.do, got)
			}
			_, outside := env["GITHUB_ACTIONS"]
			if shown := strings.Contains(r.stdout, "::error::FAIL "+tt.what+": "); shown != (tt.finding == "FAIL" && !outside) {
				t.Errorf("it is shown beside the log: %v\n%s", shown, r.stdout)
			}
			if n := strings.Count(r.summary, "| owners |") + strings.Count(r.summary, "| contacts |") + strings.Count(r.summary, "| access |"); tt.alone && (n != 1 || strings.Contains(r.stdout, "not a member")) {
				t.Errorf("%d lines speak of owners, want one:\n%s", n, r.stdout)
			}
			for line := range strings.Lines(r.stdout + r.stderr + r.summary) {
				if strings.Contains(line, "s3cret") && !strings.HasPrefix(line, "::add-mask::") {
					t.Errorf("a secret is shown: %s", line)
				}
			}
			if !strings.Contains(r.summary, tt.finding) || !strings.Contains(r.summary, "| ---") {
				t.Errorf("the job summary has no such table:\n%s", r.summary)
			}
			if len(r.mails)+len(r.slack) != 0 {
				t.Error("something was sent")
			}
			if after := b.ledgerTip(); after != before || read(path) != file {
				t.Errorf("the ledger was written: %s, before %s", after, before)
			}
		})
	}
}

// Nothing is wrong: every line is OK.
func TestCheckOfWhatIsRight(t *testing.T) {
	for name, change := range map[string]map[string]string{
		"command":      nil,
		"file":         {"GITHUB_ACTIONS": "", "GITHUB_RUN_ID": "", "INPUT_LEDGER": filepath.Join(t.TempDir(), "ledger.json")},
		"repositories": {"INPUT_REPOSITORIES": "acme/rocket acme/wheel"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, checkWorld())
			b.must(0, change)
			b.now = b.now.Add(time.Hour)
			r := b.must(0, change, "check")
			for _, word := range []string{"WARN  ", "FAIL  ", "UNKNOWN  "} {
				if strings.Contains(r.stdout, word) {
					t.Errorf("a line says %s:\n%s", word, r.stdout)
				}
			}
			if !strings.Contains(row(r.stdout, "OK", "ledger"), "last written Wed 18 Nov 2026 07:17 UTC; it knows 2 advisories, 2 of them drafts") {
				t.Errorf("what the ledger holds is not said:\n%s", r.stdout)
			}
			if !strings.HasSuffix(r.stdout, "check: ok\n") {
				t.Errorf("the last line is another:\n%s", r.stdout)
			}
		})
	}
}

// A check judges by what a live run needs, and says so, whatever dry-run says.
func TestCheckDespiteDryRun(t *testing.T) {
	b := newBench(t, checkWorld())
	b.must(0, nil)
	before := b.ledgerTip()
	r := b.must(0, map[string]string{"INPUT_CHECK": "true", "INPUT_DRY-RUN": "true", "INPUT_AS-OF": "2026-11-19"})
	if !strings.Contains(row(r.stdout, "OK", "dry-run"), "makes no difference here") || row(r.stdout, "OK", "ledger,") == "" {
		t.Errorf("the table is\n%s", r.stdout)
	}
	if len(r.mails)+len(r.slack) != 0 || b.ledgerTip() != before {
		t.Error("it did something")
	}
	if r := b.must(0, map[string]string{"INPUT_CHECK": "true"}); strings.Contains(r.stdout, "dry-run") {
		t.Errorf("dry-run is spoken of though it was not set:\n%s", r.stdout)
	}
}

// The input check does what the command does.
func TestCheckByInput(t *testing.T) {
	b := newBench(t, checkWorld())
	r := b.must(0, map[string]string{"INPUT_CHECK": "true"})
	if !strings.Contains(r.stdout, "check: ok") || len(r.mails)+len(r.slack) != 0 {
		t.Errorf("%d mails, and\n%s", len(r.mails), r.stdout)
	}
}

// In a public repository nothing is said but how it went, and where it failed;
// inputs that are wrong are named, as a run names them.
func TestCheckInPublic(t *testing.T) {
	for _, visibility := range []string{"public", "internal"} {
		for _, tt := range []struct {
			change map[string]string
			want   string
			status int
			named  []string
		}{
			{nil, "check: ok", 0, nil},
			{map[string]string{"INPUT_SLACK-CHANNEL": "nowhere", "INPUT_TOKEN": "ghp_wrong"}, "check: failed at: ask about the token; list the advisories; ask Slack", 1, nil},
			{map[string]string{"INPUT_LEDGER-KEY": "", "INPUT_SMTP-PORT": "x"}, "check: failed at: read the inputs and the configuration", 2, []string{
				"input smtp-port: is not a port number",
				"input ledger-key: is missing: the ledger is on a branch of a repository that is not private, and has to be encrypted. If the repository was private before, that branch, its history and the logs of earlier runs can be read by everybody now",
			}},
		} {
			w := checkWorld()
			w.Repository(home).Visibility = visibility
			b := newBench(t, w)
			event := filepath.Join(t.TempDir(), "event.json")
			if err := os.WriteFile(event, []byte(`{"repository":{"visibility":"`+visibility+`"}}`), 0o600); err != nil {
				t.Fatal(err)
			}
			env := map[string]string{"GITHUB_EVENT_PATH": event, "INPUT_LEDGER-KEY": strings.Repeat("secret", 6)}
			maps.Copy(env, tt.change)
			r := b.must(tt.status, env, "check")
			if got, want := r.complaints(), append([]string{tt.want}, tt.named...); !slices.Equal(got, want) {
				t.Errorf("%s: the log is %q, want %q", visibility, got, want)
			}
			if strings.TrimSpace(r.summary) != tt.want || r.stderr != "" || len(r.outputs) != 0 {
				t.Errorf("%s: summary %q, stderr %q, outputs %v", visibility, r.summary, r.stderr, r.outputs)
			}
		}
	}
}

// noFolder is how the system says that a folder is missing.
func noFolder() string {
	_, err := os.Open(filepath.Join("none", "none"))
	return errors.Unwrap(err).Error()
}
