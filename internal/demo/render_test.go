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
		{"*bold* _slanted_ ~struck~", "<strong>bold</strong> <em>slanted</em> <s>struck</s>"},
		{"*_both_*", "<strong><em>both</em></strong>"},
		{"snake_case_name 2*3*4", "snake_case_name 2*3*4"},
		{"* no bold *", "* no bold *"},
		{"**", "**"},
		{"`a *b* <c>`", "<code>a *b* &lt;c&gt;</code>"},
		{"```\nx &lt; y\n```", "<pre>x &lt; y</pre>"},
		{"```x```\n\n```y```\nz", "<pre>x</pre><pre>y</pre>z"},
		{"a\nb", "a<br>b"},
		{"&gt; one\n&gt; two\nthree", "<blockquote>one<br>two</blockquote>three"},
		{"> raw", "<blockquote>raw</blockquote>"},
		{"a &amp; b &lt;i&gt;", "a &amp; b &lt;i&gt;"},
		{"<https://e.org/?a=1&amp;b=2|x_y_z>", `<a href="https://e.org/?a=1&amp;b=2" target="_blank" rel="noopener noreferrer">x_y_z</a>`},
		{"*<https://e.org>*", `<strong><a href="https://e.org" target="_blank" rel="noopener noreferrer">https://e.org</a></strong>`},
		{"<mailto:a@e.org|a@e.org>", `<a href="mailto:a@e.org" target="_blank" rel="noopener noreferrer">a@e.org</a>`},
		{"<javascript:alert(1)|click>", "click"},
		{`<https://e.org/"onclick=x|y>`, `<a href="https://e.org/&#34;onclick=x" target="_blank" rel="noopener noreferrer">y</a>`},
		{"<@U1> <#C1|swg> <!channel> <!subteam^S1|@swg>", `<span class="mention">@U1</span> <span class="mention">#swg</span> ` +
			`<span class="mention loud">@channel</span> <span class="mention">@swg</span>`},
		{"<!date^1782892800^{date}|1 July>", "1 July"},
		{":lock: :no_such:", "🔒 :no_such:"},
		{"<script", "&lt;script"},
		{"<https://e.org/`x`|y>", "&lt;https://e.org/<code>x</code>|y&gt;"},
		{"\uE000 `x`", " <code>x</code>"},
	}
	for _, tt := range tests {
		if got := string(mrkdwn(tt.in)); got != tt.want {
			t.Errorf("mrkdwn(%q)\n got %s\nwant %s", tt.in, got, tt.want)
		}
	}
}

func TestMarkdown(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"heading", "# One\n## Two ##", "<h2>One</h2><h3>Two</h3>"},
		{"paragraphs", "a\nb\n\nc", "<p>a\nb</p><p>c</p>"},
		{"break", "a<br>b  \nc", "<p>a<br>b<br>c</p>"},
		{"words", "**b** __b__ *i* _i_ ~~s~~ snake_case_x", "<p><strong>b</strong> <strong>b</strong> <em>i</em> <em>i</em> <s>s</s> snake_case_x</p>"},
		{"small tags", "<sub>a *b*</sub> <kbd>c <b>", "<p><sub>a <em>b</em></sub> &lt;kbd&gt;c &lt;b&gt;</p>"},
		{"code tags", "<code>a *b* \\| &lt;</code> <code onclick=x>c</code> <code>d", "<p><code>a <em>b</em> | &lt;</code> &lt;code onclick=x&gt;c&lt;/code&gt; &lt;code&gt;d</p>"},
		{"code", "`a*b*<i>` and ``x ` y``", "<p><code>a*b*&lt;i&gt;</code> and <code>x ` y</code></p>"},
		{"escapes", `\*no\* \<b\> &lt;i&gt; \` + "`x`", "<p>*no* &lt;b&gt; &lt;i&gt; `x`</p>"},
		{"link", "[a *b*](https://e.org/x_y_z)", `<p><a href="https://e.org/x_y_z" target="_blank" rel="noopener noreferrer">a <em>b</em></a></p>`},
		{"link with an escape", `[a](https://e.org/a\_b&amp;c)`, `<p><a href="https://e.org/a_b&amp;c" target="_blank" rel="noopener noreferrer">a</a></p>`},
		{"hostile link", "[a](javascript:alert)", "<p>a</p>"},
		{"entity link", "[a](&#106;avascript:alert)", "<p>a</p>"},
		{"bare link", "see https://e.org/x.", `<p>see <a href="https://e.org/x" target="_blank" rel="noopener noreferrer">https://e.org/x</a>.</p>`},
		{"angle link", "<https://e.org>", `<p><a href="https://e.org" target="_blank" rel="noopener noreferrer">https://e.org</a></p>`},
		{"HTML", `<img src=x onerror=alert(1)> <a href="x">`, "<p>&lt;img src=x onerror=alert(1)&gt; &lt;a href=&#34;x&#34;&gt;</p>"},
		{"list", "- a\n- b\n  - c\n  - d\n- e", "<ul><li>a</li><li>b<ul><li>c</li><li>d</li></ul></li><li>e</li></ul>"},
		{"numbers", "1. a\n2. b\n\nc", "<ol><li>a</li><li>b</li></ol><p>c</p>"},
		{"tasks", "- [x] a\n- [ ] b", "<ul><li>☑ a</li><li>☐ b</li></ul>"},
		{"table", "| a | b |\n|---|--:|\n| `x` \\| y | 1 | 2 |\n| 20 characters &amp; 3456 | 21 characters, 234567 |\n| [a](https://e.org) | |", `<div class="scroll"><table role="table"><thead role="rowgroup"><tr role="row"><th role="columnheader" class="short">a</th><th role="columnheader" class="short number">b</th></tr></thead>` +
			`<tbody role="rowgroup"><tr role="row"><td role="cell" class="short"><code>x</code> | y</td><td role="cell" class="short number">1</td></tr>` +
			`<tr role="row"><td role="cell" class="short">20 characters &amp; 3456</td><td role="cell" class="number">21 characters, 234567</td></tr>` +
			`<tr role="row"><td role="cell"><a href="https://e.org" target="_blank" rel="noopener noreferrer">a</a></td><td role="cell" class="short number"></td></tr></tbody></table></div>`},
		{"quote", "> a\n> b", "<blockquote><p>a\nb</p></blockquote>"},
		{"alert", "> [!NOTE]\n> a", `<blockquote class="alert note"><p><strong>Note</strong></p><p>a</p></blockquote>`},
		{"fence", "```go\na < b\n```\nc", "<pre><code>a &lt; b</code></pre><p>c</p>"},
		{"open fence", "```\na", "<pre><code>a</code></pre>"},
		{"details", "<details><summary>More</summary>\n\ntext\n</details>", "<details><summary>More</summary><p>text</p></details>"},
		{"open details", "<details>\n<summary>More</summary>\ntext", "<details><summary>More</summary><p>text</p></details>"},
		{"end without details", "</details>", ""},
		{"rule", "---", "<hr>"},
		{"other chart", "```mermaid\ngantt\n```", "<pre><code>gantt</code></pre>"},
		{"private characters", "\uE000 `x` [&#xE000;](https://e.org)", `<p> <code>x</code> <a href="https://e.org" target="_blank" rel="noopener noreferrer"></a></p>`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := string(markdown(tt.in)); got != tt.want {
				t.Errorf("markdown(%q)\n got %s\nwant %s", tt.in, got, tt.want)
			}
		})
	}
}

// rendered are the elements that the renderers may write.
var rendered = map[string]bool{
	"a": true, "b": true, "blockquote": true, "br": true, "code": true, "dd": true, "details": true, "div": true, "dl": true, "dt": true, "em": true,
	"circle": true, "desc": true, "path": true, "rect": true, "svg": true, "text": true, "title": true,
	"h2": true, "h3": true, "h4": true, "h5": true, "h6": true, "hr": true, "i": true, "kbd": true,
	"li": true, "ol": true, "p": true, "pre": true, "s": true, "span": true, "strong": true, "sub": true, "summary": true,
	"sup": true, "table": true, "tbody": true, "td": true, "th": true, "thead": true, "tr": true, "ul": true,
}

// drawn are the elements of a chart.
var drawn = map[string]bool{"circle": true, "path": true, "rect": true, "svg": true, "text": true}

// checkRendered fails if HTML holds an element, an attribute or an address that
// no renderer writes, or an element without its end.
func checkRendered(t *testing.T, in, got string) {
	t.Helper()
	elements, err := parseHTML(got)
	if err != nil {
		t.Fatalf("%q: %v in %s", in, err, got)
	}
	for _, e := range elements {
		if !rendered[e.name] {
			t.Errorf("%q: <%s> in %s", in, e.name, got)
		}
		for name, value := range e.attr {
			lower := strings.ToLower(value)
			switch {
			case name == "href" && !strings.HasPrefix(lower, "http") && !strings.HasPrefix(lower, "mailto:"):
				t.Errorf("%q: href %q", in, value)
			case slices.Contains([]string{"href", "class", "target", "rel"}, name):
			case name == "role" && slices.Contains([]string{"table", "thead", "tbody", "tr", "th", "td"}, e.name):
			case drawn[e.name] && slices.Contains([]string{"role", "viewBox", "x", "y", "cx", "cy", "r", "d", "width", "height", "text-anchor"}, name):
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
	for _, s := range []string{"# a\n- b\n  1. c\n> d", "|a|\n|-|\n|`b`|", "<details><summary>x</summary>\n```mermaid\npie\n\"a\":1\n```", "```mermaid\nxychart-beta\ntitle T\nx-axis [a, \"b\"]\nbar [1, 0.5]\n```", "[a](https://e.org) **b** *c* &#60; \\<", hostile} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		s = strings.ToValidUTF8(s, "")
		checkRendered(t, s, visible(string(markdown(s))))
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
		{"header", `{"type":"header","text":{"type":"plain_text","text":"*A* :lock: <b>"}}`, `<p class="s-header">*A* 🔒 &lt;b&gt;</p>`},
		{"plain text", `{"type":"section","text":{"type":"plain_text","text":"*a*\nb"}}`, `<div class="s-section"><div>*a*<br>b</div></div>`},
		{"fields", `{"type":"section","fields":[{"type":"mrkdwn","text":"*a*"}]}`, `<div class="s-section"><div class="s-fields"><div><strong>a</strong></div></div></div>`},
		{"accessory", `{"type":"section","text":{"type":"mrkdwn","text":"a"},"accessory":{"type":"button","text":{"type":"plain_text","text":"b"},"url":"javascript:x"}}`,
			`<div class="s-section"><div>a</div><div class="s-accessory"><span class="s-button">b</span></div></div>`},
		{"divider", `{"type":"divider"}`, "<hr>"},
		{"context", `{"type":"context","elements":[{"type":"mrkdwn","text":"_a_"},{"type":"image","alt_text":"<b>"}]}`,
			`<div class="s-context"><span><em>a</em></span><span>[&lt;b&gt;]</span></div>`},
		{"actions", `{"type":"actions","elements":[{"type":"button","style":"danger","url":"https://e.org","text":{"type":"plain_text","text":"Go"}}]}`,
			`<div class="s-actions"><a href="https://e.org" target="_blank" rel="noopener noreferrer"><span class="s-button danger">Go</span></a></div>`},
		{"markdown", `{"type":"markdown","text":"**a**"}`, `<div class="s-section markdown"><p><strong>a</strong></p></div>`},
		{"image", `{"type":"image","alt_text":"a","image_url":"https://e.org/i.png"}`, `<p class="s-context">[image: a]</p>`},
		{"rich text", `{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"a<","style":{"bold":true}},` +
			`{"type":"link","url":"https://e.org"}]},{"type":"rich_text_list","elements":[{"type":"rich_text_section","elements":[{"type":"emoji","name":"lock"}]}]}]}`,
			`<div class="s-section"><div><strong>a&lt;</strong><a href="https://e.org" target="_blank" rel="noopener noreferrer">https://e.org</a></div><ul><li>🔒</li></ul></div>`},
		{"unknown", `{"type":"<x>"}`, `<p class="s-context">[&lt;x&gt;]</p>`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := string(slackHTML(sandbox.SlackMessage{Blocks: json.RawMessage("[" + tt.blocks + "]")}))
			if got != tt.want {
				t.Errorf("got %s\nwant %s", got, tt.want)
			}
			checkRendered(t, tt.blocks, got)
		})
	}
	if got, want := string(slackHTML(sandbox.SlackMessage{Text: "*a* <"})), `<div class="s-section"><strong>a</strong> &lt;</div>`; got != want {
		t.Errorf("a message without blocks: %s, want %s", got, want)
	}
}

func TestPlainMrkdwn(t *testing.T) {
	const in = "*Critical* in <https://e.org|o/r> :lock: `x` _y_ &lt;b&gt; snake_case"
	if got, want := plainMrkdwn(in), "Critical in o/r 🔒 x y <b> snake_case"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
