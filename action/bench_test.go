package action_test

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sethvargo/go-githubactions"

	"github.com/openedx/advisory-reminders/action"
	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/sandbox"
	"github.com/openedx/advisory-reminders/internal/transport"
)

// A bench is a world with its services, in which whole runs are tried.
type bench struct {
	t *testing.T
	*sandbox.Services
	now    time.Time
	inputs map[string]string // of the next runs
	hush   func()            // where a process is told to be silent
	wait   func()            // called before a delivery is tried again
	passed atomic.Int64      // how much later than now the run's clock is, in nanoseconds
	ticks  bool              // waiting takes its time on that clock

	// pause waits in place of both; nil is as described there.
	pause func(ctx context.Context, d time.Duration) error
}

// result is what a run left.
type result struct {
	status         int
	stdout, stderr string
	summary        string
	outputs        map[string]string
	mails          []sandbox.Mail
	slack          []sandbox.SlackMessage
}

const home = "acme/security-reminders"

// newWorld returns an organization with one team of three, one repository that
// the team owns, and the private repository that runs the workflow.
func newWorld() *sandbox.World {
	w := &sandbox.World{
		Organizations: []*sandbox.Organization{{
			Login: "acme", Name: "Acme", Members: []string{"Ann", "bob", "cleo", "dora"}, Admins: []string{"dora"},
			Teams: []*sandbox.Team{{Slug: "rocketeers", Name: "Rocketeers", Members: []string{"Ann", "bob"}}},
		}},
		Users: []*sandbox.User{
			{Login: "Ann", Name: "Ann Archer", Email: "ann@example.org"},
			{Login: "bob", Name: "Bob Baker", Email: "bob@example.org"},
			{Login: "cleo", Name: "Cleo Cook", Email: "cleo@example.org"},
			{Login: "dora", Name: "Dora Dean"},
		},
		Repositories: []*sandbox.Repository{
			{Owner: "acme", Name: "security-reminders", Visibility: "private"},
			{Owner: "acme", Name: "rocket", Files: catalog("group:rocketeers")},
			{Owner: "acme", Name: "wheel", Files: catalog("user:cleo")},
			{Owner: "acme", Name: "orphan"},
		},
		Tokens: map[string]*sandbox.Token{
			sandbox.FullToken:     {Login: "dora", Scopes: []string{"repo", "read:org", "read:user", "user:email"}, Drafts: true, Members: true, Emails: true, VerifiedEmails: true},
			sandbox.WorkflowToken: {App: true, Repositories: []string{home}, Write: []string{home}},
		},
	}
	return w
}

func catalog(owner string) map[string]string {
	return map[string]string{"catalog-info.yaml": "apiVersion: backstage.io/v1alpha1\nkind: Component\nspec:\n  owner: " + owner + "\n"}
}

// draft adds a draft advisory to a world and returns its id.
func draft(w *sandbox.World, repo, severity string, created time.Time) *sandbox.Advisory {
	n := len(w.Advisories)
	a := &sandbox.Advisory{
		ID:         fmt.Sprintf("GHSA-%s-2222-%04d", strings.ToLower((repo + "xxxx")[:4]), n),
		Repository: "acme/" + repo,
		Summary:    "Secret title " + fmt.Sprint(n),
		State:      "draft",
		Severity:   severity,
		Created:    created,
		Updated:    created,
	}
	w.Advisories = append(w.Advisories, a)
	return a
}

// wednesday is the time of the first run of most tests.
var wednesday = time.Date(2026, 11, 18, 7, 17, 0, 0, time.UTC)

func newBench(t *testing.T, w *sandbox.World) *bench {
	t.Helper()
	w.SetTime(wednesday)
	s, err := sandbox.Start(w, home)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	s.Slack.Burst = -1
	return &bench{t: t, Services: s, now: wednesday}
}

// run makes one run as the Actions runner does, with inputs and other variables
// changed; an empty value takes one away. Outside Actions the command is run,
// unless the arguments name another.
func (b *bench) run(change map[string]string, args ...string) result {
	b.t.Helper()
	dir := b.t.TempDir()
	env := b.Env()
	env["GITHUB_STEP_SUMMARY"], env["GITHUB_OUTPUT"] = filepath.Join(dir, "summary.md"), filepath.Join(dir, "output")
	env["GITHUB_WORKSPACE"] = dir
	maps.Copy(env, b.inputs)
	maps.Copy(env, change)
	if len(args) == 0 && env["GITHUB_ACTIONS"]+env["GITHUB_RUN_ID"] == "" {
		args = []string{"run"}
	}
	b.World.SetTime(b.now)
	mails, messages := len(b.Mail.Mails()), len(b.Slack.Messages())
	var stdout, stderr bytes.Buffer
	now := b.now
	r := result{status: action.Main(b.t.Context(), action.Process{
		Args:   args,
		Getenv: func(k string) string { return env[k] },
		Environ: func() (list []string) {
			for name, value := range env {
				list = append(list, name+"="+value)
			}
			return list
		},
		Stdout: &stdout, Stderr: &stderr,
		Hush: func(bool) {
			if b.hush != nil {
				b.hush()
			}
		},
		Now:      func() time.Time { return now.Add(time.Duration(b.passed.Load())) },
		Patience: transport.Options{Retries: 2, MinWait: time.Millisecond, MaxWait: 3 * time.Second},
		Wait: func(ctx context.Context, d time.Duration) error {
			if b.pause != nil {
				return b.pause(ctx, d)
			}
			if b.ticks && ctx.Err() == nil {
				b.passed.Add(int64(max(0, d)))
			}
			if b.wait != nil {
				b.wait()
			}
			return ctx.Err()
		},
	})}
	r.stdout, r.stderr = printed(stdout.String()), stderr.String()
	r.summary = printed(read(env["GITHUB_STEP_SUMMARY"]))
	r.outputs = outputs(printed(read(env["GITHUB_OUTPUT"])))
	r.mails, r.slack = b.Mail.Mails()[mails:], withoutProcess(b.Slack.Messages()[messages:])
	return r
}

// printed is what was printed for a runner, with lines that end alike: there they end
// as the system's do.
func printed(text string) string { return strings.ReplaceAll(text, githubactions.EOF, "\n") }

// withoutProcess leaves out what follows in the thread of a digest, which is the same
// in each.
func withoutProcess(list []sandbox.SlackMessage) []sandbox.SlackMessage {
	return slices.DeleteFunc(slices.Clone(list), func(m sandbox.SlackMessage) bool { return m.Text == notify.ProcessTitle })
}

// must makes a run and fails the test if its exit status is another.
func (b *bench) must(status int, change map[string]string, args ...string) result {
	b.t.Helper()
	r := b.run(change, args...)
	if r.status != status {
		b.t.Fatalf("exit status %d, want %d\nstdout:\n%s\nstderr:\n%s", r.status, status, r.stdout, r.stderr)
	}
	return r
}

// fault lets GitHub answer some requests in another way.
func (b *bench) fault(f func(*http.Request) http.Handler) {
	b.World.Lock()
	defer b.World.Unlock()
	b.GitHub.Fault = f
}

func read(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return string(text)
}

var outputForm = regexp.MustCompile(`(?m)^([a-z-]+)<<(\S+)\n(.*)\n(\S+)$`)

// outputs reads the runner's output file.
func outputs(text string) map[string]string {
	m := make(map[string]string)
	for _, o := range outputForm.FindAllStringSubmatch(text, -1) {
		m[o[1]] = o[3]
	}
	return m
}

var idForm = regexp.MustCompile(`GHSA(-[0-9a-z]{4}){3}`)

// ids returns the advisories that a text names, each once, in order of their
// first place.
func ids(text string) []string {
	var list []string
	for _, id := range idForm.FindAllString(text, -1) {
		if !slices.Contains(list, id) {
			list = append(list, id)
		}
	}
	return list
}

// reports joins what was posted to the report's channel.
func (r result) reports() string {
	var b strings.Builder
	for _, m := range r.slack {
		if m.ChannelName == sandbox.ReportChannel {
			b.WriteString(m.Text + "\n" + string(m.Blocks) + "\n")
		}
	}
	return b.String()
}

// to returns the addresses that got mail, in order.
func (r result) to() []string {
	list := []string{}
	for _, m := range r.mails {
		list = append(list, m.To...)
	}
	slices.Sort(list)
	return list
}
