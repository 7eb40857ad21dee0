package notify

import (
	"strings"
	"testing"
	"time"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/config"
)

func TestEarliestRelease(t *testing.T) {
	newYork, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	kolkata, err := time.LoadLocation("Asia/Kolkata")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		loc  *time.Location
		now  string // local to loc
		want string
	}{
		{"Monday at ten", newYork, "2026-11-02 10:00", "2026-11-04 10:00"},
		{"a minute later", newYork, "2026-11-02 10:01", "2026-11-04 11:00"},
		{"before the morning", newYork, "2026-11-02 03:30", "2026-11-04 09:00"},
		{"just before the morning", newYork, "2026-11-02 08:59", "2026-11-04 09:00"},
		{"at the morning", newYork, "2026-11-02 09:00", "2026-11-04 09:00"},
		{"late in the day", newYork, "2026-11-02 23:00", "2026-11-04 23:00"},
		{"past the last full hour", newYork, "2026-11-02 23:01", "2026-11-05 09:00"},
		{"Wednesday, the last minute for Friday", newYork, "2026-11-04 23:00", "2026-11-06 23:00"},
		{"Wednesday, too late for Friday", newYork, "2026-11-04 23:01", "2026-11-09 09:00"},
		{"Thursday", newYork, "2026-11-05 00:00", "2026-11-09 09:00"},
		{"Friday", newYork, "2026-11-06 12:00", "2026-11-09 09:00"},
		{"Saturday, first instant", newYork, "2026-11-07 00:00", "2026-11-09 09:00"},
		{"Saturday at noon", newYork, "2026-11-07 12:00", "2026-11-09 12:00"},
		{"Sunday", newYork, "2026-11-08 12:00", "2026-11-10 12:00"},
		{"the spring has an hour less", newYork, "2026-03-07 10:00", "2026-03-09 11:00"},
		{"the autumn has an hour more", newYork, "2026-10-31 10:00", "2026-11-02 09:00"},
		{"the autumn, just in time for Friday", newYork, "2026-11-04 23:00", "2026-11-06 23:00"},
		{"over the end of a year", newYork, "2026-12-31 16:20", "2027-01-04 09:00"},
		{"a zone with half an hour", kolkata, "2026-11-02 10:15", "2026-11-04 11:00"},
		{"no zone is UTC", nil, "2026-11-02 10:15", "2026-11-04 11:00"},
	}
	const layout = "2006-01-02 15:04"
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			now, err := time.ParseInLocation(layout, tt.now, orUTC(tt.loc))
			if err != nil {
				t.Fatal(err)
			}
			got := earliestRelease(now, tt.loc)
			if got.Format(layout) != tt.want {
				t.Errorf("earliestRelease(%s) = %s, want %s", tt.now, got.Format(layout), tt.want)
			}
			if got.Sub(now) < notice {
				t.Errorf("earliestRelease(%s) is only %s ahead", tt.now, got.Sub(now))
			}
		})
	}
}

func TestEarliestReleaseEveryHour(t *testing.T) {
	newYork, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 1, 1, 0, 30, 0, 0, newYork)
	for range 366 * 24 {
		got := earliestRelease(now, newYork)
		weekend := got.Weekday() == time.Saturday || got.Weekday() == time.Sunday
		if weekend || got.Sub(now) < notice || got.Hour() < morning || got.Sub(now) > 5*24*time.Hour {
			t.Fatalf("earliestRelease(%s) = %s", now, got)
		}
		now = now.Add(time.Hour)
	}
}

func TestAnnouncementGivesNothingAway(t *testing.T) {
	d := Digest{
		Now:   time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC),
		Texts: config.Messages{TimeZone: "America/New_York", Contact: "security@openedx.org"},
		Items: []Item{
			{ID: "GHSA-4v9r-8xw2-m3qp", Summary: "the secret", Severity: advisory.Medium, Score: 6.1, Patched: "1.2.3",
				Repository:  advisory.Repository{Owner: "openedx", Name: "x"},
				URL:         "https://github.com/openedx/x/security/advisories/GHSA-4v9r-8xw2-m3qp",
				PrivateFork: "https://github.com/openedx/x-ghsa-4v9r-8xw2-m3qp"},
			{ID: "GHSA-2c7m-5h8j-q9vx", Severity: advisory.High, Patched: "ask GHSA-2c7m-5h8j-q9vx",
				Repository: advisory.Repository{Owner: "OpenedX", Name: "X"}},
			{ID: "GHSA-6f3g-w2rr-7xpc", Severity: advisory.Low,
				Repository: advisory.Repository{Owner: "openedx", Name: "bad name"}},
		},
	}
	got := announcements(d)
	if len(got) != 2 {
		t.Fatalf("got %d announcements, want one for each of two repositories", len(got))
	}
	for _, a := range got {
		for _, secret := range []string{"x-ghsa", "the secret", "6.1", "bad name"} {
			if strings.Contains(strings.ToLower(a.Title+a.Body), secret) {
				t.Errorf("the announcement holds %q:\n%s\n%s", secret, a.Title, a.Body)
			}
		}
	}
	first := got[0]
	if want := "Security: Upcoming Security Release for x on 2026-11-05"; first.Title != want {
		t.Errorf("title = %q, want %q", first.Title, want)
	}
	want := `**openedx/x** version **1.2.3** will be released on [date=2026-11-05 time=09:00:00 timezone="America/New_York"]. ` +
		`It will fix 2 security defects, the most severe with a "High" [CVSS 3.1 severity rating](https://nvd.nist.gov/vuln-metrics/cvss). ` +
		`Details will be published here after release: [GitHub security advisory](https://github.com/openedx/x/security/advisories/GHSA-4v9r-8xw2-m3qp), [GitHub security advisory](LINK).`
	if first.Body != want {
		t.Errorf("got\n%s\nwant\n%s", first.Body, want)
	}
	if !strings.Contains(got[1].Body, "**REPOSITORY** version **VERSION** ") || !strings.Contains(got[1].Body, `one security defect with a "Low"`) || !strings.Contains(got[1].Body, "(LINK).") {
		t.Errorf("what is unknown is no placeholder:\n%s", got[1].Body)
	}
}

// What is no address of that advisory has no place in the announcement.
func TestPages(t *testing.T) {
	i := Item{ID: "GHSA-4v9r-8xw2-m3qp", Repository: advisory.Repository{Owner: "openedx", Name: "x"}}
	for address, ok := range map[string]bool{
		"https://github.com/openedx/x/security/advisories/GHSA-4v9r-8xw2-m3qp":     true,
		"https://github.example/openedx/x/security/advisories/GHSA-4v9r-8xw2-m3qp": true,
		"https://github.com/openedx/y/security/advisories/GHSA-4v9r-8xw2-m3qp":     false,
		"https://github.com/openedx/x/security/advisories/GHSA-4v9r-8xw2-m3qr":     false,
		"https://github.com/openedx/x/security/advisories/GHSA-4v9r-8xw2-m3qp?x=y": false,
		"javascript:alert(1)//openedx/x/security/advisories/GHSA-4v9r-8xw2-m3qp":   false,
		"": false,
	} {
		want := "[GitHub security advisory](LINK)"
		if ok {
			want = "[GitHub security advisory](" + address + ")"
		}
		i.URL = address
		if got := pages([]Item{i}); got != want {
			t.Errorf("%q: got %q, want %q", address, got, want)
		}
	}
}
