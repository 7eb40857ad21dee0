package action_test

import (
	"strings"
	"testing"

	"github.com/openedx/advisory-reminders/internal/sandbox"
)

// Somebody who owns repositories of two organizations is told of each organization's
// drafts where that may be: the address of a member of the one is nobody's in the other.
func TestOnePersonByTwoWays(t *testing.T) {
	for name, days := range map[string][2]int{"acme's is older": {40, 30}, "other's is older": {30, 40}} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			w.Organizations[0].Members = []string{"Ann", "bob", "dora"}
			w.Organizations = append(w.Organizations, &sandbox.Organization{Login: "other", Members: []string{"cleo", "dora"}, Admins: []string{"dora"}})
			w.Repositories = append(w.Repositories, &sandbox.Repository{Owner: "other", Name: "r", Files: catalog("user:cleo")})
			acme := draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -days[0]))
			acme.CollaboratingUsers = []string{"cleo"}
			other := draft(w, "r", "critical", wednesday.AddDate(0, 0, -days[1]))
			other.Repository = "other/r"
			b := newBench(t, w)
			b.inputs = map[string]string{"INPUT_ORGANIZATION": "", "INPUT_REPOSITORIES": "acme/rocket other/r",
				"INPUT_CONFIG-TEXT": "channels: [email, thread]\nowners: {acme/rocket: [user:cleo]}"}
			r := b.must(0, nil)
			if len(r.mails) != 1 || !strings.Contains(r.mails[0].Text, other.ID) || strings.Contains(r.mails[0].Text, acme.ID) {
				t.Errorf("%d mails, want one of %s alone: %v", len(r.mails), other.ID, r.mails)
			}
			if len(b.comments(acme)) != 1 || len(b.comments(other)) != 0 {
				t.Errorf("comments on acme's draft %q, on other's %q", b.comments(acme), b.comments(other))
			}
			if r.outputs["digests-sent"] != "1" || r.outputs["due-reminders"] != "2" {
				t.Errorf("outputs %v", r.outputs)
			}
			if r := b.must(0, nil); len(r.mails) != 0 || len(b.comments(acme)) != 1 {
				t.Error("all of it comes again")
			}
		})
	}
}
