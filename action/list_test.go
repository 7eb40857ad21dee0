package action_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/openedx/advisory-reminders/internal/sandbox"
)

// What is no list, or goes on where nobody can follow, stops the run before it
// sends or writes anything; of several lists it hurts only itself.
func TestWhatIsNoList(t *testing.T) {
	next := func(query string) string {
		return `<HOST/organizations/1/security-advisories?` + query + `>; rel="next"`
	}
	for name, tt := range map[string]struct {
		status     int
		body, link string
		want       string
	}{
		"null":                         {200, "null", "", "not the list"},
		"an object":                    {200, `{"message":"ok"}`, "", "not the list"},
		"a string":                     {200, `"[]"`, "", "not the list"},
		"an empty body":                {200, "", "", "not the list"},
		"204":                          {204, "", "", "not the list"},
		"a next page without a cursor": {200, "[]", next("per_page=100"), "can't be followed"},
		"the same cursor again":        {200, "[]", next("after=Y1"), "circles"},
		"a next page elsewhere":        {200, "[]", strings.Replace(next("after=Y1"), "HOST", "http://example.org", 1), "can't be followed"},
		"an advisory without a state":  {200, `[{"ghsa_id":"GHSA-2222-3333-4444","html_url":"https://github.com/acme/rocket/security/advisories/GHSA-2222-3333-4444","created_at":"2026-01-02T03:04:05Z"}]`, "", "without a state"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -30))
			draft(w, "wheel", "critical", wednesday.AddDate(0, 0, -30))
			b := newBench(t, w)
			answer := func(path string) {
				b.fault(func(r *http.Request) http.Handler {
					if r.URL.Path != path {
						return nil
					}
					return respond(tt.status, tt.body, "Link", strings.ReplaceAll(tt.link, "HOST", b.GitHub.APIURL()))
				})
			}
			answer("/orgs/acme/security-advisories")
			for _, again := range []bool{false, true} { // with no ledger, and with one
				r := b.must(1, nil)
				if len(r.mails)+len(r.slack) != 0 || !strings.Contains(r.stdout, tt.want) || !strings.Contains(r.stdout, "list the advisories") {
					t.Errorf("%d mails, %d messages, and the log\n%s", len(r.mails), len(r.slack), r.stdout)
				}
				if c := row(b.must(1, nil, "check").stdout, "FAIL", "drafts"); !strings.Contains(c, tt.want) {
					t.Errorf("the check says %q, want %q", c, tt.want)
				}
				_, written := w.Repositories[0].BranchFile(branchName, "ledger.json")
				if written != again {
					t.Errorf("the ledger was written: %v", written)
				}
				if !again {
					b.fault(nil)
					b.must(0, nil)
					b.now = b.now.AddDate(0, 0, 7)
					answer("/orgs/acme/security-advisories")
				}
			}
			answer("/repos/acme/rocket/security-advisories")
			if r := b.must(1, map[string]string{"INPUT_REPOSITORIES": "acme/rocket acme/wheel"}); !slices.Equal(r.to(), []string{"cleo@example.org"}) || !strings.Contains(r.reports(), tt.want) {
				t.Errorf("of two repositories: mails to %v, and the report\n%s", r.to(), r.reports())
			}
		})
	}
}

// An empty list where no draft was ever seen is said in every heartbeat, of each
// list.
func TestAnEmptyListIsSaid(t *testing.T) {
	const never = "No draft has ever been seen in "
	for _, tt := range []struct {
		name   string
		first  map[string]string // of an earlier run
		inputs map[string]string
		drafts []string // repositories that have one
		want   string   // the lists that are named; empty: none
	}{
		{"the organization's", nil, nil, nil, "acme"},
		{"the organization has a draft", nil, nil, []string{"rocket"}, ""},
		{"one of two repositories", nil, map[string]string{"INPUT_REPOSITORIES": "acme/rocket acme/wheel"}, []string{"rocket"}, "acme/wheel"},
		{"two of two repositories", nil, map[string]string{"INPUT_REPOSITORIES": "acme/rocket acme/wheel"}, nil, "acme/rocket, acme/wheel"},
		{"both have one", nil, map[string]string{"INPUT_REPOSITORIES": "acme/rocket acme/wheel"}, []string{"rocket", "wheel"}, ""},
		{"another list has one", map[string]string{"INPUT_REPOSITORIES": "acme/rocket"}, map[string]string{"INPUT_REPOSITORIES": "acme/wheel"}, []string{"rocket"}, "acme/wheel"},
		{"the organization knows of one by its repository", map[string]string{"INPUT_REPOSITORIES": "acme/rocket"}, nil, []string{"rocket"}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld()
			for _, repo := range tt.drafts {
				draft(w, repo, "low", wednesday.AddDate(0, 0, -1))
			}
			b := newBench(t, w)
			if tt.first != nil {
				b.must(0, tt.first)
			}
			for week := 1; week <= 3; week++ {
				b.now = wednesday.AddDate(0, 0, 7*week)
				r := b.must(0, tt.inputs)
				if len(r.slack) == 0 {
					t.Fatalf("week %d has no heartbeat", week)
				}
				if _, said, ok := strings.Cut(r.reports(), never); ok != (tt.want != "") || ok && !strings.HasPrefix(said, tt.want+". ") {
					t.Errorf("week %d: the report is\n%s\nwant %q", week, r.reports(), tt.want)
				}
				b.now = b.now.AddDate(0, 0, 1)
				if r := b.must(0, tt.inputs); len(r.slack) != 0 {
					t.Errorf("the day after, the report is %q", r.reports())
				}
			}
		})
	}
}

// What proved that a list is not whole may be resolved one by one. If the list is
// empty then, nothing shows that it is whole again, and every heartbeat says so,
// until it holds a draft.
func TestAListThatWasNotWhole(t *testing.T) {
	const doubt = "nothing shows that it is whole again"
	for name, left := range map[string][]string{"an empty list": {}, "a list of another draft": {"acme/wheel"}} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			a := draft(w, "rocket", "low", wednesday.AddDate(0, 0, -1))
			if len(left) > 0 {
				draft(w, "wheel", "low", wednesday.AddDate(0, 0, -1))
			}
			b := newBench(t, w)
			b.must(0, nil)
			b.lower(sandbox.FullToken, left...)
			b.now = b.now.AddDate(0, 0, 7)
			b.must(1, nil)
			w.Lock()
			a.State, a.Published = "published", b.now
			w.Unlock()
			for week := range 3 {
				b.now = b.now.AddDate(0, 0, 7)
				if r := b.must(0, nil); strings.Contains(r.reports(), doubt) != (len(left) == 0) {
					t.Errorf("week %d: the report is\n%s", week, r.reports())
				}
			}
			b.restore(sandbox.FullToken)
			next := draft(w, "orphan", "low", b.now)
			b.now = b.now.AddDate(0, 0, 7)
			if r := b.must(0, nil); strings.Contains(r.reports(), doubt) {
				t.Errorf("the list holds a draft, and the report is\n%s", r.reports())
			}
			w.Lock()
			for _, a := range append(w.Advisories[1:len(w.Advisories)-1:len(w.Advisories)-1], next) {
				a.State, a.Published = "published", b.now
			}
			w.Unlock()
			b.now = b.now.AddDate(0, 0, 7)
			if r := b.must(0, nil); strings.Contains(r.reports(), doubt) {
				t.Errorf("the list is empty because everything was resolved, and the report is\n%s", r.reports())
			}
		})
	}
}
