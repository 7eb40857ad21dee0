package action

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/sethvargo/go-githubactions"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/check"
	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/run"
	"github.com/openedx/advisory-reminders/internal/transport"
)

// A console is the one way out for everything that is printed. Where the log
// is public it prints only whether the run went well, and which step failed.
type console struct {
	public     bool
	unknown    bool   // GitHub was asked whether it is, and did not say
	visibility string // by the event
	rerun      bool   // the event may be an old one
	actions    bool
	gha        *githubactions.Action
	getenv     func(string) string
	secrets    []string // that are masked, and never printed
	out        io.Writer
	err        io.Writer

	checking  bool      // a check was asked for, not a run
	elsewhere elsewhere // where more is said of a failure
}

// elsewhere says where more is said of a failure than in a public log.
type elsewhere string

// The places.
const (
	inReport elsewhere = "" // unless that is what failed
	inAlarm  elsewhere = "what was sent to where reports go has them"
	nowhere  elsewhere = "there is no report: run the check on a laptop"
)

// more returns what a public log says of that. The report can't say what became of
// itself, nor what came after it.
func (e elsewhere) more(step run.Step) string {
	switch {
	case e != inReport:
		return "; " + string(e)
	case step == run.Say || step == run.Settle || step == run.Show:
		return ""
	}
	return "; the report has them"
}

// newConsole returns a console that takes the log for public until it is known
// not to be; see askVisibility. Outside Actions the terminal is private.
func newConsole(p Process) *console {
	c := &console{
		actions: inActions(p.Getenv),
		gha:     githubactions.New(githubactions.WithGetenv(p.Getenv), githubactions.WithWriter(p.Stdout)),
		getenv:  p.Getenv,
		out:     p.Stdout,
		err:     p.Stderr,
	}
	c.visibility = visibilityByEvent(c.gha)
	c.rerun = p.Getenv("GITHUB_RUN_ATTEMPT") != "1"
	c.public = c.actions
	return c
}

// visibilityByEvent returns what the event that started the workflow says of
// the repository: public, private or internal, or nothing. An internal one is
// not private: everybody in the enterprise reads its logs.
func visibilityByEvent(gha *githubactions.Action) string {
	gctx, err := gha.Context()
	if err != nil {
		return ""
	}
	repository, _ := gctx.Event["repository"].(map[string]any)
	visibility, _ := repository["visibility"].(string)
	return visibility
}

// visibilityWithin is how long the API may take to tell the visibility.
const visibilityWithin = 30 * time.Second

// askVisibility finds out whether the log is private: by the event, or by the API
// where the event doesn't say. A re-run has the event of the first attempt, and
// up to 30 days later the repository may have become public: there private is
// what the API says as well. A first attempt does without that request, since its
// event is new. Where what is asked gives no answer, the log is public.
func (c *console) askVisibility(ctx context.Context, client *http.Client, apiURL, repository string) {
	repo, ok := advisory.ParseRepository(repository)
	if !c.actions || c.visibility != "" && c.visibility != "private" {
		return
	}
	c.public = c.visibility == "" || c.rerun
	if !c.public || !ok {
		return
	}
	rest, err := transport.GitHub(client, apiURL)
	if err != nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, visibilityWithin)
	defer cancel()
	r, _, err := rest.Repositories.Get(ctx, repo.Owner, repo.Name)
	if c.unknown = err != nil; !c.unknown {
		c.public = r.GetVisibility() != "private"
	}
}

// mask keeps secrets out of the log and of all messages, should a server quote
// one. The runner masks them too.
func (c *console) mask(secrets ...string) {
	for _, s := range secrets {
		for line := range strings.Lines(s) {
			if line = strings.TrimSpace(line); line == "" {
				continue
			}
			if c.actions {
				c.gha.AddMask(line)
			}
			if len(line) >= shortestSecret {
				c.secrets = append(c.secrets, line)
			}
		}
	}
	slices.SortFunc(c.secrets, func(a, b string) int { return len(b) - len(a) }) // one may begin with another
}

// shortestSecret is how long a secret has to be to be taken out of texts: a
// shorter one may be a part of any word.
const shortestSecret = 6

// redact takes secrets out of a text.
func (c *console) redact(text string) string {
	for _, s := range c.secrets {
		text = strings.ReplaceAll(text, s, "***")
	}
	return text
}

// printf prints a line in a private log, and nothing in a public one.
func (c *console) printf(format string, args ...any) {
	if !c.public {
		fmt.Fprintln(c.out, c.harmless(fmt.Sprintf(format, args...)))
	}
}

// group prints a text in a private log, folded under its title where the log can do
// that, and below a rule elsewhere.
func (c *console) group(title, text string) {
	if c.public {
		return
	}
	title = notify.Clean(c.harmless(title))
	if !c.actions {
		fmt.Fprintln(c.out, "\n"+title+"\n"+strings.Repeat("─", min(utf8.RuneCountInString(title), 80)))
		c.printf("%s", text)
		return
	}
	c.gha.Group(title)
	c.printf("%s", text)
	c.gha.EndGroup()
}

// mostAnnotated is how many errors, and how many warnings, GitHub shows of one step.
const mostAnnotated = 10

// annotate shows errors or warnings beside a private log in Actions, where people look
// first.
func (c *console) annotate(list []string, as func(format string, args ...any)) {
	if c.public || !c.actions {
		return
	}
	for i, text := range list {
		if i == mostAnnotated-1 && len(list) > mostAnnotated {
			as("%d more are in the log", len(list)-i)
			return
		}
		as("%s", notify.Clean(c.harmless(text)))
	}
}

// harmless takes secrets out of a text, and what could control a terminal or
// end a line, and keeps the runner from reading commands in it.
//
// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
func (c *console) harmless(text string) string {
	text = c.redact(text)
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		line = strings.Map(func(r rune) rune {
			if unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) {
				return -1
			}
			return r
		}, line)
		if !c.actions {
			lines[i] = line
			continue
		}
		if strings.HasPrefix(strings.TrimSpace(line), "::") {
			line = strings.Replace(line, "::", ": :", 1)
		}
		lines[i] = strings.ReplaceAll(line, "##[", "# #[")
	}
	return strings.Join(lines, "\n")
}

// succeed says that the run went well, and returns the exit status.
func (c *console) succeed() int {
	if c.checking {
		c.judge("check: ok")
		return ExitOK
	}
	if c.public {
		_ = c.summary("The run of Advisory Reminders went well.\n") // the line below says the same
		fmt.Fprintln(c.out, "The run went well.")
	}
	return ExitOK
}

// fail says what went wrong, and returns the exit status.
func (c *console) fail(err error) int {
	status, step, text := ExitFailed, "run", err.Error()
	if v, ok := errors.AsType[*check.Verdict](err); ok {
		c.judge(v.Error())
		if c.public && len(v.Wrong) > 0 {
			c.sayErrors(c.harmless(v.Wrong.Error())) // elsewhere the table has them
		}
		if v.Usage {
			return ExitUsage
		}
		return ExitFailed
	}
	if e, ok := errors.AsType[*run.Error](err); ok {
		step = string(e.Step)
		if e.Usage {
			status = ExitUsage
		}
	}
	if s, ok := errors.AsType[check.Mistakes](err); ok {
		text = s.Error() // names of inputs and keys are no secret, and no value is quoted
	} else if c.public {
		text = "The run did not go well. Step: " + step + ". Details are withheld because this log is public" + c.elsewhere.more(run.Step(step)) + "."
		_ = c.summary("The run of Advisory Reminders did not go well. Step: " + step + ".\n")
	}
	c.sayErrors(c.harmless(text))
	return status
}

// sayErrors prints one error a line.
func (c *console) sayErrors(text string) {
	if !c.actions {
		fmt.Fprintln(c.err, "advisory-reminders:", text)
		return
	}
	for line := range strings.Lines(text) {
		c.gha.Errorf("%s", strings.TrimSpace(line))
	}
}

// judge says how a check went. In a public log that is all that is said.
func (c *console) judge(text string) {
	if c.public {
		_ = c.summary(text + "\n") // the line below says the same
	}
	if c.actions && text != "check: ok" {
		c.gha.Errorf("%s", text)
		return
	}
	fmt.Fprintln(c.out, text)
}

// summary adds to the job summary, where there is one.
func (c *console) summary(markdown string) error {
	if c.getenv("GITHUB_STEP_SUMMARY") == "" {
		return nil
	}
	return unpanic("write the job summary", func() { c.gha.AddStepSummary(bounded(c.redact(markdown))) })
}

// largestSummary is how many bytes a job summary may have, with room for the
// sentence that says that it was cut. GitHub drops one above 1 MiB as a whole.
//
// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#step-isolation-and-limits
const largestSummary = 1<<20 - 1<<10

// bounded cuts a summary that is too long at the end of a line, and says so.
func bounded(markdown string) string {
	if len(markdown) <= largestSummary {
		return markdown
	}
	kept := markdown[:strings.LastIndexByte(markdown[:largestSummary], '\n')+1]
	return kept + fmt.Sprintf("\n**Cut here:** GitHub drops a job summary above 1 MiB. %s left out. What was sent, and the log of a preview or a check, holds everything.\n",
		notify.Plural(strings.Count(markdown[len(kept):], "\n"), "line is", "lines are"))
}

// outputs sets the action's outputs in a private repository.
func (c *console) outputs(values map[string]int) error {
	if c.public || c.getenv("GITHUB_OUTPUT") == "" {
		return nil
	}
	return unpanic("set the outputs", func() {
		for _, name := range slices.Sorted(maps.Keys(values)) {
			c.gha.SetOutput(name, fmt.Sprint(values[name]))
		}
	})
}

// unpanic returns an error where go-githubactions panics, because it can't
// write one of the runner's files.
func unpanic(what string, f func()) error {
	if transport.Guard(func() error { f(); return nil }) != nil {
		return errors.New(what + ": the runner's file can't be written; everything else was done")
	}
	return nil
}

// crashed says that the program broke, without any data, and where.
func (c *console) crashed() int {
	fmt.Fprintln(c.err, "advisory-reminders: the program crashed. Please report this bug. Nothing is lost: what was not delivered follows with the next run.")
	if !c.public {
		fmt.Fprintf(c.err, "%s", debug.Stack())
	}
	return ExitFailed
}
