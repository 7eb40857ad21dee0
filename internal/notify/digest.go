package notify

import (
	"fmt"
	"time"

	"github.com/openedx/advisory-reminders/internal/advisory"
)

// A Letter is a digest in words, for a channel to lay out in this order.
type Letter struct {
	Try   Line   // in a try: to whom it would go
	Waits string // such as "1 high-severity advisory waits for you"
	Next  string // such as "Next reminder: 1 December"
	Glint string // the first advisory in a line, for a list of mails; no repository

	Entries []Entry
	Answers Line // what to do if it can't be now, with ready answers
	Sender  Line // who wrote this, and how to reach them

	Steps   []Line // from fix to release, in order
	Admins  Line   // who can do what others can't
	Access  Line   // where the draft does not open
	Further Line   // where all this is said in full
	Private Line

	Full []Announcement
	More []Announcement // of further repositories: only what differs is shown

	Why []Line
}

// A Medium is how a letter is carried.
type Medium int

// The media.
const (
	Mail Medium = iota
	Chat        // nobody reads an answer to the message itself
)

// fullAnnouncements is for how many repositories the announcement is written
// out. The others differ in a few words, which are shown.
const fullAnnouncements = 3

// What the titles of a letter's parts are.
const (
	ProcessTitle      = "From fix to release"
	AnnouncementTitle = "Announcement template (example date)"
	MoreTitle         = "The announcements of these are the same, but for:"
)

// Subject returns how many advisories wait, how severe they are and when the next
// reminder comes: nothing that would give away what it is about.
func Subject(d Digest) string {
	if d.Try != "" {
		d.Try = ""
		return "Try: " + Subject(d)
	}
	return waits(d) + ", next reminder " + shortDay(d.Next, d.Now, d.Location, "2 Jan")
}

// waits says how many advisories wait, how severe they are, and for whom.
func waits(d Digest) string {
	whom := "you"
	if d.Team {
		whom = "your team"
	}
	top, count := highest(d.Items), 0
	for _, i := range d.Items {
		if i.Severity == top {
			count++
		}
	}
	verb := "wait"
	if len(d.Items) == 1 {
		verb = "waits"
	}
	what := Plural(len(d.Items), "advisory", "advisories")
	if count < len(d.Items) {
		what += fmt.Sprintf(" (%d %s)", count, top)
	} else if top != advisory.Unscored {
		kind := top.String() + "-severity"
		if top == advisory.Critical {
			kind = "critical"
		}
		what = Plural(len(d.Items), kind+" advisory", kind+" advisories")
	}
	return what + " " + verb + " for " + whom
}

// nearly is for how many days to come a date needs no year.
const nearly = 300

// shortDay returns a date, with the year where it is far away.
func shortDay(t, now time.Time, loc *time.Location, layout string) string {
	if t.Sub(now).Abs() > nearly*24*time.Hour {
		layout += " 2006"
	}
	return t.In(orUTC(loc)).Format(layout)
}

// NewLetter puts a digest into words.
func NewLetter(d Digest, by Medium) Letter {
	l := Letter{
		Try:     tried(d),
		Waits:   waits(d),
		Next:    "Next reminder: " + shortDay(d.Next, d.Now, d.Location, "2 January"),
		Glint:   glint(d, by),
		Answers: notNow(d, by),
		Sender:  sender(d),
		Steps:   steps(d),
		Admins:  admins(d),
		Access:  access(d),
		Further: further(d.Texts),
		Private: private(d.Texts),
		Full:    announcements(d),
		Why:     why(d),
	}
	for _, i := range d.Items {
		l.Entries = append(l.Entries, entry(i, d, by))
	}
	if len(l.Full) > fullAnnouncements {
		l.Full, l.More = l.Full[:fullAnnouncements], l.Full[fullAnnouncements:]
	}
	return l
}

// Headline is the letter in a line.
func (l Letter) Headline() string { return l.Waits + ". " + l.Next }

// glint is what a list of mails shows of one beside its subject.
func glint(d Digest, by Medium) string {
	if len(d.Items) == 0 {
		return ""
	}
	i := d.Items[0]
	fork := "no private fork yet"
	if i.PrivateFork != "" {
		fork = "with a private fork"
	}
	s := fmt.Sprintf("%s, %s, %s. Next: %s", rating(i), openFor(i.OpenDays), fork, next(i, d, by).words())
	if n := len(d.Items) - 1; n > 0 {
		s += fmt.Sprintf(" And %d more.", n)
	}
	return s
}

// tried says of a digest to whom it would go, or nothing where it goes there.
func tried(d Digest) Line {
	if d.Try == "" {
		return nil
	}
	return Line{bold("This is a try, and went to you alone."), text(" Without send-all-to it would go to " + clip(d.Try, longest) + ".")}
}
