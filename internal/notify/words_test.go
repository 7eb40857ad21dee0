package notify

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/reminder"
)

func TestWords(t *testing.T) {
	tests := []struct{ got, want string }{
		{age(-1), "opened today"},
		{age(0), "opened today"},
		{age(1), "open for 1 day"},
		{age(41), "open for 41 days"},
		{which(0), "first reminder"},
		{which(1), "first reminder"},
		{which(2), "2nd reminder"},
		{which(3), "3rd reminder"},
		{which(4), "4th reminder"},
		{which(11), "11th reminder"},
		{which(13), "13th reminder"},
		{which(21), "21st reminder"},
		{which(112), "112th reminder"},
		{ago(0), "today"},
		{ago(1), "1 day ago"},
		{ago(3), "3 days ago"},
		{capital("über x"), "Über x"},
		{capital(""), ""},
		{Often(reminder.Semiannually), "twice-yearly"},
		{Often(reminder.Weekly), "weekly"},
		{rating(Item{Severity: advisory.High}), "High"},
		{rating(Item{Severity: advisory.High, Score: 8}), "High 8.0"},
		{rating(Item{Severity: advisory.Unscored, Score: 8}), "Unscored"},
		{rating(Item{Severity: advisory.High, Score: 8, New: true}), "High 8.0, new"},
		{rating(Item{Severity: advisory.Low, New: true}), "Low, new"},
		{Clean(" a\r\n\tb\u2028c \x00\x1b[0m\u202ed\u200be\ufeff\xff "), "a b c [0mde\ufffd"},
		{clip("12345", 5), "12345"},
		{clip("123456", 5), "12345… (1 more character left out)"},
		{clip("äöüß", 3), "äöü… (1 more character left out)"},
	}
	for _, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("got %q, want %q", tt.got, tt.want)
		}
	}
}

func TestSafeURL(t *testing.T) {
	tests := []struct {
		in   string
		want bool
	}{
		{"https://github.com/openedx/x/security/advisories/GHSA-4v9r-8xw2-m3qp", true},
		{"http://127.0.0.1:8080/x?a=b#c", true},
		{"javascript:alert(1)", false},
		{"data:text/html,x", false},
		{"//github.com/x", false},
		{"https://", false},
		{"https://user:password@github.com/", false},
		{"https://github.com/" + strings.Repeat("x", 1000), false},
		{"https://github.com/\r\nx", false},
		{"", false},
	}
	for _, tt := range tests {
		if got, ok := SafeURL(tt.in); ok != tt.want {
			t.Errorf("SafeURL(%q) = %q, %t", tt.in, got, ok)
		}
	}
	if got, _ := SafeURL("https://github.com/a b|<c>\"'`"); strings.ContainsAny(got, " |<>\"'`") {
		t.Errorf("SafeURL left %q", got)
	}
}

func TestWrap(t *testing.T) {
	word := strings.Repeat("x", 36)
	tests := []struct{ name, in, want string }{
		{"at the width", word + " " + word + " yy", word + " " + word + " yy"},
		{"past the width", word + " " + word + " yyy", word + " " + word + "\n  yyy"},
		{"a long word stays whole", "a " + word + word + word, "a\n  " + word + word + word},
		{"nothing", "", ""},
	}
	for _, tt := range tests {
		if got := wrap("  ", tt.in); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestWrapToLines(t *testing.T) {
	for _, tt := range []struct {
		text string
		want []string
	}{
		{"", []string{""}},
		{"four word", []string{"four word"}},
		{"four words", []string{"four", "words"}},
		{"a verylongwordindeed b", []string{"a", "verylongwordindeed", "b"}},
	} {
		if got := Wrap(tt.text, 9, 9); !slices.Equal(got, tt.want) {
			t.Errorf("%q: got %q, want %q", tt.text, got, tt.want)
		}
	}
}

func TestReportTitle(t *testing.T) {
	tests := []struct {
		r    Report
		want string
	}{
		{Report{}, "Nothing needs you"},
		{Report{Standing: 1}, "Nothing new needs you"},
		{Report{Ownerless: 1}, "Nothing new needs you"},
		{Report{Digests: make([]Sent, 1)}, "Nothing needs you, 1 digest sent"},
		{Report{Digests: make([]Sent, 2), Warnings: []string{"x"}}, "1 thing needs you"},
		{Report{NeedsOwner: make([]Item, 1), Undelivered: make([]Sent, 1)}, "2 things need you"},
		{Report{FirstRun: true}, "1 thing needs you"},
		{Report{FirstTold: []FirstTold{{To: "user:a"}, {To: "user:b"}}}, "2 things need you"},
		{Report{FirstTold: make([]FirstTold, 2)}, "1 thing needs you"}, // the same people by the same route
		{Report{NoAnswer: make([]Item, 1), Triage: make([]Item, 2)}, "3 things need you"},
		{Report{LeftOut: make([]Item, 4)}, "1 thing needs you"},
		{Report{DryRun: true}, "Nothing needs you (dry run)"},
		{Report{DryRun: true, Digests: make([]Sent, 2)}, "Nothing needs you, 2 digests to send (dry run)"},
	}
	for _, tt := range tests {
		if got := ReportTitle(tt.r); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

func FuzzEscapeMarkdown(f *testing.F) {
	for _, s := range []string{
		"<script>", "![x](https://evil.example)", "@octocat", "a | b", "www.evil.example", "`x`", "&#64;x",
		"1. x", "- x", "# x", "\\<b>", "https://x", "$x$", "WWW.x", "xhttp://x",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(s) {
			return
		}
		got := markdownLine(Line{text(s)})
		plain := strings.NewReplacer("&lt;", "", "&gt;", "", "&amp;", "", joiner, "").Replace(got)
		if strings.ContainsAny(plain, "<>&\n\r") {
			t.Errorf("%q became %q, with HTML in it", s, got)
		}
		for i, r := range plain {
			if strings.ContainsRune("`*_[]|~$@#", r) && (i == 0 || plain[i-1] != '\\') {
				t.Errorf("%q became %q, with %q unescaped", s, got, r)
			}
		}
		if strings.Contains(got, "://") || strings.Contains(strings.ToLower(got), "www.") {
			t.Errorf("%q became %q, with a link", s, got)
		}
	})
}
