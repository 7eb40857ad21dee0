// Package inert shows, for tests, that no outside text in a message is
// interpreted as markup: it reads messages with real parsers, and returns
// what they find beyond what the program itself puts there.
//
// What the program puts there is learned from harmless messages, so that a
// change of a template needs no change here.
package inert

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// problems are what was found in a message.
type problems []string

func (p *problems) say(format string, args ...any) { *p = append(*p, fmt.Sprintf(format, args...)) }

// text says of a text that is to show as it is what Text finds in it.
func (p *problems) text(what, s string) {
	for _, problem := range Text(s) {
		p.say("%s %s", what, problem)
	}
}

// Text returns what in a plain text could control a terminal, hide, or change
// how other text shows. Line breaks are allowed.
func Text(s string) []string {
	var found problems
	if !utf8.ValidString(s) {
		found.say("is not UTF-8")
	}
	for i, r := range s {
		if r != '\n' && invisible(r) {
			found.say("holds %U at %q", r, around(s, i))
		}
	}
	return found
}

// invisible reports whether a character shows nothing, or changes how others
// show. The word joiner is the program's own.
func invisible(r rune) bool {
	return r != 0x2060 && (unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) ||
		r >= 0xFE00 && r <= 0xFE0F || r >= 0xE0000 && r <= 0xE0FFF || r == 0x3164 || r == 0x034F)
}

func around(s string, i int) string {
	return s[max(0, i-20):min(len(s), i+20)]
}

// Commands returns the lines of a log on GitHub that its runner would carry
// out, but for those that begin with one of the program's own.
//
// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
func Commands(log string, own ...string) []string {
	var found problems
	for _, line := range strings.FieldsFunc(log, func(r rune) bool { return r == '\n' || r == '\r' }) {
		if slices.ContainsFunc(own, func(o string) bool { return strings.HasPrefix(line, o) }) {
			_, rest, _ := strings.Cut(line[2:], "::")
			line = rest
			if strings.Contains(line, "##[") {
				line = "##["
			} else {
				continue
			}
		}
		if strings.HasPrefix(strings.TrimSpace(line), "::") || strings.Contains(line, "##[") {
			found.say("the runner would carry out %.80q", line)
		}
	}
	return found
}

// Workflow returns what the variable of a Slack workflow could make of a text.
func Workflow(s string) []string {
	found := problems(Text(s))
	if i := strings.IndexAny(s, "<>&"); i >= 0 {
		found.say("holds a sign that Slack reads, at %q", around(s, i))
	}
	if n := length(s); n > maxCharacters+100 {
		found.say("has %d characters", n)
	}
	return found
}

// Addresses tells the addresses that messages may lead to, by how they begin. A
// mailto: is one as a whole: what follows it could name more recipients.
type Addresses []string

var pathForm = regexp.MustCompile(`^[A-Za-z0-9._~:/?#@!$&*+,;=%-]*$`)

// readyAnswer is what may follow the one recipient of a mail that is ready to be
// sent: one of the program's subjects, and ids of advisories.
var readyAnswer = regexp.MustCompile(`^\?subject=Advisory%20reminder%3A%20(working%20on%20it|not%20before%20DATE|not%20mine|need%20access)&body=(GHSA(-[0-9A-Za-z]{4}){3}(%0D%0A)?)*$`)

// shows reports whether what a link to write to somebody shows is the address or the
// subject.
func shows(to, text string) bool {
	address, query, ready := strings.Cut(to, "?")
	if !ready {
		return text == address
	}
	values, err := url.ParseQuery(query)
	return err == nil && "“"+strings.TrimPrefix(values.Get("subject"), "Advisory reminder: ")+"”" == text
}

// Allow reports whether an address is one of the list, and holds nothing that
// could end a link.
func (a Addresses) Allow(address string) bool {
	return slices.ContainsFunc(a, func(prefix string) bool {
		if strings.HasPrefix(prefix, "mailto:") {
			rest, ok := strings.CutPrefix(address, prefix)
			return ok && (rest == "" || readyAnswer.MatchString(rest))
		}
		rest, ok := strings.CutPrefix(address, prefix)
		return ok && pathForm.MatchString(rest)
	})
}
