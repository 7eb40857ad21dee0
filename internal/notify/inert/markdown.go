package inert

import (
	"regexp"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	tables "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"
)

var (
	github  = goldmark.New(goldmark.WithExtensions(extension.GFM))
	mention = regexp.MustCompile(`(^|[^\pL\pN_])(@[A-Za-z0-9]|#[0-9]|(?i:gh)-[0-9]|[0-9a-fA-F]{7,40}\b)`)
)

// Markdown returns what GitHub would make of a text beyond the program's own
// headings, lists, tables, links and code: images, HTML, links to elsewhere,
// mentions, cells that are too many.
func Markdown(s string, links Addresses) []string {
	var found problems
	source := []byte(s)
	_ = ast.Walk(github.Parser().Parse(text.NewReader(source)), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			found.node(n, source, links)
		}
		return ast.WalkContinue, nil
	})
	found.rows(s)
	return append(found, Text(s)...)
}

// node looks at one node of a parsed text.
func (p *problems) node(n ast.Node, source []byte, links Addresses) {
	switch n := n.(type) {
	case *ast.Document, *ast.Heading, *ast.Paragraph, *ast.TextBlock, *ast.List, *ast.ListItem, *ast.String, *tables.Table, *tables.TableHeader, *tables.TableRow, *tables.TableCell:
	case *ast.Text:
		shown := unescape(string(n.Segment.Value(source)))
		if m := slackEmoji.FindString(shown); m != "" {
			p.say("GitHub would show %q as an emoji", m)
		}
		// A mention that GitHub would see has no joiner in it.
		if mention.MatchString(shown) {
			p.say("GitHub would see a mention in %.60q", n.Segment.Value(source))
		}
	case *ast.Emphasis:
		if n.Level != 2 {
			p.say("there is emphasis at %.80q", source[n.Pos():])
		}
	case *ast.Link:
		if !links.Allow(string(n.Destination)) {
			p.say("there is a link to %.80q", n.Destination)
		}
		if len(n.Title) > 0 {
			p.say("a link has the title %.60q", n.Title)
		}
	case *ast.RawHTML:
		segment := n.Segments.At(0)
		if tag := string(segment.Value(source)); tag != "<code>" && tag != "</code>" {
			p.say("there is HTML: %.80q", tag)
		}
	default:
		p.say("there is a %s", n.Kind())
	}
}

// rows looks for rows of tables with more or fewer cells than the first: the parser
// cuts one that has too many without a word.
func (p *problems) rows(s string) {
	columns := 0
	for line := range strings.SplitSeq(s, "\n") {
		switch {
		case !strings.HasPrefix(line, "|"):
			columns = 0
		case columns == 0:
			columns = cells(line)
		case cells(line) != columns:
			p.say("a row has %d cells of %d: %.100q", cells(line), columns, line)
		}
	}
}

// cells counts the cells of a row.
func cells(line string) int {
	n, escaped := -1, false
	for _, r := range line {
		if r == '|' && !escaped {
			n++
		}
		escaped = r == '\\' && !escaped
	}
	return n
}

// unescape takes out what shows as something else, and leaves a joiner where
// there is one.
func unescape(s string) string {
	return strings.NewReplacer(`\`, "", "&#8288;", "\u2060", "&amp;", "&", "&lt;", "<", "&gt;", ">").Replace(s)
}
