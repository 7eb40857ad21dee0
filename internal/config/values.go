package config

import (
	"net/mail"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/openedx/advisory-reminders/internal/reminder"
)

// The longest grace, the longest quiet after an answer, the longest wait of a private
// report, the longest turn on duty and the longest snooze by command, in days, and the
// most people of one repository. More than that is a slip of the pen.
const (
	maxGrace  = 60
	maxQuiet  = 90
	maxTriage = 90
	maxTurn   = 366
	maxSnooze = 366
	maxPeople = 10_000
)

// What is expected where a value is not valid.
const (
	wantShort   = "at most 200 characters"
	wantAddress = "a mail address such as name@example.org"
	wantPage    = "an address that begins with https:// or http://"
	wantZone    = "a time zone such as America/New_York or UTC"
	wantPeople  = "a whole number from 0 to 10000" // maxPeople
)

var (
	daysForm   = regexp.MustCompile(`^([0-9]{1,4})([dw])$`)
	meantForm  = regexp.MustCompile(`(?i)^0*([0-9]{1,4})\s*(d|days?|w|wks?|weeks?)?$`)
	branchForm = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._/+-]*$`)
	slackForm  = regexp.MustCompile(`^[UWCGD][A-Z0-9]{6,}$`)
)

// wholeDays reads 2d or 1w.
func wholeDays(s string) (int, bool) {
	m := daysForm.FindStringSubmatch(s)
	if m == nil {
		return 0, false
	}
	n, err := strconv.Atoi(m[1])
	if m[2] == "w" {
		n *= 7
	}
	return n, err == nil
}

// meantDays returns how a duration that lacks its unit, or has it in words, is
// written, such as 2d for "2" and 1w for "1 week"; or nothing.
func meantDays(s string) string {
	m := meantForm.FindStringSubmatch(strings.TrimSpace(s))
	if m == nil {
		return ""
	}
	if strings.HasPrefix(strings.ToLower(m[2]), "w") {
		return m[1] + "w"
	}
	return m[1] + "d"
}

// day returns the first instant of YYYY-MM-DD in loc.
func day(s string, loc *time.Location) (time.Time, bool) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return time.Time{}, false
	}
	return reminder.StartOfDay(t.Year(), t.Month(), t.Day(), loc), true
}

// zone loads a time zone by its IANA name. Local is refused: what it means
// depends on the machine.
func zone(name string) (*time.Location, bool) {
	if name == "" || name == "Local" {
		return nil, false
	}
	loc, err := time.LoadLocation(name)
	return loc, err == nil
}

func isZone(name string) bool {
	_, ok := zone(name)
	return ok
}

// mailAddress reports whether s is one bare address, without a name.
func mailAddress(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s && a.Name == ""
}

// webAddress reports whether s is an absolute address of the web that holds no
// password.
func webAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Hostname() != "" && u.User == nil
}

// branchName reports whether s can be the name of a branch. Of what git allows
// these are the names that people give.
//
// Source: https://git-scm.com/docs/git-check-ref-format
func branchName(s string) bool {
	return branchForm.MatchString(s) && len(s) <= 100 &&
		!strings.Contains(s, "..") && !strings.Contains(s, "/.") && !strings.Contains(s, "./") && !strings.Contains(s, ".lock/") &&
		!strings.Contains(s, "//") && !strings.HasSuffix(s, "/") && !strings.HasSuffix(s, ".") && !strings.HasSuffix(s, ".lock")
}

func shortLine(s string) bool { return utf8.RuneCountInString(s) <= 200 }

// date reads a day, and returns its first instant in the configured time zone.
func (d *decoder) date(v value) time.Time {
	text, ok := d.text(v)
	if !ok {
		return time.Time{}
	}
	t, ok := day(text, d.config.Policy.Location)
	if !ok {
		d.fail(v, "expected a date in the form YYYY-MM-DD")
	}
	return t
}

// daysInto returns what reads a duration of whole days into n.
func (d *decoder) daysInto(n *int, low, high int) func(value) {
	return func(v value) {
		if days, ok := d.days(v, low, high); ok {
			*n = days
		}
	}
}

// days reads a duration of whole days.
func (d *decoder) days(v value, low, high int) (int, bool) {
	const want = "a duration such as 2d or 1w"
	if v.node.Tag == "!!int" && meantDays(v.node.Value) != "" {
		d.fail(v, "expected %s: a number lacks its unit", want)
		d.frankly("expected %s: write %s", want, meantDays(v.node.Value))
		return 0, false
	}
	if !d.is(v, want, "!!str") {
		return 0, false
	}
	n, ok := wholeDays(strings.TrimSpace(v.node.Value))
	switch meant := meantDays(v.node.Value); {
	case !ok && meant != "":
		d.fail(v, "expected %s", want)
		d.frankly("expected %s: write %s", want, meant)
	case !ok:
		d.fail(v, "expected %s", want)
	case n < low || n > high:
		d.fail(v, "expected %dd to %dd", low, high)
	default:
		return n, true
	}
	return 0, false
}
