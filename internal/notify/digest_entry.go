package notify

import (
	"fmt"
	"strings"
	"time"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/owner"
	"github.com/openedx/advisory-reminders/internal/reminder"
)

// An Entry is one advisory of a letter.
type Entry struct {
	Repository string
	ID         string
	Draft      Line // a link
	Summary    string
	Severity   advisory.Severity
	Rating     string // such as "Critical 9.8" or "Low, new"
	Age        string // such as "open 41 days"
	Which      string // such as "6th reminder"
	Next       Line   // the next step that the reader can take
	Since      Line   // what was last said, where anything was
}

func entry(i Item, d Digest, by Medium) Entry {
	e := Entry{
		Repository: clip(i.Repository.String(), 200),
		ID:         clip(i.ID, 40),
		Summary:    clip(i.Summary, longest),
		Severity:   i.Severity,
		Rating:     rating(i),
		Age:        openFor(i.OpenDays),
		Which:      which(i.Reminders + 1),
		Next:       append(Line{bold("Next:"), text(" ")}, next(i, d, by)...),
	}
	e.Draft = Line{link("Open "+e.ID, i.URL)}
	var since []string
	if !i.LastWord.IsZero() {
		since = append(since, "Last word: "+ago(reminder.Days(i.LastWord, d.Now, orUTC(d.Location)))+", by an owner.")
	}
	if !i.Release.IsZero() {
		since = append(since, "Release planned: "+releaseTime(i.Release, d)+".")
	}
	if len(since) > 0 {
		e.Since = sentence(strings.Join(since, " "))
	}
	return e
}

// which returns which reminder it is: "first reminder", "2nd reminder".
func which(n int) string {
	if n <= 1 {
		return "first reminder"
	}
	suffix := "th"
	if n/10%10 != 1 {
		switch n % 10 {
		case 1:
			suffix = "st"
		case 2:
			suffix = "nd"
		case 3:
			suffix = "rd"
		}
	}
	return fmt.Sprintf("%d%s reminder", n, suffix)
}

// ago says how many days ago something was.
func ago(days int) string {
	if days <= 0 {
		return "today"
	}
	return Plural(days, "day", "days") + " ago"
}

// releaseTime is the time of a planned release, in the zone of announcements.
func releaseTime(t time.Time, d Digest) string {
	loc := d.Texts.Zone()
	return shortDay(t, d.Now, loc, "Monday, 2 January") + t.In(loc).Format(", 15:04") + " (" + loc.String() + ")"
}

// next is the next step that the reader can take: an administrator starts the fork,
// merges and publishes; anybody else asks for that.
func next(i Item, d Digest, by Medium) Line {
	switch {
	case i.Opens == owner.No:
		return Line{text("ask to be added to the draft" + reply(d, by) + ", then confirm the severity.")}
	case !i.Release.IsZero() && d.Now.Before(i.Release):
		do := publish(i) + " then"
		return Line{text("be ready for the release: " + whoever(i, d, by, do, "to "+do, "it"))}
	case !i.Release.IsZero():
		do := publish(i) + ", or plan anew"
		return Line{text("the planned release has passed: " + whoever(i, d, by, do, "to "+do, "it"))}
	case i.PrivateFork != "":
		return Line{text("finish and test the fix in the "), link("private fork", i.PrivateFork), text(", then announce the release.")}
	}
	return Line{text("confirm the severity, then " + whoever(i, d, by, "start a private fork", "for a private fork", "one"))}
}

// publish is what an administrator does in the end.
func publish(i Item) string {
	if i.PrivateFork == "" {
		return "publish the advisory"
	}
	return "merge the fork and publish"
}

// whoever ends a sentence with what an administrator does and anybody else asks for,
// in one word at the last.
func whoever(i Item, d Digest, by Medium, do, ask, it string) string {
	names := oneOfAdmins(i.Admins)
	switch {
	case i.Admin == owner.Yes:
		return do + "."
	case i.Admin == owner.No && names != "":
		return "ask " + names + " " + ask + "."
	case i.Admin == owner.No:
		return "ask an administrator " + ask + reply(d, by) + "."
	case names != "":
		return do + ", or ask " + names + " for " + it + "."
	}
	return do + ", or ask for " + it + reply(d, by) + "."
}

// mostAdmins is how many administrators are named.
const mostAdmins = 3

// reply says how to ask.
func reply(d Digest, by Medium) string {
	switch contact := Clean(d.Texts.Contact); {
	case by == Mail:
		return " (just reply)"
	case contact != "":
		return " (" + clip(contact, 200) + ")"
	}
	return " (from the working group)"
}

// oneOfAdmins names those of whom one is to be asked, as many as there is room for.
func oneOfAdmins(logins []string) string {
	names := clipped(logins)
	if len(names) > mostAdmins {
		return firstOf(names, mostAdmins)
	}
	return oneOf(names, "or")
}

// clipped returns names that can stand in a message.
func clipped(list []string) (names []string) {
	for _, s := range list {
		if s = clip(s, 100); s != "" {
			names = append(names, s)
		}
	}
	return names
}
