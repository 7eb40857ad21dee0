package demo

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/openedx/advisory-reminders/internal/sandbox"
)

func TestMrkdwn(t *testing.T) {
	tests := []struct{ in, want string }{
		{"plain", "plain"},
		{"*bold* and *bold*", "<strong>bold</strong> and <strong>bold</strong>"},
		{"snake_case_name _x_ ~y~", "snake_case_name _x_ ~y~"},
		{"2 * 3", "2 * 3"},
		{"*a\nb*", "*a<br>b*"},
		{"**", "**"},
		{"`a *b* &lt;c&gt;`", "<code>a *b* &lt;c&gt;</code>"},
		{"```\nx &lt; `y` *z*\n```", "<pre>x &lt; `y` *z*</pre>"},
		{"```x```\n\n```y```\nz", "<pre>x</pre><pre>y</pre>z"},
		{"``````", "``````"},
		{"a\n\nb", "a<br><br>b"},
		{"a &amp; b &lt;i&gt; \"'", "a &amp; b &lt;i&gt; &#34;&#39;"},
		{"<https://e.org/?a=1&amp;b=2|x_*y*_z>", `<a href="https://e.org/?a=1&amp;b=2" target="_blank" rel="noopener noreferrer">x_*y*_z</a>`},
		{"*<https://e.org>*", `<strong><a href="https://e.org" target="_blank" rel="noopener noreferrer">https://e.org</a></strong>`},
		{"<mailto:a@e.org|a@e.org>", `<a href="mailto:a@e.org" target="_blank" rel="noopener noreferrer">a@e.org</a>`},
		{"<HTTP://e.org|x>", `<a href="HTTP://e.org" target="_blank" rel="noopener noreferrer">x</a>`},
		{"<javascript:alert(1)|click>", "click"},
		{"<https:|a> <https://|b>", "a b"},
		{`<https://e.org/"onclick=x|y>`, `<a href="https://e.org/&#34;onclick=x" target="_blank" rel="noopener noreferrer">y</a>`},
		{"<@U1> <!date^1782892800^{date}|1 July>", "@U1 1 July"},
		{"<script", "&lt;script"},
		{"<script>", "script"},
		{"<<b>|c>", "&lt;b|c&gt;"},
	}
	for _, tt := range tests {
		got := string(mrkdwn(tt.in))
		if got != tt.want {
			t.Errorf("mrkdwn(%q)\n got %s\nwant %s", tt.in, got, tt.want)
		}
		checkRendered(t, tt.in, got)
	}
}

func TestMarkdown(t *testing.T) {
	const open, blank = `<div class="scroll"><table role="table"><thead role="rowgroup"><tr role="row">`, ` target="_blank" rel="noopener noreferrer"`
	tests := []struct{ name, in, want string }{
		{"heading", "# One\n## Two ##\n###### Six", "<h2>One</h2>\n<h3>Two</h3>\n<h6>Six</h6>\n"},
		{"paragraphs", "a\nb\n\nc", "<p>a\nb</p>\n<p>c</p>\n"},
		{"words", "**b** *i* snake_case_x", "<p><strong>b</strong> <em>i</em> snake_case_x</p>\n"},
		{"code", "<code>a **b** \\| &lt;</code> `c`", "<p><code>a <strong>b</strong> | &lt;</code> `c`</p>\n"},
		{"code twice", "<code>a</code><code>b</code>", "<p><code>a</code><code>b</code></p>\n"},
		{"code without an end", "<code>a\n\n</code>", "<p>&lt;code&gt;a</p>\n<p>&lt;/code&gt;</p>\n"},
		{"code in code", "<code><code>a</code></code>", "<p>&lt;code&gt;<code>a</code>&lt;/code&gt;</p>\n"},
		{"code that ends in bold", "<code>a **b</code>**", "<p>&lt;code&gt;a <strong>b&lt;/code&gt;</strong></p>\n"},
		{"code that ends elsewhere", "**<code>a** b</code>", "<p><strong>&lt;code&gt;a</strong> b&lt;/code&gt;</p>\n"},
		{"code with attributes", "<code onclick=x>c</code>", "<p>&lt;code onclick=x&gt;c&lt;/code&gt;</p>\n"},
		{"escapes", `\*no\* \<b\> &lt;i&gt; \@&#8288;a`, "<p>*no* &lt;b&gt; &lt;i&gt; @\u2060a</p>\n"},
		{"link", "[a **b**](<https://e.org/x_y_z>)", `<p><a href="https://e.org/x_y_z"` + blank + `>a <strong>b</strong></a></p>` + "\n"},
		{"link with an escape", `[a](https://e.org/a\_b&amp;c "title")`, `<p><a href="https://e.org/a_b&amp;c"` + blank + `>a</a></p>` + "\n"},
		{"hostile link", "[a](javascript:alert) [b](<data:text/html,x>) [c](//e.org)", "<p>a b c</p>\n"},
		{"entity link", "[a](&#106;avascript:alert) [b](javascript&colon;alert)", "<p>a b</p>\n"},
		{"mail link", "[a](mailto:a@e.org)", "<p>a</p>\n"},
		{"bare link", "see https://e.org/x and <https://e.org/y>", "<p>see https://e.org/x and &lt;https://e.org/y&gt;</p>\n"},
		{"image", "![a *b*](https://e.org/i.png)", "<p>[image: a <em>b</em>]</p>\n"},
		{"HTML", `<img src=x onerror=alert(1)> <a href="x">`, "<p>&lt;img src=x onerror=alert(1)&gt; &lt;a href=&#34;x&#34;&gt;</p>\n"},
		{"block of HTML", "<script>\nalert(1)\n</script>", "<p>&lt;script&gt;\nalert(1)\n&lt;/script&gt;</p>\n"},
		{"comment", "a<!-- b -->", "<p>a&lt;!-- b --&gt;</p>\n"},
		{"list", "- a\n- b\n  - c\n- d", "<ul>\n<li>a</li>\n<li>b\n<ul>\n<li>c</li>\n</ul>\n</li>\n<li>d</li>\n</ul>\n"},
		{"table", "| a | b |\n| --- | --- |\n| <code>x</code> \\| y | 1 | 2 |\n| 20 characters &amp; 3456 | 21 characters, 234567 |\n| [a](https://e.org) | |",
			open + `<th role="columnheader" class="short">a</th><th role="columnheader" class="short">b</th></tr></thead><tbody role="rowgroup">` +
				`<tr role="row"><td role="cell" class="short"><code>x</code> | y</td><td role="cell" class="short">1</td></tr>` + "\n" +
				`<tr role="row"><td role="cell" class="short">20 characters &amp; 3456</td><td role="cell">21 characters, 234567</td></tr>` + "\n" +
				`<tr role="row"><td role="cell"><a href="https://e.org"` + blank + `>a</a></td><td role="cell" class="short"></td></tr>` + "\n</tbody></table></div>\n"},
		{"what no report holds", "> a\n```\nb\n```\n---", "<p>&gt; a\n```\nb\n```\n---</p>\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := string(convert(summaries, tt.in))
			if got != tt.want {
				t.Errorf("convert(%q)\n got %s\nwant %s", tt.in, got, tt.want)
			}
			checkRendered(t, tt.in, got)
		})
	}
}

// rendered are the elements that the renderers may write.
var rendered = []string{
	"a", "br", "code", "div", "em", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "span", "strong",
	"table", "tbody", "td", "th", "thead", "tr", "ul",
}

// checkRendered fails if HTML holds an element, an attribute or an address that
// no renderer writes, or an element without its end.
func checkRendered(t *testing.T, in, got string) {
	t.Helper()
	elements, err := parseHTML(got)
	if err != nil {
		t.Fatalf("%q: %v in %s", in, err, got)
	}
	for _, e := range elements {
		if !slices.Contains(rendered, e.name) {
			t.Errorf("%q: <%s> in %s", in, e.name, got)
		}
		for name, value := range e.attr {
			lower := strings.ToLower(value)
			switch {
			case name == "href" && !strings.HasPrefix(lower, "https://") && !strings.HasPrefix(lower, "http://") && !strings.HasPrefix(lower, "mailto:"):
				t.Errorf("%q: href %q", in, value)
			case slices.Contains([]string{"href", "class", "target", "rel"}, name):
			case name == "role" && slices.Contains([]string{"table", "thead", "tbody", "tr", "th", "td"}, e.name):
			case name == "start" && e.name == "ol":
			default:
				t.Errorf("%q: attribute %s in %s", in, name, got)
			}
		}
	}
}

func FuzzMrkdwn(f *testing.F) {
	for _, s := range []string{"*a* <https://e.org|b> `c`", "> _q_\n```x```", "<!date^1^{x}|y> &lt;b&gt;", hostile} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		s = strings.ToValidUTF8(s, "")
		checkRendered(t, s, visible(string(mrkdwn(s))))
	})
}

func FuzzMarkdown(f *testing.F) {
	for _, s := range []string{"# a\n- b\n  1. c\n> d", "|a|\n|-|\n|`b`|", "<details><code>x</code></details>\n```mermaid", "[a](https://e.org) **b** *c* &#60; \\<", "**<code>a** ![b](x)</code> <!-- -->", hostile} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		s = strings.ToValidUTF8(s, "")
		checkRendered(t, s, visible(string(convert(summaries, s))))
	})
}

// visible drops control characters, which XML does not know.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0xFFFE || r == 0xFFFF {
			return -1
		}
		return r
	}, s)
}

func TestSlackHTML(t *testing.T) {
	tests := []struct{ name, blocks, want string }{
		{"header", `{"type":"header","text":{"type":"plain_text","text":"*A* <b>"}}`, `<p class="s-header">*A* &lt;b&gt;</p>`},
		{"section", `{"type":"section","text":{"type":"mrkdwn","text":"*a*\nb"}}`, `<div class="s-section"><strong>a</strong><br>b</div>`},
		{"divider", `{"type":"divider"}`, "<hr>"},
		{"context", `{"type":"context","elements":[{"type":"mrkdwn","text":"*a*"},{"type":"mrkdwn","text":"&lt;b&gt;"}]}`,
			`<div class="s-context"><span><strong>a</strong></span><span>&lt;b&gt;</span></div>`},
		{"unknown", `{"type":"<x>"}`, `<p class="s-context">[&lt;x&gt;]</p>`},
		{"unknown, of another form", `{"type":"actions","text":7,"elements":[{"type":"button","text":{"type":"plain_text","text":"Go"}}]},{"type":"divider"}`,
			`<p class="s-context">[actions]</p><hr>`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := string(slackHTML(blocksOf(sandbox.SlackMessage{Blocks: json.RawMessage("[" + tt.blocks + "]")})))
			if got != tt.want {
				t.Errorf("got %s\nwant %s", got, tt.want)
			}
			checkRendered(t, tt.blocks, got)
		})
	}
	if got, want := string(slackHTML(blocksOf(sandbox.SlackMessage{Text: "*a* <"}))), `<div class="s-section"><strong>a</strong> &lt;</div>`; got != want {
		t.Errorf("a message without blocks: %s, want %s", got, want)
	}
}

func TestSlackWords(t *testing.T) {
	const section = `{"type":"section","text":{"type":"mrkdwn","text":"*Critical* in <https://e.org|o/r>\nsnake_case ` + "`x`" + ` &lt;b&gt;"}}`
	const words = "Critical in o/r\nsnake_case x <b>\n"
	tests := []struct{ name, text, blocks, title, words string }{
		{"header", "t", `[{"type":"header","text":{"text":"2 &lt; 3"}},` + section + `,{"type":"divider"},` + section + `]`, "2 < 3", words + words},
		{"no header", "t", `[` + section + `]`, "Critical in o/r", words},
		{"no blocks", "*one*\ntwo", "", "one", "one\ntwo\n"},
		{"nothing", "", "", "", "\n"},
	}
	for _, tt := range tests {
		title, words := slackWords(blocksOf(sandbox.SlackMessage{Text: tt.text, Blocks: json.RawMessage(tt.blocks)}))
		if title != tt.title || words != tt.words {
			t.Errorf("%s: title %q and %q, want %q and %q", tt.name, title, words, tt.title, tt.words)
		}
	}
}
