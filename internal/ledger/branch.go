package ledger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/google/go-github/v60/github"
	"github.com/shurcooL/githubv4"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/transport"
)

const (
	fileName      = "ledger.json"
	sealedName    = "ledger.json.age" // where it is encrypted
	commitMessage = "Update the ledger"
)

// inline is up to what size, in bytes, a ledger is written within its tree,
// which saves a request. GitHub gives no limit for that; larger ones are blobs.
const inline = 1 << 20

// A Branch is a ledger in one file on its own branch of a repository on
// GitHub, written as git objects and an unforced update of the ref, which is a
// compare-and-swap: GitHub refuses a commit whose parent is not the branch's
// tip. (GitHub's contents API is none. It serves for reading: at a commit, and
// raw, it holds nothing back up to 100 MB.) Between two writes, what is delivered
// stands in a journal beside it: see Note.
type Branch struct {
	github  *github.Client
	graph   *githubv4.Client
	repo    advisory.Repository
	branch  string
	key     *Key   // nil: not encrypted
	tip     string // commit that was loaded or written last; empty: there is no branch
	journal []byte // beside the ledger in that commit, encoded, without its tail; nil: there is none
}

// NewBranch returns the store of a branch, which need not exist: the first
// write makes it, without a parent. The HTTP client sends the token. The key
// encrypts the ledger; nil does not.
func NewBranch(client *http.Client, apiURL, graphqlURL string, repo advisory.Repository, branch string, key *Key) (*Branch, error) {
	rest, err := transport.GitHub(client, apiURL)
	if err != nil {
		return nil, err
	}
	graph := githubv4.NewEnterpriseClient(graphqlURL, client)
	return &Branch{github: rest, graph: graph, repo: repo, branch: branch, key: key}, nil
}

// Load reads the ledger at the tip of the branch, and the journal beside it. A
// commit whose message says that it is a whole ledger has none.
func (b *Branch) Load(ctx context.Context) (*Ledger, error) {
	tip, message, err := b.readTip(ctx)
	if transport.Status(err) == http.StatusNotFound {
		return b.none(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("read the ledger's branch: %w", err)
	}
	name, text, err := b.read(ctx, tip, b.name(), fileName, sealedName)
	if err != nil {
		return nil, err
	}
	if name == "" {
		return nil, fmt.Errorf("the branch %s has no %s: it is not a ledger's branch; name another one, or delete it", b.branch, fileName)
	}
	l, err := b.key.decode(text)
	if err != nil {
		return nil, fmt.Errorf("read %s on the branch %s: %w", name, b.branch, err)
	}
	var beside []byte
	if message != commitMessage {
		j, err := b.readJournal(ctx, tip)
		if err != nil {
			return nil, err
		}
		l.replay(j)
		if beside, err = writeOn(nil, j.Deliveries); err != nil {
			return nil, err
		}
	}
	b.tip, b.journal = tip, beside
	return l, nil
}

// readTip returns the commit that the branch is at, and its message. GitHub sends
// whoever asks for a branch that was renamed to its new name, where no write
// would follow.
func (b *Branch) readTip(ctx context.Context) (commit, message string, err error) {
	req, err := b.github.NewRequest(http.MethodGet, "repos/"+b.repo.String()+"/branches/"+url.PathEscape(b.branch), nil)
	if err != nil {
		return "", "", transport.CleanGitHub(err)
	}
	var branch github.Branch
	if _, err := b.github.Do(ctx, req, &branch); err != nil {
		return "", "", transport.CleanGitHub(err)
	}
	switch {
	case branch.GetCommit().GetSHA() == "":
		return "", "", errors.New("GitHub's answer names no commit")
	case branch.GetName() != b.branch:
		return "", "", fmt.Errorf("the branch %s was renamed: give its new name in the input ledger-branch", b.branch)
	}
	return branch.GetCommit().GetSHA(), branch.GetCommit().GetCommit().GetMessage(), nil
}

// read returns the first of these files that there is at a commit, or nothing.
// The quick way is to ask for one by name; a file that isn't there, or that
// GitHub would rather wrap in JSON, is looked for in the tree.
//
// Source: https://docs.github.com/en/rest/repos/contents#get-repository-content
func (b *Branch) read(ctx context.Context, commit string, names ...string) (name string, text []byte, err error) {
	path := "repos/" + b.repo.String() + "/contents/" + names[0] + "?ref=" + url.QueryEscape(commit)
	req, err := b.github.NewRequest(http.MethodGet, path, nil)
	if err != nil {
		return "", nil, fmt.Errorf("read the ledger: %w", transport.CleanGitHub(err))
	}
	req.Header.Set("Accept", "application/vnd.github.raw+json")
	resp, err := b.github.BareDo(ctx, req)
	if err = transport.CleanGitHub(err); err == nil {
		raw := strings.Contains(resp.Header.Get("Content-Type"), "raw")
		if raw {
			text, err = readAll(resp.Response)
		}
		resp.Body.Close()
		if raw && err == nil {
			return names[0], text, nil
		}
	}
	if err != nil && transport.Status(err) != http.StatusNotFound {
		return "", nil, fmt.Errorf("read the ledger: %w", err)
	}
	tree, _, err := b.github.Git.GetTree(ctx, b.repo.Owner, b.repo.Name, commit, false)
	if err != nil {
		return "", nil, fmt.Errorf("read the ledger's tree: %w", transport.CleanGitHub(err))
	}
	if tree.Entries == nil || tree.GetTruncated() {
		return "", nil, errors.New("read the ledger's tree: GitHub's answer is not the whole list of its files (run again)")
	}
	for _, entry := range tree.Entries {
		if !slices.Contains(names, entry.GetPath()) {
			continue
		}
		text, _, err := b.github.Git.GetBlobRaw(ctx, b.repo.Owner, b.repo.Name, entry.GetSHA())
		if err != nil {
			return "", nil, fmt.Errorf("read the ledger's blob: %w", transport.CleanGitHub(err))
		}
		return entry.GetPath(), text, nil
	}
	return "", nil, nil
}

// readAll reads a body into as much memory as it takes, if its length is known:
// one that grows is copied, and for a moment held twice.
func readAll(r *http.Response) ([]byte, error) {
	var text bytes.Buffer
	if r.ContentLength > 0 && r.ContentLength < 100<<20 {
		text.Grow(int(r.ContentLength) + bytes.MinRead)
	}
	_, err := text.ReadFrom(r.Body)
	return text.Bytes(), transport.Clean(err)
}

// none returns a new ledger where there is no branch, if the token may see the
// repository at all: what it may not see looks the same.
func (b *Branch) none(ctx context.Context) (*Ledger, error) {
	_, _, err := b.github.Repositories.Get(ctx, b.repo.Owner, b.repo.Name)
	if err = transport.CleanGitHub(err); err != nil {
		return nil, fmt.Errorf("the ledger's token may not read the repository that the ledger is in (input ledger-token; the job needs the permission contents: write): %w", err)
	}
	b.tip, b.journal = "", nil
	return New(), nil
}

// Save writes a commit on top of the tip that was loaded or written last, and
// moves the branch to it. Its tree holds the ledger alone, and no journal.
func (b *Branch) Save(ctx context.Context, l *Ledger) error {
	text, err := b.key.encode(l)
	if err != nil {
		return err
	}
	commit, err := b.commit(ctx, text)
	if err != nil {
		return err
	}
	ref := &github.Reference{
		Ref:    github.String("refs/heads/" + b.branch),
		Object: &github.GitObject{SHA: github.String(commit)},
	}
	if b.tip == "" {
		_, _, err = b.github.Git.CreateRef(ctx, b.repo.Owner, b.repo.Name, ref)
	} else {
		_, _, err = b.github.Git.UpdateRef(ctx, b.repo.Owner, b.repo.Name, ref, false)
	}
	if err = transport.CleanGitHub(err); err == nil {
		b.tip, b.journal = commit, nil
		return nil
	}
	// A write whose answer was lost may have succeeded, and one that was tried
	// again is refused because of its own first try: so the branch is read back.
	tip, known := b.tipNow(ctx)
	switch s := transport.Status(err); {
	case known && tip == commit:
		b.tip, b.journal = commit, nil
		return nil
	case known && tip != b.tip && (s == http.StatusUnprocessableEntity || s == http.StatusConflict):
		return ErrConflict
	}
	return fmt.Errorf("move the ledger's branch: %w", advise(err))
}

// commit writes the file, its tree and the commit, and returns the commit's id.
func (b *Branch) commit(ctx context.Context, text []byte) (string, error) {
	file := &github.TreeEntry{Path: github.String(b.name()), Mode: github.String("100644"), Type: github.String("blob")}
	if b.key == nil && len(text) <= inline { // a tree holds text only
		file.Content = github.String(string(text))
	} else {
		blob, err := b.createBlob(ctx, text)
		if err != nil {
			return "", fmt.Errorf("write the ledger's blob: %w", advise(transport.CleanGitHub(err)))
		}
		file.SHA = blob.SHA
	}
	tree, _, err := b.github.Git.CreateTree(ctx, b.repo.Owner, b.repo.Name, "", []*github.TreeEntry{file})
	if err != nil {
		return "", fmt.Errorf("write the ledger's tree: %w", advise(transport.CleanGitHub(err)))
	}
	commit := &github.Commit{Message: github.String(commitMessage), Tree: tree}
	if b.tip != "" {
		commit.Parents = []*github.Commit{{SHA: github.String(b.tip)}}
	}
	written, _, err := b.github.Git.CreateCommit(ctx, b.repo.Owner, b.repo.Name, commit, nil)
	if err != nil {
		return "", fmt.Errorf("write the ledger's commit: %w", advise(transport.CleanGitHub(err)))
	}
	return written.GetSHA(), nil
}

// createBlob writes a blob. go-github would copy it several times on the way.
func (b *Branch) createBlob(ctx context.Context, text []byte) (*github.Blob, error) {
	req, err := b.github.NewRequest(http.MethodPost, "repos/"+b.repo.String()+"/git/blobs", nil)
	if err != nil {
		return nil, err
	}
	body := &blobBody{text: text}
	req.Body, req.ContentLength = body, int64(body.Len())
	req.Header.Set("Content-Type", "application/json")
	blob := new(github.Blob)
	if _, err := b.github.Do(ctx, req, blob); err != nil {
		return nil, err
	}
	if blob.GetSHA() != blobID(text) {
		return nil, errors.New("what GitHub has got is not what was sent")
	}
	return blob, nil
}

func (b *Branch) name() string {
	if b.key != nil {
		return sealedName
	}
	return fileName
}

// tipNow returns the commit that the branch is at, empty where there is no
// branch, and whether that could be read.
func (b *Branch) tipNow(ctx context.Context) (tip string, known bool) {
	ref, _, err := b.github.Git.GetRef(ctx, b.repo.Owner, b.repo.Name, "heads/"+b.branch)
	if err != nil {
		return "", transport.Status(transport.CleanGitHub(err)) == http.StatusNotFound
	}
	return ref.GetObject().GetSHA(), true
}

// advise says what is missing where GitHub refuses to write.
func advise(err error) error {
	switch transport.Status(err) {
	case http.StatusForbidden, http.StatusNotFound:
		return errors.Join(err, errors.New("the ledger's token may not write to the repository: give the job the permission contents: write"))
	}
	return err
}

// Locked returns false: other runs may read and write the branch.
func (b *Branch) Locked() bool { return false }

// Close does nothing: a branch is not locked.
func (b *Branch) Close() error { return nil }
