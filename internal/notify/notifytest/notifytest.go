// Package notifytest holds messages for the tests of package notify and of its
// channels: what a usual run says, and what somebody might try to say.
package notifytest

import (
	"strings"
	"time"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/config"
	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/owner"
	"github.com/openedx/advisory-reminders/internal/reminder"
)

// Now is a Monday, 09:17 in New York, shortly after the end of summer time.
var Now = time.Date(2026, 11, 2, 14, 17, 0, 0, time.UTC)

var newYork = mustLoad("America/New_York")

func mustLoad(name string) *time.Location {
	loc, err := time.LoadLocation(name)
	if err != nil {
		panic(err)
	}
	return loc
}

// Texts are Open edX's.
var Texts = config.Messages{
	Organization:   "Open edX",
	WorkingGroup:   "Open edX Security Working Group",
	Contact:        "security@openedx.org",
	ProcessURL:     "https://docs.openedx.org/process",
	MaintainersURL: "https://docs.openedx.org/maintainers",
	TimeZone:       "America/New_York",

	AnnouncementURL:  "https://discuss.openedx.org/c/announcements/security",
	AnnouncementName: "Security Announcements",
	AnnouncementNote: "posts are moderated, which takes a while",
	ReleaseChannel:   "#wg-build-test-release",
}

func item(repo, id string, s advisory.Severity, score float64, days, reminders int) notify.Item {
	return notify.Item{
		ID:         id,
		Repository: advisory.Repository{Owner: "openedx", Name: repo},
		URL:        "https://github.com/openedx/" + repo + "/security/advisories/" + id,
		Severity:   s,
		Score:      score,
		OpenDays:   days,
		Reminders:  reminders,
		Why:        "you are in committers-" + repo + ", an owner of openedx/" + repo,
		File:       "catalog-info.yaml",
		Source:     "https://github.com/openedx/" + repo + "/blob/HEAD/catalog-info.yaml",
		Others:     []string{"ben", "grace"},
	}
}

func digest(c reminder.Cadence, next time.Time, items ...notify.Item) notify.Digest {
	return notify.Digest{
		ID:       "0123456789abcdef0123456789abcdef",
		Cadence:  c,
		Now:      Now,
		Next:     next,
		Location: newYork,
		Items:    items,
		Texts:    Texts,
	}
}

// One is a digest of one advisory.
func One() notify.Digest {
	i := item("xblock-poll", "GHSA-4v9r-8xw2-m3qp", advisory.High, 7.5, 12, 0)
	i.Patched = "2.4.1"
	return digest(reminder.Monthly, time.Date(2026, 12, 1, 5, 0, 0, 0, time.UTC), i)
}

// Three is a weekly digest of three advisories in two repositories.
func Three() notify.Digest {
	a := item("frontend-app-learning", "GHSA-2c7m-5h8j-q9vx", advisory.Critical, 9.8, 41, 5)
	a.PrivateFork = "https://github.com/openedx/frontend-app-learning-ghsa-2c7m-5h8j-q9vx"
	b := item("frontend-app-learning", "GHSA-6f3g-w2rr-7xpc", advisory.Critical, 9.1, 9, 1)
	b.Why, b.File, b.Source = a.Why, a.File, a.Source
	c := item("edx-platform", "GHSA-p4hx-9m6v-35jw", advisory.Critical, 0, 8, 0)
	c.Patched = "v21.0.3"
	c.Why, c.File, c.Source, c.Others = "the configuration of these reminders names you as an owner of openedx/edx-platform", "", "", nil
	c.Opens, c.Admin, c.LastWord = owner.Yes, owner.Yes, Now.AddDate(0, 0, -3)
	a.Opens, a.Admin, a.Admins = owner.Yes, owner.No, []string{"grace"}
	a.Release = time.Date(2026, 11, 12, 20, 0, 0, 0, time.UTC)
	b.Opens, b.Admin = owner.No, owner.No
	d := digest(reminder.Weekly, time.Date(2026, 11, 9, 5, 0, 0, 0, time.UTC), a, b, c)
	d.Texts.ReleaseBranches = []string{"release/ulmo", "release/teak"}
	return d
}

// Team is a digest to a team that has a contact of its own.
func Team() notify.Digest {
	d := Three()
	d.Team = true
	d.Items = d.Items[:2]
	for i := range d.Items {
		d.Items[i].Why = "this is the address of committers-frontend, an owner of openedx/frontend-app-learning"
	}
	return d
}

// Many is a digest of that many advisories, each in a repository of its own.
func Many(n int) notify.Digest {
	d := digest(reminder.Semiannually, time.Date(2027, 1, 1, 5, 0, 0, 0, time.UTC))
	for k := range n {
		suffix := string(rune('a'+k/26%26)) + string(rune('a'+k%26))
		d.Items = append(d.Items, item("service-"+suffix, "GHSA-2222-3333-44"+suffix, advisory.Low, 3.1, 400-k, 2))
	}
	return d
}

// Nasty is text that somebody might put into a title, a name or a catalog
// file, to get out of the place where it is shown.
const Nasty = "</td><script>alert(1)</script><img src=x onerror=alert(1)> <!channel> <!here|x> <@U012AB3CD> <https://evil.example/|Log in> " +
	"![x](https://evil.example/i.png) [log in](https://evil.example/) https://evil.example/ www.evil.example @octocat #1 | cell | " +
	"`code` *bold* _it_ ~no~ $x$ &lt;b&gt; \r\nBcc: victim@example.org\r\n\r\nX \x1b[31mred\x1b[0m \u202eesrever\u202c zero\u200bwidth\u2028line {{.ID}}"

// Hostile is a digest in which everything that comes from outside is hostile,
// with a title of 65,000 characters.
func Hostile() notify.Digest {
	i := item("x", "GHSA-4v9r-8xw2-m3qp", advisory.Critical, 9.9, 3, 2)
	i.ID += Nasty
	i.Repository.Name = Nasty
	i.URL = "javascript:alert(1)//" + Nasty
	i.PrivateFork = "https://evil.example/><script>" + Nasty
	i.Summary = Nasty + strings.Repeat(" long", (65000-len(Nasty))/5)
	i.Patched = Nasty
	i.Why = "you are in " + Nasty
	i.File, i.Source = Nasty, "https://evil.example/><script>"+Nasty
	i.Admin, i.Admins, i.Others = owner.No, []string{Nasty, Nasty}, []string{Nasty}
	d := digest(reminder.Weekly, time.Date(2026, 11, 9, 5, 0, 0, 0, time.UTC), i)
	d.Texts.Contact = "a@example.org" + Nasty
	d.Texts.ReleaseBranches = []string{Nasty}
	return d
}

// Full is a report that has something to say in every section.
func Full() notify.Report {
	nobody := item("tutor-contrib", "GHSA-h5q2-84mv-rr6c", advisory.High, 8.1, 96, 2)
	nobody.Reason = "openedx/tutor-contrib has no catalog-info.yaml, no CODEOWNERS and no collaborators"
	unmaintained := item("xblock-old", "GHSA-w8v3-29fj-c7x4", advisory.Low, 3.1, 412, 1)
	unmaintained.Reason = "unmaintained: catalog-info.yaml names group:openedx-unmaintained"
	unscored := item("edx-ora2", "GHSA-r7r7-4m2p-6xqv", advisory.Unscored, 0, 6, 0)
	three := Three()
	silent := three.Items[0]
	silent.Unanswered, silent.Since = 5, time.Date(2026, 9, 24, 8, 0, 0, 0, time.UTC)
	silent.Reason = "team:openedx/committers-frontend, user:ada"
	forkless := item("xblock-lti", "GHSA-9p5v-2rjh-6wmx", advisory.High, 7.4, 33, 1)
	forkless.Reason = "start the private fork"
	waits := item("edx-enterprise", "GHSA-3q8x-77vf-m2cp", advisory.Medium, 5.4, 120, 1)
	return notify.Report{
		ID:           "fedcba9876543210fedcba9876543210",
		Texts:        Texts,
		Organization: "openedx",
		Now:          Now,
		Location:     newYork,
		RunURL:       "https://github.com/openedx/private-ops/actions/runs/1234567890",
		ConfigSource: ".github/advisory-reminders.yml",
		OnDuty:       "octocat",
		OnDutySlack:  "U0DUTY00",
		NextOnDuty:   "hubot",
		HandOver:     time.Date(2026, 11, 9, 5, 0, 0, 0, time.UTC),
		Open: map[advisory.Severity]int{
			advisory.Critical: 3, advisory.High: 5, advisory.Medium: 4, advisory.Low: 2, advisory.Unscored: 1,
		},
		Digests: []notify.Sent{
			{To: "team:openedx/committers-frontend", Channel: "email", Cadence: reminder.Weekly, Items: 2},
			{To: "user:ada", Channel: "email", Cadence: reminder.Weekly, Items: 3},
			{To: "user:grace", Channel: "slack", Cadence: reminder.Monthly, Items: 1},
		},
		LeftOut:     []notify.Item{three.Items[0], unmaintained},
		NeedsOwner:  []notify.Item{nobody, unmaintained},
		NeedsScore:  []notify.Item{unscored},
		Undelivered: []notify.Sent{{To: "user:hubot", Channel: "email", Cadence: reminder.Monthly, Items: 2, Failure: "the server answered 550 5.1.1 to RCPT TO"}},
		NoAnswer:    []notify.Item{silent},
		Triage:      []notify.Item{item("xblock-drag", "GHSA-7jm2-q9wx-5c4h", advisory.Unscored, 0, 5, 0)},
		SnoozeEnded: []notify.Snooze{{Item: nobody, Until: time.Date(2026, 11, 1, 4, 0, 0, 0, time.UTC)}},
		Snoozed: []notify.Snooze{
			{Item: waits, Until: time.Date(2027, 1, 15, 5, 0, 0, 0, time.UTC), Reason: "waits for upstream"},
		},
		Changed: []notify.Change{{Item: three.Items[2], From: advisory.High, To: advisory.Critical}},
		FirstTold: []notify.FirstTold{
			{To: "user:grace", Repository: advisory.Repository{Owner: "openedx", Name: "xblock-poll"}, URL: "https://github.com/openedx/xblock-poll", Route: "catalog-info.yaml names group:committers-xblock"},
		},
		Resolved: []notify.Resolved{
			{Item: item("codejail", "GHSA-g2vq-7w9c-h4mf", advisory.High, 7.2, 58, 2), State: "published"},
		},
		NeedsAdmin: []notify.Item{forkless},
		LeftDuty:   []string{"gone"},
		Month:      &notify.Month{First: time.Date(2026, 10, 1, 4, 0, 0, 0, time.UTC), Opened: 4, Resolved: 3, Answer: 5, End: 41},
		Access: notify.Access{
			Given:   []notify.Opened{{Item: three.Items[0], To: []string{"user:ada", "team:openedx/committers-frontend"}}},
			Will:    []notify.Opened{{Item: three.Items[2], To: []string{"user:grace"}}},
			Removed: []notify.Opened{{Item: waits, To: []string{"user:hubot"}}},
		},
		LongestOpen: []notify.Item{unmaintained, nobody, three.Items[0]},
		Warnings:    []string{"catalog-info.yaml of openedx/xqueue could not be parsed: line 7: a mapping was expected"},
	}
}

// Access is what a report says of access, with something in every list.
func Access() notify.Access {
	poll := item("xblock-poll", "GHSA-4v9r-8xw2-m3qp", advisory.High, 7.5, 41, 2)
	ora := item("edx-ora2", "GHSA-r7r7-4m2p-6xqv", advisory.Critical, 9.1, 96, 5)
	return notify.Access{
		Given:      []notify.Opened{{Item: ora, To: []string{"team:openedx/committers-ora"}}},
		Will:       []notify.Opened{{Item: poll, To: []string{"team:openedx/committers-xblock", "user:ada"}}},
		Removed:    []notify.Opened{{Item: ora, To: []string{"user:grace"}}},
		RemovedNew: true,
	}
}

// Heartbeat is the report of a week in which nothing was due.
func Heartbeat() notify.Report {
	r := Full()
	return notify.Report{
		ID: r.ID, Texts: r.Texts, Organization: r.Organization, Now: r.Now, Location: r.Location,
		Heartbeat: true, RunURL: r.RunURL, ConfigSource: r.ConfigSource, Open: r.Open,
		OnDuty: r.OnDuty, NextOnDuty: r.NextOnDuty, HandOver: r.HandOver, Snoozed: r.Snoozed,
	}
}

// Alarm is what is sent in place of a report that could not be composed.
func Alarm() notify.Report {
	r := Full()
	return notify.Report{
		ID: r.ID, Texts: r.Texts, Organization: r.Organization, Now: r.Now, Location: r.Location,
		RunURL: r.RunURL, ConfigSource: r.ConfigSource, OnDuty: r.OnDuty,
		Alarm: []string{"input force: is neither true nor false", "configuration: line 3: unknown key <https://example.org|snoze>"},
	}
}

// Routine is a report of a run that sent a digest, with all else empty.
func Routine() notify.Report {
	r := Heartbeat()
	r.Heartbeat = false
	r.Digests = Full().Digests[2:]
	return r
}

// HostileReport is a report in which everything from outside is hostile.
func HostileReport() notify.Report {
	r := Full()
	i := Hostile().Items[0]
	i.Reason = Nasty
	r.LeftOut = []notify.Item{i}
	r.NeedsOwner = []notify.Item{i}
	r.NeedsScore = []notify.Item{i}
	r.Warnings = []string{Nasty}
	r.Undelivered[0].To = "user:" + Nasty
	r.Undelivered[0].Failure = Nasty
	r.FirstTold[0] = notify.FirstTold{To: "user:" + Nasty, Repository: i.Repository, Route: Nasty}
	r.Changed = []notify.Change{{Item: i, From: advisory.Low, To: advisory.High}}
	r.Resolved = []notify.Resolved{{Item: i, State: advisory.State(Nasty)}}
	r.LongestOpen = []notify.Item{i}
	r.ConfigSource = Nasty
	r.OnDuty, r.OnDutySlack, r.NextOnDuty = Nasty, Nasty, Nasty
	r.NoAnswer, r.Triage = []notify.Item{i}, []notify.Item{i}
	r.NeedsAdmin, r.LeftDuty = []notify.Item{i}, []string{Nasty}
	opened := []notify.Opened{{Item: i, To: []string{Nasty}}}
	r.Access = notify.Access{Given: opened, Will: opened, Removed: opened}
	r.SnoozeEnded = []notify.Snooze{{Item: i, Until: Now, Reason: Nasty}}
	r.Snoozed = r.SnoozeEnded
	r.Organization = Nasty
	r.RunURL = "javascript:alert(1)"
	return r
}

// Long is a report that fits in no single Slack message.
func Long() notify.Report {
	r := Full()
	many := Many(150).Items
	for i := range many {
		many[i].Reason = "openedx/" + many[i].Repository.Name + " has no catalog-info.yaml, no CODEOWNERS and no collaborators"
	}
	r.NeedsOwner = many
	r.Warnings = append(r.Warnings, strings.Repeat("an unending warning ", 400))
	return r
}
