package demo

import (
	"fmt"
	"html"
	"html/template"
	"regexp"
	"strings"
)

// markdown renders the Markdown that job summaries hold: headings, paragraphs,
// lists, tables, quotes, code, and folded details. Other HTML is shown as text.
func markdown(s string) template.HTML {
	var b strings.Builder
	renderBlocks(&b, strings.Split(strings.ReplaceAll(s, "\r\n", "\n"), "\n"))
	return template.HTML(b.String())
}

var (
	mdHeading  = regexp.MustCompile(`^(#{1,6})\s+(.*?)\s*#*\s*$`)
	mdFence    = regexp.MustCompile("^\\s*(```+|~~~+)\\s*([\\w-]*)")
	mdRule     = regexp.MustCompile(`^\s*([-*_])(\s*[-*_]){2,}\s*$`)
	mdItem     = regexp.MustCompile(`^(\s*)([-*+]|\d{1,9}[.)])\s+(.*)$`)
	mdTableRow = regexp.MustCompile(`^\s*\|?[\s:|-]*-[\s:|-]*$`)
	mdDetails  = regexp.MustCompile(`^\s*(</?details>|<details open>)\s*$`)
	mdSummary  = regexp.MustCompile(`^\s*(?:<details>\s*)?<summary>(.*)</summary>\s*$`)
	mdTask     = regexp.MustCompile(`^\[([ xX])\]\s+`)
)

func renderBlocks(b *strings.Builder, lines []string) {
	open := 0 // details
	for i := 0; i < len(lines); {
		line := lines[i]
		switch {
		case strings.TrimSpace(line) == "":
			i++
		case mdFence.MatchString(line):
			i += renderFence(b, lines[i:])
		case mdHeading.MatchString(line):
			m := mdHeading.FindStringSubmatch(line)
			// The page has a heading of its own above.
			level := min(len(m[1])+1, 6)
			fmt.Fprintf(b, "<h%d>%s</h%d>", level, inline(m[2]), level)
			i++
		case mdSummary.MatchString(line):
			if strings.Contains(line, "<details>") {
				b.WriteString("<details>")
				open++
			}
			b.WriteString("<summary>" + inline(mdSummary.FindStringSubmatch(line)[1]) + "</summary>")
			i++
		case mdDetails.MatchString(line):
			if strings.Contains(line, "/") {
				if open > 0 {
					b.WriteString("</details>")
					open--
				}
			} else {
				b.WriteString("<details>")
				open++
			}
			i++
		case strings.HasPrefix(strings.TrimSpace(line), "<!--") && strings.HasSuffix(strings.TrimSpace(line), "-->"):
			i++
		case mdRule.MatchString(line):
			b.WriteString("<hr>")
			i++
		case strings.HasPrefix(line, ">"):
			i += renderQuote(b, lines[i:])
		case tableAt(lines, i):
			i += renderTable(b, lines[i:])
		case mdItem.MatchString(line):
			i += renderList(b, lines[i:])
		default:
			i += renderParagraph(b, lines[i:])
		}
	}
	b.WriteString(strings.Repeat("</details>", open))
}

func tableAt(lines []string, i int) bool {
	return strings.Contains(lines[i], "|") && i+1 < len(lines) &&
		strings.Contains(lines[i+1], "|") && mdTableRow.MatchString(lines[i+1])
}

// The render functions below return how many lines they took.

func renderFence(b *strings.Builder, lines []string) int {
	m := mdFence.FindStringSubmatch(lines[0])
	n := 1
	var code []string
	for ; n < len(lines); n++ {
		if strings.HasPrefix(strings.TrimSpace(lines[n]), m[1]) {
			n++
			break
		}
		code = append(code, lines[n])
	}
	if m[2] == "mermaid" {
		if svg, ok := mermaid(code); ok {
			b.WriteString(svg)
			return n
		}
	}
	b.WriteString("<pre><code>" + html.EscapeString(strings.Join(code, "\n")) + "</code></pre>")
	return n
}

var alert = regexp.MustCompile(`^\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\]\s*$`)

func renderQuote(b *strings.Builder, lines []string) int {
	n := 0
	var inner []string
	for ; n < len(lines) && strings.HasPrefix(lines[n], ">"); n++ {
		inner = append(inner, strings.TrimPrefix(strings.TrimPrefix(lines[n], ">"), " "))
	}
	if m := alert.FindStringSubmatch(inner[0]); m != nil {
		kind := strings.ToLower(m[1])
		b.WriteString(`<blockquote class="alert ` + kind + `"><p><strong>` + m[1][:1] + kind[1:] + `</strong></p>`)
		inner = inner[1:]
	} else {
		b.WriteString("<blockquote>")
	}
	renderBlocks(b, inner)
	b.WriteString("</blockquote>")
	return n
}

// shortCell is the length of a cell that is kept on one line.
const shortCell = 20

func renderTable(b *strings.Builder, lines []string) int {
	var align [][]string
	for _, c := range cells(lines[1]) {
		switch {
		case strings.HasPrefix(c, ":") && strings.HasSuffix(c, ":"):
			align = append(align, []string{"middle"})
		case strings.HasSuffix(c, ":"):
			align = append(align, []string{"number"})
		default:
			align = append(align, nil)
		}
	}
	roles := map[string]string{"th": "columnheader", "td": "cell"} // they hold where the page lays a table out as lines
	writeRow := func(tag, line string) {
		b.WriteString(`<tr role="row">`)
		for i, c := range cells(line) {
			if i >= len(align) {
				break
			}
			text := inline(c)
			class := align[i]
			if !strings.Contains(text, "<a ") && width(wordsOf(text)) <= shortCell {
				class = append([]string{"short"}, class...)
			}
			b.WriteString("<" + tag + ` role="` + roles[tag] + `"`)
			if len(class) > 0 {
				b.WriteString(` class="` + strings.Join(class, " ") + `"`)
			}
			b.WriteString(">" + text + "</" + tag + ">")
		}
		b.WriteString("</tr>")
	}
	b.WriteString(`<div class="scroll"><table role="table"><thead role="rowgroup">`)
	writeRow("th", lines[0])
	b.WriteString(`</thead><tbody role="rowgroup">`)
	n := 2
	for ; n < len(lines) && strings.Contains(lines[n], "|"); n++ {
		writeRow("td", lines[n])
	}
	b.WriteString("</tbody></table></div>")
	return n
}

// cells splits a row of a table. A bar after a backslash is part of a cell.
func cells(line string) []string {
	line = strings.TrimSpace(line)
	line = strings.TrimPrefix(line, "|")
	if strings.HasSuffix(line, "|") && !strings.HasSuffix(line, `\|`) {
		line = strings.TrimSuffix(line, "|")
	}
	var list []string
	var cell strings.Builder
	for i := 0; i < len(line); i++ {
		switch {
		case line[i] == '\\' && i+1 < len(line):
			if line[i+1] != '|' {
				cell.WriteByte('\\')
			}
			i++
			cell.WriteByte(line[i])
		case line[i] == '|':
			list = append(list, strings.TrimSpace(cell.String()))
			cell.Reset()
		default:
			cell.WriteByte(line[i])
		}
	}
	return append(list, strings.TrimSpace(cell.String()))
}

// renderList renders items of one indentation; what is indented deeper is part
// of the item above.
func renderList(b *strings.Builder, lines []string) int {
	first := mdItem.FindStringSubmatch(lines[0])
	indent := len(first[1])
	tag := "ul"
	if first[2][0] >= '0' && first[2][0] <= '9' {
		tag = "ol"
	}
	b.WriteString("<" + tag + ">")
	n := 0
	for n < len(lines) {
		m := mdItem.FindStringSubmatch(lines[n])
		if m == nil || len(m[1]) != indent {
			break
		}
		inner := []string{}
		text := m[3]
		n++
		for n < len(lines) {
			line := lines[n]
			blank := strings.TrimSpace(line) == ""
			deeper := len(line)-len(strings.TrimLeft(line, " ")) > indent
			if blank && n+1 < len(lines) && len(lines[n+1])-len(strings.TrimLeft(lines[n+1], " ")) > indent {
				deeper = true
			}
			if !deeper {
				break
			}
			inner = append(inner, strings.TrimPrefix(line, strings.Repeat(" ", min(len(line), indent+2))))
			n++
		}
		b.WriteString("<li>")
		if t := mdTask.FindStringSubmatch(text); t != nil {
			b.WriteString(map[bool]string{true: "☐ ", false: "☑ "}[t[1] == " "])
			text = text[len(t[0]):]
		}
		b.WriteString(inline(text))
		renderBlocks(b, inner)
		b.WriteString("</li>")
	}
	b.WriteString("</" + tag + ">")
	return n
}

func renderParagraph(b *strings.Builder, lines []string) int {
	n := 1
	for ; n < len(lines); n++ {
		line := lines[n]
		if strings.TrimSpace(line) == "" || mdFence.MatchString(line) || mdHeading.MatchString(line) || mdItem.MatchString(line) ||
			strings.HasPrefix(line, ">") || tableAt(lines, n) || mdDetails.MatchString(line) || mdSummary.MatchString(line) {
			break
		}
	}
	b.WriteString("<p>" + inline(strings.Join(lines[:n], "\n")) + "</p>")
	return n
}

var (
	mdLiteral = regexp.MustCompile("\\\\([!-/:-@\\[-`{-~])|``\\s?(.+?)\\s?``|`([^`]+)`|&(?:#[0-9]+|#[xX][0-9a-fA-F]+|[a-zA-Z0-9]+);")
	mdImage   = regexp.MustCompile(`!\[([^\]]*)\]\([^)\s]*\)`)
	mdLink    = regexp.MustCompile(`\[([^\]]+)\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)`)
	mdAuto    = regexp.MustCompile(`<((?:https?://|mailto:)[^\s<>]+)>`)
	mdBare    = regexp.MustCompile(`https?://[^\s<>()\x{E000}-\x{F8FF}]*[^\s<>().,:;!?"'\x{E000}-\x{F8FF}]`)
	mdBreak   = regexp.MustCompile(`<br\s*/?>|  \n|\\\n`)
	mdTagged  = regexp.MustCompile(`<(?:sub>([^<>]*)</sub|sup>([^<>]*)</sup|kbd>([^<>]*)</kbd|code>([^<>]*)</code|b>([^<>]*)</b|i>([^<>]*)</i)>`)
)

var markdownTags = map[byte]string{'*': "em", '_': "em"}

// inline renders the markup within a line.
func inline(s string) string {
	var h holder
	s = withoutPrivate(s)
	s = mdLiteral.ReplaceAllStringFunc(s, func(m string) string {
		switch g := mdLiteral.FindStringSubmatch(m); {
		case g[1] != "":
			return h.hold(html.EscapeString(g[1]))
		case g[2]+g[3] != "":
			return h.hold("<code>" + html.EscapeString(g[2]+g[3]) + "</code>")
		}
		return h.hold(html.EscapeString(withoutPrivate(html.UnescapeString(m))))
	})
	s = mdBreak.ReplaceAllStringFunc(s, func(string) string { return h.hold("<br>") })
	s = mdImage.ReplaceAllString(s, "[image: $1]")
	s = mdLink.ReplaceAllStringFunc(s, func(m string) string {
		g := mdLink.FindStringSubmatch(m)
		return h.hold(link(h.plain(g[2]), words(g[1])))
	})
	s = mdAuto.ReplaceAllStringFunc(s, func(m string) string {
		address := h.plain(m[1 : len(m)-1])
		return h.hold(link(address, html.EscapeString(strings.TrimPrefix(address, "mailto:"))))
	})
	s = mdBare.ReplaceAllStringFunc(s, func(m string) string { return h.hold(link(m, html.EscapeString(m))) })
	s = mdTagged.ReplaceAllStringFunc(s, func(m string) string {
		tag := m[1:strings.Index(m, ">")]
		text := strings.Join(mdTagged.FindStringSubmatch(m)[1:], "")
		return h.hold("<" + tag + ">" + words(text) + "</" + tag + ">")
	})
	return h.release(words(s))
}

// plain puts the pieces back into an address, as the text that they show.
func (h *holder) plain(s string) string {
	var b strings.Builder
	for _, r := range s {
		if private(r) && int(r-firstHolder) < len(h.pieces) {
			b.WriteString(html.UnescapeString(h.pieces[r-firstHolder]))
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

var (
	mdStrong = regexp.MustCompile(`\*\*([^\s*](?:.*?[^\s*])?)\*\*|__([^\s_](?:.*?[^\s_])?)__`)
	mdStrike = regexp.MustCompile(`~~([^~]+)~~`)
)

// words renders bold, struck and slanted words, and escapes the rest.
func words(s string) string {
	if m := mdStrong.FindStringSubmatchIndex(s); m != nil {
		g := mdStrong.FindStringSubmatch(s)
		return words(s[:m[0]]) + "<strong>" + words(g[1]+g[2]) + "</strong>" + words(s[m[1]:])
	}
	if m := mdStrike.FindStringSubmatchIndex(s); m != nil {
		return words(s[:m[0]]) + "<s>" + words(s[m[2]:m[3]]) + "</s>" + words(s[m[1]:])
	}
	return emphasis(s, "*_", markdownTags, html.EscapeString)
}
