package demo

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var (
	update = flag.Bool("update", false, "write the golden files anew")
	keep   = flag.String("keep", "", "directory to copy the page to, for looking at it")
)

// runFake runs half a year of the fake organization.
func runFake(t *testing.T, w *fakeWorld, change func(*Options)) (printed, dir string) {
	t.Helper()
	var out bytes.Buffer
	dir = t.TempDir()
	o := Options{Program: w.program, World: w.world(), Out: &out, Dir: dir, Seed: 1}
	if change != nil {
		change(&o)
	}
	if err := Run(context.Background(), o); err != nil {
		t.Fatal(err)
	}
	page, err := pageURL(dir)
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(out.String(), page, "file://DIR/index.html"), dir
}

func TestTimeline(t *testing.T) {
	w := newFake(t)
	w.status["2026-11-18"] = 1
	got, dir := runFake(t, w, nil)
	if *keep != "" {
		if err := os.CopyFS(*keep, os.DirFS(dir)); err != nil {
			t.Error(err)
		}
	}
	golden := filepath.Join("testdata", "timeline.txt")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s; go test -update writes it anew:\n%s", golden, diff)
	}
	lines := strings.Split(strings.TrimSuffix(got, "\n"), "\n")
	if len(lines) > 75 {
		t.Errorf("%d lines, want 75 at most", len(lines))
	}
	for _, l := range lines {
		if width(l) > timelineWidth {
			t.Errorf("%d columns: %s", width(l), l)
		}
	}
}

func TestRunGivesEachRunItsOwnEnvironment(t *testing.T) {
	w := newFake(t)
	runFake(t, w, func(o *Options) { o.World.End = date(2026, 7, 15) })
	seen := map[string]bool{}
	if w.envs[0]["INPUT_DRY-RUN"] != "true" || w.envs[0]["INPUT_AS-OF"] != w.envs[1]["INPUT_AS-OF"] {
		t.Errorf("no dry run at the time of the first run: %v", w.envs[0])
	}
	for i, env := range w.envs {
		if i > 0 && env["INPUT_DRY-RUN"] != "" {
			t.Errorf("run %d is dry too", i)
		}
		at, err := time.Parse(time.RFC3339, env["INPUT_AS-OF"])
		if err != nil || at.Hour() < 6 || at.Hour() >= 10 {
			t.Errorf("run %d: as-of %q", i, env["INPUT_AS-OF"])
		}
		if env["INPUT_ORGANIZATION"] != "openedx" || env["GITHUB_RUN_ATTEMPT"] != "1" {
			t.Errorf("run %d: environment %v", i, env)
		}
		for _, name := range []string{"GITHUB_RUN_ID", "GITHUB_RUN_NUMBER", "GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"} {
			if v := env[name]; v == "" || seen[name+v] {
				t.Errorf("run %d: %s = %q, want a fresh one", i, name, v)
			}
			seen[name+env[name]] = true
		}
		if _, err := os.Stat(env["GITHUB_STEP_SUMMARY"]); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("run %d: the summary's file is left behind", i)
		}
	}
	if len(w.envs) < 10 {
		t.Errorf("%d runs in two weeks", len(w.envs))
	}
}

func TestRunStops(t *testing.T) {
	w := newFake(t)
	wrong := func(_ context.Context, _ map[string]string, _, stderr io.Writer) int {
		io.WriteString(stderr, "::add-mask::s3cret\n::error::token: is missing\n::error::severities: 1%25 is none\n")
		return 2
	}
	o := Options{Program: wrong, World: w.world(), Out: io.Discard, Dir: t.TempDir()}
	err := Run(context.Background(), o)
	if err == nil || !strings.HasSuffix(err.Error(), "(exit status 2):\n  token: is missing\n  severities: 1% is none") {
		t.Errorf("got %v, want the run's own words", err)
	}
	var progress bytes.Buffer
	o.Terminal, o.Progress = true, &progress
	ctx, cancel := context.WithCancel(context.Background())
	runs := 0
	o.Program = func(context.Context, map[string]string, io.Writer, io.Writer) int {
		if runs++; runs == 3 {
			cancel()
		}
		return 0
	}
	if err := Run(ctx, o); !errors.Is(err, context.Canceled) || runs != 3 {
		t.Errorf("after %d runs: %v, want it to stop after 3", runs, err)
	}
	if !strings.HasSuffix(progress.String(), "\n") {
		t.Errorf("progress = %q, want its line ended", progress.String())
	}
}

func TestRunWithoutSuccess(t *testing.T) {
	w := newFake(t)
	var out bytes.Buffer
	fails := 0
	o := Options{World: w.world(), Out: &out, Dir: t.TempDir(), DropEvery: -1, Program: func(_ context.Context, _ map[string]string, stdout, _ io.Writer) int {
		fails++
		fmt.Fprintf(stdout, "::error::failure %d\n", fails)
		return 1
	}}
	o.World.End = date(2026, 7, 5)
	err := Run(context.Background(), o)
	if want := fmt.Sprintf("exit status 1:\n  failure %d", fails); err == nil || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("got %v, want it to end with %q", err, want)
	}
	if !strings.Contains(out.String(), "4, and 0 dropped; 4 failed") {
		t.Errorf("no timeline:\n%s", out.String())
	}
	good := o.Program
	o.Program = func(ctx context.Context, env map[string]string, stdout, stderr io.Writer) int {
		if strings.HasPrefix(env["INPUT_AS-OF"], "2026-07-03") {
			return 0
		}
		return good(ctx, env, stdout, stderr)
	}
	if err := Run(context.Background(), o); err != nil {
		t.Errorf("one run of four went well: %v", err)
	}
}

func TestTerminal(t *testing.T) {
	tests := []struct {
		name              string
		terminal, noColor bool
		bar, color        bool
	}{
		{"file", false, false, false, false},
		{"terminal", true, false, true, true},
		{"terminal without colour", true, true, true, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var progress bytes.Buffer
			got, _ := runFake(t, newFake(t), func(o *Options) {
				o.World.End = date(2026, 7, 5)
				o.Terminal, o.NoColor, o.Progress = tt.terminal, tt.noColor, &progress
			})
			if strings.Contains(got, "\x1b[") != tt.color {
				t.Errorf("colour in %q, want %v", got, tt.color)
			}
			if strings.Contains(progress.String(), "Simulating") != tt.bar {
				t.Errorf("progress = %q, want a bar: %v", progress.String(), tt.bar)
			}
		})
	}
}

func TestSchedule(t *testing.T) {
	start, end := date(2026, 7, 1).Add(7*time.Hour), date(2026, 12, 31)
	a, b := schedule(start, end, 7, 10), schedule(start, end, 7, 10)
	if diff := cmp.Diff(times(a), times(b)); diff != "" {
		t.Error("the same seed gave other days")
	}
	if diff := cmp.Diff(times(a), times(schedule(start, end, 8, 10))); diff == "" {
		t.Error("another seed gave the same days")
	}
	dropped, row, longest := 0, 0, 0
	for i, d := range a {
		if d.at.Before(start) || d.at.After(end) || d.at.Hour() < 6 || d.at.Hour() > 9 {
			t.Errorf("day at %v", d.at)
		}
		if i > 0 && d.at.Sub(a[i-1].at).Round(24*time.Hour) != 24*time.Hour {
			t.Errorf("%v follows %v", d.at, a[i-1].at)
		}
		row++
		if d.dropped {
			dropped++
			longest = max(longest, row)
		} else {
			row = 0
		}
	}
	if a[0].dropped || longest < 7 || dropped < 15 || dropped > 40 {
		t.Errorf("first dropped %v; %d dropped, %d in a row", a[0].dropped, dropped, longest)
	}
	for _, d := range schedule(start, end, 7, -1) {
		if d.dropped {
			t.Fatal("a run was dropped though none should be")
		}
	}
}

func times(days []day) []string {
	var list []string
	for _, d := range days {
		list = append(list, d.at.String())
	}
	return list
}
