package owner

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openedx/advisory-reminders/internal/advisory"
)

// show writes owners with their kind, so that a bare one can be told from
// others.
func show(owners []advisory.Owner) []string {
	kinds := map[advisory.OwnerKind]string{advisory.Bare: "bare ", advisory.User: "", advisory.Team: ""}
	var all []string
	for _, o := range owners {
		all = append(all, kinds[o.Kind]+o.String())
	}
	return all
}

func TestParseCatalogOwner(t *testing.T) {
	tests := []struct {
		name    string
		owner   string // what stands behind "owner:"
		want    []string
		problem string
	}{
		{name: "team", owner: " group:arbi-bom", want: []string{"group:arbi-bom"}},
		{name: "user", owner: " user:octocat", want: []string{"user:octocat"}},
		{name: "bare", owner: " octocat", want: []string{"bare octocat"}},
		{name: "kind in capitals", owner: " GROUP:x", want: []string{"group:x"}},
		{name: "kind in mixed case", owner: " uSer:x", want: []string{"user:x"}},
		{name: "kind team", owner: " Team:x", want: []string{"group:x"}},
		{name: "namespace default", owner: " group:default/x", want: []string{"group:x"}},
		{name: "namespace Default", owner: " group:Default/x", want: []string{"group:x"}},
		{name: "namespace of the organization", owner: " group:openedx/x", want: []string{"group:x"}},
		{name: "namespace in another case", owner: " group:OpenEdX/x", want: []string{"group:x"}},
		{name: "user with a namespace", owner: " user:default/octocat", want: []string{"user:octocat"}},
		{name: "user of the organization", owner: " user:openedx/octocat", want: []string{"user:octocat"}},
		{name: "bare with a namespace", owner: " default/x", want: []string{"bare x"}},
		{name: "foreign namespace", owner: " group:other/x", problem: `line 3: "group:other/x" is not of openedx`},
		{name: "foreign user", owner: " user:other/x", problem: `line 3: "user:other/x" is not of openedx`},
		{name: "foreign bare", owner: " other/x", problem: `line 3: "other/x" is not of openedx`},
		{name: "namespace with that prefix", owner: " group:openedx2/x", problem: `line 3: "group:openedx2/x" is not of openedx`},
		{name: "empty namespace", owner: " group:/x", problem: `line 3: "group:/x" is not of openedx`},
		{name: "two namespaces", owner: " group:openedx/a/b", problem: `line 3: "group:openedx/a/b" names no owner`},
		{name: "unknown kind", owner: " system:x", problem: `line 3: "system:x" is neither a group nor a user`},
		{name: "kind without a name", owner: ` "group:"`, problem: `line 3: "group:" names no owner`},
		{name: "name without a kind", owner: ` ":x"`, problem: `line 3: ":x" names no owner`},
		{name: "empty text", owner: ` ""`, problem: "line 3: an owner is empty"},
		{name: "null", owner: " null"},
		{name: "tilde", owner: " ~"},
		{name: "nothing", owner: ""},
		{name: "single quotes", owner: " 'group:x'", want: []string{"group:x"}},
		{name: "double quotes", owner: ` "user:x"`, want: []string{"user:x"}},
		{name: "at sign", owner: ` "@octocat"`, want: []string{"bare octocat"}},
		{name: "at sign and organization", owner: ` "@openedx/x"`, want: []string{"bare x"}},
		{name: "at sign behind the kind", owner: ` "user:@octocat"`, want: []string{"user:octocat"}},
		{name: "address", owner: " someone@example.org", problem: `line 3: "someone@example.org" names no owner`},
		{name: "comment", owner: " group:x # them", want: []string{"group:x"}},
		{name: "blanks", owner: "    group: x", problem: "?"},
		{name: "quoted blanks", owner: ` " group: x "`, want: []string{"group:x"}},
		{name: "dots", owner: " group:wg-maintenance-docs.openedx.org", want: []string{"group:wg-maintenance-docs.openedx.org"}},
		{name: "spaces", owner: " group:Axim Engineering", want: []string{"group:Axim Engineering"}},
		{name: "bare with spaces", owner: " Axim Engineering", want: []string{"bare Axim Engineering"}},
		{name: "user with spaces", owner: " user:Octo Cat", problem: `line 3: "user:Octo Cat" names no owner`},
		{name: "only dashes", owner: " group:---", problem: `line 3: "group:---" names no owner`},
		{name: "number", owner: " 2021", want: []string{"bare 2021"}},
		{name: "truth", owner: " true", want: []string{"bare true"}},
		{name: "tag", owner: " !!str group:x", want: []string{"group:x"}},
		{name: "anchor", owner: " &a group:x", want: []string{"group:x"}},
		{name: "literal", owner: " |\n    group:x", want: []string{"group:x"}},
		{name: "two lines", owner: " \"group:x\\ny\"", problem: `line 3: "group:x\ny" names no owner`},
		{name: "flow list", owner: " [group:a, user:b, c]", want: []string{"group:a", "user:b", "bare c"}},
		{name: "block list", owner: "\n    - group:a\n    - user:b # him", want: []string{"group:a", "user:b"}},
		{name: "list with null", owner: " [~, group:a, null]", want: []string{"group:a"}},
		{name: "list twice the same", owner: " [group:a, GROUP:A, group:default/a]", want: []string{"group:a"}},
		{name: "list with a foreign one", owner: "\n  - group:a\n  - group:other/b", want: []string{"group:a"}, problem: `line 5: "group:other/b" is not of openedx`},
		{name: "empty list", owner: " []"},
		{name: "mapping", owner: " {group: x}", problem: "line 3: an owner is neither a name nor a list of names"},
		{name: "list in a list", owner: " [[a]]", problem: "line 3: an owner is neither a name nor a list of names"},
		{name: "template", owner: " ${{ values.owner }}", want: []string{"bare ${{ values.owner }}"}},
		{name: "long", owner: " group:" + strings.Repeat("x", 101), problem: `line 3: "group:` + strings.Repeat("x", 74) + `..." names no owner`},
		{name: "as long as can be", owner: " group:" + strings.Repeat("x", 100), want: []string{"group:" + strings.Repeat("x", 100)}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ParseCatalog([]byte("kind: Component\nspec:\n  owner:"+tt.owner+"\n"), "openedx")
			if tt.problem == "?" {
				if err == nil {
					t.Fatalf("ParseCatalog() = %v, want an error", got)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, show(got.Owners)); diff != "" {
				t.Errorf("owners (-want +got):\n%s", diff)
			}
			if got := strings.Join(got.Problems, "; "); got != tt.problem {
				t.Errorf("problems = %q, want %q", got, tt.problem)
			}
		})
	}
}

func TestParseCatalogFile(t *testing.T) {
	tests := []struct {
		name string
		text string
		want []string
		err  string
	}{
		{name: "empty"},
		{name: "comment", text: "# nothing\n"},
		{name: "only a marker", text: "---\n"},
		{name: "no spec", text: "kind: Component\n"},
		{name: "spec null", text: "kind: Component\nspec:\n"},
		{name: "spec a text", text: "spec: owner\n"},
		{name: "not a mapping", text: "- spec\n"},
		{name: "list inside braces", text: "spec: {owner: [group:a, user:b, c, 'group:d']}\n", want: []string{"group:a", "user:b", "bare c", "group:d"}},
		{name: "mapping inside braces", text: "spec: {owner: [group: a, {user: b}, {user:c}]}\n"},
		{name: "mapping in a list", text: "spec:\n  owner:\n    - group: a\n"},
		{name: "no kind", text: "spec: {owner: x}\n", want: []string{"bare x"}},
		{name: "kind null", text: "kind:\nspec: {owner: x}\n", want: []string{"bare x"}},
		{
			name: "Components before others",
			text: "kind: API\nspec: {owner: a}\n---\nkind: Component\nspec: {owner: b}\n---\nkind: System\nspec: {owner: c}\n---\nkind: Component\nspec: {owner: d}\n",
			want: []string{"bare b", "bare d"},
		},
		{
			name: "kind in another case",
			text: "kind: API\nspec: {owner: a}\n---\nkind: COMPONENT\nspec: {owner: b}\n",
			want: []string{"bare b"},
		},
		{
			name: "no Component",
			text: "kind: API\nspec: {owner: a}\n---\nkind: System\nspec: {owner: c}\n",
			want: []string{"bare a", "bare c"},
		},
		{
			name: "a Component of nobody",
			text: "kind: Component\nspec: {owner: ~}\n---\nkind: System\nspec: {owner: c}\n",
			want: []string{"bare c"},
		},
		{name: "empty documents first", text: "---\n---\n# x\n---\nspec: {owner: a}\n", want: []string{"bare a"}},
		{name: "document ends", text: "spec: {owner: a}\n...\nspec: {owner: b}\n...\n", want: []string{"bare a", "bare b"}},
		{name: "directive", text: "# x\n%YAML 1.2\n---\nspec: {owner: a}\n", want: []string{"bare a"}},
		{name: "directive first", text: "%YAML 1.2\n---\nspec: {owner: a}\n", want: []string{"bare a"}},
		{name: "content behind a marker", text: "--- {spec: {owner: a}}\n", want: []string{"bare a"}},
		{name: "dashes in a text", text: "a: b\n----x: c\nspec: {owner: a}\n", want: []string{"bare a"}},
		{name: "byte order mark", text: "\ufeffkind: Component\nspec:\n  owner: a\n---\nspec: {owner: b}\n", want: []string{"bare a"}},
		{name: "CRLF", text: "kind: Component\r\nspec:\r\n  owner: a\r\n---\r\nspec: {owner: b}\r\n", want: []string{"bare a"}},
		{name: "tab behind the value", text: "spec:\n  owner: a\t# x\n", want: []string{"bare a"}},
		{name: "quoted keys", text: "\"kind\": Component\n'spec':\n  \"owner\": a\n", want: []string{"bare a"}},
		{name: "explicit key", text: "? spec\n: owner: a\n", want: []string{"bare a"}},
		{name: "alias", text: "x: &o [group:a, b]\nspec:\n  owner: *o\n", want: []string{"group:a", "bare b"}},
		{name: "alias in a list", text: "x: &o group:a\nspec:\n  owner: [*o, b]\n", want: []string{"group:a", "bare b"}},
		{name: "alias of spec", text: "x: &s\n  owner: a\nspec: *s\n", want: []string{"bare a"}},
		{name: "merged", text: "x: &s\n  owner: a\nspec:\n  <<: *s\n  type: y\n", want: []string{"bare a"}},
		{name: "merged and own", text: "x: &s\n  owner: a\nspec:\n  <<: *s\n  owner: b\n", want: []string{"bare b"}},
		{name: "alias to nowhere", text: "spec:\n  owner: *o\n", err: "line 2 is not valid YAML (an alias that leads nowhere)"},
		{name: "alias of another document", text: "x: &o a\n---\nspec: {owner: *o}\n", err: "line 3 is not valid YAML (an alias that leads nowhere)"},
		{name: "alias to itself", text: "spec:\n  owner: &o [*o]\n"},
		{name: "alias round in a circle", text: "a: &a *b\nb: &b *a\nspec: {owner: *a}\n", err: "?"},
		{name: "tab", text: "spec:\n\towner: x\n", err: "line 2 is not valid YAML (a tab in the indentation, or text that begins with @ or ` without quotation marks)"},
		{name: "at sign", text: "spec:\n  owner: @x\n", err: "line 2 is not valid YAML (a tab in the indentation, or text that begins with @ or ` without quotation marks)"},
		{name: "error in the second document", text: "spec: {owner: a}\n---\n# x\na: 'b\n", err: "line 4 is not valid YAML (a quotation mark without its other half)"},
		{name: "twice the same key", text: "spec: {owner: a}\nspec: {owner: b}\n", err: "line 2 repeats the key of line 1"},
		{name: "twice the same key far down", text: "metadata:\n  tags:\n    - {a: 1, 'a': 2}\nspec: {owner: b}\n", err: "line 3 repeats the key of line 3"},
		{name: "wrong quotes", text: "metadata:\n  name: x\n  description: 'it's ours'\n  tags: []\nspec: {owner: a}\n", err: "line 3 is not valid YAML (check the quotation marks and indentation)"},
		{name: "wrong indentation", text: "metadata:\n  name: x\nspec:\n  type: library\n owner: a\n", err: "line 5 is not valid YAML (check the quotation marks and indentation)"},
		{name: "as long as can be", text: "spec: {owner: a}\n#" + strings.Repeat("x", maxCatalog-18), want: []string{"bare a"}},
		{name: "too long", text: "spec: {owner: a}\n#" + strings.Repeat("x", maxCatalog-17), err: "larger than 64 KiB"},
		{name: "as deep as can be", text: "x: " + strings.Repeat("[", 100) + strings.Repeat("]", 100) + "\nspec: {owner: a}\n", want: []string{"bare a"}},
		{name: "too deep", text: "x: " + strings.Repeat("[", 101) + strings.Repeat("]", 101) + "\nspec: {owner: a}\n", err: "line 1 is nested too deeply"},
		{name: "too deep in a line", text: strings.Repeat("- ", 101) + "a\n", err: "line 1 is nested too deeply"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ParseCatalog([]byte(tt.text), "openedx")
			if tt.err == "?" {
				if err == nil {
					t.Fatalf("ParseCatalog() = %v, want an error", got)
				}
				return
			}
			if fmt.Sprint(err) != tt.err && (err != nil || tt.err != "") {
				t.Fatalf("ParseCatalog() error = %v, want %q", err, tt.err)
			}
			if diff := cmp.Diff(tt.want, show(got.Owners)); diff != "" {
				t.Errorf("owners (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseCatalogManyOwners(t *testing.T) {
	for _, n := range []int{maxNamed - 1, maxNamed, maxNamed + 1, maxNamed + 50} {
		var b strings.Builder
		b.WriteString("spec:\n  owner:\n")
		for i := range n {
			fmt.Fprintf(&b, "  - group:t%d\n", i)
		}
		got, err := ParseCatalog([]byte(b.String()), "openedx")
		if err != nil {
			t.Fatal(err)
		}
		if want := min(n, maxNamed); len(got.Owners) != want {
			t.Errorf("%d owners: got %d, want %d", n, len(got.Owners), want)
		}
		if want := n > maxNamed; (len(got.Problems) == 1) != want {
			t.Errorf("%d owners: problems %v", n, got.Problems)
		}
	}
}

// Texts made to hang or to explode are over in a moment.
func TestParseCatalogHostile(t *testing.T) {
	bomb := "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
	for c := 'b'; c <= 'z'; c++ {
		bomb += fmt.Sprintf("%c: &%c [%s]\n", c, c, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*%c, ", c-1), 10), ", "))
	}
	tests := map[string]string{
		"bomb":         bomb + "spec: {owner: *z}\n",
		"brackets":     strings.Repeat("[", 60000),
		"braces":       strings.Repeat("{a: ", 16000),
		"dashes":       strings.Repeat("- ", 32000),
		"questions":    strings.Repeat("? ", 32000),
		"questions 2":  strings.Repeat("?\n", 32000),
		"tags":         strings.Repeat("!a ", 21000),
		"tags 2":       strings.Repeat("!a\n", 21000),
		"anchors":      strings.Repeat("&a ", 21000),
		"anchors 2":    strings.Repeat("&a\n", 21000),
		"documents":    strings.Repeat("---\n", 16000),
		"list":         "spec:\n  owner:\n" + strings.Repeat("  - a\n", 10000),
		"complaints":   "spec:\n  owner:\n" + strings.Repeat("  - a:b\n", 7000),
		"quotes":       "a: \"" + strings.Repeat("\\\"", 30000),
		"open quotes":  strings.Repeat("a: \"\n", 13000),
		"brackets 2":   strings.Repeat("[\n", 90) + strings.Repeat("[]\n", 20000),
		"indentation":  staircase(340),
		"dash columns": strings.Repeat("-\n ", 20000),
	}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			if len(text) > maxCatalog {
				t.Fatalf("the text has %d bytes, so that it tests nothing", len(text))
			}
			done := make(chan struct{})
			go func() {
				defer close(done)
				_, _ = ParseCatalog([]byte(text), "openedx")
			}()
			select {
			case <-done:
			case <-time.After(time.Minute):
				t.Fatal("still parsing after a minute")
			}
		})
	}
}

func staircase(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.Repeat(" ", i) + "k:\n")
	}
	return b.String()
}

func FuzzCatalog(f *testing.F) {
	for _, s := range []string{
		"kind: Component\nspec:\n  owner: group:x\n",
		"kind: API\nspec:\n  owner: [user:a, ~, default/b]\n---\nkind: Component\nspec: {owner: 'c'}\n",
		"a: &o group:x\nspec:\n  owner: *o\n",
		"s: &s {owner: x}\nspec:\n  <<: *s\n",
		"\ufeff%YAML 1.2\r\n---\r\nspec:\r\n  owner: |\r\n    group:x\r\n...\r\n",
		"? spec\n: owner: !!str 12\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		named, err := ParseCatalog(text, "openedx")
		if err != nil && len(named.Owners)+len(named.Problems) > 0 {
			t.Fatal("an error and owners")
		}
		checkNamed(t, named)
	})
}

// checkNamed checks what holds for whatever a file names.
func checkNamed(t *testing.T, named Named) {
	t.Helper()
	if len(named.Owners) > maxNamed || len(named.Problems) > maxNamed {
		t.Fatal("too much")
	}
	for _, o := range named.Owners {
		if o.Org != "" {
			t.Errorf("%s: another organization's", o)
		}
		if advisory.Slug(o.Name) == "" {
			t.Errorf("%q: no name", o.Name)
		}
		if strings.ContainsAny(o.Name, "\n\r/:") {
			t.Errorf("%q: not one name", o.Name)
		}
	}
	for _, p := range named.Problems {
		if strings.ContainsAny(p, "\n\r") || len(p) > 1000 {
			t.Errorf("problem of more than a line: %q", p)
		}
	}
}
