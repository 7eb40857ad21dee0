package notify

import "strings"

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
