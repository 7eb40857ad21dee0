package owner

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openedx/advisory-reminders/internal/advisory"
)

// What answers in unlikely shapes.
func TestOddAnswers(t *testing.T) {
	tests := []struct {
		name, kind, answer string
		want               string // the one failure or problem
	}{
		{"repository without a name", aboutRepositories, `{"nameWithOwner":""}`, "openedx/a could not be read: GitHub's answer names no repository"},
		{"organization that is not shown", aboutTeams, `null`, "group:x of openedx could not be looked at: GitHub shows no such organization to this token"},
		{"members that are not shown", aboutTeams, `{"team":null,"known":{"slug":"x"}}`, "group:x of openedx could not be looked at: GitHub does not show its members to this token"},
		{"team that is not there", aboutTeams, `{"team":null,"known":null}`, "catalog-info.yaml names group:x, but openedx has no such team"},
		{"no members", aboutTeams, `{"team":{"name":"X","slug":"x","members":{"nodes":[],"pageInfo":{"hasNextPage":false,"endCursor":null}}},"known":{"slug":"x"}}`, "catalog-info.yaml names group:x, but that team has no members"},
		{"members of null", aboutTeams, `{"team":{"name":"X","slug":"x","members":{"nodes":[null],"pageInfo":{"hasNextPage":false,"endCursor":null}}},"known":{"slug":"x"}}`, "catalog-info.yaml names group:x, but that team has no members"},
		{"null for members", aboutTeams, `{"team":{"name":"X","slug":"x","members":null},"known":{"slug":"x"}}`, "the members of group:x could not be looked at: " + noWholeList},
		{"null for a list of members", aboutTeams, `{"team":{"name":"X","slug":"x","members":{"nodes":null,"pageInfo":{"hasNextPage":false,"endCursor":null}}},"known":{"slug":"x"}}`, "the members of group:x could not be looked at: " + noWholeList},
		{"an object that holds no members", aboutTeams, `{"team":{"name":"X","slug":"x","members":{}},"known":{"slug":"x"}}`, "the members of group:x could not be looked at: " + noWholeList},
		{"members without a word of how they go on", aboutTeams, `{"team":{"name":"X","slug":"x","members":{"nodes":[{"login":"alice","name":null}]}},"known":{"slug":"x"}}`, "some members of group:x could not be looked at: " + noWholeList},
		{"null for how members go on", aboutTeams, `{"team":{"name":"X","slug":"x","members":{"nodes":[{"login":"alice","name":null}],"pageInfo":null}},"known":{"slug":"x"}}`, "some members of group:x could not be looked at: " + noWholeList},
		{"a next page without a cursor", aboutTeams, `{"team":{"name":"X","slug":"x","members":{"nodes":[{"login":"alice","name":null}],"pageInfo":{"hasNextPage":true,"endCursor":null}}},"known":{"slug":"x"}}`, "some members of group:x could not be looked at: " + noWholeList},
		{"a next page with an empty cursor", aboutTeams, `{"team":{"name":"X","slug":"x","members":{"nodes":[{"login":"alice","name":null}],"pageInfo":{"hasNextPage":true,"endCursor":""}}},"known":{"slug":"x"}}`, "some members of group:x could not be looked at: " + noWholeList},
		{"a next page without a cursor, and nobody before", aboutTeams, `{"team":{"name":"X","slug":"x","members":{"nodes":[],"pageInfo":{"hasNextPage":true,"endCursor":null}}},"known":{"slug":"x"}}`, "the members of group:x could not be looked at: " + noWholeList},
		{"a third page without a cursor", aboutPages, `{"team":{"members":{"nodes":[],"pageInfo":{"hasNextPage":true,"endCursor":null}}}}`, "some members of group:x could not be looked at: " + noWholeList},
		{"null for the members of the second page", aboutPages, `{"team":{"members":{"nodes":null,"pageInfo":{"hasNextPage":false,"endCursor":null}}}}`, "some members of group:x could not be looked at: " + noWholeList},
		{"next page that is not shown", aboutPages, `{"team":null}`, "some members of group:x could not be looked at: GitHub did not show the next page"},
		{"user without a name", aboutUsers, `{"login":"","name":null,"organization":null}`, "user:dave could not be looked at: GitHub's answer names no user"},
		{"member of another organization", aboutUsers, `{"login":"dave","name":null,"organization":{"login":"other"}}`, "catalog-info.yaml names user:dave, who is not a member of openedx"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g, r := world(t)
			if tt.kind == aboutUsers {
				g.repo("openedx/a", "catalog-info.yaml", "spec: {owner: 'user:dave'}\n")
			} else {
				g.repo("openedx/a", "catalog-info.yaml", "spec: {owner: 'group:x'}\n")
			}
			g.answer = func(w http.ResponseWriter, query string, _ int) bool {
				if !strings.Contains(query, tt.kind) {
					return false
				}
				errors := ""
				if tt.answer == "null" { // GitHub says why
					errors = `{"type":"NOT_FOUND","path":["q0"]}`
				}
				fmt.Fprintf(w, `{"data":{"q0":%s,"__typename":"Query"},"errors":[%s]}`, tt.answer, errors)
				return true
			}
			got := g.resolve(r)
			if have := strings.Join(slices.Concat(got.Failures, got.RefusedOwners(), got.Of("openedx/a").Problems), "; "); have != tt.want {
				t.Errorf("got %q, want %q", have, tt.want)
			}
		})
	}
}

// What an answer says about each of several things, and about one alone.
func TestWhatErrorsAreAbout(t *testing.T) {
	const (
		there    = `{"email":"a@example.org"}`
		refusal  = `{"type":"FORBIDDEN","path":["q0","email"]}`
		pathless = `{"type":"FORBIDDEN"}`
		notFound = `{"type":"NOT_FOUND","path":["q0"]}`
		unknown  = "again: GitHub could not answer"
		silent   = "again: GitHub answered nothing"
		denied   = "refused: GitHub refused it to this token"
	)
	tests := []struct {
		name, data, errors string
		want               string // of each question
	}{
		{"there", `{"q0":` + there + `,"q1":` + there + `}`, "", "found; found"},
		{"one refused", `{"q0":null,"q1":` + there + `}`, refusal, denied + "; found"},
		{"one refused, and no data", `null`, refusal, denied + "; " + silent},
		{"all refused, and no data", `null`, pathless, "whole, " + denied + "; whole, " + denied},
		{"somebody refused, alone", `{"q0":null}`, pathless, denied},
		{"somebody of several refused", `{"q0":null,"q1":` + there + `}`, pathless, unknown + "; " + unknown},
		{"a refusal and another error, and no data", `null`, pathless + `,{}`, unknown + "; " + unknown},
		{"an error that is not about a field", `{"q0":` + there + `}`, `{"path":["query","q0"]}`, unknown},
		{"an error about a number", `{"q0":` + there + `}`, `{"path":[0]}`, unknown},
		{"an error about something else", `{"q0":` + there + `}`, `{"path":["q1"]}`, "found"},
		{"one missing", `{"q0":null,"q1":` + there + `}`, notFound, "missing; found"},
		{"one missing, and no data", `null`, notFound, silent + "; " + silent},
		{"one missing and left out", `{"q1":` + there + `}`, notFound, silent + "; found"},
		{"something missing, alone", `{"q0":null}`, `{"type":"NOT_FOUND"}`, "missing"},
		{"something of several missing", `{"q0":null,"q1":` + there + `}`, `{"type":"NOT_FOUND"}`, silent + "; found"},
		{"something below it missing", `{"q0":` + there + `}`, notFound, "found"},
		{"another form", `{"q0":[],"q1":` + there + `}`, "", "again: GitHub's answer is not of the form that was asked for; found"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := newFake(t)
			g.answer = func(w http.ResponseWriter, _ string, _ int) bool {
				fmt.Fprintf(w, `{"data":%s,"errors":[%s]}`, tt.data, tt.errors)
				return true
			}
			questions := make([]*question, strings.Count(tt.want, ";")+1)
			for i := range questions {
				questions[i] = newQuestion(publicKind, new(struct{ Email string }), map[string]string{"login": "a"})
			}
			g.start().session().call(t.Context(), questions)
			var got []string
			for _, q := range questions {
				text := []string{"", "missing", "found"}[q.status]
				for _, is := range []struct {
					so   bool
					text string
				}{{q.whole, "whole, "}, {q.refused, "refused: "}, {q.again, "again: "}} {
					if is.so {
						text += is.text
					}
				}
				got = append(got, text+q.why)
			}
			if got := strings.Join(got, "; "); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// A team that is known to exist is told at its own contact, though this token may not
// see who is in it; without a contact nobody can be told in its place, and nor does the
// contact of one count of which nothing is shown.
func TestContactOfATeamWithRefusedMembers(t *testing.T) {
	const forbidden = `{"type":"FORBIDDEN","path":["q0","team","members"]}`
	want := Party{Recipient: "team:openedx/x", Owner: advisory.Owner{Kind: advisory.Team, Name: "x"}, Route: FromCatalog}
	for _, tt := range []struct {
		name, data, errors string
		contact, told      bool
	}{
		{"members that are not shown", `{"team":null,"known":{"slug":"x"}}`, "", true, true},
		{"members that are refused", `{"team":null,"known":{"slug":"x"}}`, forbidden, true, true},
		{"members that are not shown, no contact", `{"team":null,"known":{"slug":"x"}}`, "", false, false},
		{"members that are refused, no contact", `{"team":null,"known":{"slug":"x"}}`, forbidden, false, false},
		{"a team that is refused", `{"team":null,"known":null}`, forbidden, true, false},
		{"everything is refused", `null`, forbidden, true, false},
	} {
		g, r := world(t)
		if tt.contact {
			contacts("group:openedx/x")(g, &r)
		}
		g.answer = func(w http.ResponseWriter, query string, _ int) bool {
			if strings.Contains(query, aboutTeams) {
				fmt.Fprintf(w, `{"data":{"q0":%s,"__typename":"Query"},"errors":[%s]}`, tt.data, tt.errors)
			}
			return strings.Contains(query, aboutTeams)
		}
		result := g.resolve(r)
		got := result.Of("openedx/a")
		parties, refused := []Party{want}, 0
		if !tt.told {
			parties, refused = nil, 1
		}
		if diff := cmp.Diff(parties, got.Parties); diff != "" || len(got.Refused) != refused || result.Failures != nil || !result.Blind {
			t.Errorf("%s: refused %q, failures %q, blind %v, parties (-want +got):\n%s", tt.name, got.Refused, result.Failures, result.Blind, diff)
		}
	}
}
