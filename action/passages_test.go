package action_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/openedx/advisory-reminders/action"
	"github.com/openedx/advisory-reminders/internal/config"
	"github.com/openedx/advisory-reminders/internal/sandbox"
)

// In a repository that is not private for certain, nothing that the program
// prints or writes holds an identifier, a count or a secret of the world,
// whatever it is told to do and whatever breaks. The long form tries every
// passage under every doubt.
func TestPublicSilence(t *testing.T) {
	t.Parallel()
	var n tally
	t.Run("of", func(t *testing.T) {
		for name, passages := range map[string]func(*testing.T) []passage{
			"faults": faultPassages, "modes": modePassages, "panics": panicPassages, "stops": stopPassages,
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				for i, p := range passages(t) {
					if _, outside := p.change["GITHUB_ACTIONS"]; outside {
						continue // a terminal is private
					}
					for k, d := range doubts() {
						if *long || k == i%len(doubts()) {
							silent(t, p, d, &n)
						}
					}
				}
			})
		}
		for name, passages := range map[string]func(*testing.T) []passage{
			"inputs": inputPassages, "configuration": configPassages, "command line": flagPassages,
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				// These runs end before anything is sent, or don't mind what was.
				w := secretWorld()
				w.Repositories[0].Visibility = "public"
				b := newBench(t, w)
				key := ageKey(t)
				for i, p := range passages(t) {
					d := doubts()[i%len(doubts())]
					b.World.Lock()
					b.World.Repositories[0].Visibility = d.world
					b.World.Unlock()
					change := map[string]string{"INPUT_LEDGER-KEY": key, "GITHUB_RUN_ATTEMPT": d.attempt}
					maps.Copy(change, p.change)
					p.change = change
					got := b.through(p, d.event, d.api)
					checkPublic(t, b, name+", "+p.name+", "+d.name, got, &n)
				}
			})
		}
	})
	t.Logf("%s; %d different lines were said", &n, len(n.said))
	if testing.Verbose() {
		for line, times := range n.said {
			t.Logf("%5d  %s", times, line)
		}
	}
}

// silent makes the runs of one passage in a world of its own.
func silent(t *testing.T, p passage, d doubt, n *tally) {
	t.Helper()
	w := secretWorld()
	w.Repositories[0].Visibility = d.world
	if p.world != nil {
		p.world(w)
	}
	b := newBench(t, w)
	change := map[string]string{"INPUT_LEDGER-KEY": ageKey(t), "GITHUB_RUN_ATTEMPT": d.attempt}
	if p.set != nil {
		p.set(b)
	}
	maps.Copy(change, p.change)
	p.change = change
	name := p.name + ", " + d.name
	checkPublic(t, b, name, b.through(p, d.event, d.api), n)
	if p.again || *long {
		b.now = b.now.AddDate(0, 0, 7)
		checkPublic(t, b, name+", a week later", b.through(p, d.event, d.api), n)
	}
}

// faultPassages are all faults of the matrix.
func faultPassages(*testing.T) []passage {
	var list []passage
	for _, f := range faults() {
		list = append(list, passage{name: f.place + ", " + f.name, set: f.set, change: f.change, again: true},
			passage{name: "check: " + f.place + ", " + f.name, set: f.set, change: f.change, args: []string{"check"}})
	}
	quoting := `{"message":"acme/rocket GHSA-rock-2222-0000 ann@example.org ` + sandbox.FullToken + `\r\n::set-output name=x::y"}`
	for _, status := range []int{301, 400, 401, 403, 404, 409, 410, 422, 429, 451, 500} {
		for place, path := range map[string]string{"drafts": listPath, "owners": graphql, "ledger": "/git/", "ledger's branch": branchPath, "visibility": "/repos/" + home} {
			list = append(list, passage{name: fmt.Sprintf("%s: %d that quotes", place, status), set: func(b *bench) {
				b.fault(func(r *http.Request) http.Handler {
					if !strings.Contains(r.URL.Path, path) {
						return nil
					}
					return respond(status, quoting, "Location", "https://acme-rocket.example.org/"+sandbox.FullToken)
				})
			}})
		}
	}
	for _, body := range []string{`{"ok":false,"error":"no ` + sandbox.SlackToken + ` of ann@example.org"}`, `<html>ann@example.org`, ``} {
		for _, method := range []string{"chat.postMessage", "users.lookupByEmail", "conversations.list"} {
			list = append(list, passage{name: "Slack quotes at " + method, set: onSlack(method, 0, respond(200, body)), change: map[string]string{"INPUT_CONFIG-TEXT": "channels: [slack, email]"}})
		}
	}
	for _, step := range []sandbox.MailStep{sandbox.MailAtHello, sandbox.MailAtSender, sandbox.MailAtRecipient, sandbox.MailAtData} {
		list = append(list, passage{name: "the mail server quotes at " + fmt.Sprint(step), set: mailAt(step, 0, sandbox.MailAnswer{Code: 554, Text: "no mail about GHSA-rock-2222-0000 to ann@example.org"})})
	}
	return list
}

// modePassages are the ways to run the program that are right.
func modePassages(t *testing.T) []passage {
	text := func(s string) map[string]string { return map[string]string{"INPUT_CONFIG-TEXT": s} }
	list := []passage{
		{name: "plain", again: true},
		{name: "dry run", change: map[string]string{"INPUT_DRY-RUN": "true"}, again: true},
		{name: "as of", change: map[string]string{"INPUT_DRY-RUN": "true", "INPUT_AS-OF": "2026-12-24"}},
		{name: "as of, live", change: map[string]string{"INPUT_AS-OF": "2026-12-24T10:00:00Z"}},
		{name: "force", change: map[string]string{"INPUT_FORCE": "true"}, again: true},
		{name: "severities", change: map[string]string{"INPUT_SEVERITIES": "critical, low"}},
		{name: "repositories", change: map[string]string{"INPUT_REPOSITORIES": "acme/rocket acme/wheel"}, again: true},
		{name: "repositories, one that is none", change: map[string]string{"INPUT_REPOSITORIES": "acme/rocket acme/unknown-thing"}},
		{name: "another organization", change: map[string]string{"INPUT_ORGANIZATION": "unknown-organization"}},
		{name: "brake", change: map[string]string{"INPUT_MAX-RECIPIENTS": "1"}},
		{name: "two keys", change: map[string]string{"INPUT_LEDGER-KEY": strings.Repeat("old", 20) + "\n" + strings.Repeat("new", 20)}},
		{name: "no key", change: map[string]string{"INPUT_LEDGER-KEY": ""}},
		{name: "another branch", change: map[string]string{"INPUT_DRY-RUN": "true", "INPUT_LEDGER-BRANCH": "hidden/ledger-branch"}},
		{name: "ledger in a file", change: map[string]string{"INPUT_LEDGER": "", "GITHUB_ACTIONS": "", "GITHUB_RUN_ID": ""}, again: true},
		{name: "ledger in a folder", change: map[string]string{"INPUT_LEDGER": t.TempDir(), "GITHUB_ACTIONS": "", "GITHUB_RUN_ID": ""}},
		{name: "ledger out of reach", change: map[string]string{"INPUT_LEDGER": "/proc/none/secret-ledger.json", "GITHUB_ACTIONS": "", "GITHUB_RUN_ID": ""}},
		{name: "Slack alone", change: map[string]string{"INPUT_CONFIG-TEXT": "channels: [slack]"}, again: true},
		{name: "mail alone", change: map[string]string{"INPUT_CONFIG-TEXT": "channels: [email]"}, again: true},
		{name: "no channel", change: map[string]string{"INPUT_SMTP-SERVER": "", "INPUT_SMTP-PORT": "", "INPUT_EMAIL-FROM": "", "INPUT_CONFIG-TEXT": "channels: [email]"}},
		{name: "report by mail", change: map[string]string{"INPUT_SLACK-TOKEN": "", "INPUT_SLACK-CHANNEL": "", "INPUT_REPORT-EMAIL": "swg-list@example.org, Duty Officer <duty-officer@example.org>"}},
		{name: "login at the mail server", set: another(sandbox.MailOptions{Username: "smtp-login-secret", Password: "smtp-password-secret"}, map[string]string{"INPUT_SMTP-USERNAME": "smtp-login-secret", "INPUT_SMTP-PASSWORD": "smtp-password-secret"})},
		{name: "no login at the mail server", set: another(sandbox.MailOptions{Username: "smtp-login-secret", Password: "right"}, map[string]string{"INPUT_SMTP-USERNAME": "smtp-login-secret", "INPUT_SMTP-PASSWORD": "smtp-password-secret"})},
		{name: "half a report", set: onMail(sandbox.MailRefuse(550, "duty-officer@example.org")), change: map[string]string{"INPUT_SLACK-TOKEN": "", "INPUT_SLACK-CHANNEL": "", "INPUT_REPORT-EMAIL": "swg-list@example.org, duty-officer@example.org"}},
		{name: "webhook", set: func(b *bench) { hook(b, b.Slack.AddWebhook("C0SECURITY")) }, again: true},
		{name: "workflow", set: func(b *bench) { hook(b, b.Slack.AddWorkflow("msg")) }},
		{name: "webhook that is gone", set: func(b *bench) { hook(b, b.Slack.URL+"services/T0/B0/gone-webhook-secret") }},
		{name: "public channel", change: map[string]string{"INPUT_SLACK-CHANNEL": "general"}},
		{name: "channel that is none", change: map[string]string{"INPUT_SLACK-CHANNEL": "hidden-war-room"}},
		{name: "channel id", change: map[string]string{"INPUT_SLACK-CHANNEL": "C0SECURITY"}},
		{name: "titles shown", change: text("privacy: {show-summary: true, public-channel: true}")},
		{name: "contacts and owners", change: text("owners: {acme/orphan: ['user:cleo']}\ncontacts: {'user:ann': {email: ann.private@example.org, slack: U00000001}, 'group:night-shift': {slack: C0SECURITY}}\non-duty: {rotation: ['user:dora'], since: 2026-11-02, every: 1w}")},
		{name: "snooze", change: text("snooze: [{advisory: GHSA-rock-2222-0000, until: 2027-01-15, reason: waits for the moon}]\nforget: [GHSA-whee-2222-0001]")},
		{name: "words of the configuration", again: true, change: text("snooze: [{advisory: GHSA-rock-2222-0000, until: 2026-11-20, reason: waits for the moon}, {advisory: GHSA-whee-2222-0001, until: 2027-01-15, reason: somebody-is-ill}]\non-duty: {rotation: ['user:Quentin-Quux', 'user:cleo'], since: 2026-11-02, every: 1w}\nmessages: {organization: Acme Company, working-group: The Secret Seven, contact: seven@acme-company.test, release-branches: [sumac/nightfall]}")},
		{name: "check", args: []string{"check"}},
		{name: "check, by input", change: map[string]string{"INPUT_CHECK": "true"}},
		{name: "check of a very large world", args: []string{"check"}, world: func(w *sandbox.World) {
			for i := range 300 {
				draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -30-i))
			}
		}},
		{name: "check without a key", args: []string{"check"}, change: map[string]string{"INPUT_LEDGER-KEY": ""}},
		{name: "check with a wrong token", args: []string{"check"}, change: map[string]string{"INPUT_TOKEN": "ghp_wrongWrongWrong0"}},
		{name: "check without a channel", args: []string{"check"}, change: map[string]string{"INPUT_SMTP-SERVER": "", "INPUT_SMTP-PORT": "", "INPUT_EMAIL-FROM": "", "INPUT_CONFIG-TEXT": "channels: [email]"}},
		{name: "no advisory", world: func(w *sandbox.World) { w.Advisories = nil }, again: true},
		{name: "a very large world", world: func(w *sandbox.World) {
			for i := range 300 {
				draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -30-i))
			}
		}},
		{name: "a wrong token", change: map[string]string{"INPUT_TOKEN": "ghp_wrongWrongWrong0"}},
		{name: "a wrong Slack token", change: map[string]string{"INPUT_SLACK-TOKEN": "xoxb-wrong-Wrong-0"}},
		{name: "no way to the mail server", change: map[string]string{"INPUT_SMTP-PORT": "1"}},
		{name: "no way to GitHub", change: map[string]string{"GITHUB_API_URL": "http://127.0.0.1:1", "GITHUB_GRAPHQL_URL": "http://127.0.0.1:1/graphql"}},
		{name: "an address that is none", change: map[string]string{"GITHUB_API_URL": "secret-host", "GITHUB_GRAPHQL_URL": "http://secret-host:bad/graphql"}},
		{name: "no repository", change: map[string]string{"GITHUB_REPOSITORY": "", "INPUT_REPOSITORIES": "acme/rocket"}},
		{name: "no files to write", change: map[string]string{"GITHUB_STEP_SUMMARY": "/proc/none/summary", "GITHUB_OUTPUT": "/proc/none/output"}},
		{name: "no files at all", change: map[string]string{"GITHUB_STEP_SUMMARY": "", "GITHUB_OUTPUT": ""}},
		{name: "debug", change: map[string]string{"RUNNER_DEBUG": "1", "ACTIONS_STEP_DEBUG": "true", "ACTIONS_RUNNER_DEBUG": "true"}},
		{name: "a draft has vanished", again: true, set: func(b *bench) {
			var lists atomic.Int32
			b.fault(func(r *http.Request) http.Handler {
				if r.URL.Path == listPath && lists.Add(1) > 1 {
					return respond(200, "[]")
				}
				if strings.HasSuffix(r.URL.Path, "/security-advisories/GHSA-rock-2222-0000") {
					return respond(404, "{}")
				}
				return nil
			})
		}},
	}
	for i := range list {
		if list[i].name == "ledger in a file" {
			list[i].change["INPUT_LEDGER"] = t.TempDir() + "/ledger.json"
		}
	}
	return list
}

// hook lets the report go over a webhook.
func hook(b *bench, address string) {
	b.inputs = map[string]string{"INPUT_SLACK-TOKEN": "", "INPUT_SLACK-CHANNEL": "", "INPUT_SLACK-WEBHOOK-URL": address}
}

// panicPassages let the program break, at as many places as what it is given
// by the system is called at.
func panicPassages(*testing.T) []passage {
	value := "GHSA-rock-2222-0000 of acme/rocket for ann@example.org with " + sandbox.FullToken
	var list []passage
	every := func(what string, upTo int, hook func(p *action.Process, at func())) {
		for nth := 1; nth <= upTo; nth++ {
			list = append(list, passage{name: fmt.Sprintf("%s breaks at call %d", what, nth), hook: func(p *action.Process, _ context.CancelFunc) {
				var calls atomic.Int32
				hook(p, func() {
					if calls.Add(1) == int32(nth) {
						panic(value)
					}
				})
			}})
		}
	}
	every("the clock", 24, func(p *action.Process, at func()) {
		now := p.Now
		p.Now = func() time.Time { at(); return now() }
	})
	every("the environment", 70, func(p *action.Process, at func()) {
		getenv := p.Getenv
		p.Getenv = func(k string) string { at(); return getenv(k) }
	})
	every("printing", 6, func(p *action.Process, at func()) { p.Stdout = breaking{p.Stdout, at} })
	for _, nth := range []int{1, 2, 3} {
		list = append(list, passage{name: fmt.Sprintf("waiting breaks at call %d", nth),
			set: onMail(sandbox.MailRefuse(451, "ann@example.org")),
			hook: func(p *action.Process, _ context.CancelFunc) {
				var calls atomic.Int32
				p.Wait = func(ctx context.Context, _ time.Duration) error {
					if calls.Add(1) == int32(nth) {
						panic(value)
					}
					return ctx.Err()
				}
			}})
	}
	// The report's mail waits in a goroutine of its own.
	list = append(list, passage{name: "waiting breaks at the report", set: mailAt(sandbox.MailAtRecipient, 0, sandbox.MailAnswer{Code: 451}),
		change: map[string]string{"INPUT_SLACK-TOKEN": "", "INPUT_SLACK-CHANNEL": "", "INPUT_REPORT-EMAIL": "swg-list@example.org"},
		hook: func(p *action.Process, _ context.CancelFunc) {
			var calls atomic.Int32
			p.Wait = func(ctx context.Context, _ time.Duration) error {
				if calls.Add(1) > 2 {
					panic(value)
				}
				return ctx.Err()
			}
		}})
	return list
}

// breaking is a writer that may break.
type breaking struct {
	io.Writer
	at func()
}

// Write breaks, or writes.
func (b breaking) Write(p []byte) (int, error) {
	b.at()
	return b.Writer.Write(p)
}

// stopPassages stop the run at every request that it makes to GitHub and at
// every step of its mails.
func stopPassages(*testing.T) []passage {
	var list []passage
	for nth := 1; nth <= 22; nth++ {
		var stopNow context.CancelFunc
		list = append(list, passage{name: fmt.Sprintf("told to stop at request %d", nth),
			set: func(b *bench) {
				var requests atomic.Int32
				b.fault(func(*http.Request) http.Handler {
					if requests.Add(1) == int32(nth) {
						stopNow()
					}
					return nil
				})
			},
			hook: func(_ *action.Process, stop context.CancelFunc) { stopNow = stop }})
	}
	for nth := 1; nth <= 12; nth++ {
		var stopNow context.CancelFunc
		list = append(list, passage{name: fmt.Sprintf("told to stop at step %d of the mails", nth),
			set: func(b *bench) {
				var steps atomic.Int32
				b.Mail.Break(func(sandbox.MailStep, string) sandbox.MailAnswer {
					if steps.Add(1) == int32(nth) {
						stopNow()
					}
					return sandbox.MailAnswer{}
				})
			},
			hook: func(_ *action.Process, stop context.CancelFunc) { stopNow = stop }})
	}
	return list
}

// inputNames are the program's inputs, as its own help lists them.
func inputNames(t *testing.T) []string {
	t.Helper()
	var help bytes.Buffer
	action.Main(context.Background(), action.Process{Args: []string{"run", "-h"}, Getenv: func(string) string { return "" }, Stdout: &help, Stderr: &help})
	var names []string
	for _, m := range regexp.MustCompile(`(?m)^  -([a-z-]+)`).FindAllStringSubmatch(help.String(), -1) {
		names = append(names, m[1])
	}
	if len(names) < 20 {
		t.Fatalf("the help lists %d inputs:\n%s", len(names), help.String())
	}
	return names
}

// wrongValues are what an input or a key may hold by mistake: something of the
// world, and what could get out of a line.
var wrongValues = []string{
	"acme/rocket, ann@example.org; GHSA-rock-2222-0000",
	"GHSA-rock-2222-0000",
	"ghp_secretSecretSecret0\r\n::set-output name=x::acme/rocket\n##[error]acme/rocket",
	"https://user:secret-password@hooks.example.org/services/secret-hook\x00\x1b[31m",
	"%s%d%!v(acme/rocket)", "\xff\xfeacme/rocket", strings.Repeat("acme/rocket ", 500), "-17",
}

// inputPassages give each input each wrong value, and none at all.
func inputPassages(t *testing.T) []passage {
	var list []passage
	for _, name := range inputNames(t) {
		for i, value := range append(wrongValues, "") {
			if name == "ledger" && value != "" {
				value = "/proc/none/" + strings.Map(func(r rune) rune {
					if r < ' ' || r == '/' {
						return -1
					}
					return r
				}, value)[:1] // never a file of this machine
			}
			if name == "slack-channel" && i == 1 {
				continue // names a channel that is none: a passage of its own
			}
			list = append(list, passage{name: fmt.Sprintf("%s, wrong value %d", name, i), change: map[string]string{
				"INPUT_" + strings.ToUpper(name): value, "INPUT_DRY-RUN": map[bool]string{true: value, false: "true"}[name == "dry-run"]}})
		}
	}
	return list
}

// sample is a configuration that holds every key there is.
const sample = `
timezone: America/New_York
cadence: {critical: weekly, high: monthly, medium: quarterly, low: semiannually}
grace: {weekly: 2d, monthly: 7d, quarterly: 7d, semiannually: 7d}
quiet-after-answer: {weekly: 1w, monthly: 2w, quarterly: 4w, semiannually: 4w}
notify-new: false
channels: [email, slack]
max-owner: 25
access: owners
commands: {enabled: true, snooze-at-most: 90d}
working-group: "group:night-shift"
triage-after: 3d
owners: {acme/rocket: ["group:night-shift", "user:cleo"]}
contacts: {"user:ann": {email: ann@example.org, slack: U00000001}}
unmaintained: ["group:night-shift"]
snooze: [{advisory: GHSA-rock-2222-0000, until: "2027-01-15", reason: waits for acme/wheel}]
forget: [GHSA-rock-2222-0000]
on-duty: {rotation: ["user:dora"], since: "2026-11-02", every: 1w}
privacy: {show-summary: false, public-channel: false}
messages: {organization: Acme, working-group: Acme Group, contact: security@example.org, process-url: "https://example.org/x", maintainers-url: "https://example.org/m", announcement-url: "https://example.org/y", announcement-name: Acme News, announcement-note: posts wait, release-channel: "#acme-releases", timezone: UTC, release-branches: [cypress/night, redwood]}
`

// configPassages put something wrong into every place of a configuration that
// has every key: another value, a key of the world's, a key twice.
func configPassages(t *testing.T) []passage {
	var root map[string]any
	if err := yaml.Unmarshal([]byte(sample), &root); err != nil {
		t.Fatal(err)
	}
	if _, err := config.Parse([]byte(sample)); err != nil {
		t.Fatal(err)
	}
	var list []passage
	add := func(name string, tree any) {
		text, err := yaml.Marshal(tree)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, passage{name: name, change: map[string]string{"INPUT_CONFIG-TEXT": string(text), "INPUT_DRY-RUN": "true"}})
	}
	wrong := []any{"acme/rocket of ann@example.org", 4711, true, nil, []any{"GHSA-rock-2222-0000", []any{"acme/rocket"}}, map[string]any{"acme/rocket": "ann@example.org", "user:ann": nil}}
	var walk func(path string, node any, put func(any))
	walk = func(path string, node any, put func(any)) {
		for i, w := range wrong {
			put(w)
			add(fmt.Sprintf("%s, wrong %d", path, i), root)
		}
		put(node)
		switch n := node.(type) {
		case map[string]any:
			known(t, path, n, root)
			for _, key := range slices.Sorted(maps.Keys(n)) {
				walk(path+"."+key, n[key], func(v any) { n[key] = v })
			}
			n["acme/rocket of ann@example.org"] = "GHSA-rock-2222-0000"
			add(path+", unknown key", root)
			delete(n, "acme/rocket of ann@example.org")
		case []any:
			for i := range n {
				walk(fmt.Sprintf("%s[%d]", path, i), n[i], func(v any) { n[i] = v })
			}
			put(append(slices.Clone(n), n...))
			add(path+", twice", root)
			put(node)
		}
	}
	walk("", root, func(v any) {
		if tree, ok := v.(map[string]any); ok {
			root = tree
		}
	})
	for i, text := range []string{
		"contacts: [unbalanced ann@example.org", "\tacme/rocket: x", "a: 'acme/rocket", "acme/rocket", "owners: &acme {a: *rocket}",
		"owners: {acme/rocket: ['user:ann'], ACME/Rocket: ['user:bob']}", "--- \nforget: []\n---\nacme/rocket: x", "\xffacme/rocket", "x: \x00acme",
		strings.Repeat("[", 5000) + "acme/rocket", strings.Repeat("owners: {acme/rocket: x}\n", 3000), "@acme/rocket: `x`", "!acme/rocket x: y",
	} {
		list = append(list, passage{name: fmt.Sprintf("no YAML %d", i), change: map[string]string{"INPUT_CONFIG-TEXT": text, "INPUT_DRY-RUN": "true"}})
	}
	return list
}

// known fails the test if the sample lacks a key that the parser knows: it
// tells them where it finds one that it doesn't know.
func known(t *testing.T, path string, n map[string]any, root map[string]any) {
	t.Helper()
	n["unknown"] = 1
	text, err := yaml.Marshal(root)
	delete(n, "unknown")
	if err != nil {
		t.Fatal(err)
	}
	_, err = config.Parse(text)
	if err == nil {
		t.Fatalf("%s takes any key", path)
	}
	_, keys, ok := strings.Cut(err.Error(), "unknown key; the keys here are ")
	if !ok {
		return // free text
	}
	keys, _, _ = strings.Cut(keys, "\n")
	for _, key := range strings.Split(keys, ", ") {
		if _, ok := n[key]; !ok {
			t.Errorf("the sample lacks the key %s%s", path, "."+key)
		}
	}
}

// flagPassages are wrong command lines, and those that ask for help. What help
// prints must be what it prints in an empty environment.
func flagPassages(t *testing.T) []passage {
	var list []passage
	add := func(args ...string) {
		list = append(list, passage{name: fmt.Sprintf("%.60q", args), args: args})
	}
	for i, value := range wrongValues {
		add(value)
		add("run", value)
		add("run", "-"+strings.Fields(value)[0])
		add("run", "-dry-run="+value)
		add("run", "-dry-run", value)
		add("run", "-token:"+value)
		for _, name := range inputNames(t) {
			if i < 2 && name != "ledger" {
				add("run", "-"+name+"="+value, "-dry-run")
			}
		}
	}
	add("run", "-token")
	add("-token")
	add("")
	add("--")
	add("run", "--", "acme/rocket")
	for _, command := range []string{"check", "demo", "acme/rocket"} { // that this build does not have, or that must be as silent
		add(command)
		add(command, "-"+wrongValues[0])
		add(command, "acme/rocket")
	}
	return list
}

// Help is the same whatever the environment holds.
func TestHelpIsConstant(t *testing.T) {
	b := newBench(t, secretWorld())
	for _, args := range [][]string{{"-h"}, {"--help"}, {"help"}, {"help", "acme/rocket"}, {"run", "-h"}, {"run", "--help"}} {
		var want bytes.Buffer
		action.Main(t.Context(), action.Process{Args: args, Getenv: func(string) string { return "" }, Stdout: &want, Stderr: &want})
		got := b.through(passage{args: args}, "", nil)
		if got.stdout+got.stderr != want.String() || got.status != 0 || got.summary != "" {
			t.Errorf("%v: status %d, and\n%s%s", args, got.status, got.stdout, got.stderr)
		}
	}
}

// The real process, told to stop by a signal while its mails are under way.
func TestPublicSilenceOfAProcess(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no signals that one process sends to another")
	}
	c := newCrowd(t, "branch")
	c.World.Lock()
	c.World.Repositories[0].Visibility = "public"
	c.World.Unlock()
	var steps atomic.Int32 // of several connections
	arrived := make(chan bool)
	c.Mail.Break(func(sandbox.MailStep, string) sandbox.MailAnswer {
		if steps.Add(1) == 9 {
			close(arrived)
		}
		return sandbox.MailAnswer{}
	})
	key := ageKey(t)
	cmd := c.start(1, 1, "INPUT_LEDGER-KEY", key, "ADVISORY_REMINDERS_GRID", "10s")
	<-arrived
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	got := trace{env: c.Env()}
	got.env["INPUT_LEDGER-KEY"] = key
	got.stdout = cmd.Stdout.(fmt.Stringer).String()
	var n tally
	checkPublic(t, c.bench, "a process", got, &n)
}
