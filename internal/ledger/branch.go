package ledger

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/google/go-github/v60/github"
	"github.com/shurcooL/githubv4"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/transport"
)

const (
	fileName      = "ledger.json"
	sealedName    = "ledger.json.age"
	commitMessage = "Update the ledger"
)

// pauses are those after a write that had no effect.
var pauses = [...]time.Duration{time.Second, 5 * time.Second}

// A Branch is a ledger in one file on its own branch of a repository on GitHub.
// It is written by the mutation createCommitOnBranch, which compares the branch
// with the commit that is expected there and moves it, in one request. What a
// write did is never told by an error, but read back.
//
// Source: https://docs.github.com/en/graphql/reference/mutations#createcommitonbranch
type Branch struct {
	github *github.Client
	graph  *githubv4.Client
	repo   advisory.Repository
	branch string
	key    *Key // nil: plain
	wait   func(context.Context, time.Duration) error

	id     int64        // of the repository; 0: not known yet
	tip    string       // commit that was loaded or saved last; empty: there is no branch
	budget atomic.Int64 // what GitHub's primary rate limit leaves of the hour
}

// NewBranch returns the store of a branch, which need not exist: the first write
// makes it. The repository's numeric id may be 0: then it is asked for where there
// is a key. The HTTP client sends the token. Wait waits before a write is tried
// again.
func NewBranch(client *http.Client, apiURL, graphqlURL string, repo advisory.Repository, id int64, branch string, key *Key, wait func(context.Context, time.Duration) error) (*Branch, error) {
	rest, err := transport.GitHub(client, apiURL)
	if err != nil {
		return nil, err
	}
	b := &Branch{github: rest, repo: repo, id: id, branch: branch, key: key, wait: wait}
	b.budget.Store(unknown)
	b.graph = githubv4.NewEnterpriseClient(graphqlURL, transport.Observe(client, func(resp *http.Response) {
		if n, err := strconv.Atoi(resp.Header.Get("X-RateLimit-Remaining")); err == nil {
			b.budget.Store(int64(n))
		}
	}))
	return b, nil
}

// Place names the branch.
func (b *Branch) Place() Place {
	return Place{
		Name:    fmt.Sprintf("the branch %s of %s", b.branch, b.repo),
		Restore: "see ledger-token and ledger-key; if the content is damaged, set the branch " + b.branch + " back to an earlier commit. Without the branch the next run is a first one, and reminds everybody anew",
		Permit:  "give the job the permission contents: write, or another token in ledger-token",
	}
}

// Load reads the ledger at the tip of the branch.
func (b *Branch) Load(ctx context.Context) (*Ledger, error) {
	l, err := b.load(ctx)
	return l, rejected(err)
}

// rejected says what to do where GitHub rejects the token.
func rejected(err error) error {
	if transport.Status(err) != http.StatusUnauthorized {
		return err
	}
	return fmt.Errorf("%w: the ledger's token (input ledger-token) is wrong, revoked or expired: make a new one", err)
}

func (b *Branch) load(ctx context.Context) (*Ledger, error) {
	if err := b.identify(ctx); err != nil {
		return nil, err
	}
	tip, err := b.readTip(ctx)
	if transport.Status(err) == http.StatusNotFound {
		return b.none(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("read the ledger's branch: %w", err)
	}
	l, err := b.read(ctx, tip)
	if err != nil {
		return nil, err
	}
	b.tip = tip
	return l, nil
}

func (b *Branch) peek(ctx context.Context) (*Ledger, error) { return b.Load(ctx) }

// identify asks for the repository's numeric id, to which a sealed ledger is
// bound.
func (b *Branch) identify(ctx context.Context) error {
	if b.key == nil || b.id != 0 {
		return nil
	}
	r, _, err := b.github.Repositories.Get(ctx, b.repo.Owner, b.repo.Name)
	if err != nil {
		return fmt.Errorf("look at the ledger's repository: %w", transport.CleanGitHub(err))
	}
	b.id = r.GetID()
	return nil
}

// readTip returns the commit that the branch is at. GitHub sends whoever asks
// for a branch that was renamed to its new name, where no write would follow.
func (b *Branch) readTip(ctx context.Context) (string, error) {
	var branch struct {
		Name   string
		Commit struct{ SHA string }
	}
	if err := b.get(ctx, "/branches/"+url.PathEscape(b.branch), &branch); err != nil {
		return "", err
	}
	switch {
	case branch.Commit.SHA == "":
		return "", errors.New("GitHub's answer names no commit")
	case branch.Name != b.branch:
		return "", fmt.Errorf("the branch %s was renamed: give its new name in the input ledger-branch", b.branch)
	}
	return branch.Commit.SHA, nil
}

// get asks GitHub for something of the repository's.
func (b *Branch) get(ctx context.Context, path string, v any) error {
	req, err := b.github.NewRequest(http.MethodGet, "repos/"+b.repo.String()+path, nil)
	if err != nil {
		return transport.CleanGitHub(err)
	}
	_, err = b.github.Do(ctx, req, v)
	return transport.CleanGitHub(err)
}

// read returns the ledger at a commit.
//
// Source: https://docs.github.com/en/rest/repos/contents#get-repository-content
func (b *Branch) read(ctx context.Context, commit string) (*Ledger, error) {
	text, err := b.content(ctx, commit, b.name())
	if transport.Status(err) == http.StatusNotFound {
		other := map[string]string{fileName: sealedName, sealedName: fileName}[b.name()]
		if text, err = b.content(ctx, commit, other); transport.Status(err) == http.StatusNotFound {
			return nil, fmt.Errorf("the branch %s has no %s, so it is not a ledger's branch: name another one, or delete it", b.branch, b.name())
		}
	}
	if err != nil {
		return nil, fmt.Errorf("read the ledger: %w", err)
	}
	l, err := b.form().decode(text)
	if _, ok := errors.AsType[damaged](err); ok {
		err = fmt.Errorf("%w: set the branch back to an earlier commit", err)
	}
	if err != nil {
		return nil, fmt.Errorf("read the ledger on the branch %s: %w", b.branch, err)
	}
	return l, nil
}

// content returns a file at a commit, raw.
func (b *Branch) content(ctx context.Context, commit, name string) ([]byte, error) {
	req, err := b.github.NewRequest(http.MethodGet, "repos/"+b.repo.String()+"/contents/"+name+"?ref="+url.QueryEscape(commit), nil)
	if err != nil {
		return nil, transport.CleanGitHub(err)
	}
	req.Header.Set("Accept", "application/vnd.github.raw+json")
	resp, err := b.github.BareDo(ctx, req)
	if err != nil {
		return nil, transport.CleanGitHub(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, largest*2))
	return text, transport.Clean(err)
}

// none returns a new ledger where there is no branch, if the token may see the
// repository at all: what it may not see looks the same.
func (b *Branch) none(ctx context.Context) (*Ledger, error) {
	if err := b.get(ctx, "", new(struct{})); err != nil {
		return nil, fmt.Errorf("the ledger's token can't read the repository that the ledger is in (input ledger-token; the job needs the permission contents: write): %w", err)
	}
	b.tip = ""
	return New(), nil
}

// form binds a sealed ledger to where it is.
func (b *Branch) form() form {
	if b.key == nil {
		return form{}
	}
	return form{key: b.key, repository: b.id, branch: b.branch}
}

func (b *Branch) name() string {
	if b.key != nil {
		return sealedName
	}
	return fileName
}

// save puts a commit on top of the tip that was loaded or saved last. Whatever
// the answer but a success, the branch is read back: it is ours if it holds our
// nonce, or somebody else's, or where it was; then the write is tried again.
func (b *Branch) save(ctx context.Context, text []byte, nonce string) (*Ledger, error) {
	for try := 0; ; try++ {
		tip, err := b.commit(ctx, text)
		if err == nil {
			b.tip = tip
			return nil, nil
		}
		tip, unread := b.readTip(ctx)
		switch none := transport.Status(unread) == http.StatusNotFound; {
		case unread != nil && !none:
			return nil, fmt.Errorf("write the ledger, and read back what became of that: %w", rejected(unread))
		case none && b.tip != "":
			b.tip = "" // somebody has taken the branch away: this write makes it anew
		case tip != b.tip:
			l, err := b.read(ctx, tip)
			if err != nil {
				return nil, err
			}
			if b.tip = tip; l.Nonce == nonce {
				return nil, nil
			}
			return l, ErrConflict
		case try == len(pauses) || b.wait(ctx, pauses[try]) != nil:
			return nil, b.refused(ctx, err)
		}
	}
}

// commit makes one attempt at a commit. Its error says no more than that there
// was no success.
func (b *Branch) commit(ctx context.Context, text []byte) (string, error) {
	if b.tip == "" {
		return b.firstCommit(ctx, text)
	}
	var m struct {
		CreateCommitOnBranch struct {
			Commit struct{ OID string }
		} `graphql:"createCommitOnBranch(input: $input)"`
	}
	// In place of githubv4's type of that name, which holds the file as a string. The
	// name must stay: the client writes it into the query as the variable's type.
	type CreateCommitOnBranchInput struct {
		Branch          githubv4.CommittableBranch `json:"branch"`
		Message         githubv4.CommitMessage     `json:"message"`
		ExpectedHeadOid githubv4.GitObjectID       `json:"expectedHeadOid"`
		FileChanges     struct {
			Additions []addition `json:"additions"`
		} `json:"fileChanges"`
	}
	var in CreateCommitOnBranchInput
	in.Branch = githubv4.CommittableBranch{
		RepositoryNameWithOwner: githubv4.NewString(githubv4.String(b.repo.String())),
		BranchName:              githubv4.NewString(githubv4.String(b.branch)),
	}
	in.Message.Headline, in.ExpectedHeadOid = commitMessage, githubv4.GitObjectID(b.tip)
	in.FileChanges.Additions = []addition{{Path: b.name(), Contents: text}}
	err := b.graph.Mutate(ctx, &m, in, nil)
	if err != nil || m.CreateCommitOnBranch.Commit.OID == "" {
		return "", errNotWritten // what it says may quote anything
	}
	return m.CreateCommitOnBranch.Commit.OID, nil
}

// An addition is a file of a commit.
type addition struct {
	Path     string `json:"path"`
	Contents []byte `json:"contents"` // base64 in the request
}

var errNotWritten = errors.New("GitHub did not write the ledger")

// firstCommit makes the branch, whose first commit the mutation can't make, out
// of git objects.
func (b *Branch) firstCommit(ctx context.Context, text []byte) (string, error) {
	git := b.github.Git
	blob, _, err := git.CreateBlob(ctx, b.repo.Owner, b.repo.Name, &github.Blob{
		Content: github.String(base64.StdEncoding.EncodeToString(text)), Encoding: github.String("base64"),
	})
	if err != nil {
		return "", transport.CleanGitHub(err)
	}
	tree, _, err := git.CreateTree(ctx, b.repo.Owner, b.repo.Name, "", []*github.TreeEntry{
		{Path: github.String(b.name()), Mode: github.String("100644"), Type: github.String("blob"), SHA: blob.SHA},
	})
	if err != nil {
		return "", transport.CleanGitHub(err)
	}
	commit, _, err := git.CreateCommit(ctx, b.repo.Owner, b.repo.Name, &github.Commit{Message: github.String(commitMessage), Tree: tree}, nil)
	if err != nil {
		return "", transport.CleanGitHub(err)
	}
	ref, _, err := git.CreateRef(ctx, b.repo.Owner, b.repo.Name, &github.Reference{
		Ref: github.String("refs/heads/" + b.branch), Object: &github.GitObject{SHA: commit.SHA},
	})
	if err == nil && (commit.GetSHA() == "" || ref.GetObject().GetSHA() != commit.GetSHA()) {
		err = errNotWritten // as far as the answer shows
	}
	return commit.GetSHA(), transport.CleanGitHub(err)
}

// refused says why a write had no effect, as far as that can be found out.
func (b *Branch) refused(ctx context.Context, cause error) error {
	if err := b.ruled(ctx); err != nil {
		return err
	}
	switch transport.Status(cause) {
	case http.StatusForbidden, http.StatusNotFound:
		return fmt.Errorf("write the ledger's branch: the ledger's token can't write to the repository: give the job the permission contents: write: %w", cause)
	}
	return fmt.Errorf("write the ledger's branch: %w three times: give the job the permission contents: write; if it has that, see GitHub's status", errNotWritten)
}

// A Ruled is the error of a branch that rules of its repository apply to. Who is
// exempt from them can write all the same, which GitHub does not tell.
type Ruled struct {
	Branch string
	Types  []string // of the rules that can keep a ledger from being written, as GitHub names them
	New    bool     // there is no such branch yet
}

// Error names the rules.
func (r *Ruled) Error() string {
	return fmt.Sprintf("write the ledger's branch: rules of the repository apply to %s (%s): exempt it, or name another branch in the input ledger-branch", r.Branch, strings.Join(r.Types, ", "))
}

// harmless are the rules that keep no commit of a ledger from a branch: it is never
// deleted, goes forward by single commits, and is no tag. GitHub itself signs the
// commits that it makes, all but the first; nothing but that one creates the branch.
//
// Source: https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/managing-rulesets/available-rules-for-rulesets
func harmless(rule string, first bool) bool {
	switch rule {
	case "deletion", "non_fast_forward", "required_linear_history", "tag_name_pattern", "copilot_code_review":
		return true
	case "creation", "required_signatures", "branch_name_pattern":
		return !first
	}
	return false
}

// ruled returns a *Ruled where rules of the repository can keep the ledger from the
// branch, if any are known.
//
// Source: https://docs.github.com/en/rest/repos/rules#get-rules-for-a-branch
func (b *Branch) ruled(ctx context.Context) error {
	var rules []struct{ Type string }
	if err := b.get(ctx, "/rules/branches/"+url.PathEscape(b.branch)+"?per_page=100", &rules); err != nil {
		return nil // who can't ask for them is told by the write itself
	}
	ruled := &Ruled{Branch: b.branch, New: b.tip == ""}
	for _, r := range rules {
		if !harmless(r.Type, ruled.New) && !slices.Contains(ruled.Types, r.Type) {
			ruled.Types = append(ruled.Types, r.Type)
		}
	}
	if len(ruled.Types) == 0 {
		return nil
	}
	return ruled
}

// unknown is more than any budget.
const unknown = math.MaxInt32

// left returns how many more writes the hour's limit leaves, as far as is known.
//
// Source: https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api
func (b *Branch) left() int { return int(b.budget.Load()) }

// Alone returns false: other runs may read and write the branch.
func (b *Branch) Alone() bool { return false }

// Close does nothing: a branch is not locked.
func (b *Branch) Close() error { return nil }

// Probe writes one blob that nothing refers to, which wants the very permission
// that a ledger's write wants (contents: write), moves no branch, starts no
// workflow and is seen by nobody; and asks for rules of the branch. What GitHub
// says of a token's permissions is a user's role, which is absent or misleading
// for the tokens of workflows and apps.
func (b *Branch) Probe(ctx context.Context) error {
	_, _, err := b.github.Git.CreateBlob(ctx, b.repo.Owner, b.repo.Name, &github.Blob{
		Content:  github.String(base64.StdEncoding.EncodeToString([]byte("Advisory Reminders asks whether it can write here.\n"))),
		Encoding: github.String("base64"),
	})
	if err != nil {
		return fmt.Errorf("write a git object: %w", transport.CleanGitHub(err))
	}
	return b.ruled(ctx)
}
