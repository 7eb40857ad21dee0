package owner

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseCodeowners(t *testing.T) {
	tests := []struct {
		name     string
		text     string
		want     []string
		problems []string
	}{
		{name: "empty"},
		{name: "user", text: "* @octocat\n", want: []string{"user:octocat"}},
		{name: "team", text: "* @openedx/x\n", want: []string{"group:x"}},
		{name: "team in another case", text: "* @OpenEdX/X\n", want: []string{"group:X"}},
		{name: "several", text: "* @a @openedx/b\t@c\n", want: []string{"user:a", "group:b", "user:c"}},
		{name: "the last one counts", text: "* @a\n*.py @b\n* @c\n/docs @d\n", want: []string{"user:c"}},
		{name: "the last one has none", text: "* @a\n*\n"},
		{name: "the last one has a comment only", text: "* @a\n* # @b\n"},
		{name: "no rule for everything", text: "/docs @a\n*.py @b\n"},
		{name: "foreign team", text: "* @other/x @a\n", want: []string{"user:a"}, problems: []string{`line 1: "@other/x" is not of openedx`}},
		{name: "foreign team of an earlier rule", text: "* @other/x\n* @a\n", want: []string{"user:a"}},
		{name: "address", text: "* docs@example.org @a\n", want: []string{"user:a"}},
		{name: "only an address", text: "* docs@example.org\n"},
		{name: "bot", text: "* @dependabot[bot] @a\n", want: []string{"user:a"}},
		{name: "comment", text: "# * @a\n#* @b\n"},
		{name: "inline comment", text: "* @a # @b\n", want: []string{"user:a"}},
		{name: "inline comment without a space", text: "* @a #@b\n", want: []string{"user:a"}},
		{name: "hash inside a word", text: "* @a\n* @b#c\n", want: []string{"user:a"}, problems: []string{`line 2: "@b#c" is not an owner, so GitHub skips the line`}},
		{name: "escaped hash", text: "\\#* @a\n"},
		{name: "escaped star", text: "\\* @a\n"},
		{name: "escaped space", text: "*\\ x @a\n"},
		{name: "invalid word", text: "* @a\n* @b c\n", want: []string{"user:a"}, problems: []string{`line 2: "c" is not an owner, so GitHub skips the line`}},
		{name: "only an invalid line", text: "* octocat\n", problems: []string{`line 1: "octocat" is not an owner, so GitHub skips the line`}},
		{name: "half an address", text: "* a@\n", problems: []string{`line 1: "a@" is not an owner, so GitHub skips the line`}},
		{name: "at sign alone", text: "* @\n", problems: []string{`line 1: "@" is not an owner, so GitHub skips the line`}},
		{name: "team without a name", text: "* @openedx/\n", problems: []string{`line 1: "@openedx/" is not an owner, so GitHub skips the line`}},
		{name: "team without an organization", text: "* @/x\n", problems: []string{`line 1: "@/x" is not an owner, so GitHub skips the line`}},
		{name: "comma behind a team", text: "* @a\n* @openedx/b, @openedx/c\n", want: []string{"user:a"}, problems: []string{`line 2: "@openedx/b," is not an owner, so GitHub skips the line`}},
		{name: "commas without spaces", text: "* @openedx/b,@openedx/c\n", problems: []string{`line 1: "@openedx/b,@openedx/c" is not an owner, so GitHub skips the line`}},
		{name: "comma behind a user", text: "* @b, @c\n", problems: []string{`line 1: "@b," is not an owner, so GitHub skips the line`}},
		{name: "comma alone", text: "* @b , @c\n", problems: []string{`line 1: "," is not an owner, so GitHub skips the line`}},
		{name: "comma behind an address", text: "* docs@example.org, @b\n", problems: []string{`line 1: "docs@example.org," is not an owner, so GitHub skips the line`}},
		{name: "semicolon", text: "* @openedx/b;\n", problems: []string{`line 1: "@openedx/b;" is not an owner, so GitHub skips the line`}},
		{name: "display name", text: "* @openedx/Core.Team\n", problems: []string{`line 1: "@openedx/Core.Team" is not an owner, so GitHub skips the line`}},
		{name: "display name with a space", text: "* @openedx/core team\n", problems: []string{`line 1: "team" is not an owner, so GitHub skips the line`}},
		{name: "letters that no slug has", text: "* @openedx/näme\n", problems: []string{`line 1: "@openedx/näme" is not an owner, so GitHub skips the line`}},
		{name: "brackets", text: "* <@openedx/b> [@c]\n", problems: []string{`line 1: "<@openedx/b>" is not an owner, so GitHub skips the line`}},
		{name: "brackets around a user", text: "* @[c]\n", problems: []string{`line 1: "@[c]" is not an owner, so GitHub skips the line`}},
		{name: "quotation marks", text: "* '@openedx/b'\n", problems: []string{`line 1: "'@openedx/b'" is not an owner, so GitHub skips the line`}},
		{name: "two at signs", text: "* @@b\n", problems: []string{`line 1: "@@b" is not an owner, so GitHub skips the line`}},
		{name: "three levels", text: "* @openedx/b/c\n", problems: []string{`line 1: "@openedx/b/c" is not an owner, so GitHub skips the line`}},
		{name: "malformed foreign team", text: "* @other/x, @b\n", problems: []string{`line 1: "@other/x," is not an owner, so GitHub skips the line`}},
		{name: "login with an underscore", text: "* @ann_acme\n", want: []string{"user:ann_acme"}},
		{name: "login with a dot", text: "* @ann.b\n", problems: []string{`line 1: "@ann.b" is not an owner, so GitHub skips the line`}},
		{name: "colon", text: "*: @b\n"},
		{name: "excluded", text: "* @a\n!* @b\n", want: []string{"user:a"}},
		{name: "hash behind an owner", text: "* @b# c\n", problems: []string{`line 1: "@b#" is not an owner, so GitHub skips the line`}},
		{name: "two stars", text: "** @a\n"},
		{name: "slash and star", text: "/* @a\n"},
		{name: "slash and two stars", text: "/** @a\n"},
		{name: "star dot star", text: "*.* @a\n"},
		{name: "star and owner in one", text: "*@a\n"},
		{name: "indented", text: "  \t* @a\n", want: []string{"user:a"}},
		{name: "CRLF", text: "* @a\r\n* @b\r\n", want: []string{"user:b"}},
		{name: "no newline at the end", text: "* @a\n* @b", want: []string{"user:b"}},
		{name: "byte order mark", text: "\ufeff* @a\n", want: []string{"user:a"}},
		{name: "twice the same", text: "* @a @A @openedx/b @OPENEDX/B\n", want: []string{"user:a", "group:b"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ParseCodeowners([]byte(tt.text), "openedx")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, show(got.Owners)); diff != "" {
				t.Errorf("owners (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.problems, got.Problems); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseCodeownersSize(t *testing.T) {
	rule := "* @a\n#"
	for _, tt := range []struct {
		size int
		ok   bool
	}{{maxCodeowners - 1, true}, {maxCodeowners, true}, {maxCodeowners + 1, false}} {
		got, err := ParseCodeowners([]byte(rule+strings.Repeat("x", tt.size-len(rule))), "openedx")
		if (err == nil) != tt.ok || (len(got.Owners) == 1) != tt.ok {
			t.Errorf("%d bytes: %v, %v", tt.size, got, err)
		}
	}
}

func FuzzCodeowners(f *testing.F) {
	for _, s := range []string{
		"* @a @openedx/b # c\n",
		"* @other/x\r\n*\r\n",
		"\\#x @a\n*\\ y @b\n** @c\n* d@example.org\n",
		"* @a[bot] @/ e\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		named, err := ParseCodeowners(text, "openedx")
		if err != nil && len(text) <= maxCodeowners {
			t.Fatal(err)
		}
		checkNamed(t, named)
	})
}
