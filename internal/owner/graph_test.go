package owner

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/reminder"
)

func TestResolve(t *testing.T) {
	g := newFake(t)
	g.repo("openedx/a", "catalog-info.yaml", "kind: Component\nspec: {owner: [group:x, user:Carol]}\n")
	g.team("x", "Bob", "alice")
	g.member("Carol")
	g.verified["alice"] = nil
	g.verified["bob"] = []string{"bob@one.example", "not an address", "bob@two.example", "BOB@public.example"}
	got := g.resolve(drafts(draft("openedx/a")))

	team := advisory.Owner{Kind: advisory.Team, Name: "x"}
	want := Result{ByAdvisory: map[string]*Resolution{"openedx/a": {
		Repository: advisory.Repository{Owner: "openedx", Name: "a"},
		Route:      FromCatalog,
		File:       "catalog-info.yaml",
		Parties: []Party{
			{Recipient: "user:alice", Login: "alice", Account: accountID("alice"), Owner: team, Route: FromCatalog, Emails: []string{"alice@public.example"}},
			{Recipient: "user:bob", Login: "Bob", Account: accountID("bob"), Owner: team, Route: FromCatalog, Emails: []string{"bob@one.example", "bob@two.example", "BOB@public.example"}},
			{Recipient: "user:carol", Login: "Carol", Account: accountID("carol"), Owner: advisory.Owner{Kind: advisory.User, Name: "Carol"}, Route: FromCatalog, Emails: []string{"carol@openedx.example", "Carol@public.example"}},
		},
	}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Resolve() (-want +got):\n%s", diff)
	}
	if len(g.queries) != 4 {
		t.Errorf("%d calls, want 4: repositories, teams with users, two kinds of addresses", len(g.queries))
	}
}

// Drafts of one repository share its owners, but not those that an advisory has
// of its own.
func TestResolveDraftsOfOneRepository(t *testing.T) {
	g := newFake(t)
	g.team("x", "alice")
	g.member("dave")
	g.repo("openedx/r")
	g.repo("openedx/s", "catalog-info.yaml", "spec: {owner: 'group:x'}\n")
	var all []advisory.Advisory
	for i, collaborator := range []string{"alice", "dave", ""} {
		for _, repo := range []string{"openedx/r", "openedx/s"} {
			d := draft(repo)
			d.ID = fmt.Sprint(repo, " ", i)
			if collaborator != "" {
				d.CollaboratingUsers = []string{collaborator}
			}
			all = append(all, d)
		}
	}
	got := g.resolve(asked{Request: drafts().Request, Drafts: all})
	for id, want := range map[string]string{
		"openedx/r 0": "alice", "openedx/r 1": "dave", "openedx/r 2": "",
		"openedx/s 0": "alice", "openedx/s 1": "alice", "openedx/s 2": "alice",
	} {
		var who []string
		for _, p := range got.Of(id).Parties {
			who = append(who, p.Login)
		}
		if strings.Join(who, " ") != want {
			t.Errorf("%s goes to %v, want %q", id, who, want)
		}
	}
}

func TestResolveNothing(t *testing.T) {
	g := newFake(t)
	got := g.resolve(drafts())
	if r := got.Of("openedx/a"); r.Route != "" || len(r.Parties) != 0 {
		t.Errorf("of an advisory that was not asked about: %+v", r)
	}
	if len(got.ByAdvisory) != 0 || len(g.queries) != 0 {
		t.Errorf("Resolve() = %v after %d calls", got, len(g.queries))
	}
}

// However many owners the configuration or an advisory names, each of them counts: the
// limit is that of a file.
func TestResolveMoreThanAFileMayName(t *testing.T) {
	g := newFake(t)
	g.repo("openedx/configured")
	g.repo("openedx/collaborating")
	all := drafts(draft("openedx/configured"), draft("openedx/collaborating"))
	all.Owners = make(map[string][]advisory.Owner)
	for i := range maxNamed + 1 {
		login := fmt.Sprintf("person-%d", i)
		g.member(login)
		o := advisory.Owner{Kind: advisory.User, Name: login}
		all.Owners["openedx/configured"] = append(all.Owners["openedx/configured"], o, o)
		all.Drafts[1].CollaboratingUsers = append(all.Drafts[1].CollaboratingUsers, login, strings.ToUpper(login))
	}
	got := g.resolve(all)
	for _, d := range all.Drafts {
		if r := got.Of(d.ID); len(r.Parties) != maxNamed+1 || r.Problems != nil {
			t.Errorf("%s: %d are told, problems %v", d.ID, len(r.Parties), r.Problems)
		}
	}
}

// The number of calls follows from how many things there are, never from one
// thing at a time.
func TestResolveCalls(t *testing.T) {
	tests := []struct{ repositories, teams, people int }{
		{1, 1, 1}, {1, 0, 1}, {2, 1, 49}, {50, 50, 50}, {51, 51, 51}, {120, 70, 230}, {100, 100, 100}, {101, 101, 101}, {10, 3, 500},
	}
	for _, tt := range tests {
		for _, kind := range []string{"user:", ""} {
			t.Run(fmt.Sprintf("%d %d %d %q", tt.repositories, tt.teams, tt.people, kind), func(t *testing.T) {
				g := newFake(t)
				owners := make([][]string, tt.repositories)
				teams := tt.teams
				for i := range tt.teams {
					slug := fmt.Sprintf("team-%d", i)
					g.team(slug, fmt.Sprintf("person-%d", i%tt.people))
					owners[i%tt.repositories] = append(owners[i%tt.repositories], "group:"+slug)
				}
				for i := range tt.people {
					login := fmt.Sprintf("person-%d", i)
					g.member(login)
					owners[i%tt.repositories] = append(owners[i%tt.repositories], kind+login)
					if kind == "" {
						teams++ // a bare name may be one
					}
				}
				var all []advisory.Advisory
				for i, o := range owners {
					name := fmt.Sprintf("openedx/repository-%d", i)
					g.repo(name, "catalog-info.yaml", "spec:\n  owner: ["+strings.Join(o, ", ")+"]\n")
					all = append(all, draft(name), draft(name))
				}
				got := g.resolve(drafts(all...))
				people := make(map[reminder.Recipient]bool)
				for _, r := range got.ByAdvisory {
					for _, p := range r.Parties {
						people[p.Recipient] = true
						if len(p.Emails) != 2 {
							t.Errorf("%s has addresses %v", p.Recipient, p.Emails)
						}
					}
				}
				if want := min(tt.people, tt.repositories*maxNamed); len(people) != want || len(got.Failures) > 0 {
					t.Errorf("%d people, want %d; failures %v", len(people), want, got.Failures)
				}
				up := func(n, by int) int { return (n + by - 1) / by }
				most := 3 + up(tt.repositories, 50) + up(teams, 50) + up(2*tt.people, 50)
				t.Logf("%d calls, at most %d", len(g.queries), most)
				if len(g.queries) > most {
					t.Errorf("%d calls, want %d or less", len(g.queries), most)
				}
			})
		}
	}
}

func TestResolveMemberPages(t *testing.T) {
	tests := []struct {
		members []int // of one team each
		calls   int   // for further pages
	}{
		{[]int{99}, 0}, {[]int{100}, 0}, {[]int{101}, 1}, {[]int{200}, 1}, {[]int{201}, 2}, {[]int{150, 250, 10}, 2},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprint(tt.members), func(t *testing.T) {
			g := newFake(t)
			var all []advisory.Advisory
			for i, n := range tt.members {
				var members []string
				for m := range n {
					members = append(members, fmt.Sprintf("person-%d-%d", i, m))
				}
				g.team(fmt.Sprintf("team-%d", i), members...)
				name := fmt.Sprintf("openedx/repository-%d", i)
				g.repo(name, "catalog-info.yaml", fmt.Sprintf("spec: {owner: 'group:team-%d'}\n", i))
				all = append(all, draft(name))
			}
			got := g.resolve(drafts(all...))
			for i, n := range tt.members {
				if parties := got.Of(all[i].ID).Parties; len(parties) != n {
					t.Errorf("team %d: %d parties, want %d", i, len(parties), n)
				}
			}
			if n := g.calls("after:"); n != tt.calls {
				t.Errorf("%d calls for further pages, want %d", n, tt.calls)
			}
		})
	}
}

// Further pages of teams that were asked for in several calls go together.
func TestResolveMemberPagesOfManyTeams(t *testing.T) {
	g := newFake(t)
	crowd := make([]string, 101)
	for i := range crowd {
		crowd[i] = fmt.Sprintf("person-%d", i)
	}
	var all []advisory.Advisory
	for i := range 101 {
		slug, name := fmt.Sprintf("team-%d", i), fmt.Sprintf("openedx/repository-%d", i)
		g.team(slug, "alice")
		if i%40 == 0 {
			g.team(slug, crowd...)
		}
		g.repo(name, "catalog-info.yaml", "spec: {owner: 'group:"+slug+"'}\n")
		all = append(all, draft(name))
	}
	got := g.resolve(drafts(all...))
	for i, want := range map[int]int{0: 101, 1: 1, 40: 101, 80: 101, 100: 1} {
		if n := len(got.Of(all[i].ID).Parties); n != want {
			t.Errorf("%s: %d parties, want %d", all[i].ID, n, want)
		}
	}
	if teams, pages := g.calls(aboutTeams), g.calls(aboutPages); teams != 3 || pages != 1 {
		t.Errorf("%d calls for teams and %d for further pages, want 3 and 1", teams, pages)
	}
}

// A team with a contact of its own needs no more than one member.
func TestResolveMemberPagesOfContact(t *testing.T) {
	g := newFake(t)
	var members []string
	for m := range 300 {
		members = append(members, fmt.Sprintf("person-%d", m))
	}
	g.team("x", members...)
	g.repo("openedx/a", "catalog-info.yaml", "spec: {owner: 'group:X'}\n")
	r := drafts(draft("openedx/a"))
	r.HasContact = func(o advisory.Owner, _ string) bool { return o.String() == "group:openedx/x" }
	got := g.resolve(r)
	want := []Party{{Recipient: "team:openedx/x", Owner: advisory.Owner{Kind: advisory.Team, Name: "X"}, Route: FromCatalog}}
	if diff := cmp.Diff(want, got.Of("openedx/a").Parties); diff != "" {
		t.Errorf("parties (-want +got):\n%s", diff)
	}
	if len(g.queries) != 2 {
		t.Errorf("%d calls, want 2", len(g.queries))
	}
}

func TestResolveEndlessPages(t *testing.T) {
	for _, tt := range []struct {
		name, cursor string
		pages        int // after the first
	}{{"the same cursor", `"from-100"`, 1}, {"a new cursor", `"from-%d"`, 49}} {
		t.Run(tt.name, func(t *testing.T) {
			g := newFake(t)
			var members []string
			for m := range 101 {
				members = append(members, fmt.Sprintf("person-%d", m))
			}
			g.team("x", members...)
			g.repo("openedx/a", "catalog-info.yaml", "spec: {owner: 'group:x'}\n")
			g.answer = func(w http.ResponseWriter, query string, call int) bool {
				if !strings.Contains(query, "after:") {
					return false
				}
				c := tt.cursor
				if strings.Contains(c, "%") {
					c = fmt.Sprintf(c, call*1000)
				}
				fmt.Fprintf(w, `{"data":{"q0":{"team":{"members":{"nodes":[null],"pageInfo":{"hasNextPage":true,"endCursor":%s}}}},"__typename":"Query"}}`, c)
				return true
			}
			got := g.resolve(drafts(draft("openedx/a")))
			if n := g.calls("after:"); n != tt.pages {
				t.Errorf("%d further pages, want %d", n, tt.pages)
			}
			if res := got.Of("openedx/a"); !res.Waits || len(got.Failures) != 1 || !strings.Contains(got.Failures[0], "no end") {
				t.Errorf("waits %v, failures %v", res.Waits, got.Failures)
			}
		})
	}
}

// A team without an end waits for nothing where it is too large already.
func TestResolveEndlessTeamThatIsTooLarge(t *testing.T) {
	g := newFake(t)
	var members []string
	for m := range 101 {
		members = append(members, fmt.Sprintf("person-%d", m))
	}
	g.team("x", members...)
	g.repo("openedx/a", "catalog-info.yaml", "spec: {owner: 'group:x'}\n")
	g.answer = func(w http.ResponseWriter, query string, _ int) bool {
		if !strings.Contains(query, "after:") {
			return false
		}
		w.WriteHeader(http.StatusBadGateway)
		return true
	}
	for _, tt := range []struct {
		most   int
		nobody string
		waits  bool
	}{
		{99, "too many people: the owners in catalog-info.yaml come to 100, and max-owner allows 99", false},
		{100, "", true},
	} {
		r := drafts(draft("openedx/a"))
		r.MaxOwner = tt.most
		got := g.resolve(r)
		if res := got.Of("openedx/a"); res.Nobody != tt.nobody || res.Waits != tt.waits || (len(got.Failures) > 0) != tt.waits {
			t.Errorf("at most %d: waits %v, nobody %q, failures %v", tt.most, res.Waits, res.Nobody, got.Failures)
		}
	}
}

func TestResolveFiles(t *testing.T) {
	const problem = "CODEOWNERS was ignored: it is "
	blob := func(text any, binary, truncated bool) fields {
		return fields{"text": text, "isBinary": binary, "isTruncated": truncated}
	}
	tests := []struct {
		name    string
		files   map[string]any
		want    string // login
		problem string
	}{
		{name: "none"},
		{name: "first of three", files: map[string]any{".github/": blob("* @a", false, false), "": blob("* @b", false, false), "docs/": blob("* @c", false, false)}, want: "a"},
		{name: "second of three", files: map[string]any{"": blob("* @b", false, false), "docs/": blob("* @c", false, false)}, want: "b"},
		{name: "third", files: map[string]any{"docs/": blob("* @c", false, false)}, want: "c"},
		{name: "the first that exists is the one", files: map[string]any{".github/": blob("", false, false), "": blob("* @b", false, false)}},
		{name: "a folder is no file", files: map[string]any{".github/": fields{}, "": blob("* @b", false, false)}, want: "b"},
		{name: "binary", files: map[string]any{".github/": blob(nil, true, false), "": blob("* @b", false, false)}, problem: problem + "binary"},
		{name: "cut off", files: map[string]any{"": blob("* @b", false, true)}, problem: problem + "too long for GitHub to show it whole"},
		{name: "no text", files: map[string]any{"": blob(nil, false, false)}, problem: problem + "no text"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := newFake(t)
			g.member("a", "b", "c")
			r := g.repo("openedx/r")
			for folder, f := range tt.files {
				r["HEAD:"+folder+"CODEOWNERS"] = f
			}
			got := g.resolve(drafts(draft("openedx/r"))).Of("openedx/r")
			if logins := logins(got); logins != tt.want {
				t.Errorf("parties %q, want %q", logins, tt.want)
			}
			if p := strings.Join(got.Problems, "; "); p != tt.problem {
				t.Errorf("problems %q, want %q", p, tt.problem)
			}
		})
	}
}

// logins returns the recipients of a resolution, in order.
func logins(r Resolution) string {
	var all []string
	for _, p := range r.Parties {
		all = append(all, strings.TrimPrefix(string(p.Recipient), "user:"))
	}
	return strings.Join(all, " ")
}

func TestResolveRenamed(t *testing.T) {
	g := newFake(t)
	g.team("x", "alice")
	g.repositories["openedx/old"] = g.repo("openedx/New", "catalog-info.yaml", "spec: {owner: 'group:x'}\n")
	g.repositories["openedx/gone"] = g.repo("other/gone", "catalog-info.yaml", "spec: {owner: 'group:x'}\n")
	got := g.resolve(drafts(draft("openedx/old"), draft("openedx/gone"))).ByAdvisory
	if r := got["openedx/old"]; r.Repository.String() != "openedx/New" || logins(*r) != "alice" {
		t.Errorf("renamed: %+v", r)
	}
	if r := got["openedx/gone"]; r.Repository.String() != "other/gone" || len(r.Parties) > 0 || r.Nobody != "the repository moved to other/gone" {
		t.Errorf("moved: %+v", r)
	}
}

func TestResolveCancelled(t *testing.T) {
	for after := range 4 {
		t.Run(fmt.Sprint(after), func(t *testing.T) {
			g := newFake(t)
			g.team("x", "alice")
			g.repo("openedx/a", "catalog-info.yaml", "spec: {owner: ['group:x', 'user:alice']}\n")
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			g.answer = func(_ http.ResponseWriter, _ string, call int) bool {
				if call == after+1 {
					cancel()
				}
				return false
			}
			got, err := g.start().resolve(ctx, drafts(draft("openedx/a")))
			if err == nil || ctx.Err() == nil || err.Error() != "resolve owners: context canceled" {
				t.Errorf("Resolve() = %v, %v", got, err)
			}
		})
	}
}
