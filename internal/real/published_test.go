package real

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/openedx/advisory-reminders/internal/real/published"
)

// descriptions are GitHub's published ones, beside the clone.
const descriptions = root + "/../shared/github"

// Whatever the program asks of GitHub, and whatever the sandbox answers, is as
// GitHub describes it.
func TestPublished(t *testing.T) {
	wanted(t)
	if _, err := os.Stat(descriptions); err != nil {
		lacking(t, "GitHub's descriptions of its APIs are not in shared/github beside the clone")
	}
	judge, err := published.Load(descriptions)
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	requests, runs, kinds := 0, 0, map[string]bool{}
	key := strings.Repeat("only for this trial ", 2)
	app := []string{"-app", "repository_advisories=write,contents=read,members=read"}
	for _, tt := range []struct {
		name  string
		flags []string
		runs  []trialRun
	}{
		{"an owner's token", nil, []trialRun{
			{0, nil, []string{"check"}}, {0, nil, []string{"run", "-dry-run"}}, {0, nil, nil}, {0, map[string]string{"INPUT_FORCE": "true"}, nil},
			{0, map[string]string{"INPUT_REPOSITORIES": "open-campus/campus-platform, open-campus/theme-kit", "INPUT_FORCE": "true"}, nil},
			{1, map[string]string{"INPUT_TOKEN": "wrong"}, nil},
		}},
		{"an app's token", app, []trialRun{{0, nil, []string{"check"}}, {0, nil, nil}}},
		{"an app on some repositories", append(app, "-installed", "campus-platform,quiz-engine"), []trialRun{{0, nil, []string{"check"}}, {0, nil, nil}}},
		{"a public repository", []string{"-visibility", "public"}, []trialRun{
			{0, map[string]string{"INPUT_LEDGER-KEY": key, "ADVISORY_REMINDERS_GRID": "4s"}, nil},
			{0, map[string]string{"INPUT_LEDGER-KEY": key, "ADVISORY_REMINDERS_GRID": "4s"}, nil},
		}},
		{"more than one page", []string{"-load", large(t), "-organization", "acme"}, []trialRun{
			{0, nil, []string{"check"}}, {0, map[string]string{"INPUT_MAX-RECIPIENTS": "0"}, nil}, {0, map[string]string{"INPUT_MAX-RECIPIENTS": "0"}, nil},
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := startSandbox(t, append(tt.flags, "-now", monday)...)
			s.mailOnly()
			proxy, err := judge.Proxy(s.env["GITHUB_API_URL"])
			if err != nil {
				t.Fatal(err)
			}
			defer proxy.Close()
			s.env["GITHUB_API_URL"], s.env["GITHUB_GRAPHQL_URL"] = proxy.URL, proxy.URL+"/graphql"
			for _, r := range tt.runs {
				if got := s.run(t, r.change, r.args...); got.status != r.status {
					t.Errorf("%v: exit %d, want %d\n%s", r.args, got.status, r.status, got.output)
				}
				runs++
			}
			for kind, n := range proxy.Kinds() {
				kinds[kind] = true
				requests += n
			}
			for _, d := range proxy.Deviations() {
				t.Error(d)
			}
		})
	}
	if requests < 100 || len(kinds) < 15 {
		t.Errorf("%d requests of %d kinds, which can't be all", requests, len(kinds))
	}
	figure("GitHub's descriptions: %d requests of %d kinds judged, with their answers, in %d runs of the program, %.0f s", requests, len(kinds), runs, time.Since(began).Seconds())
}

// A trialRun is a run and how it has to end.
type trialRun struct {
	status int
	change map[string]string
	args   []string
}

// large makes a folder of an organization with more drafts, repositories and
// teams than a page of any list holds.
func large(t *testing.T) string {
	t.Helper()
	const letters = "23456789cfghjmpqrvwx"
	dir := t.TempDir()
	drafts := []map[string]string{}
	for i := range 130 {
		writeFile(t, filepath.Join(dir, "catalog", fmt.Sprintf("repo-%03d", i), "catalog-info.yaml"),
			fmt.Sprintf("kind: Component\nspec: {owner: \"group:team-%03d\"}\n", i%107))
	}
	for i := range 230 {
		four := string([]byte{letters[i%20], letters[i/20], letters[(i*7)%20], letters[3]})
		drafts = append(drafts, map[string]string{
			"ghsa_id": "GHSA-" + four + "-2222-" + four, "repository": fmt.Sprintf("acme/repo-%03d", i%130),
			"severity": []string{"critical", "high", "medium", "low"}[i%4], "summary": "A title",
		})
	}
	text, err := json.Marshal(drafts)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(dir, "advisories", "all.json"), string(text))
	return dir
}
