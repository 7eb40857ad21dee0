package load

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for path, text := range files {
		full := filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"catalog/MANIFEST.tsv":                "ignored\n",
		"catalog/a/catalog-info.yaml":         "spec:\n  owner: group:docs.team one\n",
		"catalog/b/catalog-info.yaml":         "spec:\n  owner: [user:Someone, alpha]\n---\nspec:\n  owner: group:other/foreign\n",
		"catalog/b/CODEOWNERS":                "* @org/alpha a@example.org # @nobody\n/x @helper @strange/team\n",
		"catalog/c/catalog-info.yaml":         "spec: {owner: beta-engineering}\n",
		"catalog/d/catalog-info.yaml":         "spec: {owner: two-dashes-here}\n",
		"catalog/e/catalog-info.yaml":         "spec: {owner: \"broken\n",
		"catalog/f/catalog-info.yaml":         "spec: {owner: GROUP:default/ALPHA}\n",
		"catalog/f/openedx.yaml":              "tags: []\n",
		"catalog/f/something-else":            "ignored\n",
		"advisories/index.json":               `[{"ghsa_id":"GHSA-2222-2222-2222","repository":"x/a","severity":"HIGH","cvss":{"score":7.5,"vector_string":"V"},"published_at":"2024-05-31T10:00:00Z","summary":"s","cve_id":null},{"ghsa_id":"ghsa-3333-3333-333X","repository":"x/unlisted","severity":null,"cvss":null,"published_at":null},{"ghsa_id":"GHSA-4444-4444-4444","repository":"x/a","published_at":"2999-05-01"}]`,
		"advisories/SOURCES.txt":              "ignored",
		"advisories/deeper/not-an-index.json": "{}",
	})
	w, err := Load(dir, "org")
	if err != nil {
		t.Fatal(err)
	}
	o := w.Organization("org")
	teams := map[string]string{}
	for _, team := range o.Teams {
		teams[team.Slug] = team.Name + ": " + strings.Join(team.Members, " ")
	}
	if diff := cmp.Diff(map[string]string{
		"docs-team-one":    "docs.team one: docs-team-one-1 docs-team-one-2",
		"alpha":            "alpha: alpha-1 alpha-2",
		"beta-engineering": "beta-engineering: beta-engineering-1 beta-engineering-2",
	}, teams); diff != "" {
		t.Errorf("teams (-want +got)\n%s", diff)
	}
	for login, want := range map[string]bool{"someone": true, "helper": true, "two-dashes-here": true, "alpha": false, "nobody": false, "broken": false} {
		if got := o.HasMember(login); got != want {
			t.Errorf("%s is a member: %v, want %v", login, got, want)
		}
	}
	if got := o.VerifiedAddresses(w.User("Someone")); len(got) != 1 || got[0] != "someone@example.org" {
		t.Errorf("addresses of someone: %v", got)
	}
	if files := w.Repository("org/f").Files; len(files) != 2 {
		t.Errorf("files of f: %v", files)
	}
	if r := w.Repository("org/unlisted"); r == nil || len(r.Files) != 0 {
		t.Errorf("the repository that only an advisory names: %+v", r)
	}
	first, rest, future := w.Advisories[0], w.Advisories[1], w.Advisories[2]
	created := time.Date(2024, time.March, 2, 10, 0, 0, 0, time.UTC) // 90 days before
	if first.State != "draft" || !first.Created.Equal(created) || first.Score != 7.5 || first.Severity != "high" || first.Repository != "org/a" {
		t.Errorf("first: %+v", first)
	}
	if !rest.Created.Equal(created.AddDate(0, 0, -7)) || rest.Severity != "" || rest.ID != "GHSA-3333-3333-333x" {
		t.Errorf("without a publication: %+v", rest)
	}
	if !future.Created.Before(time.Now()) || future.Created.Month() != time.January {
		t.Errorf("published in the future: %v", future.Created)
	}
}

func TestLoadFailures(t *testing.T) {
	for name, tt := range map[string]struct {
		files map[string]string
		want  string
	}{
		"no catalog":       {map[string]string{"advisories/x.json": "[]"}, "load catalog"},
		"no JSON":          {map[string]string{"catalog/M": "", "advisories/x.json": "{"}, "load advisories: decode x.json"},
		"an object":        {map[string]string{"catalog/M": "", "advisories/x.json": `{}`}, `load advisories: decode x.json: the JSON object is not a list of advisories`},
		"a list of words":  {map[string]string{"catalog/M": "", "advisories/x.json": `[{"ghsa_id":"GHSA-2222-2222-2222","repository":"a/b"}, "GHSA-2222-2222-2222"]`}, `decode x.json: entry 2: the JSON string is not an advisory`},
		"no id":            {map[string]string{"catalog/M": "", "advisories/x.json": `[{"ghsa_id":"GHSA-2222-2222-2222","repository":"a/b"}, {"repository":"a/b"}]`}, `decode x.json: entry 2: ghsa_id "" is not`},
		"no such id":       {map[string]string{"catalog/M": "", "advisories/x.json": `[{"ghsa_id":"GHSA-1","repository":"a/b"}]`}, `entry 1: ghsa_id "GHSA-1" is not of the form`},
		"a number":         {map[string]string{"catalog/M": "", "advisories/x.json": `[{"ghsa_id":7}]`}, `entry 1: ghsa_id has a value of the wrong type, number`},
		"no repository":    {map[string]string{"catalog/M": "", "advisories/x.json": `[{"ghsa_id":"GHSA-2222-2222-2222"}]`}, `entry 1: GHSA-2222-2222-2222: repository "" is not`},
		"no such severity": {map[string]string{"catalog/M": "", "advisories/x.json": `[{"ghsa_id":"GHSA-2222-2222-2222","repository":"a/b"}, {"ghsa_id":"GHSA-2222-2222-2222","repository":"a/b","severity":"hgih"}]`}, `entry 2: GHSA-2222-2222-2222: severity "hgih" is none of`},
		"no time":          {map[string]string{"catalog/M": "", "advisories/x.json": `[{"ghsa_id":"GHSA-2222-2222-2222","repository":"a/b","published_at":"soon"}]`}, `published_at "soon" is no time`},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, tt.files)
			if _, err := Load(dir, "org"); err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "Go ") {
				t.Errorf("%v, want %s, and no types of Go", err, tt.want)
			}
		})
	}
}

// The organization's own files, where they are at hand.
func TestLoadOpenEdX(t *testing.T) {
	const dir = "../../../../shared/openedx"
	if _, err := os.Stat(dir); err != nil {
		t.Skip("the organization's files are not at hand")
	}
	w, err := Load(dir, "openedx")
	if err != nil {
		t.Fatal(err)
	}
	o := w.Organization("openedx")
	if len(w.Repositories) < 42 || len(w.Advisories) != 16 {
		t.Errorf("%d repositories and %d advisories", len(w.Repositories), len(w.Advisories))
	}
	for _, slug := range []string{"axim-engineering", "tcril-engineering", "wg-maintenance-docs-openedx-org", "committers-frontend", "openedx-unmaintained", "axim-oncall"} {
		if team := o.Team(slug); team == nil || len(team.Members) != 2 {
			t.Errorf("team %s: %+v", slug, team)
		}
	}
	if team := o.Team("teaching-and-learning"); team == nil {
		t.Error("the team that a group: names is missing")
	}
	for _, login := range []string{"feanil", "jacobo-dominguez-wgu", "farhan", "axim-engineering-1"} {
		if !o.HasMember(login) {
			t.Errorf("%s is no member", login)
		}
	}
	for _, a := range w.Advisories {
		if a.State != "draft" || !a.Created.Before(w.Now()) || w.Repository(a.Repository) == nil {
			t.Errorf("%s: %s, created %v, in %s", a.ID, a.State, a.Created, a.Repository)
		}
	}
}
