package owner_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/owner"
)

// What GitHub does not say of a name is not known; only what it says is missing is
// absent. The organization itself exists, so one that is not shown hides its teams.
func TestLookUp(t *testing.T) {
	team := func(org string) owner.Names {
		return owner.Names{Organization: "acme", Teams: []advisory.Owner{{Kind: advisory.Team, Org: org, Name: "Some Team"}}}
	}
	const missing = `{"data":{"q0":null},"errors":[{"type":"NOT_FOUND","path":["q0"],"message":"x"}]}`
	for name, tt := range map[string]struct {
		names  owner.Names
		status int
		answer string
		want   map[string]owner.Presence
	}{
		"there":                        {team("acme"), 200, `{"data":{"q0":{"team":{"slug":"some-team"}}}}`, map[string]owner.Presence{"acme/some-team": owner.Present}},
		"not there":                    {team("acme"), 200, `{"data":{"q0":{"team":null}}}`, map[string]owner.Presence{"acme/some-team": owner.Absent}},
		"its organization is hidden":   {team("ACME"), 200, missing, map[string]owner.Presence{"acme/some-team": owner.Unlooked}},
		"another organization is none": {team("acne"), 200, missing, map[string]owner.Presence{"acne/some-team": owner.Absent}},
		"refused":                      {team("acme"), 200, `{"data":{"q0":null},"errors":[{"type":"FORBIDDEN","path":["q0"],"message":"x"}]}`, map[string]owner.Presence{"acme/some-team": owner.Unlooked}},
		"out of order":                 {team("acme"), 502, ``, map[string]owner.Presence{"acme/some-team": owner.Unlooked}},
		"nothing was asked":            {owner.Names{}, 500, ``, map[string]owner.Presence{}},
	} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(tt.status)
			fmt.Fprint(w, tt.answer)
		}))
		got := owner.NewClient(s.Client(), s.URL).LookUp(t.Context(), tt.names)
		s.Close()
		if diff := cmp.Diff(tt.want, got.Teams); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
