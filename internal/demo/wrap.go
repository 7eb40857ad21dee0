package demo

import (
	"strings"
	"unicode/utf8"
)

// wrap breaks a text of tokens into lines of n columns, between tokens where it
// can. Control characters become spaces, since a terminal would obey them.
func wrap(tokens []string, n int) []string {
	var lines []string
	line := ""
	for _, token := range tokens {
		token = plain(token)
		if line != "" && width(line)+1+width(token) <= n {
			line += " " + token
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		rest := []rune(strings.TrimLeft(token, " "))
		for ; len(rest) > n; rest = rest[n:] {
			lines = append(lines, string(rest[:n]))
		}
		line = string(rest)
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return ' '
		}
		return r
	}, s)
}

// width is how many columns a text takes, were all characters narrow.
func width(s string) int { return utf8.RuneCountInString(s) }

func pad(s string, n int) string { return s + strings.Repeat(" ", max(0, n-width(s))) }

// cut shortens a text to n columns, the last of which then says so.
func cut(s string, n int) string {
	s = plain(s)
	if width(s) <= n {
		return s
	}
	return strings.TrimRight(string([]rune(s)[:max(0, n-1)]), " ,;") + "…"
}
