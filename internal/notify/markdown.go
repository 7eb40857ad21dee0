package notify

import (
	"regexp"
	"strings"
)

// Markdown returns a report for the summary of a job on GitHub. Nothing in it but
// the report's own links becomes a link, an image, HTML or a mention.
func Markdown(r Report) string {
	var b strings.Builder
	for n, s := range Sections(r) {
		if n == 0 {
			b.WriteString("## ")
		} else {
			b.WriteString("\n### ")
		}
		b.WriteString(escapeMarkdown(s.Title) + "\n\n")
		if len(s.Intro) > 0 {
			b.WriteString(markdownLine(s.Intro) + "\n\n")
		}
		if len(s.Columns) == 0 {
			for _, row := range s.Rows {
				b.WriteString("- " + markdownRow(row, " ") + "\n")
			}
			continue
		}
		b.WriteString("| " + strings.Join(s.Columns, " | ") + " |\n")
		b.WriteString("|" + strings.Repeat(" --- |", len(s.Columns)) + "\n")
		for _, row := range s.Rows {
			b.WriteString("| " + markdownRow(row, " | ") + " |\n")
		}
	}
	return b.String()
}

func markdownRow(row []Line, between string) string {
	cells := make([]string, len(row))
	for i, l := range row {
		cells[i] = markdownLine(l)
	}
	return strings.Join(cells, between)
}

func markdownLine(l Line) string {
	var b strings.Builder
	for _, s := range l {
		if s.Text == "" {
			continue
		}
		switch s.Kind {
		case Bold:
			b.WriteString("**" + escapeMarkdown(s.Text) + "**")
		case Code:
			b.WriteString("<code>" + escapeMarkdown(s.Text) + "</code>")
		case Link:
			b.WriteString("[" + escapeMarkdown(s.Text) + "](<" + s.URL + ">)")
		default:
			b.WriteString(escapeMarkdown(s.Text))
		}
	}
	return b.String()
}

// The invisible joiner keeps GitHub from seeing a mention, an address, the
// number of an issue or an emoji, which it looks for after Markdown has been
// read.
const joiner = "&#8288;"

var emoji = regexp.MustCompile(`^:[^\s:]+:`)

// escapeMarkdown makes Markdown show s as it is.
func escapeMarkdown(s string) string {
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '&':
			b.WriteString("&amp;")
		case r == '@' || r == '#':
			b.WriteString(`\` + string(r) + joiner)
		case r == ':' && (strings.HasPrefix(s[i:], "://") || emoji.MatchString(s[i:])):
			b.WriteString(":" + joiner)
		case strings.ContainsRune("\\`*_[]|~$", r):
			b.WriteString(`\` + string(r))
		case r == '.' && (strings.EqualFold(s[max(0, i-3):i], "www") || digits(s[:i])):
			b.WriteString(`\.`)
		case r == '-' && strings.EqualFold(s[max(0, i-2):i], "gh"):
			b.WriteString("-" + joiner)
		case strings.ContainsRune("-+=", r) && i == 0, r == ')' && digits(s[:i]):
			b.WriteString(`\` + string(r))
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// digits reports whether s is a number, which with a dot would begin a list.
func digits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// MarkdownTable returns a table for the summary of a job, by the rules of
// Markdown. The first cell of every row is bold.
func MarkdownTable(title string, columns []string, rows [][]string) string {
	var b strings.Builder
	b.WriteString("## " + escapeMarkdown(title) + "\n\n")
	b.WriteString("| " + strings.Join(columns, " | ") + " |\n")
	b.WriteString("|" + strings.Repeat(" --- |", len(columns)) + "\n")
	for _, row := range rows {
		var cells []Line
		for i, text := range row {
			kind := Text
			if i == 0 {
				kind = Bold
			}
			cells = append(cells, Line{{Kind: kind, Text: Clean(text)}})
		}
		b.WriteString("| " + markdownRow(cells, " | ") + " |\n")
	}
	return b.String()
}
