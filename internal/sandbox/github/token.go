package github

import (
	"slices"
	"strings"
)

// The tokens that Demo and Load put into their worlds.
const (
	// FullToken is that of an owner of the organization: it may ask for
	// everything.
	FullToken = "sandbox-owner-token"

	// WorkflowToken is the one that a workflow gets: it writes the contents of
	// its own repository, and sees no draft.
	WorkflowToken = "sandbox-workflow-token"
)

// A Token says what its bearer may do. Public repositories and published
// advisories are for everybody. The zero Token sees no more than that, and in
// the organization's private repositories what Repositories says.
type Token struct {
	Login string // whose it is; empty for an installation of an app
	App   bool   // an installation's token, such as GITHUB_TOKEN
	Bot   string // the login that the app comments under; empty: github-actions[bot]

	// Scopes are those of a classic token. Nil: a token of the other kinds,
	// which have permissions instead.
	Scopes []string

	// Organization is the login of the one that the rights below are over;
	// empty: all.
	Organization string

	// Repositories are owner/name of those that the token is for: private ones
	// beside them are hidden, and so are the drafts there. Nil: all.
	Repositories []string

	Drafts   bool     // advisories that aren't public, of the whole organization
	DraftsIn []string // owner/name: the same, of these repositories
	Write    []string // owner/name: contents
	Issues   []string // owner/name: issues, of a token that has permissions

	// Listed are owner/name of the repositories whose drafts an organization's
	// list holds, where a right was lowered: GitHub leaves out the others without
	// an error, though each can still be read by name. Nil: all; empty: none.
	Listed []string

	// NoContents hides the files of repositories that aren't public.
	NoContents bool

	Members bool // teams and memberships (read:org)

	// Emails are people's public addresses. Without it, GraphQL gives a token
	// of a person no answer at all (INSUFFICIENT_SCOPES), and an app none to
	// that field.
	Emails bool

	// VerifiedEmails are members' addresses in the organization's domains.
	// Without it, that field alone is refused (FORBIDDEN).
	VerifiedEmails bool
}

// over reports whether the token's rights reach an organization. A nil token
// is anonymous.
func (t *Token) over(org string) bool {
	return t != nil && (t.Organization == "" || strings.EqualFold(t.Organization, org))
}

// covers reports whether the token is for a repository.
func (t *Token) covers(r *Repository) bool {
	return t.over(r.Owner) && (t.Repositories == nil || containsFold(t.Repositories, r.FullName()))
}

// sees reports whether the token may know that a repository exists.
func (t *Token) sees(r *Repository) bool {
	return !r.Private() || t.covers(r) || t.writes(r) ||
		t != nil && containsFold(t.DraftsIn, r.FullName())
}

// writes reports whether the token may change a repository's contents.
func (t *Token) writes(r *Repository) bool {
	return t != nil && containsFold(t.Write, r.FullName())
}

// manages reports whether the token sees all advisories of a repository,
// whatever their state.
func (t *Token) manages(r *Repository) bool {
	return t != nil && (t.Drafts && t.covers(r) || containsFold(t.DraftsIn, r.FullName()))
}

// reads reports whether the token may read an advisory: it is public, the
// token manages its repository, or its bearer works on it. Whatever its bearer
// may do in the repository, only a classic token with the scope repo may do it
// as well.
func (t *Token) reads(w *World, a *Advisory, r *Repository) bool {
	if a.State == "published" && t.sees(r) || t.manages(r) {
		return true
	}
	return t != nil && (w.worksOn(t.Login, a, r) || slices.Contains(t.Scopes, "repo") && w.administers(t.Login, r))
}

// writesAdvisory reports whether the token may comment on an advisory that it may
// read, or change it. An app has the right to list an organization's drafts and
// this one by the same permission, write; a person has it by working on the draft.
func (t *Token) writesAdvisory(w *World, a *Advisory, r *Repository) bool {
	switch {
	case t == nil:
		return false
	case t.App:
		return t.Drafts && t.covers(r)
	}
	return t.manages(r) || t.reads(w, a, r) && (w.worksOn(t.Login, a, r) || w.administers(t.Login, r))
}

// writesIssues reports whether the token may open issues and comment on them.
func (t *Token) writesIssues(r *Repository) bool {
	return t != nil && t.sees(r) && (containsFold(t.Issues, r.FullName()) || !t.App && slices.Contains(t.Scopes, "repo"))
}
