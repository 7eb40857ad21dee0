package discussion

import (
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/reminder"
)

// A Kind is what a command asks for.
type Kind string

// The kinds. An unknown word asks for Help.
const (
	Snooze     Kind = "snooze"
	SnoozeOff  Kind = "snooze off"
	Release    Kind = "release"
	ReleaseOff Kind = "release off"
	Answered   Kind = "answered"
	NotMine    Kind = "not-mine"
	Help       Kind = "help"
)

// A Problem is why a command is not done.
type Problem string

// The problems. A command without one is done.
const (
	Edited  Problem = "edited"   // nobody knows who wrote what it says now
	NoDate  Problem = "no date"  // it lacks a date or a time, or that can't be read
	Past    Problem = "past"     // the day is not after that of the comment
	TooFar  Problem = "too far"  // it is later than a snooze may last
	Weekend Problem = "weekend"  // a release is held to weekdays
	TooSoon Problem = "too soon" // a release is held to two days after the comment
)

// Notice is how long before a release it has to be known.
const Notice = 48 * time.Hour

// longestReason is how many characters of a reason are kept.
const longestReason = 300

// Rules are what commands are read by.
type Rules struct {
	Location   *time.Location // of days
	Releases   *time.Location // of the time of a release
	SnoozeDays int            // how long a snooze may last, in calendar days from the comment
}

// first matches the first line of a comment that is a command. What was pasted may
// hold other spaces than those of the keyboard.
var first = regexp.MustCompile(`^(?i:/remind)(?:[\s\pZ]+(.*))?$`)

// IsCommand reports whether the first line of a comment begins with /remind.
func IsCommand(body string) bool {
	_, ok := words(body)
	return ok
}

// words returns what follows /remind.
func words(body string) (string, bool) {
	line, _, _ := strings.Cut(body, "\n")
	m := first.FindStringSubmatch(strings.TrimRightFunc(line, unicode.IsSpace))
	if m == nil {
		return "", false
	}
	return strings.TrimSpace(m[1]), true
}

// next cuts the first word off a text.
func next(s string) (word, rest string) {
	word, rest = s, ""
	if i := strings.IndexFunc(s, unicode.IsSpace); i >= 0 {
		word, rest = s[:i], strings.TrimSpace(s[i:])
	}
	return word, rest
}

// parse reads a command from a comment that is one.
func (r Rules) parse(c advisory.Comment) Command {
	text, _ := words(c.Body)
	word, rest := next(text)
	command := Command{Kind: Help, By: c.Author.Login, Account: c.Author.ID, At: c.Created}
	arg, tail := next(rest)
	off := strings.EqualFold(arg, "off")
	switch strings.ToLower(word) {
	case "snooze":
		if command.Kind = SnoozeOff; !off {
			command.Kind = Snooze
			r.snooze(&command, arg, tail)
		}
	case "release":
		if command.Kind = ReleaseOff; !off {
			command.Kind = Release
			clock, _ := next(tail)
			r.release(&command, arg, clock)
		}
	case "answered":
		command.Kind = Answered
	case "not-mine":
		command.Kind = NotMine
	}
	if !c.Updated.Equal(c.Created) {
		command.Problem = Edited
	}
	return command
}

// snooze reads the day of a snooze: the first one on which reminders go on.
func (r Rules) snooze(c *Command, day, reason string) {
	c.Reason = clip(reason)
	y, m, d := c.At.In(r.Location).Date()
	c.Bound = reminder.StartOfDay(y, m, d+r.SnoozeDays, r.Location)
	date, err := time.Parse(time.DateOnly, day)
	if err != nil {
		c.Problem = NoDate
		return
	}
	c.Until = reminder.StartOfDay(date.Year(), date.Month(), date.Day(), r.Location)
	switch {
	case !c.Until.After(c.At):
		c.Problem = Past
	case c.Until.After(c.Bound):
		c.Problem = TooFar
	}
}

// release reads the time of a planned release.
func (r Rules) release(c *Command, day, clock string) {
	c.Bound = c.At.Add(Notice)
	at, err := time.ParseInLocation("2006-01-02 15:04", day+" "+clock, r.Releases)
	if year := at.UTC().Year(); err != nil || year < 1 || year > 9999 { // which no ledger could hold
		c.Problem = NoDate
		return
	}
	c.Until = at.UTC()
	switch weekday := at.Weekday(); {
	case weekday == time.Saturday, weekday == time.Sunday:
		c.Problem = Weekend
	case c.Until.Before(c.Bound):
		c.Problem = TooSoon
	}
}

// clip bounds a reason.
func clip(s string) string {
	s = strings.ToValidUTF8(s, "")
	if utf8.RuneCountInString(s) > longestReason {
		s = string([]rune(s)[:longestReason])
	}
	return s
}
