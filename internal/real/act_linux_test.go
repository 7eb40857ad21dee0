package real

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// loopback is an address of this machine at which nobody else listens: the
// example's mail server and slack.com are there, at their own ports.
const loopback = "127.0.0.87"

// clientID is the app's, in the example.
const clientID = "Iv23liEXAMPLE"

// The action runs in workflows, by a runner that isn't ours: the example for an
// organization, unchanged, and the action by its path.
func TestAct(t *testing.T) {
	wanted(t)
	began := time.Now()
	a := startAct(t)
	t.Run("the example for an organization", a.organization)
	t.Run("uses ./", a.path)
	figure("act %s: %d workflow runs of the action, %d checks of their logs, %d mails by way of Postfix, %.0f s",
		lastWord(output(t, "", a.program, "--version")), a.runs, a.checks, a.delivered, time.Since(began).Seconds())
}

// An actTrial is a machine for workflows, with what they talk to.
type actTrial struct {
	program string
	dir     string // everything of it is below, and has the same path in a container
	s       *sandbox
	mail    *postfix
	secrets map[string]string

	github      *httptest.Server // the sandbox's, and what an app asks for its token
	asked       []string         // the permissions that each token was asked for, as JSON
	tokenAction string           // as the example names it
	tokenFolder string

	runs, checks, delivered int
}

func startAct(t *testing.T) *actTrial {
	t.Helper()
	a := &actTrial{program: tool(t, "act")}
	docker := tool(t, "docker")
	if err := exec.Command(docker, "version").Run(); err != nil {
		lacking(t, "no Docker engine answers (%s)", os.Getenv("ENGINE"))
	}
	if os.Getenv("BUILD_IMAGE") != "" {
		lacking(t, "act builds on the Dockerfile's own build image alone, which can't be had")
	}
	a.dir = t.TempDir()
	a.mail = startPostfix(t, 0, net.JoinHostPort(loopback, "587"))
	a.s = startSandbox(t, "-app", "repository_advisories=write,contents=read,members=read")
	a.secrets = map[string]string{
		"SLACK_TOKEN": a.s.env["INPUT_SLACK-TOKEN"], "TOKEN": a.s.env["INPUT_TOKEN"],
		"SMTP_USERNAME": mailUser, "SMTP_PASSWORD": mailPassword, "GITHUB_TOKEN": a.s.env["INPUT_LEDGER-TOKEN"],
	}
	a.slack(t)
	a.folders(t)
	return a
}

// folders makes the action, a repository that has the example, and one that has
// the action and a workflow that uses it by its path.
func (a *actTrial) folders(t *testing.T) {
	t.Helper()
	action := filepath.Join(a.dir, "action")
	for file := range strings.SplitSeq(output(t, "", "git", "-c", "safe.directory=*", "-C", root, "ls-files", "-z"), "\x00") {
		if text, err := os.ReadFile(filepath.Join(root, file)); err == nil && !strings.HasPrefix(file, ".github/") {
			writeFile(t, filepath.Join(action, file), string(text))
		}
	}
	example := readFile(t, root+"/examples/organization.yml")
	a.repository(t, "organization", map[string]string{
		".github/workflows/advisory-reminders.yml": example,
		".github/advisory-reminders.yml":           readFile(t, root+"/examples/advisory-reminders.yml"),
	})
	if err := os.CopyFS(filepath.Join(a.dir, "own"), os.DirFS(action)); err != nil {
		t.Fatal(err)
	}
	a.repository(t, "own", map[string]string{".github/workflows/try.yml": readFile(t, "testdata/uses-dot.yml")})

	a.tokenAction = regexp.MustCompile(`actions/create-github-app-token@[0-9a-f]{40}`).FindString(example)
	a.appToken(t)
}

// repository makes a git repository of files, as if it were the workflow's.
func (a *actTrial) repository(t *testing.T, name string, files map[string]string) {
	t.Helper()
	dir := filepath.Join(a.dir, name)
	for path, text := range files {
		writeFile(t, filepath.Join(dir, path), text)
	}
	for _, args := range [][]string{
		{"init", "-q", "-b", "main"}, {"remote", "add", "origin", "https://github.com/" + a.s.env["GITHUB_REPOSITORY"] + ".git"},
		{"add", "-A"}, {"-c", "user.name=test", "-c", "user.email=test@example.org", "commit", "-qm", "Test"},
	} {
		output(t, "", "git", append([]string{"-C", dir}, args...)...)
	}
}

// slack serves the sandbox's Slack as slack.com.
func (a *actTrial) slack(t *testing.T) {
	t.Helper()
	target, err := url.Parse(a.s.env["INPUT_SLACK-API-URL"])
	if err != nil {
		t.Fatal(err)
	}
	target.Path = ""
	certificate, key := a.mail.authority.issue(t, "slack.com", time.Now().Add(time.Hour))
	pair, err := tls.X509KeyPair([]byte(certificate), []byte(key))
	if err != nil {
		t.Fatal(err)
	}
	l, err := tls.Listen("tcp", net.JoinHostPort(loopback, "443"), &tls.Config{Certificates: []tls.Certificate{pair}})
	if err != nil {
		lacking(t, "%v", err)
	}
	server := &http.Server{Handler: &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }}}
	go server.Serve(l)
	t.Cleanup(func() { server.Close() })
}

// An event is a line of what act says of a run.
type event struct {
	Msg       string
	StepID    []string
	Command   string // of the runner, such as error or set-output
	Name, Arg string
	Job       string
}

// A workflowRun is what act says of one.
type workflowRun struct {
	status int
	text   string // all that was printed
	events []event
	shown  bool // after a failed check
}

// run runs a job of a workflow in a folder; an empty job stands for all.
func (a *actTrial) run(t *testing.T, folder, trigger, job string, inputs map[string]string) *workflowRun {
	t.Helper()
	a.runs++
	repository := map[string]any{"full_name": a.s.env["GITHUB_REPOSITORY"], "visibility": "private", "private": true}
	payload, err := json.Marshal(map[string]any{"repository": repository, "inputs": inputs})
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(a.dir, "event.json"), string(payload))

	address := a.github.URL
	args := []string{
		trigger, "--json", "--eventpath", filepath.Join(a.dir, "event.json"),
		// Steps run on this machine, and the action in its container, as on
		// GitHub's. What act has for the step is at the same path in there.
		"--platform", "ubuntu-latest=-self-hosted",
		"--container-options", fmt.Sprintf("--network host --add-host smtp.example.org:%s --add-host slack.com:%s -v %s:%s -v %s:/etc/ssl/certs/ca-certificates.crt:ro",
			loopback, loopback, a.dir, a.dir, filepath.Join(a.mail.dir, "ca.pem")),
		"--container-daemon-socket", "-", "--pull=false", "--rebuild=false", "--no-cache-server",
		"--insecure-secrets", // act hides nothing, so that what the program would print is seen
		"--var", "REMINDERS_APP_CLIENT_ID=" + clientID,
		"--local-repository", "openedx/advisory-reminders@" + strings.Repeat("0", 40) + "=" + filepath.Join(a.dir, "action"),
		"--local-repository", a.tokenAction + "=" + a.tokenFolder,
		"--env", fmt.Sprintf("GITHUB_RUN_ID=%d", a.runs), "--env", "RUNNER_ENVIRONMENT=github-hosted",
	}
	for name, value := range map[string]string{"GITHUB_API_URL": address, "GITHUB_GRAPHQL_URL": address + "/graphql", "GITHUB_SERVER_URL": a.s.env["GITHUB_SERVER_URL"]} {
		args = append(args, "--env", name+"="+value)
	}
	if job != "" {
		args = append(args, "--job", job)
	}
	env := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + a.dir, "DOCKER_HOST=" + os.Getenv("DOCKER_HOST")}
	for name, value := range a.secrets {
		args = append(args, "--secret", name) // the value is in the environment
		env = append(env, name+"="+value)
	}
	cmd := exec.CommandContext(t.Context(), a.program, args...)
	cmd.Dir, cmd.Env = folder, env
	text, err := cmd.CombinedOutput()
	if _, exited := err.(*exec.ExitError); err != nil && !exited {
		t.Fatal(err)
	}
	r := &workflowRun{status: cmd.ProcessState.ExitCode(), text: string(text)}
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var e event
		if json.Unmarshal(lines.Bytes(), &e) == nil {
			r.events = append(r.events, e)
		}
	}
	// Whoever reads the log learns no secret. The runner is told them to mask them.
	for _, e := range r.events {
		if e.Command == "add-mask" || e.Command == "set-output" && e.Name == "token" {
			continue
		}
		for name, secret := range a.secrets {
			if name != "SMTP_USERNAME" && strings.Contains(e.Msg+e.Arg, secret) {
				t.Errorf("the log holds %s: %.200s", name, e.Msg)
			}
		}
	}
	a.checks++
	return r
}

// output returns an output of the action's step.
func (r *workflowRun) output(name string) string {
	for _, e := range r.events {
		if e.Command == "set-output" && e.Name == name {
			return e.Arg
		}
	}
	return ""
}

// says reports whether a line of the log holds a text.
func (r *workflowRun) says(text string) bool {
	return slices.ContainsFunc(r.events, func(e event) bool { return strings.Contains(e.Msg, text) })
}

// annotations returns the errors that the run shows, as one line each.
func (r *workflowRun) annotations() []string {
	var list []string
	for _, e := range r.events {
		if e.Command == "error" {
			list = append(list, e.Arg)
		}
	}
	return list
}

// check notes an error unless it holds, with what act said.
func (a *actTrial) check(t *testing.T, r *workflowRun, what string, holds bool) {
	t.Helper()
	a.checks++
	if holds {
		return
	}
	t.Errorf("not so: %s", what)
	if r.shown {
		return
	}
	r.shown = true
	var log []string
	for _, e := range r.events {
		log = append(log, strings.TrimSuffix(e.Msg, "\n"))
	}
	if len(r.events) == 0 {
		log = strings.Split(r.text, "\n")
	}
	t.Logf("exit %d\n%s", r.status, strings.Join(log[max(0, len(log)-100):], "\n"))
}

// arrived is how many mails and Slack messages there are so far.
func (a *actTrial) arrived(t *testing.T) (mails, messages int) {
	t.Helper()
	a.delivered = len(a.mail.mails(t))
	return a.delivered, len(a.s.inbox(t, "messages"))
}

func (a *actTrial) organization(t *testing.T) {
	folder := filepath.Join(a.dir, "organization")
	silent := func() bool {
		mails, messages := a.arrived(t)
		return mails+messages == 0
	}
	r := a.run(t, folder, "workflow_dispatch", "", map[string]string{"check": "true", "dry-run": "true"})
	a.check(t, r, "a check finds nothing wrong", r.status == 0)
	a.check(t, r, "a check sends nothing", silent())
	a.check(t, r, "a check reaches the mail server", r.says("smtp.example.org:587"))

	r = a.run(t, folder, "workflow_dispatch", "", map[string]string{"check": "false", "dry-run": "true", "as-of": "", "force": "false", "severities": ""})
	a.check(t, r, "a dry run goes well", r.status == 0)
	a.check(t, r, "a dry run sends nothing", silent())
	a.check(t, r, "a dry run has its outputs", r.output("due-reminders") > "0" && r.output("digests-sent") == "0")

	r = a.run(t, folder, "schedule", "", nil)
	mails, messages := a.arrived(t)
	a.check(t, r, "a live run goes well", r.status == 0)
	a.check(t, r, "every digest is in the mailbox", mails > 10 && r.output("digests-sent") == fmt.Sprint(mails))
	a.check(t, r, "the report is in the channel", messages > 0)
	a.check(t, r, "there is a job summary", r.says("Summary"))

	r = a.run(t, folder, "schedule", "", nil)
	again, _ := a.arrived(t)
	for _, permissions := range a.asked {
		a.check(t, r, "the token has the example's permissions alone: "+permissions,
			permissions == `{"contents":"read","members":"read","repository_advisories":"write"}`)
	}
	a.check(t, r, "a second run goes well", r.status == 0)
	a.check(t, r, "a second run sends nothing twice", again == mails && r.output("digests-sent") == "0")
}

func (a *actTrial) path(t *testing.T) {
	// The image has been built for the example; it is this one.
	output(t, "", "docker", "tag", "act-openedx-advisory-reminders-v1-dockeraction:latest", "act-dockeraction:latest")
	folder := filepath.Join(a.dir, "own")

	r := a.run(t, folder, "workflow_dispatch", "defaults", nil)
	a.check(t, r, "the job goes on after the step", r.status == 0)
	a.check(t, r, "without inputs the step fails, and has no outputs", r.says("outcome=failure outputs={}"))
	a.check(t, r, "what is missing is named", slices.ContainsFunc(r.annotations(), func(s string) bool { return strings.HasPrefix(s, "input token:") }))

	r = a.run(t, folder, "workflow_dispatch", "odd", nil)
	a.check(t, r, "odd values do no harm", r.status == 0 && len(r.annotations()) == 0)
	a.check(t, r, "they arrive as they are", r.says(`Ünï "C" $HOME $(id) `+"`id` 漢 100%25 ::error::x"))
	a.check(t, r, "the next step has the outputs", r.says(`"due-reminders": "`+r.output("due-reminders")+`"`))

	r = a.run(t, folder, "workflow_dispatch", "wrong", nil)
	a.check(t, r, "the job goes on after mistakes", r.status == 0 && r.says("outcome=failure outputs={}"))
	for _, input := range []string{"severities", "smtp-port", "slack-webhook-url", "max-recipients", "timezone"} {
		a.check(t, r, "the mistake in "+input+" is an annotation", slices.ContainsFunc(r.annotations(), func(s string) bool { return strings.Contains(s, input) }))
	}
	a.check(t, r, "no value makes an annotation of its own", !slices.ContainsFunc(r.annotations(), func(s string) bool { return strings.HasPrefix(s, "injected") }))
}
