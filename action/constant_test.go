package action_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// A phrasebook knows every line that a public log may hold. It is read from
// the program's source: the steps, and the formats of mistakes.
type phrasebook struct {
	lines      []*regexp.Regexp
	vocabulary map[string]bool // words of messages about the configuration
}

var phrases = sync.OnceValues(readPhrases)

// literals returns the string literals of a folder's program files, tests left
// out, and the values of its constants that are steps.
func literals(dir string) (all, steps []string, err error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, nil, err
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, nil, err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, text, 0)
		if err != nil {
			return nil, nil, err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ImportSpec:
				return false
			case *ast.ValueSpec:
				id, _ := n.Type.(*ast.Ident)
				if len(n.Values) == 1 && (strings.HasPrefix(n.Names[0].Name, "step") || id != nil && id.Name == "Step") {
					if l, ok := n.Values[0].(*ast.BasicLit); ok {
						s, _ := strconv.Unquote(l.Value)
						steps = append(steps, s)
					}
				}
			case *ast.BasicLit:
				if s, err := strconv.Unquote(n.Value); err == nil && n.Kind == token.STRING {
					all = append(all, s)
				}
			}
			return true
		})
	}
	return all, steps, nil
}

var verb = regexp.MustCompile(`%[a-z]`)

// pattern turns a format into what it can print: the place of an entry for %d,
// and one of the constants for the others.
func pattern(format string, constants []string) string {
	quoted := make([]string, len(constants))
	for i, c := range constants {
		quoted[i] = pattern(c, nil) // a format itself
	}
	var out strings.Builder
	for {
		at := verb.FindStringIndex(format)
		if at == nil {
			return out.String() + regexp.QuoteMeta(format)
		}
		out.WriteString(regexp.QuoteMeta(format[:at[0]]))
		if format[at[0]:at[1]] == "%d" {
			out.WriteString(`[0-9]{1,3}`)
		} else {
			out.WriteString("(" + strings.Join(quoted, "|") + ")")
		}
		format = format[at[1]:]
	}
}

func readPhrases() (*phrasebook, error) {
	ours, steps, err := literals(".")
	if err != nil {
		return nil, err
	}
	_, ofRun, err := literals("../internal/run")
	if err != nil {
		return nil, err
	}
	_, ofCheck, err := literals("../internal/check")
	if err != nil {
		return nil, err
	}
	steps = append(append(steps, ofRun...), ofCheck...)
	ofLedger, _, err := literals("../internal/ledger")
	if err != nil {
		return nil, err
	}
	ofConfig, _, err := literals("../internal/config")
	if err != nil {
		return nil, err
	}
	ofYAML, _, err := literals("../internal/yamlfile")
	if err != nil {
		return nil, err
	}
	ofAdvisory, _, err := literals("../internal/advisory")
	if err != nil {
		return nil, err
	}
	ofReminder, _, err := literals("../internal/reminder")
	if err != nil {
		return nil, err
	}
	b := &phrasebook{vocabulary: make(map[string]bool)}
	add := func(format string) { b.lines = append(b.lines, regexp.MustCompile(`^`+format+`$`)) }
	add(`The run went well\.`)
	add(`The run of Advisory Reminders went well\.`)
	add(`advisory-reminders: the program crashed\. Please report this bug\. Nothing is lost: what was not delivered follows with the next run\.`)
	quoted := make([]string, len(steps))
	for i, step := range steps {
		quoted[i] = regexp.QuoteMeta(step)
	}
	step := "(" + strings.Join(quoted, "|") + ")"
	add(`check: ok`)
	add(`(::error::)?check: failed at: ` + step + `(; ` + step + `)*`)
	for _, step := range append(steps, "run") {
		step = regexp.QuoteMeta(step)
		add(`::error::The run did not go well\. Step: ` + step + `\. Details are withheld because this log is public(; the report has them|; what was sent to where reports go has them|; there is no report: run the check on a laptop)?\.`)
		add(`The run of Advisory Reminders did not go well\. Step: ` + step + `\.`)
	}
	for _, s := range ours {
		switch {
		case strings.HasPrefix(s, "input ") && len(s) > 20, strings.HasPrefix(s, "configuration: contacts"):
			add("::error::" + pattern(s, nil))
		case s == "is not an https address: no token is sent there":
			add(`::error::GITHUB_(API|GRAPHQL)_URL: ` + s)
		case strings.HasPrefix(s, "is ") || strings.HasPrefix(s, "may ") || strings.HasPrefix(s, "needs ") || strings.HasPrefix(s, "and ") || strings.HasPrefix(s, "entry ") || s == "%v" || s == "holds a space or another character that no token has":
			add(`::error::input [a-z-]{3,20}: ` + pattern(s, ofLedger))
		case strings.HasPrefix(s, "the channel is %s"):
			add(`::error::input slack-channel: ` + pattern(s, []string{"public", "shared with another workspace"}))
		case len(s) > 20:
			add(`::error::(input [a-z-]{3,20}|inputs [a-z, -]{3,80}|configuration|GITHUB_REPOSITORY): ` + pattern(s, nil))
		}
	}
	add(`::error::argument [0-9]{1,2} (is not a flag|lacks its value|is neither true nor false); (run|check) -h lists the flags`)
	add(`::error::GITHUB_API_URL: the address of GitHub's REST API is not an address`)
	for _, list := range [][]string{ofConfig, ofYAML, ofAdvisory, ofReminder} {
		for _, s := range list {
			for _, w := range configWords(s) {
				b.vocabulary[w] = true
			}
		}
	}
	return b, nil
}

// constant reports whether the program's own messages about the configuration
// hold a text, as an example or as a key.
func (b *phrasebook) constant(s string) bool {
	for _, w := range configWords(s) {
		if w != "" && !b.vocabulary[w] {
			return false
		}
	}
	return true
}

var (
	configLine  = regexp.MustCompile(`^::error::configuration: line [0-9]{1,5}: (.*)$`)
	configPlace = regexp.MustCompile(`\[[0-9]{1,2}\]|first in line [0-9]{1,5}$|\b[0-9]{1,3}d\b`)
	configCut   = regexp.MustCompile(`[^A-Za-z0-9@/-]+`)
)

func configWords(s string) []string {
	return configCut.Split(verb.ReplaceAllString(s, " "), -1)
}

// knows reports whether a line is one of the constant ones. A message about the
// configuration is one if all its words are in the source: it can hold the
// keys' names, and places.
func (b *phrasebook) knows(line string) bool {
	for _, l := range b.lines {
		if l.MatchString(line) {
			return true
		}
	}
	m := configLine.FindStringSubmatch(line)
	if m == nil {
		return false
	}
	for _, w := range configWords(configPlace.ReplaceAllString(m[1], " ")) {
		if w != "" && !b.vocabulary[w] {
			return false
		}
	}
	return true
}

// The phrasebook can tell the program's lines from others.
func TestPhrasebook(t *testing.T) {
	book, err := phrases()
	if err != nil {
		t.Fatal(err)
	}
	for line, want := range map[string]bool{
		"The run went well.":          true,
		"The run went well. 3 drafts": false,
		"::error::The run did not go well. Step: list the advisories. Details are withheld because this log is public; the report has them.": true,
		"::error::The run did not go well. Step: list acme. Details are withheld because this log is public; the report has them.":           false,
		"::error::input severities: entry 2 is not one of critical, high, medium, low":                                                       true,
		"::error::input severities: rocket is not one of critical, high, medium, low":                                                        false,
		"::error::input ledger-key: each secret, one a line, must have at least 32 characters: make one with openssl rand -hex 32":           true,
		"::error::configuration: line 3: contacts[2].email: expected a mail address such as name@example.org":                                true,
		"::error::configuration: line 3: contacts.user:bob.email: expected a mail address such as name@example.org":                          false,
		"::error::configuration: line 1: unknown key; the keys here are critical, high, medium, low":                                         true,
		"::error::configuration: line 1: unknown key rocket; the keys here are critical, high, medium, low":                                  false,
		"::error::configuration: line 1: 17 drafts":                                                                                          false,
		"advisory-reminders: the program crashed":                                                                                            false,
		"check: ok":           true,
		"check: ok: 3 drafts": false,
		"::error::check: failed at: list the advisories":                                        true,
		"::error::check: failed at: list the advisories; read the inputs and the configuration": true,
		"::error::check: failed at: list the advisories; acme/rocket":                           false,
		"::error::check: failed at: ":                                                           false,
		"::error::argument 1 is not a flag; check -h lists the flags":                           true,
		"::error::argument 1 is not a flag; acme/rocket -h lists the flags":                     false,
		"::notice::The run went well.":                                                          false,
	} {
		if got := book.knows(line); got != want {
			t.Errorf("knows(%q) = %v", line, got)
		}
	}
}
