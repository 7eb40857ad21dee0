package owner

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Without an organization, each repository's owner takes its place.
func TestRulesOfSingleRepositories(t *testing.T) {
	const account = "zoe"
	tests := []struct {
		rule
		repository string
	}{
		{repository: "openedx/r", rule: rule{name: "organization", catalog: "[group:openedx/x, user:eve]", want: "alice bob", via: "group:x group:x", route: FromCatalog, problems: []string{"catalog-info.yaml names user:eve, who is not a member of openedx"}}},
		{repository: "openedx/r", rule: rule{name: "organization without owners", nobody: "no owner is named anywhere"}},
		{repository: "zoe/r", rule: rule{name: "account", want: "zoe", via: "user:zoe", route: FromAccount}},
		{repository: "Zoe/R", rule: rule{name: "account in another case", want: "zoe", via: "user:Zoe", route: FromAccount}},
		{repository: "zoe/r", rule: rule{name: "account in its catalog", catalog: "user:Zoe", want: "zoe", via: "user:Zoe", route: FromCatalog}},
		{repository: "zoe/r", rule: rule{name: "bare account in its catalog", catalog: "Zoe", want: "zoe", via: "user:Zoe", route: FromCatalog}},
		{repository: "zoe/r", rule: rule{name: "somebody else", catalog: "user:alice", want: "zoe", via: "user:zoe", route: FromAccount, problems: []string{"catalog-info.yaml names user:alice, but only zoe counts in a personal account"}}},
		{repository: "zoe/r", rule: rule{name: "bare name", catalog: "x", want: "zoe", via: "user:zoe", route: FromAccount, problems: []string{"catalog-info.yaml names x, but there is no such user"}}},
		{repository: "zoe/r", rule: rule{name: "team", catalog: "group:x", want: "zoe", via: "user:zoe", route: FromAccount, problems: []string{"catalog-info.yaml names group:x, but a personal account has no teams"}}},
		{repository: "zoe/r", rule: rule{name: "foreign team", catalog: "group:openedx/x", want: "zoe", via: "user:zoe", route: FromAccount, problems: []string{`catalog-info.yaml: line 3: "group:openedx/x" is not of zoe`}}},
		{repository: "zoe/r", rule: rule{name: "configured outsiders", config: configured("zoe/r", "user:eve", "group:openedx/x"), want: "eve alice bob", via: "user:eve group:openedx/x group:openedx/x", route: FromConfig, problems: []string{
			"the configuration names user:eve: eve is not a member of zoe, and is not reached without a contact in the configuration",
			"the configuration names group:openedx/x: alice and 1 more are not members of zoe, and are not reached without a contact in the configuration",
		}}},
		{repository: "zoe/r", rule: rule{name: "collaborator", change: collaborating("alice"), want: "zoe", via: "user:zoe", route: FromAccount}},
		{repository: "zoe/r", rule: rule{name: "archived", change: func(g *fakeGitHub, _ *asked) { g.repositories["zoe/r"]["isArchived"] = true }, nobody: "the repository is archived"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := newFake(t)
			g.team("x", "alice", "bob")
			g.user("eve")
			g.user(account)
			g.verified[account] = []string{"zoe@openedx.example"}
			var files []string
			if tt.catalog != "" {
				files = append(files, "catalog-info.yaml", "kind: Component\nspec:\n  owner: "+tt.catalog+"\n")
			}
			repo := g.repo(tt.repository, files...)
			if !strings.HasPrefix(tt.repository, "openedx/") {
				repo["owner"].(fields)["__typename"] = "User"
			}
			r := drafts(draft(tt.repository))
			r.Organization, r.Owners = "", tt.config
			if tt.change != nil {
				tt.change(g, &r)
			}
			result := g.resolve(r)
			got := result.Of(tt.repository)
			checkRule(t, tt.rule, result, got)
			for _, p := range got.Parties {
				if p.Route == FromAccount && strings.Join(p.Emails, " ") != "zoe@public.example" {
					t.Errorf("the account is %+v", p)
				}
			}
		})
	}
}

// Repositories of several organizations share their calls.
func TestResolveSeveralOrganizations(t *testing.T) {
	g := newFake(t)
	g.orgs["other"] = []string{"alice"}
	g.member("alice", "dave")
	g.repo("openedx/r", "CODEOWNERS", "* @alice @dave")
	g.repo("other/r", "CODEOWNERS", "* @alice @dave")
	r := drafts(draft("openedx/r"), draft("other/r"))
	r.Organization = ""
	got := g.resolve(r).ByAdvisory
	if l := logins(*got["openedx/r"]); l != "alice dave" {
		t.Errorf("openedx/r: %q", l)
	}
	if l := logins(*got["other/r"]); l != "alice" {
		t.Errorf("other/r: %q", l)
	}
	if len(g.queries) != 4 {
		t.Errorf("%d calls, want 4: repositories, users, two kinds of addresses", len(g.queries))
	}
}

// Whose address no profile decides in one repository has none there, although they
// are a member of the organization of another one.
func TestOutsiderOfOneOrganization(t *testing.T) {
	g := newFake(t)
	g.orgs["other"] = []string{"eve"}
	g.user("eve")
	g.repo("openedx/r")
	g.repo("other/r", "CODEOWNERS", "* @eve")
	r := drafts(draft("openedx/r"), draft("other/r"))
	r.Organization, r.Owners = "", configured("openedx/r", "user:eve")
	got := g.resolve(r)
	for repo, want := range map[string]string{"openedx/r": "", "other/r": "eve@public.example"} {
		if p := got.Of(repo).Parties; len(p) != 1 || strings.Join(p[0].Emails, " ") != want {
			t.Errorf("%s: %+v, want the address %q", repo, p, want)
		}
	}
	problems := []string{"the configuration names user:eve: eve is not a member of openedx, and is not reached without a contact in the configuration"}
	if diff := cmp.Diff(problems, got.Of("openedx/r").Problems); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}
