package owner_test

import (
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/owner"
	"github.com/openedx/advisory-reminders/internal/real/published"
	"github.com/openedx/advisory-reminders/internal/sandbox"
	"github.com/openedx/advisory-reminders/internal/transport"
)

// Who reads a private repository is known where the token may ask; and what is asked
// is what GitHub describes, as far as the description is at hand.
func TestReadersOf(t *testing.T) {
	w := &sandbox.World{
		Organizations: []*sandbox.Organization{{Login: "acme", Members: []string{"Ann", "bob", "cleo"}, Admins: []string{"Ann"}, BasePermission: "none"}},
		Users:         []*sandbox.User{{Login: "Ann"}, {Login: "bob"}, {Login: "cleo"}},
		Repositories: []*sandbox.Repository{
			{Owner: "acme", Name: "ops", Visibility: "private", Roles: map[string]string{"bob": "write"}},
			{Owner: "acme", Name: "rocket"},
		},
		Tokens: map[string]*sandbox.Token{"t0ken": {App: true, Members: true}, "blind": {App: true}},
	}
	g, err := sandbox.StartGitHub(w)
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	url := g.GraphQLURL()
	const descriptions = "../../../shared/github"
	if _, err := os.Stat(descriptions); err == nil {
		judge, err := published.Load(descriptions)
		if err != nil {
			t.Fatal(err)
		}
		proxy, err := judge.Proxy(g.APIURL())
		if err != nil {
			t.Fatal(err)
		}
		defer proxy.Close()
		defer func() {
			if d := proxy.Deviations(); len(d) > 0 {
				t.Errorf("GitHub describes it otherwise: %v", d)
			}
		}()
		url = proxy.URL + "/graphql"
	}
	for _, tt := range []struct {
		token, repo, base string
		want              owner.Readers
		known, everybody  bool
	}{
		{"t0ken", "ops", "none", owner.Readers{Total: 2, Others: []string{"bob"}, Members: 3}, true, false},
		{"t0ken", "ops", "read", owner.Readers{Total: 3, Others: []string{"bob", "cleo"}, Members: 3}, true, true},
		{"t0ken", "rocket", "none", owner.Readers{}, false, false}, // is public
		{"t0ken", "nothing", "none", owner.Readers{}, false, false},
		{"blind", "ops", "none", owner.Readers{}, false, false},
	} {
		w.Lock()
		w.Organizations[0].BasePermission = tt.base
		w.Unlock()
		c := owner.NewClient(transport.Authorized(transport.New(transport.Options{Retries: 1, MinWait: time.Millisecond}), tt.token), url)
		got, known := c.ReadersOf(t.Context(), advisory.Repository{Owner: "acme", Name: tt.repo})
		if diff := cmp.Diff(tt.want, got); diff != "" || known != tt.known || got.Everybody() != tt.everybody {
			t.Errorf("%s of %s, base %s: known %v, everybody %v (-want +got)\n%s", tt.token, tt.repo, tt.base, known, got.Everybody(), diff)
		}
	}
	// A few owners alone are everybody, and none of them too many.
	if (owner.Readers{Total: 2, Members: 2}).Everybody() {
		t.Error("an organization of owners warns of them")
	}
}
