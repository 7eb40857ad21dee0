package owner

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
)

// Every kind of query is valid against GitHub's own schema. The fake checks
// each that it gets, in all tests; here it gets all kinds.
func TestQueriesAgainstSchema(t *testing.T) {
	g, r := world(t)
	if g.schema == nil {
		t.Skipf("%s is not there", schemaFile)
	}
	bad, err := parser.ParseQuery(&ast.Source{Input: `{repository(owner: "o", name: "n") {isArchivd}}`})
	if err != nil {
		t.Fatal(err)
	}
	if errs := validator.ValidateWithRules(g.schema, bad, nil); len(errs) == 0 {
		t.Fatal("the schema lets a field pass that does not exist")
	}
	g.repo("openedx/b", "catalog-info.yaml", "spec: {owner: 'user:dave'}\n")
	r.Drafts = append(r.Drafts, draft("openedx/b"))
	g.resolve(r)
	for _, kind := range []string{aboutRepositories, aboutTeams, aboutUsers, aboutPages, aboutPublic, aboutVerified} {
		if g.calls(kind) == 0 {
			t.Errorf("no query holds %s", kind)
		}
	}
}

// The real files of Open edX's repositories are read as a plain look at them
// says.
func TestRealFiles(t *testing.T) {
	const folder = "../../../shared/openedx/catalog"
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Skipf("%s is not there", folder)
	}
	line := regexp.MustCompile(`(?m)^ +owner: *['"]?([^'"\s#]+)`)
	catalogs := 0
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(folder, e.Name(), "catalog-info.yaml"))
		if err == nil {
			catalogs++
			named, err := ParseCatalog(text, "openedx")
			if err != nil {
				t.Errorf("%s: %v", e.Name(), err)
			}
			var want []string
			for _, m := range line.FindAllStringSubmatch(string(text), -1) {
				want = append(want, m[1])
			}
			var got []string
			for _, o := range named.Owners {
				got = append(got, o.String())
			}
			t.Logf("%-32s %s %s", e.Name(), strings.Join(show(named.Owners), ", "), strings.Join(named.Problems, "; "))
			if strings.Join(got, " ") != strings.Join(want, " ") || len(got) == 0 {
				t.Errorf("%s: owners %v, but its lines say %v", e.Name(), got, want)
			}
		}
		if text, err := os.ReadFile(filepath.Join(folder, e.Name(), "CODEOWNERS")); err == nil {
			named, err := ParseCodeowners(text, "openedx")
			if err != nil {
				t.Errorf("%s: %v", e.Name(), err)
			}
			t.Logf("%-32s CODEOWNERS: %v %v", e.Name(), show(named.Owners), named.Problems)
			if hasStar := regexp.MustCompile(`(?m)^\*\s+@`).Match(text); hasStar != (len(named.Owners) > 0) {
				t.Errorf("%s: CODEOWNERS names %v, and has a line for everything: %t", e.Name(), named.Owners, hasStar)
			}
		}
	}
	if t.Logf("%d catalog files", catalogs); catalogs == 0 {
		t.Error("no catalog file was read")
	}
}
