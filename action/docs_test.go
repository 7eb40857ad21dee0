package action

import (
	"flag"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/openedx/advisory-reminders/internal/config"
)

// A block is a fenced block of a page.
type block struct{ page, language, text string }

var (
	fence   = regexp.MustCompile("(?ms)^( *)```([a-z]*)\n(.*?)^ *```$")
	heading = regexp.MustCompile(`(?m)^#+ +(.+?) *$`)
	cell    = regexp.MustCompile("(?m)^\\| (`[a-z-]+`(?:, `[a-z-]+`)*) \\|")
	mdLink  = regexp.MustCompile(`\]\(<?([^()<> ]+)>?\)`)
)

// pages returns all Markdown files, by their paths from the root.
func pages(t *testing.T) map[string]string {
	t.Helper()
	all := make(map[string]string)
	root := os.DirFS("..")
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if slices.Contains([]string{".git", "node_modules", "testdata"}, d.Name()) {
				return fs.SkipDir
			}
			return nil
		}
		if path.Ext(name) == ".md" {
			text, err := fs.ReadFile(root, name)
			all[name] = string(text)
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 9 {
		t.Fatalf("found only %d pages", len(all))
	}
	return all
}

// blocks returns the fenced blocks of all pages, without their indentation.
func blocks(t *testing.T) []block {
	t.Helper()
	var list []block
	for name, text := range pages(t) {
		for _, m := range fence.FindAllStringSubmatch(text, -1) {
			list = append(list, block{name, m[2], strings.TrimPrefix(strings.ReplaceAll("\n"+m[3], "\n"+m[1], "\n"), "\n")})
		}
	}
	return list
}

// Every link within the repository leads somewhere, to a heading if it names
// one; and every page in docs is linked from the README.
func TestLinks(t *testing.T) {
	all := pages(t)
	links := 0
	linked := make(map[string]bool)
	for name, text := range all {
		for _, m := range mdLink.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
			to, anchor, _ := strings.Cut(m[1], "#")
			if strings.Contains(to, "://") || strings.HasPrefix(to, "mailto:") {
				continue
			}
			links++
			target := name
			if to != "" {
				target = path.Join(path.Dir(name), to)
			}
			if name == "README.md" {
				linked[target] = true
			}
			if _, err := os.Stat(filepath.Join("..", filepath.FromSlash(target))); err != nil {
				t.Errorf("%s: there is no %s", name, m[1])
				continue
			}
			if anchor != "" && !slices.Contains(anchors(all[target]), anchor) {
				t.Errorf("%s: %s has no heading for %s", name, target, m[1])
			}
		}
	}
	if links < 40 {
		t.Errorf("found only %d links", links)
	}
	for name := range all {
		if path.Dir(name) == "docs" && !linked[name] {
			t.Errorf("the README does not link %s", name)
		}
	}
}

// anchors returns the names that GitHub gives to a page's headings.
func anchors(text string) []string {
	var list []string
	for _, m := range heading.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
		list = append(list, strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-' || r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r > 127:
				return r
			}
			return -1
		}, strings.ToLower(m[1])))
	}
	return list
}

// Every YAML block of a page is a configuration, or a workflow that uses inputs
// that there are.
func TestYAMLBlocks(t *testing.T) {
	found := 0
	for _, b := range blocks(t) {
		if b.language != "yaml" {
			continue
		}
		found++
		text := strings.ReplaceAll(b.text, "GHSA-xxxx-xxxx-xxxx", "GHSA-2222-3333-4444")
		if !strings.Contains(text, "uses:") {
			if _, err := config.Parse([]byte(text)); err != nil {
				t.Errorf("%s: a configuration: %v\n%s", b.page, err, text)
			}
			continue
		}
		var workflow struct {
			Jobs map[string]struct {
				Steps []struct {
					Uses string         `yaml:"uses"`
					With map[string]any `yaml:"with"`
				} `yaml:"steps"`
			} `yaml:"jobs"`
		}
		if err := yaml.Unmarshal([]byte(text), &workflow); err != nil {
			t.Errorf("%s: a workflow: %v\n%s", b.page, err, text)
		}
		for _, job := range workflow.Jobs {
			for _, step := range job.Steps {
				for name := range step.With {
					if strings.HasPrefix(step.Uses, "openedx/advisory-reminders@") && !slices.Contains(inputNames(), name) {
						t.Errorf("%s: there is no input %q", b.page, name)
					}
				}
			}
		}
	}
	if found < 4 {
		t.Errorf("found only %d YAML blocks", found)
	}
}

func inputNames() []string {
	var names []string
	for _, in := range inputs {
		names = append(names, in.name)
	}
	slices.Sort(names)
	return names
}

// The reference lists every input.
func TestReference(t *testing.T) {
	_, table, _ := strings.Cut(pages(t)["docs/reference.md"], "\n## Inputs\n")
	table, _, _ = strings.Cut(table, "\n## ")
	var listed []string
	for _, m := range cell.FindAllStringSubmatch(table, -1) {
		for name := range strings.SplitSeq(m[1], ", ") {
			listed = append(listed, strings.Trim(name, "`"))
		}
	}
	slices.Sort(listed)
	if known := inputNames(); !slices.Equal(listed, known) {
		t.Errorf("the table lists\n%v\nthe inputs are\n%v", listed, known)
	}
}

// Command lines of the pages name commands, flags, folders and scripts that
// there are.
func TestCommandLines(t *testing.T) {
	const program = "go run ./cmd/advisory-reminders "
	found := 0
	for _, b := range blocks(t) {
		if b.language != "sh" {
			continue
		}
		for line := range strings.Lines(b.text) {
			line, _, _ = strings.Cut(strings.TrimSpace(line), " #")
			for _, word := range strings.Fields(line) {
				if name, ok := strings.CutPrefix(word, "./"); ok && !strings.HasSuffix(word, "...") || strings.HasPrefix(word, ".ci/") {
					if _, err := os.Stat(filepath.Join("..", name)); ok && err != nil {
						t.Errorf("%s: %s: %v", b.page, line, err)
					}
				}
			}
			_, rest, ok := strings.Cut(line, program)
			if !ok {
				continue
			}
			found++
			words := strings.Fields(rest)
			if words[0] == "demo" {
				continue
			}
			if words[0] != "run" && words[0] != "check" {
				t.Errorf("%s: %s: there is no such command", b.page, line)
			}
			flags := flag.NewFlagSet("", flag.ContinueOnError)
			flags.SetOutput(io.Discard)
			for _, in := range inputs {
				if in.boolean {
					flags.Bool(in.name, false, "")
				} else {
					flags.String(in.name, "", "")
				}
			}
			if err := flags.Parse(words[1:]); err != nil || flags.NArg() > 0 {
				t.Errorf("%s: %s: %v %v", b.page, line, err, flags.Args())
			}
		}
	}
	if found < 4 {
		t.Errorf("found only %d command lines", found)
	}
}

// What the pages call the items of a report, and quote of the answers to commands, is
// what these are.
func TestItemsAndAnswers(t *testing.T) {
	all := pages(t)
	titles := regexp.MustCompile(`Title: +"([^"]+)"`)
	files, err := filepath.Glob("../internal/notify/report_*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range titles.FindAllStringSubmatch(string(text), -1) {
			found++
			if !strings.Contains(all["docs/operations.md"], m[1]) {
				t.Errorf("docs/operations.md does not explain %q, an item of a report", m[1])
			}
		}
	}
	if found < 20 {
		t.Errorf("found only %d items", found)
	}

	text, err := os.ReadFile("../internal/notify/testdata/replies.md")
	if err != nil {
		t.Fatal(err)
	}
	moment := regexp.MustCompile(`[A-Z][a-z]+day, \d+ [A-Z][a-z]+ \d{4}, \d\d:\d\d [A-Z]+`)
	replies := moment.ReplaceAllString(string(text), "WHEN")
	_, section, _ := strings.Cut(all["docs/maintainers.md"], "\n### Commands\n")
	section, _, _ = strings.Cut(section, "\n### ")
	found = 0
	for _, m := range regexp.MustCompile("`([A-Z][^`]+ [^`]+)`").FindAllStringSubmatch(section, -1) {
		found++
		if said := strings.TrimSuffix(moment.ReplaceAllString(m[1], "WHEN"), "…"); !strings.Contains(replies, said) {
			t.Errorf("no answer to a command says %q", said)
		}
	}
	if found < 7 {
		t.Errorf("found only %d answers", found)
	}
}
