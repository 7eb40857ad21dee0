package github

import (
	"encoding/json"
	"testing"
)

// A renamed account is the same one, with its memberships, and whoever takes its
// login is another one, in GraphQL and REST alike.
func TestRenameUser(t *testing.T) {
	w := campus()
	g := serve(t, w)
	type user struct {
		Login        string
		DatabaseID   int64
		Organization *struct{ Login string }
	}
	people := func() (a, b *user) {
		var answer struct{ Data struct{ A, B *user } }
		text := query(t, g, "full", `{ a: user(login:"cy") { ...U } b: user(login:"cyrus") { ...U } }
			fragment U on User { login databaseId organization(login:"campus") { login } }`, nil)
		if err := json.Unmarshal([]byte(text), &answer); err != nil {
			t.Fatal(err)
		}
		return answer.Data.A, answer.Data.B
	}
	before, nobody := people()
	if before == nil || before.DatabaseID == 0 || nobody != nil {
		t.Fatalf("at first: %+v and %+v", before, nobody)
	}
	w.Lock()
	w.RenameUser("cy", "cyrus")
	w.RenameUser("nobody", "somebody")
	w.Unlock()
	gone, renamed := people()
	if gone != nil || renamed == nil || renamed.DatabaseID != before.DatabaseID || renamed.Organization == nil {
		t.Errorf("renamed: %+v and %+v, was %+v", gone, renamed, before)
	}
	w.Lock()
	w.Users = append(w.Users, &User{ID: 4711, Login: "CY"})
	w.Unlock()
	taken, renamed := people()
	if taken == nil || taken.DatabaseID != 4711 || taken.Organization != nil || renamed.DatabaseID != before.DatabaseID {
		t.Errorf("taken: %+v and %+v", taken, renamed)
	}

	var advisory struct {
		CollaboratingUsers []struct {
			ID    int64
			Login string
		} `json:"collaborating_users"`
	}
	_, text := ask(t, g, "full", "GET", "/repos/Campus/app/security-advisories/GHSA-2222-2222-2222", "")
	if err := json.Unmarshal([]byte(text), &advisory); err != nil {
		t.Fatal(err)
	}
	if c := advisory.CollaboratingUsers; len(c) != 1 || c[0].Login != "cyrus" || c[0].ID != before.DatabaseID {
		t.Errorf("the advisory's collaborators are %+v", c)
	}
}
