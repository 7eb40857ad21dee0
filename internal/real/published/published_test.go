package published

import (
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
)

// Each of these departs from GitHub's descriptions in one thing, or in none.
func TestJudge(t *testing.T) {
	const dir = "../../../../shared/github"
	if _, err := os.Stat(dir); err != nil {
		t.Skip("GitHub's descriptions are not at hand")
	}
	j, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	const (
		ref     = `{"ref":"refs/heads/main","node_id":"R_1","url":"https://api.github.com/x","object":{"type":"commit","sha":"0123456789012345678901234567890123456789","url":"https://api.github.com/y"}}`
		refPath = "/repos/o/r/git/ref/heads/main"
		thread  = "/repos/o/r/security-advisories/GHSA-2222-2222-2222/comments"
		comment = `{"id":7,"body":"x","created_at":"2026-11-27T00:00:00Z","updated_at":"2026-11-27T00:00:00Z","user":{"login":"a"},"more":1}`
	)
	query := func(text string) string { return `{"query":"` + text + `"}` }
	archived := query(`{repository(owner:\"o\",name:\"r\"){isArchived pushedAt visibility}}`)
	repository := func(fields string) string { return `{"data":{"repository":` + fields + `}}` }
	members := query(`{organization(login:\"o\"){team(slug:\"t\"){members(first:100){nodes{login}}}}}`)
	for _, tt := range []struct {
		method, target, body string
		status               int
		answer               string
		want                 string // in the one deviation; empty: there is none
	}{
		{"GET", refPath, "", 200, ref, ""},
		{"GET", refPath, "", 404, `{"message":"Not Found","documentation_url":"https://docs.github.com/rest","status":"404"}`, ""},
		{"GET", refPath, "", 401, `{"message":"Bad credentials"}`, ""},
		{"GET", refPath, "", 418, `{"message":"x"}`, "status 418 is not described"},
		{"GET", refPath, "", 200, "", "there is no body"},
		{"GET", refPath, "", 200, "{", "the body is no JSON"},
		{"GET", refPath, "", 200, strings.Replace(ref, `"node_id":"R_1",`, "", 1), "'node_id'"},
		{"GET", refPath, "", 200, strings.Replace(ref, `"R_1"`, "1", 1), "got number, want string"},
		{"GET", refPath, "", 200, strings.Replace(ref, `"R_1"`, "null", 1), "got null, want string"},
		{"GET", refPath, "", 200, strings.Replace(ref, `"R_1"`, `"R_1","shade":2`, 1), "/shade is not described"},
		{"GET", refPath, "", 200, strings.Replace(ref, `{"type"`, `{"shade":2,"type"`, 1), "/object/shade is not described"},
		{"GET", refPath, "", 200, strings.Replace(ref, "https://api.github.com/y", "no address", 1), "uri"},
		{"GET", refPath + "?colour=red", "", 200, ref, "parameter colour is not described"},
		{"GET", "/no/such/place", "", 404, `{"message":"Not Found"}`, "no such operation"},
		{"PUT", refPath, "", 200, ref, "no such operation"},
		{"GET", "/orgs/o/security-advisories?per_page=100&state=draft", "", 200, "[]", ""},
		{"GET", "/organizations/7/security-advisories?state=draft", "", 200, "[]", ""},
		{"GET", "/repositories/7/git/ref/heads/main", "", 200, ref, ""},
		{"GET", "/orgs/o/security-advisories?per_page=101", "", 200, "[]", "per_page=101"},
		{"GET", "/orgs/o/security-advisories?per_page=x", "", 200, "[]", "per_page=x"},
		{"GET", "/orgs/o/security-advisories?state=draught", "", 200, "[]", "state=draught"},
		{"POST", "/repos/o/r/git/refs", `{"ref":"refs/heads/x","sha":"0"}`, 201, ref, ""},
		{"POST", "/repos/o/r/git/refs", `{"ref":7,"sha":"0"}`, 201, ref, "request: body: at '/ref'"},
		{"POST", "/repos/o/r/git/refs", `{"ref":"x"}`, 201, ref, "'sha'"},
		{"POST", "/repos/o/r/git/refs", `{"ref":"x","sha":"0","shade":2}`, 201, ref, "request: body: /shade"},
		{"POST", "/repos/o/r/git/refs", "", 201, ref, "request: there is no body"},

		{"GET", thread + "?since=2026-11-27T00:00:00Z", "", 200, "[" + comment + "]", ""},
		{"GET", thread + "?since=yesterday", "", 200, "[]", "since=yesterday"},
		{"GET", thread, "", 200, comment, "want array"},
		{"POST", thread, `{"body":"x"}`, 201, comment, ""},
		{"POST", thread, `{"body":7}`, 201, comment, "request: body: at '/body'"},
		{"POST", thread, `{"body":"x"}`, 201, strings.Replace(comment, "7", `"7"`, 1), "want integer"},
		{"PATCH", thread + "/7", `{"body":"x"}`, 200, comment, ""},
		{"DELETE", thread + "/7", "", 204, "", "no such operation"},

		{"POST", "/graphql", archived, 200, repository(`{"isArchived":true,"pushedAt":null,"visibility":"PUBLIC"}`), ""},
		{"POST", "/graphql", archived, 200, repository("null"), ""},
		{"POST", "/graphql", archived, 200, `{"errors":[{"message":"x"}]}`, ""},
		{"POST", "/graphql", archived, 200, `{}`, "neither data nor errors"},
		{"POST", "/graphql", archived, 200, repository(`{"isArchived":null,"pushedAt":null,"visibility":"PUBLIC"}`), "isArchived is null"},
		{"POST", "/graphql", archived, 200, repository(`{"isArchived":"no","pushedAt":null,"visibility":"PUBLIC"}`), "no Boolean"},
		{"POST", "/graphql", archived, 200, repository(`{"isArchived":true,"pushedAt":"today","visibility":"PUBLIC"}`), "no DateTime"},
		{"POST", "/graphql", archived, 200, repository(`{"isArchived":true,"pushedAt":null,"visibility":"secret"}`), "no RepositoryVisibility"},
		{"POST", "/graphql", archived, 200, repository(`{"isArchived":true,"pushedAt":null}`), "visibility was asked for"},
		{"POST", "/graphql", archived, 200, repository(`{"isArchived":true,"pushedAt":null,"visibility":"PUBLIC","x":1}`), "x was not asked for"},
		{"POST", "/graphql", query(`{repository(owner:\"o\",name:\"r\"){isArchivd}}`), 200, repository("{}"), "isArchivd"},
		{"POST", "/graphql", query("{"), 200, "{}", "request:"},
		{"POST", "/graphql", query(`query($o:String!){organization(login:$o){id}}`), 200, `{"data":null}`, "variables"},
		{"POST", "/graphql", members, 200, `{"data":{"organization":{"team":{"members":{"nodes":[{"login":"a"}]}}}}}`, ""},
		{"POST", "/graphql", members, 200, `{"data":{"organization":{"team":{"members":{"nodes":{}}}}}}`, "no list"},
		{"POST", "/graphql", strings.Replace(members, "100", "101", 1), 200, `{"data":null}`, "members asks for 101"},
		{"POST", "/graphql", strings.Replace(members, "(first:100)", "", 1), 200, `{"data":null}`, "neither first nor last"},
	} {
		address, err := url.Parse("https://api.github.com" + tt.target)
		if err != nil {
			t.Fatal(err)
		}
		kind, got := j.Judge(Exchange{
			Method: tt.method, URL: address, Header: http.Header{"User-Agent": {"x"}}, Body: []byte(tt.body),
			Status: tt.status, AnswerHeader: http.Header{"Content-Type": {"application/json; charset=utf-8"}}, AnswerBody: []byte(tt.answer),
		})
		if tt.want == "" && len(got) > 0 || tt.want != "" && (len(got) != 1 || !strings.Contains(got[0], tt.want)) {
			t.Errorf("%s %s %s\n%d %s\n%s: %q, want %q", tt.method, tt.target, tt.body, tt.status, tt.answer, kind, got, tt.want)
		}
	}
}
