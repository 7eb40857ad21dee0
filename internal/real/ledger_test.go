package real

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// The ledger's branch is one that git takes for its own, and a sealed ledger
// opens with the tool age and its key.
func TestLedger(t *testing.T) {
	wanted(t)
	began := time.Now()
	git, age := tool(t, "git"), tool(t, "age")
	tool(t, "expect")
	commits, opened := 0, 0
	for _, tt := range []struct{ name, key, wrong string }{
		{"not sealed", "", ""},
		{"sealed", "0b9f5bd1ae0e42a44f9e76f0bd9c1f7b1e8a4f0c3d2e5a69788796a5b4c3d2e1", "1b9f5bd1ae0e42a44f9e76f0bd9c1f7b1e8a4f0c3d2e5a69788796a5b4c3d2e1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			flags := []string{"-now", monday}
			if tt.key != "" {
				flags = append(flags, "-visibility", "public")
			}
			s := startSandbox(t, flags...)
			s.mailOnly()
			change := map[string]string{"INPUT_LEDGER-KEY": tt.key, "ADVISORY_REMINDERS_GRID": "4s"}
			s.must(t, 0, change)
			change["INPUT_FORCE"] = "true"
			s.must(t, 0, change)

			r := fetchBranch(t, git, s, "advisory-reminders-ledger")
			if said := r.git(t, "fsck", "--strict", "--no-dangling"); strings.TrimSpace(said) != "" {
				t.Errorf("git fsck: %s", said)
			}
			log := strings.Split(strings.TrimSpace(r.git(t, "log", "--format=%H %an <%ae> %aI %s", "ledger")), "\n")
			for _, line := range log {
				if !regexp.MustCompile(`^[0-9a-f]{40} \S.* <\S+@\S+> ` + monday + `T\S+ \S`).MatchString(line) {
					t.Errorf("git log: %s", line)
				}
			}
			if len(log) < 3 {
				t.Errorf("%d commits, and two runs write more", len(log))
			}
			files := strings.Fields(r.git(t, "ls-tree", "-r", "--name-only", "ledger"))
			if len(files) != 1 || strings.HasSuffix(files[0], ".age") != (tt.key != "") {
				t.Fatalf("the branch has the files %q", files)
			}
			text := r.git(t, "show", "ledger:"+files[0])
			if tt.key != "" {
				if strings.Contains(text, "GHSA-") {
					t.Error("the sealed ledger can be read")
				}
				if said, err := unseal(t, age, text, tt.wrong); err == nil {
					t.Errorf("another key opens it: %.100q", said)
				}
				var err error
				if text, err = unseal(t, age, text, tt.key); err != nil {
					t.Fatal(err)
				}
				opened++
			}
			var ledger map[string]any
			if err := json.Unmarshal([]byte(text), &ledger); err != nil || !strings.Contains(text, `"GHSA-`) {
				t.Errorf("the ledger is no JSON object with advisories: %v\n%.300s", err, text)
			}
			commits += len(log)
		})
	}
	figure("git %s, age %s: %d commits of the ledger's branch taken over and checked, %d sealed ledgers opened, %.0f s",
		lastWord(output(t, "", git, "version")), lastWord(output(t, "", age, "--version")), commits, opened, time.Since(began).Seconds())
}

func lastWord(text string) string {
	words := strings.Fields(text)
	return words[len(words)-1]
}

// unseal opens a sealed text with age, which asks for the key in a terminal alone.
func unseal(t *testing.T, age, sealed, key string) (string, error) {
	t.Helper()
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in"), filepath.Join(dir, "out")
	writeFile(t, in, sealed)
	cmd := exec.Command(tool(t, "expect"), "-c", `
		set timeout 120
		spawn -noecho $env(AGE) -d -o $env(OUT) $env(IN)
		expect "passphrase" { send -- "$env(KEY)\r" }
		expect eof
		exit [lindex [wait] 3]`)
	cmd.Env = append(os.Environ(), "AGE="+age, "IN="+in, "OUT="+out, "KEY="+key)
	if said, err := cmd.CombinedOutput(); err != nil {
		return string(said), fmt.Errorf("age: %w: %s", err, said)
	}
	text, err := os.ReadFile(out)
	return string(text), err
}

// A repository is git's own, which a branch was taken over into object by
// object.
type repository struct {
	dir, tool string
	api       string // of the repository that the branch is in
	token     string
}

// fetchBranch takes a branch of the workflow's repository over, as the branch
// ledger. Each object is made anew from what the REST API says of it, so git
// gives it the same id only if the sandbox has given it the right one.
func fetchBranch(t *testing.T, git string, s *sandbox, branch string) *repository {
	t.Helper()
	r := &repository{dir: t.TempDir(), tool: git, token: s.env["INPUT_TOKEN"],
		api: s.env["GITHUB_API_URL"] + "/repos/" + s.env["GITHUB_REPOSITORY"] + "/git/"}
	r.git(t, "init", "-q", "-b", "ledger")
	var tip struct{ Object struct{ SHA string } }
	r.get(t, "ref/heads/"+branch, &tip)
	for commit := tip.Object.SHA; commit != ""; {
		commit = r.takeCommit(t, commit)
	}
	r.git(t, "update-ref", "refs/heads/ledger", tip.Object.SHA)
	return r
}

// git runs git in the repository, with nobody's settings.
func (r *repository) git(t *testing.T, args ...string) string {
	t.Helper()
	return r.gitWith(t, "", args...)
}

func (r *repository) gitWith(t *testing.T, stdin string, args ...string) string {
	t.Helper()
	cmd := exec.Command(r.tool, args...)
	cmd.Dir, cmd.Stdin = r.dir, strings.NewReader(stdin)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + r.dir, "GIT_CONFIG_NOSYSTEM=1"}
	text, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, text)
	}
	return string(text)
}

func (r *repository) get(t *testing.T, path string, into any) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.api+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+r.token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %v", path, resp.Status, err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// takeCommit takes a commit over with its tree, and returns its parent, or
// nothing.
func (r *repository) takeCommit(t *testing.T, id string) (parent string) {
	t.Helper()
	type signature struct {
		Name, Email string
		Date        time.Time
	}
	var c struct {
		Tree              struct{ SHA string }
		Parents           []struct{ SHA string }
		Author, Committer signature
		Message           string
	}
	r.get(t, "commits/"+id, &c)
	r.takeTree(t, c.Tree.SHA)
	var b strings.Builder
	fmt.Fprintf(&b, "tree %s\n", c.Tree.SHA)
	for _, p := range c.Parents {
		parent = p.SHA
		fmt.Fprintf(&b, "parent %s\n", p.SHA)
	}
	line := func(s signature) string { return fmt.Sprintf("%s <%s> %d +0000", s.Name, s.Email, s.Date.Unix()) }
	fmt.Fprintf(&b, "author %s\ncommitter %s\n\n%s", line(c.Author), line(c.Committer), c.Message)
	r.same(t, "commit", id, r.gitWith(t, b.String(), "hash-object", "-t", "commit", "-w", "--stdin"))
	return parent
}

// takeTree takes a tree over with what is in it.
func (r *repository) takeTree(t *testing.T, id string) {
	t.Helper()
	var tree struct {
		Tree []struct{ Path, Mode, Type, SHA string }
	}
	r.get(t, "trees/"+id, &tree)
	var list strings.Builder
	for _, e := range tree.Tree {
		fmt.Fprintf(&list, "%s %s %s\t%s\n", e.Mode, e.Type, e.SHA, e.Path)
		if e.Type == "tree" {
			r.takeTree(t, e.SHA)
			continue
		}
		var blob struct{ Content string }
		r.get(t, "blobs/"+e.SHA, &blob)
		data, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(blob.Content, "\n", ""))
		if err != nil {
			t.Fatal(err)
		}
		r.same(t, "blob", e.SHA, r.gitWith(t, string(data), "hash-object", "-t", "blob", "-w", "--stdin"))
	}
	r.same(t, "tree", id, r.gitWith(t, list.String(), "mktree"))
}

func (r *repository) same(t *testing.T, kind, theirs, ours string) {
	t.Helper()
	if ours = strings.TrimSpace(ours); ours != theirs {
		t.Fatalf("git calls the %s %s, the sandbox %s", kind, ours, theirs)
	}
}
