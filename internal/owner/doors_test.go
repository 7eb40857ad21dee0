package owner_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/owner"
	"github.com/openedx/advisory-reminders/internal/sandbox"
)

var everybody = []string{"ann", "BOB", "cleo", "dora"}

// door is a draft of large: ann is in the team core, bob in oncall below it, cleo is
// a collaborator by name in the first one, dora owns the organization.
func door(n int, users, teams []string) owner.Door {
	d := advisory.Advisory{ID: fmt.Sprintf("GHSA-2222-2222-%04d", n), Repository: advisory.Repository{Owner: "acme", Name: fmt.Sprintf("r%03d", n)}, CollaboratingUsers: users}
	for _, slug := range teams {
		d.CollaboratingTeams = append(d.CollaboratingTeams, advisory.Owner{Kind: advisory.Team, Name: slug})
	}
	return owner.Door{Draft: d, Repository: d.Repository, Logins: everybody}
}

// rights are what doors say of everybody, in one line each: opens, administers.
func rights(doors owner.Doors, d owner.Door) (list []string) {
	words := map[owner.Knowledge]string{owner.Unknown: "unknown", owner.Later: "later", owner.Yes: "yes", owner.No: "no"}
	for _, login := range everybody {
		r := doors.Of(d.Draft.ID, login)
		list = append(list, strings.Join([]string{strings.ToLower(login), words[r.Opens], words[r.Admin]}, " "))
	}
	return list
}

// Nobody is guessed about: what GitHub refuses is not known, what it can't say now
// waits, and neither takes along what else was asked.
func TestDoors(t *testing.T) {
	plain, named, team, child, secret := door(0, nil, nil), door(1, []string{"Cleo"}, nil), door(2, nil, []string{"core"}), door(3, nil, []string{"oncall"}), door(4, nil, []string{"hidden"})
	all := []owner.Door{plain, named, team, child, secret}
	full := sandbox.Token{Login: "dora", Members: true}
	noPush := sandbox.Token{Login: "cleo", Members: true}
	broken := func(what string) func(*http.Request) http.Handler {
		return func(r *http.Request) http.Handler {
			if body := bodyOf(r); strings.Contains(body, what) {
				return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
			}
			return nil
		}
	}
	for _, tt := range []struct {
		name    string
		token   sandbox.Token
		fault   func(*http.Request) http.Handler
		want    [][]string // for each of all
		refused []string
		later   string // the failure
	}{
		{name: "an owner of the organization asks", token: full, want: [][]string{
			{"ann no no", "bob yes yes", "cleo no no", "dora yes yes"},
			{"ann no no", "bob yes yes", "cleo yes no", "dora yes yes"},
			{"ann yes no", "bob yes yes", "cleo no no", "dora yes yes"},
			{"ann no no", "bob yes yes", "cleo no no", "dora yes yes"},
			{"ann unknown no", "bob yes yes", "cleo unknown no", "dora yes yes"},
		}, refused: []string{"the members of teams that collaborate on drafts"}},
		{name: "somebody who may not push asks", token: noPush, want: [][]string{
			{"ann unknown unknown", "bob unknown unknown", "cleo unknown unknown", "dora yes yes"},
			{"ann unknown unknown", "bob unknown unknown", "cleo yes unknown", "dora yes yes"},
			{"ann yes unknown", "bob yes unknown", "cleo unknown unknown", "dora yes yes"},
			{"ann unknown unknown", "bob yes unknown", "cleo unknown unknown", "dora yes yes"},
			{"ann unknown unknown", "bob unknown unknown", "cleo unknown unknown", "dora yes yes"},
		}, refused: []string{"the members of teams that collaborate on drafts", "who administers the repositories"}},
		{name: "roles can't be asked for now", token: full, fault: broken("collaborators"), want: [][]string{
			{"ann later later", "bob later later", "cleo later later", "dora later later"},
			{"ann later later", "bob later later", "cleo yes later", "dora later later"},
			{"ann yes later", "bob yes later", "cleo later later", "dora later later"},
			{"ann later later", "bob yes later", "cleo later later", "dora later later"},
			{"ann later later", "bob later later", "cleo later later", "dora later later"},
		}, refused: []string{"the members of teams that collaborate on drafts"}, later: "who administers the repositories could not be asked for (for 20 of 20 people and drafts)"},
		{name: "teams can't be asked for now", token: full, fault: broken("team(slug"), want: [][]string{
			{"ann no no", "bob yes yes", "cleo no no", "dora yes yes"},
			{"ann no no", "bob yes yes", "cleo yes no", "dora yes yes"},
			{"ann later no", "bob yes yes", "cleo later no", "dora yes yes"},
			{"ann later no", "bob yes yes", "cleo later no", "dora yes yes"},
			{"ann later no", "bob yes yes", "cleo later no", "dora yes yes"},
		}, later: "the members of teams that collaborate on drafts could not be asked for (for 6 of 20 people and drafts)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			g, c := large(t, tt.token)
			g.Fault = tt.fault
			got := c.Doors(t.Context(), all)
			for i, d := range all {
				if diff := cmp.Diff(tt.want[i], rights(got, d)); diff != "" {
					t.Errorf("draft %d (-want +got):\n%s", i, diff)
				}
			}
			if diff := cmp.Diff(tt.refused, got.Refused); diff != "" {
				t.Errorf("refused (-want +got):\n%s", diff)
			}
			if failure := strings.Join(got.Failures, "; "); failure != tt.later {
				t.Errorf("failures %q, want %q", failure, tt.later)
			}
		})
	}
}

// Calls are by the hundred seats, however many drafts, repositories and people.
func TestDoorsAreAskedInBatches(t *testing.T) {
	g, c := large(t, sandbox.Token{Login: "dora", Members: true})
	var doors []owner.Door
	for n := range 250 { // of four people each, two of whose drafts are in one repository
		d := door(n/2, nil, []string{"core"})
		d.Draft.ID = fmt.Sprintf("GHSA-2222-2222-%04d", n)
		doors = append(doors, d)
	}
	got := c.Doors(t.Context(), doors)
	if n := len(g.Requests()); n != 125*4/100+1 {
		t.Errorf("%d calls", n)
	}
	for _, d := range doors {
		if diff := cmp.Diff([]string{"ann yes no", "bob yes yes", "cleo no no", "dora yes yes"}, rights(got, d)); diff != "" {
			t.Fatalf("%s (-want +got):\n%s", d.Draft.ID, diff)
		}
	}
	g.ResetRequests()
	if got := c.Doors(t.Context(), nil); len(g.Requests()) != 0 || got.Of("GHSA-2222-2222-0000", "ann").Opens != owner.Unknown {
		t.Error("nobody was asked for")
	}
}

// An organization's owners are read to the last page of its members.
func TestOwnersBeyondTheFirstPage(t *testing.T) {
	g, c := large(t, sandbox.Token{Login: "cleo", Members: true})
	const page = `{"data":{"q0":{"membersWithRole":{"edges":[{"role":"%s","node":{"login":"%s"}},{"role":null,"node":null}],"pageInfo":{"hasNextPage":%v,"endCursor":"c%s"}}}}}`
	g.Fault = func(r *http.Request) http.Handler {
		body := bodyOf(r)
		answer := fmt.Sprintf(page, "MEMBER", "dora", true, "1")
		switch {
		case !strings.Contains(body, "membersWithRole"):
			return nil
		case strings.Contains(body, `"c1"`):
			answer = fmt.Sprintf(page, "ADMIN", "Cleo", true, "1") // the same cursor again ends it
		}
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, answer) })
	}
	d := door(0, nil, nil)
	if diff := cmp.Diff([]string{"ann unknown unknown", "bob unknown unknown", "cleo yes yes", "dora unknown unknown"}, rights(c.Doors(t.Context(), []owner.Door{d}), d)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Where GitHub refuses to tell who works on a repository, and can't say now who owns
// the organization, that is not known now: nobody is taken for somebody who has no
// right, but for those whom an earlier page named.
func TestOwnersThatCannotBeAskedFor(t *testing.T) {
	const page = `{"data":{"q0":{"membersWithRole":{"edges":[{"role":"ADMIN","node":{"login":"bob"}}],"pageInfo":{"hasNextPage":true,"endCursor":"c1"}}}}}`
	for name, first := range map[string]http.Handler{
		"the first page": status(502),
		"a later page":   http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, page) }),
	} {
		g, c := large(t, sandbox.Token{Login: "cleo", Members: true})
		g.Fault = func(r *http.Request) http.Handler {
			switch body := bodyOf(r); {
			case !strings.Contains(body, "membersWithRole"):
				return nil
			case !strings.Contains(body, `"c1"`):
				return first
			}
			return status(502)
		}
		d := door(0, nil, nil)
		want, known, open := []string{"ann later later", "bob later later", "cleo later later", "dora later later"}, 0, 4
		if name == "a later page" {
			want[1], known, open = "bob yes yes", 1, 3
		}
		got := c.Doors(t.Context(), []owner.Door{d})
		if diff := cmp.Diff(want, rights(got, d)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		failure := fmt.Sprintf("who administers the repositories could not be asked for (for %d of 4 people and drafts)", open)
		if diff := cmp.Diff([]string{failure}, got.Failures); diff != "" || len(got.Refused) != 0 {
			t.Errorf("%s: refused %q, failures (-want +got):\n%s", name, got.Refused, diff)
		}
		var seats []owner.Seat
		for _, login := range everybody {
			seats = append(seats, owner.Seat{Repository: d.Repository, Login: login})
		}
		if admins, refused := c.Administer(t.Context(), seats); refused || len(admins) != known {
			t.Errorf("%s: administrators %v, refused %v", name, admins, refused)
		}
	}
}

// Teams that can't be asked for now are a failure for those alone who can't be known to
// open the draft without them, and for each of these once.
func TestTeamsThatNobodyNeeds(t *testing.T) {
	for _, tt := range []struct {
		users []string
		want  []string
	}{
		{everybody, nil},
		{[]string{"cleo"}, []string{"the members of teams that collaborate on drafts could not be asked for (for 1 of 4 people and drafts)"}}, // ann: bob and dora are administrators
	} {
		g, c := large(t, sandbox.Token{Login: "dora", Members: true})
		g.Fault = func(r *http.Request) http.Handler {
			if strings.Contains(bodyOf(r), "team(slug") {
				return status(502)
			}
			return nil
		}
		if diff := cmp.Diff(tt.want, c.Doors(t.Context(), []owner.Door{door(0, tt.users, []string{"core", "oncall"})}).Failures); diff != "" {
			t.Errorf("collaborators %v: failures (-want +got):\n%s", tt.users, diff)
		}
	}
}

// bodyOf returns what is asked.
func bodyOf(r *http.Request) string {
	body, _ := io.ReadAll(r.Body)
	return string(body)
}

// Where it breaks to ask who can open a draft, nobody is taken for somebody who can, or
// can't.
func TestDoorsThatBreak(t *testing.T) {
	d := door(0, nil, nil)
	got := new(owner.Client).Doors(t.Context(), []owner.Door{d}) // a client that has nobody to ask
	want := []string{"ann later later", "bob later later", "cleo later later", "dora later later"}
	if diff := cmp.Diff(want, rights(got, d)); diff != "" || len(got.Failures) != 1 {
		t.Errorf("failures %v (-want +got):\n%s", got.Failures, diff)
	}
}
