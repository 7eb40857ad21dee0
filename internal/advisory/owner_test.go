package advisory_test

import (
	"strings"
	"testing"

	"github.com/openedx/advisory-reminders/internal/advisory"
)

func TestParseOwner(t *testing.T) {
	user := func(name string) advisory.Owner { return advisory.Owner{Kind: advisory.User, Name: name} }
	team := func(org, name string) advisory.Owner {
		return advisory.Owner{Kind: advisory.Team, Org: org, Name: name}
	}
	right := []struct {
		text    string
		want    advisory.Owner
		written string
	}{
		{"user:octocat", user("octocat"), "user:octocat"},
		{"User:OctoCat", user("OctoCat"), "user:OctoCat"},
		{" user: @octocat ", user("octocat"), "user:octocat"},
		{"user:octo-cat_corp", user("octo-cat_corp"), "user:octo-cat_corp"},
		{"user:" + strings.Repeat("a", 100), user(strings.Repeat("a", 100)), "user:" + strings.Repeat("a", 100)},
		{"group:maintainers", team("", "maintainers"), "group:maintainers"},
		{"team:maintainers", team("", "maintainers"), "group:maintainers"},
		{"GROUP:@openedx/maintainers", team("openedx", "maintainers"), "group:openedx/maintainers"},
		{"group:Axim Engineering", team("", "Axim Engineering"), "group:Axim Engineering"},
		{"group:openedx/edx.arch", team("openedx", "edx.arch"), "group:openedx/edx.arch"},
	}
	for _, test := range right {
		got, ok := advisory.ParseOwner(test.text)
		if !ok || got != test.want || got.String() != test.written {
			t.Errorf("ParseOwner(%q) = %#v, %t, written %q; want %#v, %q",
				test.text, got, ok, got, test.want, test.written)
		}
		again, ok := advisory.ParseOwner(got.String())
		if !ok || again != got {
			t.Errorf("ParseOwner(%q) = %#v, %t; want %#v", got.String(), again, ok, got)
		}
	}
	for _, text := range []string{
		"", "octocat", "@octocat", ":octocat", "user:", "user: ", "user:@", "user:a b", "user:a/b", "user:a:b", "user:..",
		"user:a@example.org", "user:" + strings.Repeat("a", 101), "user:\u00e9", "org:a", "component:a",
		"group:", "group:@", "group: ", "group:/", "group:a/", "group:/b", "group:a/b/c", "group:a b/c", "group:./b",
		"group:../b", "group:a:b", "group:-", "group:a/---", "group:a/b:c",
	} {
		if got, ok := advisory.ParseOwner(text); ok || got != (advisory.Owner{}) {
			t.Errorf("ParseOwner(%q) = %#v, %t; want none", text, got, ok)
		}
	}
}

func TestBareOwner(t *testing.T) {
	if got := (advisory.Owner{Name: "maintainers"}).String(); got != "maintainers" {
		t.Errorf("a bare owner is written %q", got)
	}
}

func TestSlug(t *testing.T) {
	tests := []struct{ name, want string }{
		{"maintainers", "maintainers"},
		{"Axim Engineering", "axim-engineering"},
		{"  edx.arch  team ", "edx-arch-team"},
		{"a - b", "a-b"},
		{"under_score", "under_score"},
		{"--a--", "a"},
		{"2U", "2u"},
		{"a/b", "a-b"},
		{"My TEam Näme", "my-team-name"}, // GitHub's own example
		{"My TEam Na\u0308me", "my-team-name"},
		{"Équipe Sécurité", "equipe-securite"},
		{"Straße", "strasse"},
		{"Æther & Œuvre", "aether-oeuvre"},
		{"Łódź", "lodz"},
		{"Þór Ðorð", "thor-dord"},
		{"Ångström × Øre", "angstrom-x-ore"},
		{"İstanbul Kıyı Şubesi", "istanbul-kiyi-subesi"},
		{"Đakovo", "dakovo"},
		{"команда a", "a"},
		{"a 🚀 b", "a-b"},
		{"\u0308", ""},
		{"", ""},
		{"...", ""},
	}
	for _, test := range tests {
		got := advisory.Slug(test.name)
		if got != test.want {
			t.Errorf("Slug(%q) = %q, want %q", test.name, got, test.want)
		}
		if again := advisory.Slug(got); again != got {
			t.Errorf("Slug(%q) = %q: the slug of a slug is another", got, again)
		}
	}
}

// Every letter of Latin-1 and of the block after it has plain ones in its place.
func TestSlugKnowsLatinLetters(t *testing.T) {
	for r := 'À'; r <= 'ž'; r++ {
		if r == '÷' {
			continue
		}
		if got := advisory.Slug("-" + string(r) + "-"); got == "" || strings.Trim(got, "abcdefghijklmnopqrstuvwxyz") != "" {
			t.Errorf("Slug(%q) = %q", r, got)
		}
	}
}

func TestIsBot(t *testing.T) {
	for login, want := range map[string]bool{
		"dependabot[bot]": true, "Renovate[BOT]": true, "robot": false, "bot": false, "[bot]x": false,
	} {
		if got := advisory.IsBot(login); got != want {
			t.Errorf("IsBot(%q) = %t", login, got)
		}
	}
}
