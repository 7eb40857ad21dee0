package action

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// The tests of .github/release, which the release workflow runs.

const releaseImage = "ghcr.io/openedx/advisory-reminders@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

const releaseChangelog = `# Changelog

## [Unreleased]

- later

## [2.0.0] - 2026-12-02

- two

## [1.10.0] - 2026-12-01

- ten

## [1.2.3] - 2026-11-22

### Added

- one

## [1.2.2] - 2026-11-21

## [1.2.1] - 2026-11-20
- oldest

## [1.2.0]

- no day

## [1.1.9] - Unreleased

- no day yet

## [1.1.8] - 2026-11-32

- no such day

[1.10.0]: https://example.org/1.10.0
[1.2.1]: https://example.org/1.2.1
`

// A releaseWorld is a bare repository, a maintainer's clone of it, and what the
// workflow checks out: one commit without history.
type releaseWorld struct {
	t                              *testing.T
	script, bare, maintainer, work string
}

func newReleaseWorld(t *testing.T) *releaseWorld {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("a release is made on Linux, and the stand-ins of its tools are scripts")
	}
	for _, tool := range []string{"git", "bash"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip("there is no " + tool)
		}
	}
	script, err := filepath.Abs("../.github/release")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(script); err != nil { // and go test knows that its result depends on the script
		t.Fatal(err)
	}
	yml, err := os.ReadFile("../action.yml")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	// Neither the machine's nor the user's settings of git play a part.
	t.Setenv("GIT_CONFIG_NOSYSTEM", "1")
	t.Setenv("GIT_CONFIG_GLOBAL", filepath.Join(dir, "none"))
	w := &releaseWorld{t, script, filepath.Join(dir, "bare"), filepath.Join(dir, "maintainer"), ""}
	w.git(dir, "init", "-q", "--bare", "-b", "main", w.bare)
	w.git(dir, "clone", "-q", w.bare, w.maintainer)
	w.write("docs/page.md", "A page.\n")
	w.write("CHANGELOG.md", releaseChangelog)
	w.write("action.yml", string(yml))
	return w
}

func (w *releaseWorld) git(dir string, args ...string) string {
	w.t.Helper()
	cmd := exec.Command("git", append([]string{"-c", "user.name=A", "-c", "user.email=a@example.org"}, args...)...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		w.t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSuffix(string(out), "\n")
}

// write lands a file on main, and the workflow checks that out.
func (w *releaseWorld) write(name, text string) {
	w.t.Helper()
	path := filepath.Join(w.maintainer, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o777), os.WriteFile(path, []byte(text), 0o666)); err != nil {
		w.t.Fatal(err)
	}
	w.git(w.maintainer, "add", "-A")
	w.git(w.maintainer, "commit", "-q", "-m", name)
	w.git(w.maintainer, "push", "-q", "origin", "HEAD:main")
	w.checkOut()
}

func (w *releaseWorld) checkOut() {
	w.t.Helper()
	w.work = w.t.TempDir()
	w.git(w.work, "clone", "-q", "--depth=1", "file://"+w.bare, ".")
}

func (w *releaseWorld) executable(path, text string) {
	w.t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o777), os.WriteFile(path, []byte("#!/bin/sh\n"+text+"\n"), 0o777)); err != nil {
		w.t.Fatal(err)
	}
}

func (w *releaseWorld) run(args ...string) (stdout, stderr string, err error) {
	cmd := exec.Command("bash", append([]string{w.script}, args...)...)
	cmd.Dir = w.work
	var o, e bytes.Buffer
	cmd.Stdout, cmd.Stderr = &o, &e
	err = cmd.Run()
	return o.String(), e.String(), err
}

func (w *releaseWorld) must(args ...string) string {
	w.t.Helper()
	out, why, err := w.run(args...)
	if err != nil {
		w.t.Fatalf("release %q: %v\n%s", args, err, why)
	}
	return strings.TrimSpace(out)
}

// refused wants a failure that says why, and no ref of the remote to change.
func (w *releaseWorld) refused(want string, args ...string) {
	w.t.Helper()
	before := w.refs()
	if out, why, err := w.run(args...); err == nil || out != "" || !strings.Contains(why, want) {
		w.t.Errorf("release %q: %v, printed %q and %q, want %q", args, err, out, why, want)
	}
	if after := w.refs(); after != before {
		w.t.Errorf("release %q failed and changed\n%s\nto\n%s", args, before, after)
	}
}

func (w *releaseWorld) refs() string { return w.git(w.bare, "for-each-ref") }

func (w *releaseWorld) at(ref string) string {
	w.t.Helper()
	return w.git(w.bare, "rev-parse", ref+"^{commit}")
}

// Both tags lead to one commit: main's head with the image in action.yml.
func TestReleaseCommitNamesTheImage(t *testing.T) {
	w := newReleaseWorld(t)
	source := w.at("main")
	if out := w.must("check", "v1.2.3"); out != "" {
		t.Errorf("check printed %q", out)
	}
	id := w.must("publish", "v1.2.3", releaseImage)
	if w.at("refs/tags/v1.2.3") != id || w.at("refs/tags/v1") != id || w.at("main") != source || w.git(w.bare, "show", "-s", "--format=%P", id) != source {
		t.Errorf("after publishing %s on %s:\n%s", id, source, w.refs())
	}
	if got := w.git(w.bare, "diff", "--name-status", source, id); got != "M\taction.yml" {
		t.Errorf("the release commit changes\n%s", got)
	}
	before, after := w.git(w.bare, "show", source+":action.yml"), w.git(w.bare, "show", id+":action.yml")
	if want := strings.Replace(before, "  image: Dockerfile", "  image: docker://"+releaseImage, 1); after != want || before == want {
		t.Errorf("action.yml of the release is\n%s", after)
	}
	if got := w.git(w.work, "status", "--porcelain"); got != "" {
		t.Errorf("the work tree changed:\n%s", got)
	}

	// A job that is started again, elsewhere, finds its work done.
	w.checkOut()
	refs := w.refs()
	if again := w.must("publish", "v1.2.3", releaseImage); again != id || w.refs() != refs {
		t.Errorf("a second time, the commit is %s, want %s", again, id)
	}
	w.refused("is not moved", "publish", "v1.2.3", strings.Replace(releaseImage, "sha256:0", "sha256:f", 1))
	w.refused("is published", "check", "v1.2.3")
}

func TestMajorTagIsTheNewestVersions(t *testing.T) {
	w := newReleaseWorld(t)
	w.git(w.maintainer, "tag", "-a", "-m", "one", "v1") // by hand, and annotated
	w.git(w.maintainer, "push", "-q", "origin", "v1")
	old := w.must("publish", "v1.2.3", releaseImage)
	if w.at("refs/tags/v1") != old {
		t.Errorf("v1 stayed:\n%s", w.refs())
	}
	w.write("page", "2")
	newer := w.must("publish", "v1.10.0", releaseImage)
	w.write("page", "3")
	next := w.must("publish", "v2.0.0", releaseImage)
	w.write("page", "4")
	fix := w.must("publish", "v1.2.1", releaseImage)
	for tag, want := range map[string]string{"v1": newer, "v2": next, "v1.2.3": old, "v1.10.0": newer, "v2.0.0": next, "v1.2.1": fix} {
		if got := w.at("refs/tags/" + tag); got != want {
			t.Errorf("%s is at %s, want %s", tag, got, want)
		}
	}
}

func TestReleaseNotes(t *testing.T) {
	w := newReleaseWorld(t)
	w.write("CHANGELOG.md", strings.ReplaceAll(releaseChangelog, "\n", "\r\n"))
	for version, want := range map[string]string{"v1.2.3": "### Added\n\n- one\n\n---\n", "v1.2.1": "- oldest\n\n---\n"} {
		w.refused("is not published", "notes", version, releaseImage, "openedx/advisory-reminders")
		commit := strings.TrimSpace(w.must("publish", version, releaseImage))
		got := w.must("notes", version, releaseImage, "openedx/advisory-reminders")
		if !strings.HasPrefix(got, want) || strings.Count(got, releaseImage) != 2 ||
			!strings.Contains(got, "\n- uses: openedx/advisory-reminders@"+commit+" # "+version+"\n") ||
			!strings.Contains(got, " --repo openedx/advisory-reminders \\\n  --signer-workflow openedx/advisory-reminders/.github/workflows/release.yml --source-ref refs/heads/main\n") {
			t.Errorf("the notes of %s are\n%s", version, got)
		}
	}
}

func TestReleaseRefuses(t *testing.T) {
	w := newReleaseWorld(t)
	for _, version := range []string{"", "1.2.3", "v1.2", "v1", "v1.2.3-rc.1", "v01.2.3", "v1.2.3\n", "v1000000.0.0", "v1.2.3;x"} {
		w.refused("is not a version", "check", version)
	}
	for _, version := range []string{"v1.2.0", "v1.1.9", "v1.1.8", "v1.10.1", "v0.0.0", "v1.2.30"} {
		w.refused("no section", "check", version)
	}
	w.refused("nothing under", "check", "v1.2.2")
	w.refused("no section", "publish", "v1.3.0", releaseImage)
	for _, image := range []string{
		"", "ghcr.io/openedx/advisory-reminders:latest", releaseImage[:len(releaseImage)-1], releaseImage + "0", releaseImage + "\n",
		strings.TrimPrefix(releaseImage, "ghcr.io/openedx/"), strings.Replace(releaseImage, "ghcr", "g|cr", 1),
	} {
		w.refused("by its digest", "publish", "v1.2.3", image)
	}
	for _, args := range [][]string{{}, {"check"}, {"check", "v1.2.3", "x"}, {"publish", "v1.2.3"}, {"notes", "v1.2.3", releaseImage}, {"remove", "v1.2.3"}} {
		w.refused("usage", args...)
	}

	stale := w.work
	w.write("page", "2")
	w.work = stale
	w.refused("not the head of main", "check", "v1.2.3")
	w.checkOut()

	// A tag that a maintainer pushed by hand stays.
	w.git(w.maintainer, "tag", "v1.2.3")
	w.git(w.maintainer, "push", "-q", "origin", "v1.2.3")
	w.refused("is published", "check", "v1.2.3")
	w.refused("is not moved", "publish", "v1.2.3", releaseImage)

	for _, text := range []string{"  image: docker://" + releaseImage + "\n", "  image: Dockerfile\n  image: Dockerfile\n", "  base-image: Dockerfile\n"} {
		w.write("action.yml", "runs:\n"+text)
		w.refused("image: Dockerfile", "check", "v1.10.0")
		w.refused("image: Dockerfile", "publish", "v1.10.0", releaseImage)
	}
}

// The remote takes both tags or none: here it refuses the major tag, as a rule
// of the repository could.
func TestReleaseSetsBothTagsOrNone(t *testing.T) {
	w := newReleaseWorld(t)
	w.executable(filepath.Join(w.bare, "hooks", "update"), "test \"$1\" != refs/tags/v1")
	w.refused("refs/tags/v1", "publish", "v1.2.3", releaseImage)
}

// A tag that appears after the script has looked stays, and no other is set.
func TestReleaseLeavesATagThatAppearsMeanwhile(t *testing.T) {
	path := os.Getenv("PATH")
	for _, tag := range []string{"v1.2.3", "v1"} {
		t.Setenv("PATH", path)
		w := newReleaseWorld(t)
		main, git := w.at("main"), filepath.Join(t.TempDir(), "git")
		real, err := exec.LookPath("git")
		if err != nil {
			t.Fatal(err)
		}
		w.executable(git, "if [ \"$1\" = push ]; then '"+real+"' --git-dir='"+w.bare+"' update-ref refs/tags/"+tag+" main; fi\nexec '"+real+"' \"$@\"")
		t.Setenv("PATH", filepath.Dir(git)+string(os.PathListSeparator)+path)
		if _, _, err := w.run("publish", "v1.2.3", releaseImage); err == nil {
			t.Errorf("%s: no error", tag)
		}
		if got := w.refs(); strings.Count(got, "refs/tags/") != 1 || w.at("refs/tags/"+tag) != main {
			t.Errorf("%s: the tags are now\n%s", tag, got)
		}
	}
}
