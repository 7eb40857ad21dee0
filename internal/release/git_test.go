package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A world is a bare repository, a maintainer's clone of it, and what the
// workflow checks out: one commit without history.
type world struct {
	t                      *testing.T
	bare, maintainer, work string
}

func newWorld(t *testing.T) *world {
	dir := t.TempDir()
	// Neither the machine's nor the user's settings of git play a part.
	t.Setenv("GIT_CONFIG_NOSYSTEM", "1")
	t.Setenv("GIT_CONFIG_GLOBAL", filepath.Join(dir, "none"))
	w := &world{t, filepath.Join(dir, "bare"), filepath.Join(dir, "maintainer"), ""}
	w.git(dir, "init", "-q", "--bare", "-b", "main", w.bare)
	w.git(dir, "init", "-q", "-b", "main", w.maintainer)
	w.git(w.maintainer, "remote", "add", "origin", w.bare)
	w.write("action.yml", "name: Reminders\n\nruns:\n  using: docker\n  image: Dockerfile\n")
	w.write("CHANGELOG.md", changelog)
	w.write("docs/page.md", "A page.\n")
	w.land("One")
	return w
}

func (w *world) git(dir string, args ...string) string {
	w.t.Helper()
	cmd := exec.Command("git", append([]string{"-c", "user.name=A", "-c", "user.email=a@example.org"}, args...)...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		w.t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

func (w *world) write(name, text string) {
	w.t.Helper()
	path := filepath.Join(w.maintainer, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		w.t.Fatal(err)
	}
}

// land commits everything to main, and the workflow checks that out.
func (w *world) land(subject string) {
	w.t.Helper()
	w.git(w.maintainer, "add", "-A")
	w.git(w.maintainer, "commit", "-q", "--allow-empty", "-m", subject)
	w.git(w.maintainer, "push", "-q", "origin", "main")
	w.checkOut()
}

func (w *world) checkOut() {
	w.t.Helper()
	w.work = w.t.TempDir()
	w.git(w.work, "clone", "-q", "--depth=1", "file://"+w.bare, ".")
}

func (w *world) release(args ...string) (string, error) {
	var out bytes.Buffer
	err := release(args, w.work, &out)
	return strings.TrimSpace(out.String()), err
}

func (w *world) must(args ...string) string {
	w.t.Helper()
	out, err := w.release(args...)
	if err != nil {
		w.t.Fatalf("release %s: %v", strings.Join(args, " "), err)
	}
	return out
}

// refused wants an error that holds the words, and no ref of the remote
// repository to change.
func (w *world) refused(words string, args ...string) {
	w.t.Helper()
	before := w.refs()
	_, err := w.release(args...)
	if err == nil || !strings.Contains(err.Error(), words) {
		w.t.Errorf("release %s: got error %v, want %q in it", strings.Join(args, " "), err, words)
	}
	if after := w.refs(); after != before {
		w.t.Errorf("release %s failed and changed\n%s\nto\n%s", strings.Join(args, " "), before, after)
	}
}

func (w *world) refs() string { return w.git(w.bare, "for-each-ref") }

func (w *world) at(ref string) string {
	w.t.Helper()
	return w.git(w.bare, "rev-parse", ref+"^{commit}")
}

func otherImage() string { return strings.Replace(image, "sha256:0", "sha256:f", 1) }

func TestRelease(t *testing.T) {
	w := newWorld(t)
	w.must("check", "v1.2.3")
	source := w.at("main")

	id := w.must("publish", "v1.2.3", image)
	for _, ref := range []string{"refs/tags/v1.2.3", "refs/tags/v1"} {
		if got := w.at(ref); got != id {
			t.Errorf("%s is at %s, want %s", ref, got, id)
		}
	}
	if got := w.at("main"); got != source {
		t.Errorf("main moved to %s", got)
	}
	if got := w.at(id + "^"); got != source {
		t.Errorf("the release commit's parent is %s, want %s", got, source)
	}
	want := ":100644 100644 M\taction.yml"
	diff := w.git(w.bare, "diff-tree", "-r", source, id)
	if f := strings.Fields(diff); len(f) != 6 || f[0]+" "+f[1]+" "+f[4]+"\t"+f[5] != want {
		t.Errorf("the release commit changes\n%s", diff)
	}
	if got := w.git(w.bare, "show", id+":action.yml"); !strings.HasSuffix(got, "\n  image: docker://"+image) {
		t.Errorf("action.yml of the release is\n%s", got)
	}
	if got := w.git(w.work, "status", "--porcelain"); got != "" {
		t.Errorf("the work tree changed:\n%s", got)
	}

	// The job that was started again, elsewhere, finds its work done.
	w.checkOut()
	before := w.refs()
	if again := w.must("publish", "v1.2.3", image); again != id || w.refs() != before {
		t.Errorf("a second time, the commit is %s, want %s", again, id)
	}
	w.refused("is published", "publish", "v1.2.3", otherImage())
	w.refused("is published", "check", "v1.2.3")
}

func TestMajorTagMoves(t *testing.T) {
	w := newWorld(t)
	old := w.must("publish", "v1.2.3", image)
	w.land("Two")
	newer := w.must("publish", "v1.10.0", image)
	if w.at("refs/tags/v1") != newer || w.at("refs/tags/v1.2.3") != old {
		t.Errorf("after a newer version:\n%s", w.refs())
	}
	w.land("Three")
	fix := w.must("publish", "v1.2.1", image) // a fix for those who stay behind
	if w.at("refs/tags/v1") != newer || w.at("refs/tags/v1.2.1") != fix {
		t.Errorf("after a fix of an older version:\n%s", w.refs())
	}
}

// A major tag that somebody set by hand, as an annotated one, is moved too.
func TestAnnotatedMajorTag(t *testing.T) {
	w := newWorld(t)
	w.git(w.maintainer, "tag", "-a", "-m", "one", "v1")
	w.git(w.maintainer, "push", "-q", "origin", "v1")
	if id := w.must("publish", "v1.2.3", image); w.at("refs/tags/v1") != id {
		t.Errorf("v1 stayed:\n%s", w.refs())
	}
}

func TestReleaseRefuses(t *testing.T) {
	w := newWorld(t)
	w.refused("no section", "check", "v1.3.0")
	w.refused("says nothing", "check", "v1.2.2")
	w.refused("no section", "publish", "v1.3.0", image)
	w.refused("by its digest", "publish", "v1.2.3", "ghcr.io/openedx/advisory-reminders:latest")
	w.refused("no version", "publish", "v1", image)
	w.refused("usage", "publish", "v1.2.3")
	w.refused("usage", "notes", "v1.2.3", image)
	w.refused("usage", "check")

	stale := w.work
	w.land("Two")
	w.work = stale
	w.refused("not the head of main", "check", "v1.2.3")
	w.checkOut()

	// A tag that a maintainer pushed by hand stays.
	w.git(w.maintainer, "tag", "v1.2.3")
	w.git(w.maintainer, "push", "-q", "origin", "v1.2.3")
	w.refused("is published", "check", "v1.2.3")
	w.refused("is not moved", "publish", "v1.2.3", image)

	w.write("action.yml", "runs:\n  image: docker://"+image+"\n")
	w.land("Three")
	w.refused("want 1", "check", "v1.10.0")
}

// The remote repository takes both tags or none: here it refuses the major tag,
// as a rule of the repository could.
func TestBothTagsOrNone(t *testing.T) {
	w := newWorld(t)
	hook := "#!/bin/sh\ntest \"$1\" != refs/tags/v1\n"
	if err := os.WriteFile(filepath.Join(w.bare, "hooks", "update"), []byte(hook), 0o777); err != nil {
		t.Fatal(err)
	}
	w.refused("git push", "publish", "v1.2.3", image)
}

// A tag that appears while the push is under way stays, and no other is set.
func TestTagAppearsMeanwhile(t *testing.T) {
	for _, tag := range []string{"v1.2.3", "v1"} {
		w := newWorld(t)
		// Another push wins the race: git runs this when it has looked and is
		// about to send.
		hook := "#!/bin/sh\ngit --git-dir='" + w.bare + "' update-ref refs/tags/" + tag + " main\n"
		if err := os.WriteFile(filepath.Join(w.work, ".git", "hooks", "pre-push"), []byte(hook), 0o777); err != nil {
			t.Fatal(err)
		}
		main := w.at("main")
		if _, err := w.release("publish", "v1.2.3", image); err == nil {
			t.Errorf("%s: no error", tag)
		}
		if got := w.refs(); strings.Count(got, "refs/tags/") != 1 || w.at("refs/tags/"+tag) != main {
			t.Errorf("%s: the tags are now\n%s", tag, got)
		}
	}
}
