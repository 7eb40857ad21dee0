package notify

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/openedx/advisory-reminders/internal/config"
)

// notNow is what to say if the step can't be taken now.
func notNow(d Digest, by Medium) Line {
	to := whereToAsk(d.Texts)
	var how Line
	switch blind := len(d.Items) > 0 && all(d, opens, No); {
	case by == Mail && blind:
		how = Line{text("Reply")}
	case by == Mail:
		how = Line{text("Comment on the draft, or reply")}
	case blind:
		how = Line{text("Write to "), to}
	default:
		how = Line{text("Comment on the draft, or write to "), to}
	}
	var answers []Line
	for _, a := range []struct{ words, command string }{
		{"working on it", ""}, {"not before DATE", "/remind snooze DATE reason"}, {"not mine", "/remind not-mine"}, {"need access", ""},
	} {
		l := Line{answer(a.words, d, to)}
		if d.Commands && a.command != "" {
			l = append(l, text(" ("), code(a.command), text(")"))
		}
		answers = append(answers, l)
	}
	return slices.Concat(Line{bold("Not now?"), text(" ")}, how, Line{text(": ")}, joined(answers, " · "))
}

// id is what an advisory's id may look like in an answer.
var id = regexp.MustCompile(`^GHSA(-[0-9a-zA-Z]{4}){3}$`)

// mostAnswered is how many advisories a ready answer names.
const mostAnswered = 20

// answer is a mail that is ready to be sent, whose body names what it is about; or
// its words, where there is no address to write to.
func answer(words string, d Digest, to Span) Span {
	if !strings.HasPrefix(to.URL, "mailto:") {
		return text("“" + words + "”")
	}
	var about []string
	for _, i := range d.Items {
		if id.MatchString(i.ID) && len(about) < mostAnswered {
			about = append(about, i.ID)
		}
	}
	escape := func(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
	return Span{Kind: Link, Text: "“" + words + "”", URL: to.URL + "?subject=" + escape("Advisory reminder: "+words) + "&body=" + escape(strings.Join(about, "\r\n"))}
}

// whereToAsk returns the contact for questions.
func whereToAsk(t config.Messages) Span {
	if Clean(t.Contact) == "" {
		return text("the working group")
	}
	return mailbox(t.Contact)
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
