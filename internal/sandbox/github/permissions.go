package github

import "strings"

// Installation returns the token of an app that is installed on repositories
// of an organization, owner/name, or on all where none is named. The
// permissions are by GitHub's names for them: what the program asks for wants
// repository_advisories (write for the list of an organization, for comments and
// for collaborators; read for the list of a repository), contents, members and
// issues. Metadata comes with every token.
//
// The more cautious is assumed of what GitHub leaves open: an app is not told
// the address on somebody's profile. It is told those in the organization's
// domains.
//
// Source: https://docs.github.com/en/rest/authentication/permissions-required-for-github-apps
func (w *World) Installation(org string, repositories []string, permissions map[string]string) *Token {
	t := &Token{App: true, Organization: org, Repositories: repositories}
	at := func(name string, levels ...string) bool {
		for _, l := range levels {
			if permissions[name] == l {
				return true
			}
		}
		return false
	}
	covered := repositories
	if repositories == nil {
		for _, r := range w.Repositories {
			if strings.EqualFold(r.Owner, org) {
				covered = append(covered, r.FullName())
			}
		}
	}
	t.Drafts = at("repository_advisories", "write")
	if at("repository_advisories", "read", "write") {
		t.DraftsIn = covered
	}
	if at("contents", "write") {
		t.Write = covered
	}
	if at("issues", "write") {
		t.Issues = covered
	}
	t.NoContents = !at("contents", "read", "write")
	t.Members = at("members", "read", "write")
	t.VerifiedEmails = t.Members
	return t
}
