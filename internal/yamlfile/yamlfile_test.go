package yamlfile_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openedx/advisory-reminders/internal/yamlfile"
)

func TestDocuments(t *testing.T) {
	tests := []struct {
		text string
		want []string // type, value and line of each root
	}{
		{"", nil},
		{"\ufeff# nothing\n", nil},
		{"a", []string{"!!str a 1"}},
		{"---\n---\n# x\n--- a\n", []string{"!!null  2", "!!null  4", "!!str a 4"}},
		{"a\n...\nb\n", []string{"!!str a 1", "!!str b 3"}},
		{"a\n... # x\n...\n---\nb\n...", []string{"!!str a 1", "!!null  3", "!!null  4", "!!str b 5", "!!null  7"}},
		{"....a\n", []string{"!!str ....a 1"}},
		{"\ufeff%YAML 1.2\r\n---\r\na\r\n...\r\n%YAML\t1.1\n---\nb\n", []string{"!!str a 3", "!!null  6", "!!str b 7"}},
		{"- &x a\n- [*x]\n", []string{"!!seq  1"}},
	}
	for _, test := range tests {
		docs, err := yamlfile.Documents([]byte(test.text))
		if err != nil {
			t.Errorf("Documents(%q): %v", test.text, err)
		}
		var got []string
		for _, d := range docs {
			got = append(got, fmt.Sprintf("%s %s %d", d.Tag, d.Value, d.Line))
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("Documents(%q) (-want +got):\n%s", test.text, diff)
		}
	}
}

// Each fault that has words of its own is recognized, in the line where it is,
// wherever that line stands and whatever follows.
func TestFaults(t *testing.T) {
	const tab = "not valid YAML (a tab in the indentation)"
	const start = "not valid YAML (a tab in the indentation, or text that begins with @ or ` without quotation marks)"
	tests := []struct{ line, want string }{
		{`  secret: "\secret"`, `not valid YAML (a \ in double quotation marks: use single ones)`},
		{`  secret: "\uD800secret"`, `not valid YAML (a \ in double quotation marks: use single ones)`},
		{"  secret: \xffsecret", "not UTF-8 text"},
		{"  secret: \xed\xa0\x80secret", "not UTF-8 text"},
		{"  # secret\x07", "not plain text (it holds a control character)"},
		{"\tsecret: secret", tab},
		{"  - secret", "not valid YAML (check the quotation marks and indentation)"},
		{"  secret: @secret", start},
		{"  secret: `secret`", start},
		{"  secret: %secret", start},
		{"  secret: >\n\t secret", tab},
		{"  secret: [secret", "not valid YAML (a [ without its ], or text with a ? without quotation marks)"},
		{"  secret: {secret: secret?secret}", "not valid YAML (a { without its }, or text with a ? without quotation marks)"},
		{"  secret", "not valid YAML (a key without a colon)"},
		{"  secret: 'secret", "not valid YAML (a quotation mark without its other half)"},
		{"  secret: *secret", "not valid YAML (an alias that leads nowhere)"},
		{"  secret: secret: secret", "not valid YAML (check the quotation marks and indentation)"},
		{"  secret: 'secret' secret", "not valid YAML (check the quotation marks and indentation)"},
		{" secret: secret", "not valid YAML (check the quotation marks and indentation)"},
		{"}", "not valid YAML (check the quotation marks and indentation)"},
		{"  secret: !secret!secret x", "not valid YAML (check the quotation marks and indentation)"},
		{"  secret: " + strings.Repeat("[", 98) + "x" + strings.Repeat("]", 98), ""},
		{"  secret: " + strings.Repeat("[", 99) + "x" + strings.Repeat("]", 99), "nested too deeply"},
		{"  secret: " + strings.Repeat("[", 10_001), "nested too deeply"},
	}
	for _, test := range tests {
		for _, before := range []int{0, 1, 30} {
			for _, after := range []string{"", "\n", "\n\n  d: e\n\nf: g\n"} {
				text := strings.Repeat("# x\n", before) + "a:\n  b: c\n" + test.line + after
				_, err := yamlfile.Documents([]byte(text))
				want := fmt.Sprintf("line %d is %s", before+3+strings.Count(test.line, "\n"), test.want)
				if test.want == "" && err != nil || test.want != "" && fmt.Sprint(err) != want {
					t.Errorf("Documents(%q) = %v, want %q", text, err, test.want)
				}
			}
		}
	}
}

func TestEntries(t *testing.T) {
	for _, n := range []int{59_999, 60_000} {
		_, err := yamlfile.Documents([]byte(strings.Repeat("- a\n", n)))
		if want := "line 60000 is one entry more than a file can have"; n == 60_000 && fmt.Sprint(err) != want || n < 60_000 && err != nil {
			t.Errorf("%d items: %v", n, err)
		}
	}
	// Of all documents together.
	if _, err := yamlfile.Documents([]byte(strings.Repeat("---\n", 60_001))); err == nil {
		t.Error("60001 documents")
	}
}

func TestAliasOfAnotherDocument(t *testing.T) {
	_, err := yamlfile.Documents([]byte("a: &x secret\n--- # a\nb: c\nd: *x\n"))
	if want := "line 4 is not valid YAML (an alias that leads nowhere)"; fmt.Sprint(err) != want {
		t.Errorf("%v, want %q", err, want)
	}
}
