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
		{"repository", "full", `{ r0: repository(owner:"campus",name:"APP") { nameWithOwner isArchived isPrivate visibility isEmpty isFork owner { __typename login } defaultBranchRef { name } } }`,
			`{"data":{"r0":{"nameWithOwner":"Campus/app","isArchived":false,"isPrivate":false,"visibility":"PUBLIC","isEmpty":false,"isFork":false,"owner":{"__typename":"Organization","login":"Campus"},"defaultBranchRef":{"name":"main"}}}}`},
		{"files", "full", `{ repository(owner:"campus",name:"app") { a: object(expression:"HEAD:catalog-info.yaml") { __typename ... on Blob { text isBinary isTruncated byteSize } } b: object(expression:"HEAD:.github/CODEOWNERS") { ... on Blob { text } } c: object(expression:"HEAD:CODEOWNERS") { ... on Blob { text } } d: object(expression:"main:logo.png") { ... on Blob { text isBinary } } e: object(expression:"HEAD:.github") { ... on Tree { entries { name type } } } f: object(expression:"HEAD:logo.png/x") { id } } }`,
			`{"data":{"repository":{"a":{"__typename":"Blob","text":"kind: Component\n","isBinary":false,"isTruncated":false,"byteSize":16},"b":{"text":"* @ada\n"},"c":null,"d":{"text":null,"isBinary":true},"e":{"entries":[{"name":"CODEOWNERS","type":"blob"}]},"f":null}}}`},
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
		{"team", "full", `{ organization(login:"CAMPUS") { login name team(slug:"core") { name slug members(first:10) { totalCount nodes { login name } } im: members(first:10,membership:IMMEDIATE) { nodes { login } } ch: members(first:10,membership:CHILD_TEAM) { nodes { login } } childTeams(first:5) { nodes { slug parentTeam { slug } } } organization { login } parentTeam { slug } } none: team(slug:"nope") { name } empty: team(slug:"empty") { members(first:1) { totalCount nodes { login } } } } }`,
			`{"data":{"organization":{"login":"Campus","name":"The Campus","team":{"name":"Core","slug":"core","members":{"totalCount":2,"nodes":[{"login":"ada","name":"Ada Example"},{"login":"bo","name":null}]},"im":{"nodes":[{"login":"ada"}]},"ch":{"nodes":[{"login":"ada"},{"login":"bo"}]},"childTeams":{"nodes":[{"slug":"core-oncall","parentTeam":{"slug":"core"}}]},"organization":{"login":"Campus"},"parentTeam":null},"none":null,"empty":{"members":{"totalCount":0,"nodes":[]}}}}}`},
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
		{"owner", "full", `{ a: repositoryOwner(login:"ada") { __typename login } b: repositoryOwner(login:"campus") { __typename ... on Organization { name } } c: repositoryOwner(login:"none") { login } viewer { login isViewer } }`,
			`{"data":{"a":{"__typename":"User","login":"ada"},"b":{"__typename":"Organization","name":"The Campus"},"c":null,"viewer":{"login":"dee","isViewer":true}}}`},
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
		{"rate limit", "full", `{ rateLimit { cost limit nodeCount } organization(login:"campus") { teams(first:10) { nodes { members(first:20) { totalCount } } } } }`,
			`{"data":{"rateLimit":{"cost":1,"limit":5000,"nodeCount":210},"organization":{"teams":{"nodes":[{"members":{"totalCount":2}},{"members":{"totalCount":2}},{"members":{"totalCount":0}}]}}}}`},
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
		`{ repository(owner:"campus",name:"app") { nope } }`:       `"code":"undefinedField"`,
		`{ repository(owner:"campus") { name } }`:                  `argument \"name\"`,
		`{ repository(owner:`:                                      `"locations"`,
		`{ repository(owner:"campus",name:3) { name } }`:           `errors`,
		`query a { viewer { login } } query b { viewer { login }}`: `An operation name is required`,
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
		return fmt.Sprintf(`{ organization(login:"campus") { teams(first:100) { nodes { childTeams(first:99) { nodes { members(first:%d) { totalCount } } } } } } }`, inner)
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
		`{ viewer { login } }`: 1,
		`{ organization(login:"campus") { teams(first:10) { nodes { members(first:20) { totalCount } } } } }`:                                          1,
		`{ organization(login:"campus") { teams(first:100) { nodes { childTeams(first:50) { nodes { members(first:60) { nodes { login } } } } } } } }`: 51,
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

// The lesser fields, which nothing but an answer's shape depends on.
func TestGraphQLFields(t *testing.T) {
	w := campus()
	w.Lock()
	w.Repositories[0].Files["large.txt"] = strings.Repeat("ä", 300_000)
	w.Unlock()
	g := serve(t, w)
	got := query(t, g, "full", `{
		viewer { id databaseId login url resourcePath repository(name:"x") { name } }
		rateLimit { remaining used resetAt }
		organization(login:"campus") { id databaseId url resourcePath isVerified viewerCanAdminister viewerIsAMember repository(name:"app") { id }
			team(slug:"core") { id databaseId combinedSlug description url }
			teams(first:1,query:"CORE",rootTeamsOnly:true) { totalCount edges { cursor node { slug } } pageInfo { startCursor endCursor hasNextPage hasPreviousPage } } }
		fork: repository(owner:"campus",name:"app-ghsa-2222-2222-2222") { parent { nameWithOwner } owner { id login url resourcePath } isFork }
		blank: repository(owner:"campus",name:"blank") { isEmpty defaultBranchRef { name } object(expression:"HEAD:x") { id } }
		repository(owner:"campus",name:"app") { databaseId description isDisabled isLocked url parent { name }
			defaultBranchRef { id prefix target { oid abbreviatedOid ... on Commit { message tree { entries { name mode size path oid object { oid } } } } } }
			a: object(expression:"HEAD:large.txt") { id oid repository { name } ... on Blob { byteSize isTruncated text } }
			b: object(oid:"0000000000000000000000000000000000000000") { id }
			c: object(expression:"refs/heads/main:") { ... on Tree { entries { name type } } } } }`, nil)
	var answer struct {
		Data struct {
			Viewer struct{ Login string }
			Fork   struct {
				Parent struct{ NameWithOwner string }
				IsFork bool
			}
			Blank struct {
				IsEmpty          bool
				DefaultBranchRef *struct{}
				Object           *struct{}
			}
			RateLimit    struct{ Remaining, Used int }
			Organization struct {
				IsVerified, ViewerCanAdminister, ViewerIsAMember bool
				Teams                                            struct {
					TotalCount int
					Edges      []struct{ Cursor string }
					PageInfo   struct{ StartCursor, EndCursor string }
				}
			}
			Repository struct {
				DefaultBranchRef struct {
					Target struct {
						OID  string
						Tree struct {
							Entries []struct {
								Name, OID  string
								Mode, Size int
							}
						}
					}
				}
				A struct {
					ByteSize    int
					IsTruncated bool
					Text        string
				}
				B *struct{}
				C struct{ Entries []struct{ Name, Type string } }
			}
		}
		Errors []graphQLError
	}
	if err := json.Unmarshal([]byte(got), &answer); err != nil {
		t.Fatal(err)
	}
	d := answer.Data
	if len(answer.Errors) != 1 || answer.Errors[0].Type != "NOT_FOUND" || d.Viewer.Login != "dee" {
		t.Errorf("errors %+v", answer.Errors)
	}
	if d.Fork.Parent.NameWithOwner != "Campus/app" || !d.Fork.IsFork {
		t.Errorf("fork %+v", d.Fork)
	}
	if !d.Blank.IsEmpty || d.Blank.DefaultBranchRef != nil || d.Blank.Object != nil {
		t.Errorf("blank %+v", d.Blank)
	}
	if d.RateLimit.Remaining+d.RateLimit.Used != 5000 || d.RateLimit.Used == 0 {
		t.Errorf("rate limit %+v", d.RateLimit)
	}
	if o := d.Organization; !o.IsVerified || !o.ViewerCanAdminister || !o.ViewerIsAMember || o.Teams.TotalCount != 1 ||
		o.Teams.Edges[0].Cursor != o.Teams.PageInfo.EndCursor || o.Teams.PageInfo.StartCursor == "" {
		t.Errorf("organization %+v", o)
	}
	r := d.Repository
	if e := r.DefaultBranchRef.Target.Tree.Entries; len(e) != 4 || e[0].Name != ".github" || e[0].Mode != 0o40000 ||
		e[1].Mode != 0o100644 || e[1].Size != 16 || e[1].OID != objectID("blob", []byte("kind: Component\n")) {
		t.Errorf("entries %+v", e)
	}
	if r.A.ByteSize != 600_000 || !r.A.IsTruncated || len(r.A.Text) != 512_000 || r.B != nil || len(r.C.Entries) != 4 || r.C.Entries[0].Type != "tree" {
		t.Errorf("objects: %d bytes, truncated %v to %d, %v, %v", r.A.ByteSize, r.A.IsTruncated, len(r.A.Text), r.B, r.C)
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
