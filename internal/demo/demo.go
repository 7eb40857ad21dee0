// Package demo lets the whole program run through months of an organization's
// life within seconds: one run a day at an unreliable hour, some days without,
// against the services of package sandbox. It prints a timeline of what
// happened and writes one page that shows everything that anybody got.
//
// Run knows neither the program nor the organization: Command gives it both as
// functions.
package demo

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/openedx/advisory-reminders/internal/sandbox"
)

// Program is the program's entry: it runs with an environment, and returns its
// exit status.
type Program func(ctx context.Context, env map[string]string, stdout, stderr io.Writer) int

// World is the organization and its services.
type World struct {
	Start, End time.Time // the first and the last instant of the simulation

	// Advance lets the organization live on until t, and returns what happened
	// since the last call, in words. SetTime then sets the clock that all
	// services share. Both are called for every day, with or without a run.
	Advance func(t time.Time) []string
	SetTime func(t time.Time)

	// Env returns the environment of a run: addresses, tokens and inputs. The
	// clock, the run's number and the files of the runner are added to it.
	Env func() map[string]string

	// GitHubRequests counts the requests to GitHub so far.
	GitHubRequests func() int

	Slack  *sandbox.Slack
	Mail   *sandbox.MailServer
	People func() []Person // as they are now

	// Drafts returns the drafts as they are now, in an order that stays the same;
	// nil where nobody can comment on any.
	Drafts func() []Draft

	Organization string // display name
}

// Person is somebody, or a team with an address of its own, who can get
// messages.
type Person struct {
	Login   string
	Name    string
	Detail  string // such as what they maintain; may be empty
	Emails  []string
	SlackID string
}

// Draft is a draft on GitHub, with all that was said there.
type Draft struct {
	ID            string
	Repository    string   // without its owner
	Collaborators []string // teams and people who were given access
	Comments      []sandbox.Comment
}

// Options says how the demo runs.
type Options struct {
	Program Program
	World   World

	Out      io.Writer // the timeline
	Progress io.Writer // the progress bar
	Terminal bool      // both are a terminal
	Width    int       // its columns; 0: not known
	NoColor  bool      // the user wants no colour (NO_COLOR)
	Dir      string    // where index.html is written; made if it is missing

	Seed      uint64 // of the hours of the runs and of what is dropped
	DropEvery int    // one run in so many is dropped; default 10; negative: none
}

// firstRunID is the GITHUB_RUN_ID of the first run; each later one adds one.
const firstRunID = 7_000_000_001

// Run lets the program run through the world's months, prints the timeline and
// writes the page. Before the first run there is a dry run, which counts for
// nothing. A run that fails is part of the story, though not if all do; one that
// says its inputs are wrong (exit status 2) ends the demo with an error.
func Run(ctx context.Context, o Options) error {
	if o.DropEvery == 0 {
		o.DropEvery = 10
	}
	days := schedule(o.World.Start, o.World.End, o.Seed, o.DropEvery)
	page, err := pageURL(o.Dir)
	if err != nil {
		return err
	}
	s, err := simulate(ctx, o, days)
	if err != nil {
		if o.Terminal {
			fmt.Fprintln(o.Progress) // ends the line of the bar
		}
		return err
	}
	if err := writePage(o.Dir, s); err != nil {
		return err
	}
	t := timeline{story: s, color: o.Terminal && !o.NoColor, width: o.Width, page: page}
	if _, err := io.WriteString(o.Out, t.String()); err != nil {
		return fmt.Errorf("print the timeline: %w", err)
	}
	return s.failure()
}

// simulate lets the days pass.
func simulate(ctx context.Context, o Options, days []day) (*story, error) {
	temporary, err := os.MkdirTemp("", "advisory-reminders-demo-")
	if err != nil {
		return nil, fmt.Errorf("make a directory for the runs: %w", err)
	}
	defer os.RemoveAll(temporary)

	bar := progress(o, len(days))
	runs, dryRequests := 0, 0
	var dry day
	for i := range days {
		d := &days[i]
		d.events = o.World.Advance(d.at)
		o.World.SetTime(d.at)
		if i == 0 {
			dry = day{at: d.at}
			if err := runOnce(ctx, o, &dry, temporary, runs, map[string]string{"INPUT_DRY-RUN": "true"}); err != nil {
				return nil, err
			}
			runs++
			dryRequests = o.World.GitHubRequests()
			o.World.SetTime(d.at)
		}
		if !d.dropped {
			if err := runOnce(ctx, o, d, temporary, runs, nil); err != nil {
				return nil, err
			}
			runs++
		}
		bar.Add(1) // a bar that can't be drawn is no concern
	}
	bar.Finish()
	return newStory(o.World, days, dry, dryRequests), nil
}

// runOnce lets the program run on one day, with further inputs, and gathers what
// came of it. Where the demo is stopped meanwhile, that is the error.
func runOnce(ctx context.Context, o Options, d *day, temporary string, number int, inputs map[string]string) error {
	before := o.World.drafts()
	mails, messages := len(o.World.Mail.Mails()), len(o.World.Slack.Messages())
	summary := filepath.Join(temporary, fmt.Sprintf("summary-%d.md", number))
	output := filepath.Join(temporary, fmt.Sprintf("output-%d", number))
	for _, name := range []string{summary, output} {
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			return fmt.Errorf("make a file for the run: %w", err)
		}
	}
	env := map[string]string{}
	maps.Copy(env, o.World.Env())
	maps.Copy(env, inputs)
	env["INPUT_AS-OF"] = d.at.Format(time.RFC3339)
	env["GITHUB_RUN_ID"] = fmt.Sprint(firstRunID + number)
	env["GITHUB_RUN_NUMBER"] = fmt.Sprint(number + 1)
	env["GITHUB_RUN_ATTEMPT"] = "1"
	env["GITHUB_STEP_SUMMARY"] = summary
	env["GITHUB_OUTPUT"] = output

	var stdout, stderr strings.Builder
	d.status = o.Program(ctx, env, &stdout, &stderr)
	d.log = logWords(stdout.String() + stderr.String())
	if err := ctx.Err(); err != nil {
		return err
	}
	if d.status == 2 {
		return fmt.Errorf("the program won't run so (exit status 2):\n%s", indented(d.log))
	}
	text, err := os.ReadFile(summary)
	if err != nil {
		return fmt.Errorf("read the job summary: %w", err)
	}
	d.summary = string(text)
	d.mails = o.World.Mail.Mails()[mails:]
	d.messages = o.World.Slack.Messages()[messages:]
	d.noteDrafts(before, o.World.drafts())
	return nil
}

// progress returns a bar that is visible on a terminal alone.
func progress(o Options, days int) *progressbar.ProgressBar {
	w := o.Progress
	if w == nil {
		w = io.Discard
	}
	return progressbar.NewOptions(days,
		progressbar.OptionSetWriter(w),
		progressbar.OptionSetVisibility(o.Terminal),
		progressbar.OptionSetDescription("Simulating"),
		progressbar.OptionSetWidth(40),
		progressbar.OptionShowCount(),
		progressbar.OptionSetPredictTime(false),
		progressbar.OptionSetElapsedTime(false),
		progressbar.OptionClearOnFinish(),
	)
}

var runnerCommand = regexp.MustCompile(`^\s*::([a-z-]+)(?: [^:]*)?::(.*)$`)

// logWords is what a run printed, as the runner would show it: its commands are
// carried out and not shown, since some hold tokens, but for those that are
// words to people.
func logWords(log string) string {
	var lines []string
	for line := range strings.Lines(log) {
		line = strings.TrimRight(line, "\r\n")
		if m := runnerCommand.FindStringSubmatch(line); m != nil {
			switch m[1] {
			case "error", "warning", "notice", "group":
				line = strings.NewReplacer("%0D", "", "%0A", "\n", "%25", "%").Replace(m[2])
			default:
				continue
			}
		}
		lines = append(lines, line)
	}
	return strings.Trim(strings.Join(lines, "\n"), "\n")
}

// indented puts every line below what is said of it.
func indented(s string) string { return "  " + strings.ReplaceAll(s, "\n", "\n  ") }
