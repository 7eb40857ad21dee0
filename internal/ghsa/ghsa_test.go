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
	got, err := c.Organization(t.Context(), "acme", func([]advisory.Advisory) {})
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

func TestAListIsWholeOrAnError(t *testing.T) {
	tests := map[string]struct {
		serve http.HandlerFunc
		want  string
	}{
		"circles": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Link", `<http://x/y?after=same>; rel="next"`)
			fmt.Fprint(w, "[]")
		}, "circles"},
		"truncated": {func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, `[{"ghsa_id":"GHSA-aa`)
		}, "unexpected EOF"},
		"not a list": {func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, `{}`) }, "cannot unmarshal"},
		"no repository": {func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, `[{"ghsa_id":"GHSA-aaaa-bbbb-cccc","state":"draft"}]`)
		}, "name no repository"},
		"no id": {func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, `[{"state":"draft"}]`) }, "without a GHSA id"},
		"401": {func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(401)
			fmt.Fprint(w, `{"message":"Bad credentials"}`)
		}, "GitHub answered 401 (Bad credentials)"},
		"502 for good": {func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(502) }, "GitHub answered 502"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			drafts, err := newTestClient(t, tt.serve).Organization(t.Context(), "acme", func([]advisory.Advisory) {})
			if err == nil || drafts != nil {
				t.Fatalf("Organization() = %v, %v, want no drafts and an error", drafts, err)
			}
			if !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "127.0.0.1") {
				t.Errorf("error %q should hold %q and no address", err, tt.want)
			}
		})
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
			got, err := c.Organization(t.Context(), "acme", func([]advisory.Advisory) {})
			if err != nil || len(got) != 1 || calls != 2 {
				t.Errorf("Organization() = %d drafts, %v after %d calls, want 1 draft after 2 calls", len(got), err, calls)
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
	got, err := c.Repository(t.Context(), advisory.Repository{Owner: "acme", Name: "old-rocket"}, func([]advisory.Advisory) {})
	if err != nil || len(got) != 1 || got[0].Repository.Name != "rocket" {
		t.Errorf("Repository() = %v, %v, want the draft under the present name", got, err)
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
			a.Severity, a.Score, a.Vector = advisory.Unscored, 0, ""
		}},
		"score of zero": {func(m map[string]any) {
			m["severity"], m["cvss"] = nil, map[string]any{"score": 0.0, "vector_string": nil}
		}, func(a *advisory.Advisory) {
			a.Severity, a.Score, a.Vector = advisory.Unscored, 0, ""
		}},
		"CVSS 4 only": {func(m map[string]any) {
			m["severity"], m["cvss"] = nil, nil
			m["cvss_severities"] = map[string]any{"cvss_v3": map[string]any{"score": nil, "vector_string": nil}, "cvss_v4": map[string]any{"score": 9.3, "vector_string": "CVSS:4.0/AV:N"}}
		}, func(a *advisory.Advisory) {
			a.Severity, a.Score, a.Vector = advisory.Critical, 9.3, "CVSS:4.0/AV:N"
		}},
		"repository by the API's address": {func(m map[string]any) { m["html_url"] = "" }, func(a *advisory.Advisory) { a.URL = "" }},
		"private report": {func(m map[string]any) {
			m["submission"] = map[string]any{"accepted": true}
			m["author"] = map[string]any{"login": "finder"}
			m["credits"] = []any{map[string]any{"login": "finder", "type": "reporter"}}
			m["credits_detailed"] = []any{map[string]any{"user": map[string]any{"login": "helper"}}}
		}, func(a *advisory.Advisory) {
			a.Reported, a.Author, a.Credits = true, "finder", []string{"finder", "helper"}
		}},
		"collaborators": {func(m map[string]any) {
			m["collaborating_users"] = []any{map[string]any{"login": "ann", "type": "User"}, map[string]any{"login": "ci", "type": "Bot"}, map[string]any{"login": "x[bot]"}}
			m["collaborating_teams"] = []any{map[string]any{"slug": "rocketeers", "name": "Rocketeers"}}
		}, func(a *advisory.Advisory) {
			a.CollaboratingUsers = []string{"ann"}
			a.CollaboratingTeams = []advisory.Owner{{Kind: advisory.Team, Name: "rocketeers"}}
		}},
		"fork and packages": {func(m map[string]any) {
			m["private_fork"] = map[string]any{"html_url": "https://github.com/acme/rocket-ghsa-aaaa-bbbb-0001"}
			m["vulnerabilities"] = []any{map[string]any{"package": map[string]any{"ecosystem": "pip", "name": "rocket"}, "vulnerable_version_range": "< 2", "patched_versions": "2.0"}, map[string]any{"package": nil}}
		}, func(a *advisory.Advisory) {
			a.PrivateFork = "https://github.com/acme/rocket-ghsa-aaaa-bbbb-0001"
			a.Packages = []advisory.Package{{Ecosystem: "pip", Name: "rocket", Affected: "< 2", Patched: "2.0"}, {}}
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
				Vector:     "CVSS:3.1/AV:N",
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

func TestWhatIsDropped(t *testing.T) {
	c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
		send(t, w, []any{
			draft(1, func(m map[string]any) { m["state"] = "triage" }),
			draft(2, func(m map[string]any) { m["state"] = "published" }),
			draft(3, func(m map[string]any) {
				m["html_url"] = "https://github.com/acme/rocket-GHSA-aaaa-bbbb-0009/security/advisories/GHSA-aaaa-bbbb-0003"
			}),
			draft(4, func(m map[string]any) {
				m["html_url"] = "https://github.com/acme/rocket-ghsa-tools/security/advisories/GHSA-aaaa-bbbb-0004"
			}),
		})
	})
	got, err := c.Organization(t.Context(), "acme", func([]advisory.Advisory) {})
	if err != nil || len(got) != 1 || got[0].Repository.Name != "rocket-ghsa-tools" {
		t.Errorf("Organization() = %v, %v, want the draft of rocket-ghsa-tools alone", got, err)
	}
}
