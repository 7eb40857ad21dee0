package action_test

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/openedx/advisory-reminders/internal/sandbox"
)

// elsewhere is what no message and no log may hold on another GitHub: the
// public one, and the API's address.
var elsewhere = regexp.MustCompile(`(?i)[^\s"<>|]*(github\.com|githubusercontent\.com|127\.0\.0\.1|/api/v3)[^\s"<>|]*`)

// On GitHub Enterprise Server everything is asked of that server, below the
// addresses that the runner names, and every link leads to its pages.
func TestEnterprise(t *testing.T) {
	t.Parallel()
	const pages = "https://github.example.edu"
	w := newWorld()
	critical := draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -30))
	critical.PrivateFork = "acme/rocket-" + strings.ToLower(critical.ID)
	w.Repositories = append(w.Repositories, &sandbox.Repository{Owner: "acme", Name: "rocket-" + strings.ToLower(critical.ID), Visibility: "private"})
	critical.CollaboratingUsers = []string{"ann"} // who is shown the fork
	high := draft(w, "wheel", "high", wednesday.AddDate(0, -2, 0))
	orphan := draft(w, "orphan", "high", wednesday.AddDate(0, -2, 0))
	unscored := draft(w, "rocket", "", wednesday.AddDate(0, 0, -20))
	renamed := draft(w, "wheel", "critical", wednesday.AddDate(0, 0, -25))
	b := newBench(t, w)
	b.GitHub.ShowPagesAt(pages)
	server := map[string]string{
		"GITHUB_API_URL": b.GitHub.APIURL() + "/api/v3", "GITHUB_GRAPHQL_URL": b.GitHub.APIURL() + "/api/graphql",
		"GITHUB_SERVER_URL": pages, "GITHUB_EVENT_PATH": filepath.Join(t.TempDir(), "event.json"),
	}
	event := `{"repository":{"visibility":"private"}}`
	if err := os.WriteFile(server["GITHUB_EVENT_PATH"], []byte(event), 0o600); err != nil {
		t.Fatal(err)
	}
	said := make(map[string]string)
	keep := func(run string, r result) {
		for line := range strings.Lines(r.stdout + r.stderr) {
			if !strings.HasPrefix(line, "::add-mask::") {
				said[run+" log"] += line
			}
		}
		said[run+" summary"] = r.summary
		for _, m := range r.mails {
			said[run+" mail"] += m.Text + m.HTML + m.Header.Get("Subject")
		}
		for _, m := range r.slack {
			said[run+" Slack"] += m.Text + string(m.Blocks) + string(m.Metadata)
		}
	}
	change := func(more map[string]string) map[string]string {
		all := maps.Clone(server)
		maps.Copy(all, more)
		return all
	}

	keep("dry", b.must(0, change(map[string]string{"INPUT_DRY-RUN": "true"})))
	first := b.must(0, server)
	keep("first", first)
	if len(first.mails) != 4 {
		t.Errorf("%d mails, want one to ann and bob each, and two to cleo", len(first.mails))
	}
	w.Lock()
	high.State, high.Published = "published", wednesday
	orphan.Severity = "critical"
	w.Rename("acme/wheel", "acme/tyre")
	w.Unlock()
	b.now = b.now.AddDate(0, 0, 7)
	keep("second", b.must(0, change(map[string]string{"INPUT_CONFIG-TEXT": "channels: [slack, email]"})))
	b.now = b.now.AddDate(0, 0, 7)
	keep("third", b.must(0, change(map[string]string{"INPUT_REPOSITORIES": "acme/rocket acme/wheel"})))
	w.Lock()
	b.World.Tokens[sandbox.FullToken].Drafts = false
	w.Unlock()
	b.now = b.now.AddDate(0, 0, 7)
	keep("vanished", b.must(1, server))

	for what, text := range said {
		for _, found := range elsewhere.FindAllString(text, -1) {
			if strings.HasPrefix(strings.TrimPrefix(found, `\u003c`), "https://docs.github.com/en/code-security/") {
				continue // what GitHub says there holds everywhere
			}
			t.Errorf("%s: %q", what, found)
		}
	}
	page := func(repo, id string) string { return pages + "/acme/" + repo + "/security/advisories/" + id }
	for _, want := range []struct{ where, link string }{
		{"first mail", page("rocket", critical.ID)},
		{"first mail", pages + "/" + critical.PrivateFork},
		{"first mail", pages + "/acme/rocket/security/advisories"}, // the announcement's
		{"first Slack", page("orphan", orphan.ID)},
		{"first Slack", page("rocket", unscored.ID)},
		{"first Slack", pages + "/" + home + "/actions/runs/1"},
		{"first summary", page("orphan", orphan.ID)},
		{"dry log", page("rocket", critical.ID)},
		{"second Slack", page("wheel", high.ID)}, // resolved
		{"second Slack", page("orphan", orphan.ID)},
		{"second Slack", page("rocket", critical.ID)},
		{"third mail", page("tyre", renamed.ID)},
	} {
		if !strings.Contains(said[want.where], want.link) {
			t.Errorf("%s lacks %s:\n%s", want.where, want.link, said[want.where])
		}
	}
	for _, r := range b.GitHub.Requests() {
		if !strings.HasPrefix(r.Path, "/api/v3/") && r.Path != "/api/graphql" {
			t.Errorf("%s %s is not below the addresses that the runner names", r.Method, r.Path)
		}
	}
}

// Outside Actions the address of the API is enough for links to lead to its
// server.
func TestEnterpriseOnALaptop(t *testing.T) {
	w := newWorld()
	a := draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -30))
	b := newBench(t, w)
	alone := map[string]string{
		"GITHUB_ACTIONS": "", "GITHUB_RUN_ID": "", "GITHUB_SERVER_URL": "", "GITHUB_GRAPHQL_URL": "", "GITHUB_API_URL": b.GitHub.APIURL() + "/api/v3",
		"INPUT_LEDGER": filepath.Join(t.TempDir(), "ledger.json"), "INPUT_LEDGER-TOKEN": "",
	}
	b.must(0, alone)
	w.Lock()
	a.State, a.Published = "published", wednesday
	w.Unlock()
	b.now = b.now.AddDate(0, 0, 7)
	want := b.GitHub.APIURL() + "/acme/rocket/security/advisories/" + a.ID
	if r := b.must(0, alone); !strings.Contains(r.reports(), want) {
		t.Errorf("the report lacks %s:\n%s", want, r.reports())
	}
}
