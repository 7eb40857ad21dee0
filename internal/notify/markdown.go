package notify

import (
	"regexp"
	"strings"
)

// Markdown returns a report for the summary of a job on GitHub. Nothing in it but
// the report's own links becomes a link, an image, HTML or a mention.
func Markdown(r Report) string {
	var b strings.Builder
	laid := NewReport(r)
	b.WriteString("## " + escapeMarkdown(laid.Title) + "\n\n")
	for _, l := range laid.Lines {
		b.WriteString(markdownLine(l) + "\n\n")
	}
	for _, g := range laid.Groups {
		b.WriteString("### " + escapeMarkdown(g.Title) + "\n\n")
		for _, s := range g.Sections {
			if lead := s.Lead(); len(lead) > 0 {
				b.WriteString(markdownLine(lead) + "\n\n")
			}
			for _, l := range s.Points() {
				b.WriteString("- " + markdownLine(l) + "\n")
			}
			b.WriteString("\n")
		}
	}
	return b.String()
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
		case Code, Mention:
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
// number of an issue, a commit or an emoji, which it looks for after Markdown has
// been read.
const joiner = "&#8288;"

var (
	emoji  = regexp.MustCompile(`^:[^\s:]+:`)
	commit = regexp.MustCompile(`\b[0-9a-fA-F]{7,40}\b`)
)

// markdownEscapes are the characters that always mean something.
var markdownEscapes = map[rune]string{
	'<': "&lt;", '>': "&gt;", '&': "&amp;", '@': `\@` + joiner, '#': `\#` + joiner,
	'\\': `\\`, '`': "\\`", '*': `\*`, '_': `\_`, '[': `\[`, ']': `\]`, '|': `\|`, '~': `\~`, '$': `\$`,
}

// escapeMarkdown makes Markdown show s as it is.
func escapeMarkdown(s string) string {
	var b strings.Builder
	parted := partCommits(s)
	for i, r := range s {
		if parted[i] {
			b.WriteString(joiner)
		}
		escaped, ok := markdownEscapes[r]
		switch {
		case ok:
			b.WriteString(escaped)
		case r == ':' && (strings.HasPrefix(s[i:], "://") || emoji.MatchString(s[i:])):
			b.WriteString(":" + joiner)
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

// partCommits returns where to part what may be the id of a commit, so that no piece
// of it is one.
func partCommits(s string) map[int]bool {
	parted := make(map[int]bool)
	for _, at := range commit.FindAllStringIndex(s, -1) {
		for i := at[0] + 4; i < at[1]; i += 4 {
			parted[i] = true
		}
	}
	return parted
}

// digits reports whether s is a number, which with a dot would begin a list.
func digits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// MarkdownTable returns a table for the summary of a job, by the rules of
// Markdown. The first cell of every row is bold.
func MarkdownTable(title string, columns []string, rows [][]string) string {
	var b strings.Builder
	b.WriteString("## " + escapeMarkdown(title) + "\n\n| " + strings.Join(columns, " | ") + " |\n")
	b.WriteString("|" + strings.Repeat(" --- |", len(columns)) + "\n")
	for _, row := range rows {
		b.WriteString("| " + markdownLine(Line{bold(row[0])}))
		for _, s := range row[1:] {
			b.WriteString(" | " + markdownLine(sentence(Clean(s))))
		}
		b.WriteString(" |\n")
	}
	return b.String()
}

// Parts cuts the Markdown of a report into parts of at most so many bytes, between
// its rows. A part that goes on with a section repeats its heading. Nothing is left
// out: a row that is too long goes on in the next part.
func Parts(markdown string, most int) []string {
	var parts []string
	var part, before strings.Builder // before a row: a heading, an introduction
	again := ""                      // what a part begins with that goes on here
	add := func(text string) {
		switch {
		case part.Len() > 0 && part.Len()+len(text) <= most:
			part.WriteString(text)
			return
		case part.Len() > 0:
			parts = append(parts, part.String())
			part.Reset()
		}
		if len(parts) > 0 && !strings.HasPrefix(strings.TrimSpace(text), "#") {
			text = again + text
		}
		for len(text) > most {
			cut := strings.LastIndexByte(text[:most], ' ') + 1
			if cut <= len(again) {
				cut = len(strings.ToValidUTF8(text[:most], ""))
			}
			parts, text = append(parts, text[:cut]), text[cut:]
		}
		part.WriteString(text)
	}
	for line := range strings.Lines(markdown) {
		if strings.HasPrefix(line, "#") {
			again = "### " + strings.TrimSpace(strings.TrimLeft(line, "#")) + " (continued)\n\n"
		}
		before.WriteString(line)
		if strings.HasPrefix(line, "- ") {
			add(before.String())
			before.Reset()
		}
	}
	add(before.String())
	return append(parts, part.String())
}
