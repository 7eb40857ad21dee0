package ghsa

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/google/go-github/v60/github"

	"github.com/openedx/advisory-reminders/internal/advisory"
)

// wire is an advisory as GitHub sends it: go-github's type, and what is newer
// than it.
type wire struct {
	github.SecurityAdvisory
	Vulnerabilities []struct {
		PatchedVersions string `json:"patched_versions"`
	} `json:"vulnerabilities"`
	Comments      json.RawMessage `json:"comments"`
	CVSSByVersion struct {
		V3 score `json:"cvss_v3"`
		V4 score `json:"cvss_v4"`
	} `json:"cvss_severities"`
}

type score struct{ Score float64 }

// identity checks what an advisory has to have, and returns its id and its
// repository.
func (w *wire) identity() (id string, repo advisory.Repository, err error) {
	id, ok := advisory.CanonicalID(w.GetGHSAID())
	if !ok {
		return "", repo, errors.New("GitHub sent an advisory without a GHSA id")
	}
	repo, ok = repositoryOf(w.GetHTMLURL(), w.GetURL())
	switch {
	case !ok:
		err = fmt.Errorf("the addresses of %s name no repository", id)
	case w.CreatedAt == nil || w.CreatedAt.IsZero():
		err = fmt.Errorf("GitHub sent %s without created_at", id)
	case w.GetState() == "":
		err = fmt.Errorf("GitHub sent %s without a state", id)
	}
	return id, repo, err
}

// advisory checks what GitHub sent and returns it in the domain's words.
func (w *wire) advisory() (advisory.Advisory, error) {
	id, repo, err := w.identity()
	if err != nil {
		return advisory.Advisory{}, err
	}
	a := advisory.Advisory{
		ID:          id,
		Repository:  repo,
		URL:         pageURL(w.GetHTMLURL()),
		Summary:     w.GetSummary(),
		State:       advisory.State(strings.ToLower(w.GetState())),
		Created:     w.CreatedAt.UTC(),
		Updated:     w.CreatedAt.UTC(),
		Reported:    w.Submission != nil,
		Author:      w.GetAuthor().GetLogin(),
		PrivateFork: pageURL(w.GetPrivateFork().GetHTMLURL()),
	}
	if w.UpdatedAt != nil {
		a.Updated = w.UpdatedAt.UTC()
	}
	// The count is a preview: what is none is not known, and harms nothing else.
	if n, err := strconv.Atoi(string(w.Comments)); err == nil && n >= 0 {
		a.Comments, a.Counted = n, true
	}
	a.Score = w.score()
	a.Severity = advisory.FromScore(a.Score)
	if s, ok := advisory.ParseSeverity(w.GetSeverity()); ok {
		a.Severity = s
	}
	a.Credits = w.credited()
	for _, u := range w.CollaboratingUsers {
		if isPerson(u) {
			a.CollaboratingUsers = append(a.CollaboratingUsers, u.GetLogin())
			if a.Accounts == nil {
				a.Accounts = make(map[string]int64)
			}
			a.Accounts[u.GetLogin()] = u.GetID()
		}
	}
	a.Collaborated = w.CollaboratingUsers != nil && w.CollaboratingTeams != nil
	for _, t := range w.CollaboratingTeams {
		if t.GetSlug() != "" {
			a.CollaboratingTeams = append(a.CollaboratingTeams, advisory.Owner{Kind: advisory.Team, Name: t.GetSlug()})
		}
	}
	for _, v := range w.Vulnerabilities {
		a.Patched = cmp.Or(a.Patched, v.PatchedVersions)
	}
	return a, nil
}

// credited returns who is credited with anything but work on the fix.
func (w *wire) credited() (logins []string) {
	for _, c := range w.Credits {
		if !mends(c.GetType()) {
			logins = append(logins, c.GetLogin())
		}
	}
	for _, c := range w.CreditsDetailed {
		if !mends(c.GetType()) {
			logins = append(logins, c.GetUser().GetLogin())
		}
	}
	return logins
}

// mends reports whether a type of credit is that of somebody who works on the fix,
// as maintainers do.
//
// Source: https://docs.github.com/en/rest/security-advisories/repository-advisories#create-a-repository-security-advisory
func mends(credit string) bool {
	credit = strings.ToLower(credit)
	return strings.HasPrefix(credit, "remediation_") || credit == "coordinator"
}

func isPerson(u *github.User) bool {
	return u.GetLogin() != "" && u.GetType() != "Bot" && !advisory.IsBot(u.GetLogin())
}

// score prefers CVSS 3, which OEP-60's table is made for. The plain field may be of
// any version; it is deprecated, and absent in GitHub's newer API versions.
func (w *wire) score() float64 {
	var plain float64
	if s := w.CVSS; s != nil && s.Score != nil {
		plain = *s.Score
	}
	return cmp.Or(max(w.CVSSByVersion.V3.Score, 0), max(w.CVSSByVersion.V4.Score, 0), max(plain, 0))
}

// pageURL returns an address that can stand in a message as a link, or nothing.
func pageURL(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil {
		return ""
	}
	return u.String()
}
