package action_test

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/openedx/advisory-reminders/internal/notify/inert"
	"github.com/openedx/advisory-reminders/internal/notify/notifytest"
	"github.com/openedx/advisory-reminders/internal/sandbox"
)

// hostileWorld puts lures into all that other people may write: titles,
// descriptions, versions, names of people and teams, catalogs, CODEOWNERS.
func hostileWorld(from int) *sandbox.World {
	w := newWorld()
	lures, n := notifytest.Lures(), from
	next := func() string {
		n++
		return lures[n%len(lures)]
	}
	org := w.Organizations[0]
	w.Users[0].Name, w.Users[1].Name, w.Users[2].Name = next(), next(), next()
	org.Teams[0].Name, org.Teams[0].Description, org.Name = "Rocketeers "+next(), next(), next()
	for i := range 12 {
		repo := fmt.Sprintf("repo_%d.--%d", i, i) // as hostile as GitHub lets it be
		files := map[string]string{"catalog-info.yaml": "kind: Component\nspec:\n  owner: [" + fmt.Sprintf("%q", next()) + ", group:rocketeers]\n"}
		switch i / 3 % 4 {
		case 1:
			files = map[string]string{"catalog-info.yaml": "kind: Component\nspec:\n  owner: " + next() + "\n", "CODEOWNERS": "* @Ann " + next() + "\n* @acme/rocketeers"}
		case 2:
			files = map[string]string{"CODEOWNERS": "* " + next()}
		case 3:
			files = map[string]string{"catalog-info.yaml": next()}
		}
		w.Repositories = append(w.Repositories, &sandbox.Repository{Owner: "acme", Name: repo, Description: next(), Files: files})
		a := draft(w, repo, []string{"critical", "high", "medium", "low", ""}[i%5], wednesday.AddDate(-1, 0, -i))
		a.Summary, a.Description, a.CVE = next(), next(), next()
		if i%3 == 0 {
			a.Summary = next() + "SURROGATE-GOES-HERE BYTES-GO-HERE"
		}
		if i%2 == 0 {
			a.Score, a.Vector = 8.8, next()
		}
		a.Vulnerabilities = []sandbox.Vulnerability{{Ecosystem: next(), Package: next(), Affected: next(), Patched: next()}}
		a.PrivateFork = "acme/" + repo + "-" + strings.ToLower(a.ID)
	}
	return w
}

// garbled lets GitHub answer with what no JSON encoder writes: halves of
// surrogate pairs, and bytes that are no UTF-8.
func garbled(b *bench) {
	b.fault(func(r *http.Request) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			rec := httptest.NewRecorder()
			b.GitHub.Healthy().ServeHTTP(rec, r)
			for k, v := range rec.Header() {
				if k != "Content-Length" {
					w.Header()[k] = v
				}
			}
			w.WriteHeader(rec.Code)
			body := bytes.ReplaceAll(rec.Body.Bytes(), []byte("SURROGATE-GOES-HERE"), []byte(`\ud800\udfffx\udc00\u0000\u001b[2J\u202e`))
			_, _ = w.Write(bytes.ReplaceAll(body, []byte("BYTES-GO-HERE"), []byte("\xff\xfe\xc3\x28\xed\xa0\x80")))
		})
	})
}

// hostileModes are the ways that texts take to people, one after the other: the
// fourth finds drafts that three have reminded of in vain.
var hostileModes = []struct {
	name, channels string
	change         map[string]string
}{
	{"mail", "[email]", map[string]string{"INPUT_SLACK-TOKEN": "", "INPUT_SLACK-CHANNEL": "", "INPUT_REPORT-EMAIL": "swg@example.org"}},
	{"Slack", "[slack]", nil},
	{"mail, later", "[email]", map[string]string{"INPUT_SLACK-TOKEN": "", "INPUT_SLACK-CHANNEL": "", "INPUT_REPORT-EMAIL": "swg@example.org"}},
	{"Slack, later", "[slack]", nil},
	{"mail, at last", "[email]", map[string]string{"INPUT_SLACK-TOKEN": "", "INPUT_SLACK-CHANNEL": "", "INPUT_REPORT-EMAIL": "swg@example.org"}},
	{"dry run", "[email, slack]", map[string]string{"INPUT_DRY-RUN": "true"}},
	{"terminal", "[email, slack]", map[string]string{"INPUT_DRY-RUN": "true", "GITHUB_ACTIONS": ""}},
}

// hostileConfig is a configuration with the worst texts that it may hold: in the
// reasons of two snoozes, one that is over and one that lasts, and in the names
// of branches and of people on duty.
func hostileConfig(w *sandbox.World, channels string, now time.Time, lure func() string) string {
	snooze := func(a *sandbox.Advisory, until time.Time) string {
		reason := strings.Map(func(r rune) rune {
			if unicode.IsControl(r) { // which the configuration refuses
				return ' '
			}
			return r
		}, lure())
		return fmt.Sprintf("  - {advisory: %s, until: %s, reason: %q}\n", a.ID, until.Format(time.DateOnly), reason+"x") // an empty one is refused too
	}
	return "privacy: {show-summary: true}\nchannels: " + channels + "\n" +
		"on-duty: {rotation: ['user:Ann', 'user:a-1-b'], since: 2026-11-02, every: 1w}\n" +
		"messages: {release-branches: ['" + branchLure + "', '_a_+-b_', 'GH-1/www.x']}\n" +
		"snooze:\n" + snooze(w.Advisories[0], now.AddDate(0, -1, 0)) + snooze(w.Advisories[1], now.AddDate(1, 0, 0))
}

// branchLure is as bad a name as a branch may have in the configuration.
const branchLure = "__a__/-1.+_b_"

// openDrafts is what a report says of how many drafts a world has.
func openDrafts(w *sandbox.World) string {
	n := make(map[string]int)
	for _, a := range w.Advisories {
		s := a.Severity
		if s == "" && a.Score == 8.8 {
			s = "high" // which a score is as good as, by CVSS
		}
		n[s]++
	}
	var counts []string
	for _, s := range []string{"critical", "high", "medium", "low", ""} {
		if n[s] > 0 {
			counts = append(counts, fmt.Sprintf("%d %s", n[s], cmp.Or(s, "unscored")))
		}
	}
	return fmt.Sprintf("- **Open drafts:** %d (%s)\n", len(w.Advisories), strings.Join(counts, ", "))
}

// links are where messages may lead.
func (b *bench) links() inert.Addresses {
	return inert.Addresses{b.GitHub.ServerURL() + "/acme/", "https://github.com/acme/", "https://docs.openedx.org/", "https://docs.github.com/en/code-security/", "https://openedx.atlassian.net/wiki/", "https://discuss.openedx.org/", "mailto:security@openedx.org"}
}

// harmlessMails returns what mails look like where nobody means harm: their
// HTML, and their headers by recipient.
func harmlessMails(t *testing.T) (pages []string, headers map[string]mail.Header) {
	t.Helper()
	headers = make(map[string]mail.Header)
	w := secretWorld()
	for _, severity := range []string{"critical", "high", "medium", "low"} { // each has a look of its own
		draft(w, "rocket", severity, wednesday.AddDate(-1, 0, 0))
	}
	b := newBench(t, w)
	for _, text := range []string{"privacy: {show-summary: true}\nchannels: [email]\non-duty: {rotation: [user:dora, user:ann], since: 2026-11-02, every: 1w}", "channels: [email]\nmessages: {release-branches: [release/ulmo]}"} {
		got := b.through(passage{change: map[string]string{
			"INPUT_CONFIG-TEXT": text, "INPUT_FORCE": "true", "GITHUB_RUN_ID": fmt.Sprint(len(text)),
			"INPUT_SLACK-TOKEN": "", "INPUT_SLACK-CHANNEL": "", "INPUT_REPORT-EMAIL": "swg@example.org"}}, privateEvent, nil)
		if len(got.mails) < 5 {
			t.Fatalf("%d mails, status %d\n%s", len(got.mails), got.status, got.stdout)
		}
		for _, m := range got.mails {
			pages = append(pages, m.HTML)
			headers[m.To[0]] = m.Header
		}
	}
	return pages, headers
}

// Nothing that other people write is interpreted anywhere, when whole runs
// bring it from GitHub to the mail server, to Slack, to the job summary and to
// the log.
func TestHostileText(t *testing.T) {
	t.Parallel()
	pages, headers := harmlessMails(t)
	mails, messages, logs := 0, 0, 0
	var mailed, posted, shown strings.Builder // all that was said, by channel
	worlds := 6
	if *long {
		worlds = len(notifytest.Lures())
	}
	for i := range worlds {
		w := hostileWorld(i * 25)
		b := newBench(t, w)
		garbled(b)
		lures, n := notifytest.Lures(), i*25
		lure := func() string { n++; return lures[n%len(lures)] }
		modes := slices.Clone(hostileModes)
		if i%2 == 1 {
			modes[0], modes[1] = modes[1], modes[0] // what is said at first is said in Slack as well
		}
		for _, mode := range modes {
			name := fmt.Sprintf("world %d, %s", i, mode.name)
			change := map[string]string{"INPUT_CONFIG-TEXT": hostileConfig(w, mode.channels, b.now, lure)}
			maps.Copy(change, mode.change)
			got := b.through(passage{change: change}, privateEvent, nil)
			if got.panicks != nil || got.status == 2 {
				t.Errorf("%s: status %d, %v\n%s", name, got.status, got.panicks, got.stdout)
			}
			b.now = b.now.AddDate(0, 6, 7) // everything is due again
			known := inert.NewPages(b.links(), pages...)
			checkHostile(t, name, got, known, headers, b.links())
			if want := openDrafts(w); strings.Count(got.summary, want) != 1 {
				t.Errorf("%s: the summary does not say once %q", name, want)
			}
			for _, m := range got.mails {
				mailed.WriteString(m.HTML + "\n")
			}
			for _, m := range got.slack {
				posted.Write(m.Blocks)
			}
			shown.WriteString(got.summary)
			mails, messages, logs = mails+len(got.mails), messages+len(got.slack), logs+1
		}
	}
	if mails == 0 || messages == 0 {
		t.Errorf("%d mails and %d Slack messages", mails, messages)
	}
	// The test says nothing about what it doesn't reach.
	for channel, said := range map[string]string{"mail": mailed.String(), "Slack": posted.String(), "summary": shown.String()} {
		for _, part := range []string{"Needs an owner", "Needs a score", "No answer on the draft", "Snooze ended", "Held back", "On duty", "Told for the first time", "Longest open"} {
			if !strings.Contains(said, part) {
				t.Errorf("%s: nothing was said under %q", channel, part)
			}
		}
		for _, part := range []string{"Next:", "(if affected)"} {
			if channel != "summary" && !strings.Contains(said, part) { // which shows no digest
				t.Errorf("%s: %q was not said", channel, part)
			}
		}
	}
	t.Logf("%d mails, %d Slack messages, %d logs and job summaries", mails, messages, logs)
}

func checkHostile(t *testing.T, name string, got trace, pages *inert.Pages, headers map[string]mail.Header, links inert.Addresses) {
	t.Helper()
	complain := func(where string, problems []string) {
		for _, p := range problems {
			t.Errorf("%s: %s: %s", name, where, p)
		}
	}
	for _, m := range got.mails {
		if len(m.To) != 1 || headers[m.To[0]] == nil {
			t.Errorf("%s: a mail went to %q", name, m.To)
			continue
		}
		read, problems := inert.ReadMail(m.Data)
		complain("a mail", problems)
		complain("a mail", read.CheckHeader(headers[m.To[0]], m.To[0]))
		complain("a mail's HTML", pages.Check(read.HTML))
		complain("a mail's text", inert.Text(read.Text))
	}
	for _, m := range got.slack {
		complain("Slack", inert.Slack(m.Text, m.Blocks, links))
	}
	complain("the summary", inert.Markdown(got.summary, links))
	complain("the log", inert.Text(got.stdout))
	complain("stderr", inert.Text(got.stderr))
	if got.env["GITHUB_ACTIONS"] != "" { // a terminal carries out none
		complain("the log", inert.Commands(got.stdout+"\n"+got.stderr, "::add-mask::", "::error::", "::warning::", "::group::To ", "::group::The report in full", "::group::Comment on ", "::group::In each message", "::endgroup::"))
	}
	if !utf8.ValidString(got.stdout) {
		t.Errorf("%s: the log is not UTF-8", name)
	}
}

// Error texts of the services are no commands, and control no terminal.
func TestHostileErrors(t *testing.T) {
	pages, headers := harmlessMails(t)
	for i, lure := range notifytest.Lures() {
		if i%3 != 0 && !*long {
			continue
		}
		if len(lure) > 2000 {
			lure = lure[:2000]
		}
		b := newBench(t, secretWorld())
		body := fmt.Sprintf(`{"message":%q,"ok":false,"error":%q,"needed":%q}`, lure, lure, lure)
		body = strings.NewReplacer(`\x`, `\u00`, `\U000`, `\u`, `\a`, "a", `\v`, "v").Replace(body)
		var p passage
		switch i / 3 % 4 {
		case 0:
			b.fault(func(r *http.Request) http.Handler {
				if strings.Contains(r.URL.Path, "security-advisories") {
					return respond(422, body)
				}
				return nil
			})
		case 1:
			b.fault(func(r *http.Request) http.Handler {
				if strings.Contains(r.URL.Path, branchPath) {
					return respond(422, body)
				}
				return nil
			})
			p.change = map[string]string{"GITHUB_ACTIONS": "", "INPUT_LEDGER": "", "GITHUB_RUN_ID": ""}
			p.change["INPUT_LEDGER"] = t.TempDir() + "/ledger.json"
			b.Slack.Break(func(string, *http.Request) http.Handler { return respond(200, body) })
		case 2:
			b.Slack.Break(func(string, *http.Request) http.Handler { return respond(200, body) })
		case 3:
			text := strings.Map(func(r rune) rune {
				if r == '\r' || r == '\n' {
					return -1
				}
				return r
			}, lure)
			mailAt(sandbox.MailAtRecipient, 0, sandbox.MailAnswer{Code: 554, Text: text[:min(len(text), 400)]})(b)
		}
		got := b.through(p, privateEvent, nil)
		checkHostile(t, fmt.Sprintf("%.40q", lure), got, inert.NewPages(b.links(), pages...), headers, b.links())
	}
}
