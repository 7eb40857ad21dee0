package action_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/openedx/advisory-reminders/internal/sandbox"
)

// The very first report says what is known of the token, in two requests at
// most; later runs neither ask nor say it.
func TestFirstReportTellsOfTheToken(t *testing.T) {
	for name, tt := range map[string]struct {
		token  sandbox.Token
		change map[string]string
		want   []string
		asked  int
	}{
		"an owner's": {
			token: sandbox.Token{Login: "dora", Scopes: []string{"repo", "read:org"}, Drafts: true, Members: true, Emails: true, VerifiedEmails: true},
			want:  []string{"The token is a classic one of dora, with the scopes repo, read:org; they own acme.", "The token may see all drafts of acme"},
			asked: 2,
		},
		"an app's on some repositories": {
			token: sandbox.Token{App: true, Organization: "acme", Drafts: true, Members: true, Emails: true, VerifiedEmails: true, Repositories: []string{home, "acme/rocket"}},
			want:  []string{"installed on 2 repositories selected for it", "can't be known", "2 repositories of acme: orphan, wheel"},
			asked: 2,
		},
		"an app's on all": {
			token: sandbox.Token{App: true, Organization: "acme", Drafts: true, Members: true, Emails: true, VerifiedEmails: true},
			want:  []string{"installed on all repositories (4)"},
			asked: 1,
		},
		"for single repositories": {
			token:  sandbox.Token{Login: "dora", Scopes: []string{"repo"}, Drafts: true, Members: true, Emails: true, VerifiedEmails: true},
			change: map[string]string{"INPUT_REPOSITORIES": "acme/rocket"},
			want:   []string{"user administers acme/rocket"},
			asked:  2,
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := checkWorld()
			*w.Tokens[sandbox.FullToken] = tt.token
			b := newBench(t, w)
			first := b.must(0, tt.change)
			for _, want := range tt.want {
				if !strings.Contains(first.summary, want) {
					t.Errorf("the first report lacks %q:\n%s", want, first.summary)
				}
			}
			if n := len(b.questions()); n != tt.asked {
				t.Errorf("%d requests about the token, want %d: %v", n, tt.asked, b.questions())
			}
			b.GitHub.ResetRequests()
			b.now = b.now.AddDate(0, 0, 7)
			second := b.must(0, tt.change)
			if strings.Contains(second.summary, "The token") {
				t.Errorf("the second report says it again:\n%s", second.summary)
			}
			if n := len(b.questions()); n != 0 {
				t.Errorf("the second run asked %v", b.questions())
			}
		})
	}
}

// questions are the requests about the token.
func (b *bench) questions() []string {
	var list []string
	for _, r := range b.GitHub.Requests() {
		switch {
		case strings.HasPrefix(r.Path, "/installation/"), strings.HasPrefix(r.Path, "/user"), r.Path == "/repos/acme/rocket",
			r.GraphQL && strings.Contains(r.Query, "repositories("):
			list = append(list, r.Path)
		}
	}
	return list
}

// A run does not fail, and its reminders go out, where GitHub does not answer
// to questions about the token.
func TestFirstReportWithoutAnswers(t *testing.T) {
	b := newBench(t, checkWorld())
	b.fault(func(r *http.Request) http.Handler {
		if !strings.HasPrefix(r.URL.Path, "/installation/") {
			return nil
		}
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	})
	r := b.must(0, nil)
	if len(r.mails) != 3 || !strings.Contains(r.summary, "of a kind that can't be known") {
		t.Errorf("%d mails, and the report\n%s", len(r.mails), r.summary)
	}
}
