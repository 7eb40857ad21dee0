package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// A repository is a clone and the remote repository that releases go to.
type repository struct {
	dir    string // the clone; may be shallow
	remote string // such as origin
}

// git runs git in the clone and returns what it prints, without white space at
// the ends.
func (r repository) git(stdin []byte, env []string, args ...string) (string, error) {
	out, err := r.output(stdin, env, args...)
	return string(bytes.TrimSpace(out)), err
}

// output runs git in the clone and returns what it prints, byte for byte.
func (r repository) output(stdin []byte, env []string, args ...string) ([]byte, error) {
	cmd := exec.Command("git", args...)
	cmd.Dir = r.dir
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdin = bytes.NewReader(stdin)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("git %s: %w\n%s", args[0], err, bytes.TrimSpace(stderr.Bytes()))
	}
	return stdout.Bytes(), nil
}

// tags returns the remote repository's tags with the commits that they point
// at.
func (r repository) tags() (map[string]string, error) {
	out, err := r.git(nil, nil, "ls-remote", "--tags", r.remote)
	if err != nil {
		return nil, err
	}
	tags := make(map[string]string)
	for line := range strings.Lines(out) {
		id, ref, ok := strings.Cut(strings.TrimSpace(line), "\t")
		if !ok {
			return nil, fmt.Errorf("git ls-remote: unexpected line %q", line)
		}
		// The line of an annotated tag's commit follows that of the tag.
		tags[strings.TrimSuffix(strings.TrimPrefix(ref, "refs/tags/"), "^{}")] = id
	}
	return tags, nil
}

// check returns why v can't be released from the commit that is checked out.
// It writes nothing.
func (r repository) check(v version) error {
	var wrong []error
	head, err := r.git(nil, nil, "rev-parse", "HEAD")
	if err != nil {
		return err
	}
	tip, err := r.git(nil, nil, "ls-remote", r.remote, "refs/heads/main")
	if err != nil {
		return err
	}
	if id, _, _ := strings.Cut(tip, "\t"); id != head {
		wrong = append(wrong, fmt.Errorf("%.9s is not the head of main: start again from there", head))
	}
	tags, err := r.tags()
	if err != nil {
		return err
	}
	if id, ok := tags[v.String()]; ok {
		wrong = append(wrong, fmt.Errorf("%s is published (%.9s) and stays as it is: choose the next version", v, id))
	}
	if _, err := r.releaseFiles(v); err != nil {
		wrong = append(wrong, err)
	}
	return errors.Join(wrong...)
}

// releaseFiles returns action.yml as it is committed, if it and the changelog
// are fit for a release.
func (r repository) releaseFiles(v version) (actionYML []byte, err error) {
	actionYML, err = r.committed("action.yml")
	if err != nil {
		return nil, err
	}
	changelog, err := r.committed("CHANGELOG.md")
	if err != nil {
		return nil, err
	}
	_, noSection := section(changelog, v)
	_, noImage := prebuilt(actionYML, "example.org/image@sha256:"+strings.Repeat("0", 64))
	return actionYML, errors.Join(noSection, noImage)
}

// committed returns a file as it is in the commit that is checked out.
func (r repository) committed(name string) ([]byte, error) {
	return r.output(nil, nil, "show", "HEAD:"+name)
}

// commit makes the release commit: the commit that is checked out, with the
// prebuilt image in action.yml. No branch gets it and the work tree stays. The
// same source, version and image give the same commit id.
func (r repository) commit(v version, image string) (id string, err error) {
	actionYML, err := r.releaseFiles(v)
	if err != nil {
		return "", err
	}
	actionYML, err = prebuilt(actionYML, image)
	if err != nil {
		return "", err
	}
	temp, err := os.MkdirTemp("", "release")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(temp)
	index := []string{"GIT_INDEX_FILE=" + filepath.Join(temp, "index")}

	blob, err := r.git(actionYML, nil, "hash-object", "-w", "--stdin")
	if err != nil {
		return "", err
	}
	if _, err := r.git(nil, index, "read-tree", "HEAD"); err != nil {
		return "", err
	}
	if _, err := r.git(nil, index, "update-index", "--cacheinfo", "100644,"+blob+",action.yml"); err != nil {
		return "", err
	}
	tree, err := r.git(nil, index, "write-tree")
	if err != nil {
		return "", err
	}
	date, err := r.git(nil, nil, "log", "-1", "--format=%ct +0000", "HEAD")
	if err != nil {
		return "", err
	}
	const name, address = "github-actions[bot]", "41898282+github-actions[bot]@users.noreply.github.com"
	return r.git([]byte("Release "+v.String()+"\n\naction.yml names the image that was built from the parent commit.\n"),
		[]string{
			"GIT_AUTHOR_NAME=" + name, "GIT_AUTHOR_EMAIL=" + address, "GIT_AUTHOR_DATE=" + date,
			"GIT_COMMITTER_NAME=" + name, "GIT_COMMITTER_EMAIL=" + address, "GIT_COMMITTER_DATE=" + date,
		}, "commit-tree", tree, "-p", "HEAD", "-F", "-")
}

// publish points the tag of v, and the major tag if v is the newest there, at
// the release commit: both or none. A tag of a full version that exists is never
// moved; if it is this very commit's, there is nothing left to do.
func (r repository) publish(v version, image string) (id string, err error) {
	id, err = r.commit(v, image)
	if err != nil {
		return "", err
	}
	// Read before the tags are: if another release comes in between, the major
	// tag has left this place, and the push is refused.
	lease, err := r.git(nil, nil, "ls-remote", r.remote, "refs/tags/"+v.majorTag())
	if err != nil {
		return "", err
	}
	lease, _, _ = strings.Cut(lease, "\t")
	tags, err := r.tags()
	if err != nil {
		return "", err
	}
	if there, ok := tags[v.String()]; ok {
		if there != id {
			return "", fmt.Errorf("%s is published (%.9s) and is not moved to %.9s", v, there, id)
		}
		return id, nil
	}
	// A lease is what the remote repository compares before it writes. The empty
	// one says that there must be no such tag.
	push := []string{"push", "--atomic", "--force-with-lease=refs/tags/" + v.String() + ":"}
	refs := []string{id + ":refs/tags/" + v.String()}
	if major := v.majorTag(); v.newest(tags) {
		push = append(push, "--force-with-lease=refs/tags/"+major+":"+lease)
		refs = append(refs, id+":refs/tags/"+major)
	}
	_, err = r.git(nil, nil, append(append(push, r.remote), refs...)...)
	return id, err
}
