package ghsa

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/transport"
)

func newTestClient(t *testing.T, h http.HandlerFunc) *Client {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	client := transport.New(transport.Options{Retries: 2, MinWait: time.Millisecond, MaxWait: 2 * time.Second})
	c, err := NewClient(transport.Authorized(client, "t0ken"), server.URL)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// draft returns an advisory as GitHub sends it.
func draft(n int, change func(map[string]any)) map[string]any {
	id := fmt.Sprintf("GHSA-aaaa-bbbb-%04d", n)
	m := map[string]any{
		"ghsa_id":    id,
		"cve_id":     nil,
		"url":        "https://api.github.com/repos/acme/rocket/security-advisories/" + id,
		"html_url":   "https://github.com/acme/rocket/security/advisories/" + id,
		"summary":    "Rocket explodes",
		"severity":   "high",
		"state":      "draft",
		"created_at": "2026-01-02T03:04:05Z",
		"updated_at": "2026-01-03T03:04:05Z",
		"submission": nil,
		"cvss":       map[string]any{"vector_string": "CVSS:3.1/AV:N", "score": 7.5},
	}
	if change != nil {
		change(m)
	}
	return m
}

func send(t *testing.T, w http.ResponseWriter, v any) {
	t.Helper()
	if err := json.NewEncoder(w).Encode(v); err != nil {
		t.Error(err)
	}
}

func TestOrganizationFollowsTheCursor(t *testing.T) {
	var asked []string
	c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.RequestURI())
		if got := r.Header.Get("Authorization"); got != "Bearer t0ken" {
			t.Errorf("Authorization = %q", got)
		}
		next := map[string]string{"": "Y1", "Y1": "Y2"}[r.URL.Query().Get("after")]
		if next != "" {
			w.Header().Set("Link", fmt.Sprintf(`<http://%s%s?per_page=100&after=%s>; rel="next"`, r.Host, r.URL.Path, next))
		}
		n := len(asked) * 10
		send(t, w, []any{draft(n, nil), draft(n+1, nil), draft(11, nil)})
	})
	got, err := c.drafts(t.Context(), place{organization: "acme"}, func([]advisory.Advisory) {})
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, a := range got {
		ids = append(ids, a.ID[len(a.ID)-4:])
	}
	if diff := cmp.Diff([]string{"0010", "0011", "0020", "0021", "0030", "0031"}, ids); diff != "" {
		t.Errorf("advisories of three pages, each once (-want +got):\n%s", diff)
	}
	want := []string{
		"/orgs/acme/security-advisories?per_page=100&state=draft",
		"/orgs/acme/security-advisories?after=Y1&per_page=100&state=draft",
		"/orgs/acme/security-advisories?after=Y2&per_page=100&state=draft",
	}
	if diff := cmp.Diff(want, asked); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

// answer answers every request with a status and a body, and with a Link header
// where one is given, in which HOST stands for the server's own.
func answer(status int, link, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if link != "" {
			w.Header().Set("Link", strings.ReplaceAll(link, "HOST", "http://"+r.Host))
		}
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}
}

func TestAListIsWholeOrAnError(t *testing.T) {
	const unfollowable = "its next page can't be followed"
	tests := map[string]struct {
		serve http.HandlerFunc
		want  string
	}{
		"the same cursor again":             {answer(200, `<HOST/x?after=same>; rel="next"`, "[]"), "circles"},
		"truncated":                         {answer(200, "", `[{"ghsa_id":"GHSA-aa`), "unexpected EOF"},
		"an object":                         {answer(200, "", `{}`), "not the list"},
		"a list in an object":               {answer(200, "", `{"advisories":[]}`), "not the list"},
		"null":                              {answer(200, "", `null`), "not the list"},
		"a string":                          {answer(200, "", `"[]"`), "not the list"},
		"a number":                          {answer(200, "", `0`), "not the list"},
		"false":                             {answer(200, "", `false`), "not the list"},
		"an empty body":                     {answer(200, "", ""), "not the list"},
		"blanks":                            {answer(200, "", " \n"), "not the list"},
		"a page of HTML":                    {answer(200, "", "<html>"), "invalid character"},
		"204":                               {answer(204, "", ""), "not the list"},
		"202":                               {answer(202, "", "[]"), "try again later"},
		"206 of a list":                     {answer(206, "", "[]"), "not the list"},
		"203 of a list":                     {answer(203, "", "[]"), "not the list"},
		"a list of null":                    {answer(200, "", `[null]`), "without a GHSA id"},
		"a list of numbers":                 {answer(200, "", `[1]`), "not the list"},
		"a next page without a cursor":      {answer(200, `<HOST/x?per_page=100>; rel="next"`, "[]"), unfollowable},
		"a next page with an empty cursor":  {answer(200, `<HOST/x?after=>; rel="next"`, "[]"), unfollowable},
		"a next page by number":             {answer(200, `<HOST/x?page=2>; rel="next"`, "[]"), unfollowable},
		"a next page with go-github's own":  {answer(200, `<HOST/x?cursor=Y1>; rel="next"`, "[]"), unfollowable},
		"a next page on another host":       {answer(200, `<http://elsewhere.example/x?after=Y1>; rel="next"`, "[]"), unfollowable},
		"a next page over another protocol": {answer(200, `<ftp://127.0.0.1/x?after=Y1>; rel="next"`, "[]"), unfollowable},
		"a next page without brackets":      {answer(200, `HOST/x?after=Y1; rel="next"`, "[]"), unfollowable},
		"a next page that is no address":    {answer(200, `<http://a b:%zz/x?after=Y1>; rel="next"`, "[]"), unfollowable},
		"a next page without quotes":        {answer(200, `<HOST/x?page=2>; rel=next`, "[]"), unfollowable},
		"a next page among other relations": {answer(200, `<HOST/x?before=Y0>; rel="prev", <HOST/x?page=2>; rel="last NEXT"`, "[]"), unfollowable},
		"a next page in a second header": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Add("Link", `<http://`+r.Host+`/x?before=Y0>; rel="prev"`)
			w.Header().Add("Link", `<http://`+r.Host+`/x>; rel="next"`)
			fmt.Fprint(w, "[]")
		}, unfollowable},
		"no list on the second page": {func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Get("after") != "" {
				answer(200, "", "null")(w, r)
				return
			}
			answer(200, `<HOST/x?after=Y1>; rel="next"`, "[]")(w, r)
		}, "not the list"},
		"no repository": {answer(200, "", `[{"ghsa_id":"GHSA-aaaa-bbbb-cccc","state":"draft"}]`), "name no repository"},
		"no id":         {answer(200, "", `[{"state":"draft"}]`), "without a GHSA id"},
		"no state": {func(w http.ResponseWriter, r *http.Request) {
			send(t, w, []any{draft(1, func(m map[string]any) { delete(m, "state") })})
		}, "without a state"},
		"401":          {answer(401, "", `{"message":"Bad credentials"}`), "GitHub answered 401 (Bad credentials)"},
		"502 for good": {answer(502, "", ""), "GitHub answered 502"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := newTestClient(t, tt.serve)
			for list, ask := range map[string]func() ([]advisory.Advisory, error){
				"Organization": func() ([]advisory.Advisory, error) {
					return c.drafts(t.Context(), place{organization: "acme"}, func([]advisory.Advisory) {})
				},
				"Repository": func() ([]advisory.Advisory, error) {
					return c.drafts(t.Context(), place{repository: advisory.Repository{Owner: "acme", Name: "rocket"}}, func([]advisory.Advisory) {})
				},
			} {
				drafts, err := ask()
				if err == nil || drafts != nil {
					t.Fatalf("%s() = %v, %v, want no drafts and an error", list, drafts, err)
				}
				if !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "127.0.0.1") {
					t.Errorf("%s: error %q should hold %q and no address", list, err, tt.want)
				}
			}
		})
	}
}

// What is a list, and where its next page can be followed.
func TestAListInOtherForms(t *testing.T) {
	tests := map[string]struct {
		serve http.HandlerFunc
		pages int
	}{
		"empty":                           {answer(200, "", "[]"), 1},
		"empty, with blanks":              {answer(200, "", " [ ]\n"), 1},
		"the last of some pages":          {answer(200, `<HOST/x?before=Y1>; rel="prev", <HOST/x?before=Y0>; rel="first"`, "[]"), 1},
		"another relation that has next":  {answer(200, `<HOST/next?x=1>; rel="prev"; title="what is next"`, "[]"), 1},
		"a header of nothing":             {answer(200, " ", "[]"), 1},
		"an empty page before the last":   {twoPages(`<HOST/organizations/1/security-advisories?after=Y1>; rel="next"`), 2},
		"no quotes":                       {twoPages(`<HOST/x?after=Y1>; rel=next`), 2},
		"upper case":                      {twoPages(`<HOST/x?after=Y1>; REL="Next"`), 2},
		"other parameters, two relations": {twoPages(`<HOST/x?before=Y0>; rel="prev", <HOST/x?after=Y1>; title="a, b"; rel="last next"`), 2},
		"a path":                          {twoPages(`</x?after=Y1>; rel="next"`), 2},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			pages := 0
			c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) { pages++; tt.serve(w, r) })
			drafts, err := c.drafts(t.Context(), place{organization: "acme"}, func([]advisory.Advisory) {})
			if err != nil || len(drafts) != tt.pages-1 || pages != tt.pages {
				t.Errorf("drafts() = %d drafts, %v in %d pages, want %d", len(drafts), err, pages, tt.pages)
			}
		})
	}
}

// twoPages answers with an empty page that bears the Link header, and to the
// cursor Y1 with a draft.
func twoPages(link string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("after") != "Y1" {
			answer(200, link, "[]")(w, r)
			return
		}
		_ = json.NewEncoder(w).Encode([]any{draft(1, nil)})
	}
}

func TestFaultsThatPass(t *testing.T) {
	tests := map[string]http.HandlerFunc{
		"502": func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(502) },
		"secondary limit": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(403)
			fmt.Fprint(w, `{"message":"You have exceeded a secondary rate limit"}`)
		},
		"reset": func(w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) },
	}
	for name, fault := range tests {
		t.Run(name, func(t *testing.T) {
			calls := 0
			c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
				if calls++; calls == 1 {
					fault(w, r)
					return
				}
				send(t, w, []any{draft(1, nil)})
			})
			got, err := c.drafts(t.Context(), place{organization: "acme"}, func([]advisory.Advisory) {})
			if err != nil || len(got) != 1 || calls != 2 {
				t.Errorf("drafts() = %d drafts, %v after %d calls, want 1 draft after 2 calls", len(got), err, calls)
			}
		})
	}
}

func TestRepository(t *testing.T) {
	c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/repos/acme/old-rocket/security-advisories":
			http.Redirect(w, r, "/repositories/1/security-advisories?"+r.URL.RawQuery, http.StatusMovedPermanently)
		case "/repositories/1/security-advisories":
			send(t, w, []any{draft(1, nil)})
		default:
			t.Errorf("asked for %s", r.URL.Path)
		}
	})
	got, err := c.drafts(t.Context(), place{repository: advisory.Repository{Owner: "acme", Name: "old-rocket"}}, func([]advisory.Advisory) {})
	if err != nil || len(got) != 1 || got[0].Repository.Name != "rocket" {
		t.Errorf("drafts() = %v, %v, want the draft under the present name", got, err)
	}
}

func TestConversion(t *testing.T) {
	tests := map[string]struct {
		change func(map[string]any)
		want   func(*advisory.Advisory)
	}{
		"plain":    {nil, func(a *advisory.Advisory) {}},
		"id case":  {func(m map[string]any) { m["ghsa_id"] = "ghsa-AAAA-bbbb-0001" }, func(a *advisory.Advisory) {}},
		"severity": {func(m map[string]any) { m["severity"] = "low" }, func(a *advisory.Advisory) { a.Severity = advisory.Low }},
		"from the score": {func(m map[string]any) { m["severity"] = nil }, func(a *advisory.Advisory) {
			a.Severity = advisory.High
		}},
		"unscored": {func(m map[string]any) { m["severity"], m["cvss"] = nil, nil }, func(a *advisory.Advisory) {
			a.Severity, a.Score = advisory.Unscored, 0
		}},
		"score of zero": {func(m map[string]any) {
			m["severity"], m["cvss"] = nil, map[string]any{"score": 0.0, "vector_string": nil}
		}, func(a *advisory.Advisory) {
			a.Severity, a.Score = advisory.Unscored, 0
		}},
		"CVSS 4 only": {func(m map[string]any) {
			m["severity"], m["cvss"] = nil, nil
			m["cvss_severities"] = map[string]any{"cvss_v3": map[string]any{"score": nil, "vector_string": nil}, "cvss_v4": map[string]any{"score": 9.3, "vector_string": "CVSS:4.0/AV:N"}}
		}, func(a *advisory.Advisory) {
			a.Severity, a.Score = advisory.Critical, 9.3
		}},
		"CVSS by version before the plain field": {func(m map[string]any) {
			m["severity"], m["cvss"] = nil, map[string]any{"score": 9.3, "vector_string": "CVSS:4.0/AV:N"}
			m["cvss_severities"] = map[string]any{"cvss_v3": map[string]any{"score": 6.9, "vector_string": "CVSS:3.1/AV:N"}, "cvss_v4": map[string]any{"score": 9.3, "vector_string": "CVSS:4.0/AV:N"}}
		}, func(a *advisory.Advisory) {
			a.Severity, a.Score = advisory.Medium, 6.9
		}},
		"CVSS 4 before the plain field": {func(m map[string]any) {
			m["severity"] = nil
			m["cvss_severities"] = map[string]any{"cvss_v3": nil, "cvss_v4": map[string]any{"score": 9.3, "vector_string": "CVSS:4.0/AV:N"}}
		}, func(a *advisory.Advisory) {
			a.Severity, a.Score = advisory.Critical, 9.3
		}},
		"no score by version, but the plain field": {func(m map[string]any) {
			m["cvss_severities"] = map[string]any{"cvss_v3": map[string]any{"score": 0, "vector_string": nil}, "cvss_v4": nil}
		}, func(a *advisory.Advisory) {}},
		"repository by the API's address": {func(m map[string]any) { m["html_url"] = "" }, func(a *advisory.Advisory) { a.URL = "" }},
		"private report": {func(m map[string]any) {
			m["submission"] = map[string]any{"accepted": true}
			m["author"] = map[string]any{"login": "finder"}
			m["credits"] = []any{map[string]any{"login": "finder", "type": "reporter"}}
			m["credits_detailed"] = []any{map[string]any{"user": map[string]any{"login": "helper"}}}
		}, func(a *advisory.Advisory) {
			a.Reported, a.Author, a.Credits = true, "finder", []string{"finder", "helper"}
		}},
		"credits": {func(m map[string]any) {
			var plain, detailed []any
			for _, kind := range []string{"analyst", "finder", "reporter", "coordinator", "remediation_developer", "remediation_reviewer", "remediation_verifier", "Remediation_Developer", "tool", "sponsor", "other", ""} {
				plain = append(plain, map[string]any{"login": kind + "-1", "type": kind})
				detailed = append(detailed, map[string]any{"user": map[string]any{"login": kind + "-2"}, "type": kind})
			}
			both := map[string]any{"login": "both", "type": "remediation_developer"}
			m["credits"] = append(plain, both, map[string]any{"login": "both", "type": "finder"})
			m["credits_detailed"] = detailed
		}, func(a *advisory.Advisory) {
			a.Credits = []string{"analyst-1", "finder-1", "reporter-1", "tool-1", "sponsor-1", "other-1", "-1", "both",
				"analyst-2", "finder-2", "reporter-2", "tool-2", "sponsor-2", "other-2", "-2"}
		}},
		"no collaborators": {func(m map[string]any) {
			m["collaborating_users"], m["collaborating_teams"] = []any{}, []any{}
		}, func(a *advisory.Advisory) { a.Collaborated = true }},
		"collaborators that GitHub does not tell": {func(m map[string]any) {
			m["collaborating_users"], m["collaborating_teams"] = []any{}, nil
		}, func(a *advisory.Advisory) {}},
		"collaborators": {func(m map[string]any) {
			m["collaborating_users"] = []any{map[string]any{"login": "ann", "id": 7, "type": "User"}, map[string]any{"login": "ci", "type": "Bot"}, map[string]any{"login": "x[bot]"}}
			m["collaborating_teams"] = []any{map[string]any{"slug": "rocketeers", "name": "Rocketeers"}}
		}, func(a *advisory.Advisory) {
			a.CollaboratingUsers, a.Accounts, a.Collaborated = []string{"ann"}, map[string]int64{"ann": 7}, true
			a.CollaboratingTeams = []advisory.Owner{{Kind: advisory.Team, Name: "rocketeers"}}
		}},
		"fork and packages": {func(m map[string]any) {
			m["private_fork"] = map[string]any{"html_url": "https://github.com/acme/rocket-ghsa-aaaa-bbbb-0001"}
			m["vulnerabilities"] = []any{map[string]any{"package": nil, "patched_versions": nil}, map[string]any{"patched_versions": "2.0"}, map[string]any{"patched_versions": "3.0"}}
		}, func(a *advisory.Advisory) {
			a.PrivateFork = "https://github.com/acme/rocket-ghsa-aaaa-bbbb-0001"
			a.Patched = "2.0"
		}},
		"an address that is no link": {func(m map[string]any) { m["private_fork"] = map[string]any{"html_url": "javascript:alert(1)"} }, func(a *advisory.Advisory) {}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) { send(t, w, draft(1, tt.change)) })
			got, err := c.One(t.Context(), advisory.Repository{Owner: "acme", Name: "rocket"}, "GHSA-aaaa-bbbb-0001")
			if err != nil {
				t.Fatal(err)
			}
			want := advisory.Advisory{
				ID:         "GHSA-aaaa-bbbb-0001",
				Repository: advisory.Repository{Owner: "acme", Name: "rocket"},
				URL:        "https://github.com/acme/rocket/security/advisories/GHSA-aaaa-bbbb-0001",
				Summary:    "Rocket explodes",
				State:      advisory.Draft,
				Severity:   advisory.High,
				Score:      7.5,
				Created:    time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
				Updated:    time.Date(2026, 1, 3, 3, 4, 5, 0, time.UTC),
			}
			tt.want(&want)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// What is asked for by name has to be an advisory with a state: without one it
// would be neither a draft nor resolved.
func TestOneIsAnAdvisoryOrAnError(t *testing.T) {
	for name, body := range map[string]string{
		"null": "null", "an empty body": "", "an empty list": "[]", "an empty object": "{}",
		"another advisory": `{"ghsa_id":"GHSA-aaaa-bbbb-0002","state":"draft","html_url":"https://github.com/acme/rocket/security/advisories/GHSA-aaaa-bbbb-0002","created_at":"2026-01-02T03:04:05Z"}`,
		"no state":         `{"ghsa_id":"GHSA-aaaa-bbbb-0001","html_url":"https://github.com/acme/rocket/security/advisories/GHSA-aaaa-bbbb-0001","created_at":"2026-01-02T03:04:05Z"}`,
	} {
		c := newTestClient(t, answer(200, "", body))
		if a, err := c.One(t.Context(), advisory.Repository{Owner: "acme", Name: "rocket"}, "GHSA-aaaa-bbbb-0001"); err == nil {
			t.Errorf("%s: %+v, want an error", name, a)
		}
	}
}

func TestWhatIsDropped(t *testing.T) {
	c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
		send(t, w, []any{
			draft(1, func(m map[string]any) { m["state"] = "triage" }),
			draft(2, func(m map[string]any) { m["state"] = "published" }),
			draft(4, func(m map[string]any) {
				m["html_url"] = "https://github.com/acme/rocket-ghsa-tools/security/advisories/GHSA-aaaa-bbbb-0004"
			}),
		})
	})
	got, err := c.drafts(t.Context(), place{organization: "acme"}, func([]advisory.Advisory) {})
	if err != nil || len(got) != 1 || got[0].Repository.Name != "rocket-ghsa-tools" {
		t.Errorf("drafts() = %v, %v, want the draft of rocket-ghsa-tools alone", got, err)
	}
}

// A name alone makes no temporary private fork: anybody may call a repository so,
// and its drafts would be lost without a word.
func TestATemporaryForkIsKnownByMoreThanItsName(t *testing.T) {
	const fork = "rocket-GHSA-aaaa-bbbb-0009"
	for name, tt := range map[string]struct {
		named      string // the private fork of another draft in the list
		repository http.HandlerFunc
		dropped    bool
		asked      int // requests for the repository
	}{
		"a draft names it":            {"https://github.com/acme/rocket-ghsa-AAAA-bbbb-0009", answer(500, "", ""), true, 0},
		"a draft names another":       {"https://github.com/acme/rocket-ghsa-aaaa-bbbb-0008", answer(200, "", `{"private":false,"fork":false}`), false, 1},
		"a draft names another's":     {"https://github.com/other/rocket-ghsa-aaaa-bbbb-0009", answer(200, "", `{"private":false,"fork":false}`), false, 1},
		"private and a fork":          {"", answer(200, "", `{"private":true,"fork":true}`), true, 1},
		"private, and no fork":        {"", answer(200, "", `{"private":true,"fork":false}`), false, 1},
		"a fork, and public":          {"", answer(200, "", `{"private":false,"fork":true}`), false, 1},
		"neither":                     {"", answer(200, "", `{"private":false,"fork":false}`), false, 1},
		"GitHub does not say":         {"", answer(200, "", `{}`), false, 1},
		"it is not there":             {"", answer(404, "", `{}`), false, 1},
		"it is refused":               {"", answer(403, "", `{}`), false, 1},
		"GitHub could not answer":     {"", answer(500, "", ``), false, 3},
		"the answer is no repository": {"", answer(200, "", `[]`), false, 1},
	} {
		t.Run(name, func(t *testing.T) {
			asked := 0
			c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
				if strings.EqualFold(r.URL.Path, "/repos/acme/"+fork) {
					asked++
					tt.repository(w, r)
					return
				}
				within := func(m map[string]any) {
					m["html_url"] = "https://github.com/acme/" + fork + "/security/advisories/" + m["ghsa_id"].(string)
				}
				send(t, w, []any{draft(1, within), draft(2, within), draft(3, func(m map[string]any) {
					if tt.named != "" {
						m["private_fork"] = map[string]any{"html_url": tt.named}
					}
				})})
			})
			var shown []advisory.Advisory
			got, err := c.drafts(t.Context(), place{organization: "acme"}, func(page []advisory.Advisory) { shown = append(shown, page...) })
			if err != nil {
				t.Fatal(err)
			}
			want := 3
			if tt.dropped {
				want = 1
			}
			if len(got) != want || len(shown) != want {
				t.Errorf("%d drafts, and %d shown, want %d", len(got), len(shown), want)
			}
			if asked != tt.asked {
				t.Errorf("the repository was asked for %d times, want %d", asked, tt.asked)
			}
		})
	}
}
