package notifytest

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/notify"
)

// Outside returns a digest and two reports in which every text that comes from
// outside is one of those given, also where what it comes through would let it
// pass in no such form. The second report has the same as the first, and is an alarm,
// which says hardly anything of it.
func Outside(texts ...string) (notify.Digest, [2]notify.Report) {
	d, r := Three(), Full()
	r.Talk, r.Access, r.Try = Talk(), Access(), new(notify.Try)
	n := 0
	var fill func(v reflect.Value)
	fill = func(v reflect.Value) {
		switch v.Kind() {
		case reflect.Pointer:
			if !v.IsNil() {
				fill(v.Elem())
			}
		case reflect.Struct:
			for i := range v.NumField() {
				fill(v.Field(i))
			}
		case reflect.Slice:
			if v.Type() == reflect.TypeFor[[]string]() && v.CanSet() {
				v.Set(reflect.ValueOf(make([]string, max(2, v.Len()))))
			}
			for i := range v.Len() {
				fill(v.Index(i))
			}
		case reflect.String:
			// Of other types are words of the program's own.
			if t := v.Type(); v.CanSet() && (t == reflect.TypeFor[string]() || t == reflect.TypeFor[advisory.State]()) {
				v.SetString(texts[n%len(texts)])
				n++
			}
		}
		if v.CanAddr() && v.Type() == reflect.TypeFor[notify.Item]() {
			i := v.Addr().Interface().(*notify.Item)
			i.ID = strings.ReplaceAll(i.ID, ":", "") // what is read as an id has none
		}
	}
	fill(reflect.ValueOf(&d))
	fill(reflect.ValueOf(&r))
	branches := d.Texts.ReleaseBranches
	d.ID, d.Texts, r.ID, r.Texts = Three().ID, Texts, Full().ID, Texts
	d.Texts.ReleaseBranches = branches
	whole := r
	whole.Alarm = nil
	return d, [2]notify.Report{whole, r}
}

// TooLong is from what length, in bytes, a lure is one for a plain test: a fuzzer
// would try it again and again.
const TooLong = 5000

// Seed gives a fuzz target of three texts the lures, two of them at a time.
func Seed(f *testing.F) {
	lures := Lures()
	for i, s := range lures {
		if other := lures[(i+7)%len(lures)]; len(s)+len(other) < TooLong {
			f.Add(s, other, s)
		}
	}
}

// Lures are texts that try to be more than text, each in another way.
func Lures() []string {
	list := []string{
		Nasty, "</td></table><script>alert(1)</script>", `"><img src=x onerror=alert(1)>`, "<!-- x -->", "]]>", "</title><style>*{display:none}",
		"javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,<script>", "https://evil.example/\"onmouseover=x", "https://evil.example/?a=b&c=<d>", "http://user:pw@evil.example/",
		"<!channel>", "<!here|x>", "<@U012AB3CD>", "<#C012AB3CD>", "<!subteam^S1>", "<!date^1^x|y>", "<http://a|b>", "&lt;!channel&gt;", "&amp;lt;", ":boom: :+1:", "> quoted", "&gt; quoted", ">>> all",
		"x\r\nBcc: victim@example.org\r\n\r\nbody", "=?utf-8?q?=0D=0ABcc:_x?=", "a\nTo: x@example.org", "\x00", "\x1b[31mred\x1b]0;title\x07", "\u009b31m",
		"![x](https://evil.example/i.png)", "[log in](https://evil.example/)", "[x][y]\n\n[y]: https://evil.example", "<https://evil.example>", "https://evil.example/", "www.evil.example", "me@evil.example", "mailto:me@evil.example",
		"@octocat", "@openedx/core", "#1", "GH-1", "openedx/x#1", "4afd14d", "4afd14dc0ffee4afd14dc0ffee4afd14dc0ffee4", "| a | b |", "|", "\\|", "\\\\|", "`|`", "``` \n```mermaid", "~~x~~", "**x**", "_x_ __x__", "$x$ $$x$$", "# x", "- x", "+ x", "1. x", "1) x", "[ ] x", "[x] y", "---", "===", "&#64;octocat", "&nbsp;", "<br>", "<details>", "[^1]", "\\",
		"::set-output name=x::y", "::error::x", "::add-mask::x", "::stop-commands::x", " ::warning::x", "a\r::error::x", "##[error]x", "##[command]x", "x\n::error::y", "%0A::error::x",
		"\u202eesrever\u202c", "\u2066x\u2069", "zero\u200bwidth\u200d", "\ufeffx", "\u2028x\u2029", "\u00ad", "\u3164", "a\u0301\u0302", strings.Repeat("\u0301", 200), "\U000e0041\U000e007f", "x\ufe0f", "＜script＞", "ⓐ", "раураl",
		"\xff\xfe", "\xed\xa0\x80", "\xc3", "\ufffd", "{{.ID}}", "${{ secrets.X }}", "%s%d%!x", "", " ", strings.Repeat("x", 65_000), strings.Repeat("&", 65_000), strings.Repeat("<>", 3_000), strings.Repeat("\U0001f4a3 ", 2_000),
		"x\" : 1\n  \"y", "\"]", "%%{init: {}}%%", "click A call x()", "end",
	}
	for n := range 32 {
		list = append(list, fmt.Sprintf("control%cx", n))
	}
	return list
}

// Links are where messages with Outside's texts may lead: to what Texts names,
// and, where a text is an address, there, since an advisory's own address is
// given as a link. The program takes those from GitHub alone.
var Links = []string{"https://docs.openedx.org/", "https://docs.github.com/", "https://discuss.openedx.org/", "https://github.com/openedx/", "https://", "http://", "mailto:security@openedx.org"}
