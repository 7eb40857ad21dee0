package owner

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
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
			if have := strings.Join(append(got.Failures, got.Of("openedx/a").Problems...), "; "); have != tt.want {
				t.Errorf("got %q, want %q", have, tt.want)
			}
		})
	}
}
