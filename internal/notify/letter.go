package notify

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/config"
)

// A Letter is a digest in words, for a channel to lay out.
type Letter struct {
	Try      Line   // in a try: to whom it would go
	From     string // the working group
	Headline string // such as "3 advisories need you before 9 November"
	Kind     string // such as "weekly reminder"
	Greeting string
	Ask      Line // what is wanted, and by when
	Because  Line // why that is so

	Caption  string // of the entries
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
	Rating     string // such as "Critical 9.8" or "Low, new"
	Age        string // such as "open for 41 days"
	Before     string // such as "3 reminders before this one"
	Next       Line   // the next step, and whether a private fork exists
}

// A Note answers one question.
type Note struct {
	Title string
	Body  Line
}

// fullAnnouncements is for how many repositories the announcement is written
// out. The others differ in three words, which are shown.
const fullAnnouncements = 3

// Subject returns how many advisories need the recipient and by when, and the
// kind of a digest's message: nothing that would give away what it is about.
func Subject(d Digest) string {
	if d.Try != "" {
		d.Try = ""
		return "Try: " + Subject(d)
	}
	return headline(d) + ": " + adjective(d.Cadence) + " reminder"
}

func headline(d Digest) string {
	whom := "you"
	if d.Team {
		whom = "your team"
	}
	verb := "need"
	if len(d.Items) == 1 {
		verb = "needs"
	}
	return fmt.Sprintf("%s %s %s before %s", Plural(len(d.Items), "advisory", "advisories"), verb, whom,
		d.Next.In(orUTC(d.Location)).Format("2 January"))
}

// NewLetter puts a digest into words.
func NewLetter(d Digest) Letter {
	l := Letter{
		Try:      tried(d),
		From:     orElse(d.Texts.WorkingGroup, "The security working group"),
		Headline: headline(d),
		Kind:     adjective(d.Cadence) + " reminder",
		Greeting: greeting(d.Name),
		Ask:      ask(d),
		Because:  because(d),
		Caption:  "Open advisories, the most severe first",
		Steps:    steps(d),
		Notes:    notes(d),
		Why:      why(d.Items),
	}
	if u, ok := SafeURL(d.Texts.ProcessURL); ok {
		l.Process = Line{text("The whole process: "), link(processName(u), u)}
	}
	if len(d.Items) == 1 {
		l.Caption = "The open advisory"
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
	each := "each advisory below"
	if len(d.Items) == 1 {
		each = "the advisory below"
	}
	return Line{text("Please take the next step on " + each + " before "), bold(day(d.Next, d.Location)), text(".")}
}

func because(d Digest) Line {
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
	verb := "are"
	if len(d.Items) == 1 {
		verb = "is"
	}
	return sentence(fmt.Sprintf("%s in %s that %s %s not resolved yet. The next reminder is due on that day.",
		Plural(len(d.Items), "security advisory", "security advisories"), place, owner, verb))
}

func entry(i Item) Entry {
	e := Entry{
		Repository: clip(i.Repository.String(), 200),
		ID:         clip(i.ID, 40),
		Summary:    clip(i.Summary, longest),
		Severity:   i.Severity,
		Rating:     rating(i),
		Age:        age(i.OpenDays),
		Before:     before(i.Reminders),
		Next:       Line{bold("Next:"), text(" confirm the severity, and start a private fork from the draft. There is none yet.")},
	}
	e.Draft = Line{link("Open draft "+e.ID, i.URL)}
	if i.PrivateFork != "" {
		e.Next = Line{bold("Next:"), text(" finish the fix in the "), link("private fork", i.PrivateFork),
			text(", and agree on a release date.")}
	}
	return e
}

// steps are those of OEP-60, in short, with the links that they need. Those of
// a digest about several advisories stand beside each.
func steps(d Digest) []Line {
	draft, fork := text("each draft above"), text("the draft's private fork")
	if len(d.Items) == 1 {
		draft = link("the draft", d.Items[0].URL)
		if f := d.Items[0].PrivateFork; f != "" {
			fork = link("the private fork", f)
		}
	}
	group := orElse(d.Texts.WorkingGroup, "security working group")
	return []Line{
		{bold("Confirm"), text(" the severity and the scope in "), draft, text(".")},
		append(Line{bold("Fix"), text(" it in "), fork, text(", never in a public branch or pull request.")}, backport(d.Texts)...),
		append(Line{bold("Agree"), text(" on a release date with the " + group)}, at(d.Texts)...),
		append(announceIn(d.Texts), text(", at least 48 hours ahead and for a weekday. The text is below.")),
		{bold("Publish"), text(" the advisory and the release together, on that day.")},
	}
}

// at ends a sentence about the working group with its address.
func at(t config.Messages) Line {
	if Clean(t.Contact) == "" {
		return Line{text(".")}
	}
	return Line{text(": "), whereToAsk(t), text(".")}
}

// announceIn begins the step of the announcement with the place where it goes.
func announceIn(t config.Messages) Line {
	l := Line{bold("Announce")}
	if _, ok := SafeURL(t.AnnouncementURL); !ok {
		return append(l, text(" the release where your users look for it"))
	}
	return append(l, text(" the release in "), link("the announcement category", t.AnnouncementURL))
}

// backport names the branches that a fix is due on besides the main one.
func backport(t config.Messages) Line {
	var l Line
	for n, b := range t.ReleaseBranches {
		switch {
		case n == 0:
			l = append(l, text(" Backport it to "))
		case n == len(t.ReleaseBranches)-1:
			l = append(l, text(" and "))
		default:
			l = append(l, text(", "))
		}
		l = append(l, code(b))
	}
	if len(l) > 0 {
		l = append(l, text(", as far as they are affected."))
	}
	return l
}

// whereToAsk returns the contact for questions.
func whereToAsk(t config.Messages) Span {
	if Clean(t.Contact) == "" {
		return text("the working group")
	}
	return mailbox(t.Contact)
}

// proposal finds the number of an Open edX Proposal in an address.
var proposal = regexp.MustCompile(`/oep-0*([0-9]+)`)

// processName returns what to call the page that describes the process.
func processName(u string) string {
	if m := proposal.FindStringSubmatch(u); m != nil {
		return "OEP-" + m[1]
	}
	return u
}

// notes answer what readers ask.
func notes(d Digest) []Note {
	ask := whereToAsk(d.Texts)
	return []Note{
		{"Severity looks wrong?", sentence("You have the final say. Change the severity or the CVSS score " +
			"in the draft itself, and the reminders follow it.")},
		{"A link shows “not found”?", Line{text("GitHub shows a draft only to its collaborators. Write to "), ask,
			text(" with the GHSA id, and ask to be added.")}},
		{"Not yours?", Line{text("The end of this message says which file or team names you. Have that changed, or write to "), ask, text(".")}},
		{"Questions?", Line{text("Write to "), ask, text(".")}},
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
