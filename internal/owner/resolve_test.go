package owner

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openedx/advisory-reminders/internal/advisory"
)

// owners reads owners as the configuration has them.
func owners(all ...string) []advisory.Owner {
	var o []advisory.Owner
	for _, s := range all {
		parsed, ok := advisory.ParseOwner(s)
		if !ok {
			parsed = advisory.Owner{Name: s}
		}
		o = append(o, parsed)
	}
	return o
}

// A rule is one sentence about who is told of a draft in openedx/r. Teams x
// (alice, bob) and y (carol, alice) and the member dave are there, and eve, who
// is no member.
type rule struct {
	name       string
	catalog    string // the owner, as YAML
	codeowners string // the whole file
	config     map[string][]advisory.Owner
	change     func(*fakeGitHub, *asked)

	want     string // recipients
	via      string // the owners that led to them
	route    Route
	nobody   string
	problems []string
	refused  []string
	failures []string
}

var rules = []rule{
	// The order of the search.
	{name: "nothing", nobody: "no owner is named anywhere"},
	{name: "catalog", catalog: "group:x", want: "alice bob", via: "group:x group:x", route: FromCatalog},
	{name: "CODEOWNERS", codeowners: "* @openedx/x", want: "alice bob", via: "group:x group:x", route: FromCodeowners},
	{
		name: "collaborators", change: collaborating("@x", "dave"),
		want: "alice bob dave", via: "group:x group:x user:dave", route: FromCollaborators,
	},
	{
		name: "configuration before catalog", catalog: "group:x", config: configured("openedx/r", "user:dave"),
		want: "dave", via: "user:dave", route: FromConfig,
	},
	{name: "catalog before CODEOWNERS", catalog: "user:dave", codeowners: "* @openedx/x", want: "dave", via: "user:dave", route: FromCatalog},
	{name: "CODEOWNERS before collaborators", codeowners: "* @dave", change: collaborating("@x"), want: "dave", via: "user:dave", route: FromCodeowners},

	// The configuration.
	{name: "configuration names an outsider", config: configured("openedx/r", "user:eve"), want: "eve", via: "user:eve", route: FromConfig, problems: []string{"the configuration names user:eve: eve is not a member of openedx, and is not reached without a contact in the configuration"}},
	{name: "configuration names nobody", config: configured("openedx/r"), catalog: "user:dave", want: "dave", via: "user:dave", route: FromCatalog},
	{name: "configuration, the login in another case", config: configured("openedx/r", "user:DAVE"), want: "dave", via: "user:DAVE", route: FromConfig},
	{name: "configuration with the organization", config: configured("openedx/r", "group:OpenEdX/x"), want: "alice bob", via: "group:x group:x", route: FromConfig},
	{
		name: "configuration names a team of another organization", config: configured("openedx/r", "group:other/z"),
		change: func(g *fakeGitHub, _ *asked) {
			g.orgs["other"] = nil
			g.teams["other/z"] = fields{"name": "Z", "slug": "z"}
			g.members["other/z"] = []string{"zoe"}
			g.user("zoe")
		},
		want: "zoe", via: "group:other/z", route: FromConfig,
		problems: []string{"the configuration names group:other/z: zoe is not a member of openedx, and is not reached without a contact in the configuration"},
	},
	{
		name: "configuration names a team of no organization", config: configured("openedx/r", "group:nowhere/z"), catalog: "user:dave",
		want: "dave", via: "user:dave", route: FromCatalog, problems: []string{"the configuration names group:nowhere/z, but nowhere has no such team"},
	},
	{
		name: "configuration by the former name", config: configured("openedx/old", "user:dave"), change: listedAs("openedx/old"),
		want: "dave", via: "user:dave", route: FromConfig,
	},
	{
		name: "configuration by the present name", config: configured("openedx/r", "user:dave"), change: listedAs("openedx/old"),
		want: "dave", via: "user:dave", route: FromConfig,
	},
	{
		name: "configuration by both names", change: listedAs("openedx/old"),
		config: map[string][]advisory.Owner{"openedx/r": owners("user:alice"), "openedx/old": owners("user:dave")},
		want:   "dave", via: "user:dave", route: FromConfig,
	},
	{name: "configuration with a bare name", config: configured("openedx/r", "eve"), want: "eve", via: "user:eve", route: FromConfig, problems: []string{"the configuration names user:eve: eve is not a member of openedx, and is not reached without a contact in the configuration"}},
	{
		name: "configuration that does not resolve", config: configured("openedx/r", "user:nobody"), catalog: "user:dave",
		want: "dave", via: "user:dave", route: FromCatalog, problems: []string{"the configuration names user:nobody, but there is no such user"},
	},

	// Archived and moved.
	{name: "archived", catalog: "group:x", codeowners: "* @dave", change: archived, nobody: "the repository is archived"},
	{name: "archived, with collaborators", change: both(archived, collaborating("dave")), nobody: "the repository is archived"},
	{name: "archived, but configured", catalog: "group:x", config: configured("openedx/r", "user:dave"), change: archived, want: "dave", via: "user:dave", route: FromConfig},
	{
		name: "archived, and what is configured does not resolve", config: configured("openedx/r", "user:nobody"), change: archived,
		nobody: "the repository is archived", problems: []string{"the configuration names user:nobody, but there is no such user"},
	},
	{name: "moved", catalog: "user:eve", change: moved, nobody: "the repository moved to other/r"},
	{name: "moved, with collaborators", change: both(moved, collaborating("dave")), nobody: "the repository moved to other/r"},
	{name: "moved, but configured", config: configured("openedx/r", "group:x"), change: moved, want: "alice bob", via: "group:x group:x", route: FromConfig},
	{name: "moved, but configured by its present name", config: configured("other/r", "group:x"), change: moved, want: "alice bob", via: "group:x group:x", route: FromConfig},
	{name: "moved and archived", change: both(moved, archived), nobody: "the repository moved to other/r"},

	// Collaborators.
	{name: "reporter", change: both(collaborating("alice", "dave"), reported("ALICE")), want: "dave", via: "user:dave", route: FromCollaborators},
	{name: "author who did not report", change: both(collaborating("alice"), func(_ *fakeGitHub, r *asked) { r.Drafts[0].Author = "alice" }), want: "alice", via: "user:alice", route: FromCollaborators},
	{
		name: "credited", change: both(collaborating("alice", "dave"), func(_ *fakeGitHub, r *asked) { r.Drafts[0].Credits = []string{"eve", "Dave"} }),
		want: "alice", via: "user:alice", route: FromCollaborators,
	},
	{name: "collaborator who is no member", change: collaborating("eve", "dave"), want: "dave", via: "user:dave", route: FromCollaborators},
	{name: "only collaborators who are no members", change: collaborating("eve"), nobody: "none of the owners that are named counts"},
	{name: "collaborating bot", change: collaborating("dependabot[bot]"), nobody: "no owner is named anywhere"},
	{
		name: "collaborating team that is gone", change: collaborating("@gone", "dave"),
		want: "dave", via: "user:dave", route: FromCollaborators, problems: []string{"group:gone is among the advisory's collaborators, but openedx has no such team"},
	},

	// Owners that don't resolve.
	{
		name: "missing team", catalog: "group:gone", codeowners: "* @dave",
		want: "dave", via: "user:dave", route: FromCodeowners, problems: []string{"catalog-info.yaml names group:gone, but openedx has no such team"},
	},
	{name: "missing team beside one that is there", catalog: "[group:gone, group:x]", want: "alice bob", via: "group:x group:x", route: FromCatalog, problems: []string{"catalog-info.yaml names group:gone, but openedx has no such team"}},
	{
		name: "empty team", catalog: "group:empty", codeowners: "* @dave", change: func(g *fakeGitHub, _ *asked) { g.team("empty") },
		want: "dave", via: "user:dave", route: FromCodeowners, problems: []string{"catalog-info.yaml names group:empty, but that team has no members"},
	},
	{
		name: "team of bots", catalog: "group:bots", change: func(g *fakeGitHub, _ *asked) { g.team("bots", "a[bot]") },
		nobody: "none of the owners that are named counts", problems: []string{"catalog-info.yaml names group:bots, but that team has no members"},
	},
	{name: "bot in a team", catalog: "group:mixed", change: func(g *fakeGitHub, _ *asked) { g.team("mixed", "a[bot]", "dave") }, want: "dave", via: "group:mixed", route: FromCatalog},
	{
		name: "bot in the configuration", config: map[string][]advisory.Owner{"openedx/r": {{Kind: advisory.User, Name: "a[bot]"}}},
		nobody: "none of the owners that are named counts", problems: []string{"the configuration names user:a[bot], but that is a bot"},
	},
	{
		name: "missing user", catalog: "user:nobody", codeowners: "* @dave",
		want: "dave", via: "user:dave", route: FromCodeowners, problems: []string{"catalog-info.yaml names user:nobody, but there is no such user"},
	},
	{
		name: "not a member", catalog: "user:eve", codeowners: "* @dave",
		want: "dave", via: "user:dave", route: FromCodeowners, problems: []string{"catalog-info.yaml names user:eve, who is not a member of openedx"},
	},
	{
		name: "not a member in CODEOWNERS", codeowners: "* @eve",
		nobody: "none of the owners that are named counts", problems: []string{"CODEOWNERS names user:eve, who is not a member of openedx"},
	},
	{
		name: "foreign", catalog: "group:other/x", codeowners: "* @other/x",
		nobody:   "none of the owners that are named counts",
		problems: []string{`catalog-info.yaml: line 3: "group:other/x" is not of openedx`, `CODEOWNERS: line 1: "@other/x" is not of openedx`},
	},
	{
		name: "catalog that can't be parsed", catalog: "'", codeowners: "* @dave",
		want: "dave", via: "user:dave", route: FromCodeowners,
		problems: []string{"catalog-info.yaml was ignored: line 3 is not valid YAML (a quotation mark without its other half)"},
	},

	// Several documents.
	{name: "owners of all Components", catalog: "user:dave\n---\nkind: component\nspec: {owner: 'group:y'}", want: "dave alice carol", via: "user:dave group:y group:y", route: FromCatalog},
	{name: "Components before others", catalog: "user:dave\n---\nkind: API\nspec: {owner: 'group:y'}", want: "dave", via: "user:dave", route: FromCatalog},
	{name: "no Component that names anybody", catalog: "~\n---\nkind: API\nspec: {owner: 'group:y'}\n---\nspec: {owner: 'user:dave'}", want: "alice carol dave", via: "group:y group:y user:dave", route: FromCatalog},
	{name: "null", catalog: "~", codeowners: "* @dave", want: "dave", via: "user:dave", route: FromCodeowners},
	{name: "an empty list", catalog: "[]", codeowners: "* @dave", want: "dave", via: "user:dave", route: FromCodeowners},
	{name: "kind and namespace in any case", catalog: "[GROUP:OpenEdX/X, User:Default/DAVE]", want: "alice bob dave", via: "group:X group:X user:DAVE", route: FromCatalog},
	{
		name: "another namespace", catalog: "[group:other/x, user:dave]", want: "dave", via: "user:dave", route: FromCatalog,
		problems: []string{`catalog-info.yaml: line 3: "group:other/x" is not of openedx`},
	},

	// Bare names.
	{name: "bare team", catalog: "x", want: "alice bob", via: "group:x group:x", route: FromCatalog},
	{name: "bare user", catalog: "Dave", want: "dave", via: "user:Dave", route: FromCatalog},
	{
		name: "bare name of both", catalog: "dave", change: func(g *fakeGitHub, _ *asked) { g.team("dave", "carol") },
		want: "carol", via: "group:dave", route: FromCatalog,
	},
	{
		name: "bare name of an empty team and a user", catalog: "dave", change: func(g *fakeGitHub, _ *asked) { g.team("dave") },
		nobody: "none of the owners that are named counts", problems: []string{"catalog-info.yaml names dave, but that team has no members"},
	},
	{name: "bare name of neither", catalog: "gone", nobody: "none of the owners that are named counts", problems: []string{"catalog-info.yaml names gone, but openedx has no such team or member"}},
	{name: "bare name of an outsider", catalog: "eve", nobody: "none of the owners that are named counts", problems: []string{"catalog-info.yaml names eve, who is not a member of openedx"}},
	{
		name: "bare name that can be no login", catalog: "The gone ones",
		nobody: "none of the owners that are named counts", problems: []string{"catalog-info.yaml names The gone ones, but openedx has no such team or member"},
	},
	{
		name: "display name", catalog: "group:wg-maintenance-docs.openedx.org",
		change: func(g *fakeGitHub, _ *asked) { g.team("wg-maintenance-docs-openedx-org", "dave") },
		want:   "dave", via: "group:wg-maintenance-docs.openedx.org", route: FromCatalog,
	},
	{
		name: "display name with letters that a slug spells in another way", catalog: "'group:My TEam Näme'",
		change: func(g *fakeGitHub, _ *asked) { g.team("my-team-name", "dave") },
		want:   "dave", via: "group:My TEam Näme", route: FromCatalog,
	},
	{
		name: "bare display name with a space", catalog: "My TEam",
		change: func(g *fakeGitHub, _ *asked) { g.team("my-team", "dave") },
		want:   "dave", via: "group:My TEam", route: FromCatalog,
	},
	{
		name: "team that was renamed", catalog: "group:old-name", codeowners: "* @dave",
		change: func(g *fakeGitHub, _ *asked) { g.team("new-name", "alice") },
		want:   "dave", via: "user:dave", route: FromCodeowners, problems: []string{"catalog-info.yaml names group:old-name, but openedx has no such team"},
	},

	// Unmaintained.
	{name: "unmaintained", catalog: "group:openedx-unmaintained", codeowners: "* @dave", nobody: "unmaintained: catalog-info.yaml names group:openedx-unmaintained"},
	{name: "unmaintained, bare", catalog: "OpenEdX-Unmaintained", codeowners: "* @dave", nobody: "unmaintained: catalog-info.yaml names OpenEdX-Unmaintained"},
	{name: "unmaintained, in CODEOWNERS", codeowners: "* @openedx/openedx-unmaintained", change: collaborating("dave"), nobody: "unmaintained: CODEOWNERS names group:openedx-unmaintained"},
	{name: "unmaintained, configured", config: configured("openedx/r", "group:openedx-unmaintained"), catalog: "user:dave", nobody: "unmaintained: the configuration names group:openedx-unmaintained"},
	{name: "unmaintained beside an owner who counts", catalog: "[group:openedx-unmaintained, user:dave]", want: "dave", via: "user:dave", route: FromCatalog},
	{
		name: "unmaintained beside an owner who doesn't count", catalog: "[group:openedx-unmaintained, user:eve]", codeowners: "* @dave",
		nobody: "unmaintained: catalog-info.yaml names group:openedx-unmaintained", problems: []string{"catalog-info.yaml names user:eve, who is not a member of openedx"},
	},
	{name: "unmaintained, by its display name", catalog: "group:OpenEdX Unmaintained", codeowners: "* @dave", nobody: "unmaintained: catalog-info.yaml names group:OpenEdX Unmaintained"},
	{name: "unmaintained, with a namespace", catalog: "group:default/openedx-unmaintained", codeowners: "* @dave", nobody: "unmaintained: catalog-info.yaml names group:openedx-unmaintained"},
	{name: "unmaintained in one Component, and not in another", catalog: "group:openedx-unmaintained\n---\nkind: Component\nspec: {owner: 'user:dave'}", want: "dave", via: "user:dave", route: FromCatalog},
	{name: "unmaintained, and an API that is not", catalog: "group:openedx-unmaintained\n---\nkind: API\nspec: {owner: 'user:dave'}", nobody: "unmaintained: catalog-info.yaml names group:openedx-unmaintained"},
	{name: "unmaintained with a contact", catalog: "group:openedx-unmaintained", change: contacts("group:openedx/openedx-unmaintained"), nobody: "unmaintained: catalog-info.yaml names group:openedx-unmaintained"},
	{
		name: "unmaintained beside an owner who is refused", catalog: "[group:openedx-unmaintained, user:alice]", codeowners: "* @dave", change: forbidden("user alice", "organization"),
		nobody:  "an owner could not be looked at, and going on could tell the wrong people: user:alice could not be looked at: GitHub refused it to this token",
		refused: []string{"user:alice could not be looked at: GitHub refused it to this token"},
	},
	{name: "unmaintained beside too many", catalog: "[group:openedx-unmaintained, group:x]", change: atMost(1), nobody: "too many people: the owners in catalog-info.yaml come to 2, and max-owner allows 1"},
	{name: "unmaintained after an earlier route", catalog: "user:dave", codeowners: "* @openedx/openedx-unmaintained", want: "dave", via: "user:dave", route: FromCatalog},
	{name: "unmaintained by another list", catalog: "group:x", change: func(_ *fakeGitHub, r *asked) { r.Unmaintained = owners("group:openedx/X") }, nobody: "unmaintained: catalog-info.yaml names group:x"},
	{name: "unmaintained elsewhere", catalog: "group:x", change: func(_ *fakeGitHub, r *asked) { r.Unmaintained = owners("group:other/x", "user:x") }, want: "alice bob", via: "group:x group:x", route: FromCatalog},
	{name: "a user of that name", catalog: "user:openedx-unmaintained", change: func(g *fakeGitHub, _ *asked) { g.member("openedx-unmaintained") }, want: "openedx-unmaintained", via: "user:openedx-unmaintained", route: FromCatalog},

	// Too many people.
	{name: "as many people as may be", catalog: "[group:x, user:dave]", change: atMost(3), want: "alice bob dave", via: "group:x group:x user:dave", route: FromCatalog},
	{
		name: "one more than may be", catalog: "[group:x, user:dave]", codeowners: "* @carol", change: atMost(2),
		nobody: "too many people: the owners in catalog-info.yaml come to 3, and max-owner allows 2",
	},
	{name: "many, and each of them counts once", catalog: "[group:x, group:y, user:alice]", change: atMost(3), want: "alice bob carol", via: "group:x group:x group:y", route: FromCatalog},
	{name: "many in CODEOWNERS", codeowners: "* @alice @bob", change: both(atMost(1), collaborating("dave")), nobody: "too many people: the owners in CODEOWNERS come to 2, and max-owner allows 1"},
	{name: "many collaborators", change: both(atMost(1), collaborating("@x")), nobody: "too many people: the advisory's collaborators come to 2, and max-owner allows 1"},
	{name: "many in the configuration", config: configured("openedx/r", "group:x", "user:dave"), change: atMost(1), want: "alice bob dave", via: "group:x group:x user:dave", route: FromConfig},
	{name: "many who don't count", catalog: "[user:eve, user:nobody, user:dave]", change: atMost(1), want: "dave", via: "user:dave", route: FromCatalog, problems: []string{"catalog-info.yaml names user:eve, who is not a member of openedx", "catalog-info.yaml names user:nobody, but there is no such user"}},
	{name: "a team with a contact is one", catalog: "[group:x, user:dave]", change: both(atMost(2), contacts("group:openedx/x")), want: "team:openedx/x dave", via: "group:x user:dave", route: FromCatalog},
	{name: "no limit", catalog: "[group:x, user:dave]", change: atMost(0), want: "alice bob dave", via: "group:x group:x user:dave", route: FromCatalog},
	{
		name: "too many of whom are known, and one who is refused", catalog: "[group:x, user:carol]", change: both(atMost(1), forbidden("user carol", "organization")),
		nobody: "too many people: the owners in catalog-info.yaml come to 2, and max-owner allows 1",
	},

	// Recipients.
	{name: "by two owners", catalog: "[group:x, group:y, user:ALICE]", want: "alice bob carol", via: "group:x group:x group:y", route: FromCatalog},
	{name: "by two owners, the other way round", catalog: "[user:Alice, group:y, group:x]", want: "alice carol bob", via: "user:Alice group:y group:x", route: FromCatalog},
	{name: "by two routes", catalog: "user:alice", codeowners: "* @alice @dave", want: "alice", via: "user:alice", route: FromCatalog},
	{name: "team with a contact", catalog: "[group:x, user:dave]", change: contacts("group:openedx/x"), want: "team:openedx/x dave", via: "group:x user:dave", route: FromCatalog},
	{name: "bare team with a contact", catalog: "X", change: contacts("group:openedx/x"), want: "team:openedx/x", via: "group:X", route: FromCatalog},
	{name: "team with a contact and one of its members", catalog: "[group:x, user:alice]", change: contacts("group:openedx/x"), want: "team:openedx/x alice", via: "group:x user:alice", route: FromCatalog},
	{name: "a contact makes nobody an owner", change: contacts("group:openedx/x", "user:dave"), nobody: "no owner is named anywhere"},
	{
		name: "empty team with a contact", catalog: "group:empty",
		change: both(contacts("group:openedx/empty"), func(g *fakeGitHub, _ *asked) { g.team("empty") }),
		nobody: "none of the owners that are named counts", problems: []string{"catalog-info.yaml names group:empty, but that team has no members"},
	},

	// What could not be looked at.
	{
		name: "repository that can't be read", change: gone,
		nobody: "the repository could not be read: GitHub shows no such repository to this token", refused: []string{"openedx/r could not be read: GitHub shows no such repository to this token"},
	},
	{
		name: "repository that can't be read, with collaborators", change: both(gone, collaborating("dave")),
		nobody: "the repository could not be read: GitHub shows no such repository to this token", refused: []string{"openedx/r could not be read: GitHub shows no such repository to this token"},
	},
	{
		name: "repository that can't be read, but configured", change: gone, config: configured("openedx/r", "user:dave"),
		want: "dave", via: "user:dave", route: FromConfig, refused: []string{"openedx/r could not be read: GitHub shows no such repository to this token"},
	},
	{
		name: "repository that is refused", change: forbidden("repository openedx/r", "nameWithOwner"),
		nobody: "the repository could not be read: GitHub refused it to this token", refused: []string{"openedx/r could not be read: GitHub refused it to this token"},
	},
	{
		name: "team that is refused", catalog: "group:x", codeowners: "* @dave", change: forbidden("organization openedx", "team"),
		nobody:  "an owner could not be looked at, and going on could tell the wrong people: group:x of openedx could not be looked at: GitHub refused it to this token",
		refused: []string{"group:x of openedx could not be looked at: GitHub refused it to this token"},
	},
	{
		name: "bare team that is refused", catalog: "dave", change: forbidden("organization openedx", "team"),
		nobody:  "an owner could not be looked at, and going on could tell the wrong people: dave of openedx could not be looked at: GitHub refused it to this token",
		refused: []string{"dave of openedx could not be looked at: GitHub refused it to this token"},
	},
	{
		name: "user who is refused", catalog: "user:alice", codeowners: "* @dave", change: forbidden("user alice", "organization"),
		nobody:  "an owner could not be looked at, and going on could tell the wrong people: user:alice could not be looked at: GitHub refused it to this token",
		refused: []string{"user:alice could not be looked at: GitHub refused it to this token"},
	},
	{
		name: "owner who is refused beside one who counts", catalog: "[user:alice, user:dave]", change: forbidden("user alice", "organization"),
		want: "dave", via: "user:dave", route: FromCatalog, refused: []string{"user:alice could not be looked at: GitHub refused it to this token"},
	},
	{
		name: "team that is refused beside an owner who counts", catalog: "[group:x, user:dave]", change: forbidden("organization openedx", "team"),
		want: "dave", via: "user:dave", route: FromCatalog, refused: []string{"group:x of openedx could not be looked at: GitHub refused it to this token"},
	},
	{
		name: "owner who is refused beside one who doesn't count", catalog: "[user:alice, user:eve]", codeowners: "* @dave", change: forbidden("user alice", "organization"),
		nobody:   "an owner could not be looked at, and going on could tell the wrong people: user:alice could not be looked at: GitHub refused it to this token",
		problems: []string{"catalog-info.yaml names user:eve, who is not a member of openedx"},
		refused:  []string{"user:alice could not be looked at: GitHub refused it to this token"},
	},
	{
		name: "owner who is refused in CODEOWNERS", codeowners: "* @alice", change: both(forbidden("user alice", "organization"), collaborating("dave")),
		nobody:  "an owner could not be looked at, and going on could tell the wrong people: user:alice could not be looked at: GitHub refused it to this token",
		refused: []string{"user:alice could not be looked at: GitHub refused it to this token"},
	},
	{
		name: "collaborators, one of whom is refused", change: both(forbidden("user alice", "organization"), collaborating("alice", "dave")),
		want: "dave", via: "user:dave", route: FromCollaborators, refused: []string{"user:alice could not be looked at: GitHub refused it to this token"},
	},
	{
		name: "configured owner who is refused", config: configured("openedx/r", "user:alice"), catalog: "user:dave", change: forbidden("user alice", "organization"),
		nobody:  "an owner could not be looked at, and going on could tell the wrong people: user:alice could not be looked at: GitHub refused it to this token",
		refused: []string{"user:alice could not be looked at: GitHub refused it to this token"},
	},
	{
		name: "repository that is refused, with a configured owner who does not resolve", config: configured("openedx/r", "user:nobody"), change: forbidden("repository openedx/r", "nameWithOwner"),
		nobody:   "the repository could not be read: GitHub refused it to this token",
		problems: []string{"the configuration names user:nobody, but there is no such user"},
		refused:  []string{"openedx/r could not be read: GitHub refused it to this token"},
	},
	{
		name: "owner who is refused after an earlier route", catalog: "user:dave", codeowners: "* @alice", change: forbidden("user alice", "organization"),
		want: "dave", via: "user:dave", route: FromCatalog,
	},
}

// Somebody from outside the organization, be it that they left it, is reached by a
// contact in the configuration alone: a profile's address never decides.
func TestAnOutsiderNeedsAContact(t *testing.T) {
	const need = " is not a member of openedx, and is not reached without a contact in the configuration"
	tests := []struct {
		name     string
		owner    string
		contact  string
		emails   string // of the first party
		problems []string
	}{
		{name: "member", owner: "user:dave", emails: "dave@openedx.example dave@public.example"},
		{name: "member with a contact", owner: "user:dave", contact: "user:dave"},
		{name: "outsider", owner: "user:eve", problems: []string{"the configuration names user:eve: eve" + need}},
		{name: "outsider with a contact", owner: "user:eve", contact: "user:eve"},
		{name: "team", owner: "group:x", emails: "alice@openedx.example alice@public.example"},
		{name: "team of another organization", owner: "group:other/z", problems: []string{"the configuration names group:other/z: zoe" + need}},
		{name: "large team of another organization", owner: "group:other/y", problems: []string{"the configuration names group:other/y: ada and 2 more are not members of openedx, and are not reached without a contact in the configuration"}},
		{name: "team of another organization, whose members have a contact", owner: "group:other/z", contact: "user:zoe"},
		{name: "team of another organization with a contact", owner: "group:other/z", contact: "group:other/z"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := newFake(t)
			g.team("x", "alice")
			g.member("dave")
			g.user("eve")
			g.orgs["other"], g.teams["other/z"], g.members["other/z"] = nil, fields{"name": "Z", "slug": "z"}, []string{"zoe"}
			g.teams["other/y"], g.members["other/y"] = fields{"name": "Y", "slug": "y"}, []string{"zoe", "ada", "yan", "xi"}
			for _, login := range []string{"zoe", "ada", "yan", "xi"} {
				g.user(login)
			}
			g.repo("openedx/r")
			r := drafts(draft("openedx/r"))
			r.Owners = configured("openedx/r", tt.owner)
			contacts(tt.contact, "user:xi")(g, &r)
			got := g.resolve(r).Of("openedx/r")
			if len(got.Parties) == 0 || strings.Join(got.Parties[0].Emails, " ") != tt.emails {
				t.Errorf("parties %+v, want the first at %q", got.Parties, tt.emails)
			}
			if diff := cmp.Diff(tt.problems, got.Problems); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

func configured(repo string, all ...string) map[string][]advisory.Owner {
	return map[string][]advisory.Owner{repo: owners(all...)}
}

func both(a, b func(*fakeGitHub, *asked)) func(*fakeGitHub, *asked) {
	return func(g *fakeGitHub, r *asked) { a(g, r); b(g, r) }
}

// collaborating adds users, and teams with an @, to the advisory.
func collaborating(all ...string) func(*fakeGitHub, *asked) {
	return func(_ *fakeGitHub, r *asked) {
		for _, o := range all {
			if team, ok := strings.CutPrefix(o, "@"); ok {
				r.Drafts[0].CollaboratingTeams = append(r.Drafts[0].CollaboratingTeams, advisory.Owner{Kind: advisory.Team, Org: "openedx", Name: team})
			} else {
				r.Drafts[0].CollaboratingUsers = append(r.Drafts[0].CollaboratingUsers, o)
			}
		}
	}
}

func atMost(n int) func(*fakeGitHub, *asked) {
	return func(_ *fakeGitHub, r *asked) { r.MaxOwner = n }
}

func reported(by string) func(*fakeGitHub, *asked) {
	return func(_ *fakeGitHub, r *asked) { r.Drafts[0].Reported, r.Drafts[0].Author = true, by }
}

func archived(g *fakeGitHub, _ *asked) { g.repositories["openedx/r"]["isArchived"] = true }

func moved(g *fakeGitHub, _ *asked) {
	g.repositories["openedx/r"]["nameWithOwner"] = "other/r"
	g.repositories["openedx/r"]["owner"] = fields{"__typename": "Organization", "login": "other"}
}

func gone(g *fakeGitHub, _ *asked) { delete(g.repositories, "openedx/r") }

func listedAs(name string) func(*fakeGitHub, *asked) {
	return func(g *fakeGitHub, r *asked) {
		g.repositories[name] = g.repositories["openedx/r"]
		r.Drafts[0].Repository, _ = advisory.ParseRepository(name)
	}
}

func contacts(all ...string) func(*fakeGitHub, *asked) {
	return func(_ *fakeGitHub, r *asked) {
		r.HasContact = func(o advisory.Owner, _ string) bool {
			for _, c := range all {
				if strings.EqualFold(o.String(), c) {
					return true
				}
			}
			return false
		}
	}
}

func forbidden(what, path string) func(*fakeGitHub, *asked) {
	return func(g *fakeGitHub, _ *asked) { g.forbidden[what] = path }
}

func TestRules(t *testing.T) {
	for _, tt := range rules {
		t.Run(tt.name, func(t *testing.T) {
			g := newFake(t)
			g.team("x", "alice", "bob")
			g.team("y", "carol", "alice")
			g.member("dave")
			g.user("eve")
			var files []string
			if tt.catalog != "" {
				files = append(files, "catalog-info.yaml", "kind: Component\nspec:\n  owner: "+tt.catalog+"\n")
			}
			if tt.codeowners != "" {
				files = append(files, "CODEOWNERS", tt.codeowners)
			}
			g.repo("openedx/r", files...)
			r := drafts(draft("openedx/r"))
			r.Owners = tt.config
			if tt.change != nil {
				tt.change(g, &r)
			}
			result := g.resolve(r)
			checkRule(t, tt, result, result.Of("openedx/r"))
		})
	}
}

func checkRule(t *testing.T, tt rule, result Result, got Resolution) {
	t.Helper()
	if l := logins(got); l != tt.want {
		t.Errorf("recipients %q, want %q", l, tt.want)
	}
	var via []string
	for _, p := range got.Parties {
		via = append(via, p.Owner.String())
		if p.Route != tt.route {
			t.Errorf("route of %s is %q, want %q", p.Recipient, p.Route, tt.route)
		}
	}
	if v := strings.Join(via, " "); v != tt.via {
		t.Errorf("owners %q, want %q", v, tt.via)
	}
	if tt.want != "" && got.Route != tt.route {
		t.Errorf("route %q, want %q", got.Route, tt.route)
	}
	if got.Nobody != tt.nobody {
		t.Errorf("nobody %q, want %q", got.Nobody, tt.nobody)
	}
	if diff := cmp.Diff(tt.problems, got.Problems); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(tt.refused, got.Refused); diff != "" {
		t.Errorf("refused (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(tt.failures, result.Failures); diff != "" {
		t.Errorf("failures (-want +got):\n%s", diff)
	}
	checkKinds(t, result, got)
}

// checkKinds holds the kinds of a resolution against its texts, which nobody outside
// of this package reads.
func checkKinds(t *testing.T, result Result, got Resolution) {
	t.Helper()
	end := Otherwise
	switch {
	case strings.HasPrefix(got.Nobody, "unmaintained: "):
		end = Unmaintained
	case strings.HasPrefix(got.Nobody, "the repository "):
		end = Fileless
	}
	if got.End != end {
		t.Errorf("end %d of %q, want %d", got.End, got.Nobody, end)
	}
	outsider := func(problem string) bool { return strings.Contains(problem, ", who is not a member of ") }
	if want := slices.ContainsFunc(got.Problems, outsider); got.Outsider != want {
		t.Errorf("an outsider is named: %v, want %v: %q", got.Outsider, want, got.Problems)
	}
	for _, text := range append(result.RefusedOwners(), result.Failures...) {
		if want := strings.Contains(text, " could not be looked at: "); slices.Contains(result.Unlooked, text) != want {
			t.Errorf("%q is of an owner: %v, want %v", text, !want, want)
		}
	}
}
