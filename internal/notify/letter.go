package notify

import (
	"fmt"
	"strings"

	"github.com/openedx/advisory-reminders/internal/advisory"
)

// A Letter is a digest in words, for a channel to lay out.
type Letter struct {
	From     string // the working group
	Headline string // such as "3 advisories await you"
	Kind     string // such as "weekly reminder"
	Greeting string
	Ask      Line // what is wanted, and by when
	Next     string

	Entries  []Entry
	Steps    []Line // what is expected, in order
	Process  Line   // where the steps come from
	Notes    []Note
	Announce Line // how to use the announcements
	Full     []Announcement
	More     []Announcement // of further repositories: only what differs is shown
	Why      []Line
}

// An Entry is one advisory of a letter.
type Entry struct {
	Repository string
	ID         string
	Draft      Line // a link
	Summary    string
	Severity   advisory.Severity
	Rating     string // such as "Critical 9.8"
	Age        string // such as "open for 41 days"
	Before     string // such as "3 reminders before this one"
	Fork       Line
}

// A Note answers one question.
type Note struct {
	Title string
	Body  Line
}

// fullAnnouncements is for how many repositories the announcement is written
// out. The others differ in three words, which are shown.
const fullAnnouncements = 3

// Subject returns the headline and kind of a digest's message: nothing that
// would give away what it is about.
func Subject(d Digest) string {
	return headline(d) + ": " + adjective(d.Cadence) + " reminder"
}

func headline(d Digest) string {
	whom := "you"
	if d.Team {
		whom = "your team"
	}
	verb := "await"
	if len(d.Items) == 1 {
		verb = "awaits"
	}
	return count(len(d.Items), "advisory", "advisories") + " " + verb + " " + whom
}

// NewLetter puts a digest into words.
func NewLetter(d Digest) Letter {
	l := Letter{
		From:     orElse(d.Texts.WorkingGroup, "The security working group"),
		Headline: headline(d),
		Kind:     adjective(d.Cadence) + " reminder",
		Greeting: greeting(d.Name),
		Ask:      ask(d),
		Next:     day(d.Next, d.Location),
		Steps:    steps(d.Texts),
		Notes:    notes(d),
		Why:      why(d.Items),
	}
	if u, ok := SafeURL(d.Texts.ProcessURL); ok {
		l.Process = Line{text("The whole process: "), link(u, u)}
	}
	for _, i := range d.Items {
		l.Entries = append(l.Entries, entry(i))
	}
	l.Announce = howToAnnounce(d)
	l.Full = Announcements(d)
	if len(l.Full) > fullAnnouncements {
		l.Full, l.More = l.Full[:fullAnnouncements], l.Full[fullAnnouncements:]
	}
	return l
}

// greeting leaves out a name that looks like an address: anybody may choose
// their name, and it must not become a link.
func greeting(name string) string {
	name = clip(name, 80)
	if name == "" || strings.ContainsAny(name, ":/@<>") || strings.Contains(strings.ToLower(name), "www.") {
		return "Hello,"
	}
	return "Hello " + name + ","
}

func ask(d Digest) Line {
	owner := "you maintain"
	if d.Team {
		owner = "your team maintains"
	}
	repositories := make(map[string]bool)
	for _, i := range d.Items {
		repositories[i.Repository.Key()] = true
	}
	place := "a repository"
	if len(repositories) > 1 {
		place = "repositories"
	}
	what := count(len(d.Items), "security advisory", "security advisories")
	verb, each := "are", "each of them"
	if len(d.Items) == 1 {
		verb, each = "is", "it"
	}
	return Line{
		text(fmt.Sprintf("%s in %s that %s %s not resolved yet. Please take the next step on %s before ",
			what, place, owner, verb, each)),
		bold(day(d.Next, d.Location)),
		text(", when the next reminder is due."),
	}
}

func entry(i Item) Entry {
	e := Entry{
		Repository: clip(i.Repository.String(), 200),
		ID:         clip(i.ID, 40),
		Summary:    clip(i.Summary, longest),
		Severity:   i.Severity,
		Rating:     rating(i.Severity, i.Score),
		Age:        age(i.OpenDays),
		Before:     before(i.Reminders),
		Fork:       sentence("No private fork yet: start one from the draft."),
	}
	e.Draft = Line{link("Open draft "+e.ID, i.URL)}
	if _, ok := SafeURL(i.PrivateFork); ok {
		e.Fork = Line{link("Open the private fork", i.PrivateFork)}
	} else if i.PrivateFork != "" {
		e.Fork = sentence("A private fork for the fix exists.")
	}
	return e
}

// steps are those of OEP-60, in short.
func steps(t Texts) []Line {
	group := orElse(t.WorkingGroup, "security working group")
	return []Line{
		{bold("Confirm"), text(" the severity and the scope in the draft.")},
		{bold("Fix"), text(" it in the draft's private fork, never in a public branch or pull request.")},
		{bold("Agree"), text(" on a release date with the " + group + ".")},
		{bold("Announce"), text(" the release at least 48 hours ahead, for a weekday. The text is below.")},
		{bold("Publish"), text(" the advisory and the release together, on that day.")},
	}
}

// notes answer what readers ask.
func notes(d Digest) []Note {
	contact := orElse(d.Texts.Contact, "the working group")
	return []Note{
		{"Severity looks wrong?", sentence("You have the final say. Change the severity or the CVSS score " +
			"in the draft itself, and the reminders follow it.")},
		{"A link shows “not found”?", sentence("GitHub shows a draft only to its collaborators. " +
			"Write to " + contact + " with the GHSA id, and ask to be added.")},
		{"Not yours?", sentence("The end of this message says which file or team names you. " +
			"Have that changed, or write to " + contact + ".")},
		{"Questions?", sentence("Write to " + contact + ".")},
		{"Keep it private", sentence("Until the advisory is published, please do not mention it in public " +
			"issues, pull requests, commits or channels, and do not forward this message.")},
		{"The next reminder", sentence("It comes on " + day(d.Next, d.Location) +
			" or soon after, for what is then still open. It stops once the advisory is published or closed.")},
	}
}

func howToAnnounce(d Digest) Line {
	when, zone := exampleRelease(d)
	l := sentence("Choose a weekday at least 48 hours ahead. The date in the text is an example: " +
		"the earliest day if it were posted today, " + when.Format("Monday, 2 January 2006, 15:04") + " (" + zone + "). " +
		"Put in the date that you agreed on, and whatever is in capitals.")
	if u, ok := SafeURL(d.Texts.AnnouncementURL); ok {
		l = append(l, text(" Post it at "), link(u, u))
	}
	return l
}

// why returns the reasons why the recipient got the message, each once.
func why(items []Item) []Line {
	var out []Line
	seen := make(map[string]bool)
	for _, i := range items {
		w := clip(i.Why, longest)
		if w == "" || seen[w] {
			continue
		}
		seen[w] = true
		out = append(out, sentence(w))
	}
	return out
}
