package ghsa

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/openedx/advisory-reminders/internal/advisory"
)

// The kind of a token follows from who may list an installation's
// repositories, and from the header that classic tokens get.
func TestAccess(t *testing.T) {
	for name, tt := range map[string]struct {
		scopes   string // header; "-" is none
		question Question
		answers  map[string]string // by path; "403" and such are refusals
		want     string
		requests int
	}{
		"classic": {"repo, read:org", Question{Organization: "acme"},
			map[string]string{"/user/memberships/orgs/acme": `{"state":"active","role":"admin","user":{"login":"ann"}}`},
			"classic ann [repo read:org] owner", 2},
		"classic without any scope": {"", Question{Organization: "acme"},
			map[string]string{"/user/memberships/orgs/acme": "403", "/user": `{"login":"ann"}`}, "classic ann [] ", 3},
		"brief": {"", Question{Organization: "acme", Brief: true},
			map[string]string{"/user/memberships/orgs/acme": "403", "/user": `{"login":"ann"}`}, "classic  [] ", 2},
		"an empty header, and a form without scopes": {"", Question{Organization: "acme", Unscoped: true},
			map[string]string{"/user/memberships/orgs/acme": "404", "/user": `{"login":"ann"}`}, "fine-grained ann [] outside", 3},
		"invited, not yet a member": {"-", Question{Organization: "acme"},
			map[string]string{"/user/memberships/orgs/acme": `{"state":"pending","role":"admin","user":{"login":"ann"}}`}, "fine-grained ann [] outside", 2},
		"single repositories": {"-", Question{Repositories: []advisory.Repository{{Owner: "acme", Name: "a"}, {Owner: "acme", Name: "b"}}},
			map[string]string{"/repos/acme/a": `{"permissions":{"admin":true}}`, "/repos/acme/b": "404", "/user": `{"login":"ann"}`},
			"fine-grained ann []  map[acme/a:true] [acme/b]", 4},
		"revoked":                    {"-", Question{Organization: "acme"}, map[string]string{"/installation/repositories": "401"}, "unknown  [] : ask about the token: GitHub answered 401", 1},
		"a limit, told as a refusal": {"-", Question{Organization: "acme"}, map[string]string{"/installation/repositories": "limit"}, "unknown  [] : ask about the token: GitHub answered 403 (the rate limit is used up)", 1},
		"a limit at the membership": {"-", Question{Organization: "acme"},
			map[string]string{"/user/memberships/orgs/acme": "limit", "/user": `{"login":"ann"}`}, "fine-grained ann [] ", 3},
		"installation": {"-", Question{Organization: "acme"},
			map[string]string{"/installation/repositories": `{"total_count":2,"repository_selection":"selected","repositories":[{"full_name":"acme/a"}]}`},
			"installation  []  2 of 2", 3},
		"installation, refused its repository's drafts for another reason": {"-", Question{Organization: "acme"},
			map[string]string{"/installation/repositories": `{"total_count":1,"repository_selection":"selected","repositories":[{"full_name":"acme/a"}]}`, "/repos/acme/a/security-advisories": "403"},
			"installation  []  1 of 1", 2},
		"installation, brief": {"-", Question{Organization: "acme", Brief: true},
			map[string]string{"/installation/repositories": `{"total_count":2,"repository_selection":"selected","repositories":[{"full_name":"acme/a"}]}`},
			"installation  []  1 of 2", 1},
		"installation on all": {"-", Question{Organization: "acme"},
			map[string]string{"/installation/repositories": `{"total_count":200,"repository_selection":"all","repositories":[{"full_name":"acme/a"}]}`},
			"installation  []  all 200", 2},
		"installation on nothing": {"-", Question{Organization: "acme"},
			map[string]string{"/installation/repositories": `{"total_count":0,"repository_selection":"selected","repositories":[]}`},
			"installation  []  0 of 0", 1},
		"null in place of what an app sees": {"-", Question{Organization: "acme"}, map[string]string{"/installation/repositories": "null"}, "unknown  [] : ask about the token: " + errNoList.Error(), 1},
		"an object that holds no list":      {"-", Question{Organization: "acme"}, map[string]string{"/installation/repositories": `{"total_count":2}`}, "unknown  [] : ask about the token: " + errNoList.Error(), 1},
		"204":                               {"-", Question{Organization: "acme"}, map[string]string{"/installation/repositories": "204"}, "unknown  [] : ask about the token: " + errNoList.Error(), 1},
		"null in place of the membership": {"-", Question{Organization: "acme"},
			map[string]string{"/user/memberships/orgs/acme": "null", "/user": `{"login":"ann"}`}, "fine-grained ann [] ", 3},
		"null in place of a repository": {"-", Question{Repositories: []advisory.Repository{{Owner: "acme", Name: "a"}, {Owner: "acme", Name: "b"}}},
			map[string]string{"/repos/acme/a": `null`, "/repos/acme/b": `{"permissions":{"admin":false}}`, "/user": `{"login":"ann"}`},
			"fine-grained ann []  map[acme/b:false] []", 4},
	} {
		t.Run(name, func(t *testing.T) {
			requests := 0
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				requests++
				if tt.scopes != "-" {
					w.Header().Set("X-OAuth-Scopes", tt.scopes)
				}
				body := tt.answers[r.URL.Path]
				if r.URL.Path == "/installation/repositories" && body == "" {
					body = "403"
				}
				var status int
				if body == "limit" {
					w.Header().Set("X-RateLimit-Remaining", "0")
					body = "403"
				}
				if n, _ := fmt.Sscan(body, &status); n == 1 && len(body) == 3 {
					w.Header().Set("X-Accepted-GitHub-Permissions", "members=read")
					w.WriteHeader(status)
					body = `{}`
				}
				fmt.Fprint(w, body)
			}))
			defer s.Close()
			c, err := NewClient(s.Client(), s.URL)
			if err != nil {
				t.Fatal(err)
			}
			a := c.Access(t.Context(), tt.question)
			got := fmt.Sprintf("%s %s %v %s", [...]string{"unknown", "classic", "fine-grained", "installation"}[a.Bearer], a.Login, a.Scopes, a.Standing)
			switch {
			case a.Bearer == Installation && a.All:
				got += fmt.Sprintf(" all %d", a.Count)
			case a.Bearer == Installation:
				got += fmt.Sprintf(" %d of %d", len(a.Installed), a.Count)
			case len(a.Admin) > 0:
				got += fmt.Sprintf(" %v %v", a.Admin, a.Missing)
			case a.Err != nil:
				got += ": " + a.Err.Error()
			}
			if strings.Contains(name, "limit") && a.Refused != "" {
				t.Errorf("a limit counts as a refusal, for want of %s", a.Refused)
			}
			if a.Lacks != "" { // the header names another permission
				t.Errorf("lacks %s", a.Lacks)
			}
			if got != tt.want || requests != tt.requests {
				t.Errorf("%s in %d requests, want %s in %d", got, requests, tt.want, tt.requests)
			}
			if strings.Contains(strings.Join(a.Scopes, ""), ",") {
				t.Error("scopes are not split")
			}
		})
	}
}

// The pages of what an app is installed on, up to the number that the first one
// names.
func TestInstalledPages(t *testing.T) {
	page := func(total, from, to int) string {
		names := []string{}
		for n := from; n < to; n++ {
			names = append(names, fmt.Sprintf(`{"full_name":"acme/r%d"}`, n))
		}
		return fmt.Sprintf(`{"total_count":%d,"repository_selection":"selected","repositories":[%s]}`, total, strings.Join(names, ","))
	}
	for name, tt := range map[string]struct {
		pages []string
		want  string
	}{
		"whole":                         {[]string{page(201, 0, 100), page(201, 100, 200), page(201, 200, 201)}, "201 of 201"},
		"one was taken away meanwhile":  {[]string{page(101, 0, 100), page(100, 100, 100)}, "100 of 100"},
		"null on the second page":       {[]string{page(101, 0, 100), "null"}, errNoList.Error()},
		"an object on the second page":  {[]string{page(101, 0, 100), "{}"}, errNoList.Error()},
		"nothing on the second page":    {[]string{page(101, 0, 100), ""}, errNoList.Error()},
		"an empty page before the last": {[]string{page(201, 0, 100), page(201, 0, 0), page(201, 100, 200)}, errNoNext.Error()},
	} {
		t.Run(name, func(t *testing.T) {
			c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
				n := 1
				_, _ = fmt.Sscan(r.URL.Query().Get("page"), &n)
				fmt.Fprint(w, tt.pages[n-1])
			})
			a := c.Access(t.Context(), Question{Organization: "acme"})
			got := fmt.Sprintf("%d of %d", len(a.Installed), a.Count)
			if a.Err != nil {
				got = strings.TrimPrefix(a.Err.Error(), "list what the app is installed on: ")
			}
			if got != tt.want || a.Bearer != Installation {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}
