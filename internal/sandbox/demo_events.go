package sandbox

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// A diary collects what is going to happen in the demo.
type diary struct {
	start  time.Time
	events []Event
}

// on notes an event for a number of days after the start, in the hour of the
// start and some minutes.
func (d *diary) on(day int, what string, do func(w *World, at time.Time)) {
	at := d.start.AddDate(0, 0, day).Add(time.Duration(7+day%50) * time.Minute)
	d.events = append(d.events, Event{At: at, What: what, Do: func(w *World) { do(w, at) }})
}

func (d *diary) opened(day int, id, repository, summary string, score float64) {
	d.on(day, fmt.Sprintf("GHSA-%s was opened as a draft in %s, %s", id, repository, word(score)), func(w *World, at time.Time) {
		w.Advisories = append(w.Advisories, draft(id, repository, summary, score, at))
	})
}

func (d *diary) rescored(day int, id string, score float64) {
	d.on(day, fmt.Sprintf("GHSA-%s is %s now", id, word(score)), func(w *World, at time.Time) {
		scored(w.Advisory("GHSA-"+id), score).Updated = at
	})
}

func (d *diary) published(day int, id string) {
	d.on(day, "GHSA-"+id+" was fixed and published", func(w *World, at time.Time) { publish(w.Advisory("GHSA-"+id), at) })
}

// said lets somebody comment on a draft in the afternoon, as far as they can open it.
func (d *diary) said(day int, login, what, id, text string) {
	d.on(day, login+" "+what+" GHSA-"+id, func(w *World, _ time.Time) { w.CommentOn("GHSA-"+id, login, text) })
	last := &d.events[len(d.events)-1]
	last.At = last.At.Add(13 * time.Hour)
}

func word(score float64) string { return scored(new(Advisory), score).Severity }

// demoEvents is half a year in the life of the demo's organization.
func demoEvents(start time.Time) []Event {
	d := &diary{start: start}
	org := func(w *World) *Organization { return w.Organization(DemoOrganization) }
	repo := func(w *World, name string) *Repository { return w.Repository(DemoOrganization + "/" + name) }

	d.opened(3, "7hxq-v3gm-5cwr", "video-pipeline", "Subtitles of private videos can be guessed", 4.3)
	d.rescored(6, "x7pm-3wrg-9vcj", 7.5)
	d.published(9, "r4fp-6vqh-3xjw")
	d.on(13, "nadia-petrova joined the Frontend Guild", func(w *World, _ time.Time) {
		org(w).Members = append(org(w).Members, "nadia-petrova")
		t := org(w).Team("frontend-guild")
		t.Members = append(t.Members, "nadia-petrova")
	})
	d.opened(17, "w3fj-6qcp-h9mx", "campus-android", "Other apps can read downloaded lessons", 7.1)
	d.rescored(24, "9vhc-m4pr-6jfx", 8.1)
	d.on(30, "campus-web was renamed to campus-learning", func(w *World, _ time.Time) {
		w.Rename(DemoOrganization+"/campus-web", DemoOrganization+"/campus-learning")
	})
	d.published(34, "4gx7-p2wq-9hvc")
	d.opened(41, "g8vx-2mrh-7jqc", "quiz-engine", "Uploaded answers are executed", 9.8)
	d.on(45, "the private report GHSA-v2cf-8jqx-6hwm was accepted as a draft", func(w *World, at time.Time) {
		a := w.Advisory("GHSA-v2cf-8jqx-6hwm")
		a.State, a.Updated = "draft", at
	})
	d.rescored(48, "v2cf-8jqx-6hwm", 6.1)
	d.on(52, "the catalog file of quiz-engine was mended", func(w *World, _ time.Time) {
		repo(w, "quiz-engine").Files["catalog-info.yaml"] = "apiVersion: backstage.io/v1alpha1\nkind: Component\n" +
			"metadata:\n  name: quiz-engine\nspec:\n  owner: group:platform-core\n  type: library\n  lifecycle: production\n"
	})
	d.published(55, "g8vx-2mrh-7jqc")
	d.rescored(60, "g5qw-2xjm-r8vh", 6.5)
	d.on(68, "GHSA-3xvr-g9jh-m6fp was closed", func(w *World, at time.Time) { shut(w.Advisory("GHSA-3xvr-g9jh-m6fp"), at) })
	d.on(75, "diego-fuentes left the organization", func(w *World, _ time.Time) {
		org(w).Members = without(org(w).Members, "diego-fuentes")
		t := org(w).Team("frontend-guild")
		t.Members = without(t.Members, "diego-fuentes")
	})
	d.on(82, "Data and Analytics took over forum-service", func(w *World, _ time.Time) {
		files := repo(w, "forum-service").Files
		files["catalog-info.yaml"] = strings.ReplaceAll(files["catalog-info.yaml"], "openedx-unmaintained", "data-and-analytics")
	})
	d.on(90, "kofi-mensah made an email address public", func(w *World, _ time.Time) { w.User("kofi-mensah").Email = "kofi@example.org" })
	d.opened(97, "c4wp-9xjf-3ghv", "event-bus", "Message of one tenant wakes the handlers of all", 8.8)
	d.published(104, "6mj3-vr8f-c5xq")
	d.opened(112, "p5rm-8gqv-x2jh", "campus-platform", "Course import overwrites files of the server", 9.9)
	d.published(119, "p5rm-8gqv-x2jh")
	d.on(128, "scratchpad was archived", func(w *World, _ time.Time) { repo(w, "scratchpad").Archived = true })
	d.opened(135, "j9hc-4fwx-6vpr", "handbook", "Comments are shown before they are approved", 5.3)
	d.rescored(143, "p8mf-7hcr-4wgq", 9.1)
	d.published(150, "p8mf-7hcr-4wgq")
	d.published(161, "9vhc-m4pr-6jfx")
	d.opened(170, "x6gq-5vhm-c9rj", "campus-learning", "Preferences of the last user stay in the browser", 2.7)
	d.published(178, "5wjr-c8xp-q4mf")
	d.discussed()
	d.on(118, "a private report, GHSA-5hqv-8mxc-2rjw, came for discovery-api", func(w *World, at time.Time) {
		a := draft("5hqv-8mxc-2rjw", "discovery-api", "Search suggests the titles of hidden courses", 0, at)
		a.State, a.Author, a.Reported = "triage", "night-owl-research", true
		w.Advisories = append(w.Advisories, a)
	})
	d.on(138, "GHSA-5hqv-8mxc-2rjw was closed as a duplicate", func(w *World, at time.Time) { shut(w.Advisory("GHSA-5hqv-8mxc-2rjw"), at) })
	slices.SortStableFunc(d.events, func(a, b Event) int { return a.At.Compare(b.At) })
	return d.events
}

// discussed is what people say on drafts in that half year, if it begins on the
// first of June 2026, which commands with a day take for granted.
func (d *diary) discussed() {
	const gateway, platform, web, export = "p8mf-7hcr-4wgq", "6mj3-vr8f-c5xq", "c7rj-5qgx-h3mw", "g5qw-2xjm-r8vh"
	d.said(3, "kofi-mensah", "answered on", gateway, "Confirmed: a tool that is launched twice gets the other course's token.\n\nWe can't start the private fork ourselves. Who can?")
	d.said(3, "ines-carvalho", "asked for help on", gateway, "/remind help")
	d.said(10, "oskar-lindqvist", "said not-mine to", export, "/remind not-mine\nThe export to foreign hosts is Platform Core's.")
	d.said(20, "mei-lin-chen", "answered on", web, "New names are checked since yesterday. The old ones need a migration.")
	d.said(29, "ines-carvalho", "snoozed", gateway, "/remind snooze 2026-07-20 waits for the test at two vendors")
	d.said(38, "amara-okafor", "planned a release for", platform, "/remind release 2026-07-21 16:00")
	d.on(51, "the day of the release planned for GHSA-"+platform+" went by", func(*World, time.Time) {})
	d.said(58, "lucas-meyer", "answered on", platform, "We missed the release: the fix broke the gradebook. A second review is under way.")
	d.said(66, "kofi-mensah", "planned a release for", gateway, "/remind release 2026-08-20 15:00")
	d.said(92, "kofi-mensah", "called the release off for", gateway, "/remind release off\nOne vendor needs until October.")
}

func without(list []string, s string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(e string) bool { return strings.EqualFold(e, s) })
}
