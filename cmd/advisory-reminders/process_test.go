//go:build unix

package main_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/openedx/advisory-reminders/internal/sandbox"
)

const home = "acme/security-reminders"

// scratch is a folder for all tests of this package.
var scratch string

func TestMain(m *testing.M) {
	var err error
	if scratch, err = os.MkdirTemp("", "process-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	status := m.Run()
	_ = os.RemoveAll(scratch)
	os.Exit(status)
}

// program is the real one, built once.
var program = sync.OnceValues(func() (string, error) {
	path := filepath.Join(scratch, "advisory-reminders")
	out, err := exec.Command("go", "build", "-tags", "nodemo", "-o", path, ".").CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%w\n%s", err, out)
	}
	return path, err
})

// people is how many have a repository and a critical draft each.
const people = 30

// services are those of a world in which everybody is due.
func services(t *testing.T, visibility string) *sandbox.Services {
	now := time.Date(2026, 11, 18, 7, 17, 0, 0, time.UTC)
	w := &sandbox.World{
		Organizations: []*sandbox.Organization{{Login: "acme", Name: "Acme", Admins: []string{"dora"}, Members: []string{"dora"}}},
		Users:         []*sandbox.User{{Login: "dora", Name: "Dora Dean"}},
		Repositories:  []*sandbox.Repository{{Owner: "acme", Name: "security-reminders", Visibility: visibility}},
		Tokens: map[string]*sandbox.Token{
			sandbox.FullToken:     {Login: "dora", Scopes: []string{"repo", "read:org", "read:user", "user:email"}, Drafts: true, Members: true, Emails: true, VerifiedEmails: true},
			sandbox.WorkflowToken: {App: true, Repositories: []string{home}, Write: []string{home}},
		},
	}
	for i := range people {
		login, repo := fmt.Sprintf("one-%d", i), fmt.Sprintf("r%d", i)
		w.Organizations[0].Members = append(w.Organizations[0].Members, login)
		w.Users = append(w.Users, &sandbox.User{Login: login, Email: login + "@example.org"})
		w.Repositories = append(w.Repositories, &sandbox.Repository{Owner: "acme", Name: repo, Files: map[string]string{"CODEOWNERS": "* @" + login + "\n"}})
		w.Advisories = append(w.Advisories, &sandbox.Advisory{
			ID: fmt.Sprintf("GHSA-2222-2222-22%02d", i), Repository: "acme/" + repo, Summary: "Secret title", State: "draft",
			Severity: "critical", Created: now.AddDate(0, -1, 0), Updated: now.AddDate(0, -1, 0),
		})
	}
	w.SetTime(now)
	s, err := sandbox.Start(w, home)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// command is a run of the program, with variables changed.
func command(t *testing.T, s *sandbox.Services, change map[string]string) *exec.Cmd {
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	env := s.Env()
	env["INPUT_AS-OF"] = s.World.Now().Format(time.RFC3339)
	env["TMPDIR"] = t.TempDir()
	for k, v := range change {
		env[k] = v
	}
	cmd := exec.Command(path, "run")
	for k, v := range env {
		cmd.Env = append(cmd.Env, k+"="+v)
	}
	return cmd
}

// file makes a run one outside Actions, with a ledger in a file.
func file(t *testing.T) map[string]string {
	return map[string]string{"GITHUB_ACTIONS": "", "GITHUB_RUN_ID": "", "INPUT_LEDGER": filepath.Join(t.TempDir(), "ledger.json")}
}

// Whoever ends the run ends what reads its output, too, as Ctrl-C does in a pipe:
// what was accepted is in the ledger all the same, and the next run sends the rest.
func TestStoppedInAPipe(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		t.Run(sig.String(), func(t *testing.T) {
			if signal.Ignored(sig) {
				t.Skip("these tests were started with the signal ignored, as nohup does, and so are their children")
			}
			s := services(t, "private")
			change := file(t)
			cmd := command(t, s, change)
			reader, writer, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			cmd.Stdout, cmd.Stderr = writer, writer
			var mails atomic.Int32
			ended := make(chan struct{})
			s.Mail.Break(func(at sandbox.MailStep, _ string) sandbox.MailAnswer {
				if at != sandbox.MailAtData {
					return sandbox.MailAnswer{}
				}
				switch mails.Add(1) {
				case 1:
					return sandbox.MailAnswer{} // is accepted
				case 2:
					reader.Close()
					_ = cmd.Process.Signal(sig)
				}
				<-ended
				return sandbox.MailAnswer{Drop: sandbox.MailDropBefore}
			})
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			writer.Close()
			_ = cmd.Wait() // the state says it
			close(ended)
			if status := cmd.ProcessState.ExitCode(); status != 1 {
				t.Errorf("the run ends with %v", cmd.ProcessState)
			}
			first := len(s.Mail.Mails())
			if first == 0 || first == people {
				t.Fatalf("%d mails before the end", first)
			}
			s.Mail.Break(nil)
			if out, err := command(t, s, change).CombinedOutput(); err != nil {
				t.Errorf("the next run: %v\n%s", err, out)
			}
			if got := len(s.Mail.Mails()); got != people {
				t.Errorf("%d mails to %d people", got, people)
			}
		})
	}
}

// A reader that goes away, and an output that takes nothing, keep nobody from
// getting anything, in Actions and outside.
func TestOutputThatTakesNothing(t *testing.T) {
	for _, how := range []string{"/dev/full", "closed"} {
		for _, actions := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, in Actions %v", how, actions), func(t *testing.T) {
				s := services(t, "private")
				change := map[string]string{}
				if !actions {
					change = file(t)
				}
				cmd := command(t, s, change)
				out, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
				if how == "closed" {
					var reader *os.File
					reader, out, err = os.Pipe()
					reader.Close()
				}
				if err != nil {
					t.Skip(err)
				}
				cmd.Stdout, cmd.Stderr = out, out
				err = cmd.Run()
				out.Close()
				if err != nil || len(s.Mail.Mails()) != people || len(s.Slack.Messages()) != 1 {
					t.Errorf("%v: %d mails to %d people, %d reports", err, len(s.Mail.Mails()), people, len(s.Slack.Messages()))
				}
			})
		}
	}
}

// Go's standard logger says nothing: net/http gives it what a server has sent
// without being asked.
func TestServerDoesNotWriteTheLog(t *testing.T) {
	s := services(t, "private")
	const unasked = "GHSA-zzzz-zzzz-zzzz ::error::acme/rocket"
	hub := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := httptest.NewRecorder()
		s.Slack.ServeHTTP(rec, r)
		conn, buffer, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		fmt.Fprintf(buffer, "HTTP/1.1 %d OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s%s\r\n", rec.Code, rec.Body.Len(), rec.Body, unasked)
		buffer.Flush()
		_, _ = io.Copy(io.Discard, conn) // until the client goes
		conn.Close()
	}))
	defer hub.Close()
	cmd := command(t, s, map[string]string{"INPUT_SLACK-API-URL": hub.URL + "/api/"})
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Errorf("%v\n%s%s", err, &stdout, &stderr)
	}
	if strings.Contains(stdout.String()+stderr.String(), "GHSA-zzzz") || stderr.Len() > 0 {
		t.Errorf("standard error holds\n%s", &stderr)
	}
}

// Where the log is public nothing gets out but by the console: not what the
// runtime prints when it ends a program, as at the panic of a library's goroutine.
// A signal makes it print the same.
func TestRuntimeIsSilentInPublic(t *testing.T) {
	for visibility, want := range map[string]bool{"public": false, "internal": false, "private": true} {
		t.Run(visibility, func(t *testing.T) {
			s := services(t, visibility)
			event := filepath.Join(t.TempDir(), "event.json")
			if err := os.WriteFile(event, []byte(`{"repository":{"visibility":"`+visibility+`"}}`), 0o600); err != nil {
				t.Fatal(err)
			}
			cmd := command(t, s, map[string]string{"GITHUB_EVENT_PATH": event, "INPUT_LEDGER-KEY": strings.Repeat("key-", 10), "ADVISORY_REMINDERS_GRID": "4s"})
			var stdout, stderr bytes.Buffer
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			var once sync.Once
			s.Mail.Break(func(at sandbox.MailStep, _ string) sandbox.MailAnswer {
				if at == sandbox.MailAtData {
					once.Do(func() { _ = cmd.Process.Signal(syscall.SIGQUIT) })
				}
				return sandbox.MailAnswer{}
			})
			_ = cmd.Run() // the state says it
			if status := cmd.ProcessState.ExitCode(); status != 2 {
				t.Errorf("the runtime did not end the program: %v\n%s", cmd.ProcessState, &stdout)
			}
			if strings.Contains(stderr.String(), "goroutine") != want || !want && stderr.Len() > 0 {
				t.Errorf("standard error holds\n%.2000s", &stderr)
			}
		})
	}
}
