package advisory_test

import (
	"strings"
	"testing"

	"github.com/openedx/advisory-reminders/internal/advisory"
)

func TestParseRepository(t *testing.T) {
	long := strings.Repeat("a", 100)
	right := []struct {
		text string
		want advisory.Repository
		key  string
	}{
		{"openedx/XBlock", advisory.Repository{Owner: "openedx", Name: "XBlock"}, "openedx/xblock"},
		{"OpenEdX/docs.openedx.org", advisory.Repository{Owner: "OpenEdX", Name: "docs.openedx.org"}, "openedx/docs.openedx.org"},
		{"a/.github", advisory.Repository{Owner: "a", Name: ".github"}, "a/.github"},
		{"a-b/c_d-1", advisory.Repository{Owner: "a-b", Name: "c_d-1"}, "a-b/c_d-1"},
		{"a/" + long, advisory.Repository{Owner: "a", Name: long}, "a/" + long},
	}
	for _, test := range right {
		got, ok := advisory.ParseRepository(test.text)
		if !ok || got != test.want || got.String() != test.text || got.Key() != test.key {
			t.Errorf("ParseRepository(%q) = %#v, %t; want %#v with key %q", test.text, got, ok, test.want, test.key)
		}
	}
	for _, text := range []string{
		"", "/", "a", "a/", "/b", "a/b/c", "a/.", "a/..", "./b", "../b", "a b/c", "a/b c", " a/b", "a/b\n", "a/b?c", "a/b#c",
		"a/%2e", "a/\u00e9", "https://github.com/a/b", "a/" + long + "a",
	} {
		if got, ok := advisory.ParseRepository(text); ok || got != (advisory.Repository{}) {
			t.Errorf("ParseRepository(%q) = %#v, %t; want none", text, got, ok)
		}
	}
}

func TestCanonicalID(t *testing.T) {
	for _, text := range []string{
		"GHSA-abcd-2345-wxyz", "ghsa-ABCD-2345-wxyz", "GHSA-ABCD-2345-WXYZ", "gHsA-abcd-2345-wxyz",
	} {
		if got, ok := advisory.CanonicalID(text); !ok || got != "GHSA-abcd-2345-wxyz" {
			t.Errorf("CanonicalID(%q) = %q, %t", text, got, ok)
		}
	}
	for _, text := range []string{
		"", "GHSA", "GHSA-", "CVE-2026-12345-xyzw", "GHSA-abcd-2345-wxy", "GHSA-abcd-2345-wxyzz", " GHSA-abcd-2345-wxyz",
		"GHSA_abcd-2345-wxyz", "GHSA-abcd_2345-wxyz", "GHSA-abcd-2345_wxyz", "GHSA-abc--2345-wxyz", "GHSA-a/cd-2345-wxyz",
		"GHSA-ab.d-2345-wxyz", "GHSA-\u00e9cd-2345-wxyz",
		"GHSA-\u212abcd-2345-wx", // the Kelvin sign is k in lower case, and two bytes shorter then
	} {
		if got, ok := advisory.CanonicalID(text); ok || got != "" {
			t.Errorf("CanonicalID(%q) = %q, %t; want none", text, got, ok)
		}
	}
}
