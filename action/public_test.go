package action_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"filippo.io/age"

	"github.com/openedx/advisory-reminders/action"
	"github.com/openedx/advisory-reminders/internal/sandbox"
	"github.com/openedx/advisory-reminders/internal/transport"
)

// A doubt is a way for a repository not to be private for certain: what the
// event says, and what the API does.
type doubt struct {
	name  string
	event string // the event's file; empty: there is none
	world string // the visibility that the API tells
	api   http.Handler

	attempt string // of the run; a first one needs no more than the event
}

func doubts() []doubt {
	private := `{"repository":{"private":true,"visibility":"private"}}`
	list := []doubt{
		{name: "the event says public", event: `{"repository":{"private":false,"visibility":"public"}}`, world: "public"},
		{name: "the event says internal", event: `{"repository":{"private":true,"visibility":"internal"}}`, world: "internal"},
		{name: "no event, the API says public", world: "public"},
		{name: "no event, the API says internal", world: "internal"},
		{name: "no event, the API refuses", world: "private", api: respond(403, `{"message":"Forbidden for acme/rocket"}`)},
		{name: "no event, the API knows nothing", world: "private", api: respond(404, `{"message":"Not Found: acme/rocket"}`)},
		{name: "no event, the API is out of order", world: "private", api: respond(200, `{"visibility":`)},
		{name: "the event is no JSON", event: `{"repository":{"visibility":"private"`, world: "public"},
		{name: "the event says no more than private", event: `{"repository":{"private":true}}`, world: "internal"},
		{name: "the event is about nothing", event: `{}`, world: "private", api: respond(200, `{"private":true}`)},
		{name: "a re-run, the API says public", event: private, world: "public", attempt: "2"},
		{name: "a re-run, the API says internal", event: private, world: "internal", attempt: "3"},
		{name: "a re-run, the API refuses", event: private, world: "private", api: respond(403, `{"visibility":"private"}`), attempt: "2"},
		{name: "a re-run, the API is out of order", event: private, world: "private", api: respond(200, `{"visibility":`), attempt: "2"},
		{name: "the event says public, the API private", event: `{"repository":{"visibility":"public"}}`, world: "private"},
		{name: "the event says internal, the API private", event: `{"repository":{"visibility":"internal"}}`, world: "private"},
	}
	for i := range list {
		if list[i].attempt == "" {
			list[i].attempt = "1"
		}
	}
	return list
}

// secretWorld is newWorld with something to give away in every field.
func secretWorld() *sandbox.World {
	w := newWorld()
	org := w.Organizations[0]
	org.VerifiedDomains = []string{"mail.acme-company.test"}
	org.Members = append(org.Members, "Quentin-Quux")
	org.Teams[0].Description = "People who build the vehicle"
	org.Teams = append(org.Teams, &sandbox.Team{Slug: "night-shift", Name: "Night.Shift", Members: []string{"Quentin-Quux"}},
		&sandbox.Team{Slug: "openedx-unmaintained", Name: "openedx-unmaintained", Members: []string{"dora"}})
	w.Users = append(w.Users, &sandbox.User{Login: "Quentin-Quux", Name: "Quentin Quux-Müller",
		Addresses: map[string][]string{"acme": {"q.quux@mail.acme-company.test"}}})
	w.Repositories = append(w.Repositories,
		&sandbox.Repository{Owner: "acme", Name: "telescope", Description: "Looks far", Files: catalog("group:night-shift"), Visibility: "private"},
		&sandbox.Repository{Owner: "acme", Name: "gyroscope", Files: map[string]string{"CODEOWNERS": "* @acme/night-shift @nobody-known\n"}},
		&sandbox.Repository{Owner: "acme", Name: "attic-museum", Archived: true, Files: catalog("user:cleo")},
		&sandbox.Repository{Owner: "acme", Name: "derelict", Files: catalog("group:openedx-unmaintained")},
		&sandbox.Repository{Owner: "acme", Name: "garbled", Files: map[string]string{"catalog-info.yaml": "spec: {owner: [unbalanced-secret"}},
	)
	for i, repo := range []string{"rocket", "wheel", "orphan", "telescope", "gyroscope", "attic-museum", "derelict", "garbled"} {
		severity := []string{"critical", "high", "medium", "low", ""}[i%5]
		a := draft(w, repo, severity, wednesday.AddDate(-1, -i, 0))
		a.CVE = fmt.Sprintf("CVE-2026-%05d", 31000+i)
		a.Summary = fmt.Sprintf("Deserialization flaw nr. %d lets strangers take over %s", 40+i, repo)
		a.Description = "Send a crafted pickle to the debug endpoint /internal/unsafe and watch"
		if severity != "" {
			a.Score, a.Vector = 4.3+float64(i)/10, fmt.Sprintf("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/E:%d", i)
		}
		a.Author, a.Reported = "outside-finder", i%2 == 0
		a.Credits = []sandbox.Credit{{Login: "credited-person", Type: "finder", State: "accepted"}}
		a.CWEs = []string{"CWE-502"}
		a.Vulnerabilities = []sandbox.Vulnerability{{Ecosystem: "pip", Package: "acme-" + repo + "-lib", Affected: "< 7.8.9", Patched: "7.8.9", Functions: []string{"unsafe.load_everything"}}}
		a.CollaboratingUsers = []string{"dora"}
		a.PrivateFork = "acme/" + repo + "-" + strings.ToLower(a.ID)
	}
	return w
}

// A passage is a run with all that is to go wrong in it.
type passage struct {
	name   string
	world  func(*sandbox.World)
	set    func(*bench)
	change map[string]string
	args   []string
	again  bool // a second run follows a week later

	// hook changes the process, and may keep stop to call it at a bad moment.
	hook func(p *action.Process, stop context.CancelFunc)
}

// trace is what a passage left behind.
type trace struct {
	result
	env     map[string]string
	others  map[string]string // what the runner's other files hold, by variable
	files   []string          // that are there now and were not before
	pushed  []push
	args    []string
	panicks any // what came out of the program
}

// A push is a request that changes the repository which runs the workflow.
type push struct {
	method, path string
	body         []byte
}

// throughs counts the runs.
var throughs atomic.Int64

// through makes a run as the runner does, with everything watched.
func (b *bench) through(p passage, event string, visibility http.Handler) (t trace) {
	b.t.Helper()
	dir := b.t.TempDir()
	t.env, t.args = b.Env(), p.args
	for _, name := range []string{"GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT", "GITHUB_STATE", "GITHUB_ENV", "GITHUB_PATH"} {
		t.env[name] = filepath.Join(dir, "runner", strings.ToLower(name))
	}
	t.env["GITHUB_WORKSPACE"], t.env["RUNNER_TEMP"] = filepath.Join(dir, "workspace"), filepath.Join(dir, "temp")
	for _, d := range []string{"runner", "workspace", "temp"} {
		if err := os.Mkdir(filepath.Join(dir, d), 0o700); err != nil {
			b.t.Fatal(err)
		}
	}
	if event != "" {
		t.env["GITHUB_EVENT_PATH"] = filepath.Join(dir, "event.json")
		if err := os.WriteFile(t.env["GITHUB_EVENT_PATH"], []byte(event), 0o600); err != nil {
			b.t.Fatal(err)
		}
	}
	maps.Copy(t.env, b.inputs)
	maps.Copy(t.env, p.change)
	// A run that fails leaves requests under way, which may be answered during
	// the next one: by its token each run is told from others.
	token := ""
	if t.env["INPUT_LEDGER-TOKEN"] == sandbox.WorkflowToken {
		token = fmt.Sprintf("%s-%d", sandbox.WorkflowToken, throughs.Add(1))
		t.env["INPUT_LEDGER-TOKEN"] = token
		b.World.Lock()
		b.World.Tokens[token] = b.World.Tokens[sandbox.WorkflowToken]
		b.World.Unlock()
	}
	before := filesIn(dir)
	here := filesIn(".")

	b.World.Lock()
	row := b.GitHub.Fault
	var asked atomic.Bool
	var mu sync.Mutex
	b.GitHub.Fault = func(r *http.Request) http.Handler {
		if r.Method != http.MethodGet {
			body, _ := io.ReadAll(r.Body)
			r.Body = io.NopCloser(bytes.NewReader(body))
			if strings.Contains(r.URL.Path, "/git/") || bytes.Contains(body, []byte("createCommitOnBranch")) {
				mu.Lock()
				t.pushed = append(t.pushed, push{r.Method, r.URL.Path, body})
				mu.Unlock()
			}
		}
		if r.Method == http.MethodGet && r.URL.Path == "/repos/"+home && visibility != nil &&
			strings.HasSuffix(r.Header.Get("Authorization"), token) && !asked.Swap(true) {
			return visibility
		}
		if row != nil {
			return row(r)
		}
		return nil
	}
	b.World.Unlock()
	defer func() {
		b.World.Lock()
		b.GitHub.Fault = row
		b.World.Unlock()
	}()

	if len(p.args) == 0 && t.env["GITHUB_ACTIONS"]+t.env["GITHUB_RUN_ID"] == "" {
		p.args = []string{"run"}
	}
	b.World.SetTime(b.now)
	mails, messages := len(b.Mail.Mails()), len(b.Slack.Messages())
	ctx, stop := context.WithCancel(b.t.Context())
	defer stop()
	var stdout, stderr bytes.Buffer
	now := b.now
	process := action.Process{
		Args:   p.args,
		Getenv: func(k string) string { return t.env[k] },
		Stdout: &stdout, Stderr: &stderr,
		Now:       func() time.Time { return now },
		Patience:  transport.Options{Retries: 2, MinWait: time.Millisecond, MaxWait: 3 * time.Second},
		Wait:      func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
		SlackPace: time.Nanosecond,
	}
	if p.hook != nil {
		p.hook(&process, stop)
	}
	func() {
		defer func() { t.panicks = recover() }()
		t.status = action.Main(ctx, process)
	}()
	t.stdout, t.stderr = printed(stdout.String()), printed(stderr.String())
	t.summary = printed(read(t.env["GITHUB_STEP_SUMMARY"]))
	t.others = make(map[string]string)
	for _, name := range []string{"GITHUB_OUTPUT", "GITHUB_STATE", "GITHUB_ENV", "GITHUB_PATH"} {
		t.others[name] = read(t.env[name])
	}
	for _, name := range append(filesIn(dir), filesIn(".")...) {
		if !slices.Contains(before, name) && !slices.Contains(here, name) && !slices.Contains(slices.Collect(maps.Values(t.env)), name) {
			t.files = append(t.files, name)
		}
	}
	t.mails, t.slack = b.Mail.Mails()[mails:], b.Slack.Messages()[messages:]
	return t
}

func filesIn(dir string) (list []string) {
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			list = append(list, path)
		}
		return nil
	})
	return list
}

// secretInputs are the inputs that are masked, since they are secrets by
// themselves.
var secretInputs = []string{"TOKEN", "SLACK-TOKEN", "SLACK-WEBHOOK-URL", "SMTP-USERNAME", "SMTP-PASSWORD", "LEDGER-TOKEN", "LEDGER-KEY"}

// unmasked takes the masks of secrets out of what was printed: the runner keeps
// them to itself. No other line may begin as a mask does.
func (t trace) unmasked() string {
	var masks []string
	for _, name := range secretInputs {
		values := []string{t.env["INPUT_"+name]}
		for _, arg := range t.args {
			if value, ok := strings.CutPrefix(arg, "-"+strings.ToLower(name)+"="); ok {
				values = append(values, value)
			}
		}
		for _, value := range values {
			for line := range strings.Lines(value) {
				masks = append(masks, "::add-mask::"+strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(strings.TrimSpace(line)))
			}
		}
	}
	var b strings.Builder
	for line := range strings.Lines(t.stdout) {
		if !slices.Contains(masks, strings.TrimRight(line, "\r\n")) {
			b.WriteString(line)
		}
	}
	return b.String()
}

// opened returns the ledger in plain text, if it can be opened with the key.
func (b *bench) opened(key string) string {
	b.World.Lock()
	sealed, _ := b.World.Repositories[0].BranchFile(branchName, "ledger.json.age")
	b.World.Unlock()
	secret, _, _ := strings.Cut(key, "\n")
	id, err := age.NewScryptIdentity(secret)
	if err != nil || sealed == "" {
		return ""
	}
	r, err := age.Decrypt(strings.NewReader(sealed), id)
	if err != nil {
		return ""
	}
	text, _ := io.ReadAll(r)
	return string(text)
}

// checkPublic holds a passage in a repository that is not private against all
// that must not be there.
func checkPublic(t *testing.T, b *bench, name string, got trace, n *tally) {
	t.Helper()
	book, err := phrases()
	if err != nil {
		t.Fatal(err)
	}
	list := newBlacklist(b.identifiers(got.env, b.opened(got.env["INPUT_LEDGER-KEY"])))
	n.count(list, got.stdout, got.stderr, got.summary)
	if got.panicks != nil {
		t.Errorf("%s: the program broke with %v, which the log would show", name, got.panicks)
	}
	// What a command that is none prints in an empty environment is no secret.
	printed := got.unmasked() + "\n" + strings.Replace(got.stderr, usageText(), "", 1) + "\n" + got.summary
	for _, line := range strings.FieldsFunc(printed, func(r rune) bool { return r == '\n' || r == '\r' }) {
		n.say(line)
		if !book.knows(line) {
			t.Errorf("%s: the log holds a line that is none of the constant ones:\n%s", name, line)
		}
		if strings.ContainsAny(line, "0123456789") && !strings.HasPrefix(line, "::error::input ") && !strings.HasPrefix(line, "::error::argument ") && !strings.HasPrefix(line, "::error::configuration: ") {
			t.Errorf("%s: a line holds a number:\n%s", name, line)
		}
	}
	if found := list.find(printed); len(found) > 0 {
		t.Errorf("%s: the log holds %q:\n%s", name, found, printed)
	}
	for variable, text := range got.others {
		if text != "" {
			t.Errorf("%s: %s holds\n%s", name, variable, text)
		}
	}
	for _, file := range got.files {
		t.Errorf("%s: there is a new file %s", name, file)
	}
	checkPushed(t, name, list, got)
}

// usageText is what the program prints where a command is none.
var usageText = sync.OnceValue(func() string {
	var text bytes.Buffer
	action.Main(context.Background(), action.Process{Args: []string{"?"}, Getenv: func(string) string { return "" }, Stdout: io.Discard, Stderr: &text})
	return text.String()
})

// checkPushed holds what was written to the repository against what may be
// seen there: encrypted, all of the same size, with constant names.
func checkPushed(t *testing.T, name string, list *blacklist, got trace) {
	t.Helper()
	checks := len(got.args) > 0 && got.args[0] == "check" || got.env["INPUT_CHECK"] == "true"
	if checks && len(got.mails)+len(got.slack) > 0 {
		t.Errorf("%s: a check sends %d mails and %d messages", name, len(got.mails), len(got.slack))
	}
	if got.env["INPUT_DRY-RUN"] == "true" && !checks && len(got.pushed) > 0 {
		t.Errorf("%s: a dry run writes %d times", name, len(got.pushed))
	}
	if n := len(got.pushed); checks && n > 1 {
		t.Errorf("%s: a check writes %d times", name, n)
	}
	for _, p := range got.pushed {
		if strings.HasSuffix(p.path, graphql) {
			checkCommit(t, name, p.body, got.env["INPUT_LEDGER-KEY"])
			continue
		}
		if !strings.HasPrefix(p.path, "/repos/"+home+"/git/") {
			t.Errorf("%s: %s %s is another repository", name, p.method, p.path)
		}
		var body map[string]any
		if err := json.Unmarshal(p.body, &body); err != nil {
			t.Errorf("%s: %s: %v", name, p.path, err)
			continue
		}
		what := p.path[strings.LastIndex(p.path, "/git/"):]
		if checks && (what != "/git/blobs" || p.method != http.MethodPost) {
			t.Errorf("%s: a check makes the request %s %s", name, p.method, p.path)
		}
		switch {
		case what == "/git/blobs":
			content, err := base64.StdEncoding.DecodeString(fmt.Sprint(body["content"]))
			if err != nil || len(body) != 2 || body["encoding"] != "base64" {
				t.Errorf("%s: a blob is %.100v, %v", name, body, err)
			}
			if checks && string(content) == probeBlob {
				continue // tells nothing, and nothing refers to it
			}
			checkSealed(t, name, content, got.env["INPUT_LEDGER-KEY"])
		case what == "/git/trees":
			if s := fmt.Sprint(body["tree"]); !treeForm.MatchString(s) {
				t.Errorf("%s: a tree is %s", name, s)
			}
			delete(body, "tree")
			if len(body) > 0 {
				t.Errorf("%s: a tree has also %v", name, body)
			}
		case what == "/git/commits":
			if body["message"] != "Update the ledger" {
				t.Errorf("%s: a commit says %v", name, body["message"])
			}
			for key := range body {
				if !slices.Contains([]string{"message", "tree", "parents"}, key) {
					t.Errorf("%s: a commit has the field %s: %v", name, key, body[key])
				}
			}
		case what == "/git/refs", what == "/git/refs/heads/"+branchName:
			for key, value := range body {
				if !slices.Contains([]string{"ref", "sha", "force"}, key) || key == "ref" && value != "refs/heads/"+branchName {
					t.Errorf("%s: a ref has %s: %v", name, key, value)
				}
			}
		default:
			t.Errorf("%s: %s %s", name, p.method, p.path)
		}
	}
}

// checkCommit holds a commit against what may be seen: one file, sealed, with a
// constant name and message.
func checkCommit(t *testing.T, name string, body []byte, key string) {
	t.Helper()
	var mutation struct {
		Variables struct {
			Input struct {
				Branch struct {
					RepositoryNameWithOwner, BranchName string
				}
				Message     map[string]string
				FileChanges struct {
					Additions []struct {
						Path     string
						Contents []byte
					}
					Deletions []any
				}
			}
		}
	}
	if err := json.Unmarshal(body, &mutation); err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	in := mutation.Variables.Input
	if in.Branch.RepositoryNameWithOwner != home || in.Branch.BranchName != branchName || len(in.Message) != 1 || in.Message["headline"] != "Update the ledger" ||
		len(in.FileChanges.Additions) != 1 || in.FileChanges.Additions[0].Path != "ledger.json.age" || len(in.FileChanges.Deletions) != 0 {
		t.Errorf("%s: a commit is %+v", name, in)
		return
	}
	checkSealed(t, name, in.FileChanges.Additions[0].Contents, key)
}

// treeForm is a tree of one file: by its id, not by its content.
var treeForm = regexp.MustCompile(`^\[map\[mode:100644 path:ledger\.json\.age sha:[0-9a-f]{40} type:blob\]\]$`)

// probeBlob is what a check writes to learn whether it may. It is the same in
// all repositories.
const probeBlob = "Advisory Reminders asks whether it can write here.\n"

// What age adds to a text: a header, and some bytes for every 64 KiB.
const (
	sealedHeader = 166
	sealedChunk  = 16
)

// sealedSize is the size of a text of that many chunks of 64 KiB.
func sealedSize(header, chunks int) int { return header + chunks*(64<<10+sealedChunk) }

// checkSealed holds a file against what is promised of an encrypted ledger: it
// is padded to 64 KiB, or, where it does not fit into that, to the next power of
// two that it fits into. Only a very large world needs more than 64 KiB.
func checkSealed(t *testing.T, name string, sealed []byte, key string) {
	t.Helper()
	if !bytes.HasPrefix(sealed, []byte("age-encryption.org/v1\n")) {
		t.Errorf("%s: a blob is not encrypted: %.60q", name, sealed)
		return
	}
	secret, _, _ := strings.Cut(key, "\n")
	id, err := age.NewScryptIdentity(secret)
	if err != nil {
		t.Errorf("%s: a blob is sealed with no key", name)
		return
	}
	var text []byte
	r, err := age.Decrypt(bytes.NewReader(sealed), id)
	if err == nil {
		text, err = io.ReadAll(r)
	}
	if err != nil {
		t.Errorf("%s: a blob can't be opened: %v", name, err)
		return
	}
	chunks := 1
	for chunks<<16 < len(bytes.TrimRight(text, "\n")) {
		chunks *= 2
	}
	if len(text) != chunks<<16 || len(sealed) != sealedSize(sealedHeader, chunks) {
		t.Errorf("%s: a blob has %d bytes, want %d", name, len(sealed), sealedSize(sealedHeader, chunks))
	}
	if large := strings.Contains(name, "a very large world"); large != (chunks > 1) {
		t.Errorf("%s: a blob has %d bytes, others %d", name, len(sealed), sealedSize(sealedHeader, 1))
	}
}

// say keeps a line, for the note.
func (n *tally) say(line string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.said[line]++
}
