package demo

import (
	"bytes"
	"html"
	"html/template"
	"regexp"
	"strconv"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	tables "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	goldhtml "github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/util"
)

// summaries renders what job summaries contain: headings, paragraphs, lists,
// tables, links, bold words, and code between tags. Everything else, other HTML
// included, is shown as text.
var summaries = newMarkdown()

// comments renders those on drafts, in which each line is one of its own, and code
// is between backticks.
var comments = newMarkdown(goldmark.WithRendererOptions(goldhtml.WithHardWraps()),
	goldmark.WithParserOptions(parser.WithInlineParsers(util.Prioritized(parser.NewCodeSpanParser(), 4))))

func newMarkdown(further ...goldmark.Option) goldmark.Markdown {
	return goldmark.New(append([]goldmark.Option{
		goldmark.WithParser(parser.NewParser(
			parser.WithBlockParsers(
				util.Prioritized(parser.NewListParser(), 1),
				util.Prioritized(parser.NewListItemParser(), 2),
				util.Prioritized(parser.NewATXHeadingParser(), 3),
				util.Prioritized(parser.NewParagraphParser(), 4),
			),
			parser.WithInlineParsers(
				util.Prioritized(parser.NewLinkParser(), 1),
				util.Prioritized(parser.NewRawHTMLParser(), 2),
				util.Prioritized(parser.NewEmphasisParser(), 3),
			),
		)),
		goldmark.WithExtensions(extension.Table),
		goldmark.WithRendererOptions(renderer.WithNodeRenderers(util.Prioritized(elements{}, 1))),
	}, further...)...)
}

func convert(by goldmark.Markdown, s string) template.HTML {
	var b bytes.Buffer
	_ = by.Convert([]byte(s), &b) // writing to a buffer never fails
	return template.HTML(b.String())
}

// elements renders the nodes that goldmark itself would render differently. With
// its roles a table remains one where the page lays it out as lines.
type elements struct{}

func (elements) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	between := func(start, end string) renderer.NodeRendererFunc {
		return func(w util.BufWriter, _ []byte, _ ast.Node, entering bool) (ast.WalkStatus, error) {
			return write(w, entering, start, end)
		}
	}
	r.Register(tables.KindTable, between(`<div class="scroll"><table role="table">`, "</tbody></table></div>\n"))
	r.Register(tables.KindTableHeader, between(`<thead role="rowgroup"><tr role="row">`, `</tr></thead><tbody role="rowgroup">`))
	r.Register(tables.KindTableRow, between(`<tr role="row">`, "</tr>\n"))
	r.Register(tables.KindTableCell, cell)
	r.Register(ast.KindHeading, heading)
	r.Register(ast.KindLink, webLink)
	r.Register(ast.KindImage, between("[image: ", "]"))
	r.Register(ast.KindRawHTML, codeTag)
}

func write(w util.BufWriter, entering bool, start, end string) (ast.WalkStatus, error) {
	if !entering {
		start = end
	}
	_, err := w.WriteString(start)
	return ast.WalkContinue, err
}

// heading renders a heading one level lower, below the page's own heading.
func heading(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	tag := "h" + strconv.Itoa(min(n.(*ast.Heading).Level+1, 6)) + ">"
	return write(w, entering, "<"+tag, "</"+tag+"\n")
}

func webLink(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	address := string(util.URLEscape(n.(*ast.Link).Destination, true))
	start, end := anchor(address, "https://", "http://")
	return write(w, entering, start, end)
}

// codeTag keeps an HTML tag that is one of a pair around code, and shows any
// other as text.
func codeTag(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	tag := htmlTag(n, source)
	next := func(step func(ast.Node) ast.Node) string {
		for n := step(n); n != nil; n = step(n) {
			if tag := htmlTag(n, source); tag != "" {
				return tag
			}
		}
		return ""
	}
	pair := tag == "<code>" && next(ast.Node.NextSibling) == "</code>" || tag == "</code>" && next(ast.Node.PreviousSibling) == "<code>"
	if !pair {
		tag = html.EscapeString(tag)
	}
	return write(w, entering, tag, "")
}

func htmlTag(n ast.Node, source []byte) string {
	raw, ok := n.(*ast.RawHTML)
	if !ok {
		return ""
	}
	return string(raw.Segments.Value(source))
}

// shortCell is the length of a cell that is kept on one line.
const shortCell = 20

func cell(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	tag, role := "td", "cell"
	if n.Parent().Kind() == tables.KindTableHeader {
		tag, role = "th", "columnheader"
	}
	class := ""
	if isShort(n, source) {
		class = ` class="short"`
	}
	return write(w, entering, `<`+tag+` role="`+role+`"`+class+`>`, "</"+tag+">")
}

// isShort reports whether a cell should be kept on one line.
func isShort(cell ast.Node, source []byte) bool {
	var text []byte
	links := 0
	_ = ast.Walk(cell, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		switch n := n.(type) {
		case *ast.Link:
			links++
		case *ast.Text:
			if entering {
				text = append(text, n.Value(source)...)
			}
		}
		return ast.WalkContinue, nil
	})
	return links == 0 && width(html.UnescapeString(string(util.UnescapePunctuations(text)))) <= shortCell
}

var (
	headingLine = regexp.MustCompile(`<h[2-6]>(.*)</h[2-6]>`)
	innerTag    = regexp.MustCompile(`</?(?:a|code|em|strong)(?: [^<>]*)?>`)
	otherTag    = regexp.MustCompile(`<[^<>]*>`)
)

// wordsOf returns the text of rendered HTML, one line for each block.
func wordsOf(rendered template.HTML) string {
	return html.UnescapeString(otherTag.ReplaceAllString(innerTag.ReplaceAllString(string(rendered), ""), "\n"))
}

// anchor returns the tags of a link, or nothing if the address begins with none
// of the schemes.
func anchor(address string, schemes ...string) (start, end string) {
	for _, s := range schemes {
		if len(address) > len(s) && strings.EqualFold(address[:len(s)], s) {
			return `<a href="` + html.EscapeString(address) + `" target="_blank" rel="noopener noreferrer">`, "</a>"
		}
	}
	return "", ""
}
