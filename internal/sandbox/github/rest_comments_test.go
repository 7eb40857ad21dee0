package github

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const (
	firstDraft = "/repos/Campus/app/security-advisories/GHSA-2222-2222-2222"
	thread     = firstDraft + "/comments"
)

// discussed is the campus with everybody who may have to do with a draft of app:
// cy and core-oncall collaborate, outsider reported it, dee owns the organization,
// eve manages its security, mo administers the repository, wil pushes to it.
func discussed() *World {
	w := campus()
	w.Organizations[0].Members = append(w.Organizations[0].Members, "eve", "mo", "wil")
	w.Organizations[0].Teams = append(w.Organizations[0].Teams, &Team{Slug: "guards", Name: "Guards", Members: []string{"eve"}})
	w.Organizations[0].SecurityManagers = []string{"guards"}
	w.Repository("Campus/app").Roles = map[string]string{"mo": "admin", "wil": "write"}
	for _, login := range []string{"eve", "mo", "wil"} {
		w.Users = append(w.Users, &User{Login: login})
	}
	for _, u := range w.Users {
		w.Tokens[u.Login] = &Token{Login: u.Login, Scopes: []string{"repo"}}
	}
	w.Tokens["ada-public"] = &Token{Login: "ada", Scopes: []string{"public_repo"}}
	for level, right := range map[string]string{"app-write": "write", "app-read": "read", "app-none": "none"} {
		w.Tokens[level] = w.Installation("Campus", nil, map[string]string{"repository_advisories": right, "issues": right})
		w.Tokens[level].Bot = "reminders[bot]"
	}
	return w
}

func texts(t *testing.T, body string) (list []string) {
	t.Helper()
	var comments []struct{ Body string }
	if err := json.Unmarshal([]byte(body), &comments); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	for _, c := range comments {
		list = append(list, c.Body)
	}
	return list
}

// Whoever can't see a draft sees no comment of it; to write one a person works on
// the draft or manages it, and an app needs more than to read.
func TestWhoCommentsOnADraft(t *testing.T) {
	for _, tt := range []struct {
		token              string
		read, write, grant int
		canOpen            bool
	}{
		{"", 404, 404, 404, false},
		{"wil", 404, 404, 404, false}, // pushes to the repository, which is not enough
		{"release-robot[bot]", 404, 404, 404, false},
		{"cy", 200, 201, 403, true},       // a collaborator
		{"bo", 200, 201, 403, true},       // by a team
		{"outsider", 200, 201, 403, true}, // who reported it
		{"mo", 200, 201, 200, true},       // an administrator
		{"dee", 200, 201, 200, true},      // an owner
		{"eve", 200, 201, 200, true},      // a security manager
		{"app-write", 200, 201, 200, false},
		{"app-read", 200, 403, 403, false},
		{"app-none", 404, 404, 404, false},
	} {
		t.Run(tt.token, func(t *testing.T) {
			w := discussed()
			g := serve(t, w)
			w.Lock()
			w.CommentOn("GHSA-2222-2222-2222", "dee", "by an owner")
			opens := w.CanOpen(tt.token, w.Advisory("GHSA-2222-2222-2222"))
			w.Unlock()
			for _, q := range []struct {
				method, path, body string
				want               int
			}{
				{"GET", thread, "", tt.read},
				{"POST", thread, `{"body":"mine"}`, tt.write},
				{"PATCH", firstDraft, `{"collaborating_users":["wil"]}`, tt.grant},
			} {
				if resp, body := ask(t, g, tt.token, q.method, q.path, q.body); resp.StatusCode != q.want {
					t.Errorf("%s %s: %d %.200s, want %d", q.method, q.path, resp.StatusCode, body, q.want)
				}
			}
			if opens != tt.canOpen {
				t.Errorf("CanOpen() = %v", opens)
			}
		})
	}
}

func TestCommentsAreListedByPageAndBySince(t *testing.T) {
	w := discussed()
	g := serve(t, w)
	for i := range 5 {
		w.SetTime(time.Date(2026, 3, 2, 10, i, 0, 0, time.UTC))
		w.Lock()
		w.CommentOn("GHSA-2222-2222-2222", "dee", fmt.Sprint(i))
		w.Unlock()
	}
	w.Lock()
	a := w.Advisory("GHSA-2222-2222-2222")
	a.Comments[3].Confidential = true
	a.Comments[0].Body, a.Comments[0].Updated = "0, edited", time.Date(2026, 3, 2, 11, 0, 0, 0, time.UTC)
	w.Unlock()
	w.SetTime(time.Date(2026, 3, 2, 11, 0, 0, 0, time.UTC))

	for query, want := range map[string][]string{
		"":                            {"0, edited", "1", "2", "4"},
		"?since=2026-03-02T10:02:00Z": {"0, edited", "2", "4"}, // by the last change
		"?since=2026-03-02T10:02:01Z": {"0, edited", "4"},
		"?since=2026-03-02T11:00:01Z": nil,
		"?per_page=2":                 {"0, edited", "1"},
		"?per_page=2&page=2":          {"2", "4"},
		"?per_page=2&page=3":          nil,
	} {
		resp, body := ask(t, g, "app-read", "GET", thread+query, "")
		if diff := cmp.Diff(want, texts(t, body)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", query, diff)
		}
		if next := strings.Contains(resp.Header.Get("Link"), `rel="next"`); next != (query == "?per_page=2") {
			t.Errorf("%s: Link %q", query, resp.Header.Get("Link"))
		}
	}
	if _, body := ask(t, g, "app-read", "GET", firstDraft, ""); !strings.Contains(body, `"comments":4`) {
		t.Errorf("the count is not that of the comments that are not confidential: %s", body)
	}
	for _, body := range []string{`{"body":" "}`, `{}`, fmt.Sprintf(`{"body":%q}`, strings.Repeat("x", 65536))} {
		if resp, _ := ask(t, g, "dee", "POST", thread, body); resp.StatusCode != 422 {
			t.Errorf("%.30s: %d, want 422", body, resp.StatusCode)
		}
	}

	// A published advisory has a closed discussion.
	const published = "/repos/Campus/app/security-advisories/GHSA-4444-4444-4444/comments"
	w.Lock()
	w.Advisory("GHSA-4444-4444-4444").Comments = []*Comment{{ID: 1, Author: "dee", Body: "x"}}
	if w.CommentOn("GHSA-4444-4444-4444", "dee", "late") != nil {
		t.Error("a published advisory took a comment")
	}
	w.Unlock()
	if resp, body := ask(t, g, "dee", "GET", published, ""); resp.StatusCode != 200 || strings.TrimSpace(body) != "[]" {
		t.Errorf("comments of a published advisory: %d %s", resp.StatusCode, body)
	}
	if resp, _ := ask(t, g, "dee", "POST", published, `{"body":"x"}`); resp.StatusCode != 404 {
		t.Errorf("a comment on a published advisory: %d", resp.StatusCode)
	}
}

// Each switch changes the one thing that it is for.
func TestDiscussions(t *testing.T) {
	type seen struct {
		Status   int // 0: the connection broke
		Comments int
		Listed   int
		Author   string // the key
		Moved    bool
		Counted  bool
	}
	usual := seen{201, 1, 1, "user", true, true}
	for name, tt := range map[string]struct {
		set  Discussions
		want func(*seen)
	}{
		"none":           {Discussions{}, func(*seen) {}},
		"no author":      {Discussions{AuthorKey: "-"}, func(s *seen) { s.Author = "" }},
		"another author": {Discussions{AuthorKey: "author"}, func(s *seen) { s.Author = "author" }},
		"late":           {Discussions{Late: 30 * time.Second}, func(s *seen) { s.Listed = 0 }},
		"lost":           {Discussions{Lose: 1}, func(s *seen) { s.Status = 0 }},
		"unmoved":        {Discussions{Unmoved: true}, func(s *seen) { s.Moved = false }},
		"not counted":    {Discussions{NoCount: true}, func(s *seen) { s.Counted = false }},
		"403":            {Discussions{Refuse: 403}, func(s *seen) { *s = seen{403, 0, 0, "", false, true} }},
		"422":            {Discussions{Refuse: 422}, func(s *seen) { *s = seen{422, 0, 0, "", false, true} }},
	} {
		t.Run(name, func(t *testing.T) {
			w := discussed()
			w.Discussions = tt.set
			g := serve(t, w)
			before := w.Advisory("GHSA-2222-2222-2222").Updated
			var got seen
			req, err := http.NewRequest("POST", g.APIURL()+thread, strings.NewReader(`{"body":"x"}`))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Authorization", "Bearer app-write")
			if resp, err := http.DefaultClient.Do(req); err == nil {
				got.Status = resp.StatusCode
				resp.Body.Close()
			}
			_, list := ask(t, g, "app-write", "GET", thread, "")
			got.Listed = len(texts(t, list))
			_, one := ask(t, g, "app-write", "GET", firstDraft, "")
			got.Counted = strings.Contains(one, `"comments":`)
			w.Lock()
			a := w.Advisory("GHSA-2222-2222-2222")
			got.Comments, got.Moved = len(a.Comments), !a.Updated.Equal(before)
			if got.Comments == 1 {
				shape := (&call{world: w}).advisoryComment(a, a.Comments[0])
				for _, key := range []string{"user", "author"} {
					if shape[key] != nil {
						got.Author = key
						if login := shape[key].(map[string]any)["login"]; login != "reminders[bot]" {
							t.Errorf("the author is %v", login)
						}
					}
				}
			}
			w.Unlock()
			want := usual
			tt.want(&want)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
	w := discussed()
	w.Discussions.Late = 30 * time.Second
	g := serve(t, w)
	ask(t, g, "app-write", "POST", thread, `{"body":"x"}`)
	w.SetTime(time.Date(2026, 3, 2, 9, 30, 31, 0, time.UTC))
	if _, body := ask(t, g, "app-write", "GET", thread, ""); len(texts(t, body)) != 1 {
		t.Errorf("half a minute later the list is %s", body)
	}
}

// A change of collaborators replaces the list that it names, and that alone.
func TestCollaboratorsAreReplaced(t *testing.T) {
	for _, tt := range []struct {
		body   string
		status int
		users  []string
		teams  []string
	}{
		{`{"collaborating_users":["wil"]}`, 200, []string{"wil"}, []string{"core-oncall"}},
		{`{"collaborating_users":["cy","WIL","wil"],"collaborating_teams":["core"]}`, 200, []string{"cy", "WIL"}, []string{"core"}},
		{`{"collaborating_teams":[]}`, 200, []string{"cy"}, nil},
		{`{"collaborating_users":["nobody"]}`, 422, []string{"cy"}, []string{"core-oncall"}},
		{`{"collaborating_users":["wil"],"collaborating_teams":["nobody"]}`, 422, []string{"cy"}, []string{"core-oncall"}},
		{`{"collaborating_users":null}`, 422, []string{"cy"}, []string{"core-oncall"}},
		{`{`, 400, []string{"cy"}, []string{"core-oncall"}},
	} {
		w := discussed()
		g := serve(t, w)
		resp, body := ask(t, g, "app-write", "PATCH", firstDraft, tt.body)
		if resp.StatusCode != tt.status {
			t.Errorf("%s: %d %s, want %d", tt.body, resp.StatusCode, body, tt.status)
		}
		a := w.Advisory("GHSA-2222-2222-2222")
		if diff := cmp.Diff([][]string{tt.users, tt.teams}, [][]string{a.CollaboratingUsers, a.CollaboratingTeams}); diff != "" {
			t.Errorf("%s (-want +got)\n%s", tt.body, diff)
		}
	}
}

func TestTriageIsListed(t *testing.T) {
	w := discussed()
	w.Advisories = append(w.Advisories, &Advisory{ID: "GHSA-6666-6666-6666", Repository: "Campus/app", State: "triage",
		Reported: true, Author: "outsider", Created: w.Now(), Updated: w.Now()})
	g := serve(t, w)
	for token, want := range map[string]bool{"app-write": true, "app-read": false, "full": true} {
		_, body := ask(t, g, token, "GET", "/orgs/campus/security-advisories?state=triage", "")
		if got := strings.Contains(body, "GHSA-6666"); got != want || strings.Contains(body, "GHSA-2222") {
			t.Errorf("%s: %s", token, body)
		}
	}
}
