package action

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The tour names every package, and every file of those that have a section, and none
// that there is not.
func TestTourIsComplete(t *testing.T) {
	text, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	tour := strings.ReplaceAll(string(text), "\n//", "\n")

	var packages []string
	for _, root := range []string{"cmd", "internal"} {
		err = errors.Join(err, fs.WalkDir(os.DirFS(".."), root, func(name string, _ fs.DirEntry, err error) error {
			if dir := path.Dir(name); path.Ext(name) == ".go" && !slices.Contains(packages, dir) && !strings.Contains(name, "/testdata/") {
				packages = append(packages, dir)
			}
			return err
		}))
	}
	if err != nil {
		t.Fatal(err)
	}
	file := regexp.MustCompile(`(?:[a-z]+/)*[a-z_]+\.(?:go|md|yml)\b`)
	for _, name := range file.FindAllString(tour, -1) {
		if _, err := os.Stat(filepath.Join("..", name)); strings.Contains(name, "/") && err != nil {
			t.Errorf("the tour names %s, and there is no such file", name)
		}
	}
	inTour := regexp.MustCompile(`\b(?:internal|cmd)/[a-z/-]*[a-z]`).FindAllString(regexp.MustCompile(`[a-z_]+\.go\b`).ReplaceAllString(tour, ""), -1)
	slices.Sort(inTour)
	sameNames(t, "packages", slices.Compact(inTour), packages)

	named := regexp.MustCompile(`(?m)^ {3}- [a-z_]+\.go\b`)
	for heading, dir := range map[string]string{
		"This package": ".", "A run": "../internal/run", "A check": "../internal/check", "Drafts": "../internal/ghsa",
		"Reminders": "../internal/reminder", "Owners": "../internal/owner", "The configuration": "../internal/config", "The ledger": "../internal/ledger", "Messages": "../internal/notify",
		"Mail": "../internal/notify/email", "Slack": "../internal/notify/slack", "Comments on drafts": "../internal/notify/thread", "The report's issue": "../internal/notify/issue",
	} {
		_, section, _ := strings.Cut(tour, "# "+heading+"\n")
		section, _, _ = strings.Cut(section, "\n # ")
		var files []string
		all, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range all {
			if !strings.HasSuffix(file, "_test.go") {
				files = append(files, "   - "+filepath.Base(file))
			}
		}
		sameNames(t, dir, named.FindAllString(section, -1), files)
	}
}

func sameNames(t *testing.T, of string, told, there []string) {
	t.Helper()
	slices.Sort(told)
	slices.Sort(there)
	if !slices.Equal(told, there) {
		t.Errorf("%s: the tour names\n%v\nand there are\n%v", of, told, there)
	}
}
