package ledger_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/openedx/advisory-reminders/internal/ledger"
)

// Whether there is a journal is read from the list of files, where GitHub does not
// show it by name. A list that is none, or is cut short, does not say that there is
// none: what was delivered would come again.
func TestATreeIsWholeOrAnError(t *testing.T) {
	for name, tt := range map[string]struct {
		tree string // GitHub's answer; empty: as it is
		want string
	}{
		"whole":            {"", ""},
		"without it":       {`{"sha":"x","tree":[],"truncated":false}`, ""},
		"null":             {`null`, "not the whole list"},
		"an empty object":  {`{}`, "not the whole list"},
		"null for a list":  {`{"sha":"x","tree":null,"truncated":false}`, "not the whole list"},
		"cut short":        {`{"sha":"x","tree":[],"truncated":true}`, "not the whole list"},
		"an object for it": {`{"sha":"x","tree":{}}`, "cannot unmarshal"},
	} {
		t.Run(name, func(t *testing.T) {
			g, w := startGitHub(t)
			b := newBranch(t, g, "writer")
			begin(t, b)
			if err := b.Note(t.Context(), []ledger.Delivered{made("ann", 0)}); err != nil {
				t.Fatal(err)
			}
			w.Lock()
			g.Fault = func(r *http.Request) http.Handler {
				switch {
				case strings.Contains(r.URL.Path, "/contents/delivered.json"):
					return answer(404, `{"message":"Not Found"}`)
				case strings.Contains(r.URL.Path, "/git/trees/") && tt.tree != "":
					return answer(200, tt.tree)
				}
				return nil
			}
			w.Unlock()
			l, err := newBranch(t, g, "reader").Load(t.Context())
			switch {
			case tt.want == "" && err != nil:
				t.Error(err)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("Load() = %v, %v, want an error with %q", l, err, tt.want)
			}
			if told := name == "whole"; err == nil && told != (len(l.Unreported) == 1) {
				t.Errorf("%d deliveries are known", len(l.Unreported))
			}
		})
	}
}
