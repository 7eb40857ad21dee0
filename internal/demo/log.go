package demo

import (
	"regexp"
	"strings"
)

var runnerCommand = regexp.MustCompile(`^\s*::([a-z-]+)(?: [^:]*)?::(.*)$`)

// logWords is what a run printed, as the runner would show it: its commands are
// carried out and not shown, since some hold tokens, but for those that are
// words to people.
func logWords(log string) string {
	var lines []string
	for line := range strings.Lines(log) {
		line = strings.TrimRight(line, "\r\n")
		if m := runnerCommand.FindStringSubmatch(line); m != nil {
			switch m[1] {
			case "error", "warning", "notice", "group":
				line = strings.NewReplacer("%0D", "", "%0A", "\n", "%25", "%").Replace(m[2])
			default:
				continue
			}
		}
		lines = append(lines, line)
	}
	return strings.Trim(strings.Join(lines, "\n"), "\n")
}

// indented puts every line below what is said of it.
func indented(s string) string { return "  " + strings.ReplaceAll(s, "\n", "\n  ") }
