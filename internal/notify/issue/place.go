package issue

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/transport"
)

// An Obstacle is what keeps reports from going to a repository's issues.
type Obstacle int

// The obstacles.
const (
	None       Obstacle = iota
	Rejected            // GitHub does not know the token
	Hidden              // there is no such repository, or the token may not see it
	NotPrivate          // others than those who were let in can read it
	NoIssues            // they are switched off
	Archived            // nothing can be written
	Refused             // the token may not write issues
)

// String says what the matter is, and names neither the repository nor the token.
func (o Obstacle) String() string {
	return [...]string{
		None:       "takes the report",
		Rejected:   "GitHub rejects the token that would write the issue (401)",
		Hidden:     "there is no such repository, or the token can't see it",
		NotPrivate: "the repository is not private, and the report names undisclosed vulnerabilities",
		NoIssues:   "issues are switched off in the repository",
		Archived:   "the repository is archived, so nothing can be written there",
		Refused:    "the token has no permission to write issues there",
	}[o]
}

// Advice says what to do about it.
func (o Obstacle) Advice() string {
	return [...]string{
		None:       "",
		Rejected:   "make a new token",
		Hidden:     "correct the name, or give the token access to the repository",
		NotPrivate: "name a private repository",
		NoIssues:   "switch issues on (Settings, General, Features), or name another private repository",
		Archived:   "name another private repository",
		Refused:    "give the token the permission “Issues” (write); a workflow's own token gets it by “permissions: issues: write”",
	}[o]
}

// A Place is what is known about where the issue is.
type Place struct {
	Obstacle Obstacle
	Unsure   bool                // whether the token may write issues can't be known without writing
	repo     advisory.Repository // as it is called now
}

// Look asks whether reports can go to the repository's issues: it is private, has
// issues, and the token can write them. An error says that it can't be known now.
func (c *Client) Look(ctx context.Context) (Place, error) {
	var r struct {
		FullName   string `json:"full_name"`
		Visibility string
		HasIssues  bool `json:"has_issues"`
		Archived   bool
	}
	switch err := c.ask(ctx, http.MethodGet, path(c.repo, ""), nil, &r); transport.Status(err) {
	case http.StatusUnauthorized:
		return Place{Obstacle: Rejected}, nil
	case http.StatusNotFound, http.StatusForbidden:
		return Place{Obstacle: Hidden}, nil
	default:
		if err != nil {
			return Place{}, fmt.Errorf("ask for the repository of report-issue: %w", err)
		}
	}
	var p Place
	var ok bool
	p.repo, ok = advisory.ParseRepository(r.FullName)
	switch {
	case !ok:
		return Place{}, errors.New("ask for the repository of report-issue: GitHub's answer names none")
	case r.Visibility != "private":
		p.Obstacle = NotPrivate
	case r.Archived:
		p.Obstacle = Archived
	case !r.HasIssues:
		p.Obstacle = NoIssues
	default:
		return c.lookAtIssues(ctx, p)
	}
	return p, nil
}

// lookAtIssues asks whether the token may write issues. Reading tells where it may
// not even read them, and of a classic token, whose scopes GitHub names: whoever sees
// a private repository may open issues there. Of other tokens no answer tells what
// they may write. So where something may be written it is tried, by opening an issue
// without a title, which GitHub never does: it refuses the token (403) before it
// looks at the title (422). That order is not documented; were it another one, the
// report itself would be refused.
func (c *Client) lookAtIssues(ctx context.Context, p Place) (Place, error) {
	req, err := c.rest.NewRequest(http.MethodGet, path(p.repo, "/issues?per_page=1"), nil)
	if err != nil {
		return Place{}, transport.CleanGitHub(err)
	}
	resp, err := c.rest.Do(ctx, req, nil)
	if err = transport.CleanGitHub(err); err == nil {
		if slices.Contains(strings.FieldsFunc(resp.Header.Get("X-OAuth-Scopes"), func(r rune) bool { return r == ',' || r == ' ' }), "repo") {
			return p, nil
		}
		if c.readOnly {
			p.Unsure = true
			return p, nil
		}
		err = c.ask(ctx, http.MethodPost, path(p.repo, "/issues"), map[string]string{"title": ""}, nil)
		if transport.Status(err) == http.StatusUnprocessableEntity {
			return p, nil
		}
	}
	switch transport.Status(err) {
	case http.StatusUnauthorized:
		p.Obstacle = Rejected
	case http.StatusForbidden, http.StatusNotFound:
		p.Obstacle = Refused
	case http.StatusGone:
		p.Obstacle = NoIssues
	default:
		return Place{}, fmt.Errorf("ask whether the token can write the issue of report-issue: %w", cmp.Or(err, errNotRefused))
	}
	return p, nil
}

var errNotRefused = errors.New("GitHub's answer is not the one that was expected")

// takes reports whether an issue has room and is one of the repository still, by the
// address of the repository that it is in: one that was transferred is elsewhere,
// perhaps in public.
func (p Place) takes(i found) bool {
	return i.PullRequest == nil && i.Comments < full && strings.HasSuffix(strings.ToLower(i.RepositoryURL), "/repos/"+p.repo.Key())
}
