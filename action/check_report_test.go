package action_test

import (
	"fmt"
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
		empty  bool // no draft is listed
		want   []string
		not    string
		asked  int
	}{
		"an owner's": {
			token: sandbox.Token{Login: "dora", Scopes: []string{"repo", "read:org"}, Drafts: true, Members: true, Emails: true, VerifiedEmails: true},
			want:  []string{"The token is a classic one of dora, with the scopes repo, read:org; they own acme.", "The token can see all drafts of acme"},
			asked: 2,
		},
		"an app's on some repositories": {
			token: sandbox.Token{App: true, Organization: "acme", Drafts: true, Members: true, Emails: true, VerifiedEmails: true, Repositories: []string{home, "acme/rocket"}},
			want:  []string{"installed on 2 repositories selected for it", "2 repositories of acme: orphan, wheel"},
			not:   "can't be known", // a draft is listed
			asked: 2,
		},
		"an app's on some repositories, without a draft": {
			token: sandbox.Token{App: true, Organization: "acme", Drafts: true, Members: true, Emails: true, VerifiedEmails: true, Repositories: []string{home, "acme/rocket"}},
			empty: true,
			want:  []string{"installed on 2 repositories selected for it", "can't be known"},
			asked: 2,
		},
		"an app's on all": {
			token: sandbox.Token{App: true, Organization: "acme", Drafts: true, Members: true, Emails: true, VerifiedEmails: true},
			want:  []string{"installed on all repositories (4)"},
			not:   "app is installed", // which is said twice then
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
			if tt.empty {
				w.Advisories = nil
			}
			b := newBench(t, w)
			first := b.must(0, tt.change)
			for _, want := range tt.want {
				if !strings.Contains(first.summary, want) {
					t.Errorf("the first report lacks %q:\n%s", want, first.summary)
				}
			}
			if tt.not != "" && strings.Contains(first.summary, tt.not) {
				t.Errorf("the first report says %q:\n%s", tt.not, first.summary)
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

// What is wrong with the mail server as a whole is said once, with the number
// of digests; the report names everybody all the same.
func TestSameTroubleIsSaidOnce(t *testing.T) {
	b := newBench(t, checkWorld())
	env := b.loginServer(t)
	env["INPUT_SMTP-USERNAME"], env["INPUT_SMTP-PASSWORD"] = "mailer", "wrong"
	r := b.must(1, env)
	if got := strings.Count(r.stdout+r.stderr, "to the login"); got != 1 || !strings.Contains(r.stdout+r.stderr, "3 digests: the server answered 535") {
		t.Errorf("the reason is in the log %d times, want once with the number of digests:\n%s", got, r.stdout+r.stderr)
	}
	_, section, _ := strings.Cut(r.summary, "Could not deliver")
	section, _, _ = strings.Cut(section, "\n## ")
	if strings.Count(section, "to the login") != 1 || !strings.Contains(section, "3 digests") {
		t.Errorf("the report says it otherwise:\n%s", section)
	}
	for _, who := range []string{"user:ann", "user:bob", "user:cleo"} {
		if !strings.Contains(section, who) {
			t.Errorf("the report does not name %s:\n%s", who, section)
		}
	}
}

// More than three drafts that vanish are one warning, be it of all or of some;
// three are three.
func TestManyVanished(t *testing.T) {
	for _, tt := range []struct {
		gone, left int
		want       string
		warnings   int
	}{
		{3, 1, "was a draft and can't be read any more", 3},
		{4, 1, "4 drafts that were known can't be read any more", 1},
		{4, 0, "all 4 drafts that were known can't be read any more", 1},
		{2, 0, "all 2 drafts that were known can't be read any more", 1},
		{1, 0, "was a draft and can't be read any more", 1},
	} {
		t.Run(fmt.Sprint(tt.gone, " of ", tt.gone+tt.left), func(t *testing.T) {
			w := newWorld()
			for i := range tt.gone + tt.left {
				draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -30-i))
			}
			b := newBench(t, w)
			b.must(0, nil)
			var ids []string
			for _, a := range w.Advisories[:tt.gone] {
				ids = append(ids, a.ID)
			}
			w.Lock()
			w.Advisories = w.Advisories[tt.gone:]
			w.Unlock()
			b.now = b.now.AddDate(0, 0, 7)
			r := b.must(1, nil, "check")
			table := row(r.stdout, "FAIL", "drafts")
			if got := strings.Count(table, "FAIL drafts"); got != tt.warnings || !strings.Contains(table, tt.want) {
				t.Errorf("%d lines, want %d with %q:\n%s", got, tt.warnings, tt.want, table)
			}
			for _, text := range []string{table, b.must(1, nil).summary} {
				for _, id := range ids {
					if !strings.Contains(text, id) {
						t.Errorf("%s is not named:\n%s", id, text)
					}
				}
			}
		})
	}
}
