package config_test

import (
	"errors"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the zones must not depend on the machine

	"github.com/google/go-cmp/cmp"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/config"
	"github.com/openedx/advisory-reminders/internal/reminder"
)

var cmpLocation = cmp.Comparer(func(a, b *time.Location) bool { return a.String() == b.String() })

func user(login string) advisory.Owner { return advisory.Owner{Kind: advisory.User, Name: login} }
func team(name string) advisory.Owner  { return advisory.Owner{Kind: advisory.Team, Name: name} }

func TestParseWhole(t *testing.T) {
	const text = `
timezone: America/New_York
cadence:  {critical: weekly, high: monthly, medium: quarterly, low: semiannually}
grace:    {weekly: 2d, monthly: 7d}
quiet-after-answer: {monthly: 2w}
notify-new: true
channels: [email, slack]
access: none
max-owner: 25
owners:
  openedx/frontend-app-learning: [group:committers-frontend, user:octocat]
contacts:
  user:octocat: {email: octocat@example.org, slack: U012AB3CD}
  group:committers-frontend: {email: frontend@example.org}
unmaintained: [group:openedx-unmaintained]
snooze:
  - {advisory: GHSA-xxxx-xxxx-xxxx, until: 2027-01-15, reason: waits for upstream}
forget: []
on-duty: {rotation: [user:octocat, user:hubot], since: 2026-11-02, every: 1w}
privacy: {show-summary: false, public-channel: false}
`
	newYork, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	want := config.Default()
	want.Policy.Location = newYork
	want.Policy.Quiet = map[reminder.Cadence]int{reminder.Monthly: 14}
	want.Policy.NotifyNew = true
	want.Owners = map[string][]advisory.Owner{
		"openedx/frontend-app-learning": {team("committers-frontend"), user("octocat")},
	}
	want.Contacts = map[string]config.Contact{
		"user:octocat":              {Email: "octocat@example.org", Slack: "U012AB3CD"},
		"group:committers-frontend": {Email: "frontend@example.org"},
	}
	want.Snooze = []config.Snooze{{
		Advisory: "GHSA-xxxx-xxxx-xxxx",
		Until:    time.Date(2027, 1, 15, 5, 0, 0, 0, time.UTC),
		Reason:   "waits for upstream",
	}}
	want.OnDuty = &config.OnDuty{
		Rotation: []advisory.Owner{user("octocat"), user("hubot")},
		Since:    time.Date(2026, 11, 2, 5, 0, 0, 0, time.UTC),
		Days:     7,
	}

	agree(t, text)
	got, err := config.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmpLocation); diff != "" {
		t.Errorf("Parse (-want +got):\n%s", diff)
	}
}

// The names and links of messages are Open edX's for openedx alone; what is configured
// holds for everybody.
func TestMessagesOfTheOrganization(t *testing.T) {
	openEdX := config.Messages{
		Organization:   "Open edX",
		WorkingGroup:   "Open edX Security Working Group",
		Contact:        "security@openedx.org",
		ProcessURL:     "https://docs.openedx.org/projects/openedx-proposals/en/latest/processes/oep-0060-proc-sec-group.html",
		MaintainersURL: "https://openedx.atlassian.net/wiki/spaces/COMM/pages/3630923873",
		TimeZone:       "America/New_York",

		AnnouncementURL:  "https://discuss.openedx.org/c/announcements/security/19",
		AnnouncementName: "Security Announcements",
		AnnouncementNote: "posts are moderated, which takes a while",
		ReleaseChannel:   "#wg-build-test-release",
	}
	configured := openEdX
	configured.Contact = "psirt@acme.example"
	elsewhere := openEdX
	elsewhere.AnnouncementURL, elsewhere.AnnouncementName, elsewhere.AnnouncementNote = "https://lists.example/", "", ""
	for _, tt := range []struct {
		login, text string
		want        config.Messages
	}{
		{"openedx", "", openEdX},
		{"OpenEdX", "timezone: Europe/Paris", openEdX},
		{"openedx", "messages: {contact: psirt@acme.example}", configured},
		{"openedx", "messages: {announcement-url: 'https://lists.example/'}", elsewhere},
		{"openedx-forks", "", config.Messages{TimeZone: "UTC"}},
		{"acme", "timezone: Europe/Paris\nmessages: {contact: psirt@acme.example, organization: Acme}",
			config.Messages{Organization: "Acme", Contact: "psirt@acme.example", TimeZone: "Europe/Paris"}},
		{"", "", config.Messages{TimeZone: "UTC"}},
	} {
		c, err := config.Parse([]byte(tt.text))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, c.For(tt.login).Messages); diff != "" {
			t.Errorf("%s, %q (-want +got):\n%s", tt.login, tt.text, diff)
		}
	}
}

func TestDefault(t *testing.T) {
	want := config.Config{
		Policy: reminder.Policy{
			Location: time.UTC,
			Cadence: map[advisory.Severity]reminder.Cadence{
				advisory.Critical: reminder.Weekly,
				advisory.High:     reminder.Monthly,
				advisory.Medium:   reminder.Quarterly,
				advisory.Low:      reminder.Semiannually,
			},
			Grace: map[reminder.Cadence]int{
				reminder.Weekly: 2, reminder.Monthly: 7, reminder.Quarterly: 7, reminder.Semiannually: 7,
			},
		},
		Channels:     []config.Channel{config.Email, config.Slack},
		Access:       config.AccessNone,
		MaxOwner:     25,
		TriageAfter:  3,
		Unmaintained: []advisory.Owner{team("openedx-unmaintained")},
	}
	if diff := cmp.Diff(want, config.Default(), cmpLocation); diff != "" {
		t.Errorf("Default (-want +got):\n%s", diff)
	}
	// What one caller does to the default must not reach the next.
	config.Default().Policy.Grace[reminder.Weekly] = 50
	config.Default().Channels[0] = config.Slack
	for _, text := range []string{
		"", "\n", "\ufeff", "# nothing\n", "null", "~\n", "---\n", "---\n# nothing\n...\n", "{}", "{}\n---\n", "%YAML 1.2\n---\n{}\n", "\ufeff%YAML 1.1\r\n---\r\n...\r\n",
		"owners:\ncontacts:\n  # user:octocat: {email: a@example.org}\nsnooze:\ncadence: ~\non-duty: null\nquiet-after-answer:\nnotify-new:\ntriage-after: ~\n",
	} {
		agree(t, text)
		got, err := config.Parse([]byte(text))
		if err != nil {
			t.Errorf("Parse(%q): %v", text, err)
		}
		if diff := cmp.Diff(want, got, cmpLocation); diff != "" {
			t.Errorf("Parse(%q) (-want +got):\n%s", text, diff)
		}
	}
}

func TestParseRight(t *testing.T) {
	tests := []struct {
		name string
		text string
		want func(c *config.Config)
	}{
		{
			name: "part of the cadences and graces",
			text: "cadence: {high: Weekly}\ngrace:\n  weekly: 0d\n  quarterly: 60d\n  semiannually: 8w\n",
			want: func(c *config.Config) {
				c.Policy.Cadence[advisory.High] = reminder.Weekly
				c.Policy.Grace[reminder.Weekly] = 0
				c.Policy.Grace[reminder.Quarterly] = 60
				c.Policy.Grace[reminder.Semiannually] = 56
			},
		},
		{
			name: "quiet after an answer, from none to the longest",
			text: "quiet-after-answer:\n  weekly: 0d\n  monthly: 1d\n  quarterly: 12w\n  semiannually: 90d\nnotify-new: false\n",
			want: func(c *config.Config) {
				c.Policy.Quiet = map[reminder.Cadence]int{
					reminder.Weekly: 0, reminder.Monthly: 1, reminder.Quarterly: 84, reminder.Semiannually: 90,
				}
			},
		},
		{
			name: "when a private report has waited for too long",
			text: "triage-after: 2w\n",
			want: func(c *config.Config) { c.TriageAfter = 14 },
		},
		{
			name: "at once",
			text: "triage-after: 0d\n",
			want: func(c *config.Config) { c.TriageAfter = 0 },
		},
		{
			name: "a snooze above the time zone that it is in",
			text: "snooze: [{advisory: ghsa-ABCD-2345-wxyz, until: '2026-07-01'}]\ntimezone: Asia/Tokyo\n",
			want: func(c *config.Config) {
				c.Policy.Location, _ = time.LoadLocation("Asia/Tokyo")
				c.Snooze = []config.Snooze{{
					Advisory: "GHSA-abcd-2345-wxyz",
					Until:    time.Date(2026, 6, 30, 15, 0, 0, 0, time.UTC),
				}}
			},
		},
		{
			name: "a day without a midnight",
			text: "timezone: America/Asuncion\nsnooze: [{advisory: GHSA-xxxx-xxxx-xxxx, until: 2023-10-01}]\n",
			want: func(c *config.Config) {
				c.Policy.Location, _ = time.LoadLocation("America/Asuncion")
				c.Snooze = []config.Snooze{{
					Advisory: "GHSA-xxxx-xxxx-xxxx",
					Until:    time.Date(2023, 10, 1, 4, 0, 0, 0, time.UTC),
				}}
			},
		},
		{
			name: "names in any case",
			text: "owners: {OpenEdX/XBlock: ['group:openedx/Axim Engineering', team:x, USER:Octocat]}\n" +
				"contacts:\n  User:OctoCat: {slack: U0000001}\n  team:Axim.Engineering: {slack: C0000001}\n  group:OpenEdX/x: {email: x@example.org}\n",
			want: func(c *config.Config) {
				c.Owners = map[string][]advisory.Owner{
					"openedx/xblock": {
						{Kind: advisory.Team, Org: "openedx", Name: "Axim Engineering"}, team("x"), user("Octocat"),
					},
				}
				c.Contacts = map[string]config.Contact{
					"user:octocat":           {Slack: "U0000001"},
					"group:axim-engineering": {Slack: "C0000001"},
					"group:openedx/x":        {Email: "x@example.org"},
				}
			},
		},
		{
			name: "colons in braces, with and without a space",
			text: `{contacts: {user:a: {email: a@example.org}, "user:b": {slack: U0000001}}, on-duty: {every: 1w, ` +
				`rotation: [user:a, 'user:b', user:c], "since":2026-01-05}, messages: {process-url: https://example.org:8443/a:b}}`,
			want: func(c *config.Config) {
				c.Contacts = map[string]config.Contact{"user:a": {Email: "a@example.org"}, "user:b": {Slack: "U0000001"}}
				c.OnDuty = &config.OnDuty{
					Rotation: []advisory.Owner{user("a"), user("b"), user("c")},
					Since:    time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC),
					Days:     7,
				}
				c.Messages.ProcessURL = "https://example.org:8443/a:b"
			},
		},
		{
			name: "lists replace the default",
			text: "channels: [slack]\nunmaintained: []\nforget: [GHSA-XXXX-xxxx-xxxx]\n",
			want: func(c *config.Config) {
				c.Channels = []config.Channel{config.Slack}
				c.Unmaintained = nil
				c.Forget = []string{"GHSA-xxxx-xxxx-xxxx"}
			},
		},
		{name: "access for those whom the configuration names", text: "access: configured", want: func(c *config.Config) { c.Access = config.AccessConfigured }},
		{name: "access for all owners", text: "access: owners", want: func(c *config.Config) { c.Access = config.AccessOwners }},
		{name: "no access", text: "access: none", want: func(*config.Config) {}},
		{name: "the default of access", text: "access:\n", want: func(*config.Config) {}},
		{name: "no limit to owners", text: "max-owner: 0", want: func(c *config.Config) { c.MaxOwner = 0 }},
		{name: "the highest limit to owners", text: "max-owner: 10000", want: func(c *config.Config) { c.MaxOwner = 10_000 }},
		{name: "the default of owners", text: "max-owner:\n", want: func(*config.Config) {}},
		{
			name: "text in blocks, quotation marks and with CR LF",
			text: "messages:\r\n  organization: \"Ex \\u00e4mple\"\r\n  working-group: >-\r\n    The\r\n    Group\r\n  timezone: 'UTC'\r\nprivacy:\r\n  public-channel: true\r\n",
			want: func(c *config.Config) {
				c.Messages.Organization = "Ex ämple"
				c.Messages.WorkingGroup = "The Group"
				c.Messages.TimeZone = "UTC"
				c.Privacy.PublicChannel = true
			},
		},
		{
			name: "every message and privacy",
			text: "privacy: {show-summary: true}\nmessages: {organization: O, working-group: W, contact: c@example.org, process-url: 'https://example.org/p', maintainers-url: 'https://example.org/m', announcement-url: 'http://example.org/a?b=c', announcement-name: N, announcement-note: M, release-channel: '#c', timezone: Europe/Berlin, release-branches: [release/ulmo, open-release/teak.master]}",
			want: func(c *config.Config) {
				c.Privacy.ShowSummary = true
				c.Messages = config.Messages{
					Organization: "O", WorkingGroup: "W", Contact: "c@example.org", ProcessURL: "https://example.org/p",
					MaintainersURL: "https://example.org/m", TimeZone: "Europe/Berlin", ReleaseChannel: "#c",
					AnnouncementURL: "http://example.org/a?b=c", AnnouncementName: "N", AnnouncementNote: "M",
					ReleaseBranches: []string{"release/ulmo", "open-release/teak.master"},
				}
			},
		},
		{
			name: "no release branches, said in so many words",
			text: "messages: {release-branches: []}",
			want: func(c *config.Config) {},
		},
		{
			name: "two turns of one rotation",
			text: "on-duty:\n  rotation:\n    - user:a\n    - user:b\n    - user:a\n  since: 2026-01-05\n  every: 10d\n",
			want: func(c *config.Config) {
				c.OnDuty = &config.OnDuty{
					Rotation: []advisory.Owner{user("a"), user("b"), user("a")},
					Since:    time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC),
					Days:     10,
				}
			},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			want := config.Default()
			test.want(&want)
			agree(t, test.text)
			got, err := config.Parse([]byte(test.text))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got, cmpLocation); diff != "" {
				t.Errorf("Parse (-want +got):\n%s", diff)
			}
		})
	}
}

func TestContactOf(t *testing.T) {
	c, err := config.Parse([]byte(`contacts:
  user:octocat: {email: octocat@example.org}
  group:here: {email: here@example.org}
  group:elsewhere/here: {email: elsewhere@example.org}
`))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		owner advisory.Owner
		email string // empty: none
	}{
		{user("OctoCat"), "octocat@example.org"},
		{user("here"), ""},
		{team("octocat"), ""},
		{team("Here"), "here@example.org"},
		{advisory.Owner{Kind: advisory.Team, Org: "openedx", Name: "here"}, "here@example.org"},
		{advisory.Owner{Kind: advisory.Team, Org: "Elsewhere", Name: "HERE"}, "elsewhere@example.org"},
		{advisory.Owner{Kind: advisory.Bare, Name: "here"}, ""},
	}
	for _, test := range tests {
		got, ok := c.ContactOf(test.owner)
		if got.Email != test.email || ok != (test.email != "") {
			t.Errorf("ContactOf(%v) = %v, %t; want %q", test.owner, got, ok, test.email)
		}
	}
}

// parseErrors returns the mistakes of a text, and fails unless there are some.
func parseErrors(t *testing.T, text string) config.Errors {
	t.Helper()
	agree(t, text)
	c, err := config.Parse([]byte(text))
	var errs config.Errors
	if !errors.As(err, &errs) || len(errs) == 0 {
		t.Fatalf("Parse(%q) = %v, %v; want Errors", text, c, err)
	}
	if diff := cmp.Diff(config.Config{}, c, cmpLocation); diff != "" {
		t.Errorf("Parse(%q) returned a configuration beside the error:\n%s", text, diff)
	}
	return errs
}

func TestErrorText(t *testing.T) {
	errs := parseErrors(t, "grace:\n  weekly: soon\nchannels: []\n1: y\nforget: [&x GHSA-xxxx-xxxx-xxxx, *x]\n")
	want := strings.Join([]string{
		"line 2: grace.weekly: expected a duration such as 2d or 1w",
		"line 3: channels: expected at least one of email, slack and thread",
		"line 4: expected text as the key",
		"line 5: forget[0]: anchors, aliases and merge keys are not supported",
		"line 5: forget[1]: anchors, aliases and merge keys are not supported",
	}, "\n")
	if diff := cmp.Diff(want, errs.Error()); diff != "" {
		t.Errorf("Error() (-want +got):\n%s", diff)
	}
}
