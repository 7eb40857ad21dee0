package action_test

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openedx/advisory-reminders/internal/sandbox"
)

// Another private repository, which was renamed.
const bunker, oldBunker = "acme/bunker", "acme/cellar"

// newIssueBench is a bench whose reports go to an issue alone: of the repository
// that runs the workflow, or of another one.
func newIssueBench(t *testing.T, where string) (*bench, *sandbox.Repository) {
	t.Helper()
	w := newWorld()
	w.Repositories = append(w.Repositories, &sandbox.Repository{Owner: "acme", Name: "bunker", Former: []string{oldBunker}, Visibility: "private"})
	w.Tokens[sandbox.WorkflowToken].Issues = []string{home}
	draft(w, "orphan", "high", wednesday.AddDate(0, 0, -30))
	b := newBench(t, w)
	b.inputs = map[string]string{
		"GITHUB_EVENT_NAME": "schedule", "INPUT_SLACK-TOKEN": "", "INPUT_SLACK-CHANNEL": "",
		"INPUT_REPORT-ISSUE": where, "INPUT_CONFIG-TEXT": "on-duty: {rotation: [user:dora], since: 2026-11-02, every: 1w}",
	}
	name := home
	if where == bunker || where == oldBunker {
		name = bunker
	}
	return b, w.Repository(name)
}

// said returns the comments of a repository's issues, issue by issue.
func (b *bench) said(r *sandbox.Repository) (list []string) {
	b.World.Lock()
	defer b.World.Unlock()
	for _, i := range r.Issues {
		for _, c := range i.Comments {
			list = append(list, fmt.Sprintf("#%d %s", i.Number, c.Body))
		}
	}
	return list
}

// next makes something to report, and lets a day pass.
func (b *bench) next() *sandbox.Advisory {
	b.World.Lock()
	defer b.World.Unlock()
	b.now = b.now.AddDate(0, 0, 1)
	return draft(b.World, "orphan", "high", wednesday.AddDate(0, 0, -30))
}

// lose carries requests out and loses GitHub's answers.
func (b *bench) lose(matches func(*http.Request) bool) {
	b.fault(func(r *http.Request) http.Handler {
		if !matches(r) {
			return nil
		}
		return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			b.GitHub.Healthy().ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		})
	})
}

// refuse has GitHub refuse requests.
func (b *bench) refuse(matches func(*http.Request) bool) {
	b.fault(func(r *http.Request) http.Handler {
		if !matches(r) {
			return nil
		}
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) })
	})
}

// opens reports whether a request opens an issue, comments whether it comments on
// one.
func opens(r *http.Request) bool {
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	return r.Method == "POST" && strings.HasSuffix(r.URL.Path, "/issues") && !strings.Contains(string(body), `"title":""`)
}

func comments(r *http.Request) bool {
	return r.Method == "POST" && strings.HasSuffix(r.URL.Path, "/comments")
}

// Reports are comments of one issue, which the first report opens: it bears the
// label, is opened again where it is closed, and calls whoever is on duty and
// nobody else.
func TestReportIssue(t *testing.T) {
	for _, where := range []string{"true", strings.ToUpper(home), bunker, oldBunker} {
		t.Run(where, func(t *testing.T) {
			b, repo := newIssueBench(t, where)
			r := b.must(0, nil)
			if said := b.said(repo); len(said) != 1 || !strings.HasPrefix(said[0], "#1 @dora, you are on duty.\n\n## ") || !slices.Equal(ids(said[0]), ids(r.summary)) {
				t.Fatalf("the first report is\n%s", strings.Join(said, "\n"))
			}
			author := map[bool]string{true: "dora", false: "github-actions[bot]"}[repo.Name == "bunker"]
			b.World.Lock()
			i := repo.Issues[0]
			if !slices.Equal(i.Labels, []string{"advisory-reminders"}) || i.Closed || i.Author != author || strings.Contains(i.Title+i.Body, "GHSA") {
				t.Errorf("the issue is %+v", i)
			}
			i.Closed = true
			b.World.Unlock()
			d := b.next()
			b.must(0, nil)
			if said := b.said(repo); len(said) != 2 || !strings.HasPrefix(said[1], "#1 ") || !strings.Contains(said[1], d.ID) || i.Closed {
				t.Errorf("after the second report, closed is %v, and there are\n%s", i.Closed, strings.Join(said, "\n"))
			}
			b.now = b.now.AddDate(0, 0, 1) // with nothing to say
			b.must(0, nil)
			if said := b.said(repo); len(said) != 2 {
				t.Errorf("%d comments", len(said))
			}
			b.now = b.now.AddDate(0, 0, 3) // Monday: a heartbeat calls nobody
			b.must(0, nil)
			if said := b.said(repo); len(said) != 3 || strings.Contains(said[2], "@") {
				t.Errorf("on Monday\n%s", strings.Join(said[2:], "\n"))
			}
		})
	}
}

// The issue is known by its number, else by its label and its marker; where it is
// neither there nor elsewhere in the repository, there is a new one. One that is
// somebody else's, or was transferred, is never written to.
func TestReportIssueIsFound(t *testing.T) {
	number := func(r *sandbox.Repository, n int) *sandbox.Issue { return r.Issues[n-1] }
	for name, tt := range map[string]struct {
		change func(b *bench, r *sandbox.Repository)
		want   string // the issue of the next report
		issues int
	}{
		"as it was": {func(*bench, *sandbox.Repository) {}, "#1", 1},
		"without its label and its marker": {func(_ *bench, r *sandbox.Repository) {
			number(r, 1).Labels, number(r, 1).Body = nil, "x"
		}, "#1", 1},
		"the number is lost": {func(b *bench, r *sandbox.Repository) {
			b.World.Repository(home).DeleteBranch(branchName)
		}, "#1", 1},
		"the number is lost, and others bear the label": {func(b *bench, r *sandbox.Repository) {
			b.World.Repository(home).DeleteBranch(branchName)
			mine := number(r, 1)
			r.Issues = nil
			for n := range 100 {
				r.Issues = append(r.Issues, &sandbox.Issue{Number: n + 1, Title: "x", Labels: mine.Labels, Closed: n%2 == 0})
			}
			mine.Number = 101
			r.Issues = append(r.Issues, mine)
		}, "#101", 101},
		"the number is lost, and the label": {func(b *bench, r *sandbox.Repository) {
			b.World.Repository(home).DeleteBranch(branchName)
			number(r, 1).Labels = nil
		}, "#2", 2},
		"with room for some more": {func(b *bench, r *sandbox.Repository) {
			number(r, 1).Comments = slices.Repeat([]*sandbox.Comment{{Body: "x"}}, 2399)
		}, "#1", 1},
		"nearly full": {func(b *bench, r *sandbox.Repository) {
			number(r, 1).Comments = slices.Repeat([]*sandbox.Comment{{Body: "x"}}, 2400)
		}, "#2", 2},
		"it was deleted": {func(_ *bench, r *sandbox.Repository) {
			r.Issues = []*sandbox.Issue{{Number: 1, Title: "was here"}}
			number(r, 1).Number = 99
		}, "#2", 2},
		"it was transferred": {func(b *bench, r *sandbox.Repository) {
			b.GitHub.Fault = func(q *http.Request) http.Handler {
				if q.Method != "GET" || !strings.HasSuffix(q.URL.Path, "/issues/1") || strings.Contains(q.URL.Path, "rocket") {
					return nil
				}
				return http.RedirectHandler(b.GitHub.APIURL()+"/repos/acme/rocket/issues/1", http.StatusMovedPermanently)
			}
			rocket := b.World.Repository("acme/rocket")
			rocket.Issues = append(rocket.Issues, number(r, 1))
			r.Issues = []*sandbox.Issue{{Number: 1, Title: "x"}} // the number is not given again
		}, "#2", 2},
	} {
		t.Run(name, func(t *testing.T) {
			b, repo := newIssueBench(t, bunker)
			b.must(0, nil)
			before := len(b.said(b.World.Repository("acme/rocket")))
			d := b.next()
			b.World.Lock()
			tt.change(b, repo)
			b.World.Unlock()
			b.must(0, nil)
			said := b.said(repo)
			if i := slices.IndexFunc(said, func(s string) bool { return strings.Contains(s, d.ID) }); i < 0 || !strings.HasPrefix(said[i], tt.want+" ") || len(repo.Issues) != tt.issues {
				t.Errorf("%d issues, want %d, and the report in %s:\n%.300s", len(repo.Issues), tt.issues, tt.want, strings.Join(said, "\n"))
			}
			if elsewhere := b.said(b.World.Repository("acme/rocket")); len(elsewhere) > before+1 {
				t.Errorf("%d comments in the public repository", len(elsewhere))
			}
		})
	}
}

// A report whose answer is lost is there once, whether GitHub did what it was asked
// or not; and what may be there is not posted again within five minutes.
func TestReportIssueOnce(t *testing.T) {
	for name, lost := range map[string]func(*http.Request) bool{"the issue": opens, "the comment": comments} {
		for _, done := range []bool{true, false} {
			t.Run(fmt.Sprint(name, ", done ", done), func(t *testing.T) {
				b, repo := newIssueBench(t, "true")
				if done {
					b.lose(lost)
				} else {
					b.fault(func(r *http.Request) http.Handler {
						if !lost(r) {
							return nil
						}
						return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
					})
				}
				b.must(1, nil)
				there := len(b.said(repo))
				b.fault(nil)
				b.now = b.now.Add(5*time.Minute - time.Second)
				b.must(1, map[string]string{"GITHUB_RUN_ATTEMPT": "2"})
				if n := len(b.said(repo)); n != there {
					t.Errorf("%d comments a moment later, there were %d", n, there)
				}
				b.now = b.now.Add(6 * time.Minute)
				b.must(0, map[string]string{"GITHUB_RUN_ATTEMPT": "3"})
				if said := b.said(repo); len(said) != 1 || len(repo.Issues) != 1 {
					t.Errorf("%d issues, and\n%s", len(repo.Issues), strings.Join(said, "\n"))
				}
				b.now = b.now.AddDate(0, 0, 1)
				b.must(0, nil)
				if n := len(b.said(repo)); n != 1 {
					t.Errorf("%d comments the next day", n)
				}
			})
		}
	}
}

// An answer that is no list does not say that nothing was posted: neither the issue
// nor a report is made again by it.
func TestReportIssueWithoutAList(t *testing.T) {
	for lacks, lost := range map[string]func(*http.Request) bool{"/issues": opens, "/comments": comments} {
		for name, answer := range map[string]http.Handler{"empty": respond(200, ""), "null": respond(200, "null"), "204": respond(204, "")} {
			t.Run(lacks+" "+name, func(t *testing.T) {
				b, repo := newIssueBench(t, "true")
				b.lose(lost)
				b.must(1, nil)
				b.fault(func(r *http.Request) http.Handler {
					if r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, lacks) {
						return answer
					}
					return nil
				})
				b.now = b.now.Add(6 * time.Minute)
				b.must(1, map[string]string{"GITHUB_RUN_ID": "2"})
				b.fault(nil)
				b.now = b.now.Add(6 * time.Minute)
				b.must(0, map[string]string{"GITHUB_RUN_ID": "3"})
				if said := b.said(repo); len(said) != 1 || len(repo.Issues) != 1 {
					t.Errorf("%d issues, and\n%s", len(repo.Issues), strings.Join(said, "\n"))
				}
			})
		}
	}
}

// A long report is posted in parts, each once, whichever of them is lost.
func TestReportIssueInParts(t *testing.T) {
	t.Parallel()
	for lost := range 8 {
		refused := lost >= 4
		lost := lost % 4
		t.Run(fmt.Sprint("without the answer to part ", lost, ", refused ", refused), func(t *testing.T) {
			b, repo := newIssueBench(t, "true")
			for range 900 {
				draft(b.World, "orphan", "critical", wednesday.AddDate(0, 0, -30))
			}
			nth := 0
			is := func(r *http.Request) bool {
				if comments(r) {
					nth++
				}
				return comments(r) && nth == lost
			}
			if b.lose(is); refused {
				b.refuse(is)
			}
			if lost > 0 {
				b.must(1, nil)
				b.fault(nil)
				b.now = b.now.Add(time.Hour)
				b.must(0, map[string]string{"GITHUB_RUN_ATTEMPT": "2"})
			} else {
				b.must(0, nil)
			}
			said := b.said(repo)
			if len(said) < 3 {
				t.Fatalf("%d comments", len(said))
			}
			rows := make(map[string]int)
			for n, s := range said {
				if !strings.Contains(s, fmt.Sprintf(", part %d -->", n+1)) || len(s) > 65_000 {
					t.Errorf("comment %d has %d bytes and ends in %q", n+1, len(s), s[len(s)-80:])
				}
				for line := range strings.Lines(s) {
					if strings.HasPrefix(line, "- **acme/orphan** ") && strings.HasSuffix(line, " · no owner is named anywhere\n") {
						for _, id := range ids(line) {
							rows[id]++
						}
					}
				}
			}
			for id, n := range rows {
				if n != 1 {
					t.Errorf("%s is there %d times", id, n)
				}
			}
			if len(rows) != 901 {
				t.Errorf("%d rows", len(rows))
			}
		})
	}
}

// Where the report can't be an issue, nothing is sent, and the run says which input
// is wrong; it names no repository, since that may be read by everybody.
func TestReportIssueRefused(t *testing.T) {
	for name, tt := range map[string]struct {
		where  string
		change func(w *sandbox.World, r *sandbox.Repository)
		says   string
	}{
		"public":               {bunker, func(_ *sandbox.World, r *sandbox.Repository) { r.Visibility = "public" }, "the repository is not private"},
		"internal":             {bunker, func(_ *sandbox.World, r *sandbox.Repository) { r.Visibility = "internal" }, "the repository is not private"},
		"without issues":       {bunker, func(_ *sandbox.World, r *sandbox.Repository) { r.NoIssues = true }, "issues are switched off"},
		"archived":             {bunker, func(_ *sandbox.World, r *sandbox.Repository) { r.Archived = true }, "is archived"},
		"none":                 {"acme/nothing", func(*sandbox.World, *sandbox.Repository) {}, "there is no such repository"},
		"home, without issues": {"true", func(_ *sandbox.World, r *sandbox.Repository) { r.NoIssues = true }, "issues are switched off"},
		"home, without the permission": {"true", func(w *sandbox.World, _ *sandbox.Repository) {
			w.Tokens[sandbox.WorkflowToken].Issues = nil
		}, "issues: write"},
		"home, public":    {"true", func(_ *sandbox.World, r *sandbox.Repository) { r.Visibility = "public" }, "the repository that runs the workflow is not private"},
		"home, by name":   {home, func(_ *sandbox.World, r *sandbox.Repository) { r.Visibility = "public" }, "the repository that runs the workflow is not private"},
		"no repository":   {"bunker", func(*sandbox.World, *sandbox.Repository) {}, "must be true, false or owner/name"},
		"neither yes, no": {"yes", func(*sandbox.World, *sandbox.Repository) {}, "must be true, false or owner/name"},
	} {
		t.Run(name, func(t *testing.T) {
			b, repo := newIssueBench(t, tt.where)
			draft(b.World, "wheel", "critical", wednesday.AddDate(0, 0, -30))
			tt.change(b.World, repo)
			b.inputs["INPUT_LEDGER-KEY"] = strings.Repeat("key-", 10)
			r := b.must(2, nil)
			log := r.stdout + r.stderr
			if !strings.Contains(log, "input report-issue") || !strings.Contains(log, tt.says) || strings.Contains(log, "acme/") {
				t.Errorf("the log is\n%s", log)
			}
			if len(r.mails)+len(b.said(repo))+len(repo.Issues) > 0 {
				t.Errorf("%d mails, %d issues", len(r.mails), len(repo.Issues))
			}
			r = b.run(map[string]string{"INPUT_CHECK": "true"})
			if r.status != 2 {
				t.Errorf("the check ends with %d\n%s", r.status, r.stdout)
			}
		})
	}
}

// A workflow in a public repository can report to a private one. Its log holds
// nothing.
func TestReportIssueFromPublic(t *testing.T) {
	b, repo := newIssueBench(t, bunker)
	b.World.Repository(home).Visibility = "public"
	b.inputs["INPUT_LEDGER-KEY"] = strings.Repeat("key-", 10)
	r := b.must(0, nil)
	if said := b.said(repo); len(said) != 1 || len(ids(r.stdout+r.stderr+r.summary)) > 0 || strings.Contains(r.stdout, "bunker") {
		t.Errorf("%d comments, and the log is\n%s%s", len(said), r.stdout, r.summary)
	}
	b.fault(func(q *http.Request) http.Handler {
		if !comments(q) {
			return nil
		}
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprint(w, `{"message":"acme/bunker is locked"}`)
		})
	})
	b.next()
	if r := b.must(1, nil); strings.Contains(r.stdout+r.stderr+r.summary, "bunker") || strings.Contains(r.stdout+r.summary, "locked") {
		t.Errorf("the log is\n%s", r.stdout)
	}
}

// Where the log is public, nobody waits for GitHub to say whether the issue can be
// written.
func TestReportIssueInTime(t *testing.T) {
	t.Parallel()
	b, repo := newIssueBench(t, bunker)
	draft(b.World, "wheel", "critical", wednesday.AddDate(0, 0, -30))
	b.World.Repository(home).Visibility = "public"
	b.fault(func(r *http.Request) http.Handler {
		if !strings.HasSuffix(r.URL.Path, "/"+bunker) {
			return nil
		}
		return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	})
	if r := b.must(1, map[string]string{"INPUT_LEDGER-KEY": strings.Repeat("key-", 10), "ADVISORY_REMINDERS_GRID": "10s"}); len(r.mails) != 1 || len(b.said(repo)) != 0 {
		t.Errorf("%d mails, %d comments", len(r.mails), len(b.said(repo)))
	}
}

// A repository that can't be looked at now keeps no digest back, and the report
// goes out with the next run.
func TestReportIssueNotNow(t *testing.T) {
	for name, broken := range map[string]func(*http.Request) bool{
		"the repository":  func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/acme/bunker") },
		"the permission":  func(r *http.Request) bool { return r.Method == "POST" && strings.HasSuffix(r.URL.Path, "/issues") },
		"the list":        func(r *http.Request) bool { return r.Method == "GET" && strings.HasSuffix(r.URL.Path, "/issues") },
		"the new comment": comments,
	} {
		t.Run(name, func(t *testing.T) {
			b, repo := newIssueBench(t, bunker)
			draft(b.World, "wheel", "critical", wednesday.AddDate(0, 0, -30))
			b.fault(func(r *http.Request) http.Handler {
				if !broken(r) {
					return nil
				}
				return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
			})
			if r := b.must(1, nil); len(r.mails) != 1 || len(b.said(repo)) != 0 {
				t.Errorf("%d mails, %d comments", len(r.mails), len(b.said(repo)))
			}
			b.fault(nil)
			b.now = b.now.Add(time.Hour)
			if r := b.must(0, nil); len(r.mails) != 0 || len(b.said(repo)) != 1 {
				t.Errorf("an hour later %d mails, %d comments", len(r.mails), len(b.said(repo)))
			}
		})
	}
}

// The first place decides what was told. What another one does not take is a
// failure of the run, and is not repeated; what the first does not take goes to it
// with the next run, and to the others once.
func TestReportPlaces(t *testing.T) {
	all := map[string]string{"INPUT_SLACK-TOKEN": sandbox.SlackToken, "INPUT_SLACK-CHANNEL": sandbox.ReportChannel, "INPUT_REPORT-EMAIL": "swg@example.org"}
	t.Run("all take it", func(t *testing.T) {
		b, repo := newIssueBench(t, "true")
		if r := b.must(0, all); r.reports() == "" || !slices.Equal(r.to(), []string{"swg@example.org"}) || len(b.said(repo)) != 1 {
			t.Errorf("to Slack %d, by mail %v, comments %d", len(r.slack), r.to(), len(b.said(repo)))
		}
	})
	t.Run("the last refuses", func(t *testing.T) {
		b, repo := newIssueBench(t, "true")
		b.refuse(comments)
		if r := b.must(1, all); r.reports() == "" || len(r.mails) != 1 || !strings.Contains(r.stdout, "report-issue did not take the report") {
			t.Errorf("%d mails, and\n%s", len(r.mails), r.stdout)
		}
		b.fault(nil)
		b.now = b.now.Add(time.Hour)
		if r := b.must(0, all); len(r.slack)+len(r.mails)+len(b.said(repo)) != 0 {
			t.Errorf("repeated: %d, %d, %d", len(r.slack), len(r.mails), len(b.said(repo)))
		}
	})
	t.Run("the first refuses", func(t *testing.T) {
		b, repo := newIssueBench(t, "true")
		b.Mail.Break(rcpt(nil, map[string]string{"swg": "550 5.7.1 no"}))
		change := map[string]string{"INPUT_REPORT-EMAIL": "swg@example.org"}
		if r := b.must(1, change); len(r.mails) != 0 || len(b.said(repo)) != 1 || !strings.Contains(r.stdout, "report-email did not take the report") {
			t.Errorf("%d mails, %d comments, and\n%s", len(r.mails), len(b.said(repo)), r.stdout)
		}
		b.Mail.Break(nil)
		b.now = b.now.Add(time.Hour)
		if r := b.must(0, change); len(r.mails) != 1 || len(b.said(repo)) != 1 {
			t.Errorf("an hour later %d mails, %d comments", len(r.mails), len(b.said(repo)))
		}
	})
}

// A scheduled run that fails before it can compose a report says so in the issue,
// as far as its token goes.
func TestAlarmInIssue(t *testing.T) {
	for _, where := range []string{"true", bunker} {
		for _, tt := range breakdowns() {
			t.Run(where+", "+tt.name, func(t *testing.T) {
				b, repo := newIssueBench(t, where)
				event := filepath.Join(t.TempDir(), "event.json")
				if err := os.WriteFile(event, []byte(`{"repository":{"visibility":"private"}}`), 0o600); err != nil {
					t.Fatal(err)
				}
				b.inputs["GITHUB_EVENT_PATH"] = event
				before := 0
				if tt.set != nil {
					b.must(0, nil)
					tt.set(b)
					before = 1
				}
				b.must(tt.status, tt.change)
				want := 1
				revoked := "a revoked token"
				if where == "true" {
					revoked = "a ledger's token that was revoked"
				}
				if tt.name == revoked || tt.name == "one token for both that was revoked" {
					want = 0 // nobody can write it
				}
				said := b.said(repo)[before:]
				if len(said) != want || want > 0 && (!strings.Contains(said[0], "The run failed") || !strings.Contains(said[0], strings.TrimSuffix(tt.says, " unknown key"))) {
					t.Fatalf("%d alarms, want %d that says %q:\n%s", len(said), want, tt.says, strings.Join(said, "\n"))
				}
				if want == 0 || tt.set != nil {
					return
				}
				b.now = b.now.AddDate(0, 0, 1)
				b.must(0, nil)
				if n := len(b.said(repo)); n != 2 || len(repo.Issues) != 1 {
					t.Errorf("once it is mended %d comments in %d issues", n, len(repo.Issues))
				}
			})
		}
	}
}

// The check and the first report say how many people can read the issue, and the
// check warns where every member of the organization can, or others than its
// administrators and the working group; or they say that nobody knows.
func TestIssueReaders(t *testing.T) {
	const every = "it looks as if every member can"
	for _, tt := range []struct {
		name, where, finding, says string
		roles                      map[string]string // of the repository
		admins                     []string          // of the organization
		base                       string
		group                      string // configured
		blind                      bool   // the token may not ask for members
	}{
		{name: "nobody else", where: bunker, finding: "OK", says: "1 person can read the issue with the reports", admins: []string{"dora"}, base: "none"},
		{name: "at home", where: "true", finding: "OK", says: "1 person can read", admins: []string{"dora"}, base: "none"},
		{name: "everybody", where: bunker, finding: "WARN", says: every, admins: []string{"dora"}},
		{name: "everybody at home", where: "true", finding: "WARN", says: every, admins: []string{"dora"}},
		{name: "one of another team", where: bunker, finding: "OK", says: "2 people can read", admins: []string{"dora"}, base: "none", roles: map[string]string{"cleo": "write"}},
		{name: "one of another team, where the group is known", where: bunker, finding: "WARN", says: "1 of them is neither an administrator nor a member of group:rocketeers", admins: []string{"dora"}, base: "none", roles: map[string]string{"cleo": "write"}, group: "rocketeers"},
		{name: "an administrator of the repository", where: bunker, finding: "OK", says: "2 people can read", admins: []string{"dora"}, base: "none", roles: map[string]string{"cleo": "admin"}, group: "rocketeers"},
		{name: "the group alone", where: bunker, finding: "OK", says: "people can read", admins: []string{"dora"}, base: "none", roles: map[string]string{"team:rocketeers": "triage"}, group: "rocketeers"},
		{name: "a group that there is not", where: bunker, finding: "OK", says: "2 people can read", admins: []string{"dora"}, base: "none", roles: map[string]string{"cleo": "write"}, group: "nobody"},
		{name: "not told", where: bunker, finding: "UNKNOWN", says: "how many people can read the issue with the reports is UNKNOWN", blind: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b, repo := newIssueBench(t, tt.where)
			b.World.Organization("acme").Admins = tt.admins
			b.World.Organization("acme").BasePermission = tt.base
			repo.Roles = tt.roles
			if tt.group != "" {
				b.inputs["INPUT_CONFIG-TEXT"] += "\nworking-group: group:" + tt.group
			}
			if tt.blind {
				b.World.Tokens[sandbox.FullToken] = b.World.Installation("acme", nil, map[string]string{"repository_advisories": "write", "contents": "read", "issues": "write"})
			}
			r := b.run(map[string]string{"INPUT_CHECK": "true"})
			_, line, _ := strings.Cut(strings.Join(strings.Fields(r.stdout), " "), " its readers ")
			if before, _, _ := strings.Cut(strings.Join(strings.Fields(r.stdout), " "), " its readers "); !strings.HasSuffix(before, tt.finding) || !strings.Contains(line, tt.says) || strings.Contains(line, every) != (tt.says == every) {
				t.Errorf("the check says\n%s", r.stdout)
			}
			if len(repo.Issues) != 0 {
				t.Error("the check has opened an issue")
			}
			b.run(nil)
			if said := b.said(repo); len(said) != 1 || !strings.Contains(strings.ToLower(said[0]), "read the issue with the reports") {
				t.Errorf("the first report says\n%s", strings.Join(said, "\n"))
			}
		})
	}
}

// A dry run and a check ask nothing of issues that would write, and say that they
// can't know what only writing would tell.
func TestReportIssueIsOnlyReadOf(t *testing.T) {
	for name, tt := range map[string]struct {
		change map[string]string
		lacks  bool // the token has no right
		status int
		says   string
	}{
		"a dry run":          {change: map[string]string{"INPUT_DRY-RUN": "true"}},
		"a check":            {change: map[string]string{"INPUT_CHECK": "true"}, says: "whether the token can write them is UNKNOWN"},
		"a dry run, refused": {change: map[string]string{"INPUT_DRY-RUN": "true"}, lacks: true, status: 2, says: "no permission to write issues"},
		"a check, refused":   {change: map[string]string{"INPUT_CHECK": "true"}, lacks: true, status: 2, says: "no permission to write issues"},
	} {
		t.Run(name, func(t *testing.T) {
			b, _ := newIssueBench(t, "true")
			if tt.lacks {
				for _, token := range b.World.Tokens {
					token.Issues = nil
				}
			}
			b.fault(func(r *http.Request) http.Handler {
				if r.Method != http.MethodGet && r.Method != http.MethodHead && strings.Contains(r.URL.Path, "/issues") {
					t.Errorf("%s %s", r.Method, r.URL.Path)
				}
				return nil
			})
			r := b.run(tt.change)
			if log := strings.Join(strings.Fields(r.stdout+r.stderr), " "); r.status != tt.status || !strings.Contains(log, tt.says) {
				t.Errorf("exit status %d, want %d; the log says %s", r.status, tt.status, log)
			}
		})
	}
}

// A dry run opens no issue.
func TestReportIssueDryRun(t *testing.T) {
	b, repo := newIssueBench(t, "true")
	b.must(0, map[string]string{"INPUT_DRY-RUN": "true"})
	if len(repo.Issues) != 0 {
		t.Errorf("%d issues", len(repo.Issues))
	}
}

// What a run delivers at last is said, though the report before it may have arrived,
// which said of the same deliveries that they had failed.
func TestWhatIsDeliveredAtLastIsSaid(t *testing.T) {
	w, drafts := threadWorld()
	w.Advisories = w.Advisories[:1]
	drafts[0].CollaboratingTeams = []string{"rocketeers"}
	w.Tokens[sandbox.WorkflowToken].Issues = []string{home}
	b := threadBench(t, w)
	maps.Copy(b.inputs, map[string]string{"INPUT_SLACK-TOKEN": "", "INPUT_SLACK-CHANNEL": "", "INPUT_REPORT-ISSUE": "true"})
	b.fault(func(r *http.Request) http.Handler {
		switch {
		case !comments(r):
			return nil
		case strings.Contains(r.URL.Path, "/security-advisories/"):
			return respond(502, "{}")
		}
		return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			b.GitHub.Healthy().ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		})
	})
	b.must(1, nil)
	b.fault(nil)
	for _, want := range []int{2, 2} {
		b.now = b.now.Add(10 * time.Minute)
		b.must(0, nil)
		said := b.said(b.World.Repository(home))
		if len(b.comments(drafts[0])) != 1 || len(said) != want || !strings.Contains(said[0], "Could not deliver") || !strings.Contains(said[1], "Told for the first time") {
			t.Errorf("comments on the draft: %q; reports: %d, want %d\n%s", b.comments(drafts[0]), len(said), want, strings.Join(said, "\n\n"))
		}
	}
}

// A report of which the ledger knows nothing since it could not be written is looked for,
// though its digests are sent again.
func TestAReportThatIsNotNotedIsFound(t *testing.T) {
	w := newWorld()
	draft(w, "wheel", "critical", wednesday.AddDate(0, 0, -30))
	w.Tokens[sandbox.WorkflowToken].Issues = []string{home}
	b := newBench(t, w)
	b.inputs = map[string]string{"INPUT_SLACK-TOKEN": "", "INPUT_SLACK-CHANNEL": "", "INPUT_REPORT-ISSUE": "true"}
	writes := 0
	b.fault(func(r *http.Request) http.Handler {
		if !strings.Contains(r.URL.Path, "/git/refs") && !strings.Contains(body(r), "createCommitOnBranch") {
			return nil
		}
		if writes++; writes == 1 {
			return nil
		}
		return respond(502, "{}")
	})
	b.must(1, nil)
	b.fault(nil)
	b.now = b.now.Add(20 * time.Minute)
	b.must(0, nil)
	if n := len(b.Mail.Mails()); n != 2 {
		t.Errorf("%d mails, want one that comes twice", n)
	}
	if said := b.said(b.World.Repository(home)); len(said) != 1 {
		t.Errorf("%d reports\n%s", len(said), strings.Join(said, "\n\n"))
	}
}
