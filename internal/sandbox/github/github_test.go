package github

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// campus is a world with one of each, on 2 March 2026.
func campus() *World {
	day := func(n int) time.Time { return time.Date(2026, time.January, n, 12, 0, 0, 0, time.UTC) }
	w := &World{
		Organizations: []*Organization{{
			Login: "Campus", Name: "The Campus", VerifiedDomains: []string{"campus.example.org"},
			Members: []string{"ada", "bo", "cy"}, Admins: []string{"dee"},
			Teams: []*Team{
				{Slug: "core", Name: "Core", Members: []string{"ada", "release-robot[bot]"}},
				{Slug: "core-oncall", Name: "core.oncall", Parent: "core", Members: []string{"bo", "ada"}},
				{Slug: "empty", Name: "Empty"},
			},
		}, {Login: "Elsewhere"}},
		Users: []*User{
			{Login: "ada", Name: "Ada Example", Email: "ada@example.org",
				Addresses: map[string][]string{"campus": {"ada@campus.example.org", "ada@other.example.org"}}},
			{Login: "bo"}, {Login: "cy"}, {Login: "dee"},
			{Login: "outsider", Addresses: map[string][]string{"Campus": {"old@campus.example.org"}}},
			{Login: "release-robot[bot]", Bot: true},
		},
		Repositories: []*Repository{
			{Owner: "Campus", Name: "app", Former: []string{"Campus/old-app"}, Files: map[string]string{
				"catalog-info.yaml": "kind: Component\n", ".github/CODEOWNERS": "* @ada\n", "logo.png": "\x89PNG\x00\xff"}},
			{Owner: "Campus", Name: "secret", Visibility: "private", Archived: true},
			{Owner: "Elsewhere", Name: "gone", Former: []string{"Campus/gone"}},
			{Owner: "Campus", Name: "app-ghsa-2222-2222-2222", Visibility: "private", Parent: "Campus/app"},
			{Owner: "Campus", Name: "ops", Visibility: "private", Files: map[string]string{"README.md": "ops\n"}},
			{Owner: "Campus", Name: "blank", Empty: true},
		},
		Advisories: []*Advisory{
			{ID: "GHSA-2222-2222-2222", Repository: "Campus/app", Summary: "first", State: "draft", Severity: "high",
				Score: 7.1, Vector: "CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:L/A:N", Created: day(1), Updated: day(9),
				Author: "outsider", Reported: true, PrivateFork: "Campus/app-ghsa-2222-2222-2222",
				CWEs: []string{"CWE-79"}, CVE: "CVE-2026-0001",
				Credits:            []Credit{{Login: "outsider", Type: "reporter", State: "accepted"}},
				CollaboratingUsers: []string{"cy"}, CollaboratingTeams: []string{"core-oncall"},
				Vulnerabilities: []Vulnerability{{Ecosystem: "pip", Package: "app", Affected: "< 2", Patched: "2"}}},
			{ID: "GHSA-3333-3333-3333", Repository: "Campus/secret", Summary: "second", State: "draft", Created: day(2), Updated: day(8)},
			{ID: "GHSA-4444-4444-4444", Repository: "Campus/app", Summary: "third", State: "published", Severity: "low",
				Created: day(3), Updated: day(7), Published: day(7), Publisher: "dee"},
			{ID: "GHSA-5555-5555-5555", Repository: "Campus/gone", Summary: "fourth", State: "draft", Created: day(4), Updated: day(6)},
		},
		Tokens: map[string]*Token{
			"full": {Login: "dee", Scopes: []string{"repo", "admin:org", "user:email"}, Organization: "Campus", Drafts: true, Members: true,
				Emails: true, VerifiedEmails: true, Write: []string{"Campus/app", "Campus/ops", "Campus/blank", "Campus/secret"}},
			"weak":      {Login: "ada", Scopes: []string{"public_repo"}, Repositories: []string{}},
			"app":       {App: true, Organization: "Campus", Drafts: true, Members: true},
			"selected":  {App: true, Organization: "Campus", Drafts: true, Repositories: []string{"Campus/app"}},
			"workflow":  {App: true, Organization: "Campus", Repositories: []string{"Campus/ops"}, Write: []string{"Campus/ops"}},
			"maintains": {Login: "bo", Members: true, DraftsIn: []string{"Campus/app"}, Repositories: []string{}},
		},
	}
	w.SetTime(time.Date(2026, time.March, 2, 9, 30, 0, 0, time.UTC))
	return w
}

func serve(t *testing.T, w *World) *Server {
	t.Helper()
	g, err := Start(w)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { g.Close() })
	return g
}

// ask makes one request and doesn't follow a redirect.
func ask(t *testing.T, g *Server, token, method, path, body string) (*http.Response, string) {
	t.Helper()
	url := path
	if strings.HasPrefix(path, "/") {
		url = g.APIURL() + path
	}
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(text)
}

func decode(t *testing.T, text string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("decode %q: %v", text, err)
	}
	return v
}

func TestStatus(t *testing.T) {
	g := serve(t, campus())
	for _, tt := range []struct {
		name, token, method, path string
		status                    int
		contains                  string
	}{
		{"a token that isn't one", "nobody", "GET", "/repos/campus/app", 401, `"message":"Bad credentials"`},
		{"GraphQL with such a token", "nobody", "POST", "/graphql", 401, "Bad credentials"},
		{"GraphQL without a token", "", "POST", "/graphql", 401, "authenticated"},
		{"public, no token", "", "GET", "/repos/campus/app", 200, `"visibility":"public"`},
		{"private, no token", "", "GET", "/repos/campus/secret", 404, "Not Found"},
		{"private, a stranger's token", "weak", "GET", "/repos/campus/secret", 404, "Not Found"},
		{"private, the owner's token", "full", "GET", "/repos/CAMPUS/Secret", 200, `"visibility":"private"`},
		{"Enterprise Server's path", "full", "GET", "/api/v3/repos/campus/secret", 200, `"private":true`},
		{"unknown path", "full", "GET", "/nothing/here", 404, "Not Found"},
		{"unknown method", "full", "DELETE", "/repos/campus/app", 404, "Not Found"},
		{"renamed", "full", "GET", "/repos/campus/old-app?x=1", 301, "Moved Permanently"},
		{"moved away", "full", "GET", "/repos/campus/gone", 301, "Moved Permanently"},
		{"user", "weak", "GET", "/user", 200, `"email":"ada@example.org"`},
		{"user of an installation", "app", "GET", "/user", 403, "Resource not accessible by integration"},
		{"membership: admin", "full", "GET", "/user/memberships/orgs/campus", 200, `"role":"admin"`},
		{"membership: member", "maintains", "GET", "/user/memberships/orgs/campus", 200, `"role":"member"`},
		{"membership without the right", "weak", "GET", "/user/memberships/orgs/campus", 403, "personal access token"},
		{"membership of a stranger", "full", "GET", "/user/memberships/orgs/elsewhere", 404, "Not Found"},
		{"installation: all", "app", "GET", "/installation/repositories", 200, `"total_count":5`},
		{"installation: selected", "selected", "GET", "/installation/repositories", 200, `"repository_selection":"selected"`},
		{"installation of a person", "full", "GET", "/installation/repositories", 403, "installation access token"},
		{"rate limit", "full", "GET", "/rate_limit", 200, `"graphql":{"limit":5000`},
		{"no such organization", "full", "GET", "/orgs/nowhere/security-advisories", 404, "Not Found"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			resp, body := ask(t, g, tt.token, tt.method, tt.path, "{}")
			if resp.StatusCode != tt.status || !strings.Contains(body, tt.contains) {
				t.Errorf("%d %s, want %d with %s", resp.StatusCode, body, tt.status, tt.contains)
			}
		})
	}
}

func TestHeaders(t *testing.T) {
	g := serve(t, campus())
	resp, _ := ask(t, g, "full", "GET", "/orgs/campus/security-advisories", "")
	reset := "1772445600" // 10:00, the full hour after the world's time
	for name, want := range map[string]string{
		"X-Ratelimit-Limit": "5000", "X-Ratelimit-Remaining": "4999", "X-Ratelimit-Reset": reset,
		"X-Ratelimit-Resource": "core", "X-Oauth-Scopes": "repo, admin:org, user:email",
		"Content-Type": "application/json; charset=utf-8",
	} {
		if got := resp.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if resp.Header.Get("X-Github-Request-Id") == "" {
		t.Error("no request id")
	}
	for _, left := range []string{"4998", "4999"} { // of this hour, and of the next one
		if resp, _ := ask(t, g, "full", "GET", "/orgs/campus/security-advisories", ""); resp.Header.Get("X-Ratelimit-Remaining") != left {
			t.Errorf("remaining: %q, want %q", resp.Header.Get("X-Ratelimit-Remaining"), left)
		}
		g.world.SetTime(g.world.Now().Truncate(time.Hour).Add(time.Hour))
	}
	resp, _ = ask(t, g, "app", "GET", "/orgs/campus/security-advisories", "")
	if got := resp.Header.Get("X-Accepted-GitHub-Permissions"); !strings.Contains(got, "repository_advisories") {
		t.Errorf("X-Accepted-GitHub-Permissions: %q", got)
	}
	if _, ok := resp.Header["X-Oauth-Scopes"]; ok {
		t.Error("an installation's token has scopes")
	}
}

func TestRedirectLeadsToTheRepository(t *testing.T) {
	w := campus()
	w.Lock()
	w.Rename("Campus/app", "Campus/newer-app")
	w.Unlock()
	g := serve(t, w)
	for _, old := range []string{"old-app", "app"} {
		resp, _ := ask(t, g, "full", "GET", "/repos/campus/"+old+"/security-advisories?state=draft", "")
		resp, body := ask(t, g, "full", "GET", resp.Header.Get("Location"), "")
		if resp.StatusCode != 200 || !strings.Contains(body, "/Campus/newer-app/security/advisories/GHSA-2222-2222-2222") {
			t.Errorf("%s leads to %d %s", old, resp.StatusCode, body)
		}
	}
}

func TestRequestsAndFaults(t *testing.T) {
	w := campus()
	g := serve(t, w)
	ask(t, g, "full", "GET", "/repos/campus/app?x=1", "")
	ask(t, g, "full", "POST", "/graphql", `{"query":"{ viewer { login } }"}`)
	got := g.Requests()
	if len(got) != 2 || got[0] != (Request{Method: "GET", Path: "/repos/campus/app?x=1"}) ||
		got[1] != (Request{Method: "POST", Path: "/graphql", GraphQL: true, Query: "{ viewer { login } }"}) {
		t.Errorf("requests: %+v", got)
	}
	g.ResetRequests()

	left := 1
	w.Lock()
	g.Fault = func(r *http.Request) http.Handler {
		if left == 0 {
			return nil
		}
		left--
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(502) })
	}
	w.Unlock()
	if resp, _ := ask(t, g, "full", "GET", "/repos/campus/app", ""); resp.StatusCode != 502 {
		t.Errorf("the first answer is %d, want the fault's 502", resp.StatusCode)
	}
	if resp, _ := ask(t, g, "full", "GET", "/repos/campus/app", ""); resp.StatusCode != 200 {
		t.Errorf("the second answer is %d, want 200", resp.StatusCode)
	}
	if n := len(g.Requests()); n != 2 {
		t.Errorf("%d requests noted, want both", n)
	}
}

// A fault can do what was asked and lose the answer.
func TestFaultLosesAnAnswer(t *testing.T) {
	w := campus()
	g := serve(t, w)
	w.Lock()
	g.Fault = func(r *http.Request) http.Handler {
		if r.Method != "POST" {
			return nil
		}
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			g.Healthy().ServeHTTP(discard{http.Header{}}, r)
			panic(http.ErrAbortHandler)
		})
	}
	w.Unlock()
	req, _ := http.NewRequest("POST", g.APIURL()+"/repos/campus/ops/git/blobs", strings.NewReader(`{"content":"x"}`))
	req.Header.Set("Authorization", "token full")
	if resp, err := http.DefaultClient.Do(req); err == nil {
		t.Errorf("answered %s, want a broken connection", resp.Status)
	}
	resp, _ := ask(t, g, "full", "GET", "/repos/campus/ops/git/blobs/c1b0730e0133ed62acfd2d00d1a4d0a0a0a0a0a0", "")
	if resp.StatusCode != 404 {
		t.Errorf("an unknown blob is answered with %d", resp.StatusCode)
	}
	if resp, _ = ask(t, g, "full", "GET", "/repos/campus/ops/git/blobs/"+objectID("blob", []byte("x")), ""); resp.StatusCode != 200 {
		t.Errorf("the blob whose answer was lost: %d, want 200", resp.StatusCode)
	}
}

type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) Write(b []byte) (int, error) { return len(b), nil }
func (d discard) WriteHeader(int)             {}

func TestClockAndEvents(t *testing.T) {
	w := &World{}
	at := func(h int) time.Time { return time.Date(2026, time.May, 4, h, 0, 0, 0, time.UTC) }
	var seen []time.Time
	for _, h := range []int{8, 9, 10} {
		w.Events = append(w.Events, Event{At: at(h), What: "x", Do: func(w *World) { seen = append(seen, w.Now().Truncate(time.Hour)) }})
	}
	if n := len(w.Advance(at(9).Add(-time.Nanosecond))); n != 1 {
		t.Errorf("%d events just before 9, want 1", n)
	}
	if n := len(w.Advance(at(9))); n != 1 {
		t.Errorf("%d events at 9, want 1 more", n)
	}
	if now := w.Now(); now.Before(at(9)) || now.After(at(10)) {
		t.Errorf("the clock says %v after Advance to 9", now)
	}
	if len(seen) != 2 || !seen[0].Equal(at(8)) || !seen[1].Equal(at(9)) || len(w.Events) != 1 {
		t.Errorf("events saw the times %v, and %d are left", seen, len(w.Events))
	}
}
