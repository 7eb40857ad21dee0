package config

import (
	"testing"
	"time"

	"github.com/openedx/advisory-reminders/internal/advisory"
)

// What the configuration says of a login goes to whoever bears it now in its place,
// and where that is nobody, no turn of the rotation names another account.
func TestRenamedLogins(t *testing.T) {
	user := func(login string) advisory.Owner { return advisory.Owner{Kind: advisory.User, Name: login} }
	c := Default()
	c.Owners = map[string][]advisory.Owner{"acme/wheel": {user("Cleo"), {Kind: advisory.Team, Name: "bob"}}}
	c.Contacts = map[string]Contact{"user:bob": {Email: "bob@example.org"}, "user:cleo": {Email: "cleo@example.org"}}
	since := time.Date(2026, time.November, 2, 0, 0, 0, 0, time.UTC)
	c.OnDuty = &OnDuty{Rotation: []advisory.Owner{user("bob"), user("cleo")}, Since: since, Days: 7}

	got := c.Renamed(map[string]string{"bob": "", "cleo": "bob"})
	if owners := got.Owners["acme/wheel"]; owners[0] != user("bob") || owners[1] != c.Owners["acme/wheel"][1] {
		t.Errorf("owners %v", owners)
	}
	if len(got.Contacts) != 1 || got.Contacts["user:bob"].Email != "cleo@example.org" {
		t.Errorf("contacts %v", got.Contacts)
	}
	for week, want := range [][2]string{{"", "bob"}, {"bob", ""}} {
		if now, next, _ := got.Duty(since.AddDate(0, 0, 7*week)); now != want[0] || next != want[1] {
			t.Errorf("week %d: %q is on duty, then %q, want %q", week, now, next, want)
		}
	}
	if now, _, _ := c.Duty(since); now != "bob" || c.Owners["acme/wheel"][0].Name != "Cleo" {
		t.Error("the configuration as it was is another now")
	}
}
