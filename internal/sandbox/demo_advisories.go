package sandbox

import (
	"time"

	"github.com/openedx/advisory-reminders/internal/advisory"
)

// Vectors of CVSS 3.1, with their base scores.
var vectors = map[float64]string{
	9.9: "CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:H/I:H/A:H",
	9.8: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
	9.1: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:N",
	8.8: "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H",
	8.1: "CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:N",
	7.5: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N",
	7.1: "CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:L/A:N",
	6.5: "CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:N/A:N",
	6.1: "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N",
	5.4: "CVSS:3.1/AV:N/AC:L/PR:L/UI:R/S:C/C:L/I:L/A:N",
	5.3: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:N/A:N",
	4.3: "CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:N/I:L/A:N",
	3.1: "CVSS:3.1/AV:N/AC:H/PR:L/UI:N/S:U/C:L/I:N/A:N",
	2.7: "CVSS:3.1/AV:N/AC:L/PR:H/UI:N/S:U/C:L/I:N/A:N",
}

// scored gives an advisory a score, and what follows from it. 0 takes it away.
func scored(a *Advisory, score float64) *Advisory {
	a.Score, a.Vector, a.Severity = score, vectors[score], ""
	if score > 0 {
		a.Severity = advisory.FromScore(score).String()
	}
	return a
}

// draft is an advisory as the working group opens it.
func draft(id, repository, summary string, score float64, at time.Time) *Advisory {
	a := &Advisory{
		ID: "GHSA-" + id, Repository: DemoOrganization + "/" + repository, Summary: summary,
		Description: "### Impact\nMade up for the demo.\n\n### Patches\nNone yet.\n",
		State:       "draft", Author: "julia-hartmann", Created: at, Updated: at,
		Credits: []Credit{{Login: "night-owl-research", Type: "reporter", State: "accepted"}},
	}
	return scored(a, score)
}

func demoAdvisories(start time.Time) []*Advisory {
	ago := func(days int) time.Time {
		return start.AddDate(0, 0, -days).Truncate(time.Hour).Add(-time.Duration(days%9) * time.Hour)
	}
	list := []*Advisory{
		draft("4gx7-p2wq-9hvc", "campus-platform", "Password reset accepts any token", 9.8, ago(12)),
		draft("6mj3-vr8f-c5xq", "campus-platform", "Course staff can read other courses' grades", 8.1, ago(70)),
		draft("w9pq-3c2h-7gjr", "campus-platform", "Enrolment export holds addresses of other learners", 6.5, ago(150)),
		draft("2hfv-x6mc-8wrp", "campus-platform", "Time of last login is visible in the profile's source", 3.1, ago(171)),
		draft("c7rj-5qgx-h3mw", "campus-web", "Script in a course's name runs in the catalogue: <img src=x onerror=alert(1)>", 6.1, ago(45)),
		draft("j3wx-8fvg-2qpc", "campus-web", "Draft pages are served to anyone & cached", 7.5, ago(26)),
		draft("9vhc-m4pr-6jfx", "campus-ios", "Device list is readable without a session", 5.3, ago(101)),
		draft("g5qw-2xjm-r8vh", "grade-export", "Forged request starts an export to a foreign host", 8.8, ago(55)),
		draft("p8mf-7hcr-4wgq", "lti-gateway", "Tool can change grades of another course", 7.1, ago(33)),
		draft("3xvr-g9jh-m6fp", "handbook", "Search page shows the names of private drafts", 3.1, ago(91)),
		draft("q6cw-4rpm-j2hv", "forum-service", "Script in a signature runs for moderators", 5.4, ago(121)),
		draft("h2gj-w5xf-8cmq", "quiz-engine", "Answers can be changed after the deadline", 4.3, ago(61)),
		draft("r4fp-6vqh-3xjw", "event-bus", "Unsigned events are accepted from the network", 9.1, ago(5)),
		draft("m8xc-9gwj-5rfh", "scratchpad", "Debug page shows the environment", 7.5, ago(40)),
		draft("f3hq-2jvm-w7gx", "legacy-importer", "Import log keeps names of removed accounts", 2.7, ago(180)),
		draft("5wjr-c8xp-q4mf", "theme-kit", "Theme from elsewhere can hold a script", 6.1, ago(75)),
		draft("8qgv-h6fc-2prj", "sso-bridge", "Group names of other tenants are listed", 6.5, ago(111)),
		draft("x7pm-3wrg-9vcj", "discovery-api", "Search query reaches the database unescaped", 0, ago(16)),
		draft("v2cf-8jqx-6hwm", "campus-web", "Redirect after login leads anywhere", 0, ago(2)),
		draft("4rmw-g7hj-x3qp", "campus-platform", "Certificates of others can be downloaded", 5.3, ago(160)),
		draft("6fcx-p9vw-2mgh", "grade-export", "Path of an export is taken from the request", 7.1, ago(140)),
		draft("9jqr-5hgf-w8xv", "handbook", "Report about the hosting, not about us", 0, ago(64)),
	}
	byID := map[string]*Advisory{}
	for _, a := range list {
		byID[a.ID[5:]] = a
	}

	fork := byID["4gx7-p2wq-9hvc"]
	fork.PrivateFork = DemoOrganization + "/campus-platform-ghsa-4gx7-p2wq-9hvc"
	fork.CVE, fork.CWEs = "CVE-2026-90001", []string{"CWE-284"}
	fork.CollaboratingTeams = []string{"platform-core"}
	fork.Vulnerabilities = []Vulnerability{{Ecosystem: "pip", Package: "campus-platform", Affected: "< 14.2.1", Patched: "14.2.1"}}
	byID["c7rj-5qgx-h3mw"].CWEs = []string{"CWE-79"}
	byID["g5qw-2xjm-r8vh"].CWEs = []string{"CWE-352", "CWE-918"}

	reported := byID["x7pm-3wrg-9vcj"] // accepted, and waits for its score
	reported.Author, reported.Reported = "night-owl-research", true
	reported.CollaboratingUsers = []string{"night-owl-research", "campus-release[bot]"}
	reported.CollaboratingTeams = []string{"platform-oncall"}

	triage := byID["v2cf-8jqx-6hwm"] // a report that nobody has accepted yet
	triage.State, triage.Author, triage.Reported = "triage", "night-owl-research", true

	for id, days := range map[string]int{"4rmw-g7hj-x3qp": 130, "6fcx-p9vw-2mgh": 95} {
		publish(byID[id], ago(days))
	}
	shut(byID["9jqr-5hgf-w8xv"], ago(60))
	return list
}

func publish(a *Advisory, at time.Time) {
	a.State, a.Published, a.Updated, a.Publisher = "published", at, at, "julia-hartmann"
	a.PrivateFork = "" // GitHub deletes it
}

func shut(a *Advisory, at time.Time) { a.State, a.Closed, a.Updated = "closed", at, at }
