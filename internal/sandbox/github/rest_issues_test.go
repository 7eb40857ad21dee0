package github

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-github/v60/github"
)

// An issue is opened, found by its label, commented on, closed and opened again.
func TestIssues(t *testing.T) {
	w := discussed()
	g := serve(t, w)
	c, ctx := restClient(t, g, "app-write"), t.Context()
	ops := []string{"Campus", "ops"}
	issue, _, err := c.Issues.Create(ctx, ops[0], ops[1], &github.IssueRequest{
		Title: github.String("Reminders"), Body: github.String("<!-- mark -->"), Labels: &[]string{"advisory-reminders"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.Issues.Create(ctx, ops[0], ops[1], &github.IssueRequest{Title: github.String("Another")}); err != nil {
		t.Fatal(err)
	}
	if issue.GetNumber() != 1 || issue.GetUser().GetLogin() != "reminders[bot]" || issue.GetUser().GetType() != "Bot" {
		t.Errorf("the issue is %v", issue)
	}
	if _, _, err := c.Issues.CreateComment(ctx, ops[0], ops[1], 1, &github.IssueComment{Body: github.String("a report")}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.Issues.Edit(ctx, ops[0], ops[1], 1, &github.IssueRequest{State: github.String("closed")}); err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string][]int{
		"":                                       {2},
		"?state=all":                             {2, 1},
		"?state=all&direction=asc":               {1, 2},
		"?state=closed":                          {1},
		"?state=all&labels=advisory-reminders":   {1},
		"?state=all&labels=advisory-reminders,x": nil,
		"?state=all&creator=reminders[bot]":      {2, 1},
		"?state=all&creator=dee":                 nil,
		"?state=all&per_page=1&page=2":           {1},
	} {
		_, body := ask(t, g, "app-write", "GET", "/repos/Campus/ops/issues"+query, "")
		var list []github.Issue
		if err := json.Unmarshal([]byte(body), &list); err != nil {
			t.Fatal(err)
		}
		var got []int
		for _, i := range list {
			got = append(got, i.GetNumber())
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", query, diff)
		}
	}
	if _, _, err := c.Issues.Edit(ctx, ops[0], ops[1], 1, &github.IssueRequest{State: github.String("open")}); err != nil {
		t.Fatal(err)
	}
	again, _, err := c.Issues.Get(ctx, ops[0], ops[1], 1)
	if err != nil || again.GetState() != "open" || again.GetComments() != 1 || again.GetBody() != "<!-- mark -->" {
		t.Errorf("Get() = %v, %v", again, err)
	}
	list, _, err := c.Issues.ListComments(ctx, ops[0], ops[1], 1, nil)
	if err != nil || len(list) != 1 || list[0].GetBody() != "a report" {
		t.Errorf("ListComments() = %v, %v", list, err)
	}
}

// Who may write issues, and how it is refused.
func TestWhoWritesIssues(t *testing.T) {
	for _, tt := range []struct {
		token, repo           string
		list, create, comment int
		edit                  int // of another's issue
		label                 bool
	}{
		{"", "app", 200, 401, 401, 401, false},
		{"", "ops", 404, 404, 404, 404, false},
		{"wil", "app", 200, 201, 201, 200, true},
		{"cy", "app", 200, 201, 201, 403, false},
		{"ada-public", "app", 200, 403, 403, 403, false},
		{"app-write", "ops", 200, 201, 201, 200, true},
		{"app-read", "ops", 403, 403, 403, 403, false},
		{"app-write", "secret", 200, 403, 403, 403, false}, // is archived
		{"app-write", "blank", 410, 410, 410, 410, false},  // has none
	} {
		t.Run(tt.token+" "+tt.repo, func(t *testing.T) {
			w := discussed()
			w.Repository("Campus/blank").NoIssues = true
			r := w.Repository("Campus/" + tt.repo)
			r.Issues = []*Issue{{Number: 1, Title: "x", Author: "dee", Comments: []*Comment{{ID: 7, Author: "dee", Body: "x"}}}}
			g := serve(t, w)
			at := "/repos/Campus/" + tt.repo + "/issues"
			for _, q := range []struct {
				method, path, body string
				want               int
			}{
				{"GET", at, "", tt.list},
				{"POST", at, `{"title":"t","labels":["l"]}`, tt.create},
				{"POST", at + "/1/comments", `{"body":"b"}`, tt.comment},
				{"PATCH", at + "/1", `{"state":"closed"}`, tt.edit},
			} {
				if resp, body := ask(t, g, tt.token, q.method, q.path, q.body); resp.StatusCode != q.want {
					t.Errorf("%s %s: %d %.200s, want %d", q.method, q.path, resp.StatusCode, body, q.want)
				}
			}
			if labeled := len(r.Issues) == 2 && len(r.Issues[1].Labels) == 1; labeled != tt.label {
				t.Errorf("labeled: %v", labeled)
			}
		})
	}
	w := discussed()
	w.Repository("Campus/ops").Issues = []*Issue{{Number: 1, Title: "x", Author: "dee"}}
	g := serve(t, w)
	for path, want := range map[string]int{"/2": 404, "/1/none": 404, "/comments/7": 404, "/comments/x": 404, "/1": 200} {
		if resp, body := ask(t, g, "app-write", "GET", "/repos/Campus/ops/issues"+path, ""); resp.StatusCode != want {
			t.Errorf("%s: %d %s", path, resp.StatusCode, body)
		}
	}
	if resp, body := ask(t, g, "app-write", "POST", "/repos/Campus/ops/issues", `{"title":" "}`); resp.StatusCode != 422 || !strings.Contains(body, fmt.Sprint(422)) {
		t.Errorf("an issue without a title: %d %s", resp.StatusCode, body)
	}
}
