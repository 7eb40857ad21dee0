package notify

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/reminder"
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
	highest, count := advisory.Unscored, 0
	for _, i := range d.Items {
		switch {
		case i.Severity > highest:
			highest, count = i.Severity, 1
		case i.Severity == highest:
			count++
		}
	}
	verb := "wait"
	if len(d.Items) == 1 {
		verb = "waits"
	}
	what := Plural(len(d.Items), "advisory", "advisories")
	if count < len(d.Items) {
		what += fmt.Sprintf(" (%d %s)", count, highest)
	} else if highest != advisory.Unscored {
		kind := highest.String() + "-severity"
		if highest == advisory.Critical {
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
		Full:    Announcements(d),
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

// words are a line's, without the addresses of its links.
func (l Line) words() string {
	var b strings.Builder
	for _, s := range l {
		b.WriteString(s.Text)
	}
	return b.String()
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
	case i.Opens == No:
		return Line{text("ask to be added to the draft" + reply(d, by) + ", then confirm the severity.")}
	case !i.Release.IsZero() && d.Now.Before(i.Release):
		return Line{text("be ready for the release: " + whoever(i, d, by, "merge the fork and publish then", "to merge the fork and publish then", "it"))}
	case !i.Release.IsZero():
		return Line{text("the planned release has passed: " + whoever(i, d, by, "merge the fork and publish, or plan anew", "to merge the fork and publish, or plan anew", "it"))}
	case i.PrivateFork != "":
		return Line{text("finish and test the fix in the "), link("private fork", i.PrivateFork), text(", then announce the release.")}
	}
	return Line{text("confirm the severity, then " + whoever(i, d, by, "start a private fork", "for a private fork", "one"))}
}

// whoever ends a sentence with what an administrator does and anybody else asks for,
// in one word at the last.
func whoever(i Item, d Digest, by Medium, do, ask, it string) string {
	names := namesOf(i.Admins, mostAdmins)
	switch {
	case i.Admin == Yes:
		return do + "."
	case i.Admin == No && names != "":
		return "ask " + names + " " + ask + "."
	case i.Admin == No:
		return "ask an administrator " + ask + reply(d, by) + "."
	case names != "":
		return do + ", or ask " + names + " for " + it + "."
	}
	return do + ", or ask for " + it + reply(d, by) + "."
}

// mostAdmins is how many administrators are named, and mostOthers how many others.
const (
	mostAdmins = 3
	mostOthers = 10
)

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

// namesOf joins logins or teams, as many as there is room for.
func namesOf(list []string, most int) string {
	var names []string
	for _, s := range list {
		if s = clip(s, 100); s != "" {
			names = append(names, s)
		}
	}
	rest := len(names) - most
	if rest > 0 {
		return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", rest)
	}
	return oneOf(names, "or")
}

// oneOf joins words with commas, and the last with a conjunction.
func oneOf(words []string, conjunction string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " " + conjunction + " " + words[last]
}

// all reports whether something is known to hold of all items.
func all(d Digest, of func(Item) Knowledge, want Knowledge) bool {
	return !slices.ContainsFunc(d.Items, func(i Item) bool { return of(i) != want })
}

func opens(i Item) Knowledge       { return i.Opens }
func administers(i Item) Knowledge { return i.Admin }

// admins says who can do what others can't.
func admins(d Digest) Line {
	const what = "Starting and merging the fork and publishing are "
	place := "the repository"
	if len(repositories(d.Items)) > 1 {
		place = "the repositories"
	}
	if all(d, administers, Yes) {
		return sentence(what + "up to you: you administer " + place + ".")
	}
	l := Line{text(what + "for administrators of " + place + ":")}
	if all(d, administers, No) {
		same := d.Items[0].Admins
		if !slices.ContainsFunc(d.Items, func(i Item) bool { return !slices.Equal(i.Admins, same) }) {
			if names := namesOf(same, mostAdmins); names != "" {
				return append(l, text(" ask "+names+", or "), whereToAsk(d.Texts), text("."))
			}
		}
		return append(l, text(" ask "), whereToAsk(d.Texts), text("."))
	}
	return append(l, text(" if you aren’t one, ask "), whereToAsk(d.Texts), text("."))
}

// access says what to do where the draft does not open.
func access(d Digest) Line {
	if all(d, opens, Yes) {
		return nil
	}
	return Line{text("A 404? Only the draft’s collaborators and administrators see it: ask "), whereToAsk(d.Texts), text(" to be added.")}
}

// repositories returns those of some items, each once.
func repositories(items []Item) (list []string) {
	for _, i := range items {
		if name := i.Repository.Key(); !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	return list
}

// sender says who wrote this, and how to reach them.
func sender(d Digest) Line {
	who := "security working group"
	if len(d.Items) > 0 {
		who += " of " + orElse(d.Texts.Organization, clip(d.Items[0].Repository.Owner, 100))
	}
	l := Line{text("Sender: " + orElse(d.Texts.WorkingGroup, who))}
	if Clean(d.Texts.Contact) != "" {
		l = append(l, text(" (help: "), whereToAsk(d.Texts), text(")"))
	}
	return append(l, text("."))
}

// why says why the recipient got the message, of which files, and who else did.
func why(d Digest) (list []Line) {
	var reasons []string
	sources := false
	for _, i := range d.Items {
		w := clip(i.Why, longest)
		if w == "" || slices.Contains(reasons, w+i.Source) {
			continue
		}
		reasons = append(reasons, w+i.Source)
		if u, ok := SafeURL(i.Source); ok {
			list = append(list, Line{text(capital(w) + " in "), link(path.Base(u), u), text(".")})
			sources = true
			continue
		}
		list = append(list, sentence(capital(w)+"."))
	}
	if sources {
		list = append(list, sentence("Not yours? Change it there."))
	} else if len(reasons) > 0 {
		list = append(list, Line{text("Not yours? Tell "), whereToAsk(d.Texts), text(".")})
	}
	list = append(list, sentence("You are responsible for the fix, and are reminded as often as its severity asks for until it is published or closed."))
	if also := also(d); also != "" {
		list = append(list, sentence("Also reminded: "+also+"."))
	}
	return list
}

// also names who else is reminded, by repository where that differs.
func also(d Digest) string {
	names := func(i Item) string {
		if rest := len(i.Others) - mostOthers; rest > 0 {
			return namesOf(i.Others, mostOthers)
		}
		var list []string
		for _, o := range i.Others {
			list = append(list, clip(o, 100))
		}
		return strings.Join(list, ", ")
	}
	var parts []string
	same := true
	for _, i := range d.Items {
		others := names(i)
		same = same && others == names(d.Items[0])
		if others != "" {
			if part := others + " (" + clip(i.Repository.String(), 200) + ")"; !slices.Contains(parts, part) {
				parts = append(parts, part)
			}
		}
	}
	if same && len(d.Items) > 0 {
		return names(d.Items[0])
	}
	return strings.Join(parts, "; ")
}
