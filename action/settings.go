package action

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/openedx/advisory-reminders/internal/check"
	"github.com/openedx/advisory-reminders/internal/config"
	"github.com/openedx/advisory-reminders/internal/ledger"
	"github.com/openedx/advisory-reminders/internal/reminder"
	"github.com/openedx/advisory-reminders/internal/run"
)

// An environment is what the runner says of itself.
type environment struct {
	actions      bool   // in GitHub Actions
	owner        string // of the repository that runs the workflow
	repository   string // the one that runs the workflow
	repositoryID int64  // its number; 0: not known
	apiURL       string
	graphqlURL   string
	serverURL    string
	runID, job   string
	event        string // that started the workflow
	attempt      int
	claim        time.Duration // how long claims live, in tests; 0: the usual
	workspace    string
	grid         time.Duration // run.GridLength, or shorter for a test
	defaultToken string        // GITHUB_TOKEN, for the command line only
	wrong        check.Mistakes
}

// readEnvironment reads what the runner says of itself.
//
// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/variables
func readEnvironment(p Process) environment {
	env := environment{
		actions:    inActions(p.Getenv),
		owner:      p.Getenv("GITHUB_REPOSITORY_OWNER"),
		repository: p.Getenv("GITHUB_REPOSITORY"),
		apiURL:     strings.TrimSuffix(cmp.Or(p.Getenv("GITHUB_API_URL"), "https://api.github.com"), "/"),
		runID:      p.Getenv("GITHUB_RUN_ID"),
		job:        p.Getenv("GITHUB_JOB"),
		event:      p.Getenv("GITHUB_EVENT_NAME"),
		workspace:  p.Getenv("GITHUB_WORKSPACE"),
	}
	env.serverURL = strings.TrimSuffix(cmp.Or(p.Getenv("GITHUB_SERVER_URL"), pagesBeside(env.apiURL)), "/")
	env.graphqlURL = cmp.Or(p.Getenv("GITHUB_GRAPHQL_URL"), graphqlBeside(env.apiURL))
	env.repositoryID, _ = strconv.ParseInt(p.Getenv("GITHUB_REPOSITORY_ID"), 10, 64)
	env.attempt, _ = strconv.Atoi(p.Getenv("GITHUB_RUN_ATTEMPT"))
	// What tests make shorter.
	shorter := func(name string, most time.Duration) time.Duration {
		text := p.Getenv(name)
		d, err := time.ParseDuration(text)
		switch {
		case text == "":
			return most
		case err != nil || d <= 0 || d > most:
			env.wrong = append(env.wrong, check.Mistake{Place: name, Detail: fmt.Sprintf("is not a duration up to %s, such as 4s: correct it, or take the variable away", most)})
			return most
		}
		return d
	}
	env.grid = shorter("ADVISORY_REMINDERS_GRID", run.GridLength)
	env.claim = shorter("ADVISORY_REMINDERS_CLAIM", ledger.ClaimLife)
	if !env.actions {
		env.defaultToken = p.Getenv("GITHUB_TOKEN")
	}
	return env
}

// inActions reports whether the program runs in a workflow, as far as anything
// says so: elsewhere the terminal is private.
func inActions(getenv func(string) string) bool {
	return getenv("GITHUB_ACTIONS") != "" || getenv("GITHUB_RUN_ID") != ""
}

// pagesBeside returns where the pages for people are, by the address of the
// REST API: https://api.HOST, or https://HOST/api/v3.
func pagesBeside(apiURL string) string {
	apiURL = strings.TrimSuffix(apiURL, "/api/v3")
	return strings.Replace(apiURL, "://api.", "://", 1)
}

// graphqlBeside returns where GraphQL is, by the address of the REST API. On GitHub
// Enterprise Server the two are /api/v3 and /api/graphql. By default a token never
// goes to another host than that of the REST API.
func graphqlBeside(apiURL string) string { return strings.TrimSuffix(apiURL, "/v3") + "/graphql" }

// run names this workflow run and job, whichever attempt it is; empty outside
// Actions.
func (e environment) run() string {
	if e.runID == "" {
		return ""
	}
	return e.runID + "/" + e.job
}

// readConfig reads the configuration and says where it came from. Its mistakes
// are the file's, each with its line.
func readConfig(in Inputs, env environment, public bool) (config.Config, string, check.Mistakes) {
	text, source, wrong := configText(in, env)
	if len(wrong) > 0 {
		return config.Config{}, "", wrong
	}
	cfg, err := config.Parse(text)
	if err != nil {
		if list, ok := errors.AsType[config.Errors](err); ok && !public {
			err = list.Franker()
		}
		for line := range strings.SplitSeq(err.Error(), "\n") { // a mistake each
			wrong = append(wrong, check.Mistake{Place: "configuration", Detail: line})
		}
		return cfg, source, wrong
	}
	if public && in.ConfigText == "" && len(cfg.Contacts)+len(cfg.Snooze)+len(cfg.Forget) > 0 {
		return cfg, source, check.Mistakes{{Place: "configuration", Detail: "contacts, snooze and forget would be public in a file of this repository: give them in the input config-text, from a secret"}}
	}
	return cfg, source, nil
}

// configText returns the text of the configuration, and where it comes from. Where
// the usual file is missing, the text is empty.
func configText(in Inputs, env environment) (text []byte, source string, wrong check.Mistakes) {
	if in.ConfigText != "" {
		return []byte(in.ConfigText), "the input config-text", nil
	}
	path := in.Config
	if !filepath.IsAbs(path) && env.actions && env.workspace != "" {
		path = filepath.Join(env.workspace, path)
	}
	text, err := os.ReadFile(path)
	switch missing := errors.Is(err, fs.ErrNotExist); {
	case err == nil:
		return text, in.Config, nil
	case !missing:
		return nil, "", check.Mistakes{{Place: "input config", Detail: "the file can't be read"}}
	case !in.ConfigDefault:
		return nil, "", check.Mistakes{{Place: "input config", Detail: "there is no such file in the workspace (does actions/checkout run before this action?)"}}
	case env.actions && emptyDir(env.workspace):
		return nil, "the defaults: the workspace is empty. If there is a file " + in.Config + ", let actions/checkout run before this action", nil
	}
	return nil, "the defaults: there is no file " + in.Config, nil
}

func emptyDir(path string) bool {
	entries, err := os.ReadDir(path)
	return err != nil || len(entries) == 0
}

// startTime returns the input as-of, or the zero time. A bare date
// is the first instant of that day in the configured time zone.
func startTime(asOf string, zone *time.Location) (time.Time, check.Mistakes) {
	if asOf == "" {
		return time.Time{}, nil
	}
	if t, err := time.Parse(time.RFC3339, asOf); err == nil {
		return t, nil
	}
	if t, err := time.Parse(time.DateOnly, asOf); err == nil {
		y, m, d := t.Date()
		return reminder.StartOfDay(y, m, d, zone), nil
	}
	return time.Time{}, check.Mistakes{{Place: "input as-of", Detail: "is neither an RFC 3339 time nor a date (YYYY-MM-DD)"}}
}
