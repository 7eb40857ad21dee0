package notify

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/reminder"
)

// Plural returns "1 advisory" or "3 advisories".
func Plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// Sentence returns a text with a capital at its beginning and a period at its end.
func Sentence(s string) string {
	return capital(strings.TrimSuffix(s, ".")) + "."
}

// capital returns a text with a capital at its beginning.
func capital(s string) string {
	if s == "" {
		return ""
	}
	r, n := utf8.DecodeRuneInString(s)
	return strings.ToUpper(string(r)) + s[n:]
}

// LowerFirst returns a text with a small letter at its beginning.
func LowerFirst(s string) string {
	_, n := utf8.DecodeRuneInString(s)
	return strings.ToLower(s[:n]) + s[n:]
}

// FirstOf names the first ten of a list, and how many more there are.
func FirstOf(list []string) string { return firstOf(list, 10) }

func firstOf(list []string, most int) string {
	text := strings.Join(list[:min(most, len(list))], ", ")
	if n := len(list) - most; n > 0 {
		text += fmt.Sprintf(" and %d more", n)
	}
	return text
}

// SomeOf names the first few people of a list, and how many others there are.
func SomeOf(list []string) string {
	const few = 3
	if len(list) <= few+1 {
		return strings.Join(list, ", ")
	}
	return strings.Join(list[:few], ", ") + fmt.Sprintf(" and %d others", len(list)-few)
}

// age returns for how long an advisory has been open, in calendar days.
func age(days int) string {
	if days <= 0 {
		return "opened today"
	}
	return "open for " + Plural(days, "day", "days")
}

// rating returns severity and score, such as "Critical 9.8", and whether it is
// new.
func rating(i Item) string {
	name := capital(i.Severity.String())
	if i.Score > 0 && i.Severity != advisory.Unscored {
		name = fmt.Sprintf("%s %.1f", name, i.Score)
	}
	if i.New {
		name += ", new"
	}
	return name
}

// Often returns a cadence in the word that people read.
func Often(c reminder.Cadence) string {
	if c == reminder.Semiannually {
		return "twice-yearly"
	}
	return c.String()
}

// date returns the date of t in loc, such as "9 November 2026". A nil location is UTC.
func date(t time.Time, loc *time.Location) string {
	return t.In(orUTC(loc)).Format("2 January 2006")
}

// Minute returns a time in loc to the minute, such as "Mon 2 Nov 2026 14:17 UTC".
func Minute(t time.Time, loc *time.Location) string {
	return t.In(loc).Format("Mon 2 Jan 2006 15:04 MST")
}

func orUTC(loc *time.Location) *time.Location {
	if loc == nil {
		return time.UTC
	}
	return loc
}

// orElse returns s cleaned, or what stands in for it where it is empty.
func orElse(s, otherwise string) string {
	if s = Clean(s); s != "" {
		return s
	}
	return otherwise
}

// openFor returns for how long an advisory has been open, as short as it can be
// said.
func openFor(days int) string {
	if days <= 0 {
		return "opened today"
	}
	return "open " + Plural(days, "day", "days")
}

// oneOf joins words with commas, and the last with a conjunction.
func oneOf(words []string, conjunction string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " " + conjunction + " " + words[last]
}
