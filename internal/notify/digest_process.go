package notify

import (
	"regexp"
	"slices"

	"github.com/openedx/advisory-reminders/internal/config"
	"github.com/openedx/advisory-reminders/internal/owner"
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
	last := len(t.ReleaseBranches) - 1
	if last < 0 {
		return Line{text("the active release branches")}
	}
	var list []Line
	for _, b := range t.ReleaseBranches {
		list = append(list, Line{code(b)})
	}
	l := list[last]
	if last > 0 {
		l = append(append(joined(list[:last], ", "), text(" and ")), l...)
	}
	return append(l, text(" (if affected)"))
}

func inBrackets(s string) string {
	if s = clip(s, 200); s == "" {
		return ""
	}
	return " (" + s + ")"
}

// admins says who can do what others can't.
func admins(d Digest) Line {
	const what = "Starting and merging the fork and publishing are "
	place := "the repository"
	if len(byRepository(d.Items)) > 1 {
		place = "the repositories"
	}
	if all(d, administers, owner.Yes) {
		return sentence(what + "up to you: you administer " + place + ".")
	}
	l := Line{text(what + "for administrators of " + place + ":")}
	if all(d, administers, owner.No) {
		same := d.Items[0].Admins
		if !slices.ContainsFunc(d.Items, func(i Item) bool { return !slices.Equal(i.Admins, same) }) {
			if names := oneOfAdmins(same); names != "" {
				return append(l, text(" ask "+names+", or "), whereToAsk(d.Texts), text("."))
			}
		}
		return append(l, text(" ask "), whereToAsk(d.Texts), text("."))
	}
	return append(l, text(" if you aren’t one, ask "), whereToAsk(d.Texts), text("."))
}

// all reports whether something is known to hold of all items.
func all(d Digest, of func(Item) owner.Knowledge, want owner.Knowledge) bool {
	return !slices.ContainsFunc(d.Items, func(i Item) bool { return of(i) != want })
}

func opens(i Item) owner.Knowledge       { return i.Opens }
func administers(i Item) owner.Knowledge { return i.Admin }

func byRepository(items []Item) [][]Item {
	return alike(items, func(i Item) string { return i.Repository.Key() })
}

// access says what to do where the draft does not open.
func access(d Digest) Line {
	if all(d, opens, owner.Yes) {
		return nil
	}
	return Line{text("A 404? Only the draft’s collaborators and administrators see it: ask "), whereToAsk(d.Texts), text(" to be added.")}
}

// further is where the steps are said in full.
func further(t config.Messages) Line {
	var pages []Line
	for _, page := range []struct{ name, address string }{{"For maintainers", t.MaintainersURL}, {processName(t.ProcessURL), t.ProcessURL}} {
		if u, ok := SafeURL(page.address); ok {
			pages = append(pages, Line{link(page.name, u)})
		}
	}
	if len(pages) == 0 {
		return nil
	}
	return slices.Concat(sentence("In full: "), joined(pages, ", "), sentence("."))
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

// InThread stands in a message of which all this follows below it.
const InThread = "Keep it private until a fix is released. How it goes on, and why you got this: in the thread."

// private asks to keep it so.
func private(t config.Messages) Line {
	return Line{bold("Keep it private"), text(" until a fix is released: no public issues, pull requests, commits or channels, no forwarding. " +
		"To bring in a colleague, have them added to the draft. A pull request is public already? Tell "), whereToAsk(t),
		text(" at once: the working group decides what to do.")}
}
