package action_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/openedx/advisory-reminders/internal/sandbox"
)

// What a question is about, by words that any way to ask it must hold.
var questions = map[string]func(query string) bool{
	"repositories":       func(q string) bool { return strings.Contains(q, "catalog-info.yaml") },
	"teams":              func(q string) bool { return strings.Contains(q, "members(") },
	"verified addresses": func(q string) bool { return strings.Contains(q, "organizationVerifiedDomainEmails") },
	"public addresses":   func(q string) bool { return strings.Contains(q, "email") && !strings.Contains(q, "VerifiedDomain") },
}

// What GitHub says with status 200 when it could not answer.
var excuses = map[string]string{
	"timeout without a type": `{"errors":[{"message":"Something went wrong while executing your query. This may be the result of a timeout, or it could be a GitHub bug. Please include ` + "`5A0D:1`" + ` when reporting this issue."}]}`,
	"resource limits":        `{"data":null,"errors":[{"type":"RESOURCE_LIMITS_EXCEEDED","message":"Resource limits for this query exceeded."}]}`,
	"too many nodes":         `{"errors":[{"type":"MAX_NODE_LIMIT_EXCEEDED","message":"This query requests up to 1,000,000 possible nodes."}]}`,
	"a type of tomorrow":     `{"data":null,"errors":[{"type":"SOMETHING_NEW","message":"?"}]}`,
	"nothing at all":         `{"data":null}`,
	"rate limit of today":    `{"errors":[{"type":"RATE_LIMIT","code":"graphql_rate_limit","message":"API rate limit already exceeded for user ID 1."}]}`,
	"rate limit of before":   `{"errors":[{"type":"RATE_LIMITED","message":"API rate limit exceeded."}]}`,
}

// newTroubledWorld has three people, each with a public address and a better one
// in a domain that the organization has verified, of whom two are a team.
func newTroubledWorld() *sandbox.World {
	w := newWorld()
	w.Organizations[0].VerifiedDomains = []string{"acme.example"}
	for _, u := range w.Users[:3] {
		u.Addresses = map[string][]string{"acme": {strings.ToLower(u.Login) + "@acme.example"}}
	}
	draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -30))
	draft(w, "wheel", "critical", wednesday.AddDate(0, 0, -30))
	return w
}

var best = []string{"ann@acme.example", "bob@acme.example", "cleo@acme.example"}

// An answer of status 200 that holds nothing but an error is no refusal: it is
// asked again, and whom it is about waits for the next run. Nobody gets a mail at
// a second-best address, nobody is dropped, and the working group is not told in
// their place.
func TestAnswersThatSayNothing(t *testing.T) {
	for about, is := range questions {
		for name, text := range excuses {
			for _, often := range []string{"once", "for good"} {
				t.Run(about+", "+name+", "+often, func(t *testing.T) {
					b := newBench(t, newTroubledWorld())
					var n atomic.Int32
					b.fault(func(r *http.Request) http.Handler {
						if !strings.HasSuffix(r.URL.Path, graphql) || !is(body(r)) {
							return nil
						}
						if n.Add(1) > 1 && often == "once" {
							return nil
						}
						return respond(http.StatusOK, text, "Retry-After", "0")
					})
					r := b.run(map[string]string{"GITHUB_RUN_ID": "1"})
					if n.Load() == 0 {
						t.Fatal("nobody asks that")
					}
					if often == "once" {
						if r.status != 0 || fmt.Sprint(r.to()) != fmt.Sprint(best) {
							t.Errorf("exit status %d, mails to %v, want 0 and %v\n%s", r.status, r.to(), best, r.stdout)
						}
						return
					}
					if r.status != 1 {
						t.Errorf("exit status %d, want 1\n%s", r.status, r.stdout)
					}
					for _, to := range r.to() {
						if !strings.HasSuffix(to, "@acme.example") {
							t.Errorf("a mail to the second-best address %s", to)
						}
					}
					if strings.Contains(r.reports(), "Needs an owner") {
						t.Errorf("the working group is told in place of the owners:\n%s", r.reports())
					}
					if !strings.Contains(r.reports(), "Warnings") {
						t.Errorf("the report does not say that something could not be looked at:\n%s", r.reports())
					}
					b.fault(nil)
					again := b.must(0, map[string]string{"GITHUB_RUN_ID": "2"})
					if all := append(r.to(), again.to()...); len(all) != 3 || fmt.Sprint(result{mails: append(r.mails, again.mails...)}.to()) != fmt.Sprint(best) {
						t.Errorf("mails to %v, then to %v, want each of %v once", r.to(), again.to(), best)
					}
				})
			}
		}
	}
}

// One repository that GitHub can't get past costs the others nothing, however
// many are asked for with it.
func TestOneThatGitHubCannotAnswer(t *testing.T) {
	for name, text := range excuses {
		if strings.Contains(name, "rate limit") {
			continue // that is about the token
		}
		t.Run(name, func(t *testing.T) {
			w := newTroubledWorld()
			for i := range 25 {
				repo := fmt.Sprintf("r%02d", i)
				w.Repositories = append(w.Repositories, &sandbox.Repository{Owner: "acme", Name: repo, Files: catalog("user:cleo")})
				draft(w, repo, "critical", wednesday.AddDate(0, 0, -40-i))
			}
			b := newBench(t, w)
			b.fault(func(r *http.Request) http.Handler {
				if q := body(r); questions["repositories"](q) && strings.Contains(q, `"rocket"`) {
					return respond(http.StatusOK, text)
				}
				return nil
			})
			r := b.must(1, map[string]string{"GITHUB_RUN_ID": "1"})
			if fmt.Sprint(r.to()) != "[cleo@acme.example]" || len(ids(r.mails[0].Text)) != 26 {
				t.Errorf("mails to %v, want one to cleo about 26 advisories", r.to())
			}
			if !strings.Contains(r.reports(), "acme/rocket could not be read") {
				t.Errorf("the report does not name the one that could not be read:\n%s", r.reports())
			}
			b.fault(nil)
			if r := b.must(0, map[string]string{"GITHUB_RUN_ID": "2"}); fmt.Sprint(r.to()) != fmt.Sprint(best[:2]) {
				t.Errorf("then mails to %v, want %v", r.to(), best[:2])
			}
		})
	}
}

// Limits of a query's resources come with part of the data: what is null in it, at
// whatever depth, is not believed, and asked for again.
func TestPartOfTheData(t *testing.T) {
	for about, blank := range map[string]func(alias map[string]any){
		"repositories": func(a map[string]any) { a["catalog"] = nil },
		"teams":        func(a map[string]any) { a["team"], a["known"] = nil, nil },
	} {
		t.Run(about, func(t *testing.T) { partOfTheData(t, about, blank) })
	}
	t.Run("a whole repository", func(t *testing.T) { partOfTheData(t, "repositories", nil) })
}

func partOfTheData(t *testing.T, about string, blank func(map[string]any)) {
	b := newBench(t, newTroubledWorld())
	var n atomic.Int32
	b.fault(func(r *http.Request) http.Handler {
		if !questions[about](body(r)) || n.Add(1) > 1 {
			return nil
		}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			rec := httptest.NewRecorder()
			b.GitHub.Healthy().ServeHTTP(rec, r)
			var answer map[string]any
			if err := json.Unmarshal(rec.Body.Bytes(), &answer); err != nil {
				t.Error(err)
			}
			for alias, value := range answer["data"].(map[string]any) {
				switch fields, ok := value.(map[string]any); {
				case ok && blank != nil:
					blank(fields)
				case ok && fields["nameWithOwner"] == "acme/wheel":
					answer["data"].(map[string]any)[alias] = nil
				}
			}
			answer["errors"] = []any{map[string]any{"type": "RESOURCE_LIMITS_EXCEEDED", "message": "Resource limits for this query exceeded."}}
			_ = json.NewEncoder(w).Encode(answer)
		})
	})
	if r := b.must(0, nil); fmt.Sprint(r.to()) != fmt.Sprint(best) || n.Load() < 2 {
		t.Errorf("mails to %v, want %v; asked %d times", r.to(), best, n.Load())
	}
}

// body returns the text of a request, and leaves it to be read again.
func body(r *http.Request) string {
	text, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(strings.NewReader(string(text)))
	return string(text)
}
