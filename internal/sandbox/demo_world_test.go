package sandbox

import (
	"io"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/openedx/advisory-reminders/internal/advisory"
)

var demoStart = time.Date(2026, time.January, 5, 8, 0, 0, 0, time.UTC)

// sound reports what in a world points nowhere or contradicts itself.
func sound(t *testing.T, w *World) {
	t.Helper()
	seen := map[string]bool{}
	for _, o := range w.Organizations {
		for _, login := range o.AllMembers() {
			if w.User(login) == nil {
				t.Errorf("%s has the member %s, whom nobody knows", o.Login, login)
			}
		}
		for _, team := range o.Teams {
			if team.Parent != "" && o.Team(team.Parent) == nil {
				t.Errorf("team %s: no parent %s", team.Slug, team.Parent)
			}
			if advisory.Slug(team.Name) != team.Slug {
				t.Errorf("team %q can't have the slug %s", team.Name, team.Slug)
			}
			for _, login := range team.Members {
				if !o.HasMember(login) {
					t.Errorf("team %s: %s is no member of %s", team.Slug, login, o.Login)
				}
			}
		}
	}
	for _, a := range w.Advisories {
		if id, ok := advisory.CanonicalID(a.ID); !ok || id != a.ID || seen[a.ID] {
			t.Errorf("%s is no id, or twice there", a.ID)
		}
		seen[a.ID] = true
		if w.Repository(a.Repository) == nil || a.PrivateFork != "" && w.Repository(a.PrivateFork) == nil {
			t.Errorf("%s: no repository %s %s", a.ID, a.Repository, a.PrivateFork)
		}
		if a.Created.After(w.Now()) || a.Updated.Before(a.Created) || a.Updated.After(w.Now()) {
			t.Errorf("%s: created %v, updated %v", a.ID, a.Created, a.Updated)
		}
		severity := advisory.FromScore(a.Score)
		if a.Severity != "" && a.Severity != severity.String() || a.Severity == "" && a.Score != 0 {
			t.Errorf("%s: %s with a score of %v", a.ID, a.Severity, a.Score)
		}
		if a.Vector != "" && baseScore(a.Vector) != a.Score {
			t.Errorf("%s: %s gives %v, not %v", a.ID, a.Vector, baseScore(a.Vector), a.Score)
		}
		if (a.State == "published") == a.Published.IsZero() || (a.State == "closed") == a.Closed.IsZero() {
			t.Errorf("%s: %s, published %v, closed %v", a.ID, a.State, a.Published, a.Closed)
		}
	}
}

// baseScore is CVSS 3.1's.
//
// Source: https://www.first.org/cvss/v3.1/specification-document, section 7.1
func baseScore(vector string) float64 {
	m := map[string]string{}
	for _, part := range strings.Split(vector, "/") {
		k, v, _ := strings.Cut(part, ":")
		m[k] = v
	}
	weight := func(k string, values map[string]float64) float64 { return values[m[k]] }
	cia := map[string]float64{"H": 0.56, "L": 0.22}
	pr := map[string]float64{"N": 0.85, "L": 0.62, "H": 0.27}
	changed := m["S"] == "C"
	if changed {
		pr = map[string]float64{"N": 0.85, "L": 0.68, "H": 0.5}
	}
	iss := 1 - (1-weight("C", cia))*(1-weight("I", cia))*(1-weight("A", cia))
	impact := 6.42 * iss
	if changed {
		impact = 7.52*(iss-0.029) - 3.25*math.Pow(iss-0.02, 15)
	}
	exploitability := 8.22 * weight("AV", map[string]float64{"N": 0.85, "A": 0.62, "L": 0.55, "P": 0.2}) *
		weight("AC", map[string]float64{"L": 0.77, "H": 0.44}) * weight("PR", pr) *
		weight("UI", map[string]float64{"N": 0.85, "R": 0.62})
	score := impact + exploitability
	if changed {
		score *= 1.08
	}
	return math.Ceil(math.Round(min(score, 10)*1e5)/1e4) / 10
}

func TestDemoAtTheStart(t *testing.T) {
	w := Demo(demoStart)
	sound(t, w)
	states, severities := map[string]int{}, map[string]int{}
	for _, a := range w.Advisories {
		states[a.State]++
		if a.State == "draft" {
			severities[a.Severity]++
		}
		if a.Created.Before(demoStart.AddDate(0, 0, -190)) {
			t.Errorf("%s was created at %v", a.ID, a.Created)
		}
	}
	for _, s := range []string{"draft", "triage", "published", "closed"} {
		if states[s] == 0 {
			t.Errorf("no advisory is %s", s)
		}
	}
	for _, s := range []string{"critical", "high", "medium", "low", ""} {
		if severities[s] == 0 {
			t.Errorf("no draft has the severity %q", s)
		}
	}
	people := 0
	for _, u := range w.Users {
		if !u.Bot {
			people++
		}
	}
	if states["draft"] < 15 || len(w.Repositories) < 14 || people < 20 || len(w.Organizations[0].Teams) != 8 || len(w.Events) < 25 {
		t.Errorf("%v, %d repositories, %d people, %d teams, %d events", states, len(w.Repositories), people,
			len(w.Organizations[0].Teams), len(w.Events))
	}
	for _, r := range w.Repositories {
		if _, err := campusFiles.ReadDir("campus/" + r.Name); err == nil && len(r.Files) == 0 {
			t.Errorf("%s lost its files", r.FullName())
		}
	}
	if got := w.Repository("open-campus/video-pipeline").Files[".github/CODEOWNERS"]; !strings.Contains(got, "@zeynep-aydin") {
		t.Errorf("hidden folders are missing: %q", got)
	}
}

// Every event must leave a sound world, and say nothing that is secret.
func TestDemoOverHalfAYear(t *testing.T) {
	w := Demo(demoStart)
	total := len(w.Events)
	happened := 0
	for day := range 184 {
		now := demoStart.AddDate(0, 0, day)
		for _, e := range w.Advance(now) {
			happened++
			if e.At.After(now) || e.At.Before(now.AddDate(0, 0, -1)) || e.What == "" {
				t.Errorf("%q of %v happened at %v", e.What, e.At, now)
			}
			for _, a := range w.Advisories {
				if strings.Contains(e.What, a.Summary) {
					t.Errorf("%q tells a title", e.What)
				}
			}
		}
		sound(t, w)
	}
	if happened != total || len(w.Events) != 0 {
		t.Errorf("%d of %d events happened", happened, total)
	}
	if r := w.Repository("open-campus/campus-web"); r == nil || r.Name != "campus-learning" {
		t.Errorf("the renamed repository: %+v", r)
	}
}

// Two demos share nothing that an event could change.
func TestDemosAreApart(t *testing.T) {
	one, two := Demo(demoStart), Demo(demoStart)
	one.Advance(demoStart.AddDate(1, 0, 0))
	if a := two.Advisory("GHSA-4gx7-p2wq-9hvc"); a.State != "draft" {
		t.Error("the second demo saw the events of the first")
	}
	if !two.Organization(DemoOrganization).HasMember("diego-fuentes") {
		t.Error("the second demo's members changed")
	}
}

func TestDemoOverHTTP(t *testing.T) {
	g, err := StartGitHub(Demo(demoStart))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = g.Close() })
	for _, tt := range []struct {
		what, token, method, path, body string
		status                          int
		drafts                          int
	}{
		{"an owner's list", FullToken, "GET", "/orgs/open-campus/security-advisories?state=draft&per_page=100", "", 200, 18},
		{"the list that the workflow's own token gets", WorkflowToken, "GET", "/orgs/open-campus/security-advisories?state=draft", "", 200, 0},
		{"the workflow's own token writes to its repository", WorkflowToken, "POST", "/repos/" + DemoRepository + "/git/blobs", `{"content":"x"}`, 201, 0},
		{"members of a team", FullToken, "POST", "/graphql", `{"query":"{ organization(login:\"open-campus\") { team(slug:\"platform-core\") { members(first:10) { totalCount } } } }"}`, 200, 0},
	} {
		req, err := http.NewRequestWithContext(t.Context(), tt.method, g.APIURL()+tt.path, strings.NewReader(tt.body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+tt.token)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != tt.status || strings.Count(string(text), `"ghsa_id"`) != tt.drafts {
			t.Errorf("%s: %d, %d drafts, want %d and %d: %v %.200s", tt.what, resp.StatusCode, strings.Count(string(text), `"ghsa_id"`), tt.status, tt.drafts, err, text)
		}
	}
}
