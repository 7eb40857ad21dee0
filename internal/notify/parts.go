package notify

import "strings"

// Parts cuts the Markdown of a report into parts of at most so many bytes, between
// its rows. A part that goes on with a section repeats its heading, and that of its
// table. Nothing is left out: a row that is too long goes on in the next part.
func Parts(markdown string, most int) []string {
	var parts []string
	var part, before strings.Builder // before a row: a heading, an introduction, a table's head
	var again string                 // what a part begins with that goes on here
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
	heading, head := "", 0 // head counts the lines of a table's
	for line := range strings.Lines(markdown) {
		table := strings.HasPrefix(line, "|")
		switch {
		case strings.HasPrefix(line, "#"):
			heading, head = "### "+strings.TrimSpace(strings.TrimLeft(line, "#"))+" (continued)\n\n", 0
			again = heading
		case !table:
			head = 0
		case head < 2:
			if head == 0 {
				again = heading
			}
			head++
			again += line
			before.WriteString(line)
			continue
		}
		if !table && !strings.HasPrefix(line, "- ") {
			before.WriteString(line)
			continue
		}
		add(before.String() + line)
		before.Reset()
	}
	add(before.String())
	return append(parts, part.String())
}
