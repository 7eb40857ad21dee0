package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/openedx/advisory-reminders/action"
	"github.com/openedx/advisory-reminders/internal/sandbox"
)

// started runs serve until the test ends, and returns the environment that it
// has written.
func started(t *testing.T, args ...string) map[string]string {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	file := filepath.Join(t.TempDir(), "env")
	ready, out := io.Pipe()
	done := make(chan error, 1)
	go func() {
		err := serve(ctx, append([]string{"-env", file}, args...), out, io.Discard)
		out.CloseWithError(err)
		done <- err
	}()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	if _, err := ready.Read(make([]byte, 1000)); err != nil {
		t.Fatalf("serve did not start: %v", err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	env := make(map[string]string)
	for line := range strings.Lines(string(text)) {
		if !regexp.MustCompile(`^[A-Z_-]+=\S+\n$`).MatchString(line) {
			t.Errorf("%q is no line of KEY=value without spaces", line)
		}
		key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		env[key] = value
	}
	return env
}

// received asks the inbox.
func received(t *testing.T, env map[string]string, path string) string {
	t.Helper()
	resp, err := http.Get(env["SANDBOX_INBOX"] + path)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v", path, resp.Status, err)
	}
	return string(text)
}

// run is a run of the action in an environment.
func run(t *testing.T, env map[string]string, args ...string) (status int, output string) {
	t.Helper()
	var out bytes.Buffer
	status = action.Main(t.Context(), action.Process{
		Args: args, Getenv: func(k string) string { return env[k] }, Stdout: &out, Stderr: &out,
		SlackPace: time.Millisecond,
	})
	return status, out.String()
}

func TestServe(t *testing.T) {
	env := started(t, "-now", "2026-06-01")
	if env["INPUT_AS-OF"] != "2026-06-01T00:00:00Z" {
		t.Errorf("a run would be at %q", env["INPUT_AS-OF"])
	}
	if status, out := run(t, env, "run", "-dry-run"); status != 0 || !strings.Contains(out, sandbox.DemoOrganization+"/campus-platform") {
		t.Fatalf("dry run: exit %d\n%s", status, out)
	}
	if got := received(t, env, ""); got != "Nothing was received so far.\n" {
		t.Errorf("after a dry run the inbox has %q", got)
	}
	if status, out := run(t, env); status != 0 {
		t.Fatalf("live run: exit %d\n%s", status, out)
	}
	mails, messages := received(t, env, "mails"), received(t, env, "messages")
	if !regexp.MustCompile(`(?m)^\S+@\S+\tamara@campus.example.org\t.*\[`).MatchString(mails) {
		t.Errorf("mails:\n%s", mails)
	}
	if !strings.HasPrefix(messages, "#"+sandbox.ReportChannel+"\t") {
		t.Errorf("messages:\n%s", messages)
	}
	whole := received(t, env, "")
	for _, want := range []string{"Mail to amara@campus.example.org: ", "Slack message to #" + sandbox.ReportChannel} {
		if !strings.Contains(whole, want) {
			t.Errorf("the inbox lacks %q:\n%s", want, whole)
		}
	}
}

func TestServePublic(t *testing.T) {
	env := started(t, "-now", "2026-06-01T09:30:00+02:00", "-visibility", "public")
	env["INPUT_LEDGER-KEY"], env["ADVISORY_REMINDERS_GRID"] = strings.Repeat("0123456789abcdef", 4), "3s"
	status, out := run(t, env)
	if status != 0 || strings.Contains(out, sandbox.DemoOrganization) || !strings.HasSuffix(out, "\nThe run went well.\n") {
		t.Errorf("exit %d\n%s", status, out)
	}
	if received(t, env, "mails") == "" {
		t.Error("no mail was sent")
	}
}

func TestServeFolder(t *testing.T) {
	dir := t.TempDir()
	for path, text := range map[string]string{
		"catalog/engine/CODEOWNERS": "* @somebody\n",
		"advisories/all.json":       `[{"ghsa_id": "GHSA-2222-3333-4444", "repository": "acme/engine", "severity": "critical"}]`,
	} {
		path = filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	env := started(t, "-load", dir, "-organization", "acme")
	if env["INPUT_AS-OF"] != "" {
		t.Error("without -now a run is at the time that it is")
	}
	if status, out := run(t, env); status != 0 {
		t.Errorf("exit %d\n%s", status, out)
	}
	if mails := received(t, env, "mails"); !strings.Contains(mails, "\tsomebody@example.org\t") {
		t.Errorf("mails:\n%s", mails)
	}
}

// The token may be an app's, with as many permissions as are named.
func TestServeApp(t *testing.T) {
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"-app", "repository_advisories=write,contents=read,members=read"}, "that of an app, installed on all repositories"},
		{[]string{"-app", "contents=read,members=read"}, "the list is empty"},
		{[]string{"-app", "repository_advisories=write,contents=read", "-installed", "campus-platform,quiz-engine"}, "installed on 2 repositories"},
	} {
		env := started(t, append(tt.args, "-now", "2026-06-01")...)
		if status, out := run(t, env, "check"); status > 1 || !strings.Contains(strings.Join(strings.Fields(out), " "), tt.want) {
			t.Errorf("%q: exit %d, want %q:\n%s", tt.args, status, tt.want, out)
		}
	}
}

// A mail server with TLS is believed by those alone who have its certificate.
func TestServeSecurity(t *testing.T) {
	roots := filepath.Join(t.TempDir(), "roots.pem")
	env := started(t, "-now", "2026-06-01", "-smtp-security", "starttls", "-roots", roots)
	if text, err := os.ReadFile(roots); err != nil || !strings.HasPrefix(string(text), "-----BEGIN CERTIFICATE-----") {
		t.Errorf("%v: %s", err, text)
	}
	if status, out := run(t, env); status != 1 || !strings.Contains(out, "certificate") {
		t.Errorf("exit %d\n%s", status, out)
	}
	if mails := received(t, env, "mails"); mails != "" {
		t.Errorf("mail went to a server that nobody vouches for:\n%s", mails)
	}
}

func TestServeRefuses(t *testing.T) {
	file := filepath.Join(t.TempDir(), "env")
	for _, tt := range []struct {
		args []string
		want string
	}{
		{nil, "-env is missing"},
		{[]string{"-env", file, "x"}, `"x" is not a flag`},
		{[]string{"-env", file, "-now", "June"}, "-now is neither"},
		{[]string{"-env", file, "-organization", "acme"}, "-organization goes with -load"},
		{[]string{"-env", file, "-load", filepath.Join(file, "none")}, "load catalog"},
		{[]string{"-env", file, "-visibility", "secret"}, "-visibility is none of"},
		{[]string{"-env", file, "-smtp-security", "ssl"}, "-smtp-security must be"},
		{[]string{"-env", file, "-app", "members"}, "-app is no list"},
		{[]string{"-env", file, "-app", "members=all"}, "-app is no list"},
		{[]string{"-env", file, "-installed", "x"}, "-installed goes with"},
		{[]string{"-env", file, "-app", "members=read", "-installed", "x"}, `no repository "x"`},
		{[]string{"-env", file, "-roots", "x"}, "-roots goes with"},
		{[]string{"-env", filepath.Join(file, "x")}, "write the environment"},
	} {
		err := serve(t.Context(), tt.args, io.Discard, io.Discard)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q: %v, want %q", tt.args, err, tt.want)
		}
	}
	if _, err := os.Stat(file); !os.IsNotExist(err) {
		t.Errorf("a file was written: %v", err)
	}
}

func TestUntilEnd(t *testing.T) {
	r, w := io.Pipe()
	ctx := untilEnd(t.Context(), r)
	if err := ctx.Err(); err != nil {
		t.Fatalf("ended before its input: %v", err)
	}
	w.Close()
	<-ctx.Done() // or the test never ends

	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	defer write.Close()
	if !isPipe(read) {
		t.Error("a pipe is none")
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	if isPipe(null) {
		t.Error("the null device is a pipe")
	}
}

// What the example for GitHub alone sets up can be tried here: the report goes to an
// issue of the repository that runs the workflow. The draft that it looks for is months
// old, so it is due in a first run on any day.
func TestServeForGitHubAlone(t *testing.T) {
	env := started(t, "-app", "repository_advisories=write,contents=read,members=read")
	for k := range env {
		if strings.HasPrefix(k, "INPUT_SLACK-") || strings.HasPrefix(k, "INPUT_SMTP-") || strings.HasPrefix(k, "INPUT_EMAIL-") {
			delete(env, k)
		}
	}
	env["INPUT_REPORT-ISSUE"], env["INPUT_CONFIG-TEXT"] = "true", "channels: [thread]\naccess: owners\n"
	if status, out := run(t, env, "check"); status != 0 {
		t.Errorf("check: exit %d\n%s", status, out)
	}
	if status, out := run(t, env); status != 0 {
		t.Errorf("live run: exit %d\n%s", status, out)
	}
	whole := received(t, env, "")
	for _, want := range []string{"Issue " + sandbox.DemoRepository + "#1: ", " on " + sandbox.DemoOrganization + "/campus-platform GHSA-"} {
		if !strings.Contains(whole, want) {
			t.Errorf("the inbox lacks %q:\n%s", want, whole)
		}
	}
}
