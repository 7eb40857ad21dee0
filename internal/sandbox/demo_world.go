package sandbox

import (
	"embed"
	"io/fs"
	"strings"
	"time"
)

// The files at HEAD of the demo's repositories, in a folder for each.
//
//go:embed all:campus
var campusFiles embed.FS

// DemoOrganization is the login of the organization of the demo. It, its
// people and its flaws are made up.
const DemoOrganization = "open-campus"

// DemoRepository is the private repository of the demo in which the workflow
// runs, and which WorkflowToken may write to.
const DemoRepository = DemoOrganization + "/security-ops"

// DemoAccount is the account whose token the demo's workflow uses: comments on drafts
// are under its name.
const DemoAccount = "campus-reminders"

// Demo returns a lifelike organization as it is at start, with half a year of
// drafts behind it and half a year of events ahead: World.Advance lets them
// happen. Its clock is at start.
func Demo(start time.Time) *World {
	w := &World{
		Organizations: []*Organization{{
			Login: DemoOrganization, Name: "Open Campus",
			VerifiedDomains: []string{"campus.example.org"},
			Admins:          []string{"julia-hartmann", DemoAccount},
			Teams:           demoTeams(),
		}, {
			Login: "north-college", Name: "North College",
			Members: []string{"rolf-bergmann"},
			Teams:   []*Team{{Slug: "identity", Name: "Identity", Members: []string{"rolf-bergmann"}}},
		}},
		Users:        demoUsers(),
		Repositories: demoRepositories(start),
		Advisories:   demoAdvisories(start),
		Tokens: map[string]*Token{
			FullToken: {
				Login: DemoAccount, Scopes: []string{"repo", "admin:org", "user:email"},
				Organization: DemoOrganization,
				Drafts:       true, Members: true, Emails: true, VerifiedEmails: true,
			},
			WorkflowToken: {
				App: true, Organization: DemoOrganization,
				Repositories: []string{DemoRepository}, Write: []string{DemoRepository},
			},
		},
	}
	org := w.Organizations[0]
	for _, u := range w.Users {
		if !u.Bot && !outsiders[u.Login] {
			org.Members = append(org.Members, u.Login)
		}
	}
	w.Events = demoEvents(start)
	w.SetTime(start)
	return w
}

// outsiders have an account and are no members, at the start at least.
var outsiders = map[string]bool{
	"rolf-bergmann": true, "night-owl-research": true, "nadia-petrova": true,
}

func demoTeams() []*Team {
	return []*Team{
		{Slug: "platform-core", Name: "Platform Core", Description: "The server and what it needs.",
			Members: []string{"amara-okafor", "lucas-meyer", "priya-raman"}},
		{Slug: "platform-oncall", Name: "Platform Oncall", Parent: "platform-core",
			Members: []string{"hana-sato", "tomas-novak"}},
		{Slug: "frontend-guild", Name: "Frontend Guild", Description: "Web and, for now, Android.",
			Members: []string{"mei-lin-chen", "diego-fuentes", "liam-oconnell"}},
		{Slug: "wg-docs-campus", Name: "wg-docs.campus", Members: []string{"ewa-kowalska", "samuel-boateng"}},
		{Slug: "data-and-analytics", Name: "Data and Analytics", Members: []string{"noor-haddad", "oskar-lindqvist"}},
		{Slug: "integrations", Name: "Integrations", Members: []string{"kofi-mensah", "ines-carvalho"}},
		{Slug: "openedx-unmaintained", Name: "openedx-unmaintained", Description: "Nobody: repositories that look for a maintainer."},
		{Slug: "security-working-group", Name: "Security Working Group", Members: []string{"julia-hartmann", "marcus-webb"}},
	}
}

// demoUsers are some with an address in the organization's domain, some with a
// public one, some with both, and some with neither.
func demoUsers() []*User {
	verified := func(login, name, local string) *User {
		return &User{Login: login, Name: name,
			Addresses: map[string][]string{DemoOrganization: {local + "@campus.example.org"}}}
	}
	public := func(login, name, local string) *User {
		return &User{Login: login, Name: name, Email: local + "@example.org"}
	}
	priya := verified("priya-raman", "Priya Raman", "priya")
	priya.Email = "priya.raman@example.org"
	return []*User{
		verified("julia-hartmann", "Julia Hartmann", "julia"),
		verified("marcus-webb", "Marcus Webb", "marcus"),
		verified("amara-okafor", "Amara Okafor", "amara"),
		verified("lucas-meyer", "Lucas Meyer", "lucas"),
		priya,
		verified("hana-sato", "Hana Sato", "hana"),
		public("tomas-novak", "Tomáš Novák", "tomas.novak"),
		verified("mei-lin-chen", "Mei-Lin Chen", "meilin"),
		public("diego-fuentes", "Diego Fuentes", "diego"),
		public("liam-oconnell", "Liam O'Connell", "liam"),
		verified("ewa-kowalska", "Ewa Kowalska", "ewa"),
		public("samuel-boateng", "Samuel Boateng", "s.boateng"),
		verified("noor-haddad", "Noor Haddad", "noor"),
		public("oskar-lindqvist", "Oskar Lindqvist", "oskar"),
		{Login: "kofi-mensah", Name: "Kofi Mensah"},
		{Login: "ines-carvalho", Name: "Inês Carvalho"},
		verified("fatima-zahra-benali", "Fatima-Zahra Benali", "fatima"),
		verified("aisha-siddiqui", "Aisha Siddiqui", "aisha"),
		verified("zeynep-aydin", "Zeynep Aydın", "zeynep"),
		{Login: "ravi-patel"},
		verified("nadia-petrova", "Nadia Petrova", "nadia"),
		public("rolf-bergmann", "Rolf Bergmann", "rolf"),
		public("night-owl-research", "", "night-owl"),
		{Login: "campus-release[bot]", Bot: true},
		{Login: DemoAccount, Name: "Open Campus Reminders"},
	}
}

func demoRepositories(start time.Time) []*Repository {
	list := []*Repository{
		{Name: "campus-platform", Description: "The server"},
		{Name: "campus-web", Description: "What learners see"},
		{Name: "campus-ios"},
		{Name: "campus-android"},
		{Name: "grade-export"},
		{Name: "lti-gateway"},
		{Name: "handbook"},
		{Name: "forum-service"},
		{Name: "quiz-engine"},
		{Name: "event-bus"},
		{Name: "video-pipeline"},
		{Name: "scratchpad"},
		{Name: "legacy-importer", Archived: true},
		{Name: "theme-kit", Former: []string{DemoOrganization + "/campus-theme"}},
		{Name: "discovery-api"},
		{Name: "sso-bridge", Owner: "north-college", Former: []string{DemoOrganization + "/sso-bridge"}},
		{Name: "campus-platform-ghsa-4gx7-p2wq-9hvc", Visibility: "private", Parent: DemoOrganization + "/campus-platform"},
		{Name: "security-ops", Visibility: "private"},
	}
	for i, r := range list {
		r.Roles = demoRoles[r.Name]
		if r.Owner == "" {
			r.Owner = DemoOrganization
		}
		r.Created = start.AddDate(-3, 0, 11*i)
		r.Files = filesOf(r.Name)
	}
	return list
}

// demoRoles are who may do more than read. The maintainers of lti-gateway and
// of quiz-engine can't open its drafts.
var demoRoles = map[string]map[string]string{
	"campus-platform": {"team:platform-core": "admin"},
	"campus-web":      {"team:frontend-guild": "admin"},
	"campus-ios":      {"team:frontend-guild": "maintain", "fatima-zahra-benali": "admin"},
	"campus-android":  {"team:frontend-guild": "admin"},
	"grade-export":    {"team:data-and-analytics": "admin", "team:platform-core": "admin"},
	"lti-gateway":     {"team:integrations": "write"},
	"handbook":        {"team:wg-docs-campus": "admin"},
	"forum-service":   {"team:platform-core": "admin", "aisha-siddiqui": "admin"},
	"event-bus":       {"team:platform-core": "admin"},
	"video-pipeline":  {"team:data-and-analytics": "admin"},
	"theme-kit":       {"team:frontend-guild": "admin", "zeynep-aydin": "admin"},
	"discovery-api":   {"team:platform-core": "admin"},
}

// filesOf returns the embedded files of a repository by their path in it.
func filesOf(name string) map[string]string {
	files := map[string]string{}
	root := "campus/" + name
	fs.WalkDir(campusFiles, root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil // a repository without files has no folder
		}
		text, err := campusFiles.ReadFile(path)
		files[strings.TrimPrefix(path, root+"/")] = string(text)
		return err
	})
	return files
}
