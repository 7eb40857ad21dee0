package github

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/shurcooL/githubv4"
)

// query posts a GraphQL query and returns the answer's text.
func query(t *testing.T, g *Server, token, text string, variables map[string]any) string {
	t.Helper()
	body, err := json.Marshal(map[string]any{"query": text, "variables": variables})
	if err != nil {
		t.Fatal(err)
	}
	resp, answer := ask(t, g, token, "POST", "/graphql", string(body))
	if resp.StatusCode != 200 {
		t.Fatalf("%d %s", resp.StatusCode, answer)
	}
	return answer
}

func TestGraphQL(t *testing.T) {
	g := serve(t, campus())
	const locations = `"locations":[{"line":1,"column":3}]`
	for _, tt := range []struct {
		name, token, query, want string
	}{
		{"repository", "full", `{ r0: repository(owner:"campus",name:"APP") { nameWithOwner isArchived visibility owner { __typename login } } }`,
			`{"data":{"r0":{"nameWithOwner":"Campus/app","isArchived":false,"visibility":"PUBLIC","owner":{"__typename":"Organization","login":"Campus"}}}}`},
		{"files", "full", `{ repository(owner:"campus",name:"app") { a: object(expression:"HEAD:catalog-info.yaml") { __typename ... on Blob { text isBinary isTruncated } } b: object(expression:"HEAD:.github/CODEOWNERS") { ... on Blob { text } } c: object(expression:"HEAD:CODEOWNERS") { ... on Blob { text } } d: object(expression:"main:logo.png") { ... on Blob { text isBinary } } e: object(expression:"HEAD:.github") { __typename ... on Blob { text } } f: object(expression:"HEAD:logo.png/x") { oid } g: object(expression:"refs/heads/main") { __typename } h: object(expression:"0000000000000000000000000000000000000000") { oid } } }`,
			`{"data":{"repository":{"a":{"__typename":"Blob","text":"kind: Component\n","isBinary":false,"isTruncated":false},"b":{"text":"* @ada\n"},"c":null,"d":{"text":null,"isBinary":true},"e":{"__typename":"Tree"},"f":null,"g":{"__typename":"Commit"},"h":null}}}`},
		{"renamed", "full", `{ repository(owner:"campus",name:"old-app") { nameWithOwner } }`,
			`{"data":{"repository":{"nameWithOwner":"Campus/app"}}}`},
		{"renamed, not followed", "full", `{ repository(owner:"campus",name:"old-app",followRenames:false) { name } }`,
			`{"data":{"repository":null},"errors":[{"type":"NOT_FOUND","path":["repository"],` + locations + `,"message":"Could not resolve to a Repository with the name 'campus/old-app'."}]}`},
		{"moved away", "full", `{ repository(owner:"campus",name:"gone") { nameWithOwner owner { login } } }`,
			`{"data":{"repository":{"nameWithOwner":"Elsewhere/gone","owner":{"login":"Elsewhere"}}}}`},
		{"missing beside another", "full", "{ a: repository(owner:\"campus\",name:\"app\") { name }\n  b: repository(owner:\"campus\",name:\"none\") { name } }",
			`{"data":{"a":{"name":"app"},"b":null},"errors":[{"type":"NOT_FOUND","path":["b"],"locations":[{"line":2,"column":3}],"message":"Could not resolve to a Repository with the name 'campus/none'."}]}`},
		{"private, to a stranger", "weak", `{ repository(owner:"Campus",name:"secret") { name } }`,
			`{"data":{"repository":null},"errors":[{"type":"NOT_FOUND","path":["repository"],` + locations + `,"message":"Could not resolve to a Repository with the name 'Campus/secret'."}]}`},
		{"team", "full", `{ organization(login:"CAMPUS") { login team(slug:"core") { slug members(first:10) { totalCount nodes { login } } im: members(first:10,membership:IMMEDIATE) { nodes { login } } ch: members(first:10,membership:CHILD_TEAM) { nodes { login } } } none: team(slug:"nope") { slug } empty: team(slug:"empty") { members(first:1) { totalCount nodes { login } } } } }`,
			`{"data":{"organization":{"login":"Campus","team":{"slug":"core","members":{"totalCount":2,"nodes":[{"login":"ada"},{"login":"bo"}]},"im":{"nodes":[{"login":"ada"}]},"ch":{"nodes":[{"login":"ada"},{"login":"bo"}]}},"none":null,"empty":{"members":{"totalCount":0,"nodes":[]}}}}}`},
		{"members", "full", `{ organization(login:"campus") { membersWithRole(first:100) { totalCount edges { role node { login } } } } }`,
			`{"data":{"organization":{"membersWithRole":{"totalCount":4,"edges":[{"role":"MEMBER","node":{"login":"ada"}},{"role":"MEMBER","node":{"login":"bo"}},{"role":"MEMBER","node":{"login":"cy"}},{"role":"ADMIN","node":{"login":"dee"}}]}}}}`},
		{"person", "full", `{ a: user(login:"ADA") { login email organization(login:"campus") { login } organizationVerifiedDomainEmails(login:"campus") } b: user(login:"outsider") { email organization(login:"campus") { login } organizationVerifiedDomainEmails(login:"campus") } }`,
			`{"data":{"a":{"login":"ada","email":"ada@example.org","organization":{"login":"Campus"},"organizationVerifiedDomainEmails":["ada@campus.example.org"]},"b":{"email":"","organization":null,"organizationVerifiedDomainEmails":[]}}}`},
		{"no such user", "full", `{ user(login:"nobody") { login } }`,
			`{"data":{"user":null},"errors":[{"type":"NOT_FOUND","path":["user"],` + locations + `,"message":"Could not resolve to a User with the login of 'nobody'."}]}`},
		{"a bot is no user", "full", `{ user(login:"release-robot[bot]") { login } }`,
			`{"data":{"user":null},"errors":[{"type":"NOT_FOUND","path":["user"],` + locations + `,"message":"Could not resolve to a User with the login of 'release-robot[bot]'."}]}`},
		{"no such organization", "full", `{ organization(login:"ada") { login } }`,
			`{"data":{"organization":null},"errors":[{"type":"NOT_FOUND","path":["organization"],` + locations + `,"message":"Could not resolve to an Organization with the login of 'ada'."}]}`},
		{"verified addresses refused: the user is null", "app", `{ u: user(login:"ada") { login organizationVerifiedDomainEmails(login:"Campus") } v: user(login:"bo") { login } }`,
			`{"data":{"u":null,"v":{"login":"bo"}},"errors":[{"type":"FORBIDDEN","path":["u","organizationVerifiedDomainEmails"],"extensions":{"saml_failure":false},"locations":[{"line":1,"column":32}],"message":"Resource not accessible by integration"}]}`},
		{"public address refused to an app", "app", `{ u: user(login:"ada") { email } }`,
			`{"data":{"u":null},"errors":[{"type":"FORBIDDEN","path":["u","email"],"extensions":{"saml_failure":false},"locations":[{"line":1,"column":26}],"message":"Resource not accessible by integration"}]}`},
		{"public address without the scope: no data at all", "weak", `{ u: user(login:"ada") { email } v: user(login:"bo") { login } }`,
			`{"errors":[{"type":"INSUFFICIENT_SCOPES","locations":[{"line":1,"column":26}],"message":"Your token has not been granted the required scopes to execute this query. The 'email' field requires one of the following scopes: ['user:email', 'read:user'], but your token has only been granted the: ['public_repo'] scopes. Please modify your token's scopes at: https://github.com/settings/tokens."}]}`},
		{"teams without the permission", "workflow", `{ organization(login:"campus") { login team(slug:"core") { slug } } }`,
			`{"data":{"organization":{"login":"Campus","team":null}},"errors":[{"type":"FORBIDDEN","path":["organization","team"],"extensions":{"saml_failure":false},"locations":[{"line":1,"column":40}],"message":"Resource not accessible by integration"}]}`},
		{"no page size", "full", `{ organization(login:"campus") { team(slug:"core") { members { totalCount } } } }`,
			`{"data":{"organization":{"team":null}},"errors":[{"type":"MISSING_PAGINATION_BOUNDARIES","path":["organization","team","members"],"locations":[{"line":1,"column":54}],"message":"You must provide a ` + "`first` or `last` value to properly paginate the `members`" + ` connection."}]}`},
		{"too large a page", "full", `{ organization(login:"campus") { membersWithRole(first:101) { totalCount } } }`,
			`{"data":{"organization":null},"errors":[{"type":"EXCESSIVE_PAGINATION","path":["organization","membersWithRole"],"locations":[{"line":1,"column":34}],"message":"Requesting 101 records on the ` + "`membersWithRole` connection exceeds the `first`" + ` limit of 100 records."}]}`},
		{"bad cursor", "full", `{ organization(login:"campus") { membersWithRole(first:1,after:"x") { totalCount } } }`,
			`{"data":{"organization":null},"errors":[{"type":"INVALID_CURSOR_ARGUMENTS","path":["organization","membersWithRole"],"locations":[{"line":1,"column":34}],"message":"` + "`x`" + ` does not appear to be a valid cursor."}]}`},
		{"lists in a list", "full", `{ organization(login:"campus") { teams(first:10) { nodes { members(first:20) { totalCount } } } } }`,
			`{"data":{"organization":{"teams":{"nodes":[{"members":{"totalCount":2}},{"members":{"totalCount":2}},{"members":{"totalCount":0}}]}}}}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(decode(t, tt.want), decode(t, query(t, g, tt.token, tt.query, nil))); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestGraphQLMistakes(t *testing.T) {
	g := serve(t, campus())
	for q, want := range map[string]string{
		`{ repository(owner:"campus",name:"app") { nope } }`:                          `"code":"undefinedField"`,
		`{ repository(owner:"campus") { name } }`:                                     `argument \"name\"`,
		`{ repository(owner:`:                                                         `"locations"`,
		`{ repository(owner:"campus",name:3) { name } }`:                              `errors`,
		`query a { user(login:"ada") { login } } query b { rateLimit { remaining } }`: `An operation name is required`,
		``: `query attribute`,
	} {
		got := query(t, g, "full", q, nil)
		if !strings.Contains(got, want) || strings.Contains(got, `"data"`) {
			t.Errorf("%s: %s, want %s and no data", q, got, want)
		}
	}
	if resp, _ := ask(t, g, "full", "POST", "/graphql", "{"); resp.StatusCode != 400 {
		t.Errorf("broken JSON: %d, want 400", resp.StatusCode)
	}
}

func TestNodeLimit(t *testing.T) {
	g := serve(t, campus())
	q := func(inner int) string {
		return fmt.Sprintf(`{ organization(login:"campus") { teams(first:100) { nodes { repositories(first:99) { nodes { collaborators(first:%d) { totalCount } } } } } } }`, inner)
	}
	// 100 + 100*99 + 100*99*49 = 495,100 and with 50: 505,000
	if got := query(t, g, "full", q(49), nil); strings.Contains(got, "errors") {
		t.Errorf("below the limit: %s", got)
	}
	if got := query(t, g, "full", q(50), nil); !strings.Contains(got, "MAX_NODE_LIMIT_EXCEEDED") || strings.Contains(got, `"data"`) {
		t.Errorf("above the limit: %s", got)
	}
}

// A query counts one for a hundred lists that it may have to follow, and one at least.
// The example is GitHub's own, which it counts as 51.
func TestCost(t *testing.T) {
	for query, want := range map[string]int{
		`{ rateLimit { remaining } }`: 1,
		`{ organization(login:"campus") { teams(first:10) { nodes { members(first:20) { totalCount } } } } }`:                                                  1,
		`{ organization(login:"campus") { teams(first:100) { nodes { repositories(first:50) { nodes { collaborators(first:60) { nodes { login } } } } } } } }`: 51,
		`{ no such`: 1,
	} {
		body, err := json.Marshal(map[string]string{"query": query})
		if err != nil {
			t.Fatal(err)
		}
		if got := Cost(body); got != want {
			t.Errorf("%s: %d, want %d", query, got, want)
		}
	}
}

// GitHub cuts a large text, and says how many requests are left.
func TestLargeText(t *testing.T) {
	w := campus()
	w.Lock()
	w.Repositories[0].Files["large.txt"] = strings.Repeat("ä", 300_000)
	w.Unlock()
	g := serve(t, w)
	got := query(t, g, "full", `{ rateLimit { remaining } repository(owner:"campus",name:"app") { object(expression:"HEAD:large.txt") { ... on Blob { isTruncated text } } } }`, nil)
	var answer struct {
		Data struct {
			RateLimit  struct{ Remaining int }
			Repository struct {
				Object struct {
					IsTruncated bool
					Text        string
				}
			}
		}
	}
	if err := json.Unmarshal([]byte(got), &answer); err != nil {
		t.Fatal(err)
	}
	if o := answer.Data.Repository.Object; !o.IsTruncated || len(o.Text) != 512_000 {
		t.Errorf("truncated %v to %d", o.IsTruncated, len(o.Text))
	}
	if n := answer.Data.RateLimit.Remaining; n != 4999 {
		t.Errorf("%d requests are left", n)
	}
}

// An answer's order must not depend on which resolver comes first.
func TestErrorsComeInTheOrderOfTheQuery(t *testing.T) {
	g := serve(t, campus())
	var b strings.Builder
	for i := range 30 {
		fmt.Fprintf(&b, "u%d: user(login:\"none%d\") { login }\n", i, i)
	}
	var got struct{ Errors []struct{ Path []string } }
	if err := json.Unmarshal([]byte(query(t, g, "full", "{"+b.String()+"}", nil)), &got); err != nil {
		t.Fatal(err)
	}
	for i, e := range got.Errors {
		if e.Path[0] != fmt.Sprintf("u%d", i) {
			t.Fatalf("error %d is of %s", i, e.Path[0])
		}
	}
	if len(got.Errors) != 30 {
		t.Errorf("%d errors, want 30", len(got.Errors))
	}
}

type bearer string

func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r.Header.Set("Authorization", "bearer "+string(b))
	return http.DefaultTransport.RoundTrip(r)
}

// The client that the program uses pages through a team.
func TestTeamPages(t *testing.T) {
	w := campus()
	team := w.Organizations[0].Teams[2]
	for i := range 205 {
		login := fmt.Sprintf("person-%03d", i)
		w.Users = append(w.Users, &User{Login: login})
		team.Members = append(team.Members, login)
	}
	g := serve(t, w)
	client := githubv4.NewEnterpriseClient(g.GraphQLURL(), &http.Client{Transport: bearer("full")})
	seen, pages := map[string]bool{}, 0
	variables := map[string]any{"slug": githubv4.String("EMPTY"), "after": (*githubv4.String)(nil)}
	for {
		var q struct {
			Organization struct {
				Team *struct {
					Members struct {
						TotalCount int
						Nodes      []struct{ Login string }
						PageInfo   struct {
							EndCursor   githubv4.String
							HasNextPage bool
						}
					} `graphql:"members(first: 100, after: $after, membership: ALL)"`
				} `graphql:"team(slug: $slug)"`
			} `graphql:"organization(login: \"campus\")"`
		}
		if err := client.Query(context.Background(), &q, variables); err != nil {
			t.Fatal(err)
		}
		m := q.Organization.Team.Members
		for _, n := range m.Nodes {
			if seen[n.Login] {
				t.Errorf("%s came twice", n.Login)
			}
			seen[n.Login] = true
		}
		if pages++; !m.PageInfo.HasNextPage || pages > 3 {
			break
		}
		variables["after"] = m.PageInfo.EndCursor
	}
	if len(seen) != 205 || pages != 3 {
		t.Errorf("%d people on %d pages, want 205 on 3", len(seen), pages)
	}
}
