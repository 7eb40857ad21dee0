package check

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/openedx/advisory-reminders/internal/notify"
)

// A finding is how one line of a check came out.
type finding int

// The findings.
const (
	good    finding = iota
	warn            // reminders go out, and yet a human should look at it
	fail            // keeps reminders from going out
	unknown         // can't be known
)

// String returns the word that stands in the table.
func (f finding) String() string { return [...]string{"OK", "WARN", "FAIL", "UNKNOWN"}[f] }

// A line is one line of the table of a check.
type line struct {
	finding finding
	what    string // such as "mail server"
	detail  string
	do      string // what to do about it; every line that fails has one
	wrong   bool   // it fails because an input or the configuration is wrong
	step    string // which a public log names where it fails
}

// A group is the lines of one part of the check.
type group []line

// with adds what is not in a list yet.
func with[T comparable](list []T, more ...T) []T {
	for _, x := range more {
		if !slices.Contains(list, x) {
			list = append(list, x)
		}
	}
	return list
}

// tableWidth is how many columns the table has on a terminal.
const tableWidth = 100

// A Table is what a check has found.
type Table struct {
	groups []group
	wrong  Mistakes // in the inputs and the configuration
}

// Terminal returns the table for a terminal, with a blank line between the groups and
// without color, and its count.
func (t Table) Terminal() string {
	widest := 0
	for _, l := range slices.Concat(t.groups...) {
		widest = max(widest, utf8.RuneCountInString(l.what))
	}
	wrap := func(text string, width int) []string { return notify.Wrap(notify.Clean(text), width, width) }
	var b strings.Builder
	indent := len("UNKNOWN") + 2 + widest + 2
	for _, g := range t.groups {
		if len(g) == 0 {
			continue
		}
		for _, l := range g {
			for i, text := range wrap(l.detail, tableWidth-indent) {
				head := strings.Repeat(" ", indent)
				if i == 0 {
					head = fmt.Sprintf("%-7s  %-*s  ", l.finding, widest, l.what)
				}
				b.WriteString(strings.TrimRight(head+text, " ") + "\n")
			}
			for i, text := range wrap(l.do, tableWidth-indent-3) {
				arrow := "   "
				if i == 0 {
					arrow = "-> "
				}
				if text != "" {
					b.WriteString(strings.Repeat(" ", indent) + arrow + text + "\n")
				}
			}
		}
		b.WriteString("\n")
	}
	return b.String() + t.count()
}

// Markdown returns the table for a job summary, and its count.
func (t Table) Markdown() string {
	rows := [][]string{}
	for _, l := range slices.Concat(t.groups...) {
		rows = append(rows, []string{l.finding.String(), l.what, l.detail, l.do})
	}
	return notify.MarkdownTable("Check", []string{"", "What", "Detail", "What to do"}, rows) + "\n" + t.count() + "\n"
}

// count says in a sentence how the lines came out.
func (t Table) count() string {
	var n [4]int
	for _, l := range slices.Concat(t.groups...) {
		n[l.finding]++
	}
	return fmt.Sprintf("OK: %d, WARN: %d, FAIL: %d, UNKNOWN: %d. Nothing was sent.", n[good], n[warn], n[fail], n[unknown])
}

// Failures returns what keeps reminders from going out, a line each.
func (t Table) Failures() []string { return t.lines(fail) }

// Warnings returns what is no failure and yet a human should look at, a line each.
func (t Table) Warnings() []string { return t.lines(warn, unknown) }

func (t Table) lines(these ...finding) (list []string) {
	for _, l := range slices.Concat(t.groups...) {
		if !slices.Contains(these, l.finding) {
			continue
		}
		text := l.what + ": " + l.detail
		if l.do != "" {
			text += " -> " + l.do
		}
		list = append(list, l.finding.String()+" "+text)
	}
	return list
}

// A Verdict is the error of a check that did not come out well.
type Verdict struct {
	steps []string // those that failed, in the order of the table
	Wrong Mistakes // in the inputs and the configuration
	Usage bool     // the inputs or the configuration are wrong
}

// Error names the steps.
func (v *Verdict) Error() string { return "check: failed at: " + strings.Join(v.steps, "; ") }

// Verdict returns nil where no line fails.
func (t Table) Verdict() error {
	v := Verdict{Wrong: t.wrong}
	for _, l := range slices.Concat(t.groups...) {
		if l.finding != fail {
			continue
		}
		v.steps = with(v.steps, l.step)
		v.Usage = v.Usage || l.wrong
	}
	if len(v.steps) == 0 {
		return nil
	}
	return &v
}
