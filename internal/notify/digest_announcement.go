package notify

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/reminder"
)

// notice is how long before a security release it is announced, by OEP-60.
const notice = 48 * time.Hour

// The hour at which a day's example begins, so that nobody has to get up for it.
const morning = 9

// earliestRelease returns the start of the first release that keeps OEP-60's
// rule if it were announced now: on a weekday of loc, at least 48 hours ahead.
// It is a full hour, not before nine in the morning.
func earliestRelease(now time.Time, loc *time.Location) time.Time {
	loc = orUTC(loc)
	earliest := now.Add(notice).In(loc)
	y, m, d := earliest.Date()
	hour := max(earliest.Hour(), morning)
	for {
		t := time.Date(y, m, d, hour, 0, 0, 0, loc)
		switch {
		case t.Weekday() == time.Saturday, t.Weekday() == time.Sunday:
			d, hour = d+1, morning
		case t.Before(earliest):
			hour++ // past 23 it is the next day, on which the morning is late enough
			if hour > 23 {
				d, hour = d+1, morning
			}
		default:
			return t
		}
	}
}

// weekday returns a time in loc or, if that is on a weekend, the beginning of Monday.
func weekday(t time.Time, loc *time.Location) time.Time {
	t = t.In(loc)
	y, m, d := t.Date()
	switch t.Weekday() {
	case time.Saturday:
		return reminder.StartOfDay(y, m, d+2, loc)
	case time.Sunday:
		return reminder.StartOfDay(y, m, d+1, loc)
	}
	return t
}

// An Announcement is the text that tells the public of a coming security release of
// one repository, in the words that Open edX prescribes. It holds nothing of the
// drafts but their severity and where they will be read.
//
// Source: https://openedx.atlassian.net/wiki/spaces/COMM/pages/3630923873
type Announcement struct {
	Repository string
	Title      string
	Body       string
	Version    string // or VERSION, to be filled in
	Severity   string // the highest
	Links      string // to the advisories, in Markdown
}

// announcements returns one for every repository of a digest, in the order of
// its items. The release is set to an early day, which is an example.
func announcements(d Digest) []Announcement {
	when, zone := exampleRelease(d)
	var out []Announcement
	for _, items := range byRepository(d.Items) {
		out = append(out, announce(items, when, zone))
	}
	return out
}

// moderation is how long a post may take to appear, in an example.
const moderation = 24 * time.Hour

// exampleRelease returns the earliest release, if its announcement were posted now
// and took its time to appear, and the name of its time zone.
func exampleRelease(d Digest) (time.Time, string) {
	loc := d.Texts.Zone()
	return earliestRelease(d.Now.Add(moderation), loc), loc.String()
}

// announce writes the announcement for the items of one repository.
func announce(items []Item, when time.Time, zone string) Announcement {
	full, name := "REPOSITORY", "REPOSITORY"
	if r, ok := advisory.ParseRepository(items[0].Repository.String()); ok {
		full, name = r.String(), r.Name
	}
	a := Announcement{
		Repository: full,
		Title: fmt.Sprintf("Security: Upcoming Security Release for %s on %s",
			name, when.Format("2006-01-02")),
		Version:  versions(items),
		Severity: capital(highest(items).String()),
		Links:    pages(items),
	}
	defects := "one security defect with a"
	if len(items) > 1 {
		defects = fmt.Sprintf("%d security defects, the most severe with a", len(items))
	}
	a.Body = fmt.Sprintf("**%s** version **%s** will be released on [date=%s time=%s timezone=%q]. "+
		"It will fix %s %q [CVSS 3.1 severity rating](https://nvd.nist.gov/vuln-metrics/cvss). "+
		"Details will be published here after release: %s.",
		a.Repository, a.Version, when.Format("2006-01-02"), when.Format("15:04:05"), zone, defects, a.Severity, a.Links)
	return a
}

// Differs says what is another in the announcement for each repository.
func (a Announcement) Differs() string {
	return fmt.Sprintf("%s; version %s; severity %s; %s", a.Title, a.Version, a.Severity, a.Links)
}

func highest(items []Item) advisory.Severity {
	s := advisory.Unscored
	for _, i := range items {
		s = max(s, i.Severity)
	}
	return s
}

// version is what a version number is made of. Anything else has no place in
// a text that becomes public.
var version = regexp.MustCompile(`^v?[0-9][0-9A-Za-z.+_-]{0,40}$`)

// versions returns the fixed versions that the items name, each once. More than
// a few don't make one release.
func versions(items []Item) string {
	var out []string
	for _, i := range items {
		if v := strings.TrimSpace(i.Patched); version.MatchString(v) && !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	if len(out) == 0 || len(out) > 5 {
		return "VERSION"
	}
	return strings.Join(out, ", ")
}

// pages links the advisories, each by its own address. What is no such address has
// no place in a text that becomes public.
func pages(items []Item) string {
	links := make([]string, len(items))
	for n, i := range items {
		links[n] = "[GitHub security advisory](LINK)"
		r, known := advisory.ParseRepository(i.Repository.String())
		u, ok := SafeURL(i.URL)
		if known && ok && id.MatchString(i.ID) && strings.HasSuffix(u, "/"+r.String()+"/security/advisories/"+i.ID) {
			links[n] = "[GitHub security advisory](" + u + ")"
		}
	}
	return strings.Join(links, ", ")
}
