package owner_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/owner"
	"github.com/openedx/advisory-reminders/internal/sandbox"
)

// Who may write is told by the role in the repository itself: a team's own or its
// parent's, a person's by whatever way.
func TestMayWrite(t *testing.T) {
	at := func(n int) advisory.Repository {
		return advisory.Repository{Owner: "acme", Name: fmt.Sprintf("r%03d", n)}
	}
	world := largeWorld(sandbox.Token{Login: "dora", Members: true})
	for i, r := range world.Repositories {
		r.Roles = map[string]string{"bob": [...]string{"triage", "write", "maintain", "admin"}[i%4], "team:core": [...]string{"read", "write", "triage"}[i%3]}
	}
	g, c := started(t, world)
	want := map[owner.Writer]owner.Knowledge{
		{Repository: at(0), Login: "BOB"}: owner.No, {Repository: at(1), Login: "bob"}: owner.Yes,
		{Repository: at(2), Login: "bob"}: owner.Yes, {Repository: at(3), Login: "bob"}: owner.Yes,
		{Repository: at(0), Login: "dora"}: owner.Yes, {Repository: at(0), Login: "nobody"}: owner.No,
		{Repository: at(0), Team: "core"}: owner.No, {Repository: at(1), Team: "core"}: owner.Yes,
		{Repository: at(2), Team: "core"}: owner.No, {Repository: at(1), Team: "oncall"}: owner.Yes,
		{Repository: at(1), Team: "none"}:                                            owner.No,
		{Repository: advisory.Repository{Owner: "acme", Name: "gone"}, Login: "bob"}: owner.Unknown, // or not shown to this token
		{Repository: advisory.Repository{Owner: "gone", Name: "r001"}, Team: "core"}: owner.Unknown,
		{Repository: advisory.Repository{Owner: "acme", Name: "r0"}, Team: "core"}:   owner.No, // the name is part of a hundred others
		{Repository: advisory.Repository{Owner: "acme", Name: "r"}, Team: "core"}:    owner.No, // and of all, on three pages
	}
	var writers []owner.Writer
	for w := range want {
		writers = append(writers, w)
	}
	g.ResetRequests()
	if diff := cmp.Diff(want, c.MayWrite(t.Context(), writers)); diff != "" {
		t.Errorf("rights (-want +got):\n%s", diff)
	}
	if n := len(g.Requests()); n > 6 {
		t.Errorf("%d calls, want two, what was not found once more, and two further pages", n)
	}

	_, c = large(t, sandbox.Token{Login: "stranger"})
	for w, right := range c.MayWrite(t.Context(), writers[:4]) {
		if right == owner.Yes {
			t.Errorf("a stranger learns that %+v may write", w)
		}
	}

	for name, tt := range map[string]struct {
		answer http.Handler
		want   owner.Knowledge
	}{
		"no answer":       {status(502), owner.Later},
		"no list":         {graph(`{"q0":{"team":{"repositories":{"edges":null}}}}`), owner.Unknown},
		"no team":         {graph(`{"q0":{"team":null}}`), owner.No},
		"not the end":     {graph(`{"q0":{"team":{"repositories":{"edges":[]}}}}`), owner.Later},
		"the same page":   {graph(`{"q0":{"team":{"repositories":{"edges":[],"pageInfo":{"hasNextPage":true,"endCursor":"x"}}}}}`), owner.Later},
		"a role unheard":  {graph(`{"q0":{"team":{"repositories":{"edges":[{"permission":"PUSHER","node":{"name":"r001"}}]}}}}`), owner.No},
		"another's write": {graph(`{"q0":{"team":{"repositories":{"edges":[{"permission":"WRITE","node":{"name":"r0011"}}],"pageInfo":{"hasNextPage":false}}}}}`), owner.No},
		"write":           {graph(`{"q0":{"team":{"repositories":{"edges":[{"permission":"WRITE","node":{"name":"R001"}}]}}}}`), owner.Yes},
	} {
		g, c := large(t, sandbox.Token{Login: "dora", Members: true})
		g.Fault = func(*http.Request) http.Handler { return tt.answer }
		w := owner.Writer{Repository: at(1), Team: "core"}
		if got := c.MayWrite(t.Context(), []owner.Writer{w})[w]; got != tt.want {
			t.Errorf("%s: %d, want %d", name, got, tt.want)
		}
	}
}

func status(code int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) })
}
