package action_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/openedx/advisory-reminders/internal/sandbox"
)

// A fault is one row of the matrix: what breaks, where, and what that may cost.
type fault struct {
	place, name string
	set         func(b *bench)    // breaks something
	change      map[string]string // inputs of the run that meets the fault
	status      int               // of that run
	sent        int               // mails of that run, of three that are due
	twice       int               // mails that may come twice, under the same id
	told        bool              // the run's report was accepted
	says        string            // what that run's report or log says
	toGroup     []string          // recipients whose reminders go to the working group instead
	slack       bool              // direct messages count as mails
	mend        func(b *bench)    // what a human does before the next run
	again       map[string]string // inputs of the runs after it
	_           struct{}          // rows name their fields
}

// respond answers with a status, headers and a body.
func respond(status int, body string, headers ...string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	})
}

// hangUp answers nothing.
var hangUp = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })

// onGitHub breaks the requests that match, at most so many of them; 0 is all.
func onGitHub(method, part string, most int, h http.Handler) func(*bench) {
	return func(b *bench) {
		var n atomic.Int32
		b.fault(func(r *http.Request) http.Handler {
			if r.Method != method || !strings.Contains(r.URL.Path, part) {
				return nil
			}
			if k := int(n.Add(1)); most > 0 && k > most {
				return nil
			}
			return h
		})
	}
}

// onCommit breaks the mutations that write the ledger, at most so many of them; 0
// is all.
func onCommit(most int, h http.Handler) func(*bench) {
	return func(b *bench) {
		var n atomic.Int32
		b.fault(func(r *http.Request) http.Handler {
			if !strings.Contains(body(r), "createCommitOnBranch") {
				return nil
			}
			if k := int(n.Add(1)); most > 0 && k > most {
				return nil
			}
			return h
		})
	}
}

// onRepositories breaks the first question about the repositories that have drafts.
func onRepositories(h http.Handler) func(*bench) {
	return func(b *bench) {
		var asked atomic.Bool
		b.fault(func(r *http.Request) http.Handler {
			if !strings.Contains(body(r), "catalog-info.yaml") || asked.Swap(true) {
				return nil
			}
			return h
		})
	}
}

// body returns what a request holds, and leaves it there.
func body(r *http.Request) string {
	text, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(text))
	return string(text)
}

// lost lets a request have its effect and loses the answer.
func lost(b *bench) http.Handler {
	return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		b.GitHub.Healthy().ServeHTTP(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler)
	})
}

// without answers a GraphQL query as GitHub does where one repository in it
// can't be read: null, and an error beside it.
func without(b *bench, name string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := httptest.NewRecorder()
		b.GitHub.Healthy().ServeHTTP(rec, r)
		var answer struct {
			Data   map[string]any `json:"data"`
			Errors []any          `json:"errors,omitempty"`
		}
		if err := json.Unmarshal(rec.Body.Bytes(), &answer); err != nil {
			b.t.Error(err)
		}
		for alias, value := range answer.Data {
			if repo, _ := value.(map[string]any); repo["nameWithOwner"] == name {
				answer.Data[alias] = nil
				answer.Errors = append(answer.Errors, map[string]any{"type": "NOT_FOUND", "path": []string{alias}, "message": "Could not resolve to a Repository with the name '" + name + "'."})
			}
		}
		if len(answer.Errors) == 0 {
			b.t.Errorf("no repository %s in %s", name, rec.Body)
		}
		if err := json.NewEncoder(w).Encode(answer); err != nil {
			b.t.Error(err)
		}
	})
}

// another lets a run use another mail server.
func another(options sandbox.MailOptions, inputs map[string]string) func(*bench) {
	return func(b *bench) {
		m, err := sandbox.StartMail(b.World.Now, options)
		if err != nil {
			b.t.Fatal(err)
		}
		b.t.Cleanup(m.Close)
		b.inputs = map[string]string{"INPUT_SMTP-PORT": fmt.Sprint(m.Port)}
		maps.Copy(b.inputs, inputs)
	}
}

func onMail(f sandbox.MailFault) func(*bench) { return func(b *bench) { b.Mail.Break(f) } }

// mailAt breaks a step of SMTP, at most so many times; 0 is always.
func mailAt(step sandbox.MailStep, most int, a sandbox.MailAnswer) func(*bench) {
	var n atomic.Int32
	return onMail(func(at sandbox.MailStep, _ string) sandbox.MailAnswer {
		if at != step {
			return sandbox.MailAnswer{}
		}
		if k := int(n.Add(1)); most > 0 && k > most {
			return sandbox.MailAnswer{}
		}
		return a
	})
}

// onSlack breaks a method, at most so many times; 0 is always.
func onSlack(method string, most int, h http.Handler) func(*bench) {
	return func(b *bench) {
		var n atomic.Int32
		b.Slack.Break(func(m string, _ *http.Request) http.Handler {
			if m != method {
				return nil
			}
			if k := int(n.Add(1)); most > 0 && k > most {
				return nil
			}
			return h
		})
	}
}

func slackError(name string) http.Handler { return respond(200, `{"ok":false,"error":"`+name+`"}`) }

const (
	listPath   = "/orgs/acme/security-advisories"
	refPath    = "/git/refs/heads/"
	newRef     = "/git/refs"
	branchPath = "/branches/"
	graphql    = "/graphql"
	branchName = "advisory-reminders-ledger"
)

// rewrite puts other content into the ledger's branch.
func rewrite(content string) func(*bench) {
	return func(b *bench) {
		b.World.Lock()
		defer b.World.Unlock()
		b.World.Repositories[0].CommitFile(branchName, "ledger.json", content, "by hand", wednesday)
	}
}

func faults() []fault {
	hour := fmt.Sprint(time.Now().Add(time.Hour).Unix())
	emailOnly := map[string]string{"INPUT_CONFIG-TEXT": "channels: [email]"}
	slackFirst := map[string]string{"INPUT_CONFIG-TEXT": "channels: [slack, email]"}
	return []fault{
		{place: "drafts", name: "primary limit, just over", set: onGitHub("GET", listPath, 1, respond(403, "{}", "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "1")), sent: 3, told: true},
		{place: "drafts", name: "primary limit, for an hour", set: onGitHub("GET", listPath, 0, respond(403, "{}", "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", hour)), status: 1, says: "rate limit"},
		{place: "drafts", name: "secondary limit, once", set: onGitHub("GET", listPath, 1, respond(403, "{}", "Retry-After", "0")), sent: 3, told: true},
		{place: "drafts", name: "secondary limit, for an hour", set: onGitHub("GET", listPath, 0, respond(403, "{}", "Retry-After", "3600")), status: 1, says: "list the advisories"},
		{place: "drafts", name: "502, once", set: onGitHub("GET", listPath, 1, respond(502, "")), sent: 3, told: true},
		{place: "drafts", name: "502, for good", set: onGitHub("GET", listPath, 0, respond(502, "")), status: 1, says: "GitHub answered 502"},
		{place: "drafts", name: "connection reset, once", set: onGitHub("GET", listPath, 1, hangUp), sent: 3, told: true},
		{place: "drafts", name: "connection reset, for good", set: onGitHub("GET", listPath, 0, hangUp), status: 1, says: "list the advisories"},
		{place: "drafts", name: "body cut short", set: onGitHub("GET", listPath, 0, respond(200, `[{"ghsa_id":"GHSA-`)), status: 1, says: "list the advisories"},
		{place: "drafts", name: "malformed body", set: onGitHub("GET", listPath, 0, respond(200, `{"message":"?"}`)), status: 1, says: "list the advisories"},
		{place: "drafts", name: "token revoked", set: onGitHub("GET", listPath, 0, respond(401, `{"message":"Bad credentials"}`)), status: 1, says: "revoked or expired"},

		{place: "owners", name: "502, for good", set: onGitHub("POST", graphql, 0, respond(502, "")), status: 1, told: true, says: "Warnings"},
		{place: "owners", name: "502, once", set: onGitHub("POST", graphql, 1, respond(502, "")), sent: 3, told: true},
		{place: "owners", name: "body cut short", set: onGitHub("POST", graphql, 0, respond(200, `{"data":{"r0":{"na`)), status: 1, told: true, says: "Warnings"},
		{place: "owners", name: "refused as a whole", set: onGitHub("POST", graphql, 0, respond(200, `{"errors":[{"type":"INSUFFICIENT_SCOPES","message":"x"}]}`)), status: 1, told: true, says: "the token lacks a scope"},
		{place: "owners", name: "one repository unreadable", set: func(b *bench) { onRepositories(without(b, "acme/wheel"))(b) }, status: 1, sent: 2, told: true, says: "acme/wheel"},
		{place: "addresses", name: "refused for want of a scope", set: func(b *bench) {
			b.World.Tokens[sandbox.FullToken].Emails, b.World.Tokens[sandbox.FullToken].VerifiedEmails = false, false
		}, told: true, says: "can't ask for",
			mend: func(b *bench) {
				b.World.Tokens[sandbox.FullToken].Emails, b.World.Tokens[sandbox.FullToken].VerifiedEmails = true, true
			}},

		{place: "ledger", name: "502 at reading", set: onGitHub("GET", branchPath, 0, respond(502, "")), status: 1, says: "read the ledger"},
		{place: "ledger", name: "corrupt", set: rewrite(`{"format":2,"advis`), status: 1, says: "cut short", mend: rewrite(`{"format":2,"nonce":"x","advisories":{},"deliveries":[]}`)},
		{place: "ledger", name: "of a newer version", set: rewrite(`{"format":3}`), status: 1, says: "another version", mend: rewrite(`{"format":2,"nonce":"x","advisories":{},"deliveries":[]}`)},
		{place: "ledger", name: "no right to write the claims", set: onGitHub("POST", "/git/trees", 0, respond(403, `{"message":"Resource not accessible by integration"}`)), status: 1, says: "contents: write"},
		{place: "ledger", name: "502 at the claims", set: onGitHub("POST", newRef, 0, respond(502, "")), status: 1, says: "nothing was sent"},
		{place: "ledger", name: "the last request of the hour for the claims", set: func(b *bench) {
			b.World.Repositories[0].CommitFile(branchName, "ledger.json", `{"format":2,"nonce":"x","advisories":{},"deliveries":[]}`, "there is a branch", wednesday)
			var n atomic.Int32
			b.fault(func(r *http.Request) http.Handler {
				if !strings.Contains(body(r), "createCommitOnBranch") || n.Add(1) > 1 {
					return nil
				}
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					rec := httptest.NewRecorder()
					b.GitHub.Healthy().ServeHTTP(rec, r)
					maps.Copy(w.Header(), rec.Header())
					w.Header().Set("X-RateLimit-Remaining", "0")
					_, _ = w.Write(rec.Body.Bytes())
				})
			})
		}, status: 1, says: "of this hour"},
		{place: "ledger", name: "answer to the claims lost", set: func(b *bench) { onGitHub("POST", newRef, 1, lost(b))(b) }, sent: 3, told: true},
		{place: "ledger", name: "502 at settling", set: onCommit(0, respond(502, "")), status: 1, sent: 3, twice: 3, told: true, says: "under the same delivery id"},
		{place: "ledger", name: "answer to settling lost", set: func(b *bench) { onCommit(1, lost(b))(b) }, sent: 3, told: true},
		{place: "ledger", name: "another run writes in between", set: func(b *bench) {
			var n atomic.Int32
			b.fault(func(r *http.Request) http.Handler {
				if r.Method == "POST" && strings.HasSuffix(r.URL.Path, newRef) {
					if n.Add(1) == 1 {
						b.World.Repositories[0].CommitFile(branchName, "ledger.json", `{"format":2,"nonce":"x","advisories":{},"deliveries":[]}`, "another run", wednesday)
					}
				}
				return nil
			})
		}, sent: 3, told: true},

		{place: "mail", name: "421 at the greeting, once", set: mailAt(sandbox.MailAtHello, 1, sandbox.MailAnswer{Code: 421}), sent: 3, told: true},
		{place: "mail", name: "450 to RCPT, once", set: mailAt(sandbox.MailAtRecipient, 1, sandbox.MailAnswer{Code: 450}), sent: 3, told: true},
		{place: "mail", name: "away until the second pause", set: func(b *bench) {
			var pauses atomic.Int32
			b.wait = func() { pauses.Add(1) }
			b.Mail.Break(func(at sandbox.MailStep, _ string) sandbox.MailAnswer {
				if at == sandbox.MailAtHello && pauses.Load() < 2 {
					return sandbox.MailAnswer{Drop: sandbox.MailDropBefore}
				}
				return sandbox.MailAnswer{}
			})
		}, sent: 3, told: true},
		{place: "mail", name: "450 to one recipient, for good", set: onMail(sandbox.MailRefuse(450, "ann@example.org")), status: 1, sent: 2, told: true, says: "Could not deliver"},
		{place: "mail", name: "550 to one recipient", set: onMail(sandbox.MailRefuse(550, "ann@example.org")), change: emailOnly, again: emailOnly, sent: 2, told: true, says: "user:ann can't be reached", toGroup: []string{"ann@example.org"}},
		{place: "mail", name: "553 5.7.1 to every RCPT", set: onMail(sandbox.MailRefuseAll(553, "5.7.1 Sender address rejected: not owned by user")), status: 1, told: true, says: "a rule of the server forbids it"},
		{place: "mail", name: "504 5.5.2 to every RCPT", set: onMail(sandbox.MailRefuseAll(504, "5.5.2 Helo command rejected: need fully-qualified hostname")), status: 1, told: true, says: "wants a full name: check smtp-hello"},
		{place: "mail", name: "550 to every RCPT", set: onMail(sandbox.MailRefuseAll(550, "relay not permitted")), status: 1, told: true, says: "it refused every address of this run"},
		{place: "mail", name: "554 to the message", set: mailAt(sandbox.MailAtData, 0, sandbox.MailAnswer{Code: 554}), status: 1, told: true, says: "Could not deliver"},
		{place: "mail", name: "connection dies before DATA", set: mailAt(sandbox.MailAtSender, 1, sandbox.MailAnswer{Drop: sandbox.MailDropBefore}), sent: 3, told: true},
		{place: "mail", name: "dies after DATA, not accepted", set: mailAt(sandbox.MailAtData, 1, sandbox.MailAnswer{Drop: sandbox.MailDropBefore}), status: 1, sent: 2, told: true, says: "Could not deliver"},
		{place: "mail", name: "dies after DATA, accepted", set: mailAt(sandbox.MailAtData, 1, sandbox.MailAnswer{Drop: sandbox.MailDropKept}), status: 1, sent: 3, twice: 1, told: true, says: "Could not deliver"},
		{place: "mail", name: "STARTTLS stripped", set: func(*bench) {}, change: map[string]string{"INPUT_SMTP-SECURITY": "starttls"}, status: 1, told: true, says: "no STARTTLS"},
		{place: "mail", name: "no login offered", set: func(*bench) {}, change: map[string]string{"INPUT_SMTP-USERNAME": "someone", "INPUT_SMTP-PASSWORD": "wrong"}, status: 1, told: true, says: "Could not deliver"},

		{place: "mail", name: "535 at the login", set: another(sandbox.MailOptions{Username: "someone", Password: "right"}, map[string]string{"INPUT_SMTP-USERNAME": "someone", "INPUT_SMTP-PASSWORD": "wrong"}), status: 1, told: true, says: "check smtp-username and smtp-password"},
		{place: "mail", name: "certificate not trusted", set: another(sandbox.MailOptions{Security: sandbox.MailStartTLS}, map[string]string{"INPUT_SMTP-SECURITY": "starttls"}), status: 1, told: true, says: "comes from an authority that is not trusted"},

		{place: "Slack report", name: "429, once", set: onSlack("chat.postMessage", 1, respond(429, "", "Retry-After", "0")), sent: 3, told: true},
		{place: "Slack report", name: "ratelimited, for good", set: onSlack("chat.postMessage", 0, slackError("ratelimited")), status: 1, sent: 3, says: "send the report"},
		{place: "Slack report", name: "channel_not_found", set: onSlack("chat.postMessage", 0, slackError("channel_not_found")), status: 1, sent: 3, says: "send the report"},
		{place: "Slack report", name: "invalid_auth", set: func(b *bench) { b.Slack.RevokeToken(sandbox.SlackToken) }, status: 1, sent: 3, says: "send the report",
			mend: func(b *bench) {
				b.Slack.AddToken(sandbox.SlackToken, "chat:write", "users:read.email", "groups:read", "channels:read")
			}},
		{place: "Slack report", name: "500", set: onSlack("chat.postMessage", 0, respond(500, "")), status: 1, sent: 3, says: "send the report"},
		{place: "Slack report", name: "answer lost", set: func(b *bench) { onSlack("chat.postMessage", 1, b.Slack.AnswerLost())(b) }, status: 1, sent: 3, says: "send the report"},
		{place: "Slack message", name: "channel_not_found, then mail", set: onSlack("chat.postMessage", 3, slackError("channel_not_found")), change: slackFirst, again: slackFirst, sent: 3, told: true},
		{place: "Slack message", name: "ratelimited, then well", set: onSlack("chat.postMessage", 2, slackError("ratelimited")), change: slackFirst, again: slackFirst, sent: 3, told: true, slack: true},
		{place: "Slack message", name: "answer lost", set: func(b *bench) { onSlack("chat.postMessage", 1, b.Slack.AnswerLost())(b) }, change: slackFirst, again: slackFirst, status: 1, sent: 3, twice: 1, told: true, slack: true, says: "Could not deliver"},
	}
}

// deliveries lists what maintainers got, recipient by recipient, with the ids.
func (f fault) deliveries(r result) (list [][2]string) {
	for _, m := range r.mails {
		list = append(list, [2]string{m.To[0], m.MessageID})
	}
	for _, m := range r.slack {
		if f.slack && m.UserID != "" {
			list = append(list, [2]string{m.UserID, string(m.Metadata)})
		}
	}
	return list
}

// Every fault is followed by clean runs, the next day and the day after: in the
// end nothing is lost, and nothing has come twice but what the promise allows.
func TestFaultMatrix(t *testing.T) {
	lostAll, twiceAll := 0, 0
	var table strings.Builder
	fmt.Fprintf(&table, "%-14s  %-30s  %4s  %4s  %4s  %5s\n", "where", "what", "exit", "sent", "lost", "twice")
	for _, f := range faults() {
		t.Run(f.place+", "+f.name, func(t *testing.T) {
			w := newWorld()
			draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -30))
			draft(w, "wheel", "critical", wednesday.AddDate(0, 0, -30))
			orphan := draft(w, "orphan", "critical", wednesday.AddDate(0, 0, -30))
			b := newBench(t, w)
			f.set(b)
			env := map[string]string{"GITHUB_RUN_ID": "1"}
			maps.Copy(env, f.change)
			broken := b.run(env)
			if broken.status != f.status {
				t.Errorf("exit status %d, want %d\n%s%s", broken.status, f.status, broken.stdout, broken.stderr)
			}
			if n := len(f.deliveries(broken)); n != f.sent {
				t.Errorf("%d digests were sent, want %d", n, f.sent)
			}
			if told := strings.Contains(broken.reports(), "acme/orphan"); told != f.told && !strings.Contains(f.name, "answer lost") {
				t.Errorf("the report was accepted: %v, want %v", told, f.told)
			}
			if text := broken.stdout + broken.stderr + broken.reports(); !strings.Contains(text, f.says) {
				t.Errorf("neither log nor report says %q:\n%s", f.says, text)
			}

			b.inputs = nil
			b.fault(nil)
			b.Mail.Break(nil)
			b.Slack.Break(nil)
			if f.mend != nil {
				f.mend(b)
			}
			all, reports := f.deliveries(broken), broken.reports()
			for day := 1; day <= 2; day++ {
				b.now = wednesday.AddDate(0, 0, day)
				env := map[string]string{"GITHUB_RUN_ID": fmt.Sprint(1 + day)}
				maps.Copy(env, f.again)
				r := b.must(0, env)
				all, reports = append(all, f.deliveries(r)...), reports+r.reports()
			}
			got, twice := make(map[string]string), 0
			for _, d := range all {
				if id, ok := got[d[0]]; ok {
					twice++
					if id != d[1] {
						t.Errorf("%s got it twice under other ids, %s and %s", d[0], id, d[1])
					}
				}
				got[d[0]] = d[1]
			}
			missing := 3 - len(got) - len(f.toGroup)
			if missing != 0 || twice != f.twice || !strings.Contains(reports, orphan.ID) {
				t.Errorf("lost %d, twice %d, want 0 and %d; the working group was told of the orphan: %v", missing, twice, f.twice, strings.Contains(reports, orphan.ID))
			}
			lostAll, twiceAll = lostAll+missing, twiceAll+twice
			fmt.Fprintf(&table, "%-14s  %-30s  %4d  %4d  %4d  %5d\n", f.place, f.name, broken.status, len(f.deliveries(broken)), missing, twice)
		})
	}
	t.Logf("\n%s\n%d faults, lost %d, twice %d", table.String(), len(faults()), lostAll, twiceAll)
}
