package github

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-github/v60/github"
)

// commitFile writes one file onto a branch as the program's ledger does.
func commitFile(c *github.Client, repo, path, text, message string, parent *github.Commit) (*github.Commit, error) {
	ctx := context.Background()
	blob, _, err := c.Git.CreateBlob(ctx, "Campus", repo, &github.Blob{Content: &text, Encoding: github.String("utf-8")})
	if err != nil {
		return nil, err
	}
	tree, _, err := c.Git.CreateTree(ctx, "Campus", repo, "", []*github.TreeEntry{
		{Path: &path, Mode: github.String("100644"), Type: github.String("blob"), SHA: blob.SHA}})
	if err != nil {
		return nil, err
	}
	commit := &github.Commit{Message: &message, Tree: tree}
	if parent != nil {
		commit.Parents = []*github.Commit{parent}
	}
	made, _, err := c.Git.CreateCommit(ctx, "Campus", repo, commit, nil)
	return made, err
}

func TestBranch(t *testing.T) {
	ctx := context.Background()
	w := campus()
	g := serve(t, w)
	c := restClient(t, g, "workflow")
	const ref = "refs/heads/ledger/one"
	if _, resp, _ := c.Git.GetRef(ctx, "Campus", "ops", ref); resp.StatusCode != 404 {
		t.Fatalf("a branch that isn't there: %d", resp.StatusCode)
	}
	one, err := commitFile(c, "ops", "state/ledger.json", "{}\n", "one", nil)
	if err != nil {
		t.Fatal(err)
	}
	two, err := commitFile(c, "ops", "state/ledger.json", "{\"n\":2}\n", "two", one)
	if err != nil {
		t.Fatal(err)
	}
	branch := &github.Reference{Ref: github.String(ref), Object: &github.GitObject{SHA: two.SHA}}
	if _, resp, err := c.Git.CreateRef(ctx, "Campus", "ops", branch); err != nil || resp.StatusCode != 201 {
		t.Fatalf("create: %v", err)
	}
	if _, resp, _ := c.Git.CreateRef(ctx, "Campus", "ops", branch); resp.StatusCode != 422 {
		t.Errorf("create twice: %d, want 422", resp.StatusCode)
	}

	got, _, err := c.Git.GetRef(ctx, "Campus", "ops", ref)
	if err != nil || got.Object.GetSHA() != two.GetSHA() {
		t.Fatalf("the branch is at %v (%v), want %s", got, err, two.GetSHA())
	}
	head, _, err := c.Repositories.GetBranch(ctx, "Campus", "ops", "ledger/one", 0)
	if err != nil || head.Commit.Commit.GetMessage() != "two" || len(head.Commit.Parents) != 1 || head.Commit.Parents[0].GetSHA() != one.GetSHA() {
		t.Fatalf("commit %+v (%v)", head, err)
	}
	tree, _, err := c.Git.GetTree(ctx, "Campus", "ops", head.Commit.Commit.Tree.GetSHA(), true)
	if err != nil || len(tree.Entries) != 2 || tree.Entries[1].GetPath() != "state/ledger.json" {
		t.Fatalf("tree %+v (%v)", tree, err)
	}
	raw, _, err := c.Git.GetBlobRaw(ctx, "Campus", "ops", tree.Entries[1].GetSHA())
	if err != nil || string(raw) != "{\"n\":2}\n" {
		t.Errorf("raw blob %q (%v)", raw, err)
	}

	w.Lock()
	defer w.Unlock()
	r := w.Repository("campus/ops")
	if text, ok := r.BranchFile("ledger/one", "state/ledger.json"); !ok || text != "{\"n\":2}\n" {
		t.Errorf("BranchFile: %q, %v", text, ok)
	}
	if diff := cmp.Diff([]string{"two", "one"}, r.Log("ledger/one")); diff != "" {
		t.Errorf("Log (-want +got)\n%s", diff)
	}
	r.CommitFile("ledger/one", "state/ledger.json", "broken", "by hand", w.Now())
	if text, _ := r.BranchFile("ledger/one", "state/ledger.json"); text != "broken" {
		t.Errorf("after CommitFile: %q", text)
	}
	if diff := cmp.Diff(map[string]string{"README.md": "ops\n"}, r.Files); diff != "" {
		t.Errorf("HEAD has changed (-want +got)\n%s", diff)
	}
}

// The ids must be git's own, or a client that computes them would go wrong.
func TestObjectIDs(t *testing.T) {
	git, err := exec.LookPath("git")
	if err != nil {
		t.Skip("git is not installed, to hold our ids against")
	}
	w := campus()
	r := w.Repository("Campus/app")
	r.Files = map[string]string{"a": "1", "a.b": "2", "a-b/c": "3", "ab/x/y": "4\n", "ab/x.y": "", ".github/CODEOWNERS": "* @ada\n"}
	dir := t.TempDir()
	for path, text := range r.Files {
		os.MkdirAll(filepath.Join(dir, filepath.Dir(path)), 0o755)
		if err := os.WriteFile(filepath.Join(dir, path), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	run := func(input string, args ...string) string {
		t.Helper()
		cmd := exec.Command(git, args...)
		cmd.Dir, cmd.Stdin = dir, strings.NewReader(input)
		cmd.Env = []string{"HOME=" + dir, "PATH=" + os.Getenv("PATH"), "GIT_CONFIG_NOSYSTEM=1",
			"GIT_AUTHOR_NAME=Campus", "GIT_AUTHOR_EMAIL=noreply@github.com", "GIT_AUTHOR_DATE=@1578301200 +0000",
			"GIT_COMMITTER_NAME=Campus", "GIT_COMMITTER_EMAIL=noreply@github.com", "GIT_COMMITTER_DATE=@1578301200 +0000"}
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("git %v: %v", args, err)
		}
		return strings.TrimSpace(string(out))
	}
	run("", "init", "-q")
	run("", "add", "-A")
	tree := run("", "write-tree")
	s := r.store()
	head := s.refs["heads/main"]
	if got := s.commit(head).Tree; got != tree {
		t.Errorf("tree %s, git says %s", got, tree)
	}
	// commit-tree ends its message with a line break, the API keeps what it was given.
	if want := run("", "commit-tree", "-m", "State of app", tree); s.addCommit(withMessage(s.commit(head), "State of app\n")) != want {
		t.Errorf("the commit is not git's %s", want)
	}
}

func withMessage(c gitCommit, message string) gitCommit {
	c.Message = message
	return c
}

func TestTreesAndBlobs(t *testing.T) {
	g := serve(t, campus())
	post := func(path, body string, status int) map[string]any {
		t.Helper()
		resp, text := ask(t, g, "full", "POST", "/repos/Campus/ops/git/"+path, body)
		if resp.StatusCode != status {
			t.Fatalf("POST %s %s: %d %s, want %d", path, body, resp.StatusCode, text, status)
		}
		return decode(t, text).(map[string]any)
	}
	paths := func(tree map[string]any) string {
		t.Helper()
		_, text := ask(t, g, "full", "GET", "/repos/Campus/ops/git/trees/"+tree["sha"].(string)+"?recursive=1", "")
		var all []string
		for _, e := range decode(t, text).(map[string]any)["tree"].([]any) {
			all = append(all, e.(map[string]any)["path"].(string))
		}
		return strings.Join(all, " ")
	}
	base := post("trees", `{"tree":[{"path":"a/b","mode":"100644","type":"blob","content":"1"},{"path":"a/c/d","mode":"100755","type":"blob","content":"2"},{"path":"e","mode":"100644","type":"blob","content":"3"}]}`, 201)
	if got := paths(base); got != "a a/b a/c a/c/d e" {
		t.Errorf("tree: %s", got)
	}
	next := post("trees", fmt.Sprintf(`{"base_tree":%q,"tree":[{"path":"a/c","mode":"040000","type":"tree","sha":null},{"path":"f/g","mode":"100644","type":"blob","content":"4"}]}`, base["sha"]), 201)
	if got := paths(next); got != "a a/b e f f/g" {
		t.Errorf("tree on top of another: %s", got)
	}
	if got := paths(post("trees", fmt.Sprintf(`{"tree":[{"path":"z","mode":"040000","type":"tree","sha":%q}]}`, base["sha"]), 201)); got != "z z/a z/a/b z/a/c z/a/c/d z/e" {
		t.Errorf("tree in a tree: %s", got)
	}
	post("trees", `{"tree":[]}`, 422)
	post("trees", `{"tree":[{"path":"x","mode":"100644","type":"blob","sha":"0000000000000000000000000000000000000000"}]}`, 422)
	post("trees", `{"tree":[{"path":"x","mode":"1","type":"blob","content":""}]}`, 422)
	post("trees", `{"base_tree":"0000000000000000000000000000000000000000","tree":[{"path":"x","content":""}]}`, 404)

	blob := post("blobs", `{"content":"AAECAwQFBgcICQoLDA0=","encoding":"base64"}`, 201)
	_, text := ask(t, g, "full", "GET", "/repos/Campus/ops/git/blobs/"+blob["sha"].(string), "")
	got := decode(t, text).(map[string]any)
	if got["content"] != "AAECAwQFBgcICQoLDA0=\n" || got["encoding"] != "base64" || got["size"] != 14.0 {
		t.Errorf("blob: %v", got)
	}
	post("blobs", `{"content":"?","encoding":"base64"}`, 422)
	post("blobs", `{"content":"?","encoding":"latin1"}`, 422)
	post("blobs", `{`, 400)
	post("commits", `{"message":"m","tree":"0000000000000000000000000000000000000000"}`, 422)
	post("commits", fmt.Sprintf(`{"message":"m","tree":%q,"parents":["0000000000000000000000000000000000000000"]}`, base["sha"]), 422)
	post("refs", `{"ref":"heads/x","sha":"0"}`, 422)
	post("refs", `{"ref":"refs/heads/x","sha":"0000000000000000000000000000000000000000"}`, 422)
}

func TestWhoMayWrite(t *testing.T) {
	g := serve(t, campus())
	for _, tt := range []struct {
		token, repo string
		status      int
	}{
		{"full", "ops", 201},
		{"workflow", "ops", 201},
		{"workflow", "app", 403},
		{"weak", "app", 403},
		{"weak", "ops", 404},
		{"", "app", 401},
		{"full", "secret", 403}, // archived
		{"full", "blank", 409},
	} {
		resp, body := ask(t, g, tt.token, "POST", "/repos/Campus/"+tt.repo+"/git/blobs", `{"content":"x"}`)
		if resp.StatusCode != tt.status {
			t.Errorf("%q writes to %s: %d %s, want %d", tt.token, tt.repo, resp.StatusCode, body, tt.status)
		}
	}
}

// Files and the branch API tell the same story.
func TestDefaultBranchFollowsFiles(t *testing.T) {
	w := campus()
	r := w.Repository("Campus/app")
	before := r.store().refs["heads/main"]
	r.Files["catalog-info.yaml"] = "kind: API\n"
	after := r.store().refs["heads/main"]
	if diff := cmp.Diff([]string{before}, r.git.commit(after).Parents); diff != "" {
		t.Errorf("HEAD went from %s to %s", before, after)
	}
	r.CommitFile("main", "new", "text", "m", w.Now())
	if r.Files["new"] != "text" || r.Files["catalog-info.yaml"] != "kind: API\n" {
		t.Errorf("files: %v", r.Files)
	}
	if again := r.store().refs["heads/main"]; r.git.commit(again).Message != "m" {
		t.Error("HEAD moved though no file has changed")
	}
}
