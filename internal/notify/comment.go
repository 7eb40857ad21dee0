package notify

import (
	"cmp"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/openedx/advisory-reminders/internal/discussion"
	"github.com/openedx/advisory-reminders/internal/transport"
)

// settles is how long GitHub gets to show a comment before it is posted again.
const settles = 5 * time.Minute

// Unsettled is the failure of a comment that was posted a moment ago, perhaps: whether
// it was can't be seen yet. It is nil where it can, or where the comment was never tried.
func Unsettled(channel string, tried, now time.Time) *Failure {
	if tried.IsZero() || now.Sub(tried) >= settles {
		return nil
	}
	return &Failure{Channel: channel, Outcome: Temporary, Detail: "it may have been posted a moment ago; a run after five minutes sees whether it was"}
}

// PerhapsDone is the failure of a post to GitHub that may have had an effect, which
// transport.NoEffect rules out for others. Done is what GitHub may have done.
func PerhapsDone(channel string, err error, done, what string) *Failure {
	detail := "GitHub's answer was lost"
	if status := transport.Status(err); status > 0 {
		detail = fmt.Sprintf("GitHub answered %d, and may have %s", status, done)
	}
	return &Failure{Channel: channel, Outcome: Unknown, Detail: detail + what}
}

// login is the form of a person's login on GitHub. An app's, and the name of a
// team, do not have it.
//
// Source: https://docs.github.com/en/enterprise-cloud@latest/admin/managing-iam/iam-configuration-reference/username-considerations-for-external-authentication
var login = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,38}$`)

// Mentionable reports whether a login is one by which GitHub calls a person and
// nobody else.
func Mentionable(s string) bool { return login.MatchString(s) }

// Comment returns the comment on a draft that reminds people of it, by their
// logins: the advisory is the only one of the digest. Everybody who can open the
// draft reads it, whoever reported it among them, so it holds no address, no title
// and nothing of another draft, and of why these people are reminded only the file of
// the repository that names them. It mentions those people and calls nobody else.
func Comment(d Digest, logins []string) string {
	i := d.Items[0]
	var b strings.Builder
	admins := true
	for _, l := range logins {
		if Mentionable(l) {
			b.WriteString("@" + l + " ")
			admins = admins && slices.ContainsFunc(i.Admins, func(a string) bool { return strings.EqualFold(a, l) })
		}
	}
	b.WriteString(markdownLine(Line{text(rating(i) + ", " + openFor(i.OpenDays) + ". "), bold("Next:"), text(" " + nextStep(i, d, admins))}))
	last := []string{"Reply here if you are on it."}
	if d.Commands {
		release, zone := exampleRelease(d)
		days := min(28, cmp.Or(d.Snooze, 28))
		last[0] += " `/remind snooze " + d.Now.In(orUTC(d.Location)).AddDate(0, 0, days).Format("2006-01-02") + " reason`"
		last = append(last, "`/remind release "+release.Format("2006-01-02 15:04")+"` ("+markdownLine(Line{text(zone)})+")", "`/remind not-mine`", "`/remind help`")
	}
	if i.File != "" && strings.HasSuffix(i.Source, "/"+i.File) {
		last = append(last, markdownLine(Line{link("Why you: "+path.Base(i.File), i.Source)}))
	}
	if _, ok := SafeURL(d.Texts.ProcessURL); ok {
		last = append(last, markdownLine(Line{link("How it goes on", d.Texts.ProcessURL)}))
	}
	return b.String() + "\n" + strings.Join(last, " · ") + "\n" + discussion.Marker(d.ID) + "\n"
}

// nextStep is what is to be done next, by whoever can: only administrators of the
// repository start a private fork, merge it and publish.
func nextStep(i Item, d Digest, admins bool) string {
	whoever := func(do string) string {
		if admins {
			return do
		}
		return "ask an administrator of the repository to " + do
	}
	switch {
	case !i.Release.IsZero() && d.Now.Before(i.Release):
		return "be ready for the release on " + releaseTime(i.Release, d) + ": " + whoever(publish(i)+" then.")
	case !i.Release.IsZero():
		return "the planned release has passed: " + whoever(publish(i)+", or plan a new time.")
	case i.PrivateFork == "" && admins:
		return "confirm the severity, then create the draft's private fork."
	case i.PrivateFork == "":
		return "confirm the severity, then create the draft's private fork, or ask an administrator of the repository to create it."
	}
	return "finish and test the fix in the private fork, then announce a release time."
}
