package github

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-github/v60/github"
)

func restClient(t *testing.T, g *Server, token string) *github.Client {
	t.Helper()
	c := github.NewClient(nil).WithAuthToken(token)
	base, err := url.Parse(g.APIURL() + "/")
	if err != nil {
		t.Fatal(err)
	}
	c.BaseURL = base
	return c
}

func ids(list []*github.SecurityAdvisory) []string {
	out := []string{}
	for _, a := range list {
		out = append(out, a.GetGHSAID())
	}
	return out
}

func TestOrganizationAdvisories(t *testing.T) {
	g := serve(t, campus())
	const first, second, third, fourth = "GHSA-2222-2222-2222", "GHSA-3333-3333-3333", "GHSA-4444-4444-4444", "GHSA-5555-5555-5555"
	for _, tt := range []struct {
		name, token string
		opt         github.ListRepositorySecurityAdvisoriesOptions
		want        []string
	}{
		{"drafts, the newest first", "full", github.ListRepositorySecurityAdvisoriesOptions{State: "draft"}, []string{fourth, second, first}},
		{"every state", "full", github.ListRepositorySecurityAdvisoriesOptions{}, []string{fourth, third, second, first}},
		{"the oldest first", "full", github.ListRepositorySecurityAdvisoriesOptions{Direction: "asc", State: "draft"}, []string{first, second, fourth}},
		{"by last change", "full", github.ListRepositorySecurityAdvisoriesOptions{Sort: "updated"}, []string{first, second, third, fourth}},
		{"a token without the right: empty, no error", "weak", github.ListRepositorySecurityAdvisoriesOptions{State: "draft"}, []string{}},
		{"a maintainer of one repository: empty too", "maintains", github.ListRepositorySecurityAdvisoriesOptions{State: "draft"}, []string{}},
		{"an app on one repository: a short list", "selected", github.ListRepositorySecurityAdvisoriesOptions{State: "draft"}, []string{first}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			list, _, err := restClient(t, g, tt.token).SecurityAdvisories.ListRepositorySecurityAdvisoriesForOrg(context.Background(), "campus", &tt.opt)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, ids(list)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestRepositoryAdvisories(t *testing.T) {
	w := campus()
	w.Tokens["elsewhere"] = &Token{App: true, Organization: "Campus", Drafts: true, Repositories: []string{"Campus/secret"}}
	g := serve(t, w)
	for _, tt := range []struct {
		token string
		want  []string
	}{
		{"full", []string{"GHSA-4444-4444-4444", "GHSA-2222-2222-2222"}},
		{"maintains", []string{"GHSA-4444-4444-4444", "GHSA-2222-2222-2222"}},
		{"workflow", []string{"GHSA-4444-4444-4444"}},
		{"elsewhere", []string{"GHSA-4444-4444-4444"}},                   // installed on another repository
		{"weak", []string{"GHSA-4444-4444-4444", "GHSA-2222-2222-2222"}}, // ada is in the collaborating team
	} {
		list, _, err := restClient(t, g, tt.token).SecurityAdvisories.ListRepositorySecurityAdvisories(context.Background(), "Campus", "app", nil)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, ids(list)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", tt.token, diff)
		}
	}
	for token, want := range map[string]int{"full": 200, "maintains": 200, "workflow": 404} {
		if resp, _ := ask(t, g, token, "GET", "/repos/campus/app/security-advisories/ghsa-2222-2222-2222", ""); resp.StatusCode != want {
			t.Errorf("one advisory with %q: %d, want %d", token, resp.StatusCode, want)
		}
	}
	if resp, _ := ask(t, g, "full", "GET", "/repos/campus/ops/security-advisories/GHSA-2222-2222-2222", ""); resp.StatusCode != 404 {
		t.Errorf("an advisory of another repository: %d, want 404", resp.StatusCode)
	}
}

// A right that was lowered makes the organization's list short or empty, without
// an error, and takes away nothing that is asked for by name.
func TestLoweredRight(t *testing.T) {
	for _, tt := range []struct {
		name  string
		lower func(*World) *Token
		want  []string // of the list
	}{
		{"an app's permission, from write to read", func(w *World) *Token {
			return w.Installation("Campus", nil, map[string]string{"repository_advisories": "read"})
		}, []string{}},
		{"an app's permission as it should be", func(w *World) *Token {
			return w.Installation("Campus", nil, map[string]string{"repository_advisories": "write"})
		}, []string{"GHSA-5555-5555-5555", "GHSA-3333-3333-3333", "GHSA-2222-2222-2222"}},
		{"a list of nothing", func(w *World) *Token {
			w.Tokens["full"].Listed = []string{}
			return w.Tokens["full"]
		}, []string{}},
		{"a list of one repository", func(w *World) *Token {
			w.Tokens["full"].Listed = []string{"campus/APP"}
			return w.Tokens["full"]
		}, []string{"GHSA-2222-2222-2222"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := campus()
			w.Tokens["lowered"] = tt.lower(w)
			g := serve(t, w)
			list, resp, err := restClient(t, g, "lowered").SecurityAdvisories.ListRepositorySecurityAdvisoriesForOrg(context.Background(), "campus",
				&github.ListRepositorySecurityAdvisoriesOptions{State: "draft"})
			if err != nil || resp.StatusCode != 200 {
				t.Fatalf("the list: %v", err)
			}
			if diff := cmp.Diff(tt.want, ids(list)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			for _, a := range w.Advisories {
				if w.Repository(a.Repository).Owner != "Campus" {
					continue // it has moved away
				}
				if resp, _ := ask(t, g, "lowered", "GET", "/repos/"+a.Repository+"/security-advisories/"+a.ID, ""); resp.StatusCode != 200 {
					t.Errorf("%s by name: %d, want 200", a.ID, resp.StatusCode)
				}
			}
		})
	}
}

// Pages must hold every advisory once, however they are cut, and while others
// are opened and closed between two requests.
func TestAdvisoryPages(t *testing.T) {
	for _, size := range []int{0, 1, 7, 99, 100, 101} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			w := campus()
			w.Advisories = nil
			for i := range 205 { // many at the same second
				w.Advisories = append(w.Advisories, &Advisory{ID: fmt.Sprintf("GHSA-%04d-2222-2222", i), State: "draft",
					Repository: "Campus/app", Created: time.Date(2026, 1, 1+i/50, 0, 0, 0, 0, time.UTC)})
			}
			g := serve(t, w)
			opt := &github.ListRepositorySecurityAdvisoriesOptions{State: "draft", ListCursorOptions: github.ListCursorOptions{PerPage: size}}
			seen, pages := map[string]int{}, 0
			for {
				list, resp, err := restClient(t, g, "full").SecurityAdvisories.ListRepositorySecurityAdvisoriesForOrg(context.Background(), "campus", opt)
				if err != nil {
					t.Fatal(err)
				}
				for _, id := range ids(list) {
					seen[id]++
				}
				if pages++; resp.After == "" {
					break
				}
				if pages > 205 {
					t.Fatal("the pages have no end")
				}
				if want := map[int]int{0: 30, 101: 100}[size]; want != 0 && len(list) != want {
					t.Fatalf("page of %d, want %d", len(list), want)
				}
				opt.After = resp.After
				w.Lock() // the newest would shift a page that is counted by number
				w.Advisories = append(w.Advisories, &Advisory{ID: fmt.Sprintf("GHSA-new%d-2222-2222", pages), State: "draft", Repository: "Campus/app", Created: w.Now()})
				w.Unlock()
			}
			if len(seen) != 205 {
				t.Errorf("%d advisories on %d pages, want 205", len(seen), pages)
			}
			for id, n := range seen {
				if n != 1 {
					t.Errorf("%s came %d times", id, n)
				}
			}
		})
	}
}

func TestAdvisoryLinks(t *testing.T) {
	g := serve(t, campus())
	resp, _ := ask(t, g, "full", "GET", "/orgs/campus/security-advisories?per_page=2&state=draft", "")
	link := resp.Header.Get("Link")
	if !strings.Contains(link, "/organizations/") || !strings.HasSuffix(link, `>; rel="next"`) || !strings.Contains(link, "state=draft") {
		t.Fatalf("Link: %s", link)
	}
	next := strings.TrimPrefix(strings.Split(link, ">")[0], "<")
	resp, body := ask(t, g, "full", "GET", next, "")
	if got := decode(t, body).([]any); len(got) != 1 {
		t.Fatalf("the second page holds %d, want 1", len(got))
	}
	link = resp.Header.Get("Link")
	if !strings.HasSuffix(link, `rel="prev"`) || strings.Contains(link, "next") {
		t.Fatalf("Link of the last page: %s", link)
	}
	_, body = ask(t, g, "full", "GET", strings.TrimPrefix(strings.Split(link, ">")[0], "<"), "")
	if got := decode(t, body).([]any); len(got) != 2 {
		t.Errorf("the page before holds %d, want 2", len(got))
	}
	for query, want := range map[string]int{"after=%21": 400, "before=%21": 400, "state=withdrawn": 422, "sort=size": 422} {
		if resp, _ := ask(t, g, "full", "GET", "/orgs/campus/security-advisories?"+query, ""); resp.StatusCode != want {
			t.Errorf("%s: %d, want %d", query, resp.StatusCode, want)
		}
	}
}
