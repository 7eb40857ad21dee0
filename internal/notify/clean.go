package notify

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// longest is how many characters of one outside text a message shows. GitHub's
// own limit for a title is about the same.
const longest = 1000

// Clean returns s as one line that shows all that it holds: line breaks and
// other white space become a space, and control characters, zero-width
// characters and those that turn the direction of writing are dropped. Bytes
// that are no UTF-8 become the replacement character.
func Clean(s string) string { return strings.TrimSpace(oneLine(s)) }

// oneLine is Clean, but for one space that it leaves at either end.
func oneLine(s string) string {
	var b strings.Builder
	space := false
	for _, r := range s {
		if unicode.IsSpace(r) {
			if !space {
				b.WriteByte(' ')
			}
			space = true
			continue
		}
		if invisible(r) {
			continue
		}
		space = false
		b.WriteRune(r)
	}
	return b.String()
}

// invisible reports whether a character shows nothing, or changes how others
// show.
func invisible(r rune) bool {
	switch {
	case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co):
		return true
	case r == 0x034F, r == 0x115F, r == 0x1160, r == 0x3164, r == 0xFFA0: // joiners and fillers
		return true
	case r >= 0xFE00 && r <= 0xFE0F, r >= 0xE0000 && r <= 0xE0FFF: // variation selectors, tags
		return true
	}
	return false
}

// clip returns a cleaned text of at most that many characters. It says how many
// were left out.
func clip(s string, limit int) string {
	s = Clean(s)
	n := utf8.RuneCountInString(s)
	if n <= limit {
		return s
	}
	cut := 0
	for range limit {
		_, size := utf8.DecodeRuneInString(s[cut:])
		cut += size
	}
	return strings.TrimSpace(s[:cut]) + "… (" + Plural(n-limit, "more character", "more characters") + " left out)"
}

// SafeURL returns an address in a form that can stand in any message, and
// reports whether it is one that a reader may follow: http or https, with a
// host, no password, and nothing that could end a link early.
func SafeURL(s string) (string, bool) {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && u.Scheme != "http" {
		return "", false
	}
	s = u.String()
	for _, r := range s {
		if r <= ' ' || r > '~' || strings.ContainsRune("\"'<>()[]{}|\\^`", r) {
			return "", false
		}
	}
	return s, len(s) <= 1000
}
