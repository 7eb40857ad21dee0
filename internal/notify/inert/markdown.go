package inert

import (
	"fmt"
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
func Markdown(s string, links Addresses) (problems []string) {
	say := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	source := []byte(s)
	_ = ast.Walk(github.Parser().Parse(text.NewReader(source)), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Document, *ast.Heading, *ast.Paragraph, *ast.TextBlock, *ast.List, *ast.ListItem, *ast.String, *tables.TableHeader, *tables.TableCell:
		case *ast.Text:
			// A mention that GitHub would see has no joiner in it.
			if m := slackEmoji.FindString(unescape(string(n.Segment.Value(source)))); m != "" {
				say("GitHub would show %q as an emoji", m)
			}
			if m := mention.FindString(unescape(string(n.Segment.Value(source)))); m != "" {
				say("GitHub would see a mention in %.60q", n.Segment.Value(source))
			}
		case *ast.Emphasis:
			if n.Level != 2 {
				say("there is emphasis at %.80q", source[n.Pos():])
			}
		case *ast.Link:
			if !links.Allow(string(n.Destination)) {
				say("there is a link to %.80q", n.Destination)
			}
			if len(n.Title) > 0 {
				say("a link has the title %.60q", n.Title)
			}
		case *ast.RawHTML:
			segment := n.Segments.At(0)
			tag := string(segment.Value(source))
			if tag != "<code>" && tag != "</code>" {
				say("there is HTML: %.80q", tag)
			}
		case *tables.Table:
			header := n.FirstChild().ChildCount()
			for row := n.FirstChild(); row != nil; row = row.NextSibling() {
				if row.ChildCount() != header {
					say("a row has %d cells of %d", row.ChildCount(), header)
				}
			}
		case *tables.TableRow:
		default:
			say("there is a %s", n.Kind())
		}
		return ast.WalkContinue, nil
	})
	// The parser cuts a row with too many cells without a word.
	columns := 0
	for _, line := range strings.Split(s, "\n") {
		switch {
		case !strings.HasPrefix(line, "|"):
			columns = 0
		case columns == 0:
			columns = cells(line)
		case cells(line) != columns:
			say("a row has %d cells of %d: %.100q", cells(line), columns, line)
		}
	}
	return append(problems, Text(s)...)
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
