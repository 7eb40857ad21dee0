package github

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/shurcooL/githubv4"
)

// commitOnBranch makes a commit as the program does, and returns its id.
func commitOnBranch(g *Server, token, branch, head, headline string, changes *githubv4.FileChanges) (oid string, err error) {
	client := githubv4.NewEnterpriseClient(g.GraphQLURL(), &http.Client{Transport: bearer(token)})
	var m struct {
		CreateCommitOnBranch struct{ Commit struct{ OID string } } `graphql:"createCommitOnBranch(input: $input)"`
	}
	repo, name := githubv4.String("Campus/ops"), githubv4.String(branch)
	err = client.Mutate(context.Background(), &m, githubv4.CreateCommitOnBranchInput{
		Branch:          githubv4.CommittableBranch{RepositoryNameWithOwner: &repo, BranchName: &name},
		Message:         githubv4.CommitMessage{Headline: githubv4.String(headline)},
		ExpectedHeadOid: githubv4.GitObjectID(head), FileChanges: changes,
	}, nil)
	return m.CreateCommitOnBranch.Commit.OID, err
}

func addition(path, text string) githubv4.FileAddition {
	return githubv4.FileAddition{Path: githubv4.String(path),
		Contents: githubv4.Base64String(base64.StdEncoding.EncodeToString([]byte(text)))}
}

// tipOf returns where a branch of Campus/ops is.
func tipOf(w *World, branch string) string {
	w.Lock()
	defer w.Unlock()
	return w.Repository("Campus/ops").store().refs["heads/"+branch]
}

func TestCommitOnBranch(t *testing.T) {
	ctx := context.Background()
	w := campus()
	g := serve(t, w)
	w.Lock()
	r := w.Repository("Campus/ops")
	for path, text := range map[string]string{"keep/me": "kept", "keep/run": "#!", "old": "old", "a/b/c": "1"} {
		r.CommitFile("ledger/one", path, text, "before", w.Now())
	}
	files := r.git.files(r.git.commit(r.git.refs["heads/ledger/one"]).Tree)
	files["keep/run"] = treeEntry{Mode: "100755", SHA: files["keep/run"].SHA}
	c := r.git.commit(r.git.refs["heads/ledger/one"])
	c.Tree = r.git.addTree(files)
	head := r.git.addCommit(c)
	r.point("heads/ledger/one", head)
	w.Unlock()

	binary := "\x00\xff\n"
	oid, err := commitOnBranch(g, "workflow", "ledger/one", head, "remember", &githubv4.FileChanges{
		Additions: &[]githubv4.FileAddition{addition("a/b/c", "2"), addition("a/new/deep/er", binary), addition("keep/run", "#!/bin/sh"), addition("empty", "")},
		Deletions: &[]githubv4.FileDeletion{{Path: "old"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if oid != tipOf(w, "ledger/one") {
		t.Errorf("answered %s, the branch is at %s", oid, tipOf(w, "ledger/one"))
	}
	rest := restClient(t, g, "workflow")
	b, _, err := rest.Repositories.GetBranch(ctx, "Campus", "ops", "ledger/one", 0)
	if err != nil || b.Commit.GetSHA() != oid || b.Commit.Commit.GetMessage() != "remember" ||
		len(b.Commit.Parents) != 1 || b.Commit.Parents[0].GetSHA() != head {
		t.Fatalf("branch %+v (%v)", b, err)
	}
	if a := b.Commit.Commit; a.Author.GetName() != "github-actions[bot]" || a.Committer.GetName() != "GitHub" {
		t.Errorf("by %s and %s", a.Author, a.Committer)
	}
	tree, _, err := rest.Git.GetTree(ctx, "Campus", "ops", b.Commit.Commit.Tree.GetSHA(), true)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, e := range tree.Entries {
		if e.GetType() == "blob" {
			text, _, err := rest.Git.GetBlobRaw(ctx, "Campus", "ops", e.GetSHA())
			if err != nil {
				t.Fatal(err)
			}
			got[e.GetPath()+" "+e.GetMode()] = string(text)
		}
	}
	want := map[string]string{"keep/me 100644": "kept", "keep/run 100755": "#!/bin/sh", "a/b/c 100644": "2",
		"a/new/deep/er 100644": binary, "empty 100644": ""}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("tree (-want +got)\n%s", diff)
	}
	if _, text := ask(t, g, "workflow", "GET", "/repos/Campus/ops/contents/a/b/c?ref=ledger/one", ""); !strings.Contains(text, `"content":"Mg==\n"`) {
		t.Errorf("contents: %s", text)
	}

	// No change makes a commit all the same; the default branch takes Files along.
	if _, err := commitOnBranch(g, "full", "ledger/one", oid, "nothing", nil); err != nil {
		t.Error(err)
	}
	if _, err := commitOnBranch(g, "full", "refs/heads/main", tipOf(w, "main"), "on main",
		&githubv4.FileChanges{Additions: &[]githubv4.FileAddition{addition("README.md/now/a folder", "x")}}); err != nil {
		t.Error(err)
	}
	w.Lock()
	defer w.Unlock()
	if diff := cmp.Diff([]string{"nothing", "remember"}, r.Log("ledger/one")[:2]); diff != "" {
		t.Errorf("log (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff(map[string]string{"README.md/now/a folder": "x"}, r.Files); diff != "" {
		t.Errorf("files (-want +got)\n%s", diff)
	}
	inGit(t, r.git, oid)
}

// inGit puts the objects into a repository of git's own, and lets git look at
// them.
func inGit(t *testing.T, s *objectStore, commit string) {
	t.Helper()
	git, err := exec.LookPath("git")
	if err != nil {
		t.Log("git is not installed, to look at the objects")
		return
	}
	dir := t.TempDir()
	run := func(input []byte, args ...string) string {
		t.Helper()
		cmd := exec.Command(git, args...)
		cmd.Dir, cmd.Stdin = dir, bytes.NewReader(input)
		cmd.Env = []string{"HOME=" + dir, "PATH=" + os.Getenv("PATH"), "GIT_CONFIG_NOSYSTEM=1"}
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("git %v: %v %s", args, err, out)
		}
		return strings.TrimSpace(string(out))
	}
	run(nil, "init", "-q", "--bare")
	for _, kind := range []string{"blob", "tree", "commit"} {
		for id, o := range s.objects {
			if o.kind == kind {
				if got := run(o.data, "hash-object", "-w", "-t", kind, "--stdin"); got != id {
					t.Errorf("%s %s: git says %s", kind, id, got)
				}
			}
		}
	}
	run(nil, "update-ref", "refs/heads/x", commit)
	run(nil, "fsck", "--strict", "--no-dangling")
	if got := run(nil, "log", "-1", "--format=%an %cn %s", "x"); got != "github-actions[bot] GitHub remember" {
		t.Errorf("git log: %s", got)
	}
	if got := run(nil, "show", "--no-renames", "--format=", "--name-status", "x"); got != "M\ta/b/c\nA\ta/new/deep/er\nA\tempty\nM\tkeep/run\nD\told" {
		t.Errorf("git show: %s", got)
	}
}

// Of many writers who all expect the same commit, one wins.
func TestCommitOnBranchRace(t *testing.T) {
	w := campus()
	g := serve(t, w)
	head := tipOf(w, "main")
	ids, errs := make([]string, 8), make([]error, 8)
	var wg sync.WaitGroup
	for i := range ids {
		wg.Go(func() {
			ids[i], errs[i] = commitOnBranch(g, "full", "main", head, "write", &githubv4.FileChanges{
				Additions: &[]githubv4.FileAddition{addition("n", string(rune('a'+i)))}})
		})
	}
	wg.Wait()
	won := 0
	for i, err := range errs {
		if err == nil {
			if won++; ids[i] != tipOf(w, "main") {
				t.Errorf("%s won, and the branch is at %s", ids[i], tipOf(w, "main"))
			}
		} else if err.Error() != `Expected branch to point to "`+head+`" but it did not.  Pull and try again.` {
			t.Error(err)
		}
	}
	if won != 1 {
		t.Errorf("%d writers won, want 1", won)
	}
}

func TestCommitOnBranchRefused(t *testing.T) {
	w := campus()
	reads := map[string]string{"contents": "read", "metadata": "read"}
	w.Tokens["reads"] = w.Installation("Campus", []string{"Campus/ops"}, reads)
	w.Tokens["writes"] = w.Installation("Campus", []string{"Campus/ops"}, map[string]string{"contents": "write"})
	w.Tokens["pat"] = &Token{Login: "ada", Organization: "Campus"}
	g := serve(t, w)
	head := tipOf(w, "main")
	type object = map[string]any
	post := func(token string, change func(input object)) string {
		input := object{
			"branch":          object{"repositoryNameWithOwner": "campus/ops", "branchName": "main"},
			"expectedHeadOid": head, "message": object{"headline": "h", "body": "b"},
			"fileChanges": object{"additions": []object{{"path": "x", "contents": "eA=="}}, "deletions": nil},
		}
		change(input)
		return query(t, g, token, "mutation($input: CreateCommitOnBranchInput!) {\n  createCommitOnBranch(input: $input) { commit { oid } } }",
			object{"input": input})
	}
	to := func(repo, branch string) func(object) {
		return func(input object) {
			input["branch"] = object{"repositoryNameWithOwner": repo, "branchName": branch}
		}
	}
	with := func(name string, value any) func(object) { return func(input object) { input[name] = value } }
	add := func(path, contents string) func(object) {
		return with("fileChanges", object{"additions": []object{{"path": path, "contents": contents}}})
	}
	for _, tt := range []struct {
		name, token   string
		change        func(object)
		kind, message string // no kind: a validation error, with no data
	}{
		{"no such repository", "full", to("campus/none", "main"), "NOT_FOUND", "Could not resolve to a Repository with the name 'campus/none'."},
		{"a hidden repository", "weak", to("Campus/ops", "main"), "NOT_FOUND", "Could not resolve to a Repository with the name 'Campus/ops'."},
		{"no such branch", "full", to("campus/ops", "led"), "NOT_FOUND", "Could not resolve to a Ref with the name 'refs/heads/led'."},
		{"an empty repository", "full", to("campus/blank", "main"), "NOT_FOUND", "Could not resolve to a Ref with the name 'refs/heads/main'."},
		{"no branch", "full", with("branch", object{}), "NOT_FOUND", "Could not resolve to a branch: repositoryNameWithOwner and branchName are needed."},
		{"an app that reads contents", "reads", func(object) {}, "FORBIDDEN", "Resource not accessible by integration"},
		{"an app, elsewhere", "writes", to("campus/app", "main"), "FORBIDDEN", "Resource not accessible by integration"},
		{"a person who only reads", "pat", func(object) {}, "FORBIDDEN", "Resource not accessible by personal access token"},
		{"rights come before the branch", "reads", to("campus/ops", "led"), "FORBIDDEN", "Resource not accessible by integration"},
		{"archived", "full", to("campus/secret", "main"), "UNPROCESSABLE", "Repository was archived so is read-only"},
		{"another head", "full", with("expectedHeadOid", strings.Repeat("0", 40)), "STALE_DATA", `Expected branch to point to "` + strings.Repeat("0", 40) + `" but it did not.  Pull and try again.`},
		{"deletion of nothing", "full", with("fileChanges", object{"deletions": []object{{"path": "none"}}}), "NOT_FOUND", "A path was requested for deletion which does not exist as of commit oid `" + head + "`"},
		{"the same path twice", "full", with("fileChanges", object{"additions": []object{{"path": "README.md", "contents": ""}}, "deletions": []object{{"path": "README.md"}}}), "UNPROCESSABLE", `The path "README.md" is there more than once.`},
		{"a slash in front", "full", add("/x", ""), "UNPROCESSABLE", `The path "/x" can't be in a tree.`},
		{"git's own folder", "full", add("a/.git/x", ""), "UNPROCESSABLE", `The path "a/.git/x" can't be in a tree.`},
		{"no Base64", "full", add("x", "?"), "", "not a valid Base64String"},
		{"Base64 without its padding", "full", add("x", "eA"), "", "not a valid Base64String"},
		{"Base64 in lines", "full", add("x", "eA==\n"), "", "not a valid Base64String"},
		{"no message", "full", with("message", object{}), "", "must be defined"},
		{"an unknown field", "full", with("force", true), "", "unknown field"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text := post(tt.token, tt.change)
			var got struct {
				Data   *struct{ CreateCommitOnBranch *struct{} }
				Errors []graphQLError
			}
			if err := json.Unmarshal([]byte(text), &got); err != nil {
				t.Fatal(err)
			}
			if len(got.Errors) != 1 || got.Errors[0].Type != tt.kind || got.Errors[0].Message != tt.message {
				t.Errorf("answer %s, want %s %s", text, tt.kind, tt.message)
			}
			if tt.kind == "" && got.Data != nil || tt.kind != "" && (got.Data == nil || got.Data.CreateCommitOnBranch != nil) {
				t.Errorf("data in %s", text)
			}
			if tt.kind != "" && !strings.Contains(text, `"path":["createCommitOnBranch"]`) || strings.Contains(text, `"locations":[{"line":2,"column":3}]`) != (tt.kind != "") {
				t.Errorf("path or location in %s", text)
			}
			if now := tipOf(w, "main"); now != head {
				t.Fatalf("the branch moved to %s", now)
			}
		})
	}
	if resp, _ := ask(t, g, "", "POST", "/graphql", `{"query":"mutation { createCommitOnBranch }"}`); resp.StatusCode != 401 {
		t.Errorf("without a token: %d", resp.StatusCode)
	}
	if got := post("writes", func(object) {}); !strings.Contains(got, `{"commit":{"oid":"`+tipOf(w, "main")+`"}}`) || tipOf(w, "main") == head {
		t.Errorf("one who may: %s", got)
	}
	w.Lock()
	defer w.Unlock()
	if message := w.Repository("Campus/ops").Log("main")[0]; message != "h\n\nb" {
		t.Errorf("the message is %q", message)
	}
}

// A mutation goes the way of a query: it is recorded and counted, and a fault
// can lose its answer after it was done.
func TestCommitOnBranchAnswerLost(t *testing.T) {
	w := campus()
	g := serve(t, w)
	head := tipOf(w, "main")
	w.Lock()
	g.Fault = func(r *http.Request) http.Handler {
		g.Fault = nil
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			g.Healthy().ServeHTTP(httptest.NewRecorder(), r)
			rw.WriteHeader(http.StatusBadGateway)
		})
	}
	w.Unlock()
	for _, want := range []string{"502", "Expected branch to point to"} {
		if _, err := commitOnBranch(g, "full", "main", head, "h", nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %s", err, want)
		}
	}
	if tipOf(w, "main") == head {
		t.Error("the branch hasn't moved")
	}
	if all := g.Requests(); len(all) != 2 || !all[0].GraphQL || !strings.Contains(all[0].Query, "createCommitOnBranch") {
		t.Errorf("requests %+v", all)
	}
	resp, _ := ask(t, g, "full", "POST", "/graphql", `{"query":"mutation { createCommitOnBranch(input: {branch: {}, expectedHeadOid: \"\", message: {headline: \"\"}}) { __typename } }"}`)
	if got := resp.Header.Get("X-RateLimit-Resource") + " " + resp.Header.Get("X-RateLimit-Used"); got != "graphql 3" {
		t.Errorf("rate limit: %s", got)
	}
}
