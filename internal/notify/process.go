package notify

import (
	"net/url"
	"regexp"
	"strings"

	"github.com/openedx/advisory-reminders/internal/config"
)

// GitHub's own pages about what the steps ask for.
const (
	docs      = "https://docs.github.com/en/code-security/security-advisories/working-with-repository-security-advisories/"
	howToFork = docs + "collaborating-in-a-temporary-private-fork-to-resolve-a-repository-security-vulnerability"
	howToPush = docs + "publishing-a-repository-security-advisory"
	howTo     = howToFork + "#merging-changes-in-a-security-advisory"
)

// steps are those from fix to release.
//
// Source: OEP-60, and https://openedx.atlassian.net/wiki/spaces/COMM/pages/3630923873
func steps(d Digest) []Line {
	t := d.Texts
	announce := append(Line{text("Once it is tested, announce the release")}, announceIn(t)...)
	announce = append(announce, text(": a weekday, at least 48 hours after your post appears"+inBrackets(t.AnnouncementNote)+". Template below."))
	release := append(Line{text("Around that time, within two hours: "), link("merge the fork", howTo), text(", which makes the fix public; merge pull requests to ")}, branches(t)...)
	if c := clip(t.ReleaseChannel, 200); c != "" {
		release = append(release, text(", linked in "), code(c))
	}
	release = append(release, text("; "), link("publish the advisory", howToPush), text("; publish a library to PyPI or npm."))
	return []Line{
		sentence("Confirm or correct the severity in the draft. You have the final say; a change tells the working group, which may comment."),
		{text("Fix it in the draft’s "), link("private fork", howToFork), text(", never in a public branch or pull request. Test it yourself (no CI runs there), and don’t merge yet.")},
		announce,
		release,
		sentence("Reply to your post with links to the advisory and the pull requests."),
	}
}

// announceIn is where the announcement goes.
func announceIn(t config.Messages) Line {
	if _, ok := SafeURL(t.AnnouncementURL); !ok {
		return Line{text(" where your users look for it")}
	}
	return Line{text(" in "), link(orElse(clip(t.AnnouncementName, 200), "the announcement category"), t.AnnouncementURL)}
}

// branches are those that a fix is due on besides the main one.
func branches(t config.Messages) Line {
	if len(t.ReleaseBranches) == 0 {
		return Line{text("the active release branches")}
	}
	var l Line
	for n, b := range t.ReleaseBranches {
		switch {
		case n == 0:
		case n == len(t.ReleaseBranches)-1:
			l = append(l, text(" and "))
		default:
			l = append(l, text(", "))
		}
		l = append(l, code(b))
	}
	return append(l, text(" (if affected)"))
}

func inBrackets(s string) string {
	if s = clip(s, 200); s == "" {
		return ""
	}
	return " (" + s + ")"
}

// whereToAsk returns the contact for questions.
func whereToAsk(t config.Messages) Span {
	if Clean(t.Contact) == "" {
		return text("the working group")
	}
	return mailbox(t.Contact)
}

// further is where the steps are said in full.
func further(t config.Messages) Line {
	var l Line
	for _, page := range []struct{ name, address string }{{"For maintainers", t.MaintainersURL}, {processName(t.ProcessURL), t.ProcessURL}} {
		if u, ok := SafeURL(page.address); ok {
			between := "In full: "
			if len(l) > 0 {
				between = ", "
			}
			l = append(l, text(between), link(page.name, u))
		}
	}
	if len(l) == 0 {
		return nil
	}
	return append(l, text("."))
}

// proposal finds the number of an Open edX Proposal in an address.
var proposal = regexp.MustCompile(`/oep-0*([0-9]+)`)

// processName returns what to call the page that describes the process.
func processName(u string) string {
	if m := proposal.FindStringSubmatch(u); m != nil {
		return "OEP-" + m[1]
	}
	return "the process"
}

// private asks to keep it so.
func private(t config.Messages) Line {
	return Line{bold("Keep it private"), text(" until a fix is released: no public issues, pull requests, commits or channels, no forwarding. " +
		"To bring in a colleague, have them added to the draft. A pull request is public already? Tell "), whereToAsk(t),
		text(" at once: the working group decides what to do.")}
}

// notNow is what to say if the step can't be taken now.
func notNow(d Digest, by Medium) Line {
	to := whereToAsk(d.Texts)
	var l Line
	switch blind := len(d.Items) > 0 && all(d, opens, No); {
	case by == Mail && blind:
		l = Line{bold("Not now?"), text(" Reply: ")}
	case by == Mail:
		l = Line{bold("Not now?"), text(" Comment on the draft, or reply: ")}
	case blind:
		l = Line{bold("Not now?"), text(" Write to "), to, text(": ")}
	default:
		l = Line{bold("Not now?"), text(" Comment on the draft, or write to "), to, text(": ")}
	}
	for n, a := range []struct{ words, command string }{
		{"working on it", ""}, {"not before DATE", "/remind snooze DATE reason"}, {"not mine", "/remind not-mine"}, {"need access", ""},
	} {
		if n > 0 {
			l = append(l, text(" · "))
		}
		l = append(l, answer(a.words, d, to))
		if d.Commands && a.command != "" {
			l = append(l, text(" ("), code(a.command), text(")"))
		}
	}
	return l
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
